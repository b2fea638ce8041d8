"""Tables of JSON (records, lines of records, columns) and of workbooks."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, reduce
from typing import Any

from mlnn.frame.column import EmptyTable, TableError, label, quoted
from mlnn.frame.database import chosen
from mlnn.frame.frames import Makers
from mlnn.frame.layout import named
from mlnn.frame.naming import name_of, unique
from mlnn.frame.probe import cells_of
from mlnn.frame.source import Source, too_large
from mlnn.frame.table import Table
from mlnn.frame.unpack import ZIP
from mlnn.frame.values import Values, of_objects


def read_json(source: Source) -> Table:
    """Read a list of records, lines of one record each, or columns by name; rows may be lists under one of names.

    Raises
    ------
    TableError
        If it is none of these: the line, and what is wrong there.
    """
    lines: Sequence[int] | None = None
    said: list[str] = []
    try:
        text = source.content().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TableError(f"{source.name} is JSON, but not in UTF-8") from None
    loads = partial(json.loads, object_pairs_hook=partial(_once, source.name))
    try:
        content = loads(text)
    except RecursionError:
        raise TableError(f"{source.name} is JSON, but too deeply nested for a table") from None
    except TableError:
        raise
    except ValueError as whole:
        content, lines = _lines(text, source.name, whole, loads)
    if _is_split(content):
        columns = _under_header(content["columns"], content["data"], source.name, said, 1)
        said += _unused(content.get("index") or ())
    elif isinstance(content, Mapping) and content and all(isinstance(each, (list, dict)) for each in content.values()):
        columns = _by_name(content, said)
    elif isinstance(content, Mapping):
        columns = {name: [value] for name, value in content.items()}
    elif isinstance(content, list) and all(isinstance(row, dict) for row in content):
        names = dict.fromkeys(name for row in content for name in row)
        columns = {name: [row.get(name) for row in content] for name in names}
    elif isinstance(content, list) and all(isinstance(row, list) for row in content) and content:
        columns = _under_header(content[0], content[1:], source.name, said)
        lines = lines and lines[1:]
    else:
        expected = "a list of records or rows, lines of them, or columns by name"
        raise TableError(f"{source.name} is JSON, but not {expected}")
    return _of_lists(columns, source, lines, said)


def _once(name: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, in which no name may stand twice: the first value would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        unique([key for key, _ in pairs], f"an object of {name}")
    return found


def _is_split(content: Any) -> bool:
    """Tell names of columns beside rows, as pandas writes them, from columns that are called so."""
    if not isinstance(content, Mapping) or not {"columns", "data"} <= content.keys() <= {*SPLIT}:
        return False
    names, rows = content["columns"], content["data"]
    return isinstance(names, list) and isinstance(rows, list) and all(isinstance(row, list) for row in rows)


SPLIT = ("columns", "data", "index", "schema")
"""What such an object holds."""


def _by_name(content: Mapping[str, list[Any] | dict[str, Any]], said: list[str]) -> dict[str, list[Any]]:
    """Return columns by name; where the cells have names as well, those of one name are one row."""
    rows = dict.fromkeys(row for each in content.values() if isinstance(each, dict) for row in each)
    said += _unused(rows)
    return {name: [each.get(row) for row in rows] if isinstance(each, dict) else each for name, each in content.items()}


def _unused(rows: Iterable[Any]) -> list[str]:
    """Say that rows have names that are in no column, unless they are but numbers."""
    called = next((each for each in rows if not re.fullmatch("-?[0-9]+", label(each))), None)
    if called is None:
        return []
    return [f"the names of the rows, such as '{label(called)}', are not used: write them as a column to keep them"]


def _lines(text: str, name: str, whole: ValueError, loads: Callable[[str], Any]) -> tuple[list[Any], list[int]]:
    """Return the records of lines, and their lines."""
    records, numbers = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                records.append(loads(line))
            except TableError as problem:
                raise TableError(f"{problem} in line {number}") from None
            except RecursionError:
                raise TableError(f"{name} is JSON, but line {number} is too deeply nested for a table") from None
            except ValueError as problem:
                told = problem if records else whole
                where = f"line {number}: " if records else ""
                raise TableError(f"{name} is damaged JSON: {where}{told}") from None
            numbers.append(number)
    return records, numbers


def _under_header(
    header: Sequence[Any], body: Sequence[Sequence[Any]], name: str, said: list[str], first: int = 2
) -> dict[str, list[Any]]:
    """Return rows under a row of names as columns; what columns without a name are called is said."""
    if any(isinstance(each, (list, dict)) for each in header):
        raise TableError(f"{name} is not a table: columns must have a name each, but one has a list or an object")
    wrong = next((k for k, row in enumerate(body) if len(row) != len(header)), None)
    if wrong is not None:
        counts = f"{len(body[wrong])} fields, but the header has {len(header)}"
        raise TableError(f"{name} is not a table: row {wrong + first} has {counts}")

    def cells(k: int) -> set[str]:
        return {"" if row[k] is None else label(row[k]) for row in body}

    called = [name_of("" if each is None else label(each)) for each in header]
    names = named(called, len(body), cells, name, said)
    unique([each for each in names if each], name)
    return {each: [row[k] for row in body] for k, each in enumerate(names) if each}


def _of_lists(
    columns: Mapping[str, list[Any]], source: Source, lines: Sequence[int] | None, said: Iterable[str] = ()
) -> Table:
    names = [name_of(name) for name in columns]
    unique(names, source.name)
    sizes = {len(values) for values in columns.values()}
    if len(sizes) > 1:
        raise TableError(f"the columns of {source.name} must be equally long, but they have {sorted(sizes)} rows")
    rows = max(sizes, default=0)
    if not rows:
        raise EmptyTable(f"{source.name} has no rows")
    values = {name: of_objects(each) for name, each in zip(names, columns.values(), strict=True)}
    makers: Makers = {name: partial(_held, each) for name, each in values.items()}
    place = None if lines is None else lambda row: f"row {row} (counted from 0), line {lines[row]}"
    return Table(makers, rows, source.name, (*source.said, *said), place)


def _held(values: Values) -> Values:
    return values


CELL = 32
"""Bytes that a cell of a workbook takes in memory, be it empty."""

UNKNOWN = "whose values were never stored, so that they are empty: open and save it in a spreadsheet"
"""Why nobody knows what a formula comes to."""

PLACE = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')


UNSTORED = re.compile(rb"<c(?: (?:r|s)=\"[^\">]*\")*><f[^<>]*>[^<]*</f>(?:<v ?/>|<v></v>)?</c>")
"""A formula without its value, as programs write it that do not calculate; a text that is empty has a type."""


def _cells(archive: zipfile.ZipFile) -> tuple[int, bool]:
    """Return how many cells the largest sheet of a workbook has up to its last row and column, as the file says.

    And whether some hold formulas without their values.

    Raises
    ------
    zipfile.BadZipFile
        If an entry holds more than it says.
    """
    most, unstored = 0, False
    for entry in archive.infolist():
        rows = columns = 0
        with archive.open(entry) as file:  # to the end, so that a wrong size shows
            rest = b""
            while part := file.read(1 << 20):
                if re.fullmatch(r"xl/worksheets/[^/]+\.xml", entry.filename):
                    for letters, number in PLACE.findall(rest + part):
                        rows = max(rows, int(number))
                        columns = max(columns, reduce(lambda k, letter: 26 * k + letter - 64, letters, 0))
                    unstored = unstored or bool(UNSTORED.search(rest + part))
                    rest = part[-20:]
        most = max(most, rows * columns)
    return most, unstored


def _as_shown(cell: Any) -> Any:
    """Return a cell of a workbook, which knows no whole numbers, as it is shown there: 1001.0 as 1001."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= 2.0**53:
        return int(cell)
    return None if cell == "" else cell


def read_workbook(source: Source, wanted: str | None, header: int | None, most: int) -> Table:
    """Read a sheet of a workbook (.xlsx, .xlsb, .xls, .ods): the one that is named, or the first that is not empty.

    Raises
    ------
    TableError
        If it is broken, or there is no such sheet.
    """
    try:
        import python_calamine as calamine
    except ImportError:
        raise TableError(f"reading {source.name} needs python-calamine: pip install python-calamine") from None
    content = source.content()
    broken = f"{source.name} is a broken workbook"
    try:
        size, counted, unstored = 0, False, False
        if content.startswith(ZIP):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(each.file_size for each in archive.infolist()) > most:
                    raise too_large(source.name, most)
                size, unstored = _cells(archive)
                parts = {each.lower() for each in archive.namelist()}
                counted = "xl/workbook.xml" in parts and not parts & {"xl/workbook.bin", "content.xml"}
        if size <= most // CELL and not counted:
            size = cells_of(content, source.name, most)
        if size > most // CELL:
            raise too_large(source.name, most)
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = book.sheet_names
        name = chosen(sheets, wanted, source.name) if wanted is not None else None
        for each in [name] if name is not None else sheets:
            rows = book.get_sheet_by_name(each).to_python(skip_empty_area=False)
            name = each
            if any(cell != "" for row in rows for cell in row):
                break
    except TableError:
        raise
    except Exception as problem:
        raise TableError(f"{broken}: {' '.join(str(problem).split())[:150]}") from None
    said = (
        [f"sheet '{name}' of {source.name} was read, of {quoted(sheets)}"] if len(sheets) > 1 and wanted is None else []
    )
    said += [f"some cells of {source.name} hold formulas {UNKNOWN}"] if unstored else []
    numbered = [(number, row) for number, row in enumerate(rows, 1) if any(cell != "" for cell in row)]
    numbered = [each for each in numbered if each[0] >= (header or 1)]
    if not numbered:
        raise EmptyTable(f"{source.name} is empty")
    width = [k for k in range(len(numbered[0][1])) if any(row[k] != "" for _, row in numbered)]
    cells = [[_as_shown(row[k]) for k in width] for _, row in numbered]
    if header == 0:
        columns = {f"x{k}": list(column) for k, column in enumerate(zip(*cells, strict=True))}
        lines = [number for number, _ in numbered]
    else:
        columns, lines = _under_header(cells[0], cells[1:], source.name, said), [number for number, _ in numbered[1:]]
    return _of_lists(columns, source, lines, said)
