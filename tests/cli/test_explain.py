"""``mlnn explain``, ``compare`` and ``tune``: the numbers that Python gives, files, and one sentence a mistake."""

import json
import re
import signal
import subprocess
import time

import numpy as np
import pandas as pd
import pytest
from commands import COMMAND, FAST, SAFETY, assert_one_sentence, done, houses, run, unix

import mlnn


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    frame = houses(200)
    frame.to_csv(folder / "houses.csv", index=False)
    houses(90, seed=1).to_csv(folder / "new.csv", index=False)
    done("train", folder / "houses.csv", "--target", "price", "--drop", "sold", "-o", folder / "price.mlnn", *FAST)
    done("train", folder / "houses.csv", "--target", "sold", "--drop", "price", "-o", folder / "sold.mlnn", *FAST)
    few = ["--drop", "sold,area", "-o", folder / "few.mlnn", *FAST]
    done("train", folder / "houses.csv", "--target", "price", *few, "--epochs", 30)
    done(
        "train",
        folder / "houses.csv",
        "--target",
        "price",
        "--drop",
        "sold",
        "-o",
        folder / "long.mlnn",
        *FAST,
        "--epochs",
        60,
    )
    return folder


# Explain


def test_explain_tells_what_python_tells(folder):
    found = json.loads(done("explain", folder / "price.mlnn", folder / "houses.csv", "--row", 3, "--json").stdout)
    frame = pd.read_csv(folder / "houses.csv")
    same = mlnn.load(folder / "price.mlnn").explain(frame, frame["price"], row=3)
    assert found["how"] == "200 rows, predicted by networks that were not trained on them"
    worth = {each["column"]: each["mean"] for each in found["importances"]}
    assert worth == pytest.approx({each.column: each.mean for each in same.importances})
    (row,) = found["rows"]
    added = {each["column"]: each["contribution"] for each in row["columns"]}
    assert np.add(row["base"], np.sum(list(added.values()), axis=0)) == pytest.approx(row["prediction"])
    assert row["prediction"] == pytest.approx(same.rows[0].prediction.tolist())
    assert [each["cell"] for each in row["columns"]] == list(same.rows[0].cells)


def test_explain_prints_columns_and_rows(folder):
    shown = done("explain", folder / "sold.mlnn", folder / "new.csv", "--row", 0, "--row", 5).stdout
    assert "what columns are worth, 90 rows, predicted by all 6 networks" in shown
    assert "rise of log loss (nats)" in shown
    assert "row 0: probability of yes" in shown
    assert "row 5: probability of yes" in shown
    assert len(re.findall(r"^row \d: probability of yes 0\.\d+, predicted by all 6 networks$", shown, re.M)) == 2
    assert len(re.findall(r"^mean of all 90 rows +0\.\d+ *$", shown, re.M)) == 2
    more = done("explain", folder / "sold.mlnn", folder / "houses.csv", "--row", 0).stdout
    assert "predicted by networks that were not trained on them" in more
    assert re.search(r"^row 0: probability of yes 0\.\d+, predicted by all 6 networks$", more, re.M)
    assert re.search(r"^mean of 128 rows +drawn by chance +0\.\d+ +± 0\.\d+$", more, re.M)
    assert all(len(line) <= 80 for line in shown.splitlines()[1:])


def test_every_target_is_told_by_its_name(tmp_path, random):
    table = pd.DataFrame({"a": random.normal(size=90), "b": random.normal(size=90)})
    table["price"], table["size"] = 2.0 * table["a"] + 0.5, table["b"] - 0.25
    table["kind"], table["sold"] = np.where(table["b"] > 0, "house", "flat"), np.where(table["a"] > 0, "yes", "no")
    table["big"] = np.where(table["b"] > 0, "yes", "no")
    table.to_csv(tmp_path / "t.csv", index=False)
    for target, told in (
        ("price,size", ["prediction of price", "prediction of size"]),
        ("kind,sold", ["probability of kind: ", "probability of sold: "]),
        ("big,sold", ["probability of big ", "probability of sold "]),
    ):
        others = sorted({"price", "size", "kind", "sold", "big"} - {*target.split(",")})
        options = ("--drop", ",".join(others), "--epochs", 2, "--members", 2, "-o", tmp_path / "m.mlnn")
        done("train", tmp_path / "t.csv", "--target", target, *options)
        shown = done("explain", tmp_path / "m.mlnn", tmp_path / "t.csv", "--row", 1).stdout
        lines = [line for line in shown.splitlines() if line.startswith("row")]
        assert len(lines) == 2
        assert all(line.startswith(f"row 1: {each}") for line, each in zip(lines, told, strict=True)), lines


def test_without_the_target_it_tells_how_far_predictions_move(folder):
    houses(50).drop(columns=["price", "sold"]).to_csv(folder / "bare.csv", index=False)
    shown = done("explain", folder / "price.mlnn", folder / "bare.csv").stdout
    assert "mean square by which predictions move" in shown


@pytest.mark.parametrize("kind", ["png", "svg", "json"])
def test_pictures_and_numbers_are_files(folder, kind):
    path = folder / f"why.{kind}"
    done("explain", folder / "price.mlnn", folder / "new.csv", "--row", 1, "--most", 2, "-o", path)
    head = path.read_bytes()[:300]
    if kind == "json":
        assert 1 <= len(json.loads(path.read_text())["dependences"]) <= 2
    else:
        assert (b"PNG" if kind == "png" else b"<svg" if b"<svg" in head else b"<?xml") in head


# Evaluate


def test_evaluate_tells_how_sure_it_is_and_each_class(folder, tmp_path):
    frame = houses(300).assign(sold=lambda each: each["town"].fillna("none") + each["sold"])
    frame.to_csv(tmp_path / "t.csv", index=False)
    done("train", tmp_path / "t.csv", "--target", "sold", "-o", tmp_path / "m.mlnn", *FAST)
    found = done("evaluate", tmp_path / "m.mlnn", tmp_path / "t.csv")
    assert "95 % interval" in found.stdout
    assert "PR area" in found.stdout.split("classes")[1]
    assert "these are the rows of training" in found.stderr
    content = json.loads(done("evaluate", folder / "price.mlnn", folder / "new.csv", "--json").stdout)
    low, high = content["intervals"]["rmse"]
    assert low < content["scores"]["rmse"] < high
    assert content["classes"] == {}
    assert not any("rows of training" in each for each in content["said"])


# Compare


def test_compare_tells_by_how_much_and_whether_that_is_noise(folder):
    models = [folder / "few.mlnn", folder / "long.mlnn"]
    found = json.loads(done("compare", *models, folder / "new.csv", "--json").stdout)
    best, other = found["models"]
    assert best["name"] == "long.mlnn"
    assert other["mean"] > 0.0
    assert other["exceeds"]
    frame = pd.read_csv(folder / "new.csv")
    assert best["scores"] == pytest.approx(mlnn.load(folder / "long.mlnn").evaluate(frame, frame["price"]))
    shown = done("compare", *models, folder / "new.csv").stdout
    assert "more than noise" in shown
    assert shown.splitlines()[-1] == "long.mlnn is better than all others, and that is more than noise"
    gaps = pd.read_csv(folder / "new.csv").assign(more=1)
    gaps.loc[3, "price"] = None
    gaps.to_csv(folder / "gaps.csv", index=False)
    told = ["1 of 90 rows has no target and was left out", "ignored, since the model does not know them: 'more'"]
    partly = done("compare", *models, folder / "gaps.csv", "--json")
    assert [*json.loads(partly.stdout)["said"][:2], partly.stderr] == [*told, "".join(f"mlnn: {t}\n" for t in told)]
    pd.concat([pd.read_csv(folder / "houses.csv")[5:], gaps]).to_csv(folder / "both.csv", index=False)
    flattered = done("compare", *models, folder / "both.csv")
    assert "are rows that the model was trained on (long.mlnn, few.mlnn): compare by others" in flattered.stderr
    assert "compare by others" not in flattered.stdout
    explained = done("explain", folder / "price.mlnn", folder / "gaps.csv", "--json").stderr
    assert [f"mlnn: {sentence}" for sentence in told] == explained.splitlines()
    judged = json.loads(done("evaluate", folder / "price.mlnn", folder / "gaps.csv", "--json").stdout)["said"]
    assert judged == told
    done("train", folder / "houses.csv", "--target", "sold", *FAST, "--threshold", "f1", "-o", folder / "f1.mlnn")
    shown = done("compare", folder / "f1.mlnn", folder / "sold.mlnn", folder / "new.csv")
    assert "mlnn: f1.mlnn: 'yes' is predicted from a probability of" in shown.stderr
    assert "sold.mlnn" not in shown.stderr
    assert "what depends on a threshold is at each model's own: " in shown.stdout.splitlines()[-2]
    grouped = json.loads(done("compare", *models, folder / "new.csv", "--group", "town", "--json").stdout)["models"]
    assert grouped[1]["mean"] == pytest.approx(other["mean"])
    assert grouped[1]["error"] != pytest.approx(other["error"], rel=0.01)
    few = done("compare", *models, folder / "new.csv", "--group", "town").stdout.splitlines()[-1]
    assert re.fullmatch(r"long.mlnn is best, but \d groups: too few to tell a difference from noise", few)


# Tune


def test_tune_saves_the_best_and_goes_on(folder):
    pytest.importorskip("optuna")
    given = ["tune", folder / "houses.csv", "--target", "price", "--drop", "sold", "--members", 2, "--patience", 3]
    given += ["--study", folder / "price.study", "--trials", 2]
    found = json.loads(done(*given, "-o", folder / "best.mlnn", "--json").stdout)
    assert len(found["trials"]) == 2
    best = mlnn.load(folder / "best.mlnn")
    assert best.scores_["rmse"] == pytest.approx(found["trials"][0]["score"])
    assert best.summary_["target"] == ["price"]
    assert any("of it on new rows" in sentence or "no trial was better" in sentence for sentence in found["said"])
    searched = done(*given)
    shown = searched.stdout
    assert any(sentence in searched.stderr for sentence in ("of it on new rows", "no trial was better"))
    assert shown.startswith("price: 4 trials, the best first")
    assert "defaults" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    done("predict", folder / "best.mlnn", folder / "new.csv")


def test_a_search_that_ends_before_its_first_trial_marks_it(folder):
    pytest.importorskip("optuna")
    ended = done("tune", folder / "houses.csv", "--target", "price", "--members", 2, "--budget", 0.02)
    assert "defaults*" in ended.stdout
    assert ended.stdout.splitlines()[-1] == "* the budget ended before it did"
    assert "the budget ended before the defaults had been tried to the end" in ended.stderr
    assert "* the budget" not in ended.stderr


@unix
def test_an_interrupted_search_keeps_what_it_found(folder):
    pytest.importorskip("optuna")
    study, output = folder / "long.study", folder / "kept.mlnn"
    given = ["tune", folder / "houses.csv", "--target", "price", "--members", 2, "--patience", 3, "--study", study]
    command = [*COMMAND, *map(str, [*given, "-o", output])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as searching:
        ends = time.monotonic() + SAFETY
        while time.monotonic() < ends and not (study.exists() and study.read_text().count('"seconds"') >= 2):
            time.sleep(0.05)
        searching.send_signal(signal.SIGINT)
        out, err = searching.communicate(timeout=SAFETY)
    assert searching.returncode == 130, err
    assert "mlnn: interrupted; what was found until then is kept" in err
    assert "trials, the best first" in out
    assert mlnn.load(output).summary_["target"] == ["price"]


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["explain", "price.mlnn", "new.csv", "--row", "90"], "has 90 rows, counted from 0: there is no row 90"),
        (["explain", "price.mlnn", "new.csv", "-o", "why.txt"], "its name must end in json or one of"),
        (["explain", "price.mlnn", "new.csv", "-o", "new.csv"], "new.csv"),
        (["explain", "new.csv", "new.csv"], "not an mlnn model"),
        (["explain", "price.mlnn", "new.csv", "--target", "pric"], "did you mean 'price'"),
        (["compare", "price.mlnn", "new.csv"], "at least two models"),
        (["compare", "price.mlnn", "price.mlnn", "new.csv"], "given twice"),
        (["compare", "price.mlnn", "sold.mlnn", "new.csv"], "predicts 'price', but 'sold.mlnn' 'sold'"),
        (["tune", "new.csv", "--target", "price", "--study", "new.csv"], "new.csv"),
        (["tune", "new.csv", "--target", "cost"], "'cost'"),
    ],
)
def test_mistakes_get_one_sentence(folder, arguments, sentence):
    files = {"price.mlnn", "sold.mlnn", "new.csv", "why.txt"}
    result = run(*[folder / each if each in files else each for each in arguments])
    assert_one_sentence(result.exit_code, result.stdout, result.stderr, sentence)
