import bz2
import gzip
import io
import lzma
import zipfile
from datetime import date

import numpy as np
import pandas as pd
import pyarrow
import pytest

from mlnn.frame.column import TableError
from mlnn.frame.target import target_of, task_of
from mlnn.frame.typed import MISSING, read_frame

CONTENT = b"age, job\n39, clerk\n?, cook\n"


def zipped(*files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, content in enumerate(files):
            archive.writestr(f"{number}.csv", content)
    return packed.getvalue()


def zstd(content: bytes) -> bytes:
    packed = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(packed, "zstd") as stream:
        stream.write(content)
    return packed.getvalue().to_pybytes()


def parquet(frame: pd.DataFrame) -> bytes:
    packed = io.BytesIO()
    frame.to_parquet(packed)
    return packed.getvalue()


@pytest.fixture
def read(tmp_path):
    def read(content, name="table.csv", **options):
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_frame(file, **options)

    return read


def assert_people(frame):
    assert list(frame.columns) == ["age", "job"]
    np.testing.assert_array_equal(frame["age"], [39, np.nan])
    assert list(frame["job"]) == ["clerk", "cook"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress, zipped, zstd])
@pytest.mark.parametrize("name", ["table.csv", "table.csv.gz", "table"])
def test_the_content_and_not_the_name_tells_the_packing(read, pack, name):
    assert_people(read(pack(CONTENT), name))


@pytest.mark.parametrize("separator", [",", ";", "\t", ", ", " ; "])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("beginning", ["", "\ufeff", "\n \n"])
def test_separators_newlines_marks_and_blank_lines(read, separator, newline, beginning):
    rows = [separator.join(row) for row in (["age", "job"], ["39", "clerk"], ["", "cook"])]
    assert_people(read(beginning + newline.join([*rows, "", "  ", ""])))


def test_a_quoted_field_may_hold_the_separator_and_a_line_break(read):
    frame = read('"a,b"; c\n"x;\ny"; "1"\n')
    assert frame.to_dict("list") == {"a,b": ["x;\ny"], "c": [1]}


@pytest.mark.parametrize("word", sorted(MISSING))
def test_the_words_for_missing_count_in_columns_of_numbers_and_of_text(read, word):
    frame = read(f"n,t,last\n1,a,1\n{word} , {word},1\n2.5,b,1\n")
    assert frame.isna().to_numpy().tolist() == [[False] * 3, [True, True, False], [False] * 3]
    assert frame["n"].dtype == np.float64


def test_numbers_stay_numbers_and_other_columns_stay_text(read):
    frame = read("i,f,flag,mixed,code\n1,1e3,true,7,007\n-2,.5,FALSE,x,010\n", text=["code"])
    assert frame["i"].dtype == np.int64
    assert frame["f"].tolist() == [1000, 0.5]
    assert frame["flag"].tolist() == ["true", "FALSE"]
    assert frame["mixed"].tolist() == ["7", "x"]
    assert frame["code"].tolist() == ["007", "010"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "table.csv is empty"),
        ("\n  \n", "table.csv is empty"),
        ("a,b\n", "table.csv has a header but no rows"),
        (parquet(pd.DataFrame({"a": []})), "table.csv has a header but no rows"),
        (parquet(pd.DataFrame({"a": [1]}))[:50] + b"PAR1", "table.csv is damaged Parquet: "),
        ("a,b\n1,2\n\n3\n", "table.csv is not a table: line 4 has 1 fields, but the header has 2"),
        ("a,b\n1,2,3\n", "table.csv is not a table: line 2 has 3 fields, but the header has 2"),
        ('a,b\n1,"2\n3,4\n', "table.csv is not a table: line 2 opens a quote that is never closed"),
        (b"a,b\n1,\xe9\n", r"table.csv is not text in UTF-8 \(line 2: '1,é' if it were cp1252\)"),
        (b"a,b\n1,\x00\n", "table.csv is not a table: it holds neither text nor anything else that is known"),
        ("a, b,a \n1,2,3\n", "table.csv has more than one column named 'a'"),
        ("1,2.5\n3,4\n", "table.csv needs a header line with column names, but its first line holds numbers"),
        (gzip.compress(CONTENT)[:-12], "table.csv is packed, but cannot be unpacked: "),
        (bz2.compress(CONTENT)[:-3], "table.csv is packed, but cannot be unpacked: "),
        (lzma.compress(CONTENT)[:-3], "table.csv is packed, but cannot be unpacked: "),
        (zstd(CONTENT)[:-5], "table.csv is packed, but cannot be unpacked: "),
        (zipped(CONTENT)[:-5], "table.csv is packed, but cannot be unpacked: "),
        (zipped(CONTENT, CONTENT), "table.csv holds 2 files: '0.csv', '1.csv'; say which with --table"),
    ],
)
def test_what_is_no_table_gives_one_sentence(read, content, sentence):
    with pytest.raises(TableError, match=f"^{sentence}") as caught:
        read(content)
    assert "\n" not in str(caught.value)


def test_columns_may_be_counted_but_not_headerless(read):
    assert list(read("0,1\n5,6\n").columns) == ["0", "1"]


def test_no_file_and_a_directory(tmp_path):
    with pytest.raises(TableError, match=r"^there is no file '.*adlt.csv'$"):
        read_frame(tmp_path / "adlt.csv")
    with pytest.raises(TableError, match=r"^'.*' has no files$"):
        read_frame(str(tmp_path))


def test_target_of_splits(read):
    features, target = target_of(read(CONTENT), "job")
    assert list(features.columns) == ["age"]
    assert target.tolist() == ["clerk", "cook"]


@pytest.mark.parametrize(
    ("content", "column", "sentence"),
    [
        ("age,income\n1,2\n", "incom", "column 'incom' is not in table.csv; did you mean 'income'?"),
        ("age,income\n1,2\n", "INCOME", "column 'INCOME' is not in table.csv; did you mean 'income'?"),
        ("age,income\n1,2\n", "zzz", "column 'zzz' is not in table.csv; it has 'age', 'income'"),
        (
            "a,b\n1,2\n1,?\n1,\n",
            "b",
            "the target 'b' of table.csv has 2 missing values, the first in row 1 (counted from 0)",
        ),
        ("a,b\n1,?\n1,2\n", "b", "the target 'b' of table.csv has 1 missing value, in row 0 (counted from 0)"),
        ("b\n1\n2\n", "b", "'b' is the only column of table.csv, so no feature is left to predict it from"),
    ],
)
def test_target_of_says_what_is_wrong(read, content, column, sentence):
    with pytest.raises(TableError) as caught:
        target_of(read(content), column)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["yes", "no", "yes"], "classification"),
        ([True, False], "classification"),
        (pd.Categorical([5, 3, 4]), "classification"),
        ([1, 2, 1], "classification"),
        ([-1.0, 1.0], "classification"),
        ([0, 1, 2, 1], "classification"),
        (list(range(20)), "classification"),
        (list(range(21)), "regression"),
        ([3, 4, 5, 6, 7, 8], "regression"),
        (list(range(1, 30)), "regression"),
        ([0, 1, 3], "regression"),
        ([0.0, 0.5, 1.0], "regression"),
        (pd.array([1, 5, 7], dtype="Int64"), "regression"),
    ],
)
def test_task_of(values, task):
    assert task_of(pd.Series(values)) == task


@pytest.mark.parametrize("values", [["a", "a"], [0, 0], [2.5, 2.5], [True, True]])
def test_a_target_that_never_varies_is_refused(values):
    with pytest.raises(
        TableError, match=f"^the target 'y' has only one class or value, {values[0]}: nothing to learn$"
    ):
        task_of(pd.Series(values, name="y"))


@pytest.mark.parametrize(("values", "kind"), [([date(2020, 1, 1), None], "date"), ([[1], [2]], "list")])
def test_a_target_of_something_else_is_refused(values, kind):
    with pytest.raises(
        TableError, match=f"^column 'y' holds values of type {kind}, but only numbers and text can be used$"
    ):
        task_of(pd.Series(values, name="y"))
