"""Some of a source's shards, and their targets as somebody reads them."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mlnn.array import Array
from mlnn.source.base import Shard, Source


class Part(Source):
    """Some of a source's shards, whose targets a function makes of the source's.

    Parameters
    ----------
    source : Source
        Where the rows come from.
    shards : sequence of int, optional
        The numbers of the shards, in the order in which they are numbered here; by default all.
    targets : callable, optional
        What makes targets of a shard's, ``targets(y)``: labels become class numbers, for instance.

    Examples
    --------
    >>> from mlnn.source import ArrayRows
    >>> words = ArrayRows(np.zeros((3, 2)), np.array(["no", "yes", "no"]))
    >>> Part(words, targets=lambda y: (y == "yes") * 1).read(0).y
    array([0, 1, 0])
    """

    def __init__(
        self, source: Source, shards: Sequence[int] | None = None, targets: Callable[[Array], Array] | None = None
    ) -> None:
        self.source, self._targets = source, targets or np.asarray
        self.shards = tuple(range(len(source.sizes)) if shards is None else map(int, shards))
        sizes = [source.sizes[shard] for shard in self.shards]
        super().__init__(sizes, source.columns, source.dtype, source.name, names=source.names)
        self.window_rows = source.window_rows

    def read(self, shard: int) -> Shard:
        return self._seen(self.source.read(self.shards[shard]))

    def pieces(self, shard: int) -> Iterator[Shard]:
        yield from map(self._seen, self.source.pieces(self.shards[shard]))

    def read_targets(self, shard: int) -> Array:
        return self._targets(self.source.read_targets(self.shards[shard]))

    def read_weights(self, shard: int) -> Array:
        return self.source.read_weights(self.shards[shard])

    def _seen(self, rows: Shard) -> Shard:
        return rows._replace(y=self._targets(rows.y))

    def __repr__(self) -> str:
        count = len(self.source.sizes)
        some = f"{len(self.shards):,} of the {count:,} shards of " if len(self.shards) < count else ""
        return some + repr(self.source)


def put_aside(source: Source, share: float, random: np.random.RandomState) -> tuple[Part, Part]:
    """Return a source's shards in two parts: those to learn from, and some, drawn at random, with a share of the rows.

    The second part fits a window, and so memory: it ends with the shard with which it has the share, or before the one
    with which it has more rows than a window; but for one shard.

    Raises
    ------
    ValueError
        If there are not two shards at least.

    Examples
    --------
    >>> from mlnn.source import ArrayRows, arrays
    >>> source = ArrayRows(np.zeros((1_000_000, 8)), np.zeros(1_000_000))
    >>> [part.rows for part in put_aside(source, 0.1, np.random.RandomState(0))]
    [868928, 131072]
    """
    count = len(source.sizes)
    if count < 2:
        raise ValueError(f"shards are put aside as a whole, but {source!r} has no second one: give rows to judge by")
    aside, rows = list[int](), 0
    for shard in random.permutation(count)[: count - 1].tolist():
        if aside and (rows >= share * source.rows or rows + source.sizes[shard] > source.window_rows):
            break
        aside.append(shard)
        rows += source.sizes[shard]
    return Part(source, sorted({*range(count)} - {*aside})), Part(source, sorted(aside))
