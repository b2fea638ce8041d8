"""Tables that are stored by columns, Parquet and Arrow: a few columns are read at a time."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mlnn.frame.column import EmptyTable, TableError
from mlnn.frame.frames import Makers
from mlnn.frame.naming import name_of, unique
from mlnn.frame.source import Source, too_large
from mlnn.frame.table import Table
from mlnn.frame.values import Unusable, Values, Words, of_arrow, taken, unusable
from mlnn.frame.zone import zones

GROUP = 1 << 26
"""Columns are read together up to so many bytes: one long one alone, short ones in company."""


def read_columns(source: Source, most: int) -> Table:
    """Read a table of Parquet or Arrow.

    Raises
    ------
    TableError
        If it is damaged, here or later, when a column is asked for; or one column alone takes more than ``most`` bytes.
    """
    kind = "Parquet" if source.head(4) == b"PAR1" else "Arrow"
    with _undamaged(source.name, kind):
        schema, rows, read = (_parquet if kind == "Parquet" else _arrow)(source)
        names = [name_of(name) for name in schema.names]
        unique(names, source.name)
        if 8 * rows > most:
            raise too_large(source.name, most)
        pandas = schema.pandas_metadata or {}
    said = list(source.said)
    makers: Makers = {}
    columns = [each for each in pandas.get("columns", []) if each["pandas_type"] == "categorical"]
    categories = {each["field_name"] for each in columns}  # Parquet itself keeps those of text alone
    groups = _Groups(read, max(1, GROUP // (8 * max(rows, 1))), source.name, kind)
    for k, (name, field) in enumerate(zip(names, schema, strict=True)):
        what = unusable(field.type)
        makers[name] = partial(Unusable, what, rows) if what else partial(groups.column, k)
        if field.name in categories:
            makers[name] = partial(_as_category, makers[name])
    said += [_index(index, makers, rows, source.name) for index in pandas.get("index_columns", [])]
    said += zones(zip(names, schema.types, strict=True))
    if not rows:
        raise EmptyTable(f"{source.name} has a header but no rows")
    numbers = {name: k for k, name in enumerate(names)}
    was = _state(source)
    in_parts = partial(_row_groups, source, was, makers, rows, numbers, categories) if kind == "Parquet" else None
    return Table(makers, rows, source.name, tuple(filter(None, said)), in_parts=in_parts)


def _state(source: Source) -> tuple[int, ...]:
    """Return what tells whether a file is another one by now: which it is, how long, and when it was written."""
    if source.path is None:
        return ()
    try:
        about = Path(source.path).stat()
    except OSError as problem:
        raise TableError(f"{source.name} cannot be read any more: {problem.strerror}") from problem
    return about.st_ino, about.st_size, about.st_mtime_ns


def _row_groups(
    source: Source,
    was: tuple[int, ...],
    makers: Makers,
    count: int,
    numbers: Mapping[str, int],
    categories: Collection[str],
    names: Sequence[str],
    rows: int,
) -> Iterator[Table]:
    """Yield some columns of a Parquet file, so many rows at a time: no more of a row group is decoded."""
    import pyarrow.parquet as pq

    if _state(source) != was:  # columns are told by their places, and rows were looked at before
        raise TableError(f"{source.name} was changed while it was read: read it anew")
    with _undamaged(source.name, "Parquet"):
        file = pq.ParquetFile(_opened(source))
        kinds = file.schema_arrow
        stored = {name: k for name in names if (k := numbers.get(name)) is not None and not unusable(kinds[k].type)}
        columns = [kinds.names[k] for k in stored.values()]
        batches = iter(file.iter_batches(rows, columns=columns) if stored else [])
    start = 0
    while start < count:
        with _undamaged(source.name, "Parquet"):
            batch = next(batches, None)
        end = min(start + rows, count) if batch is None else start + batch.num_rows
        if end > count or (stored and batch is None):
            raise TableError(f"{source.name} is damaged Parquet: it does not hold the {count:,} rows that it promises")
        some: Makers = {}
        for name in names:
            if name in stored:
                some[name] = partial(_of_batch, batch, kinds.names[stored[name]], source.name)
                if kinds.names[stored[name]] in categories:
                    some[name] = partial(_as_category, some[name])
            else:
                some[name] = partial(_rows_of, makers[name], slice(start, end))
        yield Table(some, end - start, source.name, place=partial(_row, start))
        start = end


def _of_batch(batch: Any, column: str, name: str) -> Values:
    with _undamaged(name, "Parquet"):
        return of_arrow(batch.column(column))


def _rows_of(maker: Callable[[], Values], rows: slice) -> Values:
    return taken(maker(), rows)


def _row(start: int, row: int) -> str:
    return f"row {start + row} (counted from 0)"


def _index(index: Any, makers: Makers, rows: int, what: str) -> str:
    """Say what becomes of an index of pandas, which is a stored column's name, or a range that is not stored."""
    stored = isinstance(index, str)
    name = index if stored else index.get("name")
    if name is None:
        return ""
    if stored and name.startswith("__index_level_"):
        makers.pop(name_of(name), None)
        return f"the index of {what} has no name, so it is not used: give it one to make it a column"
    name = name_of(name)
    if not stored:
        numbers = range(index["start"], index["stop"], index["step"])
        if name in makers:
            return f"the index '{name}' of {what} is not used, because a column has its name"
        if len(numbers) != rows:  # rows were taken out after the index was noted
            return f"the index '{name}' of {what} is not used: it numbers {len(numbers):,} rows, but there are {rows:,}"
        makers[name] = partial(np.arange, numbers.start, numbers.stop, numbers.step)
    return f"the index '{name}' of {what} is a column"


def _as_category(maker: Callable[[], Values]) -> Values:
    values = maker()
    words = values if isinstance(values, Words) else Words.of(values)
    return Words(words.codes, words.labels, "category")


class _Groups:
    """Columns read some at a time, of which the last ones are kept."""

    def __init__(self, read: Callable[[int, int], Any], size: int, name: str, kind: str) -> None:
        self.read, self.size, self.name, self.kind = read, size, name, kind
        self.number = -1
        self.group: Any = None

    def column(self, k: int) -> Values:
        """Return a column."""
        number = k // self.size
        with _undamaged(self.name, self.kind):
            if number != self.number:
                self.group = None
                self.group, self.number = self.read(number * self.size, (number + 1) * self.size), number
            return of_arrow(self.group.column(k % self.size))


@contextmanager
def _undamaged(name: str, kind: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except TableError:
        raise
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise TableError(f"{name} is damaged {kind}: {' '.join(str(problem).split())[:200]}") from None


def _parquet(source: Source) -> tuple[Any, int, Callable[[int, int], Any]]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(_opened(source))
    schema = file.schema_arrow
    leaves = [0]
    for field in schema:
        leaves.append(leaves[-1] + _leaves(field.type))

    def read(start: int, stop: int) -> Any:
        stop = min(stop, len(schema))
        return file.reader.read_all(column_indices=list(range(leaves[start], leaves[stop])))

    return schema, file.metadata.num_rows, read


def _leaves(kind: Any) -> int:
    """Return how many columns of Parquet a type takes."""
    return sum(_leaves(kind.field(k).type) for k in range(kind.num_fields)) if kind.num_fields else 1


def _arrow(source: Source) -> tuple[Any, int, Callable[[int, int], Any]]:
    from pyarrow import feather, ipc

    head = source.head(4)
    if head == b"FEA1":
        table = feather.read_table(_opened(source))
    elif head == b"\xff\xff\xff\xff":
        table = ipc.open_stream(_opened(source)).read_all()
    else:
        with ipc.open_file(_opened(source)) as file:
            schema = file.schema

        def read(start: int, stop: int) -> Any:
            options = ipc.IpcReadOptions(included_fields=list(range(start, min(stop, len(schema)))))
            with ipc.open_file(_opened(source), options=options) as file:
                return file.read_all()

        return schema, read(0, 1).num_rows, read
    return table.schema, table.num_rows, lambda start, stop: table.select(range(start, min(stop, table.num_columns)))


def _opened(source: Source) -> Any:
    import pyarrow as pa

    return pa.OSFile(source.path) if source.path is not None else pa.BufferReader(source.content())
