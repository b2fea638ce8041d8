"""Tables a part of their rows at a time: the same cells, places and columns as of the whole."""

import tracemalloc

import numpy as np
import pandas
import pytest

from mlnn.frame.column import TableError
from mlnn.frame.read import read_table
from mlnn.frame.table import Table, Words
from mlnn.frame.values import joined


def cells(values):
    return [values[k] for k in range(len(values))] if isinstance(values, Words) else values.tolist()


def frame():
    random = np.random.default_rng(0)
    return pandas.DataFrame(
        {
            "x": np.where(random.random(50) < 0.2, np.nan, np.arange(50.0)),
            "word": [None if k % 7 == 0 else f"w{k % 9}" for k in range(50)],
            "kind": pandas.Categorical([f"c{k % 3}" for k in range(50)]),
            "flag": [k % 2 == 0 for k in range(50)],
            "list": [[k] for k in range(50)],
        }
    )


@pytest.mark.parametrize("rows", [1, 7, 16, 1000])
def test_parts_of_parquet_are_the_whole(tmp_path, rows):
    frame().to_parquet(tmp_path / "a.parquet", row_group_size=20)
    whole = read_table(tmp_path / "a.parquet")
    parts = list(whole.parts(rows))
    assert sum(part.rows for part in parts) == 50
    assert max(part.rows for part in parts) <= rows
    for name in ("x", "word", "kind", "flag"):
        assert str(cells(joined([part[name] for part in parts]))) == str(cells(whole[name]))
        assert all(getattr(part[name], "kind", "") == getattr(whole[name], "kind", "") for part in parts)
    assert all(part["list"].what == "lists" and len(part["list"]) == part.rows for part in parts)
    starts = np.cumsum([0, *(part.rows for part in parts[:-1])]).tolist()
    assert [part.where(0) for part in parts] == list(map(whole.where, starts))


def test_an_index_that_is_a_range_goes_along(tmp_path):
    frame().drop(columns="list").rename_axis("number").to_parquet(tmp_path / "a.parquet", row_group_size=20)
    whole = read_table(tmp_path / "a.parquet")
    assert np.concatenate([part["number"] for part in whole.parts(15)]).tolist() == list(range(50))


def test_folders_have_parts_with_their_places(tmp_path):
    for year in (2023, 2024):
        (tmp_path / f"year={year}").mkdir()
        frame().drop(columns="list").to_parquet(tmp_path / f"year={year}" / "a.parquet", row_group_size=20)
    whole = read_table(tmp_path)
    parts = list(whole.only(["year", "x"]).parts(30))
    assert [part.rows for part in parts] == [30, 20, 30, 20]
    assert parts[0].names == ("year", "x")
    assert [cells(part["year"])[0] for part in parts] == ["2023", "2023", "2024", "2024"]
    assert parts[3].where(2) == whole.where(82)
    assert "row 32 (counted from 0) of " in whole.where(82)
    assert [part["year"].labels for part in whole.only(["year"]).parts(50)] == [("2023",), ("2024",)]


def test_some_rows_have_parts_too(tmp_path):
    frame().to_parquet(tmp_path / "a.parquet", row_group_size=20)
    whole, rows = read_table(tmp_path / "a.parquet"), np.array([3, 4, 19, 20, 44])
    some = whole.take(rows)
    parts = list(some.parts(10))
    assert [part.rows for part in parts] == [2, 1, 1, 1]
    assert [part.where(0) for part in parts] == [some.where(k) for k in (0, 2, 3, 4)]
    held = some.held(10)
    assert cells(held["word"]) == cells(some["word"])
    assert held.where(4) == whole.where(44)
    assert len(held["word"].labels) <= 5
    assert whole.take(rows[::-1]).in_parts is None  # parts are read one after the other


def test_of_many_rows_few_cost_little():
    many = Table({"x": lambda: None}, 200_000_000)
    tracemalloc.start()
    some = many.take(np.array([0, -1, 7], np.int8))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1e6
    assert some.where(1) == many.where(199_999_999)


def test_rows_are_meant_as_numpy_means_them():
    table = Table.of({"x": [1, 2, 3]})
    for rows in ([2, -3, 2], np.array([True, False, True]), slice(None, None, -1), np.array([2], np.uint8), []):
        assert table.take(rows)["x"].tolist() == np.array([1, 2, 3])[rows].tolist()
    for row in (3, -4):
        with pytest.raises(IndexError, match=f"has 3 rows, but row {row} was asked"):
            table.take(np.array([0, row]))


def test_tables_in_memory_are_cut():
    parts = list(Table.of({"x": [1, 2, 3], "y": ["a", "b", None]}).parts(2))
    assert [(part["x"].tolist(), cells(part["y"])) for part in parts] == [([1, 2], ["a", "b"]), ([3], [None])]


def test_a_file_that_was_cut_off_meanwhile_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    frame().to_parquet(path, row_group_size=20)
    whole = read_table(path)
    frame()[:30].to_parquet(path, row_group_size=20)
    with pytest.raises(TableError, match="was changed while it was read"):
        list(whole.only(["x"]).parts(10))


@pytest.mark.parametrize("change", ["columns", "same", "gone"])
def test_a_file_that_is_another_by_now_is_refused(tmp_path, change):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": [1, 2, 3], "b": [4, 5, 6]}), path)
    table = read_table(path)
    assert [part["a"].tolist() for part in table.parts(2)] == [[1, 2], [3]]
    if change == "gone":
        path.unlink()
    else:
        other = {"b": [4, 5, 6], "a": [1, 2, 3]} if change == "columns" else {"a": [7, 8, 9], "b": [4, 5, 6]}
        pq.write_table(pa.table(other), tmp_path / "other.parquet")
        (tmp_path / "other.parquet").replace(path)
    with pytest.raises(
        TableError, match="cannot be read any more" if change == "gone" else "was changed while it was read"
    ):
        list(table.parts(2))
