"""Columns that are no features: targets, the weights of the rows, their groups, their times."""

import warnings
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import TableError, absent
from mlnn.frame.drift import ColumnWarning
from mlnn.frame.from_text import Rules
from mlnn.frame.kind import CategoricalColumn, DateColumn, NumericColumn
from mlnn.frame.kind.base import LISTED, Cells
from mlnn.frame.kind.category import spellings
from mlnn.frame.kind.notation import PLAIN
from mlnn.frame.kind.number import quantities
from mlnn.frame.kind.spelling import means_missing
from mlnn.frame.recognition import recognized
from mlnn.frame.sentence import number_of
from mlnn.frame.table import Table, Unusable, Values, Words

UNSURE = "(", "; the others"
"""What a sentence on dates holds where they could have been read otherwise."""


def rules(decimal: str | None = None) -> Rules:
    """Return how columns are recognized that are no features; ``decimal`` parts decimals where one does not tell."""
    return Rules(0.0, 0, decimal=decimal or ".")


def require_some(gone: Array, what: str = "the target") -> None:
    """Refuse what is missing in all rows.

    Raises
    ------
    TableError
        If it is ``gone`` in all.
    """
    if gone.all():
        raise TableError(f"{what} is missing in all {number_of(len(gone), 'row')}")


def usable(table: Table, name: str) -> Array | Words:
    """Return a column of numbers, times or words.

    Raises
    ------
    TableError
        If it holds anything else.
    """
    values: Values = table[name]
    if isinstance(values, Unusable):
        raise TableError(f"column '{name}' must hold numbers or text, but it holds {values.what}")
    return values


def _recognized(table: Table, name: str, decimal: str | None) -> tuple[Array | Words, Any]:
    """Return a column that is no feature: its values, and what they are."""
    values = usable(table, name)
    return values, recognized(name, values, rules(decimal), table.where)


def _warn_of_reading(what: str, name: str, column: Any) -> None:
    """Tell how a column's text was read where it could have been read otherwise."""
    read = column.fate.read if column else ""
    if read and (not isinstance(column, DateColumn) or any(sign in read for sign in UNSURE)):
        warnings.warn(ColumnWarning(f"{what} '{name}': {read}"), stacklevel=4)


def weights_of(table: Table, name: str, decimal: str | None = None) -> Array:
    """Return the weights of the rows; ``decimal`` parts decimals where the column does not tell.

    Raises
    ------
    TableError
        If one is missing, no number, or negative: in which row; or all are 0.

    Examples
    --------
    >>> weights_of(Table.of({"w": [1.0, -1.0]}), "w")
    Traceback (most recent call last):
    ...
    mlnn.frame.column.TableError: weights must be numbers, 0 or more, but row 1 (counted from 0) of 'w' holds -1.0
    """
    values, column = _recognized(table, name, decimal)
    notation = column.notation if isinstance(column, NumericColumn) else PLAIN
    dates = isinstance(column, DateColumn)
    weights = np.full(table.rows, np.nan) if dates else quantities(name, values, notation, table.where)[0]
    good = weights >= 0
    if not good.all():
        row = int(np.argmin(good))
        raise TableError(
            f"weights must be numbers, 0 or more, but {table.where(row)} of '{name}' holds {_held(values[row])}"
        )
    _warn_of_reading("the weights", name, column)
    if not weights.any():
        raise TableError(f"the weights in '{name}' are 0 in all {number_of(table.rows, 'row')}: none of them counts")
    return weights


def _held(cell: Any) -> str:
    """Return a cell in words."""
    if absent(cell) or not str(cell).strip():
        return "nothing"
    return f"'{cell}'" if isinstance(cell, str) else str(cell)


def groups_of(table: Table, name: str) -> Array:
    """Return what rows are grouped by: numbers or times as they are, words by name, None or NaN where a row has none.

    Spellings that differ in case, spaces and kinds of characters are one group, called by the most frequent: were they
    two, rows that belong together would be trained on and judged by.

    Warns
    -----
    ColumnWarning
        If groups are spelled in several ways.

    Examples
    --------
    >>> groups_of(Table.of({"firm": ["Acme", "Bell", "Acme", "n/a"]}), "firm")
    array(['Acme', 'Bell', 'Acme', None], dtype=object)
    """
    values = usable(table, name)
    if not isinstance(values, Words):
        return values
    cells = Cells.of(values)
    number, counts = spellings(CategoricalColumn(name, (), False, False), cells)
    called = list(counts)
    names = [
        None if means_missing(label) else called[k] for label, k in zip(cells.labels, number.tolist(), strict=True)
    ]
    pairs = [
        f"'{label}' is '{each}'"
        for label, each in zip(cells.labels, names, strict=True)
        if each is not None and each != label.strip()
    ]
    if pairs:
        shown = ", ".join(pairs[:LISTED]) + (" …" if len(pairs) > LISTED else "")
        warnings.warn(ColumnWarning(f"groups of '{name}' are the same in any spelling: {shown}"), stacklevel=3)
    return np.asarray(np.array([*names, None], dtype=object)[cells.codes])


def times_of(table: Table, name: str, needed: Array | None = None, decimal: str | None = None) -> Array:
    """Return when rows come from, as numbers that grow: dates as days since 1970.

    Raises
    ------
    TableError
        If they are neither dates nor numbers, or one that is ``needed`` (all, unless a mask is given) is missing.
    """
    values, column = _recognized(table, name, decimal)
    if isinstance(column, DateColumn):
        times = column.days(values)[0]
    elif isinstance(column, NumericColumn):
        times = quantities(name, values, column.notation, table.where)[0]
    else:
        cell = next(iter(Cells.of(values).labels), "")
        raise TableError(f"rows are put in order by dates or numbers, but '{name}' holds neither, such as '{cell}'")
    lacking = np.isnan(times) if needed is None else np.isnan(times) & needed
    if lacking.any():
        row = int(np.argmax(lacking))
        word = values[row] if isinstance(values, Words) else None
        why = "is missing" if word is None or means_missing(word) else f"'{word}' cannot be read"
        raise TableError(f"the time {why} in {table.where(row)} of '{name}'")
    _warn_of_reading("the times", name, column)
    return times
