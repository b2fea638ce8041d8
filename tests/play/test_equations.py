"""Every formula that the page shows of a row, with that row's numbers, gives the number that the reference computes."""

import re
from collections import defaultdict

import numpy as np
import pytest
from tex import computed

from mlnn.gate import AddGate, BatchNorm, Dropout, MultiplyGate
from mlnn.graph import describe
from mlnn.layer import Activation, Maxout, PReLU
from mlnn.network import Network
from mlnn.output import SeveralSoftmax, Softmax
from mlnn.play.catalogue import catalogue, families

ROW = np.array([0.7, -0.4, 0.2])
CATALOGUE = catalogue()
FORMULAS = {kind["is"]: kind["formulas"] for family in ("gates", "layers", "outputs") for kind in CATALOGUE[family]}


def walk(network, target):
    theta = network.initial(np.random.RandomState(3)) + 0.1
    return network, describe(network, theta, ROW, target).chain, network.named(theta)


def parameters(node):
    """A gate's parameters by their letters."""
    return {re.sub(r"\d+$", "", each.label): each for each in node.sources}


CHAINS = {
    "layers": [each() for each in families()["layers"]],
    "gates": [MultiplyGate(3), AddGate(), BatchNorm(), Dropout(), PReLU(), Maxout(3)],
}


@pytest.mark.parametrize("gate", CHAINS["layers"] + CHAINS["gates"], ids=lambda gate: type(gate).__name__)
def test_gates_forward_and_back(gate):
    units = 6 if isinstance(gate, Maxout) else 2
    chain = (MultiplyGate(units), AddGate(), gate, MultiplyGate(2), AddGate())
    network, nodes, tensors = walk(Network(3, chain, Softmax()), 1)
    before, node = nodes[2], nodes[3]
    own = {name: each.value for name, each in parameters(node).items()}
    own |= {re.sub(r"\d+$", "", p.name): tensors[p.name] for p in network.placed if p.gate == 2}
    x, y, dy = before.value.ravel(), node.value.ravel(), node.gradient.ravel()
    pieces = max(1, len(x) // len(y))

    def number(name, letters, at):
        if name in own and own[name].shape[0] > 1:
            return float(own[name][at[letters[0]], at[letters[1]]])
        place = at[letters[0]] * pieces + at[letters[1]] if len(letters) == 2 else at[letters or "own"]
        vector = {"x": x, "y": y, "dy": dy, **{each: value.ravel() for each, value in own.items()}}.get(name)
        return float(getattr(gate, name) if vector is None else vector[place])

    count = {"i": len(x), "j": len(y), "g": pieces}.__getitem__
    formulas = FORMULAS[type(gate).__name__]
    grouped = isinstance(gate, Maxout)
    for j, value in enumerate(y):
        assert computed(formulas["forward"], number, count, {"own": j, "j": j}) == pytest.approx(value, rel=1e-4)
    for i, value in enumerate(before.gradient.ravel()):
        at = {"own": i, "i": i, "j": i // pieces if grouped else i, "g": i % pieces}
        assert computed(formulas["d_x"], number, count, at) == pytest.approx(value, rel=1e-4, abs=1e-12)
    for name, each in parameters(node).items():
        columns = each.shape[1]
        for place, value in enumerate(each.gradient.ravel()):
            at = {"own": place, "i": place // columns, "j": place % columns}
            assert computed(formulas[f"d_{name}"], number, count, at) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    "output", [each() for each in families()["outputs"] if each is not SeveralSoftmax] + [Softmax(0.1)], ids=repr
)
def test_outputs_forward_and_back(output):
    classes = isinstance(output, Softmax) or hasattr(output, "margin")
    target = 1 if classes else np.array([0.3, 0.9])
    _, nodes, _ = walk(Network(3, (MultiplyGate(2), AddGate()), output), target)
    s, p, loss = nodes[-3].value.ravel(), nodes[-2].value.ravel(), float(nodes[-1].value)
    true = 1 if classes else None
    smoothing = getattr(output, "smoothing", 0.0)
    q = (1.0 - smoothing) * (np.arange(2) == true) + smoothing / 2
    vectors = {"s": s, "p": p, "q": q, "t": np.ravel(target)}

    def number(name, letters, at):
        return float(vectors[name][at[letters]] if letters else getattr(output, name))

    formulas, count = FORMULAS[type(output).__name__], lambda letter: 2
    at = defaultdict(lambda: true)
    assert computed(formulas["loss"], number, count, {"t": true}) == pytest.approx(loss, rel=1e-9)
    for k, value in enumerate(nodes[-3].gradient.ravel()):
        name = "diff t" if "diff t" in formulas and k == true else "diff"
        assert computed(formulas["predict"], number, count, {"k": k}) == pytest.approx(p[k], rel=1e-9)
        assert computed(formulas[name], number, count, {**at, "k": k, "t": true}) == pytest.approx(value, rel=1e-9)


def test_every_activation_is_covered():
    kinds = {kind for kind in families()["layers"] if issubclass(kind, Activation)}
    assert {type(each) for each in CHAINS["layers"] + CHAINS["gates"]} >= kinds
