"""Tables of text: CSV and its relatives. Cells stay the words that they are; what they mean is told elsewhere."""

import csv
from functools import partial
from typing import Any

import numpy as np

from mlnn.frame import headers, quotes
from mlnn.frame.column import EmptyTable, TableError
from mlnn.frame.encoded import Text
from mlnn.frame.frames import Makers
from mlnn.frame.layout import named
from mlnn.frame.long_text import Held, LongText, block_of, bytes_of, how_parsed, swallowed
from mlnn.frame.reading import Reading
from mlnn.frame.source import Source
from mlnn.frame.table import Table
from mlnn.frame.values import Values, Words, of_arrow


def read_text(source: Source, reading: Reading) -> Table:
    """Read a table of text.

    Raises
    ------
    TableError
        If it is no table: the line, and what is wrong there.
    """
    text = Text(source, reading)
    try:
        import pyarrow as pa
    except ImportError:
        pa = None
    fast = pa is not None and not text.layout.spaced and text.layout.sep.isascii()
    long = LongText.of(text) if fast else None
    columns, rows, held = (_by_arrow if fast else _one_by_one)(text) if long is None else long.columns(_by_arrow)
    if not rows:
        raise EmptyTable(f"{source.name} has a header but no rows")
    names = named(text.layout.names, rows, lambda k: columns[k]().labels, source.name, text.said)
    makers: Makers = {name: columns[k] for k, name in enumerate(names) if name}
    lines = _Lines(text, rows)
    if not source.kept:
        lines.found()
    text.said += quotes.sentence(held, source.name, lines.place)
    in_parts = None if long is None else partial(long.parts, lines.place)
    return Table(makers, rows, source.name, (*source.said, *text.said), lines.place, in_parts)


def _by_arrow(text: Text) -> tuple[list[Any], int, Held]:
    import pyarrow as pa
    import pyarrow.csv

    found = text.layout
    bad: list[str] = []
    comments: list[str] = []

    def odd(row: Any) -> str:
        stripped = row.text.strip(" \t\x1a")
        (comments if stripped.startswith("#") else bad if stripped else []).append(row.text)
        return "skip"

    for block in (block_of(text), 1 << 28, 1 << 30):
        try:
            with bytes_of(text) as given:
                table = pa.csv.read_csv(given, *how_parsed(text, odd, block))
            break
        except pa.ArrowInvalid as problem:
            reason = str(problem)
            if "UTF8" in reason or "UTF-8" in reason:
                raise text.undecodable() from None
            if "Empty CSV file" in reason or "too short" in reason:
                return [None] * len(found.names), 0, []
            if ("straddling" not in reason and "block size" not in reason) or block == 1 << 30:
                raise TableError(f"{text.name} is not a table: {reason}") from None
            bad.clear()
            comments.clear()
        except UnicodeError:
            raise text.undecodable() from None
    if bad or swallowed(table):
        _refuse(text)
    if bad:
        return _one_by_one(text)
    text.say_skipped(len(comments))
    table, repeats = headers.without(table, found.header)
    text.say_repeated(repeats)
    columns = [partial(_words, table, k) for k in range(len(found.names))]
    return columns, table.num_rows, quotes.in_arrow(table, found.sep)


def _words(table: Any, k: int) -> Values:
    return of_arrow(table.column(k))


def _refuse(text: Text) -> None:
    """Raise the sentence on the first line with the wrong number of fields or a quote that is never closed, if any."""
    width, line = len(text.layout.names), 0
    fields: list[str] = []
    for line, fields in text.records():  # noqa: B007 - they are those of the line that ended the loop
        if text.layout.is_row(fields) and len(fields) != width:
            break
    if _unclosed(text, line):
        raise TableError(f"{text.name} is not a table: line {line} opens a quote that is never closed")
    if text.layout.is_row(fields) and len(fields) != width:
        raise TableError(
            f"{text.name} is not a table: line {line} has {len(fields)} fields, but the header has {width} (separated "
            f"by {_shown(text.layout.sep)})",
            "sep= says what else separates them, header= which line names the columns",
        )


def _unclosed(text: Text, line: int) -> bool:
    """Tell whether a quote that opens in a line is closed nowhere."""
    with text.lines() as lines:
        for _ in range(line - 1):
            next(lines)
        try:
            next(csv.reader(lines, delimiter=text.layout.sep, strict=True, skipinitialspace=True), None)
        except csv.Error as problem:
            return "unexpected end" in str(problem)
    return False


def _shown(sep: str) -> str:
    return {"\t": "tabs", " ": "spaces", ",": "commas", ";": "semicolons"}.get(sep, f"'{sep}'")


def _one_by_one(text: Text) -> tuple[list[Any], int, Held]:
    """Read rows as pyarrow cannot: fields between spaces, or quoted after a space."""
    layout = text.layout
    numbers: list[dict[str, int]] = [{} for _ in layout.names]
    codes: list[list[int]] = [[] for _ in layout.names]
    comments = repeats = rows = 0
    for _, fields in text.records():
        if headers.is_header(fields, layout.header):
            repeats += 1
            continue
        if not layout.is_row(fields):
            comments += bool(fields and fields[0].strip())
            continue
        if len(fields) != len(numbers):
            _refuse(text)
        for number, code, field in zip(numbers, codes, fields, strict=True):
            code.append(number.setdefault(field, len(number)))
        rows += 1
    text.say_skipped(comments)
    text.say_repeated(repeats)
    if rows and "\n" in list(numbers[-1])[codes[-1][-1]]:
        _refuse(text)
    columns = [Words(np.array(code, np.int64), tuple(number)) for code, number in zip(codes, numbers, strict=True)]
    return [partial(_held, words) for words in columns], rows, quotes.in_words(columns, layout.sep)


def _held(words: Words) -> Words:
    return words


class _Lines:
    """The rows' lines in the file, which are looked for when somebody asks."""

    def __init__(self, text: Text, rows: int) -> None:
        self.text, self.rows = text, rows
        self.lines: Any = None

    def found(self) -> Any:
        """Return every row's line."""
        if self.lines is None:
            skipped, is_row = self.text.layout.skipped, self.text.layout.is_row
            ends, last = 0, b"\n"
            with self.text.utf8() as file:
                while part := file.read(1 << 20):
                    ends, last = ends + part.count(b"\n"), part[-1:]
            if ends + (last != b"\n") - skipped == self.rows:  # no row takes two lines, and no line is blank
                self.lines = range(skipped + 1, skipped + 1 + self.rows)
            else:
                self.lines = np.fromiter((line for line, fields in self.text.records() if is_row(fields)), np.int64)
        return self.lines

    def place(self, row: int) -> str:
        """Say which row is meant, and its line."""
        try:
            return f"row {row} (counted from 0), line {self.found()[row]}"
        except (OSError, IndexError, TableError):
            return f"row {row} (counted from 0)"  # the file is not what it was
