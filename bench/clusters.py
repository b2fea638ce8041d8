"""Time a cluster's steps: one worker against two, what an exchange of gradients takes, and a thousand workers at once.

    python bench/clusters.py --json bench/clusters.json [--rounds 7] [--only dask] [--add]

The transports are threads, a Dask cluster of processes and ``mpiexec``; each is started once, and has two workers, of
which one or both train, in turn: so the runs of a pair follow each other within seconds. Every worker has one thread.
Before anything is timed, all transports, with one worker and with two, and a plain fit must end in the same bits. Two
processes that train each for itself, at once, say what the machine itself allows two workers to gain.

What is measured goes into a file, of which ``bench/scaling_model.py`` makes the tables of docs/scaling.md.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlnn import Network, Problem, Recipe, epochs
from mlnn.distributed import Cluster, ThreadWorkers, Worker, Workers
from mlnn.distributed.sockets import NAME, Contexts, Listener
from mlnn.distributed.worker import Seat
from mlnn.engine import Compiled, compiled_by
from mlnn.layer import ReLU
from mlnn.optimizer import Adam

SPAWN = multiprocessing.get_context("spawn")

TRANSPORTS = ("threads", "dask", "mpi")
CROWDS = 1, 64, 300, 1000
PARTS = 1024
PEERS = 1, 8, 64, 256, 999
BYTES, EXCHANGED = 2048, 20
"""Of a message between two of them, and how often all exchange one."""
SMALL = 16
"""Rows of a step whose computing is little beside its exchange; fewer are never cut into parts."""


@dataclass(frozen=True)
class Case:
    """A network, the rows of its steps, and the steps of an epoch; of the first epoch nothing is timed."""

    key: str
    widths: tuple[int, ...]
    batch: int
    steps: int
    parts: int = 2

    @property
    def numbers(self) -> int:
        """Return how many weights there are, biases among them."""
        return Network.dense(list(self.widths)).size


F, WIDE = (16, 512, 512, 512, 2), (784, 1024, 1024, 1024, 10)
CASES = [
    Case("f, 4096 rows", F, 4096, 2),
    Case("f, 4096 rows in 64 parts", F, 4096, 2, 64),
    Case("f, 256 rows", F, 256, 16),
    Case("784-1024³-10, 1024 rows", WIDE, 1024, 2),
    Case("784-1024³-10, 128 rows", WIDE, 128, 6),
    Case("64-100-10, 4096 rows", (64, 100, 10), 4096, 40, 8),
    Case("30-64-32-2, 32 rows", (30, 64, 32, 2), 32, 1000),
]
"""One worker against two; where nothing else is said, in as many parts as a plain fit has, but for the smallest."""

EXCHANGES = [
    Case(f"{hidden} units", (16, hidden, hidden, 2), SMALL, steps)
    for hidden, steps in ((150, 200), (310, 100), (700, 40), (1410, 15))
]
"""Gradients of .1, .4, 2 and 8 MB."""

CROWD = Case("16-128-128-2", (16, 128, 128, 2), 2048, 2, PARTS)


class Few(Workers):
    """The first of some workers, which stay open afterwards."""

    def __init__(self, workers: Workers, count: int) -> None:
        super().__init__()
        self._workers, self._count = workers, count

    def here(self) -> list[Worker]:
        return self._workers.here()[: self._count]

    def lose(self, worker: Worker) -> None:
        raise RuntimeError(f"the worker at {worker.address} is lost: what was timed says nothing")

    def close(self) -> None:
        pass


def trained(case: Case, workers: Workers | None, epoch_count: int = 2, threads: int = 1) -> dict[str, Any]:
    """Train on workers, or on some threads without any; return the bits, and what all but the first epoch took.

    A step's seconds are those of whoever asks, and of the workers the mean; its own are the processor's, of this
    process; a report's are what is left of an epoch.
    """
    random = np.random.default_rng(0)
    X = random.standard_normal((case.batch * case.steps, case.widths[0])).astype(np.float32)
    network = Network.dense(list(case.widths), ReLU())
    problem = Problem.of(network, X, (X[:, 0] * X[:, 1] > 0.0).astype(np.int64))
    theta = network.initial(random, np.float32)
    recipe = Recipe(Adam(), epochs=1 + epoch_count, batch_size=case.batch)
    engine: Any = compiled_by(lambda _: Compiled(threads, case.parts))
    if workers is not None:
        engine = Cluster(workers, parts=case.parts)
    with engine:
        run = iter(epochs(problem, theta, recipe))
        next(run)
        if workers is not None:
            workers.work.clear()
        began, own = time.perf_counter(), time.process_time()
        *_, last = run
        seconds, own = time.perf_counter() - began, time.process_time() - own
    taken = epoch_count * case.steps
    found = {"bits": hashlib.sha256(last.theta.tobytes()).hexdigest()[:16], "step": seconds / taken, "own": own / taken}
    if workers is not None:
        works = list(workers.work.values())
        assert all(work.steps == taken for work in works)
        found["waited"] = statistics.mean(work.waited for work in works) / taken
        found["sent"] = statistics.mean(work.sent for work in works) / taken
        found["worked"] = statistics.mean(work.seconds for work in works) / taken
        found["report"] = (seconds - max(work.seconds for work in works)) / epoch_count
        found["workers"] = len(works)
    return found


@contextmanager
def dask_workers(count: int, processes: bool = True) -> Iterator[tuple[Workers, Any]]:
    """Have a Dask cluster of so many workers, of one thread each, in processes of their own or in this one."""
    from dask.distributed import Client, LocalCluster

    from mlnn.distributed.dask import DaskWorkers

    cluster = LocalCluster(n_workers=count, threads_per_worker=1, processes=processes, dashboard_address=None)
    with cluster, Client(cluster) as client:
        workers = DaskWorkers(client)
        workers.here()
        yield workers, client
        workers.close()


def of_two(workers: Workers, rounds: int, plain: bool) -> Iterator[dict[str, Any]]:
    """Time all cases, by one worker and by two in turn, round after round; where ``plain``, without any, too."""
    for number in range(rounds):
        for case in [*CASES, *EXCHANGES]:
            for count in (1, 2) if number % 2 else (2, 1):
                yield {"case": case.key, "workers": count, **trained(case, Few(workers, count))}
            for threads in (1, 2) if plain and case in CASES else ():
                yield {"case": case.key, "threads": threads, **trained(case, None, threads=threads)}


def of_threads(rounds: int) -> Iterator[dict[str, Any]]:
    """Time two threads of this process, and a plain fit by one thread and by two."""
    yield from of_two(ThreadWorkers(2), rounds, plain=True)


def of_dask(rounds: int) -> Iterator[dict[str, Any]]:
    """Time two processes of Dask's, a task that does nothing, and both processes at once, each for itself."""
    with dask_workers(2) as (workers, client):
        yield from of_two(workers, rounds, plain=False)
        places = list(client.nthreads())
        for _ in range(rounds):
            yield {"task": _median(lambda: client.submit(os.getpid, pure=False).result(), 100)}
            for case in CASES:
                alone = client.submit(_steps, case, workers=places[:1], pure=False).result()
                both = [client.submit(_steps, case, workers=[place], pure=False) for place in places]
                yield {"case": case.key, "alone": alone, "both": [each.result() for each in both]}


def of_mpi(rounds: int) -> Iterator[dict[str, Any]]:
    """Time two processes of MPI's, and its own sum of two gradients; for all processes of the program."""
    from mpi4py import MPI

    from mlnn.distributed.mpi import MPIWorkers, served

    world = MPI.COMM_WORLD
    for _ in range(rounds):
        for case in EXCHANGES:
            gradient, total = np.ones(case.numbers, np.float32), np.empty(case.numbers, np.float32)
            seconds = _median(lambda mine=gradient, ours=total: world.Allreduce(mine, ours), case.steps)
            if world.rank == 0:
                yield {"case": case.key, "allreduce": seconds}
    with served() as first:
        if first:
            workers = MPIWorkers()
            yield from of_two(workers, rounds, plain=False)
            workers.close()


def of_messages(rounds: int) -> Iterator[dict[str, Any]]:
    """Measure what a message takes of a worker's processor: one worker, in the midst of others that only answer."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for number in range(rounds):
        for count in PEERS:
            listener = Listener("127.0.0.1", Contexts())
            seat = Seat(f"round-{number}", 0, (listener.address, *["elsewhere 0"] * count))
            host, port = listener.address.split()
            others = SPAWN.Process(target=answer, args=((host, int(port)), seat.group, count))
            others.start()
            meeting = listener.meet(seat)
            message, spans = bytearray(BYTES * (count + 1)), [(BYTES * k, BYTES * (k + 1)) for k in range(count + 1)]
            room = bytearray(len(message))
            own = []
            for _ in range(EXCHANGED):
                began = time.process_time()
                assert meeting.exchange(memoryview(message), spans, memoryview(room), spans), meeting.failure
                own.append(time.process_time() - began)
            yield {"peers": count, "processor": statistics.median(own)}
            meeting.leave()
            listener.close()
            others.join()


def answer(address: tuple[str, int], group: str, count: int) -> None:
    """Be all other workers: send back what comes, until the first hangs up."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    lines = []
    for rank in range(1, count + 1):
        lines.append(socket.create_connection(address))
        lines[-1].sendall(f"{group} {rank}".encode().ljust(NAME))
    while True:
        for line in lines:
            if not (got := line.recv(BYTES, socket.MSG_WAITALL)):
                return
            line.sendall(got)


def of_crowds(rounds: int) -> Iterator[dict[str, Any]]:
    """Train with many workers that are threads of this process: the bits must be those of one."""
    for count in CROWDS:
        with_many = ThreadWorkers(count)
        began = time.perf_counter()
        found = trained(CROWD, Few(with_many, count), epoch_count=1)
        yield {"crowd": count, "seconds": time.perf_counter() - began, **found}
        with_many.close()


def _steps(case: Case) -> float:
    return float(trained(case, None)["step"])


def _median(act: Callable[[], Any], times: int) -> float:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


PARTS_OF_IT: dict[str, Callable[[int], Iterator[dict[str, Any]]]] = {
    "threads": of_threads,
    "dask": of_dask,
    "mpi": of_mpi,
    "messages": of_messages,
    "crowds": of_crowds,
}


def launched(part: str, rounds: int) -> list[dict[str, Any]]:
    """Measure in processes of their own."""
    own = [sys.executable, __file__, "--one", part, "--rounds", str(rounds)]
    command = ["mpiexec", "-n", "2", *own] if part == "mpi" else own
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        sys.exit(f"{part}: {done.stderr[-2000:]}")
    return [{"of": part, **json.loads(line)} for line in done.stdout.splitlines() if line.startswith("{")]


def require_the_same_bits(found: list[dict[str, Any]]) -> None:
    """End here where a case has other bits by one transport, or number of workers, than by another."""
    bits: dict[str, set[str]] = {}
    for each in found:
        if "bits" in each:
            name = "crowd" if "crowd" in each else each["case"]
            bits.setdefault(name, set()).add(each["bits"])
    if several := [name for name, seen in bits.items() if len(seen) > 1]:
        sys.exit(f"these end in several bits, so no time of them means anything: {', '.join(several)}")


def _short(value: Any) -> Any:
    """Return a value with four digits, where it has more."""
    if isinstance(value, list):
        return [_short(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) and value < 1000.0 else value


def main() -> None:
    """Measure, or do what one process has to do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, default=Path(__file__).with_name("clusters.json"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=PARTS_OF_IT, action="append")
    parser.add_argument("--add", action="store_true", help="keep the rounds that the file has already")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        for each in PARTS_OF_IT[options.one](options.rounds):
            print(json.dumps(each), flush=True)
        return
    from machine import description

    kept = json.loads(options.json.read_text(encoding="utf-8"))["found"] if options.json.exists() else []
    parts = options.only or list(PARTS_OF_IT)
    found = [each for each in kept if options.add or each["of"] not in parts]
    for part in parts:
        found += launched(part, options.rounds)
    require_the_same_bits(found)
    lines = ",\n".join(json.dumps({name: _short(value) for name, value in each.items()}) for each in found)
    about = json.dumps(description(os.cpu_count() or 1))
    options.json.write_text(f'{{"machine": {about}, "found": [\n{lines}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
