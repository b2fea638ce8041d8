"""A window on two columns of the data: a grid of points on it, as many as can be drawn and no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from mlnn.array import Array, as_rows, is_sparse, real_number
from mlnn.graph.numerals import short
from mlnn.plot.colours import literal

PADDING = 0.1
"""Room around the rows, as a share of the range of their column."""

POINTS = 400
"""Points along each side: as many as there are pixels in a usual picture, to look smooth, and quick to predict."""

MOST = 1_000_000
"""Points in all, at most."""

SIZES = (1e-250, 1e250)
"""Lengths of a side that can be drawn in floating-point numbers."""

TOLD = 4
"""Columns held at a value of which the picture tells it."""

Column: TypeAlias = int | str


@dataclass(frozen=True, eq=False)
class Plane:
    """What is seen through the window."""

    names: tuple[str, str]  # what stands beside the axes
    rows: Array  # the data, projected onto the plane, of shape (N, 2)
    sides: tuple[Array, Array]  # the grid's places along either axis
    points: Any  # with all their columns, line by line from below: an array or frame of shape (M, D)
    held: str  # at which values the other columns are held; empty where there are none

    @property
    def shape(self) -> tuple[int, int]:
        """Return how many lines the grid has, and points a line."""
        return len(self.sides[1]), len(self.sides[0])

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Return left, right, bottom and top."""
        return (*self.sides[0][[0, -1]], *self.sides[1][[0, -1]])


def plane_through(
    X: Any, columns: tuple[Column, Column] | None, at: Mapping[Column, object], step: float | None
) -> Plane:
    """Return the plane of two columns of X, the others held at ``at`` or else at their median (or most frequent value).

    Raises
    ------
    ValueError
        If X has more than two columns and none are chosen, or fewer; a column is unknown; or the grid cannot be drawn.
    """
    if not isinstance(at, Mapping):
        raise TypeError(f"at must give values by column, as in {{2: 0.5}}, but got {at!r:.200}")
    step = None if step is None else real_number("step", step)
    table: Any = X if hasattr(X, "iloc") and getattr(X, "ndim", 0) == 2 else None  # a frame keeps its columns' types
    matrix: Any = as_rows(X.toarray() if is_sparse(X) else X) if table is None else table
    width = matrix.shape[1]
    if width < 2 or (columns is None and width > 2):
        raise ValueError(
            f"a decision boundary needs X with 2 columns, but got {width}"
            + ("; choose two of them by plane=(0, 1)" if width > 2 else "")
        )
    known = None if table is None else list(table.columns)
    chosen = [_place(column, width, known) for column in columns or (0, 1)]
    if len(chosen) != 2 or chosen[0] == chosen[1]:
        raise ValueError(f"plane must name two different columns, but got {columns}")
    stated = {_place(column, width, known): value for column, value in at.items()}
    if set(chosen) & set(stated):
        raise ValueError(f"at holds a column that the plane of {columns or (0, 1)} shows")
    rows = as_rows(matrix[:, chosen] if table is None else table.iloc[:, chosen]).astype(np.float64)
    names = [f"$x_{{{k + 1}}}$" if known is None else literal(known[k]) for k in range(width)]
    sides = _sides(rows, step, [names[k] for k in chosen])
    grid = [each.ravel() for each in np.meshgrid(*sides)]
    others = [k for k in range(width) if k not in chosen]
    values: dict[int, Any] = {k: stated[k] if k in stated else _typical(matrix, table, k) for k in others}
    if table is None:
        points: Any = np.empty((len(grid[0]), width))
        points[:, others] = [values[k] for k in others]
        points[:, chosen] = np.column_stack(grid)
    else:
        points = _like(table, len(grid[0]), {**values, **dict(zip(chosen, grid, strict=True))})
    told = [
        f"{names[k]} = {short(values[k]) if _is_number(values[k]) else literal(values[k])}"
        + ("" if k in stated else " (median)" if _is_number(values[k]) else " (most frequent)")
        for k in others[:TOLD]
    ]
    more = [f"{len(others) - TOLD} more columns at theirs"] if len(others) > TOLD else []
    return Plane((names[chosen[0]], names[chosen[1]]), rows, sides, points, ", ".join(told + more))


def _place(column: Any, width: int, known: list[Any] | None) -> int:
    """Return a column's number, given that or its name."""
    if known is not None and column in known:
        return known.index(column)
    if not isinstance(column, int | np.integer) or not -width <= column < width:
        raise ValueError(f"there is no column {column!r} in X: " + (f"it has {known}" if known else f"it has {width}"))
    return int(column) % width


def _like(table: Any, size: int, values: Mapping[int, Any]) -> Any:
    """Return a frame of so many rows with the columns of another and these values, its columns' types kept."""
    points = table.iloc[np.zeros(size, dtype=int)].reset_index(drop=True)
    for k, value in values.items():
        if _is_number(value) or isinstance(value, np.ndarray):
            points.isetitem(k, value)
            continue
        try:
            points.iloc[:, k] = value
        except TypeError:
            raise ValueError(f"column {table.columns[k]!r} cannot hold {value!r}") from None
    return points


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number | np.bool_)


def _typical(matrix: Any, table: Any, k: int) -> Any:
    """Return a column's median, or the most frequent value of one that holds no numbers."""
    if table is None:
        return float(np.median(matrix[:, k]))
    column = table.iloc[:, k].dropna()
    if not len(column):
        raise ValueError(f"column {table.columns[k]!r} holds nothing: state a value for it by at=")
    return float(column.median()) if column.dtype.kind in "iuf" else column.mode().iloc[0]


def _sides(rows: Array, step: float | None, names: list[str]) -> tuple[Array, Array]:
    """Return the places along both axes, both ends included, at most ``step`` apart."""
    if step is not None and not step > 0.0:
        raise ValueError(f"step must be positive, but got {step}")
    ends = [_ends(column, name) for column, name in zip(rows.T, names, strict=True)]
    sizes = [POINTS if step is None else max(2.0, np.ceil((high - low) / step) + 1.0) for low, high in ends]
    if sizes[0] * sizes[1] > MOST:
        raise ValueError(
            f"step={step} asks for {sizes[0]:,.0f} × {sizes[1]:,.0f} points, but at most {MOST:,} are predicted: "
            f"the sides are {ends[0][1] - ends[0][0]:.3g} and {ends[1][1] - ends[1][0]:.3g} long"
        )
    horizontal, vertical = (np.linspace(*end, int(size)) for end, size in zip(ends, sizes, strict=True))
    return horizontal, vertical


def _ends(values: Array, name: str) -> tuple[float, float]:
    """Return the ends of a side; around a column of one value, half that value on each side."""
    low, high = float(values.min()), float(values.max())
    size, span = max(abs(low), abs(high)), high / 2.0 - low / 2.0  # halves, as their difference cannot overflow
    room = 2.0 * PADDING * span if span > 1e-9 * size else 0.5 * size or 0.5
    if not SIZES[0] < span + room < SIZES[1]:
        raise ValueError(f"{name} reaches from {low:g} to {high:g}, which cannot be drawn: scale it first")
    return low - room, high + room
