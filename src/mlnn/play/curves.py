"""What is remembered of a run: its curves, and places to go back to."""

import numpy as np

from mlnn.array import Array
from mlnn.play.standing import Point, Standing
from mlnn.play.thinned import Thinned

POINTS = 2_000
"""Points of a curve that are kept at most."""
KEPT = 200
"""Places to go back to that are kept at most …"""
BYTES = 256 << 20
"""… and the memory that they may take."""


class Curves:
    """The curves of a run and the places it can go back to, thinned so that they never take much memory.

    One thread adds, any may ask.
    """

    def __init__(self, start: Standing) -> None:
        self._points: Thinned[Point] = Thinned(POINTS - 1)
        self._points.add(start.point)
        self._kept, self._number = self._places(start), start.point.number

    def add(self, standing: Standing) -> None:
        """Remember where training stands."""
        if standing.point.number > self._number:
            self._points.add(standing.point)
            self._number = standing.point.number
        if not len(standing.measured):
            self._kept.add(standing)

    def begin(self, standing: Standing) -> None:
        """Go on with the curves, but not with places that do not fit any more."""
        self._kept = self._places(standing)

    def forget(self, after: float) -> None:
        """Forget what came after so many epochs."""
        self.forget_places(after)
        self.forget_points(after)

    def forget_places(self, after: float) -> None:
        """Forget the places after so many epochs; the curves still show how the run came to its end."""
        self._kept.forget(after)

    def forget_points(self, after: float) -> None:
        """Forget the points of the curves after so many epochs."""
        self._points.forget(after)
        self._number = min(self._number, after)

    def nearest(self, number: float) -> Standing:
        """Return the place that is nearest to a number of epochs."""
        return min(self._kept, key=lambda each: abs(each.number - number))

    @property
    def places(self) -> list[Standing]:
        """Return where the run can go back to, its beginning first."""
        return list(self._kept)

    def arrays(self) -> dict[str, Array]:
        """Return the curves, a column each."""
        columns = np.array(list(self._points), dtype=np.float64).reshape(-1, len(Point._fields)).T
        named = {name: np.ascontiguousarray(column) for name, column in zip(Point._fields, columns, strict=True)}
        return named | {"kept": np.array([each.number for each in self._kept])}

    def _places(self, start: Standing) -> Thinned[Standing]:
        size = start.theta.nbytes * (1 + len(start.state))
        kept: Thinned[Standing] = Thinned(max(min(KEPT, BYTES // max(size, 1)) - 1, 1))
        kept.add(start)
        return kept
