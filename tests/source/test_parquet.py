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
from mlnn.output import LeastSquares
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
    order = Windows(source.sizes, source.window_rows, seed=1)
    X = np.column_stack([table[f"x{k}"].to_numpy() for k in range(4)])
    whole = Problem.of(network, X, table["y"].to_numpy())
    *_, there = epochs(whole, theta, replace(recipe, order=order))
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


def write(path, **columns):
    parquet.write_table(pa.table(columns), path, row_group_size=60)
    return path


def test_a_number_that_is_too_large_for_the_type_is_named_and_read_in_a_wider_one(tmp_path):
    x = np.arange(100.0)
    x[65] = -1e300
    path = write(tmp_path / "a.parquet", x=x, z=np.ones(100), y=np.zeros(100, int))
    source = ParquetRows(path, "y")
    with pytest.raises(
        ValueError, match=r"a\.parquet, row group 1: column 'x' holds -1e\+300 in row 5, .* for float32"
    ):
        source.read(1)
    wide = ParquetRows(path, "y", dtype=np.float64)
    assert wide.read(1).X[5, 0] == -1e300
    assert (source.read(0).X.dtype, wide.read(0).X.dtype) == (np.float32, np.float64)
    assert Problem.of(Network.dense([2, 2]), wide).X.dtype == np.float64


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"dtype": np.float16}, ValueError, "dtype must be float32 or float64, but got float16"),
        ({"dtype": int}, ValueError, "dtype must be float32 or float64, but got int64"),
        ({"columns": ()}, ValueError, "part-0.parquet.* has no columns to learn from"),
        ({"columns": ["x0", "y"]}, ValueError, "others than the target, but 'y' is among them"),
        ({"columns": ["x0", "x1", "x0"]}, ValueError, "named once each, but 'x0' is there twice"),
        ({"columns": "x0"}, TypeError, r"a sequence of names, but got 'x0': write \['x0'\]"),
        ({"path": []}, ValueError, "a path of a Parquet file at least, but got none"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(folder, given, error, said):
    with pytest.raises(error, match=said):
        ParquetRows(**{"path": folder, "target": "y"} | given)


def test_a_file_of_the_target_alone_of_two_columns_of_one_name_or_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a\.parquet has no columns to learn from"):
        ParquetRows(write(tmp_path / "a.parquet", y=[0, 1]), "y")
    twice = pa.table([[1.0], [2.0], [0]], names=["x", "x", "y"])
    parquet.write_table(twice, tmp_path / "b.parquet")
    with pytest.raises(ValueError, match=r"b\.parquet has 2 columns 'x': their names must differ"):
        ParquetRows(tmp_path / "b.parquet", "y")
    (tmp_path / "c.parquet").write_text("x,y\n1,0\n")
    with pytest.raises(ValueError, match=r"c\.parquet' cannot be read as a Parquet file: "):
        ParquetRows([write(tmp_path / "d.parquet", x=[1.0], y=[0]), tmp_path / "c.parquet"], "y")


def test_a_file_counts_once_however_it_is_spelt(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    source = ParquetRows(["parts/part-0.parquet", folder / ".." / "parts" / "part-0.parquet", "parts", "parts/*"], "y")
    assert source.rows == ROWS
    assert source.files[0] == "parts/part-0.parquet"


def test_columns_are_those_asked_for_in_their_order(folder, table):
    source = ParquetRows(folder, "y", columns=["x3", "x1"])
    X, y, _ = source.at_once()
    np.testing.assert_array_equal(X, np.column_stack([table["x3"].to_numpy(), table["x1"].to_numpy()]))
    np.testing.assert_array_equal(y, table["y"].to_numpy())
    assert (source.names, source.columns) == (("x3", "x1"), 2)


def test_an_index_of_pandas_is_no_feature_unless_it_is_asked_for(tmp_path):
    import pandas

    frame = pandas.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0]})
    for index, kept in (([5, 9, 7], "__index_level_0__"), (pandas.Index([5, 9, 7], name="id"), "id")):
        frame.set_axis(index, axis=0).to_parquet(tmp_path / "a.parquet")
        assert kept in parquet.read_schema(tmp_path / "a.parquet").names
        assert ParquetRows(tmp_path / "a.parquet", "y").names == ("x",)
        assert ParquetRows(tmp_path / "a.parquet", "y", columns=[kept]).read(0).X.tolist() == [[5], [9], [7]]
    frame.to_parquet(tmp_path / "a.parquet")
    assert ParquetRows(tmp_path / "a.parquet", "y").names == ("x",)


def test_row_groups_without_rows_are_left_out_and_a_window_has_the_largest(tmp_path, table):
    with parquet.ParquetWriter(tmp_path / "a.parquet", table.schema) as writer:
        for start, count in ((0, 30), (30, 0), (30, 200), (230, 0)):
            writer.write_table(table.slice(start, count))
    assert parquet.ParquetFile(tmp_path / "a.parquet").num_row_groups == 4
    source = ParquetRows(tmp_path / "a.parquet", "y", window=1)
    assert source.sizes == (30, 200)
    assert source.window_rows == 200
    np.testing.assert_array_equal(source.at_once().X[:, 0], table["x0"].to_numpy()[:230])
    with pytest.raises(ValueError, match=r"b\.parquet has no rows"):
        ParquetRows(write(tmp_path / "b.parquet", x=np.zeros(0), y=np.zeros(0, int)), "y")


def test_values_of_floats_are_targets_as_they_are(tmp_path):
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 2))
    path = write(tmp_path / "a.parquet", a=x[:, 0], b=x[:, 1], y=x @ [0.25, -0.75] + 0.125)
    problem = Problem.of(Network.dense([2, 1], output=LeastSquares()), ParquetRows(path, "y"))
    *_, last = epochs(problem, np.zeros(3, np.float32), Recipe(Adam(0.05), epochs=60, batch_size=20))
    np.testing.assert_allclose(last.theta, [0.25, -0.75, 0.125], atol=1e-3)
