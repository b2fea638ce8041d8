"""Long files of text: their rows are counted first, and read again, some at a time or all, when somebody asks."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeAlias

from mlnn.frame import headers, quotes
from mlnn.frame.column import TableError
from mlnn.frame.encoded import Text
from mlnn.frame.frames import Makers
from mlnn.frame.table import Table
from mlnn.frame.values import Values, of_arrow

LONG = 1 << 25
"""Files of as many bytes are counted before they are read: it takes a tenth of the time that reading does."""

Held: TypeAlias = list[tuple[int, int]]
"""The rows that have a cell which holds lines like rows, and how many."""

Whole: TypeAlias = Callable[[Text], tuple[list[Any], int, Held]]
"""Reads all rows: what makes each column, how many there are, and what they hold."""


def numbers_of(text: Text) -> list[str]:
    """Return what the columns are called while they are parsed: their numbers, since names may be the same."""
    return [f"{k}" for k in range(len(text.layout.names))]


def how_parsed(text: Text, odd: Callable[[Any], str], block: int, only: Sequence[str] = ()) -> tuple[Any, Any, Any]:
    """Return how Arrow parses a text: cells are words, of some columns or all; ``odd`` sees lines that do not fit."""
    import pyarrow as pa
    import pyarrow.csv

    names, found = numbers_of(text), text.layout
    read = pa.csv.ReadOptions(column_names=names, skip_rows=found.skipped, block_size=block)
    parse = pa.csv.ParseOptions(
        delimiter=found.sep,
        escape_char="\\" if found.escaped else False,
        newlines_in_values=True,
        invalid_row_handler=odd,
    )
    convert = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, include_columns=list(only)
    )
    return read, parse, convert


def block_of(text: Text) -> int:
    """Return how many bytes are parsed at a time: columns in many short parts are slow."""
    return max(1 << 22, len(text.layout.names) << 12)


@contextmanager
def bytes_of(text: Text) -> Iterator[Any]:
    """Give the bytes of a text as Arrow reads them fastest."""
    import pyarrow as pa

    with text.utf8() as file:
        plain = text.source.path if type(file) is io.BufferedReader else None
        with pa.OSFile(plain) if plain else pa.PythonFile(file, "r") as given:
            yield given


def swallowed(table: Any) -> bool:
    """Tell whether the last cell holds line ends, as where a quote is never closed."""
    return bool(table.num_rows) and "\n" in table.column(table.num_columns - 1)[-1].as_py()


@dataclass(eq=False)
class LongText:
    """A text whose rows are counted, and not held.

    Attributes
    ----------
    text : Text
        The text.
    rows : int
        How many there are.
    repeats : int
        How many lines repeat the header.
    held : list of (int, int)
        The rows that have a cell which holds lines like rows, and how many.
    """

    text: Text
    rows: int
    repeats: int
    held: Held
    whole: list[Any] | None = None

    @classmethod
    def of(cls, text: Text) -> Self | None:
        """Count the rows of a text; nothing comes of one that is short, or has lines to be looked at closely."""
        path, found = text.source.path, text.layout
        if path is None or not all(found.names) or Path(path).stat().st_size < LONG:
            return None
        comments, odd, rows, repeats, last = list[str](), list[str](), 0, 0, None
        held: Held = []

        def met(row: Any) -> str:
            stripped = row.text.strip(" \t\x1a")
            (comments if stripped.startswith("#") else odd if stripped else []).append(row.text)
            return "skip"

        try:
            for last in _tables(text, met):
                table, more = headers.without(last, found.header)
                held += [(rows + row, lines) for row, lines in quotes.in_arrow(table, found.sep)]
                rows, repeats = rows + table.num_rows, repeats + more
                if odd:
                    return None
        except (ValueError, UnicodeError):  # which reading all of it tells more of
            return None
        if odd or last is None or swallowed(last):
            return None
        text.say_skipped(len(comments))
        text.say_repeated(repeats)
        return cls(text, rows, repeats, held)

    def columns(self, read: Whole) -> tuple[list[Any], int, Held]:
        """Return what makes each column, which reads all of them at once; the rows, and what they hold."""
        return [partial(self._column, read, k) for k in range(len(self.text.layout.names))], self.rows, self.held

    def _column(self, read: Whole, k: int) -> Values:
        if self.whole is None:
            with _there(self.text):
                whole, rows, _ = read(self.text)
            self._require_counted(rows)
            self.whole = whole
        column: Values = self.whole[k]()
        return column

    def parts(self, place: Callable[[int], str], names: Sequence[str], rows: int) -> Iterator[Table]:
        """Yield some columns, so many rows at a time."""
        known = {name: f"{k}" for k, name in enumerate(self.text.layout.names)}
        only = [] if self.repeats else [known[name] for name in names]  # only all fields tell a header
        start = 0
        for read in _tables(self.text, lambda _: "skip", only):
            table = headers.without(read, self.text.layout.header)[0] if self.repeats else read
            for first in range(0, table.num_rows, rows):
                some = table.slice(first, rows)
                makers: Makers = {name: partial(_words, some, known[name]) for name in names}
                yield Table(makers, some.num_rows, self.text.name, place=partial(_at, place, start))
                start += some.num_rows
        self._require_counted(start)

    def _require_counted(self, rows: int) -> None:
        """Refuse a file that has another number of rows than when they were counted."""
        if rows != self.rows:
            raise TableError(f"{self.text.name} had {self.rows:,} rows, but now {rows:,}: it is not what it was")


@contextmanager
def _there(text: Text) -> Iterator[None]:
    """Say in a sentence that a file is no longer there, or cannot be read."""
    try:
        yield
    except OSError as problem:
        raise TableError(f"{text.name} was there, but cannot be read again: {problem.strerror or problem}") from None


def _tables(text: Text, odd: Callable[[Any], str], only: Sequence[str] = ()) -> Iterator[Any]:
    import pyarrow as pa
    import pyarrow.csv

    with (
        _there(text),
        bytes_of(text) as given,
        pa.csv.open_csv(given, *how_parsed(text, odd, block_of(text), only)) as batches,
    ):
        for batch in batches:
            yield pa.Table.from_batches([batch])


def _words(table: Any, column: str) -> Values:
    return of_arrow(table.column(column))


def _at(place: Callable[[int], str], start: int, row: int) -> str:
    return place(start + row)
