"""Layers at values worked out by hand, PReLU and maxout, settings, and the tutorial's calls."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.layer import (
    ELU,
    GELU,
    SELU,
    HardTanh,
    Identity,
    Layer,
    LeakyReLU,
    Maxout,
    Mish,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Softsign,
    Tanh,
)


@pytest.mark.parametrize("x", [-700.0, -300.0, -50.0, -37.5, -1.0])
def test_sigmoid_and_softplus_are_exact_far_left(x: float) -> None:
    exact = math.exp(x) / (1.0 + math.exp(x))
    np.testing.assert_allclose(Sigmoid().forward(np.array([x])), exact, rtol=1e-15)
    np.testing.assert_allclose(Softplus().forward(np.array([x])), math.log1p(math.exp(x)), rtol=1e-15)
    np.testing.assert_allclose(SiLU().forward(np.array([x])), x * exact, rtol=1e-15)


@given(x=st.floats(-1e4, 1e4))
def test_symmetries(x: float) -> None:
    right, left = np.array([x]), np.array([-x])
    np.testing.assert_allclose(Sigmoid().forward(left) + Sigmoid().forward(right), 1.0, rtol=1e-15)
    np.testing.assert_allclose(Softplus().forward(right) - Softplus().forward(left), x, rtol=1e-15, atol=1e-15)
    for odd in (Tanh(), Softsign(), HardTanh(), Identity()):
        np.testing.assert_array_equal(odd.forward(left), -odd.forward(right))


# Values worked out by hand

LOG3 = math.log(3.0)


@pytest.mark.parametrize(
    ("layer", "x", "y", "slope"),
    [
        (Identity(), -2.0, -2.0, 1.0),
        (Sigmoid(), LOG3, 0.75, 0.1875),
        (Sigmoid(), 0.0, 0.5, 0.25),
        (Tanh(), LOG3, 0.8, 0.36),
        (Softsign(), -3.0, -0.75, 0.0625),
        (HardTanh(), -2.0, -1.0, 0.0),
        (HardTanh(), 0.5, 0.5, 1.0),
        (HardTanh(), 2.0, 1.0, 0.0),
        (ReLU(), -2.0, 0.0, 0.0),
        (ReLU(), 0.0, 0.0, 0.0),
        (ReLU(), 3.0, 3.0, 1.0),
        (LeakyReLU(), -2.0, -0.02, 0.01),
        (LeakyReLU(0.1), 3.0, 3.0, 1.0),
        (ELU(), -LOG3, -2.0 / 3.0, 1.0 / 3.0),
        (ELU(3.0), -LOG3, -2.0, 1.0),
        (ELU(3.0), 2.0, 2.0, 1.0),
        (SELU(), 2.0, 2.1014019747109609, 1.0507009873554805),
        (SELU(), -LOG3, -1.7580993408473766 * 2.0 / 3.0, 1.7580993408473766 / 3.0),
        (Softplus(), LOG3, math.log(4.0), 0.75),
        (GELU(), 1.0, 0.8413447460685429, 0.8413447460685429 + 0.24197072451914337),
        (GELU(), 0.0, 0.0, 0.5),
        (SiLU(), LOG3, 0.75 * LOG3, 0.75 + 0.1875 * LOG3),
        (Mish(), 0.0, 0.0, 0.6),
        (Mish(), LOG3, LOG3 * 15.0 / 17.0, 15.0 / 17.0 + LOG3 * 0.75 * (1.0 - (15.0 / 17.0) ** 2)),
    ],
    ids=repr,
)
def test_known_values(layer: Layer, x: float, y: float, slope: float) -> None:
    at = np.array([x])
    np.testing.assert_allclose(layer.forward(at), y, rtol=4e-15)
    np.testing.assert_allclose(layer.slope(at, layer.forward(at)), slope, rtol=4e-15)


def test_selu_keeps_mean_zero_and_variance_one() -> None:
    nodes, weights = np.polynomial.legendre.leggauss(60)  # each half-line on its own, since SELU has a kink between
    z, weights = np.hstack([-6.0 + 6.0 * nodes, 6.0 + 6.0 * nodes]), 6.0 * np.hstack([weights, weights])
    density = weights * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    y = SELU().forward(z)
    assert (density * y).sum() == pytest.approx(0.0, abs=1e-12)
    assert (density * y * y).sum() == pytest.approx(1.0, rel=1e-12)


# The two that are not elementwise


def test_prelu_follows_the_parametric_formula() -> None:
    X = np.array([[-2.0, 4.0], [3.0, -1.0], [-1.0, -5.0]])
    a, top_diff = np.array([[0.5, 0.1]]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_allclose(PReLU().forward(X, a), [[-1.0, 4.0], [3.0, -0.1], [-0.5, -0.5]])
    da, dX = PReLU().backward(X, a, top_diff)
    np.testing.assert_allclose(da, [[-2.0 - 5.0, -4.0 - 30.0]])
    np.testing.assert_allclose(dX, [[0.5, 2.0], [3.0, 0.4], [2.5, 0.6]])


def test_prelu_declares_one_unpenalized_leak_a_unit() -> None:
    (leak,) = PReLU().parameters(5)
    assert (leak.letter, leak.shape, leak.penalty, leak.trained) == ("a", (1, 5), 0.0, True)
    np.testing.assert_array_equal(leak.initializer(leak.shape, np.random.default_rng(0)), np.full((1, 5), 0.25))


def test_maxout_takes_the_largest_of_neighbouring_columns() -> None:
    X = np.array([[1.0, 5.0, 3.0, -1.0, -2.0, -3.0], [7.0, 7.0, 0.0, 1.0, 2.0, 3.0]])
    top_diff = np.array([[10.0, 20.0], [30.0, 40.0]])
    np.testing.assert_array_equal(Maxout(3).forward(X), [[5.0, -1.0], [7.0, 3.0]])
    expected = [[0.0, 10.0, 0.0, 20.0, 0.0, 0.0], [30.0, 0.0, 0.0, 0.0, 0.0, 40.0]]
    np.testing.assert_array_equal(Maxout(3).backward(X, top_diff), expected)
    np.testing.assert_array_equal(Maxout(3).side(X), [[1, 0], [0, 2]])


def test_maxout_handles_a_batch_that_is_not_contiguous() -> None:
    X = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    np.testing.assert_array_equal(Maxout().forward(X[::2]), [[1.0, 3.0], [9.0, 11.0]])


# Settings


@pytest.mark.parametrize("call", [lambda: Maxout(3).width(10), lambda: Maxout(3).forward(np.ones((2, 10)))])
def test_maxout_refuses_columns_that_do_not_divide(call: Any) -> None:
    with pytest.raises(ValueError, match="a multiple of pieces = 3 columns, but got 10"):
        call()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Maxout(0), "pieces must be at least 1, but got 0"),
        (lambda: ELU(0.0), r"alpha must be positive, but got 0\.0"),
        (lambda: ELU(math.nan), "alpha must be positive, but got nan"),
    ],
)
def test_nonsense_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_layers_are_values() -> None:
    assert LeakyReLU(0.2) == LeakyReLU(leak=0.2) != LeakyReLU(0.3)
    assert repr(ELU()) == "ELU(alpha=1.0)"
    with pytest.raises(AttributeError):
        ELU().alpha = 2.0  # type: ignore[misc]


# The tutorial's calls


def test_tutorial_calls() -> None:
    X, top_diff = np.array([[0.3, -0.7]]), np.array([[2.0, -1.0]])
    np.testing.assert_array_equal(Tanh().forward(X), np.tanh(X))
    np.testing.assert_allclose(Tanh().backward(X, top_diff), (1.0 - np.tanh(X) ** 2) * top_diff, rtol=1e-15)
    np.testing.assert_allclose(Sigmoid().forward(X), 1.0 / (1.0 + np.exp(-X)), rtol=1e-15)
