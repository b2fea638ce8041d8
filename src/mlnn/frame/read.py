"""Tables from files: whatever a file is, told by its content and not by its name, becomes a ``Table``.

Rows are counted from 0 under the header; lines are counted from 1, as in an editor.
"""

import codecs
import glob
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from mlnn.frame.column import EmptyTable, TableError, quoted
from mlnn.frame.columnar import read_columns
from mlnn.frame.database import read_database
from mlnn.frame.naming import name_of
from mlnn.frame.reading import ASIDE, Reading
from mlnn.frame.records import read_json, read_workbook
from mlnn.frame.source import Source, shortened, source, too_large
from mlnn.frame.table import Table, Words, stacked
from mlnn.frame.text import read_text
from mlnn.frame.unpack import ZIP, unpacked

__all__ = ["Reading", "TableError", "read_bytes", "read_table"]

FOREIGN = {
    b"%PDF": "a PDF",
    b"<!DOCTYPE html": "a web page",
    b"<html": "a web page",
    b"<table": "a part of a web page",
    b"<?xml": "XML",
    b"\x89HDF": "HDF5",
    b"ORC": "ORC",
    b"Obj\x01": "Avro",
    b"\x93NUMPY": "a NumPy array",
    b"\x80\x04\x95": "a pickle",
    b"\x80\x05\x95": "a pickle",
    b"RDX": "R data",
    b"$FL2": "SPSS data",
    b"<stata": "Stata data",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
}
"""How files begin that people take for tables."""

BY_PROGRAMS = re.compile(r"_(SUCCESS|metadata|common_metadata|delta_log|temporary|committed|started)")
"""How programs begin the names of what they keep beside tables: nobody misses it among the rows."""

JSON = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*[\[{]|\{\s*["}]|\[\s*\])')


def read_table(path: str | os.PathLike[str], reading: Reading | None = None) -> Table:
    r"""Read a table: CSV and its relatives, Parquet, Arrow, JSON, workbooks, databases; also packed, also several.

    What a file is, is told by its content and not by its name. Text may be separated by commas, semicolons, tabs, bars,
    colons or spaces; all may be packed by gzip, bzip2, xz, zstd or zip. The cells of text stay the words that they
    are. ``table.said`` tells what was guessed or skipped.

    Parameters
    ----------
    path : path-like
        A file, a folder or a pattern such as ``part-*.csv`` (whose files have the same columns, and follow each other
        sorted by name), or "-" for standard input.
    reading : Reading, optional
        What is known of how to read it.

    Raises
    ------
    TableError
        If there is no such file, it holds no rows, it is no table, or what it takes to read it is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "people.csv")
    ...     _ = file.write_text("age; job\n39; clerk\nn/a; cook\n")
    ...     table = read_table(file)
    ...     table.names, table["age"].labels, table.where(1)
    (('age', 'job'), ('39', 'n/a'), 'row 1 (counted from 0), line 3')
    """
    reading = reading or Reading()
    path = os.fspath(path)
    with _needed(shortened(path)):
        if path != "-" and (_is_folder(path) or (glob.has_magic(path) and not os.path.lexists(path))):
            return _several(path, reading)
        return _one(source(path, reading.most_bytes), reading)


def read_bytes(content: bytes, name: str, reading: Reading | None = None) -> Table:
    r"""Read a table from the bytes of a file that is in memory, as ``read_table`` reads the file itself.

    Parameters
    ----------
    content : bytes
        The file's bytes.
    name : str
        What messages call it.
    reading : Reading, optional
        What is known of how to read it.

    Raises
    ------
    TableError
        As ``read_table`` does.

    Examples
    --------
    >>> read_bytes(b"age;job\n39;clerk\n", "people.csv").names
    ('age', 'job')
    """
    reading, name = reading or Reading(), shortened(name)
    if len(content) > reading.most_bytes:
        raise too_large(name, reading.most_bytes)
    with _needed(name):
        return _one(Source(name, lambda: io.BytesIO(content), kept=False), reading)


@contextmanager
def _needed(name: str) -> Iterator[None]:
    """Say in a sentence what is missing, or that memory is."""
    try:
        yield
    except ImportError as problem:
        raise TableError(f"reading {name} needs {problem.name}: pip install {problem.name}") from None
    except MemoryError:
        raise TableError(f"reading {name} takes more memory than there is") from None


def _several(path: str, reading: Reading) -> Table:
    """Read all files of a folder, or that fit a pattern."""
    folder = _is_folder(path)
    found = Path(path).rglob("*") if folder else map(Path, glob.glob(path, recursive=True))  # noqa: PTH207 - also /a/*
    inside = Path(path) if folder else Path()
    there = [each for each in sorted(found) if each.is_file()]
    files = [each for each in there if not (folder and _hidden(each, inside))]
    if not files:
        raise TableError(f"'{path}' has no files" if folder else f"no file fits '{path}'")
    aside = [each for each in files if folder and ASIDE.search(each.name)]
    aside = aside if len(aside) < len(files) else []
    tables, empty = dict[str, Table](), dict[str, EmptyTable]()
    for file in (each for each in files if each not in aside):
        try:
            tables[str(file)] = _part(file, inside, reading)
        except EmptyTable as problem:
            empty[file.name] = problem
    if not tables:
        raise next(iter(empty.values()))
    whole = next(iter(tables.values())) if len(tables) == 1 else stacked(tables, path)
    said = [f"{quoted([each.name for each in aside])} of '{path}' left out: no tables by their names"] if aside else []
    said += [f"{quoted(list(empty))} of '{path}' left out: without rows"] if empty else []
    kept_back = dict.fromkeys(name for each in there if (name := _kept_back(each, inside))) if folder else {}
    said += [f"{quoted(list(kept_back))} of '{path}' left out: so named, they are no data"] if kept_back else []
    return Table(whole.makers, whole.rows, whole.name, (*whole.said, *said), whole.place, whole.in_parts)


def would_be_read(file: str | os.PathLike[str], path: str) -> bool:
    """Tell whether reading a folder or a pattern would take a file that is to be written there."""
    written = Path(file).resolve()
    if glob.has_magic(path) and not os.path.lexists(path):
        return written.match(str(Path(path).resolve()))
    folder = Path(path).resolve()
    inside = _is_folder(path) and written.is_relative_to(folder)
    return inside and not _hidden(written, folder) and not ASIDE.search(written.name)


def _part(file: Path, inside: Path, reading: Reading) -> Table:
    """Read one file of several; folders called ``name=value`` between them and it are columns, as in Hive."""
    table = _one(source(str(file), reading.most_bytes), reading)
    folders = file.relative_to(inside).parts[:-1] if file.is_relative_to(inside) else file.parts[:-1]
    words = dict[str, str | None]()
    for name, equals, value in (folder.partition("=") for folder in folders):
        if equals and (called := name_of(unquote(name))) not in table:
            words.setdefault(called, None if value == "__HIVE_DEFAULT_PARTITION__" else unquote(value))
    return _with_words(table, words) if words else table


def _with_words(table: Table, words: Mapping[str, str | None]) -> Table:
    """Return a table with columns more, each of which holds one word, or nothing, in all rows."""
    makers = dict(table.makers)
    for name, word in words.items():
        codes = np.full(table.rows, -1 if word is None else 0, dtype=np.int64)
        makers[name] = partial(_constant, Words(codes, (word or "",)))

    def in_parts(names: Sequence[str], rows: int) -> Iterator[Table]:
        for part in table.only([name for name in names if name in table]).parts(rows):
            yield _with_words(part, {name: word for name, word in words.items() if name in names}).only(names)

    return Table(makers, table.rows, table.name, table.said, table.place, in_parts if table.in_parts else None)


def _constant(words: Words) -> Words:
    return words


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):  # no name of a file
        return False


def _hidden(file: Path, inside: Path) -> bool:
    """Tell files that are no part of the data, as Spark and macOS leave them."""
    parts = file.relative_to(inside).parts if file.is_relative_to(inside) else (file.name,)
    return any(part.startswith((".", "_")) for part in parts)


def _kept_back(file: Path, inside: Path) -> str:
    """Return the part of a file's name by which somebody may have kept it back; "" if only programs name files so."""
    parts = (part for part in file.relative_to(inside).parts if part.startswith("_"))
    return next((part for part in parts if not BY_PROGRAMS.match(part)), "")


LINE = 1 << 16
"""So long a first line may be that tells lines of lists."""


def _begins_with_list(source: Source) -> bool:
    """Tell lines of JSON that are lists: a header of CSV may begin with a bracket, but is no list as a whole."""
    first = source.head(LINE).removeprefix(codecs.BOM_UTF8).lstrip().partition(b"\n")[0]
    try:
        return first.startswith(b"[") and isinstance(json.loads(first), list)
    except (ValueError, RecursionError):
        return False


def _one(packed: Source, reading: Reading) -> Table:
    most = reading.most_bytes
    found = unpacked(packed, most, reading.table)
    head = found.head(512)
    if head.startswith((b"PAR1", b"ARROW1", b"\xff\xff\xff\xff", b"FEA1")):
        return read_columns(found, most)
    if head.startswith(b"SQLite format 3\0") or head[8:12] == b"DUCK":
        return read_database(found, reading.table, most)
    if head.startswith((ZIP, b"\xd0\xcf\x11\xe0")):
        return read_workbook(found, reading.table, reading.header, most)
    if reading.sep is None and (JSON.match(head) or _begins_with_list(found)):
        return read_json(found)
    for beginning, what in FOREIGN.items():
        if head.lstrip().lower().startswith(beginning.lower()):
            raise TableError(f"{found.name} is not a table that can be read here: it is {what}")
    return read_text(found, reading)
