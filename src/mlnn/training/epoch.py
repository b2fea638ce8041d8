"""An epoch: what training yields, and the reporter that makes one of where training stands."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np

from mlnn.array import Array
from mlnn.engine import Predictor
from mlnn.objective import Problem, data_loss, penalty_value
from mlnn.optimizer import State
from mlnn.source import source_of

Score: TypeAlias = Callable[[Array, Array], float]
"""Targets and decisions in, a figure of merit out (larger is better), as scikit-learn's metrics take them."""


NOTHING: Array = np.empty((0, 2))
"""The losses of an epoch of which no step has been taken."""
NOTHING.setflags(write=False)


class Losses(NamedTuple):
    """What one epoch came to, reported or not: ``loss``, ``objective`` and ``valid_loss`` of an ``Epoch``."""

    loss: float
    objective: float
    valid_loss: float | None = None

    @property
    def watched_loss(self) -> float:
        """Return the validation loss if there is one, else the training loss."""
        return self.loss if self.valid_loss is None else self.valid_loss


@dataclass(frozen=True, eq=False)
class Epoch:
    """What training yields: where it stands, and all that is needed to go on from here.

    Attributes
    ----------
    number, step : int
        Epochs and steps completed; for L-BFGS, its iterations and its evaluations of J.
    loss : float
        The data loss of this epoch, each batch measured before its own step, noise included. Units of the output.
    objective : float
        J over this epoch, as far as the recipe's convention counts the penalty: the data loss plus the penalty, each
        batch before its own step. Units of the output.
    penalty : float
        R(θ) at the end of the epoch.
    valid_loss : float or None
        The data loss on the validation rows.
    scores : mapping of str to float
        The figures of merit on the validation rows (the training rows, where there are none).
    rate : float
        The learning rate of the last step; NaN for L-BFGS.
    seconds : float
        Since training started.
    theta : array of shape (P,)
        The weights to predict with (averaged ones, where the optimizer averages); read-only.
    raw_theta, state : array, tuple of arrays
        The weights as training left them and the optimizer's slots: where a resumed run begins; read-only.
    passed : tuple of Losses
        What the epochs since the last report came to, as far as they were measured: in batches, in a stride, and
        wherever a schedule listens.
    begun : array of shape (steps, 2)
        Where training was interrupted within an epoch, the two terms of J before each step taken of it; ``step`` counts
        these steps, ``number`` does not count that epoch, and ``loss`` and ``objective`` are theirs.
    """

    number: int
    step: int
    loss: float
    objective: float
    penalty: float
    valid_loss: float | None
    scores: Mapping[str, float]
    rate: float
    seconds: float
    theta: Array = field(repr=False)
    raw_theta: Array = field(repr=False)
    state: State = field(repr=False)
    passed: tuple[Losses, ...] = field(default=(), repr=False)
    begun: Array = field(default_factory=lambda: NOTHING, repr=False)

    @property
    def losses(self) -> Losses:
        """Return what this epoch came to."""
        return Losses(self.loss, self.objective, self.valid_loss)

    @property
    def watched_loss(self) -> float:
        """Return the validation loss if there is one, else the training loss."""
        return self.losses.watched_loss


def watched_losses(history: Sequence[Epoch]) -> list[float]:
    """Return the watched loss of every epoch so far; infinite up to the last one of which nobody knows it."""
    known: list[float] = []
    for epoch in history:
        alike = [each for each in epoch.passed if (each.valid_loss is None) == (epoch.valid_loss is None)]
        own = [each.watched_loss for each in (*alike, *[epoch.losses] * (not len(epoch.begun)))]
        before = epoch.number - len(own)
        known = (known if len(known) == before else [math.inf] * before) + own
    return known


LARGEST_TRAINED = {np.dtype(kind): float(np.finfo(kind).max) ** 0.4 for kind in (np.float32, np.float64)}
"""The sizes of weights beyond which their squares would soon overflow."""


class Diverged(FloatingPointError):
    """The loss or θ became infinite, NaN, or absurdly large.

    Attributes
    ----------
    epoch : int
        In which epoch.
    step : int or None
        In which step, from 1, where that could be found out.
    gate : str or None
        In which gate, by its name and parameters in the network's listing, or which output.
    fault : str
        What was the first that is not finite, in words.
    happened : str
        All of that in a sentence.
    cause : str
        The likely cause, and what to do.
    theta : array of shape (P,) or None
        The last finite weights, from which that step was taken; without a step, those of the last report.
    kept : str
        Where the last finite weights are, in words.
    """

    epoch: int = 0
    step: int | None = None
    gate: str | None = None
    fault: str = ""
    happened: str = ""
    cause: str = ""
    theta: Array | None = None
    whose: str = ""
    kept: str = ""

    @classmethod
    def of(cls, whose: str, epoch: int, loss: float) -> Self:
        """Return what is known as soon as it is seen: in which epoch of which member, and the loss."""
        problem = cls(f"{whose}training diverged in epoch {epoch} (loss {loss:g}).")
        problem.whose, problem.epoch = whose, epoch
        return problem

    def told(self, happened: str, cause: str, theta: Array, step: int | None = None, fault: Any = None) -> Self:
        """Add in which step what was no longer finite, why, and the last finite weights."""
        self.args = (f"{self.whose}{happened} {cause}".rstrip(),)
        self.happened, self.cause, self.theta, self.step = happened, cause, theta, step
        self.fault, self.gate = (fault.words, fault.gate) if fault else ("", None)
        self.kept = "The last finite weights are this exception's theta."
        return self

    def __str__(self) -> str:
        return f"{self.args[0]} {self.kept}".rstrip()


@dataclass(frozen=True, eq=False)
class Reporter:
    """Makes epochs of where training stands: whom it asks for predictions, and on which rows."""

    problem: Problem
    valid: Problem | None  # rows to judge by
    scores: Mapping[str, Score]  # figures of merit
    predictor: Predictor | None  # who predicts, where there is something to judge
    began: float  # when training began, on the clock of time.perf_counter
    whose: str = ""  # what to begin complaints with

    def valid_loss(self, theta: Array) -> float | None:
        """Return the data loss on the validation rows, if there are any."""
        if self.valid is None:
            return None
        source = source_of(self.valid)
        if source is None:
            return data_loss(self.valid, self._scores(theta, self.valid))
        return source.mean(self.valid, lambda part: data_loss(part, self._scores(theta, part)))

    def epoch(
        self,
        number: int,
        step: int,
        losses: Sequence[Losses],
        rate: float,
        best: Array,
        raw: Array,
        state: State,
        begun: Array = NOTHING,
    ) -> Epoch:
        """Judge where training stands, and return it as an epoch with arrays of its own.

        ``losses`` are those of the epochs measured since the last report, ``best`` are the weights to predict with.

        Raises
        ------
        Diverged
            If a loss or θ is no longer finite.
        """
        *passed, (loss, objective, _) = losses
        for place, before in enumerate(passed, number - len(passed)):
            self._require(math.isfinite(before.loss), place, before.loss)
        self.require_sane(number, loss, raw)
        judged, output = self.valid or self.problem, self.problem.network.output
        judgement = self._scores(best, judged) if self.scores else np.empty(0)
        decisions = output.decide(output.predict(judgement)) if self.scores else judgement
        weights = _frozen(raw)
        return Epoch(
            number=number,
            step=step,
            loss=loss,
            objective=objective,
            penalty=penalty_value(self.problem, best),
            valid_loss=data_loss(self.valid, judgement) if self.valid and self.scores else self.valid_loss(best),
            scores={name: float(score(judged.y, decisions)) for name, score in self.scores.items()},
            rate=rate,
            seconds=time.perf_counter() - self.began,
            theta=weights if best is raw else _frozen(best),
            raw_theta=weights,
            state=tuple(_frozen(slot) for slot in state),
            passed=tuple(passed),
            begun=_frozen(begun),
        )

    def require_sane(self, number: int, loss: float, raw: Array) -> None:
        """Refuse to go on in an epoch whose loss, or whose θ, is no longer finite."""
        sane = math.isfinite(loss) and float(np.abs(raw).max(initial=0.0)) < LARGEST_TRAINED[raw.dtype]
        self._require(sane, number, loss)

    def _scores(self, theta: Array, judged: Problem) -> Array:
        assert self.predictor, "nobody was asked to judge"
        self.predictor.rebind(theta)
        return self.predictor.scores(judged.X)

    def _require(self, sane: bool, number: int, loss: float) -> None:
        if not sane:
            raise Diverged.of(self.whose, number, loss)


def _frozen(values: Array) -> Array:
    """Return a copy that nobody can change; what is such a one already is shared."""
    if values.flags.owndata and not values.flags.writeable:
        return values
    copy = np.array(values)
    copy.setflags(write=False)
    return copy
