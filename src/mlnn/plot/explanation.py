"""Explanations drawn: what columns are worth, what predictions depend on, why a row got its prediction."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from mlnn.array import Array
from mlnn.plot.axes import axes_of, require_like
from mlnn.plot.colours import COLOURS, FAINT, INK, line_style, literal

UP, DOWN = COLOURS[0], COLOURS[1]
"""What raises a prediction, and what lowers it."""

MOST = 12
"""Columns that get a bar of their own."""

LINES = 6
"""Classes whose curves are drawn side by side."""


class Worth(Protocol):
    """What a column is worth, such as ``mlnn.tabular.importance.Importance``."""

    @property
    def column(self) -> str:
        """Return its name."""

    @property
    def mean(self) -> float:
        """Return the mean over the deals."""

    @property
    def spread(self) -> float:
        """Return their standard deviation."""


class Depends(Protocol):
    """How predictions depend on a column, such as ``mlnn.tabular.dependence.Dependence``."""

    column: str
    at: Array
    share: Array
    mean: Array
    spread: Array
    curves: Array
    ordered: bool


class Row(Protocol):
    """Why a row got its prediction, such as ``mlnn.tabular.shapley.RowExplanation``."""

    row: int
    columns: tuple[str, ...]
    cells: tuple[str, ...]
    base: Array
    prediction: Array
    contributions: Array
    errors: Array

    @property
    def compared_with(self) -> str:
        """Return in words what it is compared with, "all 80 rows"."""


def plot_importances(importances: Sequence[Worth], measure: str = "", ax: Any = None) -> Any:
    """Draw what columns are worth as bars, the largest on top, each with the spread over its deals; return the axes."""
    ax = axes_of(ax)
    shown = require_like(list(importances), "spread", "importances must be those of an Explanation", each=True)[:MOST]
    places = -np.arange(len(shown))
    means, spreads = np.array([each.mean for each in shown]), np.array([each.spread for each in shown])
    ax.barh(places, np.maximum(means, 0.0), height=0.68, color=UP, lw=0)
    ax.errorbar(means, places, xerr=spreads, fmt="none", ecolor=INK, elinewidth=1.2, capsize=2.5)
    reach = max(float((means + spreads).max(initial=0.0)), 1e-12)
    for place, mean, spread in zip(places, means, spreads, strict=True):
        ax.text(max(mean, 0.0) + spread + 0.02 * reach, place, f"{mean:.3g}", va="center", color=INK, fontsize=8)
    ax.set_yticks(places, [literal(each.column) for each in shown])
    ax.set_xlim(min(0.0, 1.1 * float((means - spreads).min(initial=0.0))), 1.16 * reach)
    ax.axvline(0.0, color=FAINT, lw=0.8)
    left = len(importances) - len(shown)
    ax.set_title("What columns are worth" + (f" ({left} more left out)" if left else ""), loc="left", fontsize=10)
    ax.set_xlabel(f"{measure}\nwhen a column's cells are shuffled".lstrip())
    _bare(ax, "left")
    return ax


def plot_dependence(
    dependence: Depends, outputs: Sequence[str] = ("prediction",), shown: int = 0, ax: Any = None
) -> Any:
    """Draw what is predicted over a column's cells: the mean, rows one by one, below how many rows have such a cell.

    Of several outputs other than two classes, the means of each are drawn instead of rows. Return the axes.
    """
    ax, _ = axes_of(ax), require_like(dependence, "ordered", "dependence must be one of an Explanation")
    x = dependence.at if dependence.ordered else np.arange(len(dependence.at))
    several = len(outputs) > 2
    if several:
        for output in np.sort(np.argsort(-np.ptp(dependence.mean, axis=0))[:LINES]):
            marker = {} if dependence.ordered else {"marker": "o", "ls": "none"}
            ax.plot(x, dependence.mean[:, output], label=literal(outputs[output]), **line_style(output) | marker)
        ax.set_ylim(0.0, 1.35 * ax.get_ylim()[1])  # room for the legend
        ax.legend(frameon=False, fontsize=7, ncols=3, loc="upper left")
    elif dependence.ordered:
        ax.plot(x, dependence.curves.T, color=UP, lw=0.5, alpha=min(1.0, 16.0 / max(len(dependence.curves), 16)))
        ax.plot(x, dependence.mean[:, shown], color=INK, lw=2.2, marker="o" if len(x) < 8 else None, ms=4)
    else:
        _violins(ax, x, dependence, shown)
    _shares(ax, x, dependence.share, dependence.ordered)
    if dependence.at.dtype.kind == "M":
        import matplotlib.dates

        dates: Any = matplotlib.dates  # without types
        few = dates.AutoDateLocator(minticks=2, maxticks=5)
        ax.xaxis.set_major_locator(few)
        ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(few))
    if not dependence.ordered:
        upright = len(x) * max(len(str(each)) for each in dependence.at) < 36
        style = {} if upright else {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
        ax.set_xticks(x, [literal(each, 14) for each in dependence.at], fontsize=8, **style)
    ax.set_title(literal(dependence.column, 40), loc="left", fontsize=10)
    ax.set_ylabel("probability" if several else _what(outputs, shown))
    _bare(ax)
    return ax


def plot_row(row: Row, outputs: Sequence[str] = ("prediction",), shown: int | None = None, ax: Any = None) -> Any:
    """Draw the way from the mean prediction to this row's, a step a column, as a waterfall; return the axes.

    ``shown`` is the number of the output; by default the largest one, the class that is predicted.
    """
    ax, _ = axes_of(ax), require_like(row, "contributions", "row must be one of an Explanation")
    shown = int(row.prediction.argmax()) if shown is None else shown
    c, errors = row.contributions[:, shown], row.errors[:, shown]
    order = np.argsort(-np.abs(c))
    some, rest = (order, order[:0]) if len(order) <= MOST else (order[: MOST - 1], order[MOST - 1 :])
    steps = [*c[some], *([c[rest].sum()] if rest.size else [])]
    sure = [*errors[some], *([float(np.sqrt((errors[rest] ** 2).sum()))] if rest.size else [])]
    names = [f"{literal(row.columns[k])} = {literal(row.cells[k], 18)}" for k in some]
    names += [f"{len(rest)} other columns"] if rest.size else []
    # from the least to the greatest step: the last one, on top, ends at the prediction
    ends = float(row.base[shown]) + np.cumsum(steps[::-1])[::-1]
    places = -np.arange(len(steps))
    width = max(float(np.ptp([*ends, row.base[shown]])), 1e-12)
    for place, end, step, error in zip(places, ends, steps, sure, strict=True):
        ax.barh(place, step, left=end - step, height=0.62, color=UP if step >= 0 else DOWN, lw=0)
        ax.plot([end - step, end - step], [place - 0.95, place + 0.31], color=FAINT, lw=0.8, zorder=0)
        ax.errorbar(end, place, xerr=error, fmt="none", ecolor=INK, elinewidth=1.0, capsize=2.0)
        text = f"{step:+.3g}".replace("-", "−")
        at = max(end + error, end - step) + 0.015 * width
        ax.text(at, place, text, va="center", color=INK, fontsize=8)
    base, prediction = float(row.base[shown]), float(row.prediction[shown])
    ax.axvline(base, color=FAINT, lw=0.8, ls=":")
    ax.axvline(prediction, color=INK, lw=0.8, ls=":")
    ax.set_yticks(places, names)
    ax.set_xlim(min([base, *ends]) - 0.05 * width, max([base, *ends]) + 0.17 * width)
    what = _what(outputs, shown)
    ax.set_title(f"Row {row.row}: {prediction:.4g}, mean of {row.compared_with} {base:.4g}", loc="left", fontsize=10)
    ax.set_xlabel(what)
    ax.set_ylim(places[-1] - 0.6 if len(places) else -0.6, 0.6)
    _bare(ax, "left")
    return ax


def plot_explanation(explanation: Any, figure: Any = None) -> Any:
    """Draw importances, dependences and rows of an ``Explanation`` in one figure, which is returned."""
    import matplotlib.pyplot as plt

    require_like(explanation, "dependences", "explanation must be an Explanation, as model.explain(…) returns it")
    depends, rows, outputs = explanation.dependences, explanation.rows, explanation.outputs
    one = None if len(outputs) > 2 else explanation.shown
    lines = -(-len(depends) // 3)
    bars = min(len(explanation.importances), MOST)
    tall = 1.0 + 0.27 * max(bars, *(min(len(row.columns), MOST) for row in rows), 4)
    across = 2 if rows else 1
    below = -(-max(len(rows) - 1, 0) // 2)
    figure = figure or plt.figure(figsize=(11.0, tall * (1 + below) + 2.7 * lines), layout="constrained")
    parts = figure.subfigures(
        2 + (below > 0), 1, height_ratios=[tall, max(2.7 * lines, 0.01), *[tall * below] * (below > 0)]
    )
    top = parts[0].subplots(1, across, squeeze=False)[0]
    plot_importances(explanation.importances, explanation.measure, top[0])
    if rows:
        plot_row(rows[0], outputs, one, top[1])
    if lines:
        panels = parts[1].subplots(lines, 3, squeeze=False).ravel()
        for panel, each in zip(panels, depends, strict=False):
            plot_dependence(each, outputs, explanation.shown, panel)
        for panel in panels[len(depends) :]:
            panel.set_axis_off()
    if below:
        panels = parts[2].subplots(below, 2, squeeze=False).ravel()
        for panel, row in zip(panels, rows[1:], strict=False):
            plot_row(row, outputs, one, panel)
        for panel in panels[len(rows) - 1 :]:
            panel.set_axis_off()
    return figure


def _violins(ax: Any, x: Array, dependence: Depends, shown: int) -> None:
    """Draw categories: rows as dots side by side, their mean as a stroke."""
    shift = np.linspace(-0.28, 0.28, len(dependence.curves))
    for k, column in enumerate(dependence.curves.T):
        ax.plot(x[k] + shift, column, ".", color=UP, ms=2.5, alpha=0.35, mew=0)
        ax.plot([x[k] - 0.34, x[k] + 0.34], [dependence.mean[k, shown]] * 2, color=INK, lw=2.2)


def _shares(ax: Any, x: Array, share: Array, ordered: bool) -> None:
    """Draw how many rows have such a cell, as strokes along the lower edge."""
    height = 0.12 * share / max(float(share.max(initial=0.0)), 1e-12)
    edge = ax.get_xaxis_transform()
    ax.vlines(x, 0.0, height, color=FAINT, lw=2.5 if ordered else 10.0, transform=edge, zorder=0)


def _what(outputs: Sequence[str], shown: int) -> str:
    return "prediction" if len(outputs) == 1 else f"probability of {literal(outputs[shown], 16)}"


def _bare(ax: Any, *more: str) -> None:
    ax.spines[["top", "right", *more]].set_visible(False)
    if more:
        ax.tick_params(axis="y", length=0)
