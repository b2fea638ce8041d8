"""Every rule goes downhill and keeps the promises that training and the engines rely on."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from descent import RULES, START, WRAPPERS, Gradient, iterates, parabola, path, slope

from mlnn.array import Array
from mlnn.optimizer import (
    LBFGS,
    SGD,
    Adadelta,
    Adam,
    AdamW,
    Averaged,
    ClipNorm,
    ClipValue,
    DecoupledDecay,
    Lion,
    Momentum,
    Nadam,
    Nesterov,
    Optimizer,
    RMSprop,
)
from mlnn.schedule import Constant, Cosine, Linear, Time

OPTIMIZERS = [*(rule() for rule in RULES), *(wrapper(rule()) for wrapper in WRAPPERS for rule in (SGD, Nadam))]

rules = pytest.mark.parametrize("rule", RULES)
optimizers = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)


def rosenbrock(theta: Array) -> float:
    x, y = theta
    return float((1.0 - x) ** 2 + 100.0 * (y - x * x) ** 2)


def rosenbrock_slope(theta: Array) -> Array:
    x, y = theta
    return np.array([-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)])


def best_loss(optimizer: Optimizer, loss: Callable[[Array], float], gradient: Gradient, start: Array) -> float:
    """Return the last loss at the best of a few rates; a rate that is too large may blow up."""
    with np.errstate(all="ignore"):
        ends = [
            loss(iterates(optimizer.with_rate(rate), gradient, start, 1500, decay=0.0)[-1])
            for rate in (1e-4, 2e-3, 1e-2, 1e-1, 0.3, 1.0)
        ]
    return float(np.nanmin(ends))


@rules
def test_converges_on_the_parabola(rule: Any) -> None:
    assert best_loss(rule(), parabola, slope, START) < 2e-6 * parabola(START)


@rules
def test_goes_down_the_valley_of_rosenbrock(rule: Any) -> None:
    start = np.array([-1.2, 1.0])
    assert best_loss(rule(), rosenbrock, rosenbrock_slope, start) < 0.05 * rosenbrock(start)


@optimizers
def test_the_default_rate_goes_downhill(optimizer: Optimizer) -> None:
    losses = [parabola(theta) for theta in iterates(optimizer, slope, START, 300)]
    assert losses[-1] < losses[0] < parabola(START)


@optimizers
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arguments_stay_and_so_does_the_dtype(optimizer: Optimizer, dtype: Any) -> None:
    start = np.linspace(-1e4, 1e4, 5).astype(dtype)
    mask = np.array([1, 0, 1, 0, 1], dtype)
    gradient = start[::-1].copy()
    state = tuple(np.full(5, 0.25, dtype) for _ in range(optimizer.slots))
    arguments = [start, gradient, mask, *state]
    before = [argument.copy() for argument in arguments]
    for argument in arguments:
        argument.flags.writeable = False
    (row,) = np.array(optimizer.coefficients(Time(np.array([3]), np.array([0.2]), 5.0))).reshape(-1, 1).T.tolist()
    for rate in (0.1, np.full(5, 0.1, dtype)):
        theta, slots = optimizer.update(start, gradient, state, rate, mask, *row)
        assert len(slots) == len(state)
        for result in (theta, *slots, optimizer.weights(theta, slots)):
            assert result.dtype == dtype
            assert result.shape == (5,)
            assert np.isfinite(result).all()
    assert isinstance(optimizer.gradient_scale(gradient), float)
    for argument, copy in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(argument, copy)


@optimizers
def test_a_zero_gradient_from_rest_moves_nothing(optimizer: Optimizer) -> None:
    np.testing.assert_array_equal(iterates(optimizer, np.zeros_like, START, 3, decay=0.0)[-1], START)


@optimizers
def test_no_element_looks_at_another(optimizer: Optimizer) -> None:
    flat = replace(optimizer, limit=1e9) if isinstance(optimizer, ClipNorm) else optimizer
    together = iterates(flat, np.cos, START, 20)
    apart = [iterates(flat, np.cos, START[i : i + 1], 20) for i in range(len(START))]
    np.testing.assert_allclose(together, np.concatenate(apart, axis=1), rtol=1e-15)


@optimizers
def test_coefficients_of_a_block_are_those_of_its_steps(optimizer: Optimizer) -> None:
    step = np.arange(1, 30)
    block = optimizer.coefficients(Time(step, (step - 1) / 7.0, 5.0))
    for column in block:
        assert column.dtype == np.float64
        assert column.shape == step.shape
        assert np.isfinite(column).all()
    for i in range(len(step)):
        single = optimizer.coefficients(Time(step[i : i + 1], (step[i : i + 1] - 1) / 7.0, 5.0))
        # NumPy's power may round differently for vectors, so the bits may not agree.
        np.testing.assert_allclose(np.ravel(single), [column[i] for column in block], rtol=1e-15)


@optimizers
def test_a_resumed_path_is_the_same_path(optimizer: Optimizer) -> None:
    whole = list(path(optimizer, slope, START, 12))
    theta, state = whole[6]
    resumed = list(path(optimizer, slope, theta, 5, state=state, first=8))
    np.testing.assert_allclose(resumed[-1][0], whole[-1][0], rtol=1e-14)
    for ours, theirs in zip(resumed[-1][1], whole[-1][1], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


@optimizers
def test_settings_are_frozen_printable_and_picklable(optimizer: Optimizer) -> None:
    copy = pickle.loads(pickle.dumps(optimizer))
    assert copy == optimizer
    assert copy.rate == optimizer.rate
    assert hash(copy) == hash(optimizer)
    assert repr(optimizer).startswith(type(optimizer).__name__ + "(")


@optimizers
def test_with_rate(optimizer: Optimizer) -> None:
    faster = optimizer.with_rate(0.5)
    assert type(faster) is type(optimizer)
    assert faster.rate == 0.5
    assert optimizer.rate != 0.5
    assert faster != optimizer
    assert faster.with_rate(optimizer.rate) == optimizer


# Momentum.


def test_a_schedule_is_the_momentum_itself() -> None:
    (mu,) = Momentum(momentum=Linear(0.5, 0.99)).coefficients(Time(np.arange(1, 4), np.array([0.0, 5.0, 10.0]), 10.0))
    np.testing.assert_allclose(mu, [0.5, 0.745, 0.99], rtol=1e-15)
    for kind in (Momentum, Nesterov):
        np.testing.assert_array_equal(
            iterates(kind(momentum=Constant(0.9)), slope, START, 9), iterates(kind(), slope, START, 9)
        )
        rising = iterates(kind(momentum=Linear(0.0, 0.9)), slope, START, 9)
        assert not np.allclose(rising, iterates(kind(momentum=Cosine()), slope, START, 9))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Momentum(momentum=1.5), r"momentum must lie in \[0, 1\), but got 1.5"),
        (lambda: Nesterov(momentum=-0.1), r"momentum must lie in \[0, 1\), but got -0.1"),
        (lambda: RMSprop(decay=1.0), r"decay must lie in \[0, 1\), but got 1.0"),
        (lambda: Adadelta(decay=1.0), r"decay must lie in \[0, 1\), but got 1.0"),
        (lambda: Adam(beta1=1.0), r"beta1 must lie in \[0, 1\), but got 1.0"),
        (lambda: Nadam(beta2=1.0), r"beta2 must lie in \[0, 1\), but got 1.0"),
        (lambda: Lion(beta2=2.0), r"beta2 must lie in \[0, 1\), but got 2.0"),
        (lambda: ClipValue(SGD(), 0.0), "limit must be above 0, but got 0.0"),
        (lambda: ClipNorm(SGD(), -1.0), "limit must be above 0, but got -1.0"),
        (lambda: AdamW(strength=-1.0), "strength must be at least 0, but got -1.0"),
        (lambda: Averaged(SGD(), 1.1), r"decay must lie in \[0, 1\], but got 1.1"),
        (lambda: LBFGS(history=0), "history must be at least 1, but got 0"),
        (lambda: LBFGS(evaluations=0), "evaluations must be at least 1, but got 0"),
    ],
)
def test_nonsense_is_refused(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


@rules
@pytest.mark.parametrize("rate", [-0.1, float("nan"), float("inf"), "fast", 10**400])
def test_a_rate_is_no_negative_number(rule: Any, rate: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="rate must be"):
        rule(rate=rate)


def test_lbfgs_is_no_step_rule() -> None:
    assert not issubclass(LBFGS, Optimizer)


def test_the_least_that_is_allowed() -> None:
    assert LBFGS(history=1, evaluations=1).history == 1
    assert DecoupledDecay(SGD(), strength=0.0).strength == 0.0
