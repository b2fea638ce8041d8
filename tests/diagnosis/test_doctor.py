"""The doctor finds what is planted, names it rightly, and keeps silent about healthy networks."""

import json
import pickle
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import neural_network
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, make_regression
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler, scale

import mlnn
from mlnn import MLPClassifier, MLPRegressor, Model
from mlnn.dataset import moons, spirals
from mlnn.diagnosis import Course, Diagnosis, Finding, RangeTest, examine, subject_of
from mlnn.diagnosis.course import gap
from mlnn.diagnosis.data import identifiers, leak
from mlnn.diagnosis.rate import learning_rate
from mlnn.diagnosis.start import feature_scale, gradient
from mlnn.frame.preparation import Preparation
from mlnn.gate import MultiplyGate
from mlnn.layer import Layer, ReLU, Tanh
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam
from mlnn.output import LeastSquares, Logistic, Output, Softmax
from mlnn.output.base import class_numbers
from mlnn.penalty import L2
from mlnn.training import Recipe


def cancer():
    X, y = load_breast_cancer(return_X_y=True)
    return scale(X), y


def digits():
    X, y = load_digits(return_X_y=True)
    return X[:1000] / 16.0, y[:1000]


def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return scale(X), scale(y)


def regression():
    X, y = make_regression(600, 20, n_informative=10, noise=10.0, random_state=0)
    return X, scale(y)


KINDS = (MLPClassifier, MLPRegressor)


def troubles(estimator, X, y, **settings):
    return [finding.check for finding in mlnn.doctor(estimator, X, y, **settings).troubles]


def finding(diagnosis, check):
    (found,) = [each for each in diagnosis.findings if each.check == check]
    return found


@dataclass(frozen=True)
class ByHand(Layer):
    """A rectifier by hand, whose slope may be wrong by a factor and whose kink may lie elsewhere."""

    kinks = (0.0,)
    initializer = ReLU.initializer
    factor: float = 1.0
    shift: float = 0.0

    def forward(self, x):
        return np.maximum(x - self.shift, 0.0)

    def slope(self, x, y):
        return self.factor * (x > self.shift)


@dataclass(frozen=True)
class Copied(MultiplyGate):
    """A matrix product whose dW may be wrong by a factor."""

    factor: float = 1.0

    def backward(self, W, X, dZ):
        dW, dX = super().backward(W, X, dZ)
        return self.factor * dW, dX


@dataclass(frozen=True)
class NaiveSoftmax(Output):
    """Cross-entropy as it stands in the book: exp overflows, and the logarithm of 0 is taken."""

    classifies = True

    def targets(self, y, scores):
        return class_numbers(y, scores)

    def predict(self, S):
        powers = np.exp(S)
        return powers / powers.sum(axis=1, keepdims=True)

    def losses(self, S, y):
        return -np.log(self.predict(S)[np.arange(len(y)), y])

    def diff(self, S, y):
        d = self.predict(S)
        d[np.arange(len(y)), y] -= 1.0
        return d

    def decide(self, P):
        return P.argmax(axis=1)


# Healthy networks


@pytest.mark.parametrize(
    ("estimator", "data"),
    [
        (MLPClassifier(), cancer),
        (MLPClassifier(activation="tanh", solver="sgd", learning_rate_init=0.1), cancer),
        (MLPClassifier((64, 64), dropout=0.1, early_stopping=True), digits),
        (MLPClassifier(batch_norm=True), digits),
        (MLPClassifier(solver="lbfgs"), cancer),
        (MLPRegressor(), diabetes),
        (MLPRegressor(activation="tanh"), diabetes),
        (MLPRegressor(), regression),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_a_healthy_network_has_no_trouble(estimator, data):
    diagnosis = mlnn.doctor(estimator, *data())
    assert diagnosis.healthy, str(diagnosis)
    assert len(diagnosis.of("look")) <= 2
    assert all(each.advice == "" for each in diagnosis.of("fine"))
    assert all(each.advice for each in diagnosis.of("look"))


# Ten planted troubles


@pytest.mark.parametrize("data", [load_breast_cancer(return_X_y=True), (100.0 * cancer()[0], cancer()[1])])
def test_unscaled_features(data):
    X, y = data
    diagnosis = mlnn.doctor(MLPClassifier(), X, y)
    assert diagnosis.troubles[0].check == "feature scale"
    assert diagnosis.troubles[0].value == pytest.approx(np.sqrt((X**2).mean(axis=0)).max(), rel=0.1)
    assert "StandardScaler" in diagnosis.troubles[0].advice
    assert "feature scale" not in troubles(make_pipeline(StandardScaler(), MLPClassifier()), X, y)


@pytest.mark.parametrize(
    ("estimator", "data"),
    [
        (MLPClassifier(solver="sgd", learning_rate_init=10.0), cancer),
        (MLPClassifier(solver="sgd", learning_rate_init=10.0), digits),
        (MLPRegressor(solver="sgd", learning_rate_init=1.0), diabetes),
        (MLPRegressor(solver="sgd", learning_rate_init=1.0), regression),
        (MLPClassifier(learning_rate_init=1.0), digits),
    ],
)
def test_a_learning_rate_a_hundred_times_too_high(estimator, data):
    diagnosis = mlnn.doctor(estimator, *data())
    rate = finding(diagnosis, "learning rate")
    assert rate.severity == "trouble"
    assert rate.meaning.startswith("too high")
    assert rate.advice.startswith("lower")
    assert float(rate.advice.split()[-1].strip(".")) < estimator.learning_rate_init / 3.0


@pytest.mark.parametrize(
    ("estimator", "data"),
    [
        (MLPClassifier(learning_rate_init=1e-5), cancer),
        (MLPClassifier(learning_rate_init=1e-5, activation="tanh"), digits),
        (MLPClassifier(solver=SGD(1e-3)), digits),
        (MLPRegressor(learning_rate_init=1e-5), diabetes),
        (MLPRegressor(learning_rate_init=1e-5), regression),
    ],
)
def test_a_learning_rate_a_hundred_times_too_low(estimator, data):
    rate = finding(mlnn.doctor(estimator, *data()), "learning rate")
    assert rate.severity == "trouble"
    assert rate.meaning.startswith("too low")
    assert rate.advice.startswith("raise")


@pytest.mark.parametrize(
    ("estimator", "shift"),
    [
        (MLPClassifier(), -10.0),
        (MLPClassifier(activation=ByHand(shift=5.0)), 0.0),
        (MLPClassifier(solver="sgd", learning_rate_init=10.0), 0.0),
    ],
    ids=["features off centre", "a kink out of reach", "steps too large"],
)
def test_dead_rectifiers(estimator, shift):
    X, y = digits()
    dead = finding(mlnn.doctor(estimator, X + shift, y), "dead units")
    assert dead.severity == "trouble"
    assert 0.3 <= dead.value <= 1.0


@pytest.mark.parametrize(("estimator", "value"), [(MLPClassifier(), "yes"), (MLPRegressor(), 3.5)])
def test_a_constant_target(estimator, value):
    diagnosis = mlnn.doctor(estimator, cancer()[0], np.full(569, value))
    assert [each.check for each in diagnosis.troubles] == ["constant target"]
    assert diagnosis.range_test is diagnosis.course is None


@pytest.mark.parametrize(
    ("estimator", "data"),
    [(MLPClassifier(), cancer), (MLPClassifier(), digits), (MLPRegressor(), diabetes), (MLPRegressor(), regression)],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_shuffled_labels(estimator, data, seed):
    X, y = data()
    assert "held-out rows" in troubles(estimator, X, np.random.default_rng(seed).permutation(y))


def test_an_identifier_that_leaks():
    """Rows sorted by class, numbered, and then shuffled: the number tells the class."""
    X, y = cancer()
    order = np.argsort(y, kind="stable")
    frame = pd.DataFrame(X[order]).add_prefix("f")
    frame.insert(3, "number", np.arange(1000, 1569))
    mixed = np.random.default_rng(0).permutation(len(y))
    frame, y = frame.iloc[mixed], y[order][mixed]
    found = finding(mlnn.doctor(make_pipeline(StandardScaler(), MLPClassifier()), frame, y), "identifier")
    assert found.severity == "trouble"
    assert found.value == 1.0
    assert "'number' alone explains 9" in found.meaning
    assert found.advice == "leave out 'number'."


def test_the_only_column_that_tells_anything_is_not_to_be_left_out(random):
    y = np.sort(random.normal(size=300))
    frame = pd.DataFrame({"noise": random.normal(size=300), "row": np.arange(300)})
    found = identifiers(frame, y)
    assert found.severity == "look"
    assert found.advice.startswith("keep it if")


def test_numbers_in_text_dates_and_reviews_name_no_rows(random):
    amounts = random.permutation(10_000)[:ROWS] / 16
    days = np.arange("2020-01-01", "2020-04-10", dtype="datetime64[D]")
    frame = pd.DataFrame(
        {"other": amounts, "price": [f"${x:,.2f}" for x in amounts], "day": days, "text": days.astype(str)}
    )
    frame.loc[3, "price"] = "1.2.3"
    frame["review"] = [f"this is number {k} of many" for k in range(ROWS)]
    assert identifiers(frame, np.arange(ROWS) % 2).severity == "fine"


def test_a_copy_of_the_target_is_found(random):
    y = random.integers(0, 3, 300)
    frame = pd.DataFrame({"a": y + random.normal(size=300), "copy": [f"class {k}" for k in y]})
    assert leak(frame, y).severity == "trouble"
    assert "'copy' alone explains 100.0 %" in leak(frame, y).meaning
    assert leak(frame[["a"]], y).severity == leak(frame[["copy"]], y).severity == "fine"


@pytest.mark.parametrize("classes", [2, 3])
def test_imbalance(classes):
    X, y = (cancer if classes == 2 else lambda: load_iris(return_X_y=True))()
    rare = np.flatnonzero(y == 0)[: 10 if classes == 2 else 2]
    rows = np.concatenate([rare, np.flatnonzero(y != 0)])
    diagnosis = mlnn.doctor(MLPClassifier((20,)), scale(X[rows]), y[rows])
    assert [each.check for each in diagnosis.troubles] == ["imbalance"]
    assert diagnosis.troubles[0].value == (35.7 if classes == 2 else 25.0)


def test_a_loss_that_becomes_nan():
    X, y = cancer()
    subject = subject_of(MLPClassifier(learning_rate_init=0.1, loss=Softmax()), 30.0 * X, y)
    network = Network(subject.problem.network.inputs, subject.problem.network.gates, NaiveSoftmax())
    problem, valid = (Problem.of(network, each.X, each.y) for each in (subject.problem, subject.valid))
    diagnosis = examine(replace(subject, problem=problem, valid=valid))
    assert finding(diagnosis, "divergence").severity == "trouble"
    assert "log(0)" in finding(diagnosis, "divergence").advice
    assert json.loads(json.dumps(diagnosis.to_json()))["healthy"] is False


def test_a_right_custom_gradient():
    assert "gradient" not in troubles(MLPClassifier((20,), activation=ByHand()), *cancer())


@pytest.mark.parametrize("factor", [1.001, -1.0, 0.0])
def test_a_wrong_custom_gradient(factor):
    X, y = cancer()
    wrong = finding(mlnn.doctor(MLPClassifier((20,), activation=ByHand(factor)), X, y), "gradient")
    assert wrong.severity == "trouble"
    assert wrong.value == pytest.approx(abs(factor - 1.0) / max(1.0, abs(factor)), rel=0.02) or factor == -1.0
    assert "∂J/∂" in wrong.meaning


@pytest.mark.parametrize(("factor", "severity"), [(1.0, "fine"), (1.00002, "look"), (1.01, "trouble")])
def test_a_wrong_custom_gate(factor, severity):
    """The rows matter to dW: a check on rows of zeros would see nothing."""
    subject = subject_of(MLPClassifier((8,), loss=Softmax()), *load_breast_cancer(return_X_y=True))
    _, *gates = subject.problem.network.gates
    network = Network(subject.problem.network.inputs, (Copied(8, factor=factor), *gates), Softmax())
    found = gradient(replace(subject, problem=Problem.of(network, subject.problem.X, subject.problem.y)))
    assert found.severity == severity
    assert severity == "fine" or "in W1;" in found.meaning


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu"])
def test_columns_of_any_size_do_not_make_a_right_gradient_wrong(activation):
    X, y = load_breast_cancer(return_X_y=True)
    for factor in (1e-4, 1.0, 1e4):
        assert gradient(subject_of(MLPClassifier(activation=activation), factor * X, y)).severity == "fine"


def test_a_network_that_cannot_learn_a_few_rows():
    X, y = spirals(300)
    assert "overfit" not in troubles(MLPClassifier((50,), activation=ByHand()), 2.0 * X, y)
    assert "overfit" in troubles(MLPClassifier((50,), activation=ByHand(-1.0)), 2.0 * X, y)


def test_weights_far_too_large():
    X, y = cancer()
    subject = subject_of(MLPClassifier(), X, y)
    assert finding(examine(replace(subject, theta=30.0 * subject.theta)), "initial loss").severity == "trouble"


# Details of single checks


def sizes(X):
    X = np.asarray(X, dtype=float)
    return feature_scale(subject_of(MLPClassifier((2,)), X, np.arange(len(X)) % 2))


@pytest.mark.parametrize(
    ("factor", "shift", "severity"),
    [
        (1.0, 0.0, "fine"),
        (4.0, 0.0, "look"),
        (20.0, 0.0, "trouble"),
        (0.05, 0.0, "look"),
        (0.005, 0.0, "trouble"),
        (1.0, 6.0, "trouble"),
        (0.1, 2000.0, "trouble"),
    ],
)
def test_sizes_of_columns(factor, shift, severity):
    X = np.random.default_rng(0).standard_normal((200, 3))
    X[:, 1] = factor * X[:, 1] + shift if factor >= 1.0 or shift else X[:, 1]
    found = sizes(X if factor >= 1.0 or shift else factor * X)
    assert found.severity == severity
    assert severity != "trouble" or "x1" in found.meaning or factor < 0.01


def test_a_column_that_hardly_varies_is_looked_at_and_one_that_does_not_is_not():
    X = np.random.default_rng(0).standard_normal((200, 3))
    assert sizes(X * [1.0, 1e-5, 1.0]).severity == "look"
    assert sizes(X * [1.0, 0.0, 1.0] + [0.0, 1e6, 0.0]).severity == "fine"
    assert sizes(np.ones((200, 2))).severity == "trouble"


def test_one_hot_columns_are_of_a_healthy_size():
    assert sizes(np.eye(5)[np.random.default_rng(0).integers(0, 5, 300)]).severity == "fine"


ROWS = 100
DISTINCT = np.random.default_rng(0).permutation(10**6)[:ROWS]


@pytest.mark.parametrize(
    ("name", "values", "severity"),
    [
        ("row", np.arange(ROWS), "trouble"),
        ("shuffled", np.random.default_rng(1).permutation(ROWS) + 5000.0, "trouble"),
        ("time", np.cumsum(np.random.default_rng(0).integers(1, 1000, ROWS)), "trouble"),
        ("person", [f"person {k}" for k in range(ROWS)], "trouble"),
        ("person_id", DISTINCT, "trouble"),
        ("personId", DISTINCT, "trouble"),
        ("income", DISTINCT, "look"),
        ("acid", DISTINCT, "look"),
        ("gaps", [None if k % 20 == 0 else k for k in range(ROWS)], "trouble"),
        ("age", np.random.default_rng(0).integers(0, 60, ROWS), "fine"),
        ("length", np.random.default_rng(1).standard_normal(ROWS), "fine"),
        ("job", ["cook", "clerk"] * (ROWS // 2), "fine"),
        ("empty", [None] * ROWS, "fine"),
        ("id", np.arange(ROWS) // 2, "fine"),
    ],
)
def test_what_counts_as_an_identifier(name, values, severity, random):
    frame = pd.DataFrame({"other": random.standard_normal(ROWS), name: values})
    found = identifiers(frame, np.arange(ROWS) % 2)
    assert found.severity == severity
    assert (f"'{name}'" in found.meaning) is (severity != "fine")
    assert identifiers(frame[[name]], np.arange(ROWS) % 2).severity == "fine"


def test_a_matrix_of_numbers_holds_numbers_whatever_its_type(random):
    X = random.standard_normal((ROWS, 3)).round(3)
    for matrix in (X, X.astype(object), X.astype(str), X.tolist()):
        assert identifiers(matrix, np.arange(ROWS) % 2).severity == "fine"
    text = np.array([["a", f"person {k}"] for k in range(ROWS)], dtype=object)
    assert identifiers(text, np.arange(ROWS) % 2).severity == "trouble"


def test_a_range_test_tells_high_from_low():
    rates = tuple(10.0**k for k in range(-4, 2))
    losses = (0.99, 0.9, 0.5, 0.1, 0.6, np.inf)
    verdicts = {}
    for rate, loss in zip(rates, losses, strict=True):
        found = learning_rate(RangeTest(rates, losses, rate, start=1.0, epochs=10), end=loss)
        verdicts[rate] = (found.severity, found.meaning.split(":")[0] if found.severity != "fine" else "")
    assert list(verdicts.values()) == [
        ("trouble", "too low"),
        ("trouble", "too low"),
        ("trouble", "too low"),
        ("fine", ""),
        ("trouble", "too high"),
        ("trouble", "too high"),
    ]
    high = RangeTest(rates, losses, 1.0, start=1.0, epochs=10)
    assert learning_rate(high, end=0.05).severity == "look"  # it came down in the end
    assert (high.best, high.loss, replace(high, rate=0.02).loss) == (0.1, 0.6, 0.5)
    lucky = RangeTest((0.01, 0.1, 1.0, 10.0), (0.9, 0.3, 0.8, 0.1), rate=1.0, start=1.0, epochs=10)
    assert learning_rate(lucky, end=0.8).advice == "lower the learning rate, towards 0.03."
    flat = RangeTest(rates, (1.0,) * 6, 1.0, start=1.0, epochs=10)
    assert learning_rate(flat, end=1.0).severity == "look"
    assert learning_rate(replace(flat, losses=(np.inf,) * 6), end=np.inf).severity == "trouble"


@pytest.mark.parametrize(("valid", "severity"), [(0.2, "fine"), (0.6, "look"), (1.2, "trouble")])
def test_the_gap_is_what_is_lost_of_the_gain(valid, severity):
    found = gap(Course((0.5, 0.1), (0.15, valid), baseline=1.0, records=(), kept=2))
    assert found.severity == severity
    assert found.value == pytest.approx((valid - 0.1) / 0.9)
    assert found.meaning.startswith("the loss ends at 0.1 on training rows")
    earlier = gap(Course((0.5, 0.1), (0.15, valid), baseline=1.0, records=(), kept=1))
    assert earlier.severity == "fine"
    assert earlier.meaning.startswith(
        "epoch 1 of 2 is kept, with a loss of 0.5 on training rows, 0.15 on held-out rows"
    )


def test_a_relation_that_is_worse_than_the_trivial_answer_is_looked_at():
    X, y = cancer()
    found = finding(mlnn.doctor(MLPClassifier(), 100.0 * X, y), "held-out rows")
    assert found.severity == "look"
    assert found.value > 4.0
    assert "there is a relation" in found.meaning


def test_the_best_epoch_counts_where_the_estimator_keeps_it():
    X, y = diabetes()
    last, best = (
        mlnn.doctor(MLPRegressor(hidden_layer_sizes=(50,), early_stopping=each), X, y).course for each in (False, True)
    )
    assert last.losses == best.losses
    assert last.kept == len(last.losses)
    assert best.kept == np.argmin(best.valid_losses) + 1 < last.kept
    assert gap(best).value < gap(last).value


# What it promises


def test_causes_come_before_consequences_and_each_check_once():
    classes, values = (
        mlnn.doctor(kind(hidden_layer_sizes=(4,), max_iter=5), *load_iris(return_X_y=True)) for kind in KINDS
    )
    checks = "constant target,imbalance,identifier,leak,feature scale,target scale,initial loss,gradient,overfit"
    checks = f"{checks},learning rate,divergence,dead units,update ratio,gap,held-out rows".split(",")
    assert [each.check for each in classes.findings] == [each for each in checks if each != "target scale"]
    assert [each.check for each in values.findings] == [each for each in checks if each != "imbalance"]
    without_rate = mlnn.doctor(MLPClassifier((4,), solver="lbfgs", max_iter=5), *load_iris(return_X_y=True))
    assert {"learning rate", "update ratio"}.isdisjoint(each.check for each in without_rate.findings)
    ranked = [each.severity for each in classes.ranked]
    assert ranked == sorted(ranked, key=["trouble", "look", "fine"].index)


def test_it_is_quick_and_deterministic_and_leaves_everything_as_it_was():
    X, y = cancer()
    X, y = np.tile(X, (2, 1))[:1000] + 0.01, np.tile(y, 2)[:1000]
    estimator = MLPClassifier(random_state=np.random.RandomState(3), callbacks=[lambda epoch: True])
    settings, before = pickle.dumps(estimator.get_params()["random_state"]), (X.copy(), y.copy())
    state = np.random.get_state()[1].copy()
    first, second = mlnn.doctor(estimator, X, y), mlnn.doctor(estimator, X, y)
    assert first.findings == second.findings
    assert first.range_test == second.range_test
    assert first.findings != mlnn.doctor(estimator, X, y, seed=1).findings
    assert pickle.dumps(estimator.random_state) == settings
    assert not hasattr(estimator, "theta_")
    np.testing.assert_array_equal(state, np.random.get_state()[1])
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_sparse_rows_are_examined_as_they_are():
    X, y = digits()
    dense, thin = (mlnn.doctor(MLPClassifier((20,)), each, y) for each in (X, sparse.csr_array(X)))
    assert dense.healthy
    assert thin.healthy
    assert [each.check for each in thin.findings] == [each.check for each in dense.findings]
    assert finding(thin, "feature scale").value == pytest.approx(finding(dense, "feature scale").value)
    scaled = make_pipeline(MaxAbsScaler(), MLPClassifier((20,)))
    assert mlnn.doctor(scaled, sparse.csr_matrix(100.0 * X), y).healthy


def test_tables_keep_the_names_of_their_columns():
    frame, y = load_breast_cancer(return_X_y=True, as_frame=True)
    assert "'worst area'" in mlnn.doctor(MLPClassifier((20,)), frame, y).troubles[0].meaning
    mixed = frame.assign(mood=["good", "bad", None] * 189 + ["bad", "good"])
    assert mlnn.doctor(make_pipeline(Preparation(), MLPClassifier((20,))), mixed, y).healthy
    nullable = frame.astype("Float64")
    assert finding(mlnn.doctor(MLPClassifier((20,)), nullable, y), "identifier").severity == "fine"


def test_a_target_that_is_not_scaled():
    X, y = load_diabetes(return_X_y=True)
    regressor = make_pipeline(StandardScaler(), MLPRegressor())
    assert finding(mlnn.doctor(regressor, X, y), "target scale").severity == "look"
    within = TransformedTargetRegressor(regressor, transformer=StandardScaler())
    diagnosis = mlnn.doctor(within, X, y)
    assert finding(diagnosis, "target scale").severity == "fine"
    assert diagnosis.healthy
    assert finding(mlnn.doctor(TransformedTargetRegressor(regressor, func=np.log), X, y), "target scale").value < 6.0


def test_several_targets():
    X, y = regression()
    assert mlnn.doctor(MLPRegressor(), X, np.column_stack([y, scale(X[:, 0] + X[:, 1])])).healthy


def test_large_tables_are_examined_by_some_of_their_rows():
    random = np.random.default_rng(0)
    X = random.standard_normal((20000, 5))
    subject = subject_of(MLPClassifier(), X, (X[:, 0] > 0).astype(int))
    assert (len(subject.problem.X), len(subject.valid.X)) == (2000, 1000)


@pytest.mark.parametrize("rows", [6, 12, 30])
def test_a_handful_of_rows_proves_nothing(rows):
    random = np.random.default_rng(0)
    X = random.standard_normal((rows, 2))
    for kind, y in zip(KINDS, (np.arange(rows) % 2, random.standard_normal(rows)), strict=True):
        diagnosis = mlnn.doctor(kind(hidden_layer_sizes=(64, 64), dropout=0.1, early_stopping=True), X, y)
        assert "held-out rows" not in [each.check for each in diagnosis.troubles]
        assert "dead units" not in [each.check for each in diagnosis.troubles]
        assert "overfit" not in [each.check for each in diagnosis.troubles]


def test_a_model_is_examined_as_it_would_train():
    """Gradients summed, at rate 0.01."""
    X, y = moons(150)
    model = Model([2, 8, 2], squash_scores=False, seed=0)
    model.train(X, y, num_passes=10)
    theta = model.theta.copy()
    diagnosis = mlnn.doctor(model, X, y)
    assert diagnosis.healthy, str(diagnosis)
    assert diagnosis.range_test.rate == 0.01
    np.testing.assert_array_equal(model.theta, theta)
    assert str(mlnn.doctor(Model([2, 8, 2], squash_scores=False, seed=1), X, y)) == str(diagnosis)  # drawn anew
    recipe = Recipe(SGD(1e-6), epochs=50)
    assert "learning rate" in troubles(model, X, y, recipe=recipe)
    assert "feature scale" in troubles(model, 1000.0 * X, y, recipe=recipe)


def test_a_loss_that_is_no_number_is_a_finding(monkeypatch):
    subject = subject_of(Model([2, 3, 2], Tanh(), seed=0), *moons(40))
    monkeypatch.setattr(Tanh, "forward", lambda self, x: np.full_like(x, np.nan))
    found = gradient(subject)
    assert (found.severity, found.meaning[:15]) == ("trouble", "the loss is nan")


@pytest.mark.parametrize("output", [Softmax(), Logistic(), LeastSquares()], ids=["softmax", "logistic", "values"])
def test_a_network_is_examined_with_a_recipe(output):
    X, y = moons(300)
    network = Network.dense([2, 8, 2 if isinstance(output, Softmax) else 1], output=output)
    recipe = Recipe(Adam(0.01), epochs=100)
    diagnosis = mlnn.doctor(network, X, y, recipe=recipe)
    assert diagnosis.healthy, str(diagnosis)
    assert ("imbalance" in [each.check for each in diagnosis.findings]) == output.classifies
    low = replace(recipe, optimizer=Adam(1e-6))
    assert "learning rate" in troubles(network, X, y, recipe=low)


def test_a_theta_that_is_given_is_what_training_begins_with():
    X, y = moons(200)
    network, recipe = Network.dense([2, 8, 2]), Recipe(Adam(0.01), epochs=50)
    theta = 100.0 * network.initial(np.random.default_rng(0))
    assert "initial loss" in troubles((network, theta), X, y, recipe=recipe)
    assert "initial loss" not in troubles(network, X, y, recipe=recipe)
    subject = subject_of((network, theta), X, y, recipe=recipe, penalty=L2(0.1))
    assert subject.problem.penalty == L2(0.1)
    assert subject.valid.penalty is None
    assert sorted(np.unique(subject.valid.y)) == [0, 1]
    assert len(subject.problem.y) + len(subject.valid.y) == 200


def test_what_cannot_be_examined_says_so():
    X, y = moons(40)
    with pytest.raises(TypeError, match=r"does not say how it is trained: give recipe=mlnn.Recipe"):
        mlnn.doctor(Network.dense([2, 2]), X, y)
    with pytest.raises(TypeError, match="an estimator says itself how it is trained"):
        mlnn.doctor(MLPClassifier(), X, y, recipe=Recipe())
    with pytest.raises(TypeError, match="an estimator says itself how it is trained"):
        mlnn.doctor(MLPRegressor(), X, y, penalty=L2(0.1))
    with pytest.raises(TypeError, match="but got str"):
        mlnn.doctor("tanh", X, y)
    with pytest.raises(ValueError, match="numbers classes of other names"):
        mlnn.doctor(Model([2, 2], seed=0), X, np.array(["no", "yes"])[y])
    with pytest.raises(ValueError, match="X has 2 features, but the network expects 3"):
        mlnn.doctor(Model([3, 2], seed=0), X, y)
    with pytest.raises(ValueError, match=r"theta must have shape \(6,\)"):
        mlnn.doctor((Network.dense([2, 2]), np.zeros(5)), X, y, recipe=Recipe())
    with pytest.raises(ValueError, match=r"MLPClassifier and mlnn.MLPRegressor, but got sklearn.LogisticRegression"):
        mlnn.doctor(LogisticRegression(), *cancer())
    with pytest.raises(ValueError, match=r"MLPClassifier and mlnn.MLPRegressor, but got sklearn.MLPClassifier"):
        mlnn.doctor(make_pipeline(StandardScaler(), neural_network.MLPClassifier()), *cancer())
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        mlnn.doctor(MLPClassifier(), cancer()[0], [0, 1])


def test_a_layer_of_ones_own_is_examined_like_the_librarys():
    X, y = cancer()
    own, library = (mlnn.doctor(MLPClassifier((20,), activation=each), X, y) for each in (ByHand(), ReLU()))
    for ours, theirs in zip(own.findings, library.findings, strict=True):
        assert (ours.check, ours.severity) == (theirs.check, theirs.severity)


def test_a_diagnosis_reads_as_text_and_as_json():
    diagnosis = mlnn.doctor(MLPClassifier((5,), max_iter=20), *load_iris(return_X_y=True))
    text, content = str(diagnosis), diagnosis.to_json()
    for each in diagnosis.findings:
        assert f"{each.check}: " in text
    assert max(map(len, text.splitlines())) <= 100
    content = json.loads(json.dumps(content))
    assert content["findings"][0].keys() == {"check", "severity", "value", "meaning", "advice"}
    assert len(content["range_test"]["rates"]) == len(content["range_test"]["losses"]) == 17
    assert len(content["course"]["losses"]) == 20
    assert str(Diagnosis((Finding("a", "trouble", 1.0, "b.", "c."),) * 2)).startswith(
        "2 troubles, 0 to look at, 0 fine. "
    )
