"""Members: networks of one shape, trained side by side, each judged by rows of its own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.engine import engine_for
from mlnn.estimator.progress import Control, Governed
from mlnn.model.ensemble import first_thetas
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS
from mlnn.source import source_of
from mlnn.training import Epoch, Interrupted, Recipe, epochs, epochs_of_members, listening
from mlnn.training.callback import BestWatcher
from mlnn.training.recorder import Recorder

Part = tuple[Array, Array]
"""The rows that a member trains on, and those it is judged by."""

Watch = Callable[[int, Epoch], object]
"""Called with a member's number, from 0, and its epoch."""


LEAST = 5
"""Epochs without a fall of the loss that a member waits for at least, unless it is told to wait for fewer."""

JUDGED = 2_000_000
"""Scores by which a member is judged at most after every epoch; how good it is in the end is told by all rows."""


@dataclass(frozen=True, eq=False)
class Plan:
    """How members are trained.

    Parameters
    ----------
    recipe : Recipe
        For all of them; member m takes ``recipe.seed`` + m.
    patience : int
        The most epochs without a fall of the loss on the rows to judge by before a member stops.
    least : int
        The fewest, though never more than ``patience``; between the two, as many epochs as there were up to the best.
    seconds : float, optional
        The most that training may take.
    threads : int, optional
        The most threads.
    watch : callable, optional
        Sees every epoch of every member; if it has a method ``ended``, that is told which members stop.
    recorder : Recorder, optional
        Writes checkpoints.
    """

    recipe: Recipe
    patience: int
    least: int = LEAST
    seconds: float | None = None
    threads: int | None = None
    watch: Watch | None = None
    recorder: Recorder | None = None


@dataclass(eq=False)
class Course:
    """What became of a member.

    Attributes
    ----------
    patience, least : int
        How long it waits for a fall of the loss, as in a ``Plan``.
    keeper : BestWatcher
        Its best epoch.
    last : Epoch or None
        The last one so far.
    late : bool
        Whether the weights of its last epoch are kept, and not those of its best.
    loss, valid_loss : list of float
        Of every epoch.
    """

    patience: int
    least: int = LEAST
    keeper: BestWatcher = field(default_factory=BestWatcher)
    last: Epoch | None = None
    late: bool = False
    loss: list[float] = field(default_factory=list)
    valid_loss: list[float] = field(default_factory=list)

    @property
    def kept(self) -> Epoch:
        """Return the epoch whose weights are kept."""
        kept = self.last if self.late else self.keeper.best
        assert kept is not None
        return kept

    def to_json(self) -> dict[str, Any]:
        """Return the curves and the epoch that is kept."""
        return {"loss": self.loss, "valid_loss": self.valid_loss, "best_epoch": self.kept.number}

    def __call__(self, epoch: Epoch) -> bool:
        """Take note of an epoch; return whether training ends."""
        self.last = epoch
        self.loss.append(epoch.loss)
        if epoch.valid_loss is not None:
            self.valid_loss.append(epoch.valid_loss)
        self.keeper(epoch)
        assert self.keeper.best is not None
        best = self.keeper.best.number
        return epoch.number - best >= min(max(best, self.least), self.patience)


def trained(
    problem: Problem, parts: Sequence[Part], plan: Plan, judge: Problem | Sequence[Problem] | None = None
) -> tuple[list[Course], bool]:
    """Train a member for every part, side by side; return what became of them, and whether it was interrupted.

    Whoever interrupts training from the keyboard gets what every member has learned so far: where it is in its first
    epoch, the weights of its last complete step. A second interrupt ends it at once.

    Parameters
    ----------
    problem : Problem
        All rows.
    parts : sequence of Part
        Rows of the problem to train on and to judge by.
    plan : Plan
        How.
    judge : Problem, or one for every member, optional
        Rows that members are judged by instead.

    Raises
    ------
    Diverged
        If a member's loss is no longer finite.
    KeyboardInterrupt
        If it comes before any step is complete.
    """
    recipe = plan.recipe
    clock = Governed(recipe.schedule, Control(np.inf, 0.0), plan.seconds)
    if plan.seconds is not None and not isinstance(recipe.optimizer, LBFGS):
        plan = replace(plan, recipe=replace(recipe, schedule=clock))
    courses = [Course(plan.patience, plan.least) for _ in parts]
    seconds = [0.0] * len(parts)  # what every member took, where one is trained after another

    def stop(member: int, epoch: Epoch) -> bool:
        ends = courses[member](epoch)
        if plan.watch is not None:
            plan.watch(member, epoch)
        seconds[member] = epoch.seconds
        elapsed = sum(seconds) if isinstance(recipe.optimizer, LBFGS) else epoch.seconds
        ends = ends or clock.is_over(epoch.number, elapsed)
        if ends and (told := getattr(plan.watch, "ended", None)):
            told(member)
        return ends

    thetas = first_thetas(problem, recipe, len(parts), plan.threads)
    most = max(JUDGED // problem.network.widths[-1], 1)
    judges = judge or [problem.batch(aside[:: -(-len(aside) // most)]) for _, aside in parts]  # evenly spread
    rows = None if source_of(problem) else [rows for rows, _ in parts]  # a source is read once for all members
    interrupted = False
    with listening() as interrupt:
        try:
            for _ in _reports(problem, thetas, plan, rows=rows, valid=judges, stop=stop):
                pass
        except Interrupted as ended:
            interrupted = True
            for course, epoch in zip(courses, ended.epochs, strict=False):
                if course.last is None and epoch:
                    course(epoch)
        except KeyboardInterrupt:
            if interrupt:  # this is the second
                raise
            interrupted = True
    if interrupted and all(course.last is None for course in courses):
        raise KeyboardInterrupt
    return courses, interrupted or bool(interrupt)


def again(problem: Problem, rows: Sequence[Array], epochs_of: Sequence[int], plan: Plan) -> list[Array]:
    """Train each member on its rows, for so many epochs; return every θ."""
    thetas = first_thetas(problem, plan.recipe, len(epochs_of), plan.threads)
    last = dict(enumerate(thetas))  # where training is at a minimum from the start, it reports nothing

    def stop(member: int, epoch: Epoch) -> bool:
        last[member] = epoch.theta
        return epoch.number >= epochs_of[member]

    for _ in _reports(problem, thetas, plan, rows=rows, valid=None, stop=stop):
        pass
    return [last[member] for member in range(len(epochs_of))]


def _reports(
    problem: Problem,
    thetas: Array,
    plan: Plan,
    *,
    rows: Sequence[Array] | None,
    valid: Problem | Sequence[Problem] | None,
    stop: Callable[[int, Epoch], bool],
) -> Iterator[object]:
    """Train, all members side by side, or one after another where L-BFGS finds its own steps."""
    recipe, one_by_one = plan.recipe, isinstance(plan.recipe.optimizer, LBFGS)
    engine = engine_for(problem, recipe.optimizer, threads=plan.threads)
    if not one_by_one:
        yield from epochs_of_members(
            problem, thetas, recipe, rows=rows, valid=valid, stop=stop, engine=engine, checkpoint=plan.recorder
        )
        return
    for number, theta in enumerate(thetas):
        judge = valid[number] if isinstance(valid, Sequence) else valid
        one = partial(stop, number)
        yield from epochs(
            problem,
            theta,
            recipe,
            rows=rows[number] if rows else None,
            valid=judge,
            stop=one,
            engine=engine,
            checkpoint=plan.recorder,
        )
