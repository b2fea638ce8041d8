"""What is done with a saved model: predictions, judgements, and what it is."""

import io
import json
import re

import numpy as np
import pandas as pd
import pytest
from commands import FAST, QUICK, assert_one_sentence, done, houses, process, run

from mlnn import MLPClassifier, Model, TableClassifier, TableRegressor, load, save


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of tables and of two models that predict them."""
    folder, table = tmp_path_factory.mktemp("tables"), houses(300)
    table.insert(0, "key", [f"H{k:03d}" for k in range(300)])
    table.drop(columns="price").to_csv(folder / "sold.csv", index=False)
    table.drop(columns="sold").to_csv(folder / "price.csv", index=False)
    table.drop(columns=["sold", "price"]).to_parquet(folder / "new.parquet")
    table[["area", "rooms", "town"]].to_csv(folder / "new.csv", index=False)
    houses(90, seed=1).drop(columns="price").to_csv(folder / "later.csv", index=False)
    houses(9).drop(columns=["town", "sold", "price"]).assign(city="Bonn").to_csv(folder / "other.csv", index=False)
    houses(9).assign(sold="perhaps").to_csv(folder / "unknown.csv", index=False)
    for target in ("sold", "price"):
        options = ["--target", target, "--drop", "key", "-o", folder / f"{target}.mlnn"]
        done("train", folder / f"{target}.csv", *options, *FAST)
    save(Model([2, 3, 2], seed=0), folder / "moons.mlnn")
    return folder


def table_of(text):
    return pd.read_csv(io.StringIO(text))


# Predictions


def test_predictions_go_to_stdout_with_or_without_the_target(folder):
    expected = load(folder / "price.mlnn").predict(pd.read_csv(folder / "new.csv"))
    for data in ("price.csv", "new.parquet", "new.csv"):
        shown = done("predict", folder / "price.mlnn", folder / data)
        assert shown.stderr == ""
        assert list(table_of(shown.stdout).columns) == ["price"]
        np.testing.assert_array_max_ulp(table_of(shown.stdout)["price"].to_numpy(), expected)  # older pandas reads so


def test_labels_and_probabilities_stand_together(folder):
    frame = pd.read_csv(folder / "later.csv")
    model = load(folder / "sold.mlnn")
    table = table_of(done("predict", folder / "sold.mlnn", folder / "later.csv", "--proba").stdout)
    assert list(table.columns) == ["sold", "P(no)", "P(yes)"]
    assert table["sold"].tolist() == model.predict(frame).tolist()
    np.testing.assert_array_equal(table[["P(no)", "P(yes)"]].to_numpy(np.float32), model.predict_proba(frame))


@pytest.mark.parametrize("threshold", [0.0, 0.3, 1.0])
def test_a_threshold_decides(folder, threshold):
    table = table_of(
        done("predict", folder / "sold.mlnn", folder / "later.csv", "--proba", "--threshold", threshold).stdout
    )
    assert ((table["sold"] == "yes") == (table["P(yes)"] >= threshold)).all()


def test_a_model_keeps_its_threshold(folder, tmp_path):
    options = ["--drop", "key", "--threshold", "false_positive=1,false_negative=50", "-o", tmp_path / "m.mlnn", *FAST]
    aside = ["--valid", folder / "later.csv", "--report", tmp_path / "m.html"]
    shown = done("train", folder / "sold.csv", "--target", "sold", *options, *aside).stdout
    assert re.search(r"on the rows aside it costs \S+ a row on the average; from 0.5 on it is", " ".join(shown.split()))
    assert "false_positive=1.0,false_negative=50.0" in (tmp_path / "m.html").read_text(encoding="utf-8")
    model = load(tmp_path / "m.mlnn")
    costs = (
        r"'yes' is predicted from a probability of 0\.\d+ on, which costs (\S+) a row on the average; from 0.5 on it is"
    )
    cost = float(re.search(costs, " ".join(shown.split()))[1])
    told = json.loads(done("inspect", tmp_path / "m.mlnn", "--json").stdout)["threshold"]
    assert (told["at"], told["cost"]) == (model.threshold_, pytest.approx(cost, rel=0.01))
    shown = done("evaluate", tmp_path / "m.mlnn", folder / "later.csv")
    assert "'yes' is predicted from" in shown.stderr
    judged = json.loads(done("evaluate", tmp_path / "m.mlnn", folder / "later.csv", "--json").stdout)["threshold"]
    assert judged.keys() == told.keys() == {"at", "cost", "cost_at_half"}
    said = f"the threshold {judged['at']:.3g} costs {judged['cost']:.3g} a row on the average"
    assert f"{said}; from 0.5 on it is {judged['cost_at_half']:.3g}" in shown.stdout.splitlines()
    assert 0.0 <= model.threshold_ < 0.5
    predicted = table_of(done("predict", tmp_path / "m.mlnn", folder / "later.csv").stdout)["sold"]
    assert predicted.tolist() == model.predict(pd.read_csv(folder / "later.csv")).tolist()
    plain = table_of(done("predict", folder / "sold.mlnn", folder / "later.csv").stdout)["sold"]
    assert (predicted == "yes").sum() > (plain == "yes").sum()


def test_intervals_hold_the_values_between_them(folder):
    table = table_of(done("predict", folder / "price.mlnn", folder / "price.csv", "--interval", 0.8).stdout)
    assert list(table.columns) == ["price", "price low", "price high"]
    assert (table["price low"] < table["price high"]).all()
    ends = load(folder / "price.mlnn").predict_interval(pd.read_csv(folder / "price.csv"), 0.8)
    np.testing.assert_array_max_ulp(table[["price low", "price high"]].to_numpy(), ends, maxulp=2)


def test_what_is_unlike_training_is_said_once_also_with_intervals(folder, tmp_path):
    new = pd.read_csv(folder / "new.csv").assign(town="Rom")
    new.loc[1, ["area", "rooms", "town"]] = None
    new.to_csv(tmp_path / "t.csv", index=False)
    shown = done("predict", folder / "price.mlnn", tmp_path / "t.csv", "--interval", 0.8).stderr
    assert shown.count("100 % unknown values") == 1
    assert "row 1 (counted from 0), line 3 holds nothing in any column that the model uses" in shown


def test_columns_are_carried_along(folder):
    shown = done("predict", folder / "price.mlnn", folder / "price.csv", "--id", "key", "--keep", "town,price")
    table = table_of(shown.stdout)
    assert list(table.columns) == ["key", "town", "price", "price (predicted)"]
    frame = pd.read_csv(folder / "price.csv")
    pd.testing.assert_frame_equal(table[["key", "town"]], frame[["key", "town"]])
    assert shown.stderr == ""
    everything = table_of(done("predict", folder / "price.mlnn", folder / "price.csv", "--keep", "all").stdout)
    assert list(everything.columns) == [*frame.columns, "price (predicted)"]


def test_columns_that_no_file_takes_are_left_out_and_said_and_refused_by_name(folder, tmp_path):
    rows = pd.read_csv(folder / "price.csv")
    tags = [[1, 2]] * len(rows)
    rows.assign(tags=tags, raw=[b"x"] * len(rows)).to_parquet(tmp_path / "t.parquet")
    call = ("predict", folder / "price.mlnn", tmp_path / "t.parquet", "--keep")
    shown = done(*call, "all")
    assert list(table_of(shown.stdout).columns) == [*rows.columns, "price (predicted)"]
    for name, what in (("tags", "lists"), ("raw", "bytes")):
        assert f"left out: column '{name}', since {what} cannot be carried along" in shown.stderr
    refused = run(*call, "key,tags")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "column 'tags' holds lists, which cannot be carried along" in refused.stderr


def test_kept_times_of_a_zone_are_said_to_be_written_without_it(tmp_path, random):
    at = pd.date_range("2024", periods=60, freq="7h", tz="America/New_York")
    x, y = random.normal(size=(2, 60))
    pd.DataFrame({"at": at, "x": x, "y": y}).to_parquet(tmp_path / "a.parquet")
    done("train", tmp_path / "a.parquet", "--target", "y", "-o", tmp_path / "a.mlnn", *FAST)
    call = ("predict", tmp_path / "a.mlnn", tmp_path / "a.parquet", "-o", tmp_path / "b.parquet")
    assert "without a zone" not in done(*call).stderr
    assert "mlnn: 'at' is written as UTC, without a zone" in done(*call, "--keep", "at").stderr
    kept = pd.read_parquet(tmp_path / "b.parquet")["at"]
    assert (kept.dt.tz_localize("UTC") == at).all()


def test_no_kept_column_gives_way_to_what_is_predicted(folder, tmp_path):
    frame = pd.read_csv(folder / "price.csv").assign(**{"price (predicted)": 7.0, "price low": 8.0})
    frame.to_csv(tmp_path / "t.csv", index=False)
    shown = done("predict", folder / "price.mlnn", tmp_path / "t.csv", "--keep", "all", "--interval", "0.8")
    table = table_of(shown.stdout)
    added = ["price (predicted 2)", "price low (predicted)", "price high"]
    assert list(table.columns) == [*frame.columns, *added]
    pd.testing.assert_frame_equal(table[frame.columns], frame)
    plain = table_of(done("predict", folder / "price.mlnn", tmp_path / "t.csv", "--interval", "0.8").stdout)
    assert table[added].to_numpy().tolist() == plain.to_numpy().tolist()
    assert "'price', 'price (predicted)' are there already: what is predicted is called 'price (predicted 2)'" in (
        shown.stderr
    )


def test_extra_columns_are_ignored_and_said(folder, tmp_path):
    frame = pd.read_csv(folder / "new.csv").assign(colour="red", owner=range(300))
    frame.to_csv(tmp_path / "t.csv", index=False)
    shown = done("predict", folder / "price.mlnn", tmp_path / "t.csv")
    assert shown.stderr == "mlnn: ignored, since the model does not know them: 'colour', 'owner'\n"
    assert shown.stdout == done("predict", folder / "price.mlnn", folder / "new.csv").stdout


def test_values_that_training_never_saw_are_warned_of(folder, tmp_path):
    pd.read_csv(folder / "new.csv").assign(town="Atlantis").to_csv(tmp_path / "t.csv", index=False)
    shown = process("predict", folder / "price.mlnn", tmp_path / "t.csv")
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr.startswith("mlnn: 'town' has 100 % unknown values: 'Atlantis'; training had")
    assert shown.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_few_values_that_training_never_saw_are_counted_in_one_line(folder, tmp_path, command):
    frame = pd.read_csv(folder / "price.csv").drop(columns="key")
    frame.loc[[3, 4], "town"] = "Atlantis"
    frame.loc[5, "town"] = "Rom"
    frame.to_csv(tmp_path / "t.csv", index=False)
    shown = done(command, folder / "price.mlnn", tmp_path / "t.csv")
    told = "mlnn: unknown to training, of 300 rows: 'town' in 3, such as 'Atlantis'"
    assert shown.stderr.splitlines()[-1] == told
    assert shown.stderr.count("Atlantis") == 1


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("p.csv", pd.read_csv),
        ("p.tsv", lambda path: pd.read_csv(path, sep="\t")),
        ("p.csv.gz", pd.read_csv),
        ("p.parquet", pd.read_parquet),
        ("p.arrow", pd.read_feather),
        ("p.jsonl", lambda path: pd.read_json(path, lines=True)),
    ],
)
def test_the_name_tells_the_format(folder, tmp_path, name, read):
    shown = done("predict", folder / "sold.mlnn", folder / "sold.csv", "--proba", "--id", "key", "-o", tmp_path / name)
    assert (shown.stdout, shown.stderr) == ("", "")
    table = read(tmp_path / name)
    assert list(table.columns) == ["key", "sold", "P(no)", "P(yes)"]
    assert table["key"].tolist() == [f"H{k:03d}" for k in range(300)]
    expected = load(folder / "sold.mlnn").predict_proba(pd.read_csv(folder / "sold.csv"))
    np.testing.assert_allclose(table[["P(no)", "P(yes)"]], expected, rtol=1e-6)


def test_json_lines_on_stdout(folder):
    lines = done("predict", folder / "sold.mlnn", folder / "new.csv", "--json").stdout.splitlines()
    assert len(lines) == 300
    assert {json.loads(line)["sold"] for line in lines} <= {"yes", "no"}


def test_rows_from_standard_input(folder):
    text = (folder / "new.csv").read_text()
    piped = run("predict", folder / "price.mlnn", "-", input=text)
    assert piped.stdout == done("predict", folder / "price.mlnn", folder / "new.csv").stdout


def test_cells_that_begin_like_a_formula_are_protected(folder, tmp_path):
    pd.read_csv(folder / "new.csv").assign(key="=cmd()").to_csv(tmp_path / "t.csv", index=False)
    shown = done("predict", folder / "price.mlnn", tmp_path / "t.csv", "--keep", "key")
    assert "'=cmd()" in shown.stdout
    assert "300 texts begin like a formula, and got" in shown.stderr
    assert (
        "'=cmd()"
        not in done("predict", folder / "price.mlnn", tmp_path / "t.csv", "--keep", "key", "--formulas").stdout
    )
    pd.read_csv(folder / "new.csv").assign(**{"@key": "word"}).to_csv(tmp_path / "t.csv", index=False)
    assert "1 text begins like a" in done("predict", folder / "price.mlnn", tmp_path / "t.csv", "--keep", "@key").stderr


def test_several_labels_a_row(tmp_path, random):
    a, b = random.normal(size=(2, 90))
    frame = pd.DataFrame({"a": a, "b": b, "red": np.where(a > 0, "yes", "no"), "big": (b > 0).astype(int)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    model = tmp_path / "m.mlnn"
    shown = done("train", tmp_path / "t.csv", "--target", "red,big", *FAST, "--epochs", 60, "-o", model).stdout
    assert "classification: 2 labels that a row has or has not" in shown
    table = table_of(done("predict", model, tmp_path / "t.csv", "--proba").stdout)
    assert list(table.columns) == ["red", "big", "P(red)", "P(big)"]
    assert ((table["P(red)"] > 0.5) == table["red"]).all()
    assert json.loads(done("evaluate", model, tmp_path / "t.csv", "--json").stdout)["scores"]["accuracy"] > 0.6


def test_targets_without_names_are_all_predicted(tmp_path, random):
    X = random.normal(size=(60, 2))
    frame = pd.DataFrame(X, columns=["a", "b"])
    frame.to_csv(tmp_path / "t.csv", index=False)
    y = np.column_stack([X, X.sum(axis=1)])
    numbers = ["prediction 0", "prediction 1", "prediction 2"]
    shares = [f"P({each})" for each in numbers]
    for model, columns in (
        (TableRegressor(**QUICK).fit(frame, y), numbers),
        (TableClassifier(**QUICK).fit(frame, (y > 0).astype(int)), numbers + shares),
        (TableClassifier(**QUICK).fit(frame, np.where(y > 0, "up", "down")), None),
    ):
        save(model, tmp_path / "m.mlnn")
        proba = [] if isinstance(model, TableRegressor) else ["--proba"]
        table = table_of(done("predict", tmp_path / "m.mlnn", tmp_path / "t.csv", *proba).stdout)
        assert list(table.columns) == columns if columns else list(table.columns[:3]) == numbers
        expected = model.predict(frame)
        assert (table[numbers].to_numpy() == expected).all() or np.allclose(table[numbers], expected)


def test_targets_are_named_in_the_order_of_training(tmp_path, random):
    frame = pd.DataFrame(random.normal(size=(60, 3)), columns=["a", "low", "high"])
    frame.to_csv(tmp_path / "t.csv", index=False)
    for name in ("low,high", "high,low"):
        done("train", tmp_path / "t.csv", "--target", name, *FAST, "-o", tmp_path / f"{name}.mlnn")
    one, other = tmp_path / "low,high.mlnn", tmp_path / "high,low.mlnn"
    told = run("evaluate", one, tmp_path / "t.csv", "--target", "high,low")
    assert_one_sentence(
        told.exit_code,
        told.stdout,
        told.stderr,
        "the model predicts 'low', 'high', in this order, but --target names 'high', 'low'",
    )
    told = run("compare", one, other, tmp_path / "t.csv")
    assert_one_sentence(told.exit_code, told.stdout, told.stderr, "where both mean the same, say --target COL")


# Judgements


def test_predictions_do_not_go_where_they_would_be_read_the_next_time(folder, tmp_path):
    pd.read_csv(folder / "later.csv").to_csv(tmp_path / "a.csv", index=False)
    found = run("predict", folder / "sold.mlnn", tmp_path, "-o", tmp_path / "b.csv")
    assert found.exit_code == 2
    assert f"it would be read with the files of '{tmp_path}'" in found.stderr


def test_few_rows_have_scores_without_intervals(folder, tmp_path):
    pd.read_csv(folder / "later.csv")[:3].to_csv(tmp_path / "t.csv", index=False)
    shown = done("evaluate", folder / "sold.mlnn", tmp_path / "t.csv")
    assert "interval" not in shown.stdout
    assert "3 rows: too few for intervals of the scores" in shown.stderr


def test_rows_of_a_group_may_err_alike(folder, tmp_path):
    frame = pd.read_csv(folder / "later.csv").assign(house=np.arange(90))
    pd.concat([frame] * 4).to_csv(tmp_path / "t.csv", index=False)
    model, options = folder / "sold.mlnn", ["--group", "house", "--json"]
    found = json.loads(done("evaluate", model, tmp_path / "t.csv", *options).stdout)
    expected = load(model).evaluation(frame, frame["sold"]).intervals()["log_loss"]
    assert np.ptp(found["intervals"]["log_loss"]) == pytest.approx(np.ptp(expected), rel=0.2)
    assert found["said"] == []
    assert (found["group_count"], {each["rows"] for each in found["groups"].values()}) == (90, {4.0})


def test_groups_are_scored_by_themselves(folder, tmp_path):
    frame = pd.read_csv(folder / "later.csv")
    frame.assign(town=np.where(frame["town"] == "Bonn", None, " " + frame["town"])).to_csv(
        tmp_path / "t.csv", index=False
    )
    found = json.loads(done("evaluate", folder / "sold.mlnn", tmp_path / "t.csv", "--group", "town", "--json").stdout)
    towns = frame["town"].replace("Bonn", "(none)").fillna("(none)").value_counts()
    assert {name: each["rows"] for name, each in found["groups"].items()} == towns.to_dict()
    shown = done("evaluate", folder / "sold.mlnn", tmp_path / "t.csv", "--group", "town").stdout
    lines = shown[shown.index("groups") :].splitlines()
    assert lines[1].split() == ["rows", "log", "loss", "accuracy", "F1", "ROC", "area"]
    assert [line.split()[:2] for line in lines[2:]] == [[name, str(count)] for name, count in towns.items()]
    frame.assign(house=np.arange(90)).to_csv(tmp_path / "t.csv", index=False)
    shown = done("evaluate", folder / "sold.mlnn", tmp_path / "t.csv", "--group", "house").stdout
    assert shown.splitlines()[-1] == "… and 70 more; --json has all of them"


def test_evaluate_judges_by_the_rows_it_is_given(folder):
    frame = pd.read_csv(folder / "later.csv")
    content = json.loads(done("evaluate", folder / "sold.mlnn", folder / "later.csv", "--json").stdout)
    assert content["rows"] == 90
    assert content["scores"] == load(folder / "sold.mlnn").evaluate(frame, frame["sold"])
    shown = done("evaluate", folder / "price.mlnn", folder / "price.csv").stdout
    assert shown.splitlines()[0] == "price, 300 rows"
    assert [line.split()[0] for line in shown.splitlines()[2:5]] == ["R²", "RMSE", "MAE"]
    assert re.search(r"^intervals of 50, 80, 90 and 95 % held the truth in .* % of 300 rows$", shown, re.MULTILINE)
    prices = pd.read_csv(folder / "price.csv")
    table = table_of(done("predict", folder / "price.mlnn", folder / "price.csv", "--interval", 0.8).stdout)
    held = json.loads(done("evaluate", folder / "price.mlnn", folder / "price.csv", "--json").stdout)["held"]
    assert held["0.8"] == prices["price"].between(table["price low"], table["price high"]).mean()
    assert "held" not in content


def test_weights_count_in_an_evaluation(folder, tmp_path):
    frame = pd.read_csv(folder / "later.csv").assign(w=np.arange(90.0))
    frame.to_csv(tmp_path / "t.csv", index=False)
    weighted = json.loads(done("evaluate", folder / "sold.mlnn", tmp_path / "t.csv", "--weights", "w", "--json").stdout)
    assert weighted["scores"] == load(folder / "sold.mlnn").evaluate(frame, frame["sold"], frame["w"])


@pytest.mark.parametrize("command", ["evaluate", "compare", "explain"])
def test_rows_of_weight_0_are_counted(folder, tmp_path, command):
    pd.read_csv(folder / "later.csv").assign(w=np.arange(90) % 3).to_csv(tmp_path / "t.csv", index=False)
    models = [folder / "sold.mlnn"] * (1 + (command == "compare"))
    if command == "compare":
        models[0] = (tmp_path / "other.mlnn").resolve()
        models[0].write_bytes((folder / "sold.mlnn").read_bytes())
    shown = done(command, *models, tmp_path / "t.csv", "--weights", "w", "--json")
    assert "mlnn: 30 of 90 rows have weight 0 and were left out" in shown.stderr.splitlines()
    assert json.loads(shown.stdout)["rows"] == ([] if command == "explain" else 60)


def test_classes_are_found_again_however_they_are_spelled(folder, tmp_path):
    frame = pd.read_csv(folder / "later.csv")
    plain = done("evaluate", folder / "sold.mlnn", folder / "later.csv", "--json").stdout
    frame.assign(sold=frame["sold"].map({"yes": "TRUE", "no": "False"})).to_csv(tmp_path / "t.csv", index=False)
    assert done("evaluate", folder / "sold.mlnn", tmp_path / "t.csv", "--json").stdout == plain


def test_truth_values_of_parquet_are_those_of_text(tmp_path):
    table = houses(90).drop(columns="price")
    table["sold"] = table["sold"] == "yes"
    table.to_parquet(tmp_path / "train.parquet")
    table.to_csv(tmp_path / "new.csv", index=False)
    done("train", tmp_path / "train.parquet", "--target", "sold", *FAST, "-o", tmp_path / "m.mlnn")
    judged = [
        done("evaluate", tmp_path / "m.mlnn", tmp_path / name, "--json").stdout for name in ("train.parquet", "new.csv")
    ]
    assert judged[0] == judged[1]
    assert set(table_of(done("predict", tmp_path / "m.mlnn", tmp_path / "new.csv").stdout)["sold"]) <= {True, False}


# What it is


def test_inspect_shows_columns_scores_network_and_settings(folder):
    content = json.loads(done("inspect", folder / "price.mlnn", "--json").stdout)
    assert content["task"] == "regression"
    assert content["data"] == "price.csv"
    assert content["networks"][0]["output"] == {"is": "LeastSquares"}
    settings = content["settings"]
    assert (settings["epochs"], settings["rate"], settings["batch_size"]) == (4, 0.002, 16)
    assert (settings["hidden"], settings["columns"]) == ([8], {"key": "drop"})
    assert {each["name"]: each["kind"] for each in content["columns"]}["key"] == "dropped"
    assert content["scores"] == load(folder / "price.mlnn").scores_
    shown = done("inspect", folder / "price.mlnn").stdout
    for part in (
        "regression: ",
        "key    dropped   not used: you left it out",
        "7×8",
        "epochs kept",
        "RMSE",
        "rate          0.002",
    ):
        assert part in shown


def test_inspect_shows_models_that_know_no_table(random, tmp_path):
    X, y = random.normal(size=(20, 2)), np.arange(20) % 2
    perceptron = MLPClassifier(hidden_layer_sizes=(3,), tol=10.0, n_iter_no_change=1).fit(X, y)
    for model, size in ((perceptron, 13), (Model([2, 3, 2]), 17)):
        save(model, tmp_path / "m.mlnn")
        shown = done("inspect", tmp_path / "m.mlnn").stdout
        assert all(part in shown for part in (type(model).__name__, "W1", "2×3"))
        content = json.loads(done("inspect", tmp_path / "m.mlnn", "--json").stdout)
        assert (content["kind"], content["parameters"]) == (type(model).__name__, size)


def test_rows_that_have_no_target_at_all_judge_nothing(folder, tmp_path):
    pd.read_csv(folder / "later.csv").assign(sold=None).to_csv(tmp_path / "d.csv", index=False)
    ended = run("evaluate", folder / "sold.mlnn", tmp_path / "d.csv")
    assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "the target is missing in all ")


def test_what_judges_is_not_called_ignored(folder, tmp_path):
    frame = pd.read_csv(folder / "later.csv")
    save(TableClassifier(**QUICK).fit(frame.drop(columns="sold"), frame["sold"].to_numpy()), tmp_path / "m.mlnn")
    frame.assign(w=1.0, other=2).to_csv(tmp_path / "d.csv", index=False)
    judged = done("evaluate", tmp_path / "m.mlnn", tmp_path / "d.csv", "--target", "sold", "--weights", "w")
    assert judged.stderr.endswith("mlnn: ignored, since the model does not know them: 'other'\n")
    for command in ("evaluate", "compare"):
        ended = run(command, tmp_path / "m.mlnn", *[folder / "sold.mlnn"] * (command == "compare"), tmp_path / "d.csv")
        assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "does not know its target's name")


def test_a_model_from_python_can_be_used(folder, tmp_path):
    frame = pd.read_csv(folder / "later.csv")
    model = TableClassifier(**QUICK).fit(frame.drop(columns="sold"), frame["sold"])
    save(model, tmp_path / "m.mlnn")
    assert "given from Python" in done("inspect", tmp_path / "m.mlnn").stdout
    predicted = table_of(done("predict", tmp_path / "m.mlnn", folder / "later.csv").stdout)
    assert predicted.iloc[:, 0].tolist() == model.predict(frame).tolist()
    judged = json.loads(
        done("evaluate", tmp_path / "m.mlnn", folder / "later.csv", "--target", "sold", "--json").stdout
    )
    assert judged["scores"] == model.evaluation(frame, frame["sold"]).scores


@pytest.mark.parametrize("classifies", [True, False])
def test_words_that_meant_missing_in_python_mean_it_in_the_shell(tmp_path, random, classifies):
    table = pd.DataFrame({"a": random.normal(size=60), "b": random.normal(size=60)})
    word = "zzz" if classifies else -999
    y = pd.Series(
        np.where(table.a > 0, "yes", "no") if classifies else np.round(10 + table.a, 3), name="y", dtype=object
    )
    y[:6] = word
    y = y if classifies else y.astype(float)
    model = (TableClassifier if classifies else TableRegressor)(missing=[str(word)], **QUICK).fit(table, y)
    save(model, tmp_path / "m.mlnn")
    table.assign(y=y).to_csv(tmp_path / "d.csv", index=False)
    judged = json.loads(done("evaluate", tmp_path / "m.mlnn", tmp_path / "d.csv", "--json").stdout)
    assert judged["rows"] == 54
    assert judged["said"][0] == "6 of 60 rows have no target and were left out"
    assert judged["scores"] == model.evaluation(table, y).scores


def test_a_column_is_the_target_where_somebody_says_so(tmp_path, random):
    table = pd.DataFrame({"a": random.normal(size=60), "b": random.normal(size=60)})
    save(TableRegressor(**QUICK).fit(table, table.a.to_numpy()), tmp_path / "m.mlnn")
    table.assign(prediction=table.b).to_csv(tmp_path / "d.csv", index=False)
    explained = done("explain", tmp_path / "m.mlnn", tmp_path / "d.csv")
    assert "mean square by which predictions move" in explained.stdout
    assert "ignored, since the model does not know them: 'prediction'" in explained.stderr
    named = done("explain", tmp_path / "m.mlnn", tmp_path / "d.csv", "--target", "prediction")
    assert "fall of R²" in named.stdout
    assert "ignored" not in named.stderr


# Bad input

BAD = [
    (["evaluate", "sold.mlnn", "other.csv"], "column 'sold', the target, is not in other.csv"),
    (["evaluate", "sold.mlnn", "new.csv"], "column 'sold', the target, is not in new.csv"),
    (["evaluate", "sold.mlnn", "unknown.csv"], "'sold' holds 'perhaps' in row 0 (counted from 0), line 2, but"),
    (["evaluate", "sold.mlnn", "later.csv", "--weights", "town"], "weights must be numbers"),
    (
        ["predict", "sold.mlnn", "other.csv"],
        "the columns differ from those of training: 'town' missing",
    ),
    (["predict", "price.mlnn", "none.csv", "--proba"], "'price' is a quantity"),
    (["predict", "price.mlnn", "none.csv", "--threshold", "0.5"], "'price' is a quantity"),
    (["predict", "sold.mlnn", "none.csv", "--interval", "0.9"], "'sold' holds classes"),
    (["predict", "price.mlnn", "none.csv", "--interval", "0.99999"], "--interval 0.99999: "),
    (["predict", "price.mlnn", "new.csv", "--keep", "twon"], "column 'twon' is not in new.csv; did you mean 'town'?"),
    (["predict", "price.mlnn", "new.csv", "-o", "no/p.csv"], "cannot write 'no/p.csv': there is no directory 'no'"),
    (["predict", "price.mlnn", "new.csv", "-o", "price.mlnn"], "it is the same file as 'price.mlnn'"),
    (["predict", "price.mlnn", "new.csv", "-o", "new.csv"], "it is the same file as 'new.csv'"),
    (["predict", "price.mlnn", "new.csv", "-o", "p.xlsx"], "a workbook is no format to write"),
    (["predict", "none.mlnn", "none.csv", "-o", "p.csv.zst"], "of packed files, .gz, .bz2, .xz, .zip are written"),
    (["predict", "none.mlnn", "none.csv", "-o", "p.parquet.gz"], ".parquet is packed by itself; leave .gz out"),
    (["predict", "none.mlnn", "none.csv", "-o", "p.csv.gz"], "there is no model file 'none.mlnn'"),
    (["train", "none.csv", "--target", "y", "-o", "m.mlnn.zst"], "it would not be packed; leave .zst out"),
    (["train", "none.csv", "--target", "y", "--report", "r.html.gz"], "it would not be packed; leave .gz out"),
    (["tune", "none.csv", "--target", "y", "--study", "s.zip"], "it would not be packed; leave .zip out"),
    (["explain", "none.mlnn", "none.csv", "-o", "e.json.gz"], "it would not be packed; leave .gz out"),
    (
        ["predict", "price.csv", "new.csv"],
        "'price.csv': it is not an mlnn model, but text that begins with 'key,area', as a table does",
    ),
    (["predict", "moons.mlnn", "new.csv"], "'moons.mlnn' holds a Model, which was not trained on a table"),
    (
        ["inspect", "price.csv"],
        "'price.csv': it is not an mlnn model, but text that begins with 'key,area', as a table does",
    ),
    (["inspect", "none.mlnn"], "there is no model file 'none.mlnn'"),
    (["moons", "-o", "no/m.png"], "cannot write 'no/m.png': there is no directory 'no'"),
    (["moons", "-o", "m.xyz"], "cannot write 'm.xyz': a picture's name must end in one of"),
]


@pytest.mark.parametrize(("arguments", "sentence"), BAD, ids=[" ".join(a)[:60] for a, _ in BAD])
def test_bad_input_ends_with_one_sentence(folder, monkeypatch, arguments, sentence):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.chdir(folder)
    ended = run(*arguments)
    assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, sentence)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_damaged_model_file_is_refused(folder, tmp_path):
    whole = (folder / "sold.mlnn").read_bytes()
    for content in (whole[:-100], whole.replace(b"Softmax", b"Softmix"), b"", whole[:50]):
        (tmp_path / "d.mlnn").write_bytes(content)
        ended = run("inspect", tmp_path / "d.mlnn")
        assert ended.exit_code == 2
        assert "d.mlnn" in ended.stderr


def test_moons_in_a_process_of_its_own(tmp_path):
    told = process("moons", "--passes", "1001", "--no-show", "-o", str(tmp_path / "m.png")).stdout
    assert told.splitlines()[0] == "Loss after iteration 0: 0.700172"
    assert "Training accuracy" in told
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")


def test_check_passes_and_says_so():
    """Alone: gates that other tests define, some wrong on purpose, are in the catalogue of their process."""
    assert "passed; the worst relative error" in process("check").stdout
