"""Numbers and dates that stand for a missing value, such as -999: they are told of, since only the user can know."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from mlnn.array import Array

NINES = re.compile(r"-?9{2,}(\.9*|\.0)?")
"""What is written where an instrument, or a form, had no value."""


VAST = 1e6
"""A number is told of, however it is written, if it is so many times farther off than all others are wide …"""
CENTURIES = 36_525.0
"""… and a date that is so many days from all others."""


def sentinel(
    numbers: Array, shown: Callable[[float], str] = "{:.15g}".format, least: float = 0.0, unlike: Sequence[float] = ()
) -> str:
    """Say that an end of a column's numbers may mean a missing value: all nines, farther off than all others are wide.

    Or, if it is written otherwise, a million times as far.

    Parameters
    ----------
    numbers : array
        Numbers, NaN where there is none.
    shown : callable
        Writes a number.
    least : float
        How far off it is at least; then it may be written otherwise than in nines.
    unlike : sequence of float
        Numbers in nines that are none, for all that is known.

    Examples
    --------
    >>> sentinel(np.array([3.0, -999.0, 5.0, 4.5, -999.0]))
    '2 cells hold -999, far from all others: name it as missing if it means that'
    >>> sentinel(np.array([3.0, 5.0, 99.0])), sentinel(np.array([0.0, 55.0, 99.0]))
    ('1 cell holds 99, far from all others: name it as missing if it means that', '')
    """
    there = np.asarray(numbers, dtype=np.float64)[np.isfinite(numbers)]
    for end in (there.min(initial=np.inf), there.max(initial=-np.inf)):
        others = there[there != end]
        if len(others) < 2 or end in unlike:
            continue
        with np.errstate(over="ignore"):
            far, spread = np.abs(others - end).min(), float(np.ptp(others))
        wide = max(spread * (1.0 if least or may_be((end,)) else VAST), least)
        if wide and far > wide:
            count = len(there) - len(others)
            cells = f"{count:,} cells hold" if count > 1 else "1 cell holds"
            return f"{cells} {shown(end)}, far from all others: name it as missing if it means that"
    return ""


def of_target(numbers: Array) -> str:
    """Say the same of a target, where 99 may be the row that matters most.

    Examples
    --------
    >>> of_target(np.array([1.0, 1.0, 2.0, 99.0])), of_target(np.array([1.0, 2.0, -999.0]))
    ('', '1 cell holds -999, far from all others: name it as missing if it means that')
    """
    return sentinel(numbers, unlike=(99.0,))


def may_be(ends: Sequence[float]) -> bool:
    """Tell whether one of a column's ends is written with nines alone.

    Examples
    --------
    >>> may_be((-999.0, 5.0)), may_be((0.0, 5.0))
    (True, False)
    """
    return any(NINES.fullmatch(f"{end:.15g}") for end in ends)
