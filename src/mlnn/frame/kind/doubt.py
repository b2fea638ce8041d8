"""Cells that can be read in two ways, where others tell that the one that was taken may be wrong."""

from collections.abc import Sequence
from math import log10, nan

from mlnn.array import Array
from mlnn.frame.column import quoted
from mlnn.frame.kind.moment import Moment, day_of
from mlnn.frame.kind.notation import Notation
from mlnn.frame.kind.spelling import MONEY, PARTS, quick_mark, written

OFF, NEAR = 2.5, 1.5
"""A number so many powers of ten off training's median is in doubt where another reading is nearer than that."""
PARTED = {1: "hours and minutes", 2: "hours, minutes and seconds"}
"""What durations with so many colons are taken for."""

UNTIMED = "tells no time of day, which all of training did: taken for midnight"
"""What is said of a date in doubt."""


def number_doubts(
    labels: Sequence[str], read: Array, notation: Notation, quick: bool = False, median: float = nan
) -> tuple[list[int], str]:
    """Return which of the numbers that were read are in doubt, and why the first of them is.

    Those like 1,234 are where others part decimals as training did not, where it had whole numbers only, or where
    nothing beside them tells and the other reading is what training's sizes were; and those with another unit than
    training's, or with none where all of training had one; and durations with other parts.

    Parameters
    ----------
    labels : sequence of str
        Cells.
    read : array
        What was read there.
    notation : Notation
        How training's numbers are written.
    quick : bool
        Whether all are written as Python writes numbers.
    median : float
        Training's, NaN where nobody knows it.

    Examples
    --------
    >>> import numpy as np
    >>> number_doubts(["8.872"], np.array([8.872]), Notation("."), median=8500.0)
    ([0], "'8.872' is read as 8.872, but training had a median of 8500: it may mean 8872")
    >>> number_doubts(["3.063", "950"], np.array([3.063, 950.0]), Notation())
    ([0], "'3.063' is read as 3.063, but training had whole numbers")
    >>> number_doubts(["0.12", "12 %"], np.array([0.12, 12.0]), Notation(units=("%",), always=True))
    ([0], "'0.12' has no unit, but all of training had '%'")
    """
    if notation.duration:
        return _duration_doubts(labels, read, notation.colons)
    if quick and not notation.always and quick_mark(labels) != "?":
        return [], ""
    found = [written(label) if number == number else None for label, number in zip(labels, read, strict=True)]
    marks = [each.mark if each else "" for each in found]
    other, factor = (".", 1e-3) if notation.decimal == "," else (",", 1e3)
    open_ = [k for k, mark in enumerate(marks) if mark == "?"]
    if other in marks:
        doubtful, why = open_, f"though '{labels[marks.index(other)].strip()}' stands beside it"
    elif notation.decimal:
        told = notation.decimal in marks
        doubtful = [] if told else [k for k in open_ if _means(read[k], factor, median)]
        meant = read[doubtful[0]] * factor if doubtful else nan
        why = f"but training had a median of {median:.4g}: it may mean {meant:.15g}"
    else:
        doubtful = [] if "." in marks else [k for k in open_ if "." in labels[k]]
        why = "but training had whole numbers"
    if doubtful:
        return doubtful, f"'{labels[doubtful[0]].strip()}' is read as {read[doubtful[0]]:.15g}, {why}"
    known = {*notation.units, *(part for part, (whole, _) in PARTS.items() if whole in notation.units)}
    strange = [
        k for k, each in enumerate(found) if known and each and each.unit in MONEY and MONEY[each.unit] not in known
    ]
    bare = [k for k, each in enumerate(found) if notation.always and each and not each.unit and read[k]]
    had = quoted(notation.units)
    if bare:
        return sorted({*bare, *strange}), f"'{labels[bare[0]].strip()}' has no unit, but all of training had {had}"
    return strange, f"'{labels[strange[0]].strip()}' has another unit than training, which had {had}" if strange else ""


def _duration_doubts(labels: Sequence[str], read: Array, colons: int) -> tuple[list[int], str]:
    """Return which durations have other parts than training's, which had so many colons."""
    odd = [k for k, label in enumerate(labels) if label.count(":") in {*PARTED} - {colons} and read[k] == read[k]]
    if not colons or not odd:
        return [], ""
    label = labels[odd[0]].strip()
    other = f"it has {PARTED[label.count(':')]}, where training had {PARTED[colons]}"
    return odd, f"'{label}' is read as {read[odd[0]]:.15g} seconds: {other}"


def bare_doubts(numbers: Array, notation: Notation) -> tuple[int, str]:
    """Return how many numbers that are no text are in doubt, and why: all of training's had a unit, or were durations.

    Examples
    --------
    >>> import numpy as np
    >>> bare_doubts(np.array([0.25, 0.0, np.nan]), Notation(units=("%",), always=True))
    (1, "'0.25' has no unit, but all of training had '%'")
    """
    bare = numbers[(numbers != 0.0) & (numbers == numbers)] if notation.explicit else numbers[:0]
    if notation.duration and len(bare):
        return len(bare), f"'{bare[0]:.6g}' is read as seconds, but training had durations"
    had = quoted(notation.units)
    return len(bare), f"'{bare[0]:.6g}' has no unit, but all of training had {had}" if len(bare) else ""


def _means(read: float, factor: float, median: float) -> bool:
    """Tell whether a number is far from training's sizes, and so many times the number is not."""
    size = abs(read / median) if median else 0.0
    return size > 0.0 and abs(log10(size)) > OFF and abs(log10(size * factor)) < NEAR


def date_doubts(
    labels: Sequence[str], found: Sequence[Moment | None], read: Array, first: str, timed: bool = False
) -> tuple[list[int], str]:
    """Return which dates like 02/01/1970 are in doubt, and why: others have the order otherwise, or training had none.

    And, if none is, those that tell no time of day where all of training did.

    Parameters
    ----------
    labels : sequence of str
        Cells.
    found : sequence of Moment or None
        What is written there.
    read : array
        The days since 1970 as which they were read.
    first : str
        Which stands first in training: "day", "month", "year" or "" if no row told.
    timed : bool
        Whether all of training told a time of day.
    """
    orders = [_order(each, first) if each and day == day else "" for each, day in zip(found, read, strict=True)]
    other = {"day": "month", "month": "day"}.get(first, "?")
    open_ = [k for k, order in enumerate(orders) if order == "?"] if other in orders else []
    doubtful = open_ if other != "?" else [k for k in open_ if "." not in labels[k]]  # points always have the day first
    telling = [] if first in orders or other == "?" else [k for k, order in enumerate(orders) if order == other]
    against = [k for k in telling if "." not in labels[k]]
    if against and not doubtful:
        return against, f"'{labels[against[0]].strip()}' has the {other} first, but training had the {first} first"
    if not doubtful:
        bare = [k for k, each in enumerate(found) if timed and each and not each.timed]
        return bare, f"'{labels[bare[0]].strip()}' {UNTIMED}" if bare else ""
    why = (
        f"though '{labels[orders.index(other)].strip()}' stands beside it"
        if other != "?"
        else "but no date of training is written so"
    )
    return doubtful, f"'{labels[doubtful[0]].strip()}' is read as {day_of(read[doubtful[0]])}, {why}"


def _order(found: Moment, first: str) -> str:
    """Return what a date tells of the order, "?" where that is open to those who know what stands first in training."""
    if found.early is None or first in ("day", "month"):
        return found.order
    return "" if first == "year" else "?"
