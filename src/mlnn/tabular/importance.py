"""What columns are worth: how much worse predictions get when a column's cells are dealt out anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mlnn.array import Array

WORK = 2e10
"""Numbers that the networks read at most; beyond, fewer deals and rows are looked at."""

Predict = Callable[[Array], Array]
"""Predictions for rows of a matrix."""


@dataclass(frozen=True)
class Importance:
    """What a column is worth.

    Attributes
    ----------
    column : str
        Its name.
    mean, spread : float
        How much the mean loss rises when its cells are dealt out anew: mean and standard deviation over the deals.
    """

    column: str
    mean: float
    spread: float


def importances(
    names: Sequence[str],
    places: Sequence[slice],
    matrix: Array,
    predict: Predict,
    loss: Callable[[Array], Array],
    weights: Array | None,
    repeats: int,
    random: np.random.Generator,
) -> tuple[Importance, ...]:
    """Return the permutation importance of every column, the largest first.

    A column's features are dealt out together, as its cells would be; a column without features is worth nothing.

    Parameters
    ----------
    names, places : sequences of equal length
        The columns' names, and where their features are in the matrix.
    matrix : array of shape (N, D)
        Rows, which are changed meanwhile and the same again afterwards.
    predict, loss : callables
        From rows to predictions, and from them to the losses of the rows.
    weights : array of shape (N,), optional
        How much each row counts.
    repeats : int
        How often cells are dealt out.
    random : Generator
        Who deals.

    References
    ----------
    Breiman (2001), Random forests; scikit-learn's ``permutation_importance``, which it equals on the same deals.
    """
    used = sum(place.stop > place.start for place in places)
    repeats = int(np.clip(WORK / (matrix.size * max(used, 1)), 1, repeats))

    def mean(losses: Array) -> float:
        return float(np.average(losses, weights=weights))

    before = mean(loss(predict(matrix)))
    found = []
    for name, place in zip(names, places, strict=True):
        kept, rises = matrix[:, place].copy(), np.zeros(repeats)
        if kept.size and (kept != kept[0]).any():
            for k in range(repeats):
                matrix[:, place] = kept[random.permutation(len(kept))]
                rises[k] = mean(loss(predict(matrix))) - before
            matrix[:, place] = kept
        found.append(Importance(name, float(rises.mean()), float(rises.std())))
    return tuple(sorted(found, key=lambda each: -each.mean))
