"""Data sets to play with: two columns, two or more classes. Moons, circles and blobs are scikit-learn's."""

import math
from typing import Any

import numpy as np

from mlnn import memory
from mlnn.array import Array, real_number, require_seed, whole_number


def moons(rows: int = 200, noise: float = 0.2, seed: int | None = 0) -> tuple[Array, Array]:
    """Return two interleaving half moons, the tutorial's data: X (N, 2) and class numbers y (N,)."""
    from sklearn.datasets import make_moons

    _checked(rows, seed, noise=noise)
    return _pair(make_moons(rows, noise=noise, random_state=seed))


def circles(rows: int = 200, noise: float = 0.1, factor: float = 0.5, seed: int | None = 0) -> tuple[Array, Array]:
    """Return a circle inside a circle: X (N, 2) and class numbers y (N,)."""
    from sklearn.datasets import make_circles

    _checked(rows, seed, noise=noise, factor=factor)
    return _pair(make_circles(rows, noise=noise, factor=factor, random_state=seed))


def blobs(rows: int = 300, classes: int = 3, spread: float = 1.0, seed: int | None = 0) -> tuple[Array, Array]:
    """Return one cloud of points a class: X (N, 2) and class numbers y (N,)."""
    from sklearn.datasets import make_blobs

    _checked(rows, seed, spread=spread)
    memory.require(16.0 * whole_number("classes", classes), f"{memory.count(classes)} classes: drawing them")
    return _pair(make_blobs(rows, centers=classes, cluster_std=spread, random_state=seed))


def spirals(
    rows: int = 300, classes: int = 3, noise: float = 0.2, turns: float = 0.64, seed: int | None = 0
) -> tuple[Array, Array]:
    """Return arms that wind around each other, as in CS231n's case study.

    A point of class k at radius r ∈ [0, 1] has the angle 2π (turns · r + k / classes) + noise · N(0, 1).

    Parameters
    ----------
    rows : int
        N; the classes share it as evenly as can be.
    classes : int
        The number of arms.
    noise : float
        Standard deviation of the angle, radians.
    turns : float
        Turns from the centre to the end of an arm.
    seed : int, optional
        Seed of the noise.

    Returns
    -------
    X : array of shape (N, 2)
        The points, within the unit circle.
    y : array of shape (N,)
        Class numbers.

    Raises
    ------
    ValueError
        If there are fewer rows than classes, or no class.

    Examples
    --------
    >>> X, y = spirals(rows=7, classes=3)
    >>> X.shape, np.bincount(y)
    ((7, 2), array([3, 2, 2]))
    """
    _checked(rows, seed, noise=noise)
    real_number("turns", turns)
    if not 1 <= whole_number("classes", classes, -math.inf) <= rows:
        raise ValueError(f"spirals need at least 1 class and a row for each, but got {classes} classes, {rows} rows")
    arms = np.array_split(np.arange(rows), classes)
    y = np.repeat(np.arange(classes), [len(arm) for arm in arms])
    radius = np.concatenate([np.linspace(0.0, 1.0, len(arm)) for arm in arms])
    jitter = noise * np.random.default_rng(seed).standard_normal(rows)
    angle = 2.0 * np.pi * (turns * radius + y / classes) + jitter
    return radius[:, None] * np.column_stack([np.sin(angle), np.cos(angle)]), y


def _checked(rows: int, seed: int | None, **sizes: float) -> None:
    """Refuse what no data can be made of."""
    memory.require(32.0 * whole_number("rows", rows, -math.inf), f"{memory.count(rows)} rows: making them")
    require_seed(seed)
    for name, size in sizes.items():
        real_number(name, size)


def _pair(made: Any) -> tuple[Array, Array]:
    return made[0], made[1]
