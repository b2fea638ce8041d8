"""Squashing layers: the identity, and the functions that saturate at both ends."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlnn.array import Array
from mlnn.layer.base import Layer


@dataclass(frozen=True)
class Identity(Layer):
    """Nothing happens: y = x, y′ = 1.

    Examples
    --------
    >>> Identity().backward(np.array([-2.0, 3.0]), np.array([5.0, 7.0]))
    array([5., 7.])
    """

    def forward(self, x: Array) -> Array:
        return x

    def slope(self, x: Array, y: Array) -> Array:
        """Return 1, in the shape and precision of y."""
        return 0.0 * y + 1.0


@dataclass(frozen=True)
class Sigmoid(Layer):
    """The logistic function: y = 1 / (1 + e⁻ˣ), y′ = y (1 − y).

    Notes
    -----
    Computed as e^min(x, 0) / (1 + e^−|x|): no exponent is positive, so nothing overflows, and for very negative x the
    result is as exact, relatively, as e^x itself.

    References
    ----------
    Rumelhart, Hinton, Williams (1986), Learning representations by back-propagating errors, eq. 2.

    Examples
    --------
    >>> Sigmoid().forward(np.array([-1e4, 0.0, np.log(3.0)])).round(12)
    array([0.  , 0.5 , 0.75])
    """

    def forward(self, x: Array) -> Array:
        return np.exp(np.minimum(x, 0.0)) / (1.0 + np.exp(-np.abs(x)))

    def slope(self, x: Array, y: Array) -> Array:
        return y * (1.0 - y)


@dataclass(frozen=True)
class Tanh(Layer):
    """The hyperbolic tangent: y = tanh x, y′ = 1 − y².

    References
    ----------
    LeCun, Bottou, Orr, Müller (1998), Efficient BackProp, section 4.4.

    Examples
    --------
    >>> X, top_diff = np.array([[0.0, 20.0]]), np.array([[3.0, 3.0]])
    >>> Tanh().forward(X), Tanh().backward(X, top_diff)
    (array([[0., 1.]]), array([[3., 0.]]))
    """

    def forward(self, x: Array) -> Array:
        return np.tanh(x)

    def slope(self, x: Array, y: Array) -> Array:
        return 1.0 - np.square(y)


@dataclass(frozen=True)
class Softsign(Layer):
    """A squashing function with slow, polynomial tails: y = x / (1 + |x|), y′ = 1 / (1 + |x|)².

    References
    ----------
    Bergstra, Desjardins, Lamblin, Bengio (2009), Quadratic polynomials learn better image features.

    Examples
    --------
    >>> Softsign().forward(np.array([-3.0, 0.0, 1.0]))
    array([-0.75,  0.  ,  0.5 ])
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)

    def forward(self, x: Array) -> Array:
        return x / (1.0 + np.abs(x))

    def slope(self, x: Array, y: Array) -> Array:
        # (1 − |y|)² is the same number, but far out, where |y| is nearly 1, most of its digits cancel.
        return 1.0 / np.square(1.0 + np.abs(x))


@dataclass(frozen=True)
class HardTanh(Layer):
    """The identity between two walls: y = max(−1, min(x, 1)), y′ = 1 where |x| < 1, else 0.

    References
    ----------
    Collobert (2004), Large scale machine learning, PhD thesis, Université Paris VI.

    Examples
    --------
    >>> HardTanh().forward(np.array([-2.0, 0.5, 2.0]))
    array([-1. ,  0.5,  1. ])
    """

    kinks: ClassVar[tuple[float, ...]] = (-1.0, 1.0)

    def forward(self, x: Array) -> Array:
        return np.maximum(np.minimum(x, 1.0), -1.0)

    def slope(self, x: Array, y: Array) -> Array:
        """Return 1 where |x| < 1, which is where |y| < 1, else 0."""
        return np.heaviside(1.0 - np.abs(y), 0.0)
