"""The decision boundary: which class the plane belongs to, how surely, and the rows on it; of numbers, a heat map."""

import textwrap
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.plot.answer import Classes, Numbers, answers
from mlnn.plot.axes import axes_of
from mlnn.plot.colours import NOTHING, VALUES, literal, point_style, shaded
from mlnn.plot.plane import Column, Plane, plane_through

FLAT, WEAK, STRONG = 0.25, 0.12, 0.42
"""Strength of a class's shade: without probabilities, of one that is as likely as any other, and of a sure one."""

LISTED = 20
"""Classes in a legend, at most."""

INSIDE = 8
"""Classes up to which the legend stands inside the axes."""


def plot_decision_boundary(
    pred_func: Callable[[Any], Any] | Any,
    X: object,
    y: object,
    ax: Any = None,
    step: float | None = None,
    *,
    plane: tuple[Column, Column] | None = None,
    at: Mapping[Column, object] = MappingProxyType({}),
) -> Any:
    """Draw what is predicted over a plane, and the rows on it.

    Classes get a colour each and a legend; where probabilities are known, the surer the darker. Numbers become a heat
    map with a colour bar, in which the dots have the colours of their own targets.

    Parameters
    ----------
    pred_func : callable, Model, Ensemble or fitted estimator
        A function maps a matrix of points, shape (M, D), to M labels of any type, to a matrix of probabilities (or
        scores) with a column a class, or to M numbers. A model or an estimator is asked for its probabilities.
    X : array or frame of shape (N, D)
        The rows.
    y : array of shape (N,)
        Their labels, or their targets.
    ax : matplotlib Axes, optional
        Where to draw, and what is returned; by default the current axes.
    step : float, optional
        The distance between points of the grid, in the units of X; by default each side gets 400 points.
    plane : (column, column), optional
        The two columns to show, by number or, of a frame, by name; needed where X has more than two.
    at : mapping of column to value, optional
        Where to hold other columns; those not named are held at their median, and the picture says so.

    Raises
    ------
    ValueError
        If X, y, the plane or the step cannot be drawn, or what is predicted does not fit the points or y.

    Examples
    --------
    >>> ax = plot_decision_boundary(lambda x: (x[:, 0] > 0.5).astype(int), [[0, 0], [1, 1]], [0, 1])
    >>> [round(float(end), 6) for end in ax.get_xlim()], [text.get_text() for text in ax.get_legend().get_texts()]
    ([-0.1, 1.1], ['0', '1'])
    """
    window, given = plane_through(X, plane, at, step), np.asarray(y).shape
    if given[:1] != (len(window.rows),) or given[1:] not in ((), (1,)):
        raise ValueError(f"y must hold one label for each of the {len(window.rows)} rows, but its shape is {given}")
    found = answers(pred_func, window.points, y)
    ax = axes_of(ax)
    if isinstance(found, Classes):
        _draw_classes(ax, window, found)
    else:
        _draw_numbers(ax, window, found)
    left, right, bottom, top = window.extent
    ax.set(xlim=(left, right), ylim=(bottom, top), xlabel=window.names[0], ylabel=window.names[1])
    if window.held:
        told = "\n".join(textwrap.wrap(f"where {window.held}", 60))
        frame = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 2.0}
        ax.text(0.012, 0.015, told, transform=ax.transAxes, fontsize=8, va="bottom", bbox=frame)
    return ax


def _draw_classes(ax: Any, window: Plane, found: Classes) -> None:
    """Draw shades, the lines between them, the rows and their legend."""
    from matplotlib.lines import Line2D

    missing = np.isnan(found.share[:, 0])
    share = np.where(missing[:, None], -1.0, found.share)
    winner, best = share.argmax(axis=1), share.max(axis=1)
    even = 1.0 / found.share.shape[1]
    sure = (best - even) / max(1.0 - even, 1e-12)
    image = shaded(
        winner, WEAK + (STRONG - WEAK) * np.clip(sure, 0.0, 1.0) if found.graded else np.full(len(best), FLAT)
    )
    image[missing] = NOTHING
    _draw_image(ax, window, image.reshape(*window.shape, 3))
    fields = found.share.reshape(*window.shape, -1)
    present = np.unique(winner[~missing])
    for k in present[1:] if len(present) == 2 else present if len(present) > 2 else ():
        _draw_line(ax, window, fields, k)
    style = {"s": 28, "edgecolors": "white", "linewidths": 0.7, "zorder": 3}
    markers = {point_style(k)["marker"] for k in found.rows.tolist()}
    for marker in sorted(markers):
        mine = np.array([point_style(k)["marker"] == marker for k in found.rows.tolist()])
        colours = [point_style(k)["color"] for k in found.rows[mine].tolist()]
        ax.scatter(*window.rows[mine].T, c=colours, marker=marker, **style)
    listed = range(len(found.labels) if len(found.labels) <= LISTED else LISTED - 1)
    handles = [Line2D([], [], ls="", label=literal(found.labels[k]), **point_style(k)) for k in listed]
    if len(listed) < len(found.labels):
        handles.append(Line2D([], [], ls="", label=f"… {len(found.labels) - len(listed)} more"))
    if missing.any():
        handles.append(Line2D([], [], ls="", marker="s", color=NOTHING, label="no prediction"))
    outside = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)} if len(handles) > INSIDE else {"loc": "best"}
    ax.legend(handles=handles, fontsize=8, framealpha=0.85, edgecolor="none", **outside)


def _draw_line(ax: Any, window: Plane, fields: Array, k: int) -> None:
    """Draw the line around class k: where it is no longer ahead of all others."""
    others = np.delete(fields, k, axis=2).max(axis=2)
    lead = _smoothed(fields[..., k] - others)
    if np.nanmin(lead) < 0.0 < np.nanmax(lead):
        ax.contour(*window.sides, np.ma.masked_invalid(lead), levels=[0.0], colors="white", linewidths=1.6)


def _smoothed(field: Array) -> Array:
    """Return a field averaged over neighbours, with the weights 1 2 1: the steps of a line between labels go away."""
    for axis in (0, 1):
        ends = [(1, 1) if each == axis else (0, 0) for each in (0, 1)]
        wide = np.moveaxis(np.pad(field, ends, mode="edge"), axis, 0)
        field = np.moveaxis((wide[:-2] + 2.0 * wide[1:-1] + wide[2:]) / 4.0, 0, axis)
    return field


def _draw_numbers(ax: Any, window: Plane, found: Numbers) -> None:
    """Draw a heat map with lines of equal height, the rows in the colours of their targets, and a colour bar."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.ticker import MaxNLocator

    low, high = (float(f([f(found.values), f(found.rows)])) for f in (np.nanmin, np.nanmax))
    low, high = (low, high) if low < high else (low - 0.5, high + 0.5)
    colours = ScalarMappable(Normalize(low, high), VALUES)
    values = np.ma.masked_invalid(found.values.reshape(window.shape))
    image = colours.to_rgba(values)[..., :3]
    image[np.ma.getmaskarray(values)] = NOTHING
    _draw_image(ax, window, image)
    levels = [each for each in MaxNLocator(8).tick_values(low, high) if values.min() < each < values.max()]
    if levels:
        ax.contour(*window.sides, values, levels=levels, colors="white", linewidths=0.6, alpha=0.6)
    style = {"s": 28, "edgecolors": "white", "linewidths": 0.7, "zorder": 3}
    ax.scatter(*window.rows.T, c=colours.to_rgba(found.rows), **style)
    ax.get_figure().colorbar(colours, ax=ax, label="prediction, and target of the dots")


def _draw_image(ax: Any, window: Plane, image: Array) -> None:
    """Draw colours over the window, each point's in the middle of its pixel."""
    columns, lines = (side[1] - side[0] for side in window.sides)
    left, right, bottom, top = window.extent
    ends = (left - columns / 2.0, right + columns / 2.0, bottom - lines / 2.0, top + lines / 2.0)
    ax.imshow(np.clip(image, 0.0, 1.0), extent=ends, origin="lower", aspect=ax.get_aspect(), zorder=0)
