"""The gates keep the tutorial's calls and return orders; in a chain they do the same with views of θ."""

import numpy as np
import pytest

from mlnn.array import Array
from mlnn.gate import AddGate, Gate, MultiplyGate
from mlnn.layer import HardTanh

X, W, b, dZ = map(np.random.default_rng(5).standard_normal, [(4, 3), (3, 2), (1, 2), (4, 2)])


def numeric_derivative(of: Array, by: Array, gate: Gate, p: tuple[Array, ...], x: Array) -> Array:
    """Return the derivative of Σ of ∘ y by the array ``by``, which is x or one of p."""
    derivative, h = np.empty_like(by), 1e-5
    for index in np.ndindex(by.shape):
        middle = by[index]
        by[index] = middle + h
        right = (gate.apply(p, x, None)[0] * of).sum()
        by[index] = middle - h
        left = (gate.apply(p, x, None)[0] * of).sum()
        by[index] = middle
        derivative[index] = (right - left) / (2.0 * h)
    return derivative


def test_multiply_gate_takes_w_first_and_returns_dw_first() -> None:
    np.testing.assert_array_equal(MultiplyGate().forward(W, X), np.dot(X, W))
    dW, dX = MultiplyGate().backward(W, X, dZ)
    np.testing.assert_array_equal(dW, np.dot(X.T, dZ))
    np.testing.assert_array_equal(dX, np.dot(dZ, W.T))


def test_add_gate_takes_x_first_and_returns_db_first() -> None:
    Z = MultiplyGate().forward(W, X)
    np.testing.assert_array_equal(AddGate().forward(Z, b), Z + b)
    db, dX = AddGate().backward(Z, b, dZ)
    np.testing.assert_array_equal(db, np.dot(np.ones((1, 4)), dZ))
    assert db.shape == (1, 2)
    np.testing.assert_array_equal(dX, dZ * np.ones_like(Z))


@pytest.mark.parametrize(("gate", "p", "x"), [(MultiplyGate(units=2), (W,), X), (AddGate(), (b,), X @ W)])
def test_pullback_is_the_numeric_derivative(gate: Gate, p: tuple[Array, ...], x: Array) -> None:
    y, memo = gate.apply(p, x, None)
    d_p = tuple(np.full_like(one, np.nan) for one in p)
    d_x = gate.pullback(p, x, y, memo, dZ, d_p)
    for by, derivative in zip((x, *p), (d_x, *d_p), strict=True):
        np.testing.assert_allclose(derivative, numeric_derivative(dZ, by, gate, p, x), rtol=1e-7, atol=1e-9)


def test_pullback_writes_into_the_views_it_is_given() -> None:
    theta = np.zeros(8)
    view = theta[1:7].reshape(3, 2)
    gate = MultiplyGate(units=2)
    gate.pullback((W,), X, X @ W, None, dZ, (view,))
    np.testing.assert_array_equal(theta[1:7], (X.T @ dZ).ravel())
    np.testing.assert_array_equal(theta[[0, 7]], 0.0)


@pytest.mark.parametrize("gate", [MultiplyGate(units=2), AddGate()], ids=repr)
def test_gates_keep_single_precision(gate: Gate) -> None:
    x = X[:, :2].astype(np.float32)
    p = tuple(np.ones(one.shape, np.float32) for one in gate.parameters(2))
    y, memo = gate.apply(p, x, None)
    assert y.dtype == gate.pullback(p, x, y, memo, y, tuple(np.empty_like(one) for one in p)).dtype == np.float32


def test_declared_parameters() -> None:
    (weights,) = MultiplyGate(units=2, penalty=0.5, rate=3.0, max_norm=4.0).parameters(3)
    assert (weights.letter, weights.shape, weights.penalty, weights.rate, weights.max_norm) == (
        "W",
        (3, 2),
        0.5,
        3.0,
        4.0,
    )
    (bias,) = AddGate(rate=2.0).parameters(3)
    assert (bias.letter, bias.shape, bias.penalty, bias.rate) == ("b", (1, 3), 0.0, 2.0)
    np.testing.assert_array_equal(bias.initializer(bias.shape, np.random.default_rng(0)), np.zeros((1, 3)))


def test_widths() -> None:
    assert MultiplyGate(units=7).width(3) == 7
    assert AddGate().width(3) == 3


@pytest.mark.parametrize("units", [None, 0, -1])
def test_multiply_gate_in_a_network_needs_units(units: int | None) -> None:
    with pytest.raises(ValueError, match=f"units of at least 1, but got {units}"):
        MultiplyGate(units=units).parameters(3)


def test_side_counts_the_kinks_to_the_left() -> None:
    x = np.array([[-2.0, -0.999, 0.0], [0.999, 1.001, 50.0]])
    np.testing.assert_array_equal(HardTanh().side(x), [[0, 1, 1], [1, 2, 2]])
    np.testing.assert_array_equal(AddGate().side(x), np.zeros((2, 3)))
