"""Quotes that open a field by mistake: the rows between them are not lost in silence."""

import pytest

from mlnn.frame import text
from mlnn.frame.read import read_table

WAYS = {"arrow": None, "one by one": text._one_by_one}


@pytest.fixture(params=WAYS)
def said(request, tmp_path, monkeypatch):
    """Return what is said of a file with these lines, and how many rows it has."""
    if WAYS[request.param]:
        monkeypatch.setattr(text, "_by_arrow", WAYS[request.param])

    def said(lines):
        (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
        table = read_table(tmp_path / "t.csv")
        return table.rows, [each for each in table.said if "look like rows" in each]

    return said


def rows(cell, *quoted, order=(0, 1, 2), count=40):
    """Return lines with a column of text, in some of which it begins with a quote."""
    fields = [[str(k), f"{k}.5", '"' + cell if k in quoted else "red"] for k in range(count)]
    return [",".join(row[k] for k in order) for row in [["a", "b", "t"], *fields]]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
@pytest.mark.parametrize(("opens", "closes"), [(5, 25), (5, 6)])
def test_rows_between_two_quotes_are_told(said, order, opens, closes):
    lost = closes - opens
    count, [sentence] = said(rows("12 inch", opens, closes, order=order))
    assert count == 40 - lost
    many = "lines" if lost > 1 else "line"
    assert f"1 cell of t.csv in quotes took {lost} {many} that look like rows" in sentence
    assert f"the first in row {opens} (counted from 0), line {opens + 2}" in sentence


def test_several_cells_that_hold_rows_are_counted(said):
    count, [sentence] = said(rows("12 inch", 5, 8, 20, 30))
    assert count == 40 - 13
    assert "2 cells of t.csv in quotes took 13 lines" in sentence


def test_rows_of_words_are_told_where_they_are_many(said):
    lines = ["t,u", *(f"{'x' * k},{chr(34) * (k in (3, 9))}word" for k in range(1, 15))]
    assert len(said(lines)[1]) == 1


@pytest.mark.parametrize(
    "cell",
    [
        "one, two\nthree, four",
        "12, Main St\nTown, 7",
        "first\nsecond\nthird\nfourth",
        "a, b\n\nc, d",
        "1\n2",
        "x,\n,",
        "\n",
    ],
)
@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
def test_text_of_several_lines_is_text(said, cell, order):
    assert said(rows(cell + '"', *range(40), order=order)) == (40, [])
