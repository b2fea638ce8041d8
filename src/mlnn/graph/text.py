"""The computation graph for the terminal: one node a line, values on their way down, gradients on their way up."""

from mlnn.array import Array
from mlnn.graph.description import Node, describe
from mlnn.graph.numerals import inline, shape
from mlnn.network import Network


def graph_text(network: Network, theta: Array | None = None, row: object = None, target: object = None) -> str:
    """Return the graph as lines of text: circles are gates, boxes are the input, parameters and the target.

    Parameters are as in ``plot_graph``.

    Examples
    --------
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
    header += [] if theta is None else ["value ↓"]
    header += [] if target is None else ["gradient ↑"]
    table = [header, *(line[: len(header)] for node in graph.chain for line in _lines(node))]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table
    )


def _lines(node: Node) -> list[list[str]]:
    """Return the lines of what feeds a node from the side, and its own."""
    sides = [_line(f"│ {'├' if k else '┌'}─□ ", source) for k, source in enumerate(node.sources)]
    return [*sides, _line("□   " if node.kind == "input" else "○◄┘ " if sides else "○   ", node)]


def _line(mark: str, node: Node) -> list[str]:
    numbers = ["" if each is None else inline(each) for each in (node.value, node.gradient)]
    return [mark + node.label, shape(node.shape), *numbers]
