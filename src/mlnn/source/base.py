"""A source: rows in fixed shards, each read when its turn comes and forgotten afterwards."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from mlnn.array import Array, real_number
from mlnn.network import Network
from mlnn.objective import Deferred, Problem, require_parts, require_total
from mlnn.penalty import Penalty
from mlnn.source.order import Order, starts_of

WINDOW = 1 << 27
"""Bytes of the rows that are shuffled together."""


class Shard(NamedTuple):
    """Rows that are read at once, their targets, and their weights; None where all rows of the source weigh 1."""

    X: Array
    y: Array
    weights: Array | None = None

    @property
    def parts(self) -> list[Array]:
        """Return X, y and, where there are some, the weights."""
        return [part for part in self if part is not None]

    def some(self, rows: slice) -> "Shard":
        """Return some of the rows."""
        return Shard(*(part[rows] for part in self.parts))


def float_type(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Return float32 or float64, and refuse any other type of rows."""
    if np.dtype(dtype) not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, but got {np.dtype(dtype)}")
    return np.dtype(dtype)


def weights_of(shard: Shard) -> Array:
    """Return the weights of a shard of a source that has weights."""
    if shard.weights is None:
        raise ValueError("either all shards of a source have weights or none has, but one lacks them")
    return shard.weights


def joined(shards: Iterable[Shard]) -> Shard:
    """Return the rows of several shards as those of one."""
    return Shard(*(np.concatenate(each) for each in zip(*(shard.parts for shard in shards), strict=True)))


def _targets(network: Network, dtype: np.dtype[Any], shard: Shard) -> Array:
    """Return a shard's targets as the network's output takes them."""
    found = network.output.targets(shard.y, network.widths[-1])
    return found.astype(dtype, copy=False) if found.dtype.kind == "f" else found


class Source(Deferred):
    """Rows in shards: ``Problem.of(network, source)`` is an objective over all of them.

    Parameters
    ----------
    sizes : sequence of int
        How many rows each shard has. Neither they nor their order ever change: the order of training is made of them.
    columns : int
        D, how many numbers a row has.
    dtype : dtype
        Of what type they are: float32 or float64.
    name : str
        What the rows are called in messages.
    window : int
        Bytes of the rows that are shuffled together. Twice as many are in memory while training goes on.
    names : sequence of str
        What its columns are called; empty if they have no names.

    Attributes
    ----------
    rows, shape : int, (int, int)
        N, how many rows there are in all shards together, and (N, D).
    starts : array of shape (shards + 1,)
        The number of each shard's first row, and N.
    window_rows : int
        How many rows ``window`` bytes are.

    Raises
    ------
    ValueError
        If there are no rows or no columns, or numbers would be of another type.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        columns: int,
        dtype: npt.DTypeLike,
        name: str,
        window: int = WINDOW,
        names: Sequence[str] = (),
    ) -> None:
        if not sizes or min(sizes) < 1:
            raise ValueError(f"{name} has no rows" if not sum(sizes) else f"{name} has a shard without rows")
        if columns < 1:
            raise ValueError(f"{name} has no columns to learn from")
        self.sizes, self.columns, self.dtype, self.name = tuple(map(int, sizes)), columns, float_type(dtype), name
        self.starts, self.names = starts_of(self.sizes), tuple(names)
        self.window_rows = max(int(real_number("window", window, 1)) // (columns * self.dtype.itemsize), 1)

    @property
    def rows(self) -> int:
        """Return N, how many rows there are in all shards together."""
        return int(self.starts[-1])

    @property
    def shape(self) -> tuple[int, int]:
        """Return (N, D), as an array's."""
        return self.rows, self.columns

    @abstractmethod
    def read(self, shard: int) -> Shard:
        """Return the rows of a shard, finite, in the source's type; so are their weights, and none is negative.

        Raises
        ------
        ValueError, OSError
            If they cannot be read, with the place.
        """

    def pieces(self, shard: int) -> Iterator[Shard]:
        """Yield the rows of a shard in pieces, each of which is there until the next is asked for.

        They are for those who put the rows somewhere else; pieces that fit the cache are put there faster.
        """
        yield self.read(shard)

    def read_targets(self, shard: int) -> Array:
        """Return the targets of a shard, without its rows where these can be left alone."""
        return self.read(shard).y

    def read_weights(self, shard: int) -> Array:
        """Return the weights of a shard, where there are some, without its rows where these can be left alone."""
        return weights_of(self.read(shard))

    def targets(self) -> Iterator[Array]:
        """Yield the targets of one shard after another."""
        yield from map(self.read_targets, range(len(self.sizes)))

    def __iter__(self) -> Iterator[Shard]:
        """Yield one shard after another."""
        yield from map(self.read, range(len(self.sizes)))

    def at_once(self) -> Shard:
        """Return all rows at once, where memory has room for them."""
        return joined(self)

    def problem(self, network: Network, penalty: Penalty | None = None) -> Problem:
        if self.columns != network.inputs:
            raise ValueError(f"{self.name} has {self.columns} features, but the network expects {network.inputs}")

        targets = partial(
            _targets, network, self.dtype
        )  # no function of its own: a problem goes to other processes, too
        first = self.read(0)
        some = require_parts(Problem(network, first.X, targets(first), None, penalty))
        X: Any = Stored(self, attrgetter("X"), (self.columns,), self.dtype)
        y: Any = Stored(self, targets, some.y.shape[1:], some.y.dtype)
        weights: Any = None if first.weights is None else StoredWeights(self)
        return replace(some, X=X, y=y, weights=weights)

    def parts(self, problem: Problem) -> Iterator[Problem]:
        """Yield a problem over this source as one over each shard's rows, which are at hand."""
        stored = stored_of(problem)
        for shard in self:
            yield replace(problem, X=shard.X, y=stored.y.part(shard), weights=shard.weights)

    def mean(self, problem: Problem, value: Callable[[Problem], float]) -> float:
        """Return a mean over all rows of a problem over this source; ``value`` returns that over a part's."""
        parts = ((part, part.weight) for part in self.parts(problem))
        return sum(value(part) * weight for part, weight in parts if weight) / problem.weight

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.rows:,} rows of {self.columns} in {len(self.sizes):,} shards)"


class Stored:
    """X, y or weights of a problem over a source: its shape is known, and rows are read when somebody asks for them."""

    def __init__(
        self, source: Source, part: Callable[[Shard], Array], width: tuple[int, ...], dtype: npt.DTypeLike
    ) -> None:
        self.source, self.part, self.dtype = source, part, np.dtype(dtype)
        self.shape = source.rows, *width
        self.ndim, self.size = len(self.shape), int(np.prod(self.shape))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Array | slice) -> Array:
        """Return the rows of these numbers, in their order."""
        numbers = np.arange(*rows.indices(len(self))) if isinstance(rows, slice) else np.asarray(rows)
        shards, found = np.searchsorted(self.source.starts, numbers, "right") - 1, self.empty(len(numbers))
        for shard in np.unique(shards).tolist():
            here = np.flatnonzero(shards == shard)
            found[here] = self.part(self.source.read(shard))[numbers[here] - self.source.starts[shard]]
        return found

    def empty(self, rows: int, dtype: npt.DTypeLike = np.float32) -> Array:
        """Return room for so many rows, in numbers as wide as those of ``dtype`` at least, where they are floats."""
        kind = np.result_type(self.dtype, dtype) if self.dtype.kind == "f" else self.dtype
        return np.empty((rows, *self.shape[1:]), kind)

    def __repr__(self) -> str:
        return f"rows of {self.source!r}"


class StoredWeights(Stored):
    """The weights of a problem over a source: all of them are looked at once, before training does any work.

    Raises
    ------
    ValueError
        If one cannot be, with its place, or their sum is nothing to divide by.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source, weights_of, (), source.dtype)
        with np.errstate(over="ignore"):
            self._total = sum(float(source.read_weights(k).sum(dtype=np.float64)) for k in range(len(source.sizes)))
        require_total(self._total, source.rows, source.dtype)

    def sum(self, dtype: npt.DTypeLike) -> float:
        """Return their sum, which is known in numbers of 64 bits."""
        assert dtype == np.float64
        return self._total

    def empty(self, rows: int, dtype: npt.DTypeLike = np.float32) -> Array:
        """Return room for so many, of the source's type: in a wider one an engine would add them up to other bits."""
        return np.empty(rows, self.dtype)

    def in_order(self, order: Order) -> Iterator[Array]:
        """Yield the weights in the order of training, one window of them after another."""
        for window, shards in enumerate(order.windows):
            read = np.concatenate([self.source.read_weights(shard) for shard in shards])
            mixed = np.empty_like(read)
            mixed[order.mixed(window)] = read
            yield mixed


class StoredParts(NamedTuple):
    """X, y and, where there are some, the weights of a problem over a source."""

    X: Stored
    y: Stored
    weights: StoredWeights | None

    @property
    def parts(self) -> list[Stored]:
        """Return X, y and, where there are some, the weights."""
        return [part for part in self if part is not None]


def stored_of(problem: Problem) -> StoredParts:
    """Return X, y and the weights of a problem over a source as what they are."""
    X, y, weights = cast("tuple[object, object, object]", (problem.X, problem.y, problem.weights))
    assert isinstance(X, Stored)
    assert isinstance(y, Stored)
    assert weights is None or isinstance(weights, StoredWeights)
    return StoredParts(X, y, weights)


def source_of(problem: Problem) -> Source | None:
    """Return the source that a problem's rows are read from, if they are."""
    X: object = problem.X
    return X.source if isinstance(X, Stored) else None
