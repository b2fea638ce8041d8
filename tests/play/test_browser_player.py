"""The browser's player, run in Node, beside Python's: the same requests are answered alike."""

import math
import re
import time
from types import SimpleNamespace

import numpy as np
import pytest
from node import answered, built, needs_node, talking

from mlnn.play.catalogue import catalogue, settings
from mlnn.play.plan import laid_out
from mlnn.play.player import Player
from mlnn.play.points import points
from mlnn.play.tables import uploaded
from mlnn.play.thinned import Thinned
from mlnn.play.trainer import Trainer

pytestmark = needs_node

ENTRY = """
import { createInterface } from "node:readline";
import { Player } from "./src/player/player";

const numbers = (_, value) => (value?.floats ? Float64Array.from(value.floats.map(Number)) : value);
const later = (what, seconds) => setTimeout(what, 1000 * seconds);
const plain = (_, value) => {
  if (ArrayBuffer.isView(value)) return { floats: [...value].map(String) };
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
};
const ends = (goal) => goal && Math.min(goal.number, goal.step) < Infinity;
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line, numbers), answers = [], player = new Player(asked.catalogue, later);
  for (const [verb, name, detail] of asked.requests) {
    try {
      if (verb === "break") player.run[name] = () => { throw new Error(detail); };
      else answers.push({ value: (await player[verb](name, detail)) ?? null });
    } catch (error) {
      answers.push({ error: error.message });
    }
    for (let k = 0; verb === "send" && ends(player.goal) && k < 2000; k++) await new Promise((go) => setTimeout(go, 5));
  }
  player.send("pause");
  console.log(JSON.stringify(answers, plain));
}
"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """One process of Node, in which every list of requests has a player of its own."""
    with talking(built(tmp_path_factory.mktemp("player"), ENTRY)) as ask:
        yield ask


def sendable(value):
    if isinstance(value, np.ndarray):
        return {"floats": [repr(each).replace("inf", "Infinity") for each in value.ravel().tolist()]}
    if isinstance(value, dict):
        return {name: sendable(each) for name, each in value.items()}
    return [sendable(each) for each in value] if isinstance(value, list | tuple) else value


def in_node(ask, requests):
    """Return the browser's answers."""

    def meant(value):
        if isinstance(value, dict) and "floats" in value:
            return np.array([float(each.replace("Infinity", "inf")) for each in value["floats"]])
        if isinstance(value, dict):
            return {name: meant(each) for name, each in value.items()}
        return [meant(each) for each in value] if isinstance(value, list) else value

    return meant(ask(sendable({"catalogue": catalogue(browser=True), "requests": requests})))


def in_python(requests):
    """Return Python's answers."""
    player, answers = Player(), []
    for verb, name, detail in requests:
        try:
            answers.append({"value": getattr(player, verb)(name, detail)})
        except (ValueError, TypeError) as problem:
            answers.append({"error": str(problem)})
        while verb == "send" and (goal := player._driver.goal) and min(goal.number, goal.step) < math.inf:
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
    train, valid = ({"X": laid_out(X[rows]), "y": laid_out(y[rows])} for rows in (slice(45), slice(45, None)))
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


ROW = {"rows": laid_out([[0.5, 1.0]]), "gates": [-1, 99]}
WATCH = {"values": {"a": {"rows": "train", "gates": [0, 1, 4, -1]}, "b": ROW}, "gradient": True}
FRAME = ("get", "frame", None)
FEWER = {"X": laid_out(points("moons", 30, 0.4, 2)[0]), "y": laid_out(points("moons", 30, 0.4, 2)[1])}
STEADY = {"frozen": [], "batch": None, "schedule": {"is": "Constant"}}
HASTY = {"is": "ReduceOnPlateau", "patience": 0, "tolerance": 1.0}
BENT = {
    "inputs": 2,
    "gates": [
        {"is": "MultiplyGate", "units": 6}, {"is": "PReLU"}, {"is": "Maxout", "pieces": 2},
        {"is": "MultiplyGate", "units": 2}, {"is": "Softsign"},
    ],
    "output": {"is": "Softmax"},
}  # fmt: skip
SLOPES = {"values": {"a": {"rows": "train", "gates": [*range(-1, 7)], "slopes": True}}, "gradient": False}
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
    "sums of rows": [
        ("set", "plan", {"plan": plan(sum=True, batch=12, penalty={"is": "L2", "strength": 1.0}), "theta": "fresh"}),
        ("set", "watch", WATCH),
        ("send", "epochs", {"count": 2}),
        FRAME,
        ("get", "landscape", {"size": 3, "span": 0.5, "seed": 2}),
    ],
    "settings that come with a plan": [
        ("set", "plan", {"plan": plan(), "theta": "fresh", "page": {"view": 1}}),
        ("get", "state", None),
        ("set", "plan", {"plan": plan(batch=0), "theta": "keep", "page": {"view": 2}}),
        ("get", "state", None),
        ("set", "plan", {"plan": plan(batch=4), "theta": "keep"}),
        ("get", "state", None),
    ],
    "slopes": [
        ("set", "plan", {"plan": plan(network=BENT), "theta": "fresh"}),
        ("set", "watch", SLOPES),
        ("send", "epochs", {"count": 1}),
        FRAME,
    ],
    "until within an epoch": [
        ("set", "plan", {"plan": plan(), "theta": "fresh"}),
        ("send", "play", {"until": 0.8}),
        FRAME,
    ],
    "orthogonal weights": [
        ("get", "initial", {"network": {"inputs": 3, "gates": gates, "output": {"is": "Softmax"}}, "seed": 5})
        for units in (2, 3, 4)
        for gates in [[{"is": "MultiplyGate", "units": units, "initializer": {"is": "Orthogonal", "gain": 2.0}}]]
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
    "an average that takes over": [
        ("set", "plan", {"plan": plan(optimizer={"is": "Momentum", "rate": 0.05}), "theta": "fresh"}),
        ("send", "steps", {"count": 9}),
        ("set", "plan", {"plan": plan(), "theta": "keep"}),
        FRAME,
        ("send", "epochs", {"count": 2}),
        FRAME,
        ("set", "plan", {"plan": plan(5), "theta": np.linspace(-1.0, 1.0, 42)}),
        FRAME,
        ("send", "steps", {"count": 1}),
        FRAME,
    ],
    "going back to before an average": [
        ("set", "plan", {"plan": plan(optimizer={"is": "Momentum", "rate": 0.05}), "theta": "fresh"}),
        *[("send", "epochs", {"count": 1})] * 2,
        ("set", "plan", {"plan": plan(), "theta": "keep"}),
        ("send", "epochs", {"count": 1}),
        ("send", "back", {"number": 1}),
        FRAME,
        ("send", "steps", {"count": 1}),
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
    "going back under a schedule that listens": [
        ("set", "plan", {"plan": plan(schedule={"is": "WarmUp", "epochs": 1, "then": HASTY}), "theta": "fresh"}),
        *[("send", "epochs", {"count": 1})] * 4,
        FRAME,
        ("send", "back", {"number": 2}),
        ("send", "epochs", {"count": 1}),
        FRAME,
        ("set", "plan", {"plan": plan(schedule=HASTY), "theta": "keep"}),
        ("send", "steps", {"count": 7}),
        FRAME,
    ],
    "a schedule that listens where nothing is held out": [
        ("set", "plan", {"plan": plan(schedule=HASTY, valid=None), "theta": "fresh"}),
        ("send", "epochs", {"count": 4}),
        FRAME,
        ("get", "history", None),
    ],
    "going back into an epoch of another length": [
        ("set", "plan", {"plan": plan(), "theta": "fresh"}),
        ("send", "steps", {"count": 4}),
        ("set", "plan", {"plan": plan(5), "theta": np.linspace(-1.0, 1.0, 42)}),
        ("set", "plan", {"plan": plan(5, batch=30), "theta": "keep"}),
        ("send", "epochs", {"count": 2}),
        ("send", "back", {"number": 0.3}),
        FRAME,
        ("send", "steps", {"count": 1}),
        FRAME,
    ],
    "an epoch whose steps change within it": [
        ("set", "plan", {"plan": plan(batch=12), "theta": "fresh"}),
        ("send", "steps", {"count": 6}),
        ("set", "plan", {"plan": plan(batch=13), "theta": "keep"}),
        FRAME,
        ("send", "epochs", {"count": 1}),
        ("get", "history", None),
        ("send", "steps", {"count": 3}),
        ("set", "plan", {"plan": plan(batch=13, sum=True), "theta": "keep"}),
        FRAME,
        ("send", "epochs", {"count": 1}),
        ("get", "history", None),
        ("get", "changes", None),
    ],
    "an edited weight": [
        ("set", "plan", {"plan": plan(), "theta": "fresh"}),
        ("send", "steps", {"count": 1}),
        ("send", "theta", {"theta": np.linspace(-1.0, 1.0, 34)}),
        ("send", "theta", {"theta": np.zeros(3)}),
        ("send", "weight", {"place": 2, "value": 0.5}),
        ("send", "weight", {"place": 34, "value": 0.5}),
        ("send", "weight", {"place": 1.5, "value": 0.5}),
        ("get", "changes", None),
        ("send", "steps", {"count": 1}),
        FRAME,
    ],
    "an edit, then back before it": [
        ("set", "plan", {"plan": plan(), "theta": "fresh"}),
        ("send", "steps", {"count": 5}),
        ("send", "steps", {"count": 5}),
        ("send", "theta", {"theta": np.linspace(-1.0, 1.0, 34)}),
        ("send", "steps", {"count": 10}),
        ("send", "back", {"number": 2}),
        FRAME,
        ("get", "changes", None),
    ],
    "an edit, then a divergence": [
        ("set", "plan", {"plan": plan(**STEADY, optimizer={"is": "SGD", "rate": 0.1}), "theta": "fresh"}),
        ("send", "epochs", {"count": 5}),
        ("send", "weight", {"place": 1, "value": 0.625}),
        ("set", "plan", {"plan": plan(**STEADY, optimizer={"is": "SGD", "rate": 1e6}), "theta": "keep"}),
        ("send", "epochs", {"count": 200}),
        ("get", "kept", {"number": 5}),
        ("get", "changes", None),
    ],
    "steps that are too long, then back to good": [
        ("set", "plan", {"plan": plan(**STEADY, optimizer={"is": "Adam", "rate": 0.01}), "theta": "fresh"}),
        ("send", "epochs", {"count": 4}),
        ("set", "plan", {"plan": plan(**STEADY, optimizer={"is": "Adam", "rate": 1000.0}), "theta": "keep"}),
        ("send", "epochs", {"count": 9}),
        ("send", "good", None),
        FRAME,
        ("get", "changes", None),
        ("send", "good", None),
        FRAME,
    ],
    "no step was good": [
        ("set", "plan", {"plan": plan(**STEADY, optimizer={"is": "Adam", "rate": 1000.0}), "theta": "fresh"}),
        ("send", "epochs", {"count": 9}),
        ("send", "good", None),
        FRAME,
    ],
    "an optimizer, then back before it": [
        ("set", "plan", {"plan": plan(), "theta": "fresh"}),
        ("send", "epochs", {"count": 1}),
        ("set", "plan", {"plan": plan(optimizer={"is": "Adam", "rate": 0.02}), "theta": "keep"}),
        ("send", "epochs", {"count": 1}),
        ("send", "back", {"number": 1}),
        ("get", "changes", None),
    ],
    "other rows, then back before them": [
        ("set", "plan", {"plan": plan(), "theta": "fresh"}),
        ("set", "watch", WATCH),
        *[("send", "epochs", {"count": 1})] * 2,
        ("set", "plan", {"plan": plan(train=FEWER), "theta": "keep"}),
        ("send", "epochs", {"count": 1}),
        ("send", "back", {"number": 1}),
        FRAME,
        ("send", "steps", {"count": 1}),
        FRAME,
    ],
    "changes that are taken back at once": [
        ("set", "plan", {"plan": plan(), "theta": "fresh"}),
        ("send", "steps", {"count": 6}),
        ("set", "plan", {"plan": plan(seed=9), "theta": "keep"}),
        ("set", "plan", {"plan": plan(), "theta": "keep"}),
        ("get", "changes", None),
        ("set", "plan", {"plan": plan(batch=9), "theta": "keep"}),
        ("set", "plan", {"plan": plan(), "theta": "keep"}),
        FRAME,
        ("get", "changes", None),
        ("set", "plan", {"plan": plan(optimizer={"is": "SGD"}), "theta": "keep"}),
        ("set", "plan", {"plan": plan(), "theta": "keep"}),
        ("get", "changes", None),
        ("set", "plan", {"plan": plan(5), "theta": np.linspace(-1.0, 1.0, 42)}),
        ("set", "plan", {"plan": plan(), "theta": np.linspace(-1.0, 1.0, 34)}),
        ("get", "changes", None),
        ("send", "steps", {"count": 1}),
        FRAME,
    ],
    "refusals": [
        ("set", "plan", {"plan": plan(600_000), "theta": "fresh"}),
        ("set", "plan", {"plan": plan(frozen=[34]), "theta": "fresh"}),
        ("set", "plan", {"plan": plan(train={"X": laid_out([[1.0, 2.0, 3.0]]), "y": laid_out([0])}), "theta": "fresh"}),
        ("set", "plan", {"plan": plan(train={"X": laid_out([[1.0, 2.0]]), "y": laid_out([2])}), "theta": "fresh"}),
        ("set", "plan", {"plan": plan(train={"X": laid_out([[1.0, math.inf]]), "y": laid_out([1])}), "theta": "fresh"}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", REQUESTS)
def test_both_players_answer_alike(ask, case):
    requests = REQUESTS[case]
    for request, one, other in zip(requests, in_node(ask, requests), in_python(requests), strict=True):
        assert_alike(one, other, f"{case}: {request[:2]}")


def test_an_edited_weight_outlives_a_divergence(ask):
    requests = [*REQUESTS["an edit, then a divergence"], FRAME]
    for answers in (in_node(ask, requests), in_python(requests)):
        frame = answers[-1]["value"]
        assert frame["trouble"], "it diverged"
        assert frame["theta"][1] == 0.625


def test_the_speed_begins_anew_with_a_fresh_plan(ask):
    fresh, on = ("set", "plan", {"plan": plan(), "theta": "fresh"}), ("send", "play", {})
    requests = [fresh, ("send", "epochs", {"count": 20}), on, fresh, on, FRAME]
    for answers in (in_node(ask, requests), in_python(requests)):
        frame = answers[-1]["value"]
        assert frame["playing"]
        assert frame["stepsPerSecond"] >= 0


def test_what_fails_in_a_block_ends_training_and_is_told(ask, monkeypatch):
    monkeypatch.setattr(Trainer, "advance", lambda *_: (_ for _ in ()).throw(MemoryError("no room for rows")))
    fresh = ("set", "plan", {"plan": plan(), "theta": "fresh"})
    play, broken = ("send", "play", {"until": 9}), ("break", "advance", "no room for rows")
    *_, python = in_python([fresh, play, FRAME])
    first, later = [fresh, broken, play, FRAME], [fresh, ("send", "epochs", {"count": 2}), broken, play, FRAME]
    for *_, answer in (in_node(ask, first), in_node(ask, later)):
        frame = answer["value"]
        assert not frame["playing"]
        assert frame["trouble"] == python["value"]["trouble"]


def relu(*widths, output="Softmax", bias=0.0):
    gates = [
        {"is": "MultiplyGate", "units": widths[1]},
        {"is": "AddGate", "initializer": {"is": "Constant", "value": bias}},
    ]
    gates += [gate for width in widths[2:] for gate in ({"is": "ReLU"}, {"is": "MultiplyGate", "units": width})]
    return {"inputs": widths[0], "gates": gates, "output": {"is": output}}


def rows_of(X, y):
    return {"X": laid_out(np.asarray(X, dtype=float)), "y": laid_out(np.asarray(y, dtype=float))}


HALF = [[0.5, -1.0], [1.5, 2.0], [-0.5, 0.25], [2.0, 1.0]]
VALUES = {"network": relu(2, 6, 1, output="LeastSquares"), "train": rows_of(HALF, [1.0, -2.0, 3.0, 0.5]), "valid": None}
CLASSES = {"network": relu(2, 6, 2), "train": rows_of(HALF, [0, 1, 1, 0]), "valid": None}


def sgd(rate):
    return {"optimizer": {"is": "SGD", "rate": rate}, "penalty": None, "schedule": {"is": "Constant"}, "frozen": []}


DIVERGENCES = {
    "a rate too high": (plan(optimizer={"is": "SGD", "rate": 1e200}, sum=True), "fresh",
        "diverged in epoch 1, in step 1: the step makes the weights of gate", "summed over 10 rows"),
    "little by little": (plan(**VALUES | sgd(1.5) | {"batch": 2, "network": relu(2, 1, output="LeastSquares")}),
        "fresh", "diverged in epoch", "The learning rate 1.5 is"),
    "the loss": (plan(**VALUES | sgd(1e110) | {"batch": 2}), "fresh", "the loss of least squares is not finite",
        "The outputs of mul"),
    "single precision": (plan(**CLASSES | sgd(1e30) | {"batch": 2, "precision": "float32"}), "fresh",
        "diverged in epoch 1, in step", "try 0.01."),
    "a column": (plan(**CLASSES | sgd(0.1) | {"train": rows_of(np.array(HALF) * [1, 1e200], [0, 1, 1, 0])}), "fresh",
        "in step 1", "Column 1 of X (counted from 0) holds numbers as large as 2e+200: scale"),
    "targets": (plan(**VALUES | sgd(0.1) | {"train": rows_of(HALF, [1e200, 2, 3, 4])}), "fresh",
        "the loss of least squares is not finite", "The targets are as large as 1e+200: scale them"),
    "first weights": (plan(**CLASSES | sgd(0.1)), np.full(30, 1.5e300), "the output of gate",
        "as large as 1.5e+300, in W1[0,0]: give smaller ones."),
    "a penalty": (plan(**VALUES | sgd(0.1) | {"penalty": {"is": "L2", "strength": 1e308}}), "fresh",
        "diverged in epoch 1, in step", "The learning rate 0.1"),
    "frozen weights": (plan(**VALUES | sgd(1e90) | {"batch": 1, "frozen": [0, 1, 2]}), "fresh",
        "diverged in epoch 1, in step", "try 0.01."),
    "dropout and batch norm": (plan(**sgd(1e80) | {"batch": 7}), "fresh", "diverged in epoch", "try 0.01."),
}  # fmt: skip


def test_both_players_name_the_step_the_gate_and_the_cause(ask):
    """The browser's engine looks for itself; what it finds and says is what Python finds and says."""
    requests = []
    for described, theta, *_ in DIVERGENCES.values():
        requests += [("set", "plan", {"plan": described, "theta": theta}), ("send", "play", {"until": 200}), FRAME]
    frames = zip(in_node(ask, requests)[2::3], in_python(requests)[2::3], strict=True)
    for (case, (*_, happened, cause)), (browser, python) in zip(DIVERGENCES.items(), frames, strict=True):
        one, other = browser["value"]["trouble"], python["value"]["trouble"]
        assert happened in other["message"], case
        assert cause in other["cause"], case
        assert one["cause"] == other["cause"], case
        assert one["kind"] == other["kind"] == "diverged", case
        assert len({re.sub(r"those of step [\d,]+", "", each["message"]) for each in (one, other)}) == 1, case
        for frame in (browser["value"], python["value"]):
            assert frame["trouble"]["message"].endswith(f"those of step {frame['step']:,}."), case
            assert np.isfinite(frame["theta"]).all(), case


@pytest.mark.parametrize("size", [1e60, -1e300, 1e308])
def test_a_weight_that_was_set_by_hand_is_named_where_it_is_the_cause(ask, size):
    described = plan(**VALUES | sgd(0.1))
    theta = np.full(24, 0.1)
    theta[8] = size
    requests = [("set", "plan", {"plan": described, "theta": "fresh"}), ("send", "epochs", {"count": 5})]
    requests += [("send", "theta", {"theta": theta}), ("send", "play", {"until": 200}), FRAME]
    for *_, answer in (in_node(ask, requests), in_python(requests)):
        assert answer["value"]["trouble"]["kind"] == "diverged"
        cause = answer["value"]["trouble"]["cause"]
        assert cause == f"The weights that were given are as large as {abs(size):.2g}, in W1[1,2]: give smaller ones."


def table(ask, text, target=None):
    asked = {"name": "a.csv", "text": text} | ({} if target is None else {"target": target})
    (answer,) = in_node(ask, [("get", "table", asked)])
    return answer.get("value") or answer["error"]


NAN = math.nan
TABLES = {
    "x;y\n1,5;2,5\n2,5;3,25\n4,0;9,0\n": ([1.5, 2.5, 4.0], None, "'y' is predicted: the last column"),
    "x,y\n$1,a\n$3,b\n": ([1.0, 3.0], ["a", "b"], "'x': numbers in text: '$1' is 1"),
    'x,y\n"1,200",a\n"3,600.5",b\n': ([1200.0, 3600.5], ["a", "b"], "'x': numbers in text: '1,200' is 1200"),
    "x,y\n2024-01-01,a\n2024-01-03 12:00,b\n": ([0.0, 2.5], ["a", "b"], "'x' holds dates: they count in days"),
    "x\ty\n1\ta\n2\tb\nn/a\ta\n": (
        [1, 2, NAN], ["a", "b"], "the median of 'x', 1.5, stands in 1 cell without a number"),
    "x,y\n1,0\n2,1\n5,0\n6,1\n": ([1, 2, 5, 6], ["0", "1"], "'y' holds 2 whole numbers, which are taken for classes"),
    "1,10.5\n2,20.25\n3,30\n": ([1, 2, 3], None, "the first line holds numbers, so columns are called by their places"),
    "x,id,y\n" + "".join(f"{k},no {k},{k % 2}\n" for k in range(30)): (
        range(30), ["0", "1"], "'id' is left out: it is text with 30 different values, more than 20"),
    "x,y\n1,a\n2,b\n7,\n": ([1, 2], ["a", "b"], "1 of 3 rows has no target and was left out"),
    "x,c,y\n1,5,a\n2,5,b\n": ([1, 2], ["a", "b"], "'c' is left out: it is the same in all rows"),
    "x,y\n" + "".join(f"{k},a\n" for k in range(19)) + "odd,b\n": (
        [*range(19), NAN], ["a", "b"], "'x' has no numbers in 1 cell, such as 'odd': they count as missing"),
    "x,y\n1,1.5\n2,2.5\n5,oops\n4,3.5\n5,9.5\n": (
        [1, 2, 4, 5], None, "'y' has no numbers in 1 cell, such as 'oops': they count as missing"),
    "x,y\n1e3,a\noops,b\n3e3,b\n4e3,a\n6e3,a\n": (
        [1e3, NAN, 3e3, 4e3, 6e3], ["a", "b"], "'x' has no numbers in 1 cell, such as 'oops': they count as missing"),
}  # fmt: skip


@pytest.mark.parametrize("text", TABLES)
def test_a_table_becomes_tamed_numbers_and_says_how(ask, text):
    values, classes, sentence = TABLES[text]
    found = table(ask, text)
    assert sentence in found["said"]
    assert found["classes"] == classes
    x = np.asarray(values, dtype=float)
    lower, median, upper = np.nanquantile(x, [0.25, 0.5, 0.75])
    z = np.nan_to_num((x - median) / (upper - lower))
    data = found["X"]["data"].reshape(len(x), -1)
    np.testing.assert_allclose(data[:, 0], z / np.sqrt(1.0 + (z / 3.0) ** 2), atol=1e-12)
    if np.isnan(x).any():
        np.testing.assert_array_equal(data[:, 1], np.isnan(x))


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (["1.5", "1e400", "2", "3"], "column 'y' must hold finite numbers, but row 1 (counted from 0)"),
        (["1.5", "-inf", "2", "3"], "column 'y' must hold finite numbers, but row 1 (counted from 0)"),
        (["1.5", "Infinity", "2", "3"], "column 'y' must hold finite numbers, but row 1 (counted from 0)"),
        (
            ["1.5e305", "1.25e305", "2", "3"],
            "the target 'y' must lie within ±1e+150, so that squares can be summed, but",
        ),
        (["1e-320", "2e-320", "0", "3e-320"], "the target 'y' must deviate from its mean by 1e-150 or more"),
    ],
    ids=["endless", "minus infinity", "infinity", "large", "small"],
)
def test_numbers_of_which_no_target_is_made_are_refused_as_by_python(ask, cells, sentence):
    text = "x,y\n" + "".join(f"{k},{cell}\n" for k, cell in enumerate(cells))
    (python,) = in_python([("get", "table", {"name": "a.csv", "text": text})])
    assert python["error"].startswith(sentence)
    refused = table(ask, text)
    assert isinstance(refused, str), refused
    assert refused.startswith(sentence)


MARKED = {
    "dots beside semicolons": "{k}.894;{k}.5",
    "only thousandths": "{k}.894;{k}.125",
    "commas": "{k},894;{k},5",
    "thousands in the target": "{k},5;{k}.894",
    "thousands and a decimal comma": "1.00{d}.894,5;{k}.25",
    "as the other columns": "{k}.894;{k},5;{k}.25",
    "quoted commas": '"{k},894",{k},{d}',
    "groups": "1'00{d},1 23{d}.5,{k}.5",
    "signs and money": "-{k}.894;€ {k},50;{k}",
    "a minus of its own": "−{k}.5,{d},{k}",
    "mixed": "{k}.5;{m};{k}.25",
    "notes": "{k}.8945 [1],{k}.25*,{d} †",
    "no groups": "{d},12.34.5{d},{k}.25",
}


@pytest.mark.parametrize("line", MARKED.values(), ids=MARKED)
def test_what_parts_decimals_is_told_by_the_numbers_as_in_python(ask, line):
    cells = [line.format(k=k * k, d=k % 10, m=f"{k * k},5" if k % 3 else f"{k * k}.250") for k in range(1, 31)]
    head = ";".join("abc"[: line.count(";") + 1]) if ";" in line else "a,b,c"
    text = "\n".join([head, *cells, ""])
    found, wanted = table(ask, text), uploaded("a.csv", text)
    assert found["columns"] == wanted["columns"]
    np.testing.assert_allclose(found["X"]["data"], wanted["X"]["data"], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found["y"]["data"], wanted["y"]["data"], rtol=1e-12, atol=1e-12)
    told = {each for each in wanted["said"] if "numbers in text" in each or "is learned as" in each}
    assert told == {each for each in found["said"] if "numbers in text" in each or "is learned as" in each}


NAMED = "".join(f"{k},name{k}\n" for k in range(30))
DAYS = "".join(f"{k},2024-01-{k + 1:02d}\n" for k in range(28))
LARGE = "".join(f"{k},{2**53 + k}\n" for k in range(30))


@pytest.mark.parametrize("lines", [NAMED, DAYS, LARGE], ids=["names", "days", "large"])
def test_what_is_no_target_is_refused_as_by_python(ask, lines):
    (python,) = in_python([("get", "table", {"name": "a.csv", "text": f"x,y\n{lines}"})])
    assert table(ask, f"x,y\n{lines}") == python["error"]


def test_a_day_that_no_month_has_is_missing(ask):
    cells = ["2024-01-01", "2024-02-30", *(f"2024-03-{k:02d}" for k in range(1, 11))]
    found = table(ask, "d,y\n" + "".join(f"{cell},{k * 1.5}\n" for k, cell in enumerate(cells)))
    assert found["columns"] == ["d", "d=(missing)"]
    assert "'d' has no dates in 1 cell, such as '2024-02-30': they count as missing" in found["said"]
    assert found["X"]["data"].reshape(-1, 2)[:, 1].tolist() == [float(k == 1) for k in range(12)]


def test_whole_numbers_that_are_too_large_to_be_kept_apart_are_text(ask):
    found = table(ask, "x,y\n" + "".join(f"{k},{2**53 + k % 3}\n" for k in range(30)))
    assert found["classes"] == [str(2**53 + k) for k in range(3)]


TRUTHS = ("yes", "no", "NO"), ("True", "f", "true")


def words_in(place, word, share=3, words="ab", classes="uv"):
    """A table of a column of numbers, one of words and one of classes, where a word stands in one of them."""
    rows = [[str(k * k), words[k % len(words)], classes[k // 2 % len(classes)]] for k in range(60)]
    for each in rows[::share]:
        each[place] = word
    return "x,c,y\n" + "".join(",".join(row) + "\n" for row in rows)


@pytest.mark.parametrize("others", [("ab", "uv"), TRUTHS], ids=["others", "truths"])
@pytest.mark.parametrize("place", range(3), ids=["numbers", "words", "classes"])
def test_the_same_words_mean_that_nothing_is_there_as_in_python(ask, place, others):
    told = [
        "",
        "?",
        "NA",
        "na",
        "None",
        "unknown",
        "n.a.",
        "#REF!",
        "-",
        "\u2013",
        "N/A",
        "\uff0d",
        "<NA>",
        "(Missing)",
        "k. a.",
    ]
    requests = [
        ("get", "table", {"name": "a.csv", "text": words_in(place, word, share, *others)})
        for word in told
        for share in ((3, 30) if place == 2 else (3,))
    ]
    for request, browser, python in zip(requests, in_node(ask, requests), in_python(requests), strict=True):
        one, other = browser["value"], python["value"]
        assert (one["columns"], one["classes"]) == (other["columns"], other["classes"]), request
        np.testing.assert_allclose(one["X"]["data"], other["X"]["data"], rtol=1e-5, atol=1e-6)
        for sentence in other["said"]:
            assert sentence in one["said"] or "'y': '" not in sentence


@pytest.mark.parametrize(
    "cells",
    [
        "yes none",
        "N F none",
        "0 1 none",
        "0 no 1 yes",
        "yes no maybe none",
        "n/a YES no Yes",
        "t n t n/a",
        "ja nein ? ja",
    ],
)
@pytest.mark.parametrize("line", ["{0},{1},{2}", "{0},{2},{1}"], ids=["feature", "target"])
def test_the_same_words_are_truth_values_as_in_python(ask, line, cells):
    lines = (line.format(k * k, cells.split()[k % len(cells.split())], "uv"[k % 7 % 2]) for k in range(60))
    request = ("get", "table", {"name": "a.csv", "text": "x,c,y\n" + "\n".join(lines)})
    (browser,), (python,) = in_node(ask, [request]), in_python([request])
    one, other = browser["value"], python["value"]
    assert (one["columns"], one["classes"]) == (other["columns"], other["classes"])
    np.testing.assert_allclose(one["X"]["data"], other["X"]["data"], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(one["y"]["data"], other["y"]["data"])
    assert {each for each in other["said"] if "' is '" in each} == {each for each in one["said"] if "' is '" in each}


LIKE_PYTHON = [
    "x,y,town,z\n" + "".join(f"{k},{k * k / 7},{'Rom Bonn Ulm'.split()[k % 3]},{k % 4}\n" for k in range(60)),
    "x,flag,y\n" + "".join(f"{k / 3},{'true' if k % 5 else 'false'},{'yes' if k % 2 else 'no'}\n" for k in range(60)),
    "x,y\n" + "".join(f"{'' if k % 7 == 3 else k * 1.5},{'ab'[k % 2]}\n" for k in range(60)),
    "x,y\n" + "".join(f"{k % 9},{k * 1.5 + 0.25}\n" for k in range(60)),
]


HEADS = ['"a,b",c,y\n1,2,3\n', "a;;y\n1;2;3\n", '"a ""b"""\ty\n1\t2\n', " a , y\r\n1,2\r\n", "", "a,b\n"]


SQUARES = "".join(f"{k * k},{k * 1.5},{k % 3 + 0.5}\n" for k in range(1, 21))
COUNTED = "".join(f"{k},{k * 1.5},{k % 3 + 0.5}\n" for k in range(1, 21))
UNNAMED = {
    "nothing": ",,\n" + SQUARES,
    "nothing above the rows' numbers": ",,\n" + COUNTED,
    "spaces below blank lines": "\n \n , ,\n" + SQUARES,
    "one": "a,,y\n" + SQUARES,
    "one that has its name already": "column 2,,y\n" + SQUARES,
    "pandas": ",a,b\n" + COUNTED,
    "after the last separator": "a,b,c,\n" + SQUARES.replace("\n", ",\n"),
    "an empty row": "a,b,c\n" + SQUARES + ",,\n" + SQUARES,
    "blank lines beside semicolons": "\n  \na;b;c\n \n" + SQUARES.replace(",", ";") + "\n",
    "blank lines": "a,b,c\n\n" + SQUARES + " \n" + SQUARES,
}


@pytest.mark.parametrize("text", UNNAMED.values(), ids=UNNAMED)
def test_columns_without_a_name_get_pythons_and_no_row_is_lost(ask, text):
    requests = [("get", what, {"name": "a.csv", "text": text}) for what in ("columns", "table")]
    (names, found), (theirs, wanted) = in_node(ask, requests), in_python(requests)
    assert names == theirs
    found, wanted = found["value"], wanted["value"]
    assert found["columns"] == wanted["columns"]
    assert len(found["y"]["data"]) == len(wanted["y"]["data"])
    about = ("no name", "separator", "have no target")
    told = {each for each in wanted["said"] if any(word in each for word in about)}
    assert told == {each for each in found["said"] if any(word in each for word in about)}


def test_both_players_name_the_same_columns(ask):
    requests = [("get", "columns", {"name": "a.csv", "text": text}) for text in HEADS]
    for browser, python in zip(in_node(ask, requests), in_python(requests), strict=True):
        assert browser.get("value") == python.get("value")
        assert ("error" in browser) == ("error" in python)


def test_a_negative_mean_is_subtracted_in_brackets(ask):
    text = "x,y\n" + "".join(f"{k},{-k - 0.5}\n" for k in range(1, 31))
    for given in (table(ask, text), uploaded("a.csv", text)):
        assert "'y' is learned as ('y' − (−16)) / 8.655" in given["said"]


@pytest.mark.parametrize("text", LIKE_PYTHON, ids=["text", "truth", "gaps", "values"])
def test_a_plain_table_becomes_python_s(ask, text):
    found, wanted = table(ask, text), uploaded("a.csv", text)
    assert found["columns"] == wanted["columns"]
    assert found["classes"] == wanted["classes"]
    np.testing.assert_allclose(found["X"]["data"], wanted["X"]["data"], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found["y"]["data"], wanted["y"]["data"], rtol=1e-12, atol=1e-12)
    units, theirs = ([*each["units"]["columns"], each["units"]["target"]] for each in (found, wanted))
    for one, other in zip(units, theirs, strict=True):
        like = {
            k: each if isinstance(each, str) else pytest.approx(each, rel=1e-12) for k, each in (other or {}).items()
        }
        assert (one or {}) == like


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a.csv is empty"),
        ("x,y\n", "a.csv has a header, but no rows"),
        ("x,y\n1,2\n3\n", "a.csv is no table: row 3 has 1 cells, but the first has 2"),
        ('x,y\n"1,2\n3,4', "a quotation mark in line 2 is never closed"),
        ("PK\x03\x04\x00\x00", "a.csv is no text: a table of commas, semicolons or tabs was expected"),
        ("y\n1\n2\n", "'y' is the only column of a.csv: no feature is left"),
        ("x,y\n1,1\n2,1\n", "'y' is the same in all rows: there is nothing to learn"),
        ("x,x\n1,1\n2,1\n", "a.csv has two columns 'x': give each a name of its own"),
        ("x,y\n1,a\n2,\n", "'y' has a value in 1 row: too few to learn from"),
        ("x,y\n" + "".join(f"{k},w{k % 120}\n" for k in range(150)), "'y' has 120 classes; the page shows up to 100"),
    ],
)
def test_a_file_that_cannot_be_learned_from_gets_a_sentence(ask, text, sentence):
    assert sentence in table(ask, text)


def dense(*gates, output="Softmax"):
    """A network of two inputs and two scores whose gates, or output, are not what they should be."""
    ends = [{"is": "MultiplyGate", "units": 2}, {"is": "AddGate"}]
    return {"inputs": 2, "gates": [*gates, *ends], "output": {"is": output} if isinstance(output, str) else output}


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": {"is": "SGD", "rate=print()": 1, "rate": 0.1}},
        {"optimizer": {"is": "constructor"}},
        {"optimizer": {"is": "SGD", "rate": "0.1"}},
        {"optimizer": {"is": "Momentum", "momentum": 1}},
        {"optimizer": {"is": "ClipNorm"}},
        {"optimizer": {"is": "Adam", "beta1": -0.5}},
        {"schedule": {"is": "CosineRestarts", "first": 1e-9, "growth": 1}},
        {"schedule": {"is": "WarmUp", "then": {"is": "CosineRestarts", "growth": 0}}},
        {"schedule": {"is": "ReduceOnPlateau", "patience": 1.5}},
        {"penalty": {"is": "toString"}},
        {"penalty": {"is": "ElasticNet", "ratio": 2}},
        {"precision": "float16"},
        {"network": dense({"is": "Dropout", "p": 1})},
        {"network": dense({"is": "Maxout", "pieces": 0})},
        {"network": dense({"is": "Maxout", "pieces": 0.5})},
        {"network": dense({"is": "MultiplyGate", "units": 1.5})},
        {"network": dense({"is": "MultiplyGate", "units": -3})},
        {"network": dense({"is": "MultiplyGate", "units": 3, "initializer": {"is": "Sparse", "connections": 0}})},
        {"network": dense({"is": "Tanh", "x": {"is": "Tanh"}})},
        {"network": dense({"is": "__proto__"})},
        {"network": dense(output={"is": "Softmax", "smoothing": 1})},
        {"network": dense(output={"is": "valueOf"})},
    ],
    ids=str,
)
def test_both_players_refuse_what_is_no_part_and_no_setting_of_it(ask, change):
    """An address may hold anything; what it holds is also written into the Python that the page exports."""
    requests = [["set", "plan", {"plan": plan() | {"frozen": []} | change, "theta": "fresh"}]]
    (browser,), (python,) = in_node(ask, requests), in_python(requests)
    assert "error" in python
    assert "error" in browser
    assert "undefined" not in browser["error"]
    assert "not a function" not in browser["error"]
    if "this describes no" not in python["error"] and "not defined here" not in python["error"]:
        assert browser["error"] == python["error"]


def test_both_players_name_the_setting_that_is_no_number(ask):
    requests = [
        ["set", "plan", {"plan": plan(optimizer={"is": "SGD", "rate": "x"}) | {"frozen": []}, "theta": "fresh"}]
    ]
    (browser,), (python,) = in_node(ask, requests), in_python(requests)
    assert browser["error"] == "rate must be a number, but got 'x'"
    assert python["error"] == f"this describes no optimizer: {browser['error']}"


STRANGE_PLANS = [
    {"precision": None},
    {"seed": -1},
    {"seed": "4"},
    {"epochs": 2.5},
    {"batch": True},
    {"batch": 0},
    {"batch": 1e21},
    {"epochs": 1e300},
    {"frozen": [3, 99, 50]},
    {"train": rows_of(np.zeros((200_001, 2)), np.zeros(200_001))},
    {"train": {"X": {"data": np.zeros(3), "columns": 2}, "y": laid_out([0, 1])}},
    {"network": relu(2, 1_000, 2), "train": rows_of(np.zeros((60_000, 2)), np.zeros(60_000))},
    {"train": {"X": {"data": np.zeros(0), "columns": 2}, "y": {"data": np.zeros(0), "columns": 1}}},
    {"valid": rows_of([[1, 2], [3, 4]], [0])},
    {"valid": rows_of([[1, 2], [3, 4]], [1, 2])},
    {"train": rows_of([[1, 2], [3, 4]], [0, 0.5])},
    {"train": rows_of([[1, 2], [3, 4]], [0, math.nan])},
    {"train": rows_of([[1, 2], [3, 4]], [[0, 1], [1, 0]])},
    {"train": rows_of([[1, 2], [3, 4]], [0, 1]), "network": relu(2, 3, output="LeastSquares")},
    {"train": rows_of([[1, 2], [3, 4]], [0, math.inf]), "network": relu(2, 1, output="LeastSquares")},
    {"train": rows_of([[1, 2], [3, 4]], [0, 2]), "network": relu(2, 1, output="Logistic")},
    {"train": rows_of([[1, 2], [3, 4]], [0, -2.5]), "network": relu(2, 1, output="Poisson")},
    {"train": rows_of([[1, 2], [3, 4]], [0, 1]), "network": dense(output={"is": "SeveralSoftmax", "classes": [1, 1]})},
]
STRANGE = [
    ("send", "play", {"until": "soon"}),
    ("send", "play", {"until": -1}),
    ("send", "play", {"pace": -1}),
    ("send", "play", {"until": True}),
    ("send", "steps", {"count": "x"}),
    ("send", "steps", {"count": 0}),
    ("send", "epochs", {"count": 1.5}),
    ("send", "back", {"number": "x"}),
    ("send", "theta", {"theta": np.full(34, math.nan)}),
    ("get", "kept", {"number": "x"}),
    ("get", "initial", {"network": plan()["network"], "seed": -1}),
    ("get", "landscape", {"size": 4, "span": -1, "seed": 2}),
    ("get", "landscape", {"size": 4, "span": "x", "seed": 2}),
    ("get", "landscape", {"size": 1, "span": 1, "seed": 2}),
    ("get", "landscape", {"size": 102, "span": 1, "seed": 2}),
    ("get", "walk", {"row": [0.3, -1.0], "target": [5]}),
    ("get", "walk", {"row": [0.3, -1.0], "target": [0.5]}),
    ("get", "walk", {"row": [0.3, -1.0], "target": [0, 1]}),
    ("get", "walk", {"row": [0.3], "target": [1]}),
    ("get", "walk", {"row": np.array([0.3, math.inf]), "target": [1]}),
    ("set", "watch", {"values": {"a": {"rows": "test", "gates": [0]}}, "gradient": False}),
    ("set", "watch", {"values": {"a": {"rows": "train", "gates": [0.5]}}, "gradient": False}),
    ("set", "watch", {"values": {"a": {"rows": "train", "gates": [0] * 1001}}, "gradient": False}),
    ("set", "watch", {"values": {str(k): {"rows": "train", "gates": []} for k in range(1001)}, "gradient": False}),
    ("set", "watch", {"values": {"a": {"rows": {"data": np.zeros(3), "columns": 2}, "gates": [0]}}, "gradient": False}),
]


def test_both_players_refuse_strange_requests_in_the_same_words(ask):
    plans = [plan() | {"frozen": []} | change for change in ({}, *STRANGE_PLANS)]
    requests = [*(("set", "plan", {"plan": each, "theta": "fresh"}) for each in plans), *STRANGE]
    answers = zip(requests, in_node(ask, requests), in_python(requests), strict=True)
    for request, browser, python in list(answers)[1:]:
        assert "error" in python, request
        assert browser.get("error") == python["error"], request


def test_both_players_draw_the_same_bounds(ask):
    """What a class of Python takes, the browser takes, for every number of every part."""
    requests = []
    for family in ("gates", "layers", "outputs", "optimizers", "schedules", "penalties"):
        for kind, known in settings()[family].items():
            for name, each in known.items():
                if each["kind"] not in ("number", "whole") or kind in ("LBFGS", "MultiplyGate", "Maxout"):
                    continue
                for value in (-1, 0, 0.3, 1, 3):
                    part = {
                        "is": kind,
                        name: int(value) if value % 1 == 0 and each["kind"] == "whole" else float(value),
                    }
                    change = {family.removesuffix("s"): part}
                    if family in ("gates", "layers"):
                        change = {"network": dense(part)}
                    elif family == "penalties":
                        change = {"penalty": part}
                    elif family == "outputs":
                        if kind in ("Quantile", "Huber"):
                            continue  # values are no class numbers: their plans need other targets
                        change = {"network": dense(output=part)}
                    requests.append(["set", "plan", {"plan": plan() | {"frozen": []} | change, "theta": "fresh"}])
    browser, python = in_node(ask, requests), in_python(requests)
    told = [request[2]["plan"] for request in requests]
    for given, one, other in zip(told, browser, python, strict=True):
        assert ("error" in one) == ("error" in other), (given["network"], given["optimizer"], one, other)


THINNED = """
import { readFileSync } from "node:fs";
import { Thinned } from "./src/player/thinned";

const list = new Thinned(4), seen = [];
for (const [verb, number] of JSON.parse(readFileSync(0, "utf8"))) {
  if (verb === "add") list.add({ number });
  else list.forget(number);
  seen.push(list.all.map((each) => each.number));
}
console.log(JSON.stringify(seen));
"""


def test_a_list_stays_as_short_in_the_browser(tmp_path):
    asked = [("add", number) for number in range(21)]
    asked += [
        ("add", 20),
        ("forget", 8.0),
        ("add", 8.0),
        *(("add", 8.5 + number) for number in range(9)),
        ("forget", -1),
        ("add", 3),
    ]
    thinned, expected = Thinned(4), []
    for verb, number in asked:
        thinned.add(SimpleNamespace(number=number)) if verb == "add" else thinned.forget(number)
        expected.append([each.number for each in thinned])
    assert answered(built(tmp_path, THINNED), asked) == expected
