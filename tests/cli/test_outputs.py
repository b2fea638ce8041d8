"""No output of any command is one of its inputs or another output; every output can go to standard output."""

import ast
import os
from itertools import permutations
from pathlib import Path

import pytest
from commands import FAST, done, houses, run, unix

import mlnn.cli
from mlnn import load
from mlnn.cli.app import COMMANDS

TARGET = ("--target", "price")
SEARCH = ("--members", "2", "--trials", "1", "--quiet")

WRITTEN = {
    "moons": ((), (), {"output": ("-o", ".png")}, ("--passes", "2", "--no-show", "--quiet")),
    "train": (
        ("data.csv",),
        ("--valid", "later.csv"),
        {"output": ("-o", ".mlnn"), "report": ("--report", ".html")},
        (*TARGET, *FAST, "--quiet"),
    ),
    "predict": (("model.mlnn", "data.csv"), (), {"output": ("-o", ".csv")}, ()),
    "explain": (("model.mlnn", "data.csv"), (), {"output": ("-o", ".png")}, ("--most", "0")),
    "distil": (
        ("model.mlnn", "data.csv"),
        ("--valid", "later.csv"),
        {"output": ("-o", ".mlnn")},
        ("--made", "0", "--epochs", "2", "--hidden", "8", "--quiet"),
    ),
    "tune": (
        ("data.csv",),
        ("--valid", "later.csv"),
        {"output": ("-o", ".mlnn"), "study": ("--study", ".journal")},
        (*TARGET, *SEARCH),
    ),
    "doctor": (
        ("data.csv",),
        ("--valid", "later.csv"),
        {"report": ("--report", ".html")},
        (*TARGET, "--quiet", *FAST[:2]),
    ),
}
"""Of every command that writes: what it reads, in order and by option; its outputs' options and ends of their names;
and what else it takes."""


def test_the_table_knows_every_output_of_every_command():
    found = {}
    for command, (module, _) in COMMANDS.items():
        tree = ast.parse(Path(mlnn.cli.__file__).with_name(f"{module}.py").read_text(encoding="utf-8"))
        (function,) = (each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == command)
        calls = (each for each in ast.walk(function) if isinstance(each, ast.Call))
        asked = {each.args[0].id for each in calls if getattr(each.func, "id", "") == "writable"}
        options = {each.arg for each in function.args.args} & {"output", "report", "study"}
        assert asked == options, f"{command} does not ask whether it may write {options - asked}"
        found |= {command: options} if options else {}
    assert found == {command: set(outputs) for command, (_, _, outputs, _) in WRITTEN.items()}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outputs")
    houses(60).drop(columns="sold").to_csv(folder / "data.csv", index=False)
    houses(30, seed=2).drop(columns="sold").to_csv(folder / "later.csv", index=False)
    done("train", folder / "data.csv", *TARGET, *FAST, "--quiet", "-o", folder / "model.mlnn")
    return folder


@pytest.fixture
def folder(house, tmp_path, monkeypatch):
    """Return a folder of the test's own, with what commands read."""
    for each in house.iterdir():
        (tmp_path / each.name).write_bytes(each.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.exists()}


WAYS = {
    "its name": lambda name: name,
    "another way": lambda name: f"../{Path.cwd().name}/./{name}",
    "a link": lambda name: linked(os.symlink, name),
    "a second name": lambda name: linked(os.link, name),
}


def linked(link, name):
    link(name, f"other{Path(name).suffix}")
    return f"other{Path(name).suffix}"


@unix
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("command", "output", "read"),
    [
        (command, output, name)
        for command, (inputs, more, outputs, _) in WRITTEN.items()
        for output in outputs
        for name in (*inputs, *more[1::2])
    ],
)
def test_no_output_is_an_input(folder, command, output, read, way):
    inputs, more, outputs, rest = WRITTEN[command]
    name = WAYS[way](read)
    before = contents(folder)
    result = run(command, *inputs, *more, *rest, outputs[output][0], name)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert f"cannot write '{name}': it is the same file as" in result.stderr
    assert contents(folder) == before


@unix
@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("command", "one", "other"),
    [(command, *pair) for command, (_, _, outputs, _) in WRITTEN.items() for pair in permutations(outputs, 2)],
)
def test_no_output_is_another_output(folder, command, one, other, way, there):
    inputs, _, outputs, rest = WRITTEN[command]
    if there or way == "a second name":
        Path("old").write_bytes(b"old")
    name = WAYS[way]("old")
    before = contents(folder) if Path("old").exists() else None
    result = run(command, *inputs, *rest, outputs[one][0], "old", outputs[other][0], name)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert "it is the same file as" in result.stderr
    assert Path("old").exists() == (before is not None)
    assert before in (None, contents(folder))


def test_only_one_output_goes_to_standard_output(folder):
    result = run("train", "data.csv", *TARGET, *FAST, "-o", "-", "--report", "-")
    assert (result.exit_code, result.stderr) == (2, "mlnn: only one output can go to standard output\n")
    result = run("tune", "data.csv", *TARGET, *SEARCH, "--study", "-")
    assert (result.exit_code, result.stderr) == (2, "mlnn: --study takes a file: it is read and written\n")


@pytest.mark.parametrize(
    ("command", "output", "begins"),
    [
        ("moons", "output", b"\x89PNG"),
        ("train", "report", b"<!doctype html>"),
        ("predict", "output", b"price\n"),
        ("explain", "output", b"\x89PNG"),
        ("doctor", "report", b"<!doctype html>"),
    ],
)
def test_a_dash_is_standard_output_and_results_are_beside_it(folder, command, output, begins):
    inputs, _, outputs, rest = WRITTEN[command]
    before = contents(folder)
    result = run(command, *inputs, *rest, outputs[output][0], "-")
    assert result.exit_code in ((0, 1) if command == "doctor" else (0,)), result.output
    assert result.stdout_bytes.lower().startswith(begins.lower())
    if begins.startswith(b"<"):
        assert result.stdout_bytes.rstrip().endswith(b"</html>")
    assert (command == "predict") == (not result.stderr), "what was found is on stderr"
    assert contents(folder) == before


def test_a_model_that_goes_through_a_pipe_is_whole(folder):
    result = run("train", "data.csv", *TARGET, *FAST, "--quiet", "-o", "-")
    assert "columns" in result.stderr
    Path("piped.mlnn").write_bytes(result.stdout_bytes)
    assert load("piped.mlnn").scores_ == load("model.mlnn").scores_


@unix
def test_names_are_as_long_as_the_system_allows(folder):
    longest = "a" * (os.pathconf(folder, "PC_NAME_MAX") - 4) + ".csv"
    assert run("predict", "model.mlnn", "data.csv", "-o", longest).exit_code == 0
    assert Path(longest).read_bytes().startswith(b"price\n")
    result = run("predict", "model.mlnn", "data.csv", "-o", f"a{longest}")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
