"""Training on a source: any engine, which is given one window of rows after another."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import final

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.engine import Block, BoundEngine, Engine, Member, Predictor, Stopped
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.source.base import Shard, stored_of
from mlnn.source.order import Order


@final
class Streamed(Engine):
    """An engine whose problem's rows are read while it trains.

    Parameters
    ----------
    engine : Engine
        Who computes.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def arithmetic(self) -> str:
        return self.engine.arithmetic

    def supports(self, problem: Problem | Network, optimizer: Optimizer | LBFGS | None = None) -> str | None:
        return self.engine.supports(problem, optimizer)

    def explain(self, problem: Problem | Network, batch_size: float = np.inf, dtype: npt.DTypeLike = np.float32) -> str:
        return self.engine.explain(problem, batch_size, dtype)

    def bind(self, problem: Problem, optimizer: Optimizer | None = None) -> "BoundStream":
        return BoundStream(self.engine, problem, optimizer)

    def predictor(self, network: Network, theta: Array) -> Predictor:
        return self.engine.predictor(network, theta)


@final
class BoundStream(BoundEngine):
    """An engine at work on a source: while it trains on one window of rows, a thread reads the next."""

    def __init__(self, engine: Engine, problem: Problem, optimizer: Optimizer | None) -> None:
        self.problem, self._engine, self._optimizer = problem, engine, optimizer
        self._reader = ThreadPoolExecutor(1, "mlnn-source")

    def run(self, members: Sequence[Member], blocks: Sequence[Block], stop: object = None) -> list[Array]:
        """Take every member's steps, which all go over the rows in one order: they are read once for all of them."""
        losses = [[np.zeros((0, 2))] for _ in blocks]
        taken = 0
        for problem, a, b, begin in self._parts(blocks[0]):
            cut = (block.cut(a, b) for block in blocks)
            parts = [replace(part, order=None, bounds=part.bounds - begin) for part in cut]
            with self._engine.bind(problem, self._optimizer) as bound:
                try:
                    measured = bound.run(members, parts, stop)
                except Stopped as at:
                    whole = [np.concatenate([*before, some]) for before, some in zip(losses, at.losses, strict=True)]
                    raise Stopped(blocks, [taken + steps for steps in at.taken], whole) from None
            for before, some in zip(losses, measured, strict=True):
                before.append(some)
            taken = b
        return [np.concatenate(each) for each in losses]

    def close(self) -> None:
        self._reader.shutdown(cancel_futures=True)

    def _parts(self, block: Block) -> Iterator[tuple[Problem, int, int, int]]:
        """Yield the problem of some rows, which of the block's steps take them, and where in the order they begin.

        Those within a window come together, each that reaches into the next alone. Windows are read one ahead.
        """
        order, (start, stop) = block.order, (int(block.bounds[0, 0]), int(block.bounds[-1, 1]))
        assert isinstance(order, Order)
        first, last = (np.searchsorted(order.bounds, [start, stop - 1], "right") - 1).tolist()
        coming: Future[Shard] | None = self._reader.submit(self._window, order, first)
        done, left = 0, None
        for k in range(first, last + 1):
            assert coming is not None
            rows = coming.result()
            coming = self._reader.submit(self._window, order, k + 1) if k < last else None
            begin, end = order.bounds[k : k + 2].tolist()
            if left is not None:  # the beginning of a step that reaches into this window
                lo, hi = block.bounds[done].tolist()
                left = Shard(*(np.concatenate([a, b[: hi - begin]]) for a, b in zip(left, rows, strict=True)))
                if hi > end:
                    continue
                yield self._problem(left), done, done + 1, lo
                done, left = done + 1, None
            whole = int(np.searchsorted(block.bounds[:, 1], end, "right"))
            if whole > done:
                yield self._problem(rows), done, whole, begin
                done = whole
            if done < len(block.bounds):
                lo = int(block.bounds[done, 0]) - begin
                left = Shard(*(part[lo:].copy() for part in rows)) if lo < end - begin else None

    def _problem(self, rows: Shard) -> Problem:
        return replace(self.problem, X=rows.X, y=rows.y)

    def _window(self, order: Order, window: int) -> Shard:
        """Return a window's rows in the order of training: every row is put where it goes as soon as it is read."""
        places, at = order.mixed(window), 0
        stored = stored_of(self.problem)
        mixed = Shard(*(each.empty(len(places)) for each in stored))
        for shard in order.windows[window]:
            rows = stored.X.source.read(shard)
            here = places[at : at + len(rows.X)]
            for out, each in zip(mixed, stored, strict=True):
                out[here] = each.part(rows)
            at += len(here)
        return mixed

    def _data_loss_and_gradient(self, theta: Array, step: Step | None, factor: float) -> tuple[float, Array]:
        raise NotImplementedError("a source's rows are read one window after another, and not at once")
