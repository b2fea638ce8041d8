"""Nadam: Adam that looks ahead."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array, Arrays
from mlnn.optimizer.adam import Adam
from mlnn.optimizer.base import Factor, State
from mlnn.schedule import Time


@dataclass(frozen=True)
class Nadam(Adam):
    """Adam with Nesterov's momentum: the mean is moved one step ahead before it is used.

    θ ← θ − η √(1 − β₂ᵗ) [β₁ m / (1 − β₁ᵗ⁺¹) + (1 − β₁) g / (1 − β₁ᵗ)] / (√v + ε), m and v as in Adam.

    Parameters
    ----------
    rate : float, default 0.001
        η.
    beta1, beta2 : float, default 0.9 and 0.999
        The memories of the average gradient (here constant) and of the average square.
    epsilon : float, default 1e-8
        ε, added to √v before its bias correction, as in ``Adam``.

    References
    ----------
    Dozat (2016), Incorporating Nesterov momentum into Adam, algorithm 2 with a constant μ; the bias correction of v
    is Adam's.

    Examples
    --------
    >>> Nadam().coefficients(Time(np.array([1]), np.array([0.0]), epochs=1))[0].round(4)
    array([0.1664])
    """

    def coefficients(self, time: Time) -> Arrays:
        """Return √(1 − β₂ᵗ) / (1 − β₁ᵗ⁺¹), which is for the mean, and Adam's correction, which is for the gradient."""
        (now,) = super().coefficients(time)
        return now * (1.0 - self.beta1**time.step) / (1.0 - self.beta1 ** (time.step + 1)), now

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        mean, square = self.moments(gradient, state)
        following, now = coefficients
        ahead = following * self.beta1 * mean + now * (1.0 - self.beta1) * gradient
        return theta - rate * ahead / (np.sqrt(square) + self.epsilon), (mean, square)
