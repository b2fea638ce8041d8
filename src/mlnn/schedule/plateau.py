"""The schedule that listens: it falls when the watched loss has stopped falling."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array, real_number
from mlnn.schedule.base import Schedule, Time


@dataclass(frozen=True)
class ReduceOnPlateau(Schedule):
    """The rate is cut each time the watched loss has not improved for more than ``patience`` epochs in a row.

    factor ^ cuts, but at least ``least``. A loss improves if it is lower than the best one before it by
    ``tolerance`` or more; the best is the lowest of all, improvements too small to count included. After a cut the
    count starts again from zero.

    Parameters
    ----------
    factor : float, default 0.5
        What each cut multiplies by.
    patience : int, default 10
        How many epochs without improvement are forgiven.
    tolerance : float, default 1e-4
        The smallest improvement that counts, in the units of the loss.
    least : float, default 1e-3
        The lowest factor.

    Raises
    ------
    TypeError, ValueError
        If one is no number, ``factor`` or ``least`` is negative or not finite, or ``patience`` is negative.

    Notes
    -----
    Nothing is remembered: the whole history ``time.losses`` is read again every time, so a resumed training
    continues exactly. The count is scikit-learn's, whose ``learning_rate="adaptive"`` is factor = 0.2 with
    ``patience=n_iter_no_change`` and ``tolerance=tol``.

    Examples
    --------
    >>> step, epoch = np.array([6]), np.array([5.0])
    >>> ReduceOnPlateau(patience=1)(Time(step, epoch, epochs=9, losses=[3.0, 2.0, 2.0, 2.0, 1.0]))
    array([0.5])
    """

    factor: float = 0.5
    patience: int = 10
    tolerance: float = 1e-4
    least: float = 1e-3

    def __post_init__(self) -> None:
        real_number("factor", self.factor, 0.0)
        real_number("patience", self.patience, 0.0, infinite=True)
        real_number("tolerance", self.tolerance, infinite=True)
        real_number("least", self.least, 0.0)

    def __call__(self, time: Time) -> Array:
        """Return factor ^ cuts for the whole block: the losses of its own epochs are not known yet."""
        losses = np.asarray(time.losses, dtype=np.float64)
        best = np.fmin.accumulate(losses)
        improved = losses[1:] <= best[:-1] - self.tolerance
        # The first loss improves on nothing; a last improvement is put behind the end to close the current run.
        runs = np.diff(np.flatnonzero(np.concatenate([[True], improved, [True]]))) - 1
        cuts = int(np.sum(runs // (self.patience + 1)))
        return np.full(len(time.epoch), max(self.factor**cuts, self.least))
