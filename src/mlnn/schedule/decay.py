"""Schedules that only fall: in steps, exponentially, hyperbolically, along a line."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array, real_number
from mlnn.schedule.base import Schedule, Time


@dataclass(frozen=True)
class StepDecay(Schedule):
    """The rate is cut at regular intervals: factor ^ ⌊t / every⌋, t in epochs.

    Parameters
    ----------
    factor : float, default 0.5
        What each cut multiplies by.
    every : float, default 10
        Epochs between cuts.

    Raises
    ------
    TypeError, ValueError
        If ``factor`` is no number or negative, ``every`` is not positive, or one is not finite.

    References
    ----------
    CS231n, Neural Networks Part 3, Annealing the learning rate.

    Examples
    --------
    >>> StepDecay()(Time(np.arange(1, 4), np.array([9.9, 10.0, 20.0]), epochs=30))
    array([1.  , 0.5 , 0.25])
    """

    listens = False

    factor: float = 0.5
    every: float = 10.0

    def __post_init__(self) -> None:
        real_number("factor", self.factor, 0.0)
        if not real_number("every", self.every) > 0.0:
            raise ValueError(f"every must be above 0 epochs, but got {self.every}")

    def __call__(self, time: Time) -> Array:
        return self.factor ** np.floor(time.epoch / self.every)


@dataclass(frozen=True)
class Exponential(Schedule):
    """The rate halves in equal times: e^(−k t), t in epochs.

    Parameters
    ----------
    decay : float, default 0.1
        k, per epoch; the half-life is ln 2 / k.

    Raises
    ------
    TypeError, ValueError
        If ``decay`` is no number, negative (the rate would grow) or not finite.

    References
    ----------
    CS231n, Neural Networks Part 3, Annealing the learning rate.

    Examples
    --------
    >>> Exponential(np.log(2.0))(Time(np.arange(1, 4), np.arange(3.0), epochs=3))
    array([1.  , 0.5 , 0.25])
    """

    listens = False

    decay: float = 0.1

    def __post_init__(self) -> None:
        real_number("decay", self.decay, 0.0)

    def __call__(self, time: Time) -> Array:
        return np.exp(-self.decay * time.epoch)


@dataclass(frozen=True)
class InverseTime(Schedule):
    """The rate falls like 1 / (1 + k t), t in epochs: slowly enough that the sum of all rates stays unbounded.

    Parameters
    ----------
    decay : float, default 0.1
        k, per epoch; the rate has halved at t = 1 / k.

    Raises
    ------
    TypeError, ValueError
        If ``decay`` is no number, negative (the rate would grow) or not finite.

    References
    ----------
    Robbins, Monro (1951), A stochastic approximation method (the sum); CS231n, Neural Networks Part 3, Annealing the
    learning rate.

    Examples
    --------
    >>> InverseTime(1.0)(Time(np.arange(1, 4), np.array([0.0, 1.0, 3.0]), epochs=4))
    array([1.  , 0.5 , 0.25])
    """

    listens = False

    decay: float = 0.1

    def __post_init__(self) -> None:
        real_number("decay", self.decay, 0.0)

    def __call__(self, time: Time) -> Array:
        return 1.0 / (1.0 + self.decay * time.epoch)


@dataclass(frozen=True)
class Linear(Schedule):
    """A straight line over the planned training: start + (end − start) p, p the fraction completed.

    Parameters
    ----------
    start, end : float, default 1 and 0
        The factors at p = 0 and p = 1. ``Linear(0.5, 0.99)`` is the momentum that CS231n raises during training.

    Raises
    ------
    TypeError, ValueError
        If one is no number, negative or not finite.

    References
    ----------
    CS231n, Neural Networks Part 3, SGD and bells and whistles (momentum annealed from 0.5 to 0.99).

    Examples
    --------
    >>> Linear()(Time(np.arange(1, 5), np.arange(4.0), epochs=4))
    array([1.  , 0.75, 0.5 , 0.25])
    """

    listens = False

    start: float = 1.0
    end: float = 0.0

    def __post_init__(self) -> None:
        real_number("start", self.start, 0.0)
        real_number("end", self.end, 0.0)

    def __call__(self, time: Time) -> Array:
        return self.start + (self.end - self.start) * time.progress
