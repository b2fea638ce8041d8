"""The regressor."""

from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils.metaestimators import available_if

from mlnn.array import Array
from mlnn.estimator.base import Multilayer, Targets
from mlnn.estimator.parameters import takes_batches
from mlnn.estimator.settings import estimator
from mlnn.estimator.state import State
from mlnn.names import found
from mlnn.output import Output


@estimator
class MLPRegressor(RegressorMixin, Multilayer):  # type: ignore[misc]
    """A multilayer network that predicts quantities: scikit-learn's ``MLPRegressor``, with the same numbers, and more.

    J(θ) = Σ wᵢ ℓᵢ / Σ wᵢ + R(θ), ℓ being half the squared residual (target units² per row) or another loss.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    Raises
    ------
    ValueError
        If parameters or data cannot be meant, or training diverges: what was expected and what came.

    Notes
    -----
    Shapes: X (N, D), sparse or not, float32 or float64 (training stays in its type); y (N,) or (N, K). As in
    scikit-learn, the squared errors of several targets are averaged in the reported loss. What its class does otherwise
    is listed in ``docs/coming-from-scikit-learn.md``.

    Examples
    --------
    >>> X = np.linspace(-3.0, 3.0, 100)[:, None]
    >>> y = np.sin(X[:, 0])
    >>> MLPRegressor(solver="lbfgs", activation="tanh", random_state=0).fit(X, y).score(X, y) > 0.99
    True
    """

    @available_if(takes_batches)  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train one epoch on these rows, going on from where training stands; return the estimator.

        Parameters
        ----------
        X, y, sample_weight
            As for ``fit``.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> Array:
        """Return the predicted values, shape (N,) or (N, K)."""
        P = self._predictions(self._asked(), X)
        return P.ravel() if P.shape[1] == 1 else P

    def learn_targets(
        self, y: Array, before: State | None = None, incremental: bool = False, classes: Any = None
    ) -> Targets:
        return Targets(None, found(Output, self.loss), 1 if y.ndim == 1 else y.shape[1])

    def encode(self, y: Any, targets: Targets) -> Array:
        return np.asarray(y)

    def _score_of(self, weights: Array | None) -> Any:
        return partial(_r2, weights)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _r2(weights: Array | None, y: Array, values: Array) -> float:
    """Return the mean over the targets of R² = 1 − Σ w (y − ŷ)² / Σ w (y − ȳ)²; where y is constant, 1 or 0.

    That is scikit-learn's ``r2_score``, whose checks take longer than an epoch of a small table.
    """
    if len(y) < 2 or not np.isfinite(values).all():
        return np.nan
    P = values.reshape(len(y), -1)
    Y, w = y.reshape(P.shape), 1.0 if weights is None else weights[:, None]
    missed = np.sum(w * (Y - P) ** 2, axis=0)
    spread = np.sum(w * (Y - np.average(Y, axis=0, weights=weights)) ** 2, axis=0)
    return float(np.mean(1.0 - np.divide(missed, spread, out=(missed > 0.0).astype(P.dtype), where=spread > 0.0)))
