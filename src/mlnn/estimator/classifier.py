"""The classifier."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import compute_sample_weight
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call

from mlnn.array import Array
from mlnn.estimator.base import Multilayer
from mlnn.estimator.documentation import described
from mlnn.estimator.labels import Labels
from mlnn.estimator.parameters import CONSTRAINTS, takes_batches
from mlnn.initializer import Initializer
from mlnn.layer import Activation
from mlnn.names import found
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.output import Logistic, Output, SeveralSoftmax, Softmax
from mlnn.penalty import Penalty
from mlnn.schedule import Schedule
from mlnn.training import Callback, Watcher


def _has_probabilities(estimator: Any) -> bool:
    return estimator.loss == "log_loss" or isinstance(found(Output, estimator.loss), Softmax | Logistic)


def _has_no_probabilities(estimator: Any) -> bool:
    return not _has_probabilities(estimator)


def _accuracy(weights: Array | None, y: Array, decisions: Array) -> float:
    right = y.reshape(decisions.shape) == decisions
    return float(np.average(right.reshape(len(y), -1).all(axis=1), weights=weights))  # a row is right in all its labels


@described
class MLPClassifier(ClassifierMixin, Multilayer):  # type: ignore[misc]
    """A multilayer network that classifies: scikit-learn's ``MLPClassifier``, with the same numbers, and more.

    J(θ) = Σ wᵢ ℓᵢ / Σ wᵢ + R(θ), ℓ being the cross-entropy of a sigmoid (two classes, or several labels a row) or of a
    softmax, in nats per row.

    Parameters
    ----------
    {parameters}
    loss : str or Output, default "log_loss"
        Another end of the network: "hinge", "squared_hinge", ``Softmax(smoothing=0.1)``.
    class_weight : dict, "balanced" or None
        Weights of the classes, times those of the rows.
    {more_parameters}

    Attributes
    ----------
    classes_ : array of shape (K,)
        The labels.
    {attributes}

    Raises
    ------
    ValueError
        If parameters or data cannot be meant, or training diverges: what was expected and what came.

    Notes
    -----
    Shapes: X (N, D), sparse or not, float32 or float64 (training stays in its type); y (N,) labels, or (N, K) of 0 and
    1. What scikit-learn's class does otherwise is listed in ``docs/coming-from-scikit-learn.md``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = MLPClassifier(learning_rate_init=0.01, schedule="cosine", random_state=0).fit(X, y)
    >>> classifier.score(X, y) > 0.95
    True
    """

    def __init__(
        self,
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
        loss: str | Output = "log_loss",
        class_weight: str | Mapping[Any, float] | None = None,
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
        self.class_weight = class_weight

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **CONSTRAINTS,
        "class_weight": [None, StrOptions({"balanced"}), dict],
    }

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
            The labels.
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
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train one epoch on these rows, going on from where training stands; return the estimator.

        Parameters
        ----------
        X, y, sample_weight
            As for ``fit``.
        classes : array of shape (K,), optional
            All labels that will ever come; needed in the first call.
        """
        if isinstance(classes, list) and np.ndim(classes[0]) == 1:  # for each of several questions
            first, classes = not hasattr(self, "classes_"), [np.unique(each) for each in classes]
        else:
            first = _check_partial_fit_first_call(self, classes)
        if first:
            self._labels = Labels.learn(y, classes)
            self.classes_ = self._labels.classes
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> Any:
        """Return a label for every row; for several labels a row, a matrix of 0 and 1."""
        P = self._predictions(X)
        return self._labels.decode(self.network_.output.decide(P))

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Any:
        """Return the probability of every class, shape (N, K); for several questions, a list of such arrays."""
        P = self._predictions(X)
        if isinstance(self.network_.output, SeveralSoftmax):
            return self.network_.output.groups(P)
        return np.concatenate([1.0 - P, P], axis=1) if P.shape[1] == 1 else P

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithms of the probabilities, shape (N, K) or a list of arrays; never infinite."""
        S, output = self._scores(X), self.network_.output
        if isinstance(output, SeveralSoftmax):
            return [Softmax().log_probabilities(part) for part in output.groups(S)]
        if isinstance(output, Softmax):
            return output.log_probabilities(S)
        assert isinstance(output, Logistic)
        # A probability above one half is taken as ``predict_proba`` rounds it, so that both put labels in one order.
        log_p, log_q = (
            np.where(p > 0.5, np.log(np.maximum(p, 0.5)), -output.formula(S, np.full_like(S, t)))
            for p, t in ((output.predict(S), 1.0), (output.predict(-S), 0.0))
        )
        return np.hstack([log_q, log_p]) if S.shape[1] == 1 else log_p

    @available_if(_has_no_probabilities)  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> Array:
        """Return the scores of a loss without probabilities: one a class, shape (N, K), or their difference, (N,)."""
        S = self._scores(X)
        return S[:, 1] - S[:, 0] if self._labels.binary else S

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of the rows that are right, in all their labels."""
        if self._labels.questions:
            right = (self.predict(X) == np.asarray(y)).all(axis=1)
            return float(np.average(right, weights=sample_weight))
        return float(super().score(X, y, sample_weight))

    def _learn_targets(self, y: Any, incremental: bool, first: bool) -> tuple[Output, int]:
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._labels = Labels.learn(y)
            self.classes_ = self._labels.classes
        elif self.warm_start and not incremental and not self._labels.same(Labels.learn(y)):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {self.classes_}, `y` has {np.unique(y)}"
            )
        elif len(unknown := self._labels.unknown(y)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {unknown}."
            )
        loss = self.loss if self.loss == "log_loss" else found(Output, self.loss)
        output = self._labels.output(loss)
        return output, self._labels.scores(output)

    def _targets(self, y: Any, output: Output) -> Array:
        return self._labels.encode(y, output)

    def _weights(self, y: Any, sample_weight: Any, rows: Array) -> Array | None:
        weights = super()._weights(y, sample_weight, rows)
        if self.class_weight is None:
            return weights
        shares = compute_sample_weight(self.class_weight, y)
        return shares if weights is None else weights * shares

    def _score_of(self, weights: Array | None) -> Any:
        return partial(_accuracy, weights)

    def __sklearn_tags__(self) -> Any:
        """Say that a row may have several labels."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = self.loss == "log_loss" or isinstance(self.loss, Logistic)
        return tags
