"""Rows of an array that need not be in memory, such as a memory map of a ``.npy`` file."""

import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import byte_bounds

from mlnn.array import Array, as_rows
from mlnn.objective import as_weights, require_one_a_row
from mlnn.source.base import WINDOW, Shard, Source, weights_of

SHARD = 1 << 22
"""Bytes of a shard."""


class ArrayRows(Source):
    """An array's rows, in shards of equal sizes.

    Parameters
    ----------
    X : array of shape (N, D)
        The rows, for instance as ``np.load(path, mmap_mode="r")`` returns them.
    y : array of N targets
        As the network's output takes them: class numbers or values.
    weights : array of shape (N,), optional
        How much each row counts, which may be a memory map too; None means 1 for all.
    window : int
        Bytes of the rows that are shuffled together.
    names : sequence of str
        What the columns are called; empty if they have no names.

    Raises
    ------
    ValueError
        If X is no matrix, or y and the weights have not one entry for each row, or the names not one for each column.

    Examples
    --------
    >>> source = ArrayRows(np.zeros((5, 2)), np.arange(5))
    >>> source.rows, source.columns, source.read(0).y
    (5, 2, array([0, 1, 2, 3, 4]))
    """

    def __init__(
        self,
        X: Array,
        y: Array,
        weights: Array | None = None,
        window: int = WINDOW,
        names: Sequence[str] = (),
    ) -> None:
        if X.ndim != 2 or len(X) != len(y):
            raise ValueError(f"X must have shape (rows, features) and y a target for each, but {X.shape} and {y.shape}")
        if names and len(names) != X.shape[1]:
            raise ValueError(f"X has {X.shape[1]} columns, but there are {len(names)} names")
        each = max(SHARD // max(X[:1].nbytes, 1), 1)
        sizes = [min(each, len(X) - start) for start in range(0, len(X), each)]
        dtype = X.dtype if X.dtype in (np.float32, np.float64) else np.float64
        super().__init__(sizes, X.shape[1], dtype, "X", window, names)
        if weights is not None:
            require_one_a_row(weights, len(X))
        self._X, self._y, self._weights = X, y, weights

    def __getstate__(self) -> dict[str, Any]:
        """Keep of a memory map where it lies: whoever gets this source maps the file again."""
        return {name: Mapped.of(value) or value for name, value in vars(self).items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        opened = {name: value.opened() if isinstance(value, Mapped) else value for name, value in state.items()}
        vars(self).update(opened)

    def read(self, shard: int) -> Shard:
        rows = self._rows(shard)
        X = as_rows(_copied(self._X[rows]), first=rows.start)
        return Shard(X, _copied(self._y[rows]), self._weights_of(rows))

    def pieces(self, shard: int) -> Iterator[Shard]:
        rows = self._rows(shard)
        X = self._X[rows]
        yield Shard(as_rows(X, first=rows.start), _copied(self._y[rows]), self._weights_of(rows))
        if isinstance(X, np.memmap):
            _release(X)

    def read_targets(self, shard: int) -> Array:
        return _copied(self._y[self._rows(shard)])

    def read_weights(self, shard: int) -> Array:
        rows = self._rows(shard)
        return weights_of(Shard(self._X[rows], self._y[rows], self._weights_of(rows)))

    def _weights_of(self, rows: slice) -> Array | None:
        if self._weights is None:
            return None
        return as_weights(_copied(self._weights[rows]), rows.stop - rows.start, self.dtype, rows.start)

    def _rows(self, shard: int) -> slice:
        return slice(*self.starts[shard : shard + 2].tolist())


class Mapped(NamedTuple):
    """Where in a file an array lies."""

    path: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int

    @classmethod
    def of(cls, values: object) -> "Mapped | None":
        """Return it for a memory map of a file, row by row; None for anything else and for private maps."""
        if not isinstance(values, np.memmap) or values.mode == "c" or not values.flags.c_contiguous:
            return None
        pages: mmap.mmap | None = values._mmap  # type: ignore[attr-defined]
        if values.filename is None or pages is None:
            return None
        into = byte_bounds(values)[0] - np.frombuffer(pages, np.uint8).ctypes.data
        begin = values.offset - values.offset % mmap.ALLOCATIONGRANULARITY  # of the pages in the file
        return cls(str(Path(values.filename).resolve()), values.dtype, values.shape, begin + into)

    def opened(self) -> Array:
        """Return the array."""
        return np.memmap(self.path, self.dtype, "r", self.offset, self.shape)


def _copied(values: Array) -> Array:
    """Return what stands in a file in memory of its own, and anything else as it is."""
    if not isinstance(values, np.memmap):
        return values
    own = np.array(values)
    _release(values)
    return own


def _release(rows: np.memmap) -> None:
    """Give back the memory of pages that were read of a file; what was written to a copy of them stays."""
    if rows.mode == "c" or not hasattr(mmap, "MADV_DONTNEED"):
        return
    pages: mmap.mmap = rows._mmap  # type: ignore[attr-defined]
    start, (low, high) = np.frombuffer(pages, np.uint8).ctypes.data, byte_bounds(rows)
    first = (low - start) // mmap.PAGESIZE * mmap.PAGESIZE
    pages.madvise(mmap.MADV_DONTNEED, first, high - start - first)
