"""Rows as a teacher gets them, and as a student does."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.as_pandas import as_pandas, lacking
from mlnn.frame.column import unmasked
from mlnn.frame.frames import is_pandas
from mlnn.frame.printable import printable
from mlnn.frame.table import Columns, Table, has_names
from mlnn.frame.values import taken

MADE = "made"
"""What rows are called that were made of others."""


@dataclass(frozen=True, eq=False)
class Handed:
    """Rows as a teacher gets them, and as a student does.

    Attributes
    ----------
    rows : frame of pandas, array or Table
        The teacher's: of the kind that was given, or that it knows.
    table : Table
        The student's.
    what : str
        What they are called, if anything: "eval_set", or ``MADE``.
    """

    rows: Any
    table: Table
    what: str = ""

    def where(self, row: int) -> str:
        """Say which row is meant, as whoever gave it counts."""
        if self.what == MADE:
            return "a made row"  # nobody can look it up
        return self.table.where(row) + (f" of {self.what}" if self.what else "")

    @property
    def said(self) -> list[str]:
        """Say which columns the teacher does not get."""
        if not is_pandas(self.rows) or self.rows.shape[1] >= len(self.table.names):
            return []
        left = lacking(self.table.only([name for name in self.table.names if name not in self.rows]))
        return [f"the teacher gets no column '{printable(name)}', which holds {what}" for name, what in left.items()]

    @classmethod
    def of(cls, X: Any, table: Table, own: bool, what: str = "") -> "Handed":
        """Return rows for a teacher of ours, which takes any table, or for another's, which takes frames and arrays."""
        if own:
            return cls(table, table, what)
        if is_pandas(X):
            return cls(X, table, what)
        plain = not has_names(X) and not isinstance(X, Table | str) and not hasattr(X, "__fspath__")
        return cls(np.asarray(unmasked(X)) if plain else as_pandas(table), table, what)

    def mixed(self, own: Array, count: int, random: np.random.Generator) -> tuple["Handed", Array]:
        """Return ``count`` rows made of two of these each, and which the first of them is.

        Half of the columns, by chance, come from the one, the others from the other; both are among the rows ``own``.
        """
        rows = self.rows
        width = len(rows.names) if isinstance(rows, Table) else rows.shape[1]
        first, second = own[np.arange(count) % len(own)], random.choice(own, count)
        picks = np.where(random.random((count, width)) < 0.5, first[:, None], second[:, None])
        if isinstance(rows, Table):
            columns = {name: taken(rows[name], picks[:, j]) for j, name in enumerate(rows.names)}
            made: Any = Columns(columns, rows.name)
        elif isinstance(rows, np.ndarray):
            made = rows[picks, np.arange(width)]
        else:
            cells = [rows.iloc[:, j].array.take(picks[:, j]) for j in range(width)]
            made = type(rows)(dict(enumerate(cells)), index=rows.index.take(first))
            made.columns = rows.columns
        return Handed(made, Table.of(made), MADE), first

    def take(self, some: Array) -> "Handed":
        """Return copies of some of the rows."""
        rows = self.rows
        if isinstance(rows, Table):
            table = self.table.take(some)
            return replace(self, rows=table, table=table)
        its = rows[some] if isinstance(rows, np.ndarray) else rows.iloc[some]
        return replace(self, rows=its, table=self.table.take(some))
