"""The gradient check passes what is right and catches what is slightly wrong."""

import gc
import itertools
import warnings
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlnn import MLPClassifier, MLPRegressor
from mlnn.check import check_catalogue, check_gradients
from mlnn.dataset import spirals
from mlnn.gate import AddGate, BatchNorm, Dropout, Gate, MultiplyGate
from mlnn.layer import Activation, Identity, Layer, Maxout, PReLU, ReLU, Tanh
from mlnn.model import Model
from mlnn.names import every, shipped
from mlnn.network import Network
from mlnn.objective import Problem, backward
from mlnn.optimizer import LBFGS, Adam, Optimizer
from mlnn.output import Absolute, Huber, LeastSquares, Logistic, Output, Quantile, Softmax
from mlnn.penalty import L1, L2, ElasticNet, Penalty
from mlnn.training import Diverged, Recipe, epochs

X, Y = np.random.default_rng(0).standard_normal((9, 3)), np.random.default_rng(1).integers(0, 2, 9)


def defined_here():
    """Return the names of what is in the tree of subclasses and was defined in this file."""
    kinds = itertools.chain.from_iterable(map(every, (Gate, Output, Penalty, Optimizer)))
    return [kind.__name__ for kind in kinds if kind.__module__ == __name__]


@pytest.fixture(autouse=True)
def forget_classes_of_tests():
    """Let the classes that a test defined vanish from the tree of subclasses; to collect garbage takes a while."""
    before = defined_here()
    yield
    if defined_here() != before:
        gc.collect()
        assert defined_here() == before


def network(*middle, output=None, width=4):
    gates = (MultiplyGate(width), AddGate(), *middle, MultiplyGate(2), AddGate())
    return Network(3, gates, output or Softmax())


def check(net, **settings):
    return check_gradients(net, X, Y, show=False, **settings)


@pytest.mark.parametrize("seed", range(3))
def test_everything_there_is_passes(seed):
    checks = list(check_catalogue(seed, "mlnn"))  # other tests define gates that are wrong on purpose
    assert [each for each in checks if not each.passed] == []
    assert max(each.error for each in checks if each.kind != "optimizer") <= 1e-7
    kinds = {(each.kind, each.name) for each in checks}
    assert {
        ("gate", "dropout"),
        ("layer", "prelu"),
        ("output × penalty", "softmax × l1"),
        ("optimizer", "lion"),
    } <= kinds


def wrong(change):
    """Return a tanh whose slope is changed."""

    @dataclass(frozen=True)
    class Wrong(Tanh):
        def slope(self, x, y):
            return change(super().slope(x, y))

    return Wrong()


def one_unit(slope):
    slope = slope.copy()
    slope[:, 0] *= 1.01
    return slope


@pytest.mark.parametrize("change", [lambda s: 1.001 * s, lambda s: -s, lambda s: s + 1e-4, one_unit])
def test_a_slightly_wrong_slope_is_caught(change):
    report = check(network(wrong(change)))
    assert not report.passed
    assert {row.tensor for row in report if not row.passed} >= {"W1", "b1", "X"}
    assert all(row.passed for row in report if row.tensor in ("W2", "b2"))  # what lies behind is right
    assert "WRONG" in str(report)
    assert check(network(wrong(lambda s: s))).passed


def test_a_wrong_gate_parameter_is_caught():
    @dataclass(frozen=True)
    class Careless(AddGate):
        def backward(self, X, b, dZ):
            db, dX = super().backward(X, b, dZ)
            return 1.001 * db, dX

    report = check(Network(3, (MultiplyGate(2), Careless()), Softmax()))
    assert [row.tensor for row in report if not row.passed] == ["b1"]


def test_a_wrong_output_and_a_wrong_penalty_are_caught_apart():
    @dataclass(frozen=True)
    class Doubled(Softmax):
        def diff(self, S, y):
            return 1.001 * super().diff(S, y)

    assert not check(network(Tanh(), output=Doubled())).passed

    @dataclass(frozen=True)
    class Halved(L2):
        def slope(self, w):
            return 0.5 * super().slope(w)

    report = check(network(Tanh()), penalty=Halved(0.01))
    assert {row.term for row in report if not row.passed} == {"penalty"}
    assert {row.tensor for row in report if not row.passed} == {"W1", "W2"}  # biases are not penalized


def test_summed_gradients_with_an_averaged_loss_are_caught():
    """The error that users of tutorials report most: gradients are a sum, the loss is a mean."""

    @dataclass(frozen=True)
    class Summed(Softmax):
        def diff(self, S, y):
            return len(S) * super().diff(S, y)

    assert not check(network(Tanh(), output=Summed())).passed


@pytest.mark.parametrize("penalty", [None, L2(0.1), L1(0.1), ElasticNet(0.1, 0.3)])
def test_deep_networks_with_everything_pass(penalty: Penalty | None, random):
    gates = (Dropout(0.2), MultiplyGate(8), AddGate(), BatchNorm(), PReLU(), Dropout(0.4), MultiplyGate(6), Maxout(2))
    net = Network(3, (*gates, MultiplyGate(2), AddGate()), Softmax(smoothing=0.1))
    weights = random.uniform(0.0, 2.0, len(X))
    report = check(net, penalty=penalty, weights=weights)
    assert report.passed, str(report)
    assert {"W1", "gain1", "shift1", "a1", "X"} <= {row.tensor for row in report}
    assert "mean1" not in {row.tensor for row in report}
    assert check(net, step=None).passed  # as in prediction: running statistics, no dropout


def test_kinks_are_known():
    """With ReLU inputs within the step of 0, a plain difference quotient would be wrong."""
    net = Network(1, (MultiplyGate(1), ReLU(), MultiplyGate(1)), LeastSquares())
    theta = np.array([1.0, 1.0])
    report = check_gradients(net, [[2e-4], [1.0]], [[1.0], [0.5]], theta=theta, show=False)
    assert report.passed, str(report)
    assert report.worst < 1e-9  # no looser tolerance is needed near a kink


def test_exactly_at_a_kink_any_slope_between_its_sides_passes():
    """Zero biases and a row of zeros put every unit of every layer at its kink."""
    rows = np.vstack([np.zeros(3), X[:4]])
    for layer in (ReLU(), PReLU(), Maxout(2)):
        net = Network.dense([3, 4, 4, 2], layer)
        report = check_gradients(net, rows, Y[:5], theta=net.initial(np.random.default_rng(0)), show=False)
        assert report.passed, str(report)


def test_the_model_is_left_as_it_was_and_the_table_printed(capsys):
    model = Model([3, 4, 2], seed=0)
    before = model.theta.copy()
    report = check_gradients(model, X, Y)
    np.testing.assert_array_equal(model.theta, before)
    assert capsys.readouterr().out == f"{report}\n"
    assert str(report).count("ok") == 5
    assert repr(report) == f"GradientReport(5 tensors, worst relative error {report.worst:.1e}: all right)"
    check_gradients(model, X, Y, show=False)
    assert capsys.readouterr().out == ""
    assert report.worst < 1e-7


# Trained networks


SPIRALS = spirals(300)
TEN = np.linspace(0, 299, 10).astype(int)
LAYERS = shipped(Activation)
TRAININGS = {
    "untrained": None,
    "adam": Recipe(Adam(0.1), epochs=300, every=300),
    "to the end": Recipe(LBFGS(), epochs=300, every=300),
}


def trained(net, recipe, seed=0):
    theta = net.initial(np.random.default_rng(seed))
    if recipe is None:
        return theta
    try:
        *_, last = epochs(Problem.of(net, *SPIRALS), theta, recipe)
    except Diverged:
        pytest.skip("nothing was trained")
    return last.theta


def too_large(*arguments):
    """Run backward, and make every gradient 0.1 % too large."""
    *_, gradient = arguments
    d_values = backward(*arguments)
    for each in itertools.chain(*gradient):
        each *= 1.001
    return [1.001 * each for each in d_values]


@pytest.fixture
def verdicts_alone(monkeypatch):
    """Let nobody look for the worst element and its cause, which takes most of the time and changes no verdict."""
    monkeypatch.setattr("mlnn.check.gradient._Tensor._worst_of", lambda self, direction: 0)
    monkeypatch.setattr("mlnn.check.gradient._Tensor._cause", lambda self, direction: "")


@pytest.mark.usefixtures("verdicts_alone")
@pytest.mark.parametrize("recipe", TRAININGS.values(), ids=TRAININGS)
@pytest.mark.parametrize("layer", LAYERS, ids=lambda kind: kind.__name__)
def test_what_a_network_has_learned_changes_no_verdict(layer, recipe, monkeypatch):
    """Both directions, in every tensor: right gradients pass, gradients that are wrong by 0.1 % fail."""
    net = Network.dense([2, 16, 3], layer())
    theta, rows, y = trained(net, recipe), SPIRALS[0][TEN], SPIRALS[1][TEN]
    right = check_gradients(net, rows, y, theta=theta, show=False)
    assert right.passed, str(right)
    monkeypatch.setattr("mlnn.check.gradient.backward", too_large)
    wrong = check_gradients(net, rows, y, theta=theta, show=False)
    has_gradient = {row.tensor for row in right if (row.analytic, row.numeric) != (0.0, 0.0)}
    assert {row.tensor for row in wrong if not row.passed} == has_gradient, str(wrong)
    assert len(has_gradient) >= 4


@pytest.mark.parametrize("layer", [Identity(), Maxout(), PReLU()], ids=lambda each: type(each).__name__)
def test_weights_of_any_size_change_no_verdict(layer, monkeypatch):
    """Gradients summed over 300 rows drive weights away: biases are lost in scores of 1e16, and losses reach 1e187."""
    model = Model([2, 8, 3], layer, squash_scores=False, seed=0)
    with suppress(Diverged):
        model.train(*SPIRALS, num_passes=100)
    rows, y = SPIRALS[0][TEN], SPIRALS[1][TEN]
    assert model.calculate_loss(rows, y) > 1e25
    right = check_gradients(model, rows, y, show=False)
    assert {row.verdict for row in right} == {"ok"}, str(right)
    monkeypatch.setattr("mlnn.check.gradient.backward", too_large)
    wrong = check_gradients(model, rows, y, show=False)
    assert not any(row.passed for row in wrong), str(wrong)


@pytest.mark.parametrize("layer", [Tanh(), PReLU()], ids=lambda each: type(each).__name__)
@pytest.mark.usefixtures("verdicts_alone")
def test_eight_layers_and_batch_norm_change_no_verdict(layer, monkeypatch):
    net = Network.dense([2, *[4] * 8, 3], layer, batch_norm=True, dropout=0.1)
    theta, rows, y = (
        trained(net, Recipe(Adam(0.01), epochs=100, every=100, batch_size=32)),
        SPIRALS[0][TEN],
        SPIRALS[1][TEN],
    )
    right = check_gradients(net, rows, y, theta=theta, show=False)
    assert right.passed, str(right)
    monkeypatch.setattr("mlnn.check.gradient.backward", too_large)
    wrong = check_gradients(net, rows, y, theta=theta, show=False)
    lost = {f"b{k}" for k in range(1, 9)}  # batch norm takes back what a bias adds: their gradients are 0
    assert {row.tensor for row in wrong if row.passed} <= lost, str(wrong)


@pytest.mark.parametrize("output", [LeastSquares(), Huber(), Absolute(), Quantile(0.9)], ids=repr)
@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e5])
def test_units_of_a_regression_change_no_verdict(output, unit, monkeypatch):
    random = np.random.default_rng(1)
    rows, net = unit * random.standard_normal((10, 3)), Network.dense([3, 6, 1], output=output)
    y = unit * random.standard_normal(10)
    assert check_gradients(net, rows, y, show=False).passed
    monkeypatch.setattr("mlnn.check.gradient.backward", too_large)
    assert not any(row.passed for row in check_gradients(net, rows, y, show=False) if row.numeric)


def test_a_tensor_without_a_gradient_says_so():
    net = Network.dense([3, 4, 2], ReLU())
    theta = net.initial(np.random.default_rng(0))
    net.named(theta)["b1"][...] = -100.0  # dead
    rows = {row.tensor: row for row in check(net, theta=theta)}
    assert rows["W1"].verdict == rows["W2"].verdict == "ok (0)"
    assert rows["b2"].verdict == "ok"
    assert rows["W1"].resolution == np.inf


# What was declared, and what was not


@dataclass(frozen=True)
class Rectified(Layer):
    """A rectifier that keeps its kink to itself. Right by default: ``every`` finds whatever is defined."""

    def forward(self, x):
        return np.maximum(x, 0.0)

    def slope(self, x, y):
        return np.heaviside(x, 0.0)


def test_a_kink_that_was_not_declared_is_named():
    net = Network.dense([3, 4, 2], Rectified())
    theta, rows = net.initial(np.random.default_rng(0)), np.vstack([np.zeros(3), X[:4]])
    assert check_gradients(net, X[:5], Y[:5], theta=theta, show=False).passed  # no row stands at it
    report = check_gradients(net, rows, Y[:5], theta=theta, show=False)
    assert not report.passed
    cause = "likely cause: the slope of gate 3, Rectified changes between 0 and 1 at x = 0: declare kinks = (0,)"
    assert str(report).splitlines()[-1] == cause

    @dataclass(frozen=True)
    class Declared(Rectified):
        kinks = (0.0,)

    assert check_gradients(Network.dense([3, 4, 2], Declared()), rows, Y[:5], theta=theta, show=False).passed


def test_a_layer_that_remembers_is_checked_with_its_memory():
    @dataclass(frozen=True)
    class Remembering(Tanh):
        factor: float = 1.0

        def apply(self, p, x, step):
            y = self.forward(x)
            return y, self.factor * (1.0 - y * y)

        def pullback(self, p, x, y, memo, d_y, d_p):
            return memo * d_y

    assert check(network(Remembering())).passed
    assert not check(network(Remembering(1.001))).passed


# Who is checked


def test_sparse_rows_are_checked_as_they_are(monkeypatch):
    rows = sparse.random(9, 20, density=0.2, random_state=0, format="csr")
    model = Model([20, 4, 2], seed=0)
    for each in (rows, sparse.coo_array(rows), rows.astype(np.float32)):
        assert check_gradients(model, each, Y, show=False).passed
    dense = check_gradients(model, rows.toarray(), Y, show=False)
    assert [row.tensor for row in dense] == ["W1", "b1", "W2", "b2", "X"]
    monkeypatch.setattr("mlnn.check.gradient.backward", too_large)
    assert not any(row.passed for row in check_gradients(model, rows, Y, show=False))


def test_models_estimators_pipelines_networks_and_pairs_are_taken():
    labels = np.array(["lo", "hi"])[Y]
    settings = {"max_iter": 5, "random_state": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier = MLPClassifier((4,), **settings).fit(X, labels)
        single = MLPClassifier((4,), class_weight="balanced", **settings).fit(X.astype(np.float32), labels)
        regressor = MLPRegressor(hidden_layer_sizes=(4,), **settings).fit(X, X[:, 0])
        pipeline = make_pipeline(StandardScaler(), MLPClassifier((4,), **settings)).fit(X, labels)
    model = Model([3, 4, 2], seed=0)
    for subject, y in (
        *[(each, labels) for each in (classifier, single, pipeline)],
        (regressor, X[:, :1]),
        *[(each, Y) for each in (model, model.network, (model.network, model.theta))],
    ):
        report = check_gradients(subject, X, y, show=False)
        assert report.passed, str(report)
    theirs = check_gradients(classifier, X, labels, show=False)
    own = check_gradients(
        (classifier.network_, classifier.theta_), X, (labels == classifier.classes_[1]).astype(float), show=False
    )
    assert theirs == own


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        (3, r"expected a Model, a fitted estimator, a Network with theta, or \(network, theta\), but got int"),
        (MLPClassifier(), "this MLPClassifier is not fitted yet: call fit first"),
        (Model, r"expected a Model.*but got Model"),
        (LogisticRegression(), r"expected a Model.*but got LogisticRegression"),
        (SimpleNamespace(fit=0, coefs_=[]), "is scikit-learn's: give mlnn.from_sklearn of it"),
    ],
    ids=["number", "unfitted", "class", "another", "scikit-learn's"],
)
def test_what_cannot_be_checked_is_refused(subject, message):
    with pytest.raises(TypeError, match=message):
        check_gradients(subject, X, Y)


def test_weights_without_a_finite_loss_are_refused():
    model = Model([3, 4, 2], ReLU(), squash_scores=False, seed=0)
    with pytest.raises(FloatingPointError, match=r"the loss is (nan|inf) at these weights: there is no gradient"):
        check_gradients(model, X, Y, theta=1e200 * model.theta, show=False)


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"theta must have shape \(26,\), but its shape is \(3,\)"):
        check_gradients(Model([3, 4, 2]), X, Y, theta=np.zeros(3))


def test_multilabel_targets(random):
    y = random.integers(0, 2, (9, 2))
    assert check_gradients(network(Tanh(), output=Logistic()), X, y, show=False).passed


def test_a_users_layer_in_six_lines_needs_nothing_else():
    @dataclass(frozen=True)
    class Bent(Layer):
        def forward(self, x):
            return (np.sqrt(x * x + 1.0) - 1.0) / 2.0 + x

        def slope(self, x, y):
            return x / (2.0 * np.sqrt(x * x + 1.0)) + 1.0

    assert Bent in every(Layer)
    assert ("layer", "bent", True) in {(each.kind, each.name, each.passed) for each in check_catalogue()}
    model = Model([3, 4, 2], Bent(), squash_scores=False, seed=0)  # Bent has no bounds: squashing is warned of
    before = model.calculate_loss(X, Y)
    model.train(X, Y, num_passes=50)
    assert model.calculate_loss(X, Y) < before


def test_the_tape_of_a_problem_is_not_touched():
    net = network(Tanh())
    problem = Problem.of(net, X, Y)
    before = problem.X.copy()
    check_gradients(net, problem.X, Y, show=False)
    np.testing.assert_array_equal(problem.X, before)
