"""Training: a generator. ``for epoch in epochs(problem, theta, recipe): …`` trains; a break stops it."""

from mlnn.training.callback import Callback, EarlyStopping, KeepBest, Snapshots
from mlnn.training.epoch import Diverged, Epoch, Score
from mlnn.training.loop import epochs
from mlnn.training.members import epochs_of_members
from mlnn.training.recipe import Convention, Factors, Order, Recipe, Shuffled, mean_of_rows, sum_of_rows

__all__ = [
    "Callback",
    "Convention",
    "Diverged",
    "EarlyStopping",
    "Epoch",
    "Factors",
    "KeepBest",
    "Order",
    "Recipe",
    "Score",
    "Shuffled",
    "Snapshots",
    "epochs",
    "epochs_of_members",
    "mean_of_rows",
    "sum_of_rows",
]
