"""The same numbers as scikit-learn's multilayer perceptrons, from the same seed; and its own tests of them."""

import importlib.resources
import inspect
import subprocess
import sys
import warnings

import numpy as np
import pytest
import sklearn.neural_network as theirs
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from mlnn import estimator as ours

PRIVATE = {
    "test_fit": "steps by hand through _initialize, _random_state and _fit",
    "test_gradient": "calls _loss_grad_lbfgs and _unpack",
    "test_learning_rate_warmstart": "reads _optimizer.learning_rate",
    "test_adaptive_learning_rate": "reads _optimizer.learning_rate",
    "test_n_iter_no_change": "reads _no_improvement_count",
    "test_n_iter_no_change_inf": "reads _no_improvement_count",
}
"""scikit-learn's tests that reach into private attributes of its own class."""

# What scikit-learn has had since 1.7: there is nothing to compare with in 1.6.
THEY_WEIGH = "sample_weight" in inspect.signature(theirs.MLPClassifier.fit).parameters
THEY_COUNT = "loss" in inspect.signature(theirs.MLPRegressor).parameters

FIXTURES = """
import pytest

@pytest.fixture
def global_random_seed():
    return 42
"""

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Got `batch_size` less than 1 or larger"),
]


def test_scikit_learns_own_tests_pass(tmp_path):
    text = importlib.resources.files("sklearn.neural_network.tests").joinpath("test_mlp.py").read_text()
    imported = "from sklearn.neural_network import MLPClassifier, MLPRegressor"
    assert imported in text
    (tmp_path / "test_theirs.py").write_text(text.replace(imported, "from mlnn import MLPClassifier, MLPRegressor"))
    (tmp_path / "conftest.py").write_text(FIXTURES)
    left_out = [f"--deselect=test_theirs.py::{name}" for name in PRIVATE]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *left_out, "test_theirs.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"{len(PRIVATE)} deselected" in done.stdout


@st.composite
def configurations(draw):
    """Return a kind of estimator, its parameters, and data that fit it."""
    seed = draw(st.integers(0, 2**31))
    random = np.random.RandomState(seed)
    rows, columns = draw(st.integers(30, 260)), draw(st.integers(1, 12))
    X = random.standard_normal((rows, columns))
    if draw(st.booleans()):
        X *= random.uniform(size=X.shape) < 0.5
    solver = draw(st.sampled_from(["adam", "adam", "sgd", "lbfgs"]))
    parameters = {
        "hidden_layer_sizes": draw(st.lists(st.integers(1, 40), max_size=3).map(tuple)),
        "activation": draw(st.sampled_from(["identity", "logistic", "tanh", "relu"])),
        "solver": solver,
        "alpha": draw(st.sampled_from([0.0, 1e-4, 0.1, 1.0])),
        "batch_size": draw(st.sampled_from(["auto", 10, 37, 1000])),
        "learning_rate": draw(st.sampled_from(["constant", "invscaling", "adaptive"])),
        "learning_rate_init": draw(st.sampled_from([1e-3, 1e-2])),
        "power_t": draw(st.sampled_from([0.25, 0.5])),
        "max_iter": draw(st.integers(1, 25)),
        "shuffle": draw(st.booleans()),
        "random_state": draw(st.integers(0, 1000)),
        "tol": draw(st.sampled_from([1e-4, 1e-2])),
        "momentum": draw(st.sampled_from([0.0, 0.5, 0.9])),
        "nesterovs_momentum": draw(st.booleans()),
        "early_stopping": draw(st.booleans()) and solver != "lbfgs",
        "validation_fraction": draw(st.sampled_from([0.1, 0.3])),
        "beta_1": draw(st.sampled_from([0.5, 0.9])),
        "beta_2": draw(st.sampled_from([0.9, 0.999])),
        "epsilon": draw(st.sampled_from([1e-8, 1e-4])),
        "n_iter_no_change": draw(st.sampled_from([1, 3, 10])),
    }
    kinds = ["binary", "multiclass", "multilabel", "one target", "several targets", *["counts"] * THEY_COUNT]
    kind = draw(st.sampled_from(kinds))
    score = X @ random.standard_normal((columns, 3)) + 0.3 * random.standard_normal((rows, 3))
    if kind == "binary":
        labels = ["no", "yes"] if THEY_WEIGH else [3, 5]  # with words and early stopping scikit-learn 1.6 fails
        y = np.take(labels, score[:, 0] > 0.0)
    elif kind == "multiclass":
        y = score.argmax(axis=1) * 10 - 3
    elif kind == "multilabel":
        y = (score > 0.0).astype(int)
    elif kind == "counts":
        y = random.poisson(np.exp(np.clip(0.3 * score[:, 0], -3.0, 2.0))).astype(float)
        parameters["loss"] = "poisson"
    else:
        y = score[:, 0] if kind == "one target" else score
        if solver == "lbfgs" and kind == "several targets":
            y = score[:, 0]  # scikit-learn's gradient is three times that of its loss there: issue 8349
    # With minibatches scikit-learn's Poisson loss has a constant term of each batch's own weights.
    weighted = draw(st.booleans()) and kind != "counts" and THEY_WEIGH
    weights = random.uniform(0.2, 3.0, rows) if weighted else None
    if draw(st.booleans()):
        X = csr_matrix(X)
    way = draw(st.sampled_from(["fit", "fit", "warm start", "partial fit"]))
    if parameters["early_stopping"] or (way == "partial fit" and solver == "lbfgs"):
        way = "fit"  # after early stopping scikit-learn's warm start goes on inside the weights that it kept
    parameters["warm_start"] = way == "warm start"
    name = "MLPClassifier" if kind in ("binary", "multiclass", "multilabel") else "MLPRegressor"
    return name, parameters, X, y, weights, way


def assert_same(mine, other, X):
    """Compare everything that both have; losses of the first 20 epochs to 1e-8, predictions to 1e-6."""
    assert mine.n_iter_ == other.n_iter_
    assert mine.t_ == other.t_ if mine.solver != "lbfgs" else True
    assert (mine.n_layers_, mine.n_outputs_, mine.out_activation_) == (
        other.n_layers_,
        other.n_outputs_,
        other.out_activation_,
    )
    if mine.solver != "lbfgs":
        np.testing.assert_allclose(mine.loss_curve_[:20], other.loss_curve_[:20], rtol=1e-8)
        if mine.early_stopping:
            np.testing.assert_allclose(mine.validation_scores_, other.validation_scores_, rtol=1e-6, atol=1e-9)
            assert mine.best_validation_score_ == pytest.approx(other.best_validation_score_, rel=1e-6, abs=1e-9)
        else:
            assert mine.best_loss_ == pytest.approx(other.best_loss_, rel=1e-8)
    assert mine.loss_ == pytest.approx(other.loss_, rel=1e-6)
    for a, b in zip(mine.coefs_ + mine.intercepts_, other.coefs_ + other.intercepts_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    if hasattr(mine, "classes_"):
        np.testing.assert_array_equal(mine.predict(X), other.predict(X))
        np.testing.assert_allclose(mine.predict_proba(X), other.predict_proba(X), rtol=1e-5, atol=1e-8)
    else:
        np.testing.assert_allclose(mine.predict(X), other.predict(X), rtol=1e-5, atol=1e-7)


def trained(estimator, X, y, weights, way):
    """Train once; or twice, from where the first fit stopped; or batch by batch, twice over."""
    given = () if weights is None else (weights,)
    if way != "partial fit":
        for _ in range(2 if way == "warm start" else 1):
            estimator.fit(X, y, *given)
        return estimator
    classes = {"classes": np.arange(3) if y.ndim == 2 else np.unique(y)} if "Classifier" in repr(estimator) else {}
    for part in np.array_split(np.arange(len(y)), 3) * 2:
        estimator.partial_fit(X[part], y[part], *(g[part] for g in given), **classes)
    return estimator


@settings(max_examples=200, derandomize=True)
@given(configurations())
def test_fit_gives_the_same_numbers(configuration):
    name, parameters, X, y, weights, way = configuration
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", message="Got `batch_size` less than 1 or larger")
        mine, other = (trained(getattr(module, name)(**parameters), X, y, weights, way) for module in (ours, theirs))
    assert_same(mine, other, X)
