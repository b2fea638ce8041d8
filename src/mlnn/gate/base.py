"""What every gate shares: parameters it declares, a width, and ``apply`` / ``pullback`` on views of θ.

``apply`` and ``pullback`` are a gate's forward and backward with the parameters taken from named views of the flat
vector θ: what a chain needs to hold any gate.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from mlnn.array import Array, Arrays
from mlnn.initializer import Initializer


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

    def __post_init__(self) -> None:
        """Refuse factors that would turn penalties or steps around, or leave no finite number."""
        for name, factor in ("penalty", self.penalty), ("rate", self.rate):
            if not 0.0 <= factor < np.inf:
                raise ValueError(f"the {name} factor of {self.letter} must be finite and at least 0, but got {factor}")
        if not self.max_norm > 0.0:
            raise ValueError(f"the bound max_norm of {self.letter} must be above 0, but got {self.max_norm}")


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
    def apply(self, p: Arrays, x: Array, step: Step | None) -> tuple[Array, Any]:
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
    def pullback(self, p: Arrays, x: Array, y: Array, memo: Any, d_y: Array, d_p: Arrays) -> Array:
        """Run backward in a chain: fill ``d_p`` with ∂J/∂p and return ∂J/∂x, given ``d_y`` = ∂J/∂y."""

    def observe(self, p: Arrays, memo: Any, afresh: bool = False) -> None:
        """After a training step: move running statistics towards the batch's, or ``afresh``, replace them."""
        return  # most gates have none

    def side(self, x: Array) -> Array:
        """Tell on which side of each kink every input lies; a difference quotient across a kink means nothing."""
        return np.searchsorted(self.kinks, x, side="left")
