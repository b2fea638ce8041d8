"""The reference engine, dropout and batch normalization, against literal arithmetic."""

import numpy as np
import pytest

from mlnn.batch_norm import BatchNorm
from mlnn.dropout import Dropout
from mlnn.engine import Reference
from mlnn.gate import AddGate, MultiplyGate, Step
from mlnn.gradient_check import check_engine
from mlnn.layer import Tanh
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam
from mlnn.output import LeastSquares, Softmax
from mlnn.penalty import L2
from mlnn.recipe import Recipe
from mlnn.training import epochs

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.standard_normal((20, 3)), RANDOM.integers(0, 2, 20)
NETWORK = Network.dense([3, 5, 2])
THETA = NETWORK.initial(RANDOM)
ENGINE = Reference()


def test_a_weight_of_two_is_a_row_twice_and_of_zero_none():
    weights = np.ones(20)
    weights[3], weights[7] = 2.0, 0.0
    rows = np.delete(np.append(np.arange(20), 3), 7)
    weighted = Problem.of(NETWORK, X, Y, weights, L2(0.1))
    repeated = Problem.of(NETWORK, X[rows], Y[rows], None, L2(0.1))
    (a, da), (b, db) = (ENGINE.loss_and_gradient(each, THETA) for each in (weighted, repeated))
    assert a == pytest.approx(b, rel=1e-13)
    np.testing.assert_allclose(da, db, rtol=1e-10, atol=1e-15)
    for problem in (weighted, repeated):
        assert check_engine(problem, THETA, ENGINE) < 1e-7


def test_training_is_gradient_descent_on_the_objective():
    problem = Problem.of(NETWORK, X, Y, penalty=L2(0.1))
    theta = THETA.copy()
    for _ in range(5):
        theta -= 0.3 * ENGINE.loss_and_gradient(problem, theta)[1]
    *_, last = epochs(problem, THETA, Recipe(SGD(rate=0.3), epochs=5))
    np.testing.assert_allclose(last.theta, theta, rtol=1e-12)


def test_rates_and_max_norm_of_single_tensors_hold():
    gates = (MultiplyGate(4, rate=0.0), AddGate(), Tanh(), MultiplyGate(2, max_norm=0.5), AddGate(rate=2.0))
    network = Network(3, gates, Softmax())
    theta = network.initial(np.random.default_rng(1))
    problem = Problem.of(network, X, Y)
    gradient = network.named(ENGINE.loss_and_gradient(problem, theta)[1])
    *_, last = epochs(problem, theta, Recipe(SGD(rate=0.5), epochs=1))
    before, after = network.named(theta), network.named(last.theta)
    np.testing.assert_array_equal(after["W1"], before["W1"])
    np.testing.assert_allclose(after["b2"], before["b2"] - gradient["b2"])
    assert np.linalg.norm(after["W2"], axis=0).max() <= 0.5 + 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_type_of_theta_is_kept(dtype):
    network = Network.dense([3, 5, 2], batch_norm=True, dropout=0.3)
    problem = Problem.of(network, X.astype(dtype), Y, np.ones(20), L2(0.01))
    *_, last = epochs(problem, network.initial(RANDOM, dtype), Recipe(Adam(), epochs=3, batch_size=8))
    assert last.theta.dtype == dtype
    assert ENGINE.predict(network, last.theta, problem.X).dtype == dtype


def test_masks_are_the_documented_bits():
    seed, gate, number, rows, units = 11, 4, 7, 5, 6
    mask = Dropout(0.3).mask((rows, units), Step(seed, number, gate))
    words = np.random.Philox(key=[seed, gate], counter=[0, 0, number, 0]).random_raw(8)
    for i in range(rows * units):
        bits = (int(words[i // 4]) >> (16 * (i % 4))) & 0xFFFF
        assert mask[i // units, i % units] == (bits >= round(0.3 * 65536))


def test_dropout_keeps_the_expectation_and_differs_by_step_gate_and_seed():
    gate, x = Dropout(0.4), np.ones((500, 80))
    y, _ = gate.apply((), x, Step(seed=1))
    assert set(np.unique(y)) == {0.0, 65536 / (65536 - round(0.4 * 65536))}
    assert y.mean() == pytest.approx(1.0, abs=0.02)
    masks = [gate.mask((9, 9), step) for step in (Step(1), Step(2), Step(1, 1), Step(1, 0, 1))]
    assert len({mask.tobytes() for mask in masks}) == 4
    np.testing.assert_array_equal(gate.apply((), x, None)[0], x)
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\), but got 1.0"):
        Dropout(1.0)


def test_batch_norm_standardizes_and_its_running_statistics_converge():
    gate, x = BatchNorm(momentum=0.5), 3.0 + 2.0 * RANDOM.standard_normal((50, 4))
    p = tuple(np.full((1, 4), value) for value in (1.0, 0.0, 0.0, 1.0))
    for _ in range(60):
        y, memo = gate.apply(p, x, Step())
        gate.observe(p, memo)
    np.testing.assert_allclose(y.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=0), 1.0, atol=1e-4)
    np.testing.assert_allclose(p[2][0], x.mean(axis=0))
    np.testing.assert_allclose(p[3][0], x.var(axis=0, ddof=1))


def test_batch_norm_of_one_row_gives_the_shift_and_keeps_the_variance():
    gate = BatchNorm()
    p = tuple(np.full((1, 2), value) for value in (2.0, 0.7, 0.0, 5.0))
    y, memo = gate.apply(p, np.array([[3.0, -1.0]]), Step())
    gate.observe(p, memo)
    np.testing.assert_array_equal(y, [[0.7, 0.7]])
    np.testing.assert_array_equal(p[3], [[5.0, 5.0]])
    np.testing.assert_allclose(p[2], [[0.3, -0.1]])


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Network.dense([2]), "at least two widths"),
        (lambda: Network.dense([2, 0, 2]), "at least two widths of at least 1"),
        (lambda: Network.dense([2, 3, 3, 2], [Tanh()]), "each of the 2 layers, but got 1"),
        (lambda: Network(2, (MultiplyGate(),), Softmax()), "needs units of at least 1, but got None"),
        (lambda: Network(0, (), LeastSquares()), "at least 1 input, but got 0"),
        (lambda: NETWORK.views(np.zeros(3)), r"must have shape \(32,\), but its shape is \(3,\)"),
        (lambda: Problem.of(NETWORK, X, Y, -np.ones(20)), "not negative"),
        (lambda: Problem.of(NETWORK, X, Y, np.ones(3)), r"must have shape \(20,\), one a row"),
    ],
)
def test_what_does_not_fit_is_refused(build, sentence):
    with pytest.raises(ValueError, match=sentence):
        build()
