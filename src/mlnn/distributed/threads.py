"""Workers that are threads of this process: for trying out, and for simulating many."""

import threading
from abc import abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from mlnn.array import whole_number
from mlnn.distributed.worker import Meeting, Seat, Servant, Told, Worker, Workers
from mlnn.engine.peers import Span


class Room:
    """Where the members of a group meet: each lays out what it sends, and takes what is for it."""

    def __init__(self, size: int) -> None:
        self.expected, self.barrier = size, threading.Barrier(size)
        self.laid_out: list[tuple[memoryview, Sequence[Span]]] = [(memoryview(b""), ())] * size


class ThreadMeeting(Meeting):
    """Peers in one process, which copy from each other's memory."""

    def __init__(self, room: Room, seat: Seat) -> None:
        self.rank, self.size, self._room = seat.rank, len(seat.addresses), room

    def swap(self, out: memoryview, to: Sequence[Span], received: memoryview, spans: Sequence[Span]) -> None:
        room = self._room
        try:
            room.laid_out[self.rank] = out, to
            room.barrier.wait()
            for peer, (start, stop) in enumerate(spans):
                theirs, places = room.laid_out[peer]
                if peer != self.rank:
                    received[start:stop] = theirs[slice(*places[self.rank])]
            room.barrier.wait()  # until all have taken theirs
        except threading.BrokenBarrierError:
            raise ConnectionResetError("it has left") from None

    def leave(self) -> None:
        self._room.barrier.abort()


class Numbered(Worker):
    """A worker that is asked by a thread, one thing after another, each with a number."""

    def __init__(self, address: str) -> None:
        self.address, self._asked = address, 0
        self._thread = ThreadPoolExecutor(1, f"mlnn-{address}")

    def ask(self, what: str, *arguments: Any) -> Future[Any]:
        self._asked += 1
        return self._thread.submit(self._do, self._asked, what, arguments)

    def close(self) -> None:
        """End the thread, once all that was asked is done."""
        self._thread.shutdown()

    @abstractmethod
    def _do(self, number: int, what: str, arguments: Sequence[Any]) -> Any: ...


class ThreadWorker(Numbered):
    """A worker that is this thread itself."""

    def __init__(self, address: str, threads: int, meet: Callable[[Seat], Meeting]) -> None:
        super().__init__(address)
        self._told = Told()
        self._servant = Servant(threads, meet, self._told)

    def stop(self) -> None:
        self._told.stopped = self._asked

    def _do(self, number: int, what: str, arguments: Sequence[Any]) -> Any:
        self._told.asked = number
        return getattr(self._servant, what)(*arguments)


class Listed(Workers):
    """Workers of whom no other joins."""

    def __init__(self, workers: Sequence[Numbered]) -> None:
        super().__init__()
        self._workers = list(workers)

    def here(self) -> list[Worker]:
        return list(self._workers)

    def lose(self, worker: Worker) -> None:
        self._workers = [other for other in self._workers if other is not worker]

    def close(self) -> None:
        for worker in self._workers:
            worker.ask("close").result()
            worker.close()


class ThreadWorkers(Listed):
    """So many threads of this process, each with so many of the engine's own."""

    def __init__(self, count: int, threads: int = 1) -> None:
        count = whole_number("the number of workers", count)
        super().__init__([ThreadWorker(f"thread {k}", threads, self.meet) for k in range(count)])
        self._rooms: dict[str, Room] = {}
        self._lock = threading.Lock()

    def meet(self, seat: Seat) -> Meeting:
        """Return the peers in the room of a group."""
        with self._lock:
            room = self._rooms.setdefault(seat.group, Room(len(seat.addresses)))
            room.expected -= 1
            if not room.expected:  # those who are in it hold it
                del self._rooms[seat.group]
        return ThreadMeeting(room, seat)
