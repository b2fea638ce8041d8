"""The reference as it would be with other rounding errors: how well a case determines its own numbers."""

from dataclasses import dataclass, replace

import numpy as np

from mlnn.gate import Gate
from mlnn.optimizer.wrapper import Wrapper

ULP = np.finfo(float).eps


@dataclass(frozen=True)
class Shaken(Gate):
    """A gate whose results, forward and backward, come with other last bits.

    Any order of summation, fused product or other exp that an engine may use changes results so. Where the chain makes
    much of it (equal rows that a batch normalization standardizes, at whose x̂ = 0 a layer has its kink), no two
    correct programs agree, and how far the shaken reference strays tells how far they may be apart.
    """

    inner: Gate
    random: np.random.Generator

    def width(self, inputs):
        return self.inner.width(inputs)

    def parameters(self, inputs):
        return self.inner.parameters(inputs)

    def apply(self, p, x, step):
        y, memo = self.inner.apply(p, x, step)
        return shake(y, self.random), memo

    def pullback(self, p, x, y, memo, d_y, d_p):
        return shake(self.inner.pullback(p, x, y, memo, d_y, d_p), self.random)

    def observe(self, p, memo, afresh=False):
        self.inner.observe(p, memo, afresh)


@dataclass(frozen=True)
class ShakenSteps(Wrapper):
    """An optimizer whose steps start from another last bit of the gradient and end with other last bits of θ."""

    random: np.random.Generator

    def update(self, theta, gradient, state, rate, decay, *coefficients):
        gradient = shake(gradient, self.random)
        theta, state = super().update(theta, gradient, state, rate, decay, *coefficients)
        return shake(theta, self.random), tuple(shake(slot, self.random) for slot in state)


def shake(x, random):
    """Return x with every number's last bit at random one up, one down, or as it was."""
    if hasattr(x, "data") and not isinstance(x, np.ndarray):
        x = x.copy()
        x.data = shake(x.data, random)
        return x
    return x * (1.0 + ULP * random.integers(-1, 2, x.shape))


def shaken(one, seed):
    """Return the same case with other last bits in its rows, in θ, and after every gate and step."""
    random = np.random.default_rng(seed)
    problem, network = one.problem, one.problem.network
    network = replace(network, gates=tuple(Shaken(gate, random) for gate in network.gates))
    problem = replace(problem, network=network, X=shake(problem.X, random))
    recipe = replace(one.recipe, optimizer=ShakenSteps(one.recipe.optimizer, random))
    return replace(one, problem=problem, recipe=recipe, theta=shake(one.theta, random), rows=shake(one.rows, random))
