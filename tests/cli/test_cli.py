"""The command line as a user meets it: results, files, and one sentence for every mistake."""

import json
import subprocess
import sys

import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.datasets import load_breast_cancer, load_diabetes

from mlnn.cli.app import app

FAST = ["--epochs", "4", "--members", "2", "--hidden", "8", "--quiet"]


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    cancer = load_breast_cancer(as_frame=True).frame.iloc[:, -8:]
    cancer["target"] = cancer["target"].map({0: "malignant", 1: "benign"})
    cancer["mood"] = ["good", "bad", None] * (len(cancer) // 3) + ["bad"] * (len(cancer) % 3)
    cancer.to_csv(folder / "cancer.csv.gz", index=False)
    load_diabetes(as_frame=True).frame.to_parquet(folder / "diabetes.parquet")
    (folder / "one.csv").write_text("a,y\n1,x\n2,x\n")
    (folder / "empty.csv").write_text("")
    (folder / "gap.csv").write_text("a,y\n1,0\n2,\n3,1\n")
    (folder / "text.csv").write_text("a,y\n1,low\n2,high\n3,mid\n4,low\n5,high\n6,mid\n")
    trained = run("train", folder / "cancer.csv.gz", "--target", "target", "-o", folder / "c.mlnn", *FAST)
    assert trained.exit_code == 0, trained.output
    return folder


def test_train_prints_metrics_against_a_baseline(folder):
    done = run("train", folder / "cancer.csv.gz", "--target", "target", "--json", *FAST)
    content = json.loads(done.stdout)
    assert content["task"] == "classification"
    assert content["scores"]["log_loss"] < content["baseline"]["log_loss"]
    done = run("train", folder / "diabetes.parquet", "--target", "target", "--cv", 2, *FAST, "--epochs", "30")
    assert "cross-validation" in done.stdout
    assert "±" in done.stdout
    assert "R²" in done.stdout


def test_a_saved_model_evaluates_predicts_and_shows_itself(folder):
    done = run("evaluate", folder / "c.mlnn", folder / "cancer.csv.gz", "--json")
    assert json.loads(done.stdout)["scores"]["accuracy"] > 0.7
    done = run("predict", folder / "c.mlnn", folder / "cancer.csv.gz")
    assert set(done.stdout.split()[1:]) <= {"malignant", "benign"}
    done = run("predict", folder / "c.mlnn", folder / "cancer.csv.gz", "--proba", "-o", folder / "p.csv")
    table = pd.read_csv(folder / "p.csv")
    assert list(table.columns) == ["benign", "malignant"]
    assert table.sum(axis=1).to_numpy() == pytest.approx(1.0, abs=1e-6)
    shown = run("inspect", folder / "c.mlnn").stdout
    assert "W1" in shown
    assert "softmax" in shown
    assert json.loads(run("inspect", folder / "c.mlnn", "--json").stdout)["members"] == 2


def test_the_report_is_one_file_with_pictures(folder):
    for data in ("cancer.csv.gz", "diabetes.parquet"):
        done = run("train", folder / data, "--target", "target", "--report", folder / "r.html", *FAST)
        assert done.exit_code == 0, done.output
        page = (folder / "r.html").read_text(encoding="utf-8")
        assert page.count("<svg") >= 3
        assert "<script" not in page
        assert 'src="http' not in page
        assert "held-out" in page.lower()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "nothing.csv", "--target", "y"], "there is no file"),
        (["train", "cancer.csv.gz", "--target", "targt"], "did you mean 'target'"),
        (["train", "empty.csv", "--target", "y"], "empty.csv is empty"),
        (["train", "one.csv", "--target", "y"], "only one class"),
        (["train", "gap.csv", "--target", "y"], "missing"),
        (["train", "text.csv", "--target", "y", "--task", "regression"], "must hold numbers"),
        (["train", "cancer.csv.gz", "--target", "target", "--layer", "rleu"], "did you mean 'relu'"),
        (["train", "cancer.csv.gz", "--target", "target", "--optimizer", "adma"], "did you mean"),
        (["train", "cancer.csv.gz", "--target", "target", "--dropout", "1.5"], "dropout must lie in"),
        (["train", "cancer.csv.gz", "--target", "target", "--valid", "1.5"], "fraction between 0 and 1"),
        (["train", "cancer.csv.gz", "--target", "target", "-o", "no/such/m.mlnn"], "there is no directory"),
        (["train", "cancer.csv.gz", "--target", "target", "--rate", "1e30", "--optimizer", "sgd"], "diverged"),
        (["predict", "cancer.csv.gz", "cancer.csv.gz"], "is not an mlnn model file"),
        (["inspect", "nothing.mlnn"], "there is no model file"),
        (["predict", "c.mlnn", "diabetes.parquet"], "columns differ from those of training"),
    ],
)
def test_bad_input_ends_with_one_sentence_and_code_2(folder, monkeypatch, arguments, sentence):
    monkeypatch.chdir(folder)
    done = run(*arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.output
    assert done.stdout == ""


def test_a_damaged_model_file_is_refused(folder):
    whole = (folder / "c.mlnn").read_bytes()
    for k, content in enumerate((whole[:-100], whole.replace(b"Softmax", b"Softmix"), b"", whole[:50])):
        (folder / "d.mlnn").write_bytes(content)
        done = run("inspect", folder / "d.mlnn")
        assert done.exit_code == 2, k
        assert "d.mlnn" in done.stderr or "Softmix" in done.stderr


def in_a_process_of_its_own(*arguments):
    command = [sys.executable, "-c", "from mlnn.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_moons_in_a_process_of_its_own(tmp_path):
    told = in_a_process_of_its_own("moons", "--passes", "1001", "--no-show", "-o", str(tmp_path / "m.png"))
    assert told.splitlines()[0] == "Loss after iteration 0: 0.700172"
    assert "Training accuracy" in told
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")


def test_check_passes_and_says_so():
    """Alone: gates that other tests define, some wrong on purpose, are in the catalogue of their process."""
    assert "passed; the worst relative error" in in_a_process_of_its_own("check")
