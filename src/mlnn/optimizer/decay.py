"""Weight decay apart from the gradient, and Adam with it."""

from dataclasses import dataclass, field

from mlnn.array import Array, real_number
from mlnn.optimizer.adam import Adam
from mlnn.optimizer.base import Factor, Optimizer, State
from mlnn.optimizer.wrapper import Wrapper


@dataclass(frozen=True)
class DecoupledDecay(Wrapper):
    """Weights shrink by themselves, apart from the gradient: θ′ = step(θ, g) − η λ d θ, d = 1 at weights, 0 at biases.

    An L2 penalty's gradient λ θ would be divided by Adam's √v like any other; here every weight shrinks alike. θ is
    shrunk before the inner step is added to it, which is the same for every rule whose step depends on the gradient
    and the state alone, and lets an ``Averaged`` inside see the whole step.

    Parameters
    ----------
    optimizer : Optimizer
        The inner optimizer.
    strength : float, default 0.01
        λ, multiplied by the scheduled learning rate η.

    Raises
    ------
    TypeError, ValueError
        If ``strength`` is no number, not finite, or negative: weights would grow.

    References
    ----------
    Loshchilov, Hutter (2019), Decoupled weight decay regularization, algorithms 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> from mlnn.optimizer.sgd import SGD
    >>> theta, weight = np.array([8.0, 8.0]), np.array([1.0, 0.0])
    >>> DecoupledDecay(SGD(), strength=0.5).update(theta, np.zeros(2), (), 0.25, weight)[0]
    array([7., 8.])
    """

    strength: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        real_number("strength", self.strength, 0.0)

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        shrunk = theta - rate * self.strength * decay * theta
        return super().update(shrunk, gradient, state, rate, decay, *coefficients)


@dataclass(frozen=True)
class AdamW(DecoupledDecay):
    """Adam with decoupled weight decay; ``AdamW().with_rate(0.01)`` sets its rate.

    References
    ----------
    Loshchilov, Hutter (2019), Decoupled weight decay regularization, algorithm 2.

    Examples
    --------
    >>> AdamW(strength=0.1)
    AdamW(optimizer=Adam(rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08), strength=0.1)
    """

    optimizer: Optimizer = field(default_factory=Adam)
