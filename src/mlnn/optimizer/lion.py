"""Lion: only the sign of the step is kept."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array
from mlnn.optimizer.base import Factor, Optimizer, State, require_fraction
from mlnn.optimizer.rmsprop import running_mean


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
    >>> theta, (mean,) = Lion().update(np.zeros(2), np.array([0.02, -300.0]), (np.zeros(2),), 0.5, 0.0)
    >>> theta
    array([-0.5,  0.5])
    """

    slots = 1

    rate: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.99

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction(beta1=self.beta1, beta2=self.beta2)

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        (mean,) = state
        step = np.sign(running_mean(mean, gradient, self.beta1))
        return theta - rate * step, (running_mean(mean, gradient, self.beta2),)
