"""Numbers in columns that are none of numbers are told of: whoever knows the column may say that it is one."""

from mlnn.frame.from_text import SHARE, agree
from mlnn.frame.kind.base import Cells
from mlnn.frame.kind.spelling import MEASURES, MONEY, means_missing, written

HALF, FEWEST_NUMBERS = 0.5, 10
"""From this share of a column's cells on, and so many different ones, it is said that they are numbers."""


def several_units(cells: Cells) -> str:
    """Say that a column that was not read as numbers holds some, with units that differ; "" if it does not.

    Examples
    --------
    >>> from mlnn.frame.table import Words
    >>> several_units(Cells.of(Words.of(["12 kg", "300 g", "1.5 kg"])))
    "numbers with units that differ ('kg' in 2 cells, 'g' in 1)"
    >>> several_units(Cells.of(Words.of(["12 Main", "7 Oak"])))
    ''
    """
    if not any(_measured(label) for label in cells.labels[:50]):
        return ""
    found = [_measured(label) for label in cells.labels]
    units: dict[str, int] = {}
    for each, count in zip(found, cells.counts.tolist(), strict=True):
        units[each] = units.get(each, 0) + count
    units.pop("", None)
    if (
        len(units) < 2
        or units.keys().isdisjoint({*MEASURES, *MONEY})
        or not agree(cells, list(map(bool, found)), SHARE)
    ):
        return ""
    first, second, *rest = sorted(units.items(), key=lambda each: (-each[1], each[0]))
    said = f"'{first[0]}' in {first[1]:,} cell{'s' * (first[1] > 1)}, '{second[0]}' in {second[1]:,}"
    more = f" and {len(rest)} more" if rest else ""
    return f"numbers with units that differ ({said}{more})"


def some_numbers(cells: Cells) -> str:
    """Say that a column that was not read as numbers holds many of them, and what else; "" if it does not.

    Examples
    --------
    >>> from mlnn.frame.table import Words
    >>> some_numbers(Cells.of(Words.of([*map(str, range(20)), *["closed"] * 10])))
    "20 of 30 cells are numbers, others such as 'closed' are none"
    >>> some_numbers(Cells.of(Words.of(["1", "2", "other"] * 10)))
    ''
    """
    if not any(written(label) for label in cells.labels[:50]):  # where half are numbers, one of these is
        return ""
    read = map(written, cells.labels)
    fits = [
        each is not None and (not each.unit or bool(_measured(label)))
        for each, label in zip(read, cells.labels, strict=True)
    ]
    strange = [label for label, fit in zip(cells.labels, fits, strict=True) if not fit and not means_missing(label)]
    if sum(fits) < FEWEST_NUMBERS or not strange or not agree(cells, fits, HALF):
        return ""
    here = int(cells.counts[fits].sum())
    return f"{here:,} of {int(cells.counts.sum()):,} cells are numbers, others such as '{strange[0].strip()}' are none"


def _measured(label: str) -> str:
    """Return the unit behind a number, "" if there is none or it may be part of a code, such as 12B."""
    found = written(label)
    return "" if found is None or not (found.unit in MEASURES or " " in label.strip()) else found.unit
