"""Workers that are the processes of an MPI program: ``mpiexec -n 4 python -m mlnn.distributed program.py``."""

import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any

from mpi4py import MPI

from mlnn.distributed.worker import Meeting, Seat, Servant, Told, Worker, Workers
from mlnn.engine import machine
from mlnn.engine.peers import Span

WORLD = MPI.COMM_WORLD

ASK, ANSWER, STOP = 1, 2, 3
"""Tags of messages."""

IDLE = 0.0002, 0.01
"""Seconds between two looks for a message, at first and at most: MPI's own waiting takes a whole core."""


class MPIWorkers(Workers):
    """The processes of an MPI program: on all but the first, ``served`` waits for what there is to do.

    Raises
    ------
    RuntimeError
        If this is not the first process, or MPI may be called from one thread only.
    """

    def __init__(self) -> None:
        if WORLD.rank:
            raise RuntimeError(f"process {WORLD.rank} serves the first: run `python -m mlnn.distributed program.py`")
        if MPI.Query_thread() < MPI.THREAD_MULTIPLE:
            raise RuntimeError("this MPI may be called from one thread only, but training needs two")
        super().__init__()
        self._workers: list[Worker] = [MPIWorker(rank) if rank else FirstWorker() for rank in range(WORLD.size)]

    def here(self) -> list[Worker]:
        return list(self._workers)

    def lose(self, worker: Worker) -> None:
        self._workers.remove(worker)

    def close(self) -> None:
        for worker in self._workers:
            worker.ask("close").result()


class MPIWorker(Worker):
    """Another process."""

    def __init__(self, rank: int) -> None:
        self.address, self._rank = str(rank), rank
        self._thread = ThreadPoolExecutor(1, f"mlnn-{rank}")

    def ask(self, what: str, *arguments: Any) -> Future[Any]:
        return self._thread.submit(self._ask, what, arguments)

    def stop(self) -> None:
        WORLD.send(None, self._rank, STOP)

    def _ask(self, what: str, arguments: Sequence[Any]) -> Any:
        WORLD.send((what, arguments), self._rank, ASK)
        raised, answer = _received(self._rank, ANSWER)
        if raised:
            raise answer
        return answer


class FirstWorker(Worker):
    """A thread of the first process, which does its share of the steps."""

    def __init__(self) -> None:
        self.address, self._told = "0", Told()
        self._servant = _servant(self._told)
        self._thread = ThreadPoolExecutor(1, "mlnn-0")

    def ask(self, what: str, *arguments: Any) -> Future[Any]:
        self._told.stop = False
        return self._thread.submit(getattr(self._servant, what), *arguments)

    def stop(self) -> None:
        self._told.stop = True


class Asked(Told):
    """What the first process told another: it looks for the message."""

    def __bool__(self) -> bool:
        while WORLD.iprobe(0, STOP):
            WORLD.recv(source=0, tag=STOP)
            self.stop = True
        return self.stop


class MPIMeeting(Meeting):
    """Peers that are processes of an MPI program."""

    def __init__(self, comm: Any, seat: Seat) -> None:
        self.rank, self.size = seat.rank, len(seat.addresses)
        self._comm, self._ranks, self._group = comm, [int(address) for address in seat.addresses], seat.group

    def swap(self, out: memoryview, to: Sequence[Span], received: memoryview, spans: Sequence[Span]) -> None:
        others = [(peer, rank) for peer, rank in enumerate(self._ranks) if peer != self.rank]
        coming = [self._comm.Irecv(received[slice(*spans[peer])], rank) for peer, rank in others]
        going = [self._comm.Isend(out[slice(*to[peer])], rank) for peer, rank in others]
        MPI.Request.Waitall(coming + going)

    def leave(self) -> None:
        """Nothing: where a process of an MPI program is lost, all are."""


@cache
def _begun() -> tuple[Any, int]:
    """Return what carries messages of steps, which never meet those of who asks for them, and threads for each process.

    All processes must come here, once.
    """
    neighbours = WORLD.Split_type(MPI.COMM_TYPE_SHARED)
    return WORLD.Dup(), max(machine.available() // neighbours.size, 1)


def _servant(told: Told) -> Servant:
    steps, threads = _begun()
    return Servant(threads, lambda seat: MPIMeeting(steps, seat), told)


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
    _begun()
    if WORLD.rank == 0:
        try:
            yield True
        finally:
            for rank in range(1, WORLD.size):
                WORLD.send(None, rank, ASK)
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it, and tells the others
    told = Asked()
    servant = _servant(told)
    while (asked := _received(0, ASK)) is not None:
        what, arguments = asked
        bool(told)  # a word that came too late is none
        told.stop = False
        try:
            answer = False, getattr(servant, what)(*arguments)
        except Exception as error:
            answer = True, error
        WORLD.send(answer, 0, ANSWER)
    yield False


def _received(rank: int, tag: int) -> Any:
    """Wait for a message without taking a core for it."""
    pause, most = IDLE
    while not WORLD.iprobe(rank, tag):
        time.sleep(pause)
        pause = min(2 * pause, most)
    return WORLD.recv(source=rank, tag=tag)
