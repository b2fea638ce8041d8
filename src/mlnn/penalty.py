"""Penalties: what is added to the loss so that weights stay small, and the projection that keeps them inside a ball."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlnn.array import Array, real_number


class Penalty(ABC):
    """A sum over the penalized parameters of a plain ufunc expression in w; biases are not penalized.

    R(θ) = Σ mᵢ f(θᵢ), where mᵢ is the strength factor of the parameter that θᵢ belongs to (0 for biases). Units: those
    of the loss.
    """

    kinks: ClassVar[tuple[float, ...]] = ()
    """Weights at which f has no derivative."""

    @abstractmethod
    def formula(self, w: Array) -> Array:
        """Return f(w), element by element."""

    @abstractmethod
    def slope(self, w: Array) -> Array:
        """Return f′(w), element by element."""


@dataclass(frozen=True)
class L2(Penalty):
    """Half the squared weights: f(w) = λ w² / 2, f′(w) = λ w.

    Parameters
    ----------
    strength : float, default 0.01
        λ.

    Raises
    ------
    TypeError, ValueError
        If λ is no number, negative or not finite.

    References
    ----------
    Hoerl, Kennard (1970), Ridge regression; Krogh, Hertz (1991), A simple weight decay can improve generalization.

    Examples
    --------
    >>> L2(0.5).formula(np.array([2.0])), L2(0.5).slope(np.array([2.0]))
    (array([1.]), array([1.]))
    """

    strength: float = 0.01

    def __post_init__(self) -> None:
        real_number("strength", self.strength, 0.0)

    def formula(self, w: Array) -> Array:
        return 0.5 * self.strength * np.square(w)

    def slope(self, w: Array) -> Array:
        return self.strength * w


@dataclass(frozen=True)
class L1(Penalty):
    """The absolute weights: f(w) = λ |w|, f′(w) = λ sign(w), taken as 0 at the kink w = 0.

    Parameters
    ----------
    strength : float, default 0.01
        λ.

    Raises
    ------
    TypeError, ValueError
        If λ is no number, negative or not finite.

    References
    ----------
    Tibshirani (1996), Regression shrinkage and selection via the lasso, eq. 1 (as a constraint).

    Examples
    --------
    >>> w = np.array([-2.0, 0.0])
    >>> L1(0.5).formula(w), L1(0.5).slope(w)
    (array([1., 0.]), array([-0.5,  0. ]))
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)

    strength: float = 0.01

    def __post_init__(self) -> None:
        real_number("strength", self.strength, 0.0)

    def formula(self, w: Array) -> Array:
        return self.strength * np.abs(w)

    def slope(self, w: Array) -> Array:
        return self.strength * np.sign(w)


@dataclass(frozen=True)
class ElasticNet(Penalty):
    """A mixture: f(w) = λ (r |w| + (1 − r) w² / 2), the sum of an L1 of strength λ r and an L2 of strength λ (1 − r).

    Parameters
    ----------
    strength : float, default 0.01
        λ.
    ratio : float, default 0.5
        r, the share of L1.

    Raises
    ------
    TypeError, ValueError
        If λ is no number, negative or not finite, or ``ratio`` does not lie in [0, 1].

    References
    ----------
    Zou, Hastie (2005), Regularization and variable selection via the elastic net, eq. 3.

    Examples
    --------
    >>> w = np.array([2.0])
    >>> ElasticNet(1.0, ratio=0.25).formula(w), ElasticNet(1.0, ratio=0.25).slope(w)
    (array([2.]), array([1.75]))
    """

    kinks: ClassVar[tuple[float, ...]] = L1.kinks

    strength: float = 0.01
    ratio: float = 0.5

    def __post_init__(self) -> None:
        real_number("strength", self.strength, 0.0)
        if not 0.0 <= self.ratio <= 1.0:
            raise ValueError(f"ratio must lie in [0, 1], but got {self.ratio}")

    def formula(self, w: Array) -> Array:
        absolute, squared = self.strength * self.ratio, self.strength * (1.0 - self.ratio)
        return absolute * np.abs(w) + 0.5 * squared * np.square(w)

    def slope(self, w: Array) -> Array:
        absolute, squared = self.strength * self.ratio, self.strength * (1.0 - self.ratio)
        return absolute * np.sign(w) + squared * w


def project_to_ball(W: Array, limit: float) -> None:
    """Scale each column of W whose Euclidean norm is above ``limit`` back to it: w ← w · min(1, limit / ‖w‖₂).

    Not a penalty but a constraint (max-norm): the weights into a unit can never grow beyond the ball, however large
    the learning rate.

    Parameters
    ----------
    W : array of shape (D, H)
        The weights, changed in place; may be a view of θ.
    limit : float
        The radius; infinity leaves W alone.

    Raises
    ------
    ValueError
        If ``limit`` is negative.

    References
    ----------
    Srebro, Shraibman (2005), Rank, trace-norm and max-norm; Hinton, Srivastava, Krizhevsky, Sutskever, Salakhutdinov
    (2012), Improving neural networks by preventing co-adaptation of feature detectors.

    Examples
    --------
    >>> W = np.array([[3.0, 0.3], [4.0, 0.4]])
    >>> project_to_ball(W, limit=1.0)
    >>> W
    array([[0.6, 0.3],
           [0.8, 0.4]])
    """
    if not limit >= 0.0:
        raise ValueError(f"limit must be at least 0, but got {limit}")
    norms = np.sqrt(np.sum(np.square(W), axis=0))
    outside = norms > limit
    W[:, outside] *= limit / norms[outside]
