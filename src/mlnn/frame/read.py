"""Tables: a file becomes a pandas frame, one of its columns the target, and every mistake one clear sentence.

Rows are counted from 0 under the header, as in the frame; lines are counted from 1, as in an editor.
"""

import bz2
import csv
import gzip
import io
import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlnn.frame.column import TableError, as_numbers, holds_numbers, quoted, refuse_missing, suggestion

__all__ = ["TableError", "read_table", "target_of", "task_of"]

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset({"", "?", "NA", "N/A", "<NA>", "NaN", "nan", "null", "NULL", "None"})
"""The cells of a text file that mean: nobody knows."""

SEPARATORS = (",", ";", "\t")

MOST_CLASSES = 20
"""Targets that are the whole numbers 0, 1, …, K − 1 are class numbers up to this K, beyond it they are counts."""


def read_table(path: str | os.PathLike[str], text: Collection[str] = ()) -> "pd.DataFrame":
    r"""Read a table with a header line: CSV, TSV or Parquet, also compressed.

    What a file is, is told by its content and not by its name: Parquet, or text in UTF-8 whose fields are separated by
    commas, semicolons or tabs; either may be packed by gzip, bzip2, xz, zip or zstd. In text files, spaces around a
    field are dropped, and the words of ``MISSING`` mean a missing value. A column of numbers becomes numeric, any
    other column stays text, ``true`` and ``false`` included.

    Parameters
    ----------
    path : path-like
        The file.
    text : collection of str
        Columns to leave as text even where every value looks like a number (``Preparation.text_columns`` at
        prediction, so that the category 007 stays 007).

    Raises
    ------
    TableError
        If there is no such file, it holds no rows, it is no table, or pandas (for Parquet, pyarrow) is missing.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "people.csv")
    ...     _ = file.write_text("age, job\n39, clerk\n?, cook\n")
    ...     read_table(file)
        age    job
    0  39.0  clerk
    1   NaN   cook
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise TableError(f"there is no file '{path}'") from None
    except IsADirectoryError:
        raise TableError(f"'{path}' is a directory, not a table") from None
    except (OSError, ValueError) as problem:
        raise TableError(f"'{path}' cannot be read: {getattr(problem, 'strerror', None) or problem}") from None
    content = _unpacked(content, path.name)
    parquet = len(content) > 8 and content[:4] == content[-4:] == b"PAR1"
    try:
        frame = _from_parquet(content, path.name) if parquet else _from_text(content, path.name, text)
    except ImportError as problem:
        raise TableError(f"reading {path.name} needs {problem.name or 'pandas'}, which is not installed") from None
    if len(frame) == 0:
        raise TableError(f"{path.name} has a header but no rows")
    frame.attrs["name"] = path.name
    return frame


def target_of(frame: "pd.DataFrame", column: str) -> tuple["pd.DataFrame", "pd.Series[Any]"]:
    """Split a table into its features and its target.

    Raises
    ------
    TableError
        If the column is not there, has missing values, or is the only one.

    Examples
    --------
    >>> import pandas
    >>> target_of(pandas.DataFrame({"age": [39], "income": [1]}), "incom")
    Traceback (most recent call last):
    ...
    mlnn.frame.column.TableError: column 'incom' is not in the table; did you mean 'income'?
    """
    name = frame.attrs.get("name", "the table")
    if column not in frame.columns:
        raise TableError(f"column '{column}' is not in {name}; {suggestion(column, [str(c) for c in frame.columns])}")
    target = frame[column]
    refuse_missing(target, f"the target '{column}' of {name}")
    if frame.shape[1] == 1:
        raise TableError(f"'{column}' is the only column of {name}, so no feature is left to predict it from")
    return frame.drop(columns=column), target


def task_of(target: "pd.Series[Any]") -> Literal["classification", "regression"]:
    """Tell whether a target holds classes or quantities.

    Text, categories and booleans are classes. Numbers are quantities, with two exceptions: there are only two
    different ones (0 and 1, 1 and 2, −1 and 1), or they are exactly 0, 1, …, K − 1 with K ≤ 20, as class numbers are.
    So grades from 3 to 8 are quantities; whoever wants them as classes says so.

    Raises
    ------
    TableError
        If all values are the same, or they are neither numbers nor text.

    Examples
    --------
    >>> import pandas
    >>> task_of(pandas.Series([1, 2, 2])), task_of(pandas.Series([0, 1, 2])), task_of(pandas.Series([3, 5, 8]))
    ('classification', 'classification', 'regression')
    """
    name = str(target.name)
    quantities = holds_numbers(target, name)
    different = target.drop_duplicates()
    if len(different) == 1:
        raise TableError(f"the target '{name}' has only one class or value, {different.iloc[0]!s}: nothing to learn")
    if not quantities:
        return "classification"
    numbers = np.sort(as_numbers(different, name))
    numbered = len(numbers) <= MOST_CLASSES and bool((numbers == np.arange(len(numbers))).all())
    return "classification" if numbered or len(numbers) == 2 else "regression"


def _unzipped(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = [file for file in archive.infolist() if not file.is_dir()]
        if len(files) != 1:
            raise ValueError(f"it holds {len(files)} files instead of one")
        return archive.read(files[0])


def _unzstd(content: bytes) -> bytes:
    import pyarrow

    with pyarrow.input_stream(pyarrow.BufferReader(content), compression="zstd") as stream:
        return bytes(stream.read())


PACKINGS: dict[bytes, Callable[[bytes], bytes]] = {
    rb"\x1f\x8b": gzip.decompress,
    rb"BZh[1-9]1AY&SY": bz2.decompress,
    rb"\xfd7zXZ\x00": lzma.decompress,
    rb"PK\x03\x04": _unzipped,
    rb"\x28\xb5\x2f\xfd": _unzstd,
}
"""How packed files begin, and how to unpack them."""


def _unpacked(content: bytes, name: str) -> bytes:
    """Return the content, decompressed if it is compressed."""
    for beginning, unpack in PACKINGS.items():
        if re.match(beginning, content):
            try:
                return unpack(content)
            except ImportError as problem:
                raise TableError(f"unpacking {name} needs {problem.name}, which is not installed") from None
            except (OSError, EOFError, ValueError, RuntimeError, lzma.LZMAError, zlib.error, zipfile.BadZipFile) as why:
                raise TableError(f"{name} is packed, but cannot be unpacked: {why}") from None
    return content


def _from_parquet(content: bytes, name: str) -> "pd.DataFrame":
    import pandas as pd
    import pyarrow

    try:
        frame = pd.read_parquet(io.BytesIO(content), engine="pyarrow").reset_index(drop=True)
    except (pyarrow.ArrowException, OSError, ValueError) as problem:
        reason = " ".join(str(problem).split())
        raise TableError(f"{name} is damaged Parquet: {reason}") from None
    frame.columns = pd.Index(_checked_header([str(column) for column in frame.columns], name))
    return frame


def _from_text(content: bytes, name: str, text: Collection[str]) -> "pd.DataFrame":
    import pandas as pd

    try:
        lines = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise TableError(f"{name} is not a table: it is neither Parquet nor text in UTF-8 (line {line})") from None
    if "\0" in lines:
        raise TableError(f"{name} is not a table: it is neither Parquet nor text")
    if not lines.strip():
        raise TableError(f"{name} is empty")
    header, separator = _header(lines, name)
    cells = pd.read_csv(
        io.StringIO(lines),
        sep=separator,
        names=header,
        header=0,
        index_col=False,
        dtype=str,
        na_filter=False,
        skipinitialspace=True,
    )
    return pd.DataFrame({column: _typed(cells[column], column in text) for column in header})


def _typed(cells: "pd.Series[Any]", text: bool) -> "pd.Series[Any]":
    """Return cells of text as numbers if all of them are, with missing values where the words say so."""
    import pandas as pd

    cells = cells.str.strip()
    cells = cells.mask(cells.isin(list(MISSING)))
    try:
        return cells if text else pd.to_numeric(cells)
    except ValueError:
        return cells


def _header(lines: str, name: str) -> tuple[list[str], str]:
    """Return the column names and the separator, after checking that every row has as many fields as the header."""
    first = next(line for line in lines.split("\n") if line.strip())
    separator = max(SEPARATORS, key=lambda each: len(next(csv.reader([first], delimiter=each), [])))
    reader = csv.reader(io.StringIO(lines), delimiter=separator, skipinitialspace=True, strict=True)
    header: list[str] = []
    try:
        for row in reader:
            if len(row) <= 1 and not "".join(row).strip():
                continue  # a blank line
            header = header or _checked_header([field.strip() for field in row], name)
            if len(row) != len(header):
                wrong = f"line {reader.line_num} has {len(row)} fields, but the header has {len(header)}"
                raise TableError(f"{name} is not a table: {wrong}")
    except csv.Error as problem:
        raise TableError(f"{name} is not a table: line {reader.line_num}: {problem}") from None
    return header, separator


def _checked_header(names: list[str], file: str) -> list[str]:
    """Return the column names if they can serve as such."""
    if all(re.fullmatch(r"[-+]?\d*\.?\d+([eE][-+]?\d+)?", name) for name in names) and names != list(
        map(str, range(len(names)))
    ):
        raise TableError(f"{file} needs a header line with column names, but its first line holds numbers")
    if "" in names:
        raise TableError(f"column {names.index('') + 1} of {file} has no name in the header line")
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise TableError(f"{file} has more than one column named {quoted(twice)}")
    return names
