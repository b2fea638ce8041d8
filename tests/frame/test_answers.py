"""The targets of a table: what they are and why, and that they mean the same in every other table."""

import re

import numpy as np
import pandas as pd
import pytest

import mlnn
from mlnn import TableRegressor
from mlnn.frame.answers import read_again, read_target
from mlnn.frame.column import TableError, missing
from mlnn.frame.table import Table


def column(values):
    return Table.of(pd.DataFrame({"y": values}))


def read(values, **options):
    return read_target(column(values), ["y"], **options)


# Classes or quantities


@pytest.mark.parametrize(
    ("values", "task", "why"),
    [
        ([1, 2, 3] * 20, "classification", "3 values (1, 2, 3)"),
        (["1", "2.0", "3"] * 20, "classification", "3 values (1, 2, 3)"),
        ([3, 5, 8] * 20, "classification", "3 values (3, 5, 8)"),
        ([0, 1] * 5, "classification", "2 values (0, 1)"),
        ([-1.5, 2.5] * 5, "classification", "2 values (−1.5, 2.5)"),
        ([-1.5, 2.5], "regression", "2 different numbers from −1.5 to 2.5"),
        (list(range(20)) * 3, "classification", "20 values (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …)"),
        (list(range(21)) * 3, "regression", "21 different numbers from 0 to 20"),
        (list(range(5, 16)) * 9, "regression", "11 different numbers from 5 to 15"),
        ([0, 1, 2] * 20 + [9], "regression", "4 different numbers from 0 to 9"),
        ([1, 2, 3, 4], "regression", "4 different numbers from 1 to 4"),
        ([0.5, 1.0, 1.5] * 20, "regression", "3 different numbers from 0.5 to 1.5"),
        (["1,5", "2,25", "4,125", "8"] * 5, "regression", "4 different numbers from 1.5 to 8"),
        ([f"${k},200" for k in range(1, 13)] * 5, "regression", "12 different numbers from 1200 to 12200"),
        (["low", "high"] * 9, "classification", "2 classes (high, low)"),
        (["007", "010", "012"] * 9, "classification", "3 classes (007, 010, 012)"),
        ([True, False] * 9, "classification", "2 classes (False, True)"),
    ],
    ids=str,
)
def test_the_task_is_told_from_the_values_and_said(values, task, why):
    answers = read(values)
    assert answers.task == task
    assert answers.said[0] == f"{task}: {why}"


def test_the_task_can_be_said():
    assert read([1, 2, 3] * 20, task="regression").y.dtype == float
    answers = read([0.5, 1.0, 1.5] * 20, task="classification")
    assert answers.y.tolist() == ["0.5", "1.0", "1.5"] * 20  # scikit-learn refuses classes that are no whole numbers
    assert answers.classes.tolist() == ["0.5", "1.0", "1.5"]
    again = read_again(column(["1,5", "1", "0.50"]), answers.to_json(), answers.classes)
    assert again.tolist() == ["1.5", "1.0", "0.5"]
    assert read(["007", "010", "012"] * 9, task="regression").y[:3].tolist() == [7, 10, 12]
    categories = pd.Series([1, 2, None] * 9, dtype="category")
    assert read(categories).task == "classification"
    assert read(categories, task="regression").y[:2].tolist() == [1, 2]
    with pytest.raises(TableError, match="no cell can be read as one"):
        read(pd.Series(["a", "b"] * 9, dtype="category"), task="regression")


def test_numbers_that_look_like_dates_are_numbers_where_that_is_said():
    days = [20240101, 20240102, 20240203, 20240304, 20240405, 20240506]
    assert read(days * 3, task="regression").y[:6].tolist() == days
    with pytest.raises(TableError, match="holds dates such as '20240101'"):
        read(days * 3)


def test_whole_numbers_as_classes_are_whole_numbers():
    for values in ([1, 2, 3] * 9, [1.0, 2.0, 3.0] * 9, ["1", "2.0", "3"] * 9):
        assert read(values).y.tolist() == [1, 2, 3] * 9
    gaps = read([1.0, np.nan, 2.0, 3.0] * 9).y
    assert gaps[:4].tolist() == [1, None, 2, 3]
    assert type(gaps[0]) is int


# What is missing, and what cannot be read


def test_cells_that_are_no_numbers_have_no_target_and_are_named():
    answers = read(["1.5", "many", "n/a", ""] + ["2.5", "3.5", "4.5"] * 9)
    assert np.flatnonzero(np.isnan(answers.y)).tolist() == [1, 2, 3]
    assert "1 cell is no number: its row has no target ('many' in row 1 (counted from 0))" in answers.said[1]


@pytest.mark.parametrize(("count", "is_class"), [(20, True), (1, False)])
def test_none_is_a_class_where_it_is_one(count, is_class):
    answers = read(["Apnea"] * 20 + ["None"] * count + ["Insomnia"] * 20)
    assert ("None" in answers.classes) == is_class
    meaning = "is a class" if is_class else "means that a target is missing"
    assert f"'None' {meaning} ({count} row{'s' * (count > 1)})" in answers.said[1]
    assert [each is None for each in answers.y] == [False] * 20 + [not is_class] * count + [False] * 20


def test_the_user_says_which_words_are_missing():
    answers = read(["Apnea", "None", "?"] * 20, words=("None",))
    assert answers.classes.tolist() == ["?", "Apnea"]
    assert read(["a", "b", "?"] * 20).classes.tolist() == ["a", "b"]


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("written", [int, str, lambda each: f"{each}.0", lambda each: f"{each}".replace("-", "−")])
def test_a_number_that_means_missing_is_no_target(task, written):
    values = [1, 2, 3, -999, 5] * 20
    answers = read(list(map(written, values)), task=task, words=("-999",))
    again = read_again(column(values), answers.to_json(), answers.classes)
    for y in (answers.y, again):
        assert missing(y).tolist() == [False, False, False, True, False] * 20
    assert "-999" not in answers.said[0].replace("−", "-")
    with pytest.raises(TableError, match="is missing in all 3 rows"):
        read([-999] * 3, words=("-999",))


def test_only_the_classes_that_are_named_count():
    answers = read(["low", "high", "mid", "n/a"] * 9, classes=["low", "high"])
    assert answers.classes.tolist() == ["high", "low"]
    assert answers.y[:4].tolist() == ["low", "high", None, None]
    assert answers.said[1] == "'y': 18 rows without one of these classes: they have no target"
    assert read(["1", "2", "None"] * 9, classes=["1", "None"]).classes.tolist() == ["1", "None"]


# Spellings


def test_truth_values_mean_the_same_in_any_spelling():
    answers = read(["yes", "YES", "no", "yes", "No", "no"] * 4)
    assert answers.y[:6].tolist() == ["yes", "yes", "no", "yes", "no", "no"]
    assert "'y': 'YES' is 'yes' (4 rows)" in answers.said


@pytest.mark.parametrize("train", [[True, False] * 9, ["True", "False"] * 9, [1, 0] * 9, ["yes", "no"] * 9], ids=str)
@pytest.mark.parametrize(
    "new", [[True, False], ["TRUE", "false"], ["t", "f"], ["Yes", "NO"], [1, 0], ["1", "0"]], ids=str
)
def test_a_truth_value_is_found_again_in_any_spelling(train, new):
    answers = read(train)
    assert read_again(column(new), answers.to_json(), answers.classes).tolist() == train[:2]


def test_frequent_classes_that_differ_only_in_case_are_named_with_their_counts():
    answers = read(["Paris"] * 40 + ["paris"] * 30 + ["PARIS"] * 20 + ["Rome"] * 30)
    assert answers.classes.tolist() == ["PARIS", "Paris", "Rome", "paris"]
    said = (
        "'y': 'Paris' (40 rows) and 'paris' (30 rows) and 'PARIS' (20 rows) are spelled alike, but classes of their own"
    )
    assert answers.said[1:] == (said,)


def test_a_rare_spelling_is_the_same_class_and_a_frequent_one_another():
    slips = read(["Paris"] * 20 + ["PARIS "] + ["Rome"] * 9)
    assert slips.classes.tolist() == ["Paris", "Rome"]
    assert slips.said[1] == "'y': 'PARIS' is 'Paris' (1 row)"
    assert read(["A"] * 20 + ["a"] * 18).classes.tolist() == ["A", "a"]


def test_classes_are_found_again():
    answers = read(["Paris", "Rome", "n/a"] * 9)
    again = read_again(column(["ROME", "Paris ", "n/a", ""]), answers.to_json(), answers.classes)
    assert again.tolist() == ["Rome", "Paris", None, None]
    with pytest.raises(
        TableError, match=r"'y' holds 'Oslo' in row 1 \(counted from 0\), but the classes of training are"
    ):
        read_again(column(["Rome", "Oslo"]), answers.to_json(), answers.classes)
    with pytest.raises(TableError, match="column 'y', the target, is not in the table"):
        read_again(Table.of({"x": [1]}), answers.to_json(), answers.classes)


def test_numbers_are_read_as_training_read_them():
    german = read(["1,5", "2.250", "1.234,5"] * 9)
    assert german.y[:3].tolist() == [1.5, 2250.0, 1234.5]
    assert read_again(column(["1.234"]), german.to_json(), None).tolist() == [1234.0]
    english = read(["1.5", "2,250", "1,234.5"] * 9)
    assert read_again(column(["1.234"]), english.to_json(), None).tolist() == [1.234]


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (
            ["1.500", "0.5"],
            "'y': 1 of 2 targets are in doubt: '1.500' is read as 1500, though '0.5' stands beside it",
        ),
        (["1,5", "n/a", "abc"], "'y': 1 of 3 targets are no numbers: 'abc'"),
    ],
)
def test_numbers_that_are_in_doubt_or_none_are_said(new, said):
    german = read(["1,5", "2.250", "1.234,5"] * 9)
    with pytest.warns(mlnn.ColumnWarning, match=re.escape(said)):
        read_again(column(new), german.to_json(), None)


# What cannot be learned


@pytest.mark.parametrize(
    ("values", "options", "sentence"),
    [
        ([5, 5, 5], {}, "holds only one value, 5: there is nothing to learn"),
        (["x", "x", ""], {}, "holds only one class, 'x': there is nothing to learn"),
        (
            ["+", "-"] * 20,
            {},
            "only one class, '+', since '-' means that a target is missing: there is nothing to learn; missing=NA says",
        ),
        ([None, None], {}, "is missing in all 2 rows"),
        (["", "  "], {}, "is missing in all 2 rows"),
        (["", "nan"], {}, "is missing in all 2 rows"),
        (["NA", "n/a"], {}, "is missing in all 2 rows"),
        (["-NaN", "nAn"], {}, "holds only one class, 'nAn'"),
        (
            [f"{k}.5e305" for k in range(1, 9)],
            {},
            "the target 'y' must lie within ±1e+150, so that squares can be summed",
        ),
        ([1.5, 1.7e308], {}, "but it holds 1.7e+308"),
        (["1e308", "1.5e308"] * 5, {"task": "regression"}, "but it holds 1e+308"),
        ([k * 5e-324 for k in range(9)], {}, "but it holds numbers from 0 to 3.95253e-323"),
        ([1e-200, 2e-200], {"task": "regression"}, "the target 'y' must deviate from its mean by 1e-150 or more"),
        ([f"H{k}" for k in range(30)], {}, "holds other text in every row, such as 'H0': it names the rows"),
        (["low", "high"] * 9, {"task": "regression"}, "'y' should be a number, but no cell can be read as one"),
        (["2020-01-01", "2020-01-02", "2020-01-05"] * 9, {}, "must be numbers or classes, but holds dates such as"),
        (
            pd.to_datetime(["2020-01-01", "2020-01-02"]),
            {},
            "must be numbers or classes, but holds dates such as '2020-01-01",
        ),
        ([1.0, np.inf, 2.0], {}, "row 1 (counted from 0) holds inf"),
        (["a", "b"], {"classes": ["a", "c"]}, "no row of the target 'y' holds 'c'; it holds 'a', 'b'"),
        (["a", "b"], {"classes": ["a"], "task": "regression"}, "classes can be named for"),
        (pd.Series([[1], [2, 3]]), {}, "must hold numbers or text, but it holds lists"),
    ],
    ids=str,
)
def test_what_cannot_be_learned_is_said(values, options, sentence):
    with pytest.raises(TableError) as raised:
        read(values, **options)
    assert sentence in str(raised.value)


def test_text_of_many_values_is_asked_about():
    assert "200 classes of text, 2.0 rows each: is it the target" in read([f"c{k}" for k in range(200)] * 2).said[1]
    assert len(read(["a", "b", "c"] * 9).said) == 1


# Several targets


def test_several_targets():
    table = Table.of(pd.DataFrame({"a": ["x", "y"] * 9, "b": ["1", "2"] * 9, "u": [0.5, 1.5, 2.5] * 6, "v": range(18)}))
    both = read_target(table, ["a", "b"])
    assert both.y[:2].tolist() == [["x", 1], ["y", 2]]
    assert [each.tolist() for each in both.classes] == [["x", "y"], [1, 2]]
    assert both.said == ("classification: 2 targets", "'a': 2 classes (x, y)", "'b': 2 values (1, 2)")
    assert read_again(table, both.to_json(), both.classes).tolist() == both.y.tolist()
    values = read_target(table, ["u", "v"])
    assert values.y[:2].tolist() == [[0.5, 0.0], [1.5, 1.0]]
    assert read_again(table, values.to_json(), None).tolist() == values.y.tolist()
    with pytest.raises(TableError, match="must be all classes or all quantities: 'a' hold classes, 'u' quantities"):
        read_target(table, ["a", "u"])


def test_several_columns_of_yes_and_no_are_labels_of_a_row():
    table = Table.of({"red": ["yes", "no", "Yes"] * 6, "round": [1, 1, 0] * 6, "big": [True, False, True] * 6})
    answers = read_target(table, ["red", "round", "big"])
    assert answers.said[0] == "classification: 3 labels that a row has or has not"
    assert answers.y[:3].tolist() == [[1, 1, 1], [0, 1, 0], [1, 0, 1]]
    assert answers.classes.tolist() == [0, 1]
    assert read_again(table, answers.to_json(), answers.classes).tolist() == answers.y.tolist()


def test_units_that_differ_are_named_where_they_stand_in_the_target():
    some = [f"{k % 9 + 1}.5 kg" if k % 2 else f"{k % 9 + 100} g" for k in range(90)]
    units = "numbers with units that differ ('g' in 45 cells, 'kg' in 45)"
    said = read_target(Table.of({"y": some}), ["y"]).said
    assert f"'y': {units} are taken for classes: convert them into one unit" in said
    each = [f"{k}.5 kg" if k % 2 else f"{k}00 g" for k in range(90)]
    with pytest.raises(TableError, match=f"the target 'y' holds {re.escape(units)}: convert them into one unit"):
        read_target(Table.of({"y": each}), ["y"])


def test_classes_that_are_one_number_are_told_of():
    answers = read_target(Table.of({"version": ["1.1", "1.10", "1.2"] * 5}), ["version"])
    assert answers.classes.tolist() == ["1.1", "1.2"]
    assert "'version': '1.1', '1.10' are one class, since they are the same number" in answers.said
    assert not any("one class" in each for each in read_target(Table.of({"n": ["1", "2"] * 5}), ["n"]).said)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([*range(100), -999], "'y': 1 cell holds -999, far from all others: name it as missing if it means that"),
        ([0, 1] * 60 + [999], "'y': 1 cell holds 999, far from all others: name it as missing if it means that"),
        ([*np.linspace(1, 2, 60), 1e9], "'y': 1 cell holds 1000000000, far from all others: name it as missing if it"),
    ],
    ids=["quantities", "classes", "not in nines"],
)
def test_a_target_that_may_mean_none_is_told_of(values, said):
    assert any(each.startswith(said) for each in read(values).said)


def test_numbers_given_as_a_target_are_told_of_too(random):
    y = np.concatenate([random.normal(size=100), [-999.0]])
    model = TableRegressor(preset="fast", epochs=1, members=2).fit(random.normal(size=(101, 2)), y)
    assert model.said_[0].startswith("the target: 1 cell holds -999, far from all others")


@pytest.mark.parametrize("gap", [[], [None]], ids=["all", "gaps"])
def test_labels_that_end_in_a_zero_are_refused(gap):
    with pytest.raises(TableError, match=r"the target holds 'a\\x00', which ends in a character that is 0"):
        read_target(Table.of({"y": ["a", "a\0", "b"] * 30 + gap}), ["y"])
