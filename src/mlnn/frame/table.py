"""A table: named columns of equally many rows, given one at a time, wherever they come from."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from mlnn.array import Array, is_sparse
from mlnn.frame.column import TableError, label, quoted


@dataclass(frozen=True, eq=False)
class Words:
    """A column of text: row i holds ``labels[codes[i]]``, and nothing where the code is −1.

    Parameters
    ----------
    codes : array of int, shape (N,)
        The numbers of the rows' labels.
    labels : tuple of str
        The different cells, as they were written.

    Examples
    --------
    >>> words = Words.of(["cook", None, "clerk", "cook"])
    >>> words.labels, words.codes, words[0], words[1]
    (('cook', 'clerk'), array([ 0, -1,  1,  0]), 'cook', None)
    """

    codes: Array
    labels: tuple[str, ...]

    @classmethod
    def of(cls, values: Any) -> "Words":
        """Return values of any kind as the text that ``label`` makes of them; None and NaN are missing."""
        number: dict[str, int] = {}
        codes = np.empty(len(values), dtype=np.int64)
        for row, value in enumerate(values):
            absent = value is None or value != value
            codes[row] = -1 if absent else number.setdefault(label(value), len(number))
        return cls(codes, tuple(number))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.codes)

    def __getitem__(self, row: int) -> str | None:
        """Return what a row holds."""
        code = self.codes[row]
        return None if code < 0 else self.labels[code]


Values: TypeAlias = Array | Words
"""A column: numbers (of any type; NaN where they are missing), times (datetime64, timedelta64; NaT), or ``Words``."""


class Table(ABC):
    """Named columns of equally many rows.

    Attributes
    ----------
    name : str
        What messages call it: the file's name, or "the table".
    names : tuple of str
        The columns' names, each of them once.
    rows : int
        How many rows it has.
    """

    name: str
    names: tuple[str, ...]
    rows: int

    @abstractmethod
    def __getitem__(self, name: str) -> Values:
        """Return a column; it is made when it is asked for, and nothing of it is kept."""

    @abstractmethod
    def take(self, rows: Array) -> "Table":
        """Return some of the rows, in this order."""

    def only(self, names: Sequence[str]) -> "Table":
        """Return some of the columns, in this order."""
        return Some(self, names)

    def where(self, row: int) -> str:
        """Say which row is meant: counted from 0 and, where the table was a file, its line there."""
        return f"row {row} (counted from 0)"

    @staticmethod
    def of(X: Any) -> "Table":
        """Return a table of columns as people have them.

        Parameters
        ----------
        X : Table, DataFrame, Arrow table, or array
            pandas, Polars, Arrow, or what else narwhals knows; the columns of an array are called x0, x1, ….

        Raises
        ------
        TableError
            If two columns have the same name, or X is no table.
        """
        return X if isinstance(X, Table) else _of_frame(X)


class Some(Table):
    """Some columns of a table, which still makes them when they are asked for."""

    def __init__(self, whole: Table, names: Sequence[str]) -> None:
        self.whole, self.name, self.names, self.rows = whole, whole.name, tuple(names), whole.rows

    def __getitem__(self, name: str) -> Values:
        """Return a column."""
        return self.whole[name]

    def take(self, rows: Array) -> "Some":
        """Return some of the rows."""
        return Some(self.whole.take(rows), self.names)

    def where(self, row: int) -> str:
        """Say which row is meant."""
        return self.whole.where(row)


class Columns(Table):
    """A table in memory: its columns as they are."""

    def __init__(self, columns: dict[str, Values], name: str = "the table") -> None:
        sizes = {len(values) for values in columns.values()}
        if len(sizes) > 1:
            raise TableError(f"the columns of {name} must be equally long, but they have {sorted(sizes)} rows")
        self.columns, self.name, self.names = columns, name, tuple(columns)
        self.rows = sizes.pop() if sizes else 0

    def __getitem__(self, name: str) -> Values:
        """Return a column."""
        return self.columns[name]

    def take(self, rows: Array) -> "Columns":
        """Return some of the rows."""
        taken = {
            name: Words(values.codes[rows], values.labels) if isinstance(values, Words) else values[rows]
            for name, values in self.columns.items()
        }
        return Columns(taken, self.name)


def _of_frame(X: Any) -> Table:
    if hasattr(X, "to_pandas"):
        X = X.to_pandas()
    if not hasattr(X, "iloc"):
        matrix = np.asarray(X)
        return Columns({f"x{k}": matrix[:, k] for k in range(matrix.shape[1])})
    names = [str(name) for name in X.columns]
    unique(names, "the table")
    columns: dict[str, Values] = {}
    for k, name in enumerate(names):
        values = X.iloc[:, k].to_numpy()
        columns[name] = values if values.dtype.kind in "iufmM" else Words.of(values)
    return Columns(columns, str(X.attrs.get("name", "the table")))


def unique(names: Sequence[str], what: str) -> None:
    """Refuse columns of the same name.

    Raises
    ------
    TableError
        If there are any.
    """
    twice = [name for name in dict.fromkeys(names) if list(names).count(name) > 1]
    if twice:
        raise TableError(f"{what} has more than one column named {quoted(twice)}")


def has_names(X: Any) -> bool:
    """Tell whether what a user gave has columns with names: a frame, an Arrow table, a dictionary of columns."""
    named = isinstance(X, dict) or any(hasattr(X, name) for name in ("columns", "column_names", "__arrow_c_stream__"))
    return named and not is_sparse(X)  # one of SciPy's matrices is a dictionary
