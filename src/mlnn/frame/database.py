"""Tables of databases: SQLite and DuckDB files, opened for reading alone."""

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mlnn.frame.column import TableError, quoted, suggestion
from mlnn.frame.frames import Makers, name_of, unique
from mlnn.frame.source import Source, too_large
from mlnn.frame.table import Table
from mlnn.frame.values import Values, of_arrow, of_objects


def read_database(source: Source, wanted: str | None, most: int) -> Table:
    """Read a table or view of a database.

    Raises
    ------
    TableError
        If it is damaged or in use, or it has several tables and none is named.
    """
    if source.path is None:
        raise TableError(
            f"{source.name} is a database: it can be read from a file alone, neither packed nor from a pipe"
        )
    lite = source.head(6) == b"SQLite"
    names, columns, rows, column = (_sqlite if lite else _duckdb)(source.path, source.name, wanted, most)
    unique(names, source.name)
    if not rows:
        raise TableError(f"{source.name} has a header but no rows")
    makers: Makers = {name: partial(column, each) for name, each in zip(names, columns, strict=True)}
    return Table(makers, rows, source.name, source.said)


Opened = tuple[list[str], list[str], int, Callable[[str], Values]]


def chosen(tables: Sequence[str], wanted: str | None, what: str) -> str:
    """Return the table that is meant.

    Raises
    ------
    TableError
        If it is not there, or there are several and none is named.
    """
    if wanted is not None and wanted not in tables:
        raise TableError(f"{what} has no table '{wanted}'; {suggestion(wanted, tables)}")
    if wanted is None and len(tables) != 1:
        if not tables:
            raise TableError(f"{what} has no table")
        raise TableError(f"{what} has {len(tables)} tables: {quoted(tables)}", "say which with table=")
    return wanted if wanted is not None else tables[0]


def _escaped(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _sqlite(path: str, name: str, wanted: str | None, most: int) -> Opened:
    def run(query: str) -> list[tuple[Any, ...]]:
        address = Path(path).resolve().as_uri() + "?mode=ro"
        try:
            with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
                return connection.execute(query).fetchall()
        except sqlite3.Error as problem:
            raise TableError(f"{name} cannot be read as an SQLite database: {problem}") from None

    listed = [each for (each,) in run("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
    table = _escaped(chosen([each for each in listed if not each.startswith("sqlite_")], wanted, name))
    columns = [each[1] for each in run(f"PRAGMA table_info({table})")]
    rows = int(run(f"SELECT count(*) FROM {table}")[0][0])
    if 8 * rows > most:
        raise too_large(name, most)

    def column(each: str) -> Values:
        return of_objects([value for (value,) in run(f"SELECT {_escaped(each)} FROM {table}")])

    return [name_of(each) for each in columns], columns, rows, column


def _duckdb(path: str, name: str, wanted: str | None, most: int) -> Opened:
    try:
        import duckdb
    except ImportError:
        raise TableError(f"reading {name} needs duckdb: pip install duckdb") from None
    closed: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "enable_external_access": "false",
        "max_temp_directory_size": "0KB",
    }

    def run(query: str) -> Any:
        try:
            with duckdb.connect(path, read_only=True, config=closed) as connection:
                return connection.sql(query).to_arrow_table()
        except duckdb.Error as problem:
            raise TableError(f"{name} cannot be read as a DuckDB database: {str(problem).splitlines()[0]}") from None

    listed = run(
        "SELECT CASE table_schema WHEN 'main' THEN table_name ELSE table_schema || '.' || table_name END AS name "
        "FROM information_schema.tables ORDER BY name"
    )
    table = chosen(listed["name"].to_pylist(), wanted, name)
    place = ".".join(map(_escaped, table.split(".", 1)))
    empty = run(f"SELECT * FROM {place} LIMIT 0")
    rows = run(f"SELECT count(*) AS rows FROM {place}")["rows"][0].as_py()
    if 8 * rows > most:
        raise too_large(name, most)

    def column(each: str) -> Values:
        return of_arrow(run(f"SELECT {_escaped(each)} FROM {place}").column(0))

    return [name_of(each) for each in empty.column_names], empty.column_names, rows, column
