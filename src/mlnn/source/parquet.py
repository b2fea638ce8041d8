"""Rows in Parquet files: every row group is a shard."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.source.base import WINDOW, Shard, Source

SUFFIX = ".parquet"


class ParquetRows(Source):
    """Numbers in Parquet files, whose row groups are read one after another.

    Parameters
    ----------
    path : path, or a sequence of them
        A file, a folder (its Parquet files in the order of their names) or a pattern such as ``parts/*.parquet``.
    target : str
        The column of the targets: class numbers from 0 on (of integers), or values; an estimator takes labels too.
    columns : sequence of str, optional
        The columns to learn from; by default all others.
    dtype : dtype
        Of what type the rows are made.
    window : int
        Bytes of the rows that are shuffled together; a row group's, if it has more.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If there are no rows, a file lacks a column, or a column does not hold numbers.

    References
    ----------
    Apache Parquet: https://parquet.apache.org/docs/file-format/
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        target: str,
        columns: Sequence[str] | None = None,
        dtype: npt.DTypeLike = np.float32,
        window: int = WINDOW,
    ) -> None:
        from pyarrow import parquet

        self.files = _files([path] if isinstance(path, str | os.PathLike) else path)
        first = parquet.read_schema(self.files[0])
        names = list(columns or (name for name in first.names if name != target))
        self.target, self._groups, sizes = target, list[tuple[str, int]](), list[int]()
        for file in self.files:
            about = parquet.ParquetFile(file)
            _require_columns(file, about.schema_arrow, names, target)
            for group in range(about.num_row_groups):
                if about.metadata.row_group(group).num_rows:
                    self._groups.append((file, group))
                    sizes.append(about.metadata.row_group(group).num_rows)
        name = self.files[0] if len(self.files) == 1 else f"{len(self.files):,} files such as {self.files[0]}"
        widest = max(sizes, default=0) * len(names) * np.dtype(dtype).itemsize
        super().__init__(sizes, len(names), dtype, name, max(window, widest), names)

    def read(self, shard: int) -> Shard:
        place, read = self._columns(shard, [*self.names, self.target])
        X = np.empty((read.num_rows, self.columns), self.dtype)
        for k, name in enumerate(self.names):
            X[:, k] = _values(place, name, read[name])
        return Shard(X, _values(place, self.target, read[self.target]))

    def read_targets(self, shard: int) -> Array:
        place, read = self._columns(shard, [self.target])
        return _values(place, self.target, read[self.target])

    def _columns(self, shard: int, names: list[str]) -> tuple[str, Any]:
        """Return where some columns of a shard are, and the columns."""
        from pyarrow import ArrowException, parquet

        file, group = self._groups[shard]
        place = f"{file}, row group {group}"
        try:
            read = parquet.ParquetFile(file).read_row_group(group, columns=names)
        except (ArrowException, OSError) as problem:
            raise ValueError(f"{place}: cannot be read: {problem}") from problem
        if read.num_rows != self.sizes[shard]:
            raise ValueError(f"{place}: has {read.num_rows:,} rows, but had {self.sizes[shard]:,} at the beginning")
        return place, read


def _files(paths: Sequence[str | os.PathLike[str]]) -> list[str]:
    """Return the files that paths, folders and patterns stand for, each once."""
    found = dict[str, None]()
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
        found |= dict.fromkeys(here)
    return list(found)


def _require_columns(file: str, schema: Any, names: Sequence[str], target: str) -> None:
    """Refuse a file that lacks a column, or has something else than numbers, and labels as targets, in it."""
    from pyarrow import types

    numbers = types.is_integer, types.is_floating, types.is_boolean
    labels = types.is_string, types.is_large_string, types.is_dictionary
    for name in [*names, target]:
        if name not in schema.names:
            raise ValueError(f"{file} has no column '{name}': it has {', '.join(map(repr, schema.names))}")
        kind = schema.field(name).type
        if not any(known(kind) for known in (*numbers, *labels * (name == target))):
            raise ValueError(f"{file}: column '{name}' holds {kind}, but a source learns from numbers")


def _values(place: str, name: str, column: Any) -> Array:
    """Return a column's numbers or labels, all there and finite."""
    if column.null_count:
        row = np.flatnonzero(column.is_null().to_numpy())[0]
        raise ValueError(f"{place}: column '{name}' holds nothing in row {row:,} ({column.null_count:,} in all)")
    values: Array = column.to_numpy()
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        row = np.flatnonzero(~np.isfinite(values))[0]
        raise ValueError(f"{place}: column '{name}' holds {values[row]} in row {row:,}")
    return values
