"""Losses for quantities at values worked out by hand, and at their minimizers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.output import Absolute, Huber, LeastSquares, Output, Poisson, Quantile


@pytest.mark.parametrize(
    ("output", "s", "t", "loss", "diff"),
    [
        (LeastSquares(), 5.0, 2.0, 4.5, 3.0),
        (Absolute(), 2.0, 5.0, 3.0, -1.0),
        (Absolute(), 5.0, 5.0, 0.0, 0.0),
        (Huber(2.0), 1.0, 0.0, 0.5, 1.0),
        (Huber(2.0), -5.0, 0.0, 8.0, -2.0),
        (Quantile(0.9), 0.0, 10.0, 9.0, -0.9),
        (Quantile(0.9), 10.0, 0.0, 1.0, 0.1),
        (Quantile(0.9), 1.0, 1.0, 0.0, 0.0),
        (Poisson(), 0.0, 3.0, 1.0, -2.0),
        (Poisson(), math.log(2.0), 2.0, 2.0 - 2.0 * math.log(2.0), 0.0),
        (Poisson(), 62.0, 0.0, 3.0 * math.exp(60.0), math.exp(60.0)),
    ],
    ids=repr,
)
def test_known_values(output: Output, s: float, t: float, loss: float, diff: float) -> None:
    S, y = np.array([[s]]), output.targets([t], 1)
    np.testing.assert_allclose(output.losses(S, y), loss, rtol=1e-14)
    np.testing.assert_allclose(output.diff(S, y), diff, rtol=1e-14, atol=1e-15)


@given(level=st.floats(0.05, 0.95), seed=st.integers(0, 99))
def test_quantile_loss_is_smallest_at_the_empirical_quantile(level: float, seed: int) -> None:
    y = np.random.default_rng(seed).standard_normal((25, 1))
    best = np.quantile(y, level, method="inverted_cdf")

    def total(s: float) -> float:
        return float(Quantile(level).losses(np.full_like(y, s), y).sum())

    assert all(total(best) <= total(other) + 1e-12 for other in y.ravel())


def test_minimizers_are_the_mean_the_median_and_the_log_of_the_mean() -> None:
    y = np.array([[1.0], [2.0], [9.0]])
    for output, best in [(LeastSquares(), 4.0), (Absolute(), 2.0), (Poisson(), math.log(4.0))]:
        assert output.diff(np.full_like(y, best), y).sum() == pytest.approx(0.0, abs=1e-13)
    assert Poisson().predict(np.array([[math.log(4.0)]])) == pytest.approx(4.0)


@pytest.mark.parametrize("s", [-3.0, 0.2, 7.0])
def test_the_limits_of_huber_and_the_middle_quantile(s: float) -> None:
    S, y = np.array([[s]]), np.array([[0.5]])
    np.testing.assert_allclose(Huber(1e6).losses(S, y), LeastSquares().losses(S, y), rtol=1e-14)
    np.testing.assert_allclose(Huber(1e-9).losses(S, y) / 1e-9, Absolute().losses(S, y), rtol=1e-7)
    np.testing.assert_allclose(2.0 * Quantile(0.5).losses(S, y), Absolute().losses(S, y), rtol=1e-14)
