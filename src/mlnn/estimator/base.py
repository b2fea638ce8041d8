"""What the classifier and the regressor share: preparing a fit, one fit at a time, predictions."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.base import BaseEstimator, _fit_context, is_classifier, is_regressor
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, _check_y, _num_samples, check_is_fitted, validate_data

from mlnn.array import Array, as_given, is_sparse, require_places
from mlnn.estimator.alone import alone
from mlnn.estimator.attributes import Trained
from mlnn.estimator.callbacks import CallbackSupportMixin, Tasks
from mlnn.estimator.fit import Training
from mlnn.estimator.judge import EvalSet, Judge, merit
from mlnn.estimator.labels import Labels, refuse_gaps, settled
from mlnn.estimator.parameters import first_theta, hidden_units, judged_by, network_for, penalty_of
from mlnn.estimator.progress import Control
from mlnn.estimator.recorded import watched
from mlnn.estimator.rows import Rows
from mlnn.estimator.state import State
from mlnn.estimator.streams import Stream, answers, targets_of
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.output import Output
from mlnn.source import Source


class Targets(NamedTuple):
    """What was learned of training targets: their labels, if they have some, and the output that they ask for."""

    labels: Labels | None
    output: Output
    scores: int


class Multilayer(CallbackSupportMixin, Trained, BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """A network that is trained by ``fit`` and asked by ``predict``."""

    @classmethod
    @cache  # scikit-learn reads the signature again for every clone and every fit: half of a clone's time
    def _get_param_names(cls) -> list[str]:
        names: list[str] = super()._get_param_names()
        return names

    @abstractmethod
    def learn_targets(
        self, y: Array, before: State | None = None, incremental: bool = False, classes: Any = None
    ) -> Targets:
        """Look at training targets; ``before`` is where training goes on from, ``classes`` names labels to come."""

    @abstractmethod
    def encode(self, y: Any, targets: Targets) -> Array:
        """Return targets as the output takes them."""

    @abstractmethod
    def _score_of(self, weights: Array | None) -> Any:
        """Return the figure of merit by which rows are judged, a function of targets and decisions."""

    def _weights(self, y: Any, sample_weight: Any, rows: Array) -> Array | None:
        """Return the weights of the rows."""
        return None if sample_weight is None else _check_sample_weight(sample_weight, rows)

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        eval_set: tuple[Any, ...] | list[Any] | None = None,
        eval_metric: str | Callable[[Any, Any, Any], float] | None = None,
    ) -> Self:
        """Train on rows X and targets y; return the estimator.

        Parameters
        ----------
        X : array, sparse matrix or frame of shape (N, D), or Source
            The rows; a source is read a window at a time.
        y : array of shape (N,) or (N, K)
            The labels, or the values to predict; not beside a source, which has its own.
        sample_weight : array of shape (N,), optional
            Weights of the rows; not beside a source, which has its own.
        eval_set : tuple (X, y) or (X, y, sample_weight), optional
            Rows to judge by after every epoch, instead of rows put aside.
        eval_metric : str or scorer, optional
            Their figure of merit: one of scikit-learn's names, or a callable (estimator, X, y). Larger is better.
        """
        return self._fit(X, y, sample_weight, eval_set=eval_set, eval_metric=eval_metric)

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        incremental: bool = False,
        classes: Any = None,
        eval_set: Any = None,
        eval_metric: Any = None,
    ) -> Self:
        watchers, recorded = watched(self, incremental, eval_metric=eval_metric)  # refused before any work
        hidden_units(self.hidden_layer_sizes)
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        if eval_metric is not None and eval_set is None and not self.early_stopping:
            raise ValueError(
                "eval_metric judges rows that are not trained on: give eval_set too, or set early_stopping"
            )
        with alone(self), recorded as recorder:
            before = self.__dict__.get("_state") if self.warm_start or incremental else None
            goes_on = before is not None and before.epoch is not None and (incremental or self.warm_start == "exact")
            rows, preparation = self._training_rows(X, y, sample_weight, before)
            learned = self.learn_targets(rows.y, before, incremental, classes)
            network = network_for(self, rows.X.shape[1], learned.output, learned.scores)
            if before is None:
                state = self._beginning(network, learned.scores, rows.X.dtype)
            elif network.size != before.network.size:
                raise ValueError(
                    f"training goes on from a network of widths {before.network.widths}, but the parameters ask for "
                    f"one of widths {network.widths}: fit with warm_start=False to begin anew"
                )
            else:
                state = self._going_on(before, goes_on and self.warm_start == "exact")
            state.network, state.outputs, state.labels = network, learned.scores, learned.labels
            state.watchers, state.preparation, self._state = watchers, preparation, state
            judge, encode = None, partial(self.encode, targets=learned)
            if eval_set is not None:
                judge = self._judge_of(EvalSet.of(eval_set), eval_metric)
            elif self.early_stopping:
                binary = is_classifier(self) and learned.scores == 1
                rows, aside = rows.put_aside(self.validation_fraction, state.random, encode if binary else None)
                metric = eval_metric and self._merit(eval_metric, aside.shown, aside.y, aside.weights)
                judge = Judge(aside.problem(network, encode), self._score_of(aside.weights), metric or None)
            problem = rows.problem(network, encode, penalty_of(self))
            limit = 1 if incremental else self.max_iter
            X, y, sample_weight = rows.given
            tasks = Tasks(self, limit, X, y, sample_weight, rows.trained, state)
            Training(self, state, problem, judge, goes_on=goes_on, limit=limit, tasks=tasks, recorder=recorder).run()
        return self

    def _training_rows(self, X: Any, y: Any, sample_weight: Any, before: State | None) -> tuple[Rows | Stream, Any]:
        """Check rows, targets and weights; learn the columns of a frame."""
        if isinstance(X, Source):
            return Stream(X, targets_of(self, X, y, sample_weight, reset=before is None)), None
        rows, targets, preparation = self._numbers(X, y, before)
        weights = self._weights(targets, sample_weight, rows)
        return Rows(rows, targets, weights, (X, y, sample_weight)), preparation

    def _numbers(self, X: Any, y: Any, before: State | None) -> tuple[Array, Array, Any]:
        """Check rows and targets; learn the columns of a frame. Return all three."""
        if is_sparse(X):
            require_places(X)
        if self.categorical_features is None:
            refuse_gaps(y)
            rows, y = validate_data(
                self,
                X,
                y,
                accept_sparse="csr",
                multi_output=True,
                y_numeric=is_regressor(self),
                dtype=(np.float64, np.float32),
                reset=before is None,
            )
            return rows, settled(y), None
        validate_data(self, X, skip_check_array=True, reset=before is None)
        targets = self._checked_targets(X, y)
        if before is not None and before.preparation is not None:
            known = before.preparation
            return known.transform(X), targets, known
        from mlnn.frame.preparation import Preparation  # here, because importing it takes a while

        preparation = Preparation(dtype="float64").for_model().fit(X)
        return preparation.transform(X), targets, preparation

    def _checked_targets(self, X: Any, y: Any, warn: bool = True) -> Array:
        """Check targets as scikit-learn does where it sees rows and targets together."""
        if y is None:
            raise ValueError(f"This {type(self).__name__} requires y to be passed, but the target y is None.")
        refuse_gaps(y)
        y = _check_y(y, multi_output=True, y_numeric=is_regressor(self), estimator=self)
        if _num_samples(X) != _num_samples(y):
            raise ValueError(f"X has {_num_samples(X)} rows, but y has {_num_samples(y)}")
        return settled(y, warn)

    def _beginning(self, network: Network, scores: int, dtype: Any) -> State:
        """Draw the first weights and set every counter to its start."""
        random = check_random_state(self.random_state)
        theta = first_theta(self, network, random, dtype)
        noisy = np.any(np.asarray(self.dropout) > 0.0)
        seed = int(random.randint(2**31)) if noisy else 0  # drawn only where it is needed
        state = State(network, theta, scores, random, Control(self.n_iter_no_change, self.tol), noise_seed=seed)
        state.be_judged_by(judged_by(self))
        return state

    def _going_on(self, before: State, exact: bool) -> State:
        """Return a state to go on from; the one before stays as it is."""
        state = before.going_on(exact)
        state.random = state.random if exact else check_random_state(self.random_state)
        if state.judged != judged_by(self):
            state.control = Control(self.n_iter_no_change, self.tol)
            state.be_judged_by(judged_by(self))
        return state

    def _judge_of(self, given: EvalSet, metric: Any) -> Judge:
        """Return the user's own rows to judge by."""
        if self.state.validation_scores is None:
            self.state.validation_scores, self.state.validation_loss_curve = [], []
        if isinstance(given.X, Source):
            raise ValueError(f"rows to judge by must be in memory: eval_set=(X, y), not {given.X!r}")
        problem = self.problem(*given)
        weights = problem.weights
        return Judge(problem, self._score_of(weights), self._merit(metric, given.X, given.y, weights))

    @as_given()
    def problem(self, X: Any, y: Any, sample_weight: Any = None) -> Problem:
        """Return the objective of rows and targets as ``fit`` takes them, without the penalty: what checks look at."""
        state = self.state
        rows, targets = self.prepared(X, state), self._checked_targets(X, y, warn=False)
        known = Targets(state.labels, state.network.output, state.outputs)
        weights = self._weights(targets, sample_weight, rows)
        return Problem.of(state.network, rows, self.encode(targets, known), weights)

    def _merit(self, metric: Any, X: Any, y: Any, weights: Array | None) -> Any:
        """Return the user's figure of merit, a function without arguments; scorers are shown a copy."""
        of_estimator = merit(metric, X, y, weights)
        return None if of_estimator is None else lambda: of_estimator(copy.copy(self))

    @as_given()
    def prepared(self, X: Any, state: State) -> Array:
        """Check rows to predict, and make numbers of a frame's."""
        if state.preparation is not None:
            validate_data(self, X, skip_check_array=True, reset=False)
            return state.preparation.transform(X)
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

    def _asked(self) -> State:
        """Return the state to predict with: one and the same for a whole prediction, though a fit may replace it."""
        if "_state" not in self.__dict__:
            check_is_fitted(self)
        return self.state

    def _scores(self, state: State, X: Any) -> Array:
        """Return the scores S, shape (N, K)."""

        def scores(rows: Array) -> Array:
            rows = rows.astype(state.theta.dtype, copy=False)
            return state.predictor.scores(state.network, state.theta, rows, self.engine, self.n_threads)

        return answers(scores, self, X) if isinstance(X, Source) else scores(self.prepared(X, state))

    def _predictions(self, state: State, X: Any) -> Array:
        """Return the output's predictions P, shape (N, K)."""

        def predictions(rows: Array) -> Array:
            return state.predictor.predict(state.network, state.theta, rows, self.engine, self.n_threads)

        return answers(predictions, self, X) if isinstance(X, Source) else predictions(self.prepared(X, state))

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
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = self.categorical_features is None
        return tags
