"""One step: θ moves against the gradient of the objective. Whoever takes steps in Python takes them here."""

from typing import NamedTuple

import numpy as np

from mlnn.array import Array
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.objective import Problem, Tape, backward, data_derivative, forward, penalty_derivative
from mlnn.optimizer import Optimizer, State
from mlnn.penalty import project_to_ball


class Numbers(NamedTuple):
    """What schedule, convention and optimizer decided about one step before it is taken."""

    rate: float
    data_factor: float = 1.0
    penalty_factor: float = 1.0
    coefficients: tuple[float, ...] = ()


class Descent:
    """θ on its way down: what every step needs of a network, an optimizer, θ and its slots, made once.

    ``step`` changes θ and the slots in place.
    """

    def __init__(self, network: Network, optimizer: Optimizer, theta: Array, state: State = ()) -> None:
        self.network, self.optimizer, self.theta, self.state = network, optimizer, theta, state
        self.gradient = np.zeros_like(theta)
        self.views, self.d_views = network.views(theta), network.views(self.gradient)
        self.rates = network.rates.astype(theta.dtype)
        self.decays = network.penalties.astype(theta.dtype)
        tensors = network.named(theta)
        limits = {p.name: p.parameter.max_norm for p in network.placed}
        self.bounded = [(tensors[name], limit) for name, limit in limits.items() if np.isfinite(limit)]
        self.observing = sorted({p.gate for p in network.placed if not p.parameter.trained})

    def step(self, batch: Problem, noise: Step, numbers: Numbers) -> Tape:
        """Take one step on a batch of rows; return the forward pass, as it was before the step."""
        rate, data_factor, penalty_factor, coefficients = numbers
        tape = forward(self.network, self.views, batch.X, noise)
        backward(self.network, self.views, tape, data_derivative(batch, tape.scores, data_factor), self.d_views)
        gradient = self.gradient
        if batch.penalty is not None:
            gradient = gradient + penalty_factor * penalty_derivative(batch, self.theta)
        if (scale := self.optimizer.gradient_scale(gradient)) != 1.0:
            gradient = scale * gradient
        self.theta[...], slots = self.optimizer.update(
            self.theta, gradient, self.state, rate * self.rates, self.decays, *coefficients
        )
        for slot, new in zip(self.state, slots, strict=True):
            slot[...] = new
        for tensor, limit in self.bounded:
            project_to_ball(tensor, limit)
        for k in self.observing:
            self.network.gates[k].observe(self.views[k], tape.memos[k])
        return tape
