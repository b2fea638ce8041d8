"""One row's prediction, shared out among its columns: sampled Shapley values, and how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.tabular.importance import Predict

OTHERS = 128
"""Rows that a row is compared with."""

WORK = 2e9
"""Numbers that the networks read at most for a row; beyond, it is compared with fewer."""

TOGETHER = 2**22
"""Numbers that are predicted from together."""


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


def shapley(
    row: Array, others: Array, places: Sequence[slice], predict: Predict, random: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """Return base, prediction, contributions and their standard errors.

    A walk leads from another row to this one, a column at a time in an order drawn by chance; what a step changes is
    its column's. Each other row is walked from twice, there and in the opposite order (antithetic), which cancels most
    of the chance; the standard error is that of the mean over the other rows.

    Parameters
    ----------
    row : array of shape (D,)
        The row.
    others : array of shape (B, D)
        Rows to compare with.
    places : sequence of C slices
        Where the columns' features are.
    predict : callable
        From rows to predictions of shape (…, K).
    random : Generator
        Who draws the orders.

    References
    ----------
    Shapley (1953), A value for n-person games; Štrumbelj, Kononenko (2014), Explaining prediction models and individual
    predictions with feature contributions; Mitchell et al. (2022), Sampling permutations for Shapley value estimation.

    Examples
    --------
    >>> linear = lambda X: X @ np.array([[2.0], [1.0]])
    >>> others = np.array([[0.0, 0.0], [1.0, 4.0]])
    >>> shapley(np.array([3.0, 3.0]), others, [slice(0, 1), slice(1, 2)], linear, np.random.default_rng(0))[2]
    array([[5.],
           [1.]])
    """
    widths = np.array([place.stop - place.start for place in places])
    owner = np.repeat(np.arange(len(places)), widths)
    steps = np.arange(len(places) + 1)[:, None]
    orders = [random.permutation(len(places)) for _ in others]
    walks = [(other, way) for other, order in zip(others, orders, strict=True) for way in (order, order[::-1])]
    changes, ends = [], []
    group = max(1, TOGETHER // (len(steps) * len(row)))
    for start in range(0, len(walks), group):
        some = walks[start : start + group]
        turns = [np.argsort(way) for _, way in some]
        on_the_way = np.concatenate(
            [np.where((turn < steps)[:, owner], row, other) for (other, _), turn in zip(some, turns, strict=True)]
        )
        P = np.asarray(predict(on_the_way), dtype=np.float64).reshape(len(some), len(steps), -1)
        changes += [step[turn] for step, turn in zip(np.diff(P, axis=1), turns, strict=True)]
        ends.append(P[:, [0, -1]])
    pairs = np.stack(changes).reshape(len(others), 2, len(places), -1).mean(axis=1)
    both = np.concatenate(ends)
    spread = pairs.std(axis=0, ddof=1) if len(others) > 1 else np.full(pairs.shape[1:], np.nan)
    return both[:, 0].mean(axis=0), both[0, 1], pairs.mean(axis=0), spread / np.sqrt(len(others))
