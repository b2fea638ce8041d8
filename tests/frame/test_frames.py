import copy
import pickle
import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from mlnn.frame.column import TableError
from mlnn.frame.table import Columns, Table, Unusable, Words, has_names, one_column, stacked
from mlnn.frame.values import joined, of_array, of_objects

UTC2 = timezone(timedelta(hours=2))


def told(values):
    """Return a column in the shortest words."""
    if isinstance(values, Unusable):
        return values.what
    if isinstance(values, Words):
        return values.kind, [values[row] for row in range(len(values))]
    return values.dtype.str[1:3], [None if each != each else str(each) for each in values]


PANDAS = {
    "i": ([1, 2], ("i8", ["1", "2"])),
    "big": ([1, 2**60], ("i8", ["1", str(2**60)])),
    "i8": (np.array([1, 2], "i1"), ("i1", ["1", "2"])),
    "Int": (pd.array([1, None], "Int64"), ("f8", ["1.0", None])),
    "IntWhole": (pd.array([1, 2], "Int32"), ("i4", ["1", "2"])),
    "f": (np.array([0.5, np.nan], "f4"), ("f4", ["0.5", None])),
    "Float": (pd.array([0.5, None], "Float32"), ("f8", ["0.5", None])),
    "b": ([True, False], ("boolean", ["True", "False"])),
    "B": (pd.array([True, None], "boolean"), ("boolean", ["True", None])),
    "mixed truth": ([True, None], ("boolean", ["True", None])),
    "s": (["a", None], ("text", ["a", None])),
    "string": (pd.array(["a", None], "string"), ("text", ["a", None])),
    "c": (pd.Categorical(["x", None], categories=["z", "x"]), ("category", ["x", None])),
    "numbers as categories": (pd.Categorical([3.0, None]), ("category", ["3", None])),
    "decimal": ([Decimal("1.5"), None], ("f8", ["1.5", None])),
    "signalling": ([Decimal("1.5"), Decimal("sNaN")], ("f8", ["1.5", None])),
    "fraction": ([Fraction(1, 2), 3], ("f8", ["0.5", "3.0"])),
    "objects": (pd.Series([1, 2.5], dtype=object), ("f8", ["1.0", "2.5"])),
    "whole objects": (pd.Series([1, 2], dtype=object), ("i8", ["1", "2"])),
    "huge": (pd.Series([10**30, 10**400], dtype=object), ("f8", ["1e+30", "inf"])),
    "date": ([date(2020, 1, 2), None], ("M8", ["2020-01-02", None])),
    "stamp": (pd.to_datetime(["2020-01-02T03:04", None]), ("M8", ["2020-01-02T03:04", None])),
    "zoned": (
        pd.to_datetime(["2020-06-01T12:00", None]).tz_localize("Europe/Berlin"),
        ("M8", ["2020-06-01T10:00", None]),
    ),
    "duration": (pd.to_timedelta(["1h", None]), ("m8", ["3600 s", None])),
    "time of day": ([time(1, 2), None], ("text", ["01:02:00", None])),
    "durations below a day": ([timedelta(1), time(1, 2)], ("m8", ["86400 s", "3720 s"])),
    "dates and times": ([date(2020, 1, 2), time(1, 2)], ("text", ["2020-01-02", "01:02:00"])),
    "period": (pd.period_range("2020-02", periods=2, freq="M"), ("M8", ["2020-02-01T00:00", "2020-03-01T00:00"])),
    "interval": (pd.interval_range(0, 2), ("text", ["(0, 1]", "(1, 2]"])),
    "sparse": (pd.arrays.SparseArray([0.0, 1.0]), ("f8", ["0.0", "1.0"])),
    "mixture": ([1, "x"], ("text", ["1", "x"])),
    "lists": ([[1], None], "lists"),
    "arrays": ([np.ones(2), None], "lists"),
    "structures": ([{"a": 1}, None], "structures"),
    "bytes": ([b"x", None], "bytes"),
    "arrow": (pd.array([1, None], pd.ArrowDtype(pa.int8())), ("f8", ["1.0", None])),
    "arrow text": (pd.array(["a", None], pd.ArrowDtype(pa.string())), ("text", ["a", None])),
    "arrow structure": (pd.array([{"a": 0.5}, None], pd.ArrowDtype(pa.struct({"a": pa.float64()}))), "structures"),
    "arrow list": (pd.array([[1], None], pd.ArrowDtype(pa.list_(pa.int8()))), "lists"),
    "nothing": ([None, None], ("f8", [None, None])),
}


@pytest.mark.parametrize("rows", [2, 200])
@pytest.mark.parametrize("name", PANDAS)
def test_pandas_columns_of_every_type(name, rows):
    frame = pd.DataFrame({name: pd.Series(PANDAS[name][0])})
    long = pd.concat([frame] * (rows // 2), ignore_index=True)
    values = Table.of(long)[name]
    assert len(values) == rows
    if isinstance(values, np.ndarray) and values.dtype.kind in "mM":
        unit = {"date": "D", "duration": "s", "durations below a day": "s"}.get(name, "m")
        shown = (
            "M8" if values.dtype.kind == "M" else "m8",
            [told(values.astype(f"{values.dtype.kind}8[{unit}]"))[1][k] for k in (0, 1)],
        )
        shown = (shown[0], [each and each.replace(" seconds", " s") for each in shown[1]])
    elif isinstance(values, Unusable):
        shown = values.what
    else:
        shown = (told(values)[0], told(values)[1][:2])
    assert shown == PANDAS[name][1]


def test_polars_columns_of_every_type():
    frame = pl.DataFrame(
        {
            "i": [1, None],
            "u": pl.Series([1, 2], dtype=pl.UInt8),
            "f": pl.Series([0.5, None], dtype=pl.Float32),
            "s": ["a", None],
            "b": [True, None],
            "c": pl.Series(["x", None], dtype=pl.Categorical),
            "e": pl.Series(["x", None], dtype=pl.Enum(["z", "x"])),
            "d": [date(2020, 1, 2), None],
            "t": [datetime(2020, 1, 1, tzinfo=UTC2), None],
            "day": [time(1, 2), None],
            "took": [timedelta(1), None],
            "dec": [Decimal("1.5"), None],
            "l": [[1], None],
            "st": [{"a": 1}, None],
            "bin": [b"x", None],
            "null": [None, None],
        }
    )
    for X in (frame, frame.lazy(), frame.to_arrow(), frame.to_arrow().to_batches()[0]):
        table = Table.of(X)
        found = {name: told(table[name]) for name in table.names}
        assert found["i"] == ("f8", ["1.0", None])
        assert found["u"] == ("u1", ["1", "2"])
        assert found["f"] == ("f4", ["0.5", None])
        assert found["s"] == ("text", ["a", None])
        assert found["b"] == ("boolean", ["True", None])
        assert found["c"] == found["e"] == ("category", ["x", None])
        assert found["d"] == ("M8", ["2020-01-02", None])
        assert found["t"][1][0].startswith("2019-12-31T22:00:00")
        assert found["day"] == ("text", ["01:02:00", None])
        assert table["took"][0] == np.timedelta64(1, "D")
        assert found["dec"] == ("f8", ["1.5", None])
        assert [found[name] for name in ("l", "st", "bin")] == ["lists", "structures", "bytes"]
        assert found["null"] == ("f8", [None, None])
        assert table.said == ("the times of 't' are used as UTC",)


def test_whatever_narwhals_knows():
    duckdb = pytest.importorskip("duckdb")
    narwhals = pytest.importorskip("narwhals")
    for X in (duckdb.sql("SELECT 1 AS a, 'x' AS b"), narwhals.from_native(pl.DataFrame({"a": [1], "b": ["x"]}))):
        table = Table.of(X)
        assert (table["a"].tolist(), table["b"].labels) == ([1], ("x",))


def test_arrow_dictionaries_in_parts_and_with_nothing_in_them():
    parts = [pa.array(["a", None]).dictionary_encode(), pa.array(["b", "a"]).dictionary_encode()]
    assert told(Table.of(pa.table({"c": pa.chunked_array(parts)}))["c"]) == ("category", ["a", None, "b", "a"])
    none = pa.table(
        {"c": pa.chunked_array([], pa.string()), "d": pa.chunked_array([], pa.dictionary(pa.int8(), pa.string()))}
    )
    assert [told(Table.of(none)[name])[1] for name in "cd"] == [[], []]


def test_matrices_lists_records_and_dictionaries():
    expected = {"x0": ("i8", ["1", "3"]), "x1": ("i8", ["2", "4"])}
    for X in ([[1, 2], [3, 4]], ((1, 2), (3, 4)), np.array([[1, 2], [3, 4]]), memoryview(np.array([[1, 2], [3, 4]]))):
        table = Table.of(X)
        assert {name: told(table[name]) for name in table.names} == expected
    table = Table.of([[1, "a"], [None, "b"]])
    assert [told(table[name]) for name in table.names] == [("f8", ["1.0", None]), ("text", ["a", "b"])]
    table = Table.of(np.ma.array([[1.0, 2.0], [3.0, 4.0]], mask=[[0, 1], [0, 0]]))
    assert told(table["x1"]) == ("f8", [None, "4.0"])
    table = Table.of(np.array([(1, b"x", "y")], dtype=[("a", int), ("b", "S3"), ("c", "U3")]))
    assert [told(table[name])[1] for name in "abc"] == [["1"], ["x"], ["y"]]
    table = Table.of([{"a": 1}, {"a": 2, "b": "x"}])
    assert [told(table[name]) for name in "ab"] == [("i8", ["1", "2"]), ("text", [None, "x"])]
    table = Table.of({"a": [1, 2], "b": np.array(["x", "y"]), "c": pd.Series([1, 2]), "d": pl.Series([1, None])})
    assert [told(table[name])[0] for name in "abcd"] == ["i8", "text", "i8", "f8"]
    assert Table.of(pd.Series([1], name="s")).names == ("s",)


@pytest.mark.parametrize(
    ("X", "sentence"),
    [
        (np.arange(3), r"Expected a matrix .* shape is \(3,\). Reshape your data"),
        (np.zeros((2, 2, 2)), "Expected a matrix"),
        ([[1, 2], [3]], "the rows of the table must be equally long"),
        (np.array([[1j]]), "Complex data not supported"),
        (sparse.eye(3).todok(), "got a sparse matrix"),
        (5, r"expected a table .* got builtins\.int"),
        ("abc", r"expected a table .* got builtins\.str"),
        (None, r"expected a table .* got builtins\.NoneType"),
        (pd.DataFrame([[1, 2]], columns=["1", 1]), "the table has more than one column named '1'"),
        (pd.DataFrame([[1, 2]], columns=["é", "e\u0301"]), "the table has more than one column named 'é'"),
        (pa.table([[1], [2]], names=["a", "a"]), "the table has more than one column named 'a'"),
        ({"a": [1], "b": [1, 2]}, r"must be equally long, but they have \[1, 2\] rows"),
        ({"a": np.ones((2, 2))}, "column 'a' must be a vector"),
    ],
)
def test_what_is_no_table_gives_one_sentence(X, sentence):
    with pytest.raises(TableError, match=sentence):
        Table.of(X)


def test_a_named_index_is_a_column_and_another_one_is_said():
    frame = pd.DataFrame({"b": [1.0, 2.0]})
    table = Table.of(frame.set_index(pd.Index([5, 6], name="a")))
    assert (table.names, table["a"].tolist()) == (("a", "b"), [5, 6])
    assert table.said == ("the index 'a' is a column",)
    levels = pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["k", None])
    table = Table.of(frame.set_index(levels))
    assert (table.names, table["k"].labels) == (("k", "b"), ("x", "y"))
    assert Table.of(frame.set_index(pd.Index([0, 1], name="b"))).said == (
        "the index 'b' is not used, because a column has its name",
    )
    assert "has no name" in Table.of(frame.set_index(pd.Index(["x", "y"]))).said[0]
    assert Table.of(frame[::-1]).said == ()
    times = pd.to_datetime(["2020-01-01", "2020-01-02"]).tz_localize("UTC")
    assert str(Table.of(frame.set_index(times.rename("t")))["t"][0])[:10] == "2020-01-01"


def test_columns_may_be_called_anything():
    table = Table.of(pd.DataFrame([[1, 2, 3, 4]], columns=[0, ("a", "b"), None, date(2020, 1, 1)]))
    assert table.names == ("0", "('a', 'b')", "None", "2020-01-01")
    two = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]))
    assert [Table.of(two)[name][0] for name in Table.of(two).names] == [1, 2]


def test_columns_are_made_when_asked_for_and_taken_rows_are_followed():
    asked = []

    def maker():
        asked.append("a")
        return np.arange(4)

    table = Table({"a": maker, "b": lambda: Words.of(list("wxyz"))}, 4, place=lambda row: f"line {row + 2}")
    some = table.take(np.array([3, 1])).only(["b", "a"]).take(np.array([True, False]))
    assert asked == []
    assert (some.names, some.rows, len(some), some["a"].tolist(), some["b"][0]) == (("b", "a"), 1, 1, [3], "z")
    assert some.where(0) == "line 5"
    assert asked == ["a"]


def test_names_are_found_however_they_are_typed():
    table = Columns({"café": np.arange(2)})
    assert table.named("cafe\u0301 ") == "café"
    with pytest.raises(TableError, match="column 'tea' is not in the table"):
        table.named("tea")


def test_one_column_takes_what_targets_come_as():
    for y in (["a", "b"], np.array(["a", "b"]), pd.Series(["a", "b"]), pl.Series(["a", "b"]), pa.array(["a", "b"])):
        assert told(one_column(y)) == ("text", ["a", "b"])
    assert told(one_column(pa.chunked_array([[1], [None]]))) == ("f8", ["1.0", None])
    with pytest.raises(TableError, match="column 'y' must be a vector"):
        one_column(np.ones((2, 1)))


def test_what_has_names():
    named = [
        pd.DataFrame({"a": [1]}),
        pl.DataFrame({"a": [1]}),
        pl.LazyFrame({"a": [1]}),
        pa.table({"a": [1]}),
        {"a": [1]},
    ]
    named += [[{"a": 1}], np.zeros(1, dtype=[("a", int)])]
    assert all(map(has_names, named))
    assert not any(map(has_names, [np.zeros((1, 1)), [[1]], [], sparse.eye(2).todok(), sparse.eye(2).tocsr()]))


def test_rows_below_each_other():
    assert joined([np.array([1]), np.array([0.5])]).tolist() == [1, 0.5]
    words = joined([Words.of(["b", None]), Words.of(["a", "b"])])
    assert told(words) == ("text", ["b", None, "a", "b"])
    assert told(joined([np.array([1]), Words.of(["x"])])) == ("text", ["1", "x"])
    assert told(joined([np.array([1]), np.array(["2020"], "M8[Y]")]))[1] == ["1", "2020"]
    assert told(joined([of_array(np.array([True])), of_array(np.array([False]))])) == ("boolean", ["True", "False"])
    table = stacked({"one": Columns({"a": np.arange(2)}), "two": Columns({"a": np.arange(3)})}, "both")
    assert [table.where(row) for row in (1, 2, 4)] == [
        "row 1 (counted from 0) of one",
        "row 0 (counted from 0) of two",
        "row 2 (counted from 0) of two",
    ]


def test_truth_is_no_number_among_numbers():
    assert told(of_objects([True, 1, 0])) == ("text", ["True", "1", "0"])


def test_frames_need_no_pandas_and_pandas_needs_no_arrow(monkeypatch):
    for name in ("pyarrow", "narwhals", "polars"):
        monkeypatch.setitem(sys.modules, name, None)
    assert Table.of(pd.DataFrame({"a": [1.0], "b": ["x"]}))["a"].tolist() == [1]
    monkeypatch.delitem(sys.modules, "pandas")
    assert Table.of([[1, "x"]])["x0"].tolist() == [1]
    with pytest.raises(TableError, match="needs pyarrow: pip install pyarrow"):
        Table.of(pl.DataFrame({"a": [1]}))


def test_whole_numbers_that_arrow_lacks_are_numbers():
    frame = pl.DataFrame({"a": pl.Series([1, None, 2**100], dtype=pl.Int128)})
    assert told(Table.of(frame)["a"]) == told(np.array([1.0, np.nan, 2.0**100]))


def test_long_whole_numbers_beside_gaps_stay_what_they_are():
    long = 2**53 + 1
    for column in (
        pa.array([long, None, 12]),
        pa.array([Decimal(long), None, Decimal(12)], pa.decimal128(38, 0)),
        [long, None, 12],
        pd.array([long, None, 12], "Int64"),
    ):
        frame = pa.table if isinstance(column, pa.Array) else dict if isinstance(column, list) else pd.DataFrame
        values = Table.of(frame({"id": column}))["id"]
        assert [values[row] for row in range(3)] == [str(long), None, "12"]
    short = Table.of(pa.table({"n": pa.array([10**15 - 1, None]), "d": pa.array([Decimal(3), Decimal(4)])}))
    assert (told(short["n"]), told(short["d"])) == (told(np.array([1e15 - 1, np.nan])), told(np.array([3, 4])))


def test_a_sentence_on_a_zone_survives_copies():
    (said,) = Table.of(pd.DataFrame({"day": pd.date_range("2024-01-01", periods=3, tz="UTC")})).said
    for each in (pickle.loads(pickle.dumps(said)), copy.deepcopy(said)):
        assert (each, each.column, each.zone) == (said, "day", "UTC")


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_columns_of_a_dictionary_have_their_zones(library):
    times = pd.Series(pd.date_range("2024-01-01", periods=3, tz="Europe/Berlin"))
    given = {"pandas": times, "polars": pl.Series(times), "arrow": pa.array(times)}[library]
    table = Table.of({"a": [1, 2, 3], "t": given})
    assert table.said == Table.of(pd.DataFrame({"t": times})).said != ()
    np.testing.assert_array_equal(table["t"], Table.of(pd.DataFrame({"t": times}))["t"])


@pytest.mark.parametrize("gap", [None, float("nan"), np.nan, pd.NA, pd.NaT])
def test_gaps_among_the_text_of_a_list_are_gaps(gap):
    assert told(Table.of({"b": ["p", gap, "q"]})["b"]) == ("text", ["p", None, "q"])
    assert told(Table.of({"b": ["1", 2.5, True]})["b"]) == ("text", ["1", "2.5", "True"])


def test_signs_without_width_are_no_part_of_a_name():
    assert Table.of({"\ufeff\ufeffage": [1], "job\u200b": [2]}).names == ("age", "job")


@pytest.mark.parametrize("cells", [[1, [2]], [(1, 2), (1, 2, 3)], [[1], [2]]])
def test_lists_in_cells_of_a_dictionary_are_told_of(cells):
    assert isinstance(Table.of({"a": cells, "b": [1, 2]})["a"], Unusable)


def test_one_row_that_is_no_list_is_explained():
    with pytest.raises(TableError, match=r"a row alone is given as a list of one: \[row\]"):
        Table.of({"a": 1.0, "b": "x"})
