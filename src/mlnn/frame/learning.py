"""Learning the columns of a table, one after the other."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import TableError, quoted, suggestion
from mlnn.frame.from_text import Rules
from mlnn.frame.kind import AsideColumn, CategoricalColumn, Column, DateColumn, NumericColumn
from mlnn.frame.kind.base import Cells, Content, Fate, Where
from mlnn.frame.kind.moment import day_of
from mlnn.frame.kind.number import quantities
from mlnn.frame.kind.scale import cut
from mlnn.frame.kind.spelling import BLANK, written
from mlnn.frame.kind.spelling import plain as plain_spelling
from mlnn.frame.leak import IDENTIFIER, SOMETHING, alone, counts_rows, names_rows, sample
from mlnn.frame.recognition import KINDS, OPTIONS, recognized
from mlnn.frame.sentinel import CENTURIES, VAST, may_be, sentinel
from mlnn.frame.table import Table, Words
from mlnn.frame.values import Unusable, taken

Read = TypeVar("Read", NumericColumn, DateColumn)

POOLED = 0.1
"""Where more rows than this share hold rare categories, features tell the mean targets of all categories."""

_CODE = re.compile(r"\s*[-+]?0\d")
"""How codes such as 007 begin, which are no numbers."""


@dataclass(frozen=True)
class Settings:
    """What the user decides about all columns.

    Parameters
    ----------
    rules : Rules
        What decides about each besides its cells; its decimal is None where the columns are to tell each other.
    kinds : mapping of str to str
        What columns are.
    missing : tuple of str or None
        The words that mean a missing value, in place of the usual ones.
    """

    rules: Rules
    kinds: Mapping[str, str]
    missing: tuple[str, ...] | None


def learned(
    table: Table, settings: Settings, T: Array | None, fold: Array, sampled: Array | None
) -> tuple[list[Column], dict[str, float]]:
    """Return the columns, and what each tells of the target alone (of none, if there is no target).

    T are the targets whose means are told, if there are any; ``sampled`` those of ``sample``'s rows, however many.
    """
    for name, kind in settings.kinds.items():
        if kind not in KINDS:
            here = f"; '{kind}' is called '{OPTIONS[kind]}' here" if kind in OPTIONS else ""
            raise ValueError(f"column '{name}' cannot be a {kind!r}: it can be {', '.join(KINDS)}{here}")
        if name not in table:
            raise TableError(f"column '{name}' is not in {table.name}; {suggestion(name, table.names)}")
    rows = sample(table.rows)
    told: dict[str, float] = {}
    columns: dict[str, Column | None] = {}

    def learn(name: str, decimal: str | None) -> None:
        rules = replace(settings.rules, kind=settings.kinds.get(name, ""), decimal=decimal)
        given = table[name]
        written.update([name] if isinstance(given, Words) else [])
        if isinstance(given, Unusable):
            why = f"it holds {given.what}"
            columns[name] = AsideColumn(name, fate=Fate("unusable", rows=len(given), why=why))
            return
        values, words = blanked(given, settings.missing)
        column = recognized(name, values, rules, table.where)
        if column is not None:
            column = replace(column, fate=replace(column.fate, words=words + column.fate.words))
        if sampled is not None and column is not None and column.features():
            if T is not None and isinstance(column, CategoricalColumn) and column.fate.rare > POOLED * table.rows:
                column = _told(column, values, T, fold)
            told[name] = alone(_plain(column, cast(Content, taken(values, rows))), sampled)
        named = isinstance(column, NumericColumn) and not settings.kinds.get(name) and IDENTIFIER.search(name)
        if column is not None and named and names_rows(name, _plain(column, values)):
            numbering.add(name)
        if isinstance(column, NumericColumn) and not settings.kinds.get(name) and not column.notation.duration:
            column = _noted(column, values)
        if isinstance(column, DateColumn) and not column.clock:
            column = _far_off(column, values)
        columns[name] = column

    numbering, written = set[str](), set[str]()
    for name in table.names:
        learn(name, settings.rules.decimal)
    in_text = [column for name, column in columns.items() if name in written]
    marks = [column.notation.decimal for column in in_text if isinstance(column, NumericColumn)]
    doubtful = [name for name, column in columns.items() if column is None]
    for name in doubtful:
        learn(name, "," if marks.count(",") > marks.count(".") else ".")
    others = [name for name, column in columns.items() if column and column.features() and name not in numbering]
    best = max((told.get(name, 0.0) for name in others), default=0.0)
    for name in numbering:
        if others and not told.get(name, 0.0) > SOMETHING >= best:
            fate = columns[name].fate  # type: ignore[union-attr]  # all are known by now
            why = "whole numbers that never repeat, in a column called an identifier: it numbers the rows"
            columns[name] = AsideColumn(name, fate=Fate("identifier", "", fate.rows, fate.missing, fate.words, why=why))
            told.pop(name, None)
    return [column for column in columns.values() if column is not None], told


def _noted(column: NumericColumn, values: Content) -> NumericColumn:
    """Return a column that says so if it counts the rows, or holds what may stand for a missing value."""
    counts = column.spread == (len(values) - 1) / 2  # the quartiles' distance; looking closer takes reading again
    vast = (
        column.spread > 0
        and bool(column.ends)
        and max(abs(end - column.median) for end in column.ends) / column.spread > VAST
    )
    if not counts and not vast and not may_be(column.ends):
        return column
    numbers, said = _plain(column, values), []
    if counts and counts_rows(numbers):
        said.append("it counts the rows: leave it out if their order tells nothing of new ones")
    return _said(column, [*said, sentinel(numbers)])


def _far_off(column: DateColumn, values: Content) -> DateColumn:
    """Return a column of dates that says so if one of them may stand for a missing value."""
    if not column.line.ends or np.ptp(column.line.ends) <= CENTURIES:
        return column
    return _said(column, [sentinel(column.days(values)[0], day_of, CENTURIES)])


def _said(column: Read, sentences: Sequence[str]) -> Read:
    """Return a column that says more of how it was read."""
    read = ", ".join(filter(None, [column.fate.read, *sentences]))
    return replace(column, fate=replace(column.fate, read=read))


def _told(column: CategoricalColumn, values: Content, T: Array, fold: Array) -> CategoricalColumn:
    """Return a column whose categories' mean targets are told; what new rows may not know are single rows."""
    column = column.told(values, T, fold)
    once = int((np.bincount(Cells.of(values).codes + 1)[1:] == 1).sum())
    return column.fated(replace(column.fate, rare=once))


def plain(name: str, values: Content, where: Where) -> tuple[Column, Array]:
    """Return what a column is, and its cells as plain numbers or as the numbers of categories.

    Examples
    --------
    >>> column, x = plain("price", Words.of(["$5", "n/a", "$1,000", "$7", "?!", "$8"]), "row {}".format)
    >>> column.fate.kind, x
    ('number', array([   5.,   nan, 1000.,    7.,   nan,    8.]))
    """
    values, _ = blanked(values, None)
    column = recognized(name, values, Rules(0.0, 0, decimal="."), where)
    assert column is not None  # since decimals are in no doubt
    return column, _plain(column, values)


def _plain(column: Column, values: Content) -> Array:
    """Return cells as plain numbers, or as the numbers of categories."""
    if isinstance(column, NumericColumn):
        return cut(quantities(column.name, values, column.notation)[0])
    return column.days(values)[0] if isinstance(column, DateColumn) else Cells.of(values).codes


def blanked(values: Content, missing: tuple[str, ...] | None) -> tuple[Content, tuple[tuple[str, int], ...]]:
    """Return a column without the cells that mean a missing value, and these words with their counts.

    A number among the words that a user gives means that number however it is written; with leading zeros it is a code.

    Examples
    --------
    >>> blanked(Words.of(["a", "n/a", "b"]), None)[0].codes
    array([ 0, -1,  2])
    >>> blanked(np.array([1.0, -999.0]), ("-999",))
    (array([ 1., nan]), (('-999', 1),))
    >>> blanked(Words.of(["1.5", "-999.0", "−999"]), ("-999",))[1]
    (('-999.0', 1), ('−999', 1))
    """
    numbers = {number: word for word in reversed(missing or ()) if (number := _number(word)) is not None}
    if not isinstance(values, Words):
        known = numbers if values.dtype.kind in "iuf" else {}
        told = tuple((word, count) for number, word in known.items() if (count := int((values == number).sum())))
        if not told:
            return values, ()
        return np.where(np.isin(values, list(known)), np.nan, values.astype(np.float64)), told
    words = BLANK if missing is None else {"", *map(plain_spelling, missing)}
    spelled = list(map(str.strip if missing is None else plain_spelling, values.labels))
    if not numbers and words.isdisjoint(spelled):
        return values, ()  # as of most columns
    blank = [k for k, text in enumerate(spelled) if text in words or (numbers and _number(text) in numbers)]
    if not blank:
        return values, ()
    gone_labels = np.zeros(len(values.labels) + 1, dtype=bool)
    gone_labels[blank] = True
    counts_of = np.bincount(values.codes + 1, minlength=len(values.labels) + 1)[1:]
    told = tuple((values.labels[k].strip(), int(counts_of[k])) for k in blank if counts_of[k])
    return Words(np.where(gone_labels[values.codes], -1, values.codes), values.labels, values.kind), told


def unmet(missing: Iterable[str], columns: Iterable[Column]) -> list[str]:
    """Say which of the words that a user gave for a missing value no column has."""
    met = {word for column in columns for word, _ in column.fate.words}
    known = {*map(plain_spelling, met), *map(_number, met)} - {None}
    strange = [word for word in missing if word and not {plain_spelling(word), _number(word)} & known]
    return [f"given as missing, but in no column to learn from: {quoted(strange)}"] if strange else []


def _number(text: str) -> float | None:
    """Return the number that a text is and nothing else, no unit, no code such as 007; None if it is none."""
    if _CODE.match(text):
        return None
    try:
        return float(text)  # most are written so, and reading takes ten times as long
    except ValueError:
        found = written(text)
        return None if found is None or found.unit else found.dot
