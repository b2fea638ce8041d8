"""What the classifier and the regressor share: parameters, preparing a fit, predictions, scikit-learn's attributes."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.utils import _safe_indexing, check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from mlnn.array import Array, is_sparse, require_places
from mlnn.engine import OwnPredictor
from mlnn.estimator.attributes import LayerAttributes
from mlnn.estimator.callbacks import CallbackSupportMixin, Tasks
from mlnn.estimator.fit import Training
from mlnn.estimator.judge import Judge
from mlnn.estimator.parameters import CONSTRAINTS, first_theta, hidden_units, network_for, penalty_of, predictor_of
from mlnn.estimator.progress import Control
from mlnn.estimator.turn import one_at_a_time
from mlnn.initializer import Initializer
from mlnn.layer import Activation
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.output import Output
from mlnn.penalty import Penalty
from mlnn.schedule import Schedule
from mlnn.training import Callback, Watcher, started


class Multilayer(CallbackSupportMixin, LayerAttributes, BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """A network that is trained by ``fit`` and asked by ``predict``."""

    _parameter_constraints: ClassVar[dict[str, Any]] = CONSTRAINTS

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int],
        activation: str | Activation | Sequence[str | Activation],
        *,
        loss: str | Output,
        solver: str | Optimizer | LBFGS,
        alpha: float,
        batch_size: int | str,
        learning_rate: str,
        learning_rate_init: float,
        power_t: float,
        max_iter: int,
        shuffle: bool,
        random_state: Any,
        tol: float,
        verbose: bool,
        warm_start: bool | str,
        momentum: float,
        nesterovs_momentum: bool,
        early_stopping: bool | str,
        validation_fraction: float,
        beta_1: float,
        beta_2: float,
        epsilon: float,
        n_iter_no_change: int | float,
        max_fun: int,
        dropout: float | Sequence[float],
        batch_norm: bool,
        penalty: str | Penalty | None,
        max_norm: float,
        schedule: str | Schedule | None,
        initializer: str | Initializer | None,
        time_budget: float | None,
        categorical_features: str | None,
        engine: str | None,
        n_threads: int | None,
        callbacks: Sequence[Callback | Watcher],
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.penalty = penalty
        self.max_norm = max_norm
        self.schedule = schedule
        self.initializer = initializer
        self.time_budget = time_budget
        self.categorical_features = categorical_features
        self.engine = engine
        self.n_threads = n_threads
        self.callbacks = callbacks

    @classmethod
    @cache  # scikit-learn reads the signature again for every clone and every fit: half of a clone's time
    def _get_param_names(cls) -> list[str]:
        names: list[str] = super()._get_param_names()
        return names

    @abstractmethod
    def _learn_targets(self, y: Any, incremental: bool, first: bool) -> tuple[Output, int]:
        """Look at training targets (their labels, their columns); return the output and how many scores it needs."""

    @abstractmethod
    def _targets(self, y: Any, output: Output) -> Array:
        """Return targets as the output takes them."""

    @abstractmethod
    def _score_of(self, weights: Array | None) -> Any:
        """Return the figure of merit by which rows are judged, a function of targets and decisions."""

    def _weights(self, y: Any, sample_weight: Any, rows: Array) -> Array | None:
        """Return the weights of the rows."""
        return None if sample_weight is None else _check_sample_weight(sample_weight, rows)

    @one_at_a_time
    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        incremental: bool = False,
        eval_set: tuple[Any, ...] | None = None,
        eval_metric: Any = None,
    ) -> Self:
        watchers, _ = started(self.callbacks), hidden_units(self.hidden_layer_sizes)  # refused before any work
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        first = not hasattr(self, "theta_") or not (self.warm_start or incremental)
        goes_on = not first and (incremental or self.warm_start == "exact") and hasattr(self, "_epoch")
        given, (rows, y) = y, self._training_rows(X, y, first)
        output, scores = self._learn_targets(y, incremental, first)
        weights = self._weights(y, sample_weight, rows)
        if not (goes_on and self.warm_start == "exact"):
            self._random_state = check_random_state(self.random_state)
        network = network_for(self, rows.shape[1], output, scores)
        if first:
            self._begin(network, rows.dtype)
        elif network.size != self.network_.size:
            raise ValueError(
                f"training goes on from a network of widths {self.network_.widths}, but the parameters ask for one of "
                f"widths {network.widths}: fit with warm_start=False to begin anew"
            )
        self.network_, self.n_outputs_, self.watchers_ = network, scores, watchers
        if eval_set is not None:
            judge = self._judge_of(*eval_set)
        elif self.early_stopping:
            rows, y, weights, judge = self._put_aside(X, rows, y, weights, output)
        else:
            judge = None
        problem = Problem.of(network, rows, self._targets(y, output), weights, penalty_of(self))
        limit = 1 if incremental else self.max_iter
        tasks = Tasks(self, limit, X, given, sample_weight, judge.trained if judge else None)
        Training(self, problem, judge, eval_metric, goes_on=goes_on, limit=limit, tasks=tasks).run()
        return self

    def _training_rows(self, X: Any, y: Any, first: bool) -> tuple[Array, Any]:
        """Check rows and targets; learn the columns of a frame."""
        if is_sparse(X):
            require_places(X)
        if self.categorical_features is None:
            rows, y = validate_data(
                self,
                X,
                y,
                accept_sparse="csr",
                multi_output=True,
                y_numeric=is_regressor(self),
                dtype=(np.float64, np.float32),
                reset=first,
            )
            return rows, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
        validate_data(self, X, skip_check_array=True, reset=first)
        if first:
            from mlnn.frame.preparation import Preparation  # here, because importing it takes a while

            self.preparation_ = Preparation().fit(X)
        return self.preparation_.transform(X), np.asarray(y)

    def _begin(self, network: Network, dtype: Any) -> None:
        """Draw the first weights and set every counter to its start."""
        self.theta_ = first_theta(self, network, self._random_state, dtype)
        noisy = np.any(np.asarray(self.dropout) > 0.0)
        self._noise_seed = int(self._random_state.randint(2**31)) if noisy else 0  # drawn only where it is needed
        self.n_iter_, self.t_, self.best_iter_ = 0, 0, None
        self.loss_curve_: list[float] = []
        judged = self.early_stopping
        self.validation_scores_: list[float] | None = [] if judged else None
        self.validation_loss_curve_: list[float] | None = [] if judged else None
        self.best_loss_ = None if judged else np.inf
        self.best_validation_score_ = -np.inf if judged else None
        self._best_theta = self.theta_ if judged else None
        self._control = Control(self.n_iter_no_change, self.tol)
        self._predictor = OwnPredictor()
        self.__dict__.pop("_epoch", None)

    def _judge_of(self, X: Any, y: Any, sample_weight: Any = None) -> Judge:
        """Return the user's own rows to judge by."""
        rows = self._rows(X)
        weights = self._weights(y, sample_weight, rows)
        if self.validation_scores_ is None:
            self.validation_scores_, self.validation_loss_curve_ = [], []
        problem = Problem.of(self.network_, rows, self._targets(y, self.network_.output), weights)
        return Judge(problem, self._score_of(weights), X, y)

    def _put_aside(self, X: Any, rows: Array, y: Any, weights: Array | None, output: Output) -> Any:
        """Divide the rows in those to train on and those to judge by, as scikit-learn does."""
        from sklearn.model_selection import train_test_split  # here, because importing it takes a while

        binary = is_classifier(self) and self.n_outputs_ == 1
        kept, aside = train_test_split(
            np.arange(rows.shape[0]),
            random_state=self._random_state,
            test_size=self.validation_fraction,
            stratify=self._targets(y, output).astype(bool) if binary else None,
        )
        if len(aside) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        share = None if weights is None else weights[aside]
        problem = Problem.of(self.network_, rows[aside], self._targets(y[aside], output), share)
        judge = Judge(problem, self._score_of(share), _safe_indexing(X, aside), y[aside], kept)
        return rows[kept], y[kept], None if weights is None else weights[kept], judge

    def _rows(self, X: Any) -> Array:
        """Check rows to predict."""
        if self.categorical_features is not None:
            validate_data(self, X, skip_check_array=True, reset=False)
            return self.preparation_.transform(X)
        if self._is_plain(X):
            return X
        if is_sparse(X):
            require_places(X)
        return validate_data(self, X, accept_sparse="csr", dtype=(np.float64, np.float32), reset=False)

    def _is_plain(self, X: Any) -> bool:
        """Tell whether a matrix needs no further check; scikit-learn's take several times as long as one prediction."""
        return (
            type(X) is np.ndarray
            and X.ndim == 2
            and X.dtype in (np.float64, np.float32)
            and X.shape[1] == self.n_features_in_
            and len(X) > 0
            and not hasattr(self, "feature_names_in_")
            and bool(np.isfinite(X).all())
        )

    def _scores(self, X: Any) -> Array:
        """Return the scores S, shape (N, K)."""
        check_is_fitted(self)
        rows = self._rows(X)
        how = self.engine, self.n_threads
        return predictor_of(self).scores(self.network_, self.theta_, rows.astype(self.theta_.dtype), *how)

    def _predictions(self, X: Any) -> Array:
        """Return the output's predictions P, shape (N, K)."""
        if "theta_" not in self.__dict__:  # scikit-learn's own check takes as long as half a prediction
            check_is_fitted(self)
        rows = self._rows(X)
        return predictor_of(self).predict(self.network_, self.theta_, rows, self.engine, self.n_threads)

    def to_sklearn(self) -> Any:
        """Return scikit-learn's own estimator with these weights: the inverse of ``mlnn.from_sklearn``.

        Raises
        ------
        ValueError
            If scikit-learn has no such network.
        """
        from mlnn.estimator.conversion import to_sklearn  # here, because few need scikit-learn's own networks

        return to_sklearn(self)

    def __sklearn_tags__(self) -> Any:
        """Say that rows may be sparse."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = self.categorical_features is None
        return tags
