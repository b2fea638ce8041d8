"""A source that goes to another process takes the places of its files along, and not what is in them."""

import pickle

import numpy as np
import pytest

from mlnn.source import ArrayRows, ParquetRows

X = np.arange(40000.0, dtype=np.float32).reshape(5000, 8)
Y = np.arange(5000) % 3


@pytest.fixture
def stored(tmp_path):
    np.save(tmp_path / "X.npy", X)
    return tmp_path / "X.npy"


@pytest.mark.parametrize("rows", [slice(None), slice(100, 3000), slice(4999, None)])
def test_a_map_is_opened_again(stored, rows):
    source = ArrayRows(np.load(stored, mmap_mode="r")[rows], Y[rows], names=[f"x{k}" for k in range(8)])
    sent = pickle.dumps(source)
    assert len(sent) < X.nbytes / 3
    came = pickle.loads(sent)
    assert came.names == source.names
    np.testing.assert_array_equal(came.read(0).X, X[rows])
    np.testing.assert_array_equal(came.read(0).y, Y[rows])


@pytest.mark.parametrize("how", ["private", "columns", "memory"])
def test_what_lies_in_no_file_as_it_is_goes_along(stored, how):
    rows = {"private": np.load(stored, mmap_mode="c"), "columns": np.load(stored, mmap_mode="r")[:, ::2], "memory": X}[
        how
    ]
    if how == "private":
        rows[0] = -1.0
    came = pickle.loads(pickle.dumps(ArrayRows(rows, Y)))
    np.testing.assert_array_equal(came.read(0).X, rows)


def test_files_are_found_from_another_folder(tmp_path, monkeypatch):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    parquet.write_table(pyarrow.table({"a": X[:, 0], "y": Y}), tmp_path / "here" / "rows.parquet")
    monkeypatch.chdir(tmp_path / "here")
    sent = pickle.dumps(ParquetRows("rows.parquet", "y"))
    monkeypatch.chdir(tmp_path / "there")
    came = pickle.loads(sent)
    np.testing.assert_array_equal(came.read(0).X[:, 0], X[:, 0])
