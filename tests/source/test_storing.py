"""Streams that are stored: every kind of them, what is refused, and a folder that is whole or not there."""

import errno
import gc
import re
import shutil
import tempfile
import tracemalloc
from collections import namedtuple
from pathlib import Path

import duckdb
import numpy as np
import pandas
import polars
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.estimator import MLPClassifier
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.source import arrays, files, opened, stored
from mlnn.training import Recipe, epochs

ROWS = 300
NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(0)
    labels = np.where(random.random(ROWS) > 0.3, "yes", "no").astype("<U7")
    labels[250:] = "perhaps"  # a longer label that comes late
    return pandas.DataFrame(random.normal(size=(ROWS, 3)), columns=[*NAMES]).assign(y=labels, w=random.random(ROWS))


def reader(frame):
    return pa.Table.from_pandas(frame).to_reader(max_chunksize=70)


def relation(frame):
    return duckdb.sql("select * from frame")


KINDS = {
    "pandas": lambda frame: frame,
    "pandas with an index": lambda frame: frame.set_axis(np.arange(ROWS) * 2, axis=0),
    "polars": polars.from_pandas,
    "categories": lambda frame: polars.from_pandas(frame).with_columns(polars.col("y").cast(polars.Categorical)),
    "table": pa.Table.from_pandas,
    "reader": reader,
    "duckdb": relation,
    "function of frames": lambda frame: lambda: (frame[k : k + 70] for k in range(0, ROWS, 70)),
    "function of a reader": lambda frame: lambda: reader(frame),
    "list": lambda frame: [polars.from_pandas(frame[:70]), pa.Table.from_pandas(frame[70:])],
    "record batches": lambda frame: pa.Table.from_pandas(frame).to_batches(70),
    "columns in another order": lambda frame: [frame[:70], frame[70:][["w", "c", "y", "b", "a"]]],
    "batches without rows": lambda frame: [frame[:0], frame[:70], frame[70:70], frame[70:]],
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_of_any_kind_is_stored_as_it_is(frame, tmp_path, kind):
    source = stored(KINDS[kind](frame), "y", weights="w", folder=tmp_path / "rows")
    for each in (source, opened(tmp_path / "rows")):
        X, y, weights = each.at_once()
        np.testing.assert_array_equal(X, frame[[*NAMES]].to_numpy(np.float32))
        np.testing.assert_array_equal(y, frame.y.to_numpy(str))
        np.testing.assert_array_equal(weights, frame.w.to_numpy(np.float32))
        assert (each.names, y.dtype, X.dtype) == (NAMES, "<U7", np.float32)
    assert [each.name for each in tmp_path.iterdir()] == ["rows"]
    np.testing.assert_array_equal(np.load(tmp_path / "rows" / "X.npy"), X)


@given(
    sizes=st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any),
    of_rows=st.sampled_from(["f4", "f8", "i2", "?", ">f4"]),
    of_targets=st.sampled_from(["f4", "f8", "i8", "u1", "?", "<U3", "O"]),
    wide=st.booleans(),
    weighted=st.booleans(),
    dtype=st.sampled_from(["f4", "f8"]),
)
def test_arrays_are_stored_as_they_are(sizes, of_rows, of_targets, wide, weighted, dtype):
    random, batches = np.random.default_rng(0), []
    for size in sizes:
        X, y = (random.normal(size=(size, 2)) * 9).astype(of_rows), random.integers(0, 200, size)
        y = y.astype(str).astype(of_targets) if of_targets in ("<U3", "O") else y.astype(of_targets)
        y = np.column_stack([y, y]) if wide and y.dtype.kind not in "UO" else y
        batches.append((X, y, random.random(size)) if weighted else (X, y))
    source = stored(batches, dtype=dtype)
    found, whole = source.at_once(), [np.concatenate(each) for each in zip(*batches, strict=True)]
    np.testing.assert_array_equal(found.X, whole[0].astype(dtype))
    np.testing.assert_array_equal(found.y, whole[1])
    assert found.X.dtype == dtype
    text = of_targets in ("<U3", "O")  # which is as wide as the longest that came
    assert found.y.dtype == (np.array(whole[1].tolist()).dtype if text else whole[1].dtype)
    if weighted:
        np.testing.assert_array_equal(found.weights, whole[2].astype(dtype))
    assert (found.weights is not None) == weighted


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_what_is_stored_is_trained_on_as_the_same_rows_in_memory(frame, tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "SHARD", 4 * 3 * 40)
    source, settings = stored(reader(frame), "y", "w"), {"shuffle": False, "max_iter": 3, "random_state": 0}
    X, y, weights = frame[[*NAMES]].astype(np.float32), frame.y.to_numpy(), frame.w.to_numpy()
    here, there = MLPClassifier(**settings).fit(source), MLPClassifier(**settings).fit(X, y, weights)
    assert all(np.array_equal(a, b) for a, b in zip(here.coefs_, there.coefs_, strict=True))
    assert here.feature_names_in_.tolist() == there.feature_names_in_.tolist() == [*NAMES]
    values = stored([(X.to_numpy(), weights)])
    problem = Problem.of(Network.dense([3, 1], output="least_squares"), values)
    *_, last = epochs(problem, np.zeros(4, np.float32), Recipe(epochs=2, batch_size=50))
    assert last.step == 12


def test_a_temporary_folder_is_removed_with_its_source(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    source = stored([(np.ones((5, 2)), np.arange(5))])
    assert [*tmp_path.rglob("X.npy")]
    problem = Problem.of(Network.dense([2, 5]), source)
    del source
    gc.collect()
    assert problem.X[:1].tolist() == [[1.0, 1.0]]  # a problem has its source
    del problem
    gc.collect()
    assert not [*tmp_path.iterdir()]
    with pytest.raises(ValueError, match="the stream has no rows"):
        stored([])
    assert not [*tmp_path.iterdir()]


def with_cell(frame, column, value, row=99):
    cells = frame[column].astype(object)
    cells[row] = value
    return frame.assign(**{column: cells})


TABLES = {
    "nothing in a cell": (
        lambda f: with_cell(f, "b", None),
        r"batch 1: column 'b' holds nothing in row 29 \(1 in all\)",
    ),
    "an infinite cell": (lambda f: with_cell(f, "b", np.inf), "batch 1: column 'b' holds inf in row 29"),
    "too large a cell": (lambda f: with_cell(f, "b", -1e300), r"batch 1: .*'b' holds -1e\+300 in row 29, .* float32"),
    "no target": (lambda f: with_cell(f, "y", None), "batch 1: column 'y' holds nothing in row 29"),
    "a negative weight": (lambda f: with_cell(f, "w", -2.0), "batch 1: column 'w': weights must be .* row 29 is -2.0"),
    "no weight": (lambda f: with_cell(f, "w", None), "batch 1: column 'w' holds nothing in row 29"),
    "text": (lambda f: f.assign(c="x"), r"batch 0: column 'c' holds (large_)?string, but a source learns from numbers"),
    "columns missing": (lambda f: f.drop(columns=["y"]), "batch 0 has no column 'y': it has 'a', 'b', 'c', 'w'"),
    "no features": (lambda f: f[["y", "w"]], "batch 0 has no columns to learn from"),
}


@pytest.mark.parametrize("case", TABLES)
def test_cells_and_columns_that_cannot_be_are_refused_with_batch_and_row(frame, tmp_path, case):
    change, sentence = TABLES[case]
    with pytest.raises(ValueError, match=sentence):
        stored(reader(change(frame)), "y", weights="w", folder=tmp_path / "rows")
    assert not [*tmp_path.iterdir()]


X, Y, W = np.arange(6.0).reshape(3, 2), np.array([0, 1, 0]), np.ones(3)
BAD = np.array([[0.0, 1.0], [2.0, np.nan], [0.0, 0.0]])
MIXED = pandas.DataFrame({"a": [1, "x"], "y": [0, 1]})
OTHERS = {
    "no rows": ([], {}, ValueError, "the stream has no rows"),
    "no rows in its batches": ([(X[:0], Y[:0])], {}, ValueError, "the stream has no rows"),
    "no number": ([(X, Y), (BAD, Y)], {}, ValueError, "batch 1: X must be finite, but row 1, column 1 holds nan"),
    "too large": ([(X, Y), (X * 1e300, Y)], {}, ValueError, r"batch 1: X: column '0' holds 4e\+300 in row 2, .* for"),
    "no value": ([(X, BAD[:, 1])], {}, ValueError, "batch 0: y: column '0' holds nan in row 1"),
    "text in X": ([(np.array([["a", "b"]]), Y[:1])], {}, ValueError, "batch 0: X must be a matrix of numbers, but it"),
    "no matrix": ([(Y, Y)], {}, ValueError, r"batch 0: X must have shape \(rows, features\) and y a target for each"),
    "rows without targets": ([(X, Y[:2])], {}, ValueError, r"batch 0: X must have shape .* but \(3, 2\) and \(2,\)"),
    "a negative weight": ([(X, Y, -W)], {}, ValueError, "batch 0: weights must be finite, .* row 0 is -1"),
    "a weight too large": ([(X, Y, W * 1e300)], {}, ValueError, "batch 0: weights must be finite, .* row 0 is inf"),
    "few weights": ([(X, Y, W[:2])], {}, ValueError, r"batch 0: weights must have shape \(3,\), one a row"),
    "other columns": ([(X, Y), (X[:, :1], Y)], {}, ValueError, "batch 1: X is float32 × 1 a row, but before .*32 × 2"),
    "other targets": ([(X, Y), (X, W)], {}, ValueError, "batch 1: y is float64 a row, but before it was int64"),
    "labels and numbers": ([(X, np.array(["a", None, "b"]))], {}, ValueError, "y must be text .* None in row 1 of the"),
    "numbers after labels": ([(X, Y.astype(str)), (X, Y)], {}, ValueError, "batch 1: y must be text .* 0 in row 3 of"),
    "labels after numbers": ([(X, Y), (X, Y.astype("<U2"))], {}, ValueError, "batch 1: y is <U2 a row, but before"),
    "dates": ([(X, Y.astype("M8[D]"))], {}, ValueError, "batch 0: y must be numbers or text, but is datetime64"),
    "weights at first": ([(X, Y, W), (X, Y)], {}, ValueError, "batch 1: either all batches have weights, or none has"),
    "weights later": ([(X, Y), (X, Y, W)], {}, ValueError, "batch 1: either all batches have weights, or none has"),
    "one array": ([(X,)], {}, ValueError, r"batch 0 must be \(X, y\) or \(X, y, weights\), but has 1 parts"),
    "a bare pair": ((X, Y), {}, TypeError, r"batch 0 must be a table or a pair .* ndarray; a single pair is"),
    "names of arrays": ([(X, Y)], {"target": "y"}, ValueError, "batch 0 is of arrays, which have no names: give no"),
    "a number": (3, {}, TypeError, "batches must be a stream of Arrow, .* but got 3"),
    "no name of the target": ([MIXED[:1].astype(float)], {}, TypeError, "batch 0 is a table: give target=, the name"),
    "mixed cells": ([MIXED], {"target": "y"}, ValueError, "batch 0 cannot be read as a table of Arrow: .*column a"),
    "a mixed frame": (MIXED, {"target": "y"}, ValueError, "the stream cannot be read as a table of Arrow: .*column a"),
    "another column": (
        [pandas.DataFrame({"a": [1.0], "y": [0]}), pandas.DataFrame({"a": [1.0], "b": [1.0], "y": [0]})],
        {"target": "y"}, ValueError, "batch 1 has the column 'b', which those before had not",
    ),
    "a column less": (
        [pandas.DataFrame({"a": [1.0], "b": [1.0], "y": [0]}), pandas.DataFrame({"a": [1.0], "y": [0]})],
        {"target": "y"}, ValueError, "batch 1 has no column 'b': it has 'a', 'y'",
    ),
    "tables and arrays": (
        [pandas.DataFrame({"a": [1.0], "y": [0]}), (X, Y)], {"target": "y"}, ValueError, "batch 1: either all",
    ),
    "another type": ([(X, Y)], {"dtype": np.float16}, ValueError, "dtype must be float32 or float64, but got float16"),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERS)
def test_batches_that_cannot_be_are_refused_and_leave_nothing(tmp_path, case):
    batches, given, error, sentence = OTHERS[case]
    with pytest.raises(error, match=sentence):
        stored(batches, folder=tmp_path / "rows", **given)
    assert not [*tmp_path.iterdir()]


def test_what_is_there_stays_as_it_is(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "rows").mkdir()
    for name in ("file", "rows"):
        with pytest.raises(
            FileExistsError, match=r"something already: mlnn\.source\.opened opens what is stored there"
        ):
            stored([(X, Y)], folder=tmp_path / name)
    assert (tmp_path / "file").read_text() == "mine"

    def batches():
        yield X, Y
        (tmp_path / "late").mkdir()
        (tmp_path / "late" / "X.npy").write_text("another's")

    with pytest.raises(OSError, match="late"):
        stored(batches, folder=tmp_path / "late")
    assert (tmp_path / "late" / "X.npy").read_text() == "another's"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "late", "rows"]
    with pytest.raises(FileNotFoundError, match=r"there is no folder for it to be in: .*rows"):
        stored([(X, Y)], folder=tmp_path / "nowhere" / "rows")
    with pytest.raises(FileNotFoundError, match=r"no rows are stored there: .*nowhere"):
        opened(tmp_path / "nowhere")


@pytest.mark.parametrize("error", [OSError("the line is cut"), KeyboardInterrupt()])
def test_a_folder_that_is_half_written_is_not_there(tmp_path, error):
    def batches():
        yield X, Y
        assert not (tmp_path / "rows").exists()
        assert [each.suffix for each in tmp_path.iterdir()] == [".draft"]
        raise error

    with pytest.raises(type(error)) as ended:
        stored(batches, folder=tmp_path / "rows")
    assert ended.value is error
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("how", ["table", "batches"])
def test_rows_for_which_the_disk_has_no_room_are_not_written(frame, tmp_path, monkeypatch, how):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(2000))  # of 300 rows of 12 bytes
    monkeypatch.setattr(files.RowFiles, "add", lambda self, *_: pytest.fail("rows were written"))
    table = pa.Table.from_pandas(frame)
    batches = pa.Table.from_batches(table.to_batches(100)) if how == "table" else [table]
    sentence = "the disk has no room: 300 rows take 3.6 KB, but 2.0 KB are free"
    with pytest.raises(OSError, match=sentence) as ended:
        stored(batches, "y", "w", folder=tmp_path / "rows")
    assert (ended.value.errno, ended.value.filename) == (errno.ENOSPC, str(tmp_path / "rows"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
def test_a_disk_that_is_full_is_said_with_the_folder(tmp_path, monkeypatch):
    begun = files.Numbers.__init__
    monkeypatch.setattr(files.Numbers, "__init__", lambda self, path, like: begun(self, Path("/dev/full"), like))
    with pytest.raises(OSError, match=re.escape(str(tmp_path / "rows"))) as ended:
        stored([(np.ones((9000, 9)), np.ones(9000))], folder=tmp_path / "rows")
    assert ended.value.errno == errno.ENOSPC
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("text", [False, True])
def test_one_batch_is_in_memory_at_a_time(tmp_path, text):
    def batches(count):
        for k in range(count):
            y = np.arange(5000) % 3
            yield np.full((5000, 20), float(k)), y.astype(str) if text else y

    stored(batches(1), folder=tmp_path / "first")
    tracemalloc.start()
    try:
        source = stored(batches(40), folder=tmp_path / "rows")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert source.rows == 200_000
    assert peak < 6 * 5000 * 20 * 8 < 200_000 * 20 * 4 / 2


def test_a_table_that_is_large_is_written_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("mlnn.source.columns.PIECE", 4 * 3 * 7)
    sizes, add = [], files.RowFiles.add
    monkeypatch.setattr(files.RowFiles, "add", lambda self, *given: sizes.append(len(given[1].X)) or add(self, *given))
    frame = pandas.DataFrame(np.arange(80.0).reshape(20, 4), columns=["a", "b", "c", "y"])
    np.testing.assert_array_equal(stored(frame, "y").at_once().X, frame[["a", "b", "c"]])
    assert sizes == [7, 7, 6]


@pytest.mark.parametrize(("part", "value", "said"), [
    (0, -1e300, r"X: column '1' holds -1e\+300 in row 17"),
    (0, np.nan, "X must be finite, but row 17, column 1 holds nan"),
    (1, np.inf, "y: column '0' holds inf in row 17"),
    (2, -3.0, "weights must be .* that of row 17 is -3"),
])  # fmt: skip
def test_rows_of_a_large_batch_of_arrays_are_counted_through(tmp_path, monkeypatch, part, value, said):
    monkeypatch.setattr(arrays, "SHARD", 8 * 2 * 5)
    batch = np.random.default_rng(0).normal(size=(22, 2)), np.arange(22.0), np.arange(22.0)
    for here, there in zip(stored([batch], dtype=float).at_once(), batch, strict=True):
        np.testing.assert_array_equal(here, there)
    batch[part].reshape(22, -1)[17, -1] = value
    with pytest.raises(ValueError, match=f"batch 0: {said}"):
        stored([batch], folder=tmp_path / "rows")
