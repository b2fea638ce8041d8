"""Rectifiers: layers that pass what is positive, and the two activations that learn what to do with the rest."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlnn.array import Array
from mlnn.initializer import Fan, HeNormal, Initializer
from mlnn.layer.base import Layer


@dataclass(frozen=True)
class ReLU(Layer):
    """The rectified linear unit: y = max(x, 0), y′ = 1 where x > 0, else 0.

    References
    ----------
    Nair, Hinton (2010), Rectified linear units improve restricted Boltzmann machines.

    Examples
    --------
    >>> ReLU().forward(np.array([-2.0, 3.0]))
    array([0., 3.])
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)
    initializer: ClassVar[Initializer] = HeNormal()

    def forward(self, x: Array) -> Array:
        return np.maximum(x, 0.0)

    def slope(self, x: Array, y: Array) -> Array:
        """Return 1 where x > 0, which is where y > 0, else 0."""
        return np.heaviside(y, 0.0)


def leaky(x: Array, leak: float | Array) -> Array:
    """Return max(x, 0) + leak · min(x, 0), the formula that LeakyReLU and PReLU share."""
    return np.maximum(x, 0.0) + leak * np.minimum(x, 0.0)


def leaky_slope(x: Array, leak: float | Array) -> Array:
    """Return the derivative of ``leaky`` by x: 1 where x > 0, else leak."""
    right = np.heaviside(x, 0.0)
    return right + leak * (1.0 - right)


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """A rectifier that never quite dies: y = max(x, 0) + leak · min(x, 0), y′ = 1 where x > 0, else leak.

    Parameters
    ----------
    leak : float, default 0.01
        The slope on the negative side.

    References
    ----------
    Maas, Hannun, Ng (2013), Rectifier nonlinearities improve neural network acoustic models.

    Examples
    --------
    >>> LeakyReLU(leak=0.1).forward(np.array([-2.0, 3.0]))
    array([-0.2,  3. ])
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)
    initializer: ClassVar[Initializer] = HeNormal()

    leak: float = 0.01

    def forward(self, x: Array) -> Array:
        return leaky(x, self.leak)

    def slope(self, x: Array, y: Array) -> Array:
        return leaky_slope(x, self.leak)


@dataclass(frozen=True)
class ELU(Layer):
    """The exponential linear unit: y = max(x, 0) + α (e^min(x, 0) − 1); y′ = 1 where x > 0, else y + α.

    Parameters
    ----------
    alpha : float, default 1
        α, how far below zero the left end saturates; positive.

    References
    ----------
    Clevert, Unterthiner, Hochreiter (2016), Fast and accurate deep network learning by exponential linear units.

    Examples
    --------
    >>> ELU().forward(np.array([-1e4, -np.log(2.0), 3.0])).round(12)
    array([-1. , -0.5,  3. ])
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)
    initializer: ClassVar[Initializer] = HeNormal()

    alpha: float = 1.0

    def __post_init__(self) -> None:
        """Refuse an α that would turn the left side upside down."""
        if not self.alpha > 0.0:
            raise ValueError(f"alpha must be positive, but got {self.alpha}")

    def forward(self, x: Array) -> Array:
        return np.maximum(x, 0.0) + self.alpha * np.expm1(np.minimum(x, 0.0))

    def slope(self, x: Array, y: Array) -> Array:
        """Return 1 where x > 0, which is where y > 0, else y + α = α eˣ."""
        right = np.heaviside(y, 0.0)
        return right + (1.0 - right) * (np.minimum(y, 0.0) + self.alpha)


@dataclass(frozen=True)
class SELU(Layer):
    """The self-normalizing unit: y = λ ELU(x; α) with λ ≈ 1.0507 and α ≈ 1.6733, y′ = λ ELU′(x; α).

    Notes
    -----
    With these two constants, and weights of variance 1/D, mean 0 and variance 1 are a stable fixed point of the map
    from one layer's activations to the next.

    References
    ----------
    Klambauer, Unterthiner, Mayr, Hochreiter (2017), Self-normalizing neural networks, eq. 2.

    Examples
    --------
    >>> SELU().forward(np.array([-1e4, 0.0, 1.0])).round(4)
    array([-1.7581,  0.    ,  1.0507])
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)
    initializer: ClassVar[Initializer] = Fan()

    scale: ClassVar[float] = 1.0507009873554804934
    unscaled: ClassVar[ELU] = ELU(alpha=1.6732632423543772848)

    def forward(self, x: Array) -> Array:
        return self.scale * self.unscaled.forward(x)

    def slope(self, x: Array, y: Array) -> Array:
        return self.scale * self.unscaled.slope(x, y / self.scale)
