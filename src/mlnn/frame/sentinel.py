"""Numbers that stand for a missing value, such as -999: they are told of, since nobody but the user can know."""

import re
from collections.abc import Sequence

import numpy as np

from mlnn.array import Array

NINES = re.compile(r"-?9{2,}(\.9*|\.0)?")
"""What is written where an instrument, or a form, had no value."""


def sentinel(numbers: Array) -> str:
    """Say that an end of a column's numbers may mean a missing value: all nines, farther off than all others are wide.

    Parameters
    ----------
    numbers : array
        Numbers, NaN where there is none.

    Examples
    --------
    >>> sentinel(np.array([3.0, -999.0, 5.0, 4.5, -999.0]))
    '2 cells hold -999, far from all others: name it as missing if it means that'
    >>> sentinel(np.array([3.0, 5.0, 99.0])), sentinel(np.array([0.0, 55.0, 99.0]))
    ('1 cell holds 99, far from all others: name it as missing if it means that', '')
    """
    there = numbers[np.isfinite(numbers)]
    for end in (there.min(initial=np.inf), there.max(initial=-np.inf)):
        others = there[there != end]
        if not may_be((end,)) or len(others) < 2:
            continue
        if np.abs(others - end).min() > np.ptp(others):
            count = len(there) - len(others)
            cells = f"{count:,} cells hold" if count > 1 else "1 cell holds"
            return f"{cells} {end:.15g}, far from all others: name it as missing if it means that"
    return ""


def may_be(ends: Sequence[float]) -> bool:
    """Tell whether one of a column's ends is written with nines alone.

    Examples
    --------
    >>> may_be((-999.0, 5.0)), may_be((0.0, 5.0))
    (True, False)
    """
    return any(NINES.fullmatch(f"{end:.15g}") for end in ends)
