"""How memory is shared out where a table is larger than training may take, and which of its rows are held at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlnn import memory
from mlnn.array import Array
from mlnn.frame.column import TableError
from mlnn.frame.kind.base import Cells
from mlnn.frame.table import Table, Unusable, Words
from mlnn.frame.values import gaps_of
from mlnn.source.base import WINDOW

CELL = 128
"""Bytes that a cell takes at the peak of training in memory: as it is read, prepared, and copied."""

SHARE = 0.5
"""Of the memory that is free, unless somebody says otherwise."""

KNOWN, LEAST = 300_000, 3_000
"""Rows that are held in memory at most and at least, by which the table is prepared and the model judged."""

JUDGED = 1 / 3
"""The part of these that the model is judged by."""

BATCH = 1 << 16
"""Rows that are prepared at a time, at most."""

VALUES = 1_000
"""Of so many different targets the first rows are looked for."""


@dataclass(frozen=True)
class Room:
    """What is in memory at a time of a table that is larger.

    A sample of n rows tells quantiles to ± √(ln(2/δ) / 2n) of all rows with probability 1 − δ (Dvoretzky, Kiefer,
    Wolfowitz 1956; Massart 1990): 200,000 rows to ± 0.003 with 95 %.

    Attributes
    ----------
    limit : float
        Bytes that training may take.
    known : int
        Rows that are held: to prepare the table by, and to judge the model by.
    batch : int
        Rows that are read, prepared and stored at a time.
    window : int
        Bytes of a window of prepared rows, of which there are two.
    """

    limit: float
    known: int
    batch: int
    window: int

    @property
    def judged(self) -> int:
        """Return by how many rows the model is judged."""
        return int(self.known * JUDGED)

    @classmethod
    def of(cls, table: Table, limit: float) -> "Room":
        """Share out a limit: a quarter of it to the rows that are held, an eighth each to a batch and a window.

        Raises
        ------
        TableError
            If that is too little to learn from.
        """
        row, least = len(table.names) * CELL, _least(table)
        if limit < least:
            had = f"{memory.amount(limit)} are too little for rows of {len(table.names):,} columns"
            told = f"{had}: training takes {memory.amount(least)} at least"
            raise TableError(told, "give more by memory=, or leave columns out")
        known = min(int(limit / 4 / row), KNOWN, table.rows // 2)
        return cls(limit, known, min(int(limit / 8 / row), BATCH), int(min(limit / 8, WINDOW)))

    def same_from(self, table: Table) -> int:
        """Return the smallest limit from which training ends in the same bits: as many rows known, windows as large."""
        return max(4 * self.known * len(table.names) * CELL, 8 * self.window)

    def words(self, table: Table) -> str:
        """Say that the table does not fit, and what is done about it."""
        whole = f"{table.rows:,} rows of {len(table.names):,} columns take about {memory.amount(needs(table))}"
        sample = f"{self.known - self.judged:,} rows spread over all of them tell what columns are"
        return (
            f"{whole} to train on in memory, where {memory.amount(self.limit)} may be taken: {sample}, {self.judged:,} "
            "more are held out to judge by, and all others are trained on in windows from the disk"
        )


def needs(table: Table) -> float:
    """Return about how many bytes training in memory takes."""
    return float(table.rows) * len(table.names) * CELL


def larger(table: Table, limit: float | None) -> Room | None:
    """Return how memory is shared out where a table is larger than the limit and can be read in parts; else None.

    So is a table that has too few rows to tell from some of them what the others are, however wide it is.

    ``limit`` are the bytes that training may take. Without it, half of what is free decides whether the table is read
    in parts, and it is shared out as the least that training takes, doubled as often as that half allows: what is free
    differs from one moment to the next, and the bits of a model should not.

    Examples
    --------
    >>> larger(Table.of({"age": [39, 40, 41]}), limit=1.0)  # is in memory already
    """
    most = _most(table, limit)
    if most is None or table.rows // 2 < LEAST:
        return None
    least = _least(table)
    if limit is None and most > least:
        most = least * 2 ** int(np.log2(most / least))
    return Room.of(table, most)


def _least(table: Table) -> float:
    """Return how many bytes training takes at least where a table is read in parts."""
    return 4.0 * LEAST * len(table.names) * CELL


def batches(table: Table, limit: float | None) -> Iterator[Table]:
    """Yield a table as a whole where it takes no more than the limit, and else its rows, a batch at a time.

    Examples
    --------
    >>> [len(each) for each in batches(Table.of({"age": [39, 40, 41]}), limit=1.0)]
    [3]
    """
    most = _most(table, limit)
    if most is None:
        yield table
        return
    yield from table.parts(max(min(int(most / 8 / (len(table.names) * CELL)), BATCH), 1))


def _most(table: Table, limit: float | None) -> float | None:
    """Return how many bytes may be taken, where a table takes more and can be read in parts; else None."""
    if table.in_parts is None or needs(table) <= memory.SMALL:
        return None
    most = memory.free() * SHARE if limit is None else limit
    return most if needs(table) > most else None


def sampled(rows: int, some: int, seed: int) -> Array:
    """Return some of so many row numbers, in ascending order: one by chance of every stretch of equally many.

    Examples
    --------
    >>> sampled(1_000_000_000, 4, seed=0) // 250_000_000
    array([0, 1, 2, 3])
    """
    edges = np.linspace(0, rows, some + 1).astype(np.int64)
    return edges[:-1] + (np.random.default_rng(seed).random(some) * np.diff(edges)).astype(np.int64)


def parted(table: Table, targets: Sequence[str], room: Room, seed: int) -> tuple[Array, Array]:
    """Return which rows the table is prepared by, and which the model is judged by: ascending, none in both.

    Among the first are the first rows of all different targets, unless these are more than ``VALUES``, so that no class
    is unknown because it is rare.
    """
    rows = sampled(table.rows, room.known, seed)
    aside = np.zeros(len(rows), dtype=bool)
    aside[np.random.default_rng([seed, 1]).permutation(len(rows))[: room.judged]] = True
    first = _first_rows(table.only(targets), room.batch)
    return np.union1d(rows[~aside], first), np.setdiff1d(rows[aside], first)


def _first_rows(targets: Table, size: int) -> Array:
    """Return the first row of every different target, of columns that have no more than ``VALUES`` of them."""
    first: dict[str, dict[Any, int]] = {name: {} for name in targets.names}
    start = 0
    for part in targets.parts(size):
        if not first:
            break
        for name in list(first):
            values = part[name]
            if isinstance(values, Unusable):
                continue
            different, rows = _different(values)
            for value, row in zip(different, rows, strict=True):
                first[name].setdefault(value, start + row)
            if len(first[name]) > VALUES:
                del first[name]
        start += part.rows
    return np.unique(np.array([row for known in first.values() for row in known.values()], dtype=np.int64))


def _different(values: Array | Words) -> tuple[list[Any], list[int]]:
    """Return the different cells of a column, gaps left out, ``VALUES`` and one at most, and the first row of each."""
    if isinstance(values, Words):
        cells = Cells.of(values)
        codes, rows = np.unique(cells.codes, return_index=True)
        kept = codes >= 0
        codes, rows = codes[kept][: VALUES + 1], rows[kept][: VALUES + 1]
        return [cells.labels[code] for code in codes.tolist()], rows.tolist()
    told = np.flatnonzero(~gaps_of(values))  # no gap is equal to another
    different, rows = np.unique(values[told], return_index=True)
    return different[: VALUES + 1].tolist(), told[rows[: VALUES + 1]].tolist()
