"""Two relatives of Adam: one looks ahead, one keeps only the sign."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array
from mlnn.optimizer.adaptive import Adam, running_mean
from mlnn.optimizer.base import Factor, Optimizer, State, require_fraction
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
    >>> import numpy as np
    >>> Nadam().coefficients(Time(np.array([1]), np.array([0.0]), epochs=1))[0].round(4)
    array([0.1664])
    """

    def coefficients(self, time: Time) -> tuple[Array, ...]:
        """Return √(1 − β₂ᵗ) / (1 − β₁ᵗ⁺¹), which is for the mean, and Adam's correction, which is for the gradient."""
        (now,) = super().coefficients(time)
        return now * (1.0 - self.beta1**time.step) / (1.0 - self.beta1 ** (time.step + 1)), now

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        """Return the next θ, m′ and v′."""
        mean, square = self.moments(gradient, state)
        following, now = coefficients
        ahead = following * self.beta1 * mean + now * (1.0 - self.beta1) * gradient
        return theta - rate * ahead / (np.sqrt(square) + self.epsilon), (mean, square)


@dataclass(frozen=True)
class Lion(Optimizer):
    """Every parameter moves by the same length: θ ← θ − η sign(β₁ m + (1 − β₁) g), then m ← β₂ m + (1 − β₂) g.

    Parameters
    ----------
    rate : float, default 1e-4
        η, the length of every step: three to ten times less than Adam's.
    beta1, beta2 : float, default 0.9 and 0.99
        The memory within the sign, and that of the average which is kept.

    Raises
    ------
    ValueError
        If ``beta1`` or ``beta2`` does not lie in [0, 1).

    Notes
    -----
    The paper's weight decay is decoupled: ``DecoupledDecay(Lion(), strength)``.

    References
    ----------
    Chen et al. (2023), Symbolic discovery of optimization algorithms, algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> theta, (mean,) = Lion().update(np.zeros(2), np.array([0.02, -300.0]), (np.zeros(2),), 0.5, 0.0)
    >>> theta
    array([-0.5,  0.5])
    """

    rate: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.99

    def __post_init__(self) -> None:
        """Refuse averages that never move."""
        require_fraction(beta1=self.beta1, beta2=self.beta2)

    @property
    def slots(self) -> int:
        """Return 1: the mean m."""
        return 1

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        """Return θ − η sign(β₁ m + (1 − β₁) g) and m′."""
        (mean,) = state
        step = np.sign(running_mean(mean, gradient, self.beta1))
        return theta - rate * step, (running_mean(mean, gradient, self.beta2),)
