"""One process for each peer, pinned to a core (or not), that does as it is told through a pipe."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from peers import Entry

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
SPAWN = multiprocessing.get_context("spawn")


@contextmanager
def one_thread() -> Iterator[None]:
    """Let processes that start in here run their libraries in one thread."""
    before = dict(os.environ)
    os.environ.update(ONE_THREAD)
    yield
    os.environ.clear()
    os.environ.update(before)


def idle_shares(seconds: float = 1.0) -> dict[int, float]:
    """Return which share of some seconds each core has nothing to do."""

    def ticks() -> dict[int, tuple[int, int]]:
        lines = [line.split() for line in Path("/proc/stat").read_text(encoding="utf-8").splitlines()]
        cores = [line for line in lines if line[0][:3] == "cpu" and line[0] != "cpu"]
        return {int(line[0][3:]): (int(line[4]), sum(map(int, line[1:9]))) for line in cores}

    before = ticks()
    time.sleep(seconds)
    after = ticks()
    return {
        core: (after[core][0] - before[core][0]) / max(1, after[core][1] - before[core][1])
        for core in os.sched_getaffinity(0)
    }


def pinned(core: int, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function returns in a fresh process on one core."""
    with (
        one_thread(),
        ProcessPoolExecutor(1, SPAWN, initializer=os.sched_setaffinity, initargs=(0, [core])) as executor,
    ):
        return executor.submit(function, *arguments).result()


class Worker:
    """A peer in its own process; every method waits for the answer.

    Parameters
    ----------
    entry : Entry
        Which peer.
    core : int
        The core to pin it to, unless the entry asks for all of them.
    """

    def __init__(self, entry: Entry, core: int) -> None:
        self.entry, self.interrupted = entry, 0
        self.pipe, theirs = SPAWN.Pipe()
        cores = sorted(os.sched_getaffinity(0)) if entry.all_cores else [core]
        self.process = SPAWN.Process(target=serve, args=(theirs, entry, cores), daemon=True)
        if entry.all_cores:
            self.process.start()
        else:
            with one_thread():
                self.process.start()
        theirs.close()
        self.ask("ready")

    def ask(self, command: str, *arguments: Any) -> Any:
        """Send a command and return its result.

        Raises
        ------
        RuntimeError
            If the peer failed: what it said.
        """
        self.pipe.send((command, arguments))
        fine, result = self.pipe.recv()
        if not fine:
            raise RuntimeError(f"{self.entry.title}, {command}: {result}")
        return result

    def timed(self, count: int, attempts: int = 3) -> float:
        """Return the seconds that a block takes.

        On one core, a block that other processes interrupted is repeated, and if that does not help, the processor
        time of the best attempt counts.
        """
        best = float("inf")
        for _ in range(1 if self.entry.all_cores else attempts):
            wall, own = self.ask("spent", count)
            if self.entry.all_cores or own > 0.98 * wall:
                return float(wall)
            best = min(best, own)
        self.interrupted += 1
        return best

    def close(self) -> None:
        """End the process."""
        self.pipe.send(("end", ()))
        self.process.join(timeout=10)


def serve(pipe: Connection, entry: Entry, cores: list[int]) -> None:
    """Do as told until the end."""
    os.sched_setaffinity(0, cores)
    tasks = Tasks(entry)
    while True:
        command, arguments = pipe.recv()
        if command == "end":
            return
        try:
            pipe.send((True, getattr(tasks, command)(*arguments)))
        except Exception as problem:
            pipe.send((False, f"{type(problem).__name__}: {problem}"))


class Tasks:
    """What a worker can be asked for."""

    def __init__(self, entry: Entry) -> None:
        self.peer = entry.load()

    def ready(self) -> None:
        """Answer once the libraries are imported."""

    def prepare(self, case: Any) -> str | None:
        """Build the case; return why it cannot be, or None."""
        self.case, self.row = case, case.data()[0][:1].copy()
        return self.peer.prepare(case)

    def walk(self, epochs: int) -> Any:
        """Train, and return the last loss and all weights."""
        return self.peer.run(epochs), self.peer.weights()

    def answer(self) -> Any:
        """Return the probabilities of the first row."""
        return self.peer.call(self.row)

    def block(self, seconds: float) -> int:
        """Return how many epochs (or calls) to time in one go, enough for so many seconds; warm up on the way."""
        count = unit = self.case.every
        self.spent(unit)
        while (spent := self.spent(count)[1]) < seconds / 3:
            count *= max(2, min(10, int(seconds / 2 / max(spent, 1e-9))))
        return unit * max(1, round(count / unit * seconds / spent))

    def spent(self, count: int) -> tuple[float, float]:
        """Return the seconds that so many epochs (or calls) take, and how many of them the processor was ours."""
        call, row = self.peer.call, self.row
        started, own = time.perf_counter(), time.process_time()
        if self.case.only_call:
            for _ in range(count):
                call(row)
        else:
            self.peer.run(count)
        return time.perf_counter() - started, time.process_time() - own
