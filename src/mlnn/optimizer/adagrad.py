"""Adagrad: every parameter has a rate of its own, which falls with the squares of its gradients."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array
from mlnn.optimizer.base import Factor, Optimizer, State


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Steps shrink with the sum of all squared gradients: s ← s + g², θ ← θ − η g / (√s + ε).

    Parameters
    ----------
    rate : float, default 0.01
        η.
    epsilon : float, default 1e-8
        ε, keeps the division finite.

    References
    ----------
    Duchi, Hazan, Singer (2011), Adaptive subgradient methods for online learning and stochastic optimization, eq. 1
    with a diagonal matrix; CS231n, Neural Networks Part 3, Per-parameter adaptive learning rates.

    Examples
    --------
    >>> Adagrad(epsilon=0.0).update(np.array([1.0]), np.array([3.0]), (np.array([16.0]),), 0.5, 0.0)
    (array([0.7]), (array([25.]),))
    """

    slots = 1

    rate: float = 0.01
    epsilon: float = 1e-8

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        (total,) = state
        total = total + np.square(gradient)
        return theta - rate * gradient / (np.sqrt(total) + self.epsilon), (total,)
