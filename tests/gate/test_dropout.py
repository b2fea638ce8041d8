"""Dropout: the documented bits, the exact expectation, and its place in training and prediction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.check import check_gradients
from mlnn.gate import Dropout, Step
from mlnn.network import Network


def philox_words(key, counter, blocks):
    """Return the Philox-4x64-10 stream after ``counter``, in Python's own integers, as its paper defines it."""
    low = (1 << 64) - 1
    words = []
    number = sum(part << (64 * i) for i, part in enumerate(counter))
    for block in range(1, blocks + 1):  # NumPy counts up before it draws
        c = [(number + block) >> (64 * i) & low for i in range(4)]
        k = list(key)
        for _ in range(10):
            a, b = c[0] * 0xD2E7470EE14C6C93, c[2] * 0xCA5A826395121157
            c = [(b >> 64) ^ c[1] ^ k[0], b & low, (a >> 64) ^ c[3] ^ k[1], a & low]
            k = [(k[0] + 0x9E3779B97F4A7C15) & low, (k[1] + 0xBB67AE8584CAA73B) & low]
        words += c
    return words


@pytest.mark.parametrize(
    ("seed", "gate", "number", "p"), [(11, 4, 7, 0.3), (0, 0, 0, 0.5), (2**63 + 5, 1, 99, 0.9), (-1, 2, 3, 0.1)]
)
@pytest.mark.parametrize(("rows", "units"), [(5, 6), (1, 1), (3, 7)])
def test_masks_are_the_documented_bits(seed, gate, number, p, rows, units):
    mask = Dropout(p).mask((rows, units), Step(seed, number, gate))
    words = philox_words((seed % 2**64, gate), (0, 0, number, 0), -(-rows * units // 16))
    for i in range(rows * units):
        bits = words[i // 4] >> (16 * (i % 4)) & 0xFFFF
        assert mask[i // units, i % units] == (bits >= round(p * 65536))


@given(p=st.floats(0.0, 0.999), dtype=st.sampled_from([np.float32, np.float64]))
def test_what_is_kept_is_divided_by_the_probability_of_keeping_it(p, dtype):
    y, mask = Dropout(p).apply((), np.ones((4, 4), dtype), Step())
    levels = round(p * 65536)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, np.where(mask, dtype(65536 / (65536 - levels)), dtype(0.0)))


def test_the_expectation_is_the_input():
    """Over many steps each unit averages to its input, within five standard errors."""
    gate, x, steps = Dropout(0.4), np.array([[1.0, -2.0, 0.5]]), 4000
    mean = np.mean([gate.apply((), x, Step(1, number))[0] for number in range(steps)], axis=0)
    error = np.abs(x) * np.sqrt(0.4 / 0.6 / steps)
    assert (np.abs(mean - x) < 5.0 * error).all()


def test_units_are_dropped_independently():
    masks = np.array([Dropout(0.5).mask((2, 3), Step(5, number)).ravel() for number in range(4000)], dtype=float)
    correlation = np.corrcoef(masks.T) - np.eye(6)
    assert np.abs(correlation).max() < 5.0 / np.sqrt(4000)


def test_seed_step_and_gate_each_change_the_mask_and_nothing_else_does():
    gate = Dropout(0.4)
    masks = [gate.mask((9, 9), step) for step in (Step(1), Step(2), Step(1, 1), Step(1, 0, 1))]
    assert len({mask.tobytes() for mask in masks}) == 4
    np.testing.assert_array_equal(gate.mask((9, 9), Step(1)), masks[0])
    np.testing.assert_array_equal(gate.mask((5, 9), Step(1)), masks[0][:5])  # fewer rows: the same first rows


def test_two_dropout_gates_of_one_network_differ():
    network = Network.dense([20, 20], input_dropout=0.5)
    gates = (network.gates[0], network.gates[0])
    y = np.ones((3, 20))
    a, b = (gate.apply((), y, Step(0, 0, index))[1] for index, gate in enumerate(gates))
    assert (a != b).any()


def test_prediction_drops_nothing():
    x = np.array([[1.0, -2.0]])
    y, memo = Dropout(0.9).apply((), x, None)
    assert y is x
    assert memo is None
    np.testing.assert_array_equal(Dropout(0.9).pullback((), x, y, memo, np.array([[3.0, 4.0]]), ()), [[3.0, 4.0]])


def test_the_gradient_goes_where_the_input_went():
    gate, x = Dropout(0.5), np.ones((4, 4))
    y, mask = gate.apply((), x, Step(3))
    d_x = gate.pullback((), x, y, mask, np.full((4, 4), 3.0), ())
    np.testing.assert_array_equal(d_x, 3.0 * y)


def test_a_frozen_step_passes_the_gradient_check():
    network = Network.dense([3, 8, 2], dropout=0.5, input_dropout=0.3)
    X = np.random.default_rng(0).standard_normal((6, 3))
    for step in (Step(), Step(7, 12), None):
        assert check_gradients(network, X, [0, 1] * 3, step=step, show=False).passed


def test_p_of_zero_and_of_nearly_one():
    x = np.ones((50, 50))
    np.testing.assert_array_equal(Dropout(0.0).apply((), x, Step())[0], x)
    y, _ = Dropout(1.0 - 1e-9).apply((), x, Step())  # rounds to 65,535 / 65,536, not to 1
    assert np.isfinite(y).all()


@pytest.mark.parametrize("p", [1.0, -0.1, 2.0, np.nan])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(ValueError, match=rf"must lie in \[0, 1\), but got {p}"):
        Dropout(p)


def test_almost_all_is_not_all():
    assert Dropout(1.0 - 1e-9).dropped_levels == 2**16 - 1
