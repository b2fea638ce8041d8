"""One hostile command line: a command, files and options of a number, and what must become of them."""

import contextlib
import hashlib
import shutil
import subprocess
import sys
import tempfile
import warnings
from functools import cache
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import click
import numpy as np
import pandas as pd
import uvicorn
from click.testing import CliRunner
from hostile.arrays import one_of
from hostile.files import houses, made, some_file
from hostile.training import Finding, bounded

from mlnn.cli.app import app
from mlnn.frame.printable import COMMANDS
from mlnn.frame.replacing import DRAFT

OFTEN = {"train": 8, "predict": 10, "evaluate": 5, "inspect": 3, "explain": 3, "compare": 2, "doctor": 2, "tune": 1,
         "moons": 1, "play": 2, "check": 1}  # fmt: skip
"""How often each command is called."""

ABSURD = ("", " ", "0", "-1", "1e999", "nan", "inf", "99999999999999999999", "-99999999999999999999", "1.5", "x",
"\x1b[31m",
          "a,b", ",", "\u202e", "=1", "-", "--", "é" * 300, "\ud800", "none", "[]", "1,2,3", "/", ".", "..",
          "/dev/null",
          "0.5", "1", "2", "%s", "{0}", "\x00", "true", "1e-400", "yes=1", "\n", "'", '"', "*", "?", "~")  # fmt: skip
"""What may be written behind any option."""

COLUMNS = (
    "area",
    "rooms",
    "town",
    "day",
    "price",
    "sold",
    "area,rooms",
    "AREA",
    "nothing",
    "area,area",
    " town ",
    "all",
)

GOOD = {
    "--hidden": ("4", "3,2", "", "1"), "--layer": ("tanh", "relu", "gelu", "maxout"), "--epochs": ("1", "2", "3"),
    "--optimizer": ("adam", "sgd", "adamw", "lion", "rmsprop", "lbfgs"), "--rate": ("0.01", "1e-8", "1"),
    "--schedule": ("cosine", "constant"), "--batch-size": ("1", "5", "1000"), "--dropout": ("0", "0.5"),
    "--l2": ("0", "0.1"), "--patience": ("1", "3"), "--members": ("1", "2", "3"), "--time-budget": ("1", "1s"),
    "--threads": ("1", "2"), "--seed": ("0", "7"), "--task": ("auto", "regression", "classification"),
    "--sep": (",", "tab", ";"), "--encoding": ("utf-8", "latin-1", "utf-16", "no-such"), "--decimal": (".", ","),
    "--thousands": (",", "."), "--missing": ("n/a", "", "0"), "--header": ("0", "1", "3"), "--table": ("houses",
    "x"),
    "--most-bytes": ("1MB", "100", "1kb"), "--valid": ("0.3", "0.01"), "--threshold": ("0.5", "f1", "accuracy"),
    "--interval": ("0.9", "0.5"), "--row": ("0", "3", "99"), "--most": ("0", "2"), "--trials": ("1",),
    "--budget": ("1s",),
    "--classes": ("yes,no", "no"), "--class-weight": ("balanced", "yes=2", "yes=2,no=1"), "--passes": ("1", "5"),
    "--port": ("0",), "--samples": ("10", "30"), "--noise": ("0.1", "0"),
}  # fmt: skip
"""What should do behind an option."""

FEW = {"train": ("--epochs", "1", "--members", "2", "--hidden", "4"), "doctor": ("--epochs", "1", "--hidden", "4"),
       "tune": ("--trials", "1", "--budget", "2s", "--epochs", "1"), "moons": ("--passes", "2")}  # fmt: skip
"""What keeps a command short."""


@cache
def start():
    """Train the models that commands use; return their folder, the table, and its forms."""
    folder = Path(tempfile.mkdtemp())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    frame = houses()
    forms = made(frame)
    (folder / "plain.csv").write_bytes(forms["plain.csv"])
    for name, target, rest in (("price", "price", "sold"), ("sold", "sold", "price")):
        line = [
            "train",
            str(folder / "plain.csv"),
            "--target",
            target,
            "--drop",
            rest,
            "-o",
            str(folder / f"{name}.mlnn"),
        ]
        result = CliRunner().invoke(app, [*line, *FEW["train"]])
        assert result.exit_code == 0, result.output
    answers = {}
    for name in ("price", "sold"):
        line = ["predict", str(folder / f"{name}.mlnn"), str(folder / "plain.csv")]
        answers[name] = CliRunner().invoke(app, line).stdout
    return folder, frame, forms, answers


def options_of(random, command, count):
    """Return some options of a command with values that should do, or should not."""
    given = []
    options = [each for each in command.params if isinstance(each, click.Option)]
    for _ in range(count):
        option = one_of(random, options)
        flag = one_of(random, option.opts)
        given.append(flag)
        if option.is_flag:
            continue
        if random.random() < 0.03:
            continue  # and nothing behind it
        if "COL" in (option.metavar or ""):
            given.append(one_of(random, COLUMNS) if random.random() < 0.9 else one_of(random, ABSURD))
        else:
            choice = GOOD.get(option.opts[0], ())
            given.append(one_of(random, choice) if choice and random.random() < 0.8 else one_of(random, ABSURD))
    if random.random() < 0.03:
        given.insert(int(random.integers(len(given) + 1)), one_of(random, ABSURD))
    return given


def line_of(random, folder):
    """Return a command line, the files that it reads, and the model, if that and an undamaged table is all of it."""
    models, frame, forms, _ = start()
    name = one_of(random, [name for name, times in OFTEN.items() for _ in range(times)])
    command = app.get_command(None, name)
    file, whole = some_file(random, forms, folder, frame)
    model = one_of(random, ("price", "sold"))
    line, given = [name], options_of(random, command, one_of(random, (0, 0, 0, 1, 1, 2, 3)))
    given += FEW.get(name, ())
    if name in ("train", "doctor", "tune"):
        target = one_of(random, (*("price", "sold", "town") * 4, "day", "price,rooms", "", "\x1b[31m", "no"))
        line += [str(file), *(("--target", target) if random.random() < 0.97 else ())]
    elif name in ("predict", "evaluate", "explain"):
        line += [str(models / f"{model}.mlnn"), str(file)]
    elif name == "inspect":
        line += [str(one_of(random, (models / "price.mlnn", models / "sold.mlnn", file)))]
    elif name == "compare":
        line += [str(models / "price.mlnn"), str(models / one_of(random, ("price.mlnn", "sold.mlnn"))), str(file)]
    elif name == "play":
        given += one_of(random, (["--static", str(folder / "page")], [str(file)], ["--port", "99999999"]))
        given += ["--no-browser"]
    elif name == "check":
        given += [str(file)]
    if "-o" in [opt for each in command.params for opt in each.opts] and random.random() < 0.4:
        ends = (
            ".mlnn",
            ".csv",
            ".parquet",
            ".json",
            ".jsonl",
            ".svg",
            ".png",
            ".tsv",
            ".csv.gz",
            ".arrow",
            "",
            ".xlsx",
        )
        given += ["-o", str(one_of(random, (folder / f"out{one_of(random, ends)}", file, folder, *line[1:2], "-",
                                            folder / "no" / "out.csv", "/dev/full", "")))]  # fmt: skip
    plain = whole and name == "predict" and not given
    line += given
    if random.random() < 0.02:
        line = line[: int(random.integers(len(line) + 1))]
        plain = False
    return line, (file, models / "price.mlnn", models / "sold.mlnn", models / "plain.csv"), model if plain else None


class Ended(NamedTuple):
    """What a process of its own came to, as click's runner tells it."""

    stdout: str
    stderr: str
    exit_code: int
    exception: Exception | None = None

    @property
    def output(self):
        return self.stdout + self.stderr


def in_a_process(line):
    """Call the command line as a shell does."""
    command = [sys.executable, "-W", "error", "-c", "from mlnn.cli import main; main()"]
    given = [
        each.replace("\x00", "").encode("utf-8", "surrogateescape" if each.isprintable() else "replace")
        for each in line
    ]
    done = subprocess.run([*command, *given], capture_output=True, check=False, timeout=120)
    return Ended(done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"), done.returncode)


def example(number, alone=False):
    """Run a command line, here or in a process of its own; return the command and its exit code.

    Raises
    ------
    Finding
        If it ends otherwise than it should.
    """
    random = np.random.default_rng(number)
    answers = start()[-1]
    with tempfile.TemporaryDirectory() as folder:
        line, files, model = line_of(random, Path(folder))
        before = [digest(each) for each in files]
        with (
            contextlib.chdir(folder),
            bounded(60),
            warnings.catch_warnings(record=True) as said,
            patch.object(uvicorn.Server, "run"),
        ):
            warnings.simplefilter("always")
            if alone and line[:1] != ["play"]:
                result = in_a_process(line)
            else:
                result = CliRunner().invoke(app, line, prog_name="mlnn")
            if "matplotlib.pyplot" in sys.modules:
                sys.modules["matplotlib.pyplot"].close("all")
        require_good_end(line, result)
        if [digest(each) for each in files] != before:
            raise Finding(f"an input was altered by mlnn {line!r}")
        if model and (result.exit_code or not same(result.stdout, answers[model])):
            raise Finding(f"another answer, {result.output[:300]!r}, of mlnn {line!r}")
        if said:
            each = said[0]
            raise Finding(f"{each.category.__name__}: {each.message} ({each.filename}:{each.lineno}) of mlnn {line!r}")
        if any(DRAFT.fullmatch(each.name) for each in Path(folder).iterdir()):
            raise Finding(f"a draft was left by mlnn {line!r}")
    return (line or [""])[0], str(result.exit_code)


def require_good_end(line, result):
    """Find a traceback, another exit code, more than a line, or text that commands."""
    where, name = f"of mlnn {line!r}", line[0] if line else ""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise Finding(f"{type(result.exception).__name__}: {result.exception} {where}") from result.exception
    if result.exit_code not in ({0, 1, 2} if name in ("doctor", "check") else {0, 2}):
        raise Finding(f"exit code {result.exit_code}: {result.output[-300:]} {where}")
    errors = result.stderr.splitlines()
    if result.exit_code == 2 and line and not (errors and all(each.startswith("mlnn: ") for each in errors)):
        raise Finding(f"not a line: {result.stderr!r} {where}")
    data = name == "predict" or "-" in line  # data and pictures go through a pipe as they are
    for text in [result.stderr] if data else [result.stdout, result.stderr]:
        if found := [each for each in COMMANDS.findall(text) if each not in "\n\t"]:
            raise Finding(f"{found[:3]} command: {text[:300]!r} {where}")


def same(one, other):
    """Tell whether predictions are those of the plain table."""
    found, known = pd.read_csv(StringIO(one)), pd.read_csv(StringIO(other))
    return (
        list(found) == list(known)
        and len(found) == len(known)
        and (np.allclose(found, known, rtol=1e-9) if found.dtypes.iloc[0].kind == "f" else found.equals(known))
    )


def digest(path):
    """Return what tells whether a file is as it was."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
