"""The distributed engine: every step's rows are shared out among workers, and the bits are those of one."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import final

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.distributed.team import Team, WorkersLost
from mlnn.distributed.worker import Outcome, Seat, Worker, Workers
from mlnn.engine import Around, Block, BoundEngine, Compiled, Member
from mlnn.engine.base import complete
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import Optimizer

FRUITLESS = 3
"""Times that workers may fail to take a step, although none of them is lost, before training is given up."""


@final
class Distributed(Around):
    """Runs a network's steps on workers. Each goes through some parts of a step's rows, and all make the same step.

    Parameters
    ----------
    engine : Compiled
        What computes here: predictions, and everything but steps.
    workers : Workers
        Who takes the steps.
    """

    engine: Compiled

    def __init__(self, engine: Compiled, workers: Workers) -> None:
        self.engine, self.workers = engine, workers

    def explain(self, problem: Problem | Network, batch_size: float = np.inf, dtype: npt.DTypeLike = np.float32) -> str:
        return f"{super().explain(problem, batch_size, dtype)}; {len(self.workers.here())} workers"

    def bind(self, problem: Problem, optimizer: Optimizer | None = None) -> "BoundEngine":
        if optimizer is None:  # no steps will be taken
            return self.engine.bind(problem)
        return BoundDistributed(self, problem, optimizer)


@final
class BoundDistributed(BoundEngine):
    """The distributed engine at work on a problem, which every worker has."""

    def __init__(self, engine: Distributed, problem: Problem, optimizer: Optimizer) -> None:
        self.problem, self._engine = problem, engine.engine
        self._team = Team(engine.workers, problem, optimizer, engine.engine)
        self._last: Member | None = None  # as those in `_holding` have it, too
        self._holding: set[Worker] = set()
        self._alone: BoundEngine | None = None
        self._used, self._closed = threading.Lock(), False

    def run(self, members: Sequence[Member], blocks: Sequence[Block], stop: object = None) -> list[Array]:
        """Take every member's steps: of a single one together, of several each on one worker.

        Where a worker is lost, the others go on from the last step that is complete.
        """
        if self._closed:
            raise RuntimeError("this bound engine is closed")
        if not self._used.acquire(blocking=False):
            raise RuntimeError("it is at work already: what is bound serves one call at a time")
        try:
            with self._team.turn:
                if len(members) == 1:
                    return self._together(members[0], blocks[0], stop)
                return self._side_by_side(members, blocks, stop)
        finally:
            self._used.release()

    def close(self) -> None:
        if self._alone is not None:
            self._alone.close()
        self._team.close()
        self._closed = True

    def _together(self, member: Member, block: Block, stop: object) -> list[Array]:
        count, taken, losses, fruitless = len(block.bounds), 0, [np.zeros((0, 2))], 0
        steps = np.diff(block.bounds, axis=1)[:, 0]
        block = replace(block, rows=block.rows or (int(steps[0]) if count else None))
        while taken < count and not stop:
            rest = block.cut(taken, count)
            parts = self._engine.parts_of(self.problem, member.theta.dtype, int(steps[taken:].max()), block.rows or 1)
            seats = self._team.seats(self._team.ready()[:parts])
            outcomes = self._taken(seats, member, rest, stop)
            best, now = self._furthest(outcomes)
            if best is None or now is None:
                fruitless += len(outcomes) == len(seats)
                if fruitless == FRUITLESS:
                    raise WorkersLost(f"the workers took no step: {_reasons(outcomes.values())}")
                continue
            _become(member, now)
            (done,), fruitless = best.taken, 0
            self._last = Member(member.theta.copy(), tuple(slot.copy() for slot in member.state))
            self._holding = {worker for worker, outcome in outcomes.items() if outcome.taken == best.taken}
            losses.extend(best.losses)
            taken += done
        return complete([block], [taken], [_padded(np.concatenate(losses), block)])

    def _taken(self, seats: dict[Worker, Seat], member: Member, block: Block, stop: object) -> dict[Worker, Outcome]:
        """Have a block's steps taken together, from the member as it is here; the first tells how it is afterwards."""
        if self._last is None or not _same(member, self._last):
            self._holding = set()
        given = {worker: None if worker in self._holding else [member] for worker in seats}
        self._holding = set()  # from here on nobody has it: they take steps, and may be lost before it is known which
        asked = {
            worker: worker.ask("take", self._team.key, seat, given[worker], [block], not seat.rank)
            for worker, seat in seats.items()
        }
        return self._team.heard(asked, stop)

    def _furthest(self, outcomes: dict[Worker, Outcome]) -> tuple[Outcome | None, Member | None]:
        """Return the outcome with the most steps, and the member after them; None where there are none, or no more."""
        worker = max(outcomes, key=lambda each: outcomes[each].taken[0], default=None)
        if worker is None or not outcomes[worker].taken[0]:
            return None, None
        held = outcomes[worker].members or self._team.heard({worker: worker.ask("held", self._team.key)}).get(worker)
        return outcomes[worker], held[0] if held else None  # lost at this very moment: others take those steps again

    def _side_by_side(self, members: Sequence[Member], blocks: Sequence[Block], stop: object) -> list[Array]:
        taken, losses = [0] * len(members), [np.zeros((block.measured_steps, 2)) for block in blocks]
        waiting, self._last = list(range(len(members))), None
        while waiting and not stop:
            workers = self._team.ready()
            shares = {worker: waiting[k :: len(workers)] for k, worker in enumerate(workers[: len(waiting)])}
            asked = {
                worker: worker.ask(
                    "take",
                    self._team.key,
                    self._team.alone(worker),
                    [members[m] for m in share],
                    [blocks[m] for m in share],
                    True,
                )
                for worker, share in shares.items()
            }
            for worker, outcome in self._team.heard(asked, stop).items():
                came = zip(shares[worker], outcome.members or (), outcome.taken, outcome.losses, strict=True)
                for m, now, steps, measured in came:
                    _become(members[m], now)
                    taken[m], losses[m][: len(measured)] = steps, measured
                    waiting.remove(m)
        return complete(blocks, taken, losses)

    def _data_loss_and_gradient(self, theta: Array, step: Step | None, factor: float) -> tuple[float, Array]:
        if self._closed:
            raise RuntimeError("this bound engine is closed")
        if self._alone is None:
            self._alone = self._engine.bind(self.problem)
        return self._alone._data_loss_and_gradient(theta, step, factor)


def _become(member: Member, now: Member) -> None:
    """Write what a member is now where it is kept."""
    for mine, theirs in zip((member.theta, *member.state), (now.theta, *now.state), strict=True):
        mine[...] = theirs


def _same(member: Member, other: Member) -> bool:
    both = zip((member.theta, *member.state), (other.theta, *other.state), strict=True)
    return all(np.array_equal(mine, theirs) for mine, theirs in both)


def _padded(losses: Array, block: Block) -> Array:
    """Return a row for every step measured, those that were not taken with zeros."""
    return np.concatenate([losses, np.zeros((block.measured_steps - len(losses), 2))])


def _reasons(outcomes: Iterable[Outcome]) -> str:
    return "; ".join(sorted({outcome.failure for outcome in outcomes if outcome.failure})) or "all of them are lost"
