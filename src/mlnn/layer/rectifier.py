"""Rectifiers: layers that pass what is positive, and the two activations that learn what to do with the rest."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mlnn.array import Array
from mlnn.gate import Parameter, Step
from mlnn.initializer import Constant, Fan, HeNormal, Initializer
from mlnn.layer.base import Activation, Layer


@dataclass(frozen=True)
class ReLU(Layer):
    """The rectified linear unit: y = max(x, 0), y′ = 1 where x > 0, else 0.

    References
    ----------
    Nair, Hinton (2010), Rectified linear units improve restricted Boltzmann machines.

    Examples
    --------
    >>> import numpy as np
    >>> ReLU().forward(np.array([-2.0, 3.0]))
    array([0., 3.])
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)
    initializer: ClassVar[Initializer] = HeNormal()

    def forward(self, x: Array) -> Array:
        """Return max(x, 0)."""
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
    >>> import numpy as np
    >>> LeakyReLU(leak=0.1).forward(np.array([-2.0, 3.0]))
    array([-0.2,  3. ])
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)
    initializer: ClassVar[Initializer] = HeNormal()

    leak: float = 0.01

    def forward(self, x: Array) -> Array:
        """Return max(x, 0) + leak · min(x, 0)."""
        return leaky(x, self.leak)

    def slope(self, x: Array, y: Array) -> Array:
        """Return 1 where x > 0, else leak."""
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
    >>> import numpy as np
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
        """Return max(x, 0) + α (e^min(x, 0) − 1)."""
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
    >>> import numpy as np
    >>> SELU().forward(np.array([-1e4, 0.0, 1.0])).round(4)
    array([-1.7581,  0.    ,  1.0507])
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)
    initializer: ClassVar[Initializer] = Fan()

    scale: ClassVar[float] = 1.0507009873554804934
    unscaled: ClassVar[ELU] = ELU(alpha=1.6732632423543772848)

    def forward(self, x: Array) -> Array:
        """Return λ ELU(x)."""
        return self.scale * self.unscaled.forward(x)

    def slope(self, x: Array, y: Array) -> Array:
        """Return λ ELU′(x)."""
        return self.scale * self.unscaled.slope(x, y / self.scale)


@dataclass(frozen=True)
class PReLU(Activation):
    """A leaky rectifier that learns its leak, one for every unit: y = max(x, 0) + a · min(x, 0).

    Backward, da = Σ min(x, 0) dY (the sum over rows) and dX = dY where x > 0, else a dY.

    Notes
    -----
    Shapes: X (N, H), a (1, H), Y (N, H). Penalties leave a alone: pulling it to zero would only bring the plain
    rectifier back.

    References
    ----------
    He, Zhang, Ren, Sun (2015), Delving deep into rectifiers, eq. 1 to 3; a starts at 0.25, as there.

    Examples
    --------
    >>> import numpy as np
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

    def backward(self, X: Array, a: Array, dY: Array) -> tuple[Array, Array]:
        """Return da and dX."""
        return (np.minimum(X, 0.0) * dY).sum(axis=0, keepdims=True), leaky_slope(X, a) * dY

    def parameters(self, inputs: int) -> tuple[Parameter, ...]:
        """Declare a."""
        return (Parameter("a", (1, inputs), Constant(0.25)),)

    def apply(self, p: tuple[Array, ...], x: Array, step: Step | None) -> tuple[Array, None]:
        """Rectify with the network's a."""
        return self.forward(x, p[0]), None

    def pullback(
        self, p: tuple[Array, ...], x: Array, y: Array, memo: Any, d_y: Array, d_p: tuple[Array, ...]
    ) -> Array:
        """Fill da, return dX."""
        d_p[0][...], d_x = self.backward(x, p[0], d_y)
        return d_x


@dataclass(frozen=True)
class Maxout(Activation):
    """The largest of a few neighbours: yⱼ = max(xⱼ₁ … xⱼₚ), over groups of ``pieces`` neighbouring columns.

    Backward, the winner of each group gets all of the group's dY, the first of them if several are equal.

    Parameters
    ----------
    pieces : int, default 2
        p, the number of columns in a group.

    Notes
    -----
    Shapes: X (N, H · pieces), Y (N, H). With the weights before it, each unit is a convex, piecewise linear function
    of the network's choosing.

    References
    ----------
    Goodfellow, Warde-Farley, Mirza, Courville, Bengio (2013), Maxout networks, section 3.

    Examples
    --------
    >>> import numpy as np
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
        """Return inputs / pieces."""
        if inputs % self.pieces:
            raise ValueError(f"Maxout needs a multiple of pieces = {self.pieces} columns, but got {inputs}")
        return inputs // self.pieces

    def inputs(self, width: int) -> int:
        """Return width · pieces."""
        return width * self.pieces

    def apply(self, p: tuple[Array, ...], x: Array, step: Step | None) -> tuple[Array, None]:
        """Run forward in a chain."""
        return self.forward(x), None

    def pullback(
        self, p: tuple[Array, ...], x: Array, y: Array, memo: Any, d_y: Array, d_p: tuple[Array, ...]
    ) -> Array:
        """Run backward in a chain."""
        return self.backward(x, d_y)
