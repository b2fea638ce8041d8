"""From a prepared table to trained views: the same members, side by side, for each way of seeing it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlnn.array import Array
from mlnn.tabular.members import Course, Part, Plan, Watch, again, trained
from mlnn.tabular.parts import HELD_OUT, Parts, Rows
from mlnn.tabular.rehearsal import rehearsed
from mlnn.tabular.score import mean_loss
from mlnn.tabular.settings import TableSettings
from mlnn.tabular.sight import Sight, not_seen, ways_to_see
from mlnn.tabular.target import Target
from mlnn.tabular.view import View, Views
from mlnn.tabular.weighing import selected_weights, weighed
from mlnn.training import Diverged, Epoch

WEIGHED = 400_000
"""Scores by which views are weighed at most."""


SHARE = (1.0 - HELD_OUT) / (2.0 - HELD_OUT)
"""The part of the time that is for members which are then trained again, on all rows, for no more epochs."""


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

    The first view sees the table as it is. If a later one cannot be had, those before it stay, and no other follows: if
    it is interrupted before every member has begun, diverges, or does not fit into memory.
    """
    started = time.perf_counter()
    ways, said = ways_to_see(settings, target.scores, rows, parts, judge, plan.recipe.seed)
    if begins := getattr(plan.watch, "begins", None):
        begins(len(ways), len(parts.members))
    views: list[View] = []
    courses: list[list[Course]] = []
    predictions: list[Array] = []
    interrupted, took, share = False, 0.0, SHARE if parts.again else 1.0
    set_aside = 0.0  # seconds for training the views so far again
    for number, way in enumerate(ways):
        own = _plan_of(number, plan, len(parts.members))
        if courses:  # what took the first view long to learn may take others as long
            own = replace(own, least=max(own.least, int(np.median([course.kept.number for course in courses[0]]))))
        try:
            view = way.view()
            seen = Sight.of(settings, target, view, rows, len(parts.members), settings.penalty())
            others = None if judge is None else Sight.of(settings, target, view, judge, len(parts.members), None)
            if plan.seconds is not None:
                takes = max(_weighing_takes(seen, judge or rows, parts.members, judge is not None), took)
                left = plan.seconds - (time.perf_counter() - started) - set_aside
                seconds = max((left / (len(ways) - number) - takes) * share, 1e-3)
                own = replace(own, seconds=seconds)
                set_aside += seconds / share - seconds
            found, interrupted = trained(
                seen.problem, seen.own(parts.members), own, None if others is None else others.problems
            )
            begun = [course for course in found if course.last]
            if number and len(begun) < len(found):
                raise KeyboardInterrupt
            known = parts if number else parts.only([member for member, course in enumerate(found) if course.last])
            trained_at = time.perf_counter()
            view, unseen = _better_weights(seen, begun, predictions, target, rows, known.fold, judge)
            took = time.perf_counter() - trained_at
        except (Diverged, MemoryError, KeyboardInterrupt) as failure:
            if not number:
                raise
            interrupted = isinstance(failure, KeyboardInterrupt)
            said += [] if interrupted else [not_seen(way, str(failure) or "there is not enough memory")]
            break
        parts = known
        views.append(view)
        courses.append(begun)
        predictions.append(unseen)
        if interrupted:
            break
    if interrupted and len(views) < len(ways):
        said.append(not_seen(ways[len(views)], "training was interrupted"))
    weights, _ = _weights(target, predictions, judge or rows)
    together = Views(tuple(replace(view, weight=weight) for view, weight in zip(views, weights, strict=True)))
    return Trained(together, weighed(weights, predictions), parts, courses, interrupted, said)


def train_again(settings: TableSettings, target: Target, rows: Rows, found: Trained, plan: Plan) -> Views:
    """Train on all rows, each member for as many epochs as were kept of it; trees stay as they were grown."""
    views = []
    for number, (view, courses) in enumerate(zip(found.views.each, found.courses, strict=True)):
        seen = Sight.of(settings, target, view, rows, len(courses), settings.penalty())
        epochs = [course.kept.number for course in courses]
        views.append(seen.trained(again(seen.problem, seen.rows, epochs, _plan_of(number, plan, len(courses)))))
    return Views(tuple(views))


def _plan_of(number: int, plan: Plan, members: int) -> Plan:
    """Return the plan of a view, whose members are numbered, and draw, after those of the views before."""
    first = number * members
    recipe = replace(plan.recipe, seed=plan.recipe.seed + first)
    return replace(plan, recipe=recipe, watch=None if plan.watch is None else _Numbered(plan.watch, first))


@dataclass(frozen=True)
class _Numbered:
    """A watch to which a view's members have the numbers from ``first`` on."""

    watch: Watch
    first: int

    def __call__(self, member: int, epoch: Epoch) -> None:
        self.watch(self.first + member, epoch)

    def ended(self, member: int) -> None:
        """Tell that a member has stopped, if that is asked for."""
        if told := getattr(self.watch, "ended", None):
            told(self.first + member)


def _better_weights(
    seen: Sight,
    courses: Sequence[Course],
    before: Sequence[Array],
    target: Target,
    rows: Rows,
    fold: Array,
    judge: Rows | None,
) -> tuple[View, Array]:
    """Return a view of the weights that are better in the mean with the views before, and what it predicts.

    These are every member's best, or every member's last: a network that has learned its rows by heart is worse alone,
    but the errors that it makes are its own, and cancel in the mean.
    """

    def of(late: bool) -> tuple[float, View, Array]:
        for course in courses:
            course.late = late
        view = seen.trained(course.kept.theta for course in courses)
        alone = Views((view,))
        unseen = alone.unseen(rows.matrix, fold) if judge is None else alone.predict(judge.matrix)
        _, loss = _weights(target, [*before, unseen], judge or rows)
        return loss, view, unseen

    best = of(late=False)
    if all(course.kept is course.last for course in courses):  # there is nothing to choose
        return best[1:]
    last = of(late=True)
    if last[0] < best[0]:  # not where it is no number
        return last[1:]
    for course in courses:
        course.late = False
    return best[1:]


def _weighing_takes(seen: Sight, rows: Rows, members: Sequence[Part], all_of_them: bool) -> float:
    """Return about how many seconds it takes to predict twice what members are weighed by, rows of their own or all."""
    network = seen.problem.network
    blank = Views((seen.trained([np.zeros(network.size, rows.matrix.dtype)]).only(0),))
    one = rehearsed(np.arange(len(rows.t)), network.widths[-1], lambda some: blank.predict(rows.matrix[some]))
    asked = sum(len(rows.t) if all_of_them else len(aside) for _, aside in members)
    return 2.0 * one * asked / len(rows.t)


def _weights(target: Target, predictions: Sequence[Array], rows: Rows) -> tuple[list[float], float]:
    """Return the weights of views, by some of the rows that they predict without having seen them, and the loss."""
    some = np.flatnonzero(~np.isnan(predictions[0][:, 0]) & (True if rows.weights is None else rows.weights > 0.0))
    some = some[:: max(-(-len(some) * predictions[0].shape[1] // WEIGHED), 1)]
    t, weights = rows.t[some], None if rows.weights is None else rows.weights[some]
    return selected_weights([each[some] for each in predictions], lambda P: mean_loss(target, t, P, weights))
