"""Where training stands: all that is needed to go on from there."""

import math
from array import array
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from mlnn.array import Array
from mlnn.engine import Compiled, Engine, fastest_for
from mlnn.optimizer import LBFGS, Optimizer, State
from mlnn.play.plan import Plan
from mlnn.training import Epoch


class Point(NamedTuple):
    """What an epoch came to, by the names of the page."""

    number: float
    step: float
    loss: float
    objective: float
    validLoss: float
    rate: float


NEVER = Point(0.0, 0, math.nan, math.nan, math.nan, math.nan)
"""What stands where no epoch is completed."""


class Change(NamedTuple):
    """What a run went by from a step on: its plan, and the θ it went on from, where that was given from outside."""

    number: float
    step: int
    plan: Plan
    theta: Array | None


@dataclass(frozen=True, eq=False)
class Standing:
    """Where training stands, and all that is needed to go on from there. Nothing of it changes any more.

    Attributes
    ----------
    plan : Plan
        What is trained, and how.
    theta, state : array, tuple of arrays
        The weights, and the optimizer's slots.
    number : float
        Epochs completed, with a fraction within one.
    step : int
        Steps taken.
    point : Point
        What the last epoch came to that was completed.
    update : array or None
        What the last step added to θ.
    seconds : float
        Spent training.
    measured : array of shape (steps, 2)
        The losses of the steps within the epoch.
    watched : array of float
        What a schedule that listens has heard.
    changes : tuple of Change
        How the run came here, first to last.
    """

    plan: Plan
    theta: Array
    state: State = ()
    number: float = 0.0
    step: int = 0
    point: Point = NEVER
    update: Array | None = None
    seconds: float = 0.0
    measured: Array = field(default_factory=lambda: np.empty((0, 2)))
    watched: "array[float]" = field(default_factory=lambda: array("d"))
    changes: tuple[Change, ...] = ()

    @property
    def weights(self) -> Array:
        """Return the θ to predict with: an average of the path, where the optimizer keeps one and it has begun."""
        optimizer, begun = self.plan.recipe.optimizer, self.step > 0
        return optimizer.weights(self.theta, self.state) if begun and isinstance(optimizer, Optimizer) else self.theta

    def under(self, plan: Plan, theta: Array | None = None) -> "Standing":
        """Return the same place under another plan: what still fits is kept.

        The optimizer's slots go on where they are as many, and as long, as before, and else it takes over from here; an
        epoch within which training stands goes on where its steps are cut and weighed as before, and else begins again.
        """
        optimizer = plan.recipe.optimizer
        given = self.theta if theta is None and not self.changes else theta
        theta = (self.theta if theta is None else theta).astype(plan.dtype)
        old = self.plan.recipe.optimizer
        fresh = _fresh(optimizer, theta, self.step)
        alike = len(fresh) == len(self.state) and all(slot.shape == theta.shape for slot in self.state)
        same_rule, same_size = _rule(old) == _rule(optimizer), theta.size == self.theta.size
        state = tuple(slot.astype(plan.dtype) for slot in self.state) if alike and same_rule else fresh
        number, measured = self.number, self.measured
        again = bool(len(measured)) and (plan.cut != self.plan.cut or isinstance(optimizer, LBFGS))
        if again:
            number, measured = math.floor(number), measured[:0]
        update = self.update if self.update is not None and self.update.shape == theta.shape else None
        return replace(
            self,
            plan=plan,
            theta=theta,
            state=state,
            number=number,
            measured=measured,
            update=update,
            changes=_changed(
                self.changes, Change(number, self.step, plan, given), same_rule and same_size and not again
            ),
        )


def _changed(changes: tuple[Change, ...], change: Change, kept: bool) -> tuple[Change, ...]:
    """Return the changes with another; two at one step are one, unless some of where it stood was lost between them."""
    if not changes or changes[-1].step < change.step or not (kept or change.step == 0):
        return (*changes, change)
    theta = changes[-1].theta if change.theta is None else change.theta
    return (*changes[:-1], change._replace(theta=theta))


def fastest(plan: Plan) -> Engine:
    """Return the engine that trains a plan: the compiled one wherever it can.

    It leaves a core to the page and its browser, without which nobody would see what it does.
    """
    engine, _ = fastest_for(plan.problem, plan.recipe.optimizer)
    return Compiled(max(engine.threads - 1, 1)) if isinstance(engine, Compiled) else engine


def point_of(epoch: Epoch) -> Point:
    """Return what is remembered of an epoch."""
    valid_loss = math.nan if epoch.valid_loss is None else epoch.valid_loss
    return Point(epoch.number, epoch.step, epoch.loss, epoch.objective, valid_loss, epoch.rate)


def _fresh(optimizer: Any, theta: Array, step: int) -> State:
    """Return the slots of an optimizer that begins at a step: zeros before the first, as without the page."""
    if not isinstance(optimizer, Optimizer):
        return ()
    return optimizer.taking_over(theta) if step else tuple(np.zeros_like(theta) for _ in range(optimizer.slots))


def _rule(optimizer: Any) -> Any:
    """Return what an optimizer is, apart from its numbers: the classes, from the outermost to the innermost."""
    inner = getattr(optimizer, "optimizer", None)
    return type(optimizer), None if inner is None else _rule(inner)


def epoch_of(standing: Standing) -> Epoch:
    """Return the last epoch that was completed, as training takes it to go on."""
    point = standing.point
    return Epoch(
        number=math.floor(standing.number),
        step=standing.step - len(standing.measured),
        loss=point.loss,
        objective=point.objective,
        penalty=math.nan,
        valid_loss=None if math.isnan(point.validLoss) else point.validLoss,
        scores=MappingProxyType({}),
        rate=point.rate,
        seconds=standing.seconds,
        theta=standing.theta,
        raw_theta=standing.theta,
        state=standing.state,
    )
