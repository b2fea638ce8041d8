"""What is no file, where one is expected: pipes, sockets, devices, folders and names at the system's limit."""

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from commands import COMMAND, FAST, SAFETY, assert_one_sentence, done, houses, run, unix

pytestmark = unix
TRAIN = ["train", "data.csv", "--target", "price", "--quiet", *FAST]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder with data, a model, and what is neither; pipes are waited for a moment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mlnn.frame.source.PATIENCE", 0.05)
    monkeypatch.setattr("mlnn.frame.replacing.PATIENCE", 0.05)
    houses(60).drop(columns="sold").to_csv("data.csv", index=False)
    done(*TRAIN, "-o", "m.mlnn")
    os.mkfifo("pipe")
    Path("dir").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("sock")
        yield tmp_path


def refused(*arguments):
    """Return the one line that a command ends in."""
    before = {path: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    ended = run(*arguments)
    assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "mlnn: ")
    assert len(ended.stderr) < 400
    assert {path: path.read_bytes() for path in Path().iterdir() if path.is_file()} == before
    return ended.stderr


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("pipe", "nothing came through the pipe pipe: nobody writes to it"),
        ("sock", "'sock' cannot be read: No such device or address"),
        ("dir", "'dir' has no files"),
        ("/dev/null", "null is empty"),
        ("/dev/full", "full is not a table"),
        ("x" * 255, "there is no file"),
        ("x" * 256, "File name too long"),
        ("y/" * 3000, "File name too long"),
    ],
    ids=lambda each: each[:12],
)
def test_data_that_is_no_file(data, sentence):
    assert sentence in refused("train", data, "--target", "price")
    assert sentence in refused("predict", "m.mlnn", data)


@pytest.mark.parametrize("model", ["pipe", "sock", "dir", "/dev/null", "/dev/zero", "/dev/tty", "x" * 256, "y/" * 3000])
def test_a_model_that_is_no_file(model):
    for command in (["predict", model, "data.csv"], ["evaluate", model, "data.csv"], ["inspect", model]):
        told = refused(*command)
        assert any(each in told for each in ("there is no model file", "without a checkpoint", "too long")), told


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("/dev/full", "No space left on device"),
        ("pipe", "nobody reads from this pipe"),
        ("sock", "No such device or address"),
        ("dir", "it is a directory"),
        ("x" * 256, "File name too long"),
        ("y" * 5000, "File name too long"),
    ],
    ids=lambda each: each[:12],
)
def test_an_output_that_is_no_file(output, sentence):
    assert sentence in refused("predict", "m.mlnn", "data.csv", "-o", output)
    kept = sentence if output not in ("/dev/full", "pipe", "sock") else "there is something else than a file"
    assert kept in refused(*TRAIN, "-o", output)


def test_names_of_the_longest_kind_are_written_and_read():
    for name in ("x" * 255, "é" * 127):
        done(*TRAIN, "-o", name)
        done("predict", name, "data.csv", "-o", "y" * 255)
        assert Path("y" * 255).stat().st_size > 500


def test_a_pipe_that_somebody_reads_gets_it_all(tmp_path):
    found = []
    reader = threading.Thread(target=lambda: found.append(Path("pipe").read_bytes()))
    reader.start()
    done("predict", "m.mlnn", "data.csv", "-o", "pipe")
    reader.join()
    done("predict", "m.mlnn", "data.csv", "-o", "plain.csv")
    assert found == [Path("plain.csv").read_bytes()]


def test_standard_output_that_is_full_ends_in_a_sentence(tmp_path):
    with Path("/dev/full").open("w") as full:
        command = [*COMMAND, "predict", "m.mlnn", "data.csv"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=SAFETY)
    assert ended.returncode == 2
    assert ended.stderr == "mlnn: cannot write '-': No space left on device\n"
