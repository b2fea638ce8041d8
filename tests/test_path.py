"""The reader's path in the README: from ``Model.train`` to tanh and back to the update, at most 1,200 lines."""

import importlib
import inspect
import re
from functools import reduce
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
STOPS = re.findall(r"^\s*\| \[`[\w/.]+`\]\(src/(mlnn/[\w/]+)\.py\) \| (.+?) \| (\d+) \|$", README, re.M)
LONGEST = 1200


def definition(module, name):
    """Return a class, a function or a method by its name, without what decorates it."""
    found = reduce(inspect.getattr_static, name.split("."), module)
    return next((getattr(found, inner) for inner in ("func", "fget", "__func__") if hasattr(found, inner)), found)


def lines(path, names):
    module = importlib.import_module(path.replace("/", "."))
    return sum(len(inspect.getsourcelines(definition(module, name))[0]) for name in re.findall(r"`([\w.]+)`", names))


@pytest.mark.parametrize(("path", "names", "stated"), STOPS, ids=[path for path, _, _ in STOPS])
def test_every_stop_of_the_path_is_as_long_as_the_readme_says(path, names, stated):
    counted = lines(path, names)
    assert abs(counted - int(stated)) <= 5 + counted // 10, f"{path} now takes {counted} lines: write that in README.md"


def test_the_path_is_read_in_an_afternoon():
    assert [path.rpartition("/")[2] for path, _, _ in STOPS][:3] == ["model", "loop", "run"]
    assert {"mlnn/engine/step", "mlnn/objective", "mlnn/layer/squashing", "mlnn/optimizer/sgd"} < {
        path for path, _, _ in STOPS
    }
    assert sum(lines(path, names) for path, names, _ in STOPS) <= LONGEST
    assert sum(int(stated) for *_, stated in STOPS) <= LONGEST
