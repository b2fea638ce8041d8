"""What activations share, and what layers, the elementwise ones, share: backward follows from the slope, once."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from mlnn.array import Array, Arrays
from mlnn.gate import Gate, Step
from mlnn.initializer import Glorot, Initializer


class Activation(Gate):
    """A gate that bends: what stands between two linear maps, elementwise (a ``Layer``) or not (PReLU, maxout)."""

    initializer: ClassVar[Initializer] = Glorot()
    """How the weights before this activation are drawn unless the user says otherwise."""

    def inputs(self, width: int) -> int:
        """Return how many columns must come in for ``width`` columns to go out."""
        return width


@dataclass(frozen=True)
class Layer(Activation):
    """An elementwise activation, y = f(x).

    A layer is a frozen dataclass: its hyperparameters are its fields, ``forward`` is its formula and ``slope`` its
    derivative. Both are plain NumPy ufunc expressions (maximum, exp, comparisons; no ``np.where``, no indexing),
    because an engine may trace them into another language. Six lines make a new one::

        @dataclass(frozen=True)
        class Bent(Layer):
            def forward(self, x):
                return (np.sqrt(x * x + 1.0) - 1.0) / 2.0 + x
            def slope(self, x, y):
                return x / (2.0 * np.sqrt(x * x + 1.0)) + 1.0
    """

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """Return y = f(x), element by element."""

    @abstractmethod
    def slope(self, x: Array, y: Array) -> Array:
        """Return dy/dx, where y = forward(x) is already known."""

    def backward(self, X: Array, top_diff: Array) -> Array:
        """Return ∂J/∂X = f′(X) · ∂J/∂Y, where ``top_diff`` is ∂J/∂Y."""
        return self.slope(X, self.forward(X)) * top_diff

    def apply(self, p: Arrays, x: Array, step: Step | None) -> tuple[Array, Any]:
        return self.forward(x), None

    def pullback(self, p: Arrays, x: Array, y: Array, memo: Any, d_y: Array, d_p: Arrays) -> Array:
        return self.slope(x, y) * d_y
