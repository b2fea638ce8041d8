"""What happens between epochs: scikit-learn's rules for stopping and for the rate, and a limit on the seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from mlnn.array import Array
from mlnn.schedule import Time

LEAST_RATE = 1e-6
"""The rate at which scikit-learn's adaptive rule gives up."""


@dataclass
class Control:
    """scikit-learn's rules between two epochs.

    An epoch whose watched loss is not at least ``tolerance`` below the best one is one without progress. After more
    than ``patience`` of them in a row training stops; or, where the rate is adaptive and above ``LEAST_RATE``, the rate
    falls to a fifth and the count starts again. Where the rate is inversely scaled, it is divided by (1 + rows
    seen)^power after every epoch.

    Examples
    --------
    >>> control = Control(patience=1, tolerance=0.5)
    >>> [control.after_epoch(loss, 0, 0.1) for loss in (3.0, 2.0, 1.9, 1.8)]
    [False, False, False, True]
    """

    patience: float
    tolerance: float
    rule: str = "constant"
    power: float = 0.5
    waited: int = field(default=0, init=False)  # epochs in a row without progress
    best: float = field(default=np.inf, init=False)  # the lowest watched loss
    factor: float = field(default=1.0, init=False)  # what the rate is multiplied by

    @property
    def sure(self) -> float:
        """Return after how many epochs, whatever their losses, training may end or change its rate: not before."""
        return 1 if self.rule == "invscaling" else max(self.patience + 1 - self.waited, 1)

    def after_epoch(self, watched: float, rows_seen: int, rate: float) -> bool:
        """Take note of an epoch; return whether training ends."""
        self.waited = self.waited + 1 if watched > self.best - self.tolerance else 0
        self.best = min(self.best, watched)
        if self.rule == "invscaling":
            self.factor = (rows_seen + 1) ** -self.power
        if self.waited <= self.patience:
            return False
        if self.rule == "adaptive" and rate > LEAST_RATE:
            self.factor, self.waited = self.factor / 5.0, 0
            return False
        return True


@dataclass(repr=False)
class Governed:
    """A schedule times the control's factor, on a plan that the seconds left may shorten.

    With a limit on the seconds, the end of training is foreseen from the time that the epochs so far have taken, and
    the schedule is asked as if training had been planned for just that long: so it ends where it would have ended.
    """

    schedule: Callable[[Time], Array]
    control: Control
    seconds: float | None = None
    _started: float = field(default_factory=time.perf_counter, init=False)
    _first: float | None = field(default=None, init=False)

    @property
    def listens(self) -> bool:
        """Return whether the schedule looks at losses; the control sees every epoch anyway."""
        return bool(getattr(self.schedule, "listens", True))

    def __call__(self, time: Time) -> Array:
        """Return one factor for every step of the block."""
        if self.seconds is not None:
            start = float(time.epoch[0])
            self._first = start if self._first is None else self._first
            if start > self._first:
                left = (start - self._first) * self.seconds / self.elapsed
                time = replace(time, epochs=min(time.epochs, max(self._first + left, start + 1.0)))
        return self.control.factor * self.schedule(time)

    @property
    def elapsed(self) -> float:
        """Return the seconds since training began."""
        return time.perf_counter() - self._started

    def is_over(self, epochs: int, elapsed: float) -> bool:
        """Tell whether, after this many epochs in so many seconds, there is no time left for another one.

        Where training was resumed, it took part of them in an earlier process: they count from then on.
        """
        self._started = min(self._started, time.perf_counter() - elapsed)
        self._first = self._first or 0.0
        return self.seconds is not None and elapsed * (epochs + 1) > self.seconds * epochs

    def __repr__(self) -> str:
        """Return the plan, without what has come of it."""
        return f"Governed({self.schedule!r})"
