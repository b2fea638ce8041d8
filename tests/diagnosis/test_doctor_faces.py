"""The doctor on the command line, on a page, and drawn."""

import json

import numpy as np
import pandas as pd
import pytest
from browser import HOSTILE, Page
from click.testing import CliRunner
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer, load_diabetes

import mlnn
from mlnn.cli.app import app
from mlnn.diagnosis import Course, Diagnosis, Finding, RangeTest
from mlnn.page import write_diagnosis
from mlnn.plot import plot_range_test

QUICK = ["--hidden", "16", "--epochs", "60"]


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    cancer = load_breast_cancer(as_frame=True).frame
    cancer["target"] = cancer["target"].map({0: "malignant", 1: "benign"})
    cancer["mood"] = ["good", "bad", None] * 189 + ["bad", "good"]
    cancer.to_csv(folder / "cancer.csv", index=False)
    cancer.assign(patient=[f"P{k}" for k in range(len(cancer))]).to_csv(folder / "named.csv", index=False)
    cancer.assign(copy=cancer["target"]).to_csv(folder / "copied.csv", index=False)
    cancer.assign(target="benign").to_csv(folder / "constant.csv", index=False)
    shuffled = np.random.default_rng(0).permutation(cancer["target"].to_numpy())
    cancer.assign(target=shuffled).to_csv(folder / "shuffled.csv", index=False)
    load_diabetes(as_frame=True).frame.to_csv(folder / "diabetes.csv", index=False)
    return folder


def test_a_healthy_table_ends_well(folder):
    for data in ("cancer.csv", "diabetes.csv"):
        done = run("doctor", folder / data, "--target", "target", *QUICK)
        assert done.exit_code == 0, done.output
        assert done.stdout.startswith("0 troubles, ")
        assert "learning rate" in done.stdout
        assert done.stderr == ""


@pytest.mark.parametrize(
    ("data", "arguments", "check"),
    [
        ("copied.csv", [], "leak"),
        ("shuffled.csv", [], "held-out rows"),
        ("cancer.csv", ["--rate", "1e-6"], "learning rate"),
        ("cancer.csv", ["--optimizer", "sgd", "--rate", "100", "--schedule", "constant"], "learning rate"),
        ("diabetes.csv", ["--optimizer", "sgd", "--rate", "100"], "divergence"),
    ],
)
def test_trouble_is_named_and_ends_with_exit_code_1(folder, data, arguments, check):
    done = run("doctor", folder / data, "--target", "target", "--json", *QUICK, *arguments)
    assert done.exit_code == 1
    content = json.loads(done.stdout)
    assert content["target"] == "target"
    assert content["healthy"] is False
    assert check in [each["check"] for each in content["findings"] if each["severity"] == "trouble"]
    printed = run("doctor", folder / data, "--target", "target", *QUICK, *arguments)
    assert printed.exit_code == 1
    assert printed.stdout.splitlines()[1].startswith("trouble")
    assert "Try: " in printed.stdout


def test_a_constant_target_is_said_before_anything_is_examined(folder):
    done = run("doctor", folder / "constant.csv", "--target", "target")
    assert done.exit_code == 2
    assert done.stderr == "mlnn: the target 'target' holds only one class, 'benign': there is nothing to learn\n"


def test_options_without_a_part_are_named_and_no_row_is_left_out_for_them(folder):
    arguments = ["doctor", folder / "cancer.csv", "--target", "target", "--json", *QUICK, "--weights", "mean radius"]
    plain, done = run(*arguments), run(*arguments, "--valid", "0.5")
    assert done.stderr == "mlnn: the doctor examines all rows alike: --valid and --weights have no part in it\n"
    assert json.loads(done.stdout) == json.loads(plain.stdout)
    more = run(*arguments, "--class-weight", "balanced", "--threshold", "f1")
    assert "alike: --weights, --class-weight and --threshold have no part in it" in more.stderr
    assert json.loads(more.stdout) == json.loads(plain.stdout)
    assert "No such option" in run(*arguments, "--preset", "fast").stderr


def test_classes_are_called_by_their_names(folder):
    content = json.loads(run("doctor", folder / "cancer.csv", "--target", "target", "--json", *QUICK).stdout)
    (imbalance,) = [each for each in content["findings"] if each["check"] == "imbalance"]
    assert "the rarest of 2 classes, malignant, has 212 of 569 rows" in imbalance["meaning"]
    done = run("doctor", folder / "diabetes.csv", "--target", "sex", "--json", *QUICK)
    assert "imbalance" in [each["check"] for each in json.loads(done.stdout)["findings"]]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.csv", "--target", "y"], "there is no file"),
        (["cancer.csv", "--target", "targt"], "did you mean 'target'"),
        (["cancer.csv", "--target", "target", "--layer", "rellu"], "relu"),
        (["cancer.csv", "--target", "target", "--report", "no/r.html"], "there is no directory"),
    ],
)
def test_bad_input_ends_with_one_sentence(folder, monkeypatch, arguments, sentence):
    monkeypatch.chdir(folder)
    done = run("doctor", *arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_the_report_is_one_file_with_every_finding_and_three_pictures(folder):
    done = run("doctor", folder / "named.csv", "--target", "target", "--report", folder / "r.html", *QUICK)
    assert "report: " in done.stderr
    page = Page((folder / "r.html").read_text(encoding="utf-8"))
    assert page.titles == ["Learning rate", "Losses", "Inside the network"]
    assert "Predicting target, examined" in page.text
    assert "identifier : 'patient' is not learned from: every row holds something else" in page.text
    assert "Try: nothing, if it does name the rows" in page.text
    assert not set(page.tags) & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert [address for address in page.addresses if not address.startswith("#")] == []
    assert all("url(" not in style and "@import" not in style for style in page.styles)


def test_a_report_of_data_alone_has_no_pictures(tmp_path):
    write_diagnosis(tmp_path / "r.html", mlnn.doctor(mlnn.MLPClassifier(), np.eye(3), ["x"] * 3), "Three")
    page = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert page.titles == []
    assert "Three, examined" in page.text


@pytest.mark.parametrize("text", HOSTILE)
def test_names_are_text_not_markup(tmp_path, text):
    write_diagnosis(tmp_path / "r.html", Diagnosis((Finding("identifier", "trouble", 1.0, text, text),)), text)
    page = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert set(page.tags) <= {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "b", "div"} | {
        "span",
        "footer",
    }
    assert f"Try: {text}" in page.text


def test_a_training_that_diverges_is_drawn_too(tmp_path):
    course = Course((1.0, 5.0, np.inf), (1.0, 1e30, np.nan), 0.7, (), failure="it diverged")
    test = RangeTest((0.1, 1.0, 10.0), (0.5, 1e80, np.inf), 1.0, 1.0, 10)
    write_diagnosis(tmp_path / "r.html", Diagnosis((), test, course))
    assert Page((tmp_path / "r.html").read_text(encoding="utf-8")).titles == ["Learning rate", "Losses"]
    nowhere = Diagnosis((), RangeTest((0.1, 1.0), (np.inf, np.inf), 1.0, np.nan, 10), Course((), (), 0.7, ()))
    write_diagnosis(tmp_path / "r.html", nowhere)
    assert Page((tmp_path / "r.html").read_text(encoding="utf-8")).titles == []


def test_a_range_test_shows_its_numbers():
    test = RangeTest((0.001, 0.01, 0.1, 1.0), (0.9, 0.4, 1e9, np.inf), rate=0.001, start=1.0, epochs=10)
    ax = plot_range_test(test, Figure().add_subplot())
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    lines = {line.get_label(): np.column_stack(line.get_data()) for line in ax.lines}
    np.testing.assert_array_equal(lines["after 10 epochs"], [[0.001, 0.9], [0.01, 0.4]])
    np.testing.assert_array_equal(lines["diverged, or off the scale"], [[0.1, 5.0], [1.0, 5.0]])
    np.testing.assert_array_equal(lines["lowest, 0.4 at 0.01"], [[0.01, 0.4]])
    assert lines["the rate in use, 1e−3"][0, 0] == 0.001
    assert plot_range_test(test).figure is not None


def test_a_table_may_be_given_as_a_frame_with_text():
    frame = pd.DataFrame({"a": np.random.default_rng(0).standard_normal(60), "id": [f"r{k}" for k in range(60)]})
    diagnosis = mlnn.doctor(mlnn.MLPClassifier((4,), max_iter=20), frame[["a"]], frame["a"] > 0.0)
    assert [each.check for each in diagnosis.findings][:3] == ["constant target", "imbalance", "identifier"]
