"""L-BFGS as a generator: one iteration, a line search along a direction that the last steps suggest, is one report."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from mlnn.array import Array, Arrays
from mlnn.engine import BoundEngine, Engine, engine_for, require_memory
from mlnn.gate import Step
from mlnn.objective import Problem, penalty_value
from mlnn.optimizer import LBFGS
from mlnn.source import source_of
from mlnn.training.checkpoint import Checkpoint
from mlnn.training.checks import require_epochs, require_judges
from mlnn.training.divergence import unable
from mlnn.training.epoch import Epoch, Losses, Reporter, Score
from mlnn.training.facts import facts_of
from mlnn.training.interrupt import Interrupted, at_once, listening
from mlnn.training.line_search import LineSearch, Point
from mlnn.training.recipe import Recipe
from mlnn.training.recorder import Recorder, begun, recording
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
    rows: Array | None,
    valid: Problem | None,
    scores: Mapping[str, Score],
    stop: Callable[[Epoch], object] | None,
    engine: Engine | None,
    after: Sequence[Epoch],
    checkpoint: Checkpoint | Recorder | None,
) -> Iterator[Epoch]:
    """Minimize the objective by L-BFGS, an iteration of which is an epoch: ``mlnn.epochs`` where the recipe says so.

    An epoch's state is a ``Memory``. One without begins the approximation of the curvature anew.
    """
    assert isinstance(recipe.optimizer, LBFGS)
    require_judges([valid], scores)
    require_epochs(after)
    problem = problem if rows is None else problem.batch(rows)
    if (source := source_of(problem)) is not None:
        raise ValueError(f"L-BFGS looks at all rows at every step, but {source!r} has them one window after another")
    engine = engine_for(problem, recipe.optimizer, engine)
    last = after[-1] if after else None
    if last and last.number >= recipe.epochs:
        return
    require_memory(problem, engine, recipe.optimizer, theta.dtype)
    factors = recipe.convention(np.array([problem.X.shape[0]]), np.array([problem.weight]))
    scales = float(factors.data[0]), float(factors.penalty[0])
    ((_, penalty_share),) = terms(factors).tolist()
    with (
        recording(checkpoint) as recorder,
        engine.bind(problem) as bound,
        engine.predictor(problem.network, theta) as predictor,
    ):
        facts = partial(
            facts_of, problem, theta[np.newaxis], recipe, engine, seeds=(), rows=None, valid=[valid], last=[last]
        )
        stream = begun(recorder, facts, [last])
        for ((_, last),) in stream.again():
            ends = stop and stop(last)
            yield last
            if ends:
                return
        number, evaluated, seconds = (last.number, last.step, last.seconds) if last else (0, 0, 0.0)
        reporter = Reporter(problem, valid, scores, predictor, time.perf_counter() - seconds)
        start, memory = (last.raw_theta, Memory.of(last.state)) if last else (theta, None)
        evaluated -= memory.evaluations if memory else 0
        waiting: tuple[int, int, list[Losses], float, Array, Array, Arrays] | None = None
        iterations = minimize(bound, start, recipe.optimizer, recipe.epochs - number, scales, memory)
        ended = False
        while not ended:
            with listening() as interrupt:
                try:
                    found = next(iterations, None)
                except KeyboardInterrupt:  # in the middle of an evaluation of J
                    raise Interrupted([reporter.epoch(*waiting) if waiting else last]) from None
                if found:
                    number += 1
                    x, loss, now = found
                    losses = [Losses(loss, loss + penalty_share * penalty_value(problem, x))]
                    waiting = number, evaluated + now.evaluations, losses, float("nan"), x, x, now.state
                ended = found is None
                due = waiting and not interrupt and (ended or number == next_report(number - 1, recipe))
                if waiting and due:
                    last, waiting = reporter.epoch(*waiting), None
                    ended = ended or bool(stop and stop(last))
                    stream.take([last])
            if last and due:
                yield last
            if interrupt:
                raise Interrupted([reporter.epoch(*waiting) if waiting else last])


class Pair(NamedTuple):
    """A step s and the change y of the gradient along it."""

    s: Array
    y: Array
    product: float


class Memory(NamedTuple):
    """What L-BFGS must remember to go on exactly."""

    x: Array  # θ in double precision, as it moved
    past: tuple[Pair, ...]
    evaluations: int  # of J so far
    flat: bool  # whether it has converged

    @property
    def state(self) -> Arrays:
        """Return it as the state of an epoch: a row of numbers, x, and the pairs; read-only."""
        numbers = np.array([[self.evaluations, self.flat, *(pair.product for pair in self.past)]], np.float64)
        arrays = (numbers, self.x, *(array for pair in self.past for array in (pair.s, pair.y)))
        for array in arrays:
            array.setflags(write=False)
        return arrays

    @classmethod
    def of(cls, state: Arrays) -> "Memory | None":
        """Return what a state holds; None where it is another optimizer's, or empty.

        Raises
        ------
        ValueError
            If it is not whole.
        """
        if not state or state[0].ndim != 2:
            return None
        (evaluations, flat, *products), (x, *pairs) = state[0][0].tolist(), state[1:]
        kinds = {(each.shape, each.dtype) for each in (x, *pairs)}
        if len(pairs) != 2 * len(products) or kinds != {(x.shape, np.dtype(np.float64))}:
            raise ValueError("the memory of L-BFGS is not whole")
        past = tuple(map(Pair, pairs[::2], pairs[1::2], products))
        return cls(x, past, int(evaluations), bool(flat))


def minimize(
    bound: BoundEngine,
    start: Array,
    settings: LBFGS,
    iterations: int,
    factors: tuple[float, float],
    memory: Memory | None = None,
) -> Iterator[tuple[Array, float, Memory]]:
    """Yield θ, the data loss and the memory, after each iteration of L-BFGS on J; go on exactly from a memory.

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
        with at_once(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # it looks at the values itself
            value, slope = bound.loss_and_gradient(theta, noise, data_factor, penalty_factor)
        return float(value), moves * slope

    x = start.astype(np.float64) if memory is None else memory.x
    value, gradient = objective(x)
    if not (np.isfinite(value) and np.isfinite(gradient).all()):
        raise unable(problem, Recipe(settings), x.astype(start.dtype))
    past: deque[Pair] = deque(memory.past if memory else (), maxlen=settings.history)
    if memory is not None:
        if memory.flat:
            return
        evaluations = memory.evaluations  # that of J at x is among them
    for iteration in range(iterations):
        if np.abs(gradient).max(initial=0.0) <= settings.tolerance or evaluations > settings.evaluations:
            return
        while True:
            direction = -_times_inverse_hessian(gradient, past)
            slope = float(gradient @ direction)
            first = 1.0 if iteration or memory or past else min(1.0 / float(np.linalg.norm(direction)), 1e10)
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
        yield theta, loss, Memory(x, tuple(past), evaluations, bool(flat))
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
