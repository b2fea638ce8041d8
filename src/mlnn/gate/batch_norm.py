"""Batch normalization: every unit standardized over the rows of the batch, then scaled and shifted."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mlnn.array import Array, Arrays
from mlnn.gate.base import Gate, Parameter, Step
from mlnn.initializer import Constant


class _Batch(NamedTuple):
    """What the backward pass and the running statistics need of a forward pass."""

    standardized: Array
    deviation: Array
    mean: Array
    variance: Array


@dataclass(frozen=True)
class BatchNorm(Gate):
    """Batch normalization: y = γ (x − μ) / √(σ² + ε) + β, column by column.

    Training takes μ and the biased variance σ² from the batch; prediction takes the running statistics. With
    x̂ = (x − μ) / √(σ² + ε), the backward pass is dβ = Σ dy, dγ = Σ dy x̂ and
    dx = γ / √(σ² + ε) · (dy − dβ / N − x̂ dγ / N), because μ and σ² depend on every row.

    Parameters
    ----------
    momentum : float, default 0.9
        How much of the running statistic a step keeps: running ← momentum · running + (1 − momentum) · batch.
    epsilon : float, default 1e-5
        ε, which keeps the division finite.

    Notes
    -----
    Shapes: x, y (N, H); γ (gain), β (shift), running mean and variance (1, H). The running variance follows the
    unbiased variance N/(N − 1) σ² of the batch, as the paper's algorithm 2 has it. In a batch of one row x̂ is 0 and
    y = β; such a batch moves the running mean and leaves the running variance, of which it says nothing.

    References
    ----------
    Ioffe, Szegedy (2015), Batch normalization: accelerating deep network training, algorithms 1 and 2.

    Examples
    --------
    >>> x, one, zero = np.array([[1.0], [3.0]]), np.ones((1, 1)), np.zeros((1, 1))
    >>> BatchNorm(epsilon=0.0).forward(x, one, zero, x.mean(), x.var())
    array([[-1.],
           [ 1.]])
    """

    momentum: float = 0.9
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        """Refuse what is no momentum."""
        if not 0.0 <= self.momentum < 1.0:
            raise ValueError(f"the momentum of the running statistics must lie in [0, 1), but got {self.momentum}")

    def forward(self, X: Array, gain: Array, shift: Array, mean: Array, variance: Array) -> Array:
        """Return γ (x − μ) / √(σ² + ε) + β."""
        return self.rescale(self.standardize(X, mean, variance), gain, shift)

    def standardize(self, X: Array, mean: Array, variance: Array) -> Array:
        """Return x̂ = (x − μ) / √(σ² + ε)."""
        return (X - mean) / self.deviation(variance)

    def rescale(self, standardized: Array, gain: Array, shift: Array) -> Array:
        """Return γ x̂ + β."""
        return gain * standardized + shift

    def deviation(self, variance: Array) -> Array:
        """Return √(σ² + ε)."""
        return np.sqrt(variance + self.epsilon)

    def backward(self, gain: Array, standardized: Array, deviation: Array, dY: Array) -> tuple[Array, Array, Array]:
        """Return dγ, dβ and dX for statistics that came from this batch."""
        d_gain = (dY * standardized).sum(axis=0, keepdims=True)
        d_shift = dY.sum(axis=0, keepdims=True)
        d_x = gain / deviation * (dY - (d_shift + standardized * d_gain) / len(dY))
        return d_gain, d_shift, d_x

    def parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """Declare gain and shift, and the two running statistics that no gradient moves."""
        shape = (1, inputs)
        return (
            Parameter("gain", shape, Constant(1.0)),
            Parameter("shift", shape, Constant(0.0)),
            Parameter("mean", shape, Constant(0.0), trained=False),
            Parameter("variance", shape, Constant(1.0), trained=False),
        )

    def apply(self, p: Arrays, x: Array, step: Step | None) -> tuple[Array, _Batch | None]:
        """Normalize by the batch in training, by the running statistics in prediction."""
        gain, shift, running_mean, running_variance = p
        if step is None:
            return self.forward(x, gain, shift, running_mean, running_variance), None
        mean, variance = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)
        batch = _Batch(self.standardize(x, mean, variance), self.deviation(variance), mean, variance)
        return self.rescale(batch.standardized, gain, shift), batch

    def pullback(self, p: Arrays, x: Array, y: Array, memo: _Batch | None, d_y: Array, d_p: Arrays) -> Array:
        gain, _, running_mean, running_variance = p
        if memo is None:
            deviation = self.deviation(running_variance)
            d_p[0][...], d_p[1][...], _ = self.backward(
                gain, self.standardize(x, running_mean, running_variance), deviation, d_y
            )
            return gain / deviation * d_y
        d_p[0][...], d_p[1][...], d_x = self.backward(gain, memo.standardized, memo.deviation, d_y)
        return d_x

    def observe(self, p: Arrays, memo: _Batch, afresh: bool = False) -> None:
        rows, keep = len(memo.standardized), 0.0 if afresh else self.momentum
        p[2][...] = keep * p[2] + (1.0 - keep) * memo.mean
        if rows > 1:
            p[3][...] = keep * p[3] + (1.0 - keep) * memo.variance * (rows / (rows - 1))
