"""Figures of merit, in words and with significant digits."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mlnn.cli.console import print_table
from mlnn.tabular.score import NAMES

IN_UNITS = ("rmse", "mae", "median_error")
"""Figures that may be as small as the target; others are 0 where nothing but rounding is left of them."""


def digits(x: float, count: int = 4) -> str:
    """Return a number with so many significant digits, in at most eight characters or so.

    Examples
    --------
    >>> [digits(x) for x in (0.95, 5.74612e-06, -12345.678, 0.0, 1.5e12, float("nan"))]
    ['0.9500', '5.746e−6', '−12346', '0', '1.500e12', '-']
    """
    if math.isnan(x):
        return "-"
    x += 0.0  # no −0
    size = abs(x)
    if size == 0.0 or not math.isfinite(x):
        text = f"{x:g}"
    elif 1e-3 <= size < 10**count:
        text = f"{x:#.{count}g}".removesuffix(".")
    elif 10**count <= size < 1e9:
        text = f"{x:.0f}"
    else:
        mantissa, exponent = f"{x:.{count - 1}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def with_spread(x: float, spread: float | None) -> str:
    """Return a number with its spread behind it, both to the place of the spread's second digit.

    Examples
    --------
    >>> with_spread(0.95123, 0.0123), with_spread(1234.5, 56.0), with_spread(0.5, None)
    ('0.951 ± 0.012', '1234 ± 56', '0.5000')
    """
    if not spread or not math.isfinite(spread) or not 1e-3 <= abs(x) < 1e9:
        return digits(x) + (f" ± {digits(spread, 2)}" if spread else "")
    place = min(max(1 - math.floor(math.log10(spread)), 0), 6)
    return f"{x:.{place}f} ± {spread:.{place}f}".replace("-", "−")


def figures(scores: Mapping[str, float], spread: Mapping[str, float] = MappingProxyType({})) -> dict[str, str]:
    """Return figures of merit as text, with their spread where there is one."""

    def figure(name: str, x: float) -> str:
        rounding = name not in IN_UNITS and abs(x) < 1e-6
        return "0" if rounding else with_spread(x, spread.get(name))

    return {name: figure(name, x) for name, x in scores.items()}


def print_scores(title: str, columns: Sequence[tuple[str, Mapping[str, str]]]) -> None:
    """Print figures of merit side by side.

    Parameters
    ----------
    title : str
        What stands above them.
    columns : sequence of (heading, dict)
        What ``figures`` returns, and what stands above it.
    """
    names = dict.fromkeys(name for _, texts in columns for name in texts)
    lines = [(NAMES.get(name, name), *(texts.get(name, "") for _, texts in columns)) for name in names]
    print_table(title, ["", *(heading for heading, _ in columns)], lines)
