"""scikit-learn's fitted networks as the library's, and back: the same predictions, and training that goes on alike."""

import copy

import numpy as np
import pytest
import sklearn.neural_network as theirs
from scipy.sparse import csr_matrix
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

import mlnn
from mlnn.layer import Tanh
from mlnn.optimizer import AdamW
from mlnn.output import Logistic, Softmax

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

IRIS, SPECIES = load_iris(return_X_y=True)
PEOPLE, DISEASE = load_diabetes(return_X_y=True)
COUNTS = np.random.RandomState(0).poisson(DISEASE / 50.0).astype(float)
CASES = {
    "binary": ("MLPClassifier", IRIS, np.where(SPECIES == 1, "versicolor", "other"), {}),
    "multiclass": ("MLPClassifier", IRIS, SPECIES * 10 - 3, {"hidden_layer_sizes": (7, 5), "activation": "tanh"}),
    "multilabel": ("MLPClassifier", IRIS, (IRIS[:, :3] > IRIS[:, :3].mean(axis=0)).astype(int), {}),
    "one target": ("MLPRegressor", PEOPLE, DISEASE / 100.0, {"activation": "logistic"}),
    "several targets": ("MLPRegressor", PEOPLE, np.column_stack([DISEASE, -DISEASE, PEOPLE[:, 0]]) / 100.0, {}),
    "counts": ("MLPRegressor", PEOPLE, COUNTS, {"loss": "poisson"}),
    "no hidden layer": ("MLPClassifier", IRIS, SPECIES, {"hidden_layer_sizes": (), "activation": "identity"}),
}
cases = pytest.mark.parametrize("case", CASES)
SETTINGS = {"hidden_layer_sizes": (6,), "max_iter": 12, "random_state": 3, "batch_size": 32}


def of(case, module, **more):
    name, X, y, parameters = CASES[case]
    if "loss" in parameters and "loss" not in theirs.MLPRegressor().get_params():
        pytest.skip("this scikit-learn has no losses to choose from")
    return getattr(module, name)(**{**SETTINGS, **parameters, **more}).fit(X, y), X, y


def assert_alike(a, b, X):
    assert type(a).__name__ == type(b).__name__
    if not hasattr(a, "classes_"):
        np.testing.assert_allclose(a.predict(X), b.predict(X), rtol=1e-6)
    else:
        np.testing.assert_array_equal(a.predict(X), b.predict(X))
        np.testing.assert_array_equal(a.classes_, b.classes_)
        np.testing.assert_allclose(a.predict_proba(X), b.predict_proba(X), rtol=1e-6, atol=1e-12)
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(a, name) == getattr(b, name), name
    assert a.loss_ == b.loss_
    for mine, other in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        np.testing.assert_array_equal(mine, other)
        assert mine.dtype == other.dtype
        assert not np.shares_memory(mine, other)


@cases
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_from_scikit_learn(case, solver):
    other, X, _ = of(case, theirs, solver=solver, learning_rate="adaptive")
    mine = mlnn.from_sklearn(other)
    assert_alike(mine, other, X)
    shared = {name: value for name, value in mine.get_params().items() if name in other.get_params()}
    assert shared == other.get_params()
    if solver != "lbfgs":
        assert mine.loss_curve_ == other.loss_curve_
        assert mine.best_loss_ == other.best_loss_


@cases
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_to_scikit_learn(case, solver):
    mine, X, _ = of(case, mlnn, solver=solver)
    assert_alike(mine.to_sklearn(), mine, X)


@cases
@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("there", [theirs, mlnn], ids=["from", "to"])
def test_partial_fit_goes_on_as_the_original_would(case, solver, there):
    original, X, y = of(case, there, solver=solver)
    moved = mlnn.from_sklearn(original) if there is theirs else original.to_sklearn()
    with threadpool_limits(1):
        for _ in range(4):
            original.partial_fit(X, y)
            moved.partial_fit(X, y)
    for a, b in zip(moved.coefs_ + moved.intercepts_, original.coefs_ + original.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(moved.loss_curve_, original.loss_curve_, rtol=1e-8)
    assert (moved.t_, moved.n_iter_) == (original.t_, original.n_iter_)


@pytest.mark.parametrize("there", [theirs, mlnn], ids=["from", "to"])
@pytest.mark.parametrize("rule", ["adaptive", "invscaling"])
def test_the_rate_goes_on_too(there, rule):
    settings = {"solver": "sgd", "learning_rate": rule, "learning_rate_init": 0.1, "tol": 0.05, "n_iter_no_change": 2}
    original, X, y = of("multiclass", there, **settings)
    original.set_params(tol=10.0)  # so that the count of epochs without progress matters
    moved = mlnn.from_sklearn(original) if there is theirs else original.to_sklearn()
    for _ in range(5):
        original.partial_fit(X, y)
        moved.partial_fit(X, y)
    np.testing.assert_allclose(moved.loss_curve_, original.loss_curve_, rtol=1e-8)
    np.testing.assert_allclose(moved.coefs_[0], original.coefs_[0], rtol=1e-8)


@pytest.mark.parametrize("there", [theirs, mlnn], ids=["from", "to"])
def test_a_warm_start_goes_on_as_the_original_would(there):
    original, X, y = of("binary", there, warm_start=True)
    moved = mlnn.from_sklearn(original) if there is theirs else original.to_sklearn()
    np.testing.assert_allclose(moved.fit(X, y).loss_curve_, original.fit(X, y).loss_curve_, rtol=1e-8)


@cases
def test_there_and_back(case):
    other, X, y = of(case, theirs)
    back = mlnn.from_sklearn(other).to_sklearn()
    assert_alike(back, other, X)
    assert back.get_params() == other.get_params()
    np.testing.assert_array_equal(back.partial_fit(X, y).coefs_[0], other.partial_fit(X, y).coefs_[0])


def test_early_stopping():
    other, X, y = of("multiclass", theirs, early_stopping=True, max_iter=40)
    mine = mlnn.from_sklearn(other)
    assert_alike(mine, other, X)
    assert mine.validation_scores_ == other.validation_scores_
    assert mine.best_validation_score_ == other.best_validation_score_
    assert mine.best_iter_ == other.validation_scores_.index(other.best_validation_score_) + 1
    for each in (mine, other):
        each.set_params(warm_start=True, max_iter=3).fit(X, y)
    np.testing.assert_allclose(mine.validation_scores_, other.validation_scores_)
    np.testing.assert_allclose(mine.loss_curve_, other.loss_curve_, rtol=1e-8)
    assert_alike(mine.to_sklearn(), mine, X)  # (theirs trains on in what it kept as its best weights)


@pytest.mark.parametrize("there", [theirs, mlnn], ids=["from", "to"])
def test_single_precision(there):
    name, X, y, parameters = CASES["multiclass"]
    X = X.astype(np.float32)
    original = getattr(there, name)(**{**SETTINGS, **parameters}).fit(X, y)
    moved = mlnn.from_sklearn(original) if there is theirs else original.to_sklearn()
    assert moved.coefs_[0].dtype == np.float32
    np.testing.assert_allclose(moved.predict_proba(X), original.predict_proba(X), rtol=1e-5)
    moved.partial_fit(X, y)
    assert moved.coefs_[0].dtype == np.float32
    np.testing.assert_allclose(moved.coefs_[0], original.partial_fit(X, y).coefs_[0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("there", [theirs, mlnn], ids=["from", "to"])
def test_sparse_labels_stay_sparse(there):
    _, X, y, _ = CASES["multilabel"]
    original = there.MLPClassifier(**SETTINGS).fit(X, csr_matrix(y))
    moved = mlnn.from_sklearn(original) if there is theirs else original.to_sklearn()
    np.testing.assert_array_equal(moved.predict(X).toarray(), original.predict(X).toarray())


def test_names_of_columns_move():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(IRIS, columns=list("abcd"))
    mine = mlnn.from_sklearn(theirs.MLPClassifier(**SETTINGS).fit(frame, SPECIES))
    assert list(mine.feature_names_in_) == list(mine.to_sklearn().feature_names_in_) == list("abcd")


def test_the_two_share_nothing():
    other, X, y = of("multiclass", theirs, random_state=np.random.RandomState(1))
    before = copy.deepcopy(other)
    mine = mlnn.from_sklearn(other)
    assert mine.state.random is not other._random_state
    mine.partial_fit(X, y)
    np.testing.assert_array_equal(before.partial_fit(X, y).coefs_[0], other.partial_fit(X, y).coefs_[0])
    np.testing.assert_allclose(mine.coefs_[0], other.coefs_[0], rtol=1e-8)


def test_what_cannot_come():
    with pytest.raises(TypeError, match="expected scikit-learn's MLPClassifier or MLPRegressor, but got LogisticReg"):
        mlnn.from_sklearn(LogisticRegression())
    with pytest.raises(NotFittedError):
        mlnn.from_sklearn(theirs.MLPClassifier())
    changed, _, _ = of("binary", theirs)
    with pytest.raises(ValueError, match="were parameters changed after fit"):
        mlnn.from_sklearn(changed.set_params(hidden_layer_sizes=(9,)))


@pytest.mark.parametrize(
    ("estimator", "match"),
    [
        (mlnn.MLPClassifier((3,), "gelu"), "the gate GELU"),
        (mlnn.MLPClassifier((3, 2), ["tanh", "relu"]), r"different hidden layers \(relu, tanh\)"),
        (mlnn.MLPClassifier((3,), batch_norm=True), "the gate BatchNorm"),
        (mlnn.MLPClassifier((3,), loss="hinge"), "the output Hinge"),
        (mlnn.MLPRegressor("huber", (3,)), "the output Huber"),
    ],
)
def test_networks_that_scikit_learn_has_not(estimator, match):
    with pytest.raises(ValueError, match=f"scikit-learn has no multilayer perceptron with {match}"):
        estimator.set_params(max_iter=1).fit(IRIS, SPECIES).to_sklearn()


def test_more_that_it_has_not():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(NotFittedError):
        mlnn.MLPClassifier().to_sklearn()
    with pytest.raises(ValueError, match="softmax of two classes"):
        mlnn.MLPClassifier(max_iter=1, loss=Softmax()).fit(IRIS, SPECIES == 1).to_sklearn()
    frame = pandas.DataFrame(IRIS, columns=list("abcd"))
    with pytest.raises(ValueError, match="columns of categories"):
        mlnn.MLPClassifier(max_iter=1, categorical_features="from_dtype").fit(frame, SPECIES).to_sklearn()


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"dropout": 0.5}, "dropout"),
        ({"solver": AdamW(), "schedule": "cosine"}, "schedule, solver"),
        ({"loss": Softmax(smoothing=0.1)}, "loss"),
        ({"early_stopping": "loss"}, "early_stopping"),
        ({"warm_start": "exact"}, "warm_start"),
    ],
)
def test_what_only_acts_in_training_is_left_out_and_named(parameters, named):
    mine = mlnn.MLPClassifier(**SETTINGS, **parameters).fit(IRIS, SPECIES)
    with pytest.warns(UserWarning, match=f"for {named}: scikit-learn has nothing like it") as caught:
        other = mine.to_sklearn()
    assert caught[0].filename == __file__
    np.testing.assert_allclose(other.predict_proba(IRIS), mine.predict_proba(IRIS))
    other.fit(IRIS, SPECIES)


def test_what_is_only_said_otherwise_is_no_loss():
    mine = mlnn.MLPClassifier(
        (4, 4), [Tanh(), "tanh"], max_iter=2, loss=Logistic(), early_stopping="score", engine="reference"
    )
    other = mine.fit(IRIS, SPECIES == 1).to_sklearn()
    assert (other.activation, other.early_stopping) == ("tanh", True)
    np.testing.assert_allclose(other.predict_proba(IRIS), mine.predict_proba(IRIS))
