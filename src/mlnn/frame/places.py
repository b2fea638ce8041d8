"""Where the features of every column stand in the matrix, and how the cells of new rows get there."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, TypeGuard

import numpy as np

from mlnn.array import Array
from mlnn.frame.kind import Column, NumericColumn, Seen
from mlnn.frame.kind.base import Content, Where
from mlnn.frame.kind.scale import Scale
from mlnn.frame.values import Words

TOGETHER = 64
"""So few rows are scaled in all columns of numbers at once; of more, a column alone keeps the processor busy."""

Together: TypeAlias = Callable[[Sequence[str]], Array | None]
"""Gives some columns at once by their names, shape (N, K), where all are numbers and that takes less time."""


def alone(names: Sequence[str]) -> None:
    """Leave it to a column alone to give its cells."""


class Places:
    """Where the features of every column stand: those that have some, one after the other.

    Parameters
    ----------
    columns : sequence of Column
        What was learned, of all columns.

    Attributes
    ----------
    columns : list of Column
        Those that have features.
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
        self.columns, self.width = [column for column, _ in self._all], ends[-1]
        self._numbers = _Numbers([(each, place) for each, place in self._all if _plain(each)])

    def __iter__(self) -> Iterator[tuple[Column, slice]]:
        """Give every column that has features, and where these stand."""
        return iter(self._all)

    def fill(
        self,
        out: Array,
        content: Callable[[Column], Content],
        where: Where,
        together: Together = alone,
    ) -> dict[str, Seen]:
        """Write the features of N cells of every column into ``out``, shape (N, width); return what was met."""
        seen = self._side_by_side(out, content, together) if len(out) <= TOGETHER and self._numbers.columns else {}
        for column, place in self._all:
            if column.name not in seen:
                seen[column.name] = column.fill(content(column), out[:, place], where)
        return seen

    def _side_by_side(self, out: Array, content: Callable[[Column], Content], together: Together) -> dict[str, Seen]:
        some, numbers = self._numbers, together(self._numbers.names)
        if numbers is None:
            read = [_as_numbers(content(column)) for column in some.columns]
            known = [k for k, each in enumerate(read) if each is not None]
            numbers = np.empty((len(out), len(known)))
            for place, k in enumerate(known):
                numbers[:, place] = read[k]
            some = some if len(known) == len(read) else some.only(known)
        return some.fill(out, numbers, content)


class _Numbers:
    """Columns of numbers, of which few rows are scaled side by side: cell by cell took most of the time."""

    def __init__(self, places: Sequence[tuple[NumericColumn, slice]]) -> None:
        self.places, self.columns = places, [column for column, _ in places]
        self.names = [column.name for column in self.columns]
        measures = np.array([column.measure for column in self.columns], dtype=np.float64)
        self.scale = Scale(*np.ascontiguousarray(measures.reshape(-1, len(Scale._fields)).T))
        self.first = np.array([place.start for _, place in places], dtype=np.int64)
        self.marked = np.array([k for k, column in enumerate(self.columns) if column.gaps], dtype=np.int64)
        self.marks = np.array([place.stop - 1 for column, place in places if column.gaps], dtype=np.int64)

    def only(self, which: Sequence[int]) -> "_Numbers":
        """Return some of the columns."""
        return _Numbers([self.places[k] for k in which])

    def fill(self, out: Array, numbers: Array, content: Callable[[Column], Content]) -> dict[str, Seen]:
        """Write the columns, whose cells are ``numbers``; return what was met, nothing of all if one is infinite."""
        if np.isinf(numbers).any():
            return {}  # a column alone says which cell it is
        gaps = np.isnan(numbers)
        out[:, self.first] = self.scale.tamed(numbers)
        if len(self.marked):
            out[:, self.marks] = gaps[:, self.marked]
        met = [Seen(len(out))] * len(self.columns)
        if gaps.any():
            met = [Seen(len(out), missing) for missing in gaps.sum(axis=0).tolist()]
        far, beyond = self.scale.unlike(numbers)
        unlike = far | beyond
        for k in np.flatnonzero(unlike.any(axis=0)).tolist() if unlike.any() else ():
            column = self.columns[k]
            met[k] = column.placed(numbers[:, k], met[k], content(column))
        return dict(zip(self.names, met, strict=True))


def _as_numbers(cells: Content) -> Array | None:
    """Return cells that are numbers; None if they are words or times."""
    return cells if not isinstance(cells, Words) and cells.dtype.kind in "iuf" else None


def _plain(column: Column) -> TypeGuard[NumericColumn]:
    """Tell whether a column is one of numbers, which scale, and which nobody doubts where they stand without a unit."""
    return isinstance(column, NumericColumn) and column.spread > 0 and not column.notation.explicit
