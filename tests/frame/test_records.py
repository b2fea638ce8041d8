"""Tables of JSON: cells belong to the rows that their names say, and nothing is lost on the way."""

import json

import numpy as np
import pandas as pd
import pytest

from mlnn.frame.column import TableError
from mlnn.frame.read import read_table


@pytest.fixture
def read(tmp_path):
    def read(content):
        (tmp_path / "t.json").write_text(content)
        return read_table(tmp_path / "t.json")

    return read


@pytest.mark.parametrize("order", [["0", "1", "2"], ["2", "0", "1"], ["2", "1"]])
def test_cells_of_one_name_are_one_row(read, order):
    table = read(json.dumps({"a": {"0": 10, "1": 11, "2": 12}, "b": {key: 10 + int(key) for key in order}}))
    there = [key in order for key in "012"]
    np.testing.assert_array_equal(table["a"], [10, 11, 12])
    np.testing.assert_array_equal(table["b"], np.where(there, [10, 11, 12], np.nan))


def test_columns_may_be_called_columns_and_data(read):
    assert read('{"columns": [1, 2], "data": [3, 4]}').names == ("columns", "data")
    assert read('{"columns": 3, "data": 4}').names == ("columns", "data")


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"columns": ["a", "a"], "data": [[1, 2]]}', "t.json has more than one column named 'a'"),
        ('[["a", "a"], [1, 2]]', "t.json has more than one column named 'a'"),
        ('{"columns": ["a", "b"], "data": [[1, 2], [1, 2, 3]]}', "t.json is not a table: row 2 has 3 fields, but the"),
        ('{"columns": ["a", "b"], "data": [[1, 2], [1]]}', "t.json is not a table: row 2 has 1 fields, but the"),
        ('[["a", "b"], [1, 2], [1]]', "t.json is not a table: row 3 has 1 fields"),
        ('{"a": [1], "a": [2]}', "an object of t.json has more than one column named 'a'"),
        ('[{"a": 1, "b": 2, "a": 3}]', "an object of t.json has more than one column named 'a'"),
        ('{"a": 1}\n{"a": 1, "a": 2}', "an object of t.json has more than one column named 'a' in line 2"),
        ('{"columns": ["a"], "data": [1, 2]}', "the columns of t.json must be equally long"),
        ('{"columns": [["a"], "y"], "data": [[1, 2]]}', "t.json is not a table: columns must have a name each"),
        ('[[{"a": 1}, "y"], [1, 2]]', "t.json is not a table: columns must have a name each"),
        (DEEP, "t.json is JSON, but too deeply nested for a table"),
        ('{"a":' * 100_000, "t.json is JSON, but too deeply nested for a table"),
        ('{"a": 1}\n' + DEEP, "t.json is JSON, but line 2 is too deeply nested for a table"),
        ("[" * 990 + "]" * 990, "t.json is"),
    ],
)
def test_what_would_lose_cells_gives_a_sentence(read, content, sentence):
    with pytest.raises(TableError) as caught:
        read(content)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("orient", ["split", "columns"])
def test_names_of_rows_that_go_are_said_unless_they_are_but_numbers(read, orient):
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=["C-1", "C-2"])
    table = read(frame.to_json(orient=orient))
    assert table.names == ("a", "b")
    assert table.said == ("the names of the rows, such as 'C-1', are not used: write them as a column to keep them",)
    for index in (range(2), [-5, 7]):
        assert read(frame.set_axis(index).to_json(orient=orient)).said == ()


def test_lines_of_lists_are_rows_under_one_of_names(read):
    table = read('["a", "b"]\n\n[1, "x, y"]\n[2, null]\n')
    assert (table.names, table["a"].tolist(), table["b"][0]) == (("a", "b"), [1, 2], "x, y")
    assert table.where(1) == "row 1 (counted from 0), line 4"
    with pytest.raises(TableError, match=r"t\.json is not a table: row 3 has 3 fields, but the header has 2"):
        read('["a", "b"]\n[1, 2]\n[1, 2, 3]')
    for content in ('["a", "b"]', '["a"]\n{"a": 1}'):
        with pytest.raises(TableError, match="but not a list of records or rows, lines of them, or columns by name"):
            read(content)


@pytest.mark.parametrize("header", ["[1],[2]", "[id],[name]", "[a,b]"])
def test_a_header_with_brackets_is_one_of_csv(read, header):
    assert read(f"{header}\n5,6\n").names == tuple(header.split(","))
