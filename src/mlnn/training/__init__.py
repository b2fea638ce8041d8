"""Training: a generator. ``for epoch in epochs(problem, theta, recipe): …`` trains; a break stops it."""

from mlnn.training.callback import (
    BestWatcher,
    Callback,
    EarlyStopping,
    KeepBest,
    Snapshots,
    SnapshotWatcher,
    StoppingWatcher,
    Watcher,
    started,
)
from mlnn.training.checkpoint import Checkpoint, CheckpointError
from mlnn.training.epoch import LARGEST_TRAINED, NOTHING, Diverged, Epoch, Losses, Reporter, Score
from mlnn.training.interrupt import Interrupted, listening
from mlnn.training.loop import epochs, epochs_of_members
from mlnn.training.recipe import Convention, Dealt, Factors, Order, Recipe, Shuffled, mean_of_rows, sum_of_rows
from mlnn.training.run import Run, furthest, terms
from mlnn.training.sentences import FAULTS, HAPPENED, HUGE, SIGNS
from mlnn.training.stepwise import Stepwise

__all__ = [
    "FAULTS",
    "HAPPENED",
    "HUGE",
    "LARGEST_TRAINED",
    "NOTHING",
    "SIGNS",
    "BestWatcher",
    "Callback",
    "Checkpoint",
    "CheckpointError",
    "Convention",
    "Dealt",
    "Diverged",
    "EarlyStopping",
    "Epoch",
    "Factors",
    "Interrupted",
    "KeepBest",
    "Losses",
    "Order",
    "Recipe",
    "Reporter",
    "Run",
    "Score",
    "Shuffled",
    "SnapshotWatcher",
    "Snapshots",
    "Stepwise",
    "StoppingWatcher",
    "Watcher",
    "epochs",
    "epochs_of_members",
    "furthest",
    "listening",
    "mean_of_rows",
    "started",
    "sum_of_rows",
    "terms",
]
