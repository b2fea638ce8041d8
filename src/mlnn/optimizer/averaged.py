"""Predictions by an average of the path that training takes."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array, Arrays
from mlnn.optimizer.base import Factor, State
from mlnn.optimizer.wrapper import Wrapper
from mlnn.schedule import Time


@dataclass(frozen=True)
class Averaged(Wrapper):
    """Training goes on as before, but predictions use an average a of the path: a ← a + max(1 − ρ, 1/t) (θ − a).

    Parameters
    ----------
    optimizer : Optimizer
        The inner optimizer.
    decay : float, default 1.0
        ρ. 1 gives the plain mean of θ after every step; less gives an exponential moving average over about
        1 / (1 − ρ) steps, which is the plain mean until it has seen that many.

    Raises
    ------
    ValueError
        If ``decay`` does not lie in [0, 1].

    Notes
    -----
    The average begins with the first step; before it, the slot is zero like every other. Where it takes over after
    steps of another optimizer, it begins at the θ that they came to (``taking_over``).

    References
    ----------
    Polyak, Juditsky (1992), Acceleration of stochastic approximation by averaging; Ruppert (1988), Efficient
    estimations from a slowly convergent Robbins-Monro process.

    Examples
    --------
    >>> from mlnn.optimizer.sgd import SGD
    >>> theta, state = Averaged(SGD()).update(np.array([1.0]), np.array([2.0]), (np.array([3.0]),), 0.5, 0.0, 0.5)
    >>> theta, Averaged(SGD()).weights(theta, state)
    (array([0.]), array([1.5]))
    """

    decay: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 <= self.decay <= 1.0:
            raise ValueError(f"decay must lie in [0, 1], but got {self.decay}")

    @property
    def slots(self) -> int:
        return super().slots + 1

    def taking_over(self, theta: Array) -> State:
        """Return the inner optimizer's and θ, which stands for the steps before: t counts them too."""
        *inner, _ = super().taking_over(theta)
        return *inner, theta.copy()

    def coefficients(self, time: Time) -> Arrays:
        """Return the inner optimizer's and the weight of the new θ, max(1 − ρ, 1/t)."""
        return *super().coefficients(time), np.maximum(1.0 - self.decay, 1.0 / time.step)

    def weights(self, theta: Array, state: State) -> Array:
        return state[-1]

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        *inner, average = state
        *passed, weight = coefficients
        theta, slots = super().update(theta, gradient, tuple(inner), rate, decay, *passed)
        return theta, (*slots, average + weight * (theta - average))
