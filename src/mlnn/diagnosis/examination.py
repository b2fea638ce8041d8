"""The doctor: all checks on an estimator and its data, causes before consequences."""

import warnings
from contextlib import ExitStack
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import check_consistent_length
from threadpoolctl import threadpool_limits  # scikit-learn brings it

from mlnn.check.subject import Estimator, checked
from mlnn.check.subject import Subject as Given
from mlnn.diagnosis.course import dead_units, divergence, gap, relation, update_ratio, watched_training
from mlnn.diagnosis.data import constant_target, identifiers, imbalance, leak
from mlnn.diagnosis.finding import Diagnosis, Finding
from mlnn.diagnosis.rate import learning_rate, range_test
from mlnn.diagnosis.start import feature_scale, few_rows, first_loss, gradient, target_scale
from mlnn.diagnosis.subject import Subject, subject_of
from mlnn.diagnosis.table import table_subject
from mlnn.engine.choice import SlowerEngine
from mlnn.penalty import Penalty
from mlnn.tabular.base import TableModel
from mlnn.training import Recipe


def doctor(
    estimator: Given | TableModel,
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    times: Any = None,
    recipe: Recipe | None = None,
    penalty: Penalty | None = None,
    seed: int = 0,
) -> Diagnosis:
    """Examine an estimator or network on its data and conclude in words what is wrong, by the checks of CS231n notes 3.

    Of the data: a target that is constant, classes that are rare, columns that identify rows or leak the target; for a
    model for tables, all that its column report says. Before training: the
    size of features and target, the first loss against chance, every gradient against differences, 20 rows learned by
    heart. Then a learning-rate range test. Then a training as the estimator would do it, watched: does it diverge, do
    units die, are steps of the right size, and does what it learned hold on held-out rows? Thresholds stand with the
    checks, in ``mlnn.diagnosis``, with their reasons.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor, TableClassifier, TableRegressor, Model, Network or (Network, θ)
        Fitted or not; it is not changed. An estimator may stand in a Pipeline or a TransformedTargetRegressor. What is
        examined begins with weights drawn anew, except with a θ that is given.
    X : array, DataFrame or sparse matrix of shape (N, D)
        The rows as they would be given to ``fit``. Large tables are examined by 2,000 of their rows.
    y : array of shape (N,) or (N, K)
        Their targets; for a Model or Network as its output takes them.
    groups, times : arrays of shape (N,), optional
        For a model for tables: as for its ``fit``; what belongs together, and when rows come from.
    recipe : Recipe, optional
        How a Model or a Network is trained. A Model's own is that of ``Model.train`` with nothing but X and y; a
        Network has none. An estimator says it by its parameters.
    penalty : Penalty, optional
        The penalty that belongs to the recipe.
    seed : int
        Seed of everything random: the same seed gives the same diagnosis.

    Returns
    -------
    Diagnosis
        Printed, it is a text; ``.troubles`` are the findings that are trouble.

    Raises
    ------
    TypeError, ValueError
        If X and y cannot be used, or a recipe is missing (for a Network) or too many (for an estimator).

    References
    ----------
    Karpathy, Li, Johnson, CS231n notes 3, "Gradient checks", "Sanity checks", "Babysitting the learning process".
    Smith (2017), Cyclical learning rates for training neural networks.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from mlnn import MLPClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> [finding.check for finding in doctor(MLPClassifier((20,)), X, y).troubles][0]
    'feature scale'
    >>> doctor(make_pipeline(StandardScaler(), MLPClassifier((20,))), X, y).healthy
    True
    """
    if isinstance(estimator, TableModel):
        if recipe is not None or penalty is not None:
            raise TypeError("a model for tables says itself how it is trained: recipe and penalty are for a Network")
        of_table, found = table_subject(estimator, X, y, groups, times, seed)
        return Diagnosis(tuple(found)) if of_table is None else examine(of_table, found)
    if groups is not None or times is not None:
        raise TypeError("groups and times are for a model for tables")
    check_consistent_length(X, y)
    targets = np.asarray(y)
    trains = isinstance(estimator, Estimator)
    classifies = is_classifier(estimator) if trains else checked(estimator).network.output.classifies
    constant = constant_target(targets)
    if constant.severity == "trouble":
        return Diagnosis((constant,))
    subject = subject_of(estimator, X, y, seed, recipe, penalty)
    of_data = [constant, *([imbalance(targets)] if classifies else []), identifiers(X, targets), leak(X, targets)]
    return examine(subject, of_data)


def examine(subject: Subject, of_data: list[Finding] | None = None) -> Diagnosis:
    """Run the checks that need a network on the library's own objects; findings on the data alone come first."""
    with ExitStack() as stack:
        stack.enter_context(threadpool_limits(1, "blas"))  # the matrices are small: a second thread costs, up to 20 ×
        stack.enter_context(np.errstate(all="ignore"))  # what is not finite shows in the findings
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", SlowerEngine)
        test = range_test(subject)
        course, theta = watched_training(subject)
        found = [
            *(of_data or []),
            feature_scale(subject),
            target_scale(subject),
            first_loss(subject),
            gradient(subject),
            few_rows(subject),
            learning_rate(test, course.end) if test else None,
            divergence(course),
            dead_units(course, subject.problem.X.shape[0]),
            update_ratio(course, subject.recipe.optimizer),
            gap(course),
            relation(subject, course, theta),
        ]
    return Diagnosis(tuple(finding for finding in found if finding), test, course)
