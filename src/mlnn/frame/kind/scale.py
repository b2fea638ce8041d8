"""The scale that training's numbers give: how a number is tamed, and which are unlike all that training had.

It is that of one column, whose numbers are a vector, or of K columns side by side: then each of its entries has shape
(K,), and numbers shape (N, K).
"""

from typing import NamedTuple, TypeAlias

import numpy as np

from mlnn.array import Array

Each: TypeAlias = float | Array
"""What one column has, or each of several."""

LARGEST_CELL = 2.0**1021
"""Numbers are cut to this size, about 2.2e307, where differences are taken: so none of them overflows."""

FEWEST = 3
"""Of fewer cells than these nobody says what share of them is like training's."""

TENTH = 10.0
"""Numbers that are so many times smaller than all of training are of another unit."""

FAR = 4.0
"""A number is far from training's if it is so many spreads away from their median."""


class Scale(NamedTuple):
    """What training's numbers were.

    Attributes
    ----------
    median, spread : float or array, shape (K,)
        In the units of the column; the spread is above 0.
    low, high : float or array, shape (K,)
        Their ends, −∞ and ∞ where nobody knows them.
    truth : bool or array, shape (K,)
        Whether they were 0 and 1 and meant no and yes.

    Examples
    --------
    >>> scale = Scale(3.0, 2.0, 1.0, 5.0, False)
    >>> scale.tamed(np.array([3.0, 5.0, np.nan, 1000.0])).round(3)
    array([0.   , 0.949, 0.   , 3.   ])
    >>> scale.unlike(np.array([3.0, 0.05, 1000.0]))
    (array([False, False,  True]), array([False,  True, False]))
    """

    median: Each
    spread: Each
    low: Each
    high: Each
    truth: Each

    def tamed(self, numbers: Array) -> Array:
        """Return numbers between −3 and 3: d / √(spread² + (d / 3)²) with d = x − median, 0 where they are missing."""
        d = cut(numbers) - self.median
        d[np.isnan(d)] = 0.0
        return d / np.hypot(self.spread, d / 3)

    def unlike(self, numbers: Array) -> tuple[Array, Array]:
        """Tell which numbers are far from training's, and which are beyond all of it.

        A third value beside 0 and 1 is beyond, and what is less than a tenth of training's smallest; what is larger
        than all may be time that goes on. Of fewer than ``FEWEST`` rows a number is far if it lies beyond an end of
        training's range by more than that is wide, and none is beyond.
        """
        low, high, x = self.low, self.high, cut(numbers)
        if len(numbers) < FEWEST:
            return np.maximum(x - high, low - x) > high - low, np.zeros(x.shape, dtype=bool)
        far = np.abs(x - self.median) / FAR > self.spread
        apart = np.minimum(np.abs(low), np.abs(high)) / TENTH
        smallest = np.where(np.greater(low, 0) | np.less(high, 0), apart, 0.0)
        return far, np.where(self.truth, (numbers < 0) | (numbers > 1), np.abs(numbers) < smallest)


def cut(numbers: Array) -> Array:
    """Return numbers, or NaN, no larger than ``LARGEST_CELL``.

    Examples
    --------
    >>> cut(np.array([-1e308, 1.0, np.nan]))
    array([-2.24711642e+307,  1.00000000e+000,              nan])
    """
    return np.minimum(np.maximum(numbers, -LARGEST_CELL), LARGEST_CELL)  # of few, np.clip takes four times as long
