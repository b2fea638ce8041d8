"""A drawing on a page is laid out once, and is what matplotlib makes of one that it lays out itself."""

import io
import re

from matplotlib import rc_context, rcParams
from matplotlib.figure import Figure

from mlnn.network import Network
from mlnn.page.picture import SIZE, STYLE, svg
from mlnn.plot import plot_graph


def lines(figure):
    left, right = figure.subplots(1, 2)
    left.plot([0.0, 1.0], [1e6, 2e6], label="one")
    left.set(xlabel="what it depends on", ylabel="a long word for it", title="title")
    left.legend()
    image = right.imshow([[0.0, 1.0], [2.0, 3.0]])
    figure.colorbar(image, ax=right)


def network(figure):
    plot_graph(Network.dense([3, 4, 2]), ax=figure.add_subplot())


def laid_out_by_matplotlib(draw):
    text = io.StringIO()
    with rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        draw(figure)
        metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(text, format="svg", metadata=metadata, transparent=True, dpi=200)
    return re.sub(r"<metadata>.*?</metadata>\s*", "", text.getvalue(), flags=re.DOTALL)


def test_the_layout_is_matplotlibs():
    for draw in (lines, network):
        drawing = svg(draw)
        assert drawing.startswith("<svg")
        assert laid_out_by_matplotlib(draw).endswith(drawing)


def test_no_setting_stays_behind():
    before, figure = dict(rcParams), Figure()
    network(figure)
    figure.savefig(io.BytesIO())
    assert dict(rcParams) == before
