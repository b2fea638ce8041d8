"""The reference engine: NumPy, one step after another, written to be read. Other engines are held against it."""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import final

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.contract import held
from mlnn.engine.base import Block, BoundEngine, Engine, Member, Predictor, network_of
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.objective import Problem, backward, data_derivative, data_loss, forward, penalty_derivative, penalty_value
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.penalty import project_to_ball


@final
class Reference(Engine):
    """Runs any network whatsoever, in NumPy, in the type of θ."""

    def supports(self, problem: Problem | Network, optimizer: Optimizer | LBFGS | None = None) -> str | None:
        """Return None: the reference runs them all."""
        return None

    def explain(self, problem: Problem | Network, batch_size: float = np.inf, dtype: npt.DTypeLike = np.float64) -> str:
        """Return in words what this engine will do with a network and a batch."""
        return f"NumPy, one gate after another, {len(network_of(problem).gates)} of them"

    def bind(self, problem: Problem, optimizer: Optimizer | None = None) -> "BoundReference":
        """Return the engine bound to a problem."""
        return BoundReference(problem.require_parts(), optimizer and held(optimizer))

    def predictor(self, network: Network, theta: Array) -> "ReferencePredictor":
        """Return a predictor bound to a copy of θ."""
        return ReferencePredictor(network, theta)


@final
class BoundReference(BoundEngine):
    """The reference engine at work on a problem. Its memory is NumPy's, taken anew in every call."""

    def __init__(self, problem: Problem, optimizer: Optimizer | None) -> None:
        self.problem, self.optimizer = problem, optimizer

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")  # whoever trains looks at the losses
    def run(self, members: Sequence[Member], blocks: Sequence[Block]) -> list[Array]:
        """Take the steps of every member's block, one member after another."""
        assert self.optimizer is not None, "steps need an optimizer: bind(problem, optimizer)"
        return [self._run(member, block, self.optimizer) for member, block in zip(members, blocks, strict=True)]

    def _data_loss_and_gradient(self, theta: Array, step: Step | None, factor: float) -> tuple[float, Array]:
        gradient = np.zeros_like(theta)
        problem, network = self.problem, self.problem.network
        views = network.views(theta)
        tape = forward(network, views, problem.X, step)
        backward(network, views, tape, data_derivative(problem, tape.scores, factor), network.views(gradient))
        return factor * data_loss(problem, tape.scores), gradient

    def _run(self, member: Member, block: Block, optimizer: Optimizer) -> Array:
        (theta, state), problem, network = member, self.problem, self.problem.network
        gradient = np.zeros_like(theta)
        views, d_views = network.views(theta), network.views(gradient)
        bounded = [
            (views[p.gate][0], p.parameter.max_norm) for p in network.placed if np.isfinite(p.parameter.max_norm)
        ]
        watched = [
            k for k, gate in enumerate(network.gates) if any(not q.trained for q in gate.parameters(network.widths[k]))
        ]
        rates = network.rates.astype(theta.dtype)
        decays = network.penalties.astype(theta.dtype)
        numbers = zip(
            block.rates.tolist(),
            block.data_factors.tolist(),
            block.penalty_factors.tolist(),
            zip(*(column.tolist() for column in block.coefficients), strict=True) if block.coefficients else repeat(()),
            strict=False,
        )
        losses = np.zeros((block.measured_steps, 2))
        for k, (batch, (rate, data_factor, penalty_factor, coefficients)) in enumerate(
            zip(_batches(problem, block), numbers, strict=False)
        ):
            tape = forward(network, views, batch.X, Step(block.seed, block.first_step + k))
            backward(network, views, tape, data_derivative(batch, tape.scores, data_factor), d_views)
            if k >= block.measured_from:
                losses[k - block.measured_from] = data_loss(batch, tape.scores), penalty_value(problem, theta)
            slope = gradient
            if problem.penalty is not None:
                slope = gradient + penalty_factor * penalty_derivative(problem, theta)
            scale = optimizer.gradient_scale(slope)
            if scale != 1.0:
                slope = scale * slope
            theta[...], new_state = optimizer.update(theta, slope, state, rate * rates, decays, *coefficients)
            for slot, new in zip(state, new_state, strict=True):
                slot[...] = new
            for W, limit in bounded:
                project_to_ball(W, limit)
            for index in watched:
                network.gates[index].observe(views[index], tape.memos[index])
        return losses


@final
class ReferencePredictor(Predictor):
    """A network with a copy of its θ, in NumPy."""

    def __init__(self, network: Network, theta: Array) -> None:
        self.network = network
        self.rebind(theta)

    def __call__(self, X: Array, out: Array | None = None) -> Array:
        """Return the predictions for rows X, in ``out`` where it is given."""
        predictions = self.network.output.predict(self.scores(X))
        if out is None:
            return predictions
        out[...] = predictions
        return out

    def scores(self, X: Array) -> Array:
        """Return the scores S of shape (N, K) for rows X."""
        return forward(self.network, self._views, X).scores

    def rebind(self, theta: Array) -> None:
        """Look at a copy of another θ from now on."""
        self._views = self.network.views(theta.copy())


def _batches(problem: Problem, block: Block) -> Iterator[Problem]:
    """Yield the rows of every step, without copying them where a step takes all rows as they stand."""
    for start, stop in block.bounds.tolist():
        if block.order is not None:
            yield problem.batch(block.order[start:stop])
        elif stop - start == problem.X.shape[0]:
            yield problem
        else:
            yield problem.batch(slice(start, stop))
