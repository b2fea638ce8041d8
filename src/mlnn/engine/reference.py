"""The reference engine: NumPy, one step after another, written to be read. Other engines are held against it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import final

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.engine.arrays import row_by_row
from mlnn.engine.base import Block, BoundEngine, Engine, Member, Predictor, complete, network_of
from mlnn.engine.boundary import require_at_hand, require_out, require_problem, require_rows, require_steps
from mlnn.engine.step import Descent, Numbers
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.network.contract import held
from mlnn.objective import Problem, backward, data_derivative, data_loss, forward, penalty_value, require_parts
from mlnn.optimizer import LBFGS, Optimizer


@final
class Reference(Engine):
    """Runs any network whatsoever, in NumPy, in the type of θ."""

    def supports(self, problem: Problem | Network, optimizer: Optimizer | LBFGS | None = None) -> str | None:
        """Return None: the reference runs them all."""
        return None

    @property
    def arithmetic(self) -> str:
        return f"NumPy {np.__version__}"

    def explain(self, problem: Problem | Network, batch_size: float = np.inf, dtype: npt.DTypeLike = np.float64) -> str:
        return f"NumPy, one gate after another, {len(network_of(problem).gates)} of them"

    def bind(self, problem: Problem, optimizer: Optimizer | None = None) -> "BoundReference":
        return BoundReference(require_parts(require_at_hand(problem)), optimizer and held(optimizer))

    def predictor(self, network: Network, theta: Array) -> "ReferencePredictor":
        return ReferencePredictor(network, theta)


@final
class BoundReference(BoundEngine):
    """The reference engine at work on a problem. Its memory is NumPy's, taken anew in every call."""

    def __init__(self, problem: Problem, optimizer: Optimizer | None) -> None:
        require_problem(problem)
        self.problem, self.optimizer = replace(problem, X=row_by_row(problem.X, problem.X.dtype)), optimizer

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")  # whoever trains looks at the losses
    def run(self, members: Sequence[Member], blocks: Sequence[Block], stop: object = None) -> list[Array]:
        """Take the steps of every member's block, one member after another."""
        if self.optimizer is None:
            raise ValueError("steps need an optimizer: bind(problem, optimizer)")
        for member, block in zip(members, blocks, strict=True):
            require_steps(self.problem, self.optimizer, member, block)
        done = [self._run(member, block, self.optimizer, stop) for member, block in zip(members, blocks, strict=True)]
        return complete(blocks, [taken for taken, _ in done], [losses for _, losses in done])

    def _data_loss_and_gradient(self, theta: Array, step: Step | None, factor: float) -> tuple[float, Array]:
        gradient = np.zeros_like(theta)
        problem, network = self.problem, self.problem.network
        views = network.views(theta)
        tape = forward(network, views, problem.X, step)
        backward(network, views, tape, data_derivative(problem, tape.scores, factor), network.views(gradient))
        return factor * data_loss(problem, tape.scores), gradient

    def _run(self, member: Member, block: Block, optimizer: Optimizer, stop: object) -> tuple[int, Array]:
        problem, descent = self.problem, Descent(self.problem.network, optimizer, *member)
        losses = np.zeros((block.measured_steps, 2))
        for k, (batch, numbers) in enumerate(zip(batches(problem, block), _numbers(block), strict=True)):
            if stop:
                return k, losses
            if measured := k >= block.measured_from:
                losses[k - block.measured_from, 1] = penalty_value(problem, member.theta)
            tape = descent.step(batch, Step(block.seed, block.first_step + k), numbers)
            if measured:
                losses[k - block.measured_from, 0] = data_loss(batch, tape.scores)
        return len(block.bounds), losses


@final
class ReferencePredictor(Predictor):
    """A network with a copy of its θ, in NumPy."""

    def __init__(self, network: Network, theta: Array) -> None:
        self.network = network
        self.rebind(theta)

    def __call__(self, X: Array, out: Array | None = None) -> Array:
        predictions = self.network.output.predict(self.scores(X))
        if out is None:
            return predictions
        require_out(out, predictions, X)
        out[...] = predictions
        return out

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")  # whoever asks looks at the scores
    def scores(self, X: Array) -> Array:
        require_rows(self.network, X)
        return forward(self.network, self._views, row_by_row(X, self._dtype)).scores

    def rebind(self, theta: Array) -> None:
        self._dtype, self._views = theta.dtype, self.network.views(theta.copy())


def batches(problem: Problem, block: Block) -> Iterator[Problem]:
    """Yield the rows of every step, without copying them where a step takes all rows as they stand."""
    for start, stop in block.bounds.tolist():
        if block.order is not None:
            yield problem.batch(block.order[start:stop])
        elif stop - start == problem.X.shape[0]:
            yield problem
        else:
            yield problem.batch(slice(start, stop))


def _numbers(block: Block) -> Iterator[Numbers]:
    """Yield every step's numbers."""
    columns = [column.tolist() for column in (block.rates, block.data_factors, block.penalty_factors)]
    coefficients = zip(*(column.tolist() for column in block.coefficients), strict=True)
    yield from map(Numbers, *columns, coefficients if block.coefficients else [()] * len(block.rates))
