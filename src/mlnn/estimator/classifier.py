"""The classifier."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import compute_sample_weight
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if

from mlnn.array import Array
from mlnn.estimator.base import Multilayer, Targets
from mlnn.estimator.labels import Labels
from mlnn.estimator.parameters import takes_batches
from mlnn.estimator.settings import Settings, estimator, parameter
from mlnn.estimator.state import State
from mlnn.names import found
from mlnn.output import Logistic, Output, SeveralSoftmax, Softmax


def _has_probabilities(settings: Settings) -> bool:
    return settings.loss == "log_loss" or isinstance(found(Output, settings.loss), Softmax | Logistic)


def _accuracy(weights: Array | None, y: Array, decisions: Array) -> float:
    right = y.reshape(decisions.shape) == decisions
    return float(np.average(right.reshape(len(y), -1).all(axis=1), weights=weights))  # a row is right in all its labels


@estimator
class MLPClassifier(ClassifierMixin, Multilayer):  # type: ignore[misc]
    """A multilayer network that classifies: scikit-learn's ``MLPClassifier``, with the same numbers, and more.

    J(θ) = Σ wᵢ ℓᵢ / Σ wᵢ + R(θ), ℓ being the cross-entropy of a sigmoid (two classes, or several labels a row) or of a
    softmax, in nats per row.

    Parameters
    ----------
    {parameters}

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

    loss: str | Output | type[Output] = parameter(
        [str, type, Output],
        '"log_loss", another name or Output',
        'The end of the network: also "hinge", "squared_hinge", ``Softmax(smoothing=0.1)``.',
        default="log_loss",
    )
    class_weight: str | Mapping[Any, float] | None = parameter(
        [None, StrOptions({"balanced"}), dict],
        'dict, "balanced" or None',
        "Weights of the classes, times those of the rows.",
        default=None,
    )

    @available_if(takes_batches)  # type: ignore[untyped-decorator]
    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train one epoch on these rows, going on from where training stands; return the estimator.

        Parameters
        ----------
        X, y, sample_weight
            As for ``fit``.
        classes : array of shape (K,), optional
            All labels that will ever come; needed in the first call.
        """
        if classes is None and not self.__sklearn_is_fitted__():
            raise ValueError("classes must be passed on the first call to partial_fit.")
        return self._fit(X, y, sample_weight, incremental=True, classes=classes)

    @property
    def classes_(self) -> Any:
        """Return the labels."""
        labels = self.state.labels
        assert labels is not None
        return labels.classes

    @classes_.setter
    def classes_(self, values: Any) -> None:
        assert self.state.labels is not None
        self.state.labels = replace(self.state.labels, classes=values)

    def predict(self, X: Any) -> Any:
        """Return a label for every row; for several labels a row, a matrix of 0 and 1."""
        state = self._asked()
        assert state.labels is not None
        return state.labels.decode(state.network.output.decide(self._predictions(state, X)))

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Any:
        """Return the probability of every class, shape (N, K); for several questions, a list of such arrays."""
        state = self._asked()
        P, output = self._predictions(state, X), state.network.output
        if isinstance(output, SeveralSoftmax):
            return output.groups(P)
        return np.concatenate([1.0 - P, P], axis=1) if P.shape[1] == 1 else P

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithms of the probabilities, shape (N, K) or a list of arrays; never infinite."""
        state = self._asked()
        S, output = self._scores(state, X), state.network.output
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

    @available_if(lambda settings: not _has_probabilities(settings))  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> Array:
        """Return the scores of a loss without probabilities: one a class, shape (N, K), or their difference, (N,)."""
        state = self._asked()
        S = self._scores(state, X)
        return S[:, 1] - S[:, 0] if state.labels and state.labels.binary else S

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of the rows that are right, in all their labels."""
        if isinstance(self.classes_, list):  # several questions
            right = (self.predict(X) == np.asarray(y)).all(axis=1)
            return float(np.average(right, weights=sample_weight))
        return float(super().score(X, y, sample_weight))

    def learn_targets(
        self, y: Array, before: State | None = None, incremental: bool = False, classes: Any = None
    ) -> Targets:
        """Learn the labels, or see whether they are those that are known already."""
        if isinstance(classes, list) and len(classes) and np.ndim(classes[0]) == 1:  # for each of several questions
            classes = [np.unique(each) for each in classes]
        labels = before.labels if before else None
        if labels is None:
            labels = Labels.learn(y, classes)
        elif classes is not None and not labels.same(labels.named(y, classes)):
            raise ValueError(
                f"`classes={classes}` is not the same as on last call to partial_fit, was: {labels.classes}"
            )
        elif not incremental and not labels.same(Labels.learn(y)):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {labels.classes}, `y` has {np.unique(y)}"
            )
        if incremental and len(unknown := labels.unknown(y)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {labels.classes}. 'y' has {unknown}."
            )
        output = labels.output(self.loss if self.loss == "log_loss" else found(Output, self.loss))
        return Targets(labels, output, labels.scores(output))

    def encode(self, y: Any, targets: Targets) -> Array:
        assert targets.labels is not None
        return targets.labels.encode(y, targets.output)

    def _weights(self, y: Any, sample_weight: Any, rows: Array) -> Array | None:
        weights = super()._weights(y, sample_weight, rows)
        if self.class_weight is None:
            return weights
        shares = compute_sample_weight(self.class_weight, y)
        return shares if weights is None else weights * shares

    def _score_of(self, weights: Array | None) -> Any:
        return partial(_accuracy, weights)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = self.loss == "log_loss" or isinstance(self.loss, Logistic)
        return tags
