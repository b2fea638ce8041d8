"""The line search of Moré and Thuente: a step along a direction that lowers φ enough and flattens it enough."""

from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

SUFFICIENT, FLAT, WIDTH = 1e-3, 0.9, 0.1
"""How much of the first slope's promise must be kept; how flat φ must be; how narrow, relatively, a bracket ends it."""

EXTRAPOLATION = 4.0
"""By how much a step may grow while no minimum is bracketed."""


class Point(NamedTuple):
    """A step, φ there, and its slope."""

    step: float
    value: float
    slope: float

    def tilted(self, slope: float) -> "Point":
        """Return the point of φ(step) − slope · step."""
        return Point(self.step, self.value - slope * self.step, self.slope - slope)


@dataclass
class LineSearch:
    """Finds a step that meets the strong Wolfe conditions: φ(a) ≤ φ(0) + μ a φ′(0) and |φ′(a)| ≤ η |φ′(0)|.

    Between two calls of ``next`` the caller evaluates φ and φ′ at the step that was asked for. A bracket that is
    narrower than ``WIDTH`` ends the search before the second condition is met: a step beside a minimum will do.

    References
    ----------
    Moré, Thuente (1994), Line search algorithms with guaranteed sufficient decrease; the numbers are those of L-BFGS-B
    (Zhu, Byrd, Lu, Nocedal 1997, algorithm 778).

    Examples
    --------
    >>> search = LineSearch(Point(0.0, 4.0, -4.0), step=5.0)  # φ(a) = (a − 2)²
    >>> while search.next((search.step - 2.0) ** 2, 2.0 * (search.step - 2.0)):
    ...     pass
    >>> search.step
    2.0
    """

    start: Point  # φ and φ′ at the step 0; φ′ must be negative
    step: float  # what to try first
    longest: float = 1e10
    best: Point = field(init=False)
    other: Point = field(init=False)
    bracketed: bool = field(default=False, init=False)
    _descends: bool = field(default=True, init=False)  # the first stage: φ minus its promised fall is what is searched

    def __post_init__(self) -> None:
        """Begin with nothing but the start."""
        self.best = self.other = self.start
        self._low, self._high = 0.0, self.step + EXTRAPOLATION * self.step
        self._width = self.longest
        self._width_before = 2.0 * self._width

    def next(self, value: float, slope: float) -> bool:
        """Take φ and φ′ at ``step``; return whether another step, which ``step`` then holds, is to be tried."""
        at, promise = Point(self.step, value, slope), SUFFICIENT * self.start.slope
        enough = value <= self.start.value + self.step * promise
        self._descends = self._descends and not (enough and slope >= 0.0)
        if self._is_over(at, enough, promise):
            return False
        if self._descends and value <= self.best.value and not enough:
            tilted = (each.tilted(promise) for each in (at, self.best, self.other))
            best, other, step = self._improved(*tilted)
            self.best, self.other = best.tilted(-promise), other.tilted(-promise)
        else:
            self.best, self.other, step = self._improved(at, self.best, self.other)
        self._narrow(step)
        return True

    def _is_over(self, at: Point, enough: bool, promise: float) -> bool:
        """Tell whether the conditions are met, or rounding or the limits leave nothing to try."""
        if self.bracketed and (not self._low < at.step < self._high or self._is_narrow()):
            return True
        if at.step == self.longest and enough and at.slope <= promise:
            return True
        return enough and abs(at.slope) <= FLAT * -self.start.slope

    def _is_narrow(self) -> bool:
        return self._high - self._low <= WIDTH * self._high

    def _narrow(self, step: float) -> None:
        """Choose the next step inside the bracket, or outside as long as there is none."""
        best, other = self.best.step, self.other.step
        if self.bracketed:
            if abs(other - best) >= 0.66 * self._width_before:
                step = best + 0.5 * (other - best)
            self._width_before, self._width = self._width, abs(other - best)
            self._low, self._high = min(best, other), max(best, other)
        else:
            self._low, self._high = step + 1.1 * (step - best), step + EXTRAPOLATION * (step - best)
        step = min(max(step, 0.0), self.longest)
        if self.bracketed and (not self._low < step < self._high or self._is_narrow()):
            step = best
        self.step = step

    def _improved(self, at: Point, best: Point, other: Point) -> tuple[Point, Point, float]:
        """Return the two points that hold a minimum between them, the better first, and a step to try."""
        turned = at.slope * best.slope < 0.0
        if at.value > best.value:  # a minimum lies between: the cubic, or half way to the quadratic
            cubic = _cubic(best, at)
            drop = (best.value - at.value) / (at.step - best.step) + best.slope
            quadratic = best.step + best.slope / drop / 2.0 * (at.step - best.step)
            closer = abs(cubic - best.step) < abs(quadratic - best.step)
            step = cubic if closer else cubic + (quadratic - cubic) / 2.0
            self.bracketed = True
        elif turned:  # between as well: whichever is farther from here
            step = max(_cubic(at, best), _secant(at, best), key=lambda each: abs(each - at.step))
            self.bracketed = True
        elif abs(at.slope) < abs(best.slope):  # φ flattens: the cubic may have its minimum beyond
            step = self._flattening(at, best, other)
        elif self.bracketed:
            step = _cubic(at, other)
        else:
            step = self._high if at.step > best.step else self._low
        if at.value > best.value:
            return best, at, step
        return at, best if turned else other, step

    def _flattening(self, at: Point, best: Point, other: Point) -> float:
        forward = at.step > best.step
        cubic = _cubic_beyond(at, best)
        if cubic is None:
            cubic = self._high if forward else self._low
        secant = _secant(at, best)
        candidates = (secant, cubic)
        if self.bracketed:
            nearer = min(candidates, key=lambda each: abs(each - at.step))
            limit = at.step + 0.66 * (other.step - at.step)
            return min(limit, nearer) if forward else max(limit, nearer)
        farther = max(candidates, key=lambda each: abs(each - at.step))
        return min(max(farther, self._low), self._high)


def _terms(a: Point, b: Point) -> tuple[float, float]:
    """Return θ of the cubic through two points, and γ² before scaling is undone: what its minimizer is made of."""
    theta = 3.0 * (b.value - a.value) / (a.step - b.step) + a.slope + b.slope
    size = max(abs(theta), abs(a.slope), abs(b.slope))
    square = (theta / size) ** 2 - (a.slope / size) * (b.slope / size)
    return theta, size * sqrt(max(square, 0.0))


def _cubic(a: Point, b: Point) -> float:
    """Return the minimizer of the cubic that has the values and slopes of both points."""
    theta, gamma = _terms(a, b)
    gamma = -gamma if b.step < a.step else gamma
    return a.step + (gamma - a.slope + theta) / (2.0 * gamma - a.slope + b.slope) * (b.step - a.step)


def _cubic_beyond(a: Point, b: Point) -> float | None:
    """Return that minimizer if it lies on the far side of ``a``, else None."""
    theta, gamma = _terms(a, b)
    gamma = -gamma if a.step > b.step else gamma
    share = (gamma - a.slope + theta) / (gamma + (b.slope - a.slope) + gamma)
    return a.step + share * (b.step - a.step) if share < 0.0 and gamma != 0.0 else None


def _secant(a: Point, b: Point) -> float:
    """Return where the slope would be 0 if it went on as a straight line."""
    return a.step + a.slope / (a.slope - b.slope) * (b.step - a.step)
