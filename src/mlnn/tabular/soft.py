"""Rows that belong to classes by shares: what a network is trained on that learns probabilities."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array

LEAST = 1e-3
"""Smaller shares are not learned from: each costs a row, and has hardly a part in the loss."""


@dataclass(frozen=True, eq=False)
class Shared:
    """Rows, each once for every class that it has a share in; the shares are weights.

    Cross-entropy is linear in the target: −Σ qₖ log pₖ of a row that belongs to class k by the share qₖ is the weighted
    loss of the row once with each label k and the weight qₖ. So the loss, its gradient and the engines that know it are
    those of labels.

    Attributes
    ----------
    row : array of int, shape (M,)
        Which row each is.
    t : array of int, shape (M,)
        Its class.
    weights : array of shape (M,)
        Its share, times what the row weighs.

    Examples
    --------
    >>> rows = Shared.of(np.array([[0.25, 0.75], [0.0, 1.0]]))
    >>> rows.row, rows.t, rows.weights
    (array([0, 0, 1]), array([0, 1, 1]), array([0.25, 0.75, 1.  ]))
    """

    row: Array
    t: Array
    weights: Array

    @classmethod
    def of(cls, shares: Array, weights: Array | None = None) -> "Shared":
        """Return the rows of these shares, shape (N, K), and weights."""
        learned = shares >= LEAST
        learned[np.arange(len(shares)), shares.argmax(axis=1)] = True  # of a great many classes none has as much
        row, t = np.nonzero(learned)
        return cls(row, t, shares[row, t] * (1.0 if weights is None else weights[row]))


@dataclass(frozen=True, eq=False)
class Together:
    """A new order every epoch, in which the copies of a row follow each other, so that steps see them together.

    Apart, the gradients of a row's copies, p − eₖ, would not cancel to p − q within a step: there would be as much
    noise as labels have that are drawn from q.

    Parameters
    ----------
    sizes : array of int
        How many copies each row has, which stand side by side.
    seed : int
        Seed of the orders.

    Examples
    --------
    >>> Together(np.array([2, 1, 3]), seed=0)(epoch=1, rows=6)
    array([3, 4, 5, 0, 1, 2])
    """

    sizes: Array
    seed: int

    def __call__(self, epoch: int, rows: int) -> Array:
        """Return this epoch's permutation."""
        sizes = self.sizes
        order = np.random.default_rng([self.seed, epoch]).permutation(len(sizes))
        ends, placed = sizes.cumsum(), sizes[order].cumsum()
        return np.repeat((ends - sizes)[order] - (placed - sizes[order]), sizes[order]) + np.arange(rows)
