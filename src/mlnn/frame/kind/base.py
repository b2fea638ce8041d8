"""What every kind of column has: a name, what became of it in training, and the numbers it makes of new cells."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple, Self, TypeAlias

import numpy as np

from mlnn.array import Array
from mlnn.frame.values import Words

Content: TypeAlias = Array | Words
"""The cells of a column that can be used: numbers, times, or words."""

Where = Callable[[int], str]
"""Says which row is meant, such as ``Table.where``."""

LISTED = 10
"""So many different cells are listed one by one, where there are more of a kind."""


def counted(row: int) -> str:
    """Say which row is meant where there is no table that knows better."""
    return f"row {row} (counted from 0)"


@dataclass(frozen=True)
class Unreadable:
    """A cell that could not be read as what its column holds, so that it counts as missing.

    Parameters
    ----------
    content : str
        What it holds.
    where : str
        The first row that holds it, and its line where the table was a file.
    count : int
        How many rows hold it.
    """

    content: str
    where: str
    count: int


@dataclass(frozen=True)
class Fate:
    """What became of a column in training: the column report's entry.

    Parameters
    ----------
    kind : str
        "number", "boolean", "category", "date", "time", "duration", "text", "identifier", "constant", "empty" or
        "dropped".
    read : str
        How it was read, in words; empty if there is nothing to say.
    rows, missing : int
        The training rows, and how many of them had no value (unreadable cells are not among these).
    words : tuple of (str, int)
        The words that stood for missing values, and how often.
    unreadable : tuple of Unreadable
        The different cells that could not be read, in the order of their first rows, at most ``LISTED``.
    unread : int
        How many cells could not be read.
    kept, pooled : int
        Of categories: how many have a feature of their own, and how many share one.
    rare : int
        The training rows whose category is pooled, or, where all categories are known, occurs only once: as large a
        share of new rows may hold unknown ones.
    merged : tuple of (str, str)
        Spellings that were taken for another one.
    features : tuple of str
        The names of the features made of it.
    why : str
        Why there are none; empty if there are some.
    importance : float or None
        What permuting it costs; filled in by whoever measured it.
    """

    kind: str = ""
    read: str = ""
    rows: int = 0
    missing: int = 0
    words: tuple[tuple[str, int], ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    unread: int = 0
    kept: int = 0
    pooled: int = 0
    rare: int = 0
    merged: tuple[tuple[str, str], ...] = ()
    features: tuple[str, ...] = ()
    why: str = ""
    importance: float | None = None


class Seen(NamedTuple):
    """What a column met in rows: how many cells are missing, unknown to training and unreadable, with an example.

    And where the first unreadable one is, how many numbers are far from training's or beyond its least and largest, and
    the first of these; and how many cells may mean something else than what they were read as, with the reason; and how
    many times tell their zone, and how many their time of day.
    """

    rows: int
    missing: int = 0
    unknown: int = 0
    unreadable: int = 0
    example: str = ""
    place: str = ""
    far: int = 0
    first_far: str = ""
    doubtful: int = 0
    doubt: str = ""
    zoned: int = 0
    timed: int = 0
    beyond: int = 0
    first_beyond: str = ""

    def and_then(self, more: "Seen") -> "Seen":
        """Return what was met in these rows and those that follow: counts add up, the first example stays.

        Examples
        --------
        >>> Seen(10, missing=1).and_then(Seen(5, unknown=2, example="Ulm"))[:5]
        (15, 1, 2, 0, 'Ulm')
        """
        both: Any = zip(self, more, strict=True)
        return Seen(*(one + other if isinstance(one, int) else one or other for one, other in both))


@dataclass(frozen=True)
class Column(ABC):
    """What the training rows told about one column.

    Parameters
    ----------
    name : str
        The column's name.
    fate : Fate
        What became of it.
    """

    name: str
    fate: Fate = field(default=Fate(), kw_only=True, compare=False)

    arrays: ClassVar[tuple[str, ...]] = ()
    """Its fields that are arrays of numbers; a model file keeps these apart."""

    @abstractmethod
    def fill(self, values: Content, out: Array, where: Where = counted) -> Seen:
        """Write the features of N cells into ``out``, shape (N, number of features), each row for itself."""

    @abstractmethod
    def features(self) -> list[str]:
        """Name the features."""

    def transform(self, values: Any) -> Array:
        """Return the features of N cells as float64, shape (N, number of features)."""
        values = values if isinstance(values, Words) or hasattr(values, "dtype") else Words.of(values)
        out = np.zeros((len(values), len(self.features())))
        self.fill(values, out)
        return out

    def fated(self, fate: Fate) -> Self:
        """Return the column with its fate, completed by the names of its features."""
        return replace(self, fate=replace(fate, features=tuple(self.features())))


@dataclass(frozen=True)
class Cells:
    """The different cells of a column of text: what a kind is recognized by, and read once each.

    Parameters
    ----------
    labels : sequence of str
        The different cells that rows hold, as they are written.
    counts : array of int
        How many rows hold each.
    codes : array of int, shape (N,)
        The rows' labels by number, −1 where a cell holds nothing.
    """

    labels: Sequence[str]
    counts: Array
    codes: Array

    @classmethod
    def of(cls, values: Content) -> "Cells":
        """Return the cells of a column; numbers and times as ``label`` writes them."""
        if not isinstance(values, Words):
            values = _written(values)
        if len(values) == 1:
            text = values[0]
            return cls(
                [] if text is None else [text],
                np.ones(int(text is not None), dtype=np.int64),
                np.array([-int(text is None)]),
            )
        counts = np.bincount(values.codes + 1, minlength=len(values.labels) + 1)[1:]
        if counts.all():
            return cls(values.labels, counts, values.codes)
        used = np.flatnonzero(counts)  # rows that were taken from a table leave labels without a row
        number = np.full(len(counts) + 1, -1)
        number[used] = np.arange(len(used))
        return cls([values.labels[k] for k in used.tolist()], counts[used], number[values.codes])

    def first(self, label: int) -> int:
        """Return the first row that holds a label."""
        return int((self.codes == label).argmax())

    def as_met(self, labels: Sequence[int]) -> list[int]:
        """Return labels in the order in which the rows have them."""
        first = np.zeros(len(self.labels) + 1, dtype=np.int64)
        first[self.codes[::-1]] = np.arange(len(self.codes))[::-1]  # of several rows the last one that is written stays
        return sorted(labels, key=first.tolist().__getitem__)

    def spread(self, of_labels: Array, nothing: float) -> Array:
        """Return for every row what there is for its label, or ``nothing``."""
        return np.append(of_labels, nothing)[self.codes]


TICKS = {
    "W": (604_800, 1),
    "D": (86_400, 1),
    "h": (3600, 1),
    "m": (60, 1),
    "s": (1, 1),
    "ms": (1, 10**3),
    "us": (1, 10**6),
}
"""NumPy's units of time: how many seconds one has, and how many a second has."""


def since(values: Array, seconds: float) -> Array:
    """Return times since 1970, or durations, as multiples of so many seconds, NaN where there is none.

    Examples
    --------
    >>> since(np.array(["1970-01-02T12", "NaT", "300000-01-01"], dtype="M8[s]"), 86_400.0)
    array([1.50000000e+00,            nan, 1.08853222e+08])
    """
    unit, count = np.datetime_data(values.dtype)
    if unit not in TICKS:
        unit, count = "D" if unit in ("Y", "M") else "us", 1
        values = values.astype(f"{values.dtype.kind}8[{unit}]")
    many, parts = TICKS[unit]
    found = np.asarray(values.astype(np.int64) * (many * count) / (parts * seconds))
    found[np.isnat(values)] = np.nan
    return found


def _written(values: Array) -> Words:
    """Return numbers or times as text."""
    if values.dtype.kind not in "iufmM":
        return Words.of(values)
    absent = values != values
    different, codes = np.unique(values[~absent], return_inverse=True)
    rows = np.full(len(values), -1)
    rows[~absent] = codes
    each = different.tolist() if different.dtype.kind in "iuf" else different.astype(str).tolist()
    return Words(rows, Words.of(each).labels)
