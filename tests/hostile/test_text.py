"""Text from strangers: whatever columns, labels, files and options are called, no output holds what commands."""

import gzip
import io
import os
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from commands import run, unix

import mlnn
from mlnn.frame.column import TableError
from mlnn.frame.printable import COMMANDS, json_text, printable, printable_lines

NAMES = {
    "area\x1b[31m": "number",
    "\x9b2Jtown": "category",
    "rtl\u202eeman": "number",
    "<script>alert(1)</script>{{7*7}}{% raise %}": "number",
    "=1+1 $x_{1}^2$ %s {0}": "category",
}
"""Columns as strangers name them."""

LABELS = ("\x1b]0;owned\x07no", "=cmd|' /C calc'!A1 <b>yes</b> $\\frac{$")
TARGET = "sold\x1b[2J{{7*7}}"


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A file, and its folder, in which nothing is called as it should be."""
    random, folder = np.random.default_rng(0), tmp_path_factory.mktemp("strangers")
    frame = pd.DataFrame({
        name: random.normal(size=60) if kind == "number" else random.choice(["\x1b[1mBonn", "+Ulm\u2066", "-Kiel"], 60)
        for name, kind in NAMES.items()
    })  # fmt: skip
    frame[TARGET] = np.where(frame.iloc[:, 0] > 0.0, *LABELS)
    frame.to_parquet(folder / "data\x1b[31m.parquet", index=False)
    return folder / "data\x1b[31m.parquet"


FEW = ("--epochs", "2", "--hidden", "4", "--members", "2")


def require_clean(text, sep="\n\t"):
    assert [each for each in COMMANDS.findall(text) if each not in sep] == []


def call(*arguments, code=0):
    """Run a command whose output must be clean."""
    result = run(*arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    require_clean(result.stdout)
    require_clean(result.stderr)
    assert result.exit_code == code, result.output
    return result


class Tags(HTMLParser):
    """Counts tags."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


def require_page(path):
    """Hold a page to be well-formed where it draws, to run nothing, and to show names as text."""
    page = path.read_text(encoding="utf-8")
    require_clean(page)
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.tags
    assert "<script>alert(1)</script>" in tags.text
    assert "{{7*7}}" in tags.text
    for drawing in page.split("<svg")[1:]:
        ET.fromstring("<svg" + drawing.split("</svg>")[0] + "</svg>")


@pytest.mark.filterwarnings("ignore:Glyph")
def test_no_command_lets_text_command(table):
    folder = table.parent
    model, report = folder / "m\x1b[31m.mlnn", folder / "report\x1b.html"
    call("train", table, "--target", TARGET, *FEW, "-o", model, "--report", report)
    require_page(report)
    call("train", table, "--target", TARGET, *FEW, "--json")
    call("inspect", model)
    call("inspect", model, "--json")
    call("evaluate", model, table)
    call("evaluate", model, table, "--json")
    call("explain", model, table, "--row", "0", "-o", folder / "picture.svg")
    drawing = (folder / "picture.svg").read_text(encoding="utf-8")
    require_clean(drawing)
    ET.fromstring(drawing)
    call("explain", model, table, "--json")
    (folder / "other\u202e.mlnn").write_bytes(model.read_bytes())
    call("compare", model, folder / "other\u202e.mlnn", table)
    page = folder / "doctor.html"
    run("doctor", table, "--target", TARGET, "--epochs", "2", "--hidden", "4", "--report", page)
    require_clean(page.read_text(encoding="utf-8"))
    call("predict", model, table, "--json", "--keep", "all")
    assert (
        "--formulas leaves it out" in call("predict", model, table, "-o", folder / "safe.csv", "--keep", "all").stderr
    )
    cells = pd.read_csv(folder / "safe.csv", dtype=str)
    assert all(
        not str(each).startswith(("=", "@", "\t", "\r")) for column in cells for each in [column, *cells[column]]
    )


@pytest.mark.parametrize("command", ["train", "predict", "evaluate", "explain", "inspect", "doctor", "compare", "tune"])
def test_no_error_lets_text_command(table, command):
    none = table.parent / "no\x1b[31m such\nfile"
    models = ["m\x1b"] * {"inspect": 0, "train": 0, "doctor": 0, "tune": 0, "compare": 2}.get(command, 1)
    target = ["--target", "\x1b[31m"] if command in ("train", "doctor", "tune") else []
    result = call(command, *models, none, *target, code=2)
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert call(command, f"--{command}\x1b[31m", code=2).stderr.count("\n") == 1


def test_python_says_nothing_that_commands(table):
    frame = pd.read_parquet(table)
    model = mlnn.TableClassifier(epochs=2, hidden=(4,), members=2).fit(frame.drop(columns=TARGET), frame[TARGET])
    for sentence in model.said_:
        require_clean(sentence, "")
    with pytest.raises(TableError) as problem:
        model.predict(frame[[TARGET]])
    require_clean(str(problem.value), "")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.predict(frame.assign(**{"\x9b2Jtown": "\x1b[31mnowhere"}))
    assert said
    require_clean(str(said[0].message), "")
    with pytest.raises(ValueError, match=r"\\x1b\[31m"):
        mlnn.MLPClassifier(activation="\x1b[31m").fit([[0.0], [1.0]], [0, 1])


@unix
def test_data_that_go_to_a_terminal_are_shown(table, tmp_path):
    import pty

    model = tmp_path / "m.mlnn"
    call("train", table, "--target", TARGET, *FEW, "-o", model)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from mlnn.cli import main; main()", "predict", model, table, "--keep", "all"]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:
                break
            shown += part
            if not part:
                break
        assert process.wait(300) == 0
    os.close(ours)
    text = shown.decode().replace("\r\n", "\n")
    assert "\\x1b[31m" in text
    require_clean(text)


def test_every_character_that_commands_is_written_out():
    every = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0x202E, 0x2066, 0x2028, 0xFEFF, 0xD800, 0xE0041]))
    assert printable(every).isascii()
    assert printable(every).isprintable()
    assert printable_lines("a\n\tb\r") == "a\n\tb\\r"
    assert json_text(every).isascii()
    assert printable("\u200f\u200dé\xa0😀") == "\u200f\u200dé\xa0😀"


BOMB = b"a,b,y\n" + b"1,2,3\n" * (1 << 17)


def zipped(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", content)
    return file.getvalue()


def far_workbook():
    """A workbook with a cell in the last row and column."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"], book.active["A2"], book.active["XFD1048576"] = "a", 1, 2
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.csv.gz", gzip.compress(BOMB)),
        ("bomb.zip", zipped(BOMB)),
        ("twice.gz.gz", gzip.compress(gzip.compress(BOMB))),
        ("both.zip.gz", gzip.compress(zipped(BOMB))),
        ("far.xlsx", far_workbook()),
    ],
)
def test_what_unpacks_to_far_more_than_its_size_is_refused(tmp_path, monkeypatch, name, content):
    monkeypatch.setattr("mlnn.frame.unpack.UNSUSPECTED", 1 << 16)
    monkeypatch.setattr("mlnn.frame.unpack.TIMES", 8)
    Path(tmp_path, name).write_bytes(content)
    result = run("train", tmp_path / name, "--target", "y")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"mlnn: {name} holds more than ")
    assert result.stderr.count("\n") == 1
