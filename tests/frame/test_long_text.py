"""Long files of text are counted, and read again some rows at a time: the same table as short ones."""

import numpy as np
import pytest

from mlnn.frame import long_text
from mlnn.frame.column import TableError
from mlnn.frame.read import Reading, read_table
from mlnn.frame.values import joined

FILES = {
    "plain": "age,job\n39,clerk\n,cook\nn/a,\n41,clerk\n",
    "comments": "# made by hand\nage;job\n39;clerk\n# later\n40;cook\n\n41;clerk\n",
    "headers": "age,job\n39,clerk\nage,job\n40,cook\nage,job\n41,cook\n",
    "lines": 'age,job\n39,"clerk\nat court"\n40,"cook, in town"\n41,x\n',
    "rows in a cell": 'a,b,c\n1,2,3\n4,"5 inch,6\n7,8 inch",9\n10,11,12\n',
}


@pytest.fixture
def both(tmp_path, monkeypatch):
    """Return a function that reads a text as short files are read, and as long ones."""

    def read(text, encoding="utf-8"):
        path = tmp_path / "t.csv"
        path.write_text(text, encoding=encoding)
        short = read_table(path, Reading(encoding=encoding))
        assert short.in_parts is None
        monkeypatch.setattr(long_text, "LONG", 0)
        return short, read_table(path, Reading(encoding=encoding))

    return read


def cells(values):
    return [values[k] for k in range(len(values))]


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
@pytest.mark.parametrize("rows", [1, 2, 100])
def test_the_same_table_comes_of_it(both, text, rows):
    short, long = both(text)
    assert (long.names, long.rows, long.said) == (short.names, short.rows, short.said)
    assert long.in_parts is not None
    parts = list(long.parts(rows))
    assert all(part.rows <= rows for part in parts)
    for name in short.names:
        assert cells(long[name]) == cells(short[name]) == cells(joined([part[name] for part in parts]))
    places = [part.where(k) for part in parts for k in range(part.rows)]
    assert places == [short.where(k) for k in range(short.rows)]


def test_other_encodings_come_in_parts_too(both):
    short, long = both("name,town\nJosé,Köln\nZoë,Ulm\n", "cp1252")
    assert [cells(part["town"]) for part in long.only(["town"]).parts(1)] == [["Köln"], ["Ulm"]]
    assert cells(short["name"]) == cells(long["name"])


def test_a_line_that_does_not_fit_is_named_as_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(long_text, "LONG", 0)
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4,5\n6,7\n")
    with pytest.raises(TableError, match="line 3 has 3 fields, but the header has 2"):
        read_table(tmp_path / "t.csv")


def test_nothing_is_held_until_a_column_is_asked_for(both, monkeypatch):
    _, long = both(FILES["plain"])
    table = long.take(np.array([0, 3]))
    monkeypatch.setattr(long_text.LongText, "_column", None)
    assert cells(table.held(2)["job"]) == ["clerk", "clerk"]


def test_a_file_that_is_another_meanwhile_is_refused(both, tmp_path):
    _, long = both(FILES["plain"])
    (tmp_path / "t.csv").write_text("age,job\n39,clerk\n")
    for read in (lambda: list(long.parts(9)), lambda: long["age"], lambda: long["job"]):
        with pytest.raises(TableError, match="had 4 rows, but now 1: it is not what it was"):
            read()
    (tmp_path / "t.csv").unlink()
    for read in (lambda: list(long.parts(9)), lambda: long["age"]):
        with pytest.raises(TableError, match=r"t\.csv was there, but cannot be read again: No such file"):
            read()
