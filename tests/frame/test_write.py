import bz2
import csv
import gzip
import io
import json
import lzma
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.frame.column import TableError
from mlnn.frame.numbered import numbered
from mlnn.frame.read import read_table
from mlnn.frame.table import Columns, Unusable, Words
from mlnn.frame.write import pieces, write

FORMS = [
    "csv",
    "tsv",
    "csv.gz",
    "tsv.bz2",
    "json.xz",
    "csv.zip",
    "CSV.GZ",
    "parquet",
    "arrow",
    "feather",
    "jsonl",
    "json",
]
COLUMNS = {
    "f": np.array([0.1, np.nan, 1e300]),
    "single": np.array([0.1, 2.5, -3.0], dtype=np.float32),
    "i": np.array([1, -2, 2**60]),
    "text": Words.of(["Ann", None, 'a,"b\n']),
    "flag": Words(np.array([0, 1, -1]), ("True", "False"), "boolean"),
    "when": np.array(["2020-01-01", "NaT", "2021-01-01T03:00"], dtype="M8[s]"),
    "took": np.array([1, "NaT", 3], dtype="m8[s]"),
}


def cells(values):
    """Return what a column's cells are, whatever holds them."""
    found = []
    for row in range(len(values)):
        cell = values[row]
        absent = cell is None or cell == "" or cell != cell
        if not absent and isinstance(cell, np.timedelta64):
            cell = cell / np.timedelta64(1, "s")
        cell = str(np.datetime64(cell, "s")) if isinstance(cell, np.datetime64) and not absent else cell
        found.append(
            None if absent else str(float(str(cell))) if str(cell)[-1].isdigit() and ":" not in str(cell) else str(cell)
        )
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 2, 1000])
def test_what_was_written_is_read_again(tmp_path, form, size):
    path = tmp_path / f"a.{form}"
    assert write(path, pieces(COLUMNS, size)) == 0
    table = read_table(path)
    assert table.names == tuple(COLUMNS)
    assert table.said == ()
    for name, values in COLUMNS.items():
        assert cells(table[name]) == cells(values), name
    assert [each.name for each in (tmp_path).iterdir()] == [path.name]


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_types_are_kept_where_the_format_has_them(tmp_path, form):
    path = tmp_path / f"a.{form}"
    write(path, pieces(COLUMNS))
    table = read_table(path)
    kinds = {
        name: table[name].dtype.kind + str(table[name].dtype.itemsize) for name in ("f", "single", "i", "when", "took")
    }
    assert kinds == {"f": "f8", "single": "f4", "i": "i8", "when": "M8", "took": "m8"}
    assert table["flag"].kind == "boolean"


TEXT = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6), st.sampled_from(["csv", "tsv", "jsonl", "parquet"]))
def test_any_text_comes_back_as_it_was(tmp_path_factory, rows, form):
    path = tmp_path_factory.mktemp("any") / f"a.{form}"
    left, right = zip(*rows, strict=True)
    write(path, [{"left": Words.of(left), "right": Words.of(right)}], formulas=True)
    table = read_table(path)
    assert [table["left"][row] for row in range(table.rows)] == list(left)
    assert [table["right"][row] for row in range(table.rows)] == list(right)


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-x", "@sum", "\tx", "\rx", "=", "-x1", "--1", "-1+cmd|x"])
def test_what_begins_like_a_formula_is_protected_or_the_caller_says_not_to(tmp_path, cell):
    path = tmp_path / "a.csv"
    columns = {cell: Words.of([cell, "fine"])}
    assert write(path, pieces(columns)) == 2
    assert [row[0] for row in csv.reader(io.StringIO(path.read_bytes().decode(), newline=""))] == [
        f"'{cell}",
        f"'{cell}",
        "fine",
    ]
    assert write(path, pieces(columns), formulas=True) == 0
    assert next(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))[0] == cell


def test_a_long_cell_takes_no_longer_than_others(tmp_path):
    cells = ["-" + "1" * 20_000 + "a" * 20_000 + end for end in ("", "|")]  # tried in all ways, it would take hours
    assert write(tmp_path / "a.csv", [{"a": Words.of(cells)}]) == 1


@pytest.mark.parametrize("name", ["a.sqlite", "a.html", "a.pkl.gz", "a.mlnn"])
def test_a_name_that_promises_another_format_is_refused(tmp_path, name):
    with pytest.raises(TableError, match=r"is no format to write; there are \.csv, "):
        write(tmp_path / name, pieces({"x": np.arange(3)}))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "cell", ["-5", "+1.5e3", "-1,234.5", "-5 %", "-18 °C", "-5 €", "-12kg", "-", "+", "a=b", "", "1-2"]
)
def test_numbers_in_text_are_no_formulas(tmp_path, cell):
    assert write(tmp_path / "a.csv", [{"a": Words.of([cell]), "n": np.array([-1.5])}]) == 0


def test_only_csv_has_formulas(tmp_path):
    assert write(tmp_path / "a.jsonl", [{"a": ["=1"]}]) == 0
    assert json.loads((tmp_path / "a.jsonl").read_text()) == {"a": "=1"}


def test_standard_output_and_a_format_that_no_name_tells(tmp_path, monkeypatch):
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out))
    write("-", [{"a": [1]}])
    write("-", [{"a": [None]}], form="jsonl")
    write(tmp_path / "strange.name", [{"a": [1]}])
    assert out.getvalue() == b'a\n1\n{"a": null}\n'
    assert (tmp_path / "strange.name").read_bytes() == b"a\n1\n"


def test_a_failure_in_the_middle_leaves_the_old_file(tmp_path):
    for form in FORMS:
        path = tmp_path / f"a.{form}"
        path.write_bytes(b"old")

        def broken():
            yield {"a": [1]}
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            write(path, broken())
        assert path.read_bytes() == b"old"
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(f"a.{form}" for form in FORMS)


def test_what_cannot_be_written_gives_a_sentence(tmp_path, monkeypatch):
    with pytest.raises(TableError, match="column 'a' holds lists, which cannot be written"):
        write(tmp_path / "a.csv", [{"a": Unusable("lists", 1)}])
    with pytest.raises(TableError, match="a workbook is no format to write"):
        write(tmp_path / "a.xlsx", [{"a": [1]}])
    with pytest.raises(OSError, match="the same file"):
        write(tmp_path / "a.csv", [{"a": [1]}], used=[tmp_path / "a.csv"])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(TableError, match="needs pyarrow"):
        write(tmp_path / "a.parquet", [{"a": [1]}])
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("end", "unpacked"),
    [
        ("gz", gzip.decompress),
        ("bz2", bz2.decompress),
        ("xz", lzma.decompress),
        ("zip", lambda packed: zipfile.ZipFile(io.BytesIO(packed)).read("a.csv")),
    ],
)
def test_packed_text_is_the_same_each_time(tmp_path, end, unpacked):
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / f"a.csv.{end}", [{"a": [1, 2]}])
    one, other = ((tmp_path / folder / f"a.csv.{end}").read_bytes() for folder in ("one", "other"))
    assert one == other
    assert unpacked(one) == b"a\n1\n2\n"


@pytest.mark.parametrize(
    ("name", "words"),
    [("a.csv.zst", "of packed files, .gz, .bz2, .xz, .zip are written"), ("a.parquet.gz", "leave .gz out")],
)
def test_packings_that_are_not_written_are_refused(tmp_path, name, words):
    with pytest.raises(TableError, match=words):
        write(tmp_path / name, [{"a": [1]}])
    assert not any(tmp_path.iterdir())


def test_a_piece_of_text_knows_its_own_labels_alone():
    words = numbered(Words.of([str(k) for k in range(9)] + [None, "0"]))
    last = list(pieces({"id": words}, 4))[-1]["id"]
    assert (last.labels, last.codes.tolist(), last.kind) == (("0", "8"), [1, -1, 0], "whole")


@pytest.mark.parametrize("end", ["csv", "parquet"])
def test_whole_numbers_beside_gaps_are_written_as_such(tmp_path, end):
    columns = {"id": numbered(np.array([12.0, np.nan, -3.0])), "x": numbered(np.array([0.5, np.nan, 2.0]))}
    write(tmp_path / f"t.{end}", pieces(columns))
    frame = pd.read_csv(tmp_path / "t.csv", dtype=str) if end == "csv" else pd.read_parquet(tmp_path / "t.parquet")
    assert list(map(str, frame["id"].dropna())) == (["12", "-3"] if end == "csv" else ["12.0", "-3.0"])
    assert frame["x"].dropna().astype(float).tolist() == [0.5, 2.0]


def test_pieces_are_views_of_the_columns_of_any_kind():
    table = Columns({"a": np.arange(5), "b": Words.of(list("vwxyz")), "c": Unusable("lists", 5)})
    parts = list(pieces({name: table[name] for name in table.names}, 2))
    assert [len(part["c"]) for part in parts] == [2, 2, 1]
    assert [part["b"][0] for part in parts] == ["v", "x", "z"]


def test_columns_may_be_lists_arrays_and_series(tmp_path):
    write(tmp_path / "a.csv", [{"a": ["x"], "b": np.array([True]), "c": pd.Series([1], name="c")}])
    assert (tmp_path / "a.csv").read_bytes() == b"a,b,c\nx,True,1\n"


def test_text_of_plain_numbers_is_written_as_numbers_where_files_have_types(tmp_path):
    columns = {
        "whole": ["12", None, "-3"],
        "spaced": [" 301814", " 12", " 7 "],
        "real": ["12", "0.5", None],
        "code": ["007", "12", "3"],
        "rounded": ["1.50", "2", "3"],
        "huge": ["9223372036854775808", "1", "2"],
        "exact": ["9007199254740993", "0.5", "1"],
        "word": ["1_000", "1e5", "inf"],
    }
    given = {name: numbered(Words.of(cells)) for name, cells in columns.items()}
    for form in ("parquet", "arrow"):
        write(tmp_path / f"t.{form}", [given])
        table = read_table(tmp_path / f"t.{form}")
        assert [name for name in columns if not isinstance(table[name], Words)] == ["whole", "spaced", "real"]
        np.testing.assert_array_equal(table["real"], [12.0, 0.5, np.nan])
    write(tmp_path / "t.jsonl", [given])
    first, *_ = map(json.loads, (tmp_path / "t.jsonl").read_text().splitlines())
    assert first == {name: cells[0] for name, cells in columns.items()} | {"whole": 12, "spaced": 301814, "real": 12}
    write(tmp_path / "t.csv", [given])
    assert (tmp_path / "t.csv").read_text().splitlines()[1] == ",".join(
        f'"{cells[0]}"' if " " in cells[0] else cells[0] for cells in columns.values()
    )
