"""What columns are worth: how much worse predictions get when a column's cells are dealt out anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from mlnn.array import Array
from mlnn.engine import OwnPredictor
from mlnn.gate import MultiplyGate
from mlnn.model import Member
from mlnn.network import Network
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

    The first gate's product XW is kept: a column's features s change it by (X′ₛ − Xₛ) Wₛ alone, so that what a column
    costs does not grow with the number of columns.

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
        self.parts = [_Seen(view, matrix, fold) for view in views.each]

    @property
    def size(self) -> int:
        """Return how many numbers are changed when a column is dealt out."""
        return sum(split.product.size for seen in self.parts for _, split in seen.members)

    def __call__(self, place: slice = slice(0, 0), rows: Array | None = None) -> Array:
        """Return predictions where row n has the features in ``place`` of row ``rows[n]``."""
        return reduce(np.add, [seen(place, rows) for seen in self.parts])


class _Seen:
    """What a view's members predict for such rows."""

    def __init__(self, view: View, matrix: Array, fold: Array | None) -> None:
        self.view, self.matrix, members = view, view.seen(matrix), view.members
        ends = [0] * len(members), [len(matrix)] * len(members)
        if fold is not None:
            found = np.searchsorted(fold, np.arange(len(members) + 1)).tolist()
            ends = found[:-1], found[1:]
        self.share = view.share if fold is None else view.weight
        self.members = [
            (slice(start, end), Split(member, self.matrix[start:end]))
            for member, start, end in zip(members, *ends, strict=True)
            if end > start
        ]

    def __call__(self, place: slice, rows: Array | None) -> Array:
        place = self.view.place(place)
        features = self.matrix[:, place]
        change = features[:0] if rows is None else features[rows] - features
        found: Array | None = None
        for part, split in self.members:
            predictions = split(place, None if rows is None else change[part])
            if found is None:
                found = np.zeros((len(self.matrix), predictions.shape[1]), predictions.dtype)
            found[part] += predictions * predictions.dtype.type(self.share)
        assert found is not None
        return found


class Split:
    """A network split behind its first gate's product."""

    def __init__(self, member: Member, matrix: Array) -> None:
        network, theta = member
        first = network.placed[0]
        assert isinstance(network.gates[0], MultiplyGate)
        self.W = theta[first.place].reshape(first.parameter.shape)
        self.product = matrix @ self.W
        self.rest = Network(self.W.shape[1], network.gates[1:], network.output)
        self.theta, self.own = np.array(theta[first.place.stop :]), OwnPredictor()

    def walk(self, row: Array, other: Array, order: Array, starts: Array) -> Array:
        """Return predictions on the way from another row to this one, a column more at a time, in this order."""
        change = row - other
        moved = np.flatnonzero(change)  # of pieces of a line, few differ between two rows
        column = np.searchsorted(starts, moved, side="right") - 1
        first = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])[: len(moved)]
        steps = np.zeros((len(starts), self.W.shape[1]), self.W.dtype)
        if len(moved):
            steps[column[first]] = np.add.reduceat(change[moved, None] * self.W[moved], first, axis=0)
        product = np.concatenate([(other @ self.W)[None], steps[order]]).cumsum(axis=0)
        product[-1] = row @ self.W  # the end is the same on every way, to the last bit
        return self.own.predict(self.rest, self.theta, product)

    def __call__(self, place: slice, change: Array | None) -> Array:
        product = self.product if change is None else self.product + change @ self.W[place]
        return self.own.predict(self.rest, self.theta, product)


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
