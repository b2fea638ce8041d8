"""Columns that are no features."""

import numpy as np
import pandas as pd
import pytest

import mlnn
from mlnn.frame.column import TableError
from mlnn.frame.drift import ColumnWarning
from mlnn.frame.roles import groups_of, times_of, weights_of
from mlnn.frame.table import Table


@pytest.mark.parametrize(
    ("cells", "read", "how"),
    [
        (["1,5", "2", "0"], [1.5, 2.0, 0.0], "numbers in text: a decimal comma, '1,5' is 1.5"),
        (["1", "50%", "1"], [1.0, 0.5, 1.0], "numbers in text: '50%' is 0.5"),
        (["1", "1k", "2"], [1.0, 1000.0, 2.0], "numbers in text: '1k' is 1000"),
    ],
    ids=str,
)
def test_weights_are_numbers_however_they_are_written_and_that_is_said(cells, read, how):
    with pytest.warns(ColumnWarning) as said:
        assert weights_of(Table.of({"w": cells}), "w").tolist() == read
    assert [str(each.message) for each in said] == [f"the weights 'w': {how}"]


def test_dates_are_no_weights_and_nothing_else_is_said():
    with pytest.raises(TableError, match="weights must be numbers"):
        weights_of(Table.of({"w": ["02/01/2020", "03/01/2020", "04/01/2020"]}), "w")


def test_plain_weights_need_no_word():
    assert weights_of(Table.of({"w": ["1.5", "2", "0"]}), "w").tolist() == [1.5, 2.0, 0.0]


@pytest.mark.parametrize(
    ("bad", "holds"),
    [
        (["1", "-1"], "'-1'"),
        (["1", ""], "nothing"),
        (["1", " "], "nothing"),
        (["1", None], "nothing"),
        ([1.0, np.nan], "nothing"),
        (["1", "n/a"], "'n/a'"),
        (["1", "x"], "'x'"),
        (["1", "x", "y", "z"], "'x'"),
        ([1.0, -1.5], "-1.5"),
    ],
    ids=str,
)
def test_other_weights_are_refused(bad, holds):
    row = r"row 1 \(counted from 0\) of 'w'"
    with pytest.raises(TableError, match=rf"^weights must be numbers, 0 or more, but {row} holds {holds}$"):
        weights_of(Table.of({"w": bad}), "w")


def test_decimals_that_a_column_does_not_tell_are_as_the_caller_says():
    table = Table.of({"w": ["1,500", "2", "1,250"]})
    with pytest.warns(ColumnWarning, match=r"'1,500' is 1500 \(assumed: no number tells\)"):
        assert weights_of(table, "w").tolist() == [1500.0, 2.0, 1250.0]
    with pytest.warns(ColumnWarning, match=r"'1,500' is 1\.5"):
        assert weights_of(table, "w", ",").tolist() == times_of(table, "w", decimal=",").tolist() == [1.5, 2.0, 1.25]


def test_groups_are_what_rows_agree_in():
    assert groups_of(Table.of({"g": [1, 2, 1, 3]}), "g").tolist() == [1, 2, 1, 3]
    groups = groups_of(Table.of({"g": ["a", None, "b", "", "n/a", "b"]}), "g")
    assert groups.tolist() == ["a", None, "b", None, None, "b"]


def test_a_group_is_one_in_any_spelling_and_that_is_said():
    with pytest.warns(mlnn.ColumnWarning, match="'ACME' is 'Acme', ' acme' is 'Acme'"):
        groups = groups_of(Table.of({"firm": ["Acme", "ACME", "Acme", " acme", "Bell "]}), "firm")
    assert groups.tolist() == ["Acme"] * 4 + ["Bell"]


@pytest.mark.parametrize(
    "values",
    [
        [2, 1, 3],
        ["2", "1", "3"],
        ["02.01.2020", "01.01.2020", "13.02.2020"],
        ["2020-01-02", "2020-01-01", "2020-02-03"],
        pd.to_datetime(["2020-01-02", "2020-01-01", "2020-02-03"]),
    ],
    ids=str,
)
def test_times_grow(values):
    assert np.argsort(times_of(Table.of({"t": values}), "t")).tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("cells", "how"),
    [
        (["02.01.2020", "01.01.2020", "03.02.2020"], "day before month (assumed: no date tells)"),
        (["02/01/2020", "01/01/2020", "03/02/2020"], "month before day (assumed: no date tells)"),
        (["31/12/2020", "30/12/2020", "12/31/2020"], "but month first in 1 cell, such as '12/31/2020'"),
        (["2020-01-02T10:00Z", "2020-01-01T10:00"], "1 of 2 with offsets, as UTC; the others are taken for UTC"),
    ],
    ids=str,
)
def test_how_times_were_read_is_said_where_they_could_be_read_otherwise(cells, how):
    with pytest.warns(ColumnWarning) as said:
        times_of(Table.of({"t": cells}), "t")
    assert str(said[0].message).startswith("the times 't': dates, such as ")
    assert how in str(said[0].message)


def test_times_that_are_none_are_refused():
    with pytest.raises(TableError, match="'t' holds neither, such as 'soon'"):
        times_of(Table.of({"t": ["soon", "late"]}), "t")


@pytest.mark.parametrize(("cell", "why"), [("", "is missing"), ("n/a", "is missing"), ("foo", "'foo' cannot be read")])
def test_a_time_that_is_needed_is_missing_or_unreadable(cell, why):
    days = [f"2024-01-{k + 1:02d}" for k in range(20)]
    table = Table.of({"day": [cell, *days, cell]})
    with pytest.raises(TableError, match=rf"^the time {why} in row 0 \(counted from 0\) of 'day'$"):
        times_of(table, "day")
    needed = np.arange(22) > 0
    with pytest.raises(TableError, match="row 21"):
        times_of(table, "day", needed)
    assert times_of(table, "day", needed & (np.arange(22) < 21))[1] == 19723


def test_weights_that_are_all_0_are_refused():
    with pytest.raises(TableError, match=r"^the weights in 'w' are 0 in all 3 rows: none of them counts$"):
        weights_of(Table.of({"w": [0, 0, 0]}), "w")
