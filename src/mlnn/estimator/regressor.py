"""The regressor."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils.metaestimators import available_if

from mlnn.array import Array
from mlnn.estimator.base import Multilayer
from mlnn.estimator.documentation import described
from mlnn.estimator.parameters import takes_batches
from mlnn.initializer import Initializer
from mlnn.layer import Activation
from mlnn.names import found
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.output import Output
from mlnn.penalty import Penalty
from mlnn.schedule import Schedule
from mlnn.training import Callback, Watcher


@described
class MLPRegressor(RegressorMixin, Multilayer):  # type: ignore[misc]
    """A multilayer network that predicts quantities: scikit-learn's ``MLPRegressor``, with the same numbers, and more.

    J(θ) = Σ wᵢ ℓᵢ / Σ wᵢ + R(θ), ℓ being half the squared residual (target units² per row) or another loss.

    Parameters
    ----------
    loss : {"squared_error", "poisson", …} or Output, default "squared_error"
        The end of the network: also "absolute", "huber", "quantile", ``Huber(2.0)``, ``Quantile(0.9)``.
    {parameters}
    {more_parameters}

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

    def __init__(
        self,
        loss: str | Output = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Activation | Sequence[str | Activation] = "relu",
        *,
        solver: str | Optimizer | LBFGS = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool | str = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool | str = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int | float = 10,
        max_fun: int = 15000,
        dropout: float | Sequence[float] = 0.0,
        batch_norm: bool = False,
        penalty: str | Penalty | None = None,
        max_norm: float = np.inf,
        schedule: str | Schedule | None = None,
        initializer: str | Initializer | None = None,
        time_budget: float | None = None,
        categorical_features: str | None = None,
        engine: str | None = None,
        n_threads: int | None = None,
        callbacks: Sequence[Callback | Watcher] = (),
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            activation,
            loss=loss,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            power_t=power_t,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            n_iter_no_change=n_iter_no_change,
            max_fun=max_fun,
            dropout=dropout,
            batch_norm=batch_norm,
            penalty=penalty,
            max_norm=max_norm,
            schedule=schedule,
            initializer=initializer,
            time_budget=time_budget,
            categorical_features=categorical_features,
            engine=engine,
            n_threads=n_threads,
            callbacks=callbacks,
        )

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        eval_set: tuple[Any, ...] | None = None,
        eval_metric: str | Callable[[Any, Any, Any], float] | None = None,
    ) -> Self:
        """Train on rows X and targets y; return the estimator.

        Parameters
        ----------
        X : array, sparse matrix or frame of shape (N, D)
            The rows.
        y : array of shape (N,) or (N, K)
            The targets.
        sample_weight : array of shape (N,), optional
            Weights of the rows.
        eval_set : tuple (X, y) or (X, y, sample_weight), optional
            Rows to judge by after every epoch, instead of rows put aside.
        eval_metric : str or scorer, optional
            Their figure of merit: one of scikit-learn's names, or a callable (estimator, X, y). Larger is better.
        """
        return self._fit(X, y, sample_weight, eval_set=eval_set, eval_metric=eval_metric)

    @available_if(takes_batches)  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train one epoch on these rows, going on from where training stands; return the estimator.

        Parameters
        ----------
        X, y, sample_weight
            As for ``fit``.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> Array:
        """Return the predicted values, shape (N,) or (N, K)."""
        P = self._predictions(X)
        return P.ravel() if P.shape[1] == 1 else P

    def _learn_targets(self, y: Any, incremental: bool, first: bool) -> tuple[Output, int]:
        return found(Output, self.loss), 1 if y.ndim == 1 else y.shape[1]

    def _targets(self, y: Any, output: Output) -> Array:
        return np.asarray(y)

    def _score_of(self, weights: Array | None) -> Any:
        return partial(_r2, weights)

    def __sklearn_tags__(self) -> Any:
        """Say that there may be several targets."""
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
