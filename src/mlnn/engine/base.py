"""The contract of engines: an ``Engine`` is stateless; bound to a problem or to a θ it becomes an owner of memory.

Whoever binds closes: ``with engine.bind(problem, optimizer) as bound: …``. What is bound serves one user at a time; an
engine itself may be shared by anybody.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from mlnn.array import Array, Arrays, finite
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.objective import Problem, forward, penalty_derivative, penalty_value
from mlnn.optimizer import LBFGS, Optimizer, State


class Member(NamedTuple):
    """One of several networks of one shape: its θ and its optimizer's slots, which ``run`` changes in place."""

    theta: Array
    state: State = ()


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive steps in one call. All that conventions, schedules and shuffling decide is an array made before.

    Parameters
    ----------
    first_step : int
        Steps completed before this block; it keys the noise.
    order : array of int, optional
        Row numbers; None means the rows as they stand.
    bounds : array of shape (steps, 2)
        Step k takes ``order[bounds[k, 0]:bounds[k, 1]]``.
    rates : array of shape (steps,)
        Each step's learning rate.
    data_factors, penalty_factors, coefficients : array of shape (steps,), tuple of them
        Each step's factors on the two terms of the objective, and what the optimizer makes of time.
    measured_from : int
        The first step of the block whose loss is measured.
    seed : int
        Seed of the noise.
    rows : int, optional
        Of a whole step: engines plan by them, wherever a block is cut. None means those of its first step.
    """

    first_step: int
    order: Array | None
    bounds: Array
    rates: Array
    data_factors: Array
    penalty_factors: Array
    coefficients: Arrays
    measured_from: int = 0
    seed: int = 0
    rows: int | None = None

    @property
    def measured_steps(self) -> int:
        """Return how many steps are measured."""
        return max(len(self.bounds) - max(self.measured_from, 0), 0)

    def cut(self, start: int, stop: int) -> "Block":
        """Return the steps from ``start`` on and before ``stop``, which are the same wherever the block is cut."""
        some = slice(start, stop)
        return replace(
            self,
            first_step=self.first_step + start,
            bounds=self.bounds[some],
            rates=self.rates[some],
            data_factors=self.data_factors[some],
            penalty_factors=self.penalty_factors[some],
            coefficients=tuple(column[some] for column in self.coefficients),
            measured_from=max(self.measured_from - start, 0),
        )


class Stopped(Exception):
    """A run was told to stop in its middle: every member is as its own last complete step left it.

    Attributes
    ----------
    taken : list of int
        How many steps of its block each member has taken.
    losses : list of arrays of shape (steps, 2)
        As ``run`` returns them, of those steps that are measured.
    """

    def __init__(self, blocks: Sequence[Block], taken: Sequence[int], losses: Sequence[Array]) -> None:
        super().__init__(f"told to stop after {', '.join(map(str, taken))} steps")
        self.taken = list(taken)
        known = (max(steps - block.measured_from, 0) for block, steps in zip(blocks, taken, strict=True))
        self.losses = [measured[:count] for measured, count in zip(losses, known, strict=True)]


def complete(blocks: Sequence[Block], taken: Sequence[int], losses: list[Array]) -> list[Array]:
    """Return the losses of a run.

    Raises
    ------
    Stopped
        If not all of its steps were taken.
    """
    if any(steps < len(block.bounds) for steps, block in zip(taken, blocks, strict=True)):
        raise Stopped(blocks, taken, losses)
    return losses


class Owner:
    """What owns memory until it is closed, as a file is: at the latest by the end of its ``with`` block."""

    def close(self) -> None:
        """Free the memory; what is closed works no more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Predictor(Owner, ABC):
    """A network with a θ of its own: rows in, the output's predictions out."""

    @abstractmethod
    def __call__(self, X: Array, out: Array | None = None) -> Array:
        """Return the predictions for rows X, in ``out`` where it is given.

        Raises
        ------
        ValueError
            If X does not fit the network, or ``out`` is not a writable matrix of the predictions' shape and type, row
            by row in memory and apart from X.
        """

    @abstractmethod
    def scores(self, X: Array) -> Array:
        """Return the scores S of shape (N, K) for rows X."""

    @abstractmethod
    def rebind(self, theta: Array) -> None:
        """Look at another θ of the same network, copied, from now on."""

    def total(self, thetas: Sequence[Array], seen: Iterable[Array]) -> Array:
        """Return the sum of the predictions by several θ of the network, each for rows of its own; added in this order.

        From now on the predictor looks at the last one.

        Raises
        ------
        ValueError
            If a prediction is not finite, or not every θ has rows.
        """

        def by(theta: Array, rows: Array) -> Array:
            self.rebind(theta)
            return finite(self(rows))

        return reduce(np.add, (by(theta, rows) for theta, rows in zip(thetas, seen, strict=True)))


class BoundEngine(Owner, ABC):
    """An engine bound to a problem and an optimizer: it owns all memory that its work needs, until it is closed.

    It serves one user at a time: a second thread, or a signal handler in the middle of a call, gets a ``RuntimeError``
    or the right bits, and never other numbers.
    """

    problem: Problem

    @abstractmethod
    def run(self, members: Sequence[Member], blocks: Sequence[Block], stop: object = None) -> list[Array]:
        """Take the steps of every member's block, changing its θ and state in place: the only method that changes θ.

        Row by row, the losses returned, a matrix a member, are the two terms of J before each step that is measured,
        without their factors: the data's loss over the batch, and R(θ). As soon as ``stop``, which is asked now and
        then, is true, every member ends at its own last complete step; so it does where a signal's handler raises.

        Raises
        ------
        Stopped
            If ``stop`` was true before the last step was complete.
        ValueError, IndexError, TypeError
            If θ, the state or the block does not fit the problem, or asks for rows that are not there.
        """

    def loss_and_gradient(
        self, theta: Array, step: Step | None = None, data_factor: float = 1.0, penalty_factor: float = 1.0
    ) -> tuple[float, Array]:
        """Return J(θ) and ∂J/∂θ, its two terms times their factors; ``theta`` stays as it is."""
        loss, gradient = self._data_loss_and_gradient(theta, step, data_factor)
        if self.problem.penalty is None:
            return loss, gradient
        return (
            loss + penalty_factor * penalty_value(self.problem, theta),
            gradient + penalty_factor * penalty_derivative(self.problem, theta),
        )

    @abstractmethod
    def _data_loss_and_gradient(self, theta: Array, step: Step | None, factor: float) -> tuple[float, Array]:
        """Return the data's term of J times its factor, and its gradient."""

    def observe(self, theta: Array, step: Step) -> None:
        """Replace the running statistics in ``theta`` by those of the problem's rows."""
        network = self.problem.network
        if all(p.parameter.trained for p in network.placed):
            return  # nothing to replace
        views = network.views(theta)
        tape = forward(network, views, self.problem.X, step)
        for gate, p, memo in zip(network.gates, views, tape.memos, strict=True):
            gate.observe(p, memo, afresh=True)


class Engine(ABC):
    """What runs networks. It keeps nothing between calls, so threads may share one.

    Attributes
    ----------
    reads : bool
        Whether it reads the rows of a problem over a source by itself, meanwhile.
    """

    reads = False

    @property
    def computes(self) -> "Engine":
        """Return the engine that does the arithmetic, for those that have it done by another."""
        return self

    @abstractmethod
    def supports(self, problem: Problem | Network, optimizer: Optimizer | LBFGS | None = None) -> str | None:
        """Return None, or why this engine cannot run this: its network, output, penalty and optimizer."""

    @property
    def arithmetic(self) -> str:
        """Return what the last bits of its results depend on, besides what it is given."""
        return type(self).__name__

    @abstractmethod
    def explain(self, problem: Problem | Network, batch_size: float = np.inf, dtype: npt.DTypeLike = np.float32) -> str:
        """Return in words what this engine will do with a network and a batch.

        Raises
        ------
        ValueError
            If it cannot run it.
        """

    @abstractmethod
    def bind(self, problem: Problem, optimizer: Optimizer | None = None) -> BoundEngine:
        """Return an engine bound to the problem, which owns its memory until it is closed.

        Raises
        ------
        ValueError
            If this engine cannot run it, or the problem's arrays do not fit its network.
        """

    @abstractmethod
    def predictor(self, network: Network, theta: Array) -> Predictor:
        """Return a predictor that owns a copy of θ and the memory of a forward pass, and nothing else."""

    def scores(self, network: Network, theta: Array, X: Array) -> Array:
        """Return the scores S of shape (N, K) for rows X, as in prediction."""
        with self.predictor(network, theta) as predictor:
            return predictor.scores(X)

    def predict(self, network: Network, theta: Array, X: Array) -> Array:
        """Return the output's predictions for rows X."""
        with self.predictor(network, theta) as predictor:
            return predictor(X)


def network_of(problem: Problem | Network) -> Network:
    """Return the network that is meant."""
    return problem.network if isinstance(problem, Problem) else problem
