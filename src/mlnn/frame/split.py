"""Which rows to train on and which to judge by: every class is trained on, however rare it is."""

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from mlnn.array import Array
from mlnn.frame.column import TableError


def hold_out(t: Array, fraction: float, seed: int, task: str) -> tuple[Array, Array]:
    """Return the rows to train on and the rows to judge by, about a fraction of all.

    Parameters
    ----------
    t : array of shape (N,)
        The targets: class numbers, or quantities.
    fraction : float
        Between 0 and 1.
    seed : int
        Seed of the choice.
    task : str
        "classification" keeps the shares of the classes; or "regression".

    Raises
    ------
    TableError
        If there are too few rows.

    Examples
    --------
    >>> rows, aside = hold_out(np.array([0, 0, 0, 0, 1, 1]), 0.4, seed=0, task="classification")
    >>> len(rows), sorted(np.unique(rows)) == sorted(set(range(6)) - set(aside))
    (3, True)
    """
    classes = t if task == "classification" and np.bincount(t).min() >= 2 else None
    try:
        rows, aside = train_test_split(np.arange(len(t)), test_size=fraction, random_state=seed, stratify=classes)
    except ValueError as problem:
        raise TableError(f"too few rows to hold out a part of {fraction:g}: {problem}") from None
    return _all_classes(t, rows, aside, task)


def folds(t: Array, count: int, seed: int, task: str) -> list[tuple[Array, Array]]:
    """Return, ``count`` times, the rows to train on and the rows to judge by, which are another fold each time.

    The other parameters are those of ``hold_out``.

    Raises
    ------
    TableError
        If there are too few rows.
    """
    if len(t) < count:
        raise TableError(f"{count} folds need at least as many rows, but there are {len(t)}")
    stratify = task == "classification" and np.bincount(t).min() >= count
    kind = StratifiedKFold if stratify else KFold
    parts = kind(count, shuffle=True, random_state=seed).split(t, t if stratify else None)
    return [_all_classes(t, rows, aside, task) for rows, aside in parts]


def _all_classes(t: Array, rows: Array, aside: Array, task: str) -> tuple[Array, Array]:
    """Take back to the rows to train on those set aside whose class would be trained on nowhere else."""
    known = np.isin(t[aside], t[rows]) | (task == "regression")
    if not known.any():
        raise TableError("there are too few rows to judge by and still train on every class")
    return np.concatenate([rows, aside[~known]]), aside[known]
