"""Rows in Parquet files: every row group is a shard."""

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.source.base import WINDOW, Shard, Source, joined
from mlnn.source.columns import Columns

SUFFIX = ".parquet"


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
        self._groups, sizes = list[tuple[str, int]](), list[int]()
        about = None if columns is None else Columns.named(columns, target, weights)
        for file in self.files:
            schema, groups = _about(file)
            about = Columns.of(schema, target, weights) if about is None else about
            about.require(file, schema)
            for group, rows in enumerate(groups):
                if rows:
                    self._groups.append((file, group))
                    sizes.append(rows)
        assert about is not None, "there is a file"
        self._about, names = about, about.names
        name = self.files[0] if len(self.files) == 1 else f"{len(self.files):,} files such as {self.files[0]}"
        widest = max(sizes, default=0) * len(names) * np.dtype(dtype).itemsize
        super().__init__(sizes, len(names), dtype, name, max(window, widest), names)

    def __getstate__(self) -> dict[str, Any]:
        """Keep of files where they lie, wherever whoever gets this source may be."""
        places = {file: str(Path(file).resolve()) for file in self.files}
        groups = [(places[file], group) for file, group in self._groups]
        return vars(self) | {"files": list(places.values()), "_groups": groups}

    def read(self, shard: int) -> Shard:
        return joined(self.pieces(shard))

    def pieces(self, shard: int) -> Iterator[Shard]:
        yield from self._about.pieces(*self._columns(shard, self._about.all), self.dtype)

    def read_targets(self, shard: int) -> Array:
        return self._about.targets(*self._columns(shard, [self._about.target]))

    def read_weights(self, shard: int) -> Array:
        assert self._about.weights is not None, "they are asked for where there are some"
        return self._about.weights_of(*self._columns(shard, [self._about.weights]), self.dtype)

    def _columns(self, shard: int, names: list[str]) -> tuple[str, Any]:
        """Return where some columns of a shard are, and the columns."""
        from pyarrow import ArrowException, parquet

        file, group = self._groups[shard]
        place = f"{file}, row group {group}"
        try:
            with parquet.ParquetFile(file) as opened:
                read = opened.read_row_group(group, columns=names)
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


def _about(file: str) -> tuple[Any, list[int]]:
    """Return the schema of a file, and how many rows each of its row groups has."""
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(file) as opened:
            groups = range(opened.num_row_groups)
            return opened.schema_arrow, [opened.metadata.row_group(group).num_rows for group in groups]
    except (ArrowException, OSError) as problem:
        raise ValueError(f"'{file}' cannot be read as a Parquet file: {problem}") from problem
