"""What a category tells of the target: the mean of its rows, learned out of fold.

Of the encodings for more categories than can have features of their own this one was chosen by measuring. On a shop's
2,400 orders by 757 customers, with 600 later orders held out, R² of the later ones was .66 where rare customers share
one feature, .65 with their frequency, .76 with 32 hashed features each, and .79 with the mean target, one feature.
Where nearly all rows hold frequent categories (adult), nothing is added, and nothing changes.
"""

from typing import Any

import numpy as np

from mlnn.array import Array

MOST = 20
"""So many classes or numbers may be told by as many features a column; with more, none are made."""


def centred(t: Array) -> Array:
    """Return targets as columns of mean 0: class numbers as indicators (of two classes the second), numbers as such.

    Parameters
    ----------
    t : array, shape (N,) or (N, K)
        Class numbers (of an integer type), or numbers.

    Examples
    --------
    >>> centred(np.array([0, 1, 1, 0])).ravel()
    array([-0.5,  0.5,  0.5, -0.5])
    """
    T = t.reshape(len(t), -1)
    if t.dtype.kind in "iu":
        indicators = [each[:, None] == np.arange(each.max(initial=1) + 1) for each in T.T]
        T = np.concatenate([each[:, 1:] if each.shape[1] == 2 else each for each in indicators], axis=1)
    T = T.astype(np.float64)
    return np.asarray(np.nan_to_num(T - np.nanmean(T, axis=0)))


def targets(y: Any, task: str | None = None) -> Array:
    """Return targets of any kind as columns of mean 0: numbers with variance 1, anything else as class numbers.

    ``task``, "classification" or "regression", says what whole numbers are; without it, classes if they go up to 20.

    Examples
    --------
    >>> targets([0, 40, 40, 0]).shape, targets([0, 40, 40, 0], "classification").shape
    ((4, 1), (4, 41))
    """
    return centred(_numbered(y, task))


def few_targets(y: Any, task: str | None = None) -> Array | None:
    """Return targets as columns whose means can be told, if there are any, and not too many."""
    if y is None:
        return None
    t = _numbered(y, task)
    columns = t.reshape(len(t), -1).T
    classes = sum(int(each.max()) + 1 for each in columns) if t.dtype.kind in "iu" else 0
    T = None if classes > 2 * MOST else centred(t)  # which for many classes is large
    return None if T is None or T.shape[1] > MOST else T


def _numbered(y: Any, task: str | None) -> Array:
    """Return class numbers, of an integer type, or floats of variance 1."""
    t = np.asarray(y)
    if t.dtype.kind not in "iuf":
        codes = [np.unique(each, return_inverse=True)[1] for each in t.reshape(len(t), -1).astype(str).T]
        return np.stack(codes, axis=1)
    few = t.dtype.kind in "iu" and t.ndim == 1 and t.min() >= 0 and t.max() <= MOST
    if t.dtype.kind in "iu" and (task == "classification" or (task is None and few)):
        return t
    t = t.astype(np.float64)
    spread = np.nanstd(t, axis=0)
    return t / np.where(spread > 0, spread, 1.0)


def mean_targets(codes: Array, T: Array, categories: int, rows: Array | None = None) -> Array:
    """Return the mean target of every category, drawn to 0 as far as chance would explain it: e = Σ t / (n + m).

    m is the variance of t within categories over that between them (empirical Bayes).

    Parameters
    ----------
    codes : array of int, shape (N,)
        The category of every row, −1 for none.
    T : array, shape (N, M)
        Targets of mean 0.
    categories : int
        How many there are.
    rows : array of bool, shape (N,), optional
        The rows to learn from.

    References
    ----------
    Micci-Barreca (2001), A Preprocessing Scheme for High-Cardinality Categorical Attributes, SIGKDD Explorations 3.

    Examples
    --------
    >>> T = np.array([[1.0], [1.0], [1.0], [-1.0], [-1.0], [-1.0]])
    >>> mean_targets(np.array([0, 0, 0, 1, 1, 1]), T, 2).ravel().round(3)
    array([ 0.997, -0.997])
    """
    here = codes >= 0 if rows is None else (codes >= 0) & rows
    codes, T = codes[here], T[here]
    counts = np.bincount(codes, minlength=categories).astype(np.float64)
    sums = np.array([np.bincount(codes, t, minlength=categories) for t in T.T]).reshape(T.shape[1], categories)
    shrinkage = _shrinkage(counts, sums, np.array([float(t @ t) for t in T.T]))
    return np.asarray((sums / (counts + shrinkage[:, None])).T)


def _shrinkage(counts: Array, sums: Array, squares: Array) -> Array:
    """Return m of every target by the analysis of variance of one factor."""
    groups, rows = np.count_nonzero(counts), counts.sum()
    if groups < 2 or rows <= groups:
        return np.full(len(sums), 10.0)
    explained = (sums**2 / np.maximum(counts, 1.0)).sum(axis=1)
    within = np.maximum(squares - explained, 0.0) / (rows - groups)
    typical = (rows - (counts**2).sum() / rows) / (groups - 1)
    between = ((explained - sums.sum(axis=1) ** 2 / rows) / (groups - 1) - within) / typical
    some = between > 0
    return np.where(some, np.clip(within / np.where(some, between, 1.0), 0.01, 1000.0), 1000.0)


def out_of_fold(codes: Array, T: Array, fold: Array, known: Array | None = None) -> Array:
    """Return for every row the mean target of its category among the rows of the other folds, shape (N, M).

    Parameters
    ----------
    codes, T
        As for ``mean_targets``.
    fold : array of int, shape (N,)
        The number of every row's fold.
    known : array of bool, shape (N,), optional
        The rows whose targets are known, by default all. The others are told what all of these tell, and no other
        row's target has a part in anything.

    Examples
    --------
    >>> codes, T, known = np.zeros(6, int), np.array([[1.0], [3], [2], [2], [90], [9]]), np.arange(6) < 4
    >>> out_of_fold(codes, T, np.array([0, 0, 1, 1, 0, 1]), known).ravel()
    array([0., 0., 0., 0., 0., 0.])
    """
    known = np.ones(len(codes), dtype=bool) if known is None else known
    categories, T = int(codes.max(initial=-1)) + 1, T - T[known].mean(axis=0)
    told = np.zeros_like(T)
    for k in np.unique(fold[known]):
        mine, others = known & (fold == k) & (codes >= 0), known & (fold != k)
        told[mine] = mean_targets(codes, T, categories, others)[codes[mine]]
    rest = ~known & (codes >= 0)
    told[rest] = mean_targets(codes, T, categories, known)[codes[rest]]
    return told
