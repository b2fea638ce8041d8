"""Tables of text: CSV and its relatives. Cells stay the words that they are; what they mean is told elsewhere."""

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import IO, Any, TypeAlias

import numpy as np

from mlnn.frame import headers, quotes
from mlnn.frame.column import EmptyTable, TableError
from mlnn.frame.frames import Makers
from mlnn.frame.layout import Layout, encoding_of, layout, named, wrong_encoding
from mlnn.frame.naming import unique
from mlnn.frame.reading import Reading
from mlnn.frame.source import Source
from mlnn.frame.table import Table
from mlnn.frame.values import Values, Words, of_arrow

SAMPLE = 1 << 18
"""So many bytes tell how a file is laid out, and more only if its lines are long."""


def read_text(source: Source, reading: Reading) -> Table:
    """Read a table of text.

    Raises
    ------
    TableError
        If it is no table: the line, and what is wrong there.
    """
    text = _Text(source, reading)
    try:
        import pyarrow as pa
    except ImportError:
        pa = None
    fast = pa is not None and not text.layout.spaced and text.layout.sep.isascii()
    columns, rows, held = (_by_arrow if fast else _one_by_one)(text)
    if not rows:
        raise EmptyTable(f"{source.name} has a header but no rows")
    names = named(text.layout.names, rows, lambda k: columns[k]().labels, source.name, text.said)
    makers: Makers = {name: columns[k] for k, name in enumerate(names) if name}
    lines = _Lines(text, rows)
    if not source.kept:
        lines.found()
    text.said += quotes.sentence(held, source.name, lines.place)
    return Table(makers, rows, source.name, (*source.said, *text.said), lines.place)


class _Text:
    """A source as text."""

    def __init__(self, source: Source, reading: Reading) -> None:
        self.source, self.name = source, source.name
        size = SAMPLE
        while True:
            head = source.head(size)
            whole = len(head) < size
            self.encoding = encoding_of(head, reading, self.name)
            sample = self._decoded(head, whole)
            if whole or size >= 1 << 26 or sample.count("\n") + sample.count("\r") > 4:
                break
            size *= 8
        self.layout: Layout = layout(sample, whole, reading, self.name)
        unique([name for name in self.layout.names if name], self.name)
        self.said = list(self.layout.said)

    def _decoded(self, head: bytes, whole: bool) -> str:
        try:
            return codecs.getincrementaldecoder(self.encoding)().decode(head, final=whole)
        except UnicodeError:
            raise self.undecodable() from None

    def say_skipped(self, comments: int) -> None:
        """Say how many comments there were."""
        if comments:
            lines = "1 line" if comments == 1 else f"{comments} lines"
            self.said.append(f"{lines} of {self.name} skipped, beginning with #")

    def say_repeated(self, repeats: int) -> None:
        """Say how many lines repeat the header."""
        if repeats:
            first = next(line for line, fields in self.records() if headers.is_header(fields, self.layout.header))
            self.said.append(headers.sentence(repeats, first, self.name))

    def undecodable(self) -> TableError:
        """Return the sentence on the first line that is not in the encoding."""
        line = 0
        with self.source.open() as file:
            for line, content in enumerate(file, 1):
                try:
                    content.decode(self.encoding)
                except UnicodeError as problem:
                    start = getattr(problem, "start", 0)
                    return wrong_encoding(self.name, self.encoding, line, content[max(start - 8, 0) : start + 12])
        return wrong_encoding(self.name, self.encoding, line, b"")

    @contextmanager
    def lines(self) -> Iterator[IO[str]]:
        """Give the lines, with their ends."""
        with self.source.open() as file, io.TextIOWrapper(file, self.encoding, newline="") as text:
            yield text

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """Return every row's line and its fields, those of blank lines and comments too."""
        skipped = self.layout.skipped
        try:
            with self.lines() as lines:
                for _ in range(skipped):
                    next(lines, None)
                for line, fields in self.layout.records(lines):
                    yield line + skipped, fields
        except UnicodeError:
            raise self.undecodable() from None

    @contextmanager
    def utf8(self) -> Iterator[Any]:
        """Give the bytes in UTF-8."""
        if self.encoding.lower().replace("_", "-") in ("utf-8", "utf-8-sig", "utf8", "ascii"):
            with self.source.open() as file:
                yield file
        else:
            with self.lines() as text:
                yield _Recoded(text)


class _Recoded(io.RawIOBase):
    """Text as bytes in UTF-8."""

    def __init__(self, text: IO[str]) -> None:
        self.text = text

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read some bytes, a few more than asked for are never returned: a character has four at most."""
        return self.text.read(-1 if size < 0 else max(size // 4, 1)).encode()


Held: TypeAlias = list[tuple[int, int]]
"""The rows that have a cell which holds lines like rows, and how many."""


def _by_arrow(text: _Text) -> tuple[list[Any], int, Held]:
    import pyarrow as pa
    import pyarrow.csv

    found = text.layout
    bad: list[str] = []
    comments: list[str] = []

    def odd(row: Any) -> str:
        stripped = row.text.strip(" \t\x1a")
        (comments if stripped.startswith("#") else bad if stripped else []).append(row.text)
        return "skip"

    names = [f"{k}" for k in range(len(found.names))]
    convert = pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    parse = pa.csv.ParseOptions(
        delimiter=found.sep,
        escape_char="\\" if found.escaped else False,
        newlines_in_values=True,
        invalid_row_handler=odd,
    )
    for block in (max(1 << 22, len(names) << 12), 1 << 28, 1 << 30):  # columns in many short parts are slow
        read = pa.csv.ReadOptions(column_names=names, skip_rows=found.skipped, block_size=block)
        try:
            with text.utf8() as file:
                plain = text.source.path if type(file) is io.BufferedReader else None
                with pa.OSFile(plain) if plain else pa.PythonFile(file, "r") as given:
                    table = pa.csv.read_csv(given, read, parse, convert)
            break
        except pa.ArrowInvalid as problem:
            reason = str(problem)
            if "UTF8" in reason or "UTF-8" in reason:
                raise text.undecodable() from None
            if "Empty CSV file" in reason or "too short" in reason:
                return [None] * len(names), 0, []
            if ("straddling" not in reason and "block size" not in reason) or block == 1 << 30:
                raise TableError(f"{text.name} is not a table: {reason}") from None
            bad.clear()
            comments.clear()
        except UnicodeError:
            raise text.undecodable() from None
    if bad or _swallowed(table):
        _refuse(text)
    if bad:
        return _one_by_one(text)
    text.say_skipped(len(comments))
    table, repeats = headers.without(table, found.header)
    text.say_repeated(repeats)
    return [partial(_words, table, k) for k in range(len(names))], table.num_rows, quotes.in_arrow(table, found.sep)


def _words(table: Any, k: int) -> Values:
    return of_arrow(table.column(k))


def _swallowed(table: Any) -> bool:
    """Tell whether the last cell holds line ends, as where a quote is never closed."""
    return bool(table.num_rows) and "\n" in table.column(table.num_columns - 1)[-1].as_py()


def _refuse(text: _Text) -> None:
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


def _unclosed(text: _Text, line: int) -> bool:
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


def _one_by_one(text: _Text) -> tuple[list[Any], int, Held]:
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

    def __init__(self, text: _Text, rows: int) -> None:
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
