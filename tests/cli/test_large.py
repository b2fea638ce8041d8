"""Training and predicting by the command line where a table is larger than what may be taken."""

import json

import numpy as np
import pandas
import pytest
from commands import FAST, done, run

from mlnn import TableClassifier, load
from mlnn.cli import console as cli_console
from mlnn.frame.read import read_table
from mlnn.tabular import room

ROWS = 9_000
LIMIT = ["--memory", "3MB"]


@pytest.fixture(scope="module", autouse=True)
def small():
    """Let a table of a few thousand rows be a large one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room.memory, "SMALL", 0)
        patch.setattr(room, "LEAST", 500)
        patch.setattr(room, "KNOWN", 2_000)
        patch.setattr(room, "BATCH", 1_000)
        yield


@pytest.fixture(scope="module")
def folder(small, tmp_path_factory):
    """Return a folder of Parquet files, and of a model that was trained on them."""
    tmp_path = tmp_path_factory.mktemp("large")
    random = np.random.default_rng(0)
    x = random.normal(size=ROWS)
    table = pandas.DataFrame(
        {
            "key": [f"K{k:05}" for k in range(ROWS)],
            "x": np.where(random.random(ROWS) < 0.1, np.nan, x),
            "town": random.choice(["Ulm", "Jena", "Bonn"], ROWS),
            "count": random.integers(0, 9, ROWS),
            "other": random.normal(size=ROWS),
            "left": np.where(x + random.normal(size=ROWS) > 0, "yes", "no"),
        }
    )
    for k in range(3):
        table[k::3].to_parquet(tmp_path / f"part{k}.parquet", row_group_size=800, index=False)
    trained(tmp_path, "-o", tmp_path / "left.mlnn")
    return tmp_path


def trained(folder, *options):
    return done(
        "train",
        f"{folder}/part*.parquet",
        "--target",
        "left",
        "--id",
        "key",
        *LIMIT,
        *FAST,
        *options,
        "--preset",
        "fast",
    )


def test_it_is_told_before_and_after_and_the_model_is_that_of_python(folder):
    shown = trained(folder, "-o", folder / "again.mlnn", "--report", folder / "left.html")
    assert "to train on in memory, where 3.0 MB may be taken" in " ".join(shown.stderr.split())
    assert " ".join(shown.stdout.split()).count("are trained on in windows from the disk") == 1
    assert shown.stdout.count("classification: 2 classes (no, yes)") == 1
    assert "held out and never trained on" in shown.stdout
    settings = {"epochs": 4, "members": 2, "hidden": (8,), "memory": 3e6, "preset": "fast"}
    table = read_table(f"{folder}/part*.parquet")
    model = TableClassifier(**settings).fit(table.only(["x", "town", "count", "other", "left"]), ("left",))
    assert (load(folder / "again.mlnn").predict_proba(table) == model.predict_proba(table)).all()
    assert (folder / "left.html").stat().st_size > 10_000


@pytest.mark.parametrize("end", ["csv", "parquet"])
def test_predictions_come_batch_by_batch(folder, end):
    shown = done(
        "predict",
        folder / "left.mlnn",
        f"{folder}/part*.parquet",
        "--proba",
        "--keep",
        "count",
        "-o",
        folder / f"out.{end}",
    )
    table = read_table(f"{folder}/part*.parquet")
    written = pandas.read_csv(folder / "out.csv") if end == "csv" else pandas.read_parquet(folder / "out.parquet")
    assert list(written.columns) == ["key", "count", "left", "P(no)", "P(yes)"]
    keys = table["key"]
    assert written["key"].tolist() == [keys[k] for k in range(ROWS)]
    assert written["count"].tolist() == table["count"].tolist()
    expected = load(folder / "left.mlnn").set_params(memory=1e12).predict_proba(table)
    np.testing.assert_array_equal(written[["P(no)", "P(yes)"]].to_numpy(np.float32), expected)
    assert shown.stderr == ""


def test_rows_unlike_training_are_told_of_once(folder):
    other = pandas.read_parquet(folder / "part0.parquet").assign(town="Atlantis")
    for k in range(3):
        other.to_parquet(folder / f"new{k}.parquet", row_group_size=800, index=False)
    shown = done("predict", folder / "left.mlnn", f"{folder}/new*.parquet", "-o", folder / "out.csv")
    assert shown.stderr.count("Atlantis") == 1
    assert "batches of rows" in shown.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--group", "town"], "--group takes all rows at once, but these are read in windows"),
        (["--time", "count"], "--time takes all rows at once"),
        (["--classes", "yes,no"], "--classes takes all rows at once"),
        (["--valid", "0.2"], "--valid 0.2: rows that are read in windows are judged by some held out anyway"),
    ],
)
def test_what_takes_all_rows_is_refused(folder, options, told):
    shown = run("train", f"{folder}/part*.parquet", "--target", "left", *LIMIT, *options)
    assert shown.exit_code == 2
    assert told in shown.stderr
    assert "a larger --memory reads them as a whole" in shown.stderr


def test_other_rows_judge_too(folder):
    shown = trained(folder, "--valid", folder / "part0.parquet")
    assert "3,000 rows aside" in shown.stdout
    assert "rows that the model was trained on" in " ".join(shown.stdout.split())


def test_a_size_is_expected(folder):
    shown = run("train", f"{folder}/part0.parquet", "--target", "left", "--memory", "much")
    assert shown.exit_code == 2
    assert "expected a size such as 500MB or 8GB, but got 'much'" in shown.stderr


def test_training_resumes_from_a_checkpoint(folder):
    options = ["--checkpoint", folder / "run.npz", "--every", "0.001"]
    trained(folder, *options, "-o", folder / "whole.mlnn")
    trained(folder, *options, "--resume", "-o", folder / "resumed.mlnn")
    table = read_table(f"{folder}/part*.parquet")
    one, other, plain = (load(folder / f"{name}.mlnn").predict_proba(table) for name in ("whole", "resumed", "left"))
    assert (one == other).all()
    assert (one == plain).all()


def test_a_size_on_the_command_line_is_the_same_number_in_python(folder):
    shown = done("inspect", folder / "left.mlnn", "--json")
    assert json.loads(shown.stdout)["settings"]["memory"] == 3e6


def test_on_a_terminal_the_windows_are_told_of_once(folder, monkeypatch):
    for console in (cli_console.messages, cli_console.results):
        monkeypatch.setattr(console, "_force_terminal", True)
    shown = trained(folder)
    assert " ".join(shown.stderr.split()).count("to train on in memory") == 1
    assert "to train on in memory" not in " ".join(shown.stdout.split())
