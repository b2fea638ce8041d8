"""The schedule that begins gently, and leaves the rest to another."""

from dataclasses import dataclass, field, replace

import numpy as np

from mlnn.array import Array, real_number
from mlnn.schedule.base import Constant, Schedule, Time


@dataclass(frozen=True)
class WarmUp(Schedule):
    """A straight line from 0 to the first value of another schedule, which then takes over: min(t / epochs, 1) · then.

    Parameters
    ----------
    epochs : float, default 5
        How long the ramp is. Its first step has factor 0: it moves nothing, but an optimizer gathers its averages.
    then : Schedule, default Constant()
        What follows. It sees time with the warm-up removed: it waits at its start during the ramp, was planned for
        ``epochs`` less, and does not hear of the losses of the ramp's epochs. Step numbers stay as they are.

    Raises
    ------
    TypeError, ValueError
        If ``epochs`` is no number, negative or not finite.

    References
    ----------
    Goyal et al. (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour, section 2.2.

    Examples
    --------
    >>> from mlnn.schedule.decay import Linear
    >>> WarmUp(2, then=Linear())(Time(np.arange(1, 6), np.arange(5.0), epochs=6))
    array([0.  , 0.5 , 1.  , 0.75, 0.5 ])
    """

    epochs: float = 5.0
    then: Schedule = field(default_factory=Constant)

    def __post_init__(self) -> None:
        real_number("epochs", self.epochs, 0.0)

    @property
    def listens(self) -> bool:  # type: ignore[override]
        return self.then.listens

    def __call__(self, time: Time) -> Array:
        after = replace(
            time,
            epoch=np.maximum(time.epoch - self.epochs, 0.0),
            epochs=max(time.epochs - self.epochs, 0.0),
            losses=time.losses[int(self.epochs) :],
        )
        ramp = np.minimum(time.epoch / self.epochs, 1.0) if self.epochs > 0.0 else 1.0
        return ramp * self.then(after)
