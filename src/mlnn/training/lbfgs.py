"""L-BFGS as a generator: one iteration, a line search along a direction that the last steps suggest, is one report."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mlnn.array import Array
from mlnn.engine import BoundEngine, Engine, engine_for
from mlnn.gate import Step
from mlnn.objective import Problem, penalty_value
from mlnn.optimizer import LBFGS
from mlnn.training.epoch import Epoch, Losses, Reporter, Score
from mlnn.training.interrupt import Interrupted, at_once, listening
from mlnn.training.line_search import LineSearch, Point
from mlnn.training.recipe import Recipe
from mlnn.training.run import next_report, terms

EPSILON = float(np.finfo(np.float64).eps)
RELATIVE_FALL = 1e7 * EPSILON
"""Training has converged where an iteration lowers J by less than this share of it, or of 1 where J is smaller."""
LONGEST_SEARCH = 20
"""Evaluations of J in one line search at most."""


def lbfgs_epochs(
    problem: Problem,
    theta: Array,
    recipe: Recipe,
    valid: Problem | None,
    scores: Mapping[str, Score],
    stop: Callable[[Epoch], object] | None,
    engine: Engine | None,
    after: Sequence[Epoch],
) -> Iterator[Epoch]:
    """Minimize the objective by L-BFGS, an iteration of which is an epoch: ``mlnn.epochs`` where the recipe says so.

    A resumed run starts its approximation of the curvature anew: past steps are not part of an epoch.
    """
    assert isinstance(recipe.optimizer, LBFGS)
    engine = engine_for(problem, recipe.optimizer, engine)
    last = after[-1] if after else None
    number, evaluated, seconds = (last.number, last.step, last.seconds) if last else (0, 0, 0.0)
    if number >= recipe.epochs:
        return
    factors = recipe.convention(np.array([problem.X.shape[0]]), np.array([problem.weight]))
    scales = float(factors.data[0]), float(factors.penalty[0])
    ((_, penalty_share),) = terms(factors).tolist()
    with engine.bind(problem) as bound, engine.predictor(problem.network, theta) as predictor:
        reporter = Reporter(problem, valid, scores, predictor, time.perf_counter() - seconds)
        start = last.raw_theta if last else theta
        waiting: tuple[int, int, list[Losses], float, Array, Array, tuple[()]] | None = None
        iterations = minimize(bound, start, recipe.optimizer, recipe.epochs - number, scales)
        ended = False
        while not ended:
            with listening() as interrupt:
                try:
                    found = next(iterations, None)
                except KeyboardInterrupt:  # in the middle of an evaluation of J
                    raise Interrupted([reporter.epoch(*waiting) if waiting else last]) from None
                if found:
                    number += 1
                    x, loss, evaluations = found
                    losses = [Losses(loss, loss + penalty_share * penalty_value(problem, x))]
                    waiting = number, evaluated + evaluations, losses, float("nan"), x, x, ()
                ended = found is None
                if waiting is None or not (ended or interrupt or number == next_report(number - 1, recipe)):
                    continue
                last, waiting = reporter.epoch(*waiting), None
                ended = ended or bool(stop and stop(last))
            if interrupt:
                raise Interrupted([last])
            yield last


class Pair(NamedTuple):
    """A step s and the change y of the gradient along it."""

    s: Array
    y: Array
    product: float


def minimize(
    bound: BoundEngine, start: Array, settings: LBFGS, iterations: int, factors: tuple[float, float]
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
        with at_once():
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
