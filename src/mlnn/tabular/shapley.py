"""One row's prediction, shared out among its columns: sampled Shapley values, and how sure they are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlnn.array import Array

OTHERS = 128
"""Rows that a row is compared with."""

STEPS = 300_000
"""Steps at most for a row; beyond, it is compared with fewer."""

Walk = Callable[[Array, Array], Array]
"""From another row, and an order of the C columns, to the predictions on the way from there: shape (C + 1, K)."""


@dataclass(frozen=True, eq=False)
class RowExplanation:
    """Why this row's prediction is not the mean one: prediction = base + Σ contributions, to the last digits.

    Attributes
    ----------
    row : int
        Which row.
    columns : tuple of str
        The columns.
    cells : tuple of str
        What they hold.
    base, prediction : arrays of shape (K,)
        The mean prediction of the rows compared with, and this row's own.
    contributions, errors : arrays of shape (C, K)
        What each column adds, and its standard error.
    """

    row: int
    columns: tuple[str, ...]
    cells: tuple[str, ...]
    base: Array
    prediction: Array
    contributions: Array
    errors: Array

    def to_json(self) -> dict[str, Any]:
        """Return it as plain numbers and words."""
        return {
            "row": self.row,
            "base": self.base.tolist(),
            "prediction": self.prediction.tolist(),
            "columns": [
                {"column": name, "cell": cell, "contribution": c.tolist(), "error": e.tolist()}
                for name, cell, c, e in zip(self.columns, self.cells, self.contributions, self.errors, strict=True)
            ],
        }


def shapley(others: Array, columns: int, walk: Walk, random: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Return base, prediction, contributions and their standard errors of the row that the walks lead to.

    A walk leads from another row to this one, a column at a time in an order drawn by chance; what a step changes is
    its column's. Each other row is walked from twice, in an order and in the opposite one (antithetic), which cancels
    most of the chance; the standard error is that of the mean over the other rows.

    Parameters
    ----------
    others : array of shape (B, D)
        Rows to compare with.
    columns : int
        How many columns there are.
    walk : callable
        Who walks.
    random : Generator
        Who draws the orders.

    References
    ----------
    Shapley (1953), A value for n-person games; Štrumbelj, Kononenko (2014), Explaining prediction models and individual
    predictions with feature contributions; Mitchell et al. (2022), Sampling permutations for Shapley value estimation.

    Examples
    --------
    >>> row, others = np.array([3.0, 3.0]), np.array([[0.0, 0.0], [1.0, 4.0]])
    >>> def walk(other, order):
    ...     rows = [np.where(np.isin([0, 1], order[:k]), row, other) for k in range(3)]
    ...     return np.array(rows) @ np.array([[2.0], [1.0]])
    >>> shapley(others, 2, walk, np.random.default_rng(0))[2]
    array([[5.],
           [1.]])
    """
    pairs, ends = [], []
    for other in others:
        order, both = random.permutation(columns), []
        for way in (order, order[::-1]):
            P = np.asarray(walk(other, way), dtype=np.float64)
            both.append(np.diff(P, axis=0)[np.argsort(way)])
            ends.append(P[[0, -1]])
        pairs.append((both[0] + both[1]) / 2.0)
    changes, first_and_last = np.stack(pairs), np.stack(ends)
    spread = changes.std(axis=0, ddof=1) if len(others) > 1 else np.full(changes.shape[1:], np.nan)
    base, prediction = first_and_last[:, 0].mean(axis=0), first_and_last[0, 1]
    return base, prediction, changes.mean(axis=0), spread / np.sqrt(len(others))
