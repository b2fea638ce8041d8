"""Tables to files, in pieces: CSV, Parquet, Arrow, JSON."""

import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

import numpy as np

from mlnn.frame.column import TableError
from mlnn.frame.frames import one_column
from mlnn.frame.numbered import plain_number
from mlnn.frame.pack import packing, refuse_packed, unpacked_name
from mlnn.frame.printable import json_text, printable_lines
from mlnn.frame.pruned import pruned
from mlnn.frame.replacing import PathLike, replacing
from mlnn.frame.values import Unusable, Values, Words, taken

Writer: TypeAlias = Callable[[IO[bytes], Iterable[Mapping[str, Any]], bool], int]
"""Writes pieces of a table into a file, formulas as they are if so told, and counts what got an apostrophe."""

PIECE = 1 << 16
"""So many rows are written at a time."""

SPECIAL = re.compile(r'["\r\n]|^ | $')
FORMULA = re.compile(r"[=+\-@\t\r\n]")
HARMLESS = re.compile(
    r"[-+]?(?=[., ']*\d)[\d.,' ]++(e[-+]?\d++)?\s*+[^\W\d_]*+([%‰°²³€$£¥][^\W\d_]*+)?|[-+]+", re.IGNORECASE
)
"""A number, with a unit or without, and signs alone: nothing that a spreadsheet would run. Nothing is tried twice: a
stranger's cell may be long."""


def write(
    path: PathLike,
    pieces: Iterable[Mapping[str, Any]],
    form: str | None = None,
    formulas: bool = False,
    used: Iterable[PathLike] = (),
) -> int:
    r"""Write a table that comes in pieces; an existing file is replaced only when the new one is whole.

    Parameters
    ----------
    path : path-like
        The file, or "-" for standard output. Its name's end tells the format: .csv, .tsv, .parquet, .arrow or .feather,
        .jsonl or .json; any of those of text followed by .gz, .bz2, .xz or .zip is packed; of another name it is CSV.
    pieces : iterable of mappings
        Some rows each: columns of the same names and kinds.
    form : str, optional
        The format, if the name does not tell it.
    formulas : bool
        Whether text that begins like a formula (with =, +, -, @, a tab or a line end, and is no number) is written to
        CSV as it is. Otherwise an apostrophe is put before it, so that no spreadsheet runs what a stranger wrote.
    used : iterable of path-like
        What is read, or written too: ``path`` must be none of it.

    Returns
    -------
    protected : int
        Before how many cells and names of columns an apostrophe was put.

    Raises
    ------
    TableError
        If a column cannot be written in that format, or what it takes is not installed.
    OSError
        If the file cannot be written; an old one is as it was then.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "new.csv")
    ...     write(file, [{"age": [39, 40], "name": ["=cmd", "Ann"]}]), file.read_text()
    (1, "age,name\n39,'=cmd\n40,Ann\n")
    """
    name, packed, into = written_as(path, form)
    with ExitStack() as stack:
        file = stack.enter_context(replacing(path, used))
        file = cast(IO[bytes], _Terminal(file)) if file.isatty() and into in TEXT else file
        file = packing(file, name, packed, stack) if packed else file
        checked = ({each: one_column(values, each) for each, values in piece.items()} for piece in pieces)
        try:
            return into(file, map(_usable, checked), formulas)
        except ImportError as problem:
            raise TableError(f"writing '{path}' needs {problem.name}: pip install {problem.name}") from None


def written_as(path: PathLike, form: str | None = None) -> tuple[str, str, Writer]:
    """Return a table's name without the end that tells how it is packed, that end, and what writes it.

    Raises
    ------
    TableError
        If nothing does: a face asks before any work.
    """
    name, packed = unpacked_name(str(path))
    end = (form or name.rpartition(".")[2]).lower().lstrip(".")
    into = WRITERS.get(end, _csv)
    if end in WORKBOOKS:
        raise TableError(f"cannot write '{path}': a workbook is no format to write; .csv opens in spreadsheets too")
    if end in STORES | PAGES and end != name:
        known = ", ".join(f".{each}" for each in WRITERS)
        raise TableError(f"cannot write '{path}': .{end} is no format to write; there are {known}")
    if packed and into not in TEXT:
        raise TableError(f"cannot write '{path}': .{end} is packed by itself; leave {packed} out")
    return name, packed, into


def refuse_tables(path: str, what: str) -> None:
    """Refuse a name that tells of a table, or of a packing, of what is neither.

    Raises
    ------
    TableError
        If it does so.
    """
    refuse_packed(path)
    end = Path(path).suffix.lower()
    if end.lstrip(".") in (*WRITERS, *WORKBOOKS):
        raise TableError(f"cannot write '{path}': {what} is no table, as {end} says")


def pieces(columns: Mapping[str, Values], size: int = PIECE) -> Iterator[dict[str, Values]]:
    """Return columns in pieces of so many rows."""
    rows = max(map(len, columns.values()), default=0)
    for start in range(0, rows, size):
        yield {name: _piece(values, slice(start, start + size)) for name, values in columns.items()}


def _piece(values: Values, rows: slice) -> Values:
    """Return some rows of a column, of text with no other labels than theirs: they are read with every piece."""
    return pruned(taken(values, rows))


class _Terminal(io.RawIOBase):
    """Shows on a terminal what files and pipes get as it is: no character in it commands."""

    def __init__(self, terminal: IO[bytes]) -> None:
        self.terminal = terminal

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, lines: Any) -> int:
        """Show some lines."""
        self.terminal.write(printable_lines(bytes(lines).decode()).encode())
        return len(lines)


def _usable(piece: Mapping[str, Values]) -> Mapping[str, Any]:
    for name, values in piece.items():
        if isinstance(values, Unusable):
            raise TableError(f"column '{name}' holds {values.what}, which cannot be written")
    return piece


def _csv(file: IO[bytes], pieces: Iterable[Mapping[str, Any]], formulas: bool, sep: str = ",") -> int:
    protected = 0

    def safe(text: str) -> str:
        nonlocal protected
        if not formulas and FORMULA.match(text) and not HARMLESS.fullmatch(text):
            protected += 1
            text = f"'{text}"
        return '"' + text.replace('"', '""') + '"' if SPECIAL.search(text) or sep in text else text

    for number, piece in enumerate(pieces):
        lines = zip(*(_texts(values, safe) for values in piece.values()), strict=True)
        header = [] if number else [tuple(map(safe, piece))]
        file.write("".join((sep.join(line) or '""') + "\n" for line in (*header, *lines)).encode())
    return protected


def _tsv(file: IO[bytes], pieces: Iterable[Mapping[str, Any]], formulas: bool) -> int:
    return _csv(file, pieces, formulas, "\t")


def _texts(values: Values, safe: Callable[[str], str]) -> list[str]:
    """Return a column's cells as text; what is missing is empty."""
    if isinstance(values, Words):
        return ["" if code < 0 else safe(values.labels[code]) for code in values.codes.tolist()]
    return ["" if cell is None else str(cell) for cell in _cells(values)]


def _cells(values: Any) -> list[Any]:
    """Return a column's cells as plain Python objects, times as text in ISO 8601; None where they are missing."""
    if isinstance(values, Words):
        kinds: dict[str, Callable[[str], Any]] = {"boolean": "True".__eq__, "number": plain_number, "whole": int}
        read = kinds.get(values.kind, str)
        labels = [read(label) for label in values.labels]
        return [None if code < 0 else labels[code] for code in values.codes.tolist()]
    if values.dtype.kind == "M":
        gaps = np.isnat(values)
        return [None if gap else text for gap, text in zip(gaps, np.datetime_as_string(values).tolist(), strict=True)]
    if values.dtype.kind == "m":
        seconds = values / np.timedelta64(1, "s")
        return [None if math.isnan(each) else each for each in seconds.tolist()]
    if values.dtype.kind == "f" and values.dtype.itemsize < 8:  # 0.1 of 32 bits is 0.1, not 0.10000000149
        return [None if each == "nan" else float(each) for each in map(str, values)]
    return [None if cell != cell else cell for cell in values.tolist()]


def _json_lines(file: IO[bytes], pieces: Iterable[Mapping[str, Any]], _: bool) -> int:
    for piece in pieces:
        file.write("".join(f"{row}\n" for row in _records(piece)).encode())
    return 0


def _json(file: IO[bytes], pieces: Iterable[Mapping[str, Any]], _: bool) -> int:
    before = "["
    for piece in pieces:
        for row in _records(piece):
            file.write(f"{before}{row}".encode())
            before = ",\n"
    file.write(b"[]\n" if before == "[" else b"]\n")
    return 0


def _records(piece: Mapping[str, Any]) -> Iterator[str]:
    columns = [
        [None if isinstance(cell, float) and math.isinf(cell) else cell for cell in _cells(values)]
        for values in piece.values()
    ]
    for row in zip(*columns, strict=True):
        yield json_text(dict(zip(piece, row, strict=True)))


def _parquet(file: IO[bytes], pieces: Iterable[Mapping[str, Any]], _: bool) -> int:
    import pyarrow.parquet as pq

    return _by_batches(pieces, lambda schema: pq.ParquetWriter(file, schema))


def _arrow(file: IO[bytes], pieces: Iterable[Mapping[str, Any]], _: bool) -> int:
    import pyarrow as pa

    return _by_batches(pieces, lambda schema: pa.ipc.new_file(file, schema))


def _by_batches(pieces: Iterable[Mapping[str, Any]], opened: Callable[[Any], Any]) -> int:
    """Write pieces of columns by what a schema opens; the first piece's types are everybody's."""
    import pyarrow as pa

    writer = None
    try:
        for piece in pieces:
            table = pa.table({name: _arrow_column(values) for name, values in piece.items()})
            writer = writer or opened(table.schema)
            writer.write_table(table.cast(writer.schema if hasattr(writer, "schema") else table.schema))
    finally:
        if writer is not None:
            writer.close()
    return 0


def _arrow_column(values: Any) -> Any:
    import pyarrow as pa

    if isinstance(values, Words):
        cells = _cells(values)
        types = {"boolean": pa.bool_(), "number": pa.float64(), "whole": pa.int64()}
        return pa.array(cells, types.get(values.kind, pa.large_string()))
    return pa.array(values, from_pandas=True)


WRITERS: dict[str, Writer] = {
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
    "jsonl": _json_lines,
    "ndjson": _json_lines,
    "parquet": _parquet,
    "pq": _parquet,
    "arrow": _arrow,
    "feather": _arrow,
}

WORKBOOKS = ("xlsx", "xls", "ods")

STORES = {"avro", "db", "dta", "duckdb", "h5", "hdf5", "npy", "npz", "orc", "pickle", "pkl", "rds", "sav", "sqlite"}
PAGES = {"htm", "html", "mlnn", "pdf", "png", "svg", "xml", "yaml"}
"""Endings that promise another format; a name with any other end, or none, gets CSV."""

TEXT = (_csv, _tsv, _json, _json_lines)
"""What writes text, which can be packed, and shown on a terminal."""
