"""Text that grows and shrinks with its axes, as the shapes around it do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib import rcParams
from matplotlib.text import Text


class ScaledText(Text):
    """A text whose size, in points, is what it would be if one unit of the axes were one inch."""

    def __init__(self, x: float, y: float, content: str, size: float, **style: Any) -> None:
        super().__init__(x, y, content, size=size, zorder=4, **{"ha": "center", "va": "center_baseline"} | style)
        self._natural = size

    def draw(self, renderer: Any) -> None:
        """Draw at the size that the axes have now."""
        self._fit()
        with _unhinted():  # hinted letters grow after they were measured, out of their box
            super().draw(renderer)

    def get_window_extent(self, renderer: Any = None, dpi: float | None = None) -> Any:
        """Return the rectangle it takes at the size that the axes have now."""
        self._fit()
        with _unhinted():
            return super().get_window_extent(renderer, dpi)

    def _fit(self) -> None:
        figure = self.get_figure(root=True)
        if self.axes is not None and figure is not None:
            (_, low), (_, high) = self.axes.transData.transform([(0.0, 0.0), (0.0, 1.0)])
            size = self._natural * float(high - low) / figure.dpi
            if abs(size - float(self.get_fontsize())) > 1e-6 * size:
                self.set_fontsize(size)


@contextmanager
def _unhinted() -> Iterator[None]:
    """Draw letters as they are; matplotlib's ``rc_context`` would copy all its settings for each."""
    before = rcParams["text.hinting"]
    rcParams["text.hinting"] = "none"
    try:
        yield
    finally:
        rcParams["text.hinting"] = before
