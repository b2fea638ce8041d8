"""Whether rows, or groups of rows that may err alike, are enough to tell what others would be like."""

import numpy as np

from mlnn.array import Array
from mlnn.frame.sentence import number_of
from mlnn.tabular.given import counts_of

FEWEST = 10
"""Of fewer rows, or groups, those that are drawn again tell little of others."""


def effective(unit: Array, weights: Array) -> float:
    """Return how many units of equal weight tell as much: (Σ n)² / Σ n², where n is what a unit's rows weigh.

    The variance of a mean over units that err by themselves, Σ n² σ² / (Σ n)², is that of so many equal ones: where one
    group has nearly all rows, it is hardly more than one, however many others there are.

    References
    ----------
    Kish (1965), Survey Sampling; Carter, Schnepel, Steigerwald (2017), Asymptotic behavior of a t-test robust to
    cluster heterogeneity.

    Examples
    --------
    >>> effective(np.array([0, 0, 1, 1]), np.ones(4)), round(effective(np.array([0] * 97 + [1, 2, 3]), np.ones(100)), 2)
    (2.0, 1.06)
    """
    n = np.bincount(unit, weights)
    return float(n.sum() ** 2 / (n @ n))


def too_few(groups: Array | None, weights: Array | None, rows: int) -> str:
    """Say how many rows, or groups, there are if they tell little of others; "" where they are enough.

    Examples
    --------
    >>> too_few(None, None, 9), too_few(None, None, 10), too_few(np.arange(10) % 2, None, 10)
    ('9 rows', '', '2 groups')
    >>> too_few(np.r_[np.zeros(88, dtype=int), np.arange(12)], None, 100)
    '12 groups, which tell as little as 1.3 of equal weight'
    """
    unit = np.arange(rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    count, equal = int(unit.max()) + 1, effective(unit, counts_of(weights, rows))
    said = number_of(count, "row" if groups is None else "group")
    if count < FEWEST:
        return said
    return f"{said}, which tell as little as {equal:.1f} of equal weight" if equal < FEWEST - 1e-9 else ""
