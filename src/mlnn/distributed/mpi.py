"""Workers that are the processes of an MPI program: ``mpiexec -n 4 python -m mlnn.distributed program.py``."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from zlib import crc32

from mpi4py import MPI

from mlnn.distributed.threads import Listed, Numbered, ThreadWorker
from mlnn.distributed.worker import Meeting, Seat, Servant, Told
from mlnn.engine import machine
from mlnn.engine.peers import Span

WORLD = MPI.COMM_WORLD

ASK, ANSWER, STOP, LEFT = 1, 2, 3, 4
"""Tags of messages."""

IDLE = 0.0002, 0.01
"""Seconds between two looks for a message, at first and at most: MPI's own waiting takes a whole core."""


class MPIWorkers(Listed):
    """The processes of an MPI program: on all but the first, ``served`` waits for what there is to do.

    Raises
    ------
    RuntimeError
        If this is not the first process, or MPI may be called from one thread only.
    """

    def __init__(self) -> None:
        if WORLD.rank or (WORLD.size > 1 and not SERVED):
            raise RuntimeError(
                f"of {WORLD.size} processes the first trains and the others serve it: "
                "mpiexec -n PROCESSES python -m mlnn.distributed PROGRAM"
            )
        if MPI.Query_thread() < MPI.THREAD_MULTIPLE:
            raise RuntimeError("this MPI may be called from one thread only, but training needs two")
        super().__init__([MPIWorker(rank) if rank else _first() for rank in range(WORLD.size)])


class MPIWorker(Numbered):
    """Another process."""

    def __init__(self, rank: int) -> None:
        super().__init__(str(rank))
        self._rank = rank

    def stop(self) -> None:
        WORLD.send(self._asked, self._rank, STOP)

    def _do(self, number: int, what: str, arguments: Sequence[Any]) -> Any:
        WORLD.send((number, what, arguments), self._rank, ASK)
        raised, answer = _received(self._rank, ANSWER)
        if raised:
            raise answer
        return answer


class Asked(Told):
    """What the first process told another: it looks for the message."""

    def __bool__(self) -> bool:
        while WORLD.iprobe(0, STOP):
            self.stopped = max(self.stopped, WORLD.recv(source=0, tag=STOP))
        return super().__bool__()


class MPIMeeting(Meeting):
    """Peers that are processes of an MPI program.

    One that leaves tells the others, which may be waiting for it. What is under way then never comes to its end:
    messages of a group have a tag of its own, so that no other takes them for its.
    """

    def __init__(self, comm: Any, seat: Seat) -> None:
        self.rank, self.size = seat.rank, len(seat.addresses)
        self._comm, self._ranks, self._group = comm, [int(address) for address in seat.addresses], seat.group
        self._tag = LEFT + 1 + crc32(seat.group.encode()) % (comm.Get_attr(MPI.TAG_UB) - LEFT)

    def swap(self, out: memoryview, to: Sequence[Span], received: memoryview, spans: Sequence[Span]) -> None:
        others = [(peer, rank) for peer, rank in enumerate(self._ranks) if peer != self.rank]
        kept = [bytearray(out[slice(*to[peer])]) for peer, _ in others]  # where one leaves, MPI keeps looking at it
        coming = [self._comm.Irecv(received[slice(*spans[peer])], rank, self._tag) for peer, rank in others]
        going = [self._comm.Isend(mine, rank, self._tag) for mine, (_, rank) in zip(kept, others, strict=True)]
        while not MPI.Request.Testall(coming + going):
            if self._is_left():
                for request in coming:
                    request.Cancel()
                MPI.Request.Waitall(coming)
                UNFINISHED.extend(zip(going, kept, strict=True))
                raise ConnectionResetError("it has left")
            time.sleep(0)  # where processes are more than cores, another may be the one that is waited for

    def leave(self) -> None:
        for rank in self._ranks:
            if rank != self._ranks[self.rank]:
                self._comm.isend(self._group, rank, LEFT)

    def _is_left(self) -> bool:
        while self._comm.iprobe(MPI.ANY_SOURCE, LEFT):
            if self._comm.recv(source=MPI.ANY_SOURCE, tag=LEFT) == self._group:
                return True
        return False


SERVED: list[bool] = []
"""Whether all other processes wait for what there is to do."""

UNFINISHED: list[tuple[Any, bytearray]] = []
"""What was sent to processes that had left."""


def _settle() -> None:
    """Have what was sent to processes that had left received by them: MPI does not end before."""
    steps, _ = _begun()
    left, all_have = [request for request, _ in UNFINISHED], None
    while all_have is None or not all_have.Test():
        for comm in (steps, WORLD):  # a word to stop may have come when there was nothing to stop
            while comm.iprobe(MPI.ANY_SOURCE, MPI.ANY_TAG, status := MPI.Status()):
                comm.Recv(bytearray(status.Get_count(MPI.BYTE)), status.source, status.tag)
        if all_have is None and MPI.Request.Testall(left):
            all_have = steps.Ibarrier()
        time.sleep(IDLE[0])
    UNFINISHED.clear()


@cache
def _begun() -> tuple[Any, int]:
    """Return what carries messages of steps, which never meet those of who asks for them, and threads for each process.

    All processes must come here, once.
    """
    neighbours = WORLD.Split_type(MPI.COMM_TYPE_SHARED)
    return WORLD.Dup(), max(machine.available() // neighbours.size, 1)


def _meet(seat: Seat) -> MPIMeeting:
    steps, _ = _begun()
    return MPIMeeting(steps, seat)


def _first() -> ThreadWorker:
    """Return a thread of the first process, which does its share of the steps."""
    _, threads = _begun()
    return ThreadWorker("0", threads, _meet)


@contextmanager
def served() -> Iterator[bool]:
    """Serve the first process until it is through; tell whether this is the first one, which may begin.

    Examples
    --------
    >>> with served() as first:
    ...     if first:
    ...         print("here the program trains")
    here the program trains
    """
    _, threads = _begun()
    SERVED.append(True)
    if WORLD.rank == 0:
        try:
            yield True
        finally:
            for rank in range(1, WORLD.size):
                WORLD.send(None, rank, ASK)
            _settle()
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it, and tells the others
    told = Asked()
    servant = Servant(threads, _meet, told)
    while (asked := _received(0, ASK)) is not None:
        told.asked, what, arguments = asked
        try:
            answer = False, getattr(servant, what)(*arguments)
        except Exception as error:
            answer = True, error
        WORLD.send(answer, 0, ANSWER)
    _settle()
    yield False


def _received(rank: int, tag: int) -> Any:
    """Wait for a message without taking a core for it."""
    pause, most = IDLE
    while not WORLD.iprobe(rank, tag):
        time.sleep(pause)
        pause = min(2 * pause, most)
    return WORLD.recv(source=rank, tag=tag)
