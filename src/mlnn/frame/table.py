"""A table: named columns of equally many rows, given one at a time, wherever they come from."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import TableError, suggestion
from mlnn.frame.few import Few
from mlnn.frame.frames import Makers, found, has_names, one_column
from mlnn.frame.naming import name_of, unique
from mlnn.frame.pruned import pruned
from mlnn.frame.values import Unusable, Values, Words, joined, taken
from mlnn.frame.zone import Zoned

Parts: TypeAlias = Callable[[Sequence[str], int], Iterator["Table"]]
"""Reads some columns, so many rows at a time."""

__all__ = ["Columns", "Table", "Unusable", "Values", "Words", "has_names", "name_of", "one_column", "stacked", "unique"]


class Table:
    """Named columns of equally many rows; a column is made when it is asked for, and nothing of it is kept.

    Parameters
    ----------
    makers : dict of str to callable
        For every column's name what returns its values.
    rows : int
        How many rows it has.
    name : str
        What messages call it: the file's name, or "the table".
    said : tuple of str
        Sentences on what was guessed, skipped or converted to make a table of it.
    place : callable or None
        Says which row is meant, where the table was a file; from the row's number.
    few : Few or None
        The cells of few rows, where they are there at once.
    in_parts : callable or None
        Reads some columns a part of the rows at a time, where rows can be read without those before them.

    Examples
    --------
    >>> table = Table.of({"age": [39, None], "job": ["clerk", "cook"]})
    >>> table.names, table.rows, table["age"], table["job"].labels, table.where(1)
    (('age', 'job'), 2, array([39., nan]), ('clerk', 'cook'), 'row 1 (counted from 0)')
    """

    def __init__(
        self,
        makers: Makers,
        rows: int,
        name: str = "the table",
        said: tuple[str, ...] = (),
        place: Callable[[int], str] | None = None,
        in_parts: Parts | None = None,
        few: Few | None = None,
    ) -> None:
        self.makers, self.rows, self.name, self.said, self.place = makers, rows, name, said, place
        self.names, self._few, self.in_parts = tuple(makers), few, in_parts

    def __getitem__(self, name: str) -> Values:
        """Return a column."""
        return self.makers[name]()

    def together(self, names: Sequence[str]) -> Array | None:
        """Return some columns side by side as float64, shape (N, K), where all are numbers and that takes less time."""
        return None if self._few is None else self._few.together(names)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.rows

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a column of this name."""
        return name in self.makers

    @property
    def zones(self) -> dict[str, str]:
        """Return the zones of the columns of times that have one."""
        return {each.column: each.zone for each in self.said if isinstance(each, Zoned)}

    def named(self, name: Any) -> str:
        """Return the name of a column that somebody asks for, in whatever way its letters are composed.

        Raises
        ------
        TableError
            If there is none: what may have been meant, or which there are.
        """
        plain = name_of(name)
        if plain not in self.makers:
            raise TableError(f"column '{plain}' is not in {self.name}; {suggestion(plain, self.names)}")
        return plain

    def all_named(self, names: Iterable[Any]) -> list[str]:
        """Return the names of columns that somebody asks for, as ``named`` does.

        Raises
        ------
        TableError
            If there is no such column, or one is named twice.

        Examples
        --------
        >>> Table.of({"age": [39], "y": [1]}).all_named(["y", "y"])
        Traceback (most recent call last):
        ...
        mlnn.frame.column.TableError: column 'y' is named twice
        """
        found = list(map(self.named, names))
        if twice := [name for name, often in Counter(found).items() if often > 1]:
            raise TableError(f"column '{twice[0]}' is named twice")
        return found

    def take(self, rows: Array) -> "Table":
        """Return some of the rows, in this order: by their numbers, where negative ones count from the end, or a mask.

        Raises
        ------
        IndexError
            If there is no row of such a number.
        """
        rows = _numbers(rows, self.rows, self.name)
        makers: Makers = {name: partial(_taken, maker, rows) for name, maker in self.makers.items()}
        ascend = self.in_parts is not None and (np.diff(rows) > 0).all()  # as parts are read, one after the other
        in_parts = partial(_taken_parts, self, rows) if ascend else None
        return Table(makers, len(rows), self.name, self.said, lambda row: self.where(int(rows[row])), in_parts)

    def only(self, names: Sequence[str]) -> "Table":
        """Return some of the columns, in this order."""
        makers = {name: self.makers[name] for name in names}
        return Table(makers, self.rows, self.name, self.said, self.place, self.in_parts)

    def parts(self, rows: int) -> Iterator["Table"]:
        """Yield all rows in tables of so many at most; from a file that can be read in parts, nothing else is read.

        Examples
        --------
        >>> [part["age"].tolist() for part in Table.of({"age": [39, 40, 41]}).parts(rows=2)]
        [[39, 40], [41]]
        """
        if self.in_parts is not None:
            yield from self.in_parts(self.names, rows)
            return
        for start in range(0, self.rows, rows):
            yield self.take(np.arange(start, min(start + rows, self.rows)))

    def held(self, rows: int) -> "Table":
        """Return the same in memory, where it was read so many rows at a time."""
        parts = [{name: pruned(part[name]) for name in self.names} for part in self.parts(rows)]
        columns = {name: joined([part[name] for part in parts]) for name in self.names}
        return Table(
            {each: partial(_held, columns, each) for each in columns}, self.rows, self.name, self.said, self.where
        )

    def where(self, row: int) -> str:
        """Say which row is meant: counted from 0 and, where the table was a file, its line there."""
        return f"row {row} (counted from 0)" if self.place is None else self.place(row)

    @staticmethod
    def of(X: Any) -> "Table":
        """Return a table of columns as people have them.

        Parameters
        ----------
        X : Table, DataFrame, Arrow table, array, list or dict
            A frame of pandas or Polars, an Arrow table or record batch, or whatever else narwhals knows; a matrix or a
            list of rows, whose columns are called x0, x1, …; a structured array; a list of records; a dictionary of
            columns. A named index of pandas is a column.

        Raises
        ------
        TableError
            If two columns have the same name, or X is no table.
        """
        if isinstance(X, Table):
            return X
        columns = found(X)
        return Table(columns.makers, columns.rows, columns.name, columns.said, few=columns.few)


class Columns(Table):
    """A table in memory: its columns as they are.

    Parameters
    ----------
    columns : dict of str to Values
        The columns.
    name : str
        What messages call it.
    """

    def __init__(self, columns: Mapping[str, Values], name: str = "the table", said: tuple[str, ...] = ()) -> None:
        sizes = {len(values) for values in columns.values()}
        if len(sizes) > 1:
            raise TableError(f"the columns of {name} must be equally long, but they have {sorted(sizes)} rows")
        super().__init__({each: partial(_held, columns, each) for each in columns}, max(sizes, default=0), name, said)


def stacked(tables: Mapping[str, Table], name: str) -> Table:
    """Return the rows of several tables, one below the other.

    Parameters
    ----------
    tables : dict of str to Table
        The tables, by the names that messages call them.
    name : str
        What messages call all of them.

    Raises
    ------
    TableError
        If they do not have the same columns.
    """
    (first, head), *others = tables.items()
    for other, table in others:
        odd = sorted(set(head.names) ^ set(table.names))
        if odd:
            differ = f"'{odd[0]}' is only in one of {first} and {other}"
            raise TableError(f"the files of {name} must have the same columns, but {differ}")
    parts = list(tables.values())
    ends = np.cumsum([part.rows for part in parts])

    def place(row: int) -> str:
        k = int(np.searchsorted(ends, row, side="right"))
        return f"{parts[k].where(row - int(ends[k]) + parts[k].rows)} of {list(tables)[k]}"

    def in_parts(names: Sequence[str], rows: int) -> Iterator[Table]:
        for file, table in tables.items():
            for part in table.only(names).parts(rows):
                yield Table(part.makers, part.rows, name, part.said, partial(_of_file, part, file))

    makers: Makers = {column: partial(_stacked, parts, column) for column in head.names}
    said = dict.fromkeys(sentence for part in parts for sentence in part.said)
    reads_parts = any(part.in_parts for part in parts)
    return Table(makers, int(ends[-1]), name, tuple(said), place, in_parts if reads_parts else None)


def _numbers(rows: Any, count: int, name: str) -> Array:
    """Return which rows are meant, counted from 0, without a number for each of the others, which may be many."""
    given = np.asarray(rows)
    if given.dtype.kind not in "iu":
        return np.arange(count)[rows]
    if given.size and not -count <= given.min() <= given.max() < count:
        wrong = given[(given < -count) | (given >= count)][0]
        raise IndexError(f"{name} has {count:,} rows, but row {wrong} was asked")
    given = given.astype(np.int64)  # a narrow type has no place for what is added
    return np.where(given < 0, given + count, given)


def _held(columns: Mapping[str, Values], name: str) -> Values:
    return columns[name]


def _of_file(part: Table, file: str, row: int) -> str:
    return f"{part.where(row)} of {file}"


def _taken_parts(table: Table, rows: Array, names: Sequence[str], size: int) -> Iterator[Table]:
    """Yield some rows, in ascending order, of every part that has some."""
    start = 0
    for part in table.only(names).parts(size):
        first, last = np.searchsorted(rows, [start, start + part.rows])
        if first < last:
            yield part.take(rows[first:last] - start)
        start += part.rows


def _taken(maker: Callable[[], Values], rows: Array) -> Values:
    return taken(maker(), rows)


def _stacked(parts: list[Table], name: str) -> Values:
    return joined([part[name] for part in parts])
