"""Wrappers: what may be put around any optimizer, in any order, to change what goes in or what comes out."""

from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from mlnn.array import Array, Arrays
from mlnn.names import require
from mlnn.optimizer.base import Factor, Optimizer, State
from mlnn.schedule import Time


@dataclass(frozen=True)
class Wrapper(Optimizer):
    """An optimizer around another. Left as it is, it hands everything through.

    A wrapper that keeps state appends its slots behind those of the inner optimizer, and its coefficients likewise.
    The rate is the inner optimizer's: ``with_rate`` changes it there.

    Parameters
    ----------
    optimizer : Optimizer
        The inner optimizer, possibly a wrapper too.

    Examples
    --------
    >>> from mlnn.optimizer.adam import Adam
    >>> Wrapper(Adam(rate=0.01)).rate, Wrapper(Adam()).with_rate(0.5).optimizer.rate
    (0.01, 0.5)
    """

    rate: float = field(init=False, repr=False, compare=False)
    optimizer: Optimizer

    def __post_init__(self) -> None:
        """Show the inner rate as one's own: both are frozen, so the two cannot come apart."""
        object.__setattr__(self, "rate", require(Optimizer, self.optimizer, "optimizer").rate)

    @property
    def slots(self) -> int:
        return self.optimizer.slots

    def taking_over(self, theta: Array) -> State:
        inner = self.optimizer.taking_over(theta)
        return *inner, *(np.zeros_like(theta) for _ in range(self.slots - len(inner)))

    @property
    def listens(self) -> bool:
        return self.optimizer.listens

    def with_rate(self, rate: float) -> Self:
        return replace(self, optimizer=self.optimizer.with_rate(rate))

    def coefficients(self, time: Time) -> Arrays:
        return self.optimizer.coefficients(time)

    def gradient_scale(self, gradient: Array) -> float:
        return self.optimizer.gradient_scale(gradient)

    def weights(self, theta: Array, state: State) -> Array:
        return self.optimizer.weights(theta, state)

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        return self.optimizer.update(theta, gradient, state, rate, decay, *coefficients)
