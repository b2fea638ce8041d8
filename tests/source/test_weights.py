"""Weights of rows in a source: the bits of the same rows and weights in memory, and what is refused, with its place."""

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from mlnn.engine import Compiled, Reference
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import Adam
from mlnn.penalty import L2
from mlnn.source import ArrayRows, ParquetRows, Part, Windows, arrays
from mlnn.training import Checkpoint, CheckpointError, Recipe, epochs, epochs_of_members
from mlnn.training.facts import data_digests, digest
from mlnn.training.recipe import sum_of_rows

ROWS, COLUMNS, EACH = 500, 4, 60
NETWORK = Network.dense([COLUMNS, 8, 2])
THETA = NETWORK.initial(np.random.RandomState(0)).astype(np.float32)
EACH_ENGINE = pytest.mark.parametrize("engine", [Reference(), Compiled(2)], ids=["reference", "compiled"])


def by_weight(sizes, weights):
    """Return factors by the weight of a step, which a wrong total of any step would change."""
    return sum_of_rows(sizes, weights)._replace(penalty=1.0 / np.maximum(weights, 1e-3))


RECIPE = Recipe(Adam(), epochs=3, batch_size=32, seed=5, convention=by_weight)


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    X = random.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    weights = random.uniform(0.0, 3.0, ROWS) * (random.random(ROWS) > 0.3)
    weights[EACH : 2 * EACH] = 0.0  # a whole shard
    return X, (X.sum(axis=1) > 0).astype(np.int64), weights


def of_arrays(data, window=100):
    return ArrayRows(*data, window=4 * COLUMNS * window)


def of_map(data, folder):
    np.save(folder / "w.npy", data[2])
    return ArrayRows(*data[:2], np.load(folder / "w.npy", mmap_mode="r"), window=4 * COLUMNS * 100)


def written(folder, X, y, weights):
    columns = {f"x{k}": X[:, k] for k in range(COLUMNS)} | {"w": pa.array(weights, from_pandas=False), "y": y}
    parquet.write_table(pa.table(columns), folder / "a.parquet", row_group_size=EACH)
    return ParquetRows(folder / "a.parquet", "y", weights="w", window=4 * COLUMNS * 100)


@pytest.fixture(params=["arrays", "map", "parquet", "part"])
def source(request, data, tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "SHARD", 4 * COLUMNS * EACH)
    match request.param:
        case "arrays":
            return of_arrays(data)
        case "map":
            return of_map(data, tmp_path)
        case "parquet":
            return written(tmp_path, *data)
    return Part(of_arrays(data))


def in_order(source, recipe=RECIPE):
    return replace(recipe, order=Windows(source.sizes, source.window_rows, recipe.seed))


@EACH_ENGINE
@pytest.mark.parametrize("batch", [32, 7, 130, 1000])
def test_the_same_bits_as_in_memory(source, data, engine, batch):
    recipe = replace(RECIPE, batch_size=batch)
    *_, here = epochs(Problem.of(NETWORK, source, penalty=L2(0.1)), THETA, recipe, engine=engine)
    *_, there = epochs(Problem.of(NETWORK, *data, L2(0.1)), THETA, in_order(source, recipe), engine=engine)
    assert here.theta.tobytes() == there.theta.tobytes()
    assert (here.loss, here.objective) == (there.loss, there.objective)
    *_, plain = epochs(Problem.of(NETWORK, *data[:2], penalty=L2(0.1)), THETA, in_order(source, recipe), engine=engine)
    assert not np.array_equal(here.theta, plain.theta)


@EACH_ENGINE
@pytest.mark.parametrize(("of_rows", "of_theta"), [("f4", "f8"), ("f8", "f4"), ("i2", "f8")])
def test_types_of_rows_weights_and_theta_may_differ(data, engine, of_rows, of_theta, monkeypatch):
    monkeypatch.setattr(arrays, "SHARD", 4 * COLUMNS * EACH)
    X, y, weights = (data[0] * 9).astype(of_rows), data[1], data[2].astype(np.float32)
    source, theta = ArrayRows(X, y, weights, window=4 * COLUMNS * 100), THETA.astype(of_theta)
    *_, here = epochs(Problem.of(NETWORK, source), theta, RECIPE, engine=engine)
    *_, there = epochs(Problem.of(NETWORK, X, y, weights), theta, in_order(source), engine=engine)
    assert here.theta.tobytes() == there.theta.tobytes()


def test_members_side_by_side_end_as_alone(source):
    problem, thetas = Problem.of(NETWORK, source), np.stack([THETA, -THETA])
    *_, both = epochs_of_members(problem, thetas, RECIPE, seeds=[0, 1])
    for member, theta, seed in zip(both, thetas, (0, 1), strict=True):
        *_, truth = epochs(problem, theta, replace(in_order(source), seed=seed))
        assert member.theta.tobytes() == truth.theta.tobytes()


def test_a_problem_over_a_source_knows_its_weight_and_gives_rows(source, data):
    held, stored = Problem.of(NETWORK, *data), Problem.of(NETWORK, source)
    assert stored.weight == pytest.approx(held.weight, rel=1e-12)
    some = np.array([400, 3, 77])
    np.testing.assert_array_equal(stored.batch(some).weights, held.batch(some).weights)
    np.testing.assert_array_equal(source.at_once().weights, held.weights)
    assert source.columns == COLUMNS


def test_rows_that_judge_count_by_their_weights(source, data):
    held = Problem.of(NETWORK, *data)
    for here, there in zip(
        epochs(held, THETA, RECIPE, valid=Problem.of(NETWORK, source)),
        epochs(held, THETA, RECIPE, valid=held),
        strict=True,
    ):
        assert here.valid_loss == pytest.approx(there.valid_loss, rel=1e-5)


def test_a_checkpoint_has_the_digests_of_memory_and_notices_other_weights(source, data, tmp_path):
    def train(rows):
        checkpoint = Checkpoint(tmp_path / "there", every=1, unit="epochs", resume=True)
        run = epochs(Problem.of(NETWORK, rows), THETA, RECIPE, checkpoint=checkpoint)
        next(run)
        run.close()

    held = Problem.of(NETWORK, *data)
    assert data_digests(Problem.of(NETWORK, source)) == (digest(held.X), digest(held.y), digest(held.weights))
    train(source)
    train(of_arrays(data) if source.sizes == of_arrays(data).sizes else source)
    data[2][499] += 1.0
    with pytest.raises(CheckpointError, match="with other weights of rows than"):
        train(of_arrays(data))
    with pytest.raises(CheckpointError, match="with other weights of rows than"):
        train(of_arrays(data[:2]))


def test_weights_of_rows_that_judge_are_part_of_a_checkpoint(data, tmp_path):
    def train(judge):
        checkpoint = Checkpoint(tmp_path / "there", every=1, unit="epochs", resume=True)
        run = epochs(Problem.of(NETWORK, *data), THETA, RECIPE, valid=Problem.of(NETWORK, judge), checkpoint=checkpoint)
        next(run)
        run.close()

    train(of_arrays(data))
    with pytest.raises(CheckpointError, match="other validation rows than"):
        train(of_arrays((*data[:2], data[2] + 1.0)))


REFUSED = "weights must be finite, not negative, and not all zero"


@pytest.mark.parametrize(("value", "said"), [(-1.0, "-1.0"), (np.nan, "nan"), (np.inf, "inf")])
def test_weights_that_cannot_be_are_refused_with_their_place_before_any_work(data, tmp_path, monkeypatch, value, said):
    monkeypatch.setattr(arrays, "SHARD", 4 * COLUMNS * EACH)
    data[2][432] = value
    sentence = f"{REFUSED}, but that of row 432 is {said}"
    for rows in (data, (of_arrays(data),), (of_map(data, tmp_path),)):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            Problem.of(NETWORK, *rows)
    with pytest.raises(ValueError, match=rf"a\.parquet, row group 7: column 'w'.* {said}") as ended:
        Problem.of(NETWORK, written(tmp_path, *data))
    assert "row 12" in str(ended.value)
    if value == -1.0:
        assert f"{REFUSED}, but that of row 12 is -1.0" in str(ended.value)


def test_weights_that_are_missing_or_all_zero_or_have_no_sum_are_refused(data, tmp_path):
    X, y, _ = data
    source = written(tmp_path, X, y, [*np.ones(100), None, *np.ones(399)])
    with pytest.raises(ValueError, match=r"a\.parquet, row group 1: column 'w' holds nothing in row 40 \(1 in all\)"):
        Problem.of(NETWORK, source)
    for weights, said in ((np.zeros(ROWS), f"{REFUSED}, but all of them are 0"), (np.full(ROWS, 3e38), "a sum to div")):
        for rows in ((X, y, weights), (of_arrays((X, y, weights)),), (written(tmp_path, X, y, weights),)):
            with pytest.raises(ValueError, match=said):
                Problem.of(NETWORK, *rows)


def test_weights_that_do_not_fit_are_refused_at_once(data, tmp_path):
    X, y, weights = data
    for wrong, shape in ((weights[1:], r"\(499,\)"), (weights[:, None], r"\(500, 1\)")):
        with pytest.raises(ValueError, match=rf"weights must have shape \(500,\), one a row, .* {shape}"):
            ArrayRows(X, y, wrong)
    with pytest.raises(ValueError, match="weights must be a vector of numbers, but it holds something else"):
        Problem.of(NETWORK, ArrayRows(X, y, np.full(ROWS, "a")))
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"x0": X[:, 0], "x1": X[:, 1], "w": ["a"] * ROWS, "y": y}), path)
    for asked, said in (
        ({"weights": "v", "columns": ["x0"]}, r"a\.parquet has no column 'v': it has 'x0'"),
        ({"weights": "y"}, "weights must be another column than the target, but both are 'y'"),
        ({"weights": "x1", "columns": ["x0", "x1"]}, "columns must be others than the weights, but 'x1' is among them"),
        ({"weights": "w"}, r"a\.parquet: column 'w' holds string, but a source learns from numbers"),
    ):
        with pytest.raises(ValueError, match=said):
            ParquetRows(path, "y", **asked)
    with pytest.raises(ValueError, match="give no y and no weights beside it, but weights= to it"):
        Problem.of(NETWORK, of_arrays(data), None, weights)


def test_a_source_of_ones_own_that_weighs_some_shards_alone_is_refused(data, monkeypatch):
    class Half(ArrayRows):
        def read(self, shard):
            found = super().read(shard)
            return found._replace(weights=None) if shard else found

        def read_weights(self, shard):
            return super(ArrayRows, self).read_weights(shard)

    monkeypatch.setattr(arrays, "SHARD", 4 * COLUMNS * EACH)
    with pytest.raises(ValueError, match="either all shards of a source have weights or none has"):
        Problem.of(NETWORK, Half(*data))


@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    window=st.integers(1, 12),
    batch=st.integers(1, 30),
    seed=st.integers(0, 99),
)
def test_every_step_weighs_the_sum_of_its_rows(sizes, window, batch, seed):
    random, rows, told = np.random.default_rng(seed), sum(sizes), []

    class Uneven(ArrayRows):
        def __init__(self, *given):
            super().__init__(*given)
            self.sizes, self.window_rows = tuple(sizes), window
            self.starts = np.cumsum([0, *sizes])

    def listening(counts, weights):
        told.append(weights)
        return sum_of_rows(counts, weights)

    X, y, weights = random.normal(size=(rows, COLUMNS)), random.integers(0, 2, rows), random.random(rows)
    problems = Problem.of(NETWORK, Uneven(X, y, weights)), Problem.of(NETWORK, X, y, weights)
    order = Windows(sizes, window, seed)
    for problem in problems:
        recipe = Recipe(Adam(), epochs=1, batch_size=batch, order=order, convention=listening)
        list(epochs(problem, THETA.astype(np.float64), recipe, engine=Reference()))
    here, there = told
    assert here.tobytes() == there.tobytes()
    assert here.sum() == pytest.approx(weights.sum())
