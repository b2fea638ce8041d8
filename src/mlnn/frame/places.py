"""Where the features of every column stand in the matrix, and how the cells of new rows get there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeGuard

import numpy as np

from mlnn.array import Array
from mlnn.frame.kind import Column, NumericColumn, Seen
from mlnn.frame.kind.base import Content, Where
from mlnn.frame.kind.scale import Scale
from mlnn.frame.values import Words

TOGETHER = 64
"""So few rows are scaled in all columns of numbers at once; of more, a column alone keeps the processor busy."""


class Places:
    """Where the features of every column stand: those that have some, one after the other.

    Parameters
    ----------
    columns : sequence of Column
        What was learned, of all columns.

    Attributes
    ----------
    width : int
        How many columns the matrix has.

    Examples
    --------
    >>> age, size = NumericColumn("age", 40.0, 20.0, True, ends=(0.0, 90.0)), NumericColumn("size", 1.5, 0.5, False)
    >>> places, out = Places([age, size]), np.zeros((2, 3))
    >>> cells = {"age": np.array([40.0, np.nan]), "size": np.array([2, 1])}
    >>> places.fill(out, lambda column: cells[column.name], "row {}".format)["age"].missing
    1
    >>> out.round(2)
    array([[ 0.  ,  0.  ,  0.95],
           [ 0.  ,  1.  , -0.95]])
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        ends = np.cumsum([0, *(len(column.features()) for column in columns)]).tolist()
        self._all = [(each, slice(*ends[k : k + 2])) for k, each in enumerate(columns) if ends[k] < ends[k + 1]]
        self.width = ends[-1]
        self._numbers = _Numbers([(each, place) for each, place in self._all if _plain(each)])

    def __iter__(self) -> Iterator[tuple[Column, slice]]:
        """Give every column that has features, and where these stand."""
        return iter(self._all)

    def fill(self, out: Array, content: Callable[[Column], Content], where: Where) -> dict[str, Seen]:
        """Write the features of N cells of every column into ``out``, shape (N, width); return what was met."""
        cells = {column.name: content(column) for column, _ in self._numbers.places} if len(out) <= TOGETHER else {}
        seen = self._numbers.fill(out, cells) if cells else {}
        for column, place in self._all:
            if column.name not in seen:
                values = cells[column.name] if column.name in cells else content(column)
                seen[column.name] = column.fill(values, out[:, place], where)
        return seen


class _Numbers:
    """Columns of numbers, of which few rows are scaled side by side: cell by cell took most of the time."""

    def __init__(self, places: Sequence[tuple[NumericColumn, slice]]) -> None:
        self.places = places
        measures = np.array([column.measure for column, _ in places], dtype=np.float64).reshape(-1, len(Scale._fields))
        self.measures = np.ascontiguousarray(measures.T)
        self.first = np.array([place.start for _, place in places], dtype=np.int64)
        self.last = np.array([place.stop - 1 for _, place in places], dtype=np.int64)
        self.gaps = np.array([column.gaps for column, _ in places], dtype=bool)

    def fill(self, out: Array, cells: Mapping[str, Content]) -> dict[str, Seen]:
        """Write the columns that hold nothing but finite numbers and gaps; return what was met in these."""
        read = [_as_numbers(each) for each in cells.values()]
        known = [k for k, each in enumerate(read) if each is not None]
        numbers = np.empty((len(out), len(known)))
        for place, k in enumerate(known):
            numbers[:, place] = read[k]
        if np.isinf(numbers).any():
            return {}  # a column alone says which cell it is
        which = slice(None) if len(known) == len(read) else known
        gaps, has_gaps, scale = np.isnan(numbers), self.gaps[which], Scale(*self.measures[:, which])
        out[:, self.first[which]] = scale.tamed(numbers)
        out[:, self.last[which][has_gaps]] = gaps[:, has_gaps]
        far, beyond = scale.unlike(numbers)
        columns = [self.places[k][0] for k in known]
        met = [Seen(len(out), missing) for missing in gaps.sum(axis=0).tolist()]
        for k in np.flatnonzero((far | beyond).any(axis=0)).tolist():
            met[k] = columns[k].placed(numbers[:, k], met[k], cells[columns[k].name])
        return {column.name: seen for column, seen in zip(columns, met, strict=True)}


def _as_numbers(cells: Content) -> Array | None:
    """Return cells that are numbers; None if they are words or times."""
    return cells if not isinstance(cells, Words) and cells.dtype.kind in "iuf" else None


def _plain(column: Column) -> TypeGuard[NumericColumn]:
    """Tell whether a column is one of numbers, which scale, and which nobody doubts where they stand without a unit."""
    return isinstance(column, NumericColumn) and column.spread > 0 and not column.notation.explicit
