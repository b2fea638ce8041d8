"""Maxout: the largest of several linear pieces, which the weights before it learn."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mlnn.array import Array, Arrays
from mlnn.gate import Step
from mlnn.initializer import HeNormal, Initializer
from mlnn.layer.base import Activation


@dataclass(frozen=True)
class Maxout(Activation):
    """The largest of a few neighbours: yⱼ = max(xⱼ₁ … xⱼₚ), over groups of ``pieces`` neighbouring columns.

    Backward, the winner of each group gets all of the group's dY, the first of them if several are equal.

    Shapes: X (N, H · pieces), Y (N, H). With the weights before it, each unit is a convex, piecewise linear function
    of the network's choosing.

    Parameters
    ----------
    pieces : int, default 2
        p, the number of columns in a group.

    References
    ----------
    Goodfellow, Warde-Farley, Mirza, Courville, Bengio (2013), Maxout networks, section 3.

    Examples
    --------
    >>> X = np.array([[1.0, 4.0, 9.0, 2.0]])
    >>> Maxout().forward(X)
    array([[4., 9.]])
    >>> Maxout().backward(X, np.array([[10.0, 20.0]]))
    array([[ 0., 10., 20.,  0.]])
    """

    initializer: ClassVar[Initializer] = HeNormal()

    pieces: int = 2

    def __post_init__(self) -> None:
        """Refuse groups of nothing."""
        if self.pieces < 1:
            raise ValueError(f"pieces must be at least 1, but got {self.pieces}")

    def forward(self, X: Array) -> Array:
        """Return the largest of each group."""
        return self.groups(X).max(axis=2)

    def backward(self, X: Array, top_diff: Array) -> Array:
        """Return ∂J/∂X: ``top_diff`` at the winners, 0 elsewhere."""
        d_groups = np.zeros_like(self.groups(X))
        np.put_along_axis(d_groups, self.side(X)[:, :, None], top_diff[:, :, None], axis=2)
        return d_groups.reshape(X.shape)

    def groups(self, X: Array) -> Array:
        """Return a view of shape (N, H, pieces): the third axis runs over the columns of one group."""
        return X.reshape(len(X), self.width(X.shape[1]), self.pieces)

    def side(self, x: Array) -> Array:
        """Return each group's winner, of shape (N, H): the derivative jumps where the winner changes."""
        return self.groups(x).argmax(axis=2)

    def width(self, inputs: int) -> int:
        if inputs % self.pieces:
            raise ValueError(f"Maxout needs a multiple of pieces = {self.pieces} columns, but got {inputs}")
        return inputs // self.pieces

    def inputs(self, width: int) -> int:
        return width * self.pieces

    def apply(self, p: Arrays, x: Array, step: Step | None) -> tuple[Array, None]:
        return self.forward(x), None

    def pullback(self, p: Arrays, x: Array, y: Array, memo: Any, d_y: Array, d_p: Arrays) -> Array:
        return self.backward(x, d_y)
