"""The computation graph in words and numbers: what the drawing, the text and any other face show."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from mlnn.array import Array
from mlnn.network import Network
from mlnn.objective import Problem, backward, data_derivative, data_loss, forward

WORDS = MappingProxyType(
    {"multiplygate": "mul", "addgate": "add", "batchnorm": "batch norm", "leastsquares": "least squares"}
)


@dataclass(frozen=True, eq=False)
class Box:
    """An input or a parameter: its name, its shape, and its value and gradient where they are known."""

    name: str
    shape: tuple[int, ...]
    value: Array | None = None
    gradient: Array | None = None


@dataclass(frozen=True, eq=False)
class Node:
    """A gate: what it is, the parameters it takes, what it puts out, and ∂J/∂(what it puts out)."""

    label: str
    parameters: tuple[Box, ...]
    out: Box


@dataclass(frozen=True, eq=False)
class Graph:
    """The chain from the input over the gates to the output and its loss."""

    input: Box
    nodes: tuple[Node, ...]
    output: str
    predictions: Array | None = None
    loss: float | None = None


def word(thing: object) -> str:
    """Return the short name of a gate or an output: its class's, in the words of the field.

    Examples
    --------
    >>> from mlnn.gate import MultiplyGate
    >>> from mlnn.layer import LeakyReLU
    >>> word(MultiplyGate()), word(LeakyReLU())
    ('mul', 'leakyrelu')
    """
    name = type(thing).__name__.lower()
    return WORDS.get(name, name)


def numbers(value: Array, most: int = 4) -> str:
    """Return an array of one row, or a matrix, as short text.

    Examples
    --------
    >>> numbers(np.array([[0.123, -4.0]])), numbers(np.zeros((3, 4)))
    ('[0.12 −4]', '[0 0 0 … 12]')
    """
    return f"[{' '.join(elements(value, most))}]"


def elements(value: Array, most: int = 4) -> list[str]:
    """Return the elements of an array as short texts; of a long one the first few, and how many there are.

    Examples
    --------
    >>> elements(np.array([0.5, -1.23e-7])), elements(np.ones(9), most=3)
    (['0.5', '−1e−7'], ['1', '1', '… 9'])
    """
    flat = np.asarray(value).ravel()
    shown = [_short(float(x)) for x in (flat if flat.size <= most else flat[: most - 1])]
    return shown if flat.size <= most else [*shown, f"… {flat.size}"]


def _short(x: float) -> str:
    text = f"{x + 0.0:.2g}"
    if "e" in text:
        mantissa, exponent = f"{x:.0e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def describe(network: Network, theta: Array | None = None, row: object = None, target: object = None) -> Graph:
    """Describe the graph, filled with the values of one row and the gradients of its loss where they are given.

    Parameters
    ----------
    network : Network
        The chain.
    theta : array of shape (P,), optional
        The weights.
    row : array of shape (D,), optional
        One row of data; needs ``theta``.
    target : optional
        Its target; needs ``row``. Then gradients are there too.

    Raises
    ------
    ValueError
        If a row is given without θ, a target without a row, or either does not fit.
    """
    if row is not None and theta is None:
        raise ValueError("to show the numbers of a row, θ is needed too")
    if target is not None and row is None:
        raise ValueError("to show the gradients of a target, its row is needed too")
    values: list[Array | None] = [None] * len(network.widths)
    gradients = list(values)
    gradient: Array | None = None
    predictions, loss = None, None
    if row is not None and theta is not None:
        X = np.asarray(row, dtype=np.float64).reshape(1, -1)
        if X.shape[1] != network.inputs:
            raise ValueError(f"the row has {X.shape[1]} features, but the network expects {network.inputs}")
        tape = forward(network, network.views(theta), X)
        values, predictions = list(tape.values), network.output.predict(tape.scores)
        if target is not None:
            problem = Problem.of(network, X, np.asarray(target)[None])
            gradient = np.zeros_like(theta)
            d_scores = data_derivative(problem, tape.scores)
            gradients = list(backward(network, network.views(theta), tape, d_scores, network.views(gradient)))
            loss = data_loss(problem, tape.scores)
    tensors = {} if theta is None else network.named(theta)
    slopes = {} if gradient is None else network.named(gradient)
    nodes = tuple(
        Node(
            word(gate),
            tuple(
                Box(p.name, p.parameter.shape, tensors.get(p.name), slopes.get(p.name))
                for p in network.placed
                if p.gate == index and p.parameter.trained
            ),
            Box("", (1, network.widths[index + 1]), values[index + 1], gradients[index + 1]),
        )
        for index, gate in enumerate(network.gates)
    )
    start = Box("X", (1, network.inputs), values[0], gradients[0])
    return Graph(start, nodes, word(network.output), predictions, loss)
