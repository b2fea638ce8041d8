"""What pages share: their templates, numbers in words, and drawings as inline SVG."""

import io
import re
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

from mlnn.frame.printable import printable
from mlnn.plot.colours import INK

SIZE = (4.7, 3.4)
"""Inches of a drawing: as many as the screen of a telephone shows without making letters smaller."""

STYLE: Any = {
    "svg.fonttype": "none",  # letters stay letters, so that a reader's own fonts show those of any language
    "svg.hashsalt": "mlnn",  # the same drawing is the same text
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


class Picture(NamedTuple):
    """A drawing with its title and caption; a wide one fills the page."""

    title: str
    caption: str
    svg: str
    wide: bool = False


def rendered(template: str, **content: Any) -> str:
    """Return a page: a template filled in, every text escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mlnn.page"),
        autoescape=True,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**content)


def _shown(value: Any) -> Any:
    """Return a value as a page shows it: drawings, which are markup, as they are."""
    return printable(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def svg(draw: Callable[..., Any], *arguments: Any, size: tuple[float, float] = SIZE) -> str:
    """Return a drawing as inline SVG on no ground of its own; ``draw`` gets a figure."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    text = io.StringIO()
    with rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # the reader has one
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure, *arguments)
        if (layout := figure.get_layout_engine()) is not None:  # savefig would draw it all once more to lay it out
            layout.execute(figure)
            figure.set_layout_engine(None)
        metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(text, format="svg", metadata=metadata, transparent=True, dpi=200)
    drawing = text.getvalue()
    return re.sub(r"<metadata>.*?</metadata>\s*", "", drawing[drawing.index("<svg") :], flags=re.DOTALL)
