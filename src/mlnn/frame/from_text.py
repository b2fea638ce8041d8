"""Columns of numbers, dates and durations that are written as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import quoted
from mlnn.frame.kind import Column, DateColumn, Fate, NumericColumn
from mlnn.frame.kind.base import LISTED, Cells, Content, Unreadable, Where
from mlnn.frame.kind.doubt import PARTED, number_doubts
from mlnn.frame.kind.moment import Moment, day_order, duration, moment
from mlnn.frame.kind.notation import Notation
from mlnn.frame.kind.number import quantities, strangers
from mlnn.frame.kind.spelling import (
    MONEY,
    MULTIPLES,
    PARTS,
    UNITS_TOO,
    Written,
    decimal_mark,
    means_missing,
    plain,
    quick_mark,
    simple,
    unwrapped,
    written,
)
from mlnn.frame.long import are_long
from mlnn.frame.sentence import number_of
from mlnn.frame.values import Words

SHARE = 0.8
"""A column of text is one of numbers, or of dates, if at least this share of its present cells can be read as such: a
few stray words do not make categories of it, and a column of words in which some are numbers stays one of words."""


UNITS = 0.1
"""What stands behind fewer numbers than this share of them is no unit: such a cell cannot be read."""

SLIPS = frozenset("oi")
"""Letters that are typed for digits: behind less than half of the numbers they are no unit."""

HUNDREDTHS = {"%", "‰"}
"""Units that beside plain shares up to 1 are shares too."""

LARGER = 1e4
"""Beside plain numbers so much larger, 1.5M means millions; metres or bytes would not differ so."""


@dataclass(frozen=True)
class Rules:
    """What decides about a column besides its cells.

    Parameters
    ----------
    fewest : float
        So many rows must hold a category that is to have a feature of its own.
    most : int
        So many categories may have one.
    kind : str
        What the user says that the column is, or "".
    decimal : str or None
        What parts decimals where a column does not tell; None if that is to be asked later.
    """

    fewest: float
    most: int
    kind: str = ""
    decimal: str | None = ""


def is_code(labels: Sequence[str]) -> bool:
    """Tell whether digits are codes: all of one width, some with leading zeros; or more digits than numbers have."""
    if are_long(labels, SHARE):
        return True
    wrapped = any(label[:1] in ("=", "'", '"') or not label.isascii() for label in labels[:1])
    bare = [unwrapped(plain(label)) for label in labels] if wrapped else labels
    digits = [label for label in bare if label.isdecimal()]
    widths = {len(label) for label in digits}
    fixed = len(digits) >= SHARE * len(labels) and len(widths) == 1 and widths != {1}
    return fixed and any(label[0] == "0" for label in digits)


def number_column(
    name: str, values: Words, cells: Cells, rules: Rules, where: Where, share: float = SHARE
) -> Column | str | None:
    """Return a column of numbers; None if its decimals are in doubt, "" if it is none."""
    known: tuple[str, ...]
    quick = simple(cells.labels)
    if quick is not None:
        mark, percent, known, multiples, always = quick_mark(cells.labels), 1.0, (), False, False
    else:
        found = [written(label) for label in cells.labels]
        units: dict[str, int] = {}
        for each, count in zip(found, cells.counts.tolist(), strict=True):
            if each is not None:
                units[each.unit] = units.get(each.unit, 0) + count
        foreign = {unit: count for unit, count in units.items() if unit and unit not in MONEY}
        usual = max(foreign, key=lambda unit: foreign[unit], default="")
        slips = {usual} & SLIPS if foreign.get(usual, 0) < units.get("", 0) else set()
        known = (usual,) if usual and not slips and foreign[usual] >= UNITS * sum(units.values()) else ()
        multiples = _are_multiples(foreign, found)
        fine = {"", *known, *MONEY, *(MULTIPLES if multiples else ())}
        fit = [each is not None and each.unit in fine | slips for each in found]
        if not agree(cells, fit, share):
            return ""
        fits = [(each, count) for each, count in zip(found, cells.counts.tolist(), strict=True) if each is not None]
        always = not multiples and all(each.unit or not each.dot for each, _ in fits)
        shares = [abs(each.dot) for each, _ in fits if each.unit not in HUNDREDTHS]
        money = {MONEY[unit] for unit in units if unit in MONEY}
        known = (*known, *sorted(unit for unit in money if PARTS.get(unit, ("",))[0] not in money))
        mark, percent = decimal_mark(fits), 0.01 if HUNDREDTHS & units.keys() and shares and max(shares) <= 1.0 else 1.0
    assumed = mark == "?"
    if assumed:
        if rules.decimal is None:
            return None
        mark = rules.decimal or "."
    notation = Notation(mark, percent, known, multiples, always=always and bool(known))
    read_as = notation.numbers(cells.labels) if quick is None or mark == "," else quick
    present = read_as[~np.isnan(read_as)]
    if not present.size:
        return ""
    notation = replace(notation, truth=bool(np.isin(present, (0.0, 1.0)).all()))
    numbers, seen = quantities(name, values, notation, where)
    column = NumericColumn.of(name, numbers, notation)
    labels = cells.labels if quick is None or assumed else ()
    as_python = quick is not None and mark != ","
    doubt = seen.doubt or number_doubts(cells.labels, read_as, notation, as_python, column.median)[1]
    how = _how(labels, notation, assumed, doubt)
    return numbered(column, _text_fate("number", how, cells, read_as, seen.rows, where), numbers)


def _are_multiples(units: Mapping[str, int], found: Sequence[Written | None]) -> bool:
    """Tell whether what stands behind numbers multiplies them: metres are no millions.

    Words such as Mio. always do, letters that may be units where they stand beside others of the kind, or beside plain
    numbers that are much larger.
    """
    words = units.keys() & MULTIPLES.keys()
    if len(words) != 1 or not words <= UNITS_TOO:
        return bool(words)
    sizes = {
        unit: [abs(each.dot) for each in found if each is not None and each.unit == unit and each.dot]
        for unit in ("", *words)
    }
    plain, marked = (sorted(each)[len(each) // 2] if each else 0.0 for each in sizes.values())
    return bool(marked) and plain > LARGER * marked


def agree(cells: Cells, fits: Sequence[bool], share: float) -> bool:
    """Tell whether a share of the cells fits, those left out that mean a missing value."""
    here = nothing = 0
    for label, fit, count in zip(cells.labels, fits, cells.counts.tolist(), strict=True):
        here += count * fit
        nothing += count * (not fit and means_missing(label))
    return here > 0 and here >= share * (int(cells.counts.sum()) - nothing)


def _how(labels: Sequence[str], notation: Notation, assumed: bool, doubt: str) -> str:
    """Say how numbers in text were read, by the first of these labels that is unusual; "" if there is nothing to it."""
    said = ["a decimal comma"] if notation.decimal == "," else []
    for label in labels if assumed else labels[:1000]:
        found = written(label)
        if found is not None and (found.mark == "?" if assumed else found.unit or simple([label]) is None):
            number = notation.number(label)
            if number == number:
                said.append(f"'{label.strip()}' is {number:.15g}" + (" (assumed: no number tells)" if assumed else ""))
                break
    if len(notation.units) > 1:
        said.append(f"units {quoted(notation.units)} are not converted into each other")
    said += [doubt] if doubt else []
    return f"numbers in text: {', '.join(said)}" if said else ""


def _text_fate(kind: str, how: str, cells: Cells, read: Array, rows: int, where: Where) -> Fate:
    """Return the fate of a column whose text was read as something else, NaN where it could not be."""
    bad, labels = strangers(cells, read), cells.labels
    listed = tuple(Unreadable(labels[k].strip(), where(cells.first(k)), int(cells.counts[k])) for k in bad[:LISTED])
    other = set(bad)
    words = tuple((labels[k], int(cells.counts[k])) for k in np.flatnonzero(np.isnan(read)).tolist() if k not in other)
    unread = int(cells.counts[bad].sum())
    absent = rows - int(cells.counts[~np.isnan(read)].sum()) - unread
    return Fate(kind, how, rows, absent, words, listed, unread)


def date_column(name: str, values: Words, cells: Cells, where: Where, share: float = SHARE) -> Column | None:
    """Return a column of dates or of times of day, or None."""
    sample = [moment(label) for label in cells.labels[:50]]
    if share and not any(sample):
        return None
    found = [moment(label) for label in cells.labels]
    clocks = sum(int(count) for each, count in zip(found, cells.counts, strict=True) if each and each.clock)
    dates = [(each, int(count)) for each, count in zip(found, cells.counts, strict=True) if each and not each.clock]
    clock = clocks > sum(count for _, count in dates)
    if not agree(cells, [each is not None and each.clock == clock for each in found], share):
        return None
    order = day_order(dates)
    first = order
    if order == "?":
        example = next(label for label, each in zip(cells.labels, found, strict=True) if each and each.order)
        first = "month" if "/" in example else "day"
    column = DateColumn.learn(name, values, first, clock)
    read = np.array([0.0 if each is not None and each.clock == clock else np.nan for each in found])
    how = "times of day" if clock else "dates"
    example = cells.labels[int(np.flatnonzero(~np.isnan(read))[0])].strip()
    how += f", such as '{example}'"
    if order == "year":
        how += ", year before month and day"
    elif order:
        how += f", {first} before {'month' if first == 'day' else 'day'}"
        how += " (assumed: no date tells)" if order == "?" else _otherwise(first, cells, found)
    how += _zones(cells, found)
    return dated(column, values, how, _text_fate("time" if clock else "date", how, cells, read, len(values), where))


def _zones(cells: Cells, found: Sequence[Moment | None]) -> str:
    """Say whether times tell their zone, and how many do if not all."""
    times = [(each, int(count)) for each, count in zip(found, cells.counts, strict=True) if each is not None]
    zoned, count = sum(count for each, count in times if each.zone is not None), sum(count for _, count in times)
    if zoned in (0, count):
        return ", with offsets, as UTC" if zoned else ""
    return f", {zoned:,} of {count:,} with offsets, as UTC; the others are taken for UTC"


def _otherwise(first: str, cells: Cells, found: Sequence[Moment | None]) -> str:
    """Say which dates have the other order than most, or that none tells but all together."""
    other = "month" if first == "day" else "day"
    odd = [k for k, each in enumerate(found) if each and each.order == other]
    if not odd:
        one_tells = any(each and each.order == first for each in found)
        return "" if one_tells else " (always the same day, of every month)"
    open_ = [k for k, each in enumerate(found) if each and each.order == "?"]
    doubt = f", so that '{cells.labels[open_[0]].strip()}' is in doubt" if open_ else ""
    cells_so = number_of(int(cells.counts[odd].sum()), "cell")
    return f" (but {other} first in {cells_so}, such as '{cells.labels[odd[0]].strip()}'{doubt})"


def numbered(column: NumericColumn, fate: Fate, numbers: Array) -> Column:
    """Return a column of numbers with its fate; a constant says so."""
    if not column.features():
        low, high = numbers.min(), numbers.max()
        alike = f"every row holds {low:g}" if low == high else f"numbers from {low:g} to {high:g} are not told apart"
        fate = replace(fate, kind="constant", why=alike)
    return column.fated(fate)


def dated(column: DateColumn, values: Content, how: str, fate: Fate | None = None) -> Column:
    """Return a column of dates with its fate; a constant says so."""
    if fate is None:
        fate = Fate("date", how, len(values), int(np.isnat(values).sum()) if not isinstance(values, Words) else 0)
    if not column.features():
        fate = replace(fate, kind="constant", why="every row holds the same moment")
    return column.fated(fate)


def duration_column(name: str, values: Words, cells: Cells, where: Where, share: float = SHARE) -> Column | None:
    """Return a column of durations, or None."""
    if share and not any(duration(label) is not None for label in cells.labels[:50]):
        return None
    read = Notation(duration=True).numbers(cells.labels)
    if not agree(cells, (~np.isnan(read)).tolist(), share):
        return None
    first = {cells.labels[k].count(":"): k for k in reversed(np.flatnonzero(~np.isnan(read)).tolist())}
    parts, how = first.keys() - {0}, "durations in seconds"
    notation = Notation(duration=True, colons=min(parts) if len(parts) == 1 else 0)
    numbers = quantities(name, values, notation, where)[0]
    if 1 in first:
        how += f", '{cells.labels[first[1]].strip()}' is {read[first[1]]:.15g} (assumed: {PARTED[1]})"
    fate = _text_fate("duration", how, cells, read, len(values), where)
    return numbered(NumericColumn.of(name, numbers, notation), fate, numbers)
