"""What every optimizer shares: frozen hyperparameters, and an elementwise rule for one step."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

import numpy as np

from mlnn.array import Array, Arrays, real_number
from mlnn.schedule import Time

State: TypeAlias = Arrays

Factor: TypeAlias = Array | float


@dataclass(frozen=True)
class Optimizer(ABC):
    """A rule that moves θ against the gradient.

    The rule is elementwise: θ, the gradient and every slot of the state are vectors of length P, and no element
    looks at another. The state lives with whoever trains; the optimizer itself never changes. What varies from step
    to step and is the same for all elements (a bias correction, a scheduled momentum) comes in as ``coefficients``,
    computed for a whole block of steps before it runs.

    Two kinds of optimizer exist: rules, which have a rate of their own, and wrappers (``Wrapper``), which change what
    goes into or comes out of another optimizer.

    Raises
    ------
    TypeError, ValueError
        If the rate is no number, negative or not finite.
    """

    rate: float

    def __post_init__(self) -> None:
        real_number("rate", self.rate, 0.0)

    @property
    def slots(self) -> int:
        """Return how many vectors of state the rule keeps; all start at zero."""
        return 0

    def taking_over(self, theta: Array) -> State:
        """Return the slots of a rule that takes over at θ after steps of another: zeros, and an average begins at θ."""
        return tuple(np.zeros_like(theta) for _ in range(self.slots))

    @property
    def listens(self) -> bool:
        """Return whether ``coefficients`` look at ``time.losses``, as a momentum's schedule may."""
        return False

    def with_rate(self, rate: float) -> Self:
        """Return the same optimizer with another rate."""
        return replace(self, rate=rate)

    @abstractmethod
    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        """Return the next θ and the next state; the arguments stay as they are.

        Parameters
        ----------
        theta, gradient : array of shape (P,)
            θ and ∂J/∂θ.
        state : tuple of arrays of shape (P,)
            The slots.
        rate : float or array of shape (P,)
            This step's learning rate, schedule and per-parameter factors included.
        decay : float or array of shape (P,)
            1 where weight decay applies, 0 at biases; only ``DecoupledDecay`` looks at it.
        *coefficients : float
            This step's row of ``coefficients``, as Python floats: NumPy's own scalars would turn float32 into float64.
        """

    def coefficients(self, time: Time) -> Arrays:
        """Return the numbers that vary with the step, each a float64 array with one entry a step."""
        return ()

    def gradient_scale(self, gradient: Array) -> float:
        """Return the factor to put on the gradient before ``update``; only ``ClipNorm`` needs to see it whole."""
        return 1.0

    def weights(self, theta: Array, state: State) -> Array:
        """Return the θ to predict with: θ itself, or an average of it that the state carries."""
        return theta


def require_fraction(**hyperparameters: float) -> None:
    """Refuse a factor of a running average that does not forget (1 and above) or alternates (below 0).

    Examples
    --------
    >>> require_fraction(beta1=0.9, beta2=1.0)
    Traceback (most recent call last):
    ...
    ValueError: beta2 must lie in [0, 1), but got 1.0
    """
    for name, value in hyperparameters.items():
        if not 0.0 <= value < 1.0:
            raise ValueError(f"{name} must lie in [0, 1), but got {value}")
