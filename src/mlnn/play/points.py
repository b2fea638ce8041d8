"""Point sets to play with: two columns and a target, each a formula that every engine can make, to the last digit.

Points lie within about [−6, 6]². Row i belongs to class k = i mod classes and stands at t = ⌊i / classes⌋ / ⌈N /
classes⌉ of its class's curve, t in [0, 1); u₁, u₂ are uniform on [0, 1) and n₁, n₂ standard normal, drawn from the
Philox stream for ``POINTS``: first u₁, u₂ row by row, then n₁, n₂.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mlnn.array import POINTS, Array, philox, real_number, whole_number
from mlnn.names import Choice, found

Point = tuple[Array, Array, Array]
"""x₁, x₂ and the target."""


DRAWS = ("t", "k", "u1", "u2", "n1", "n2")
"""What differs from point to point."""


class PointSet(ABC):
    """Points in the plane, with classes or values; x₁, x₂ and the target are plain ufunc expressions."""

    classes: ClassVar[int] = 2
    """How many classes there are; 0 where targets are values."""

    @abstractmethod
    def place(self, t: Array, k: Array, u1: Array, u2: Array, n1: Array, n2: Array, noise: Array) -> Point:
        """Return x₁, x₂ and the target of points at t of class k."""


def points(kind: Choice[PointSet] = "moons", rows: int = 200, noise: float = 0.1, seed: int = 0) -> tuple[Array, Array]:
    """Return a point set of the live page: the same numbers that the page makes.

    Parameters
    ----------
    kind : PointSet, its class or its name
        ``"moons"``, ``Spirals(arms=3)`` …
    rows : int
        N, from 1.
    noise : float
        How far points stray from their formula, from 0; 0.5 is much.
    seed : int
        Seed of the draws.

    Returns
    -------
    X : array of shape (N, 2)
        The points.
    y : array of shape (N,)
        Class numbers, or values.

    Raises
    ------
    TypeError, ValueError
        If there is no such point set, a number is too small, or is none.

    Examples
    --------
    >>> X, y = points(Spirals(arms=3), rows=6, noise=0.0)
    >>> X[3:].round(3).tolist(), y.tolist()
    ([[-1.768, 1.768], [2.415, 0.647], [-0.647, -2.415]], [0, 1, 2, 0, 1, 2])
    """
    chosen: PointSet = found(PointSet, kind, "kind")
    count, stray = whole_number("rows", rows), real_number("noise", noise, 0.0)
    random = np.random.RandomState(philox(whole_number("seed", seed, 0), POINTS))
    uniform, normal = random.uniform(size=(count, 2)), random.standard_normal((count, 2))
    classes, row = max(chosen.classes, 1), np.arange(count)
    k, t = row % classes, (row // classes) / -(-count // classes)
    draws: Any = (t, k.astype(np.float64), *uniform.T, *normal.T, np.asarray(stray))
    x1, x2, target = chosen.place(*draws)
    return np.column_stack([x1, x2]), np.asarray(target.astype(np.int64) if chosen.classes else target)


@dataclass(frozen=True)
class Moons(PointSet):
    """Two interleaving half circles: x = 3 (k − 1/2 + c cos πt, k/2 − 1/4 + c sin πt) + 3 · noise · n, c = 1 − 2k.

    References
    ----------
    The tutorial's data; scikit-learn's make_moons, whose noise this is too, three times as large and centred.

    Examples
    --------
    >>> points(Moons(), rows=2, noise=0.0)[0]
    array([[ 1.5 , -0.75],
           [-1.5 ,  0.75]])
    """

    def place(self, t: Array, k: Array, u1: Array, u2: Array, n1: Array, n2: Array, noise: Array) -> Point:
        side = 1.0 - 2.0 * k
        x1 = 3.0 * (k - 0.5 + side * np.cos(np.pi * t) + noise * n1)
        x2 = 3.0 * (0.5 * k - 0.25 + side * np.sin(np.pi * t) + noise * n2)
        return x1, x2, k


@dataclass(frozen=True)
class Circles(PointSet):
    """A ring around a disc: x = r (cos 2πu₂, sin 2πu₂) + noise · n; r = 3.5 + 1.5 u₁ of class 0, 2.5 √u₁ of class 1.

    References
    ----------
    TensorFlow Playground's circle; the disc is filled evenly here.

    Examples
    --------
    >>> X, y = points("circles", rows=100, noise=0.0)
    >>> bool(((np.hypot(*X.T) < 3.0) == y).all())
    True
    """

    def place(self, t: Array, k: Array, u1: Array, u2: Array, n1: Array, n2: Array, noise: Array) -> Point:
        radius = (1.0 - k) * (3.5 + 1.5 * u1) + k * 2.5 * np.sqrt(u1)
        angle = 2.0 * np.pi * u2
        return radius * np.cos(angle) + noise * n1, radius * np.sin(angle) + noise * n2, k


@dataclass(frozen=True)
class XOR(PointSet):
    """Four squares: v = 10 u − 5, x = v + 0.3 sign v + noise · n; class 1 where v₁ v₂ > 0.

    References
    ----------
    Minsky, Papert (1969), Perceptrons; TensorFlow Playground's exclusive or, padding included.

    Examples
    --------
    >>> X, y = points(XOR(), rows=100, noise=0.0)
    >>> bool(((X[:, 0] * X[:, 1] > 0.0) == y).all())
    True
    """

    def place(self, t: Array, k: Array, u1: Array, u2: Array, n1: Array, n2: Array, noise: Array) -> Point:
        v1, v2 = 10.0 * u1 - 5.0, 10.0 * u2 - 5.0
        x1, x2 = v1 + 0.3 * np.sign(v1) + noise * n1, v2 + 0.3 * np.sign(v2) + noise * n2
        return x1, x2, np.heaviside(v1 * v2, 0.0)


@dataclass(frozen=True)
class Gauss(PointSet):
    """Two clouds around ±(2, 2): x = 2 (1 − 2k) + (0.6 + 2 · noise) n.

    References
    ----------
    TensorFlow Playground's two Gaussians.

    Examples
    --------
    >>> X, y = points(Gauss(), rows=1000, noise=0.0)
    >>> X[y == 0].mean(axis=0).round(1)
    array([2., 2.])
    """

    def place(self, t: Array, k: Array, u1: Array, u2: Array, n1: Array, n2: Array, noise: Array) -> Point:
        centre, deviation = 2.0 * (1.0 - 2.0 * k), 0.6 + 2.0 * noise
        return centre + deviation * n1, centre + deviation * n2, k


@dataclass(frozen=True)
class Spirals(PointSet):
    """Arms that wind around each other: x = 5t (sin a, cos a) + noise · (2u − 1), a = 2π (1.75 t + k / arms).

    Parameters
    ----------
    arms : int, default 2
        The number of classes, from 2 to 5.

    Raises
    ------
    ValueError
        If it is another.

    References
    ----------
    Lang, Witbrock (1988), Learning to tell two spirals apart; TensorFlow Playground's spiral, which has two arms.

    Examples
    --------
    >>> np.bincount(points(Spirals(arms=5), rows=50)[1])
    array([10, 10, 10, 10, 10])
    """

    arms: int = 2

    def __post_init__(self) -> None:
        if not 2 <= whole_number("arms", self.arms) <= 5:
            raise ValueError(f"arms must be 2 to 5, but got {self.arms}")

    @property
    def classes(self) -> int:  # type: ignore[override]
        return self.arms

    def place(self, t: Array, k: Array, u1: Array, u2: Array, n1: Array, n2: Array, noise: Array) -> Point:
        angle = 2.0 * np.pi * (1.75 * t + k / self.arms)
        x1 = 5.0 * t * np.sin(angle) + noise * (2.0 * u1 - 1.0)
        x2 = 5.0 * t * np.cos(angle) + noise * (2.0 * u2 - 1.0)
        return x1, x2, k


@dataclass(frozen=True)
class Plane(PointSet):
    """Values on a plane, for regression: x = 12 u − 6, y = (x₁ + x₂) / 12 + noise · n₁.

    References
    ----------
    TensorFlow Playground's plane.

    Examples
    --------
    >>> X, y = points(Plane(), rows=9, noise=0.0)
    >>> bool(np.allclose(y, X.sum(axis=1) / 12.0))
    True
    """

    classes = 0

    def place(self, t: Array, k: Array, u1: Array, u2: Array, n1: Array, n2: Array, noise: Array) -> Point:
        x1, x2 = 12.0 * u1 - 6.0, 12.0 * u2 - 6.0
        return x1, x2, (x1 + x2) / 12.0 + noise * n1


@dataclass(frozen=True)
class Wave(PointSet):
    """Values on ripples around the middle, for regression: x = 12 u − 6, y = cos ‖x‖ + noise · n₁.

    Examples
    --------
    >>> X, y = points(Wave(), rows=9, noise=0.0)
    >>> bool(np.allclose(y, np.cos(np.hypot(*X.T))))
    True
    """

    classes = 0

    def place(self, t: Array, k: Array, u1: Array, u2: Array, n1: Array, n2: Array, noise: Array) -> Point:
        x1, x2 = 12.0 * u1 - 6.0, 12.0 * u2 - 6.0
        return x1, x2, np.cos(np.sqrt(np.square(x1) + np.square(x2))) + noise * n1
