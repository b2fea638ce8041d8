"""The distributed engine: every step's rows are shared out among workers, and the bits are those of one."""

import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from typing import Any, final

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.distributed.worker import Lost, Outcome, Seat, Work, Worker, Workers
from mlnn.engine import Block, BoundEngine, Compiled, Engine, Member, Predictor
from mlnn.engine.base import complete
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, Optimizer

LISTENING = 0.05
"""Seconds between two looks at whether training is to stop."""

FRUITLESS = 3
"""Times that workers may fail to take a step, although none of them is lost, before training is given up."""


class WorkersLost(RuntimeError):
    """No worker is left to take the next step, or those that there are cannot reach each other."""


@final
class Distributed(Engine):
    """Runs a network's steps on workers. Each goes through some parts of a step's rows, and all make the same step.

    Parameters
    ----------
    engine : Compiled
        What computes here: predictions, and everything but steps.
    workers : Workers
        Who takes the steps.
    """

    reads = True

    def __init__(self, engine: Compiled, workers: Workers) -> None:
        self.engine, self.workers = engine, workers

    @property
    def arithmetic(self) -> str:
        return self.engine.arithmetic

    def supports(self, problem: Problem | Network, optimizer: Optimizer | LBFGS | None = None) -> str | None:
        return self.engine.supports(problem, optimizer)

    def explain(self, problem: Problem | Network, batch_size: float = np.inf, dtype: npt.DTypeLike = np.float32) -> str:
        return f"{self.engine.explain(problem, batch_size, dtype)}; {len(self.workers.here())} workers"

    def bind(self, problem: Problem, optimizer: Optimizer | None = None) -> "BoundEngine":
        if optimizer is None:  # no steps will be taken
            return self.engine.bind(problem)
        return BoundDistributed(self, problem, optimizer)

    def predictor(self, network: Network, theta: Array) -> Predictor:
        return self.engine.predictor(network, theta)


@final
class BoundDistributed(BoundEngine):
    """The distributed engine at work on a problem, which every worker has."""

    def __init__(self, engine: Distributed, problem: Problem, optimizer: Optimizer) -> None:
        self.problem, self._optimizer, self._engine, self._workers = problem, optimizer, engine.engine, engine.workers
        self._key = uuid.uuid4().hex
        self._bound: set[Worker] = set()
        self._seated: list[Worker] = []
        self._generation = 0
        self._last: Member | None = None  # as the workers in `_holding` have it, too
        self._holding: set[Worker] = set()
        self._alone: BoundEngine | None = None

    def run(self, members: Sequence[Member], blocks: Sequence[Block], stop: object = None) -> list[Array]:
        """Take every member's steps: of a single one together, of several each on one worker.

        Where a worker is lost, the others go on from the last step that is complete.
        """
        if len(members) == 1:
            return self._together(members[0], blocks[0], stop)
        return self._side_by_side(members, blocks, stop)

    def close(self) -> None:
        if self._alone is not None:
            self._alone.close()
        for worker in self._bound:
            worker.ask("close", self._key)
        self._bound = set()

    def _together(self, member: Member, block: Block, stop: object) -> list[Array]:
        count, taken, losses, fruitless = len(block.bounds), 0, [np.zeros((0, 2))], 0
        first = block.bounds[0].tolist() if count else [0, 0]
        block = replace(block, rows=block.rows or first[1] - first[0])
        while taken < count and not stop:
            rest = block.cut(taken, count)
            team = self._team(rest, member.theta.dtype)
            if not self._is_last(member):
                self._holding = set()
            asked = {
                worker: worker.ask(
                    "take", self._key, seat, None if worker in self._holding else [member], [rest], not seat.rank
                )
                for worker, seat in team.items()
            }
            outcomes = self._heard(asked, stop)
            best = max(outcomes, key=lambda worker: outcomes[worker].taken[0], default=None)
            steps = outcomes[best].taken[0] if best else 0
            fruitless = 0 if steps else fruitless + 1
            if fruitless == FRUITLESS:
                raise WorkersLost(f"the workers took no step: {_reasons(outcomes.values())}")
            if best is None or not steps:
                continue
            (now,) = outcomes[best].members or self._held(best) or [None]
            if now is None:  # lost at this very moment: others know less, and take those steps again
                continue
            for mine, theirs in zip((member.theta, *member.state), (now.theta, *now.state), strict=True):
                mine[...] = theirs
            self._last = Member(member.theta.copy(), tuple(slot.copy() for slot in member.state))
            self._holding = {worker for worker, outcome in outcomes.items() if outcome.taken[0] == steps}
            losses.append(outcomes[best].losses[0])
            taken += steps
        return complete([block], [taken], [_padded(np.concatenate(losses), block)])

    def _side_by_side(self, members: Sequence[Member], blocks: Sequence[Block], stop: object) -> list[Array]:
        taken, losses = [0] * len(members), [np.zeros((block.measured_steps, 2)) for block in blocks]
        waiting, fruitless = list(range(len(members))), 0
        self._holding = set()
        while waiting and not stop:
            workers = self._ready()
            each = {worker: waiting[k :: len(workers)] for k, worker in enumerate(workers) if k < len(waiting)}
            asked = {
                worker: worker.ask(
                    "take",
                    self._key,
                    self._seat([worker])[worker],
                    [members[m] for m in some],
                    [blocks[m] for m in some],
                    True,
                )
                for worker, some in each.items()
            }
            self._seated = []
            outcomes = self._heard(asked, stop)
            for worker, outcome in outcomes.items():
                for m, now, steps, measured in zip(
                    each[worker], outcome.members or (), outcome.taken, outcome.losses, strict=True
                ):
                    for mine, theirs in zip(
                        (members[m].theta, *members[m].state), (now.theta, *now.state), strict=True
                    ):
                        mine[...] = theirs
                    taken[m] = steps
                    losses[m][: len(measured)] = measured
                    waiting.remove(m)
            fruitless = 0 if outcomes else fruitless + 1
            if fruitless == FRUITLESS:
                raise WorkersLost("the workers took no step")
        return complete(blocks, taken, losses)

    def _ready(self) -> list[Worker]:
        """Return the workers there are, each with the problem.

        Raises
        ------
        WorkersLost
            If there is none.
        """
        here = self._workers.here()
        new = {
            worker: worker.ask("bind", self._key, self.problem, self._optimizer, self._engine.parts)
            for worker in here
            if worker not in self._bound
        }
        for worker, arithmetic in self._heard(new, None).items():
            if arithmetic != self._engine.arithmetic:
                raise ValueError(
                    f"all must compute alike, but {worker.address} has {arithmetic} and this process "
                    f"{self._engine.arithmetic}: set MLNN_INSTRUCTIONS to what all have"
                )
            self._bound.add(worker)
        ready = [worker for worker in here if worker in self._bound]
        if not ready:
            raise WorkersLost("no worker is left; training goes on from its last checkpoint, if one was written")
        return ready

    def _team(self, block: Block, dtype: npt.DTypeLike) -> dict[Worker, Seat]:
        """Return who takes a block's steps, with their seats: no more than a step has parts."""
        most = int(np.diff(block.bounds, axis=1).max())
        parts = self._engine.parts_of(self.problem, dtype, most, block.rows or most)
        return self._seat(self._ready()[:parts])

    def _seat(self, workers: Sequence[Worker]) -> dict[Worker, Seat]:
        if list(workers) != self._seated:
            self._generation += 1
            self._seated = list(workers)
        addresses = tuple(worker.address for worker in workers)
        group = f"{self._key}-{self._generation}"
        return {worker: Seat(group, rank, addresses) for rank, worker in enumerate(workers)}

    def _heard(self, asked: dict[Worker, Future[Any]], stop: object) -> dict[Worker, Any]:
        """Return what each worker answers; those that are lost are counted on no longer."""
        told, waiting = False, set(asked.values())
        try:
            while waiting:
                _, waiting = wait(waiting, LISTENING if not told else None, FIRST_COMPLETED)
                if stop and not told:
                    told = True
                    for worker in asked:
                        worker.stop()
        except BaseException:
            for worker in asked:
                worker.stop()
            self._seated = []
            raise
        answers = {}
        for worker, future in asked.items():
            try:
                answers[worker] = future.result()
            except Lost:
                self._workers.lose(worker)
                self._bound.discard(worker)
                self._holding.discard(worker)
                self._seated = []
        for worker, answer in answers.items():
            if isinstance(answer, Outcome):
                self._workers.work.setdefault(worker.address, Work()).add(answer.work)
                if answer.failure:
                    self._seated = []
        return answers

    def _held(self, worker: Worker) -> list[Member] | None:
        return self._heard({worker: worker.ask("held", self._key)}, None).get(worker)

    def _is_last(self, member: Member) -> bool:
        """Tell whether a member is as the workers left it; where it is not, they must be given it."""
        return self._last is not None and all(
            np.array_equal(mine, theirs)
            for mine, theirs in zip((member.theta, *member.state), (self._last.theta, *self._last.state), strict=True)
        )

    def _data_loss_and_gradient(self, theta: Array, step: Step | None, factor: float) -> tuple[float, Array]:
        if self._alone is None:
            self._alone = self._engine.bind(self.problem)
        return self._alone._data_loss_and_gradient(theta, step, factor)


def _padded(losses: Array, block: Block) -> Array:
    """Return a row for every step measured, those that were not taken with zeros."""
    return np.concatenate([losses, np.zeros((block.measured_steps - len(losses), 2))])


def _reasons(outcomes: Iterable[Outcome]) -> str:
    return "; ".join(sorted({outcome.failure for outcome in outcomes if outcome.failure})) or "all of them are lost"
