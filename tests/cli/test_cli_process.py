"""The command line in processes of its own: signals, pipes, streams, exit codes, and no traceback whatever happens."""

import gzip
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from mlnn.cli.app import app
from mlnn.frame.preparation import Preparation
from mlnn.frame.split import hold_out
from mlnn.frame.target import ClassCode, target_of
from mlnn.frame.typed import read_frame
from mlnn.tabular.file import load, save
from mlnn.tabular.options import TableOptions
from mlnn.tabular.train import train_table

LAUNCH = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background
from mlnn.cli import main
main()
"""
COMMAND = [sys.executable, "-W", "error", "-c", LAUNCH]
FAST = ["--epochs", "4", "--members", "2", "--hidden", "8"]
SAFETY = 300
"""Seconds after which a process counts as hanging."""

unix = pytest.mark.skipif(os.name != "posix", reason="signals and terminals as on Unix")


def mlnn(*arguments, **settings):
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=SAFETY, **settings
    )


def inside(*arguments):
    """Run a command in this process: for what needs no process of its own."""
    return CliRunner().invoke(app, [str(each) for each in arguments])


def houses(rows, seed=0):
    random = np.random.default_rng(seed)
    area, rooms = random.uniform(30, 250, rows), random.integers(1, 9, rows)
    frame = pd.DataFrame({"area": area.round(1), "rooms": rooms, "town": random.choice(["Bonn", "Ulm", "Kiel"], rows)})
    price = 2.0 * area + 20.0 * rooms + (frame["town"] == "Bonn") * 80.0 + random.normal(0, 20, rows)
    frame.loc[random.random(rows) < 0.1, "area"] = np.nan
    frame.loc[random.random(rows) < 0.1, "town"] = None
    sold = np.where(price + random.normal(0, 40, rows) > 400, "yes", "no")
    return frame.assign(price=price.round(2), sold=sold)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of tables and of two models that predict them."""
    folder, table = tmp_path_factory.mktemp("tables"), houses(300)
    table.drop(columns="price").to_csv(folder / "sold.csv.gz", index=False)
    table.drop(columns="sold").to_parquet(folder / "price.parquet")
    table.drop(columns="sold").to_csv(folder / "price.csv", index=False)
    houses(90, seed=1).drop(columns="price").to_csv(folder / "later.csv", index=False)
    houses(10_000, seed=2).drop(columns="sold").to_csv(folder / "big.csv", index=False)
    table[["area", "rooms", "town"]].to_csv(folder / "new.csv", index=False)
    (folder / "empty.csv").write_text("")
    (folder / "one.csv").write_text("a,y\n1,x\n2,x\n3,x\n")
    (folder / "gap.csv").write_text("a,y\n1,0\n2,\n3,1\n")
    (folder / "text.csv").write_text("a,y\n" + "1,3.5\n2,7.5\n" * 20 + "3,many\n")
    (folder / "other.csv").write_text("area,rooms,city,sold\n100,3,Bonn,yes\n50,2,Ulm,no\n")
    (folder / "unknown.csv").write_text("area,rooms,town,sold\n100,3,Bonn,perhaps\n50,2,Ulm,no\n")
    options = TableOptions(hidden=(8,), epochs=4, members=2)
    for data, target in (("sold.csv.gz", "sold"), ("price.parquet", "price")):
        save(folder / f"{target}.mlnn", train_table(*target_of(read_frame(folder / data), target), target, options))
    return folder


def answers(text):
    return pd.read_csv(io.StringIO(text))


# Streams


def test_results_go_to_stdout_and_messages_to_stderr(folder, tmp_path):
    model, report = tmp_path / "m.mlnn", tmp_path / "r.html"
    files = ["-o", model, "--report", report]
    done = mlnn("train", folder / "sold.csv.gz", "--target", "sold", "--json", *files, *FAST)
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert done.stdout.count("\n") == 1
    assert content["scores"]["log_loss"] < content["baseline"]["log_loss"]
    assert content["summary"]["scores"] == content["scores"]
    lines = done.stderr.splitlines()
    assert re.fullmatch(r"trained on 240 rows in \d+\.\d s, best epochs \d, \d", lines[0])
    assert lines[1:] == [f"model: {model}", f"report: {report}"]
    assert {path.name for path in tmp_path.iterdir()} == {"m.mlnn", "r.html"}
    assert load(model).summary["scores"] == content["scores"]
    frame, sold = target_of(read_frame(folder / "sold.csv.gz"), "sold")
    code = ClassCode.learn(sold)
    aside = hold_out(code.encode(sold), 0.2, 0, "classification")[1]
    assert load(model).evaluate(frame.iloc[aside], sold.iloc[aside]) == content["scores"]


def test_probabilities_of_a_file_are_those_of_python(folder, tmp_path):
    done = mlnn("predict", folder / "sold.mlnn", folder / "later.csv", "--proba", "-o", tmp_path / "p.csv")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    table = pd.read_csv(tmp_path / "p.csv")
    assert list(table.columns) == ["no", "yes"]
    frame = read_frame(folder / "later.csv").drop(columns="sold")
    np.testing.assert_array_equal(table.to_numpy(np.float32), load(folder / "sold.mlnn").predict_proba(frame))


def test_predictions_go_to_stdout_with_or_without_the_target(folder, tmp_path):
    expected = load(folder / "price.mlnn").predict(read_frame(folder / "new.csv"))
    for data in ("price.csv", "price.parquet", "new.csv"):
        done = inside("predict", folder / "price.mlnn", folder / data)
        assert done.stderr == ""
        assert list(answers(done.stdout)) == ["price"]
        np.testing.assert_allclose(answers(done.stdout)["price"], expected, rtol=1e-6)
    np.testing.assert_array_equal(answers(done.stdout)["price"], expected)
    done = inside("predict", folder / "sold.mlnn", folder / "new.csv", "--json")
    assert set(json.loads(done.stdout)["sold"]) == {"yes", "no"}
    done = inside("predict", folder / "sold.mlnn", folder / "new.csv", "--json", "--proba", "-o", tmp_path / "p.json")
    assert done.stdout == ""
    content = json.loads((tmp_path / "p.json").read_text())
    assert list(content) == ["no", "yes"]
    assert len(content["no"]) == 300


def test_evaluate_judges_by_the_rows_it_is_given(folder):
    frame, sold = target_of(read_frame(folder / "later.csv"), "sold")
    done = inside("evaluate", folder / "sold.mlnn", folder / "later.csv", "--json")
    assert json.loads(done.stdout) == {"rows": 90, "scores": load(folder / "sold.mlnn").evaluate(frame, sold)}
    done = inside("evaluate", folder / "price.mlnn", folder / "price.csv")
    assert done.stdout.splitlines()[0] == "price, 300 rows"
    assert [line.split()[0] for line in done.stdout.splitlines()[2:]] == ["R²", "RMSE", "MAE"]


def test_inspect_shows_the_network_and_its_training(folder):
    content = json.loads(inside("inspect", folder / "price.mlnn", "--json").stdout)
    assert content["task"] == "regression"
    assert content["networks"][0]["output"] == {"is": "LeastSquares"}
    assert content["summary"]["options"]["hidden"] == [8]
    shown = inside("inspect", folder / "price.mlnn").stdout
    assert "7×8" in shown
    assert "best epochs" in shown


def test_a_model_without_a_summary_can_be_shown(folder, tmp_path):
    trained = load(folder / "price.mlnn")
    trained.summary.clear()
    save(tmp_path / "m.mlnn", trained)
    assert inside("inspect", tmp_path / "m.mlnn").exit_code == 0
    trained.summary["scores"] = {"my own": 0.5}
    save(tmp_path / "m.mlnn", trained)
    assert "held-out my own" in inside("inspect", tmp_path / "m.mlnn").stdout


def test_names_with_brackets_are_shown_as_they_are(tmp_path):
    table = houses(60).rename(columns={"price": "price [/eur] :house:"}).drop(columns="sold")
    table.to_csv(tmp_path / "t.csv", index=False)
    done = inside("train", tmp_path / "t.csv", "--target", "price [/eur] :house:", *FAST, "-o", tmp_path / "[m].mlnn")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("price [/eur] :house: (regression), 12 held-out rows\n")
    assert f"model: {tmp_path / '[m].mlnn'}" in done.stderr
    assert "price [/eur] :house:" in inside("inspect", tmp_path / "[m].mlnn").stdout


# What is held out


@pytest.mark.filterwarnings("ignore::mlnn.ColumnWarning")  # the held-out rows are as unlike as can be
def test_held_out_rows_teach_nothing(folder, tmp_path):
    """Extreme values in them change neither the preparation nor the networks."""
    table = pd.read_parquet(folder / "price.parquet")
    aside = hold_out(table["price"].to_numpy(), 0.3, 0, "regression")[1]
    models = []
    for name in ("as it is", "extreme"):
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        model = tmp_path / f"{name}.mlnn"
        done = inside("train", tmp_path / f"{name}.csv", "--target", "price", "--valid", "0.3", "-o", model, *FAST)
        assert "90 held-out rows" in done.stdout
        models.append(load(model))
        table.loc[aside, "area"], table.loc[aside, "town"] = 1e12, "Atlantis"
        table.loc[aside, "price"] = 1e6
    one, other = models
    assert one.preparation.to_json() == other.preparation.to_json()
    assert one.target == other.target
    for (_, mine), (_, theirs) in zip(one.members, other.members, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert one.summary["scores"] != other.summary["scores"]


def test_a_file_to_judge_by(folder, tmp_path):
    later = folder / "later.csv"
    done = inside("train", folder / "sold.csv.gz", "--target", "sold", "--valid", later, "-o", tmp_path / "m", *FAST)
    assert "sold (classification), 90 held-out rows" in done.stdout
    assert "trained on 300 rows" in done.stderr
    trained = load(tmp_path / "m")
    assert trained.preparation.to_json() == Preparation().fit(read_frame(folder / "new.csv")).to_json()
    assert trained.summary["scores"] == trained.evaluate(*target_of(read_frame(later), "sold"))


def test_text_that_looks_like_numbers_stays_text_in_a_file_to_judge_by(tmp_path):
    rows = ["007,a1,0", "010,2,1", "x,3,0", "007,2,1"]
    (tmp_path / "t.csv").write_text("code,n,y\n" + "\n".join(row.replace("a1", "1") for row in rows * 5))
    (tmp_path / "v.csv").write_text("code,n,y\n007,1,0\n010,2,1\n")
    (tmp_path / "classes.csv").write_text("n,y\n" + "1,007\n2,x\n3,010\n" * 5)
    (tmp_path / "seen.csv").write_text("n,y\n1,007\n3,010\n")
    done = inside("train", tmp_path / "t.csv", "--target", "y", "--valid", tmp_path / "v.csv", *FAST)
    assert done.exit_code == 0, done.output
    model = tmp_path / "m.mlnn"
    files = ["--valid", tmp_path / "seen.csv", "-o", model]
    done = inside("train", tmp_path / "classes.csv", "--target", "y", *files, *FAST)
    assert done.exit_code == 0, done.output
    done = inside("evaluate", model, tmp_path / "seen.csv", "--json")
    assert json.loads(done.stdout)["rows"] == 2


@pytest.mark.parametrize(("data", "target", "rows"), [("sold.csv.gz", "sold", 300), ("price.parquet", "price", 300)])
def test_cross_validation_gives_a_mean_and_a_spread(folder, data, target, rows):
    done = inside("train", folder / data, "--target", target, "--cv", 3, "--json", *FAST)
    content = json.loads(done.stdout)
    assert set(content["spread"]) == set(content["scores"]) == set(content["baseline"])
    assert all(spread > 0.0 for spread in content["spread"].values())
    assert content["summary"]["rows"] == rows
    done = inside("train", folder / data, "--target", target, "--cv", 3, *FAST)
    first = next(iter(content["scores"]))
    assert f"{content['scores'][first]:.4f} ± {content['spread'][first]:.4f}" in done.stdout


@pytest.mark.parametrize("judged", [["--valid", "0.2"], ["--valid", "0.5"], ["--cv", "3"]])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_class_of_one_row_is_no_reason_to_fail(tmp_path, judged, seed):
    table = houses(60)[["area", "town", "sold"]]
    table.loc[seed, "sold"] = "perhaps"
    table.to_csv(tmp_path / "t.csv", index=False)
    done = inside("train", tmp_path / "t.csv", "--target", "sold", *judged, "--seed", seed, *FAST)
    assert done.exit_code == 0, done.output
    assert "accuracy" in done.stdout


def test_counts_are_quantities_in_the_part_to_train_on_too(tmp_path):
    """0, 1, 2 and one 9 are counts; without the 9 they would look like class numbers."""
    table = houses(60)[["area", "town"]].assign(y=[9] + [0, 1, 2] * 19 + [0, 1])
    for first in range(0, 60, 5):
        table["y"] = np.roll(table["y"], first)
        table.to_csv(tmp_path / "t.csv", index=False)
        done = inside("train", tmp_path / "t.csv", "--target", "y", *FAST, "--epochs", "1")
        assert done.exit_code == 0, done.output
        assert "y (regression)" in done.stdout


# Bad input

BAD = [
    (["train", "nothing.csv", "--target", "y"], "there is no file 'nothing.csv'"),
    (["train", "price.csv", "--target", "prise"], "column 'prise' is not in price.csv; did you mean 'price'?"),
    (["train", "empty.csv", "--target", "y"], "empty.csv is empty"),
    (["train", "one.csv", "--target", "y"], "has only one class or value, x: nothing to learn"),
    (["train", "gap.csv", "--target", "y"], "the target 'y' of gap.csv has 1 missing value, in row 1"),
    (
        ["train", "text.csv", "--target", "y", "--task", "regression"],
        "column 'y' must hold numbers, but row 40 (counted from 0) holds 'many'",
    ),
    (
        ["train", "price.csv", "--target", "price", "--layer", "rleu"],
        "there is no activation 'rleu'; did you mean 'relu'",
    ),
    (
        ["train", "price.csv", "--target", "price", "--optimizer", "clipnorm"],
        "'clipnorm' has settings without a default",
    ),
    (["train", "price.csv", "--target", "price", "--schedule", "cosin"], "did you mean 'cosine'?"),
    (["train", "price.csv", "--target", "price", "--seed", "-1"], "seed must be at least 0"),
    (["train", "price.csv", "--target", "price", "--l2", "nan"], "l2 must be at least 0, but got nan"),
    (
        ["train", "price.csv", "--target", "price", "--valid", "2"],
        "--valid must be a file or a fraction between 0 and 1",
    ),
    (["train", "price.csv", "--target", "price", "--valid", "later"], "there is no file 'later'"),
    (["train", "sold.csv.gz", "--target", "sold", "--valid", "other.csv"], "'town' missing, 'city' unknown"),
    (["train", "sold.csv.gz", "--target", "sold", "--valid", "unknown.csv"], "holds the class 'perhaps'"),
    (["train", "price.csv", "--target", "price", "--cv", "301"], "301 folds need at least as many rows"),
    (
        ["train", "price.csv", "--target", "price", "-o", "no/m.mlnn"],
        "cannot write 'no/m.mlnn': there is no directory 'no'",
    ),
    (["train", "price.csv", "--target", "price", "-o", "."], "cannot write '.': it is a directory"),
    (
        ["train", "price.csv", "--target", "price", "--report", "no/r.html"],
        "cannot write 'no/r.html': there is no directory",
    ),
    (
        ["evaluate", "sold.mlnn", "other.csv"],
        "the columns differ from those of training: 'town' missing, 'city' unknown",
    ),
    (["evaluate", "sold.mlnn", "new.csv"], "column 'sold' is not in new.csv"),
    (
        ["evaluate", "sold.mlnn", "unknown.csv"],
        "row 0 (counted from 0) holds the class 'perhaps', but training had 'no', 'yes'",
    ),
    (
        ["predict", "sold.mlnn", "other.csv"],
        "the columns differ from those of training: 'town' missing, 'city' unknown",
    ),
    (["predict", "price.mlnn", "new.csv", "--proba"], "'price' is a quantity"),
    (["predict", "price.mlnn", "new.csv", "-o", "no/p.csv"], "cannot write 'no/p.csv': there is no directory 'no'"),
    (["predict", "price.csv", "new.csv"], "'price.csv' is not an mlnn model file, or it is damaged"),
    (["inspect", "price.csv"], "'price.csv' is not an mlnn model file, or it is damaged"),
    (["inspect", "none.mlnn"], "there is no model file 'none.mlnn'"),
    (["moons", "-o", "no/m.png"], "cannot write 'no/m.png': there is no directory 'no'"),
    (["moons", "-o", "m.xyz"], "cannot write 'm.xyz': a picture's name must end in one of"),
]


@pytest.mark.parametrize(("arguments", "sentence"), BAD)
def test_bad_input_is_found_before_training_and_ends_with_one_sentence(folder, monkeypatch, arguments, sentence):
    def fail(*_, **__):
        raise AssertionError("training has begun")

    monkeypatch.chdir(folder)
    monkeypatch.setattr("mlnn.cli.train.train_table", fail)
    monkeypatch.setattr("mlnn.model.Model.train", fail)
    done = inside(*arguments)
    assert_one_sentence(done.exit_code, done.stdout, done.stderr, sentence)


def assert_one_sentence(code, out, err, sentence):
    assert code == 2, err
    assert out == ""
    assert err.startswith("mlnn: ")
    assert sentence in err
    assert len(err.splitlines()) == 1


@pytest.mark.slow
def test_bad_input_ends_real_processes_the_same_way(folder):
    chosen = [BAD[k] for k in (0, 2, 4, 5, 6, 16, 22, 25)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = list(pool.map(lambda bad: mlnn(*bad[0], cwd=folder), chosen))
    for done, (_, sentence) in zip(runs, chosen, strict=True):
        assert_one_sentence(done.returncode, done.stdout, done.stderr, sentence)


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        (["--task", "regresion"], "'regresion' is not one of 'auto', 'classification', 'regression'"),
        (["--hidden", "8,x"], "expected widths such as 64,64, but got '8,x'"),
        (["--epochs", "many"], "'many' is not a valid integer"),
        (["--epoch", "3"], "--epochs"),
        (["--cv", "1"], "1 is not in the range x>=2"),
    ],
)
def test_options_that_click_refuses_end_with_code_2(folder, option, hint):
    done = inside("train", folder / "price.csv", "--target", "price", *option)
    assert done.exit_code == 2
    assert hint in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_missing_permissions_are_found_before_training(folder, tmp_path):
    for mode, place in ((0o500, tmp_path / "there"), (0o400, tmp_path / "file")):
        place.mkdir() if mode == 0o500 else place.write_text("old")
        place.chmod(mode)
    for option in (["-o", tmp_path / "there" / "m.mlnn"], ["--report", tmp_path / "file"]):
        done = inside("train", folder / "price.csv", "--target", "price", *option)
        assert_one_sentence(done.exit_code, done.stdout, done.stderr, "permission denied")


def test_missing_permissions_are_asked_about(folder, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("os.access", lambda path, mode: asked.append((path, mode)))
    (tmp_path / "r.html").write_text("old")
    for option in ("-o", "--report"):
        done = inside("train", folder / "price.csv", "--target", "price", option, tmp_path / "r.html")
        assert_one_sentence(done.exit_code, done.stdout, done.stderr, "permission denied")
        assert asked[-1] == (tmp_path.resolve(), os.W_OK), "the new file is made beside the old one"


@unix
def test_a_device_is_not_replaced_by_a_model(folder):
    done = inside("train", folder / "price.csv", "--target", "price", "-o", os.devnull)
    assert_one_sentence(done.exit_code, done.stdout, done.stderr, "there is something else than a file")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize("what", ["-o", "--report"])
def test_what_cannot_be_written_after_all_is_said(folder, tmp_path, monkeypatch, what):
    def fail(path, *_, **__):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("mlnn.cli.train.save", fail)
    monkeypatch.setattr("mlnn.page.write_report", fail)
    done = inside("train", folder / "price.csv", "--target", "price", what, tmp_path / "file", *FAST, "--epochs", "1")
    assert_one_sentence(done.exit_code, done.stdout, done.stderr, f"cannot write '{tmp_path / 'file'}': No space left")


# Signals and pipes


class Training:
    """A process that trains for a long time, with a terminal for its stderr and a model to replace at the end."""

    def __init__(self, folder, place, *options):
        self.model = place / "m.mlnn"
        self.model.write_bytes((folder / "price.mlnn").read_bytes())
        self.before = self.model.read_bytes()
        self.place = place
        arguments = [
            "train",
            str(folder / "big.csv"),
            "--target",
            "price",
            "--epochs",
            "100000",
            "--patience",
            "100000",
        ]
        self.terminal, stderr = os.openpty()
        command = [*COMMAND, *arguments, "-o", str(self.model), "--report", str(place / "r.html"), *options]
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env=environment)
        os.close(stderr)
        self.shown = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
        os.close(self.terminal)

    def wait_for(self, pattern):
        """Read the terminal until something is shown."""
        while not re.search(pattern, self.shown[-5000:]):
            self._read()

    def end(self):
        """Read the terminal to its end; return the exit code and what stood on stdout."""
        try:
            while self._read():
                pass
        except OSError:  # how Linux tells that nobody has the terminal open any more
            pass
        out, _ = self.process.communicate(timeout=SAFETY)
        return self.process.returncode, out

    def _read(self):
        piece = os.read(self.terminal, 65536)
        self.shown += piece
        return piece

    def assert_nothing_was_written(self):
        assert self.model.read_bytes() == self.before
        assert list(self.place.iterdir()) == [self.model]


EPOCH = rb"network 1, epoch \d+: loss \d\.\d{4}, validation \d\.\d{4} [^\r]*\d%[^\r]*m\d+:\d\d:\d\d"


@unix
@pytest.mark.parametrize(
    "options",
    [
        [],
        pytest.param(["--optimizer", "lbfgs"], marks=pytest.mark.slow),
        pytest.param(["--cv", "2"], marks=pytest.mark.slow),
    ],
)
def test_an_interrupt_ends_training_and_writes_nothing(folder, tmp_path, options):
    with Training(folder, tmp_path, *options) as training:
        training.wait_for(EPOCH)
        training.process.send_signal(signal.SIGINT)
        code, out = training.end()
        assert (code, out) == (130, b"")
        assert b"Traceback" not in training.shown
        assert training.shown.endswith(b"mlnn: interrupted\r\n")
        assert b"\x1b[?25h" in training.shown, "the cursor is shown again"
        training.assert_nothing_was_written()


@unix
@pytest.mark.slow
def test_a_termination_ends_training_and_writes_nothing(folder, tmp_path):
    with Training(folder, tmp_path) as training:
        training.wait_for(EPOCH)
        training.process.send_signal(signal.SIGTERM)
        code, out = training.end()
        assert (code, out) == (143, b"")
        assert b"Traceback" not in training.shown
        assert b"\x1b[?25h" in training.shown, "the cursor is shown again"
        training.assert_nothing_was_written()


@unix
@pytest.mark.slow
def test_an_interrupt_while_libraries_load_shows_no_traceback(tmp_path):
    """The first import after the standard library's is interrupted, as if Ctrl-C had come just then."""
    code = """
import sys
class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Impatient())
from mlnn.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=SAFETY)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_any_command_that_is_interrupted_ends_with_130(folder, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("mlnn.cli.use.load", interrupt)
    monkeypatch.setattr("mlnn.cli.check.check_catalogue", interrupt)
    for arguments in (["inspect", "m"], ["predict", "m", "d"], ["evaluate", "m", "d"], ["check"]):
        done = inside(*arguments)
        assert (done.exit_code, done.stdout, done.stderr) == (130, "", "mlnn: interrupted\n")


def test_an_interrupt_while_the_model_is_written_leaves_the_old_one(folder, tmp_path, monkeypatch):
    model = tmp_path / "m.mlnn"
    model.write_bytes(b"old")

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pathlib.Path.replace", interrupt)
    done = inside("train", folder / "price.csv", "--target", "price", "-o", model, *FAST)
    assert done.exit_code == 130
    assert model.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [model]


@unix
@pytest.mark.slow
def test_live_progress_is_one_line_that_is_drawn_again_and_then_removed(folder, tmp_path):
    options = ["--epochs", "30", "--members", "2", "--hidden", "64,64"]
    with Training(folder, tmp_path, *options) as training:
        code, out = training.end()
        assert code == 0, training.shown
    assert "price (regression), 2000 held-out rows" in out.decode()
    text = training.shown.decode()
    live, _, rest = text.partition("\x1b[?25h")
    frames = [re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", frame).strip("\r\n") for frame in live.split("\r\x1b[2K")]
    assert all("\n" not in frame and len(frame) <= 100 for frame in frames)
    epochs = [
        found for frame in frames if (found := re.match(r"network (\d), epoch (\d+): loss [\d.]+, validation", frame))
    ]
    numbers = [(int(found[1]), int(found[2])) for found in epochs]
    assert numbers == sorted(numbers)
    assert numbers[-1] == (2, 30)
    assert frames[-1].endswith("100% 0:00:00")
    assert any(re.search(r"\d+% \d:\d\d:\d\d$", frame) for frame in frames[1:-1])
    assert "\x1b[1A\x1b[2K" in rest, "the line is gone at the end"
    assert re.search(r"\x1b\[2Ktrained on 8000 rows in \d+\.\d s", rest)


@pytest.mark.slow
def test_quiet_says_nothing_but_the_results(folder, tmp_path):
    done = mlnn("train", folder / "price.csv", "--target", "price", "--quiet", "-o", tmp_path / "m.mlnn", *FAST)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("price (regression), 60 held-out rows\n")
    assert load(tmp_path / "m.mlnn").task == "regression"


@unix
@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "price.mlnn", "big.csv"],
        pytest.param(["inspect", "price.mlnn"], marks=pytest.mark.slow),
        pytest.param(["evaluate", "price.mlnn", "price.csv"], marks=pytest.mark.slow),
        pytest.param(["check"], marks=pytest.mark.slow),
    ],
)
def test_a_pipe_that_closes_early_is_no_error_to_tell(folder, arguments):
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, bufsize=0
    )
    if arguments[0] == "predict":
        assert process.stdout.read(6) == b"price\n"
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(SAFETY) in (0, 1)
    assert err == b""


def test_compressed_tables_are_read_whatever_they_are_called(folder, tmp_path):
    (tmp_path / "t.gz").write_bytes(gzip.compress((folder / "new.csv").read_bytes()))
    done = inside("predict", folder / "price.mlnn", tmp_path / "t.gz")
    assert done.stdout == inside("predict", folder / "price.mlnn", folder / "new.csv").stdout
