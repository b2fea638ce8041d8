"""A stream's batches of rows, one after another: tables of Arrow, or arrays."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from mlnn.array import Array
from mlnn.objective import as_weights, require_one_a_row
from mlnn.source.arrays import ArrayRows
from mlnn.source.base import Shard
from mlnn.source.columns import Columns, learned, require_finite


class Batch(NamedTuple):
    """Some rows of a stream.

    Attributes
    ----------
    place : str
        What errors call it.
    rows, columns : int
        How many there are.
    pieces : iterator of Shard
        The rows, some of them at a time.
    """

    place: str
    rows: int
    columns: int
    pieces: Iterator[Shard]


class Batches:
    """The batches of a stream that have rows. The columns of the first are those of all.

    Parameters
    ----------
    given : stream of Arrow, iterable, or callable
        As ``stored`` takes them.
    target, weights : str or None
        The columns of the targets and of the weights, where batches have columns.
    dtype : dtype
        Of what type the rows are made.

    Attributes
    ----------
    about : Columns or None
        The columns, once a batch has come, and it has some.
    """

    def __init__(self, given: Any, target: str | None, weights: str | None, dtype: np.dtype[Any]) -> None:
        self.given, self.target, self.weights, self.dtype = given, target, weights, dtype
        self.about: Columns | None = None

    @property
    def known(self) -> int:
        """Return how many rows there are in all, as far as it is known before they come."""
        return int(getattr(self.given, "num_rows", 0))

    def __iter__(self) -> Iterator[Batch]:
        arrays = None
        for number, each in enumerate(_each(self.given)):
            place = f"batch {number:,}"
            if arrays is not None and isinstance(each, tuple) != arrays:
                raise ValueError(f"{place}: either all batches are tables, or all are arrays, but this one differs")
            arrays = isinstance(each, tuple)
            batch = self._arrays(place, each) if arrays else self._table(place, each)
            if batch.rows:
                yield batch

    def _table(self, place: str, given: Any) -> Batch:
        from pyarrow import table

        if not (hasattr(given, "__arrow_c_stream__") or hasattr(given, "__arrow_c_array__")):
            kinds = "a table or a pair (X, y) of arrays"
            raise TypeError(f"{place} must be {kinds}, but got {type(given).__name__}; a single pair is [(X, y)]")
        read = _read(place, table, given)
        if self.target is None:
            raise TypeError(f"{place} is a table: give target=, the name of the column of its targets")
        if self.about is None:
            self.about = Columns.of(read.schema, self.target, self.weights)
        self.about.require(place, read.schema)
        if not self.about.names:
            raise ValueError(f"{place} has no columns to learn from")
        if more := [name for name in learned(read.schema) if name not in self.about.all]:
            raise ValueError(f"{place} has the column '{more[0]}', which those before had not")
        return Batch(place, len(read), len(self.about.names), self.about.pieces(place, read, self.dtype))

    def _arrays(self, place: str, given: tuple[Any, ...]) -> Batch:
        if self.target is not None or self.weights is not None:
            raise ValueError(f"{place} is of arrays, which have no names: give no target= and no weights=")
        if len(given) not in (2, 3):
            raise ValueError(f"{place} must be (X, y) or (X, y, weights), but has {len(given)} parts")
        X, y, *more = map(np.atleast_1d, given)
        if X.ndim == 2 and X.shape[0] == len(y) == 0:
            return Batch(place, 0, X.shape[1], iter(()))
        try:
            rows, weights = ArrayRows(X, y), more[0] if more else None
            if weights is not None:
                require_one_a_row(weights, rows.rows)
        except ValueError as problem:
            raise ValueError(f"{place}: {problem}") from None
        return Batch(place, rows.rows, rows.columns, self._pieces(place, rows, weights))

    def _pieces(self, place: str, rows: ArrayRows, weights: Array | None) -> Iterator[Shard]:
        """Yield the rows of arrays in this type, and weights that are rounded but once."""
        for shard, (first, end) in enumerate(pairwise(rows.starts.tolist())):
            try:
                X, y, _ = rows.read(shard)
                for k in range(rows.columns):
                    require_finite("X", str(k), X[:, k], self.dtype, first)
                for column in y.reshape(len(y), -1).T:
                    require_finite("y", "0", column, first=first)
                w = None if weights is None else as_weights(weights[first:end], end - first, self.dtype, first)
            except ValueError as problem:
                raise ValueError(f"{place}: {problem}") from None
            yield Shard(X.astype(self.dtype, copy=False), y, w)


def _each(given: Any) -> Iterator[Any]:
    """Yield the batches of what a user gives."""
    if hasattr(given, "__arrow_c_stream__"):
        from pyarrow import RecordBatchReader

        with _read("the stream", RecordBatchReader.from_stream, given) as batches:
            yield from batches
    elif callable(given):
        yield from _each(given())
    elif isinstance(given, Iterable):
        yield from given
    else:
        kinds = "a stream of Arrow, an iterable of tables or of pairs (X, y) of arrays, or a function that returns one"
        raise TypeError(f"batches must be {kinds}, but got {given!r}")


def _read(place: str, how: Callable[[Any], Any], given: Any) -> Any:
    """Return what Arrow reads of something."""
    from pyarrow import ArrowException

    try:
        return how(given)
    except ArrowException as problem:
        raise ValueError(f"{place} cannot be read as a table of Arrow: {problem}") from problem
