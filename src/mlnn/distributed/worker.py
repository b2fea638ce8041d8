"""Workers: who takes steps on behalf of a training that runs elsewhere, and how they are reached."""

import threading
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, final

import numpy as np

from mlnn.array import Array
from mlnn.engine import Block, BoundEngine, Compiled, Member, Peers, Stopped
from mlnn.engine.peers import Span
from mlnn.objective import Problem
from mlnn.optimizer import Optimizer
from mlnn.source import Streamed, source_of


class Lost(ConnectionError):
    """A worker is no longer there."""


class Seat(NamedTuple):
    """A worker's place in a group that trains together.

    Attributes
    ----------
    group : str
        The group's name: every change of who is in it makes a new one.
    rank : int
        The worker's own number in it.
    addresses : tuple of str
        Of all of its members.
    """

    group: str
    rank: int
    addresses: tuple[str, ...]


@dataclass
class Work:
    """What a worker has done.

    Attributes
    ----------
    steps, rows : int
        How many steps it took, and over how many rows they went, its peers' parts included.
    seconds, waited : float
        How long that took, and how much of it went by until its peers' numbers were there.
    sent : int
        How many bytes it sent to its peers.
    """

    steps: int = 0
    rows: int = 0
    seconds: float = 0.0
    waited: float = 0.0
    sent: int = 0

    def add(self, other: "Work") -> None:
        """Count another's work as this one's."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


class Outcome(NamedTuple):
    """What became of a block: steps taken, losses measured, and the members as they are now, where they were wanted.

    ``failure`` says why it ended early, if it did.
    """

    taken: list[int]
    losses: list[Array]
    members: list[Member] | None
    work: Work
    failure: str | None = None


class Meeting(Peers):
    """Peers that are left when nobody needs them any more.

    Attributes
    ----------
    failure : str or None
        Why an exchange failed; there will be no other.
    waited : float
        Seconds that exchanges took.
    sent : int
        Bytes that went to others.
    """

    failure: str | None = None
    waited: float = 0.0
    sent: int = 0

    @final
    def exchange(self, out: memoryview, to: Sequence[Span], received: memoryview, spans: Sequence[Span]) -> bool:
        if self.failure is not None:
            return False
        began = time.perf_counter()
        try:
            self.swap(out, to, received, spans)
        except OSError as reason:
            self.failure = f"a peer is lost: {reason}"
            return False
        finally:
            self.waited += time.perf_counter() - began
        self.sent += sum(stop - start for peer, (start, stop) in enumerate(to) if peer != self.rank)
        return True

    @abstractmethod
    def swap(self, out: memoryview, to: Sequence[Span], received: memoryview, spans: Sequence[Span]) -> None:
        """Exchange what ``Peers.exchange`` says.

        Raises
        ------
        OSError
            If a peer is lost.
        """

    @abstractmethod
    def leave(self) -> None:
        """Let the others know that nothing more will come from here."""


class Told:
    """Whether whoever trains wants no more of what was asked last.

    Attributes
    ----------
    asked : int
        The number of what a servant is doing.
    stopped : int
        The number up to which nothing more is wanted: it may come before what it stops has begun.
    """

    asked, stopped = 0, -1

    def __bool__(self) -> bool:
        return self.asked <= self.stopped


@dataclass(eq=False)
class Task:
    """What a worker knows of one training: a problem, and the members that it trained last."""

    problem: Problem
    optimizer: Optimizer
    parts: int | None
    members: list[Member]
    seat: Seat | None = None
    meeting: Meeting | None = None
    bound: BoundEngine | None = None

    def close(self) -> None:
        """Leave the peers, and free the engine's memory."""
        if self.meeting is not None:
            self.meeting.leave()
        if self.bound is not None:
            self.bound.close()
        self.seat = self.meeting = self.bound = None


class Servant:
    """A worker's own part: it binds an engine to a problem, takes the steps it is told to, and keeps what came of them.

    Parameters
    ----------
    threads : int
        The most threads.
    meet : callable
        Takes a seat and returns the peers.
    told : Told
        Whether to stop.
    """

    def __init__(self, threads: int, meet: Callable[[Seat], Meeting], told: Told) -> None:
        self._threads, self._meet, self._told = threads, meet, told
        self._tasks: dict[str, Task] = {}

    def bind(self, key: str, problem: Problem, optimizer: Optimizer, parts: int | None) -> str:
        """Take on a training under a key; return what the last bits of this worker's results depend on."""
        self._tasks[key] = Task(problem, optimizer, parts, [])
        return Compiled(self._threads, parts).arithmetic

    def take(
        self, key: str, seat: Seat, members: Sequence[Member] | None, blocks: Sequence[Block], wanted: bool
    ) -> Outcome:
        """Take the blocks' steps, from these members or from those that are here; return what became of them."""
        task = self._tasks[key]
        if members is not None:
            task.members = [Member(theta.copy(), tuple(slot.copy() for slot in state)) for theta, state in members]
        try:
            bound, meeting = self._seated(task, seat)
            began, before = time.perf_counter(), (meeting.waited, meeting.sent)
            losses = bound.run(task.members, blocks, self._told)
            taken = [len(block.bounds) for block in blocks]
        except Stopped as at:
            taken, losses = at.taken, at.losses
        except BaseException:
            task.close()  # others are waiting for what will not come
            raise
        failure = meeting.failure
        work = Work(
            sum(taken),
            sum(int(np.diff(block.bounds[:steps], axis=1).sum()) for steps, block in zip(taken, blocks, strict=True)),
            time.perf_counter() - began,
            meeting.waited - before[0],
            meeting.sent - before[1],
        )
        if any(steps < len(block.bounds) for steps, block in zip(taken, blocks, strict=True)):
            failure = failure or "it was told to stop"
            task.close()
        return Outcome(taken, losses, task.members if wanted else None, work, failure)

    def held(self, key: str) -> list[Member]:
        """Return the members as they are now."""
        return self._tasks[key].members

    def close(self, *keys: str) -> None:
        """Forget some trainings, or all."""
        for key in keys or tuple(self._tasks):
            if (task := self._tasks.pop(key, None)) is not None:
                task.close()

    def _seated(self, task: Task, seat: Seat) -> tuple[BoundEngine, Meeting]:
        if task.seat == seat and task.bound is not None and task.meeting is not None:
            return task.bound, task.meeting
        task.close()
        task.seat, task.meeting = seat, self._meet(seat)
        engine = Compiled(self._threads, task.parts, task.meeting if task.meeting.size > 1 else None)
        reads = source_of(task.problem) is not None
        task.bound = (Streamed(engine) if reads else engine).bind(task.problem, task.optimizer)
        return task.bound, task.meeting


class Worker(ABC):
    """A servant, reached from where the training runs.

    Attributes
    ----------
    address : str
        By which other workers reach it.
    """

    address: str

    @abstractmethod
    def ask(self, what: str, *arguments: Any) -> Future[Any]:
        """Have the servant do something, by the name of its method; the future raises ``Lost`` where it is no more."""

    @abstractmethod
    def stop(self) -> None:
        """Have the servant end what it was asked for, begun or not."""


class Workers(ABC):
    """All workers there are.

    Attributes
    ----------
    work : dict of str to Work
        What each has done, by its address, those that were lost included.
    reasons : dict of str to str
        Why some cannot be counted on, by what they are called.
    turn : Lock
        Of several trainings at once, whose turn it is: were one group asked for steps while another is, each might wait
        for workers that the other has.
    """

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.work: dict[str, Work] = {}
        self.reasons: dict[str, str] = {}

    @abstractmethod
    def here(self) -> list[Worker]:
        """Return those that can be asked now, always in the same order; those that have come since come last."""

    @abstractmethod
    def lose(self, worker: Worker) -> None:
        """Count on a worker no longer."""

    @abstractmethod
    def close(self) -> None:
        """Let all of them go."""

    def leave_out(self, place: str, reason: str) -> None:
        """Say, and keep, why one is not counted on."""
        self.reasons[place] = reason
        warnings.warn(f"the worker at {place} is left out: {reason}", stacklevel=3)
