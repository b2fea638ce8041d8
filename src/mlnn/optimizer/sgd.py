"""Gradient descent, plain."""

from dataclasses import dataclass

from mlnn.array import Array
from mlnn.optimizer.base import Factor, Optimizer, State


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent: θ ← θ − η g.

    Parameters
    ----------
    rate : float, default 0.01
        η.

    References
    ----------
    Robbins, Monro (1951), A stochastic approximation method.

    Examples
    --------
    >>> import numpy as np
    >>> SGD().update(np.array([1.0]), np.array([2.0]), (), 0.25, 0.0)
    (array([0.5]), ())
    """

    rate: float = 0.01

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        return theta - rate * gradient, state
