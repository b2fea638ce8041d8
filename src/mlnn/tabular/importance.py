"""What columns are worth: how much worse predictions get when a column's cells are dealt out anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

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
        self.matrix = matrix
        self.parts = [_ViewDealt(view, matrix, fold) for view in views.each]

    @property
    def size(self) -> int:
        """Return how many numbers are changed when a column is dealt out."""
        return sum(member.size for seen in self.parts for member in seen.members)

    def __call__(self, place: slice = slice(0, 0), rows: Array | None = None) -> Array:
        """Return predictions where row n has the features in ``place`` of row ``rows[n]``."""
        return reduce(np.add, [seen(place, rows) for seen in self.parts])


class _ViewDealt:
    """What a view's members predict for such rows."""

    def __init__(self, view: View, matrix: Array, fold: Array | None) -> None:
        ends = [0] * len(view.members), [len(matrix)] * len(view.members)
        if fold is not None:
            found = np.searchsorted(fold, np.arange(len(view.members) + 1)).tolist()
            ends = found[:-1], found[1:]
        parts = [slice(*both) for both in zip(*ends, strict=True)]
        self.rows, self.share = len(matrix), view.share if fold is None else view.weight
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

    A column's features are dealt out together, as its cells would be; a column without features is worth nothing.

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
                rises[k] = mean(predict(place, random.permutation(len(features)))) - before
        found.append(Importance(name, float(rises.mean()), float(rises.std())))
    return tuple(sorted(found, key=lambda each: -each.mean))
