"""The matrix product, with the tutorial's calls."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlnn.array import Array, Arrays
from mlnn.gate.base import Gate, Parameter, Step
from mlnn.initializer import Fan, Initializer


@dataclass(frozen=True)
class MultiplyGate(Gate):
    """The matrix product: Z = X W.

    Backward, dW = Xᵀ dZ and dX = dZ Wᵀ.

    Shapes: X (N, D), W (D, H), Z (N, H).

    Parameters
    ----------
    units : int, optional
        H, the number of columns of W; needed in a network, not for ``forward`` and ``backward``.
    initializer : Initializer
        How W is drawn.
    penalty, rate : float, default 1
        Factors on the penalty's strength and on the learning rate for this W.
    max_norm : float, default infinity
        Bound on the norm of each column of W, kept by projection after every step.

    References
    ----------
    Rumelhart, Hinton, Williams (1986), Learning representations by back-propagating errors, eq. 1, 6, 7.

    Examples
    --------
    >>> W, X = np.array([[1.0], [2.0]]), np.array([[3.0, 4.0]])
    >>> MultiplyGate().forward(W, X)
    array([[11.]])
    >>> dW, dX = MultiplyGate().backward(W, X, np.array([[10.0]]))
    >>> dW.ravel(), dX
    (array([30., 40.]), array([[10., 20.]]))
    """

    units: int | None = None
    initializer: Initializer = Fan()
    penalty: float = 1.0
    rate: float = 1.0
    max_norm: float = np.inf

    def __post_init__(self) -> None:
        Parameter("W", (1, 1), self.initializer, self.penalty, self.rate, self.max_norm)  # refuses what it cannot be

    def forward(self, W: Array, X: Array) -> Array:
        """Return Z = X W."""
        return X @ W

    def backward(self, W: Array, X: Array, dZ: Array) -> tuple[Array, Array]:
        """Return dW = Xᵀ dZ and dX = dZ Wᵀ."""
        return X.T @ dZ, dZ @ W.T

    def width(self, inputs: int) -> int:
        if self.units is None or self.units < 1:
            raise ValueError(f"a MultiplyGate in a network needs units of at least 1, but got {self.units}")
        return self.units

    def parameters(self, inputs: int) -> tuple[Parameter, ...]:
        shape = (inputs, self.width(inputs))
        return (Parameter("W", shape, self.initializer, self.penalty, self.rate, self.max_norm),)

    def apply(self, p: Arrays, x: Array, step: Step | None) -> tuple[Array, None]:
        return self.forward(p[0], x), None

    def pullback(self, p: Arrays, x: Array, y: Array, memo: Any, d_y: Array, d_p: Arrays) -> Array:
        d_p[0][...], d_x = self.backward(p[0], x, d_y)
        return d_x
