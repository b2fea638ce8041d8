"""The table models: scikit-learn's estimators for frames and files, as they come."""

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import compute_sample_weight
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_y, check_is_fitted

from mlnn.array import Array
from mlnn.estimator.labels import typed
from mlnn.estimator.settings import estimator, parameter
from mlnn.frame.table import has_names
from mlnn.tabular.amounts import (
    Said,
    amounts,
    labels_of,
    learned_amounts,
    learned_labels,
    warn_of_spellings,
    warn_of_strangers,
    without_words,
)
from mlnn.tabular.base import TableModel
from mlnn.tabular.class_score import decided
from mlnn.tabular.named import Known
from mlnn.tabular.target import Classes, Quantities, Target, require_two_classes
from mlnn.tabular.threshold import SCORINGS, Scoring, asked_rule


@estimator
class TableClassifier(ClassifierMixin, TableModel):  # type: ignore[misc]
    """A classifier for tables as people have them: columns of any kind, gaps, labels of any kind.

    p = Σ wᵥ pᵥ, the weighted mean of three views: networks that see the table as it is, networks that see every number
    as pieces of a line, and networks that also see the leaves of small trees. pᵥ is the mean of a view's members, each
    of which was trained without another fold of the rows.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    classes_ : array of shape (K,), or a list of them for several questions
        The labels.
    columns_ : tuple of Column
        What became of every column.
    scores_ : dict of str to float
        Figures of merit on rows that were not trained on.
    out_of_fold_ : array of shape (N, K)
        Each row's probabilities by members that were not trained on it.
    views_ : Views
        The networks, what they see, and the weights of their predictions.
    members_ : tuple of (Network, θ)
        The networks of all views, view by view.

    Raises
    ------
    TableError, ValueError
        If parameters, columns or labels cannot be meant: what was expected and what came.

    Examples
    --------
    >>> import pandas
    >>> table = pandas.DataFrame({"age": [25, 61, 33, 47] * 20, "job": ["cook", None, "clerk", "cook"] * 20})
    >>> model = TableClassifier(epochs=20).fit(table, ["no", "yes", "no", "yes"] * 20)
    >>> model.predict(table[:2]).tolist(), model.predict_proba(table).shape
    (['no', 'yes'], (80, 2))
    """

    class_weight: Any = parameter(
        [None, dict, StrOptions({"balanced"})],
        'dict, "balanced" or None',
        'The weights of the classes; "balanced" lets all of them count alike.',
        default=None,
    )
    threshold: Any = parameter(
        [None, Interval(Real, 0.0, 1.0, closed="both"), StrOptions(set(SCORINGS)), dict],
        'float, "accuracy", "balanced_accuracy", "f1", dict or None',
        """\
        From what probability on the second of two classes is predicted: itself, or what it is chosen for on rows not
        trained on; {"false_positive": 1.0, "false_negative": 5.0} are costs. None takes the likelier class.""",
        default=None,
    )

    @property
    def classes_(self) -> Any:
        """Return the labels."""
        check_is_fitted(self)
        assert isinstance(self.target_, Classes)
        return self.target_.labels.classes

    def predict(self, X: Any) -> Any:
        check_is_fitted(self)
        table = self._table(X)
        predictions = self._predicted(table)
        if has_names(X):
            warn_of_spellings(table, self.summary_.get("target") or (), self.target_)
        if self.threshold_ is None:
            return self.target_.decode(predictions)
        return self.classes_[decided(predictions, self.threshold_)]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of rows whose label is predicted (of several labels or questions a row, all of them).

        A label means a class of training in any spelling; what means none is wrong, whatever is predicted.

        Parameters
        ----------
        X : DataFrame, Arrow table, Table, array or path
            The rows.
        y : array of shape (N,) or (N, K); where X is a path, str or list of str
            Their labels; of a file, their columns' names; rows without are left out.
        sample_weight : array of shape (N,), optional
            How much each row counts; of a file, their column's name.

        Warns
        -----
        UserWarning
            If labels mean no class of training: how many, and which is the first.
        """
        check_is_fitted(self)
        assert isinstance(self.target_, Classes)
        X, y, sample_weight, _ = Known.of(self).told(X, y, sample_weight)
        table, given, _ = self._rows_with_targets(self.target_, X, y, sample_weight)
        places, predictions = self.target_.labels.places(given.targets), self._predicted(table)
        warn_of_strangers(given.targets, places)
        if places.ndim == 1:
            right = places == decided(predictions, self.threshold_)
        else:
            right = (places == self.target_.output.decide(predictions)).all(axis=1)
        return float(np.average(right, weights=given.weights))

    def choose_threshold(self, scoring: Scoring | float | None = "balanced_accuracy") -> float | None:
        """Choose from what probability on the second of two classes is predicted, and predict by it from now on.

        Parameters
        ----------
        scoring : {"accuracy", "balanced_accuracy", "f1"}, dict, float or None
            What is to be best, or cheapest ({"false_positive": 1.0, "false_negative": 5.0}), on the rows that were not
            trained on; or the threshold itself; None takes the likelier class.

        Returns
        -------
        float or None
            The threshold.

        Raises
        ------
        ValueError
            If there are not two classes, or the scoring is none of these.
        """
        check_is_fitted(self)
        require_two_classes(self.target_)
        self.judgement_ = self.judgement_.with_threshold(scoring)
        return self.threshold_

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of every class, shape (N, K); for several questions, a list of such arrays."""
        predictions = self._predictions(X)
        assert isinstance(self.target_, Classes)
        return self.target_.probabilities(predictions)

    def first_read(self, y: Array, names: Sequence[str], known: bool) -> tuple[Array, None, Said]:
        y, said = (without_words(y, self.missing), ()) if known else learned_labels(y, names, self.missing)
        return y, None, said

    def read_targets(self, y: Array, target: Target) -> Array:
        assert isinstance(target, Classes)
        return labels_of(y, target.labels, self.missing)

    def checked_targets(self, y: Array) -> Array:
        return np.ascontiguousarray(_check_y(typed(y), multi_output=True, estimator=self))

    def learn_targets(self, y: Array) -> Target:
        target = Classes.learn(y)
        if self.threshold is not None:
            asked_rule(self.threshold)
            require_two_classes(target)
        return target

    def _weighed(self, y: Array, weights: Array | None) -> Array | None:
        if self.class_weight is None:
            return weights
        shares = compute_sample_weight(self.class_weight, y)
        return shares if weights is None else weights * shares

    def __sklearn_tags__(self) -> Any:
        """Say that a row may have several labels."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


@estimator
class TableRegressor(RegressorMixin, TableModel):  # type: ignore[misc]
    """A regressor for tables as people have them: columns of any kind, and gaps.

    ŷ = Σ wᵥ ŷᵥ, the weighted mean of views as in ``TableClassifier``, in the target's units.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    columns_, scores_, views_, members_
        As of ``TableClassifier``.
    out_of_fold_ : array of shape (N, K)
        Each row's values by members that were not trained on it, in the target's units.

    Raises
    ------
    TableError, ValueError
        If parameters, columns or targets cannot be meant: what was expected and what came.

    Examples
    --------
    >>> import pandas
    >>> table = pandas.DataFrame({"size": [1.0, 2.0, 3.0, 4.0] * 20, "town": ["Ulm", "Ulm", "Jena", "Jena"] * 20})
    >>> model = TableRegressor(epochs=30).fit(table, [10.0, 20.0, 50.0, 60.0] * 20)
    >>> model.predict(table[:2]).shape, model.score(table, [10.0, 20.0, 50.0, 60.0] * 20) > 0.9
    ((2,), True)
    """

    def first_read(self, y: Array, names: Sequence[str], known: bool) -> tuple[Array, dict[str, Any] | None, Said]:
        return learned_amounts(y, names, self.decimal, self.missing)

    def read_targets(self, y: Array, target: Target) -> Array:
        return amounts(y, self.written_, self.missing)

    def checked_targets(self, y: Array) -> Array:
        return np.ascontiguousarray(_check_y(typed(y), multi_output=True, y_numeric=True, estimator=self))

    def learn_targets(self, y: Array) -> Target:
        return Quantities.learn(y)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return R², the share of the targets' variance that is predicted; of several targets the mean.

        Parameters
        ----------
        X : DataFrame, Arrow table, Table, array or path
            The rows.
        y : array of shape (N,) or (N, K); where X is a path, str or list of str
            Their targets; of a file, their columns' names; rows without, or with a masked one, are left out.
        sample_weight : array of shape (N,), optional
            How much each row counts; of a file, their column's name.
        """
        check_is_fitted(self)
        X, y, sample_weight, _ = Known.of(self).told(X, y, sample_weight)
        table, given, _ = self._rows_with_targets(self.target_, X, y, sample_weight)
        return float(r2_score(given.targets, self.predict(table), sample_weight=given.weights))

    def predict_interval(self, X: Any, coverage: float = 0.9) -> Array:
        """Return, for every row, between what two values its target lies with this probability.

        Conformal prediction on the rows that were not trained on; ``judgement_.conformal.said`` tells how often the
        intervals held the truth there. Intervals are wide where errors are large.

        Parameters
        ----------
        X : DataFrame, Arrow table, Table or array
            The rows.
        coverage : float, default 0.9
            Of how many rows the truth is to lie inside.

        Returns
        -------
        array of shape (N, 2), or (N, K, 2) for K targets
            The lower and the upper end, in the target's units.

        Raises
        ------
        ValueError
            If the coverage is not between 0 and 1, or too few rows were judged for it.

        References
        ----------
        ``mlnn.tabular.conformal.Conformal``.

        Examples
        --------
        >>> import numpy as np
        >>> x = np.linspace(0.0, 1.0, 200)[:, None]
        >>> y = x[:, 0] + np.random.default_rng(0).normal(0.0, 0.1, 200)
        >>> low, high = TableRegressor(epochs=30).fit(x, y).predict_interval(x).T
        >>> bool((low < high).all()), bool(np.mean((low <= y) & (y <= high)) > 0.8)
        (True, True)
        """
        predictions = self.target_.in_units(self._predictions(X))
        ends = self.judgement_.interval(predictions, coverage)
        return ends if predictions.shape[1] > 1 else ends[:, 0]
