"""Who is ahead over many tables: mean ranks and Elo, with intervals from tables and splits drawn again."""

from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression

DRAWS = 200
"""How often tables and splits are drawn again."""

LEVEL = 0.95
"""The share of the draws that lie in an interval."""

SCALE = 400.0 / np.log(10.0)
"""Elo points that make the odds of winning e times as large: 400 make them ten times as large."""

ANCHOR = 1000.0
"""The Elo of the model that the others are measured from."""

SLACK = 1e6
"""Inverse strength of the L2 penalty on Elo, TabArena's own: it keeps a model finite that always wins, no more."""


def ranks(losses: np.ndarray) -> np.ndarray:
    """Return each model's rank along the last axis: 1 has the least loss, equal ones share, NaN (no result) is last."""
    return rankdata(np.nan_to_num(losses, nan=np.inf), axis=-1)


def wins(losses: np.ndarray) -> np.ndarray:
    """Return, shape (…, M, M), whether model i beats model j: 1, or ½ where they are level.

    Examples
    --------
    >>> wins(np.array([0.1, 0.2, 0.2]))
    array([[0. , 1. , 1. ],
           [0. , 0. , 0.5],
           [0. , 0.5, 0. ]])
    """
    known = np.nan_to_num(losses, nan=np.inf)
    first, second = known[..., :, None], known[..., None, :]
    return (first < second) + np.where(np.eye(known.shape[-1]), 0.0, 0.5 * (first == second))


def elo(won: np.ndarray, anchor: int) -> np.ndarray:
    """Return the ratings that make won[i, j], how often i beat j, likeliest if P(i beats j) = 1 / (1 + 10^(Δ/400)).

    Δ is the rating of j less that of i; the anchor has 1000.

    References
    ----------
    Bradley, Terry (1952), Rank Analysis of Incomplete Block Designs; Erickson et al. (2025), TabArena, whose anchor is
    a random forest with its defaults.
    """
    first, second = np.triu_indices(len(won), 1)
    pairs = np.eye(len(won))[first] - np.eye(len(won))[second]
    X, y = np.concatenate([pairs, pairs]), np.repeat([1, 0], len(pairs))
    weights = np.concatenate([won[first, second], won[second, first]])
    model = LogisticRegression(C=SLACK, fit_intercept=False, tol=1e-8, max_iter=1000).fit(X, y, weights)
    ratings = SCALE * model.coef_[0]
    return ratings - ratings[anchor] + ANCHOR


def interval(values: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return where a statistic of values, shape (tables, splits, …), lies in 95 % of draws.

    A draw takes as many tables, with replacement, and as many splits of each: the same draws for everybody, so that
    differences are of pairs.

    References
    ----------
    Efron, Tibshirani (1993), An Introduction to the Bootstrap, chapter 8: data with more than one level.
    """
    random, (tables, splits) = np.random.default_rng(0), values.shape[:2]
    drawn = []
    for _ in range(DRAWS):
        table, split = random.integers(tables, size=(tables, 1)), random.integers(splits, size=(tables, splits))
        drawn.append(statistic(values[table, split]))
    low, high = np.quantile(drawn, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0], axis=0)
    return low, high


def mean(values: np.ndarray) -> np.ndarray:
    """Return the mean over tables and splits."""
    return values.mean(axis=(0, 1))
