"""The tutorial's figure, live: gates as circles, inputs and parameters as boxes, values forward, gradients back."""

from typing import Any

from mlnn.array import Array
from mlnn.network import Network
from mlnn.plot.description import Box, Graph, describe, elements, numbers
from mlnn.plot.text import shape

VALUE, GRADIENT, PAPER, GATE, OUTPUT, BOX = "#222222", "#0057b8", "#ffffff", "#fff3d6", "#dff3e4", "#eef1f5"
STEP, LINE, RADIUS, PER_LINE = 2.5, 4.2, 0.62, 7


def plot_graph(
    network: Network, theta: Array | None = None, row: object = None, target: object = None, ax: Any = None
) -> Any:
    """Draw the computation graph of a network; a long chain continues on the next line.

    Parameters
    ----------
    network : Network
        The chain.
    theta : array of shape (P,), optional
        The weights; then they stand in their boxes.
    row : array of shape (D,), optional
        One row of data; then its values stand on the black arrows.
    target : optional
        Its target; then the gradients of its loss stand on the blue arrows, and under the parameters.
    ax : matplotlib Axes, optional
        Where to draw; by default a new figure of a fitting size.

    Returns
    -------
    Axes
        The drawing.

    Raises
    ------
    ValueError
        If row, target and θ do not fit the network or each other.
    """
    import matplotlib.pyplot as plt

    graph = describe(network, theta, row, target)
    left, right, bottom, top = extent(network)
    if ax is None:
        _, ax = plt.subplots(figsize=figure_size(network), layout="constrained")
    _draw(ax, graph)
    ax.set(xlim=(left, right), ylim=(bottom, top))
    ax.set_aspect("equal")
    ax.axis("off")
    return ax


def extent(network: Network) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top of the drawing in its own units."""
    stops = len(network.gates) + 1
    lines = -(-stops // PER_LINE)
    return -1.3, STEP * min(stops, PER_LINE) + 1.4, -LINE * (lines - 1) - 1.4, 2.75


def figure_size(network: Network) -> tuple[float, float]:
    """Return width and height, in inches, of a figure that the drawing fills."""
    left, right, bottom, top = extent(network)
    return 0.65 * (right - left), 0.65 * (top - bottom)


def _place(stop: int) -> tuple[float, float]:
    """Return where the stop-th thing of the chain stands; the input is 0 and shares the first line's start."""
    line, column = (0, 0) if stop == 0 else divmod(stop - 1, PER_LINE)
    return (0.0, 0.0) if stop == 0 else (STEP * (column + 1), -LINE * line)


def _draw(ax: Any, graph: Graph) -> None:
    _box(ax, graph.input, *_place(0))
    before = graph.input
    for stop, node in enumerate(graph.nodes, start=1):
        x, y = _place(stop)
        _arrow(ax, stop, before)
        _circle(ax, x, y, node.label, GATE)
        for k, parameter in enumerate(node.parameters):
            across = x + (k - (len(node.parameters) - 1) / 2.0) * 1.45
            ax.annotate("", (x, y + RADIUS), (across, y + 1.5), arrowprops=_style(VALUE))
            _box(ax, parameter, across, y + 1.9, most=3 if len(node.parameters) == 1 else 2)
        before = node.out
    stop = len(graph.nodes) + 1
    x, y = _place(stop)
    _arrow(ax, stop, before)
    _circle(ax, x, y, graph.output, OUTPUT)
    if graph.predictions is not None:
        ax.text(x, y + RADIUS + 0.5, f"p = {numbers(graph.predictions, 3)}", ha="center", fontsize=8, color=VALUE)
    if graph.loss is not None:
        ax.text(x, y + RADIUS + 0.15, f"loss {graph.loss:.4g}", ha="center", fontsize=8, weight="bold")


def _circle(ax: Any, x: float, y: float, label: str, colour: str) -> None:
    from matplotlib.patches import Circle

    ax.add_patch(Circle((x, y), RADIUS, facecolor=colour, edgecolor=VALUE, lw=1.2, zorder=3))
    lines = label.replace(" ", "\n")
    size = 10 if max(map(len, lines.split("\n"))) <= 5 else 8
    ax.text(x, y, lines, ha="center", va="center", fontsize=size, zorder=4)


def _box(ax: Any, box: Box, x: float, y: float, most: int = 3) -> None:
    """Draw a box with name and shape, its numbers under the name, its gradient in blue under them."""
    from matplotlib.artist import Artist
    from matplotlib.offsetbox import AnnotationBbox, TextArea, VPacker

    texts = [(f"{box.name}  {shape(box.shape)}", VALUE)]
    texts += [] if box.value is None else [(numbers(box.value, most), VALUE)]
    texts += [] if box.gradient is None else [(numbers(box.gradient, most), GRADIENT)]
    areas: list[Artist] = [TextArea(text, textprops={"fontsize": 7.5, "color": colour}) for text, colour in texts]
    frame = {"boxstyle": "round,pad=0.25", "facecolor": BOX, "edgecolor": "#8893a2"}
    packed = VPacker(children=areas, align="center", pad=0, sep=3)
    ax.add_artist(AnnotationBbox(packed, (x, y), bboxprops=frame, pad=0.2, zorder=4))


def _arrow(ax: Any, stop: int, box: Box) -> None:
    """Draw the arrow into a stop with the value that flows along it, and the gradient that flows back."""
    (x, y), (x0, y0) = _place(stop), _place(stop - 1)
    continued = y0 != y
    if continued:
        x0 = x - STEP
        ax.text(x0 + 0.35, y, "…", ha="right", va="center", fontsize=12)
    start = x0 + (0.75 if stop == 1 else 0.4 if continued else RADIUS)
    end = x - RADIUS
    middle = (start + end) / 2.0
    ax.annotate("", (end, y + 0.09), (start, y + 0.09), arrowprops=_style(VALUE))
    if stop > 1:  # the input's own numbers stand in its box
        value = [shape(box.shape)] if box.value is None else elements(box.value, 4)
        ax.text(middle, y + 0.2, "\n".join(value), ha="center", va="bottom", fontsize=7, color=VALUE)
    if box.gradient is not None:
        ax.annotate("", (start, y - 0.09), (end, y - 0.09), arrowprops=_style(GRADIENT))
        if stop > 1:
            text = "\n".join(elements(box.gradient, 4))
            ax.text(middle, y - 0.2, text, ha="center", va="top", fontsize=7, color=GRADIENT)


def _style(colour: str) -> dict[str, Any]:
    return {"arrowstyle": "-|>", "color": colour, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
