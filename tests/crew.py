"""A Dask cluster of real processes, which can be added to and killed, and trainings during which that happens.

python tests/crew.py KIND COUNT SEED        KIND is worker, join, scheduler or partition
"""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import numpy as np

from mlnn import Checkpoint
from mlnn.distributed import Cluster, WorkersLost
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import Adam
from mlnn.training import Recipe, epochs

PARTS = 4

PATIENCE = 3
"""Seconds after which a host is lost from which nothing is heard; by default there are 30."""

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((6000, 16)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
NETWORK = Network.dense([16, 128, 128, 2], dropout=0.1)
START = NETWORK.initial(np.random.default_rng(1), np.float32)
RECIPE = Recipe(Adam(), epochs=60, batch_size=250)


class Crew:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, host="127.0.0.1", patience=None):
        self.patience, self.processes = patience, []
        with socket.create_server((host, 0)) as free:
            self.address = f"tcp://{host}:{free.getsockname()[1]}"
        self.scheduler = self._begin("scheduler", "--host", self.address, "--no-dashboard")
        self.workers = []

    def join(self, *before):
        """Begin another worker, by a command that stands before it; return it."""
        worker = self._begin("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", before=before)
        self.workers.append(worker)
        return worker

    def _begin(self, what, *arguments, before=()):
        code = f"import sys; from distributed.cli.dask_{what} import main; "
        code += f"from mlnn.distributed import sockets; sockets.PATIENCE = {self.patience}; " if self.patience else ""
        code += "sys.exit(main())"
        command = [*before, sys.executable, "-W", "ignore", "-c", code, *arguments]
        process = subprocess.Popen(
            command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
        self.processes.append(process)
        return process

    def close(self):
        """Kill all that still run."""
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def ip(*words):
    """Change the network of this machine."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Hosts:
    """So many hosts of their own, in namespaces, on one line with this one: for those who may make them."""

    def __init__(self, count):
        self.count, self.bridge, self.host = count, f"mlnn{os.getpid() % 1000}", "10.77.0.1"

    def __enter__(self):
        ip("link", "add", self.bridge, "type", "bridge")
        ip("addr", "add", f"{self.host}/24", "dev", self.bridge)
        ip("link", "set", self.bridge, "up")
        for k in range(self.count):
            name, line = self.name(k), self.line(k)
            ip("netns", "add", name)
            ip("link", "add", line, "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", line, "master", self.bridge, "up")
            ip("-n", name, "addr", "add", f"10.77.0.{k + 2}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_):
        for k in range(self.count):
            ip("link", "del", self.line(k))
            ip("netns", "del", self.name(k))
        ip("link", "del", self.bridge)

    def name(self, k):
        """Return the name of a host."""
        return f"{self.bridge}-{k}"

    def line(self, k):
        """Return the name of the line to it."""
        return f"{self.bridge}l{k}"

    def cut(self, k):
        """Cut the line to it: nothing comes through, and nobody is told."""
        ip("link", "set", self.line(k), "down")


@contextmanager
def crew(workers):
    """Have a cluster of so many workers, and a client of it."""
    from distributed import Client

    with ExitStack() as stack:
        ours = Crew()
        stack.callback(ours.close)
        for _ in range(workers):
            ours.join()
        client = stack.enter_context(Client(ours.address, timeout=60, set_as_default=False))
        client.wait_for_workers(workers, timeout=60)
        yield ours, client


def trained(checkpoint=None):
    """Train; return the bits of the weights, of the state and of all losses."""
    history = list(epochs(Problem.of(NETWORK, X, Y), START, RECIPE, checkpoint=checkpoint))
    last = history[-1]
    return b"".join(each.tobytes() for each in (last.theta, *last.state, np.array([epoch.loss for epoch in history])))


@cache
def alone():
    """Return the same, trained by one worker in this process."""
    with Cluster(1, parts=PARTS):
        return trained()


@cache
def seconds():
    """Return how long it takes on three workers to which nothing happens."""
    with crew(3) as (_, client), Cluster(client, parts=PARTS):
        began = time.perf_counter()
        trained()
        return time.perf_counter() - began


def during(client, what, seconds, checkpoint=None):
    """Train on the cluster while something happens to it after so many seconds; return the bits, and who worked."""
    timer = threading.Timer(seconds, what)
    with Cluster(client, parts=PARTS) as cluster:
        timer.start()
        try:
            return trained(checkpoint), cluster.workers.work
        finally:
            timer.cancel()
            timer.join()


def kill(process):
    """Kill a process by a signal that it does not hear."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


@cache
def standing(workers):
    """Have a cluster of so many workers to the end of this program."""
    return ATEXIT.enter_context(crew(workers))


ATEXIT = ExitStack()


def losing_a_worker(draw):
    """Kill one of three workers at a random moment; return the right bits, those that came of it, and what was seen."""
    ours, client = standing(3)
    while len(living := [each for each in ours.workers if each.poll() is None]) < 3:
        ours.join()
    client.wait_for_workers(3, timeout=60)
    got, works = during(client, lambda: kill(draw.choice(living)), draw.uniform(0.0, 1.1 * seconds()))
    return alone(), got, f"steps {sorted(work.steps for work in works.values())}"


def gaining_a_worker(draw):
    """Have a second worker join at a random moment."""
    with crew(1) as (ours, client):
        got, works = during(client, ours.join, draw.uniform(0.0, 0.5 * seconds()))
    return alone(), got, f"steps {[work.steps for work in works.values()]}"


def losing_the_scheduler(draw):
    """Kill the scheduler, and all workers with it; resume from the checkpoint on another cluster."""
    with tempfile.TemporaryDirectory() as folder, crew(2) as (ours, client), crew(2) as (_, other):
        place = Path(folder) / "checkpoint"
        try:
            everybody = (ours.scheduler, *ours.workers)
            got, _ = during(
                client,
                lambda: [kill(each) for each in everybody],
                draw.uniform(0.0, 1.1 * seconds()),
                Checkpoint(place, every=1e-9),
            )
            seen = "it came too late"
        except WorkersLost:
            written = sorted(each.name for each in place.glob("*")) or ["nothing"]
            seen = f"resumed from {written[-1]}"
            with Cluster(other, parts=PARTS):
                got = trained(Checkpoint(place, every=3600.0, resume=True))
    return alone(), got, seen


def cutting_a_line(draw):
    """Cut the line to one of three hosts, each with a worker, at a random moment; nobody hangs up."""
    from distributed import Client

    os.environ["DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP"] = f"{4 * PATIENCE}s"  # Dask refuses less than eleven
    with ExitStack() as stack:
        hosts = stack.enter_context(Hosts(3))
        ours = Crew(hosts.host, PATIENCE)
        stack.callback(ours.close)
        for k in range(3):
            ours.join("ip", "netns", "exec", hosts.name(k))
        client = stack.enter_context(Client(ours.address, timeout=60, set_as_default=False))
        client.wait_for_workers(3, timeout=60)
        got, works = during(client, lambda: hosts.cut(draw.randrange(3)), draw.uniform(0.0, 1.1 * seconds()))
    return alone(), got, f"steps {sorted(work.steps for work in works.values())}"


KINDS = {
    "partition": cutting_a_line,
    "worker": losing_a_worker,
    "join": gaining_a_worker,
    "scheduler": losing_the_scheduler,
}


def main(kind, count, seed):
    """Have it happen so often; return how often the bits were others."""
    draw, others = random.Random(seed), 0
    for k in range(count):
        right, bits, seen = KINDS[kind](draw)
        others += bits != right
        print(f"{kind} {k + 1}: {seen}; {'the same bits' if bits == right else 'OTHER BITS'}", flush=True)
    return others


if __name__ == "__main__":
    with ATEXIT:
        sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
