"""The trainer: takes steps of a plan from where training stands, and tells where it stands then."""

import math
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from types import MappingProxyType

from mlnn.optimizer import LBFGS, Optimizer
from mlnn.play.searcher import Searcher
from mlnn.play.standing import Standing, epoch_of, fastest, point_of
from mlnn.training import Reporter, Run, Stepwise, furthest


class Trainer:
    """Takes steps from where training stands. It owns the memory that this takes until it is closed."""

    def __init__(self, standing: Standing) -> None:
        plan = standing.plan
        assert isinstance(plan.recipe.optimizer, Optimizer)
        self.standing = standing
        engine = fastest(plan)
        self._owned = ExitStack()
        bound = self._owned.enter_context(engine.bind(plan.problem, plan.recipe.optimizer))
        predictor = self._owned.enter_context(engine.predictor(plan.network, standing.theta))
        reporter = Reporter(plan.problem, plan.valid, MappingProxyType({}), predictor, time.perf_counter())
        self._run = Run(reporter, standing.theta, plan.recipe, after=(epoch_of(standing),), strides=True)
        self._run.given = furthest(standing.changes[-1].theta if standing.changes else None)
        self._run.watched = standing.watched[: math.floor(standing.number)]
        self._stepwise = Stepwise(bound, self._run, plan.frozen, standing.measured)

    def advance(self, count: int) -> int:
        """Take so many steps, or fewer: what is more than an epoch ends with one. Return how many.

        ``standing`` is where training stands then.

        Raises
        ------
        Diverged
            If a loss or θ is no longer finite. ``standing`` is then where it stood before; this trainer is of no more
            use.
        """
        began, stepwise, member = time.perf_counter(), self._stepwise, self._run.member
        steps, left = self._run.steps, self._run.steps - len(stepwise.measured)
        taken = stepwise.take(count if count < left else left + (count - left) // steps * steps)
        epoch = self._run.latest
        assert epoch is not None
        self.standing = replace(
            self.standing,
            theta=member.theta.copy(),
            state=tuple(slot.copy() for slot in member.state),
            number=stepwise.number,
            step=stepwise.step,
            point=point_of(epoch),
            update=stepwise.update,
            seconds=self.standing.seconds + time.perf_counter() - began,
            measured=stepwise.measured,
            watched=self._run.watched,
        )
        return taken

    def close(self) -> None:
        """Free the memory."""
        self._owned.close()


def trainer_of(standing: Standing) -> Trainer | Searcher:
    """Return who trains from there: the trainer, or the searcher where the plan's optimizer is L-BFGS."""
    return Searcher(standing) if isinstance(standing.plan.recipe.optimizer, LBFGS) else Trainer(standing)


def trained(standing: Standing, steps: int) -> Standing:
    """Return where training stands when so many steps are taken in all.

    Raises
    ------
    Diverged
        If a loss or θ is no longer finite on the way.
    """
    with closing(trainer_of(standing)) as trainer:
        while trainer.standing.step < steps:
            trainer.advance(steps - trainer.standing.step)
        return trainer.standing
