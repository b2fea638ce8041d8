"""An epoch: what training yields, and the judgement that makes one of where training stands."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np

from mlnn.array import Array
from mlnn.engine import Predictor
from mlnn.objective import Problem, data_loss, penalty_value
from mlnn.optimizer import State

Score: TypeAlias = Callable[[Array, Array], float]
"""Targets and decisions in, a figure of merit out (larger is better), as scikit-learn's metrics take them."""


LARGEST = {np.dtype(kind): float(np.finfo(kind).max) ** 0.4 for kind in (np.float32, np.float64)}
"""The sizes of weights beyond which their squares would soon overflow."""


class Diverged(FloatingPointError):
    """The loss or θ became infinite, NaN, or absurdly large."""


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
    passed : tuple of pairs of float
        Loss and objective of the epochs that were taken in one stride with this one, and before it.
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
    passed: tuple[tuple[float, float], ...] = field(default=(), repr=False)

    @property
    def watched_loss(self) -> float:
        """Return the validation loss if there is one, else the training loss."""
        return self.loss if self.valid_loss is None else self.valid_loss


class Report(NamedTuple):
    """Where training stands, before anybody judges it; its arrays go on changing."""

    number: int
    step: int
    loss: float
    objective: float
    rate: float
    theta: Array
    raw_theta: Array
    state: State
    passed: tuple[tuple[float, float], ...] = ()


def epoch_of(
    report: Report,
    problem: Problem,
    valid: Problem | None,
    scores: Mapping[str, Score],
    judge: Predictor,
    seconds: float,
) -> Epoch:
    """Judge where training stands, and return it as an epoch with arrays of its own.

    Raises
    ------
    Diverged
        If the loss or θ is no longer finite.
    """
    number, step, loss, objective, rate, best, raw, state, passed = report
    for place, (before, _) in enumerate(passed, number - len(passed)):
        _require(math.isfinite(before), place, before, rate)
    _require(math.isfinite(loss) and float(np.abs(raw).max(initial=0.0)) < LARGEST[raw.dtype], number, loss, rate)
    judged, output = valid or problem, problem.network.output
    if scores or valid:
        judge.rebind(best)
    judgement = judge.scores(judged.X) if scores or valid else None
    weights = _frozen(raw)
    return Epoch(
        number=number,
        step=step,
        loss=loss,
        objective=objective,
        penalty=penalty_value(problem, best),
        valid_loss=data_loss(valid, judgement) if valid and judgement is not None else None,
        scores={
            name: float(score(judged.y, output.decide(output.predict(judgement))))
            for name, score in scores.items()
            if judgement is not None
        },
        rate=rate,
        seconds=seconds,
        theta=weights if best is raw else _frozen(best),
        raw_theta=weights,
        state=tuple(_frozen(slot) for slot in state),
        passed=passed,
    )


def _require(sane: bool, number: int, loss: float, rate: float) -> None:
    if not sane:
        raise Diverged(f"training diverged in epoch {number} (loss {loss}): lower the learning rate, now {rate:g}")


def _frozen(values: Array) -> Array:
    copy = np.array(values)
    copy.setflags(write=False)
    return copy
