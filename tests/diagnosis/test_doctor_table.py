"""The doctor for tables says what the column report says, finds leaks, and knows groups and time."""

import json

import numpy as np
import pandas as pd
import pytest
from commands import run

import mlnn
from mlnn import TableClassifier, TableRegressor
from mlnn.frame.report import sentence

QUICK = {"hidden": (8,), "epochs": 30}


def people(random, rows=300):
    """Return a table with something of every kind, and what depends on two of its columns."""
    age, size = random.integers(18, 90, rows), random.normal(size=rows).round(2)
    frame = pd.DataFrame({"age": age, "size": size, "town": random.choice(["Bonn", "Ulm", "Kiel"], rows)})
    return frame, np.where(age / 30.0 + size + random.normal(0, 0.3, rows) > 1.8, "yes", "no")


def found(frame, y, model=None, **settings):
    """Return the findings by their check."""
    diagnosis = mlnn.doctor(model or TableClassifier(**QUICK), frame, y, **settings)
    checks = [each.check for each in diagnosis.findings]
    assert len(set(checks)) == len(checks)
    return {each.check: each for each in diagnosis.findings}


def test_a_healthy_table_has_nothing_to_look_at_in_its_columns(random):
    findings = found(*people(random))
    for check in ("unreadable cells", "identifier", "missing values", "rare categories", "unused columns", "leak"):
        assert findings[check].severity == "fine", findings[check]
    assert {"imbalance", "feature scale", "gradient", "held-out rows"} <= set(findings)
    assert "target scale" not in findings


@pytest.mark.parametrize("columns", [{}, {"size": "drop"}])
def test_every_column_is_used_where_none_is_left_out(random, columns):
    meaning = found(*people(random), TableClassifier(**QUICK, columns=columns))["unused columns"].meaning
    assert meaning == ("every other column is used." if columns else "every column is used.")


def test_what_the_column_report_says_is_said(random):
    frame, y = people(random)
    frame["age"] = frame["age"].astype(str)
    frame.loc[7, "age"] = "about fifty"
    frame["patient"] = [f"P{k:04d}" for k in random.permutation(300)]
    frame["empty"], frame["same"] = None, "x"
    frame["gaps"] = np.where(np.arange(300) % 4 > 0, None, "n").astype(object)
    frame.loc[::8, "gaps"] = "m"
    frame["street"] = [f"street {k % 140}" for k in range(300)]
    fates = {each.name: sentence(each.fate) for each in TableClassifier(**QUICK).fit(frame, y).columns_}
    findings = found(frame, y)
    unread = findings["unreadable cells"]
    assert (unread.severity, unread.value) == ("look", 1.0)
    assert f"'age': {fates['age']}" in unread.meaning
    assert "'about fifty' in row 7" in unread.meaning
    assert "'patient' is not learned from" in findings["identifier"].meaning
    assert findings["identifier"].severity == "look"
    assert f"'gaps': {fates['gaps']}" in findings["missing values"].meaning
    assert f"'empty': {fates['empty']}" in findings["unused columns"].meaning
    assert f"'same': {fates['same']}" in findings["unused columns"].meaning
    assert f"'street': {fates['street']}" in findings["rare categories"].meaning


def test_copies_of_rows_are_found(random):
    frame, y = people(random)
    frame["size"] = random.normal(size=len(frame))
    assert found(frame, y)["copies"].severity == "fine"
    copies = found(pd.concat([frame, frame[:80]], ignore_index=True), np.concatenate([y, y[:80]]))["copies"]
    assert copies.severity == "look"
    assert "of 380 rows have a twin in another fold" in copies.meaning


def test_a_leak_is_found_and_is_not_the_only_column(random):
    frame, y = people(random)
    findings = found(frame.assign(copy=np.where(y == "yes", 7, 3)), y)
    assert findings["leak"].severity == "trouble"
    assert "'copy' alone explains 100.0 %" in findings["leak"].meaning
    alone = found(pd.DataFrame({"copy": np.where(y == "yes", 7, 3)}), y)
    assert alone["leak"].severity == "fine"


@pytest.mark.parametrize("written", [str, lambda x: f"{x:,}", lambda x: f"${x:,}", lambda x: f"{x} %"])
def test_the_only_useful_column_is_never_to_be_left_out(random, written):
    """Numbers that never repeat, in whatever way they are written, and one cell that is none."""
    x = random.permutation(3000)[:200]
    cells = pd.Series([written(each) for each in x], dtype=object)
    cells[5] = "1.2.3"
    frame = pd.DataFrame({"x": cells, "noise": random.normal(size=200).round(1)})
    findings = found(frame, x > 1500)
    assert "leave out" not in findings["identifier"].advice.split(";")[0]
    assert findings["identifier"].severity != "trouble"
    assert findings["unreadable cells"].value == 1.0
    assert findings["held-out rows"].severity == "fine"


def test_groups_are_kept_together(random):
    group = np.repeat(np.arange(30), 10)
    luck = random.integers(0, 2, 30)[group]
    frame = pd.DataFrame({"team": [f"team {k}" for k in group], "noise": random.normal(size=300)})
    apart, together = (found(frame, luck, groups=groups)["held-out rows"] for groups in (None, group))
    assert apart.severity == "fine"
    assert together.severity != "fine"
    assert found(frame, luck, groups=group)["groups"].meaning.startswith("30 groups are kept together")
    assert found(frame, luck, groups=group % 3)["groups"].severity == "look"


def test_the_future_judges(random):
    day = pd.date_range("2024-01-01", periods=300)
    frame = pd.DataFrame({"day": day, "x": random.normal(size=300)})
    y = frame["x"] + random.normal(0, 0.1, 300)
    model = TableRegressor(**QUICK)
    unsaid, said = found(frame, y, model)["time"], found(frame, y, model, times=day.to_numpy())["time"]
    assert unsaid.severity == "look"
    assert "--time day" in unsaid.advice
    assert (said.severity, said.value) == ("fine", 75.0)
    assert "judged by 75 rows from 2024-08-13" in said.meaning


def test_customers_that_come_again_are_pointed_out(random):
    frame, y = people(random)
    frame["customer"] = [f"c{k}" for k in random.integers(0, 120, 300)]
    assert "--group customer" in found(frame, y)["groups"].advice
    assert "groups" not in found(*people(random))


def test_rows_without_a_target_are_counted(random):
    frame, y = people(random)
    gone = pd.Series(y, dtype=object).where(np.arange(300) % 10 > 0)
    findings = found(frame, gone)
    assert findings["missing target"].meaning.startswith("30 of 300 rows have no target")
    assert findings["constant target"].severity == "fine"


def test_targets_of_every_kind_are_examined(random):
    frame, y = people(random)
    size, age = frame["size"].to_numpy(), frame["age"].to_numpy()
    for model, targets in (
        (TableRegressor, np.column_stack([size, age])),
        (TableClassifier, np.column_stack([size > 0, age > 50]).astype(int)),
        (TableClassifier, np.column_stack([y, np.where(age > 50, "old", "young")]).astype(object)),
    ):
        assert found(frame, targets, model(**QUICK))["held-out rows"].severity == "fine"
    (constant,) = found(frame, ["no"] * 300).values()
    assert constant.severity == "trouble"


def test_what_only_networks_or_only_tables_take_is_refused(random):
    frame, y = people(random)
    with pytest.raises(TypeError, match="a model for tables says itself how it is trained"):
        mlnn.doctor(TableClassifier(), frame, y, recipe=mlnn.Recipe())
    with pytest.raises(TypeError, match="groups and times are for a model for tables"):
        mlnn.doctor(mlnn.MLPClassifier(), frame[["age"]], y, groups=y)
    with pytest.raises(ValueError, match="X has 300 rows, but y has 299"):
        mlnn.doctor(TableClassifier(), frame, y[1:])


def test_the_command_says_the_same(random, tmp_path):
    frame, y = people(random)
    frame.assign(y=y, copy=y, group=np.arange(300) // 10).to_csv(tmp_path / "t.csv", index=False)
    settings = ["--hidden", "8", "--epochs", "30", "--json"]
    done = run("doctor", tmp_path / "t.csv", "--target", "y", "--group", "group", *settings)
    findings = {each["check"]: each for each in json.loads(done.stdout)["findings"]}
    assert done.exit_code == 1
    assert findings["leak"]["severity"] == "trouble"
    assert findings["groups"]["meaning"].startswith("30 groups")
    same = found(frame.assign(copy=y), y, groups=np.arange(300) // 10)
    assert {name: each["severity"] for name, each in findings.items()} == {n: e.severity for n, e in same.items()}


def test_two_numbers_are_classes_though_they_are_not_whole(random):
    frame, y = people(random)
    findings = found(frame, np.where(y == "yes", 0.0507, -0.0446))
    assert "the rarest of 2 classes, " in findings["imbalance"].meaning
