"""Whole numbers so long that they name something: nobody counts so far, and beyond 2⁵³ no float holds them."""

from collections.abc import Sequence

from mlnn.array import Array

DIGITS = 15
"""Numbers have no more digits."""

MOMENTS = ((10**15, 2 * 10**15), (10**18, 2 * 10**18))
"""Between these are the micro- and the nanoseconds from 1970 to any moment of the years 2001 to 2033: quantities."""

SEVERAL = 50
"""With no more different ones, they name something all the same."""

LONG = f"whole numbers of more than {DIGITS} digits"
"""What others are called."""


def has_long(numbers: Array) -> bool:
    """Tell whether one of a vector's whole numbers is long.

    Examples
    --------
    >>> import numpy as np
    >>> has_long(np.array([1, -(10**15)])), has_long(np.array([10**15 - 1])), has_long(np.array([1e18]))
    (True, False, False)
    """
    if numbers.dtype.kind not in "iu" or not numbers.size:
        return False
    return max(int(numbers.max()), -int(numbers.min())) >= 10**DIGITS


def are_long(labels: Sequence[str], share: float) -> bool:
    """Tell whether at least such a share of cells are long whole numbers.

    Examples
    --------
    >>> are_long(["1234567890123456", "-1234567890123456789"], 1.0), are_long(["12", "1234567890123456"], 1.0)
    (True, False)
    >>> are_long([str(1_700_000_000_000_000 + k) for k in range(100)], 1.0)  # microseconds
    False
    """
    likely = [label.removeprefix("-") for label in labels if len(label) > DIGITS]
    fewest = share * len(labels)
    if len(likely) < fewest or sum(len(each) > DIGITS and each.isdecimal() for each in likely) < fewest:
        return False
    return len(labels) <= SEVERAL or not _count_moments(likely)


def _count_moments(labels: Sequence[str]) -> bool:
    """Tell whether all are micro- or all are nanoseconds."""
    ends = [int(label) for label in (min(labels), max(labels)) if label.isdecimal() and len(label) == len(labels[0])]
    return len(ends) == 2 and any(least <= ends[0] <= ends[1] < most for least, most in MOMENTS)
