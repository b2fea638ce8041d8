"""The computation graph for the terminal: one node a line, values on their way down, gradients on their way up."""

from typing import Any

from mlnn.array import Array
from mlnn.graph.description import Node, describe
from mlnn.graph.numerals import inline, shape

COLUMNS = 80
"""What a line fits."""

NAME = 26
"""Characters of a node with its mark; a longer name is cut."""


def graph_text(network: Any, theta: Array | None = None, row: object = None, target: object = None) -> str:
    """Return the graph as lines of text: circles are gates, boxes are the input, parameters and the target.

    Parameters are as in ``plot_graph``. No line is longer than 80 characters; values that do not fit are counted.

    Examples
    --------
    >>> from mlnn.network import Network
    >>> print(graph_text(Network.dense([2, 3, 2])))
    node         shape
    □   X        1×2
    │ ┌─□ W1     2×3
    ○◄┘ mul      1×3
    │ ┌─□ b1     1×3
    ○◄┘ add      1×3
    ○   tanh     1×3
    │ ┌─□ W2     3×2
    ○◄┘ mul      1×2
    │ ┌─□ b2     1×2
    ○◄┘ add      1×2
    ○   softmax  1×2
    │ ┌─□ y
    ○◄┘ loss
    """
    graph = describe(network, theta, row, target)
    header = ["node", "shape"]
    nodes = [each for node in graph.chain for each in (node, *node.sources)]
    header += ["value ↓"] if any(node.value is not None for node in nodes) else []
    header += [] if target is None else ["gradient ↑"]
    left = [line[:2] for node in graph.chain for line in _lines(node, COLUMNS)]
    room = COLUMNS - sum(max(map(len, column)) + 2 for column in zip(header[:2], *left, strict=True))
    room = room if len(header) < 4 else (room - 2) // 2
    table = [header, *(line[: len(header)] for node in graph.chain for line in _lines(node, room))]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table
    )


def _lines(node: Node, room: int) -> list[list[str]]:
    """Return the lines of what feeds a node from the side, and its own; numbers have so much room."""
    sides = [_line(f"│ {'├' if k else '┌'}─□ ", source, room) for k, source in enumerate(node.sources)]
    return [*sides, _line("□   " if node.kind == "input" else "○◄┘ " if sides else "○   ", node, room)]


def _line(mark: str, node: Node, room: int) -> list[str]:
    numbers = ["" if each is None else inline(each, room) for each in (node.value, node.gradient)]
    name, size = mark + node.label, shape(node.shape)
    return [name if len(name) <= NAME else name[: NAME - 1] + "…", size, *numbers]
