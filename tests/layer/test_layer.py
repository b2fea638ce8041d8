"""Every layer's slope is the derivative of its formula, in both precisions, at any input; and known values."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import mlnn.layer
from mlnn.array import Array
from mlnn.initializer import Fan, Glorot, HeNormal
from mlnn.layer import ELU, SELU, Activation, Layer, LeakyReLU, Maxout, PReLU
from mlnn.names import shipped

LAYERS: list[Layer] = [kind() for kind in shipped(Layer)] + [LeakyReLU(0.3), LeakyReLU(-1.0), ELU(0.5), ELU(2.0)]
ACTIVATIONS: list[Activation] = [
    *LAYERS,
    *(kind() for kind in shipped(Activation) if not issubclass(kind, Layer)),
    Maxout(3),
]
EXTREMES = np.array([-1e4, -745.0, -104.0, -20.0, -1.0, -1e-300, -0.0, 0.0, 1e-300, 1.0, 20.0, 104.0, 745.0, 1e4])

each_layer = pytest.mark.parametrize("layer", LAYERS, ids=repr)
each_activation = pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
each_precision = pytest.mark.parametrize("precision", [np.float32, np.float64])


def first_parameters(activation: Activation, inputs: int, precision: Any = np.float64) -> tuple[Array, ...]:
    random = np.random.default_rng(3)
    return tuple(
        (p.initializer(p.shape, random) + 0.1 * random.standard_normal(p.shape)).astype(precision)
        for p in activation.parameters(inputs)
    )


def test_the_tree_is_the_public_list() -> None:
    assert {kind.__name__ for kind in shipped(Activation)} | {"Activation", "Layer"} == set(mlnn.layer.__all__)


# The slope


@each_layer
@given(at=st.floats(-30.0, 30.0))
def test_slope_is_the_five_point_difference(layer: Layer, at: float) -> None:
    h = 1e-3
    assume(all(abs(at - kink) > 3.0 * h for kink in layer.kinks))
    x = np.array([at])
    numeric = (
        8.0 * (layer.forward(x + h) - layer.forward(x - h)) - layer.forward(x + 2 * h) + layer.forward(x - 2 * h)
    ) / (12.0 * h)
    np.testing.assert_allclose(layer.slope(x, layer.forward(x)), numeric, rtol=1e-9, atol=2e-11)


@each_layer
def test_kinks_are_where_the_first_or_second_derivative_jumps(layer: Layer) -> None:
    def slope(x: Array) -> Array:
        return layer.slope(x, layer.forward(x))

    h = 1e-4
    at = np.arange(-3.0, 3.01, 0.25)
    jump = np.abs(slope(at + h) - slope(at - h))
    bend = np.abs((slope(at + 2 * h) - slope(at + h)) - (slope(at - h) - slope(at - 2 * h))) / h
    expected = np.isin(at, layer.kinks)
    assert ((jump > 0.01) | (bend > 0.1))[expected].all()
    assert ((jump < 1e-3) & (bend < 1e-2))[~expected].all()


@each_layer
def test_backward_is_slope_times_what_comes_from_above(layer: Layer) -> None:
    x, above = np.array([[-2.5, -0.5, 0.3], [0.5, 1.5, 4.0]]), np.array([[2.0, -3.0, 5.0], [7.0, 0.0, -1.0]])
    expected = layer.slope(x, layer.forward(x)) * above
    y, memo = layer.apply((), x, None)
    np.testing.assert_array_equal(y, layer.forward(x))
    np.testing.assert_array_equal(layer.backward(x, above), expected)
    np.testing.assert_array_equal(layer.pullback((), x, y, memo, above, ()), expected)


@each_activation
def test_pullback_is_the_numeric_derivative_by_inputs_and_parameters(activation: Activation) -> None:
    inputs = activation.inputs(3)
    random = np.random.default_rng(8)
    # One permutation of well-separated numbers, so that no input lies within h of a kink or of its neighbour.
    x = (random.permutation(4 * inputs).reshape(4, inputs) - 2.0 * inputs + 0.37) / 3.0
    p = first_parameters(activation, inputs)
    above = random.standard_normal((4, 3))
    y, memo = activation.apply(p, x, None)
    d_p = tuple(np.full_like(one, np.nan) for one in p)
    d_x = activation.pullback(p, x, y, memo, above, d_p)
    assert d_x.shape == x.shape

    h = 1e-5
    for array, derivative in zip((x, *p), (d_x, *d_p), strict=True):
        for index in np.ndindex(array.shape):
            middle = array[index]
            array[index] = middle + h
            right = (activation.apply(p, x, None)[0] * above).sum()
            array[index] = middle - h
            left = (activation.apply(p, x, None)[0] * above).sum()
            array[index] = middle
            assert derivative[index] == pytest.approx((right - left) / (2.0 * h), rel=1e-6, abs=1e-8)


# Numbers of any size and both precisions


@each_precision
@each_activation
def test_extreme_inputs_stay_finite_and_keep_their_precision(activation: Activation, precision: Any) -> None:
    inputs = activation.inputs(2)
    x = np.resize(EXTREMES, (42, inputs)).astype(precision)
    p = first_parameters(activation, inputs, precision)
    y, memo = activation.apply(p, x, None)
    d_p = tuple(np.empty_like(one) for one in p)
    d_x = activation.pullback(p, x, y, memo, np.ones_like(y), d_p)
    assert all(part.dtype == precision for part in (y, d_x))
    assert all(np.isfinite(part).all() for part in (y, d_x, *d_p))


@each_precision
@each_layer
def test_forward_slope_and_backward_keep_their_precision(layer: Layer, precision: Any) -> None:
    x = np.array([[-2.0, 0.0, 3.0]], precision)
    y = layer.forward(x)
    assert y.dtype == layer.slope(x, y).dtype == layer.backward(x, y).dtype == precision


@each_precision
def test_prelu_and_maxout_keep_their_precision_when_called_directly(precision: Any) -> None:
    X, a, top_diff = np.ones((3, 2), precision), np.full((1, 2), 0.25, precision), np.ones((3, 2), precision)
    assert {part.dtype for part in PReLU().backward(X, a, top_diff)} == {np.dtype(precision)}
    assert PReLU().forward(X, a).dtype == Maxout().forward(X).dtype == precision
    assert Maxout().backward(X, top_diff[:, :1]).dtype == precision


@each_activation
def test_inputs_stay_as_they_are(activation: Activation) -> None:
    x = np.linspace(-3.0, 3.0, 12).reshape(2, 6)
    p, above = first_parameters(activation, 6), np.ones((2, activation.width(6)))
    before = x.copy(), *(one.copy() for one in p), above.copy()
    y, memo = activation.apply(p, x, None)
    activation.pullback(p, x, y, memo, above, tuple(np.empty_like(one) for one in p))
    for now, then in zip((x, *p, above), before, strict=True):
        np.testing.assert_array_equal(now, then)


# What a network asks of them


@each_activation
def test_inputs_undoes_width(activation: Activation) -> None:
    assert [activation.width(activation.inputs(width)) for width in (1, 2, 7)] == [1, 2, 7]
    assert activation.inputs(4) == 4 * getattr(activation, "pieces", 1)


@each_activation
def test_initializer_suits_the_family(activation: Activation) -> None:
    squashing = activation.__class__.__module__ == "mlnn.layer.squashing"
    expected = Fan() if isinstance(activation, SELU) else Glorot() if squashing else HeNormal()
    assert activation.initializer == expected


def test_importing_the_layers_leaves_scipy_alone() -> None:
    code = "import sys, mlnn.layer, mlnn.output; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_six_lines_make_a_layer() -> None:
    class Square(Layer):
        def forward(self, x: Array) -> Array:
            return np.square(x)

        def slope(self, x: Array, y: Array) -> Array:
            return np.multiply(2.0, x)

    np.testing.assert_array_equal(Square().backward(np.array([3.0]), np.array([10.0])), [60.0])


def test_the_least_that_is_allowed_and_the_slope_at_a_kink_is_the_left_one() -> None:
    assert Maxout(1).pieces == 1
    at = np.zeros(1)
    assert (LeakyReLU(0.1).slope(at, at), ELU(0.5).slope(at, at)) == (0.1, 0.5)
