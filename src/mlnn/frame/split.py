"""Which rows to train on and which to judge by: folds, groups kept together, the past and the future."""

from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, train_test_split

from mlnn.array import Array
from mlnn.frame.column import TableError
from mlnn.frame.roles import times_of
from mlnn.frame.sentence import number_of
from mlnn.frame.table import Table


def folds(t: Array, count: int, seed: int, task: str, groups: Array | None = None) -> list[tuple[Array, Array]]:
    """Return, ``count`` times, the rows to train on and the rows to judge by, which are another fold each time.

    Every row is judged by once. Rows of a class are dealt out in turn, so that folds differ by at most one of them, and
    a class with two rows is always trained on. Rows of one group are in one fold.

    Parameters
    ----------
    t : array of shape (N,) or (N, K)
        The targets: class numbers, or quantities.
    count : int
        How many folds.
    seed : int
        Seed of the choice.
    task : str
        "classification" keeps the shares of the classes; or "regression".
    groups : array of shape (N,), optional
        What rows belong together by.

    Raises
    ------
    TableError
        If there are fewer rows, or fewer groups, than folds.

    Examples
    --------
    >>> [aside.tolist() for _, aside in folds(np.array([0, 0, 0, 1, 1, 1]), 3, seed=0, task="classification")]
    [[2, 3], [0, 5], [1, 4]]
    """
    if len(t) < count:
        there = "is 1 sample" if len(t) == 1 else f"are {len(t)}"
        raise TableError(f"{count} folds need at least as many rows, but there {there}")
    fold = np.empty(len(t), dtype=np.int64)
    if groups is None:
        order = np.random.default_rng(seed).permutation(len(t))
        if task == "classification" and t.ndim == 1:
            order = order[np.argsort(t[order], kind="stable")]
        fold[order] = np.arange(len(t)) % count
    else:
        kinds = len(np.unique(groups))
        if kinds < count:
            remedy = f"members={kinds} takes fewer folds" if kinds > 1 else ""
            raise TableError(f"{count} folds need at least as many groups, but there are {kinds}", remedy)
        parts = GroupKFold(count, shuffle=True, random_state=seed).split(t, groups=groups)
        for number, (_, aside) in enumerate(parts):
            fold[aside] = number
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(count)]


def hold_out(t: Array, fraction: float, seed: int, task: str, groups: Array | None = None) -> tuple[Array, Array]:
    """Return the rows to train on and the rows to judge by, about a fraction of all; every class is trained on.

    Of groups such are held out as are drawn by chance and together hold nearly so many rows; ``far_from`` says where
    that leaves much to be desired. The other parameters are those of ``folds``.

    Raises
    ------
    TableError
        If there are too few rows, or groups.

    Examples
    --------
    >>> rows, aside = hold_out(np.array([0, 0, 0, 0, 1, 1]), 0.4, seed=0, task="classification")
    >>> len(rows), sorted(np.unique(rows)) == sorted(set(range(6)) - set(aside))
    (3, True)
    """
    everything, classified = np.arange(len(t)), task == "classification" and t.ndim == 1
    if groups is not None:
        held = _held_out(np.unique(groups, return_inverse=True)[1], fraction, seed)
        rows, aside = np.flatnonzero(~held), np.flatnonzero(held)
    else:
        try:
            classes = t if classified and np.bincount(t).min() >= 2 else None
            rows, aside = train_test_split(everything, test_size=fraction, random_state=seed, stratify=classes)
        except ValueError:
            judging = f"{fraction:g} of {number_of(len(t), 'row')}"
            raise TableError(f"{judging} to judge by leaves too few to train on, or is too few itself") from None
    known = np.isin(t[aside], t[rows]) if classified else np.ones(len(aside), dtype=bool)
    if groups is not None:  # a row of a class that is not trained on takes its group along
        known = ~np.isin(groups[aside], groups[aside[~known]])
    if not known.any():
        raise TableError("there are too few rows to judge by and still train on every class")
    return np.concatenate([rows, aside[~known]]), aside[known]


ORDERS, NEAR = 20, 0.01
"""So often groups are drawn, unless those drawn hold the rows that are wanted but for such a share of them: no small
group is looked for that fills what is left."""


def _held_out(group: Array, fraction: float, seed: int) -> Array:
    """Tell which rows are held out, by the numbers of their groups: never all, and never none."""
    sizes = np.bincount(group).tolist()
    if len(sizes) < 2:
        raise TableError(f"a group is trained on or judged by, never both, but there is only {len(sizes)} group")
    random, wanted = np.random.default_rng(seed), fraction * len(group)
    best, nearest = list[int](), np.inf
    for _ in range(ORDERS):
        held, rows = list[int](), 0
        for k in random.permutation(len(sizes)).tolist():
            if wanted - rows <= NEAR * wanted:
                break
            more = rows + sizes[k]
            if more <= wanted:
                held.append(k)
                rows = more
            elif more - wanted < nearest and len(held) + 1 < len(sizes):
                best, nearest = [*held, k], more - wanted
        if held and wanted - rows < nearest:
            best, nearest = held, wanted - rows
        if nearest <= NEAR * wanted:
            break
    return np.isin(group, best)


FAR = 0.25
"""From this share of the rows on that are wanted, it is said that others are held out."""


def far_from(fraction: float, held: int, rows: int, together: str) -> list[str]:
    """Say how many of so many rows are held out, where what stays ``together`` keeps that far from a fraction.

    Examples
    --------
    >>> far_from(0.2, 100, 1000, "group"), far_from(0.2, 190, 1000, "group")
    (['100 of 1,000 rows are held out, not about 200: the rows of a group stay together'], [])
    """
    wanted = fraction * rows
    if abs(held - wanted) <= max(FAR * wanted, 1.0):
        return []
    return [f"{held:,} of {rows:,} rows are held out, not about {wanted:,.0f}: the rows of a {together} stay together"]


def dealt(rows: int, seed: int, groups: Array | None = None, count: int = 5) -> Array:
    """Return by chance of every row the number of its part, of so many; rows of one group are in one part.

    Parameters
    ----------
    rows, seed, groups, count
        As for ``folds``, whose choice is another one with the same seed.

    Examples
    --------
    >>> dealt(6, seed=0, groups=np.array([0, 0, 1, 1, 2, 2]), count=2)
    array([0, 0, 0, 0, 1, 1])
    """
    numbers = np.arange(rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    return (np.random.default_rng((seed, 1)).permutation(numbers.max(initial=-1) + 1) % count)[numbers]


def past_and_future(times: Any, fraction: float) -> tuple[Array, Array]:
    """Return the rows of the past to train on, and the rows of the future, about a fraction of all, to judge by.

    Rows of one time are on one side.

    Parameters
    ----------
    times : array of shape (N,)
        Numbers, of which later ones are larger, or dates, however they are written.
    fraction : float
        Between 0 and 1.

    Raises
    ------
    TableError
        If a time is missing, or all are the same, or they are neither numbers nor dates.

    Examples
    --------
    >>> past_and_future(np.array([2020, 2021, 2022, 2022, 2019]), 0.4)
    (array([0, 1, 4]), array([2, 3]))
    """
    times = times_of(Table.of({"times": times}), "times")
    later = times[times > times.min(initial=np.inf)]
    if not len(later):
        raise TableError("all rows are of one time, so there is no past to learn from and no future to judge by")
    begins = np.sort(times)[min(int(np.ceil(len(times) * (1.0 - fraction))), len(times) - 1)]
    future = times >= max(begins, later.min())  # the rows of the first time are the past, however many they are
    return np.flatnonzero(~future), np.flatnonzero(future)
