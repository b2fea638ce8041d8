"""Training from the command line: the numbers of Python, what is said, what is held out, and what is refused."""

import json
import os
import re
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import FAST, QUICK, assert_one_sentence, done, houses, run, unix

from mlnn import TableClassifier, TableRegressor, load
from mlnn.frame.read import read_table
from mlnn.frame.split import hold_out, past_and_future


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of tables."""
    folder, table = tmp_path_factory.mktemp("tables"), houses(300)
    table.drop(columns="price").to_csv(folder / "sold.csv.gz", index=False)
    table.drop(columns="sold").to_parquet(folder / "price.parquet")
    table.drop(columns="sold").to_csv(folder / "price.csv", index=False)
    houses(90, seed=1).drop(columns="price").to_csv(folder / "later.csv", index=False)
    (folder / "empty.csv").write_text("")
    (folder / "one.csv").write_text("a,y\n1,x\n2,x\n3,x\n")
    (folder / "gap.csv").write_text("a,y\n" + "1,no\n2,\n3,yes\n" * 9)
    (folder / "words.csv").write_text("a,b,y\n" + "1.5,3,low\n2,5,high\n3,4,mid\n" * 9)
    (folder / "other.csv").write_text("area,rooms,city,sold\n100,3,Bonn,yes\n50,2,Ulm,no\n")
    (folder / "unknown.csv").write_text("area,rooms,town,sold\n100,3,Bonn,perhaps\n50,2,Ulm,no\n")
    return folder


def trained(path, target, *options):
    """Train, and return what was printed as JSON."""
    return json.loads(done("train", path, "--target", target, "--json", *FAST, *options).stdout)


# The same model as from Python


@pytest.mark.parametrize(
    ("data", "target", "kind"), [("sold.csv.gz", "sold", TableClassifier), ("price.parquet", "price", TableRegressor)]
)
def test_the_numbers_are_those_of_python(folder, tmp_path, data, target, kind):
    content = trained(folder / data, target, "-o", tmp_path / "m.mlnn", "--seed", 3)
    frame = pd.read_csv(folder / data) if data.endswith("gz") else pd.read_parquet(folder / data)
    model = kind(**QUICK, random_state=3).fit(frame.drop(columns=target), frame[target])
    saved = load(tmp_path / "m.mlnn")
    for (network, theta), (same, bits) in zip(model.members_, saved.members_, strict=True):
        assert network == same
        np.testing.assert_array_equal(theta, bits)
    assert content["scores"] == model.scores_ == saved.scores_
    assert content["baseline"] == model.judgement_.baseline
    assert content["spread"] == model.judgement_.spread
    assert {name: tuple(ends) for name, ends in content["intervals"].items()} == model.judgement_.intervals
    assert content["classes"] == model.judgement_.by_class
    predicted = done("predict", tmp_path / "m.mlnn", folder / data, "-o", tmp_path / "p.parquet")
    assert predicted.stdout == ""
    np.testing.assert_array_equal(pd.read_parquet(tmp_path / "p.parquet")[target], model.predict(frame))
    judged = json.loads(done("evaluate", tmp_path / "m.mlnn", folder / data, "--json").stdout)
    assert judged["scores"] == model.evaluation(frame, frame[target]).scores


def test_options_reach_the_model(folder, tmp_path):
    options = ["--layer", "tanh", "--optimizer", "sgd", "--rate", "0.1", "--schedule", "constant", "--dropout", "0.3"]
    more = [
        "--l2",
        "0.01",
        "--patience",
        "3",
        "--batch-size",
        "7",
        "--time-budget",
        "2m",
        "--threads",
        "1",
        "--cv",
        "3",
    ]
    done("train", folder / "price.csv", "--target", "price", *FAST, *options, *more, "-o", tmp_path / "m.mlnn")
    model = load(tmp_path / "m.mlnn")
    wanted = {"layer": "tanh", "optimizer": "sgd", "rate": 0.1, "schedule": "constant", "dropout": 0.3, "l2": 0.01}
    wanted |= {"patience": 3, "batch_size": 7, "time_budget": 120.0, "n_threads": 1, "members": 3}
    assert {name: model.get_params()[name] for name in wanted} == wanted
    assert len(model.members_) == 3 * 3


def test_the_defaults_are_those_of_python(folder):
    summary = done("train", folder / "price.csv", "--target", "price", "--epochs", 1, "--json").stdout
    assert len(json.loads(summary)["summary"]["members"]) == 3 * TableRegressor().members_for(300)


# What is said


def test_the_task_the_scores_and_the_columns_are_printed(folder):
    trained = done("train", folder / "sold.csv.gz", "--target", "sold", *FAST)
    shown = trained.stdout
    assert re.search(r"trained on 300 rows in [\d.]+ s; 6 networks, epochs kept: \d+( to \d+)?$", trained.stderr, re.M)
    assert shown.startswith("sold\nclassification: 2 classes (no, yes)\n")
    assert re.search(r"^town +category +\d+ of 300 missing; 3 categories; 4 features", shown, re.MULTILINE)
    assert "300 rows, each predicted by the 3 of 6 networks that were not trained on it" in shown
    assert re.search(r"^PR area +0\.\d+ ± 0\.\d+ +0\.\d+$", shown, re.MULTILINE)
    assert "class shares" in shown


def test_rows_without_a_target_may_change_how_many_networks_there_are(tmp_path, random):
    """Of 2,100 rows, 1,899 have a target: five networks a view, not three."""
    table = pd.DataFrame({"a": random.normal(size=2100), "y": random.normal(size=2100)})
    table.loc[:200, "y"] = np.nan
    table.to_csv(tmp_path / "t.csv", index=False)
    options = ["--target", "y", "--hidden", "2", "--epochs", "1", "--batch-size", "256"]
    assert "by the 3 of 15 networks" in done("train", tmp_path / "t.csv", *options).stdout


def test_an_unknown_preset_is_refused_before_the_table_is_read(tmp_path):
    ended = run("train", tmp_path / "there is none.csv", "--target", "y", "--preset", "slow")
    assert ended.exit_code == 2
    assert "'slow' is not one of 'default', 'fast'" in ended.stderr


def test_inspect_tells_what_each_view_sees(folder, tmp_path):
    done("train", folder / "sold.csv.gz", "--target", "sold", *FAST, "-o", tmp_path / "m.mlnn")
    shown = " ".join(done("inspect", tmp_path / "m.mlnn").stdout.split())
    for words in load(tmp_path / "m.mlnn").views_.words:
        assert words in shown
    views = json.loads(done("inspect", tmp_path / "m.mlnn", "--json").stdout)["views"]
    assert [(each["encoded"], each["leaves"]) for each in views] == [(False, False), (True, False), (True, True)]


def test_small_targets_have_significant_digits(tmp_path, random):
    a = random.normal(size=60)
    pd.DataFrame({"a": a, "y": 5e-6 + 1e-6 * a}).to_csv(tmp_path / "t.csv", index=False)
    shown = done("train", tmp_path / "t.csv", "--target", "y", *FAST).stdout
    assert re.search(r"^RMSE +\d\.\d{3}e−\d ± \d\.\de−\d", shown, re.MULTILINE)


def test_rows_without_a_target_are_counted(folder, tmp_path):
    shown = done("train", folder / "gap.csv", "--target", "y", *FAST, "-o", tmp_path / "m.mlnn")
    assert "9 of 27 rows have no target and were left out" in shown.stdout
    judged = done("evaluate", tmp_path / "m.mlnn", folder / "gap.csv")
    assert "mlnn: 9 of 27 rows have no target and were left out" in judged.stderr
    assert judged.stdout.startswith("y, 18 rows; precision, recall and F1 are of 'yes'\n")


def test_what_was_said_is_kept(folder, tmp_path):
    done("train", folder / "gap.csv", "--target", "y", *FAST, "-o", tmp_path / "m.mlnn")
    shown = done("inspect", tmp_path / "m.mlnn").stdout
    assert "classification: 2 classes (no, yes)" in shown
    assert "9 of 27 rows have no target" in shown


def test_many_columns_are_listed_in_part(tmp_path, random):
    frame = pd.DataFrame(random.normal(size=(30, 50)), columns=[f"c{k}" for k in range(50)]).assign(
        y=random.normal(size=30)
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    shown = done("train", tmp_path / "t.csv", "--target", "y", *FAST, "-o", tmp_path / "m.mlnn").stdout
    assert "… and 10 more; mlnn inspect lists all of them" in shown
    assert re.search(r"^c49 ", done("inspect", tmp_path / "m.mlnn").stdout, re.MULTILINE)


def test_names_with_brackets_are_shown_as_they_are(tmp_path):
    table = houses(60).rename(columns={"price": "price [/eur] :house:", "area": "[b]area"}).drop(columns="sold")
    table.to_csv(tmp_path / "t.csv", index=False)
    shown = done("train", tmp_path / "t.csv", "--target", "price [/eur] :house:", *FAST, "-o", tmp_path / "[m].mlnn")
    assert shown.stdout.startswith("price [/eur] :house:\nregression: ")
    assert "[b]area" in shown.stdout
    assert f"model: {tmp_path / '[m].mlnn'}" in shown.stderr
    assert "price [/eur] :house:" in done("inspect", tmp_path / "[m].mlnn").stdout


def test_quiet_says_nothing_but_the_results(folder):
    shown = done("train", folder / "price.csv", "--target", "price", "--quiet", *FAST)
    assert shown.stderr == ""
    assert shown.stdout.startswith("price\n")


# Columns


def test_columns_are_what_the_user_says(folder, tmp_path):
    options = ["--categorical", "rooms", "--drop", "town", "-o", tmp_path / "m.mlnn"]
    content = trained(folder / "price.csv", "price", *options)
    assert {each["name"]: each["kind"] for each in content["columns"]} == {
        "area": "number",
        "rooms": "category",
        "town": "dropped",
    }
    without = houses(5).drop(columns=["town", "sold", "price"])
    without.to_csv(tmp_path / "new.csv", index=False)
    assert done("predict", tmp_path / "m.mlnn", tmp_path / "new.csv").stdout.startswith("price\n")


def test_only_some_columns_are_learned_from(folder):
    content = trained(folder / "price.csv", "price", "--columns", "area,rooms")
    assert [each["name"] for each in content["columns"] if each["features"]] == ["area", "rooms"]


def test_a_column_may_have_a_comma_in_its_name(tmp_path):
    houses(60).drop(columns="sold").rename(columns={"area": "area, total"}).to_csv(tmp_path / "t.csv", index=False)
    for options in (["--drop", "area, total", "--drop", "rooms"], ["--drop", '"area, total", rooms']):
        content = trained(tmp_path / "t.csv", "price", *options)
        assert [each["name"] for each in content["columns"] if each["features"]] == ["town"]


def test_ids_weights_and_groups_are_not_learned_from(tmp_path):
    table = houses(90).drop(columns="sold")
    table["key"], table["w"], table["street"] = [f"H{k}" for k in range(90)], 2.0, np.arange(90) // 3
    table.to_csv(tmp_path / "t.csv", index=False)
    roles = ["--id", "key", "--weights", "w", "--group", "street", "-o", tmp_path / "m.mlnn"]
    content = trained(tmp_path / "t.csv", "price", *roles)
    assert content["summary"]["features"] == ["area", "rooms", "town"]
    model = TableRegressor(**QUICK).fit(
        table[["area", "rooms", "town"]], table["price"], table["w"], groups=table["street"]
    )
    assert content["scores"] == model.scores_
    predicted = pd.read_csv(pd.io.common.StringIO(done("predict", tmp_path / "m.mlnn", tmp_path / "t.csv").stdout))
    assert list(predicted.columns) == ["key", "price"]
    assert predicted["key"].tolist() == table["key"].tolist()
    shown = " ".join(done("inspect", tmp_path / "m.mlnn").stdout.split())
    assert "key id not used: it names the rows" in shown
    assert "street role not used: it weighs or groups the rows" in shown


def test_rows_of_weight_0_need_no_time(tmp_path):
    table = houses(60).assign(when=[f"2024-01-{1 + k % 28:02d}" for k in range(60)], counts=1.0)
    table.loc[3, ["when", "counts"]] = None, 0.0
    table.to_csv(tmp_path / "t.csv", index=False)
    options = "--target", "price", "--drop", "sold", "--weights", "counts", "--time", "when"
    shown = done("train", tmp_path / "t.csv", *options, *FAST, "-o", tmp_path / "m.mlnn")
    assert "trained on 59 rows" in shown.stderr


def test_class_weights(folder):
    plain = trained(folder / "sold.csv.gz", "sold")["scores"]
    balanced = trained(folder / "sold.csv.gz", "sold", "--class-weight", "balanced")["scores"]
    one_sided = trained(folder / "sold.csv.gz", "sold", "--class-weight", "yes=50,no=1")["scores"]
    assert len({json.dumps(each) for each in (plain, balanced, one_sided)}) == 3
    assert one_sided["recall"] > plain["recall"]


def test_a_class_with_a_comma_has_a_weight(tmp_path):
    table = houses(90)
    table["sold"] = np.where(table["sold"] == "yes", "yes, sure", "no")
    table.to_csv(tmp_path / "t.csv", index=False)
    weights = "--class-weight", '"yes, sure"=2,no=1'
    done("train", tmp_path / "t.csv", "--target", "sold", "--drop", "price", *FAST, *weights, "-o", tmp_path / "m.mlnn")
    assert load(tmp_path / "m.mlnn").class_weight == {"no": 1.0, "yes, sure": 2.0}


def test_several_targets(tmp_path):
    table = houses(90)
    table["size"] = np.where(table["rooms"] > 4, "big", "small")
    table.to_csv(tmp_path / "t.csv", index=False)
    model = tmp_path / "m.mlnn"
    shown = done("train", tmp_path / "t.csv", "--target", "sold,size", "--drop", "price", *FAST, "-o", model)
    assert shown.stdout.startswith("sold, size\nclassification: 2 targets\n")
    predicted = done("predict", model, tmp_path / "t.csv", "--proba").stdout.splitlines()
    assert predicted[0] == "sold,size,P(sold=no),P(sold=yes),P(size=big),P(size=small)"
    assert set(predicted[1].split(",")[:2]) <= {"yes", "no", "big", "small"}
    assert json.loads(done("evaluate", model, tmp_path / "t.csv", "--json").stdout)["rows"] == 90
    values = done("train", tmp_path / "t.csv", "--target", "price", "--target", "area", *FAST, "-o", model)
    assert values.stdout.startswith("price, area\nregression: 2 targets\n")
    assert done("predict", model, tmp_path / "t.csv").stdout.startswith("price,area\n")


# What is held out


@pytest.mark.parametrize("options", [[], ["--group", "rooms"], ["--time", "rooms"]], ids=str)
def test_held_out_rows_teach_nothing(folder, tmp_path, options):
    """Extreme values in them change neither the preparation nor the networks."""
    table = pd.read_parquet(folder / "price.parquet")
    t = np.unique(np.zeros(len(table)), return_inverse=True)[1]
    if "--time" in options:
        aside = past_and_future(table["rooms"].to_numpy(), 0.3)[1]
    else:
        aside = hold_out(t, 0.3, 0, "regression", pd.factorize(table["rooms"])[0] if options else None)[1]
    models = []
    for name in ("as it is", "extreme"):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        model = tmp_path / f"{name}.mlnn"
        shown = done(
            "train", tmp_path / f"{name}.csv", "--target", "price", "--valid", "0.3", "-o", model, *FAST, *options
        )
        assert f"{len(aside)} rows aside" in shown.stdout
        models.append(load(model))
        table.loc[aside, "area"], table.loc[aside, "town"] = 1e12, "Atlantis"
        table.loc[aside, "price"] = 1e6
    one, other = models
    for (_, mine), (_, theirs) in zip(one.members_, other.members_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert one.summary_["valid"]["scores"] != other.summary_["valid"]["scores"]
    assert one.scores_ == other.scores_


def test_a_file_to_judge_by_is_never_trained_on(folder, tmp_path):
    options = ["--valid", folder / "later.csv", "-o", tmp_path / "m.mlnn"]
    content = trained(folder / "sold.csv.gz", "sold", *options)
    alone = trained(folder / "sold.csv.gz", "sold")
    assert content["scores"] == alone["scores"]
    later = pd.read_csv(folder / "later.csv")
    model = load(tmp_path / "m.mlnn")
    assert content["summary"]["valid"] == {"rows": 90, "scores": model.evaluate(later, later["sold"])}


def test_rows_to_judge_by_that_were_trained_on_are_counted(folder, tmp_path):
    sold, later = (pd.read_csv(folder / name) for name in ("sold.csv.gz", "later.csv"))
    pd.concat([sold[:40], later]).to_csv(tmp_path / "some.csv", index=False)
    model = tmp_path / "m.mlnn"
    count = "45 of 130 rows are rows that the model was trained on, where 4 % would be by chance"
    content = trained(folder / "sold.csv.gz", "sold", "--valid", tmp_path / "some.csv", "-o", model)
    assert f"--valid: {count}: their scores are too good" in content["said"]
    judged = run("evaluate", model, tmp_path / "some.csv", "--json")
    assert f"{count}: their scores are too good" in json.loads(judged.stdout)["said"]
    alone = run("evaluate", model, folder / "later.csv", "--json")
    assert "trained on" not in alone.stdout + alone.stderr


def test_rows_to_judge_by_that_have_no_target_are_counted(folder, tmp_path):
    later = pd.read_csv(folder / "later.csv")
    later.assign(sold=later["sold"].mask(np.arange(90) < 7)).to_csv(tmp_path / "gaps.csv", index=False)
    content = trained(folder / "sold.csv.gz", "sold", "--valid", tmp_path / "gaps.csv")
    assert "--valid: 7 of 90 rows have no target and were left out" in content["said"]
    assert content["summary"]["valid"]["rows"] == 83
    later.assign(sold="").to_csv(tmp_path / "none.csv", index=False)
    given = ["train", folder / "sold.csv.gz", "--target", "sold", "--valid", tmp_path / "none.csv"]
    ended = run(*given)
    assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "--valid: the target is missing in all 90 rows")


@pytest.mark.parametrize("options", [["--drop", "when"], ["--time", "when"]], ids=str)
def test_rows_without_a_target_are_left_out_before_a_part_is_held_out(tmp_path, options):
    """Also one without a time; and it is no class of its own, with which no part could have the shares of all."""
    table = houses(100)[["area", "town", "sold"]].assign(when=np.arange(100.0))
    table.loc[7, ["sold", "when"]] = None
    table.to_csv(tmp_path / "gap.csv", index=False)
    table.drop(7).to_csv(tmp_path / "none.csv", index=False)
    gap, none = (trained(tmp_path / f"{name}.csv", "sold", "--valid", "0.2", *options) for name in ("gap", "none"))
    assert gap["summary"]["valid"] == none["summary"]["valid"]
    assert gap["scores"] == none["scores"]
    assert [sentence for sentence in gap["said"] if "no target" in sentence] == [
        "1 of 100 rows has no target and was left out"
    ]


@pytest.mark.parametrize("apart", [["--valid", "0.2"], ["--valid", "t.csv"]], ids=str)
def test_rows_of_weight_0_are_counted(folder, tmp_path, monkeypatch, apart):
    monkeypatch.chdir(tmp_path)
    houses(90)[["area", "town", "sold"]].assign(w=np.arange(90) % 3).to_csv("t.csv", index=False)
    houses(120)[["area", "town", "sold"]].assign(w=np.arange(120) % 4).to_csv("more.csv", index=False)
    content = trained("more.csv", "sold", "--weights", "w", *apart)
    told = [sentence for sentence in content["said"] if "weight" in sentence]
    of_valid = ["--valid: 30 of 90 rows have weight 0 and were left out"] if "t.csv" in apart else []
    assert sorted(told) == sorted([*of_valid, "30 of 120 rows have weight 0 and were left out"])
    assert content["summary"]["valid"]["rows"] == (60 if of_valid else 18)


def test_a_file_to_judge_by_has_the_weights_of_its_rows(folder, tmp_path):
    pd.read_csv(folder / "later.csv").drop(columns="rooms").to_csv(tmp_path / "light.csv", index=False)
    ended = run(
        "train", folder / "sold.csv.gz", "--target", "sold", "--weights", "rooms", "--valid", tmp_path / "light.csv"
    )
    assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "column 'rooms' is not in light.csv")


def test_cross_validation_and_a_separate_judgement_are_both_obeyed(folder):
    content = trained(folder / "price.csv", "price", "--cv", "4", "--valid", "0.2")
    assert content["how"].startswith("240 rows, each predicted by the 3 of 12 networks")
    assert content["summary"]["valid"]["rows"] == 60


@pytest.mark.parametrize("judged", [["--valid", "0.2"], ["--valid", "0.5"], ["--cv", "3"]], ids=str)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_class_of_one_row_is_no_reason_to_fail(tmp_path, judged, seed):
    table = houses(60)[["area", "town", "sold"]]
    table.loc[seed, "sold"] = "perhaps"
    table.to_csv(tmp_path / "t.csv", index=False)
    assert "accuracy" in done("train", tmp_path / "t.csv", "--target", "sold", *judged, "--seed", seed, *FAST).stdout


def test_forty_classes_of_two_rows_can_be_trained(tmp_path, random):
    pd.DataFrame({"a": random.normal(size=80), "y": [f"c{k // 2}" for k in range(80)]}).to_csv(tmp_path / "t.csv")
    assert (
        "40 classes of text, 2.0 rows each: is it" in done("train", tmp_path / "t.csv", "--target", "y", *FAST).stdout
    )


def test_rows_from_standard_input(folder):
    text = (folder / "price.csv").read_text()
    shown = run("train", "-", "--target", "price", *FAST, input=text)
    assert shown.exit_code == 0, shown.output
    assert "300 rows, each predicted" in shown.stdout


# Bad input


def test_what_may_be_done_is_said_in_options(tmp_path):
    rows = pd.DataFrame({"a": range(60), "y": ["none", "few", "much"] * 20, "z": [1, 3, 5] * 20})
    rows.to_csv(tmp_path / "t.csv", index=False)
    shown = " ".join(done("train", tmp_path / "t.csv", "--target", "y", "--target", "z", *FAST).stdout.split())
    assert (
        " 'y': 3 classes (few, much, none) 'y': 'none' is a class (20 rows); --missing names the words that are none"
        in shown
    )
    assert "'z': so few whole numbers are taken for classes; --task regression takes them for quantities" in shown
    (tmp_path / "bare.csv").write_text("1,2.5\n3,4\n")
    shown = run("train", tmp_path / "bare.csv", "--target", "y")
    assert "if there is none, say --header 0, and the columns are x0" in " ".join(shown.stderr.split())


BAD = [
    (["nothing.csv", "--target", "y"], "there is no file 'nothing.csv'"),
    (["price.csv", "--target", "prise"], "column 'prise' is not in price.csv; did you mean 'price'?"),
    (["price.csv"], "which column is to be predicted? say --target COL"),
    (["empty.csv", "--target", "y"], "empty.csv is empty"),
    (["one.csv", "--target", "y"], "the target 'y' holds only one class, 'x': there is nothing to learn"),
    (["words.csv", "--target", "y", "--task", "regression"], "'y' should be a number, but no cell can be read as one"),
    (["words.csv", "--target", "y", "--classes", "low,hihg"], "no row of the target 'y' holds 'hihg'"),
    (["words.csv", "--target", "y,a"], "'y' hold classes, 'a' quantities"),
    (["words.csv", "--target", "y", "--id", "a,b"], "are all columns of words.csv"),
    (["price.csv", "--target", "price", "--layer", "rleu"], "there is no activation 'rleu'; did you mean 'relu'"),
    (["price.csv", "--target", "price", "--optimizer", "clipnorm"], "ClipNorm has settings without a default"),
    (["price.csv", "--target", "price", "--schedule", "cosin"], "did you mean 'cosine'?"),
    (["price.csv", "--target", "price", "--l2", "nan"], "l2"),
    (["price.csv", "--target", "price", "--valid", "2"], "--valid must be a file or a fraction between 0 and 1"),
    (["price.csv", "--target", "price", "--valid", "later"], "there is no file 'later'"),
    (["sold.csv.gz", "--target", "sold", "--valid", "other.csv"], "'town' missing"),
    (["sold.csv.gz", "--target", "sold", "--valid", "unknown.csv"], "'sold' holds 'perhaps' in row 0"),
    (["price.csv", "--target", "price", "--cv", "301"], "301 folds need at least as many rows"),
    (["price.csv", "--target", "price", "--weights", "town"], "weights must be numbers, 0 or more"),
    (["price.csv", "--target", "price", "--time", "town"], "'town' holds neither"),
    (["price.csv", "--target", "price", "--drop", "twon"], "column 'twon' is not in price.csv; did you mean 'town'?"),
    (["price.csv", "--target", "price", "--drop", "area,rooms,town"], "no column varies"),
    (["price.csv", "--target", " "], "' ' names no column of price.csv"),
    (["price.csv", "--target", "price", "--columns", ","], "',' names no column of price.csv"),
    (["price.csv", "--target", "price", "--text", "town", "--date", "town"], "'town' cannot be of two kinds"),
    (["price.csv", "--target", "price", "--valid", "price.csv"], "holds the very rows that are trained on"),
    (["price.csv", "--target", "price", "--time", "price"], "'price' cannot be the target and the time"),
    (["price.csv", "--target", "price", "--categorical", "price"], "'price' is a target and not learned from"),
    (
        ["price.csv", "--target", "price", "--id", "rooms", "--numeric", "rooms"],
        "'rooms' is a row's name",
    ),
    (["price.csv", "--target", "price", "--weights", "price"], "'price' cannot be the target and a weight"),
    (["words.csv", "--target", "y", "--classes", "low"], "at least 2 classes, but 'low' is named alone"),
    (["price.csv", "--target", "price", "--class-weight", "balanced"], "--class-weight is for classes"),
    (["sold.csv.gz", "--target", "sold", "--class-weight", "yess=2"], "the classes are 'no', 'yes'"),
    (["sold.csv.gz", "--target", "sold", "--class-weight", "yes=2,no=1,yes=3"], "each once"),
    (
        ["sold.csv.gz", "--target", "sold", "--threshold", "false_positive=1,false_negative=2,false_positive=3"],
        "--threshold is a number",
    ),
    (
        ["sold.csv.gz", "--target", "sold", "--threshold", "false_positive=0,false_negative=0"],
        "at least one cost must be above 0, but got {'false_positive': 0.0, 'false_negative': 0.0}",
    ),
    (["price.csv", "--target", "price", "--columns", "area", "--categorical", "rooms"], "'rooms' cannot be left out"),
    (["price.csv", "--target", "price", "--columns", "area,town", "--drop", "area"], "'area' cannot be left out"),
    (["price.csv", "--target", "price", "-o", "no/m.mlnn"], "cannot write 'no/m.mlnn': there is no directory 'no'"),
    (["price.csv", "--target", "price", "-o", "."], "cannot write '.': it is a directory"),
    (["price.csv", "--target", "price", "-o", "a" * 300], "File name too long"),
    (["price.csv", "--target", "price", "--report", "no/r.html"], "cannot write 'no/r.html': there is no directory"),
    (
        ["price.csv", "--target", "price", "-o", "price.csv"],
        "cannot write 'price.csv': it is the same file as 'price.csv'",
    ),
    (["./price.csv", "--target", "price", "--report", "price.csv"], "it is the same file as './price.csv'"),
    (["p*.csv", "--target", "price", "-o", "price.csv"], "it is the same file as 'price.csv', which is used too"),
    (
        ["sold.csv.gz", "--target", "sold", "--valid", "later.csv", "-o", "later.csv"],
        "it is the same file as 'later.csv'",
    ),
    (
        ["price.csv", "--target", "price", "-o", "F", "--report", "F"],
        "cannot write 'F': it is the same file as 'F', which is used too",
    ),
]


@pytest.mark.parametrize(("arguments", "sentence"), BAD, ids=[" ".join(a)[:60] for a, _ in BAD])
def test_bad_input_is_found_before_training_and_ends_with_one_sentence(folder, monkeypatch, arguments, sentence):
    def fail(*_, **__):
        raise AssertionError("training has begun")

    before = {path: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.chdir(folder)
    monkeypatch.setattr("mlnn.tabular.base.train", fail)
    ended = run("train", *arguments)
    assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, sentence)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_an_infinite_number_is_found_before_training_with_its_row_and_line(tmp_path, monkeypatch):
    monkeypatch.setattr("mlnn.tabular.base.train", None)
    (tmp_path / "t.csv").write_text("a,y\n" + "1,0.5\n2,1.5\n\n3,2.5\ninf,3.5\n" * 9)
    ended = run("train", tmp_path / "t.csv", "--target", "y")
    assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "row 3 (counted from 0), line 6 holds 'inf'")


def test_a_loss_that_is_not_finite_ends_with_one_sentence(folder):
    ended = run("train", folder / "price.csv", "--target", "price", "--rate", "1e30", "--optimizer", "sgd", *FAST)
    assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "diverged in epoch 1, in step ")
    assert ended.stderr.endswith("too high: try 0.01. No file was written.\n")


def test_a_loss_that_is_not_finite_leaves_the_checkpoint_before(folder, monkeypatch):
    monkeypatch.chdir(folder)
    arguments = [*FAST, "--epochs", "40", "--optimizer", "sgd", "--rate", "10", "--batch-size", "999"]
    ended = run("train", "price.csv", "--target", "price", "--checkpoint", "kept", *arguments)
    assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "diverged in epoch ")
    assert ended.stderr.endswith("The last finite weights are in 'kept'.\n")
    assert run("inspect", "kept").exit_code == 0


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        (["--task", "regresion"], "'regresion' is not one of 'auto', 'classification', 'regression'"),
        (["--hidden", "8,x"], "expected widths such as 64,64, but got '8,x'"),
        (["--hidden", "1000000000"], "a layer has 1 to 1,000,000 units"),
        (["--hidden", "0"], "a layer has 1 to"),
        (["--epochs", "many"], "'many' is not a valid integer"),
        (["--epochs", "0"], "0 is not in the range x>=1"),
        (["--dropout", "1"], "1.0 is not in the range 0<=x<1"),
        (["--rate", "0"], "0.0 is not in the range x>0"),
        (["--l2", "-1"], "-1.0 is not in the range x>=0"),
        (["--seed", "-1"], "-1 is not in the range"),
        (["--time-budget", "soon"], "expected a time such as 90, 90s, 5m or 1h, but got 'soon'"),
        (["--most-bytes", "much"], "expected a size such as 500MB or 8GB, but got 'much'"),
        (["--sep", "ab"], "sep must be one character"),
        (["--epoch", "3"], "--epochs"),
    ],
)
def test_options_that_click_refuses_end_with_code_2(folder, option, hint):
    ended = run("train", folder / "price.csv", "--target", "price", *option)
    assert ended.exit_code == 2
    assert hint in ended.stderr
    assert ended.stdout == ""


# Files


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_missing_permissions_are_found_before_training(folder, tmp_path):
    for mode, place in ((0o500, tmp_path / "there"), (0o400, tmp_path / "file")):
        place.mkdir() if mode == 0o500 else place.write_text("old")
        place.chmod(mode)
    for option in (["-o", tmp_path / "there" / "m.mlnn"], ["--report", tmp_path / "file"]):
        ended = run("train", folder / "price.csv", "--target", "price", *option)
        assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "permission denied")


def test_missing_permissions_are_asked_about(folder, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("os.access", lambda path, mode: asked.append((path, mode)))
    (tmp_path / "r.html").write_text("old")
    for option in ("-o", "--report"):
        ended = run("train", folder / "price.csv", "--target", "price", option, tmp_path / "r.html")
        assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "permission denied")
        assert asked.pop() == (tmp_path, os.W_OK)


@unix
def test_a_device_is_not_replaced_by_a_model(folder):
    ended = run("train", folder / "price.csv", "--target", "price", "-o", os.devnull)
    assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "there is something else than a file")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize("what", ["-o", "--report"])
def test_what_cannot_be_written_after_all_is_said(folder, tmp_path, monkeypatch, what):
    def fail(*_, **__):
        raise OSError(28, "No space left on device", str(tmp_path / "file"))

    monkeypatch.setattr("mlnn.cli.train.save", fail)
    monkeypatch.setattr("mlnn.page.write_report", fail)
    ended = run("train", folder / "price.csv", "--target", "price", what, tmp_path / "file", *FAST)
    assert_one_sentence(
        ended.exit_code, ended.stdout, ended.stderr, f"cannot write '{tmp_path / 'file'}': No space left"
    )


def test_the_report_is_one_file_with_pictures(folder, tmp_path):
    for data, target in (("sold.csv.gz", "sold"), ("price.parquet", "price")):
        done("train", folder / data, "--target", target, "--report", tmp_path / "r.html", *FAST)
        page = (tmp_path / "r.html").read_text(encoding="utf-8")
        assert page.count("<svg") >= 3
        assert "<script" not in page
        assert 'src="http' not in page
        assert "not trained on" in page


def test_packed_files_and_folders_are_read(folder, tmp_path):
    parts = tmp_path / "parts"
    parts.mkdir()
    table = pd.read_csv(folder / "price.csv")
    for k in range(3):
        table.iloc[k * 100 : (k + 1) * 100].to_csv(parts / f"{k}.csv", index=False)
    whole = trained(folder / "price.csv", "price")["scores"]
    assert trained(parts, "price")["scores"] == whole
    assert trained(parts / "*.csv", "price")["scores"] == whole
    assert read_table(parts).rows == 300


def test_a_pattern_is_remembered_with_its_folder(tmp_path):
    (tmp_path / "shop").mkdir()
    for k in range(2):
        houses(60, seed=k).to_csv(tmp_path / "shop" / f"part{k}.csv", index=False)
    done("train", tmp_path / "shop" / "part*.csv", "--target", "sold", *FAST, "-o", tmp_path / "m.mlnn")
    assert json.loads(done("inspect", tmp_path / "m.mlnn", "--json").stdout)["data"] == "shop/part*.csv"


@pytest.mark.parametrize("option", ["--target", "--drop", "--columns", "--categorical", "--id"])
def test_a_column_named_twice_is_refused(tmp_path, option):
    houses(60).to_csv(tmp_path / "t.csv", index=False)
    others = [] if option == "--target" else ["--target", "sold"]
    for named in ([option, "town,town"], [option, "town", option, "town"]):
        shown = run("train", tmp_path / "t.csv", *others, *named)
        assert_one_sentence(shown.exit_code, shown.stdout, shown.stderr, "column 'town' is named twice")
