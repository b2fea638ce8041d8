"""Smooth rectifiers: zero far left, x far right, and every derivative in between."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlnn.array import Array
from mlnn.initializer import HeNormal, Initializer
from mlnn.layer.base import Layer
from mlnn.layer.squashing import Sigmoid, Tanh


@dataclass(frozen=True)
class Softplus(Layer):
    """The smooth positive part: y = log(1 + eˣ), y′ = sigmoid(x).

    Notes
    -----
    Computed as max(x, 0) + log(1 + e^−|x|): no exponent is positive, so nothing overflows.

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau, Garcia (2001), Incorporating second-order functional knowledge for better option
    pricing.

    Examples
    --------
    >>> Softplus().forward(np.array([-1e4, 0.0, 10.0])).round(4)
    array([ 0.    ,  0.6931, 10.    ])
    """

    initializer: ClassVar[Initializer] = HeNormal()

    def forward(self, x: Array) -> Array:
        return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))

    def slope(self, x: Array, y: Array) -> Array:
        return Sigmoid().forward(x)


@dataclass(frozen=True)
class GELU(Layer):
    """The Gaussian error linear unit: y = x Φ(x), y′ = Φ(x) + x φ(x).

    Φ(x) = (1 + erf(x/√2)) / 2 is the standard normal distribution function and φ(x) = e^(−x²/2) / √(2π) its density.

    References
    ----------
    Hendrycks, Gimpel (2016), Gaussian error linear units, section 2 (the exact form, not the tanh approximation).

    Examples
    --------
    >>> GELU().forward(np.array([-1.0, 0.0, 1.0])).round(4)
    array([-0.1587,  0.    ,  0.8413])
    """

    initializer: ClassVar[Initializer] = HeNormal()

    def forward(self, x: Array) -> Array:
        return x * self.gate(x)

    def slope(self, x: Array, y: Array) -> Array:
        density = np.exp(-0.5 * np.square(x)) / math.sqrt(2.0 * math.pi)
        return self.gate(x) + x * density

    def gate(self, x: Array) -> Array:
        """Return Φ(x), the share of x that passes."""
        # Imported here because scipy.special takes longer to load than mlnn itself, and only GELU needs it.
        from scipy.special import erf

        share: Array = 0.5 * (1.0 + erf(x / math.sqrt(2.0)))
        return share


@dataclass(frozen=True)
class SiLU(Layer):
    """The sigmoid linear unit, also called swish: y = x σ(x), y′ = σ(x) + y (1 − σ(x)), where σ is the sigmoid.

    References
    ----------
    Elfwing, Uchibe, Doya (2018), Sigmoid-weighted linear units for neural network function approximation in
    reinforcement learning.

    Examples
    --------
    >>> SiLU().forward(np.array([0.0, np.log(3.0)])).round(4)
    array([0.   , 0.824])
    """

    initializer: ClassVar[Initializer] = HeNormal()

    def forward(self, x: Array) -> Array:
        return x * Sigmoid().forward(x)

    def slope(self, x: Array, y: Array) -> Array:
        share = Sigmoid().forward(x)
        return share + y * (1.0 - share)


@dataclass(frozen=True)
class Mish(Layer):
    """A self-gated unit: y = x tanh(softplus(x)), y′ = tanh(p) + x tanh′(p) p′ with p = softplus(x).

    References
    ----------
    Misra (2020), Mish: a self regularized non-monotonic activation function.

    Examples
    --------
    >>> Mish().forward(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.8651])
    """

    initializer: ClassVar[Initializer] = HeNormal()

    def forward(self, x: Array) -> Array:
        return x * Tanh().forward(Softplus().forward(x))

    def slope(self, x: Array, y: Array) -> Array:
        """Return tanh(p) + x tanh′(p) p′ with p = softplus(x)."""
        plus = Softplus().forward(x)
        share = Tanh().forward(plus)
        return share + x * Tanh().slope(plus, share) * Softplus().slope(x, plus)
