"""Gates: the nodes of the computation graph, each with a forward and a hand-written backward.

``MultiplyGate`` and ``AddGate`` have the tutorial's calls. ``Gate`` adds what a chain needs to hold any gate: the
parameters it declares, the width it makes of the width it gets, and ``apply`` / ``pullback``, which are its forward
and backward with the parameters taken from named views of the flat vector θ.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from mlnn.array import Array
from mlnn.initializer import Constant, Fan, Initializer


class Step(NamedTuple):
    """Where in training a forward pass stands; ``None`` in its place means prediction.

    Everything random in a pass is a function of these three numbers and of the position in the batch, so every
    engine, every resumed run and every evaluation inside a gradient check sees the same bits.
    """

    seed: int = 0
    number: int = 0
    gate: int = 0


@dataclass(frozen=True)
class Parameter:
    """The declaration of one parameter tensor of a gate.

    Parameters
    ----------
    letter : str
        Its name within the gate; the network numbers it (``W`` becomes ``W1``, ``W2`` …).
    shape : tuple of int
        Its shape.
    initializer : Initializer
        How its first values are drawn.
    penalty : float, default 0
        Factor on the strength of penalties and weight decay; 0 for biases, gains and statistics.
    rate : float, default 1
        Factor on the learning rate.
    max_norm : float, default infinity
        Bound on the Euclidean norm of each column (the weights into one unit).
    trained : bool, default True
        False for running statistics: they lie in θ, so that a model is one vector, but no gradient moves them.
    """

    letter: str
    shape: tuple[int, ...]
    initializer: Initializer
    penalty: float = 0.0
    rate: float = 1.0
    max_norm: float = np.inf
    trained: bool = True


class Gate(ABC):
    """A node of the chain: one input matrix, one output matrix, possibly parameters."""

    kinks: ClassVar[tuple[float, ...]] = ()
    """Inputs at which the formula has no derivative (or a jump in its second); the gradient check must know them."""

    def width(self, inputs: int) -> int:
        """Return the number of columns of the output for ``inputs`` columns of the input."""
        return inputs

    def parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """Declare the parameters for ``inputs`` columns of the input."""
        return ()

    @abstractmethod
    def apply(self, p: tuple[Array, ...], x: Array, step: Step | None) -> tuple[Array, Any]:
        """Run forward in a chain.

        Parameters
        ----------
        p : tuple of arrays
            Views of θ, in the order in which the gate declared them.
        x : array of shape (N, inputs)
            The rows.
        step : Step or None
            The training step, or None in prediction.

        Returns
        -------
        y : array of shape (N, width)
            The output.
        memo : object
            Whatever the pullback should not compute twice.
        """

    @abstractmethod
    def pullback(
        self, p: tuple[Array, ...], x: Array, y: Array, memo: Any, d_y: Array, d_p: tuple[Array, ...]
    ) -> Array:
        """Run backward in a chain: fill ``d_p`` with ∂J/∂p and return ∂J/∂x, given ``d_y`` = ∂J/∂y."""

    def observe(self, p: tuple[Array, ...], memo: Any, afresh: bool = False) -> None:
        """After a training step: move running statistics towards the batch's, or ``afresh``, replace them."""
        return  # most gates have none

    def side(self, x: Array) -> Array:
        """Tell on which side of each kink every input lies; a difference quotient across a kink means nothing."""
        return np.searchsorted(self.kinks, x, side="left")


@dataclass(frozen=True)
class MultiplyGate(Gate):
    """The matrix product: Z = X W.

    Backward, dW = Xᵀ dZ and dX = dZ Wᵀ.

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

    Notes
    -----
    Shapes: X (N, D), W (D, H), Z (N, H).

    References
    ----------
    Rumelhart, Hinton, Williams (1986), Learning representations by back-propagating errors, eq. 1, 6, 7.

    Examples
    --------
    >>> import numpy as np
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

    def forward(self, W: Array, X: Array) -> Array:
        """Return Z = X W."""
        return X @ W

    def backward(self, W: Array, X: Array, dZ: Array) -> tuple[Array, Array]:
        """Return dW = Xᵀ dZ and dX = dZ Wᵀ."""
        return X.T @ dZ, dZ @ W.T

    def width(self, inputs: int) -> int:
        """Return ``units``."""
        if self.units is None or self.units < 1:
            raise ValueError(f"a MultiplyGate in a network needs units of at least 1, but got {self.units}")
        return self.units

    def parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """Declare W."""
        shape = (inputs, self.width(inputs))
        return (Parameter("W", shape, self.initializer, self.penalty, self.rate, self.max_norm),)

    def apply(self, p: tuple[Array, ...], x: Array, step: Step | None) -> tuple[Array, None]:
        """Multiply by the network's W."""
        return self.forward(p[0], x), None

    def pullback(
        self, p: tuple[Array, ...], x: Array, y: Array, memo: Any, d_y: Array, d_p: tuple[Array, ...]
    ) -> Array:
        """Fill dW, return dX."""
        d_p[0][...], d_x = self.backward(p[0], x, d_y)
        return d_x


@dataclass(frozen=True)
class AddGate(Gate):
    """The bias: Z = X + b, the same row b added to every row of X.

    Backward, db = 1ᵀ dZ (the sum over rows) and dX = dZ.

    Parameters
    ----------
    initializer : Initializer
        How b is drawn.
    rate : float, default 1
        Factor on the learning rate for this b.

    Notes
    -----
    Shapes: X (N, H), b (1, H), Z (N, H). Penalties leave b alone: a bias shifts the output and does not make it
    more complex.

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, eq. 5.2 (the bias as w₀) and 5.53.

    Examples
    --------
    >>> import numpy as np
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

    def forward(self, X: Array, b: Array) -> Array:
        """Return Z = X + b."""
        return X + b

    def backward(self, X: Array, b: Array, dZ: Array) -> tuple[Array, Array]:
        """Return db = 1ᵀ dZ and dX = dZ."""
        return np.ones((1, len(dZ)), dZ.dtype) @ dZ, dZ

    def parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """Declare b."""
        return (Parameter("b", (1, inputs), self.initializer, rate=self.rate),)

    def apply(self, p: tuple[Array, ...], x: Array, step: Step | None) -> tuple[Array, None]:
        """Add the network's b."""
        return self.forward(x, p[0]), None

    def pullback(
        self, p: tuple[Array, ...], x: Array, y: Array, memo: Any, d_y: Array, d_p: tuple[Array, ...]
    ) -> Array:
        """Fill db, return dX."""
        d_p[0][...], d_x = self.backward(x, p[0], d_y)
        return d_x
