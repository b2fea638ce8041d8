"""Derivatives by differences that know their own error: every element takes the step that suits it best."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mlnn.array import Array

EPS = float(np.finfo(np.float64).eps)

HALVINGS = 34
"""How often a step is halved at most: to 6e-11 of the size of what is moved."""

GOOD = 1e-9
"""An error of this share of the largest derivative is small enough to stop halving."""

Sides = Callable[[float], Array]
"""On which side of each kink everything lies, as numbers; a difference between two sides means nothing."""


class Derivative(NamedTuple):
    """dy/ds at s = 0, element by element, with what it can be wrong by."""

    value: Array  # the best quotient
    error: Array  # its estimated error; infinite exactly at a kink
    left: Array  # the slopes to both sides of 0
    right: Array
    doubt: Array  # the larger of their errors; infinite where nobody needs them

    def near(self, by_hand: Array) -> tuple[Array, Array]:
        """Return value and error; at a kink, of the slopes between those of its sides that nearest to the formula."""
        sharp = ~np.isfinite(self.error)
        between = np.clip(by_hand, np.minimum(self.left, self.right), np.maximum(self.left, self.right))
        error = np.where(sharp, np.where(between == by_hand, 0.0, self.doubt), self.error)
        return np.where(sharp, between, self.value), error


def derivative(
    function: Callable[[float], Array],
    scale: float,
    noise: Array | float = 0.0,
    sides: Sides | None = None,
    *,
    both_sides: bool = False,
) -> Derivative:
    """Differentiate y(s) at 0: y′ ≈ (8 (y(h) − y(−h)) − (y(2h) − y(−2h))) / 12h, with h = scale/2, scale/4 and so on.

    The quotient's error falls as h⁴: what halving h changed is an estimate of it. Rounding grows as 1/h. Each element
    takes the h at which the sum of both is least, among those whose stencil crosses no kink; halving ends when no
    element can gain any more.

    Parameters
    ----------
    function : callable
        s to y(s).
    scale : float
        The largest move of s: where what is moved changes by its own size.
    noise : array or float
        What rounding does to y, apart from the rounding of y itself.
    sides : callable, optional
        s to the sides of kinks, in the shape of y, or of its rows, or of anything else.
    both_sides : bool
        Whether to look for the slopes of both sides everywhere, and not at kinks alone.

    References
    ----------
    Abramowitz, Stegun (1964), eq. 25.3.21; Ridders (1982), Accurate computation of F′(x) and F′(x)F″(x), which too
    takes the step by the disagreement of successive ones.

    Examples
    --------
    >>> slope = derivative(lambda s: np.exp(np.array([0.0, 3.0]) + s), scale=1.0)
    >>> bool(np.all(np.abs(slope.value - np.exp([0.0, 3.0])) <= slope.error)), bool(slope.error.max() < 1e-8)
    (True, True)
    """
    home, steps = function(0.0), scale * 0.5 ** np.arange(HALVINGS)
    free = _free(home, sides)
    at_kink = ~free(steps[-1])
    value, error = np.zeros(home.shape), np.full(home.shape, np.inf)
    ahead, behind = [function(scale)], [function(-scale)]
    before: tuple[Array, Array] | None = None
    for k, h in enumerate(steps[1:].tolist(), 1):
        ahead.append(function(h))
        behind.append(function(-h))
        now = (8.0 * (ahead[k] - behind[k]) - (ahead[k - 1] - behind[k - 1])) / (12.0 * h), free(2.0 * h)
        if before is not None:
            rounding = (noise + EPS * np.maximum(np.abs(ahead[k - 1]), np.abs(home))) / h
            new = np.abs(now[0] - before[0]) + rounding
            better = (new < error) & before[1]
            value, error = np.where(better, now[0], value), np.where(better, new, error)
            wanted = np.maximum(2.0 * rounding, GOOD * np.abs(value).max(initial=0.0))
            if np.all((error <= wanted) | at_kink) and (k > 20 or not at_kink.any()):
                break
        before = now
    if both_sides or at_kink.any():
        return Derivative(value, error, *_one_sided(home, ahead, behind, steps, noise))
    return Derivative(value, error, value, value, np.full(home.shape, np.inf))


def _free(home: Array, sides: Sides | None) -> Callable[[float], Array]:
    """Return a function that tells of a distance which elements of y meet no kink so near, to either side."""
    if sides is None:
        everything = np.ones(home.shape, dtype=bool)
        return lambda distance: everything
    here = sides(0.0)

    def free(distance: float) -> Array:
        same = (sides(distance) == here) & (sides(-distance) == here)
        if same.shape == home.shape:
            return same
        if same.ndim == 2 and same.shape[:1] == home.shape:  # y has one number a row
            return same.all(axis=1)
        return np.full(home.shape, same.all())

    return free


def _one_sided(
    home: Array, ahead: list[Array], behind: list[Array], steps: Array, noise: Array | float
) -> tuple[Array, Array, Array]:
    """Return the slopes to the left and to the right, (4 (y(h) − y(0)) − (y(2h) − y(0))) / 2h, and their error."""
    left, right, doubt = np.zeros(home.shape), np.zeros(home.shape), np.full(home.shape, np.inf)
    last = None
    for k in range(1, len(ahead)):
        h = float(steps[k])
        now = (
            (4.0 * (home - behind[k]) - (home - behind[k - 1])) / (2.0 * h),
            (4.0 * (ahead[k] - home) - (ahead[k - 1] - home)) / (2.0 * h),
        )
        if last is not None:
            change = np.maximum(np.abs(now[0] - last[0]), np.abs(now[1] - last[1]))
            new = change + (noise + EPS * np.abs(home)) / h
            better = new < doubt
            left, right = np.where(better, now[0], left), np.where(better, now[1], right)
            doubt = np.where(better, new, doubt)
        last = now
    return left, right, doubt


def noise_of(function: Callable[..., Array], *arrays: Array, random: np.random.Generator, apart: float) -> Array:
    """Return what rounding does to the answers of a function, measured where its arguments change by ``apart``.

    Nine answers to arguments that lie as close together are, but for rounding, a polynomial of low degree: its sixth
    differences vanish, and those of independent errors of variance σ² have the variance 924 σ².

    References
    ----------
    Moré, Wild (2011), Estimating computational noise, SIAM Journal on Scientific Computing 33 (3).
    """
    ways = [random.uniform(0.5, 1.0, each.shape) for each in arrays]
    answers = np.stack(
        [
            function(*(each * (1.0 + k * apart * way) for each, way in zip(arrays, ways, strict=True)))
            for k in range(-4, 5)
        ]
    )
    jitter = np.diff(answers, 6, axis=0)
    size = np.maximum(np.abs(jitter).max(axis=0), 1e-300)  # squares of numbers beyond 1e154 would overflow
    return 2.0 * size * np.sqrt(np.mean(np.square(jitter / size), axis=0) / 924.0) + EPS * np.abs(answers[4])
