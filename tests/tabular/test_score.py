"""Figures of merit against scikit-learn's, and against values worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.dummy import DummyClassifier, DummyRegressor

from mlnn.tabular.class_score import class_scores
from mlnn.tabular.score import baseline_of, mean_loss, value_scores
from mlnn.tabular.target import Classes, Quantities


def probabilities(rows, classes, seed, dtype=np.float64):
    powers = np.exp(np.random.default_rng(seed).standard_normal((rows, classes)))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(dtype)


# Classes


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(max_examples=20)
@given(classes=st.integers(2, 5), rows=st.integers(5, 40), seed=st.integers(0, 99), weighted=st.booleans())
def test_class_scores_are_scikit_learns(dtype, classes, rows, seed, weighted):
    y, P = np.arange(rows) % classes, probabilities(rows, classes, seed, dtype)
    if dtype == np.float64:  # with many ties, in sixteenths, whose sums are exact
        P = np.random.default_rng(seed).multinomial(16, P) / 16.0
    w = np.random.default_rng(seed).uniform(0.5, 2.0, rows) if weighted else None
    found = class_scores(y, P, w)
    P = P.astype(np.float64)
    said = P.argmax(axis=1)
    P /= P.sum(axis=1, keepdims=True)
    binary = classes == 2
    average = {"average": "binary" if binary else "macro", "zero_division": 0.0, "sample_weight": w}
    given_as, one = (P[:, 1] if binary else P), {"sample_weight": w}
    of_several = np.average(((np.eye(classes)[y] - P) ** 2).sum(axis=1), weights=w)  # scikit-learn 1.6 knows two
    expected = {
        "log_loss": metrics.log_loss(y, P, **one),
        "brier": metrics.brier_score_loss(y, given_as, **one) if binary else of_several,
        "accuracy": metrics.accuracy_score(y, said, **one),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, said, **one),
        "precision": metrics.precision_score(y, said, **average),
        "recall": metrics.recall_score(y, said, **average),
        "f1": metrics.f1_score(y, said, **average),
        "auc": metrics.roc_auc_score(y, given_as, multi_class="ovr", **one),
        "average_precision": metrics.average_precision_score(y, given_as, **one),
    }
    assert list(found) == [*expected, "calibration_error"]
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)


def test_the_calibration_error_of_two_bins_by_hand():
    """Of two rows at 0.9 both are right, of two at 0.6 none is."""
    P = np.array([[0.1, 0.9], [0.1, 0.9], [0.4, 0.6], [0.4, 0.6]])
    assert class_scores(np.array([1, 1, 0, 0]), P)["calibration_error"] == pytest.approx((0.1 + 0.6) / 2.0)


def test_a_threshold_decides_between_two_classes():
    y, P = np.array([0, 0, 1, 1]), np.array([[0.9, 0.1], [0.7, 0.3], [0.65, 0.35], [0.2, 0.8]])
    assert class_scores(y, P)["recall"] == 0.5
    assert class_scores(y, P, threshold=0.35)["recall"] == 1.0
    assert class_scores(y, P, threshold=0.35)["precision"] == 1.0
    assert class_scores(y, P, threshold=0.3)["accuracy"] == 0.75


def test_the_areas_of_a_thousand_classes_are_the_means_of_scikit_learns(random):
    y, P = random.integers(0, 1000, 700), random.random((700, 1000))
    P /= P.sum(axis=1, keepdims=True)
    some = np.unique(y)
    areas = [(metrics.roc_auc_score(y == k, P[:, k]), metrics.average_precision_score(y == k, P[:, k])) for k in some]
    found = class_scores(y, P)
    assert (found["auc"], found["average_precision"]) == pytest.approx(np.mean(areas, axis=0), rel=1e-9)


def test_class_scores_by_hand():
    y, P = np.array([0, 1, 1, 0]), np.array([[0.75, 0.25], [0.5, 0.5], [0.2, 0.8], [0.4, 0.6]])
    scores = class_scores(y, P)
    assert scores["log_loss"] == pytest.approx(-np.log([0.75, 0.5, 0.8, 0.4]).mean(), rel=1e-14)
    assert scores["accuracy"] == 0.5  # a tie goes to the first class
    assert scores["auc"] == 3.0 / 4.0  # of four pairs, one is in the wrong order


def test_the_area_is_that_of_one_class_against_the_rest():
    y, P = np.arange(30) % 3, probabilities(30, 3, 5)
    areas = [metrics.roc_auc_score(y == k, P[:, k]) for k in range(3)]
    assert class_scores(y, P)["auc"] == pytest.approx(np.mean(areas), rel=1e-12)


def test_classes_that_do_not_occur_have_no_area():
    P = probabilities(3, 2, 0)
    scores = class_scores(np.array([1, 1, 1]), P)
    assert "auc" not in scores
    assert scores["log_loss"] == pytest.approx(-np.log(P[:, 1]).mean(), rel=1e-12)
    y, P = np.array([0, 2, 0]), probabilities(3, 3, 0)
    areas = [metrics.roc_auc_score(y == k, P[:, k]) for k in (0, 2)]
    assert class_scores(y, P)["auc"] == pytest.approx(np.mean(areas), rel=1e-12)


def test_a_certain_mistake_costs_much_but_not_infinity():
    scores = class_scores(np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]]))
    assert 10.0 < scores["log_loss"] < np.inf


def test_the_probabilities_given_are_left_as_they_are():
    P = probabilities(6, 3, 0)
    before = P.copy()
    class_scores(np.arange(6) % 3, P)
    np.testing.assert_array_equal(P, before)


# Values


@given(rows=st.integers(2, 30), seed=st.integers(0, 99))
def test_value_scores_are_scikit_learns(rows, seed):
    y, values = np.random.default_rng(seed).standard_normal((2, rows))
    scores = value_scores(y, values)
    assert scores == {
        "r2": metrics.r2_score(y, values),
        "rmse": metrics.root_mean_squared_error(y, values),
        "mae": metrics.mean_absolute_error(y, values),
        "median_error": metrics.median_absolute_error(y, values),
    }
    assert scores["rmse"] == pytest.approx(np.sqrt(np.mean((y - values) ** 2)), rel=1e-12)
    assert scores["mae"] == pytest.approx(np.abs(y - values).mean(), rel=1e-12)


def test_value_scores_by_hand():
    assert value_scores(np.array([1.0, 3.0]), np.array([2.0, 3.0])) == {
        "r2": pytest.approx(0.5),
        "rmse": pytest.approx(np.sqrt(0.5)),
        "mae": pytest.approx(0.5),
        "median_error": pytest.approx(0.5),
    }


# Baselines


def test_a_single_value_has_no_share_of_variance_explained():
    assert value_scores(np.array([1.0]), np.array([3.0])) == {"rmse": 2.0, "mae": 2.0, "median_error": 2.0}


def test_the_baseline_of_classes_is_their_frequencies():
    y_train, y = np.array(list("aabbbc")), np.array(list("abcab"))
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((6, 1)), y_train)
    target = Classes.learn(y_train)
    found = baseline_of(target.encode(y_train), len(y), target)
    np.testing.assert_allclose(found, dummy.predict_proba(np.zeros((5, 1))), rtol=1e-12)
    scores = class_scores(target.encode(y), found)
    assert scores["log_loss"] == pytest.approx(-np.log(np.array([2, 3, 1, 2, 3]) / 6.0).mean(), rel=1e-12)
    assert scores["accuracy"] == 0.4
    assert scores["auc"] == 0.5
    weighted = baseline_of(target.encode(y_train), 1, target, np.array([3.0, 3.0, 1.0, 1.0, 1.0, 1.0]))
    assert weighted.tolist() == [[0.6, 0.3, 0.1]]


def test_the_baseline_of_values_is_the_training_mean():
    y_train, y = np.array([1.0, 2.0, 6.0]), np.array([2.0, 5.0, 8.0])
    target = Quantities.learn(y_train)
    found = target.decode(baseline_of(target.encode(y_train), 3, target))
    np.testing.assert_allclose(found, DummyRegressor().fit(np.zeros((3, 1)), y_train).predict(np.zeros((3, 1))))
    scores = value_scores(y, found)
    assert scores["mae"] == pytest.approx((1.0 + 2.0 + 5.0) / 3.0)
    assert scores["r2"] < 0.0


def test_the_mean_loss_of_values_is_what_r2_lacks_of_one(random):
    y, values, weights = random.normal(size=50), random.normal(size=50), random.uniform(0.0, 5.0, 50)
    target = Quantities.learn(y)
    t, P = target.encode(y), target.encode(values)
    for w in (None, weights):
        assert mean_loss(target, t, P, w) == pytest.approx(1.0 - metrics.r2_score(y, values, sample_weight=w), rel=1e-9)
