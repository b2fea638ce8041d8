"""How predictions depend on a column: partial dependence, and the rows behind it one by one."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.table import Values, Words
from mlnn.tabular.importance import Predict

GRID, LEVELS = 24, 12
"""Cells at most at which numbers and dates are tried, and categories."""

MISSING = "(missing)"


@dataclass(frozen=True, eq=False)
class Dependence:
    """What is predicted, on the average, if a column holds this or that, all others left as they are.

    Attributes
    ----------
    column : str
        Its name.
    at : array of shape (G,)
        What it holds: numbers or dates in ascending order, or text: the most frequent categories.
    share : array of shape (G,)
        The share of the rows whose cell is (of numbers, is nearest to) this one.
    mean, spread : arrays of shape (G, K)
        Partial dependence; and the standard deviation over the rows of what lies between a row's curve and its own
        mean: where it is 0 along the curve, the column acts alone, and where it is not, together with others.
    curves : array of shape (R, G)
        Rows one by one (individual conditional expectation), of the prediction that is shown.

    References
    ----------
    Friedman (2001), Greedy function approximation; Goldstein et al. (2015), Peeking inside the black box.
    """

    column: str
    at: Array
    share: Array
    mean: Array
    spread: Array
    curves: Array = field(repr=False)

    @property
    def ordered(self) -> bool:
        """Tell whether the cells have an order and distances."""
        return self.at.dtype.kind in "fM"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain numbers and words."""
        at = self.at.tolist() if self.at.dtype.kind != "M" else self.at.astype(str).tolist()
        arrays = {"share": self.share, "mean": self.mean, "spread": self.spread, "curves": self.curves}
        return {"column": self.column, "at": at} | {name: each.tolist() for name, each in arrays.items()}


def dependence(
    name: str, values: Values, matrix: Array, place: slice, predict: Predict, rows: Array, shown: int
) -> Dependence:
    """Try the cells that a column has on some of the rows.

    Parameters
    ----------
    name, values : str, Values
        The column, its cells as they were read.
    matrix : array of shape (N, D)
        Its rows, prepared.
    place : slice
        Where the column's features are.
    predict : callable
        From rows of the matrix to predictions, shape (…, K).
    rows : array of int
        The rows to try on.
    shown : int
        The prediction whose curves are kept.
    """
    at, where, share = _cells(values, matrix[:, place])
    tried = np.array(matrix[rows])
    each = []
    for row in where:
        tried[:, place] = matrix[row, place]
        each.append(np.asarray(predict(tried), dtype=np.float64))
    P = np.stack(each)  # shape (G, R, K)
    apart = P - P.mean(axis=0)
    return Dependence(name, at, share, P.mean(axis=1), apart.std(axis=1), P[:, :, shown].T)


def _cells(values: Values, features: Array) -> tuple[Array, Array, Array]:
    """Return cells to try, a row that has each, and the share of the rows with such a cell."""
    if isinstance(values, Words):
        return _categories(values)
    assert isinstance(values, np.ndarray)  # structures, which nobody can use, have no features
    if values.dtype.kind not in "mM":
        values = values.astype(np.float64)
        known = np.flatnonzero(np.isfinite(values))
    else:
        known = np.flatnonzero(~np.isnat(values))
    order = known[np.argsort(values[known], kind="stable")]
    kinds = np.flatnonzero(np.r_[True, values[order][1:] != values[order][:-1]])
    if len(kinds) > LEVELS:
        steps = np.linspace(0.01, 0.99, GRID // 2)  # half of them where rows are, half where cells are that differ
        both = np.r_[(steps * (len(order) - 1)).astype(np.int64), kinds[(steps * (len(kinds) - 1)).astype(np.int64)]]
        kinds = np.unique(kinds[np.searchsorted(kinds, both, side="right") - 1])
    where = order[kinds]
    at = values[where] if values.dtype.kind == "M" else values[where].astype(np.float64)
    numeric = values.astype(np.int64) if values.dtype.kind in "mM" else values
    edges = (numeric[where][1:] + numeric[where][:-1]) / 2.0
    counts = np.bincount(np.searchsorted(edges, numeric[known], side="right"), minlength=len(where))
    return at, where, counts / max(len(values), 1)


def _categories(words: Words) -> tuple[Array, Array, Array]:
    counts = np.bincount(words.codes + 1, minlength=len(words.labels) + 1)
    codes = np.argsort(-counts, kind="stable")[:LEVELS]
    codes = codes[counts[codes] > 0]
    _, first = np.unique(words.codes + 1, return_index=True)
    rows = dict(zip(np.flatnonzero(counts).tolist(), first.tolist(), strict=True))
    labels = [MISSING if code == 0 else words.labels[code - 1] for code in codes]
    return np.array(labels), np.array([rows[code] for code in codes.tolist()]), counts[codes] / len(words)
