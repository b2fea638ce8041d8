"""Softmax, the multiclass hinges and the logistic output against formulas written out, and the tutorial's calls."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.output import Hinge, Logistic, Softmax, SquaredHinge

each_precision = pytest.mark.parametrize("precision", [np.float32, np.float64])

# Softmax


def test_tutorial_calls() -> None:
    X, y = np.array([[1.0, 2.0], [0.5, -0.5], [3.0, 3.0]]), np.array([0, 0, 1])
    p = np.exp(X) / np.exp(X).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(Softmax().predict(X), p, rtol=1e-15)
    assert Softmax().loss(X, y) == pytest.approx(-np.log(p[np.arange(3), y]).sum() / 3.0, rel=1e-15)
    expected = p.copy()
    expected[np.arange(3), y] -= 1.0
    np.testing.assert_allclose(Softmax().diff(X, y), expected, rtol=1e-14)


@given(shift=st.floats(-1e3, 1e3), seed=st.integers(0, 99), smoothing=st.sampled_from([0.0, 0.2]))
def test_softmax_does_not_see_a_shift_of_a_row(shift: float, seed: int, smoothing: float) -> None:
    S = np.random.default_rng(seed).standard_normal((3, 4))
    y, output = np.array([0, 3, 1]), Softmax(smoothing)
    np.testing.assert_allclose(output.predict(S + shift), output.predict(S), rtol=1e-11)
    np.testing.assert_allclose(output.losses(S + shift, y), output.losses(S, y), rtol=1e-11)
    np.testing.assert_allclose(output.diff(S + shift, y), output.diff(S, y), atol=1e-11)


def test_softmax_probabilities_sum_to_one_and_derivatives_to_zero() -> None:
    S = 50.0 * np.random.default_rng(0).standard_normal((20, 5))
    np.testing.assert_allclose(Softmax().predict(S).sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(Softmax(0.1).diff(S, np.arange(20) % 5).sum(axis=1), 0.0, atol=1e-14)


def test_label_smoothing_is_cross_entropy_with_the_smoothed_distribution() -> None:
    S, y, epsilon = np.array([[0.2, -1.0, 2.0], [1.0, 0.0, 0.5]]), np.array([2, 1]), 0.3
    q = np.array([[0.1, 0.1, 0.8], [0.1, 0.8, 0.1]])
    p = Softmax().predict(S)
    np.testing.assert_allclose(Softmax(epsilon).losses(S, y), [-(q[i] * np.log(p[i])).sum() for i in range(2)])
    np.testing.assert_allclose(Softmax(epsilon).diff(S, y), p - q, atol=1e-15)
    np.testing.assert_array_equal(Softmax(epsilon).predict(S), p)


def test_log_probabilities_are_never_minus_infinity() -> None:
    S = np.array([[0.0, -1e4, 1e4]])
    np.testing.assert_array_equal(Softmax().log_probabilities(S), [[-1e4, -2e4, 0.0]])
    assert Softmax().losses(S, np.array([1])) == pytest.approx(2e4)


def test_softmax_of_two_scores_is_the_logistic_of_their_difference() -> None:
    S, y = np.random.default_rng(3).standard_normal((8, 2)) * 5.0, np.arange(8) % 2
    d = S[:, 1:] - S[:, :1]
    np.testing.assert_allclose(Softmax().predict(S)[:, 1:], Logistic().predict(d), rtol=1e-13)
    np.testing.assert_allclose(Softmax().losses(S, y), Logistic().losses(d, y[:, None]), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(Softmax().diff(S, y)[:, 1:], Logistic().diff(d, y[:, None]), atol=1e-14)


# Margins


@pytest.mark.parametrize(("output", "power"), [(Hinge(0.7), 1), (SquaredHinge(0.7), 2)], ids=repr)
def test_weston_watkins_is_the_literal_double_loop(output: Hinge | SquaredHinge, power: int) -> None:
    S, y = np.random.default_rng(9).standard_normal((6, 4)), np.array([0, 3, 1, 2, 2, 0])
    losses, diff, margins = np.zeros(6), np.zeros((6, 4)), []
    for i in range(6):
        for j in range(4):
            if j != y[i]:
                violation = S[i, j] - S[i, y[i]] + output.margin
                margins.append(violation)
                if violation > 0.0:
                    losses[i] += violation**power
                    diff[i, j] += power * violation ** (power - 1)
                    diff[i, y[i]] -= power * violation ** (power - 1)
    np.testing.assert_allclose(output.losses(S, y), losses, rtol=1e-14)
    np.testing.assert_allclose(output.diff(S, y), diff, atol=1e-14)
    others = np.arange(4) != y[:, None]
    np.testing.assert_allclose(output.margins(S, y)[others], margins, rtol=1e-14)
    np.testing.assert_array_equal(output.predict(S), S)
    np.testing.assert_array_equal(output.decide(S), S.argmax(axis=1))


# Logistic


def test_logistic_known_values() -> None:
    S = np.array([[math.log(3.0), 0.0]])
    np.testing.assert_allclose(Logistic().predict(S), [[0.75, 0.5]], rtol=1e-15)
    np.testing.assert_allclose(Logistic().losses(S, np.array([[0.0, 1.0]])), math.log(4.0) + math.log(2.0), rtol=1e-15)
    entropy = -(0.3 * math.log(0.75) + 0.7 * math.log(0.25))
    np.testing.assert_allclose(Logistic().losses(S[:, :1], np.array([[0.3]])), entropy, rtol=1e-15)
    np.testing.assert_array_equal(
        Logistic().decide(Logistic().predict(np.array([[-0.1, 0.1], [3.0, -3.0]]))), [[0, 1], [1, 0]]
    )


@each_precision
def test_logistic_keeps_the_digits_of_a_small_loss(precision: Any) -> None:
    S, y = np.array([[30.0], [-30.0]], precision), np.array([[1.0], [0.0]], precision)
    np.testing.assert_allclose(Logistic().losses(S, y), math.log1p(math.exp(-30.0)), rtol=1e-6)
