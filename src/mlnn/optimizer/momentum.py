"""Rules with a velocity: steps that agree add up, steps that contradict each other cancel."""

from dataclasses import dataclass

from mlnn.array import Array, Arrays
from mlnn.optimizer.base import Factor, Optimizer, State, require_fraction
from mlnn.schedule import Constant, Schedule, Time, factors_at


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent with a velocity: v ← μ v − η g, θ ← θ + v.

    Parameters
    ----------
    rate : float, default 0.01
        η.
    momentum : float or Schedule, default 0.9
        μ. The value of a schedule is the momentum itself, not a factor on it: ``Linear(0.5, 0.99)``.

    Raises
    ------
    ValueError
        If a constant ``momentum`` does not lie in [0, 1).

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods; CS231n, Neural Networks Part 3,
    SGD and bells and whistles.

    Examples
    --------
    >>> import numpy as np
    >>> theta, velocity = np.array([1.0]), np.array([0.5])
    >>> Momentum().update(theta, np.array([2.0]), (velocity,), 0.25, 0.0, 0.5)
    (array([0.75]), (array([-0.25]),))
    """

    slots = 1

    rate: float = 0.01
    momentum: float | Schedule = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.momentum, Schedule):
            require_fraction(momentum=self.momentum)

    @property
    def listens(self) -> bool:
        return isinstance(self.momentum, Schedule) and self.momentum.listens

    def coefficients(self, time: Time) -> Arrays:
        schedule = self.momentum if isinstance(self.momentum, Schedule) else Constant(self.momentum)
        return (factors_at(schedule, time),)

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        (velocity,), (momentum,) = state, coefficients
        velocity = momentum * velocity - rate * gradient
        return theta + velocity, (velocity,)


@dataclass(frozen=True)
class Nesterov(Momentum):
    """Momentum that looks ahead: v ← μ v − η g, θ ← θ + μ v − η g with the new v.

    Nesterov's method takes the gradient where the velocity is about to carry the weights. Here θ *is* that place, so
    that training needs a gradient at θ only: if x is the path without the look-ahead, x ← x + v with the gradient
    taken at x + μ v, then θ = x + μ v, and for a constant μ its step is the line above. The two meet where v = 0.

    Parameters
    ----------
    rate : float, default 0.01
        η.
    momentum : float or Schedule, default 0.9
        μ, as for ``Momentum``.

    References
    ----------
    Nesterov (1983), A method of solving a convex programming problem with convergence rate O(1/k²); Sutskever,
    Martens, Dahl, Hinton (2013), On the importance of initialization and momentum in deep learning, eq. 3-4; Bengio,
    Boulanger-Lewandowski, Pascanu (2013), Advances in optimizing recurrent networks, section 3.5 (this form).

    Examples
    --------
    >>> import numpy as np
    >>> theta, velocity = np.array([1.0]), np.array([0.5])
    >>> Nesterov().update(theta, np.array([2.0]), (velocity,), 0.25, 0.0, 0.5)
    (array([0.375]), (array([-0.25]),))
    """

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        _, (velocity,) = super().update(theta, gradient, state, rate, decay, *coefficients)
        (momentum,) = coefficients
        return theta + momentum * velocity - rate * gradient, (velocity,)
