"""The gradient check passes what is right and catches what is slightly wrong."""

import gc
from dataclasses import dataclass

import numpy as np
import pytest

from mlnn.check import check_catalogue, check_gradients
from mlnn.check.gradient import SMOOTH
from mlnn.gate import AddGate, BatchNorm, Dropout, MultiplyGate
from mlnn.layer import Layer, Maxout, PReLU, ReLU, Tanh
from mlnn.model import Model
from mlnn.names import every
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.output import LeastSquares, Logistic, Softmax
from mlnn.penalty import L1, L2, ElasticNet, Penalty

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.standard_normal((9, 3)), RANDOM.integers(0, 2, 9)


@pytest.fixture(autouse=True)
def forget_classes_of_tests():
    """Let the classes that a test defined vanish from the tree of subclasses."""
    yield
    gc.collect()


def network(*middle, output=None, width=4):
    gates = (MultiplyGate(width), AddGate(), *middle, MultiplyGate(2), AddGate())
    return Network(3, gates, output or Softmax())


def check(net, **settings):
    return check_gradients(net, X, Y, show=False, **settings)


@pytest.mark.parametrize("seed", range(3))
def test_everything_there_is_passes(seed):
    checks = list(check_catalogue(seed))
    assert [each for each in checks if not each.passed] == []
    assert max(each.error for each in checks if each.tolerance == SMOOTH) <= 1e-7
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
def test_deep_networks_with_everything_pass(penalty: Penalty | None):
    gates = (Dropout(0.2), MultiplyGate(8), AddGate(), BatchNorm(), PReLU(), Dropout(0.4), MultiplyGate(6), Maxout(2))
    net = Network(3, (*gates, MultiplyGate(2), AddGate()), Softmax(smoothing=0.1))
    weights = RANDOM.uniform(0.0, 2.0, len(X))
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
    assert {row.tolerance for row in report} == {1e-5, 1e-7}


def test_the_model_is_left_as_it_was_and_the_table_printed(capsys):
    model = Model([3, 4, 2], seed=0)
    before = model.theta.copy()
    report = check_gradients(model, X, Y)
    np.testing.assert_array_equal(model.theta, before)
    assert str(report) in capsys.readouterr().out
    assert str(report).count("ok") == 5
    assert report.worst < 1e-7


def test_multilabel_targets():
    y = RANDOM.integers(0, 2, (9, 2))
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
    model = Model([3, 4, 2], Bent(), seed=0)
    before = model.calculate_loss(X, Y)
    model.train(X, Y, num_passes=50)
    assert model.calculate_loss(X, Y) < before


def test_the_tape_of_a_problem_is_not_touched():
    net = network(Tanh())
    problem = Problem.of(net, X, Y)
    before = problem.X.copy()
    check_gradients(net, problem.X, Y, show=False)
    np.testing.assert_array_equal(problem.X, before)
