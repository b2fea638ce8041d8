"""From a prepared table to trained views: the same members, side by side, for each way of seeing it."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from mlnn.array import Array
from mlnn.objective import Problem
from mlnn.penalty import L2
from mlnn.tabular.encoding import Encoding
from mlnn.tabular.members import Course, Plan, again, trained
from mlnn.tabular.parts import Parts, Rows
from mlnn.tabular.score import mean_loss
from mlnn.tabular.settings import TableSettings
from mlnn.tabular.target import Target
from mlnn.tabular.view import View, Views, selected_weights
from mlnn.training import Diverged

WEIGHED = 50_000
"""Rows by which views are weighed at most."""

PLAIN = "networks see the table as it is, as if the preset were fast"
"""What is said where the second view could not be had; then why."""

WIDEST, MOST = 4096, 400_000_000
"""Columns and bytes of an encoded table at most: with more columns than this, pieces cost more than they tell."""


@dataclass(frozen=True, eq=False)
class Trained:
    """What training made.

    Attributes
    ----------
    views : Views
        The networks, weighed by rows that they were not trained on.
    predictions : array of shape (N, K)
        What the views predict for the rows that they are judged by: NaN where there is none.
    parts : Parts
        The rows of the members that have begun.
    courses : sequence of list of Course
        What became of the members, view by view.
    interrupted : bool
        Whether training was ended from the keyboard.
    said : list of str
        Why a view is not there that could be.
    """

    views: Views
    predictions: Array
    parts: Parts
    courses: Sequence[list[Course]]
    interrupted: bool
    said: list[str]


def train(settings: TableSettings, target: Target, rows: Rows, parts: Parts, plan: Plan, judge: Rows | None) -> Trained:
    """Train the members of a view, then those of the next, each in its share of the time that is left.

    The first view sees the table as it is. If the second, which sees it encoded, cannot be had, the first stays alone:
    if it is interrupted before every member has begun, diverges, or does not fit into memory.
    """
    started = time.perf_counter()
    wanted, said = _wanted(settings, rows.matrix, judge)
    if begins := getattr(plan.watch, "begins", None):
        begins(len(wanted), len(parts.members))
    views: list[View] = []
    courses: list[list[Course]] = []
    predictions: list[Array] = []
    interrupted = False
    for number, view in enumerate(wanted):
        own = _plan_of(number, plan, len(parts.members))
        if plan.seconds is not None:
            left = plan.seconds - (time.perf_counter() - started)
            own = replace(own, seconds=max(left / (len(wanted) - number), 1e-3))
        try:
            problem = _problem(settings, target, view, rows, settings.penalty())
            other = None if judge is None else _problem(settings, target, view, judge, None)
            found, interrupted = trained(problem, parts.members, own, other)
            begun = [member for member, course in enumerate(found) if course.keeper.best is not None]
            if number and len(begun) < len(found):
                raise KeyboardInterrupt
            known = parts if number else parts.only(begun)
            view = _with_members(view, problem, [found[member].best.theta for member in begun])
            alone = Views((view,))
            unseen = alone.unseen(rows.matrix, known.fold) if judge is None else alone.predict(judge.matrix)
        except (Diverged, MemoryError, KeyboardInterrupt) as failure:
            if not number:
                raise
            interrupted = isinstance(failure, KeyboardInterrupt)
            said += [] if interrupted else [f"{PLAIN}: {failure.args[0]}"]
            break
        parts = known
        views.append(view)
        courses.append([found[member] for member in begun])
        predictions.append(unseen)
        if interrupted:
            break
    if interrupted and len(views) < len(wanted):
        said.append(f"{PLAIN}: training was interrupted")
    weights = _weights(target, predictions, rows if judge is None else judge)
    mean = reduce(np.add, [weight * each for weight, each in zip(weights, predictions, strict=True)])
    weighed = Views(tuple(replace(view, weight=weight) for view, weight in zip(views, weights, strict=True)))
    return Trained(weighed, mean, parts, courses, interrupted, said)


def train_again(settings: TableSettings, target: Target, rows: Rows, found: Trained, plan: Plan) -> Views:
    """Train on all rows, each member for as many epochs as were best for it."""
    views = []
    for number, (view, courses) in enumerate(zip(found.views.each, found.courses, strict=True)):
        problem = _problem(settings, target, view, rows, settings.penalty())
        epochs = [course.best.number for course in courses]
        views.append(_with_members(view, problem, again(problem, epochs, _plan_of(number, plan, len(courses)))))
    return Views(tuple(views))


def _wanted(settings: TableSettings, matrix: Array, judge: Rows | None) -> tuple[list[View], list[str]]:
    """Return the views to train: of a table as it is, and encoded, if that helps; and what is to be said of it."""
    plain = View(())
    if settings.preset == "fast":
        return [plain], []
    encoding, rows = Encoding.learn(matrix), len(matrix) + (0 if judge is None else len(judge.t))
    size = rows * encoding.width * matrix.itemsize
    if encoding.width > WIDEST:
        return [plain], [f"{PLAIN}: they would be {encoding.width:,} pieces, more than {WIDEST:,}"]
    if size > MOST:
        return [plain], [f"{PLAIN}: {rows:,} rows of {encoding.width:,} pieces would take {size / 1e9:.2g} GB"]
    return [plain, View((), encoding)] if encoding.width > matrix.shape[1] else [plain], []


def _with_members(view: View, problem: Problem, thetas: Iterable[Array]) -> View:
    return replace(view, members=tuple((problem.network, np.array(theta)) for theta in thetas))


def _problem(settings: TableSettings, target: Target, view: View, rows: Rows, penalty: L2 | None) -> Problem:
    X = view.seen(rows.matrix)
    network = settings.network(X.shape[1], target.output, target.scores)
    return Problem.of(network, X, rows.t, rows.weights, penalty)


def _plan_of(number: int, plan: Plan, members: int) -> Plan:
    """Return the plan of a view, whose members are numbered, and draw, after those of the views before."""
    first, watch = number * members, plan.watch
    recipe = replace(plan.recipe, seed=plan.recipe.seed + first)
    if watch is None:
        return replace(plan, recipe=recipe)
    return replace(plan, recipe=recipe, watch=lambda member, epoch: watch(first + member, epoch))


def _weights(target: Target, predictions: Sequence[Array], rows: Rows) -> list[float]:
    """Return the weights of views, by some of the rows that they predict without having seen them."""
    if len(predictions) == 1:
        return [1.0]
    some = np.flatnonzero(~np.isnan(predictions[0][:, 0]) & (True if rows.weights is None else rows.weights > 0.0))
    some = some[:: max(-(-len(some) // WEIGHED), 1)]
    t, weights = rows.t[some], None if rows.weights is None else rows.weights[some]
    return selected_weights([each[some] for each in predictions], lambda P: mean_loss(target, t, P, weights))
