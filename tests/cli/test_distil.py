"""``mlnn distil``: teachers from files, from Python, and in the data; what is refused, and what is never run."""

import json
import pickle

import numpy as np
import pandas as pd
import pytest
from commands import FAST, assert_one_sentence, done, houses, run

from mlnn import load

QUICK = ["--made", "100", "--epochs", "4", "--hidden", "8"]

TEACHER = """
import numpy as np

class Rule:
    classes_ = ["no", "yes"]

    def predict_proba(self, frame):
        p = np.where(frame["area"].fillna(140.0) * 2 + frame["rooms"] * 20 > 400, 0.9, 0.1)
        return np.column_stack([1.0 - p, p])

class Named(Rule):
    feature_names_in_ = ["area", "rooms"]

rule, named = Rule(), Named()
number = 3
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Return a folder of tables, of a model, and of a teacher in Python."""
    folder = tmp_path_factory.mktemp("distil")
    table = houses(200).drop(columns="price")
    table.insert(0, "key", [f"H{k:03d}" for k in range(200)])
    table.to_csv(folder / "sold.csv", index=False)
    table.drop(columns="sold").to_csv(folder / "rows.csv", index=False)
    houses(60, seed=1).drop(columns="price").to_csv(folder / "later.csv", index=False)
    (folder / "teach.py").write_text(TEACHER, encoding="utf-8")
    done("train", folder / "sold.csv", "--target", "sold", "--drop", "key", "-o", folder / "model.mlnn", *FAST)
    return folder


@pytest.fixture
def folder(house, monkeypatch):
    monkeypatch.chdir(house)
    return house


def test_a_model_file_teaches(folder):
    shown = done("distil", "model.mlnn", "sold.csv", *QUICK, "-o", "small.mlnn")
    text = " ".join(shown.stdout.split())
    assert "learned from 200 rows and 100 rows made of them what the teacher (TableClassifier) predicts" in text
    assert "the student loses" in text
    assert "of the teacher's, 40 of 40 rows are rows that the model was trained on: its loss is too good" in text
    assert "size: student" in text
    small = load("small.mlnn")
    assert (len(small.members_), small.summary_["target"]) == (1, ["sold"])
    assert [column.features() for column in small.columns_ if column.name == "key"] == [[]]  # as its teacher's
    assert done("predict", "small.mlnn", "rows.csv").stdout.splitlines()[0] == "sold"
    assert "accuracy" in done("evaluate", "small.mlnn", "later.csv").stdout
    assert "learned from 200 rows" in done("inspect", "small.mlnn").stdout


def test_a_python_file_teaches_and_others_judge(folder):
    options = ["--target", "sold", "--drop", "key", "--valid", "later.csv", "--json", *QUICK]
    shown = done("distil", "teach.py:rule", "sold.csv", *options, "-o", "small.mlnn")
    assert "importing" in shown.stderr
    found = json.loads(shown.stdout)
    told = found["summary"]["distilled"]
    assert (told["teacher"], told["rows"], told["told"], told["flattered"]) == ("Rule", 200, 60, "")
    assert found["bytes"]["student"] == (folder / "small.mlnn").stat().st_size
    assert {column["name"]: column["kind"] for column in found["columns"]}["key"] == "dropped"
    assert "accuracy" in done("evaluate", "small.mlnn", "later.csv").stdout


def test_what_a_teacher_predicts_may_stand_in_the_data(folder):
    done("predict", "model.mlnn", "sold.csv", "--proba", "--keep", "all", "-o", "told.csv")
    columns = pd.read_csv("told.csv").columns.tolist()
    assert {"P(no)", "P(yes)"} <= {*columns}
    drop = ["--drop", "key,sold (predicted)"]
    options = ["--teacher-columns", "P(no),P(yes)", "--target", "sold", *drop, *QUICK[2:]]
    shown = done("distil", "told.csv", *options, "--json", "-o", "small.mlnn")
    told = json.loads(shown.stdout)["summary"]["distilled"]
    assert (told["made"], told["rows"]) == (0, 200)
    small = load("small.mlnn")
    assert small.classes_.tolist() == ["no", "yes"]
    assert small.predict(pd.read_csv("rows.csv")).shape == (200,)


@pytest.mark.parametrize(
    ("target", "classes"),
    [("income", ["<=50K", ">50K"]), ("a", ["a=b", "c"]), ("flag", [0, 1]), ("", ["<=50K", ">50K"])],
)
def test_columns_of_probabilities_name_classes_of_any_spelling(tmp_path, monkeypatch, target, classes):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    x = random.normal(size=150)
    frame = pd.DataFrame({"x": x, "z": random.normal(size=150)})
    p = 1.0 / (1.0 + np.exp(-2.0 * x))
    shares = {f"P({classes[0]})": 1.0 - p, f"P({classes[1]})": p}
    truth = {target: np.array(classes, dtype=object)[(random.random(150) < p).astype(int)]} if target else {}
    frame.assign(**shares, **truth).to_csv("told.csv", index=False)
    options = ["--teacher-columns", ",".join(shares), *(["--target", target] if target else [])]
    shown = done("distil", "told.csv", *options, *QUICK[2:], "--json", "-o", "small.mlnn")
    found = json.loads(shown.stdout)["summary"]["distilled"]
    assert load("small.mlnn").classes_.tolist() == classes
    assert found["teacher"] == f"columns 'P({classes[0]})', 'P({classes[1]})'"
    assert {*found["rates"]} == {"student"}
    assert found["told"] == (30 if target else 0)


def test_what_is_not_heeded_is_told(folder):
    later = pd.read_csv("later.csv").drop(columns="sold").assign(town=["north", "south"] * 30)
    later.to_csv("unlabelled.csv", index=False)
    sold = pd.read_csv("sold.csv").assign(town=["north", "west"] * 100, extra=1)
    sold.to_csv("towns.csv", index=False)
    options = ["--target", "sold", "--drop", "key", "--group", "town", "--valid", "unlabelled.csv", *QUICK]
    text = " ".join(done("distil", "teach.py:named", "towns.csv", *options).stdout.split())
    assert "--valid: unlabelled.csv has no column 'sold': no loss is told" in text
    assert "--valid: 30 of 60 rows are of groups ('town') that are learned from" in text
    assert "ignored, since the model does not know them: 'key'" in text
    assert "size: " not in text
    pd.read_csv("sold.csv").assign(extra=1).to_csv("more.csv", index=False)
    text = " ".join(done("distil", "model.mlnn", "more.csv", "--valid", "sold.csv", *QUICK).stdout.split())
    assert "ignored, since the model does not know them: 'extra'" in text
    assert "--valid: 200 of 200 rows are rows that the model was trained on" in text
    shown = done("distil", "teach.py:rule", "sold.csv", "--drop", "key,sold", "--quiet", *QUICK)
    assert shown.stderr == ""


def test_a_pickle_is_never_opened(folder):
    (folder / "model.pkl").write_bytes(pickle.dumps(Bomb()))
    result = run("distil", "model.pkl", "sold.csv", "-o", "small.mlnn")
    assert_one_sentence(result.exit_code, result.stdout, result.stderr, "runs whatever its author wrote")
    assert "teacher = joblib.load('model.pkl')" in result.stderr
    assert not (folder / "bomb").exists()


class Bomb:
    """Writes a file when it is unpickled."""

    def __reduce__(self):
        return open, ("bomb", "w")


def test_what_cannot_be_meant_is_refused_before_any_work(folder):
    cases = [
        (["sold.csv"], "TEACHER DATA"),
        (["model.mlnn", "sold.csv", "--teacher-columns", "area"], "TEACHER DATA"),
        (["none.mlnn", "sold.csv"], "no model file"),
        (["teach.py", "sold.csv"], "say teach.py:NAME"),
        (["none.py:rule", "sold.csv"], "there is no file 'none.py'"),
        (["model.mlnn", "sold.csv", "--valid", "sold.csv"], "the very rows"),
        (["model.mlnn", "sold.csv", "--target", "price"], "column 'price' is not in"),
        (["model.mlnn", "sold.csv", "-o", "sold.csv"], "sold.csv"),
        (["model.mlnn", "sold.csv", "-o", "model.mlnn"], "model.mlnn"),
        (["sold.csv", "--teacher-columns", "area,rooms"], "of the teacher are not finite"),
        (["sold.csv", "--teacher-columns", "rooms,rooms2"], "column 'rooms2' is not in"),
        (["model.mlnn", "sold.csv", "--missing", "x"], "--missing: what cells mean is what they meant to the teacher"),
        (["model.mlnn", "sold.csv", "--decimal", ","], "--decimal: what cells mean"),
        (["model.mlnn", "sold.csv", "--drop", "sold"], "'sold' is not learned from"),
    ]
    before = (folder / "sold.csv").read_bytes()
    made = run("distil", "sold.csv", "--teacher-columns", "area", *QUICK)
    assert_one_sentence(made.exit_code, made.stdout, made.stderr, "--made: nobody can be asked")
    for call, sentence in cases:
        result = run("distil", *call, *(QUICK[2:] if "--teacher-columns" in call else QUICK))
        assert_one_sentence(result.exit_code, result.stdout, result.stderr, sentence)
    for name, sentence in (("nobody", "defines no 'nobody'"), ("number", "predict_proba or predict")):
        result = run("distil", f"teach.py:{name}", "sold.csv", *QUICK)
        assert result.exit_code == 2
        assert sentence in result.stderr
    assert (folder / "sold.csv").read_bytes() == before


ODD = """
import sys
import mlnn
from sklearn.pipeline import Pipeline
from teacher_of_all import rule

class Loud(type(rule)):
    def predict_proba(self, frame):
        print("hello")
        return super().predict_proba(frame)

class Leaves(type(rule)):
    def predict_proba(self, frame):
        sys.exit(0)

loud, leaves, unfitted, kind = Loud(), Leaves(), mlnn.TableClassifier(), Pipeline
print("imported")
"""


@pytest.fixture
def odd(house, monkeypatch):
    """Return a file of odd teachers."""
    monkeypatch.syspath_prepend(house)
    (house / "teacher_of_all.py").write_text(TEACHER)
    (house / "odd.py").write_text(ODD)
    return house / "odd.py"


def test_what_a_teacher_prints_is_not_among_the_results(house, odd):
    result = done("distil", f"{odd}:loud", house / "sold.csv", "--target", "sold", *QUICK, "--json")
    assert "hello" not in result.stdout
    assert json.loads(result.stdout)["summary"]["distilled"]
    assert "hello" in result.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [("leaves", "the teacher ends the program"), ("unfitted", "not fitted"), ("kind", "the teacher is the class")],
)
def test_teachers_that_cannot_teach_end_in_a_sentence(house, odd, name, said):
    result = run("distil", f"{odd}:{name}", house / "sold.csv", "--target", "sold", *QUICK, "--quiet")
    assert_one_sentence(result.exit_code, result.stdout, result.stderr.replace("imported\n", ""), said)


@pytest.mark.parametrize(
    ("code", "said"),
    [("import sys; sys.exit(0)", "ends the program"), ("raise ValueError('\\x1b[31m\\nred')", "\\x1b[31m\\nred")],
)
def test_a_file_that_fails_is_told_of_on_one_line(house, tmp_path, code, said):
    (tmp_path / "own.py").write_text(code)
    result = run("distil", f"{tmp_path / 'own.py'}:m", house / "sold.csv", "--quiet")
    assert result.exit_code
    assert said in result.stderr.replace("\n", "")
    assert "\x1b" not in result.stderr
