"""The values of one column, whatever they came as: numbers, times, or words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import absent, label, unmasked
from mlnn.frame.long import DIGITS, has_long


@dataclass(frozen=True, eq=False)
class Words:
    """A column of text: row i holds ``labels[codes[i]]``, and nothing where the code is −1.

    Parameters
    ----------
    codes : array of int, shape (N,)
        The numbers of the rows' labels.
    labels : tuple of str
        The different cells, as they were written; some may be left that no row holds.
    kind : "text", "category", "boolean", "number" or "whole"
        What the source declared: categories (as pandas' category, Polars' Enum, Arrow's dictionary), truth values
        ("True" and "False"), or nothing, as every file of text does: such words may stand for anything. Numbers only
        where text is written again as such.

    Examples
    --------
    >>> words = Words.of(["cook", None, "clerk", "cook"])
    >>> words.labels, words.codes, words[0], words[1]
    (('cook', 'clerk'), array([ 0, -1,  1,  0]), 'cook', None)
    """

    codes: Array
    labels: tuple[str, ...]
    kind: Literal["text", "category", "boolean", "number", "whole"] = "text"

    @classmethod
    def of(cls, values: Any) -> "Words":
        """Return values of any kind as the text that ``label`` makes of them; None and NaN are missing."""
        number: dict[str, int] = {}

        def code(value: Any) -> int:
            return -1 if absent(value) else number.setdefault(label(value), len(number))

        codes = [number.setdefault(value, len(number)) if type(value) is str else code(value) for value in values]
        return cls(np.array(codes, dtype=np.int64), tuple(number))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def __getitem__(self, row: int) -> str | None:
        """Return what a row holds."""
        code = self.codes[row]
        return None if code < 0 else self.labels[code]


@dataclass(frozen=True)
class Unusable:
    """A column of what is neither numbers, times nor words; it is to be set aside, and that to be said.

    Parameters
    ----------
    what : str
        What it holds: "lists", "structures", "bytes".
    rows : int
        How many rows it has.
    """

    what: str
    rows: int

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.rows


Values: TypeAlias = Array | Words | Unusable
"""A column: numbers (of any type; NaN where they are missing), times (datetime64, timedelta64; NaT), ``Words`` (also of
times of day, which NumPy lacks), or ``Unusable``."""


def gaps_of(values: Array | Words) -> Array:
    """Return where a column holds nothing."""
    return values.codes < 0 if isinstance(values, Words) else np.asarray(values != values)


def taken(values: Values, rows: Any) -> Values:
    """Return some rows of a column."""
    if isinstance(values, Words):
        return Words(values.codes[rows], values.labels, values.kind)
    return Unusable(values.what, len(np.arange(len(values))[rows])) if isinstance(values, Unusable) else values[rows]


def joined(parts: Sequence[Values]) -> Values:
    """Return the rows of several columns, one below the other, as words where some are words, or no number fits all.

    Examples
    --------
    >>> joined([np.array([1, 2]), Words.of(["n/a"])]).labels
    ('1', '2', 'n/a')
    """
    if unusable := [part for part in parts if isinstance(part, Unusable)]:
        return Unusable(unusable[0].what, sum(map(len, parts)))
    arrays = [part for part in parts if isinstance(part, np.ndarray)]
    alike = len(arrays) == len(parts) and len({each.dtype.kind in "mM" and each.dtype.kind for each in arrays}) == 1
    if alike and (np.result_type(*arrays).kind != "f" or not any(map(has_long, arrays))):
        return np.concatenate(arrays)
    words = [part if isinstance(part, Words) else Words.of(part) for part in parts]
    number: dict[str, int] = {}
    codes = []
    for part in words:
        renumbered = np.array([*(number.setdefault(each, len(number)) for each in part.labels), -1], dtype=np.int64)
        codes.append(renumbered[part.codes])
    kinds = {part.kind for part in words}
    return Words(np.concatenate(codes), tuple(number), kinds.pop() if len(kinds) == 1 else "text")


CONTAINERS: dict[type, str] = {
    **dict.fromkeys((list, tuple, set, frozenset, np.ndarray), "lists"),
    dict: "structures",
    **dict.fromkeys((bytes, bytearray, memoryview), "bytes"),
}


def of_array(values: Array) -> Values:
    """Return a NumPy vector of any type as a column.

    Raises
    ------
    ValueError
        If it holds complex numbers.
    """
    values = unmasked(values)
    kind = values.dtype.kind
    if kind in "iufmM":
        return np.asarray(values)
    if kind == "b":
        return Words(1 - values.astype(np.int64), ("True", "False"), "boolean")
    if kind in "UT":
        return Words.of(values.tolist())
    if kind == "S":
        return Words.of([value.decode("utf-8", "replace") for value in values.tolist()])
    if kind == "c":
        raise ValueError("Complex data not supported: the numbers of a column must be real")
    return of_objects(values) if kind == "O" else Unusable("structures", len(values))


def of_objects(values: Any) -> Values:
    """Return Python objects as a column: numbers or times if all that are there are, else words.

    Examples
    --------
    >>> of_objects([1, None, Decimal("2.5")]), of_objects([date(2024, 2, 29)]), of_objects([True, "x"]).labels
    (array([1. , nan, 2.5]), array(['2024-02-29'], dtype='datetime64[D]'), ('True', 'x'))
    >>> of_objects([time(7, 30), time(12)]).labels  # times of day are those of text
    ('07:30:00', '12:00:00')
    """
    kinds = set(map(type, values))
    if str in kinds and kinds <= {str, type(None)}:
        return Words.of(values)
    gaps = [type(value) is not str and absent(value) for value in values]
    kinds = {type(value) for value, gap in zip(values, gaps, strict=True) if not gap}
    for kind in kinds:
        for container, what in CONTAINERS.items():
            if issubclass(kind, container):
                return Unusable(what, len(values))
    if kinds and all(issubclass(kind, (bool, np.bool_)) for kind in kinds):
        words = Words.of([None if gap else bool(value) for value, gap in zip(values, gaps, strict=True)])
        return Words(words.codes, words.labels, "boolean")
    if all(issubclass(kind, (Real, Decimal, np.number)) and not issubclass(kind, (bool, np.bool_)) for kind in kinds):
        return _numbers(values, gaps, kinds)
    unit = _unit(kinds)
    if unit:
        return np.array([_time(value, gap) for value, gap in zip(values, gaps, strict=True)], dtype=unit)
    return Words.of([None if gap else value for value, gap in zip(values, gaps, strict=True)])


def _numbers(values: Any, gaps: Sequence[bool], kinds: Iterable[type]) -> Values:
    if len(values) and all(issubclass(kind, Integral) for kind in kinds):
        whole = [None if gap else int(value) for value, gap in zip(values, gaps, strict=True)]
        largest = max((abs(each) for each in whole if each is not None), default=0)
        if not any(gaps) and largest < 2**63:
            return np.array(whole, dtype=np.int64)
        if 10**DIGITS <= largest < 10**38:
            return Words.of(whole)
    return np.array([np.nan if gap else _float(value) for value, gap in zip(values, gaps, strict=True)], np.float64)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _unit(kinds: set[type]) -> str:
    """Return the type of moments or of durations, "" for what is neither, or both."""
    if kinds <= {date, datetime}:
        return "datetime64[us]" if datetime in kinds else "datetime64[D]"
    return "timedelta64[us]" if timedelta in kinds and kinds <= {time, timedelta} else ""


def _time(value: Any, gap: bool) -> Any:
    """Return a time as the universal time where it has a zone, among durations 0:30 as half an hour."""
    if gap:
        return "NaT"
    if isinstance(value, time):
        return timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    zoned = isinstance(value, datetime) and value.tzinfo is not None
    return value.astimezone(UTC).replace(tzinfo=None) if zoned else value


def of_arrow(column: Any) -> Values:
    """Return an Arrow array as a column; of times in a zone the universal ones, times of day as text."""
    import pyarrow as pa

    column = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    while isinstance(column.type, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
    kind, is_ = column.type, pa.types
    if what := unusable(kind):
        return Unusable(what, len(column))
    if is_.is_run_end_encoded(kind):
        return of_arrow(column.cast(kind.value_type))
    if is_.is_dictionary(kind):
        return _of_dictionary(column)
    if is_.is_string_view(kind) or (is_.is_string(kind) and column.nbytes > 1 << 30):
        column, kind = column.cast(pa.large_string()), pa.large_string()
    if is_.is_string(kind) or is_.is_large_string(kind):
        encoded = column.combine_chunks().dictionary_encode()  # dictionaries of many parts are long in unifying
        return Words(_numbers_of(encoded.indices), tuple(encoded.dictionary.to_pylist()))
    if is_.is_boolean(kind):
        truth = column.fill_null(False).to_numpy()
        codes = np.where(column.is_null().to_numpy(), -1, 1 - truth.astype(np.int64))
        return Words(codes, ("True", "False"), "boolean")
    if is_.is_timestamp(kind) and kind.tz:
        return column.cast(pa.timestamp(kind.unit)).to_numpy()
    if is_.is_time(kind):
        words = of_arrow(column.cast(pa.string()))
        assert isinstance(words, Words)
        return Words(words.codes, tuple(re.sub(r"\.?0*$", "", each) if "." in each else each for each in words.labels))
    if is_.is_date32(kind):
        return column.cast(pa.timestamp("s")).to_numpy().astype("datetime64[D]")
    if is_.is_decimal(kind) and kind.scale > 0:
        return column.cast(pa.float64(), safe=False).to_numpy()
    if is_.is_null(kind):
        return np.full(len(column), np.nan)
    if is_.is_decimal(kind) or (is_.is_integer(kind) and column.null_count):
        return _whole(column)
    return column.to_numpy()


def _whole(column: Any) -> Values:
    """Return whole numbers as int64, beside gaps as float64; as text where they are too long for that."""
    import pyarrow as pa

    try:
        numbers = column.cast(pa.int64())
    except pa.ArrowInvalid:
        return of_arrow(column.cast(pa.string()))
    if not numbers.null_count:
        return numbers.to_numpy()
    long = has_long(numbers.drop_null().to_numpy())
    return of_arrow(column.cast(pa.string())) if long else numbers.cast(pa.float64()).to_numpy()


def unusable(kind: Any) -> str | None:
    """Say what a column of an Arrow type holds, if it is of no use."""
    import pyarrow as pa

    is_ = pa.types
    if is_.is_nested(kind):
        return "structures" if is_.is_struct(kind) else "lists"
    return "bytes" if "binary" in str(kind) else "intervals" if is_.is_interval(kind) else None


def _of_dictionary(column: Any) -> Words:
    """Return an Arrow dictionary: its categories as words."""
    column = column.unify_dictionaries()
    labels = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
    indices = [_numbers_of(chunk.indices) for chunk in column.chunks]
    codes = np.concatenate(indices) if indices else np.empty(0, dtype=np.int64)
    if all(type(each) is str for each in labels):
        return Words(codes, tuple(labels), "category")
    words = Words.of(labels)  # of numbers, times or None
    return Words(np.append(words.codes, -1)[codes], words.labels, "category")


def _numbers_of(indices: Any) -> Array:
    """Return a dictionary's indices, −1 where nothing stands."""
    numbers = indices.cast("int64")
    return (numbers.fill_null(-1) if numbers.null_count else numbers).to_numpy()
