"""The reference engine: NumPy, one step after another, written to be read. Other engines are held against it."""

from collections.abc import Iterator, Sequence
from itertools import repeat

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.engine.base import Block, Predictor
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.objective import Problem, backward, data_derivative, data_loss, forward, penalty_derivative, penalty_value
from mlnn.optimizer import Optimizer, State
from mlnn.penalty import project_to_ball


class Reference:
    """Runs any network whatsoever, in NumPy, in the type of θ."""

    def supports(self, network: Network, optimizer: object = None) -> str | None:  # the engines' common contract
        """Return None, or why this engine cannot run the network; the reference runs them all."""
        return None

    def explain(self, network: Network, batch_size: float = np.inf, dtype: npt.DTypeLike = np.float64) -> str:
        """Return in words what this engine will do with a network and a batch."""
        return f"NumPy, one gate after another, {len(network.gates)} of them"

    def scores(self, network: Network, theta: Array, X: Array) -> Array:
        """Return the scores S of shape (N, K) for rows X, as in prediction."""
        return forward(network, network.views(theta), X).scores

    def predict(self, network: Network, theta: Array, X: Array) -> Array:
        """Return the output's predictions for rows X."""
        return network.output.predict(self.scores(network, theta, X))

    def predictor(self, network: Network, theta: Array) -> Predictor:
        """Return a function of rows alone, bound to a copy of ``theta``; ``out=`` takes its predictions."""
        kept = theta.copy()

        def predict(X: Array, out: Array | None = None) -> Array:
            predictions = self.predict(network, kept, X)
            if out is None:
                return predictions
            out[...] = predictions
            return out

        return predict

    def loss_and_gradient(
        self,
        problem: Problem,
        theta: Array,
        step: Step | None = None,
        data_factor: float = 1.0,
        penalty_factor: float = 1.0,
    ) -> tuple[float, Array]:
        """Return J(θ) and ∂J/∂θ, its two terms times their factors; ``theta`` stays as it is."""
        loss, gradient = self.data_loss_and_gradient(problem, theta, step, data_factor)
        return (
            loss + penalty_factor * penalty_value(problem, theta),
            gradient + penalty_factor * penalty_derivative(problem, theta),
        )

    def data_loss_and_gradient(
        self, problem: Problem, theta: Array, step: Step | None, factor: float
    ) -> tuple[float, Array]:
        """Return the data's term of J times its factor, and its gradient."""
        gradient = np.zeros_like(theta)
        network = problem.network
        views = network.views(theta)
        tape = forward(network, views, problem.X, step)
        backward(network, views, tape, data_derivative(problem, tape.scores, factor), network.views(gradient))
        return factor * data_loss(problem, tape.scores), gradient

    def observe(self, problem: Problem, theta: Array, step: Step) -> None:
        """Replace the running statistics in ``theta`` by those of the problem's rows."""
        if all(p.parameter.trained for p in problem.network.placed):
            return  # nothing to replace
        views = problem.network.views(theta)
        tape = forward(problem.network, views, problem.X, step)
        for gate, p, memo in zip(problem.network.gates, views, tape.memos, strict=True):
            gate.observe(p, memo, afresh=True)

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")  # whoever trains looks at the losses
    def run(self, problem: Problem, theta: Array, state: State, optimizer: Optimizer, block: Block) -> Array:
        """Take the block's steps, changing ``theta`` and ``state`` in place; return the losses of those measured.

        Row by row, they are the two terms of J before the step, without its factors: the data's loss over the batch,
        and R(θ).
        """
        network = problem.network
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

    def run_members(
        self,
        problem: Problem,
        thetas: Sequence[Array],
        states: Sequence[State],
        optimizer: Optimizer,
        blocks: Sequence[Block],
    ) -> list[Array]:
        """Take the steps of many networks of one shape, each with its own θ, slots and block, as ``run`` does for one.

        ``thetas`` may be a matrix of shape (members, P): its rows are the members. Returns the losses, a matrix each.
        """
        members = zip(thetas, states, blocks, strict=True)
        return [self.run(problem, theta, state, optimizer, block) for theta, state, block in members]


def _batches(problem: Problem, block: Block) -> Iterator[Problem]:
    """Yield the rows of every step, without copying them where a step takes all rows as they stand."""
    for start, stop in block.bounds.tolist():
        if block.order is not None:
            yield problem.batch(block.order[start:stop])
        elif stop - start == problem.X.shape[0]:
            yield problem
        else:
            yield problem.batch(slice(start, stop))
