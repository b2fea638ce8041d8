"""The engine in the browser, run in Node and held against the reference over the whole catalogue."""

import math
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from node import WEB, answered, built, needs_node

from mlnn.array import WEIGHTS, philox
from mlnn.engine import Reference
from mlnn.gate import AddGate, BatchNorm, Dropout, MultiplyGate
from mlnn.initializer import Constant, Fan, HeNormal, Initializer, Normal
from mlnn.layer import Layer, Maxout, PReLU, ReLU, Tanh
from mlnn.names import shipped
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import (
    SGD,
    Adam,
    AdamW,
    Averaged,
    ClipNorm,
    ClipValue,
    DecoupledDecay,
    Momentum,
    Nesterov,
    Optimizer,
    Wrapper,
)
from mlnn.output import LeastSquares, Logistic, Output, Poisson, SeveralSoftmax, Softmax
from mlnn.penalty import L2, ElasticNet, Penalty
from mlnn.play.points import PointSet, Spirals, points
from mlnn.schedule import Constant as Steady
from mlnn.schedule import Cosine, CosineRestarts, Linear, ReduceOnPlateau, Schedule, WarmUp
from mlnn.training import Dealt, Recipe, epochs, mean_of_rows, sum_of_rows

pytestmark = needs_node
EPOCHS, ROWS = 10, 21

ENTRY = """
import { readFileSync } from "node:fs";
import { Chain } from "./src/engine/chain";
import { Run } from "./src/engine/run";
import { points } from "./src/engine/points";

const numbers = (_, value) => (value?.floats ? Float64Array.from(value.floats) : value);
const asked = JSON.parse(readFileSync(0, "utf8"), numbers);
const told = asked.plans.map((plan) => {
  const chain = new Chain(plan.network), run = new Run(plan, chain, chain.initial(plan.seed)), epochs = [];
  while (run.number < plan.epochs) {
    const epoch = run.advance();
    if (epoch) epochs.push([epoch.loss, epoch.objective]);
  }
  return { theta: [...run.descent.theta], weights: [...run.weights], valid: run.validLoss(), epochs };
});
const drawn = asked.points.map(({ part, rows, noise, seed }) => {
  const { X, y } = points(part, rows, noise, seed);
  return { X: [...X.data], y: [...y.data] };
});
console.log(JSON.stringify({ told, drawn }));
"""


def described(part):
    """Return a part as the page describes it."""
    if is_dataclass(part):
        return {"is": type(part).__name__} | {f.name: described(getattr(part, f.name)) for f in fields(part) if f.init}
    return "inf" if part == math.inf else part


def dense(*gates, inputs=3, scores=3, output=None, hidden=4, initializer=None):
    """Return a network with some gates in its middle."""
    drawn = initializer or Fan()
    chain = (MultiplyGate(hidden, drawn), AddGate(Normal(0.1)), *gates, MultiplyGate(scores), AddGate())
    return Network(inputs, chain, output or Softmax())


def plan(network, optimizer=None, schedule=None, penalty=None, batch=8, epochs=EPOCHS, summed=False, seed=3):
    return network, optimizer or SGD(0.1), schedule or Steady(), penalty, batch, epochs, summed, seed


def targets_of(network, X, random):
    output, scores = network.output, network.widths[-1]
    if isinstance(output, SeveralSoftmax):
        return np.column_stack([random.integers(0, size, len(X)) for size in output.sizes(scores)])
    if isinstance(output, Logistic):
        return random.integers(0, 2, (len(X), scores)).astype(float)
    if isinstance(output, Poisson):
        return random.integers(0, 4, (len(X), scores)).astype(float)
    if output.classifies:
        return random.integers(0, scores, len(X))
    return random.normal(0.0, 1.0, (len(X), scores))


def optimizers():
    yield from (kind() for kind in shipped(Optimizer) if not issubclass(kind, Wrapper))
    yield from (kind(Adam(0.05)) for kind in shipped(Wrapper) if kind is not Wrapper)
    yield AdamW(strength=0.1).with_rate(0.05)
    yield Momentum(0.05, momentum=Linear(0.5, 0.99))
    yield Nesterov(0.05, momentum=WarmUp(3.0, Cosine(0.5)))
    yield Averaged(DecoupledDecay(ClipValue(ClipNorm(Momentum(0.1), 0.05), 0.02), 0.1), decay=0.7)
    yield ClipNorm(Averaged(Adam(0.02)), 0.01)


BOUNDED = MultiplyGate(5, HeNormal(), max_norm=0.4, rate=2.0, penalty=3.0)
CASES = {
    **{f"layer {kind.__name__}": plan(dense(kind())) for kind in shipped(Layer)},
    "PReLU": plan(dense(PReLU()), penalty=L2(0.01)),
    "Maxout": plan(dense(Maxout(2), hidden=6)),
    "Maxout of 3": plan(dense(Maxout(3), hidden=6)),
    **{f"output {kind.__name__}": plan(dense(Tanh(), output=kind())) for kind in shipped(Output)},
    "smoothing": plan(dense(Tanh(), output=Softmax(smoothing=0.2))),
    "several questions": plan(dense(Tanh(), scores=5, output=SeveralSoftmax((2, 3)))),
    # Steps as large as these double a last bit's error each time.
    "large scores": plan(dense(Tanh(), initializer=Normal(30.0)), SGD(30.0), epochs=4),
    "one value": plan(dense(Tanh(), scores=1, output=LeastSquares())),
    **{f"optimizer {optimizer}": plan(dense(Tanh()), optimizer) for optimizer in optimizers()},
    **{f"schedule {kind.__name__}": plan(dense(Tanh()), Adam(0.05), kind()) for kind in shipped(Schedule)},
    "listening": plan(dense(Tanh()), Adam(0.3), WarmUp(2.0, ReduceOnPlateau(patience=0, tolerance=0.05))),
    "restarts": plan(dense(Tanh()), SGD(0.1), WarmUp(1.5, Linear(1.0, 0.2))),
    "cycles that grow": plan(dense(Tanh()), SGD(0.1), CosineRestarts(1.0, 1.25)),
    **{f"penalty {kind.__name__}": plan(dense(Tanh()), penalty=kind(0.05)) for kind in shipped(Penalty)},
    "summed": plan(dense(Tanh()), SGD(0.01), penalty=ElasticNet(0.05), summed=True),
    **{f"initializer {kind.__name__}": plan(dense(Tanh(), initializer=kind())) for kind in shipped(Initializer)},
    "orthogonal rows": plan(dense(Tanh(), hidden=2, initializer=shipped(Initializer)[-1]())),
    "all rows": plan(dense(Tanh()), batch=None, epochs=50),
    "one row a step": plan(dense(BatchNorm(), Tanh()), batch=1, epochs=3),
    # A bias before batch norm has no gradient but rounding errors, which Adam would make steps of.
    "batch norm": plan(dense(BatchNorm(), ReLU(), BatchNorm(0.5, 1e-3)), Momentum(0.05)),
    "batch norm alone": plan(Network(3, (MultiplyGate(4), BatchNorm(), MultiplyGate(3)), Softmax()), Adam(0.05)),
    "dropout": plan(Network(3, (Dropout(0.3), *dense(Tanh(), Dropout(0.5)).gates), Softmax()), seed=2**40 + 5),
    "max norm": plan(
        Network(3, (BOUNDED, AddGate(Constant(0.1), 0.5), ReLU(), MultiplyGate(2)), Softmax()), penalty=L2(0.02)
    ),
    "deep": plan(Network.dense([3, 9, 5, 2], ["gelu", "mish"], batch_norm=True, dropout=0.2), Momentum(0.02)),
    "other words": plan(dense(Tanh()), batch=500, seed=12345),
}  # fmt: skip
POINTS = [kind() for kind in shipped(PointSet)] + [Spirals(arms=5)]


def problems(case):
    """Return the rows to train on and those to judge by."""
    network, random = CASES[case][0], np.random.default_rng(len(case))
    made = []
    for rows in (ROWS, 9):
        X = random.normal(0.0, 1.0, (rows, network.inputs))
        made.append(Problem.of(network, X, targets_of(network, X, random), penalty=CASES[case][3]))
    return made


def matrix(values):
    rows = np.asarray(values, dtype=float).reshape(len(values), -1)
    return {"data": {"floats": rows.ravel().tolist()}, "columns": rows.shape[1]}


def asked(case, precision):
    network, optimizer, schedule, penalty, batch, count, summed, seed = CASES[case]
    train, valid = ({"X": matrix(each.X), "y": matrix(each.y)} for each in problems(case))
    chain = {"inputs": network.inputs, "gates": [*map(described, network.gates)], "output": described(network.output)}
    parts = {"optimizer": described(optimizer), "schedule": described(schedule)}
    parts["penalty"] = None if penalty is None else described(penalty)
    rest = {"batch": batch, "epochs": count, "seed": seed, "sum": summed, "precision": precision, "frozen": []}
    return {"network": chain, "train": train, "valid": valid} | parts | rest


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return built(tmp_path_factory.mktemp("engine"), ENTRY)


@pytest.fixture(scope="module")
def told(bundle):
    """Return what Node's engine came to in every case, asked once."""
    sets = [{"part": described(kind), "rows": 23, "noise": 0.2, "seed": 7} for kind in POINTS]
    both = {precision: answered(bundle, {"plans": [asked(case, precision) for case in CASES], "points": sets})
            for precision in ("float64", "float32")}  # fmt: skip
    return both["float64"] | {"single": both["float32"]["told"]}


@pytest.mark.parametrize("case", CASES)
def test_every_part_of_the_catalogue_gives_the_reference_s_numbers(told, case):
    answer = told["told"][list(CASES).index(case)]
    history, end = expected(case)
    np.testing.assert_allclose(
        answer["epochs"], [[each.loss, each.objective] for each in history], rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(answer["theta"], end.raw_theta, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(answer["weights"], end.theta, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(answer["valid"], end.valid_loss, rtol=1e-10)


def expected(case):
    """Train as Python does."""
    network, optimizer, schedule, _, batch, count, summed, seed = CASES[case]
    train, valid = problems(case)
    theta = network.initial(np.random.RandomState(philox(seed, WEIGHTS)))
    convention = sum_of_rows if summed else mean_of_rows
    recipe = Recipe(optimizer, schedule, count, batch, 1, seed, Dealt(seed), convention)
    history = list(epochs(train, theta, recipe, valid=valid, engine=Reference()))
    return history, history[-1]


@pytest.mark.parametrize("case", ["layer Tanh", "batch norm", "optimizer SGD(rate=0.01)", "penalty L2"])
def test_single_precision_stays_near(told, case):
    answer = told["single"][list(CASES).index(case)]
    _, end = expected(case)
    np.testing.assert_allclose(answer["theta"], end.raw_theta, rtol=1e-3, atol=1e-4)
    assert np.array_equal(np.float32(answer["theta"]), answer["theta"])


@pytest.mark.parametrize("kind", POINTS, ids=str)
def test_points_are_the_same(told, kind):
    drawn = told["drawn"][POINTS.index(kind)]
    X, y = points(kind, rows=23, noise=0.2, seed=7)
    np.testing.assert_allclose(np.reshape(drawn["X"], X.shape), X, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(drawn["y"], y, rtol=1e-12, atol=1e-12)


def test_a_wrong_formula_is_seen(tmp_path):
    broken = built(tmp_path, ENTRY, lambda text: text.replace("= tanh(a0)", "= tanh(1.00000001 * a0)"))
    (answer,) = answered(broken, {"plans": [asked("layer Tanh", "float64")], "points": []})["told"]
    assert not np.allclose(answer["theta"], expected("layer Tanh")[1].raw_theta, rtol=1e-10, atol=1e-12)


def test_the_loops_around_the_formulas_are_few():
    """Products, bias, batch norm, dropout, maxout, softmax, margins, the step: what is written by hand once more."""
    lines = [
        line.strip()
        for name in ("parts", "gates", "outputs", "descent")
        for line in (WEB / "src" / "engine" / f"{name}.ts").read_text(encoding="utf-8").splitlines()
    ]
    assert len([line for line in lines if line and not line.startswith(("/*", "*", "//"))]) <= 500
