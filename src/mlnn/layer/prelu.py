"""A rectifier that learns its slope on the negative side, one for each unit."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mlnn.array import Array, Arrays
from mlnn.gate import Parameter, Step
from mlnn.initializer import Constant, HeNormal, Initializer
from mlnn.layer.base import Activation
from mlnn.layer.rectifier import leaky, leaky_slope


@dataclass(frozen=True)
class PReLU(Activation):
    """A leaky rectifier that learns its leak, one for every unit: y = max(x, 0) + a · min(x, 0).

    Backward, da = Σ min(x, 0) dY (the sum over rows) and dX = dY where x > 0, else a dY.

    Shapes: X (N, H), a (1, H), Y (N, H). Penalties leave a alone: pulling it to zero would only bring the plain
    rectifier back.

    References
    ----------
    He, Zhang, Ren, Sun (2015), Delving deep into rectifiers, eq. 1 to 3; a starts at 0.25, as there.

    Examples
    --------
    >>> X, a = np.array([[-2.0], [3.0]]), np.array([[0.5]])
    >>> PReLU().forward(X, a).ravel()
    array([-1.,  3.])
    >>> da, dX = PReLU().backward(X, a, np.array([[10.0], [10.0]]))
    >>> da, dX.ravel()
    (array([[-20.]]), array([ 5., 10.]))
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)
    initializer: ClassVar[Initializer] = HeNormal()

    def forward(self, X: Array, a: Array) -> Array:
        """Return max(X, 0) + a · min(X, 0)."""
        return leaky(X, a)

    def slope(self, X: Array, a: Array) -> Array:
        """Return the derivative by x, element by element: 1 where x > 0, else a."""
        return leaky_slope(X, a)

    def slope_by_leak(self, X: Array) -> Array:
        """Return the derivative by a, element by element: min(x, 0)."""
        return np.minimum(X, 0.0)

    def backward(self, X: Array, a: Array, dY: Array) -> tuple[Array, Array]:
        """Return da and dX."""
        return (self.slope_by_leak(X) * dY).sum(axis=0, keepdims=True), self.slope(X, a) * dY

    def parameters(self, inputs: int) -> tuple[Parameter, ...]:
        return (Parameter("a", (1, inputs), Constant(0.25)),)

    def apply(self, p: Arrays, x: Array, step: Step | None) -> tuple[Array, None]:
        return self.forward(x, p[0]), None

    def pullback(self, p: Arrays, x: Array, y: Array, memo: Any, d_y: Array, d_p: Arrays) -> Array:
        d_p[0][...], d_x = self.backward(x, p[0], d_y)
        return d_x
