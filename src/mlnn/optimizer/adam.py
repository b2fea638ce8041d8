"""Adam: running means of the gradient and of its square, both corrected for their start."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array, Arrays
from mlnn.optimizer.base import Factor, Optimizer, State, require_fraction
from mlnn.optimizer.rmsprop import running_mean
from mlnn.schedule import Time


@dataclass(frozen=True)
class Adam(Optimizer):
    """RMSprop of the averaged gradient, both averages freed of their start at zero.

    m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − ηₜ m / (√v + ε) with ηₜ = η √(1 − β₂ᵗ) / (1 − β₁ᵗ).

    Parameters
    ----------
    rate : float, default 0.001
        η, about the largest step that any parameter makes.
    beta1, beta2 : float, default 0.9 and 0.999
        The memories of the average gradient and of the average square.
    epsilon : float, default 1e-8
        ε, keeps the division finite.

    Raises
    ------
    ValueError
        If ``beta1`` or ``beta2`` does not lie in [0, 1).

    Notes
    -----
    This is the efficient form at the end of the paper's section 2, which scikit-learn uses too: the bias correction
    of both averages is one number a step, and ε is added to √v as it is. The paper's algorithm 1 adds ε after the
    correction, as if it were ε √(1 − β₂ᵗ) here: thirty times less at the first step, the same in the long run.

    References
    ----------
    Kingma, Ba (2015), Adam: a method for stochastic optimization, section 2.

    Examples
    --------
    The first step is η, whatever the size of the gradient.

    >>> from mlnn.schedule import Time
    >>> adam, zero = Adam(), np.zeros(2)
    >>> (correction,) = adam.coefficients(Time(np.array([1]), np.array([0.0]), epochs=1))
    >>> theta, state = adam.update(zero, np.array([0.02, -300.0]), (zero, zero), 0.5, 0.0, *correction.tolist())
    >>> theta.round(4)
    array([-0.5,  0.5])
    """

    slots = 2

    rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction(beta1=self.beta1, beta2=self.beta2)

    def coefficients(self, time: Time) -> Arrays:
        """Return √(1 − β₂ᵗ) / (1 − β₁ᵗ)."""
        return (np.sqrt(1.0 - self.beta2**time.step) / (1.0 - self.beta1**time.step),)

    def moments(self, gradient: Array, state: State) -> State:
        """Return the next m and v."""
        mean, square = state
        return running_mean(mean, gradient, self.beta1), running_mean(square, np.square(gradient), self.beta2)

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        mean, square = self.moments(gradient, state)
        (correction,) = coefficients
        return theta - rate * correction * mean / (np.sqrt(square) + self.epsilon), (mean, square)
