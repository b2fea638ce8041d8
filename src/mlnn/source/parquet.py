"""Rows in Parquet files: every row group is a shard."""

import glob
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.objective import as_weights
from mlnn.source.base import WINDOW, Shard, Source, joined

SUFFIX = ".parquet"

PIECE = 1 << 20
"""Bytes of rows that are put together at a time from columns: so many stay in the cache."""


class ParquetRows(Source):
    """Numbers in Parquet files, whose row groups are read one after another.

    Parameters
    ----------
    path : path, or a sequence of them
        A file, a folder (its Parquet files in the order of their names) or a pattern such as ``parts/*.parquet``.
    target : str
        The column of the targets: class numbers from 0 on (of integers), or values; an estimator takes labels too.
    weights : str, optional
        The column that says how much each row counts; by default all weigh 1.
    columns : sequence of str, optional
        The columns to learn from; by default all others, but for an index that pandas has stored.
    dtype : dtype
        Of what type the rows are made: float32 or float64.
    window : int
        Bytes of the rows that are shuffled together; a row group's, if it has more.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If there are no files, rows or columns, a file is no Parquet file or lacks a column, or a column does not hold
        numbers or is named twice.

    References
    ----------
    Apache Parquet: https://parquet.apache.org/docs/file-format/
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        target: str,
        weights: str | None = None,
        columns: Sequence[str] | None = None,
        dtype: npt.DTypeLike = np.float32,
        window: int = WINDOW,
    ) -> None:
        self.files = _files([path] if isinstance(path, str | os.PathLike) else path)
        self.target, self.weights, self._groups, sizes = target, weights, list[tuple[str, int]](), list[int]()
        about = _apart(target, weights)
        names = None if columns is None else _named(columns, about)
        for file in self.files:
            schema, groups = _about(file)
            if names is None:
                names = [name for name in schema.names if name not in (*about, *_index(schema))]
            _require_columns(file, schema, [*names, *about[1:]], target)
            for group, rows in enumerate(groups):
                if rows:
                    self._groups.append((file, group))
                    sizes.append(rows)
        assert names is not None, "there is a file"
        name = self.files[0] if len(self.files) == 1 else f"{len(self.files):,} files such as {self.files[0]}"
        widest = max(sizes, default=0) * len(names) * np.dtype(dtype).itemsize
        super().__init__(sizes, len(names), dtype, name, max(window, widest), names)

    def read(self, shard: int) -> Shard:
        return joined(self.pieces(shard))

    def pieces(self, shard: int) -> Iterator[Shard]:
        place, read = self._columns(shard, [*self.names, *_apart(self.target, self.weights)])
        columns = [_values(place, name, read[name], self.dtype) for name in self.names]
        y = _values(place, self.target, read[self.target])
        weights = None if self.weights is None else self._weights_of(place, read[self.weights])
        each = max(PIECE // (self.columns * self.dtype.itemsize), 1)
        for start in range(0, len(y), each):
            X = np.empty((len(y[start : start + each]), self.columns), self.dtype)
            for k, values in enumerate(columns):
                X[:, k] = values[start : start + each]
            yield Shard(X, y[start : start + each], None if weights is None else weights[start : start + each])

    def read_targets(self, shard: int) -> Array:
        place, read = self._columns(shard, [self.target])
        return _values(place, self.target, read[self.target])

    def read_weights(self, shard: int) -> Array:
        assert self.weights is not None, "they are asked for where there are some"
        place, read = self._columns(shard, [self.weights])
        return self._weights_of(place, read[self.weights])

    def _weights_of(self, place: str, column: Any) -> Array:
        assert self.weights is not None
        values = _values(place, self.weights, column, self.dtype)
        try:
            return as_weights(values, len(values), self.dtype)
        except ValueError as problem:
            raise ValueError(f"{place}: column '{self.weights}': {problem}") from None

    def _columns(self, shard: int, names: list[str]) -> tuple[str, Any]:
        """Return where some columns of a shard are, and the columns."""
        from pyarrow import ArrowException, parquet

        file, group = self._groups[shard]
        place = f"{file}, row group {group}"
        try:
            with parquet.ParquetFile(file) as opened:
                read = opened.read_row_group(group, columns=names, use_threads=False)
        except (ArrowException, OSError) as problem:
            raise ValueError(f"{place}: cannot be read: {problem}") from problem
        if read.num_rows != self.sizes[shard]:
            raise ValueError(f"{place}: has {read.num_rows:,} rows, but had {self.sizes[shard]:,} at the beginning")
        return place, read


def _files(paths: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Return the files that paths, folders and patterns stand for, each once, however it is spelt."""
    found = dict[str, str]()
    for path in paths:
        each = os.fspath(path)
        if Path(each).is_dir():
            here = sorted(str(file) for file in Path(each).rglob(f"*{SUFFIX}"))
        elif Path(each).exists():
            here = [each]
        else:
            here = sorted(glob.glob(each, recursive=True))  # noqa: PTH207 - also of absolute patterns
        if not here:
            raise FileNotFoundError(f"there is no Parquet file at '{each}'")
        for file in here:
            found.setdefault(os.path.realpath(file), file)
    if not found:
        raise ValueError("there must be a path of a Parquet file at least, but got none")
    return list(found.values())


def _apart(target: str, weights: str | None) -> list[str]:
    """Return the names of the columns that are not learned from."""
    if weights == target:
        raise ValueError(f"weights must be another column than the target, but both are '{target}'")
    return [target] if weights is None else [target, weights]


def _named(columns: Sequence[str], apart: Sequence[str]) -> list[str]:
    """Return the names of columns to learn from, each of them once and none that of the target or the weights."""
    if isinstance(columns, str):
        raise TypeError(f"columns must be a sequence of names, but got {columns!r}: write [{columns!r}]")
    names = list(columns)
    for what, name in zip(("target", "weights"), apart, strict=False):
        if name in names:
            raise ValueError(f"columns must be others than the {what}, but '{name}' is among them")
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ValueError(f"columns must be named once each, but '{twice[0]}' is there twice")
    return names


def _about(file: str) -> tuple[Any, list[int]]:
    """Return the schema of a file, and how many rows each of its row groups has."""
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(file) as opened:
            groups = range(opened.num_row_groups)
            return opened.schema_arrow, [opened.metadata.row_group(group).num_rows for group in groups]
    except (ArrowException, OSError) as problem:
        raise ValueError(f"'{file}' cannot be read as a Parquet file: {problem}") from problem


def _index(schema: Any) -> list[str]:
    """Return the columns that pandas keeps the index of a frame in, which is none of the frame's columns."""
    columns = (schema.pandas_metadata or {}).get("index_columns", [])
    return [name for name in columns if isinstance(name, str)]  # one that only counts rows is described, not stored


def _require_columns(file: str, schema: Any, names: Sequence[str], target: str) -> None:
    """Refuse a file that lacks a column, or has something else than numbers, and labels as targets, in it."""
    from pyarrow import types

    numbers = types.is_integer, types.is_floating, types.is_boolean
    labels = types.is_string, types.is_large_string, types.is_dictionary
    counts = Counter(schema.names)
    for name in [*names, target]:
        if counts[name] > 1:
            raise ValueError(f"{file} has {counts[name]} columns '{name}': their names must differ")
        if name not in counts:
            raise ValueError(f"{file} has no column '{name}': it has {', '.join(map(repr, schema.names))}")
        kind = schema.field(name).type
        if not any(known(kind) for known in (*numbers, *labels * (name == target))):
            raise ValueError(f"{file}: column '{name}' holds {kind}, but a source learns from numbers")


def _values(place: str, name: str, column: Any, dtype: npt.DTypeLike = np.float64) -> Array:
    """Return a column's numbers or labels, all there, and finite in this type."""
    if column.null_count:
        row = np.flatnonzero(column.is_null().to_numpy())[0]
        raise ValueError(f"{place}: column '{name}' holds nothing in row {row:,} ({column.null_count:,} in all)")
    values: Array = column.to_numpy()
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        row = np.flatnonzero(~np.isfinite(values))[0]
        raise ValueError(f"{place}: column '{name}' holds {values[row]} in row {row:,}")
    most = np.finfo(dtype).max
    if values.dtype.kind == "f" and values.dtype.itemsize > np.dtype(dtype).itemsize and np.abs(values).max() > most:
        row = int(np.abs(values).argmax())
        cell = f"column '{name}' holds {values[row]} in row {row:,}"
        raise ValueError(f"{place}: {cell}, which is too large for {np.dtype(dtype)}")
    return values
