"""Predictions of a view's member for rows of which some columns are another row's."""

import numpy as np

from mlnn.array import Array
from mlnn.engine import OwnPredictor
from mlnn.gate import MultiplyGate
from mlnn.network import Network
from mlnn.tabular.view import View


class Split:
    """A network split behind its first gate's product, where each column has features of its own.

    The product XW is kept: a column's features s change it by (X′ₛ − Xₛ) Wₛ alone, so that what a column costs does not
    grow with the number of columns.

    Parameters
    ----------
    view, number : View, int
        The member.
    matrix, part : array of shape (N, D), slice
        Rows, and those of them that it predicts.
    encoded : array
        What it sees of the rows.
    """

    def __init__(self, view: View, number: int, matrix: Array, part: slice, encoded: Array) -> None:
        network, theta = view.members[number]
        first = network.placed[0]
        assert isinstance(network.gates[0], MultiplyGate)
        self.view, self.part, self.encoded = view, part, encoded
        self.W = theta[first.place].reshape(first.parameter.shape)
        self.product = encoded[part] @ self.W
        self.rest = Network(self.W.shape[1], network.gates[1:], network.output)
        self.theta, self.own = np.array(theta[first.place.stop :]), OwnPredictor()

    @property
    def size(self) -> int:
        """Return how many numbers are changed when a column is another."""
        return self.product.size

    def __call__(self, place: slice, rows: Array | None) -> Array:
        """Return predictions where the part's rows have the features in ``place`` of these rows."""
        product, place = self.product, self.view.place(place)
        if rows is not None:
            product = product + (self.encoded[rows, place] - self.encoded[self.part, place]) @ self.W[place]
        return self.own.predict(self.rest, self.theta, product)

    def walk(self, row: Array, other: Array, order: Array, starts: Array) -> Array:
        """Return predictions on the way from another row to this one, a column more at a time, in this order."""
        row, other = self.view.encoded(np.stack([row, other]))
        change = row - other
        moved = np.flatnonzero(change)  # of pieces of a line, few differ between two rows
        places = np.array([self.view.place(slice(start, start)).start for start in starts.tolist()])
        column = np.searchsorted(places, moved, side="right") - 1
        first = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])[: len(moved)]
        steps = np.zeros((len(starts), self.W.shape[1]), self.W.dtype)
        if len(moved):
            steps[column[first]] = np.add.reduceat(change[moved, None] * self.W[moved], first, axis=0)
        product = np.concatenate([(other @ self.W)[None], steps[order]]).cumsum(axis=0)
        product[-1] = row @ self.W  # the end is the same on every way, to the last bit
        return self.own.predict(self.rest, self.theta, product)


class Whole:
    """A network that predicts anew, since any column may move a row to other leaves; parameters as above."""

    def __init__(self, view: View, number: int, matrix: Array, part: slice, encoded: Array) -> None:
        self.alone, self.matrix, self.part, self.own = view.only(number), matrix, part, OwnPredictor()
        self.size = (part.stop - part.start) * view.products(matrix.shape[1]) // self.alone.members[0][0].widths[1]

    def __call__(self, place: slice, rows: Array | None) -> Array:
        """Return predictions where the part's rows have the features in ``place`` of these rows."""
        changed = self.matrix[self.part]
        if rows is not None:
            changed = changed.copy()
            changed[:, place] = self.matrix[rows, place]
        return self._predict(changed)

    def walk(self, row: Array, other: Array, order: Array, starts: Array) -> Array:
        """Return predictions on the way from another row to this one, a column more at a time, in this order."""
        column = np.searchsorted(starts, np.arange(len(row)), side="right") - 1
        turn = np.argsort(order)[column]
        return self._predict(np.where(turn < np.arange(len(starts) + 1)[:, None], row, other))

    def _predict(self, matrix: Array) -> Array:
        (seen,) = self.alone.seen(matrix)
        return self.own.predict(*self.alone.members[0], seen)


def exchanged(view: View, number: int, matrix: Array, part: slice, encoded: Array) -> Split | Whole:
    """Return the cheaper of both for a view's member."""
    return (Whole if view.forests else Split)(view, number, matrix, part, encoded)
