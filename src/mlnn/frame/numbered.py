"""Numbers that came as something else, as numbers again: for files that have types."""

import math

import numpy as np

from mlnn.array import Array
from mlnn.frame.values import Values, Words


def numbered(values: Values) -> Values:
    """Return text of nothing but plain numbers as numbers for files that have types; in text it stays as it is written.

    Plain are numbers that are written again just so, whatever spaces are around them: 12 and 0.5, but not 007, 1.50 or
    1,234.

    Examples
    --------
    >>> numbered(Words.of(["12", None, " 0.5"])).kind, numbered(Words.of(["12", "007"])).kind
    ('number', 'text')
    >>> numbered(np.array([12.0, np.nan])).labels  # as whole numbers beside gaps are kept in memory
    ('12',)
    """
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return _whole(values)
    if not isinstance(values, Words) or values.kind != "text" or not values.labels:
        return values
    plain = [plain_number(label) for label in values.labels]
    whole = [type(each) is int for each in plain]
    exact = all(whole) or all(each is not None and abs(each) <= 2**53 for each in plain)  # else no type fits all
    return (
        Words(values.codes, values.labels, "whole" if all(whole) else "number")
        if None not in plain and exact
        else values
    )


def _whole(values: Array) -> Values:
    """Return numbers that are whole but for gaps as such; others as they are."""
    gaps = np.isnan(values)
    numbers = values[~gaps]
    if not gaps.any() or not numbers.size or not (np.abs(numbers) <= 2**53).all() or (numbers % 1).any():
        return values
    labels, codes = np.unique(numbers, return_inverse=True)
    all_codes = np.full(len(values), -1)
    all_codes[~gaps] = codes
    return Words(all_codes, tuple(str(int(each)) for each in labels.tolist()), "whole")


def plain_number(text: str) -> int | float | None:
    """Return the number that is written just so but for spaces around it, if there is one."""
    text = text.strip(" ")
    for kind, ends in ((int, 2**63), (float, math.inf)):
        try:
            number = kind(text)
        except ValueError:
            continue
        if repr(number) == text and abs(number) < ends:
            return number
    return None
