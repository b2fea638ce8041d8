"""Whatever becomes of workers, training goes on to the same bits, or ends in a sentence; what it had is not lost."""

import os
import random
import signal
import threading
import time
from contextlib import nullcontext

import crew
import numpy as np
import pytest

from mlnn import Checkpoint, Diverged, Interrupted, memory
from mlnn.distributed import Cluster, ThreadWorkers, WorkersLost
from mlnn.distributed.worker import Lost, Seat, Servant
from mlnn.engine import Block, Compiled, Member, fastest_for, require_memory
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam
from mlnn.source import ArrayRows, ParquetRows
from mlnn.training import Recipe, epochs, epochs_of_members


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
    bind = Compiled.bind

    def broken(engine, *arguments):
        if engine.peers is not None and engine.peers.rank == 1:
            raise MemoryError("there is no room")
        return bind(engine, *arguments)

    monkeypatch.setattr(Compiled, "bind", broken)
    with Cluster(3, parts=crew.PARTS), pytest.raises(MemoryError, match="there is no room"):
        crew.trained()


def test_where_the_furthest_is_lost_before_it_tells_nobody_goes_on_from_further(monkeypatch):
    """The first dies in an exchange, and the second when it is asked how far it came."""
    take, held, gone = Servant.take, Servant.held, set()

    def mortal(servant, key, seat, *arguments):
        outcome = take(servant, key, seat, *arguments)
        if seat.rank == 0 and not gone and len(seat.addresses) == 3:
            gone.add("first")
            raise Lost("it died")
        return outcome

    def dying(servant, key):
        if "second" not in gone:
            gone.add("second")
            raise Lost("it died, too")
        return held(servant, key)

    monkeypatch.setattr(Servant, "take", mortal)
    monkeypatch.setattr(Servant, "held", dying)
    with Cluster(3, parts=crew.PARTS):
        assert crew.trained() == crew.alone()
    assert gone == {"first", "second"}


def test_members_side_by_side_are_bound_once(monkeypatch):
    binds, bind = [], Servant._seated
    monkeypatch.setattr(Servant, "_seated", lambda servant, task, seat: binds.append(seat) or bind(servant, task, seat))
    problem = Problem.of(crew.NETWORK, crew.X, crew.Y)
    workers = ThreadWorkers(2)
    with Cluster(workers):
        list(epochs_of_members(problem, np.stack([crew.START] * 3), Recipe(epochs=5, batch_size=2000)))
    assert len(set(binds)) == 2
    assert not workers._rooms


def test_one_that_computes_otherwise_is_left_out_and_it_is_said(monkeypatch):
    bind = Servant.bind

    def other(servant, *arguments):
        arithmetic = bind(servant, *arguments)
        return "another" if threading.current_thread().name.startswith("mlnn-thread 1") else arithmetic

    monkeypatch.setattr(Servant, "bind", other)
    with Cluster(3, parts=crew.PARTS), pytest.warns(UserWarning, match="thread 1 is left out: it computes by another"):
        assert crew.trained() == crew.alone()


def test_what_keeps_all_workers_from_it_is_said(monkeypatch):
    def broken(servant, *arguments):
        raise FileNotFoundError("there is no rows.npy")

    monkeypatch.setattr(Servant, "bind", broken)
    with Cluster(2), pytest.warns(match="left out"), pytest.raises(WorkersLost, match=r"there is no rows\.npy"):
        crew.trained()


def test_as_much_memory_is_asked_for_as_without_a_cluster(monkeypatch):
    network = Network.dense([20, 500, 500, 2])
    asked = []
    monkeypatch.setattr(memory, "require", lambda needed, what: asked.append(needed))
    for cluster in (Cluster(2), nullcontext()):
        with cluster:
            require_memory(network, fastest_for(network)[0], Adam(), np.float32, 256, kept=2)
    assert asked[0] == asked[1]


@pytest.mark.parametrize("count", [0, -1, 1.5])
def test_no_workers_are_refused(count):
    with pytest.raises((TypeError, ValueError), match=r"workers|cluster"), Cluster(count):
        pass


def test_a_stop_that_comes_before_its_work_begins_stops_it():
    problem, workers = Problem.of(crew.NETWORK, crew.X, crew.Y), ThreadWorkers(1)
    (worker,) = workers.here()
    blocker = threading.Event()
    worker._thread.submit(blocker.wait)
    many = np.ones(50)
    block = Block(0, None, np.tile([[0, 5000]], (50, 1)), 0.1 * many, many, many, ())
    worker.ask("bind", "key", problem, SGD(), None)
    asked = worker.ask("take", "key", Seat("alone", 0, ("x",)), [Member(crew.START)], [block], False)
    worker.stop()
    closed = worker.ask("close", "key")
    blocker.set()
    assert asked.result().taken[0] < 50
    closed.result()
    workers.close()


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
