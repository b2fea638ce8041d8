"""What columns are worth: how much worse predictions get when a column's cells are dealt out anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np

from mlnn.array import Array
from mlnn.tabular.exchange import exchanged
from mlnn.tabular.view import View, Views

WORK = 5e8
"""Numbers at most that are read and predicted in all; beyond, there are fewer deals."""

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


class Dealt:
    """Predictions for rows of which one column is dealt out anew.

    Parameters
    ----------
    views : Views
        Whose predictions are averaged; or, with ``fold``, of which one member each predicts the rows of its own fold.
    matrix : array of shape (N, D)
        The rows.
    fold : array of shape (N,), optional
        The number of every row's members, in ascending order.
    """

    def __init__(self, views: Views, matrix: Array, fold: Array | None = None) -> None:
        members = np.arange(len(views.each[0].members) + 1)
        ends = [0, len(matrix)] if fold is None else np.searchsorted(fold, members).tolist()
        self.matrix, self.folds = matrix, [slice(*both) for both in pairwise(ends)]
        every = [slice(0, len(matrix))] * (len(members) - 1)
        self.parts = [
            _ViewDealt(view, matrix, every if fold is None else self.folds, fold is None) for view in views.each
        ]

    @property
    def size(self) -> int:
        """Return how many numbers are changed when a column is dealt out."""
        return sum(member.size for seen in self.parts for member in seen.members)

    def deal(self, random: np.random.Generator) -> Array:
        """Return for every row one of its own fold, where all are told the same of targets, to get features of."""
        return np.concatenate([part.start + random.permutation(part.stop - part.start) for part in self.folds])

    def __call__(self, place: slice = slice(0, 0), rows: Array | None = None) -> Array:
        """Return predictions where row n has the features in ``place`` of row ``rows[n]``."""
        return reduce(np.add, [seen(place, rows) for seen in self.parts])


class _ViewDealt:
    """What a view's members predict for such rows."""

    def __init__(self, view: View, matrix: Array, parts: list[slice], shared: bool) -> None:
        self.rows, self.share = len(matrix), view.share if shared else view.weight
        self.members = [each for each in exchanged(view, matrix, parts) if each.part.stop > each.part.start]

    def __call__(self, place: slice, rows: Array | None) -> Array:
        found: Array | None = None
        for member in self.members:
            predictions = member(place, None if rows is None else rows[member.part])
            if found is None:
                found = np.zeros((self.rows, predictions.shape[1]), predictions.dtype)
            found[member.part] += predictions * predictions.dtype.type(self.share)
        assert found is not None
        return found


def importances(
    names: Sequence[str],
    places: Sequence[slice],
    predict: Dealt,
    loss: Callable[[Array], Array],
    weights: Array | None,
    repeats: int,
    random: np.random.Generator,
) -> tuple[Importance, ...]:
    """Return the permutation importance of every column, the largest first.

    A column's features are dealt out together, as its cells would be, within folds if there are any; a column without
    features is worth nothing.

    Parameters
    ----------
    names, places : sequences of equal length
        The columns' names, and where their features are in the matrix.
    predict, loss : Dealt, callable
        Predictions with a column dealt out, and from them the losses of the rows.
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

    def mean(predictions: Array) -> float:
        return float(np.average(loss(predictions), weights=weights))

    known = predict()
    used, before = sum(place.stop > place.start for place in places), mean(known)
    work = used * (known.size + predict.size)
    repeats = int(np.clip(WORK / max(work, 1), 2, repeats))
    found = []
    for name, place in zip(names, places, strict=True):
        features, rises = predict.matrix[:, place], np.zeros(repeats)
        if features.size and (features != features[0]).any():
            for k in range(repeats):
                rises[k] = mean(predict(place, predict.deal(random))) - before
        found.append(Importance(name, float(rises.mean()), float(rises.std())))
    return tuple(sorted(found, key=lambda each: -each.mean))
