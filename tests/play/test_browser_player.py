"""The browser's player, run in Node, beside Python's: the same requests are answered alike."""

import json
import math
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from mlnn.play.catalogue import catalogue
from mlnn.play.formulas import script
from mlnn.play.player import Player
from mlnn.play.points import points

WEB = Path(__file__).parents[2] / "web"
NODE, MODULES = shutil.which("node"), WEB / "node_modules"
ESBUILD = MODULES / "esbuild" / "bin" / "esbuild"
pytestmark = [
    pytest.mark.skipif(NODE is None, reason="there is no node"),
    pytest.mark.skipif(not ESBUILD.exists(), reason="web/node_modules is missing: npm ci in web/"),
]

ENTRY = """
import { readFileSync } from "node:fs";
import { Player } from "./src/player/player";

const numbers = (_, value) => (value?.floats ? Float64Array.from(value.floats.map(Number)) : value);
const asked = JSON.parse(readFileSync(0, "utf8"), numbers);
const later = (what, seconds) => setTimeout(what, 1000 * seconds);
const plain = (_, value) => {
  if (ArrayBuffer.isView(value)) return { floats: [...value].map(String) };
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
};
const answers = [], player = new Player(asked.catalogue, later);
for (const [verb, name, detail] of asked.requests) {
  try {
    answers.push({ value: (await player[verb](name, detail)) ?? null });
  } catch (error) {
    answers.push({ error: error.message });
  }
  while (verb === "send" && player.goal) await new Promise((done) => setTimeout(done, 5));
}
console.log(JSON.stringify(answers, plain));
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("player")
    shutil.copytree(WEB / "src" / "engine", folder / "src" / "engine")
    shutil.copytree(WEB / "src" / "player", folder / "src" / "player")
    shutil.copy(WEB / "src" / "protocol.ts", folder / "src")
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "src" / "engine" / "formulas.ts").write_text(script(), encoding="utf-8")
    (folder / "entry.ts").write_text(ENTRY, encoding="utf-8")
    command = [ESBUILD, "entry.ts", "--bundle", "--format=esm", "--platform=node", "--outfile=player.mjs"]
    subprocess.run([*map(str, command), "--log-level=warning"], check=True, cwd=folder)
    return folder / "player.mjs"


def sendable(value):
    if isinstance(value, np.ndarray):
        return {"floats": [repr(each).replace("inf", "Infinity") for each in value.ravel().tolist()]}
    if isinstance(value, dict):
        return {name: sendable(each) for name, each in value.items()}
    return [sendable(each) for each in value] if isinstance(value, list | tuple) else value


def in_node(bundle, requests):
    """Return the browser's answers."""
    asked = json.dumps(sendable({"catalogue": catalogue(browser=True), "requests": requests}))
    done = subprocess.run([NODE, str(bundle)], input=asked, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr

    def meant(value):
        if isinstance(value, dict) and "floats" in value:
            return np.array([float(each.replace("Infinity", "inf")) for each in value["floats"]])
        if isinstance(value, dict):
            return {name: meant(each) for name, each in value.items()}
        return [meant(each) for each in value] if isinstance(value, list) else value

    return meant(json.loads(done.stdout))


def in_python(requests):
    """Return Python's answers."""
    player, answers = Player(), []
    for verb, name, detail in requests:
        try:
            answers.append({"value": getattr(player, verb)(name, detail)})
        except (ValueError, TypeError) as problem:
            answers.append({"error": str(problem)})
        while verb == "send" and player._driver.goal is not None:
            time.sleep(0.005)
    player.close()
    return answers


OWN = {"seconds", "stepsPerSecond", "host"}
"""What no two players have alike."""


def assert_alike(one, other, where=""):
    if isinstance(other, dict):
        assert one.keys() == other.keys(), where
        for name in other.keys() - OWN:
            assert_alike(one[name], other[name], f"{where}.{name}")
    elif isinstance(other, np.ndarray):
        exact = other.dtype != np.float32
        np.testing.assert_allclose(
            one, other.ravel(), rtol=1e-9 if exact else 1e-5, atol=1e-12 if exact else 1e-6, err_msg=where
        )
    elif isinstance(other, list | tuple):
        assert len(one) == len(other), where
        for k, (each, another) in enumerate(zip(one, other, strict=True)):
            assert_alike(each, another, f"{where}[{k}]")
    elif isinstance(other, float) and math.isnan(other):
        assert one in (None, "NaN"), where
    elif isinstance(other, float | int) and not isinstance(other, bool):
        assert one == pytest.approx(other, rel=1e-9), where
    else:
        assert one == other, where


def plan(hidden=4, **changes):
    X, y = points("moons", 60, 0.2, 1)
    train, valid = ({"X": laid(X[rows]), "y": laid(y[rows])} for rows in (slice(45), slice(45, None)))
    gates = [{"is": "MultiplyGate", "units": hidden}, {"is": "BatchNorm"}, {"is": "Tanh"}]
    gates += [{"is": "Dropout", "p": 0.25}, {"is": "MultiplyGate", "units": 2}, {"is": "AddGate"}]
    return {
        "network": {"inputs": 2, "gates": gates, "output": {"is": "Softmax"}},
        "train": train,
        "valid": valid,
        "optimizer": {"is": "Averaged", "optimizer": {"is": "Momentum", "rate": 0.05}},
        "schedule": {"is": "Cosine"},
        "penalty": {"is": "L2", "strength": 0.01},
        "batch": 10,
        "epochs": 20,
        "seed": 4,
        "sum": False,
        "precision": "float64",
        "frozen": [3],
    } | changes


def laid(rows):
    values = np.asarray(rows, dtype=np.float64)
    return {"data": values.ravel(), "columns": 1 if values.ndim == 1 else values.shape[1]}


ROW = {"rows": laid([[0.5, 1.0]]), "gates": [-1, 99]}
WATCH = {"values": {"a": {"rows": "train", "gates": [0, 1, 4, -1]}, "b": ROW}, "gradient": True}
FRAME = ("get", "frame", None)
REQUESTS = {
    "nothing yet": [FRAME, ("get", "history", None), ("send", "play", {}), ("get", "nonsense", None)],
    "training": [
        ("set", "plan", {"plan": plan(), "theta": "fresh"}),
        ("set", "watch", WATCH),
        FRAME,
        ("send", "steps", {"count": 3}),
        FRAME,
        ("send", "epochs", {"count": 4}),
        FRAME,
        ("get", "walk", {"row": [0.3, -1.0], "target": [1.0]}),
        ("get", "landscape", {"size": 4, "span": 0.5, "seed": 2}),
        ("get", "initial", {"network": plan()["network"], "seed": 9}),
        ("get", "changes", None),
        ("send", "play", {"until": 12}),
        FRAME,
    ],
    "another plan": [
        ("set", "plan", {"plan": plan(), "theta": "fresh"}),
        ("set", "watch", WATCH),
        ("send", "steps", {"count": 7}),
        ("set", "plan", {"plan": plan(optimizer={"is": "Adam", "rate": 0.02}), "theta": "keep"}),
        ("send", "steps", {"count": 2}),
        FRAME,
        ("set", "plan", {"plan": plan(batch=9, optimizer={"is": "Adam", "rate": 0.01}), "theta": "keep"}),
        ("send", "epochs", {"count": 2}),
        FRAME,
        ("get", "changes", None),
        ("set", "plan", {"plan": plan(5), "theta": "keep"}),
        ("set", "plan", {"plan": plan(5), "theta": np.linspace(-1.0, 1.0, 42)}),
        ("send", "epochs", {"count": 1}),
        FRAME,
    ],
    "going back": [
        ("set", "plan", {"plan": plan(), "theta": "fresh"}),
        ("send", "epochs", {"count": 1}),
        ("send", "epochs", {"count": 1}),
        ("send", "epochs", {"count": 1}),
        ("send", "back", {"number": 1.2}),
        FRAME,
        ("get", "kept", {"number": 0}),
        ("send", "epochs", {"count": 1}),
        FRAME,
    ],
    "an edited weight": [
        ("set", "plan", {"plan": plan(), "theta": "fresh"}),
        ("send", "steps", {"count": 1}),
        ("send", "theta", {"theta": np.linspace(-1.0, 1.0, 34)}),
        ("send", "theta", {"theta": np.zeros(3)}),
        ("get", "changes", None),
        ("send", "steps", {"count": 1}),
        FRAME,
    ],
    "divergence": [
        ("set", "plan", {"plan": plan(optimizer={"is": "SGD", "rate": 1e200}, sum=True), "theta": "fresh"}),
        ("send", "play", {}),
        FRAME,
    ],
    "refusals": [
        ("set", "plan", {"plan": plan(600_000), "theta": "fresh"}),
        ("set", "plan", {"plan": plan(frozen=[34]), "theta": "fresh"}),
        ("set", "plan", {"plan": plan(train={"X": laid([[1.0, 2.0, 3.0]]), "y": laid([0])}), "theta": "fresh"}),
        ("set", "plan", {"plan": plan(train={"X": laid([[1.0, 2.0]]), "y": laid([2])}), "theta": "fresh"}),
        ("set", "plan", {"plan": plan(train={"X": laid([[1.0, math.inf]]), "y": laid([1])}), "theta": "fresh"}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", REQUESTS)
def test_both_players_answer_alike(bundle, case):
    requests = REQUESTS[case]
    for request, one, other in zip(requests, in_node(bundle, requests), in_python(requests), strict=True):
        assert_alike(one, other, f"{case}: {request[:2]}")
