"""The tutorial's figure, live: gates as circles, inputs and parameters as boxes, values forward, gradients back."""

from typing import Any

from mlnn.array import Array
from mlnn.graph import describe
from mlnn.graph.numerals import inline
from mlnn.network import Network
from mlnn.plot.axes import axes_of
from mlnn.plot.colours import BLUE, EDGE, FILL, INK
from mlnn.plot.layout import CHARACTER, FONT, RADIUS, Arrow, Box, Circle, Layout, Text, lay_out

WITHIN = 1.6 * RADIUS * 72.0 / 0.62
"""Letters times points that fit into a circle."""

STACKED = 20.0
"""Lines times points that fit into a circle."""

INKS = {"name": INK, "value": INK, "gradient": BLUE}


def plot_graph(
    network: Any, theta: Array | None = None, row: object = None, target: object = None, ax: Any = None
) -> Any:
    """Draw the computation graph of a network; a long chain continues on the next line.

    Parameters
    ----------
    network : Network, Model or fitted estimator
        The chain; the last two bring their own weights.
    theta : array of shape (P,), optional
        The weights; then they stand in their boxes.
    row : array of shape (D,) or (1, D), optional
        One row of data; then its values stand on the black arrows.
    target : optional
        Its target (an estimator takes the label); then gradients stand on the blue arrows, and under the parameters.
    ax : matplotlib Axes, optional
        Where to draw, and what is returned; by default a new figure's of a fitting size. Texts grow and shrink with it.

    Raises
    ------
    ValueError
        If row, target and θ do not fit the network or each other.
    """
    import matplotlib.pyplot as plt

    layout = lay_out(describe(network, theta, row, target))
    left, right, bottom, top = layout.extent
    if ax is None:
        ax = plt.figure(figsize=(right - left, top - bottom)).add_axes((0.0, 0.0, 1.0, 1.0))
    axes_of(ax).set(xlim=(left, right), ylim=(bottom, top))
    ax.set_aspect("equal")
    ax.axis("off")
    _draw(ax, layout)
    return ax


def figure_size(network: Network) -> tuple[float, float]:
    """Return width and height, in inches, of a figure that the drawing without numbers fills."""
    left, right, bottom, top = lay_out(describe(network)).extent
    return right - left, top - bottom


def _draw(ax: Any, layout: Layout) -> None:
    thin = _scale(ax, layout)
    for arrow in layout.arrows:
        _arrow(ax, arrow, thin)
    for box in layout.boxes:
        _box(ax, box)
    for circle in layout.circles:
        _circle(ax, circle)
    for text in layout.texts:
        _text(ax, text)


def _scale(ax: Any, layout: Layout) -> float:
    """Return how much smaller than natural the axes are, at most 1: so much smaller are heads of arrows."""
    left, right, bottom, top = layout.extent
    inches = ax.get_window_extent().transformed(ax.figure.dpi_scale_trans.inverted())
    return min(1.0, inches.width / (right - left), inches.height / (top - bottom))


def _arrow(ax: Any, arrow: Arrow, thin: float) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    patch = FancyArrowPatch(path=Path(arrow.path), arrowstyle="-|>", mutation_scale=8.0 * thin)
    patch.set(color=INKS[arrow.flow], linewidth=1.1 * thin**0.5, joinstyle="miter", capstyle="butt")
    ax.add_patch(patch)


def _box(ax: Any, box: Box) -> None:
    from matplotlib.patches import FancyBboxPatch

    frame = FancyBboxPatch(
        (box.x - box.width / 2.0, box.bottom), box.width, box.height, boxstyle="round,pad=0,rounding_size=0.04"
    )
    frame.set(facecolor=FILL[box.node.kind], edgecolor=EDGE, linewidth=0.9, zorder=3)
    ax.add_patch(frame)
    for text in box.texts:
        _text(ax, text)


def _circle(ax: Any, circle: Circle) -> None:
    from matplotlib.patches import Circle as Disc

    from mlnn.plot.scaled import ScaledText

    node = circle.node
    ax.add_patch(Disc((circle.x, circle.y), RADIUS, facecolor=FILL[node.kind], edgecolor=INK, lw=1.1, zorder=3))
    lines = node.label.split(" ")
    lines += [inline(node.value)] if node.kind == "loss" and node.value is not None else []
    size = min(10.0, WITHIN / max(map(len, lines)), STACKED / len(lines))
    for k, line in enumerate(lines):
        above = ((len(lines) - 1) / 2.0 - k) * 1.25 * size / 72.0
        ax.add_artist(ScaledText(circle.x, circle.y + above, line, size, color=INK))


def _text(ax: Any, text: Text) -> None:
    from mlnn.plot.scaled import ScaledText

    style = {"color": INKS[text.flow], "weight": "bold" if text.flow == "name" else "normal"}
    left = text.x - CHARACTER * len(text.text) / 2.0  # from the left: renderers do not count leading spaces as width
    ax.add_artist(ScaledText(left, text.y, text.text, FONT, ha="left", family="DejaVu Sans Mono", **style))
