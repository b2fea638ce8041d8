"""The decision boundary: which class the plane belongs to, and the rows on it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from mlnn.array import Array, as_rows

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#555555")
"""Told apart by colour-blind readers as well (Okabe and Ito, 2008)."""

PADDING = 0.5
"""Room around the rows, in their own units."""

POINTS = 500
"""Points along each side of the grid: fine enough to look smooth, few enough to be quick."""


def plot_decision_boundary(
    pred_func: Callable[[Array], Array], X: object, y: object, ax: Any = None, step: float | None = None
) -> Any:
    """Fill the plane with the colours of the predicted classes and draw the rows on it.

    Parameters
    ----------
    pred_func : callable
        Maps a matrix of points, shape (M, 2), to M class numbers.
    X : array of shape (N, 2)
        The rows.
    y : array of shape (N,)
        Their class numbers.
    ax : matplotlib Axes, optional
        Where to draw; by default the current axes.
    step : float, optional
        The distance between points of the grid, in the units of X; by default each side gets 500 points.

    Returns
    -------
    Axes
        The drawing.

    Raises
    ------
    ValueError
        If X has not two columns, y is not one class number a row, step is not positive, or ``pred_func`` does not
        return one class number a point.

    Examples
    --------
    >>> ax = plot_decision_boundary(lambda x: (x[:, 0] > 0.5).astype(int), [[0, 0], [1, 1]], [0, 1])
    >>> [float(end) for end in ax.get_xlim()]
    [-0.5, 1.5]
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import BoundaryNorm, ListedColormap

    rows, labels = as_rows(X), np.asarray(y)
    if rows.shape[1] != 2:
        raise ValueError(f"a decision boundary needs X with 2 columns, but got {rows.shape[1]}")
    if labels.shape != (len(rows),):
        raise ValueError(
            f"y must hold one class number for each of the {len(rows)} rows, but its shape is {labels.shape}"
        )
    if step is not None and not step > 0.0:
        raise ValueError(f"step must be positive, but got {step}")
    (left, bottom), (right, top) = rows.min(axis=0) - PADDING, rows.max(axis=0) + PADDING
    xx, yy = np.meshgrid(_side(left, right, step), _side(bottom, top, step))
    points = np.column_stack([xx.ravel(), yy.ravel()])
    regions = np.asarray(pred_func(points))
    if regions.shape != (len(points),):
        raise ValueError(f"pred_func must return {len(points)} class numbers, but its result has shape {regions.shape}")
    regions = regions.reshape(xx.shape)
    classes = int(max(regions.max(), labels.max())) + 1
    colours = ListedColormap([COLOURS[k % len(COLOURS)] for k in range(classes)])
    norm = BoundaryNorm(np.arange(classes + 1) - 0.5, classes)
    ax = ax or plt.gca()
    ax.pcolormesh(xx, yy, regions, cmap=colours, norm=norm, alpha=0.25, shading="nearest", rasterized=True)
    for k in np.unique(regions)[1:]:
        ax.contour(xx, yy, regions >= k, levels=[0.5], colors="white", linewidths=1.5)
    ax.scatter(rows[:, 0], rows[:, 1], c=labels, cmap=colours, norm=norm, s=28, edgecolors="white", linewidths=0.7)
    ax.set(xlim=(left, right), ylim=(bottom, top), xlabel="$x_1$", ylabel="$x_2$")
    return ax


def _side(start: float, end: float, step: float | None) -> Array:
    """Return the points along one side, both ends included, at most ``step`` apart."""
    return np.linspace(start, end, POINTS if step is None else int(np.ceil((end - start) / step)) + 1)
