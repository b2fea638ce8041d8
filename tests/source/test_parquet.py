"""Rows in Parquet files: row groups as shards, and what is refused, with its place."""

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import Adam
from mlnn.source import ParquetRows, Windows
from mlnn.training import Recipe, epochs

ROWS = 500


@pytest.fixture
def table():
    random = np.random.default_rng(0)
    X = random.normal(size=(ROWS, 4)).astype(np.float32)
    columns = {f"x{k}": X[:, k] for k in range(4)} | {"y": (X.sum(axis=1) > 0).astype(np.int64)}
    return pa.table(columns)


@pytest.fixture
def folder(tmp_path, table):
    (tmp_path / "parts").mkdir()
    for k in range(3):
        part = table.slice(k * 200, 200)
        parquet.write_table(part, tmp_path / "parts" / f"part-{k}.parquet", row_group_size=60)
    return tmp_path / "parts"


def test_row_groups_are_shards_in_the_order_of_names(folder):
    source = ParquetRows(folder, "y")
    assert source.sizes == (60, 60, 60, 20, 60, 60, 60, 20, 60, 40)
    assert (source.rows, source.columns, source.names) == (ROWS, 4, ("x0", "x1", "x2", "x3"))
    for path in (str(folder / "*.parquet"), sorted(folder.iterdir())):
        assert ParquetRows(path, "y").sizes == source.sizes


def test_a_folder_ends_in_the_bits_of_the_same_rows_in_memory(folder, table):
    source = ParquetRows(folder, "y", window=100 * 16)
    network = Network.dense([4, 8, 2])
    theta = network.initial(np.random.RandomState(0)).astype(np.float32)
    recipe = Recipe(Adam(), epochs=3, batch_size=32, seed=1)
    *_, here = epochs(Problem.of(network, source), theta, recipe)
    order = Windows(source.sizes, source.window, seed=1)
    X = np.column_stack([table[f"x{k}"].to_numpy() for k in range(4)])
    whole = Problem.of(network, X, table["y"].to_numpy())
    *_, there = epochs(whole, theta, replace(recipe, order=lambda *at: np.asarray(order(*at))))
    assert here.theta.tobytes() == there.theta.tobytes()


def broken(folder, change):
    path = folder / "part-1.parquet"
    parquet.write_table(change(parquet.read_table(path)), path, row_group_size=60)


def with_cell(value, row=130):
    def change(table):
        cells = table["x2"].to_pylist()
        cells[row] = value
        return table.set_column(2, "x2", pa.array(cells, pa.float32()))

    return change


@pytest.mark.parametrize(
    ("value", "said"),
    [(None, "column 'x2' holds nothing in row 10 (1 in all)"), (float("inf"), "column 'x2' holds inf in row 10")],
)
def test_what_is_no_number_is_refused_with_its_place(folder, value, said):
    broken(folder, with_cell(value))
    network = Network.dense([4, 2])
    with pytest.raises(ValueError, match=re.escape(f"part-1.parquet, row group 2: {said}")):
        list(epochs(Problem.of(network, ParquetRows(folder, "y")), np.zeros(10), Recipe(batch_size=9, epochs=1)))


def test_columns_that_are_not_there_or_hold_no_numbers_are_refused_before_work(folder):
    with pytest.raises(ValueError, match=r"part-0\.parquet has no column 'z': it has 'x0', 'x1'"):
        ParquetRows(folder, "z")
    broken(folder, lambda table: table.set_column(1, "x1", pa.array(["a"] * 200)))
    with pytest.raises(ValueError, match=r"part-1\.parquet: column 'x1' holds string, but a source"):
        ParquetRows(folder, "y")
    with pytest.raises(FileNotFoundError, match=r"no Parquet file at '.*nowhere'"):
        ParquetRows(folder / "nowhere", "y")


def test_a_file_that_is_gone_or_changed_meanwhile_is_named(folder):
    source, network = ParquetRows(folder, "y"), Network.dense([4, 2])
    problem = Problem.of(network, source)
    broken(folder, lambda table: table.slice(0, 190))
    with pytest.raises(ValueError, match=r"part-1\.parquet, row group 3: has 10 rows, but had 20 at the beginning"):
        list(epochs(problem, np.zeros(10), Recipe(batch_size=9, epochs=1)))
    (folder / "part-1.parquet").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"part-1\.parquet, row group .: cannot be read"):
        list(epochs(problem, np.zeros(10), Recipe(batch_size=9, epochs=1)))
