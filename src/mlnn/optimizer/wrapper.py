"""Wrappers: what may be put around any optimizer, in any order, to change what goes in or what comes out."""

import math
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from mlnn.array import Array
from mlnn.optimizer.adaptive import Adam
from mlnn.optimizer.base import Factor, Optimizer, State
from mlnn.schedule import Time


@dataclass(frozen=True)
class Wrapper(Optimizer):
    """An optimizer around another. Left as it is, it hands everything through.

    A wrapper that keeps state appends its slots behind those of the inner optimizer, and its coefficients likewise.
    The rate is the inner optimizer's: ``with_rate`` changes it there.

    Parameters
    ----------
    optimizer : Optimizer
        The inner optimizer, possibly a wrapper too.

    Examples
    --------
    >>> Wrapper(Adam(rate=0.01)).rate, Wrapper(Adam()).with_rate(0.5).optimizer.rate
    (0.01, 0.5)
    """

    rate: float = field(init=False, repr=False, compare=False)
    optimizer: Optimizer

    def __post_init__(self) -> None:
        """Show the inner rate as one's own: both are frozen, so the two cannot come apart."""
        object.__setattr__(self, "rate", self.optimizer.rate)

    @property
    def slots(self) -> int:
        """Return the inner optimizer's."""
        return self.optimizer.slots

    def with_rate(self, rate: float) -> Self:
        """Return the same wrapper around the inner optimizer with another rate."""
        return replace(self, optimizer=self.optimizer.with_rate(rate))

    def coefficients(self, time: Time) -> tuple[Array, ...]:
        """Return the inner optimizer's."""
        return self.optimizer.coefficients(time)

    def gradient_scale(self, gradient: Array) -> float:
        """Return the inner optimizer's."""
        return self.optimizer.gradient_scale(gradient)

    def weights(self, theta: Array, state: State) -> Array:
        """Return the inner optimizer's."""
        return self.optimizer.weights(theta, state)

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        """Return the inner optimizer's."""
        return self.optimizer.update(theta, gradient, state, rate, decay, *coefficients)


def _require_limit(limit: float) -> None:
    """Refuse a limit that would turn gradients around, or leave nothing of them."""
    if not limit > 0.0:
        raise ValueError(f"limit must be above 0, but got {limit}")


@dataclass(frozen=True)
class ClipValue(Wrapper):
    """Each element of the gradient is kept within ±limit: g ← max(−limit, min(g, limit)).

    Parameters
    ----------
    optimizer : Optimizer
        Who gets the clipped gradient.
    limit : float, default 1.0
        The bound.

    Raises
    ------
    ValueError
        If ``limit`` is not positive.

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep Learning, section 10.11.1.

    Examples
    --------
    >>> import numpy as np
    >>> from mlnn.optimizer.base import SGD
    >>> ClipValue(SGD(), limit=2.0).update(np.zeros(3), np.array([-9.0, 1.0, 9.0]), (), 0.5, 0.0)[0]
    array([ 1. , -0.5, -1. ])
    """

    limit: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a limit of zero or less."""
        super().__post_init__()
        _require_limit(self.limit)

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        """Return the inner step for the clipped gradient."""
        clipped = np.maximum(-self.limit, np.minimum(gradient, self.limit))
        return super().update(theta, clipped, state, rate, decay, *coefficients)


@dataclass(frozen=True)
class ClipNorm(Wrapper):
    """The gradient as a whole is kept within a ball: g ← g · min(1, limit / ‖g‖₂), the direction unchanged.

    Parameters
    ----------
    optimizer : Optimizer
        Who gets the scaled gradient.
    limit : float, default 1.0
        The radius.

    Raises
    ------
    ValueError
        If ``limit`` is not positive.

    Notes
    -----
    A rule never sees the gradient whole, so the scale is put on before ``update``: wherever a ``ClipNorm`` stands
    among wrappers, it measures the gradient as it arrives, before any ``ClipValue``.

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), On the difficulty of training recurrent neural networks, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from mlnn.optimizer.base import SGD
    >>> ClipNorm(SGD(), limit=1.0).gradient_scale(np.array([3.0, 4.0]))
    0.2
    """

    limit: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a limit of zero or less."""
        super().__post_init__()
        _require_limit(self.limit)

    def gradient_scale(self, gradient: Array) -> float:
        """Return min(1, limit / ‖g‖₂), times what the inner optimizer still wants of the gradient so scaled."""
        norm = math.sqrt(np.sum(np.square(gradient, dtype=np.float64)))
        scale = self.limit / max(norm, self.limit)
        return scale * super().gradient_scale(scale * gradient)


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
    ValueError
        If ``strength`` is negative: weights would grow.

    References
    ----------
    Loshchilov, Hutter (2019), Decoupled weight decay regularization, algorithms 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> from mlnn.optimizer.base import SGD
    >>> theta, weight = np.array([8.0, 8.0]), np.array([1.0, 0.0])
    >>> DecoupledDecay(SGD(), strength=0.5).update(theta, np.zeros(2), (), 0.25, weight)[0]
    array([7., 8.])
    """

    strength: float = 0.01

    def __post_init__(self) -> None:
        """Refuse growth."""
        super().__post_init__()
        if not self.strength >= 0.0:
            raise ValueError(f"strength must be at least 0, but got {self.strength}")

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        """Return the inner step from θ − η λ d θ."""
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


@dataclass(frozen=True)
class Averaged(Wrapper):
    """Training goes on as before, but predictions use an average a of the path: a ← a + max(1 − ρ, 1/t) (θ − a).

    Parameters
    ----------
    optimizer : Optimizer
        The inner optimizer.
    decay : float, default 1.0
        ρ. 1 gives the plain mean of θ after every step; less gives an exponential moving average over about
        1 / (1 − ρ) steps, which is the plain mean until it has seen that many.

    Raises
    ------
    ValueError
        If ``decay`` does not lie in [0, 1].

    Notes
    -----
    The average begins with the first step; before it, the slot is zero like every other.

    References
    ----------
    Polyak, Juditsky (1992), Acceleration of stochastic approximation by averaging; Ruppert (1988), Efficient
    estimations from a slowly convergent Robbins-Monro process.

    Examples
    --------
    >>> import numpy as np
    >>> from mlnn.optimizer.base import SGD
    >>> theta, state = Averaged(SGD()).update(np.array([1.0]), np.array([2.0]), (np.array([3.0]),), 0.5, 0.0, 0.5)
    >>> theta, Averaged(SGD()).weights(theta, state)
    (array([0.]), array([1.5]))
    """

    decay: float = 1.0

    def __post_init__(self) -> None:
        """Refuse an average that leaves the path."""
        super().__post_init__()
        if not 0.0 <= self.decay <= 1.0:
            raise ValueError(f"decay must lie in [0, 1], but got {self.decay}")

    @property
    def slots(self) -> int:
        """Return the inner optimizer's and 1: the average."""
        return super().slots + 1

    def coefficients(self, time: Time) -> tuple[Array, ...]:
        """Return the inner optimizer's and the weight of the new θ, max(1 − ρ, 1/t)."""
        return *super().coefficients(time), np.maximum(1.0 - self.decay, 1.0 / time.step)

    def weights(self, theta: Array, state: State) -> Array:
        """Return the average."""
        return state[-1]

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        """Return the inner step, and the average moved towards it."""
        *inner, average = state
        *passed, weight = coefficients
        theta, slots = super().update(theta, gradient, tuple(inner), rate, decay, *passed)
        return theta, (*slots, average + weight * (theta - average))
