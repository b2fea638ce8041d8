"""Outputs for classes: softmax, the two multiclass hinges, and the logistic output for yes or no."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlnn.array import Array
from mlnn.layer import Sigmoid, Softplus
from mlnn.output.base import Elementwise, Output, class_numbers


class OneOfMany(Output):
    """An output with one score a class, whose targets are class numbers 0 … K − 1."""

    classifies: ClassVar[bool] = True

    def targets(self, y: object, scores: int) -> Array:
        return class_numbers(y, scores)

    def decide(self, P: Array) -> Array:
        return P.argmax(axis=1)


@dataclass(frozen=True)
class Softmax(OneOfMany):
    """Cross-entropy of a softmax: p = e^s / Σ e^s, ℓ = −Σₖ qₖ log pₖ, ∂ℓ/∂s = p − q.

    q is the target distribution: (1 − ε) at the true class and ε / K more everywhere.

    Shapes: S (N, K), y (N,) class numbers, losses (N,) in nats per row. Everything works on raw scores: a row of large
    scores is shifted before any exponential, and log p is never the logarithm of a rounded zero.

    Parameters
    ----------
    smoothing : float, default 0
        ε in [0, 1). Above 0 no probability is pushed to 1, which may help accuracy and harms calibrated probabilities.

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, eq. 4.104, 4.108, 4.109; Szegedy, Vanhoucke, Ioffe,
    Shlens, Wojna (2016), Rethinking the Inception architecture for computer vision, section 7 (label smoothing).

    Examples
    --------
    >>> X, y = np.log([[1.0, 3.0], [1.0, 1.0]]), np.array([1, 0])
    >>> Softmax().predict(X).round(12)
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    >>> round(Softmax().loss(X, y), 4), Softmax().diff(X, y).round(12)
    (0.4904, array([[ 0.25, -0.25],
           [-0.5 ,  0.5 ]]))
    """

    shift_beyond: ClassVar[float] = 30.0
    """Scores up to this size have powers of e that sum without a shift, in float32 as well."""

    smoothing: float = 0.0

    def __post_init__(self) -> None:
        """Refuse an ε that would make q negative or forget the true class."""
        if not 0.0 <= self.smoothing < 1.0:
            raise ValueError(f"smoothing must lie in [0, 1), but got {self.smoothing}")

    def predict(self, S: Array) -> Array:
        _, powers = self._exponentials(S)
        return powers / powers.sum(axis=1, keepdims=True)

    def log_probabilities(self, S: Array) -> Array:
        """Return log p = s − log Σ e^s, shape (N, K); finite for all finite scores."""
        shift, powers = self._exponentials(S)
        return S - shift - np.log(powers.sum(axis=1, keepdims=True))

    def losses(self, S: Array, y: Array) -> Array:
        shift, powers = self._exponentials(S)
        # q sums to 1, so that the scores alone are weighed by it
        mean = (1.0 - self.smoothing) * S[np.arange(len(S)), y] + self.smoothing * S.mean(axis=1)
        return -(mean - shift[:, 0] - np.log(powers.sum(axis=1)))

    def diff(self, S: Array, y: Array) -> Array:
        d = self.predict(S) - self.smoothing / S.shape[1]
        d[np.arange(len(S)), y] -= 1.0 - self.smoothing
        return d

    def _exponentials(self, S: Array) -> tuple[Array, Array]:
        """Return a shift c, shape (N, 1) or (1, 1), and e^(s − c): none infinite, and in every row one well above 0.

        The shift brings a row's largest score to ±``shift_beyond`` when it lies beyond. It is 0 in the usual range, not
        the largest score as elsewhere, so that there the numbers are those of the plain formula to the last bit: the
        tutorial's path is chaotic for its first thousands of passes, and a last bit decides which way it takes.
        """
        bound = self.shift_beyond
        if max(S.max(initial=0.0), -S.min(initial=0.0)) <= bound:  # then no row needs a shift
            return np.zeros((1, 1), S.dtype), np.exp(S)
        largest = S.max(axis=1, keepdims=True)
        shift = largest - np.minimum(np.maximum(largest, -bound), bound)
        return shift, np.exp(S - shift)


@dataclass(frozen=True)
class WestonWatkins(OneOfMany):
    """A multiclass margin loss: ℓ = Σ f(vⱼ) over the wrong classes j, with the violation vⱼ = sⱼ − s_y + margin.

    What differs between its kinds is f alone.

    Parameters
    ----------
    margin : float, default 1
        By how much the true class's score must beat every other; positive.
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)

    margin: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a margin that equal scores would already satisfy."""
        if not self.margin > 0.0:
            raise ValueError(f"margin must be positive, but got {self.margin}")

    @abstractmethod
    def formula(self, v: Array) -> Array:
        """Return f(v), element by element; 0 for v ≤ 0."""

    @abstractmethod
    def slope(self, v: Array) -> Array:
        """Return f′(v), element by element; 0 for v ≤ 0."""

    def margins(self, S: Array, y: Array) -> Array:
        rows = np.arange(len(S))
        violations = S - S[rows, y][:, None] + self.margin
        violations[rows, y] = -self.margin  # the true class does not compete with itself
        return violations

    def losses(self, S: Array, y: Array) -> Array:
        return self.formula(self.margins(S, y)).sum(axis=1)

    def diff(self, S: Array, y: Array) -> Array:
        """Return f′(vᵢⱼ) at the wrong classes, and minus their sum at the true class."""
        d = self.slope(self.margins(S, y))
        d[np.arange(len(S)), y] = -d.sum(axis=1)
        return d


@dataclass(frozen=True)
class Hinge(WestonWatkins):
    """The multiclass support vector machine: ℓ = Σ max(0, sⱼ − s_y + margin) over the wrong classes j.

    Shapes: S (N, K), y (N,) class numbers, losses (N,) in units of the scores. Predictions are the scores.

    Parameters
    ----------
    margin : float, default 1
        By how much the true class's score must beat every other; positive.

    References
    ----------
    Weston, Watkins (1999), Support vector machines for multi-class pattern recognition.

    Examples
    --------
    >>> S, y = np.array([[3.0, 2.5, 0.0]]), np.array([0])
    >>> Hinge().losses(S, y), Hinge().diff(S, y)
    (array([0.5]), array([[-1.,  1.,  0.]]))
    """

    def formula(self, v: Array) -> Array:
        return np.maximum(v, 0.0)

    def slope(self, v: Array) -> Array:
        return np.heaviside(v, 0.0)


@dataclass(frozen=True)
class SquaredHinge(WestonWatkins):
    """The multiclass support vector machine with squared violations: ℓ = Σ max(0, sⱼ − s_y + margin)².

    Shapes: S (N, K), y (N,) class numbers, losses (N,) in squared units of the scores. Predictions are the scores.

    Parameters
    ----------
    margin : float, default 1
        By how much the true class's score must beat every other; positive.

    References
    ----------
    Tang (2013), Deep learning using linear support vector machines, on the sum of Weston and Watkins (1999).

    Examples
    --------
    >>> S, y = np.array([[3.0, 2.5, 0.0]]), np.array([0])
    >>> SquaredHinge().losses(S, y), SquaredHinge().diff(S, y)
    (array([0.25]), array([[-1.,  1.,  0.]]))
    """

    def formula(self, v: Array) -> Array:
        return np.square(np.maximum(v, 0.0))

    def slope(self, v: Array) -> Array:
        return 2.0 * np.maximum(v, 0.0)


@dataclass(frozen=True)
class Logistic(Elementwise):
    """Cross-entropy of yes or no: p = σ(s), ℓ = Σₖ log(1 + e^sₖ) − tₖ sₖ, ∂ℓ/∂s = σ(s) − t, where σ is the sigmoid.

    Shapes: S (N, K), losses (N,) in nats per row. K = 1 is binary and y a vector; K > 1 is multilabel, K questions
    answered independently, and y a matrix. Targets are 0 or 1, or probabilities between.

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, eq. 4.90 and 4.91.

    Examples
    --------
    >>> S = np.array([[0.0], [1e4]])
    >>> Logistic().predict(S).ravel(), Logistic().decide(S)
    (array([0.5, 1. ]), array([0, 1]))
    >>> round(Logistic().loss(S, [1, 1]), 4)
    0.3466
    """

    classifies: ClassVar[bool] = True

    def targets(self, y: object, scores: int) -> Array:
        values = super().targets(y, scores)
        wrong = np.argwhere((values < 0.0) | (values > 1.0))
        if wrong.size:
            raise ValueError(f"y must lie in [0, 1], but row {wrong[0][0]} holds {values[tuple(wrong[0])]}")
        return values

    def formula(self, s: Array, t: Array) -> Array:
        # Softplus of −|s| keeps the digits of a small loss, which softplus(s) − s would cancel.
        return np.maximum(s, 0.0) - t * s + Softplus().forward(-np.abs(s))

    def slope(self, s: Array, t: Array) -> Array:
        return self.predict(s) - t

    def predict(self, S: Array) -> Array:
        return Sigmoid().forward(S)

    def decide(self, P: Array) -> Array:
        """Return 1 where the probability exceeds one half, else 0: shape (N,) if K = 1, else (N, K)."""
        return super().decide((P > 0.5).astype(np.int64))
