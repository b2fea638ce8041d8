"""Training on a source ends in the bits of training in memory."""

import mmap
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from interrupted import press_in_step

from mlnn.engine import Reference, engine_for
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, Adam
from mlnn.output import LeastSquares
from mlnn.penalty import L2
from mlnn.source import ArrayRows, Windows, arrays
from mlnn.training import Checkpoint, Diverged, Interrupted, Recipe, Shuffled, divergence, epochs


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize(("batch", "window"), [(32, 200), (7, 50), (300, 100), (1, 64), (1003, 100), (50, 50)])
def test_the_same_bits_as_in_memory(tmp_path, monkeypatch, engine, batch, window):
    monkeypatch.setattr(arrays, "SHARD", 4 * 7 * 50)
    random = np.random.default_rng(0)
    X, y = random.normal(size=(1003, 7)).astype(np.float32), random.integers(0, 3, 1003)
    np.save(tmp_path / "X.npy", X)
    source = ArrayRows(np.load(tmp_path / "X.npy", mmap_mode="r"), y, window=4 * 7 * window)
    network = Network.dense([7, 16, 3])
    theta = network.initial(np.random.RandomState(0)).astype(np.float32)
    order, runs = Windows(source.sizes, window, seed=3), engine_for(network, engine=engine)
    recipe = Recipe(Adam(), epochs=3, batch_size=batch, seed=3, order=order)
    *_, there = epochs(Problem.of(network, X, y), theta, recipe, engine=runs)
    *_, here = epochs(Problem.of(network, source), theta, replace(recipe, order=None), engine=runs)
    assert here.theta.tobytes() == there.theta.tobytes()
    assert here.loss == there.loss


def test_rows_to_judge_by_may_be_a_source(monkeypatch):
    monkeypatch.setattr(arrays, "SHARD", 8 * 3 * 40)
    random = np.random.default_rng(0)
    X, y = random.normal(size=(150, 3)), random.integers(0, 2, 150)
    network = Network.dense([3, 4, 2])
    theta, problem = network.initial(np.random.RandomState(0)), Problem.of(network, X, y)
    valid = Problem.of(network, ArrayRows(X, y))
    recipe = Recipe(Adam(), epochs=2)
    for here, there in zip(
        epochs(problem, theta, recipe, valid=valid), epochs(problem, theta, recipe, valid=problem), strict=True
    ):
        np.testing.assert_allclose(here.valid_loss, there.valid_loss, rtol=1e-14)
    for refused in (recipe, Recipe(LBFGS(), epochs=2)):
        with pytest.raises(ValueError, match="judge by rows that are in memory"):
            next(epochs(problem, theta, refused, valid=valid, scores={"accuracy": lambda *_: 1.0}))
    *_, last = epochs(problem, theta, Recipe(LBFGS(), epochs=2), valid=valid)
    assert last.valid_loss == pytest.approx(last.loss)


def test_what_a_source_cannot_be_trained_with_is_refused_before_work():
    source, network = ArrayRows(np.zeros((9, 3)), np.zeros(9, int)), Network.dense([3, 2])
    problem = Problem.of(network, source)
    theta = np.zeros(network.size)
    for recipe, said in (
        (Recipe(LBFGS()), "L-BFGS looks at all rows at every step"),
        (Recipe(Adam()), r"ArrayRows\(9 rows of 3 in 1 shards\) is trained on in batches"),
        (Recipe(Adam(), batch_size=3, order=Shuffled()), "in an order of its own Windows, but got Shuffled"),
        (Recipe(Adam(), batch_size=3, order=Windows((4, 5), 9)), "in an order of its own Windows"),
    ):
        with pytest.raises(ValueError, match=said):
            next(epochs(problem, theta, recipe))
    with pytest.raises(ValueError, match="members train on all rows of ArrayRows"):
        next(epochs(problem, theta, Recipe(Adam(), batch_size=3), rows=np.arange(3)))
    with pytest.raises(ValueError, match="X has 3 features, but the network expects 2"):
        Problem.of(Network.dense([2, 2]), source)
    with pytest.raises(ValueError, match="has targets of its own"):
        Problem.of(network, source, np.zeros(9))
    with pytest.raises(ValueError, match="X has no rows"):
        ArrayRows(np.zeros((0, 3)), np.zeros(0))
    with pytest.raises(ValueError, match="X has no columns to learn from"):
        ArrayRows(np.zeros((3, 0)), np.zeros(3))
    with pytest.raises(ValueError, match="window must be at least 1, but got 0"):
        ArrayRows(np.zeros((3, 1)), np.zeros(3), window=0)
    for engine in (Reference(), engine_for(network)):
        with pytest.raises(
            TypeError, match=r"rows in memory, but X is rows of ArrayRows\(9 rows.*: train with mlnn\.epochs"
        ):
            engine.bind(problem)


def test_a_part_of_ones_own_is_looked_at_before_work():
    class Half(LeastSquares):
        def losses(self, S, y):
            return super().losses(S, y)[:1]

    source = ArrayRows(np.zeros((9, 3)), np.zeros(9))
    with pytest.raises(ValueError, match=r"Half\.losses\(S, y\) must be an array of shape \(3,\)"):
        Problem.of(Network.dense([3, 2], output=Half()), ArrayRows(np.zeros((9, 3)), np.zeros((9, 2))))

    class Bent(L2):
        def slope(self, w):
            return w[:1]

    with pytest.raises(ValueError, match=r"Bent\.slope\(w\) must be an array"):
        Problem.of(Network.dense([3, 1], output=LeastSquares()), source, penalty=Bent())


def test_a_number_that_is_none_is_named_by_its_row_among_all(monkeypatch):
    monkeypatch.setattr(arrays, "SHARD", 8 * 3 * 40)
    X = np.zeros((1000, 3))
    X[707, 2] = np.nan
    problem = Problem.of(Network.dense([3, 2]), ArrayRows(X, np.zeros(1000, int)))
    with pytest.raises(ValueError, match="X must be finite, but row 707, column 2 holds nan"):
        list(epochs(problem, np.zeros(8), Recipe(Adam(), epochs=1, batch_size=10)))


@pytest.fixture
def stored(monkeypatch):
    """A problem over a source of several windows, and where to begin."""
    monkeypatch.setattr(arrays, "SHARD", 8 * 3 * 40)
    random = np.random.default_rng(0)
    X, y = random.normal(size=(1000, 3)), random.integers(0, 2, 1000)
    network = Network.dense([3, 8, 2], batch_norm=True, dropout=0.2)
    return Problem.of(network, ArrayRows(X, y, window=8 * 3 * 150)), network.initial(np.random.RandomState(0))


RECIPE = Recipe(Adam(), epochs=3, batch_size=32)


@pytest.mark.parametrize("step", [1, 5, 17, 31, 32, 60, 95])
def test_training_that_is_interrupted_anywhere_is_resumed_to_the_same_bits(stored, step, monkeypatch):
    *_, whole = epochs(*stored, RECIPE, engine=Reference())
    press_in_step(monkeypatch, step)
    with pytest.raises(Interrupted) as ended:
        list(epochs(*stored, RECIPE, engine=Reference()))
    assert ended.value.epoch.step == step
    *_, again = epochs(*stored, RECIPE, engine=Reference(), after=[ended.value.epoch])
    assert again.theta.tobytes() == whole.theta.tobytes()
    assert again.loss == whole.loss


def test_a_checkpoint_is_of_these_rows_and_resumed_to_the_same_bits(stored, tmp_path):
    problem, theta = stored
    *_, whole = epochs(problem, theta, RECIPE)
    run = epochs(problem, theta, RECIPE, checkpoint=Checkpoint(tmp_path / "there", every=1, unit="epochs", resume=True))
    next(run), next(run)
    run.close()
    *_, again = epochs(
        problem, theta, RECIPE, checkpoint=Checkpoint(tmp_path / "there", every=1, unit="epochs", resume=True)
    )
    assert again.theta.tobytes() == whole.theta.tobytes()


def test_a_divergence_is_explained(stored):
    problem, theta = stored
    with pytest.raises(Diverged, match="training diverged in epoch 1, in step 1"):
        list(epochs(problem, theta * 1e200, RECIPE, engine=Reference()))


def test_a_divergence_whose_steps_are_too_many_to_take_again_is_explained_by_some_rows(stored, monkeypatch):
    problem, theta = stored
    monkeypatch.setattr(divergence, "AFFORDABLE", -1.0)
    with pytest.raises(Diverged, match=r"in one of the steps 1 … 32\. .+ The last finite weights") as ended:
        list(epochs(problem, theta * 1e200, RECIPE, engine=Reference()))
    assert ended.value.cause


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="pages cannot be given back here")
def test_pages_of_a_memory_map_are_given_back_and_what_was_written_to_a_copy_stays(tmp_path):
    np.save(tmp_path / "X.npy", np.ones((200_000, 20), np.float32))
    y = np.zeros(200_000, int)

    def of_file():
        return int(Path("/proc/self/status").read_text().split("RssFile:")[1].split()[0])

    if sys.platform == "linux":
        before, source = of_file(), ArrayRows(np.load(tmp_path / "X.npy", mmap_mode="r"), y)
        assert sum(len(shard.X) for shard in source) == 200_000
        assert of_file() - before < 8_000  # kB, of 16,000
    written = np.load(tmp_path / "X.npy", mmap_mode="c")
    written[5] = 7.0
    assert all(ArrayRows(written, y).read(0).X[5].sum() == 140.0 for _ in range(2))
