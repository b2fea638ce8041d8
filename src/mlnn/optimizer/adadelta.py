"""Adadelta: the size of a step follows from the sizes of the last ones."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array
from mlnn.optimizer.base import Factor, Optimizer, State, require_fraction
from mlnn.optimizer.rmsprop import running_mean


@dataclass(frozen=True)
class Adadelta(Optimizer):
    """RMSprop whose rate is the size of its own past steps: Δ = −g √(u + ε) / √(v + ε), θ ← θ + η Δ.

    v ← ρ v + (1 − ρ) g² first, and u ← ρ u + (1 − ρ) Δ² last. Δ has the units of θ, whatever those of J.

    Parameters
    ----------
    rate : float, default 1.0
        η, a factor on Δ; the paper has none.
    decay : float, default 0.9
        ρ, the memory of both averages.
    epsilon : float, default 1e-6
        ε, gives the first steps their size.

    Raises
    ------
    ValueError
        If ``decay`` does not lie in [0, 1).

    References
    ----------
    Zeiler (2012), ADADELTA: an adaptive learning rate method, algorithm 1.

    Examples
    --------
    >>> slots = np.array([7.0]), np.array([1.0])
    >>> Adadelta(decay=0.5, epsilon=0.0).update(np.array([1.0]), np.array([1.0]), slots, 1.0, 0.0)
    (array([0.5]), (array([4.]), array([0.625])))
    """

    slots = 2

    rate: float = 1.0
    decay: float = 0.9
    epsilon: float = 1e-6

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction(decay=self.decay)

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        square, moved = state
        square = running_mean(square, np.square(gradient), self.decay)
        step = -gradient * np.sqrt(moved + self.epsilon) / np.sqrt(square + self.epsilon)
        moved = running_mean(moved, np.square(step), self.decay)
        return theta + rate * step, (square, moved)
