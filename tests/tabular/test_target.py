"""Labels mean the same classes to every face, however they are spelled."""

import csv
import io
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from commands import run
from sklearn.base import clone

from mlnn import MLPClassifier, load, save
from mlnn.estimator.labels import Labels
from mlnn.frame.answers import read_target
from mlnn.frame.column import TableError
from mlnn.frame.drift import ColumnWarning
from mlnn.frame.table import Table
from mlnn.tabular.amounts import learned_labels
from mlnn.tabular.compare import compared
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.given import group_numbers, targets_of

QUICK = {"hidden": (4,), "epochs": 5, "members": 2}


def halves(rows=60):
    """Return rows, and labels as a file has them with a space behind each comma."""
    X = np.random.default_rng(3).normal(size=(rows, 2))
    return X, np.where(X[:, 0] > 0, " >50K", " <=50K")


@pytest.fixture(scope="module")
def spaced():
    """Return a model of such labels, and one of the same labels stripped."""
    X, y = halves()
    return TableClassifier(**QUICK).fit(X, y), TableClassifier(**QUICK).fit(X, np.char.strip(y))


@pytest.mark.parametrize("spell", [np.char.strip, np.char.lower, lambda y: y], ids=["stripped", "lower", "as is"])
def test_a_label_is_the_same_class_in_any_spelling(spaced, spell):
    X, y = halves()
    for model in spaced:
        score = model.score(X, spell(y))
        assert score > 0.5
        assert score == np.mean(model.target_.encode(y) == _said(model, X))
        assert score == model.evaluation(X, spell(y)).scores["accuracy"]
        assert model.explain(X, spell(y), columns=0).importances
    assert spaced[0].classes_.tolist() == [" <=50K", " >50K"]  # as they were given, as scikit-learn's metrics take them


def _said(model, X):
    return np.searchsorted(model.classes_, model.predict(X))


def test_models_of_one_target_in_two_spellings_are_compared(spaced):
    X, y = halves()
    one, other = compared(dict(zip("ab", spaced, strict=True)), X, y).models
    assert one.scores == other.scores


def test_labels_that_training_has_not_seen_are_told(spaced):
    X, y = halves()
    y[:3] = " ?50K"
    with pytest.warns(UserWarning, match=r"3 of 60 labels are none of the classes of training, such as ' \?50K'"):
        score = spaced[1].score(X, y, np.ones(60))
    assert score == np.mean(np.char.strip(y) == spaced[1].predict(X))
    with pytest.raises(ValueError, match=r"y holds the class ' \?50K', .* its classes are '<=50K', '>50K'"):
        spaced[1].evaluate(X, y)


def test_the_shell_and_python_take_each_others_models(spaced, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = halves()
    lines = [f"{a},{b},{c}" for (a, b), c in zip(X.tolist(), y, strict=True)]
    Path("rows.csv").write_text("\n".join(["x0,x1,income", *lines]))
    run("train", "rows.csv", "--target", "income", "--hidden", "4", "--epochs", "5", "-o", "shell.mlnn", "--quiet")
    shell = load("shell.mlnn")
    frame = {"x0": X[:, 0], "x1": X[:, 1]}
    assert shell.classes_.tolist() == ["<=50K", ">50K"]
    assert shell.score(frame, y) > 0.5
    save(TableClassifier(**QUICK).fit(frame, y), "python.mlnn")
    found = list(csv.DictReader(io.StringIO(run("predict", "python.mlnn", "rows.csv", "--proba").stdout)))
    assert {row["prediction"] for row in found} <= {"<=50K", ">50K"}
    assert {"P(<=50K)", "P(>50K)"} < found[0].keys()
    done = run("compare", "shell.mlnn", "python.mlnn", "rows.csv", "--json")
    assert done.exit_code == 0


DIRTY = ["TRUE", "true", "True ", "true", "False", "FALSE", " false", "False"] * 6 + ["n/a", "", None]


def test_labels_of_python_are_read_as_those_of_a_file(tmp_path):
    X = np.random.default_rng(0).normal(size=(len(DIRTY), 2))
    model = TableClassifier(epochs=2, members=2).fit(X, DIRTY)
    answers = read_target(Table.of({"y": DIRTY}), ["y"])
    assert model.classes_.tolist() == answers.classes.tolist() == ["False", "true"]
    assert model.summary_["rows"] == 48
    assert "3 of 51 rows have no target and were left out" in model.said_
    assert set(answers.said[1:]) <= set(model.said_)
    evaluation = model.evaluation(X, DIRTY)
    assert len(evaluation.t) == 48


def test_labels_that_differ_in_spaces_are_one_and_that_is_said():
    labels, said = learned_labels(np.array(["no ", "no ", "no", "yes", " perhaps"] * 9), ["churn"], None)
    assert sorted(set(labels)) == [" perhaps", "no", "yes"]  # which nobody spells without the space
    assert said == ("'churn': 'no ' is 'no' (18 rows)",)


def test_labels_that_hardly_repeat_are_asked_about_if_they_are_numbers():
    numbers = np.arange(60) % 40
    with pytest.warns(UserWarning, match=r"^y has 40 classes in 60 rows: if they are quantities, a regressor is for"):
        Labels.learn(numbers)
    assert len(Labels.learn(np.array([f"town {k}" for k in numbers])).classes) == 40  # without a word


def test_clean_labels_stay_and_those_that_differ_in_case_alone_are_warned_of(random):
    X = random.normal(size=(40, 2))
    assert TableClassifier(epochs=2, members=2).fit(X, ["a b", "c"] * 20).classes_.tolist() == ["a b", "c"]
    assert TableClassifier(epochs=2, members=2).fit(X, np.array(["1", "2"] * 20)).classes_.tolist() == ["1", "2"]
    with pytest.warns(ColumnWarning, match=r"'y': 'Yes' \(20 rows\) and 'yes' \(20 rows\) are spelled alike"):
        model = TableClassifier(epochs=2, members=2).fit(X, ["Yes", "yes"] * 20)
    assert model.classes_.tolist() == ["Yes", "yes"]


@pytest.fixture(scope="module")
def several():
    """Return rows, a matrix of 0 and 1, answers to two questions, two quantities, and a model of each."""
    X = np.random.default_rng(4).normal(size=(60, 2))
    M = np.column_stack([X[:, 0] > 0, X[:, 1] > 0, X.sum(axis=1) > 0]).astype(int)
    asked = np.column_stack([np.where(M[:, 0], "Big", "small"), np.where(M[:, 1], "red", "blue")])
    quantities = np.column_stack([100.0 + X[:, 0], X[:, 1] - 5.0])
    kinds = (TableClassifier, M), (TableClassifier, asked), (TableRegressor, quantities)
    return X, M, asked, quantities, *(kind(preset="fast", **QUICK).fit(X, y) for kind, y in kinds)


def judges(model, X, y):
    """Return whatever judges a model by targets."""
    return (
        lambda: model.evaluate(X, y),
        lambda: model.score(X, y),
        lambda: model.explain(X, y, columns=0),
        lambda: compared({"a": model}, X, y),
    )


@pytest.mark.parametrize(
    "spell", [lambda M: M.astype(bool), lambda M: M.astype(float), lambda M: np.where(M, "Yes", "no")]
)
def test_labels_of_a_row_are_yes_and_no_however_they_are_written(several, spell):
    X, M, model = several[0][::-1], several[1][::-1], several[4]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* are rows that the model was trained on")
        assert model.evaluate(X, spell(M)) == model.evaluate(X, M)
        assert model.score(X, spell(M)) == model.score(X, M) == model.evaluate(X, M)["accuracy"]


@pytest.mark.parametrize("wrong", [lambda M: 2 * M - 1, lambda M: M + 1, lambda M: 0.3 * M], ids=["±1", "1, 2", "0.3"])
def test_a_matrix_of_labels_holds_0_and_1_alone(several, wrong):
    X, M, model = several[0], several[1], several[4]
    refused = r"y holds the class (-1|2|0\.3), which training has not seen: its classes are 0, 1"
    evaluate, score, *others = judges(model, X, wrong(M))
    for judge in (evaluate, *others):
        with pytest.raises(ValueError, match=refused):
            judge()
    with pytest.raises(ValueError, match=refused):
        TableClassifier(preset="fast", **QUICK).fit(X, M, eval_set=(X, wrong(M)))
    with pytest.warns(UserWarning, match=r"of 180 labels are none of the classes of training"):
        score()


@pytest.mark.parametrize("model", [4, 5, 6], ids=["labels", "questions", "quantities"])
def test_targets_of_other_columns_are_refused(several, model):
    X, y, model = several[0], several[model - 3], several[model]
    for wrong, count in ((y[:, :1], 1), (y[:, 0], 1), (np.column_stack([y, y]), 2 * y.shape[1])):
        refused = f"the model predicts {y.shape[1]} columns, but y has {count}"
        fit = lambda: clone(model).fit(X, y, eval_set=(X, wrong))  # noqa: B023, E731
        for judge in (*judges(model, X, wrong), fit):
            with pytest.raises(ValueError, match=refused):
                judge()
    with pytest.raises(ValueError, match="columns, but y has 1"):
        model.target_.encode(y[:, 0])


def test_the_answers_to_questions_mean_the_same_in_any_spelling(several):
    X, asked, model = several[0], several[2], several[5]
    assert model.score(X, np.char.upper(asked)) == model.score(X, asked) > 0.0
    strange = asked.copy()
    strange[:3, 0] = "odd"
    with pytest.warns(UserWarning, match="3 of 120 labels are none of the classes of training, such as 'odd'"):
        score = model.score(X, strange)
    assert score == np.mean((model.predict(X) == strange).all(axis=1))


def test_a_target_that_is_missing_in_all_rows_judges_nothing(spaced):
    X, _ = halves()
    for judge in judges(spaced[0], X, np.full(60, "n/a", dtype=object)):
        with pytest.raises(TableError, match="the target is missing in all 60 rows"):
            judge()


def test_several_targets_are_read_as_in_the_shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X = pd.DataFrame(np.random.default_rng(5).normal(size=(60, 2)), columns=["a", "b"])
    Y = pd.DataFrame({"u": np.where(X.a > 0, "big", "small"), "v": np.where(X.b > 0, "red", "blue"), "w": X.a > X.b})
    Y = Y.astype({"w": object})
    Y.iloc[:5, 0], Y.iloc[5:7, 1], Y.iloc[7, 1] = "n/a", "Red", None
    model = TableClassifier(preset="fast", **QUICK).fit(X, Y)
    assert [each.tolist() for each in model.classes_] == [["big", "small"], ["blue", "red"], [False, True]]
    facts = "'u': 'n/a' means that a target is missing (5 rows)", "'v': 'Red' is 'red' (2 rows)"
    left = "6 of 60 rows have not all targets and were left out: 5 lack 'u', 1 lacks 'v'"
    assert model.said_ == [*facts, left]
    X.assign(**Y).to_csv("rows.csv", index=False)
    options = "--preset", "fast", "--hidden", "4", "--epochs", "5", "--members", "2", "-o", "shell.mlnn", "--quiet"
    run("train", "rows.csv", "--target", "u,v,w", *options)
    shell = load("shell.mlnn")
    assert {*facts, left} <= {*shell.said_}
    for (_, one), (_, other) in zip(model.members_, shell.members_, strict=True):
        assert one.tobytes() == other.tobytes()
    told = run("evaluate", "shell.mlnn", "rows.csv", "--json")
    assert left in json.loads(told.stdout)["said"]
    with pytest.warns(UserWarning, match="these are the rows of training"):
        model.evaluate(X, Y)
    assert model.evaluation(X[:50], Y[:50]).t.shape == (44, 3)
    assert model.score(X, Y) > 0.0


MOMENTS = pd.Series(pd.to_datetime(["2020-01-01", "2021-05-01"] * 20))


@pytest.mark.parametrize(
    "y",
    [
        MOMENTS,
        MOMENTS.astype(object),
        MOMENTS.dt.to_period("D"),
        MOMENTS.dt.date,
        MOMENTS - MOMENTS[0],
        pd.DataFrame({"a": MOMENTS, "b": ["x", "y"] * 20}),
    ],
    ids=["datetime64", "Timestamp", "Period", "date", "timedelta64", "one of two"],
)
@pytest.mark.parametrize("model", [TableClassifier(**QUICK), MLPClassifier(max_iter=2)])
def test_times_are_no_labels(model, y):
    X = np.arange(80.0).reshape(40, 2)
    with pytest.raises(
        ValueError, match=r"must be text, numbers or truth values, but y holds .*: y\.astype\(str\) makes"
    ):
        model.fit(X, y)


@pytest.mark.parametrize("frequency", ["D", "M"])
def test_periods_are_no_quantities(frequency):
    with pytest.raises(
        TableError, match=r"^the target 'y' must be numbers or classes, but holds dates such as '2020-01"
    ):
        TableRegressor(**QUICK).fit(np.arange(80.0).reshape(40, 2), MOMENTS.dt.to_period(frequency))


ZERO = ["a", "a\0"] * 30
LONG = [2**53, 2**53 + 1, None] * 20


@pytest.mark.parametrize("y", [ZERO, np.array(ZERO, dtype=object), pd.Series(ZERO), pa.array(ZERO)], ids=type)
@pytest.mark.parametrize("kind", [TableClassifier, MLPClassifier])
def test_labels_that_end_in_a_zero_are_refused(kind, y):
    with pytest.raises(TableError, match="ends in a character that is 0"):
        kind().fit(np.arange(60.0)[:, None], y)


@pytest.mark.parametrize("y", [LONG, pd.Series(LONG, dtype="Int64"), pa.array(LONG), pl.Series(LONG)], ids=type)
def test_long_whole_numbers_beside_gaps_keep_their_digits(y):
    assert targets_of(y)[:2].tolist() == [2**53, 2**53 + 1]
    assert group_numbers(y, 60)[:3].tolist() == [0, 1, -1]


def test_long_whole_numbers_of_frames_keep_their_digits():
    for frame in (pd.DataFrame({"a": LONG, "b": 1}, dtype="Int64"), pl.DataFrame({"a": LONG, "b": [1] * 60})):
        assert targets_of(frame)[:2, 0].tolist() == [2**53, 2**53 + 1]


def test_floats_that_cannot_tell_long_whole_numbers_apart_are_warned_of():
    y = np.array([2.0**53, 2.0**53 + 2, 2.0**53 + 4] * 20)
    with pytest.warns(UserWarning, match="whole numbers of 9,007,199,254,740,992 and more as floats"):
        Labels.learn(y)
