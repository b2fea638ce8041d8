"""The targets of a table: what they are, decided once in training, and read the same way ever after."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import TableError, quoted
from mlnn.frame.drift import ColumnWarning
from mlnn.frame.from_text import Rules
from mlnn.frame.kind import DateColumn, NumericColumn
from mlnn.frame.kind.base import Cells, Where
from mlnn.frame.kind.notation import PLAIN, Notation
from mlnn.frame.kind.number import quantities
from mlnn.frame.kind.spelling import truth, truths
from mlnn.frame.labels import alike_in, as_flags, found_again, learned, listed, named
from mlnn.frame.learning import blanked
from mlnn.frame.recognition import recognized
from mlnn.frame.record import notation_of
from mlnn.frame.roles import require_some, rules, usable
from mlnn.frame.sentence import Sentence
from mlnn.frame.sentinel import of_target
from mlnn.frame.table import Table, Words
from mlnn.frame.target import NumberCode
from mlnn.frame.values import gaps_of

FEW, NUMBERED = 10, 20
"""So many different whole numbers are classes; and so many where they are 0, 1, 2 … without a gap."""

ROWS = 3
"""So many rows there must be for each class where numbers are taken for classes."""


@dataclass(frozen=True, eq=False)
class Answers:
    """The target columns of a table.

    Attributes
    ----------
    names : tuple of str
        The columns.
    y : array of shape (N,) or (N, K)
        Labels, or quantities; None or NaN where a row has none. Several columns of nothing but yes and no are a matrix
        of 1 and 0: several labels a row.
    task : "classification" or "regression"
        What they are.
    notations : tuple of Notation
        How each column's numbers are written.
    words : tuple of str or None
        The words that mean a missing target, in place of the usual ones.
    said : tuple of str
        What they are, why, and what could not be read.
    """

    names: tuple[str, ...]
    y: Array
    task: str
    notations: tuple[Notation, ...]
    words: tuple[str, ...] | None
    said: tuple[str, ...]

    @property
    def classes(self) -> Any:
        """Return the labels, or a list of them for several targets; 0 and 1 for several labels a row; or None."""
        if self.task == "regression":
            return None
        columns = [
            np.unique([each for each in y if each == each and each is not None]) for y in np.atleast_2d(self.y.T)
        ]
        return columns if self.y.ndim == 2 and self.y.dtype == object else columns[0]

    def to_json(self) -> dict[str, Any]:
        """Return what reading the same columns of another table takes."""
        words = None if self.words is None else list(self.words)
        return {"names": list(self.names), "notations": [asdict(each) for each in self.notations], "words": words}


@dataclass(frozen=True, eq=False)
class _Target:
    """One target column: its values, whether they are classes, and what there is to say."""

    values: Array
    classes: bool
    said: Sequence[str]
    notation: Notation = PLAIN


def read_target(
    table: Table,
    names: Sequence[str],
    task: str = "auto",
    classes: Sequence[str] | None = None,
    words: Sequence[str] | None = None,
    decimal: str | None = None,
) -> Answers:
    """Read the targets of a table to train on.

    Numbers are quantities, unless they are few whole ones with rows enough for each; anything else is classes. Truth
    values mean the same in any spelling.

    Parameters
    ----------
    table : Table
        The whole table.
    names : sequence of str
        The target columns.
    task : "auto", "classification" or "regression"
        What they are, where that is known better.
    classes : sequence of str, optional
        The only classes that count; other rows have no target.
    words : sequence of str, optional
        The words that mean a missing target, in place of the usual ones.
    decimal : "." or ",", optional
        The decimal point of numbers in text where they do not tell.

    Raises
    ------
    TableError
        If there is nothing to learn from them, or they are not what they should be.

    Examples
    --------
    >>> answers = read_target(Table.of({"size": ["1,5", "2,25", "n/a", "4"]}), ["size"])
    >>> answers.y, answers.said[0]
    (array([1.5 , 2.25,  nan, 4.  ]), 'regression: 3 different numbers from 1.5 to 4')
    """
    if classes is not None and (len(names) > 1 or task == "regression"):
        raise TableError("classes can be named for a single target, and for classification")
    read = [_read(name, usable(table, name), table.where, rules(decimal), task, classes, words) for name in names]
    if len({each.classes for each in read}) > 1:
        of = {
            kind: quoted([n for n, r in zip(names, read, strict=True) if r.classes == kind]) for kind in (True, False)
        }
        raise TableError(
            f"targets must be all classes or all quantities: {of[True]} hold classes, {of[False]} quantities"
        )
    task = "classification" if read[0].classes else "regression"
    y, said = read[0].values, [f"{task}: {read[0].said[0]}", *read[0].said[1:]]
    if len(read) > 1:
        flags = [as_flags(each.values) if each.classes else None for each in read]
        several = all(each is not None for each in flags)
        columns = flags if several else [r.values.astype(object) if r.classes else r.values for r in read]
        y = np.column_stack(columns)  # type: ignore[arg-type]
        what = "labels that a row has or has not" if several else "targets"
        said = [f"{task}: {len(read)} {what}"] + [
            sentence
            for name, each in zip(names, read, strict=True)
            for sentence in (f"'{name}': {each.said[0]}", *each.said[1:])
        ]
    notations = tuple(each.notation for each in read)
    return Answers(tuple(names), y, task, notations, None if words is None else tuple(words), tuple(said))


def record_of(json: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what ``Answers.to_json`` wrote, if it did.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it did not write this.
    """
    names, notations, words = json["names"], json["notations"], json["words"]
    texts = [*names, *(words or [])]
    if not (isinstance(names, list) and isinstance(words, list | None) and len(names) == len(notations)):
        raise ValueError("there is something else where the targets' names and words should be")
    if not all(isinstance(text, str) for text in texts):
        raise ValueError(f"names and words of targets must be text, but they are {texts!r}")
    for notation in notations:
        notation_of(notation)
    return json


def read_again(table: Table, record: Mapping[str, Any], classes: Any) -> Array:
    """Read the targets of another table as ``Answers.to_json`` tells.

    Parameters
    ----------
    table : Table
        The table.
    record : mapping
        What ``to_json`` returned.
    classes : None, array or list of arrays
        As ``Answers.classes``.

    Raises
    ------
    TableError
        If a column is not there, a class was not in training, or a number is infinite: in which row.
    """
    columns: list[Array] = []
    for k, (name, notation) in enumerate(zip(record["names"], record["notations"], strict=True)):
        if name not in table:
            raise TableError(f"column '{name}', the target, is not in {table.name}")
        values = without(usable(table, name), record["words"])
        if classes is None:
            numbers, seen = quantities(name, values, notation_of(notation), table.where)
            columns.append(numbers)
            for count, what in ((seen.unreadable, "no numbers"), (seen.doubtful, "in doubt")):
                if count:
                    example = seen.doubt if what == "in doubt" else f"'{seen.example}' in {seen.place}"
                    warnings.warn(
                        f"'{name}': {count:,} of {seen.rows:,} targets are {what}: {example}", ColumnWarning, 3
                    )
        else:
            known = classes[k] if isinstance(classes, list) else classes
            columns.append(found_again(name, Cells.of(values), known.tolist(), table.where))
    if len(columns) == 1:
        return columns[0]
    return np.column_stack([each.astype(object) if isinstance(classes, list) else each for each in columns])


def _read(
    name: str,
    values: Array | Words,
    where: Where,
    rules: Rules,
    task: str,
    classes: Sequence[str] | None,
    words: Sequence[str] | None,
) -> _Target:
    declared, values = getattr(values, "kind", "text"), without(values, words)
    present = blanked(values, None if words is None else tuple(words))[0]
    require_some(gaps_of(present), f"the target '{name}'")
    if isinstance(values, Words) or classes is not None:
        cells = Cells.of(values)
        yes_or_no = task != "regression" and truths(cells.labels) == {True, False}
        if classes is not None:
            labels, said = named(name, cells, classes)
            return _Target(labels, True, said)
        if yes_or_no or (declared == "category" and task != "regression"):
            labels, said = learned(name, cells, yes_or_no, words is None)
            if declared == "boolean":
                meant = [None if each is None else truth(each) for each in labels]
                labels = np.array(meant, dtype=object if None in meant else bool)
            return _Target(labels, True, said)
    column = recognized(name, values, rules, where)
    if task == "regression" and not isinstance(column, NumericColumn):
        try:
            column = recognized(name, values, replace(rules, kind="number"), where)
        except TableError:
            if not isinstance(column, DateColumn):  # which is refused below
                raise
    if isinstance(column, NumericColumn):
        target = _numbers(name, quantities(name, values, column.notation, where)[0], column, task)
        alike = alike_in(name, values, column.notation) if target.classes else []
        return replace(target, said=[*target.said, *alike])
    if isinstance(column, DateColumn) and task != "classification":
        first = Cells.of(values).labels[0]
        raise TableError(f"the target '{name}' must be numbers or classes, but holds dates such as '{first}'")
    labels, said = learned(name, Cells.of(values), False, words is None)
    return _Target(labels, True, said)


def _numbers(name: str, numbers: Array, column: NumericColumn, task: str) -> _Target:
    """Return numbers as quantities, or as classes."""
    gaps = np.isnan(numbers)
    different, counts = np.unique(numbers[~gaps], return_counts=True)
    if len(different) < 2:
        raise TableError(f"the target '{name}' holds only one value, {_short(different[0])}: there is nothing to learn")
    said, fate = [f"'{name}': {each}" for each in (column.fate.read, of_target(numbers)) if each], column.fate
    if fate.unread:
        many = f"{fate.unread:,} cells are no numbers: their rows have no target (the first is "
        what = "1 cell is no number: its row has no target (" if fate.unread == 1 else many
        said.append(f"'{name}': {what}'{fate.unreadable[0].content}' in {fate.unreadable[0].where})")
    if task == "regression" or (task == "auto" and not _are_few(different, counts)):
        NumberCode.learn(numbers[~gaps], f"the target '{name}'")  # refuses what cannot be scaled
        ends = f"from {_short(different[0])} to {_short(different[-1])}"
        return _Target(numbers, False, [f"{len(different):,} different numbers {ends}", *said], column.notation)
    whole = bool((different == np.rint(different)).all())
    if task == "auto" and len(different) > 2:
        taken = f"'{name}': so few whole numbers are taken for classes"
        said.insert(0, Sentence(taken, "task=regression takes them for quantities"))
    called = {x: int(x) if whole else str(x) for x in different.tolist()}  # classes with decimals are names
    labels = [None if gap else called[x] for x, gap in zip(numbers.tolist(), gaps.tolist(), strict=True)]
    why = f"{len(different)} values ({listed([_short(x) for x in different])})"
    return _Target(np.array(labels, dtype=object if gaps.any() else None), True, [why, *said], column.notation)


def _are_few(different: Array, counts: Array) -> bool:
    """Tell whether numbers are classes: two of them, or few whole ones with rows enough."""
    if len(different) == 2:
        return bool(counts.max() > 1)
    count, first = len(different), different[0]
    if count > NUMBERED or (different != np.rint(different)).any():
        return False
    numbered = first in (0, 1) and different[-1] - first == count - 1
    enough = counts.sum() >= ROWS * count if numbered else counts.min() >= ROWS
    return bool(enough) and (count <= FEW or (numbered and first == 0))


def without(values: Array | Words, words: Sequence[str] | None) -> Array | Words:
    """Return a column without the words and numbers that mean a gap: what the user says, and empty cells."""
    return blanked(values, tuple(words or ()))[0]


def _short(x: float) -> str:
    return f"{x:.10g}".replace("-", "−")
