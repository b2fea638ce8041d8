"""Among scikit-learn's own: searches, calibration, stacking, routing of metadata, parallel folds."""

import numpy as np
import pytest
import sklearn
import sklearn.neural_network
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingClassifier, StackingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, cross_validate
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlnn.dataset import moons
from mlnn.estimator import MLPClassifier, MLPRegressor
from mlnn.estimator.search import log_scale
from mlnn.layer import LeakyReLU

X, Y = load_iris(return_X_y=True)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # training here is short


def network(**settings):
    return MLPClassifier((16,), **{"learning_rate_init": 0.02, "max_iter": 60, "random_state": 0} | settings)


def test_folds_in_two_processes_are_folds_in_one():
    one, two = (cross_validate(network(), X, Y, cv=3, n_jobs=jobs, return_estimator=True) for jobs in (1, 2))
    np.testing.assert_array_equal(one["test_score"], two["test_score"])
    for a, b in zip(one["estimator"], two["estimator"], strict=True):
        np.testing.assert_array_equal(a.theta_, b.theta_)


def test_a_grid_of_objects_and_a_halving_search():
    grid = {"mlpclassifier__activation": ["relu", LeakyReLU(0.2)], "mlpclassifier__dropout": [0.0, 0.2]}
    search = GridSearchCV(make_pipeline(StandardScaler(), network()), grid, cv=3, n_jobs=2).fit(X, Y)
    assert search.score(X, Y) > 0.9
    halving = HalvingRandomSearchCV(
        network(), {"learning_rate_init": log_scale(1e-3, 1e-1)}, resource="max_iter", max_resources=60, random_state=0
    ).fit(X, Y)
    assert halving.best_estimator_.score(X, Y) > 0.9


def test_calibrated_stacked_bagged_and_of_several_targets():
    assert CalibratedClassifierCV(network(), cv=3).fit(X, Y).score(X, Y) > 0.9
    assert CalibratedClassifierCV(network(loss="hinge"), cv=3).fit(X, Y).score(X, Y) > 0.9
    stack = StackingClassifier([("a", network()), ("b", network(activation="tanh"))], LogisticRegression(), cv=3)
    assert stack.fit(X, Y).score(X, Y) > 0.9
    assert BaggingClassifier(network(), n_estimators=3, random_state=0).fit(X, Y).score(X, Y) > 0.9
    both = MultiOutputClassifier(network()).fit(X, np.column_stack([Y, Y > 0]))
    assert both.predict(X).shape == (150, 2)


def test_metadata_reaches_fit():
    rows, y = moons(150, noise=0.2, seed=0)
    weights = np.where(y == 0, 5.0, 0.2)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = network().set_fit_request(sample_weight=True, eval_set=True)
        scaler = StandardScaler(with_mean=False, with_std=False).set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, routed)
        pipeline.fit(rows, y, sample_weight=weights, eval_set=(rows[:50], y[:50]))
    alone = network().fit(rows, y, sample_weight=weights)
    np.testing.assert_allclose(pipeline[-1].theta_, alone.theta_)
    assert len(pipeline[-1].validation_loss_curve_) == alone.n_iter_


def test_importance_of_features():
    found = permutation_importance(network().fit(X, Y), X, Y, n_repeats=3, random_state=0)
    assert found.importances_mean.argmax() in (2, 3)  # the petals


def test_parameters_read_as_scikit_learns():
    ours, theirs = MLPRegressor().get_params(), sklearn.neural_network.MLPRegressor().get_params()
    assert {name: ours[name] for name in theirs} == theirs
    ours, theirs = MLPClassifier().get_params(), sklearn.neural_network.MLPClassifier().get_params()
    assert {name: ours[name] for name in theirs} == theirs
    assert repr(MLPClassifier(dropout=0.2)) == "MLPClassifier(dropout=0.2)"
