"""When a source's rows are read, by whom, how often, and how many of them are in memory meanwhile."""

import gc
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mlnn import memory
from mlnn.engine import Reference, engine_for, machine
from mlnn.engine.reference import BoundReference
from mlnn.engine.step import Descent
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam
from mlnn.source import ArrayRows, Windows, arrays
from mlnn.training import Checkpoint, CheckpointError, Recipe, epochs
from mlnn.training.facts import data_digests, digest

EACH, WINDOW, ROWS, COLUMNS = 40, 150, 1000, 3
READERS = "mlnn-source"


class Watched(ArrayRows):
    """Rows that remember which of their shards were read."""

    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        self.seen, self.fails = [], None

    def read(self, shard):
        found = super().read(shard)
        self.seen.append(shard)
        return found

    def pieces(self, shard):
        if self.fails == shard and threading.current_thread().name.startswith(READERS):
            raise OSError(f"shard {shard} is gone")
        yield from super().pieces(shard)
        self.seen.append(shard)


@pytest.fixture
def source(monkeypatch):
    monkeypatch.setattr(arrays, "SHARD", 8 * COLUMNS * EACH)
    random = np.random.default_rng(0)
    return Watched(random.normal(size=(ROWS, COLUMNS)), random.integers(0, 2, ROWS), window=8 * COLUMNS * WINDOW)


NETWORK = Network.dense([COLUMNS, 4, 2])
THETA = NETWORK.initial(np.random.RandomState(0))
RECIPE = Recipe(Adam(), epochs=2, batch_size=50)


def readers():
    return [thread for thread in threading.enumerate() if thread.name.startswith(READERS)]


def test_the_next_window_is_read_meanwhile_and_none_after_it(source, monkeypatch):
    order = Windows(source.sizes, source.window_rows, RECIPE.seed)(1, ROWS)
    problem, take, steps = Problem.of(NETWORK, source), Descent.step, []
    source.seen.clear()
    ahead = np.cumsum([len(shards) for shards in order.windows])  # shards read with each window

    def stepping(*given):
        last = 50 * len(steps) + 49  # of the step's rows, which may lie in the window after that of its first
        window = int(np.searchsorted(order.bounds[1:], last, "right"))
        due = ahead[min(window + 1, len(ahead) - 1)]
        until = time.monotonic() + 20
        while len(source.seen) < due and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(0.005)  # in which a reader that did not wait would go on
        steps.append((len(source.seen), due))
        return take(*given)

    monkeypatch.setattr(Descent, "step", stepping)
    run = epochs(problem, THETA, RECIPE, engine=Reference())
    next(run)
    run.close()
    assert len(steps) == ROWS // 50
    assert all(seen == due for seen, due in steps), steps
    assert source.seen == [shard for shards in order.windows for shard in shards]


def test_a_core_is_left_to_the_thread_that_reads_as_long_as_it_does(source, monkeypatch):
    monkeypatch.setattr(machine, "available", lambda: 4)
    pieces, run, go = ArrayRows.pieces, BoundReference.run, threading.Event()
    windows, threads = Windows(source.sizes, source.window_rows, RECIPE.seed)(1, ROWS).windows, []

    def held(self, shard):
        if shard in windows[1]:
            go.wait(20)
        yield from pieces(self, shard)

    def running(self, *given):
        threads.append(machine.threads())
        if len(threads) == 2:  # of the first window's turns
            go.set()
            until = time.monotonic() + 20
            while any(not future.done() for future in coming) and time.monotonic() < until:
                time.sleep(0.001)
        return run(self, *given)

    coming, submit = [], ThreadPoolExecutor.submit

    def submitting(self, *given, **more):
        coming.append(submit(self, *given, **more))
        return coming[-1]

    problem = Problem.of(NETWORK, source)
    monkeypatch.setattr(ArrayRows, "pieces", held)
    monkeypatch.setattr(BoundReference, "run", running)
    monkeypatch.setattr(ThreadPoolExecutor, "submit", submitting)
    next(epochs(problem, THETA, Recipe(Adam(), epochs=1, batch_size=10), engine=Reference()))
    assert threads[:8] == [3, 3, 4, 4, 4, 4, 4, 4]


def test_the_reading_thread_ends_with_training_however_that_ends(source):
    problem = Problem.of(NETWORK, source)
    list(epochs(problem, THETA, RECIPE))
    assert not readers()
    run = epochs(problem, THETA, RECIPE)
    next(run)
    assert readers()
    run.close()
    assert not readers()
    source.fails = 7
    with pytest.raises(OSError, match="shard 7 is gone"):
        list(epochs(problem, THETA, RECIPE))
    assert not readers()


def test_a_checkpoint_reads_each_shard_once_and_has_the_digests_of_the_rows_in_memory(source):
    problem = Problem.of(NETWORK, source)
    source.seen.clear()
    found = data_digests(problem)
    assert source.seen == [*range(len(source.sizes))]
    X, y, _ = source.at_once()
    assert found == (digest(X), digest(y), None)


@pytest.mark.parametrize(("what", "said"), [("X", "rows X"), ("y", "targets y"), ("shards", "shards")])
def test_a_checkpoint_of_other_rows_is_refused(source, tmp_path, monkeypatch, what, said):
    def train(rows):
        checkpoint = Checkpoint(tmp_path / "there", every=1, unit="epochs", resume=True)
        run = epochs(Problem.of(NETWORK, rows), THETA, RECIPE, checkpoint=checkpoint)
        next(run)
        run.close()

    train(source)
    X, y, _ = source.at_once()
    X[700, 1] += what == "X"
    y[999] = 1 - y[999] if what == "y" else y[999]
    monkeypatch.setattr(arrays, "SHARD", 8 * COLUMNS * (41 if what == "shards" else EACH))  # 25 of them
    with pytest.raises(CheckpointError, match=f"cannot be resumed: the checkpoint was made with other {said} than"):
        train(ArrayRows(X, y, window=8 * COLUMNS * WINDOW))


def test_a_source_that_judges_is_part_of_a_checkpoint_and_read_once_for_it(source, tmp_path):
    problem = Problem.of(NETWORK, *source.at_once())

    def train(judge):
        checkpoint = Checkpoint(tmp_path / "there", every=1, unit="epochs", resume=True)
        run = epochs(problem, THETA, RECIPE, valid=Problem.of(NETWORK, judge), checkpoint=checkpoint)
        next(run)
        run.close()

    train(source)
    X, y, _ = source.at_once()
    X[5, 0] = 7.0
    with pytest.raises(CheckpointError, match="other validation rows than"):
        train(ArrayRows(X, y))


def stated(problem, theta, recipe, monkeypatch):
    """Return how many bytes training says beforehand that it takes."""
    said = []

    def require(needed, what):
        said.append(needed)
        raise MemoryError(what)

    with monkeypatch.context() as patched:
        patched.setattr(memory, "require", require)
        with pytest.raises(MemoryError):
            next(epochs(problem, theta, recipe))
    return said[0]


@pytest.mark.parametrize("kind", ["compiled", "reference"])
@pytest.mark.parametrize(("of_rows", "of_theta"), [("f4", "f4"), ("f4", "f8"), ("f8", "f8"), ("f8", "f4")])
@pytest.mark.parametrize("values", [False, True])
def test_memory_stays_below_what_is_stated(tmp_path, monkeypatch, kind, of_rows, of_theta, values):
    rows, columns, outputs = 60_000, 8, 6
    monkeypatch.setattr(arrays, "SHARD", columns * np.dtype(of_rows).itemsize * 2_000)
    np.save(tmp_path / "X.npy", np.ones((rows, columns), of_rows))
    y = np.zeros((rows, outputs), of_rows) if values else np.zeros(rows, int)
    np.save(tmp_path / "y.npy", y)
    X, y = (np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in "Xy")
    source = ArrayRows(X, y, window=columns * np.dtype(of_rows).itemsize * 10_000)
    network = Network.dense([columns, outputs], output="least squares" if values else "softmax")
    problem, theta = Problem.of(network, source), np.zeros(network.size, of_theta)
    recipe = Recipe(SGD(1e-6), epochs=1, batch_size=700)
    bound = stated(problem, theta, recipe, monkeypatch)
    engine = engine_for(problem, recipe.optimizer, kind)
    list(epochs(problem, theta, recipe, engine=engine))  # what is made once is there
    gc.collect()
    tracemalloc.start()
    try:
        list(epochs(problem, theta, recipe, engine=engine))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < bound < 3 * peak


def test_the_stated_memory_goes_by_the_order_and_the_types(source, monkeypatch):
    X, y, _ = source.at_once()

    def of(rows, least=WINDOW, dtype=np.float64):
        recipe = Recipe(SGD(), batch_size=10, order=Windows(source.sizes, least, 0))
        return stated(Problem.of(NETWORK, rows), THETA.astype(dtype), recipe, monkeypatch)

    each = 8 * COLUMNS + 8 + 16  # bytes of a row: numbers, a target, and a place in the order
    assert of(source, 2 * WINDOW) - of(source) == 2 * WINDOW * each
    assert of(source, ROWS) == of(source, 100 * ROWS)
    weighted = ArrayRows(X, y, np.ones(ROWS), window=8 * COLUMNS * WINDOW)
    assert of(weighted, 2 * WINDOW) - of(weighted) == 2 * WINDOW * (each + 8)
    monkeypatch.setattr(arrays, "SHARD", 4 * COLUMNS * EACH)
    narrow = ArrayRows(X.astype(np.float32), y, window=4 * COLUMNS * WINDOW)
    assert of(narrow) == of(source)  # they are made as wide as θ
    narrow_too = of(narrow, 2 * WINDOW, np.float32) - of(narrow, WINDOW, np.float32)
    assert narrow_too == 2 * WINDOW * (each - 4 * COLUMNS)
