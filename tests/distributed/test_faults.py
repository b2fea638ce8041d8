"""Whatever becomes of workers, training goes on to the same bits, or ends in a sentence; what it had is not lost."""

import os
import random
import signal
import threading
import time

import crew
import numpy as np
import pytest

from mlnn import Checkpoint, Diverged, Interrupted
from mlnn.distributed import Cluster, ThreadWorkers, WorkersLost
from mlnn.distributed.worker import Lost, Servant
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD
from mlnn.source import ArrayRows, ParquetRows
from mlnn.training import Recipe, epochs


class Mortal(ThreadWorkers):
    """Threads of which one dies in the middle of its work, after so many exchanges of its group."""

    def __init__(self, count, exchanges):
        super().__init__(count)
        self.left, self.lost = exchanges, []

    def meet(self, seat):
        meeting = super().meet(seat)
        swap = meeting.swap

        def mortal(*exchanged):
            if seat.rank == 1 and not self.lost:
                self.left -= 1
                if self.left < 0:
                    raise Lost("it died")
            swap(*exchanged)

        meeting.swap = mortal
        return meeting

    def lose(self, worker):
        self.lost.append(worker)
        super().lose(worker)


@pytest.mark.parametrize("exchanges", [0, 1, 2, 7, 48, 49, 95])
def test_a_worker_that_is_lost_in_any_exchange_changes_no_bit(exchanges, monkeypatch):
    workers = Mortal(3, exchanges)
    take = Servant.take

    def mortal(servant, *arguments):
        outcome = take(servant, *arguments)
        if outcome.failure == "a peer is lost: it died":
            raise Lost("it is no more")
        return outcome

    monkeypatch.setattr(Servant, "take", mortal)
    with Cluster(workers, parts=crew.PARTS):
        assert crew.trained() == crew.alone()
    assert len(workers.lost) == 1


def test_where_all_are_lost_it_is_said_and_a_checkpoint_goes_on_elsewhere(tmp_path, monkeypatch):
    place, taken = Checkpoint(tmp_path / "c", every=1e-9), []
    take = Servant.take

    def mortal(servant, *arguments):
        taken.append(arguments)
        if len(taken) > 20:
            raise Lost("it is no more")
        return take(servant, *arguments)

    monkeypatch.setattr(Servant, "take", mortal)
    with Cluster(2, parts=crew.PARTS), pytest.raises(WorkersLost, match="no worker is left"):
        crew.trained(place)
    monkeypatch.setattr(Servant, "take", take)
    with Cluster(3, parts=crew.PARTS):
        assert crew.trained(Checkpoint(tmp_path / "c", resume=True)) == crew.alone()


class Walled(ThreadWorkers):
    """Threads that hear nothing of each other."""

    def meet(self, seat):
        meeting = super().meet(seat)
        meeting.failure = "there is a wall"
        return meeting


def test_workers_that_cannot_reach_each_other_are_said():
    with Cluster(Walled(3), parts=crew.PARTS), pytest.raises(WorkersLost, match="there is a wall"):
        crew.trained()


def test_an_error_of_one_worker_comes_out_and_the_others_do_not_wait(monkeypatch):
    take = Servant.take

    def broken(servant, key, seat, *arguments):
        if seat.rank == 1:
            task = servant._tasks[key]
            servant._sit(task, seat)
            task.close()
            raise MemoryError("there is no room")
        return take(servant, key, seat, *arguments)

    monkeypatch.setattr(Servant, "take", broken)
    with Cluster(3, parts=crew.PARTS), pytest.raises(MemoryError, match="there is no room"):
        crew.trained()


def test_an_interrupt_ends_it_at_a_complete_step_from_which_it_goes_on():
    problem, history = Problem.of(crew.NETWORK, crew.X, crew.Y), []
    with Cluster(2, parts=crew.PARTS):
        presser = threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT))
        presser.start()
        try:
            history.extend(epochs(problem, crew.START, crew.RECIPE))
            pytest.skip("training was over before it was interrupted")
        except Interrupted as at:
            history.append(at.epoch)
        rest = list(epochs(problem, crew.START, crew.RECIPE, after=history))
    with Cluster(1, parts=crew.PARTS):
        *_, truth = epochs(problem, crew.START, crew.RECIPE)
    assert rest[-1].theta.tobytes() == truth.theta.tobytes()


def test_divergence_is_told_as_it_is_alone():
    network = Network.dense([16, 64, 2])
    problem, start = Problem.of(network, 1e3 * crew.X, crew.Y), network.initial(np.random.default_rng(0), np.float32)
    recipe = Recipe(SGD(1e30), epochs=3, batch_size=500)
    told = []
    for workers in (1, 3):
        with Cluster(workers, parts=4), pytest.raises(Diverged) as raised:
            list(epochs(problem, start, recipe))
        told.append(str(raised.value))
    assert told[0] == told[1]


@pytest.mark.parametrize("kind", ["map", "parquet"])
def test_every_worker_reads_a_source_itself(kind, tmp_path, monkeypatch):
    if kind == "map":
        np.save(tmp_path / "X.npy", crew.X)
        source = ArrayRows(np.load(tmp_path / "X.npy", mmap_mode="r"), crew.Y, window=1 << 16)
    else:
        pq = pytest.importorskip("pyarrow.parquet")
        import pyarrow

        table = pyarrow.table({f"x{k}": crew.X[:, k] for k in range(16)} | {"y": crew.Y})
        pq.write_table(table, tmp_path / "rows.parquet", row_group_size=500)
        source = ParquetRows(tmp_path / "rows.parquet", "y", window=1 << 16)
    problem, lasts = Problem.of(crew.NETWORK, source), []
    for workers in (1, 2, 3):
        with Cluster(workers, parts=crew.PARTS) as cluster:
            *_, last = epochs(problem, crew.START, Recipe(epochs=3, batch_size=400))
            lasts.append(last.theta.tobytes())
        assert len(cluster.workers.work) == workers
    assert len(set(lasts)) == 1


@pytest.mark.cluster
@pytest.mark.parametrize("kind", ["worker", "join", "scheduler"])
def test_real_processes(kind):
    with crew.ATEXIT:
        right, got, seen = crew.KINDS[kind](random.Random(time.time_ns()))
    assert got == right, seen


@pytest.mark.cluster
def test_a_line_that_is_cut():
    try:
        with crew.Hosts(1):
            pass
    except (OSError, crew.subprocess.CalledProcessError):
        pytest.skip("this process may not make hosts of its own")
    right, got, seen = crew.KINDS["partition"](random.Random(time.time_ns()))
    assert got == right, seen
