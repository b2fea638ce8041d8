"""Within what a setting of a part must lie, as its class itself tells when it is tried."""

import math
from typing import Any

from mlnn.optimizer import SGD, Wrapper

TRIED = (-1, 0, 0.5, 1, 2, 5, 100)
"""Numbers that are tried, in order; bounds of mlnn's classes are whole numbers, open where only 1/2 is taken."""


def bounds(kind: type, name: str) -> dict[str, Any]:
    """Return the least and the most that a setting may be, and the interval in words; nothing where there is no bound.

    Examples
    --------
    >>> from mlnn.gate import Dropout
    >>> from mlnn.schedule import CosineRestarts, ReduceOnPlateau
    >>> bounds(Dropout, "p")
    {'interval': '[0, 1)', 'least': 0, 'most': 0.9999999999999999}
    >>> bounds(CosineRestarts, "growth"), bounds(ReduceOnPlateau, "tolerance")
    ({'interval': '[1, ∞)', 'least': 1}, {})
    """
    taken = [value for value in TRIED if _is_taken(kind, {name: value})]
    low, high = taken[0], taken[-1]
    if (low, high) == (TRIED[0], TRIED[-1]):
        return {}
    left = "(−∞" if low == TRIED[0] else "(0" if low == 0.5 else f"[{low}"
    right = "∞)" if high == TRIED[-1] else "1)" if high == 0.5 else f"{high}]"
    found: dict[str, Any] = {"interval": f"{left}, {right}"}
    if low != TRIED[0]:
        found["least"] = math.nextafter(0, 1) if low == 0.5 else low
    if high != TRIED[-1]:
        found["most"] = math.nextafter(1, 0) if high == 0.5 else high
    return found


def _is_taken(kind: type, settings: dict[str, Any]) -> bool:
    needed: dict[str, Any] = {"optimizer": SGD()} if issubclass(kind, Wrapper) else {}
    try:
        kind(**needed, **settings)
    except (TypeError, ValueError):
        return False
    return True
