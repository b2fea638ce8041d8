"""README and CONTRIBUTING: what they show runs as it stands, and prints what they say."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from support import blocks, same_last_bits

from mlnn.cli.app import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def commands(text):
    """Return the calls of ``mlnn`` in the shell blocks."""
    lines = [line for block in blocks(text, "sh") for line in block.splitlines()]
    calls = [shlex.split(call, comments=True) for line in lines for call in line.split("&&")]
    return [rest for program, *rest in filter(None, calls) if program == "mlnn"]


@pytest.fixture(scope="module")
def told():
    """Run the Python blocks one after another in one namespace; return it, and what each of them printed."""
    import contextlib
    import io

    import matplotlib as mpl

    with pytest.MonkeyPatch.context() as patched:
        mpl.use("Agg")
        shown = []
        patched.setattr("matplotlib.pyplot.show", lambda *_: shown.append(True))
        before, names, printed = np.random.get_state(), {"__name__": "__main__"}, []
        for block in blocks(README, "python"):
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(block, "README.md", "exec"), names)
            printed.append(out.getvalue())
        np.random.set_state(before)
    return names | {"shown": shown}, printed


def test_every_python_block_runs(told):
    names, printed = told
    assert len(printed) == len(blocks(README, "python")) == README.count("```python") == 4
    assert names["shown"] == [True]


def test_the_losses_are_those_that_the_text_claims(told):
    """The first one everywhere, the path to the last one to the bit where arithmetic rounds as it did for the text."""
    claim = re.search(r"`Loss after iteration 0: ([\d.]+)` … `19000: ([\d.]+)` and `accuracy ([\d.]+)`", README)
    lines = told[1][0].splitlines()
    losses = [line.removeprefix("Loss after iteration ").split(": ") for line in lines if line.startswith("Loss")]
    assert [int(number) for number, _ in losses] == list(range(0, 20000, 1000))
    assert losses[0][1] == claim[1]
    assert float(losses[-1][1]) == pytest.approx(float(claim[2]), abs=1e-4)
    if same_last_bits():
        assert losses[-1][1] == claim[2]
    assert f"accuracy {claim[3]}" in lines


def test_the_gradient_check_in_the_tutorial_passes(told):
    after = told[1][0].partition("accuracy")[2]
    assert "W1" in after
    assert "b2" in after
    assert "WRONG" not in after.upper()


def test_the_variation_learns_three_spirals(told):
    names, _ = told
    model = names["model"]
    assert [type(gate).__name__ for gate in model.network.gates[:5]] == [
        "MultiplyGate",
        "AddGate",
        "BatchNorm",
        "ReLU",
        "Dropout",
    ]
    assert len(model.history) == 100
    assert (model.predict(names["X"]) == names["y"]).mean() > 0.9


def test_the_loop_of_ones_own_learns(told):
    names, _ = told
    assert type(names["network"].gates[2]).__name__ == "GELU"
    assert names["epoch"].number == 200 or names["epoch"].loss < 0.1
    assert names["epoch"].loss < 0.7 * np.log(3)


# The command line


def houses(rows, seed):
    random = np.random.default_rng(seed)
    area, town = random.uniform(30, 250, rows), random.choice(["Bonn", "Ulm", "Kiel"], rows)
    price = 2.0 * area + (town == "Bonn") * 80.0 + random.normal(0, 20, rows)
    frame = pd.DataFrame({"area": area, "town": town, "price": price})
    frame.loc[random.random(rows) < 0.1, ["area"]] = np.nan
    frame.loc[random.random(rows) < 0.1, ["town"]] = None
    return frame


def test_every_mlnn_line_runs_in_turn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr("matplotlib.pyplot.show", lambda *_: None)
    houses(300, 0).to_csv("houses.csv", index=False)
    houses(40, 1).drop(columns="price").to_csv("new.csv", index=False)
    calls = [call for call in commands(README) if call != ["play"]]  # which serves until it is interrupted
    assert [call[0] for call in calls] == ["moons", "play", "train", "predict", "inspect"]
    done = {}
    for call in calls:
        done[call[0]] = CliRunner().invoke(app, call)
        assert done[call[0]].exit_code == 0, done[call[0]].output
    assert {path.name for path in tmp_path.iterdir()} == {
        *("moons.png", "page", "houses.csv", "new.csv", "houses.mlnn", "houses.html", "prices.csv")
    }
    assert "Loss after iteration 0: 0.700172" in done["moons"].stdout
    assert "Training accuracy: 0.985" in done["moons"].stdout
    assert "always the mean" in done["train"].stdout, "the baseline"
    assert float(re.search(r"R²\s+(-?[\d.]+)", done["train"].stdout)[1]) > 0.5
    assert len(pd.read_csv("prices.csv")) == 40
    assert "<svg" in Path("houses.html").read_text(encoding="utf-8")
    assert "W1" in done["inspect"].stdout


def test_the_commands_that_the_texts_name_exist():
    named = set(re.findall(r"`mlnn (\w+)", README + CONTRIBUTING))
    assert named <= set(app.list_commands(None))
    assert "check" in named


@pytest.mark.parametrize("text", [README, CONTRIBUTING])
def test_links_lead_to_files(text):
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (ROOT / link).exists(), link


# A layer in six lines


def test_the_layer_in_six_lines_is_checked_without_any_registration():
    """And the check would notice a wrong slope: the same lines with a sign turned over fail."""
    snippet, *_ = blocks(CONTRIBUTING, "python")
    assert len([line for line in snippet.splitlines() if line and not line.startswith("@")]) <= 6
    wrong = snippet.replace("Bent", "Crooked").replace("+ 1.0\n", "- 1.0\n")
    assert wrong.count("- 1.0") == snippet.count("- 1.0") + 1
    code = f"""
import json
from dataclasses import dataclass
import numpy as np
from mlnn import Model
from mlnn.check import check_catalogue
from mlnn.layer import Layer
from mlnn.names import named
{snippet}
{wrong}
assert named(Layer, "bent") is Bent
Model([2, 3, 2], layer=Bent(), squash_scores=False, seed=0).train([[0.0, 1.0], [1.0, 0.0]], [0, 1], num_passes=10)
print(json.dumps({{check.name: check.passed for check in check_catalogue() if check.kind == "layer"}}))
"""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    passed = json.loads(done.stdout)
    assert passed.pop("crooked") is False
    assert passed.pop("bent") is True
    assert len(passed) >= 15
    assert all(passed.values())


RECIPES = blocks(CONTRIBUTING, "python")[1:]


@pytest.mark.parametrize(
    "recipe", RECIPES, ids=["gate", "output", "penalty", "optimizer", "schedule", "callback", "column"]
)
def test_every_recipe_is_complete_and_passes_its_check(recipe, tmp_path):
    assert "check" in recipe or "assert" in recipe
    path = tmp_path / "mine.py"
    path.write_text(recipe, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


LAYER = """
from dataclasses import dataclass

import numpy as np

from mlnn.layer import Layer


@dataclass(frozen=True)
class Sine(Layer):
    def forward(self, x):
        return np.sin(x)

    def slope(self, x, y):
        return FACTOR * np.cos(x)
"""


@pytest.mark.parametrize(("factor", "code"), [("1.0", 0), ("1.001", 1), ("missing", 1)])
def test_a_file_of_ones_own_is_checked(factor, code, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(LAYER.replace("FACTOR", factor), encoding="utf-8")
    done = CliRunner().invoke(app, ["check", str(path)])
    assert done.exit_code == code, done.output
    assert f"importing {path.resolve()}" in done.stderr
    assert "sine" in done.stdout
    assert ("WRONG" in done.stdout) is bool(code)
    assert ("name 'missing' is not defined" in done.stdout) is (factor == "missing")
    empty = tmp_path / "empty.py"
    empty.write_text("x = 1", encoding="utf-8")
    nothing = CliRunner().invoke(app, ["check", str(empty)])
    assert nothing.exit_code == 2
    assert "defines no gate, layer, output, penalty or optimizer" in nothing.stderr
