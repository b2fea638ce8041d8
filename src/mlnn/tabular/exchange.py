"""Predictions of a view's members for rows of which some columns are another row's."""

import numpy as np

from mlnn.array import Array
from mlnn.engine import OwnPredictor
from mlnn.gate import MultiplyGate
from mlnn.network import Network
from mlnn.tabular.shapley import Walk
from mlnn.tabular.view import View


class ByColumn:
    """A network split behind its first gate's product, where each column has features of its own.

    The product XW is kept: a column's features s change it by (X′ₛ − Xₛ) Wₛ alone, so that what a column costs does not
    grow with the number of columns.

    Parameters
    ----------
    view, number : View, int
        The member.
    encoded : array of N rows
        What it sees of the rows.
    part : slice
        Which of them it predicts.
    """

    def __init__(self, view: View, number: int, encoded: Array, part: slice) -> None:
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

    def walk_to(self, row: Array, starts: Array) -> Walk:
        """Return who walks to this row, whose columns' features start there, a column more at a time."""
        end = self.view.encoded(row[None])[0]
        places = np.array([self.view.place(slice(start, start)).start for start in starts.tolist()])

        def walk(other: Array, order: Array) -> Array:
            begin = self.view.encoded(other[None])[0]
            change = end - begin
            moved = np.flatnonzero(change)  # of pieces of a line, few differ between two rows
            column = np.searchsorted(places, moved, side="right") - 1
            first = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])[: len(moved)]
            steps = np.zeros((len(starts), self.W.shape[1]), self.W.dtype)
            if len(moved):
                steps[column[first]] = np.add.reduceat(change[moved, None] * self.W[moved], first, axis=0)
            product = np.concatenate([(begin @ self.W)[None], steps[order]]).cumsum(axis=0)
            product[-1] = end @ self.W  # the end is the same on every way, to the last bit
            return self.own.predict(self.rest, self.theta, product)

        return walk


class Anew:
    """A network that predicts whole rows, since any column may move a row to other leaves.

    Parameters
    ----------
    view, number : View, int
        The member.
    matrix : array of shape (N, D)
        Rows.
    part : slice
        Which of them it predicts.
    """

    def __init__(self, view: View, number: int, matrix: Array, part: slice) -> None:
        self.alone, self.matrix, self.part, self.own = view.only(number), matrix, part, OwnPredictor()

    @property
    def size(self) -> int:
        """Return how many numbers would be changed, at the same cost, if a column had features of its own."""
        network, _ = self.alone.members[0]
        return (self.part.stop - self.part.start) * self.alone.products(self.matrix.shape[1]) // network.widths[1]

    def __call__(self, place: slice, rows: Array | None) -> Array:
        """Return predictions where the part's rows have the features in ``place`` of these rows."""
        changed = self.matrix[self.part]
        if rows is not None:
            changed = changed.copy()
            changed[:, place] = self.matrix[rows, place]
        return self._predict(changed)

    def walk_to(self, row: Array, starts: Array) -> Walk:
        """Return who walks to this row, whose columns' features start there, a column more at a time."""
        column = np.searchsorted(starts, np.arange(len(row)), side="right") - 1

        def walk(other: Array, order: Array) -> Array:
            turn = np.argsort(order)[column]
            return self._predict(np.where(turn < np.arange(len(starts) + 1)[:, None], row, other))

        return walk

    def _predict(self, matrix: Array) -> Array:
        (seen,) = self.alone.seen(matrix, self.alone.encoded(matrix))
        return self.own.predict(*self.alone.members[0], seen)


def exchanged(view: View, matrix: Array, parts: list[slice]) -> list[ByColumn | Anew]:
    """Return who predicts such rows, a member for each part of the matrix: whole rows where it sees leaves."""
    if view.forests:
        return [Anew(view, number, matrix, part) for number, part in enumerate(parts)]
    encoded = view.encoded(matrix)
    return [ByColumn(view, number, encoded, part) for number, part in enumerate(parts)]
