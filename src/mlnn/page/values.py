"""Pictures and tables of how good predicted values are, on rows that were not trained on."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.page.picture import Picture, svg
from mlnn.plot.colours import COLOURS, FAINT, INK, literal
from mlnn.tabular.conformal import Conformal, Errors
from mlnn.tabular.score import digits

POINTS = 5000
"""Rows that are drawn; of more, as many by chance."""

COVERAGE = 0.9
"""Of the intervals that are drawn."""

TARGETS = 4
"""Targets that get pictures of their own."""


def value_pictures(names: Sequence[str], y: Array, predictions: Array, conformal: Conformal | None) -> list[Picture]:
    """Return the pictures of every target; ``y`` and ``predictions``, shape (N, K), are those of judged rows."""
    if not len(y):
        return []
    rows = np.random.default_rng(0).permutation(len(y))[:POINTS]
    some = f" {POINTS:,} of {len(y):,} rows, by chance." if len(y) > POINTS else ""
    pictures = []
    for k, name in enumerate(names[:TARGETS]):
        of = f" of {name}" if len(names) > 1 else ""
        truth, values = y[rows, k], predictions[rows, k]
        band = _band(conformal.targets[k], values) if conformal else None
        drawn = f" {100 * COVERAGE:g} % of new rows shall lie between the lines." if band else ""
        pictures += [
            Picture(
                f"Predicted against true{of}",
                f"On the diagonal, predictions are right.{some}",
                svg(_against, values, truth, literal(name)),
            ),
            Picture(
                f"Errors{of}",
                f"What is missing to the truth, over what was predicted.{drawn}",
                svg(_errors, values, truth - values, band),
            ),
        ]
    return pictures


def coverage_table(names: Sequence[str], predictions: Array, conformal: Conformal | None) -> Any:
    """Return the header and the lines: what intervals promise, what they hold, and how wide they are."""
    if conformal is None:
        return [], []
    lines = []
    for promised, measured in conformal.measured.items():
        ends = conformal.interval(predictions, promised) if len(predictions) else np.full((1, len(names), 2), np.nan)
        shown = ", ".join(digits(float(wide), 3) for wide in np.median(np.ptp(ends, axis=2), axis=0))
        lines.append([f"{100 * promised:g} %", f"{100 * measured:.1f} %", shown])
    of = f" ({', '.join(names)})" if len(names) > 1 else ""
    return ["promised", "held", f"median width{of}"], lines


def _band(errors: Errors, values: Array) -> tuple[Array, Array] | None:
    """Return predictions in order, and the ends of their intervals less themselves; None of too few rows."""
    at = np.linspace(values.min(), values.max(), 100)
    try:
        return at, errors.interval(at, COVERAGE) - at[:, None]
    except ValueError:
        return None


def _against(figure: Any, values: Array, truth: Array, name: str) -> None:
    ax = figure.add_subplot()
    low, high = float(min(values.min(), truth.min())), float(max(values.max(), truth.max()))
    ax.plot([low, high], [low, high], color=FAINT, lw=1)
    _points(ax, truth, values)
    ax.set(xlabel=f"true {name}", ylabel="predicted")


def _errors(figure: Any, values: Array, errors: Array, band: tuple[Array, Array] | None) -> None:
    ax = figure.add_subplot()
    ax.axhline(0.0, color=FAINT, lw=1)
    _points(ax, values, errors)
    if band:
        ax.plot(band[0], band[1], color=INK, lw=1.2)
    ax.set(xlabel="predicted", ylabel="true − predicted")


def _points(ax: Any, x: Array, y: Array) -> None:
    strength = float(np.clip(8.0 / np.sqrt(len(x)), 0.12, 0.6))
    ax.plot(x, y, ".", color=COLOURS[0], alpha=strength, ms=5, mew=0, rasterized=len(x) > 500)
