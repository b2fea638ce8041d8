"""Every penalty's slope is the derivative of its formula, and the projection ends in the ball."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlnn.names import shipped
from mlnn.penalty import L1, L2, ElasticNet, Penalty, project_to_ball

WEIGHTS = np.concatenate([-np.logspace(4, -3, 30), np.logspace(-3, 4, 30)])

penalties = pytest.mark.parametrize("kind", shipped(Penalty))


@penalties
def test_slope_is_the_derivative(kind: type[Penalty]) -> None:
    penalty = kind()
    step = 1e-4 * np.abs(WEIGHTS)
    numeric = (penalty.formula(WEIGHTS + step) - penalty.formula(WEIGHTS - step)) / (2.0 * step)
    np.testing.assert_allclose(penalty.slope(WEIGHTS), numeric, rtol=1e-8)


@penalties
def test_zero_weights_cost_nothing_and_stay(kind: type[Penalty]) -> None:
    zero = np.zeros(3)
    np.testing.assert_array_equal(kind().formula(zero), 0.0)
    np.testing.assert_array_equal(kind().slope(zero), 0.0)


@penalties
def test_kinks_are_declared(kind: type[Penalty]) -> None:
    penalty, near = kind(), np.array([-1e-9, 1e-9])
    jump = np.ptp(penalty.slope(near))
    assert (0.0 in kind.kinks) == (jump > 1e-6)


@penalties
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_stays_and_arguments_too(kind: type[Penalty], dtype: Any) -> None:
    w = WEIGHTS.astype(dtype)
    before = w.copy()
    assert kind().formula(w).dtype == dtype
    assert kind().slope(w).dtype == dtype
    np.testing.assert_array_equal(w, before)


def test_known_values() -> None:
    w = np.array([-3.0, 2.0])
    np.testing.assert_array_equal(L2(0.5).formula(w), [2.25, 1.0])
    np.testing.assert_array_equal(L1(0.5).formula(w), [1.5, 1.0])
    np.testing.assert_array_equal(ElasticNet(2.0, 0.25).formula(w), [8.25, 4.0])
    np.testing.assert_array_equal(ElasticNet(2.0, 0.25).slope(w), [-5.0, 3.5])


def test_elastic_net_ends_in_its_parts() -> None:
    np.testing.assert_array_equal(ElasticNet(0.3, 1.0).formula(WEIGHTS), L1(0.3).formula(WEIGHTS))
    np.testing.assert_array_equal(ElasticNet(0.3, 0.0).slope(WEIGHTS), L2(0.3).slope(WEIGHTS))


@pytest.mark.parametrize("ratio", [-0.1, 1.5, float("nan")])
def test_elastic_net_needs_a_share(ratio: float) -> None:
    with pytest.raises(ValueError, match=rf"ratio must lie in \[0, 1\], but got {ratio}"):
        ElasticNet(ratio=ratio)


@pytest.mark.parametrize("kind", [L1, L2, ElasticNet])
@pytest.mark.parametrize("strength", [-0.1, float("nan"), float("inf"), "strong", 10**400])
def test_a_strength_is_no_negative_number(kind: type[Penalty], strength: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="strength must be"):
        kind(strength=strength)


@given(arrays(np.float64, (4, 3), elements=st.floats(-1e4, 1e4)), st.floats(1e-3, 1e4))
def test_projection_ends_in_the_ball_and_keeps_directions(W: np.ndarray, limit: float) -> None:
    before = W.copy()
    project_to_ball(W, limit)
    old, new = np.linalg.norm(before, axis=0), np.linalg.norm(W, axis=0)
    np.testing.assert_allclose(new, np.minimum(old, limit), rtol=1e-12)
    np.testing.assert_allclose(W * old, before * new, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(W[:, old < limit], before[:, old < limit])


def test_projection_works_on_a_view_of_theta() -> None:
    theta = np.array([9.0, 3.0, 0.0, 4.0, 1.0, 9.0], dtype=np.float32)
    project_to_ball(theta[1:5].reshape(2, 2), 1.0)
    np.testing.assert_allclose(theta, [9.0, 0.6, 0.0, 0.8, 1.0, 9.0], rtol=1e-6)


@pytest.mark.parametrize("limit", [0.0, np.inf])
def test_projection_at_the_extremes(limit: float) -> None:
    W = np.array([[0.0, 3.0], [0.0, 4.0]])
    project_to_ball(W, limit)
    np.testing.assert_array_equal(W, [[0.0, min(3.0, limit)], [0.0, min(4.0, limit)]])


def test_projection_needs_a_radius() -> None:
    with pytest.raises(ValueError, match="limit must be at least 0, but got -1"):
        project_to_ball(np.ones((2, 2)), -1.0)
