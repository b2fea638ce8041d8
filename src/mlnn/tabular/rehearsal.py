"""What takes time after training, and is part of its budget, is known before it by a rehearsal on some rows."""

import time
from collections.abc import Callable

from mlnn.array import Array

SCORES, FEWEST = 1 << 18, 256
"""Scores of the rows of a rehearsal at most, and how many rows it has all the same."""


def rehearsed(rows: Array, outputs: int, work: Callable[[Array], object]) -> float:
    """Return about how many seconds work on all these rows takes, by what it takes on some of them."""
    some = spread(rows, max(SCORES // outputs, FEWEST))
    started = time.perf_counter()
    work(some)
    return (time.perf_counter() - started) * len(rows) / len(some)


def spread(rows: Array, most: int | None) -> Array:
    """Return some of the rows, so many at most and evenly spread.

    Examples
    --------
    >>> import numpy as np
    >>> spread(np.arange(7), 3), spread(np.arange(3), None)
    (array([0, 3, 6]), array([0, 1, 2]))
    """
    return rows if most is None else rows[:: max(-(-len(rows) // most), 1)]
