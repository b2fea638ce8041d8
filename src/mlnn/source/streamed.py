"""Training on a source: any engine, which is given one window of rows after another."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple, final

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.engine import Around, Block, BoundEngine, Engine, Member, Stopped, machine
from mlnn.gate import Step
from mlnn.objective import Problem
from mlnn.optimizer import Optimizer
from mlnn.source.base import Shard, Source, joined, stored_of
from mlnn.source.order import Order, Windows

TURNS = 8
"""Before so many parts of a stretch it is asked whether the reading thread still needs a core."""


@final
class Streamed(Around):
    """An engine whose problem's rows are read while it trains.

    Parameters
    ----------
    engine : Engine
        Who computes.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def bind(self, problem: Problem, optimizer: Optimizer | None = None) -> "BoundStream":
        return BoundStream(self.engine, problem, optimizer)


class Stretch(NamedTuple):
    """Some rows in the order of training, all of them in memory.

    Attributes
    ----------
    problem : Problem
        Over the rows.
    start, stop : int
        The steps that begin from here, and before there, in the order, have all their rows among them.
    begin : int
        Where in the order the rows begin.
    """

    problem: Problem
    start: int
    stop: int
    begin: int


class Done(NamedTuple):
    """What every member has done of its block: how many steps, and their losses, a matrix for each stretch."""

    taken: list[int]
    losses: list[list[Array]]

    def add(self, members: Sequence[int], taken: Sequence[int], losses: Sequence[Array]) -> None:
        """Count more steps of some members."""
        for m, steps, measured in zip(members, taken, losses, strict=True):
            self.taken[m] += steps
            self.losses[m].append(measured)

    @property
    def joined(self) -> list[Array]:
        """Return every member's losses, of shape (steps, 2)."""
        return [np.concatenate(each) for each in self.losses]


def rows_in_memory(source: Source, order: Windows, batch_size: int) -> int:
    """Return how many rows are in memory at a time at most.

    Those are two windows, but no more than there are; what is read and what is made of it; a step that reaches from
    one window into the next, and a copy of it.
    """
    return min(2 * order.most, source.rows) + 2 * max(source.sizes) + 2 * min(batch_size, source.rows)


@final
class BoundStream(BoundEngine):
    """An engine at work on a source: while it trains on one window of rows, a thread reads the next."""

    def __init__(self, engine: Engine, problem: Problem, optimizer: Optimizer | None) -> None:
        self.problem, self._engine, self._optimizer = problem, engine, optimizer
        self._coming: Future[Shard] | None = None
        self._reader = ThreadPoolExecutor(1, "mlnn-source")

    def run(self, members: Sequence[Member], blocks: Sequence[Block], stop: object = None) -> list[Array]:
        """Take every member's steps, which all go over the rows in one order: they are read once for all of them.

        Where members stand at different steps of the epoch, rows are read for the one that has most before it.
        """
        done = Done([0] * len(blocks), [[np.zeros((0, 2))] for _ in blocks])
        for stretch in self._stretches(max(blocks, key=lambda block: len(block.bounds)), members[0].theta.dtype):
            self._take(stretch, members, blocks, done, stop)
            del stretch  # before the window after the next is read
        return done.joined

    def _take(
        self, stretch: Stretch, members: Sequence[Member], blocks: Sequence[Block], done: Done, stop: object
    ) -> None:
        """Take those steps of every member's block that begin in a stretch of the order."""
        edges = np.linspace(stretch.start, stretch.stop, TURNS + 1, dtype=np.int64)
        with self._engine.bind(stretch.problem, self._optimizer) as bound:
            for begin, end in pairwise(edges):
                cuts = [np.searchsorted(block.bounds[:, 0], [begin, end]).tolist() for block in blocks]
                here = [m for m, (first, last) in enumerate(cuts) if first < last]
                cut = (blocks[m].cut(*cuts[m]) for m in here)
                parts = [replace(part, order=None, bounds=part.bounds - stretch.begin) for part in cut]
                try:
                    with self._room():
                        measured = bound.run([members[m] for m in here], parts, stop)
                except Stopped as at:
                    done.add(here, at.taken, at.losses)
                    raise Stopped(blocks, done.taken, done.joined) from None
                done.add(here, [len(part.bounds) for part in parts], measured)

    def _room(self) -> AbstractContextManager[None]:
        """Leave a core to the thread that reads, as long as it does; the number of threads changes no bit."""
        reading = self._coming is not None and not self._coming.done()
        return machine.limit_threads(max(machine.threads() - 1, 1)) if reading else nullcontext()

    def close(self) -> None:
        self._reader.shutdown(cancel_futures=True)

    def _stretches(self, block: Block, dtype: npt.DTypeLike) -> Iterator[Stretch]:
        """Yield the block's rows, in numbers that a θ of this type is trained on.

        Those within a window come together, each that reaches into the next alone. Windows are read one ahead.
        """
        order, (start, stop) = block.order, (int(block.bounds[0, 0]), int(block.bounds[-1, 1]))
        assert isinstance(order, Order)
        first, last = (np.searchsorted(order.bounds, [start, stop - 1], "right") - 1).tolist()
        self._coming = self._reader.submit(self._window, order, first, dtype)
        done, left = 0, None
        for k in range(first, last + 1):
            assert self._coming is not None
            rows = self._coming.result()
            self._coming = self._reader.submit(self._window, order, k + 1, dtype) if k < last else None
            begin, end = order.bounds[k : k + 2].tolist()
            if left is not None:  # the beginning of a step that reaches into this window
                lo, hi = block.bounds[done].tolist()
                left = joined([left, rows.some(slice(hi - begin))])
                if hi > end:
                    continue
                yield Stretch(self._problem(left), lo, hi, lo)
                done, left = done + 1, None
            whole = int(np.searchsorted(block.bounds[:, 1], end, "right"))
            if whole > done:
                lo, hi = block.bounds[done, 0], block.bounds[whole - 1, 1]
                yield Stretch(self._problem(rows), int(lo), int(hi), begin)
                done = whole
            if done < len(block.bounds):
                lo = int(block.bounds[done, 0]) - begin
                left = joined([rows.some(slice(lo, None))]) if lo < end - begin else None

    def _problem(self, rows: Shard) -> Problem:
        return replace(self.problem, X=rows.X, y=rows.y, weights=rows.weights)

    def _window(self, order: Order, window: int, dtype: npt.DTypeLike) -> Shard:
        """Return a window's rows in the order of training: every row is put where it goes as soon as it is read."""
        places, at = order.mixed(window), 0
        stored = stored_of(self.problem)
        mixed = Shard(*(each.empty(len(places), dtype) for each in stored.parts))
        for shard in order.windows[window]:
            for rows in stored.X.source.pieces(shard):
                here = places[at : at + len(rows.X)]
                for out, each in zip(mixed.parts, stored.parts, strict=True):
                    _put(out, here, each.part(rows))
                at += len(here)
        return mixed

    def _data_loss_and_gradient(self, theta: Array, step: Step | None, factor: float) -> tuple[float, Array]:
        raise NotImplementedError("a source's rows are read one window after another, and not at once")


def _put(out: Array, places: Array, rows: Array) -> None:
    """Write rows where they go, each in one piece where that is possible: faster than number by number."""
    whole = f"V{rows[:1].nbytes}"
    if rows.ndim == 2 and rows.dtype == out.dtype and rows.flags.c_contiguous:
        out, rows = (np.asarray(each).view(whole)[:, 0] for each in (out, rows))
    out[places] = rows
