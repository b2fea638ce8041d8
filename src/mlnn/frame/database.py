"""Tables of databases: SQLite and DuckDB files, opened for reading alone."""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from mlnn.frame.column import EmptyTable, TableError, quoted, suggestion
from mlnn.frame.naming import name_of, unique
from mlnn.frame.source import Source, too_large
from mlnn.frame.table import Columns, Table
from mlnn.frame.values import Values, joined, of_arrow, of_objects

BATCH = 1 << 16
"""So many rows are Python's own objects at a time."""

Stored: TypeAlias = tuple[Sequence[str], list[Values]]
"""What the columns are called, and what they hold: all by one query, since two may give the rows in two orders."""


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
    stored, columns = (_sqlite if lite else _duckdb)(source.path, source.name, wanted, most)
    names = [name_of(each) for each in stored]
    unique(names, source.name)
    rows = len(columns[0]) if columns else 0
    if not rows:
        raise EmptyTable(f"{source.name} has a header but no rows")
    return Columns(dict(zip(names, columns, strict=True)), source.name, source.said)


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


def _sqlite(path: str, name: str, wanted: str | None, most: int) -> Stored:
    address = Path(path).resolve().as_uri() + "?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
            run = connection.execute
            listed = [each for (each,) in run("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")]
            table = _escaped(chosen([each for each in listed if not each.startswith("sqlite_")], wanted, name))
            (rows,) = run(f"SELECT count(*) FROM {table}").fetchone()
            found = run(f"SELECT * FROM {table}")
            columns = [each[0] for each in found.description]
            if 8 * rows * len(columns) > most:
                raise too_large(name, most)
            parts = []
            while batch := found.fetchmany(BATCH):
                parts.append([of_objects(cells) for cells in zip(*batch, strict=True)])
    except sqlite3.Error as problem:
        raise TableError(f"{name} cannot be read as an SQLite database: {problem}") from None
    return columns, [joined(part) for part in zip(*parts, strict=True)]


def _duckdb(path: str, name: str, wanted: str | None, most: int) -> Stored:
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
    try:
        with duckdb.connect(path, read_only=True, config=closed) as connection:

            def run(query: str) -> Any:
                return connection.sql(query).to_arrow_table()

            listed = run("SELECT table_schema, table_name FROM information_schema.tables").to_pydict()
            places = _called(list(zip(*listed.values(), strict=True)))
            table = ".".join(map(_escaped, places[chosen(sorted(places), wanted, name)]))
            rows = run(f"SELECT count(*) AS rows FROM {table}")["rows"][0].as_py()
            if 8 * rows * len(connection.sql(f"SELECT * FROM {table} LIMIT 0").columns) > most:
                raise too_large(name, most)
            found = run(f"SELECT * FROM {table}")
    except duckdb.Error as problem:
        raise TableError(f"{name} cannot be read as a DuckDB database: {str(problem).splitlines()[0]}") from None
    return found.column_names, [of_arrow(each) for each in found.columns]


def _called(listed: Sequence[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Return tables, given with their schemas, by what they are called: in quotes where dots do not tell two apart."""
    plain = [table if schema == "main" else f"{schema}.{table}" for schema, table in listed]
    often = Counter(plain)
    return {
        name if often[name] == 1 else ".".join(map(_escaped, place)): place
        for name, place in zip(plain, listed, strict=True)
    }
