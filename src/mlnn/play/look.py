"""What is shown of where training stands: values, gradients, one row's walk through the graph, the loss around it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlnn.array import WEIGHTS, Array, philox
from mlnn.engine import Predictor, Reference
from mlnn.graph import Node, describe
from mlnn.objective import forward, passed_back, penalty_value
from mlnn.play.judged import mean_loss
from mlnn.play.plan import MOST_NUMBERS, Plan, matrix, require_room, vector
from mlnn.play.standing import Standing, fastest

MOST_WATCHED = 1_000
"""Gates that a frame tells of at most, over all rows that are watched."""
LANDSCAPE = 101
"""Points along one side of a landscape at most."""
SEEN_ROWS = 2_000
"""Rows by which a landscape is measured at most."""


class Watch:
    """What is wanted with every frame, checked."""

    def __init__(self, wanted: Mapping[str, Any]) -> None:
        self.gradient = bool(wanted["gradient"])
        self.values = {
            str(name): (
                each["rows"] if isinstance(each["rows"], str) else matrix(each["rows"]),
                list(each["gates"]),
                bool(each.get("slopes", False)),
            )
            for name, each in wanted["values"].items()
        }
        for rows, gates, _ in self.values.values():
            if isinstance(rows, str) and rows not in ("train", "valid"):
                raise ValueError(f"rows to watch are 'train', 'valid' or a matrix, but got {rows!r}")
            if not all(type(gate) is int for gate in gates):
                raise ValueError(f"gates to watch are whole numbers, but got {gates!r}")
        numbers = sum(rows.size for rows, _, _ in self.values.values() if not isinstance(rows, str))
        if numbers > MOST_NUMBERS:
            raise ValueError(f"up to {MOST_NUMBERS:,} numbers can be watched, but {numbers:,} came")
        wanted_gates = sum(max(len(gates), 1) for _, gates, _ in self.values.values())
        if wanted_gates > MOST_WATCHED:
            raise ValueError(f"up to {MOST_WATCHED:,} gates can be watched, but {wanted_gates:,} were asked for")

    def look(self, standing: Standing) -> dict[str, list[Array]]:
        """Return the values by name; none of what does not fit the network that there is now."""
        return {name: self._values(standing, *each) for name, each in self.values.items()}

    def _values(self, standing: Standing, rows: Any, gates: list[int], slopes: bool) -> list[Array]:
        plan = standing.plan
        if isinstance(rows, str):
            problem = plan.problem if rows == "train" else plan.valid
            X = np.empty((0, plan.network.inputs)) if problem is None else problem.X
        else:
            X = rows
        network = plan.network
        if not len(X) or X.shape[1] != network.inputs:
            return [np.empty(0, np.float32) for _ in gates]
        require_room(network, len(X))
        X, theta = X.astype(plan.dtype, copy=False), standing.weights
        if gates == [-1] and not slopes:
            with fastest(plan).predictor(network, theta) as predict:
                return [_sent(predict(X))]
        views = network.views(theta)
        tape = forward(network, views, X)

        def shown(gate: int) -> Array:
            if slopes:
                return passed_back(network, views, tape, gate - 1)
            return tape.values[gate] if gate >= 0 else network.output.predict(tape.scores)

        places = range(1 if slopes else -1, len(network.gates) + 1)
        return [_sent(shown(gate)) if gate in places else np.empty(0, np.float32) for gate in gates]


def _sent(values: Array) -> Array:
    with np.errstate(over="ignore"):  # of a run that diverges, what is too large for float32 is shown as infinite
        return np.ascontiguousarray(values, np.float32).ravel()


def gradient(standing: Standing) -> Array:
    """Return ∂J/∂θ over all rows, which pass as in prediction; J is the objective that training reports."""
    plan = standing.plan
    with Reference().bind(plan.problem) as bound, np.errstate(over="ignore", invalid="ignore"):
        return bound.loss_and_gradient(standing.theta, penalty_factor=plan.penalty_share)[1].astype(np.float64)


def walk(plan: Plan, weights: Array, row: Any, target: Any) -> list[dict[str, Any]]:
    """Return the graph's nodes with the numbers of one row, forward and backward."""
    network, theta = plan.network, vector("theta", weights, plan.network.size)
    goal = np.asarray(target, dtype=np.float64)
    graph = describe(network, theta, np.asarray(row, dtype=np.float64), goal)
    tensors, nodes, gate = network.named(theta), [], 0
    for node in graph.chain:
        is_gate = node.kind == "gate"
        nodes.append(_node(node, gate if is_gate else -1))
        statistics = [p for p in network.placed if is_gate and p.gate == gate and not p.parameter.trained]
        nodes[-1]["parameters"] += [_parameter(p.name, tensors[p.name], None) for p in statistics]
        gate += is_gate
    return nodes


def _node(node: Node, gate: int) -> dict[str, Any]:
    return {
        "kind": node.kind,
        "gate": gate,
        "label": node.label,
        "value": _flat(node.value),
        "gradient": _flat(node.gradient),
        "parameters": [
            _parameter(each.label, each.value, each.gradient) for each in node.sources if each.kind == "parameter"
        ],
    }


def _parameter(name: str, value: Any, gradient: Array | None) -> dict[str, Any]:
    return {"name": name, "shape": list(value.shape), "value": _flat(value), "gradient": _flat(gradient)}


def _flat(values: Array | None) -> Array | None:
    return None if values is None else np.ravel(values).astype(np.float64)


def landscape(standing: Standing, size: int, span: float, seed: int) -> dict[str, Any]:
    """Return J on a square around θ, along two random directions that are as long in every tensor as θ is.

    References
    ----------
    Li, Xu, Taylor, Studer, Goldstein (2018), Visualizing the loss landscape of neural nets, section 4.
    """
    if not 2 <= size <= LANDSCAPE:
        raise ValueError(f"a landscape has 2 … {LANDSCAPE} points along a side, but {size} were asked for")
    plan, theta = standing.plan, standing.weights.astype(np.float64)
    network, problem = plan.network, plan.problem
    rows = len(problem.X)
    problem = problem.batch(slice(None, None, -(-rows // SEEN_ROWS)))
    random = np.random.RandomState(philox(seed, WEIGHTS))
    directions = []
    for _ in range(2):
        direction = np.zeros_like(theta)
        for placed in network.placed:
            if placed.parameter.trained:
                drawn = random.standard_normal(placed.place.stop - placed.place.start)
                length = np.linalg.norm(theta[placed.place]) / max(float(np.linalg.norm(drawn)), 1e-300)
                direction[placed.place] = drawn * length
        directions.append(direction)
    losses = np.empty((size, size))
    with fastest(plan).predictor(network, standing.theta) as predictor:
        for i, a in enumerate(np.linspace(-span, span, size)):
            for k, b in enumerate(np.linspace(-span, span, size)):
                losses[i, k] = _objective(problem, predictor, theta + a * directions[0] + b * directions[1], plan)
    return {"losses": losses.ravel(), "size": size, "span": span, "number": standing.number}


def _objective(problem: Any, predictor: Predictor, theta: Array, plan: Plan) -> float:
    return mean_loss(problem, predictor, theta) + plan.penalty_share * penalty_value(problem, theta.astype(plan.dtype))
