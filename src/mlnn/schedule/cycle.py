"""Schedules made of half cosine waves: down once, down again and again, up and down."""

from dataclasses import dataclass
from itertools import count

import numpy as np

from mlnn.array import Array, real_number
from mlnn.schedule.base import Schedule, Time


def cosine_ramp(start: float, end: float, fraction: Array) -> Array:
    """Return the half wave end + (start − end) (1 + cos πp) / 2: flat at both ends, steepest in the middle.

    Examples
    --------
    >>> cosine_ramp(1.0, 3.0, np.array([0.0, 0.5, 1.0]))
    array([1., 2., 3.])
    """
    return end + (start - end) * (1.0 + np.cos(np.pi * fraction)) / 2.0


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine wave over the planned training: end + (1 − end) (1 + cos πp) / 2, p the fraction completed.

    Parameters
    ----------
    end : float, default 0
        The factor at the planned end.

    Raises
    ------
    TypeError, ValueError
        If ``end`` is no number, negative or not finite.

    References
    ----------
    Loshchilov, Hutter (2017), SGDR: Stochastic gradient descent with warm restarts, eq. 5, with a single cycle.

    Examples
    --------
    >>> Cosine()(Time(np.arange(1, 4), np.array([0.0, 2.0, 4.0]), epochs=4))
    array([1. , 0.5, 0. ])
    """

    listens = False

    end: float = 0.0

    def __post_init__(self) -> None:
        real_number("end", self.end, 0.0)

    def __call__(self, time: Time) -> Array:
        return cosine_ramp(1.0, self.end, time.progress)


@dataclass(frozen=True)
class CosineRestarts(Schedule):
    """Half a cosine wave from 1 to ``end``, then back to 1 for a longer one: cycle i takes first · growth^i epochs.

    Parameters
    ----------
    first : float, default 10
        Epochs of the first cycle.
    growth : float, default 2
        How much longer each cycle is than the one before.
    end : float, default 0
        The factor just before a restart.

    Raises
    ------
    TypeError, ValueError
        If ``first`` or ``growth`` is below 1 (the cycles would pile up before a finite time), ``end`` is negative, or
        one is no number or not finite.

    References
    ----------
    Loshchilov, Hutter (2017), SGDR: Stochastic gradient descent with warm restarts, eq. 5 (T₀ and T_mult).

    Examples
    --------
    >>> CosineRestarts(first=2)(Time(np.arange(1, 6), np.array([0.0, 1.0, 2.0, 4.0, 6.0]), epochs=14))
    array([1. , 0.5, 1. , 0.5, 1. ])
    """

    listens = False

    first: float = 10.0
    growth: float = 2.0
    end: float = 0.0

    def __post_init__(self) -> None:
        real_number("first", self.first, 1.0)  # cycles are counted one by one
        real_number("growth", self.growth, 1.0)
        real_number("end", self.end, 0.0)

    def __call__(self, time: Time) -> Array:
        # Counting cycles up is exact where the closed form, a logarithm, can miss a restart by one rounding error.
        restarts = [0.0]
        for cycle in count():
            restarts.append(restarts[-1] + self.first * self.growth**cycle)
            if restarts[-1] > np.max(time.epoch, initial=0.0):
                break
        current = np.searchsorted(restarts, time.epoch, side="right")
        begin, until = np.take(restarts, current - 1), np.take(restarts, current)
        return cosine_ramp(1.0, self.end, (time.epoch - begin) / (until - begin))


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up once and down once over the planned training: from ``low`` to 1, then to ``final``, both half cosine waves.

    Parameters
    ----------
    warm : float, default 0.3
        The fraction of training that the rise takes.
    low, final : float, default 1/25 and 1e-4
        The factors at the start and at the end; the learning rate itself is the peak.

    Raises
    ------
    TypeError, ValueError
        If ``warm`` does not lie strictly between 0 and 1, ``low`` or ``final`` is negative, or one is no number or not
        finite.

    References
    ----------
    Smith, Topin (2018), Super-convergence: very fast training of neural networks using large learning rates; Smith
    (2018), A disciplined approach to neural network hyper-parameters, section 4 (straight ramps there).

    Examples
    --------
    >>> OneCycle(warm=0.5, low=0.0)(Time(np.arange(1, 4), np.array([0.0, 1.0, 2.0]), epochs=4))
    array([0. , 0.5, 1. ])
    """

    listens = False

    warm: float = 0.3
    low: float = 1.0 / 25.0
    final: float = 1e-4

    def __post_init__(self) -> None:
        if not 0.0 < real_number("warm", self.warm) < 1.0:
            raise ValueError(f"warm must lie in (0, 1), but got {self.warm}")
        real_number("low", self.low, 0.0)
        real_number("final", self.final, 0.0)

    def __call__(self, time: Time) -> Array:
        """Return rise · fall: while one of the two moves, the other is 1."""
        p = time.progress
        rise = cosine_ramp(self.low, 1.0, np.minimum(p / self.warm, 1.0))
        fall = cosine_ramp(1.0, self.final, np.maximum(p - self.warm, 0.0) / (1.0 - self.warm))
        return rise * fall
