import bz2
import gzip
import io
import json
import lzma
import os
import sqlite3
import subprocess
import sys
import threading
import unicodedata
import zipfile
from contextlib import closing, suppress
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlnn.frame import text as text_module
from mlnn.frame.read import Reading, TableError, read_table, would_be_read
from mlnn.frame.table import Unusable, Words

CONTENT = b"age,job\n39,clerk\nn/a,cook\n"


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def zstd(content):
    packed = pa.BufferOutputStream()
    with pa.CompressedOutputStream(packed, "zstd") as stream:
        stream.write(content)
    return packed.getvalue().to_pybytes()


def parquet(frame):
    packed = io.BytesIO()
    frame.to_parquet(packed)
    return packed.getvalue()


@pytest.fixture
def read(tmp_path):
    def read(content, name="t.csv", **reading):
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(file, Reading(**reading))

    return read


def cells(table):
    """Return every column's cells."""
    return {name: [table[name][row] for row in range(table.rows)] for name in table.names}


PEOPLE = {"age": ["39", "n/a"], "job": ["clerk", "cook"]}


# what text looks like ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sep", [",", ";", "\t", "|", ":", " ", "   "])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("beginning", ["", "\ufeff", "\n \n"])
def test_separators_newlines_marks_and_blank_lines(read, sep, newline, beginning):
    rows = [sep.join(row) for row in (["age", "job"], ["39", "clerk"], ["n/a", "cook"])]
    table = read(beginning + newline.join([*rows, "", "  ", ""]))
    assert cells(table) == PEOPLE
    assert table.said == ()
    first = 2 + beginning.count("\n")
    assert table.where(1) == f"row 1 (counted from 0), line {first + 1}"


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("net (1,000);gross (1,000);y\n1;2;a\n2;3;b\n", ["net (1,000)", "gross (1,000)", "y"]),
        ("a;b\n1,5;2,5\n2,5;3\n", ["a", "b"]),
        ("a;b;c\n1,5;2,5;1,0\n2,5;3,5;1,0\n", ["a", "b", "c"]),
        ("when,what\n12:30:00,a\n13:30:00,b\n", ["when", "what"]),
        ("when\twhat is it\n2020-01-01 00:00\ta, b\n2020-01-02 00:00\tc, d\n", ["when", "what is it"]),
        ("note\nhello there\nfine thing\n", ["note"]),
        ("start at,end at\n1 2,3\n4 5,6\n", ["start at", "end at"]),
        ('"a,b;c",d\n1,2\n', ["a,b;c", "d"]),
        ("a|b\n1, 2|3\n4, 5|6\n", ["a", "b"]),
        ('a,b\n5" pipe,1\n6" pipe,2\n', ["a", "b"]),
        ("#a\tb\n1\t2\n", ["#a", "b"]),
    ],
)
def test_the_separator_is_what_every_line_has_as_often_as_the_first(read, content, names):
    assert list(read(content).names) == names


def test_a_separator_can_be_named(read):
    assert read("a;b,c\n1;2,3\n", sep=",").names == ("a;b", "c")
    assert read("a~b\n1~2\n", sep="~").names == ("a", "b")
    assert read("a\tb\n1\t2\n", sep="tab").names == ("a", "b")
    for wrong in ("", "ab", "x", '"', "\n"):
        with pytest.raises(ValueError, match="sep must be one character"):
            Reading(sep=wrong)


def test_quoted_fields_hold_separators_and_line_breaks_and_lines_are_those_of_the_file(read):
    table = read('id,text\n1,"a,\n\nb"\n\n2,"say ""hi"""\n3,x\n')
    assert cells(table) == {"id": ["1", "2", "3"], "text": ["a,\n\nb", 'say "hi"', "x"]}
    assert [table.where(row)[-6:] for row in range(3)] == ["line 2", "line 6", "line 7"]
    assert table.take(np.array([2, 0])).where(0).endswith("row 2 (counted from 0), line 7")


def test_quotes_after_spaces_and_backslashes_before_quotes(read):
    assert cells(read('"a", "b,c"\n1, "x, y"\n2, "z"\n')) == {"a": ["1", "2"], "b,c": ["x, y", "z"]}
    assert cells(read('"a,b"; c\n"x;\ny"; "1"\n')) == {"a,b": ["x;\ny"], "c": ["1"]}
    assert cells(read('a,b\n"say \\"hi\\", ok",1\n')) == {"a": ['say "hi", ok'], "b": ["1"]}
    assert cells(read('a,b\n"C:\\dir\\",1\n')) == {"a": ["C:\\dir\\"], "b": ["1"]}


def test_one_column_may_have_empty_cells_where_they_are_quoted(read):
    table = read('a\n1\n""\n\n2\n')
    assert cells(table) == {"a": ["1", "", "2"]}
    assert table.where(2).endswith("line 5")


def test_comments_are_skipped_and_said(read):
    table = read("# made by x\n# y\na,b\n1,2\n# between\n#,3\n")
    assert cells(table) == {"a": ["1", "#"], "b": ["2", "3"]}
    assert table.said == ("1 line of t.csv skipped, beginning with #",)
    assert table.where(1).endswith("line 6")


def test_cells_longer_than_a_block_are_read(read):
    assert [len(cell) for cell in cells(read("a,b\n" + "x" * 6_000_000 + ",1\ny,2\n"))["a"]] == [6_000_000, 1]


def test_both_ways_of_reading_text_are_the_same(read, monkeypatch):
    content = 'a,b,c\n1,"x,\ny",\n2,z, \n\n# c\n3, "q"r,s\n'
    fast = read(content)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    slow = read(content)
    assert {name: [cell.strip() for cell in column] for name, column in cells(fast).items()} == {
        name: [cell.strip() for cell in column] for name, column in cells(slow).items()
    }
    assert [fast.where(row) for row in range(3)] == [slow.where(row) for row in range(3)]
    assert fast.said == slow.said


FIELD = st.text(st.sampled_from('ab,;|"\n é'), max_size=4).map(lambda field: field.strip(" "))


@settings(max_examples=60)
@given(st.lists(st.tuples(FIELD, FIELD, FIELD), min_size=1, max_size=5), st.sampled_from(",;|\t"))
def test_whatever_is_quoted_is_read_as_it_was(tmp_path_factory, rows, sep):
    quoted = [sep.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in (("a", "b", "c"), *rows)]
    file = tmp_path_factory.mktemp("any") / "t.csv"
    file.write_text("\n".join(quoted), encoding="utf-8", newline="")
    assert list(cells(read_table(file)).values()) == [list(column) for column in zip(*rows, strict=True)]


# encodings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marks_tell_the_encoding(read, encoding):
    assert cells(read("ä,b\nü,€\n".encode(encoding))) == {"ä": ["ü"], "b": ["€"]}


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16-le", "utf-16-be", "utf_16", "utf-8"])
def test_encodings_can_be_named(read, encoding):
    content = "ä,b\nü,x\n" * 200000  # more than one block of it
    table = read(content.encode(encoding), encoding=encoding)
    assert cells(table.take(np.arange(3))) == {"ä": ["ü", "ä", "ü"], "b": ["x", "b", "x"]}
    assert table.where(5).endswith("line 7")


@pytest.mark.parametrize(
    ("content", "encoding", "sentence"),
    [
        ("a,b\n1,Köln\n".encode("cp1252"), None, r"is not text in UTF-8 \(line 2: '1,Köln' if .*encoding=cp1252"),
        (b"a,b\n" + b"1,2\n" * 99999 + b"\xfc,3\n", None, r"is not text in UTF-8 \(line 100001: 'ü,3'"),
        ("ä,b\n1,2\n".encode(), "ascii", r"is not text in ascii \(line 1"),
        (b"a,b\n1,2\n3,4", "utf-16", r"is not text in utf-16"),
        (CONTENT, "klingon", "there is no encoding 'klingon'"),
        (CONTENT, "zip", "there is no encoding 'zip'"),
        (CONTENT.decode().encode("utf-16-le"), None, "looks like text in UTF-16 .*encoding=utf-16-le"),
        (CONTENT.decode().encode("utf-16-be"), None, "looks like text in UTF-16 .*encoding=utf-16-be"),
    ],
)
def test_a_wrong_encoding_gives_the_sentence_that_names_the_option(read, content, encoding, sentence):
    with pytest.raises(TableError, match=sentence):
        read(content, encoding=encoding)


def test_letters_are_the_same_however_they_were_typed(read):
    table = read(unicodedata.normalize("NFD", "café,b\n1,2\n"))
    assert table.named(unicodedata.normalize("NFD", "café")) == table.names[0] == unicodedata.normalize("NFC", "café")
    with pytest.raises(TableError, match="more than one column named 'é'"):
        read("é,e\u0301\n1,2\n")
    with pytest.raises(TableError, match=r"column 'cafe' is not in t\.csv; did you mean 'café'"):
        read("café,b\n1,2\n").named("cafe")


# headers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "names", "said"),
    [
        (",a\n0,x\n1,y\n", ["a"], "the first column of t.csv has no name and numbers the rows: set aside"),
        (",a\n39,x\n25,y\n39,x\n", ["index", "a"], "it is called 'index'"),  # ages repeat
        (
            ",a\nann,x\nbob,y\n",
            ["index", "a"],
            "column 1 of t.csv has no name in the header line: it is called 'index'",
        ),
        (",index\nann,x\n", ["column 1", "index"], "it is called 'column 1'"),
        ("a,,b\n1,2,3\n", ["a", "column 2", "b"], "it is called 'column 2'"),
        ("a,b,\n1,2,\n3,4,\n", ["a", "b"], "end with a separator"),
        ("a,b\n1,2,\n3,4,\n", ["a", "b"], "end with a separator"),
        ("a,b,\n1,2,x\n3,4,\n", ["a", "b", "column 3"], "it is called 'column 3'"),
        ('"a" "b"\n"1" 1 x\n"2" 2 y\n', ["a", "b"], "numbers the rows: set aside"),
        ("5.1,3.5,setosa\n4.9,3,setosa\n", ["5.1", "3.5", "setosa"], "taken for its header, though it may be a row"),
        ("ann,x,setosa\nbob,y,setosa\n", ["ann", "x", "setosa"], "may be a row ('setosa'); if it is one, say header=0"),
        ("?,x,setosa\n4.9,y,setosa\n", ["?", "x", "setosa"], "may be a row ('setosa'); if it is one, say header=0"),
        ("ann,x,setosa\n" + "bob,y,setosa\nann,x,setosa\n" * 20, ["ann", "x", "setosa"], "may be a row ('ann', 'x', "),
        (
            "paris,red,yes\n" + "rome,red,no\noslo,blue,yes\n" * 30,
            ["paris", "red", "yes"],
            "may be a row ('red', 'yes')",
        ),
        ("tone,kind\n" + "red,kind\nblue,mean\n" * 20, ["tone", "kind"], None),
        ("size,other\n4.9,book\n3,other\n?,pen\n", ["size", "other"], None),
        ("country,2019,2020\nx,1,2\n", ["country", "2019", "2020"], None),
        ("0,1\n5,6\n", ["0", "1"], None),
    ],
)
def test_doubtful_headers_are_read_and_said(read, content, names, said):
    table = read(content)
    assert list(table.names) == names
    assert (said is None and table.said == ()) or (len(table.said) == 1 and said in table.said[0])


@pytest.mark.parametrize("sep", [",", " "])
def test_headers_among_the_rows_are_left_out_and_said(read, sep):
    one = "x,job\n1,cook\n2,x\n".replace(",", sep)
    table = read(one + one)
    assert cells(table) == {"x": ["1", "2"] * 2, "job": ["cook", "x"] * 2}
    assert table.said == ("line 4 of t.csv repeats the header and was left out",)
    assert table.where(2) == "row 2 (counted from 0), line 5"
    table = read(one * 50_000 + f"\ufeff{one}")  # the last one is far behind what tells the layout
    assert table.rows == 100_002
    assert table.said == ("50000 lines of t.csv repeat the header and were left out, the first is line 4",)
    words = read("kind,job\nhat,cook\nkind,job\n".replace(",", sep))  # may be a row, as no column holds numbers
    assert words.rows == 2
    assert "may be a row" in words.said[0]


def test_a_column_without_a_name_is_set_aside_only_if_all_of_it_is_what_it_seems(read):
    table = read(",a,\n" + "1,2,\n" * 100000 + "x,2,y\n")
    assert table.names == ("index", "a", "column 3")
    assert (table["index"].labels, table["column 3"].labels) == (("1", "x"), ("", "y"))


def test_the_header_s_line_can_be_told(read):
    content = "Report 2020\n\na,b,c\n1,2,3\n4,5,6\n"
    with pytest.raises(TableError, match=r"line 3 has 3 fields, but the header has 1 .*header="):
        read(content)
    table = read(content, header=3)
    assert (table.names, table.where(1)[-6:]) == (("a", "b", "c"), "line 5")
    table = read("1,2.5\n3,4\n", header=0)
    assert cells(table) == {"x0": ["1", "3"], "x1": ["2.5", "4"]}
    assert table.where(0).endswith("line 1")
    with pytest.raises(TableError, match="no line 9"):
        read(content, header=9)


# what is no table --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "t.csv is empty"),
        ("\n  \n", "t.csv is empty"),
        ("\ufeff", "t.csv is empty"),
        ("a,b", "t.csv has a header but no rows"),
        ("a,b\n\n", "t.csv has a header but no rows"),
        (parquet(pd.DataFrame({"a": []})), "t.csv has a header but no rows"),
        ("[]", "t.csv has no rows"),
        ("a,b\n1,2\n\n3\n", "t.csv is not a table: line 4 has 1 fields, but the header has 2"),
        ("a,b\n1,2,3\n", "t.csv is not a table: line 2 has 3 fields, but the header has 2"),
        ('a,b\n"1\n\n2",2\n3\n', "t.csv is not a table: line 5 has 1 fields"),
        ("a b c\n1 2 3\n4 5 6\n7 8\n", "t.csv is not a table: line 4 has 2 fields"),
        ('a,b\n1,"2\n3,4\n', "t.csv is not a table: line 2 opens a quote that is never closed"),
        ('a,b\n1,2\n"3,4\n5,6\n', "t.csv is not a table: line 3 opens a quote that is never closed"),
        ("a, b,a \n1,2,3\n", "t.csv has more than one column named 'a'"),
        ("1,2.5\n3,4\n", "t.csv needs a header line .* say header=0"),
        (b"a,b\n1,\x00\n", "t.csv is not a table: it holds neither text nor"),
        (
            b"a,b\n" + b"1,2\n" * 500 + b"1,\x00\n",
            "t.csv holds a byte that is 0 in line 502, which no text does: remove it",
        ),
        (os.urandom(3000), "t.csv is not a"),
        (b"%PDF-1.7\n1 0 obj", "t.csv is not a table that can be read here: it is a PDF"),
        ("<!doctype html><html>", "t.csv is not a table that can be read here: it is a web page"),
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "t.csv is not a table that can be read here: it is HDF5"),
        (parquet(pd.DataFrame({"a": [1]}))[:50] + b"PAR1", "t.csv is damaged Parquet: "),
        (parquet(pd.DataFrame({"a": [1]}))[:-20], "t.csv is damaged Parquet: "),
        (b"ARROW1\0\0" + bytes(50), "t.csv is damaged Arrow: "),
        ('{"a": 1,', "t.csv is damaged JSON: "),
        ('{"a": 1}\n{"a": \n', "t.csv is damaged JSON: line 2: "),
        ('[[1, 2], ["a"]]', "t.csv is not a table: row 2 has 1 fields, but the header has 2"),
        ('{"a": [1, 2], "b": [1]}', "the columns of t.csv must be equally long"),
        ("[1, 2]", "t.csv "),
        (b"PK\x03\x04" + bytes(30), "t.csv is packed, but cannot be unpacked: "),
        (gzip.compress(CONTENT)[:-12], "t.csv is packed, but cannot be unpacked: "),
        (gzip.compress(CONTENT)[:12] + b"xxxx" + gzip.compress(CONTENT)[16:], "t.csv is packed, but cannot be"),
        (bz2.compress(CONTENT)[:-3], "t.csv is packed, but cannot be unpacked: "),
        (lzma.compress(CONTENT)[:-3], "t.csv is packed, but cannot be unpacked: "),
        (zstd(CONTENT)[:-5], "t.csv is packed, but cannot be unpacked: "),
        (zipped(a=CONTENT)[:-5], "t.csv is packed, but cannot be unpacked: "),
        (zipped(), "t.csv holds no file"),
        (zipped(a=CONTENT, b=CONTENT), "t.csv holds 2 files: 'a', 'b'; say which with table="),
        (gzip.compress(zipped(a=CONTENT, b=CONTENT)), "t.csv holds 2 files: 'a', 'b'"),
    ],
)
def test_what_is_no_table_gives_one_sentence(read, content, sentence):
    with pytest.raises(TableError, match=f"^{sentence}") as caught:
        read(content)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_any_bytes_are_a_table_or_give_a_sentence(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("any") / "t.csv"
    file.write_bytes(content)
    with suppress(TableError):
        table = read_table(file)
        cells(table.take(np.arange(min(table.rows, 3))))
        table.where(0)


# packings ----------------------------------------------------------------------------------------------------------


PACKS = [bytes, gzip.compress, bz2.compress, lzma.compress, lambda content: zipped(**{"a.csv": content}), zstd]


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("again", PACKS)
@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t"])
def test_the_content_and_not_the_name_tells_the_packing(read, pack, again, name):
    table = read(again(pack(CONTENT)), name)
    assert cells(table) == PEOPLE
    assert table.where(1).endswith("line 3")
    frame = pd.DataFrame({"n": [1, 2]})
    np.testing.assert_array_equal(read(again(pack(parquet(frame))), name)["n"], [1, 2])


def test_members_of_gzip_follow_each_other(read):
    assert cells(read(gzip.compress(CONTENT) + gzip.compress(b"3,x\n")))["age"] == ["39", "n/a", "3"]


def test_what_systems_add_to_a_zip_is_skipped_and_said(read):
    added = {"__MACOSX/._a.csv": b"\0\5\26\7", ".DS_Store": b"x", "folder/.hidden": b"x"}
    table = read(zipped(**{"folder/a.csv": CONTENT}, **added))
    assert cells(table) == PEOPLE
    assert table.said == ("t.csv: '__MACOSX/._a.csv', '.DS_Store', 'folder/.hidden' skipped, which the system added",)


def test_the_one_table_of_a_zip_is_read_and_what_lies_beside_it_is_said(read):
    beside = {"README": "see", "data/licence.txt": "free", "data/shown.png": "x"}
    table = read(zipped(**{"data/a.csv": CONTENT}, **beside))
    assert cells(table)["age"] == ["39", "n/a"]
    assert "'data/a.csv' of t.csv was read; beside it 'README', 'data/licence.txt', 'data/shown.png'" in table.said
    assert read(zipped(**{"a.csv": CONTENT, "README.md": b"x,y\n1,2\n"}), table="README.md").names == ("x", "y")
    with pytest.raises(TableError, match=r"t.csv holds 3 files: 'a.csv', 'b.csv', 'README'; say which"):
        read(zipped(**{"a.csv": CONTENT, "b.csv": CONTENT, "README": "see"}))


def test_a_file_of_a_zip_can_be_named(read):
    assert read(zipped(**{"a.csv": b"x\n1\n", "b.csv": CONTENT}), table="b.csv").names == ("age", "job")


def test_layers_of_packing_end(read):
    content = CONTENT
    for _ in range(8):
        content = gzip.compress(content)
    with pytest.raises(TableError, match="packed again and again"):
        read(content)


@pytest.mark.parametrize("pack", PACKS)
def test_more_bytes_than_allowed_are_refused_wherever_they_come_from(read, pack):
    content = b"a,b\n" + b"1,2\n" * 100000
    with pytest.raises(TableError, match=r"^t.csv holds more than 10 KiB; allow it with a larger most_bytes="):
        read(pack(content), most_bytes=10 << 10)
    assert read(pack(content), most_bytes=1 << 20).rows == 100000


def test_a_parquet_file_of_more_rows_than_memory_is_refused_but_its_size_alone_is_not(read):
    frame = pd.DataFrame({"a": np.zeros(10000, dtype=np.int8), "b": np.random.default_rng(0).random(10000)})
    with pytest.raises(TableError, match="holds more than 40 KiB"):
        read(parquet(frame), most_bytes=40 << 10)
    assert read(parquet(frame), most_bytes=79 << 10 | 1 << 14).rows == 10000


# pipes, devices, folders -------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="devices as on Unix")
@pytest.mark.parametrize(
    ("path", "sentence"),
    [("/dev/zero", "neither text"), ("/dev/urandom", "neither text"), ("/dev/null", "null is empty")],
)
def test_devices_end(path, sentence):
    with pytest.raises(TableError, match=sentence):
        read_table(path)


@pytest.mark.skipif(os.name != "posix", reason="pipes as on Unix")
def test_a_pipe_is_read_where_somebody_writes_to_it_and_else_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("mlnn.frame.source.PATIENCE", 0.05)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(TableError, match="nothing came through the pipe pipe: nobody writes to it"):
        read_table(pipe)
    monkeypatch.setattr("mlnn.frame.source.PATIENCE", 60)
    writer = threading.Thread(target=lambda: pipe.write_bytes(CONTENT + b'7,"x\n\ny"\n8,z\n'))
    writer.start()
    table = read_table(pipe)
    writer.join()
    assert cells(table)["age"] == ["39", "n/a", "7", "8"]
    assert table.where(3).endswith("line 7")


def test_standard_input_may_be_anything(tmp_path):
    code = "from mlnn.frame.read import read_table; t = read_table('-'); print(t.names, t.rows, t.name, t.where(1))"
    for content in (CONTENT, gzip.compress(CONTENT), parquet(pd.DataFrame({"age": [1, 2], "job": ["a", "b"]}))):
        done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True)
        assert done.stdout.startswith(b"('age', 'job') 2 standard input row 1 (counted from 0)")


@pytest.mark.parametrize(
    "name", ["it's.csv", 'a "b".csv', "a;b c.csv", "$(x) `y`.csv", "a[1]*?.csv", "-x.csv", "é\u0301.csv"]
)
def test_names_of_files_are_names(tmp_path, monkeypatch, name):
    (tmp_path / name).write_bytes(CONTENT)
    monkeypatch.chdir(tmp_path)
    assert cells(read_table(name)) == cells(read_table(tmp_path / name)) == PEOPLE


@pytest.mark.parametrize("name", ["none.csv", "none*.csv", "a" * 300, "a" * 5000, "a\0b", "none/a.csv"])
def test_what_is_not_there_gives_a_short_sentence(tmp_path, name):
    with pytest.raises(TableError) as caught:
        read_table(os.path.join(tmp_path, name))  # noqa: PTH118 - as it was typed
    assert len(str(caught.value)) < 250
    assert "\0" not in str(caught.value)


def test_folders_and_patterns_are_one_table(tmp_path):
    (tmp_path / "b.csv").write_bytes(CONTENT)
    (tmp_path / "a.csv").write_text("job;age\nnurse;20\n")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".x.crc").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.parquet").write_bytes(parquet(pd.DataFrame({"age": [1.5], "job": ["vet"]})))
    table = read_table(tmp_path)
    assert cells(table) == {"job": ["nurse", "clerk", "cook", "vet"], "age": ["20", "39", "n/a", "1.5"]}
    assert table.where(2) == f"row 1 (counted from 0), line 3 of {tmp_path / 'b.csv'}"
    assert cells(read_table(tmp_path / "*.csv"))["age"] == ["20", "39", "n/a"]
    assert cells(read_table(f"{tmp_path}/**/*.*"))["age"] == ["20", "39", "n/a", "1.5"]
    (tmp_path / "_old").mkdir()
    (tmp_path / "_old" / "e.csv").write_text("age,job\n1,x\n")
    assert read_table(tmp_path).said == (f"'_old' of '{tmp_path}' left out: so named, they are no data",)
    assert cells(read_table(tmp_path / "_old" / "*.csv"))["age"] == ["1"]
    (tmp_path / "d.csv").write_text("age,name\n1,x\n")
    with pytest.raises(
        TableError, match=r"must have the same columns, but 'job' is only in one of .*a\.csv and .*d\.csv"
    ):
        read_table(tmp_path)


def test_files_of_a_folder_that_are_no_tables_or_empty_are_left_out_and_said(tmp_path):
    for name, content in {"a.csv": CONTENT, "b.csv": b"age,job\n", "c.csv": b"", "README.md": b"# People\n"}.items():
        (tmp_path / name).write_bytes(content)
    table = read_table(tmp_path)
    assert cells(table) == PEOPLE
    assert table.said == (
        f"'README.md' of '{tmp_path}' left out: no tables by their names",
        f"'b.csv', 'c.csv' of '{tmp_path}' left out: without rows",
    )
    assert read_table(tmp_path / "[ab].csv").said[0].startswith("'b.csv' of '")
    (tmp_path / "a.csv").unlink()
    with pytest.raises(TableError, match=r"^b\.csv has a header but no rows$"):
        read_table(tmp_path)
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "people.md").write_bytes(CONTENT)
    assert cells(read_table(tmp_path / "alone")) == PEOPLE


def test_what_would_be_read_the_next_time(tmp_path):
    folder, pattern = str(tmp_path), str(tmp_path / "p*.csv")
    taken = {"new.csv": True, "a/b.csv": True, "_new.csv": False, "m.mlnn": False, "../b.csv": False}
    assert {name: would_be_read(tmp_path / name, folder) for name in taken} == taken
    assert [would_be_read(tmp_path / name, pattern) for name in ("part.csv", "new.csv")] == [True, False]


def test_a_folder_of_numbers_stays_numbers(tmp_path):
    for k, kind in enumerate(["int64", "float32"]):
        (tmp_path / f"{k}.parquet").write_bytes(parquet(pd.DataFrame({"a": np.array([k], kind), "l": [[1]]})))
    table = read_table(tmp_path)
    np.testing.assert_array_equal(table["a"], [0, 1])
    assert table["l"] == Unusable("lists", 2)


def test_folders_that_name_a_column_and_its_value_are_that_column(tmp_path):
    for folder in ("year=2020/place=a%20b", "year=2021/place=__HIVE_DEFAULT_PARTITION__"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "part-0.csv").write_bytes(CONTENT)
    expected = {"year": ["2020", "2020", "2021", "2021"], "place": ["a b", "a b", None, None]}
    for path in (tmp_path, tmp_path / "*" / "*" / "*.csv"):
        found = cells(read_table(path))
        assert {name: found[name] for name in expected} == expected
        assert len(found) == 4


def test_an_empty_folder_and_no_fitting_file(tmp_path):
    with pytest.raises(TableError, match="has no files"):
        read_table(tmp_path)


# Parquet, Arrow, JSON, workbooks, databases --------------------------------------------------------------------------

FRAME = pd.DataFrame(
    {
        "i": [1, 2**60],
        "f": np.array([0.5, np.nan], dtype=np.float32),
        "s": ["NA", None],
        "t": pd.to_datetime(["2020-01-01", None]),
        "z": pd.to_datetime(["2020-06-01T12:00", None]).tz_localize("Europe/Berlin"),
        "c": pd.Categorical([3, None]),
        "l": [[1], [2]],
        "st": [{"q": 1, "r": 2}, None],
        "a.b": [3, 4],
    }
)


@pytest.mark.parametrize("form", ["parquet", "feather", "stream"])
def test_what_is_stored_by_columns_keeps_its_types(tmp_path, form):
    path = tmp_path / "t.csv"
    if form == "parquet":
        FRAME.to_parquet(path)
    elif form == "feather":
        FRAME.to_feather(path)
    else:
        arrow = pa.Table.from_pandas(FRAME)
        with pa.ipc.new_stream(path, arrow.schema) as file:
            file.write(arrow)
    table = read_table(path)
    assert table.names == tuple(FRAME.columns)
    np.testing.assert_array_equal(table["i"], [1, 2**60])
    assert (table["i"].dtype, table["f"].dtype) == (np.int64, np.float32)
    assert (table["s"].labels, table["s"][1], table["s"].kind) == (("NA",), None, "text")
    assert (table["c"].labels, table["c"][1], table["c"].kind) == (("3",), None, "category")
    assert str(table["t"][0])[:10] == "2020-01-01"
    assert np.isnat(table["t"][1])
    assert str(table["z"][0])[:16] == "2020-06-01T10:00"
    assert table.said == ("the times of 'z' are used as UTC, not as the local time of Europe/Berlin",)
    assert (table["l"], table["st"]) == (Unusable("lists", 2), Unusable("structures", 2))
    np.testing.assert_array_equal(table["a.b"], [3, 4])
    assert table.where(1) == "row 1 (counted from 0)"


def test_a_named_index_is_a_column_and_another_one_is_not(read):
    frame = pd.DataFrame({"b": [1.0, 2.0, 3.0]})
    table = read(parquet(frame.set_index(pd.Index([0.5, 0.1, 0.2], name="a"))))
    np.testing.assert_array_equal(table["a"], [0.5, 0.1, 0.2])
    assert table.said == ("the index 'a' of t.csv is a column",)
    table = read(parquet(frame.set_index(pd.RangeIndex(5, 8, name="a"))))
    np.testing.assert_array_equal(table["a"], [5, 6, 7])
    table = read(parquet(frame.set_index(pd.Index(["x", "y", "z"]))))
    assert table.names == ("b",)
    assert "the index of t.csv has no name" in table.said[0]
    assert read(parquet(frame)).said == ()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("row", "it numbers 3 rows, but there are 2"),
        ("b", "because a column has its name"),
    ],
)
def test_an_index_that_is_not_stored_must_fit(read, name, why):
    frame = pd.DataFrame({"b": [1.0, 2.0, 3.0]}, index=pd.RangeIndex(3, name=name))
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame).slice(1, 2), buffer)
    table = read(buffer.getvalue())
    assert table.names == ("b",)
    assert [sentence.replace(":", ",") for sentence in table.said] == [
        f"the index '{name}' of t.csv is not used, {why}"
    ]


def test_columns_of_one_name_give_the_sentence_that_text_gets(tmp_path):
    arrow = pa.table([[1], [2]], names=["a", "a"])
    pa.parquet.write_table(arrow, tmp_path / "t.parquet")
    with pytest.raises(TableError, match=r"^t.parquet has more than one column named 'a'$"):
        read_table(tmp_path / "t.parquet")


def test_damage_in_the_middle_is_found_when_its_column_is_asked_for(read):
    content = bytearray(parquet(pd.DataFrame({"a": np.random.default_rng(0).random(1000), "b": range(1000)})))
    content[4:40] = b"\xff" * 36
    table = read(bytes(content))
    with pytest.raises(TableError, match=r"^t.csv is damaged Parquet: "):
        table["a"]


def test_many_columns_are_read_in_groups_and_long_ones_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("mlnn.frame.columnar.GROUP", 8 * 2 * 3)
    frame = pd.DataFrame({f"c{k}": [k, -k] for k in range(10)})
    frame.to_parquet(tmp_path / "t")
    frame.to_feather(tmp_path / "u")
    for path in ("t", "u"):
        table = read_table(tmp_path / path)
        for k in [9, 0, 1, 5, 4, 9]:
            np.testing.assert_array_equal(table[f"c{k}"], [k, -k])


@pytest.mark.parametrize(
    "content",
    [
        '[{"a": 1, "b": "x"}, {"a": 2.5, "c": [1]}]',
        '\ufeff{"a": 1, "b": "x"}\n\n{"a": 2.5, "c": [1]}\n',
        '{"a": [1, 2.5], "b": ["x", null], "c": [null, [1]]}',
        '{"a": {"0": 1, "1": 2.5}, "b": {"0": "x", "1": null}, "c": {"0": null, "1": [1]}}',
        '{"columns": ["a", "b", "c"], "index": [0, 1], "data": [[1, "x", null], [2.5, null, [1]]]}',
        '[["a", "b", "c"], [1, "x", null], [2.5, null, [1]]]',
    ],
)
def test_json_in_its_shapes(read, content):
    table = read(content)
    np.testing.assert_array_equal(table["a"], [1, 2.5])
    assert [table["b"][0], table["b"][1]] == ["x", None]
    assert table["c"] == Unusable("lists", 2)


def test_lines_of_json_have_numbers(read):
    assert read('{"a": 1}\n\n{"a": 2}\n').where(1) == "row 1 (counted from 0), line 3"
    assert cells(read(json.dumps({"a": True, "b": None}) + "\n"))["a"] == ["True"]


def test_workbooks(tmp_path):
    calamine = pytest.importorskip("python_calamine")
    assert calamine
    path = tmp_path / "t.xlsx"
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "empty"
    sheet = book.create_sheet("people")
    for row in ([], [None, "age", "when", "mixed"], [None, 39, datetime(2020, 1, 2), 1], [], [None, None, None, "x"]):
        sheet.append(row)
    book.create_sheet("other").append(["q"])
    book.save(path)
    table = read_table(path)
    assert table.names == ("age", "when", "mixed")
    assert table.said == ("sheet 'people' of t.xlsx was read, of 'empty', 'people', 'other'",)
    np.testing.assert_array_equal(table["age"], [39, np.nan])
    assert str(table["when"][0])[:10] == "2020-01-02"
    assert table["mixed"].labels == ("1", "x")
    assert table.where(1) == "row 1 (counted from 0), line 5"
    assert read_table(path, Reading(table="people")).said == ()
    with pytest.raises(TableError, match=r"t.xlsx has no table 'peopel'; did you mean 'people'\?"):
        read_table(path, Reading(table="peopel"))
    with pytest.raises(TableError, match="holds more than 1 KiB"):
        read_table(path, Reading(most_bytes=1 << 10))
    for broken in (
        path.read_bytes()[:-40],
        zipped(**{"[Content_Types].xml": "<x/>", "xl/workbook.xml": "x"}),
        b"PK\x03\x04abc",
    ):
        path.write_bytes(broken)
        with pytest.raises(TableError, match=r"^t.xlsx is a broken workbook: "):
            read_table(path)


def test_a_workbook_of_pandas_has_its_index_set_aside(tmp_path):
    pytest.importorskip("python_calamine")
    pytest.importorskip("openpyxl")
    frame = pd.DataFrame({2019: [1.5, 2], "b": ["x", "y"]})
    frame.to_excel(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert table.names == ("2019", "b")
    assert table.said == ("the first column of t.xlsx has no name and numbers the rows: set aside (name it to use it)",)
    frame.set_index("b").rename_axis(None).to_excel(tmp_path / "u.xlsx")
    assert read_table(tmp_path / "u.xlsx").names == ("index", "2019")


def test_sqlite(tmp_path):
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute('CREATE TABLE people (age, "job ""x""")')
        connection.executemany("INSERT INTO people VALUES (?, ?)", [(39, "clerk"), (None, b"raw")])
        connection.commit()
        table = read_table(path)
        np.testing.assert_array_equal(table["age"], [39, np.nan])
        assert table['job "x"'] == Unusable("bytes", 2)
        connection.execute("CREATE VIEW old AS SELECT age + 1 AS older FROM people WHERE age > 1")
        connection.commit()
    with pytest.raises(TableError, match=r"^t.db has 2 tables: 'people', 'old'; say which with table="):
        read_table(path)
    np.testing.assert_array_equal(read_table(path, Reading(table="old"))["older"], [40])
    with pytest.raises(TableError, match="has no table 'peple'; did you mean 'people'"):
        read_table(path, Reading(table="peple"))
    with pytest.raises(TableError, match=r"has no table 'people\"; DROP TABLE people; --'"):
        read_table(path, Reading(table='people"; DROP TABLE people; --'))
    (tmp_path / "t.db.gz").write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(TableError, match="is a database: it can be read from a file alone"):
        read_table(tmp_path / "t.db.gz")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(TableError, match="cannot be read as an SQLite database"):
        read_table(path)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["t.db", "t.db.gz"]


def together(table):
    """Return a table's rows, wherever each of its columns came from."""
    return [(table["a"][row], int(table["b"][row])) for row in range(table.rows)]


@pytest.mark.parametrize("wanted", ["t", "by_a", "shaken"])
def test_rows_of_sqlite_stay_together(tmp_path, monkeypatch, wanted):
    """An index of one column has another order than its table, and a view may have any."""
    monkeypatch.setattr("mlnn.frame.database.BATCH", 7)
    rows = [(letter, k) for k, letter in enumerate("zyxwv" * 4)]
    with closing(sqlite3.connect(tmp_path / "t.db")) as connection:
        connection.execute("CREATE TABLE t (a, b)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
        connection.execute("CREATE INDEX ia ON t(a)")
        connection.execute("CREATE VIEW by_a AS SELECT * FROM t WHERE a > ''")
        connection.execute("CREATE VIEW shaken AS SELECT * FROM t ORDER BY random()")
        connection.commit()
    read = together(read_table(tmp_path / "t.db", Reading(table=wanted)))
    assert sorted(read) == sorted(rows)
    assert wanted != "t" or read == rows


@pytest.mark.parametrize("wanted", ["t", "shaken"])
def test_rows_of_duckdb_stay_together(tmp_path, wanted):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 'a' || range AS a, range AS b FROM range(50)")
        connection.execute("CREATE VIEW shaken AS SELECT * FROM t ORDER BY random()")
    read = together(read_table(tmp_path / "t.duckdb", Reading(table=wanted)))
    assert sorted(b for _, b in read) == list(range(50))
    assert all(a == f"a{b}" for a, b in read)


def test_a_database_larger_than_allowed_is_refused(tmp_path):
    with closing(sqlite3.connect(tmp_path / "t.db")) as connection:
        connection.execute("CREATE TABLE t (a, b)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(1, 2)] * 100)
        connection.commit()
    with pytest.raises(TableError, match="holds more than 1 KiB"):
        read_table(tmp_path / "t.db", Reading(most_bytes=1 << 10))


def test_duckdb(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "t.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""CREATE TABLE "people's" AS SELECT range AS age, 'x' AS job, [1] AS l FROM range(3)""")
    table = read_table(path)
    np.testing.assert_array_equal(table["age"], [0, 1, 2])
    assert (table["job"].labels, table["l"]) == (("x",), Unusable("lists", 3))
    (tmp_path / "secret.csv").write_bytes(CONTENT)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE VIEW outside AS SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')")
    with pytest.raises(TableError, match="cannot be read as a DuckDB database"):
        read_table(path, Reading(table="outside"))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["secret.csv", "t.duckdb"]


@pytest.mark.parametrize(
    ("tables", "wanted", "held"),
    [
        ({'"2024.sales"': 1}, None, 1),
        ({'"2024.sales"': 1, "s.t": 2}, "2024.sales", 1),
        ({'"2024.sales"': 1, "s.t": 2}, "s.t", 2),
        ({'"s.t"': 1, "s.t": 2}, '"main"."s.t"', 1),
        ({'"s.t"': 1, "s.t": 2}, '"s"."t"', 2),
    ],
)
def test_tables_of_duckdb_may_have_dots_in_their_names(tmp_path, tables, wanted, held):
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "t.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA s")
        for name, cell in tables.items():
            connection.execute(f"CREATE TABLE {name} AS SELECT {cell} AS a")
    assert read_table(path, Reading(table=wanted))["a"].tolist() == [held]


@pytest.mark.parametrize(
    ("package", "content"),
    [
        ("pyarrow", parquet(pd.DataFrame({"a": [1]}))),
        ("pyarrow", zstd(CONTENT)),
        ("python_calamine", zipped(**{"[Content_Types].xml": "<x/>"})),
        ("duckdb", bytes(8) + b"DUCK" + bytes(100)),
    ],
)
def test_a_missing_package_is_named(read, monkeypatch, package, content):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(TableError, match=f"needs {package.replace('_', '-')}: pip install"):
        read(content)


def test_text_needs_nothing_but_numpy(tmp_path):
    (tmp_path / "t.csv").write_bytes(CONTENT)
    code = (
        "import sys\nfor name in ('pandas', 'pyarrow', 'narwhals', 'polars', 'duckdb'): sys.modules[name] = None\n"
        f"from mlnn.frame.read import read_table\nt = read_table({str(tmp_path / 't.csv')!r})\n"
        "print(t['job'][1], t.where(1))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "cook row 1 (counted from 0), line 3\n"


def test_memory_that_runs_out_gives_a_sentence(read, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr(text_module, "_by_arrow", full)
    with pytest.raises(TableError, match="takes more memory than there is"):
        read(CONTENT)


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    for name, pack in zip("abcdef", PACKS, strict=True):
        (tmp_path / name).write_bytes(pack(CONTENT))
        read_table(tmp_path / name)
    assert not any((tmp_path / "tmp").iterdir())
    assert sorted(each.name for each in tmp_path.iterdir()) == [*"abcdef", "tmp"]


def test_a_file_that_went_away_still_has_rows(read, tmp_path):
    table = read('a,b\n1,"x\n"\n2,y\n')
    (tmp_path / "t.csv").unlink()
    assert table.where(1) == "row 1 (counted from 0)"
    assert table["b"][1] == "y"


def test_words_are_shared_by_rows(read):
    words = read("a\n" + "x\ny\n" * 1000)["a"]
    assert isinstance(words, Words)
    assert words.labels == ("x", "y")


@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_the_line_by_which_excel_tells_the_separator_is_none_of_the_table(tmp_path, sep):
    (tmp_path / "excel.csv").write_text(f"sep={sep}\na{sep}b\n1{sep}x\n2{sep}y\n")
    table = read_table(tmp_path / "excel.csv")
    assert (table.names, table.rows) == (("a", "b"), 2)
    assert table.where(0) == "row 0 (counted from 0), line 3"


@pytest.mark.parametrize(
    "name", ["b.csv~", "b.csv.bak", "b.tmp", "b.csv.old", "b.part", "#b.csv#", "~$b.csv", "Thumbs.db", "run.log"]
)
def test_what_is_left_of_other_files_is_no_part_of_a_folder(tmp_path, name):
    (tmp_path / "a.csv").write_text("x\n1\n2\n")
    (tmp_path / name).write_text("x\n1\n")
    table = read_table(tmp_path)
    assert table.rows == 2
    assert f"'{name}' of '{tmp_path}' left out: no tables by their names" in table.said
    assert read_table(tmp_path / name).rows == 1
