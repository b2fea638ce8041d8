"""The computation graph in words and numbers: what the drawing, the text and any other face show."""

import re
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np

from mlnn.array import Array, as_rows
from mlnn.names import require
from mlnn.network import Network
from mlnn.objective import Problem, backward, data_derivative, data_loss, forward

ABBREVIATIONS = MappingProxyType({"multiply": "mul"})
"""What the field calls something other than its class's name says."""

Kind: TypeAlias = Literal["input", "parameter", "gate", "output", "target", "loss"]


@dataclass(frozen=True, eq=False)
class Node:
    """A node of the graph: a box (input, parameter, target) or a circle (gate, output, loss).

    Parameters
    ----------
    kind : str
        "input", "parameter", "gate", "output", "target" or "loss".
    label : str
        Its name: ``X``, ``W1``, ``batch norm``, ``softmax``.
    shape : tuple of int
        The shape of its value for one row; of a scalar, and of a target that is not given, ().
    value : array, optional
        What it holds or puts out, where a row is given. Of the output: its predictions.
    gradient : array, optional
        ∂loss/∂value, where a target is given. An output and its loss are differentiated as one, so the output has none.
    sources : tuple of Node
        The boxes that feed it from the side: parameters, and the target of the loss.
    """

    kind: Kind
    label: str
    shape: tuple[int, ...]
    value: Array | None = None
    gradient: Array | None = None
    sources: tuple["Node", ...] = ()


UNKNOWN_LOSS = Node("loss", "loss", (), sources=(Node("target", "y", ()),))


@dataclass(frozen=True, eq=False)
class Graph:
    """The chain input → gates → output → loss, cut into its layers: each starts at the weights that mix its inputs."""

    layers: tuple[tuple[Node, ...], ...]

    @property
    def chain(self) -> tuple[Node, ...]:
        """Return all nodes that a row flows through, in order."""
        return tuple(chain.from_iterable(self.layers))


def word(thing: object) -> str:
    """Return the short name of a gate or an output: its class's name in lower case, in words.

    An acronym with a small letter in it (ReLU) is one word.

    Examples
    --------
    >>> from mlnn.gate import MultiplyGate
    >>> from mlnn.layer import LeakyReLU
    >>> word(MultiplyGate()), word(LeakyReLU())
    ('mul', 'leaky relu')
    """
    name = type(thing).__name__
    name = re.sub(r"(?<=[a-z]{2})(?=[A-Z])", " ", name.removesuffix("Gate").strip("_") or name).lower()
    return ABBREVIATIONS.get(name, name)


def describe(network: Any, theta: Array | None = None, row: object = None, target: object = None) -> Graph:
    """Describe the graph, filled with the values of one row and the gradients of its loss where they are given.

    The row passes as in prediction: dropout drops nothing, batch norm uses its running statistics.

    Parameters
    ----------
    network : Network, Model or fitted estimator
        The chain; the last two bring their own weights.
    theta : array of shape (P,), optional
        The weights.
    row : array of shape (D,) or (1, D), optional
        One row of data; needs weights.
    target : optional
        Its target, of an estimator the label; needs ``row``. Then gradients are there too.

    Raises
    ------
    ValueError
        If a row is given without θ, a target without a row, or one of the three does not fit.

    Examples
    --------
    >>> graph = describe(Network.dense([2, 3, 2]))
    >>> [node.label for node in graph.chain]
    ['X', 'mul', 'add', 'tanh', 'mul', 'add', 'softmax', 'loss']
    >>> [source.label for source in graph.chain[1].sources], len(graph.layers)
    (['W1'], 2)
    """
    network, theta, row, target = parts(network, theta, row, target)
    if row is not None and theta is None:
        raise ValueError("to show the numbers of a row, θ is needed too")
    if target is not None and row is None:
        raise ValueError("to show the gradients of a target, its row is needed too")
    if theta is None:
        return _graph(network, {})
    require(np.ndarray, theta, "θ")
    views, tensors = network.views(theta), network.named(theta)
    if row is None:
        return _graph(network, tensors)
    X = as_rows(row, network.inputs)
    if target is None:
        tape = forward(network, views, X)
        return _graph(network, tensors, tape.values, network.output.predict(tape.scores))
    problem = Problem.of(network, X, target)
    tape, gradient = forward(network, views, X), np.zeros_like(theta)
    d_values = backward(network, views, tape, data_derivative(problem, tape.scores), network.views(gradient))
    goal = Node("target", "y", problem.y.shape, problem.y)
    loss = Node("loss", "loss", (), np.array(data_loss(problem, tape.scores)), sources=(goal,))
    predictions = network.output.predict(tape.scores)
    return _graph(network, tensors, tape.values, predictions, network.named(gradient), d_values, loss)


def parts(subject: Any, theta: Array | None, row: Any, target: Any) -> tuple[Network, Array | None, Any, Any]:
    """Return the network, its weights, and one row with its target, each as a matrix of one line."""
    network = subject if isinstance(subject, Network) else getattr(subject, "network", None)
    network = getattr(subject, "network_", None) if network is None else network
    if not isinstance(network, Network):
        raise ValueError(f"a graph shows a Network, a Model or a fitted estimator of mlnn, but got {subject!r}")
    if theta is None:
        theta = getattr(subject, "theta", getattr(subject, "theta_", None))
    if row is not None:
        if np.ndim(row) == 2 and hasattr(subject, "preparation_"):
            row = subject.preparation_.transform(row)
        row = row.toarray() if hasattr(row, "toarray") else np.asarray(row)
        if row.ndim > 2 or (row.ndim == 2 and len(row) != 1):
            raise ValueError(
                f"a graph shows one row of {network.inputs} numbers, but row has shape {row.shape}: give X[0]"
            )
        row = row.reshape(1, -1)
    if target is not None:
        target = np.asarray(target)
        target = target[0] if target.ndim == 2 and len(target) == 1 else target
        target = target.reshape(()) if target.size == 1 else target
        classes = getattr(subject, "classes_", None)
        if classes is not None and not isinstance(classes, list) and target.ndim == 0:
            if target not in classes:
                raise ValueError(f"the label {target} is none of {classes}")
            target = np.searchsorted(classes, target)
        target = target[None]
    return network, theta, row, target


def _graph(
    network: Network,
    tensors: dict[str, Array],
    values: list[Array] | None = None,
    predictions: Array | None = None,
    slopes: dict[str, Array] | None = None,
    d_values: list[Array] | None = None,
    loss: Node = UNKNOWN_LOSS,
) -> Graph:
    """Return the graph with whatever numbers there are."""

    def flowing(kind: Kind, label: str, place: int, sources: tuple[Node, ...] = ()) -> Node:
        value, gradient = values[place] if values else None, d_values[place] if d_values else None
        return Node(kind, label, (1, network.widths[place]), value, gradient, sources)

    layers = [[flowing("input", "X", 0)]]
    for index, gate in enumerate(network.gates):
        owned = [p for p in network.placed if p.gate == index and p.parameter.trained]
        if index and any(p.parameter.letter == "W" for p in owned):
            layers.append([])
        parameters = tuple(
            Node("parameter", p.name, p.parameter.shape, tensors.get(p.name), slopes.get(p.name) if slopes else None)
            for p in owned
        )
        layers[-1].append(flowing("gate", word(gate), index + 1, parameters))
    layers[-1] += [Node("output", word(network.output), (1, network.widths[-1]), predictions), loss]
    return Graph(tuple(map(tuple, layers)))
