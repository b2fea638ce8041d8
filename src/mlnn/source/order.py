"""The order in which a source's rows are trained on: shards at random, and at random the rows of some that follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mlnn.array import Array


@dataclass(frozen=True)
class Windows:
    """A new order every epoch: the shards are shuffled, then the rows within windows of several of them.

    Only a window has to be in memory at a time. The order is a function of the seed, the epoch, the sizes of the
    shards and that of a window, and of nothing else: an array that is trained on in this order ends in the same bits.

    Parameters
    ----------
    sizes : sequence of int
        How many rows each shard has.
    window : int
        A window ends with the shard with which it has at least so many rows.
    seed : int or None
        Seed of the shuffling; None leaves all rows as they stand.

    Examples
    --------
    >>> windows = Windows((3, 3, 3, 3), window=6, seed=0)
    >>> windows
    Windows(12 rows in 4 shards, window=6, seed=0)
    >>> order = windows(epoch=1, rows=12)
    >>> np.asarray(order), order.bounds
    (array([ 0,  9,  1, 11, 10,  2,  6,  3,  5,  4,  8,  7]), array([ 0,  6, 12]))
    """

    sizes: Sequence[int]
    window: int
    seed: int | None = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", tuple(map(int, self.sizes)))  # a list of the same sizes is the same order
        if not self.sizes or min(self.sizes) < 1 or self.window < 1:
            raise ValueError(f"shards and a window must have a row at least, but got {self!r}")

    @cached_property
    def starts(self) -> Array:
        """Return the number of each shard's first row, and N: an array of shape (shards + 1,)."""
        return starts_of(self.sizes)

    @property
    def most(self) -> int:
        """Return how many rows a window has at most: it ends with the shard with which it has enough."""
        return min(self.window - 1 + max(self.sizes), int(self.starts[-1]))

    def __call__(self, epoch: int, rows: int) -> Any:
        """Return this epoch's ``Order``, which is worked out window by window as it is asked for.

        Raises
        ------
        ValueError
            If the shards have another number of rows.
        """
        if rows != self.starts[-1]:
            raise ValueError(f"{self!r} is no order of {rows:,} rows")
        shards = self.mixed(len(self.sizes), epoch)
        windows: list[list[int]] = [[]]
        held = 0
        for shard in shards.tolist():
            if held >= self.window:
                windows.append([])
                held = 0
            windows[-1].append(shard)
            held += self.sizes[shard]
        return Order(self, epoch, windows)

    def mixed(self, size: int, *place: int) -> Array:
        """Return so many numbers, shuffled anew at every place."""
        return np.arange(size) if self.seed is None else np.random.default_rng([self.seed, *place]).permutation(size)

    def __repr__(self) -> str:
        shards = f"{self.starts[-1]:,} rows in {len(self.sizes):,} shards"
        return f"{type(self).__name__}({shards}, window={self.window}, seed={self.seed})"


def starts_of(sizes: Sequence[int]) -> Array:
    """Return the number of the first row of each shard of these sizes, and that of all rows."""
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])


class Order:
    """One epoch's order of the rows; a slice of it is an array of their numbers.

    Attributes
    ----------
    windows : list of lists of int
        The shards of each window.
    bounds : array of shape (windows + 1,)
        Where in the order each window begins, and the end.
    """

    def __init__(self, how: Windows, epoch: int, windows: list[list[int]]) -> None:
        self.how, self.epoch, self.windows = how, epoch, windows
        self.bounds = np.cumsum([0, *(sum(how.sizes[shard] for shard in window) for window in windows)])

    def __len__(self) -> int:
        return int(self.bounds[-1])

    def __getitem__(self, rows: slice) -> Array:
        """Return the numbers of consecutive rows."""
        start, stop, _ = rows.indices(len(self))
        if stop <= start:
            return np.zeros(0, np.int64)
        first, last = np.searchsorted(self.bounds, [start, stop - 1], "right") - 1
        numbers = np.concatenate([self.numbers(k) for k in range(first, last + 1)])
        return numbers[start - self.bounds[first] : stop - self.bounds[first]]

    def __array__(self, dtype: object = None, copy: object = None) -> Array:
        return self[:]

    def mixed(self, window: int) -> Array:
        """Return where in a window each of its rows goes, shard after shard."""
        size = self.bounds[window + 1] - self.bounds[window]
        return self.how.mixed(size, self.epoch, window)

    def numbers(self, window: int) -> Array:
        """Return the numbers of a window's rows in the order of training."""
        starts = self.how.starts
        each = [np.arange(starts[shard], starts[shard + 1]) for shard in self.windows[window]]
        numbers = np.empty(self.bounds[window + 1] - self.bounds[window], np.int64)
        numbers[self.mixed(window)] = np.concatenate(each)
        return numbers
