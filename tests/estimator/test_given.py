"""What users give to ``fit``, in every shape that it comes in; and what is left of an estimator when a fit fails."""

import copy
import pickle
import threading

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

from mlnn import MLPClassifier, MLPRegressor
from mlnn.estimator.settings import Settings

pandas = pytest.importorskip("pandas")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X = np.random.default_rng(3).normal(size=(90, 4))
Y = np.array(["low", "mid", "top"])[np.digitize(X[:, 1], [-0.5, 0.5])]
FRAME = pandas.DataFrame({"size": X[:, 0], "kind": np.array(["p", "q", "r"])[np.arange(90) % 3]})
SHORT = {"max_iter": 2, "random_state": 0, "hidden_layer_sizes": (5,)}
TABLE = SHORT | {"categorical_features": "from_dtype"}


@pytest.mark.parametrize("kind", ["coo_matrix", "dia_matrix", "bsr_matrix", "lil_array", "dok_array", "bsr_array"])
def test_sparse_rows_of_any_format_are_put_aside(kind):
    rows = getattr(sparse, kind)(X)
    early = MLPClassifier(early_stopping=True, **SHORT).fit(rows, Y, eval_metric=None)
    plain = MLPClassifier(early_stopping=True, **SHORT).fit(sparse.csr_matrix(X), Y, eval_metric="accuracy")
    np.testing.assert_array_equal(early.theta_, plain.theta_)
    assert early.validation_scores_ == pytest.approx(plain.validation_scores_)


def test_a_memoryview_is_put_aside():
    early = MLPClassifier(early_stopping=True, **SHORT).fit(memoryview(X), Y, eval_metric="accuracy")
    np.testing.assert_array_equal(early.theta_, MLPClassifier(early_stopping=True, **SHORT).fit(X, Y).theta_)


@pytest.mark.parametrize("labels", [np.r_[Y, Y], Y[:40]], ids=["more", "fewer"])
@pytest.mark.parametrize("early", [False, True])
def test_targets_that_are_not_one_a_row_are_refused(labels, early):
    with pytest.raises(ValueError, match=f"X has 90 rows, but y has {len(labels)}"):
        MLPClassifier(early_stopping=early, **TABLE).fit(FRAME, labels)
    with pytest.raises(ValueError, match=f"X has 90 rows, but y has {len(labels)}"):
        MLPRegressor(early_stopping=early, **TABLE).fit(FRAME, np.arange(float(len(labels))))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
@pytest.mark.parametrize(("given", "settings"), [(X, SHORT), (FRAME, TABLE)], ids=["matrix", "frame"])
def test_one_column_of_targets_is_a_vector(given, settings):
    column = pandas.DataFrame({"y": Y})
    one = MLPClassifier(**settings).fit(given, column, eval_set=(given, column))
    other = MLPClassifier(**settings).fit(given, Y, eval_set=[(given, Y)])
    np.testing.assert_array_equal(one.theta_, other.theta_)
    assert one.validation_scores_ == other.validation_scores_


@pytest.mark.parametrize("gap", [None, np.nan, pandas.NA])
@pytest.mark.parametrize(("given", "settings"), [(X, SHORT), (FRAME, TABLE)], ids=["matrix", "frame"])
def test_a_missing_target_is_named(given, settings, gap):
    labels = pandas.Series(Y, dtype=object)
    labels[7] = gap
    for y in (labels, labels.tolist()) if gap is not pandas.NA else (labels,):
        with pytest.raises(ValueError, match="y has 1 missing value, in row 7"):
            MLPClassifier(**settings).fit(given, y)


@pytest.mark.parametrize(
    ("eval_set", "came"),
    [
        (0.3, "0.3"),
        (X, "ndarray of shape"),
        ([(X, Y), (X, Y)], "2 of them"),
        ((X,), "tuple of length 1"),
        ("ab", "str"),
    ],
    ids=["share", "rows", "two", "one", "text"],
)
def test_what_is_no_eval_set_is_named(eval_set, came):
    with pytest.raises(ValueError, match=rf"eval_set must be \(X, y\) or \(X, y, sample_weight\), but got {came}"):
        MLPClassifier(**SHORT).fit(X, Y, eval_set=eval_set)


def test_a_metric_weighs_rows_as_the_default_does():
    weights = np.where(Y == "low", 50.0, 1.0)
    default = MLPClassifier(early_stopping=True, **SHORT).fit(X, Y, weights)
    named = MLPClassifier(early_stopping=True, **SHORT).fit(X, Y, weights, eval_metric="accuracy")
    assert named.validation_scores_ == pytest.approx(default.validation_scores_)
    with pytest.raises(ValueError, match="eval_metric judges rows that are not trained on"):
        MLPClassifier(**SHORT).fit(X, Y, eval_metric="accuracy")


def test_questions_of_text_and_numbers():
    questions = pandas.DataFrame({"word": Y, "grade": np.arange(90) % 4})
    answers = MLPClassifier(**SHORT).fit(X, questions).predict(X)
    assert {type(each) for each in answers[:, 1]} == {int}
    assert set(answers[:, 0]) <= set(Y)
    with pytest.raises(ValueError, match="labels must be all text or all numbers, but y holds both"):
        MLPClassifier(**SHORT).fit(X, np.array(["a", 1, 2] * 30, dtype=object))


@pytest.mark.parametrize("sizes", [(5.7,), (np.nan,), ("5",), ((5, 3),)])
def test_sizes_that_are_no_whole_numbers_are_refused(sizes):
    with pytest.raises(ValueError, match="hidden_layer_sizes must be whole numbers"):
        MLPClassifier(sizes, max_iter=1).fit(X, Y)


def test_a_list_of_activations_draws_what_the_activation_alone_draws():
    settings = SHORT | {"hidden_layer_sizes": (5, 4)}
    alone = MLPClassifier(activation="logistic", **settings).fit(X, Y).theta_
    for each in (["logistic"] * 2, np.array(["logistic"] * 2)):
        np.testing.assert_array_equal(MLPClassifier(activation=each, **settings).fit(X, Y).theta_, alone)


def test_a_fit_that_fails_leaves_the_estimator_as_it_was():
    def fail(epoch):
        raise OSError("the disk is full")

    estimator = MLPClassifier(**SHORT, callbacks=[fail])
    with pytest.raises(OSError, match="the disk is full"):
        estimator.fit(X, Y)
    assert not hasattr(estimator, "theta_")
    assert not hasattr(estimator, "n_features_in_")
    fitted = MLPClassifier(**SHORT, warm_start="exact").fit(X, Y)
    theta, curve = fitted.theta_.copy(), list(fitted.loss_curve_)
    with pytest.raises(OSError, match="the disk is full"):
        fitted.set_params(callbacks=[fail]).fit(X, Y)
    np.testing.assert_array_equal(fitted.theta_, theta)
    assert fitted.loss_curve_ == curve
    whole = MLPClassifier(**SHORT | {"max_iter": 4}).fit(X, Y)
    np.testing.assert_array_equal(fitted.set_params(callbacks=[]).fit(X, Y).theta_, whole.theta_)


def test_a_fit_within_a_fit_is_refused():
    refused = []

    def refit(epoch):
        worker = threading.Thread(target=lambda: attempt())
        worker.start()
        worker.join()

    def attempt():
        try:
            estimator.fit(X, Y)
        except RuntimeError as error:
            refused.append(str(error))

    estimator = MLPClassifier(**SHORT, callbacks=[refit])
    estimator.fit(X, Y)
    assert refused == ["this MLPClassifier is being fitted by another call: fit a clone"] * 2
    np.testing.assert_array_equal(estimator.theta_, clone(estimator).set_params(callbacks=[]).fit(X, Y).theta_)


def test_copies_have_a_state_of_their_own_and_older_pickles_are_refused():
    fitted = MLPClassifier(**SHORT).fit(X, Y)
    for other in (copy.copy(fitted), copy.deepcopy(fitted), pickle.loads(pickle.dumps(fitted))):
        other.partial_fit(X, Y)
        assert len(other.loss_curve_) == 3
        assert len(fitted.loss_curve_) == 2
    with pytest.raises(ValueError, match="pickled by an older version of mlnn"):
        MLPClassifier().__setstate__({"theta_": np.zeros(3)})


def test_parameters_are_listed_once():
    for kind in (MLPClassifier, MLPRegressor):
        for name in Settings().__dict__:
            assert name in kind._parameter_constraints
            assert f"\n{name} : " in kind.__doc__


def test_a_text_column_may_be_empty_in_training():
    rows = FRAME.assign(note=pandas.Series([None] * 60 + ["x"] * 30, dtype=object))
    assert MLPClassifier(**TABLE).fit(rows[:60], Y[:60]).predict(rows[60:]).shape == (30,)


def test_a_boolean_is_one_in_any_spelling():
    flag = pandas.Series(np.arange(90) % 2 == 1)
    rows = pandas.DataFrame({"a": X[:, 0], "flag": flag})
    fitted = MLPRegressor(**TABLE).fit(rows, X[:, 0] + flag)
    spellings = flag.astype(int), flag.map({True: "true", False: "FALSE"}), flag.map({True: "yes", False: "no"})
    for spelling in spellings:
        np.testing.assert_array_equal(fitted.predict(rows.assign(flag=spelling)), fitted.predict(rows))
