"""What every schedule shares: the time it is asked about, and one factor a step."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from mlnn.array import Array, real_number
from mlnn.names import is_own


@dataclass(frozen=True)
class Time:
    """Where in training the steps of a block stand.

    Parameters
    ----------
    step : array of int
        The number of each step, counted from 1 at the start of training.
    epoch : array of float
        Epochs completed before each step, fractional: step 3 of the first epoch of 10 steps stands at 0.2.
    epochs : float
        The number of epochs that training was planned for.
    losses : sequence of float
        The watched loss (validation if there is any, else training) of every epoch so far, reported or not; empty for
        a schedule that does not listen. Infinite where a resumed history does not know it.

    Examples
    --------
    >>> Time(np.arange(1, 4), np.array([0.0, 0.5, 1.0]), epochs=2).progress
    array([0.  , 0.25, 0.5 ])
    """

    step: Array
    epoch: Array
    epochs: float
    losses: Sequence[float] = field(default=())

    @property
    def progress(self) -> Array:
        """Return the fraction of training completed before each step, from 0 to (nearly) 1.

        Past the planned end it stays at 1. Where no time was planned at all, the start still stands at 0.
        """
        planned = np.maximum(self.epoch, self.epochs)
        return self.epoch / np.maximum(planned, np.finfo(np.float64).tiny)


class Schedule(ABC):
    """A frozen function of time, evaluated for a block of steps at once. Its value multiplies the learning rate."""

    listens: ClassVar[bool] = True
    """Whether it looks at ``time.losses``: then it is asked after every epoch, and every epoch is judged. One of your
    own that does not is faster if it says so."""

    @abstractmethod
    def __call__(self, time: Time) -> Array:
        """Return one factor for every step of the block."""


def factors_at(schedule: Callable[[Time], Array], time: Time) -> Array:
    """Return a schedule's factors, one for every step of the block.

    Raises
    ------
    ValueError
        If it gives something else: one number for all of them, NaN …

    Examples
    --------
    >>> factors_at(lambda time: 0.5, Time(np.arange(1, 4), np.arange(3.0), epochs=3))
    Traceback (most recent call last):
    ...
    ValueError: a schedule must return one factor a step, an array of shape (3,), but ... returned 0.5
    """
    values: Any = schedule(time)
    if not isinstance(values, np.ndarray) or values.shape != time.step.shape:
        came = f"an array of shape {values.shape}" if isinstance(values, np.ndarray) else repr(values)
        raise ValueError(
            f"a schedule must return one factor a step, an array of shape {time.step.shape}, but {schedule!r} "
            f"returned {came}"
        )
    if is_own(schedule) and not np.isfinite(values).all():
        step = int(np.flatnonzero(~np.isfinite(values))[0])
        raise ValueError(
            f"a schedule must return finite factors, but {schedule!r} returned {values[step]} for step "
            f"{time.step[step]}"
        )
    checked: Array = values
    return checked


@dataclass(frozen=True)
class Constant(Schedule):
    """The same factor throughout.

    Raises
    ------
    TypeError, ValueError
        If ``value`` is no number, negative or not finite.

    Examples
    --------
    >>> Constant()(Time(np.arange(1, 4), np.arange(3.0), epochs=3))
    array([1., 1., 1.])
    """

    listens = False

    value: float = 1.0

    def __post_init__(self) -> None:
        real_number("value", self.value, 0.0)

    def __call__(self, time: Time) -> Array:
        return np.full(len(time.epoch), self.value)
