"""Whether new rows are like those of training, column by column."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import NamedTuple

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import quoted
from mlnn.frame.kind import CategoricalColumn, Column, DateColumn, NumericColumn, Seen
from mlnn.frame.kind.base import Content
from mlnn.frame.kind.moment import day_of, unsure_zone
from mlnn.frame.kind.scale import FEWEST
from mlnn.frame.printable import printable
from mlnn.frame.table import Table
from mlnn.frame.values import gaps_of

FAR = 0.2
"""A share is far above training's if it exceeds it by this much."""

NEW = 0.05
"""So is one of unknown values: training's rare ones tell already how many of these are to be expected."""

MOST_FAR = 0.5
"""No larger share of training's numbers can be far from their median: a quarter of them lies beyond either quartile."""


class ColumnWarning(UserWarning):
    """Many cells of a column are missing, unreadable, unknown or far off, though in training they were not."""

    def __init__(self, sentence: str) -> None:
        super().__init__(printable(sentence))


class Prepared(NamedTuple):
    """New rows as a matrix, and what was met on the way.

    Attributes
    ----------
    matrix : array, shape (N, D)
        The features.
    seen : dict of str to Seen
        For every column that has features: how many cells are missing, unreadable and unknown.
    said : tuple of str
        Sentences: columns that are ignored, and cells that are unreadable or unknown.
    drifted : tuple of str
        Sentences on the columns that are unlike those of training.
    """

    matrix: Array
    seen: dict[str, Seen]
    said: tuple[str, ...]
    drifted: tuple[str, ...]

    def warned(self) -> Array:
        """Return the matrix, and warn of columns that are unlike those of training."""
        if self.drifted:
            warnings.warn("; ".join(self.drifted), ColumnWarning, stacklevel=4)
        return self.matrix


def drifted(column: Column, seen: Seen) -> str:
    """Say how the cells of a column differ from those of training, and which cannot be read, or are in doubt.

    Nothing is said of a few that are missing or, of several rows, unknown; nor of a few of many that cannot be read
    where training had such cells, which its report lists.

    Examples
    --------
    >>> from mlnn.frame.kind import CategoricalColumn
    >>> drifted(CategoricalColumn("flag", ("no", "yes"), False, False), Seen(9, unknown=9, example="TRUE"))
    "'flag' has 100 % unknown values: 'TRUE'; training had 'no', 'yes'"
    >>> drifted(NumericColumn("length", 1.5, 0.5, False), Seen(9, far=9, first_far="312"))
    "'length' has 100 % numbers far from training's: '312'; training had a median of 1.5"
    """
    if not any(seen[1:]):
        return ""  # as of most columns
    fate, rows = column.fate, max(column.fate.rows, 1)
    parts, example = [], f": '{seen.example}'" if seen.example else ""
    for what, count, before in (
        ("missing", seen.missing, fate.missing),
        ("unreadable", seen.unreadable, fate.unread),
    ):
        if count >= FEWEST and count / seen.rows > before / rows + FAR:
            shown = example if what == "unreadable" else ""
            had = f"training had {_percent(before, rows)}"
            parts.append(f"has {_percent(count, seen.rows)} {what} values{shown}; {had}")
        elif what == "unreadable" and count and (before == 0 or seen.rows < FEWEST):
            parts.append(f"has {count:,} of {seen.rows:,} values that cannot be read: '{seen.example}' in {seen.place}")
    if many_unknown(column, seen):
        share = f"has {_percent(seen.unknown, seen.rows)}"
        known = quoted(getattr(column, "categories", ()), most=3) or _percent(fate.rare, rows)
        parts.append(
            f"{share} values that were rare or unknown in training{example}; training had {known}, and rarer ones"
            if pooled(column)
            else f"{share} unknown values{example}; training had {known}"
        )
    if parts and isinstance(column, DateColumn) and (zone := unsure_zone(seen.example)):
        parts[-1] += f" ({zone})"
    if seen.doubtful and seen.doubt not in fate.read:  # which training was told of itself
        parts.append(f"has {seen.doubtful:,} of {seen.rows:,} values in doubt: {seen.doubt}")
    off = _off(column, seen)
    parts += [off] if off else []
    return f"'{column.name}' " + "; it ".join(parts) if parts else ""


def many_unknown(column: Column, seen: Seen) -> bool:
    """Tell whether more values are unknown than training's rare ones let expect: as many as a warning is worth."""
    enough = seen.unknown >= FEWEST or 0 < seen.rows < FEWEST
    return enough and seen.unknown > NEW * seen.rows + as_rare(column, seen)


def as_rare(column: Column, seen: Seen) -> float:
    """Return how many of so many rows had a rare category in training, which a column may take for an unknown one."""
    return seen.rows * column.fate.rare / max(column.fate.rows, 1)


def _off(column: Column, seen: Seen) -> str:
    """Say that most numbers or dates are far from training's, or beyond all of them; or one, where rows are few."""
    if not isinstance(column, NumericColumn | DateColumn):
        return ""
    line, what = (column, "numbers") if isinstance(column, NumericColumn) else (column.line, "dates")

    def shown(number: float) -> str:
        return f"{number:.4g}" if line is column else day_of(number)

    count = seen.rows - seen.missing - seen.unreadable
    if seen.far and seen.rows < FEWEST and not seen.doubtful:  # doubt says more of it
        each = f"{seen.far} {what}" if seen.far > 1 else f"a {what[:-1]}"
        ends = " to ".join(map(shown, line.ends))
        return f"has {each} far outside training's range: '{seen.first_far}'; it had {ends}"
    if seen.far >= FEWEST and seen.far > MOST_FAR * count:
        there = f"training had a median of {shown(line.median)}"
        return f"has {_percent(seen.far, count)} {what} far from training's: '{seen.first_far}'; {there}"
    most = FAR if line.notation.truth else MOST_FAR  # of two values, a third one is no tail
    if line is column and seen.beyond >= FEWEST and seen.beyond > most * count:
        low, high = map(shown, line.ends)
        kind = "other numbers than" if line.notation.truth else "numbers far smaller than"
        return f"has {_percent(seen.beyond, count)} {kind} training's: '{seen.first_beyond}'; it had {low} to {high}"
    return ""


def zone_changes(
    columns: Iterable[Column], before: Mapping[str, str], table: Table, seen: Mapping[str, Seen]
) -> tuple[str, ...]:
    """Say which times tell their zone and did not in training, or the reverse; which zone it is makes no difference."""
    said = []
    for column in columns:
        if not isinstance(column, DateColumn):
            continue
        name, met = column.name, seen[column.name]
        count = met.rows - met.missing - met.unreadable
        zoned = count if name in table.zones else met.zoned
        there = column.zoned or name in before
        if zoned and not there:
            said.append(
                f"'{name}' has {zoned:,} of {count:,} times with a zone or offset, used as UTC; training had none"
            )
        elif there and zoned < count:
            less = f"{count - zoned:,} of {count:,} times without a zone or offset, taken for UTC"
            said.append(f"'{name}' has {less}; training had some with one")
    return tuple(said)


def nothing_in(
    columns: Sequence[Column], table: Table, seen: Mapping[str, Seen], content: Callable[[Column], Content]
) -> tuple[str, ...]:
    """Say which rows hold nothing in any of several columns, where no such row was to be expected in training."""
    rows = columns[0].fate.rows
    if not all(seen[column.name].missing for column in columns):
        return ()
    if len(columns) == 1 or prod(column.fate.missing / max(rows, 1) for column in columns) * rows >= 1.0:
        return ()
    empty = np.ones(table.rows, dtype=bool)
    for column in columns:
        empty &= gaps_of(content(column))
        if not empty.any():
            return ()
    first, count = table.where(int(empty.argmax())), int(empty.sum())
    which = f"{first} holds" if count == 1 else f"{count:,} rows, the first {first}, hold"
    return (f"{which} nothing in any column that the model uses: nothing but gaps tells what is predicted there",)


def counted(column: Column, seen: Seen) -> str:
    """Say how many cells of a column could not be used as they are; nothing if all could.

    Examples
    --------
    >>> from mlnn.frame.kind import CategoricalColumn
    >>> counted(CategoricalColumn("town", ("Bonn",), False, False), Seen(9, unknown=1, example="Ulm"))
    "'town': 1 of 9 values unknown: 'Ulm'"
    """
    if not (seen.unreadable or seen.unknown):
        return ""  # as of most columns
    unknown = "rare or unknown in training" if pooled(column) else "unknown"
    parts = [
        f"{count:,} of {seen.rows:,} values {what}"
        for what, count in (("unreadable", seen.unreadable), (unknown, seen.unknown))
        if count
    ]
    return f"'{column.name}': {' and '.join(parts)}: '{seen.example}'" if parts else ""


def pooled(column: Column) -> bool:
    """Tell whether a column takes rare categories for one, and does not remember what they were."""
    return isinstance(column, CategoricalColumn) and column.rare and not column.known


def _percent(count: int, rows: int) -> str:
    return f"{100 * count / rows:.0f} %"
