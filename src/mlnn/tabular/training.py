"""From a prepared table to trained views: the same members, side by side, for each way of seeing it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlnn.array import Array
from mlnn.objective import Problem
from mlnn.penalty import L2
from mlnn.tabular.encoding import Encoding
from mlnn.tabular.judgement import unseen
from mlnn.tabular.members import Course, Plan, again, trained
from mlnn.tabular.parts import Parts, Rows
from mlnn.tabular.score import row_losses
from mlnn.tabular.settings import TableSettings
from mlnn.tabular.target import Target
from mlnn.tabular.view import View, Views, weights_of

WEIGHED = 50_000
"""Rows by which views are weighed at most."""

MOST = 100_000_000
"""Numbers of an encoded table at most; they take 4 bytes each."""


@dataclass(frozen=True, eq=False)
class Way:
    """A way to see a table: what its networks are trained and judged by."""

    encoding: Encoding | None
    problem: Problem
    judge: Problem | None

    def view(self, thetas: Sequence[Array], weight: float = 1.0) -> View:
        """Return the view with these weights of its members."""
        return View(tuple((self.problem.network, np.array(theta)) for theta in thetas), self.encoding, weight)


@dataclass(frozen=True, eq=False)
class Trained:
    """What training made.

    Attributes
    ----------
    ways : sequence of Way
        Those that came to their turn.
    courses : sequence of list of Course
        What became of their members.
    parts : Parts
        The rows of the members that have begun.
    views : Views
        The networks, weighed by rows that they were not trained on.
    interrupted : bool
        Whether training was ended from the keyboard.
    """

    ways: Sequence[Way]
    courses: Sequence[list[Course]]
    parts: Parts
    views: Views
    interrupted: bool


def ways(settings: TableSettings, target: Target, rows: Rows, judge: Rows | None) -> tuple[list[Way], list[str]]:
    """Return the ways to see a table: as it is, and encoded, if that helps; and what is to be said of it."""
    seen: list[Encoding | None] = [None]
    said = []
    if settings.preset != "fast":
        encoding, count = Encoding.learn(rows.matrix), len(rows.matrix)
        if count * encoding.width > MOST:
            said.append(
                f"numbers are not encoded, as if the preset were fast: {count:,} rows of {encoding.width:,} pieces "
                f"would take {4e-9 * count * encoding.width:.1f} GB"
            )
        elif encoding.width > rows.matrix.shape[1]:
            seen.append(encoding)

    def way(encoding: Encoding | None) -> Way:
        inputs = rows.matrix.shape[1] if encoding is None else encoding.width
        network = settings.network(inputs, target.output, target.scores)

        def problem(given: Rows, penalty: L2 | None) -> Problem:
            return Problem.of(network, View((), encoding).seen(given.matrix), given.t, given.weights, penalty)

        return Way(encoding, problem(rows, settings.penalty()), None if judge is None else problem(judge, None))

    return [way(each) for each in seen], said


def train(target: Target, rows: Rows, ways: Sequence[Way], parts: Parts, plan: Plan, judge: Rows | None) -> Trained:
    """Train the members of all ways, one way after another, each in its share of the time that is left.

    Who interrupts it gets the ways of which every member has begun; of the first, the members that have.
    """
    courses: list[list[Course]] = []
    started, interrupted = time.perf_counter(), False
    for number, way in enumerate(ways):
        own = _own(plan, number, parts)
        if plan.seconds is not None:
            left = plan.seconds - (time.perf_counter() - started)
            own = replace(own, seconds=max(left / (len(ways) - number), 1e-3))
        found, interrupted = trained(way.problem, parts.members, own, way.judge)
        begun = [member for member, course in enumerate(found) if course.keeper.best is not None]
        if number and len(begun) < len(found):
            break
        parts = parts.only(begun)
        courses.append([found[member] for member in begun])
        if interrupted:
            break
    ways = ways[: len(courses)]
    views = [way.view([course.best.theta for course in found]) for way, found in zip(ways, courses, strict=True)]
    return Trained(ways, courses, parts, _weighed(target, views, rows, parts, judge), interrupted)


def train_again(found: Trained, plan: Plan) -> Views:
    """Train on all rows, each member for as many epochs as were best for it."""
    thetas = [
        again(way.problem, [course.best.number for course in courses], _own(plan, number, found.parts))
        for number, (way, courses) in enumerate(zip(found.ways, found.courses, strict=True))
    ]
    weights = [view.weight for view in found.views.each]
    return Views(tuple(map(Way.view, found.ways, thetas, weights)))


def _own(plan: Plan, number: int, parts: Parts) -> Plan:
    """Return the plan of a way, whose members are numbered, and draw, after those of the ways before."""
    first, watch = number * len(parts.members), plan.watch
    recipe = replace(plan.recipe, seed=plan.recipe.seed + first)
    if watch is None:
        return replace(plan, recipe=recipe)
    return replace(plan, recipe=recipe, watch=lambda member, epoch: watch(first + member, epoch))


def _weighed(target: Target, views: Sequence[View], rows: Rows, parts: Parts, judge: Rows | None) -> Views:
    """Return the views, weighed by what they predict for rows that they were not trained on."""
    by = rows if judge is None else judge
    some = np.flatnonzero(parts.fold >= 0) if judge is None else np.arange(len(judge.t))
    some = some[:: -(-len(some) // WEIGHED)]
    weights = None if by.weights is None else by.weights[some]
    predictions = [
        unseen(Views((view,)), parts, rows.matrix)[some] if judge is None else Views((view,)).predict(by.matrix[some])
        for view in views
    ]

    def loss(P: Array) -> float:
        return float(np.average(row_losses(target, by.t[some], P), weights=weights))

    shares = weights_of(predictions, loss) if len(views) > 1 else [1.0]
    return Views(tuple(replace(view, weight=weight) for view, weight in zip(views, shares, strict=True)))
