"""The bias, with the tutorial's calls."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlnn.array import Array, Arrays
from mlnn.gate.base import Gate, Parameter, Step
from mlnn.initializer import Constant, Initializer


@dataclass(frozen=True)
class AddGate(Gate):
    """The bias: Z = X + b, the same row b added to every row of X.

    Backward, db = 1ᵀ dZ (the sum over rows) and dX = dZ.

    Shapes: X (N, H), b (1, H), Z (N, H). Penalties leave b alone: a bias shifts the output and does not make it
    more complex.

    Parameters
    ----------
    initializer : Initializer
        How b is drawn.
    rate : float, default 1
        Factor on the learning rate for this b.

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, eq. 5.2 (the bias as w₀) and 5.53.

    Examples
    --------
    >>> X, b = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[10.0, 20.0]])
    >>> AddGate().forward(X, b)
    array([[11., 22.],
           [13., 24.]])
    >>> db, dX = AddGate().backward(X, b, np.ones((2, 2)))
    >>> db
    array([[2., 2.]])
    """

    initializer: Initializer = Constant()
    rate: float = 1.0

    def __post_init__(self) -> None:
        self.parameters(1)  # refuses a rate that it cannot have

    def forward(self, X: Array, b: Array) -> Array:
        """Return Z = X + b."""
        return X + b

    def backward(self, X: Array, b: Array, dZ: Array) -> tuple[Array, Array]:
        """Return db = 1ᵀ dZ and dX = dZ."""
        return np.ones((1, len(dZ)), dZ.dtype) @ dZ, dZ

    def parameters(self, inputs: int) -> tuple[Parameter, ...]:
        return (Parameter("b", (1, inputs), self.initializer, rate=self.rate),)

    def apply(self, p: Arrays, x: Array, step: Step | None) -> tuple[Array, None]:
        return self.forward(x, p[0]), None

    def pullback(self, p: Arrays, x: Array, y: Array, memo: Any, d_y: Array, d_p: Arrays) -> Array:
        d_p[0][...], d_x = self.backward(x, p[0], d_y)
        return d_x
