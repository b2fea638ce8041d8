"""The objective J(θ): shares of rows, the two terms and their derivatives, and the data it refuses."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse
from bound import loss_and_gradient
from hypothesis import given
from hypothesis import strategies as st

from mlnn.array import as_rows
from mlnn.engine import Reference
from mlnn.gate import AddGate, MultiplyGate
from mlnn.network import Network
from mlnn.objective import (
    Problem,
    backward,
    data_derivative,
    data_loss,
    forward,
    penalty_derivative,
    penalty_value,
    row_shares,
)
from mlnn.output import LeastSquares
from mlnn.penalty import L1, L2

X, Y = np.random.default_rng(0).standard_normal((20, 3)), np.random.default_rng(1).integers(0, 2, 20)
NETWORK = Network.dense([3, 5, 2])
THETA = np.random.default_rng(2).standard_normal(NETWORK.size)
ENGINE = Reference()
positive = st.lists(st.floats(0.01, 100.0), min_size=20, max_size=20).map(np.array)


@given(weights=positive, factor=st.floats(0.1, 10.0))
def test_shares_add_up_to_the_factor_and_keep_proportions(weights, factor):
    shares = row_shares(Problem.of(NETWORK, X, Y, weights), factor)
    assert shares.shape == (20, 1)
    assert shares.sum() == pytest.approx(factor)
    np.testing.assert_allclose(shares[:, 0] * weights[0], shares[0, 0] * weights)


@given(weights=positive, scale=st.floats(0.01, 100.0))
def test_only_the_ratio_of_weights_counts(weights, scale):
    a, b = (loss_and_gradient(ENGINE, Problem.of(NETWORK, X, Y, w), THETA) for w in (weights, scale * weights))
    assert a[0] == pytest.approx(b[0])
    np.testing.assert_allclose(a[1], b[1], rtol=1e-9, atol=1e-14)


def test_the_weight_of_a_problem_is_its_rows_or_what_they_weigh_together():
    plain, weighted = Problem.of(NETWORK, X, Y), Problem.of(NETWORK, X, Y, np.full(20, 0.25))
    assert (plain.weight, weighted.weight) == (20.0, 5.0)
    assert repr(plain).startswith("Problem(20 rows of 3, penalty None")
    assert repr(weighted).startswith("Problem(20 rows of 3 of weight 5, penalty None")


def test_a_sum_over_rows_has_shares_of_exactly_one():
    problem = Problem.of(NETWORK, X[:7], Y[:7])  # 7: one over it is not exact
    assert row_shares(problem, 7.0) == 1.0
    assert row_shares(problem) == 1.0 / 7.0


def test_a_batch_without_any_weight_has_no_share():
    weights = np.ones(20)
    weights[:5] = 0.0
    batch = Problem.of(NETWORK, X, Y, weights).batch(slice(0, 5))
    np.testing.assert_array_equal(row_shares(batch), np.zeros((5, 1)))
    np.testing.assert_array_equal(data_derivative(batch, np.ones((5, 2))), np.zeros((5, 2)))


def test_the_loss_is_the_weighted_mean_plus_the_penalty_of_weights_alone(random):
    weights = random.uniform(0.0, 3.0, 20)
    problem = Problem.of(NETWORK, X, Y, weights, L2(0.3))
    p = NETWORK.named(THETA)
    scores = np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
    rows = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(20), Y]
    data, penalty = np.average(rows, weights=weights), 0.15 * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2))
    assert data_loss(problem, scores) == pytest.approx(data)
    assert penalty_value(problem, THETA) == pytest.approx(penalty)
    value, _ = loss_and_gradient(ENGINE, problem, THETA, None, 3.0, 2.0)
    assert value == pytest.approx(3.0 * data + 2.0 * penalty)


def test_factors_scale_the_two_terms_apart():
    problem = Problem.of(NETWORK, X, Y, penalty=L1(0.3))
    data = loss_and_gradient(ENGINE, problem, THETA, None, 1.0, 0.0)[1]
    penalty = loss_and_gradient(ENGINE, problem, THETA, None, 0.0, 1.0)[1]
    np.testing.assert_array_equal(penalty, penalty_derivative(problem, THETA))
    both = loss_and_gradient(ENGINE, problem, THETA, None, 3.0, 2.0)[1]
    np.testing.assert_allclose(both, 3.0 * data + 2.0 * penalty, rtol=1e-12, atol=1e-15)


def test_a_penalty_knows_the_factor_of_every_tensor():
    network = Network.dense([3, 5, 2], penalties=[1.0, 10.0])
    problem = Problem.of(network, X, Y, penalty=L2(0.1))
    slopes, p = network.named(penalty_derivative(problem, THETA)), network.named(THETA)
    np.testing.assert_allclose(slopes["W1"], 0.1 * p["W1"])
    np.testing.assert_allclose(slopes["W2"], 1.0 * p["W2"])
    np.testing.assert_array_equal(slopes["b1"], 0.0)
    assert penalty_value(Problem.of(network, X, Y), THETA) == 0.0
    np.testing.assert_array_equal(penalty_derivative(Problem.of(network, X, Y), THETA), 0.0)


def test_the_tape_holds_every_value_and_backward_a_derivative_for_each():
    views, gradient = NETWORK.views(THETA), np.full_like(THETA, np.nan)
    problem = Problem.of(NETWORK, X, Y)
    tape = forward(NETWORK, views, X)
    assert [value.shape for value in tape.values] == [(20, width) for width in NETWORK.widths]
    assert tape.scores is tape.values[-1]
    np.testing.assert_array_equal(tape.scores, ENGINE.scores(NETWORK, THETA, X))
    d_values = backward(NETWORK, views, tape, data_derivative(problem, tape.scores), NETWORK.views(gradient))
    assert [d.shape for d in d_values] == [value.shape for value in tape.values]
    assert np.isfinite(gradient).all()
    b2 = NETWORK.named(gradient)["b2"]
    np.testing.assert_allclose(b2[0], d_values[-1].sum(axis=0))


def test_a_batch_is_the_problem_on_some_rows(random):
    weights, rows = random.uniform(0.5, 2.0, 20), np.array([3, 1, 4])
    problem = Problem.of(NETWORK, X, Y, weights, L2(0.1))
    batch = problem.batch(rows)
    np.testing.assert_array_equal(batch.X, X[rows])
    np.testing.assert_array_equal(batch.y, Y[rows])
    np.testing.assert_array_equal(batch.weights, weights[rows])
    assert batch.penalty == problem.penalty
    assert Problem.of(NETWORK, X, Y).batch(slice(0, 2)).weights is None


def test_targets_and_weights_take_the_type_of_the_rows(random):
    network = Network.dense([3, 1], output=LeastSquares())
    problem = Problem.of(network, X.astype(np.float32), Y, np.ones(20))
    assert problem.X.dtype == problem.y.dtype == problem.weights.dtype == np.float32
    value, gradient = loss_and_gradient(ENGINE, problem, network.initial(random, np.float32))
    assert isinstance(value, float)
    assert gradient.dtype == np.float32


def with_one(value):
    weights = np.ones(20)
    weights[4] = value
    return weights


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        (with_one(-1.0), "finite, not negative, and not all zero"),
        (with_one(np.nan), "finite, not negative, and not all zero"),
        (with_one(np.inf), "finite, not negative, and not all zero"),
        (np.zeros(20), "finite, not negative, and not all zero"),
        (np.ones(3), r"must have shape \(20,\), one a row, but their shape is \(3,\)"),
        (np.ones((20, 1)), r"must have shape \(20,\), one a row"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights, sentence):
    with pytest.raises(ValueError, match=sentence):
        Problem.of(NETWORK, X, Y, weights)


def test_targets_are_held_against_the_scores_not_the_hidden_units():
    with pytest.raises(ValueError, match="class numbers"):
        Problem.of(NETWORK, X, Y + 1)


def test_an_output_of_ones_own_is_tried_with_as_many_scores_as_the_network_has():
    class Own(LeastSquares):
        pass

    network = Network(3, (MultiplyGate(4), MultiplyGate(2)), Own())
    assert Problem.of(network, X, X[:, :2]).network is network


def test_the_engine_leaves_theta_alone():
    theta = THETA.copy()
    theta.flags.writeable = False
    loss_and_gradient(ENGINE, Problem.of(NETWORK, X, Y, penalty=L2()), theta)
    np.testing.assert_array_equal(theta, THETA)


# Rows as they come in


def test_sparse_rows_need_a_network_that_multiplies_first():
    rows = scipy.sparse.csr_matrix(X)
    assert Problem.of(NETWORK, rows, Y).X.nnz == X.size
    for gates in ((), (AddGate(), *NETWORK.gates)):
        with pytest.raises(ValueError, match="sparse rows need a network that begins with a multiply gate"):
            Problem.of(Network(3, gates, LeastSquares()), rows, X)


def test_numbers_whose_sum_is_too_large_are_rows_all_the_same():
    rows = np.full((4, 3), 3e38, dtype=np.float32)
    assert as_rows(rows) is rows
    for bad in ([np.inf, -np.inf], [np.nan, 1.0], [-np.inf, 3e38]):
        with pytest.raises(ValueError, match="X must be finite, but row 1, column"):
            as_rows(np.array([[1.0, 1.0], bad], dtype=np.float32))


def test_a_look_at_the_rows_takes_no_memory():
    rows = np.ones((2000, 500), dtype=np.float32)
    tracemalloc.start()
    as_rows(rows)
    assert tracemalloc.get_traced_memory()[1] < rows.nbytes / 50
    tracemalloc.stop()


def test_a_problem_without_targets_says_so():
    with pytest.raises(TypeError, match="y is missing"):
        Problem.of(Network.dense([2, 2]), [[0.0, 1.0]])
