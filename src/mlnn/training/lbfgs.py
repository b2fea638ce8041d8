"""L-BFGS as a generator: one iteration, a line search along a direction that the last steps suggest, is one report."""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mlnn.array import Array
from mlnn.engine import BoundEngine
from mlnn.gate import Step
from mlnn.objective import penalty_value
from mlnn.optimizer import LBFGS
from mlnn.training.line_search import LineSearch, Point

EPSILON = float(np.finfo(np.float64).eps)
RELATIVE_FALL = 1e7 * EPSILON
"""Training has converged where an iteration lowers J by less than this share of it, or of 1 where J is smaller."""
LONGEST_SEARCH = 20
"""Evaluations of J in one line search at most."""


class Pair(NamedTuple):
    """A step s and the change y of the gradient along it."""

    s: Array
    y: Array
    product: float


def minimize(
    bound: BoundEngine,
    start: Array,
    settings: LBFGS,
    iterations: int,
    factors: tuple[float, float],
) -> Iterator[tuple[Array, float, int]]:
    """Yield θ, the data loss and the evaluations of J so far, after each iteration of L-BFGS on J.

    J must be one function, so dropout keeps the mask of one fixed step. All is computed in double precision, but J in
    the type of ``start``. Where no step along the direction will do, the past is forgotten and the direction is that
    of steepest descent; where that will not do either, the iterations end. With the same numbers for its constants,
    the path is that of SciPy's L-BFGS-B without bounds, up to rounding.

    References
    ----------
    Liu, Nocedal (1989), On the limited memory BFGS method for large scale optimization, algorithm 2.1; Nocedal (1980),
    Updating quasi-Newton matrices with limited storage (the two loops).
    """
    noise, (data_factor, penalty_factor), problem = Step(), factors, bound.problem
    moves = (problem.network.rates > 0.0).astype(np.float64)
    evaluations = 0

    def objective(x: Array) -> tuple[float, Array]:
        nonlocal evaluations
        evaluations += 1
        theta = x.astype(start.dtype)
        value, slope = bound.loss_and_gradient(theta, noise, data_factor, penalty_factor)
        return float(value), moves * slope

    x = start.astype(np.float64)
    value, gradient = objective(x)
    past: deque[Pair] = deque(maxlen=settings.history)
    for iteration in range(iterations):
        if np.abs(gradient).max(initial=0.0) <= settings.tolerance or evaluations > settings.evaluations:
            return
        while True:
            direction = -_times_inverse_hessian(gradient, past)
            slope = float(gradient @ direction)
            first = 1.0 if iteration or past else min(1.0 / float(np.linalg.norm(direction)), 1e10)
            search, tried = LineSearch(Point(0.0, value, slope), first), 0
            goes_on = slope < 0.0
            while goes_on and tried < LONGEST_SEARCH:
                step, tried = search.step, tried + 1
                new_x = x + step * direction
                new_value, new_gradient = objective(new_x)
                new_slope = float(new_gradient @ direction)
                goes_on = search.next(new_value, new_slope)
            if slope < 0.0 and not goes_on:
                break
            if not past:
                return
            past.clear()
        change, product = new_gradient - gradient, (new_slope - slope) * step
        if product > EPSILON * -slope * step:
            past.append(Pair(step * direction, change, product))
        fall = value - new_value
        flat = fall <= RELATIVE_FALL * max(abs(value), abs(new_value), 1.0)
        x, value, gradient = new_x, new_value, new_gradient
        theta = x.astype(start.dtype)
        loss = (value - penalty_factor * penalty_value(problem, theta)) / data_factor
        bound.observe(theta, noise)
        yield theta, loss, evaluations
        if flat:
            return


def _times_inverse_hessian(gradient: Array, past: deque[Pair]) -> Array:
    """Return H⁻¹ g, H being approximated by the past steps: the two loops over them, there and back."""
    if not past:
        return gradient
    q = gradient.copy()
    shares = []
    for s, y, product in reversed(past):
        share = float(s @ q) / product
        q -= share * y
        shares.append(share)
    q *= past[-1].product / float(past[-1].y @ past[-1].y)
    for (s, y, product), share in zip(past, reversed(shares), strict=True):
        q += (share - float(y @ q) / product) * s
    return q
