"""Training: a generator. ``for epoch in epochs(problem, theta, recipe): …`` trains; a break stops it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from mlnn.array import Array
from mlnn.engine import Block, Reference, engine_for
from mlnn.lbfgs import minimize
from mlnn.objective import Problem, data_loss, penalty_value
from mlnn.optimizer import LBFGS, Optimizer, State
from mlnn.recipe import Factors, Recipe, Shuffled
from mlnn.schedule import Time

Score: TypeAlias = Callable[[Array, Array], float]
"""Targets and decisions in, a figure of merit out (larger is better), as scikit-learn's metrics take them."""


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
    theta: Array
    raw_theta: Array = field(repr=False)
    state: State = field(repr=False)

    @property
    def watched_loss(self) -> float:
        """Return the validation loss if there is one, else the training loss."""
        return self.loss if self.valid_loss is None else self.valid_loss


def epochs(
    problem: Problem,
    theta: Array,
    recipe: Recipe,
    *,
    valid: Problem | None = None,
    scores: Mapping[str, Score] = MappingProxyType({}),
    engine: Reference | None = None,
    after: Sequence[Epoch] = (),
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
    engine : Reference, optional
        Who computes; by default the compiled engine wherever it can.
    after : sequence of Epoch, optional
        The history so far: training goes on after its last epoch as if it had never stopped.

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
    if engine is None:
        engine = engine_for(problem.network, recipe.optimizer)
    elif reason := engine.supports(problem.network, recipe.optimizer):
        raise ValueError(f"this engine cannot run the network: {reason}")
    judged = valid or problem
    steps = _lbfgs_steps if isinstance(recipe.optimizer, LBFGS) else _rule_steps
    started, losses = time.perf_counter(), [epoch.watched_loss for epoch in after]
    last = after[-1] if after else None
    earlier = last.seconds if last else 0.0
    for number, step, loss, objective, rate, best, raw, state in steps(problem, theta, recipe, engine, last, losses):
        if not (np.isfinite(loss) and float(np.abs(raw).max(initial=0.0)) < _largest(raw)):
            raise Diverged(f"training diverged in epoch {number} (loss {loss}): lower the learning rate, now {rate:g}")
        judgement = engine.scores(problem.network, best, judged.X) if scores or valid else None
        epoch = Epoch(
            number=number,
            step=step,
            loss=loss,
            objective=objective,
            penalty=penalty_value(problem, best),
            valid_loss=data_loss(valid, judgement) if valid and judgement is not None else None,
            scores={
                name: float(score(judged.y, problem.network.output.decide(problem.network.output.predict(judgement))))
                for name, score in scores.items()
                if judgement is not None
            },
            rate=rate,
            seconds=earlier + time.perf_counter() - started,
            theta=_frozen(best),
            raw_theta=_frozen(raw),
            state=tuple(_frozen(slot) for slot in state),
        )
        losses.append(epoch.watched_loss)
        yield epoch


Report: TypeAlias = tuple[int, int, float, float, float, Array, Array, State]
"""Epoch number, step, loss, objective, rate, weights to predict with, raw weights, slots."""


def _rule_steps(
    problem: Problem, start: Array, recipe: Recipe, engine: Reference, last: Epoch | None, losses: list[float]
) -> Iterator[Report]:
    """Run an optimizer's steps, from one report to the next in one call of the engine.

    Whoever calls adds each report's watched loss to ``losses``; schedules look at them.
    """
    optimizer, rows = recipe.optimizer, problem.X.shape[0]
    assert isinstance(optimizer, Optimizer)
    theta = np.array(last.raw_theta if last else start)
    state = tuple(np.array(slot) for slot in last.state) if last else _zeros(optimizer, theta)
    number, step = (last.number, last.step) if last else (0, 0)
    size = min(recipe.batch_size or rows, rows)
    cuts = np.arange(0, rows, size)
    cuts = np.column_stack([cuts, np.minimum(cuts + size, rows)])
    shuffle = recipe.order or Shuffled(recipe.seed)
    factors: Factors | None = None
    while number < recipe.epochs:
        stop = _next_report(number, recipe)
        block_epochs = stop - number if recipe.batch_size is None else 1
        now = Time(
            step=step + 1 + np.arange(block_epochs * len(cuts)),
            epoch=number + np.arange(block_epochs * len(cuts)) / len(cuts),
            epochs=recipe.epochs,
            losses=losses,
        )
        rates = optimizer.rate * recipe.schedule(now)
        order = None if recipe.batch_size is None else shuffle(number + 1, rows)
        if factors is None or problem.weights is not None:  # without weights all epochs have the same steps
            factors = recipe.convention(cuts[:, 1] - cuts[:, 0], _weights(problem, order, cuts))
        block = Block(
            first_step=step,
            order=order,
            bounds=_repeated(cuts, block_epochs),
            rates=rates,
            data_factors=_repeated(factors.data, block_epochs),
            penalty_factors=_repeated(factors.penalty, block_epochs),
            coefficients=optimizer.coefficients(now),
            measured_from=(block_epochs - 1) * len(cuts),
            seed=recipe.seed,
        )
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            losses_of_steps = engine.run(problem, theta, state, optimizer, block)
        number, step = number + block_epochs, step + len(now.step)
        if number == stop:
            loss, objective = _over_steps(losses_of_steps, factors)
            yield number, step, loss, objective, float(rates[-1]), optimizer.weights(theta, state), theta, state


def _lbfgs_steps(
    problem: Problem, start: Array, recipe: Recipe, engine: Reference, last: Epoch | None, losses: list[float]
) -> Iterator[Report]:
    """Hand the objective to L-BFGS; one of its iterations is an epoch.

    A resumed run starts its approximation of the curvature anew: SciPy does not give it out.
    """
    assert isinstance(recipe.optimizer, LBFGS)
    number = last.number if last else 0
    if number >= recipe.epochs:
        return
    start = last.raw_theta if last else start
    factors = recipe.convention(np.array([problem.X.shape[0]]), np.array([problem.weight]))
    scales = float(factors.data[0]), float(factors.penalty[0])
    report: Report | None = None
    evaluated = last.step if last else 0
    for theta, loss, evaluations in minimize(problem, start, recipe.optimizer, recipe.epochs - number, scales, engine):
        number += 1
        loss, objective = _over_steps(np.array([[loss, penalty_value(problem, theta)]]), factors)
        report = (number, evaluated + evaluations, loss, objective, float("nan"), theta, theta, ())
        if number == _next_report(number - 1, recipe):
            yield report
            report = None
    if report:
        yield report


def _weights(problem: Problem, order: Array | None, cuts: Array) -> Array:
    """Return the total weight of each step's rows."""
    if problem.weights is None:
        return cuts[:, 1] - cuts[:, 0]
    weights = problem.weights if order is None else problem.weights[order]
    return np.add.reduceat(weights, cuts[:, 0], dtype=np.float64)


def _repeated(steps: Array, times: int) -> Array:
    """Return what holds for the steps of one epoch for those of several."""
    return steps if times == 1 else np.concatenate([steps] * times)


def _over_steps(losses: Array, factors: Factors) -> tuple[float, float]:
    """Return the mean over an epoch's steps of the data's loss, and of J in its units."""
    shares = factors.shares / factors.shares.sum()
    loss = float(shares @ losses[:, 0])
    return loss, loss + float(shares @ (losses[:, 1] * factors.penalty / factors.data))


def _next_report(number: int, recipe: Recipe) -> int:
    """Return the first epoch after ``number`` that is reported: 1, 1 + every, 1 + 2 every … and the last."""
    return min(-(-number // recipe.every) * recipe.every + 1, recipe.epochs)


def _zeros(optimizer: Optimizer, theta: Array) -> State:
    return tuple(np.zeros_like(theta) for _ in range(optimizer.slots))


def _largest(theta: Array) -> float:
    """Return a size of weights beyond which their squares would soon overflow."""
    return float(np.finfo(theta.dtype).max) ** 0.4


def _frozen(values: Array) -> Array:
    copy = np.array(values)
    copy.flags.writeable = False
    return copy
