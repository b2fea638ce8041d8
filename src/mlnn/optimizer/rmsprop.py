"""RMSprop: Adagrad that forgets."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array
from mlnn.optimizer.base import Factor, Optimizer, State, require_fraction


def running_mean(mean: Array, value: Array, memory: float) -> Array:
    """Return the exponential moving average: memory · mean + (1 − memory) · value."""
    return memory * mean + (1.0 - memory) * value


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Adagrad that forgets: v ← ρ v + (1 − ρ) g², θ ← θ − η g / (√v + ε).

    Parameters
    ----------
    rate : float, default 0.001
        η.
    decay : float, default 0.9
        ρ, the memory of the average; it spans about 1 / (1 − ρ) steps.
    epsilon : float, default 1e-8
        ε, keeps the division finite.

    Raises
    ------
    ValueError
        If ``decay`` does not lie in [0, 1).

    References
    ----------
    Tieleman, Hinton (2012), Neural networks for machine learning, lecture 6.5; CS231n, Neural Networks Part 3,
    Per-parameter adaptive learning rates.

    Examples
    --------
    >>> RMSprop(decay=0.5, epsilon=0.0).update(np.array([1.0]), np.array([1.0]), (np.array([7.0]),), 0.5, 0.0)
    (array([0.75]), (array([4.]),))
    """

    slots = 1

    rate: float = 0.001
    decay: float = 0.9
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction(decay=self.decay)

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        (square,) = state
        square = running_mean(square, np.square(gradient), self.decay)
        return theta - rate * gradient / (np.sqrt(square) + self.epsilon), (square,)
