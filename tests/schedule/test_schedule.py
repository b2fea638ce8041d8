"""Schedules are pure functions of time: known values, any block, any plan."""

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.array import Array
from mlnn.names import shipped
from mlnn.schedule import (
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    InverseTime,
    Linear,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
    Time,
    WarmUp,
)

schedules = pytest.mark.parametrize("kind", shipped(Schedule))


def clock(epochs: int, per_epoch: int = 4, planned: float | None = None, losses: tuple[float, ...] = ()) -> Time:
    """Return the time of all steps of a training."""
    step = np.arange(1, epochs * per_epoch + 1)
    return Time(step, (step - 1) / per_epoch, epochs if planned is None else planned, losses)


def at(schedule: Schedule, epoch: float, epochs: float = 100.0) -> float:
    return float(schedule(Time(np.array([1]), np.array([epoch]), epochs))[0])


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        (Constant(0.7), {0: 0.7, 99: 0.7}),
        (StepDecay(0.1, every=30), {0: 1, 29.75: 1, 30: 0.1, 59: 0.1, 60: 0.01, 90: 0.001}),
        (Exponential(0.05), {0: 1, 20: np.exp(-1), 40: np.exp(-2)}),
        (InverseTime(0.1), {0: 1, 10: 1 / 2, 40: 1 / 5}),
        (Linear(), {0: 1, 25: 0.75, 100: 0, 150: 0}),
        (Linear(0.5, 0.99), {0: 0.5, 50: 0.745, 100: 0.99}),
        (Cosine(), {0: 1, 100 / 3: 0.75, 50: 0.5, 100: 0, 200: 0}),
        (Cosine(end=0.2), {0: 1, 50: 0.6, 100: 0.2}),
        (CosineRestarts(), {0: 1, 5: 0.5, 10: 1, 20: 0.5, 30: 1, 50: 0.5, 70: 1}),
        (CosineRestarts(3, 3), {0: 1, 3: 1, 12: 1, 39: 1, 120: 1, 7.5: 0.5}),
        (CosineRestarts(20, 1, end=0.5), {0: 1, 10: 0.75, 20: 1, 40: 1, 60: 1, 70: 0.75}),
        (OneCycle(), {0: 1 / 25, 15: 0.52, 30: 1, 65: (1 + 1e-4) / 2, 100: 1e-4}),
        (OneCycle(0.5, 0.1, 0.0), {0: 0.1, 25: 0.55, 50: 1, 75: 0.5, 100: 0}),
        (WarmUp(10), {0: 0, 5: 0.5, 10: 1, 50: 1}),
        (WarmUp(20, Linear()), {0: 0, 10: 0.5, 20: 1, 60: 0.5, 100: 0}),
        (WarmUp(10, WarmUp(10)), {0: 0, 5: 0, 10: 0, 15: 0.5, 20: 1}),
        (ReduceOnPlateau(), {0: 1, 50: 1}),
    ],
    ids=repr,
)
def test_known_values(schedule: Schedule, values: dict[float, float]) -> None:
    for epoch, value in values.items():
        assert at(schedule, epoch) == pytest.approx(value, rel=1e-12, abs=1e-15), epoch


@pytest.mark.parametrize("growth", [1.0, 1.5, 2.0, 3.0, 10.0])
def test_restarts_fall_on_the_dot(growth: float) -> None:
    begin = 0.0
    for cycle in range(8):
        assert at(CosineRestarts(10, growth), begin) == 1.0
        begin += 10.0 * growth**cycle
        assert at(CosineRestarts(10, growth), begin * (1 - 1e-9)) < 1e-6


@schedules
@given(epochs=st.integers(0, 30), per_epoch=st.integers(1, 5), planned=st.floats(0.0, 40.0))
def test_factors_are_finite_and_blocks_are_steps(kind: Any, epochs: int, per_epoch: int, planned: float) -> None:
    time = clock(epochs, per_epoch, planned, losses=(3.0, 2.0, 2.5))
    factors = kind()(time)
    assert factors.shape == time.step.shape
    assert factors.dtype == np.float64
    assert np.isfinite(factors).all()
    assert ((factors >= 0.0) & (factors <= 1.0)).all()
    one_by_one = [kind()(replace(time, step=time.step[i : i + 1], epoch=time.epoch[i : i + 1])) for i in time.step - 1]
    np.testing.assert_array_equal(factors, np.concatenate([np.empty(0), *one_by_one]))


@schedules
@pytest.mark.parametrize("epochs", [0.0, 1e-320, 5.0])
def test_the_first_value_is_finite_whatever_was_planned(kind: Any, epochs: float) -> None:
    assert 0.0 <= at(kind(), 0.0, epochs) <= 1.0
    assert 0.0 <= at(kind(), 1e6, epochs) <= 1.0


@schedules
def test_settings_are_frozen_printable_and_picklable(kind: Any) -> None:
    schedule = kind()
    assert schedule == pickle.loads(pickle.dumps(schedule))
    assert repr(schedule).startswith(kind.__name__ + "(")
    assert isinstance(hash(schedule), int)


def test_progress() -> None:
    np.testing.assert_array_equal(clock(2, 2).progress, [0.0, 0.25, 0.5, 0.75])
    np.testing.assert_array_equal(clock(3, 1, planned=1).progress, [0.0, 1.0, 1.0])
    np.testing.assert_array_equal(clock(3, 1, planned=0).progress, [0.0, 1.0, 1.0])


@schedules
def test_warm_up_composes(kind: Any) -> None:
    then = kind()
    losses = tuple(np.full(40, 2.0))
    long = WarmUp(8, then)(clock(40, losses=losses))
    alone = then(clock(32, losses=losses[8:]))
    np.testing.assert_allclose(long[32:], alone, rtol=1e-12)
    np.testing.assert_allclose(long[:32], np.arange(32) / 32 * alone[0], rtol=1e-12)


@schedules
def test_warm_up_may_take_all_the_time_or_none(kind: Any) -> None:
    then, time = kind(), clock(6)
    np.testing.assert_array_equal(WarmUp(0, then)(time), then(time))
    for warm in (6, 9):
        factors = WarmUp(warm, then)(time)
        np.testing.assert_allclose(factors, time.epoch / warm * at(then, 0.0, 0.0), rtol=1e-12)


def literal_plateau(schedule: ReduceOnPlateau, losses: list[float]) -> float:
    """Count as scikit-learn's MLP does, loss by loss."""
    factor, best, waited = 1.0, np.inf, 0
    for loss in losses:
        waited = waited + 1 if loss > best - schedule.tolerance else 0
        best = min(best, loss)
        if waited > schedule.patience:
            factor, waited = factor * schedule.factor, 0
    return max(factor, schedule.least)


@given(st.lists(st.floats(0.0, 3.0).map(lambda x: round(x, 1)), max_size=60), st.integers(0, 4), st.floats(0.0, 0.5))
def test_plateau_replays_the_history(losses: list[float], patience: int, tolerance: float) -> None:
    schedule = ReduceOnPlateau(0.5, patience, tolerance)
    factors = schedule(clock(3, losses=tuple(losses)))
    np.testing.assert_allclose(factors, literal_plateau(schedule, losses), rtol=1e-14)


def plateau(losses: list[float], **settings: float) -> float:
    return float(ReduceOnPlateau(**settings)(clock(1, losses=tuple(losses)))[0])  # type: ignore[arg-type]


def test_plateau_by_hand() -> None:
    assert plateau([1.0] * 3, patience=2) == 1.0
    assert plateau([1.0] * 4, patience=2) == 0.5
    assert plateau([1.0] * 6, patience=2) == 0.5
    assert plateau([1.0] * 7, patience=2) == 0.25
    assert plateau([1.0] * 1000, patience=2) == 1e-3
    assert plateau([3.0, 2.0, 1.0, 0.5], patience=0) == 1.0
    assert plateau([1.0, 0.999, 0.998, 0.997], patience=2, tolerance=0.01) == 0.5
    assert plateau([2.0, float("nan"), float("nan"), 1.0, 1.5], patience=2) == 1.0
    assert plateau([2.0, float("nan"), float("nan"), float("nan"), 1.0], patience=2) == 0.5


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: StepDecay(every=0), "every must be above 0 epochs, but got 0"),
        (lambda: Exponential(-1.0), "decay must be at least 0, but got -1.0"),
        (lambda: InverseTime(-1.0), "decay must be at least 0, but got -1.0"),
        (lambda: CosineRestarts(first=1e-9), "first must be at least 1, but got 1e-09"),
        (lambda: CosineRestarts(growth=0.5), "growth must be at least 1, but got 0.5"),
        (lambda: OneCycle(warm=0.0), r"warm must lie in \(0, 1\), but got 0.0"),
        (lambda: OneCycle(warm=1.0), r"warm must lie in \(0, 1\), but got 1.0"),
        (lambda: WarmUp(-1), "epochs must be at least 0, but got -1"),
        (lambda: ReduceOnPlateau(patience=-1), "patience must be at least 0, but got -1"),
        (lambda: Constant(-1.0), "value must be at least 0, but got -1.0"),
        (lambda: Constant(float("nan")), "value must be finite, but got nan"),
        (lambda: StepDecay(factor=-0.5), "factor must be at least 0, but got -0.5"),
        (lambda: Linear(end=-0.1), "end must be at least 0, but got -0.1"),
        (lambda: Linear(start=-0.1), "start must be at least 0, but got -0.1"),
        (lambda: Cosine(end=-1.0), "end must be at least 0, but got -1.0"),
        (lambda: CosineRestarts(end=-1.0), "end must be at least 0, but got -1.0"),
        (lambda: OneCycle(low=-1.0), "low must be at least 0, but got -1.0"),
        (lambda: OneCycle(final=-1.0), "final must be at least 0, but got -1.0"),
        (lambda: ReduceOnPlateau(factor=-0.5), "factor must be at least 0, but got -0.5"),
        (lambda: ReduceOnPlateau(least=-0.5), "least must be at least 0, but got -0.5"),
        (lambda: ReduceOnPlateau(tolerance=float("nan")), "tolerance must be a number, but got nan"),
    ],
)
def test_nonsense_is_refused(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_monotone_schedules_fall() -> None:
    def falls(factors: Array) -> bool:
        return bool((np.diff(factors) <= 0.0).all() and factors[-1] < factors[0])

    for schedule in (StepDecay(), Exponential(), InverseTime(), Linear(), Cosine()):
        assert falls(schedule(clock(40))), schedule
