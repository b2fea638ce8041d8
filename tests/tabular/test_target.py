"""Labels mean the same classes to every face, however they are spelled."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from commands import run

from mlnn import load, save
from mlnn.estimator.labels import Labels
from mlnn.frame.answers import read_target
from mlnn.frame.drift import ColumnWarning
from mlnn.frame.table import Table
from mlnn.tabular.amounts import learned_labels
from mlnn.tabular.compare import compared
from mlnn.tabular.estimator import TableClassifier

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
