"""Which usual mistake gives a number, run in Node."""

import math

import pytest
from node import answered, built, needs_node

pytestmark = needs_node

ENTRY = """
import { readFileSync } from "node:fs";
import { mistake } from "./src/view/graph/mistakes";

const { kind, x, y, yours } = JSON.parse(readFileSync(0, "utf8"));
const node = { kind, gate: 0, label: "tanh", value: y, gradient: null, parameters: [] };
const stage = { place: 0, node, x: Float64Array.from(x), y: Float64Array.from(y), target: [0] };
const said = mistake(yours, y[0], { place: 0, what: "y", index: 0 }, [stage, stage, stage], 1e-4, 10);
console.log(JSON.stringify(said));
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return built(tmp_path_factory.mktemp("mistakes"), ENTRY)


def guessed(bundle, kind, x, y, yours):
    return answered(bundle, {"kind": kind, "x": x, "y": y, "yours": yours})


P = 1 / (1 + math.exp(-1))


@pytest.mark.parametrize(
    ("yours", "words"),
    [
        (math.log(P), "take its logarithm already"),
        (math.e, "leave its own exponential out of the sum"),
        (1.0, "take a sigmoid of each score"),
    ],
)
def test_mistakes_are_named_where_exponentials_of_scores_overflow(bundle, yours, words):
    assert words in guessed(bundle, "output", [800.0, 799.0], [P, 1 - P], yours)


@pytest.mark.parametrize(("x", "yours", "words"), [(-800.0, 0.0, "take the sigmoid"), (0.5, 0.5, "forget the tanh")])
def test_mistakes_of_a_layer_are_the_layers_that_mlnn_has(bundle, x, yours, words):
    assert words in guessed(bundle, "gate", [x], [math.tanh(x)], yours)
