"""Rules that give each parameter a step size of its own, learned from the sizes of its past gradients."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array
from mlnn.optimizer.base import Factor, Optimizer, State, require_fraction
from mlnn.schedule import Time


def running_mean(mean: Array, value: Array, memory: float) -> Array:
    """Return the exponential moving average: memory · mean + (1 − memory) · value."""
    return memory * mean + (1.0 - memory) * value


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
    >>> import numpy as np
    >>> Adagrad(epsilon=0.0).update(np.array([1.0]), np.array([3.0]), (np.array([16.0]),), 0.5, 0.0)
    (array([0.7]), (array([25.]),))
    """

    rate: float = 0.01
    epsilon: float = 1e-8

    @property
    def slots(self) -> int:
        """Return 1: the sum of squares s."""
        return 1

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        """Return θ − η g / (√s′ + ε) and s′ = s + g²."""
        (total,) = state
        total = total + np.square(gradient)
        return theta - rate * gradient / (np.sqrt(total) + self.epsilon), (total,)


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Adagrad that forgets: v ← ρ v + (1 − ρ) g², θ ← θ − η g / (√v + ε).

    Parameters
    ----------
    rate : float, default 0.001
        η.
    decay : float, default 0.9
        ρ, the memory of the average; it spans about 1 / (1 − ρ) steps.
    epsilon : float, default 1e-8
        ε, keeps the division finite.

    Raises
    ------
    ValueError
        If ``decay`` does not lie in [0, 1).

    References
    ----------
    Tieleman, Hinton (2012), Neural networks for machine learning, lecture 6.5; CS231n, Neural Networks Part 3,
    Per-parameter adaptive learning rates.

    Examples
    --------
    >>> import numpy as np
    >>> RMSprop(decay=0.5, epsilon=0.0).update(np.array([1.0]), np.array([1.0]), (np.array([7.0]),), 0.5, 0.0)
    (array([0.75]), (array([4.]),))
    """

    rate: float = 0.001
    decay: float = 0.9
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        """Refuse an average that never moves."""
        require_fraction(decay=self.decay)

    @property
    def slots(self) -> int:
        """Return 1: the mean square v."""
        return 1

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        """Return θ − η g / (√v′ + ε) and v′ = ρ v + (1 − ρ) g²."""
        (square,) = state
        square = running_mean(square, np.square(gradient), self.decay)
        return theta - rate * gradient / (np.sqrt(square) + self.epsilon), (square,)


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
    >>> import numpy as np
    >>> slots = np.array([7.0]), np.array([1.0])
    >>> Adadelta(decay=0.5, epsilon=0.0).update(np.array([1.0]), np.array([1.0]), slots, 1.0, 0.0)
    (array([0.5]), (array([4.]), array([0.625])))
    """

    rate: float = 1.0
    decay: float = 0.9
    epsilon: float = 1e-6

    def __post_init__(self) -> None:
        """Refuse an average that never moves."""
        require_fraction(decay=self.decay)

    @property
    def slots(self) -> int:
        """Return 2: the mean squares v of the gradient and u of the steps."""
        return 2

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        """Return θ + η Δ, v′ and u′."""
        square, moved = state
        square = running_mean(square, np.square(gradient), self.decay)
        step = -gradient * np.sqrt(moved + self.epsilon) / np.sqrt(square + self.epsilon)
        moved = running_mean(moved, np.square(step), self.decay)
        return theta + rate * step, (square, moved)


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

    >>> import numpy as np
    >>> from mlnn.schedule import Time
    >>> adam, zero = Adam(), np.zeros(2)
    >>> (correction,) = adam.coefficients(Time(np.array([1]), np.array([0.0]), epochs=1))
    >>> theta, state = adam.update(zero, np.array([0.02, -300.0]), (zero, zero), 0.5, 0.0, *correction.tolist())
    >>> theta.round(4)
    array([-0.5,  0.5])
    """

    rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        """Refuse averages that never move."""
        require_fraction(beta1=self.beta1, beta2=self.beta2)

    @property
    def slots(self) -> int:
        """Return 2: the mean m and the mean square v of the gradient."""
        return 2

    def coefficients(self, time: Time) -> tuple[Array, ...]:
        """Return √(1 − β₂ᵗ) / (1 − β₁ᵗ)."""
        return (np.sqrt(1.0 - self.beta2**time.step) / (1.0 - self.beta1**time.step),)

    def moments(self, gradient: Array, state: State) -> State:
        """Return the next m and v."""
        mean, square = state
        return running_mean(mean, gradient, self.beta1), running_mean(square, np.square(gradient), self.beta2)

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        """Return θ − ηₜ m′ / (√v′ + ε), m′ and v′."""
        mean, square = self.moments(gradient, state)
        (correction,) = coefficients
        return theta - rate * correction * mean / (np.sqrt(square) + self.epsilon), (mean, square)
