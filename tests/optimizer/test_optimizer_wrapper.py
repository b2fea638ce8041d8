"""Wrappers do what they say, and go around any optimizer in any order."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from descent import RULES, START, WRAPPERS, iterates, parabola, path, slope
from hypothesis import given
from hypothesis import strategies as st

from mlnn.array import Array
from mlnn.optimizer import (
    SGD,
    Adam,
    AdamW,
    Averaged,
    ClipNorm,
    ClipValue,
    DecoupledDecay,
    Momentum,
    Nesterov,
    Optimizer,
    Wrapper,
)

rules = pytest.mark.parametrize("rule", RULES)
wrappers = pytest.mark.parametrize("wrapper", WRAPPERS)


@wrappers
def test_wrapping_hands_everything_through(wrapper: type[Wrapper]) -> None:
    inner = Adam(rate=0.07)
    outer = wrapper(inner)
    assert outer.rate == 0.07
    assert outer.slots >= inner.slots
    np.testing.assert_allclose(  # small gradients, no decay: no wrapper changes the path
        iterates(outer, lambda x: 0.01 * x, START, 30, decay=0.0), iterates(inner, lambda x: 0.01 * x, START, 30)
    )


def test_replacing_the_inner_optimizer_updates_the_rate() -> None:
    assert replace(AdamW(), optimizer=SGD(0.3)).rate == 0.3
    with pytest.raises((TypeError, ValueError)):
        replace(AdamW(), rate=0.3)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=9), st.floats(1e-3, 1e4))
def test_clip_value(gradient: list[float], limit: float) -> None:
    g = np.array(gradient)
    ((theta, _),) = path(ClipValue(SGD(1.0), limit), lambda _: g, np.zeros(len(g)), 1)
    np.testing.assert_array_equal(-theta, np.clip(g, -limit, limit))


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=9), st.floats(1e-3, 1e4))
def test_clip_norm(gradient: list[float], limit: float) -> None:
    g = np.array(gradient)
    ((theta, _),) = path(ClipNorm(SGD(1.0), limit), lambda _: g, np.zeros(len(g)), 1)
    norm = math.hypot(*gradient)
    np.testing.assert_allclose(-theta * max(norm, limit), g * limit, rtol=1e-12, atol=1e-300)
    if norm < limit * (1 - 1e-12):
        np.testing.assert_array_equal(-theta, g)


def test_clip_norm_does_not_overflow_float32() -> None:
    assert ClipNorm(SGD()).gradient_scale(np.full(4, 5e19, np.float32)) == pytest.approx(1e-20)


def test_nested_clips() -> None:
    g = np.array([3.0, -4.0])
    for nested in (ClipNorm(ClipValue(SGD(1.0), 0.7), 1.0), ClipValue(ClipNorm(SGD(1.0), 1.0), 0.7)):
        np.testing.assert_allclose(iterates(nested, lambda _: g, np.zeros(2), 1)[0], [-0.6, 0.7])
    for radii in ((1.0, 2.0), (2.0, 1.0)):
        nested = ClipNorm(ClipNorm(SGD(1.0), radii[0]), radii[1])
        assert nested.gradient_scale(g) == pytest.approx(0.2)


MASK = np.array([1.0, 0.0, 1.0])


@rules
def test_decoupled_decay_is_the_inner_step_less_the_shrinkage(rule: Any) -> None:
    inner, gradient = rule().with_rate(0.1), np.array([0.3, -2.0, 0.0])
    ((plain, _),) = path(inner, lambda _: gradient, START, 1)
    ((decayed, _),) = path(DecoupledDecay(inner, 0.05), lambda _: gradient, START, 1, MASK)
    np.testing.assert_allclose(decayed, plain - 0.1 * 0.05 * MASK * START, rtol=1e-14)


def test_adamw_decays_only_where_the_mask_says() -> None:
    assert AdamW() == AdamW(Adam(), 0.01)
    optimizer = AdamW(Adam(0.1), strength=0.5)
    still = iterates(optimizer, np.zeros_like, START, 10, MASK)
    np.testing.assert_allclose(still[-1], START * np.array([0.95**10, 1.0, 0.95**10]), rtol=1e-14)
    moving, plain = iterates(optimizer, np.sin, START, 10, MASK), iterates(Adam(0.1), np.sin, START, 10)
    np.testing.assert_array_equal(moving[:, 1], plain[:, 1])
    assert (moving[:, [0, 2]] != plain[:, [0, 2]]).all()


def averages(optimizer: Optimizer, steps: int = 40) -> tuple[Array, Array]:
    walked = list(path(optimizer, slope, START, steps))
    return np.array([theta for theta, _ in walked]), np.array([optimizer.weights(*pair) for pair in walked])


def test_averaged_weights_are_the_mean_of_the_iterates() -> None:
    thetas, means = averages(Averaged(SGD(0.3)))
    for t in range(1, 41):
        np.testing.assert_allclose(means[t - 1], np.mean(thetas[:t], axis=0), rtol=1e-12)
    np.testing.assert_array_equal(thetas, iterates(SGD(0.3), slope, START, 40))


def test_averaged_with_decay_is_an_exponential_moving_average() -> None:
    thetas, means = averages(Averaged(Momentum(), decay=0.8))
    for t in range(1, 6):
        np.testing.assert_allclose(means[t - 1], np.mean(thetas[:t], axis=0), rtol=1e-12)
    expected = means[4]
    for t in range(6, 41):
        expected = 0.8 * expected + 0.2 * thetas[t - 1]
        np.testing.assert_allclose(means[t - 1], expected, rtol=1e-12)
    thetas, means = averages(Averaged(SGD(), decay=0.0))
    np.testing.assert_allclose(means, thetas, rtol=1e-12)


class Counting(Wrapper):
    """A wrapper of a user's own, with a slot behind the inner ones."""

    slots = property(lambda self: self.optimizer.slots + 1)


def test_an_average_takes_over_at_theta_and_every_other_slot_at_zero() -> None:
    none, its = np.zeros_like(START), START
    for optimizer, expected in (
        (Adam(), [none, none]),
        (Averaged(Momentum()), [none, its]),
        (Counting(ClipNorm(Averaged(SGD()))), [its, none]),
        (Averaged(Counting(SGD())), [none, its]),
    ):
        np.testing.assert_array_equal(optimizer.taking_over(START), expected)
    assert Averaged(SGD()).taking_over(START)[0] is not START  # what steps write into


def test_the_order_of_wrappers_does_not_matter() -> None:
    orders: list[Optimizer] = [
        Averaged(ClipNorm(DecoupledDecay(Nesterov(0.02), 0.3), 2.0)),
        ClipNorm(DecoupledDecay(Averaged(Nesterov(0.02)), 0.3), 2.0),
        DecoupledDecay(Averaged(ClipNorm(Nesterov(0.02), 2.0)), 0.3),
        DecoupledDecay(Wrapper(ClipNorm(Averaged(Nesterov(0.02)), 2.0)), 0.3),
    ]
    thetas, means = averages(orders[0])
    np.testing.assert_allclose(means[-1], thetas.mean(axis=0), rtol=1e-12)
    for optimizer in orders:
        assert optimizer.slots == 2
        assert optimizer.with_rate(0.5).rate == 0.5
        other_thetas, other_means = averages(optimizer)
        np.testing.assert_allclose(other_thetas, thetas, rtol=1e-12)
        np.testing.assert_allclose(other_means, means, rtol=1e-12)


@wrappers
@pytest.mark.parametrize("within", WRAPPERS)
def test_every_wrapper_goes_around_every_other(wrapper: type[Wrapper], within: type[Wrapper]) -> None:
    nested = wrapper(within(Adam()))
    assert nested.slots == wrapper(Adam()).slots + within(Adam()).slots - Adam().slots
    assert nested.with_rate(0.25).optimizer.rate == 0.25
    thetas, means = averages(nested)
    assert parabola(thetas[-1]) < parabola(START)
    is_average = Averaged in (wrapper, within)
    np.testing.assert_allclose(means[-1], thetas.mean(axis=0) if is_average else thetas[-1], rtol=1e-12)
