"""Rows that occur more than once: where one is trained on and its twin judges, the score is too good."""

from collections.abc import Iterable

import numpy as np

from mlnn.array import Array
from mlnn.tabular.familiar import Familiar, digests_of

SHARE = 0.01
"""So small a share of the rows changes no score that anybody looks at."""

BY_CHANCE = 1e-3
"""Where chance alone would make more than this part of the pairs, a table has few different rows, and no copies."""

CROWD = 5
"""Of more rows that are alike none is a copy: a town that has so many, or rows that hold nothing but zeros."""

SAMPLE = 2048
"""Of so many rows, none a copy of another, it is counted how often two have the same cell in a column."""


def known_and_copied(matrix: Array, t: Array, key: str, fold: Array) -> tuple[Familiar, list[str]]:
    """Return what remembers these rows of training, and what there is to say of those that occur more than once."""
    digests = digests_of(matrix, t, key)
    return Familiar.of(digests, key), copied(digests, fold, matrix, t)


def copied(digests: Array, fold: Array, matrix: Array, t: Array) -> list[str]:
    """Say how many rows have a twin in another fold, where that is no chance; nothing of few.

    Parameters
    ----------
    digests : array of shape (N,)
        The same for rows that are alike, target included.
    fold : array of int, shape (N,)
        The fold that each row is judged in.
    matrix, t : arrays of shapes (N, D), (N,) or (N, K)
        The rows and their targets. By chance two of them would be alike as often as they are in each column, all
        multiplied.

    Examples
    --------
    >>> matrix = np.random.default_rng(0).normal(size=(100, 3))[[*range(80), *range(20)]]
    >>> copied(matrix[:, 0], np.arange(100) // 50, matrix, np.zeros(100))[0][:42]
    '40 of 100 rows have a twin in another fold'
    >>> copied(np.zeros(100), np.arange(100) // 50, np.zeros((100, 3)), np.zeros(100))
    []
    """
    rows = len(digests)
    _, first, which, counts = np.unique(digests, return_index=True, return_inverse=True, return_counts=True)
    if len(counts) == rows:
        return []
    few, folds = (counts > 1) & (counts <= CROWD), int(np.ptp(fold)) + 1
    several = few[which]
    places = np.unique(which[several] * folds + (fold - fold.min())[several]) // folds
    twins = int(counts[np.bincount(places, minlength=len(counts)) > 1].sum())
    if twins < SHARE * rows:
        return []
    pairs = float((counts * (counts - 1.0))[few].sum()) / (rows * (rows - 1.0))
    some = first[:: len(first) // SAMPLE + 1]
    if _by_chance([*matrix[some].T, *t[some].reshape(len(some), -1).T], BY_CHANCE * pairs):
        return []
    what = f"{twins:,} of {rows:,} rows have a twin in another fold, target included"
    return [f"{what}: if these are copies, scores are too good: leave them out, or keep them together by groups"]


def _by_chance(columns: Iterable[Array], limit: float) -> bool:
    """Tell whether two rows would be alike more often than a limit if columns had nothing to do with each other."""
    share = 1.0
    for column in columns:
        counts = np.unique(column, return_counts=True)[1].astype(np.float64)
        share *= float((counts * (counts - 1.0)).sum()) / max(len(column) * (len(column) - 1.0), 1.0)
        if share <= limit:
            return False
    return True
