"""Batch normalization: the batch's statistics in training, running ones in prediction, and batches of one row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.check import check_gradients
from mlnn.gate import BatchNorm, Step
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD
from mlnn.training import Recipe, epochs

X = 3.0 + 2.0 * np.random.default_rng(0).standard_normal((50, 4))


def parameters(gain=1.0, shift=0.0, mean=0.0, variance=1.0, units=4, dtype=np.float64):
    return tuple(np.full((1, units), value, dtype) for value in (gain, shift, mean, variance))


@given(gain=st.floats(0.1, 5.0), shift=st.floats(-5.0, 5.0), rows=st.integers(2, 50))
def test_training_standardizes_every_column_then_scales_and_shifts(gain, shift, rows):
    y, _ = BatchNorm(epsilon=0.0).apply(parameters(gain, shift), X[:rows], Step())
    np.testing.assert_allclose(y.mean(axis=0), shift, atol=1e-10)
    np.testing.assert_allclose(y.std(axis=0), gain, rtol=1e-10)


def test_prediction_is_the_formula_with_running_statistics():
    gate, p = BatchNorm(epsilon=0.1), parameters(2.0, 0.7, 3.0, 5.0)
    y, memo = gate.apply(p, X, None)
    np.testing.assert_allclose(y, 2.0 * (X - 3.0) / np.sqrt(5.1) + 0.7)
    np.testing.assert_array_equal(gate.apply(p, X[:1], None)[0], y[:1])  # a row does not depend on its neighbours
    assert memo is None


def test_one_step_moves_the_running_statistics_by_one_minus_momentum():
    gate, p = BatchNorm(momentum=0.75), parameters(mean=10.0, variance=20.0)
    _, memo = gate.apply(p, X, Step())
    gate.observe(p, memo)
    np.testing.assert_allclose(p[2][0], 0.75 * 10.0 + 0.25 * X.mean(axis=0))
    np.testing.assert_allclose(p[3][0], 0.75 * 20.0 + 0.25 * X.var(axis=0, ddof=1))
    gate.observe(p, memo, afresh=True)
    np.testing.assert_allclose(p[2][0], X.mean(axis=0))
    np.testing.assert_allclose(p[3][0], X.var(axis=0, ddof=1))


def test_running_statistics_converge_to_those_of_the_data():
    gate, p = BatchNorm(momentum=0.5), parameters()
    for _ in range(60):
        gate.observe(p, gate.apply(p, X, Step())[1])
    np.testing.assert_allclose(p[2][0], X.mean(axis=0))
    np.testing.assert_allclose(p[3][0], X.var(axis=0, ddof=1))


def test_a_batch_of_one_row_gives_the_shift_and_keeps_the_variance():
    gate, p = BatchNorm(), parameters(2.0, 0.7, 0.0, 5.0, units=2)
    x = np.array([[3.0, -1.0]])
    y, memo = gate.apply(p, x, Step())
    gate.observe(p, memo)
    np.testing.assert_array_equal(y, [[0.7, 0.7]])
    np.testing.assert_array_equal(p[3], [[5.0, 5.0]])
    np.testing.assert_allclose(p[2], [[0.3, -0.1]])
    d_p = parameters(units=2)
    np.testing.assert_array_equal(gate.pullback(p, x, y, memo, np.ones((1, 2)), d_p), [[0.0, 0.0]])
    np.testing.assert_array_equal(d_p[0], [[0.0, 0.0]])
    np.testing.assert_array_equal(d_p[1], [[1.0, 1.0]])


def test_two_rows_are_enough_to_move_the_running_variance():
    gate, p = BatchNorm(momentum=0.75), parameters(variance=20.0)
    gate.observe(p, gate.apply(p, X[:2], Step())[1])
    np.testing.assert_allclose(p[3][0], 0.75 * 20.0 + 0.25 * X[:2].var(axis=0, ddof=1))


def test_training_with_a_last_batch_of_one_row_stays_finite():
    network = Network.dense([4, 3, 2], batch_norm=True)
    problem = Problem.of(network, X[:9], [0, 1, 0, 1, 0, 1, 0, 1, 0])
    theta = network.initial(np.random.default_rng(0))
    *_, last = epochs(problem, theta, Recipe(SGD(rate=0.1), epochs=5, batch_size=4))
    assert np.isfinite(last.theta).all()
    assert (network.named(last.theta)["variance1"] > 0.0).all()


def test_training_moves_running_statistics_only_by_observation():
    network = Network.dense([4, 3, 2], batch_norm=True)
    problem = Problem.of(network, X, np.arange(50) % 2)
    theta = network.initial(np.random.default_rng(0))
    *_, last = epochs(problem, theta, Recipe(SGD(rate=0.1), epochs=1))
    before, after = network.named(theta), network.named(last.theta)
    scores = X @ before["W1"] + before["b1"]
    np.testing.assert_allclose(after["mean1"][0], 0.1 * scores.mean(axis=0))
    np.testing.assert_allclose(after["variance1"][0], 0.9 + 0.1 * scores.var(axis=0, ddof=1))


@pytest.mark.parametrize("step", [Step(), None])
@pytest.mark.parametrize("rows", [1, 5, 9])
def test_its_gradients_pass_in_training_and_in_prediction(step, rows):
    network = Network.dense([4, 5, 2], batch_norm=True)
    report = check_gradients(network, X[:rows], np.arange(rows) % 2, step=step, show=False)
    assert report.passed, str(report)
    assert {"gain1", "shift1"} <= {row.tensor for row in report}


def test_single_precision_is_kept():
    gate, p, x = BatchNorm(), parameters(dtype=np.float32), X.astype(np.float32)
    y, memo = gate.apply(p, x, Step())
    gate.observe(p, memo)
    d_p = parameters(dtype=np.float32)
    d_x = gate.pullback(p, x, y, memo, y, d_p)
    assert {each.dtype for each in (y, d_x, *p, *d_p, gate.apply(p, x, None)[0])} == {np.dtype(np.float32)}
    np.testing.assert_allclose(y, gate.apply(parameters(), X, Step())[0], rtol=1e-4, atol=1e-5)


def test_a_constant_column_is_no_division_by_zero():
    y, _ = BatchNorm().apply(parameters(shift=0.5), np.full((6, 4), 3.0), Step())
    np.testing.assert_array_equal(y, np.full((6, 4), 0.5))


@pytest.mark.parametrize("momentum", [1.0, -0.1, np.nan])
def test_what_is_no_momentum_is_refused(momentum):
    with pytest.raises(ValueError, match=rf"must lie in \[0, 1\), but got {momentum}"):
        BatchNorm(momentum=momentum)
