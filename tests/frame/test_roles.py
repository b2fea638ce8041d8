"""Columns that are no features."""

import numpy as np
import pandas as pd
import pytest

import mlnn
from mlnn.frame.column import TableError
from mlnn.frame.roles import groups_of, times_of, weights_of
from mlnn.frame.table import Table


def test_weights_are_numbers_however_they_are_written():
    assert weights_of(Table.of({"w": ["1,5", "2", "0"]}), "w").tolist() == [1.5, 2.0, 0.0]


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
    assert weights_of(table, "w").tolist() == [1500.0, 2.0, 1250.0]
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
        ["02.01.2020", "01.01.2020", "03.02.2020"],
        ["2020-01-02", "2020-01-01", "2020-02-03"],
        pd.to_datetime(["2020-01-02", "2020-01-01", "2020-02-03"]),
    ],
    ids=str,
)
def test_times_grow(values):
    assert np.argsort(times_of(Table.of({"t": values}), "t")).tolist() == [1, 0, 2]


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
