"""What one column alone tells of the target: leaks, and identifiers that are worth keeping."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Literal

import numpy as np

from mlnn.array import Array
from mlnn.frame.kind.mean_target import out_of_fold

SAMPLE = 2000
"""So many rows are looked at."""

BINS = 64
"""Numbers are sorted into so many bins of equally many rows."""

PERFECT = 0.98
"""A column that explains this share of the target's variance all alone is hardly a cause of it."""

SOMETHING = 0.1
"""A column that explains less tells next to nothing."""

IDENTIFIER = re.compile(r"(?i:(^|[\W_])(ids?|uuid|guid|identifier|index|rowid|row)$|^Unnamed: \d+$)|[a-z]I[dD]$")
"""Names that identifiers have."""

FEWEST_ROWS = 20
"""Below so many rows, cells that never repeat say nothing."""


def sample(rows: int) -> Array:
    """Return which rows are looked at."""
    return np.sort(np.random.default_rng(0).permutation(rows)[:SAMPLE])


def alone(x: Array, T: Array) -> float:
    """Return the share of the target's variance that one column explains alone: R² = 1 − Σ (t − e)² / Σ t².

    e is the mean target of a row's category, or of its bin of numbers of about the same size, among the rows of the
    other half (``out_of_fold``), gaps being one of their own; for numbers also a straight line, whichever tells more.

    Parameters
    ----------
    x : array, shape (N,)
        The column: numbers (floats, NaN where they are missing), or the numbers of categories (integers, −1 likewise).
    T : array, shape (N, M)
        Targets of mean 0, as ``centred`` returns them.

    Examples
    --------
    >>> from mlnn.frame.kind.mean_target import centred
    >>> x = np.random.default_rng(0).normal(size=500)
    >>> alone(x, centred((x > 0).astype(int))) > 0.9, alone(x[::-1], centred((x > 0).astype(int))) < 0.1
    (True, True)
    """
    total = float((T**2).sum())
    if total == 0.0 or len(x) < FEWEST_ROWS:
        return 0.0
    bins = _bins(x)
    e = out_of_fold(np.where(bins < 0, bins.max() + 1, bins), T, _halves(len(x)))
    return max(1.0 - float(((T - e) ** 2).sum()) / total, _along_a_line(x, T))


@cache
def _halves(rows: int) -> Array:
    return np.random.default_rng(0).permutation(rows) % 2


def _along_a_line(x: Array, T: Array) -> float:
    """Return the share that a straight line explains, of which few rows do not make bins enough."""
    present = ~np.isnan(x)
    if x.dtype.kind == "i" or T.shape[1] > 1 or present.mean() < 0.9 or not np.ptp(x[present]) > 0:
        return 0.0
    x = x[present] / np.abs(x[present]).max()
    d, t = x - x.mean(), T[present, 0] - T[present, 0].mean()
    return float((d @ t) ** 2 / max(float((d @ d) * (t @ t)), 1e-300))


def _bins(x: Array) -> Array:
    """Return numbers as the numbers of their bins, −1 where they are missing; categories as they are."""
    if x.dtype.kind == "i":
        return x
    edges = np.unique(x[~np.isnan(x)])
    bins = min(BINS, len(x) // 16)
    if len(edges) > bins:
        edges = edges[np.arange(1, bins + 1) * len(edges) // bins - 1]
    return np.where(np.isnan(x), -1, np.searchsorted(edges, x))


def names_rows(name: str, x: Array) -> Literal["", "perhaps", "surely"]:
    """Tell whether the cells of a column name or number the rows: no two are the same.

    That is sure of names, of whole numbers in the order of the rows or without large gaps, and of columns that are
    called identifiers; other whole numbers that never repeat may be amounts.

    Parameters
    ----------
    name, x
        The column, as for ``alone``.

    Examples
    --------
    >>> x = np.arange(30.0)
    >>> names_rows("row", x), names_rows("pay", x * 700 % 9973), names_rows("x", np.ones(30))
    ('surely', 'perhaps', '')
    """
    present = x[x >= 0] if x.dtype.kind == "i" else x[~np.isnan(x)]
    if len(present) < max(FEWEST_ROWS, 0.9 * len(x)) or len(np.unique(present)) < len(present):
        return ""
    if x.dtype.kind == "i":
        return "surely"
    if (present != np.floor(present)).any():
        return ""
    steps = np.diff(present)
    ordered, gapless = (steps > 0).all() or (steps < 0).all(), np.ptp(present) < 2.0 * len(present)
    return "surely" if ordered or gapless or IDENTIFIER.search(name) else "perhaps"


def counts_rows(x: Array) -> bool:
    """Tell whether a column of numbers counts the rows, as they stand, forwards or backwards.

    Examples
    --------
    >>> counts_rows(np.arange(1000.0, 1030.0)), counts_rows(np.arange(30.0)[::-1]), counts_rows(np.arange(30.0) * 2)
    (True, True, False)
    """
    steps = np.diff(x)
    return len(x) >= FEWEST_ROWS and steps[0] in (1.0, -1.0) and bool((steps == steps[0]).all())


def leaks(told: Mapping[str, float]) -> tuple[str, ...]:
    """Name the columns that alone tell the target almost perfectly; a table's only column is none.

    Parameters
    ----------
    told : mapping of str to float
        What every column tells ``alone``.

    Examples
    --------
    >>> leaks({"copy": 1.0, "age": 0.3}), leaks({"day": 1.0})
    (('copy',), ())
    """
    return tuple(name for name, share in told.items() if share >= PERFECT and len(told) > 1)


def leak_sentence(name: str, share: float) -> str:
    """Say what a leak is, and what to do."""
    return (
        f"'{name}' alone explains {100 * share:.1f} % of the target: if it is made from the target, or not yet known "
        "when a prediction is wanted, leave it out"
    )
