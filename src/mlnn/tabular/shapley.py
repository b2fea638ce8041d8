"""One row's prediction, shared out among its columns: sampled Shapley values, and how sure they are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.sentence import number_of

OTHERS = 128
"""Rows that a row is compared with, at most: four times as many would halve the errors, and take four times as long."""

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
    compared : int
        How many rows it is compared with.
    drawn : bool
        Whether these were drawn by chance; otherwise they are all rows.
    base, prediction : arrays of shape (K,)
        The mean prediction of these, and this row's own.
    contributions, errors : arrays of shape (C, K)
        What each column adds, and its standard error.
    base_error : array of shape (K,)
        The standard error of ``base``: the mean of all rows lies about so far from that of the drawn ones; 0 where none
        was drawn.
    """

    row: int
    columns: tuple[str, ...]
    cells: tuple[str, ...]
    compared: int
    drawn: bool
    base: Array
    prediction: Array
    contributions: Array
    errors: Array
    base_error: Array

    @property
    def compared_with(self) -> str:
        """Return in words what it is compared with."""
        return f"{'' if self.drawn else 'all '}{number_of(self.compared, 'row')}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain numbers and words."""
        return {
            "row": self.row,
            "compared": self.compared,
            "drawn": self.drawn,
            "base": self.base.tolist(),
            "base_error": self.base_error.tolist(),
            "prediction": self.prediction.tolist(),
            "columns": [
                {"column": name, "cell": cell, "contribution": c.tolist(), "error": e.tolist()}
                for name, cell, c, e in zip(self.columns, self.cells, self.contributions, self.errors, strict=True)
            ],
        }


def shapley(others: Array, columns: int, walk: Walk, random: np.random.Generator) -> tuple[Array, ...]:
    """Return base, prediction, contributions, their standard errors and that of the base, of the row walked to.

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
    starts, prediction = first_and_last[:, 0], first_and_last[0, 1]
    return starts.mean(axis=0), prediction, changes.mean(axis=0), _error(changes), _error(starts)


def _error(each: Array) -> Array:
    """Return the standard error of the mean over the first axis; NaN of one alone."""
    if len(each) < 2:
        return np.full(each.shape[1:], np.nan)
    return np.asarray(each.std(axis=0, ddof=1) / np.sqrt(len(each)))
