"""What pages share: their templates, and drawings as inline SVG."""

import io
from collections.abc import Callable
from typing import Any


def rendered(template: str, **content: Any) -> str:
    """Return a page: a template filled in, every text escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mlnn.page"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(template).render(**content)


def svg(draw: Callable[..., Any], *arguments: Any, size: tuple[float, float] = (6.2, 4.2)) -> str:
    """Return a drawing as inline SVG; ``draw`` gets a figure."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasSVG(figure)
    draw(figure, *arguments)
    text = io.StringIO()
    with rc_context({"svg.hashsalt": "mlnn"}):  # the same drawing is the same text
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None}, transparent=False)
    return text.getvalue()[text.getvalue().index("<svg") :]
