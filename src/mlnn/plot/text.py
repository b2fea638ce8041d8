"""The computation graph for the terminal: one gate a line, values on their way down, gradients on their way up."""

from mlnn.array import Array
from mlnn.network import Network
from mlnn.plot.description import Box, describe, numbers


def graph_text(network: Network, theta: Array | None = None, row: object = None, target: object = None) -> str:
    """Return the graph as lines of text.

    Parameters are as in ``plot_graph``.

    Examples
    --------
    >>> print(graph_text(Network.dense([2, 3, 2])))
    gate       parameters   out
    X                       1×2
    mul        W1 2×3       1×3
    add        b1 1×3       1×3
    tanh                    1×3
    mul        W2 3×2       1×2
    add        b2 1×2       1×2
    softmax                 loss
    """
    graph = describe(network, theta, row, target)
    filled, sloped = row is not None, target is not None
    header = ["gate", "parameters", "out"]
    header += ["value ↓"] if filled else []
    header += ["gradient ↑"] if sloped else []
    table = [header, _line(graph.input.name, (), graph.input, filled, sloped)]
    table += [_line(node.label, node.parameters, node.out, filled, sloped) for node in graph.nodes]
    end = [graph.output, "", "loss"]
    if graph.predictions is not None:
        known = "" if graph.loss is None else f" loss {graph.loss:.4g}"
        end.append(numbers(graph.predictions) + known)
    table.append(end)
    widths = [max(len(line[k]) for line in table if k < len(line)) for k in range(len(header))]
    widths[0] = max(widths[0], 9)
    return "\n".join("  ".join(cell.ljust(widths[k]) for k, cell in enumerate(line)).rstrip() for line in table)


def _line(label: str, parameters: tuple[Box, ...], out: Box, filled: bool, sloped: bool) -> list[str]:
    line = [label, ", ".join(f"{box.name} {shape(box.shape)}" for box in parameters), shape(out.shape)]
    line += [numbers(out.value)] if filled and out.value is not None else []
    line += [numbers(out.gradient)] if sloped and out.gradient is not None else []
    return line


def shape(sizes: tuple[int, ...]) -> str:
    """Return a shape as text: 2×3."""
    return "×".join(map(str, sizes))
