"""Training: a generator. ``for epoch in epochs(problem, theta, recipe): …`` trains; a break stops it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import numpy as np

from mlnn.array import Array
from mlnn.engine import BoundEngine, Engine, Member, engine_for, engine_given
from mlnn.objective import Problem, penalty_value
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.training.course import Course, next_report, terms
from mlnn.training.epoch import Epoch, Report, Score, epoch_of
from mlnn.training.lbfgs import minimize
from mlnn.training.recipe import Recipe


def epochs(
    problem: Problem,
    theta: Array,
    recipe: Recipe,
    *,
    valid: Problem | None = None,
    scores: Mapping[str, Score] = MappingProxyType({}),
    engine: Engine | None = None,
    after: Sequence[Epoch] = (),
    stride: Callable[[], int] | None = None,
) -> Iterator[Epoch]:
    """Train, and yield an ``Epoch`` at every report; ``theta`` itself is left as it is.

    Parameters
    ----------
    problem : Problem
        The objective.
    theta : array of shape (P,)
        Where to start.
    recipe : Recipe
        How to train.
    valid : Problem, optional
        Rows to judge by.
    scores : mapping of str to callable
        Figures of merit by name, each taking targets and decisions.
    engine : Engine, optional
        Who computes; by default the compiled engine wherever it can.
    after : sequence of Epoch, optional
        The history so far: training goes on after its last epoch as if it had never stopped.
    stride : callable, optional
        Instead of ``recipe.every``: asked before each report, it says after how many epochs that is due. They are taken
        in one call of the engine, so that only the last one's weights are known; all are measured (``Epoch.passed``).

    Raises
    ------
    Diverged
        If the loss or θ is no longer finite.

    Examples
    --------
    >>> from mlnn.network import Network
    >>> from mlnn.optimizer import SGD
    >>> network = Network.dense([1, 4, 2])
    >>> problem = Problem.of(network, [[-1.0], [1.0]], [0, 1])
    >>> theta = network.initial(np.random.RandomState(0))
    >>> history = list(epochs(problem, theta, Recipe(SGD(rate=1.0), epochs=200, every=100)))
    >>> [epoch.number for epoch in history], history[-1].loss < 0.01
    ([1, 101, 200], True)
    """
    wanted = problem, recipe.optimizer
    engine = engine_given(engine, *wanted) if engine else engine_for(*wanted)
    steps = _lbfgs_steps if isinstance(recipe.optimizer, LBFGS) else partial(_rule_steps, stride=stride)
    started, losses = time.perf_counter(), [epoch.watched_loss for epoch in after]
    last = after[-1] if after else None
    earlier = last.seconds if last else 0.0
    rule = recipe.optimizer if isinstance(recipe.optimizer, Optimizer) else None
    with engine.bind(problem, rule) as bound, engine.predictor(problem.network, theta) as judge:
        for report in steps(bound, theta, recipe, last, losses):
            epoch = epoch_of(report, problem, valid, scores, judge, earlier + time.perf_counter() - started)
            losses.append(epoch.watched_loss)
            yield epoch


def _rule_steps(
    bound: BoundEngine,
    start: Array,
    recipe: Recipe,
    last: Epoch | None,
    losses: list[float],
    stride: Callable[[], int] | None,
) -> Iterator[Report]:
    """Run an optimizer's steps, from one report to the next in as few calls of the engine as can be.

    Whoever calls adds each report's watched loss to ``losses``.
    """
    problem = bound.problem
    course = Course(problem.X.shape[0], problem.weights, start, recipe, last)
    while not course.ended:
        block = course.block(losses, stride() if stride else None)
        (measured,) = bound.run([Member(course.theta, course.state)], [block])
        if report := course.taken(measured):
            yield report


def _lbfgs_steps(
    bound: BoundEngine, start: Array, recipe: Recipe, last: Epoch | None, losses: list[float]
) -> Iterator[Report]:
    """Hand the objective to L-BFGS; one of its iterations is an epoch.

    A resumed run starts its approximation of the curvature anew: past steps are not part of an epoch.
    """
    assert isinstance(recipe.optimizer, LBFGS)
    problem, number = bound.problem, last.number if last else 0
    if number >= recipe.epochs:
        return
    start = last.raw_theta if last else start
    factors = recipe.convention(np.array([problem.X.shape[0]]), np.array([problem.weight]))
    scales = float(factors.data[0]), float(factors.penalty[0])
    ((_, penalty_share),) = terms(factors).tolist()
    report: Report | None = None
    evaluated = last.step if last else 0
    for theta, loss, evaluations in minimize(bound, start, recipe.optimizer, recipe.epochs - number, scales):
        number += 1
        objective = loss + penalty_share * penalty_value(problem, theta)
        report = Report(number, evaluated + evaluations, loss, objective, float("nan"), theta, theta, ())
        if number == next_report(number - 1, recipe):
            yield report
            report = None
    if report:
        yield report
