"""Outputs for quantities: squared, absolute, Huber, quantile and Poisson losses."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlnn.array import Array
from mlnn.output.base import Elementwise


@dataclass(frozen=True)
class LeastSquares(Elementwise):
    """Half the squared residual: ℓ = Σₖ (sₖ − tₖ)² / 2, ∂ℓ/∂s = s − t. Its minimizer is the mean.

    Shapes: S and y (N, K), losses (N,) in target units² per row.

    References
    ----------
    Bishop (2006), Pattern Recognition and Machine Learning, eq. 1.2.

    Examples
    --------
    >>> LeastSquares().loss(np.array([[1.0], [5.0]]), [1.0, 2.0])
    2.25
    """

    def formula(self, s: Array, t: Array) -> Array:
        return 0.5 * np.square(s - t)

    def slope(self, s: Array, t: Array) -> Array:
        return s - t


@dataclass(frozen=True)
class Absolute(Elementwise):
    """The absolute residual: ℓ = Σₖ |sₖ − tₖ|, ∂ℓ/∂s = sign(s − t). Its minimizer is the median.

    Shapes: S and y (N, K), losses (N,) in target units per row.

    References
    ----------
    Hastie, Tibshirani, Friedman (2009), The Elements of Statistical Learning, section 10.6.

    Examples
    --------
    >>> Absolute().loss(np.array([[1.0], [5.0]]), [1.0, 2.0])
    1.5
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)

    def formula(self, s: Array, t: Array) -> Array:
        return np.abs(s - t)

    def slope(self, s: Array, t: Array) -> Array:
        return np.sign(s - t)


@dataclass(frozen=True)
class Huber(Elementwise):
    """Squared near zero, absolute far out: with r = s − t, ℓ = Σₖ c (|r| − c/2) where c = min(|r|, δ).

    ∂ℓ/∂s = max(−δ, min(r, δ)): an outlier pulls no harder than a residual of δ.

    Shapes: S and y (N, K), losses (N,) in target units² per row.

    Parameters
    ----------
    delta : float, default 1
        δ > 0, in target units: where the square goes over into its tangent.

    References
    ----------
    Huber (1964), Robust estimation of a location parameter.

    Examples
    --------
    >>> Huber().losses(np.array([[0.5], [10.0]]), np.array([[0.0], [0.0]]))
    array([0.125, 9.5  ])
    """

    kinks: ClassVar[tuple[float, ...]] = (-1.0, 1.0)

    delta: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a δ that leaves no square."""
        if not self.delta > 0.0:
            raise ValueError(f"delta must be positive, but got {self.delta}")

    def formula(self, s: Array, t: Array) -> Array:
        size = np.abs(s - t)
        core = np.minimum(size, self.delta)
        return core * (size - 0.5 * core)

    def slope(self, s: Array, t: Array) -> Array:
        return np.maximum(np.minimum(s - t, self.delta), -self.delta)

    def margins(self, S: Array, y: Array) -> Array:
        """Return the residuals in units of δ."""
        return super().margins(S, y) / self.delta


@dataclass(frozen=True)
class Quantile(Elementwise):
    """The pinball loss: with r = t − s, ℓ = Σₖ max(τ r, (τ − 1) r), ∂ℓ/∂s = 1 − τ above t, −τ below it.

    Its minimizer is the τ-quantile of the targets.

    Shapes: S and y (N, K), losses (N,) in target units per row.

    Parameters
    ----------
    level : float, default 0.5
        τ in (0, 1), the share of targets that should lie below the score.

    References
    ----------
    Koenker, Bassett (1978), Regression quantiles.

    Examples
    --------
    >>> Quantile(level=0.9).losses(np.array([[0.0], [0.0]]), np.array([[10.0], [-10.0]]))
    array([9., 1.])
    """

    kinks: ClassVar[tuple[float, ...]] = (0.0,)

    level: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what is not a share."""
        if not 0.0 < self.level < 1.0:
            raise ValueError(f"level must lie in (0, 1), but got {self.level}")

    def formula(self, s: Array, t: Array) -> Array:
        missing = t - s
        return np.maximum(self.level * missing, (self.level - 1.0) * missing)

    def slope(self, s: Array, t: Array) -> Array:
        """Return 1 − τ where s > t, −τ where s < t, and 0 where they meet."""
        return np.heaviside(s - t, self.level) - self.level


@dataclass(frozen=True)
class Poisson(Elementwise):
    """Counts with a log link: rate μ = e^s, ℓ = Σₖ μₖ − tₖ sₖ, ∂ℓ/∂s = μ − t.

    The negative log-likelihood of a Poisson variable, without the constant log t!.

    Shapes: S and y (N, K), y ≥ 0, losses (N,) in nats per row. Beyond a score of 60, a rate of 10²⁶, the exponential
    goes on as its tangent, so that one wild score cannot overflow, in single precision either.

    References
    ----------
    McCullagh, Nelder (1989), Generalized Linear Models, chapter 6.

    Examples
    --------
    >>> S = np.log([[1.0], [4.0]])
    >>> Poisson().predict(S).ravel().round(12), Poisson().diff(S, np.array([[2.0], [3.0]])).ravel().round(12)
    (array([1., 4.]), array([-1.,  1.]))
    """

    kinks: ClassVar[tuple[float, ...]] = (60.0,)

    highest: ClassVar[float] = 60.0

    def targets(self, y: object, scores: int) -> Array:
        values = super().targets(y, scores)
        wrong = np.argwhere(values < 0.0)
        if wrong.size:
            raise ValueError(f"y must not be negative, but row {wrong[0][0]} holds {values[tuple(wrong[0])]}")
        return values

    def formula(self, s: Array, t: Array) -> Array:
        return self.predict(s) * (1.0 + np.maximum(s - self.highest, 0.0)) - t * s

    def slope(self, s: Array, t: Array) -> Array:
        return self.predict(s) - t

    def predict(self, S: Array) -> Array:
        return np.exp(np.minimum(S, self.highest))

    def margins(self, S: Array, y: Array) -> Array:
        return S
