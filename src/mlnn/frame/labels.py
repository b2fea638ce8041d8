"""Class labels in text: what they are in training, and the same classes in other tables, however they spell them."""

from collections.abc import Callable, Sequence
from math import isnan
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import TableError, quoted, refuse_zeros
from mlnn.frame.kind.base import Cells, Where
from mlnn.frame.kind.notation import PLAIN, Notation
from mlnn.frame.kind.spelling import folded, means_missing, plain, truth
from mlnn.frame.leak import FEWEST_ROWS
from mlnn.frame.long import LONG, are_long
from mlnn.frame.nearly import several_units
from mlnn.frame.sentence import Sentence, number_of
from mlnn.frame.values import Words

A_CLASS = 0.05
"""From this share of the rows on, a word such as None is a class and no gap."""

SLIP = 0.1
"""A spelling that is so much rarer than another one is the same class."""

OWN = "are spelled alike, but classes of their own"
"""What is said of classes that differ only in case and kinds of characters, and are all frequent."""

LISTED = 10
"""So many classes are listed by name."""

QUESTIONED = 100, 3.0
"""More classes of text than the first, or fewer rows for each than the second, are asked about."""


def learned(name: str, cells: Cells, yes_or_no: bool, usual: bool) -> tuple[Array, list[str]]:
    """Return every row's label, None where there is none, and what there is to say, first of all which classes.

    A class is called by its most frequent spelling; spellings differ in case and spaces, truth values in words too.
    Words such as n/a are gaps; one such as None is a class where many rows hold it.

    Parameters
    ----------
    name : str
        The column's name.
    cells : Cells
        Its cells.
    yes_or_no : bool
        Whether they are truth values.
    usual : bool
        Whether the usual words mean gaps.

    Raises
    ------
    TableError
        If there are no two classes, or as many as rows.
    """
    rows, said, called, gaps = int(cells.counts.sum()), [], dict[Any, tuple[str, int]](), list[str]()
    labels: list[str | None] = [None] * len(cells.labels)
    alike = dict[str, list[str]]()
    for k in sorted(range(len(cells.labels)), key=lambda k: (-int(cells.counts[k]), cells.labels[k])):
        label, count = plain(cells.labels[k]), int(cells.counts[k])
        meant = truth(label) if yes_or_no else None
        if usual and meant is None and means_missing(label):
            if yes_or_no or not label.strip("()<>[]").isalpha() or count < A_CLASS * rows:
                gaps.append(label)
                said.append(f"'{name}': '{label}' means that a target is missing ({number_of(count, 'row')})")
                continue
            fact = f"'{name}': '{label}' is a class ({number_of(count, 'row')})"
            said.append(Sentence(fact, "missing= names the words that are none"))
        first, most = called.setdefault(folded(label) if meant is None else meant, (label, count))
        labels[k] = first
        if first != label:
            if meant is None and count > SLIP * most:
                labels[k] = label
                alike.setdefault(first, [f"'{first}' ({number_of(most, 'row')})"]).append(
                    f"'{label}' ({number_of(count, 'row')})"
                )
            else:
                said.append(f"'{name}': '{label}' is '{first}' ({number_of(count, 'row')})")
    said += [f"'{name}': {' and '.join(each)} {OWN}" for each in alike.values()]
    classes = sorted({label for label in labels if label is not None})
    if len(classes) < 2:
        held = f"only one class, '{classes[0]}'" if classes else "no class"
        why = f", since {quoted(gaps)} {'mean' if len(gaps) > 1 else 'means'} that a target is missing" if gaps else ""
        remedy = "missing=NA says which word does instead" if gaps else ""
        raise TableError(f"the target '{name}' holds {held}{why}: there is nothing to learn", remedy)
    units = several_units(cells)
    if len(classes) == rows >= FEWEST_ROWS:
        other = f"other text in every row, such as '{classes[0]}': it names the rows"
        raise TableError(f"the target '{name}' holds {f'{units}: convert them into one unit' if units else other}")
    if are_long(cells.labels, 1.0):
        said.append(f"'{name}': {LONG} are taken for classes")
    if units:
        said.append(f"'{name}': {units} are taken for classes: convert them into one unit")
    if len(classes) > QUESTIONED[0] or rows < QUESTIONED[1] * len(classes):
        each = f"{rows / len(classes):.1f} rows each"
        said.append(f"'{name}' has {number_of(len(classes), 'class')} of text, {each}: is it the target that you mean?")
    return spread(cells, labels), [f"{number_of(len(classes), 'class')} ({listed(classes)})", *said]


def alike_in(name: str, values: Array | Words, notation: Notation) -> list[str]:
    """Say which cells are one class because they are one number, such as 1.1 and 1.10."""
    spelled = dict[float, dict[str, None]]()
    labels = Cells.of(values).labels if isinstance(values, Words) else []
    for label, number in zip(labels, notation.numbers(labels).tolist(), strict=True):
        if not isnan(number):
            spelled.setdefault(number, {})[label.strip()] = None
    alike = [list(each) for each in spelled.values() if len(each) > 1][:LISTED]
    return [f"'{name}': {quoted(each)} are one class, since they are the same number" for each in alike]


def named(name: str, cells: Cells, classes: Sequence[str]) -> tuple[Array, list[str]]:
    """Return the labels that are named, None where a row holds another one, and what there is to say.

    Raises
    ------
    TableError
        If no row holds one of them.
    """
    known = {plain(each): plain(each) for each in classes}
    if len(known) < 2:
        raise TableError(f"there must be at least 2 classes, but {quoted(list(known))} is named alone")
    labels = [known.get(plain(label)) for label in cells.labels]
    lacking = [each for each in known if each not in labels]
    if lacking:
        held = quoted([plain(label) for label in cells.labels])
        raise TableError(f"no row of the target '{name}' holds {quoted(lacking)}; it holds {held}")
    others = sum(int(count) for label, count in zip(labels, cells.counts, strict=True) if label is None)
    they = "it has" if others == 1 else "they have"
    without = f"{number_of(others, 'row')} without one of these classes: {they} no target"
    said = [f"'{name}': {without}"] if others else []
    return spread(cells, labels), [f"{number_of(len(known), 'class')} ({listed(list(known))})", *said]


def meaning(classes: Sequence[Any]) -> Callable[[str], Any]:
    """Return what tells which class of training a text means: the same in any spelling, number, or truth value.

    Whoever asks whether two labels are the same class asks this.

    Examples
    --------
    >>> meant = meaning([" no", " yes"])
    >>> meant("yes"), meant("NO "), meant("1"), meant("maybe")
    (' yes', ' no', ' yes', None)
    """
    loosely: dict[str, list[Any]] = {}
    for each in classes:
        loosely.setdefault(folded(str(each)), []).append(each)
    exact = {plain(str(each)): each for each in classes}
    loose = {key: each[0] for key, each in loosely.items() if len(each) == 1}
    truths = {truth(str(each)): each for each in classes} if len(classes) == 2 else {}
    truths = truths if set(truths) == {True, False} else {}
    numbers = {PLAIN.number(str(each)): each for each in classes}
    numbers = numbers if len(numbers) == len(classes) and not any(map(isnan, numbers)) else {}

    def meant(label: str) -> Any:
        keys: Any = (
            (exact, plain(label)),
            (loose, folded(label)),
            (numbers, PLAIN.number(label)),
            (truths, truth(label)),
        )
        return next((known[key] for known, key in keys if key in known), None)

    return meant


def found_again(name: str, cells: Cells, classes: Sequence[Any], where: Where) -> Array:
    """Return the classes of training that cells mean: the same text in any spelling, number, or truth value.

    Raises
    ------
    TableError
        If one means none of them.

    Examples
    --------
    >>> from mlnn.frame.table import Words
    >>> found_again("y", Cells.of(Words.of(["YES", "no ", "n/a", "1"])), ["no", "yes"], str)
    array(['yes', 'no', None, 'yes'], dtype=object)
    """
    meant = meaning(classes)
    labels = [meant(label) for label in cells.labels]
    for k, label in enumerate(cells.labels):
        if labels[k] is None and not means_missing(label):
            known = quoted([str(each) for each in classes])
            raise TableError(
                f"'{name}' holds '{label}' in {where(cells.first(k))}, but the classes of training are {known}"
            )
    return spread(cells, labels)


def as_flags(labels: Array) -> Array | None:
    """Return truth values as 1 and 0, NaN where there is none; None if they are anything else."""
    meant = {label: truth(str(label)) for label in set(labels.tolist()) if label is not None}
    if None in meant.values():
        return None
    return np.array([np.nan if label is None else float(bool(meant[label])) for label in labels.tolist()])


def spread(cells: Cells, labels: Sequence[Any]) -> Array:
    """Return every row's label, in an array of a type of its own, or of objects where there are gaps.

    Raises
    ------
    TableError
        If such an array could not tell labels apart.
    """
    refuse_zeros(labels, "the target")
    if (cells.codes < 0).any() or None in labels:
        return np.array([*labels, None], dtype=object)[cells.codes]
    return np.array(labels)[cells.codes]


def listed(names: Sequence[str]) -> str:
    """List the first few names."""
    return ", ".join(names[:LISTED]) + (", …" if len(names) > LISTED else "")
