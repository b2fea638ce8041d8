"""The command line as tests call it, and tables to train on."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from mlnn.cli.app import app

LAUNCH = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in the background
from mlnn.cli import main
main()
"""
COMMAND = [sys.executable, "-W", "error", "-c", LAUNCH]
FAST = ["--epochs", "4", "--members", "2", "--hidden", "8"]
QUICK = {"epochs": 4, "members": 2, "hidden": (8,)}
"""The same settings, for Python."""

SAFETY = 300
"""Seconds after which a process counts as hanging."""

unix = pytest.mark.skipif(os.name != "posix", reason="signals and terminals as on Unix")


def process(*arguments, **settings):
    """Run a command in a process of its own."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=SAFETY, **settings
    )


def run(*arguments, **settings):
    """Run a command in this process: for what needs no process of its own."""
    return CliRunner().invoke(app, [str(each) for each in arguments], **settings)


def done(*arguments):
    """Run a command that goes well."""
    result = run(*arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def assert_one_sentence(code, out, err, sentence):
    assert code == 2, err
    assert out == ""
    assert err.startswith("mlnn: ")
    assert sentence in err
    assert len(err.splitlines()) == 1


def houses(rows, seed=0):
    """Return houses with a price and whether they were sold."""
    random = np.random.default_rng(seed)
    area, rooms = random.uniform(30, 250, rows), random.integers(1, 9, rows)
    frame = pd.DataFrame({"area": area.round(1), "rooms": rooms, "town": random.choice(["Bonn", "Ulm", "Kiel"], rows)})
    price = 2.0 * area + 20.0 * rooms + (frame["town"] == "Bonn") * 80.0 + random.normal(0, 20, rows)
    frame.loc[random.random(rows) < 0.1, "area"] = np.nan
    frame.loc[random.random(rows) < 0.1, "town"] = None
    sold = np.where(price + random.normal(0, 40, rows) > 400, "yes", "no")
    return frame.assign(price=price.round(2), sold=sold)
