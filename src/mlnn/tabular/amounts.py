"""Targets that are given beside a table: gaps, and text such as "$1,234", are read as those of a file are."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.estimator.labels import Labels
from mlnn.frame.answers import read_again, read_target, without
from mlnn.frame.column import is_time
from mlnn.frame.drift import ColumnWarning
from mlnn.frame.kind.base import Cells
from mlnn.frame.kind.notation import PLAIN
from mlnn.frame.kind.spelling import means_missing, plain, truths
from mlnn.frame.labels import OWN, learned, meaning, spread
from mlnn.frame.printable import printable
from mlnn.frame.sentence import number_of
from mlnn.frame.sentinel import of_target
from mlnn.frame.table import Table, Words
from mlnn.tabular.target import Classes, Target

Said = tuple[str, ...]
"""Sentences on what became of targets."""


def learned_amounts(
    y: Array, names: Sequence[str], decimal: str | None, words: Sequence[str] | None = None
) -> tuple[Array, dict[str, Any] | None, Said]:
    """Return training targets as numbers, how they are written, and what could not be read, as in a file's target.

    They are as they were, and None, where they are numbers. Durations become seconds, dates are refused. What cannot be
    read is NaN, as is what means a gap, by the usual words or ``words`` instead.

    Raises
    ------
    TableError
        If there is nothing to learn from them.

    Examples
    --------
    >>> import numpy as np
    >>> learned_amounts(np.array(["$1,234", "$5.50", "$6"]), [], None)[0]
    array([1234. ,    5.5,    6. ])
    """
    if not (_is_text(y) or _is_time(y)):
        y = without_words(y, words)
        odd = of_target(y) if y.ndim == 1 and y.dtype.kind in "iuf" else ""
        return y, None, (f"the target: {odd}",) if odd else ()
    table = _table(y, names)
    answers = read_target(table, table.names, "regression", words=words, decimal=decimal)
    return answers.y, answers.to_json(), answers.said


def amounts(y: Array, record: Mapping[str, Any] | None, words: Sequence[str] | None = None) -> Array:
    """Return targets as numbers, written as ``learned_amounts`` or ``Answers.to_json`` tells; others as they are.

    They are as many columns as in training, and gaps are as there, where ``words`` meant them.

    Warns
    -----
    ColumnWarning
        If some cannot be read: how many, and which is the first. They are NaN, as gaps are.
    """
    if not (_is_text(y) or _is_time(y)):
        return without_words(y, words)
    table = _table(y, ())
    notations = (record or {}).get("notations") or [asdict(PLAIN)] * len(table.names)
    return read_again(table, {"names": table.names, "notations": notations, "words": words}, None)


def without_words(y: Array, words: Sequence[str] | None) -> Array:
    """Return targets of any kind with gaps in place of the words, or numbers, that a user calls missing.

    Examples
    --------
    >>> import numpy as np
    >>> without_words(np.array([1.5, -999.0]), ["-999"]), without_words(np.array(["a", "?"]), ["?"])
    (array([1.5, nan]), array(['a', None], dtype=object))
    """
    if not words:
        return y
    columns = [each if each.dtype.kind in "iuf" else Words.of(each) for each in y.reshape(len(y), -1).T]
    kept = [without(each, words) for each in columns]
    gone = np.column_stack([each.codes < 0 if isinstance(each, Words) else np.isnan(each) for each in kept])
    if not gone.any():
        return y
    left = y.astype(y.dtype if y.dtype.kind == "f" else object)  # whole numbers stay whole
    left[gone.reshape(y.shape)] = None  # NaN, among floats
    return left


def learned_labels(y: Array, names: Sequence[str], words: Sequence[str] | None) -> tuple[Array, Said]:
    """Return training labels, by one name those that are the same class in a file, and what there is to say of it.

    That name is the most frequent spelling as it is written, spaces included, as scikit-learn's metrics take it; the
    one without spaces, where labels have that too. Labels are as they were where they are no text. The columns of a
    matrix are read one by one.

    Parameters
    ----------
    y : array
        The labels; gaps are None.
    names : sequence of str
        The targets' names, if they have some.
    words : sequence of str, optional
        The words that mean a missing target, in place of the usual ones.

    Raises
    ------
    TableError
        If there is nothing to learn from them.

    Warns
    -----
    ColumnWarning
        If frequent labels differ only in case.

    Examples
    --------
    >>> import numpy as np
    >>> learned_labels(np.array(["TRUE", "true ", "true", "False", "n/a"], dtype=object), [], None)[0]
    array(['TRUE', 'TRUE', 'TRUE', 'False', None], dtype=object)
    """
    columns = without_words(y, words).reshape(len(y), -1).T
    names = names or _called(len(columns))
    read = [_learned_labels(column, name, words) for column, name in zip(columns, names, strict=True)]
    said = tuple(sentence for _, each in read for sentence in each)
    for sentence in said:
        if sentence.endswith(OWN):
            warnings.warn(sentence, ColumnWarning, stacklevel=5)
    return _together([labels for labels, _ in read], y), said


def _learned_labels(y: Array, name: str, words: Sequence[str] | None) -> tuple[Array, Said]:
    """Return the same of one column."""
    if not _is_text(y):
        return y, ()
    cells = Cells.of(without(Words.of(y), words))
    labels, said = learned(name, cells, truths(cells.labels) == {True, False}, words is None)
    order = sorted(range(len(cells.labels)), key=lambda k: (-int(cells.counts[k]), cells.labels[k]))
    meant = [labels[cells.first(k)] for k in range(len(cells.labels))]
    bare = {each: each for each in meant if each in cells.labels}
    written = {meant[k]: cells.labels[k] for k in reversed(order)} | bare | {None: None}
    spaced = [
        f"'{name}': '{cells.labels[k]}' is '{each}' ({number_of(int(cells.counts[k]), 'row')})"
        for k, each in enumerate(meant)
        if each in bare and each != cells.labels[k] and each == plain(cells.labels[k])
    ]
    return spread(cells, [written[each] for each in meant]), (*said[1:], *spaced)


def labels_of(y: Array, labels: Labels, words: Sequence[str] | None) -> Array:
    """Return other labels than training's, with gaps where words mean none, and no class of training.

    Examples
    --------
    >>> import numpy as np
    >>> labels_of(np.array(["yes", "n/a"]), Labels(np.array(["no", "yes"])), None)
    array(['yes', None], dtype=object)
    """
    columns = without_words(y, words).reshape(len(y), -1).T
    return _together([_labels_of(column, of) for column, of in zip(columns, labels.of_columns, strict=True)], y)


def _labels_of(y: Array, classes: Array) -> Array:
    """Return the same of one column."""
    if not _is_text(y):
        return y
    meant = meaning(classes.tolist())
    gaps = {each for each in set(y.tolist()) if isinstance(each, str) and means_missing(each) and meant(each) is None}
    return np.array([None if each in gaps else each for each in y.tolist()], dtype=object) if gaps else y


def _together(columns: Sequence[Array], y: Array) -> Array:
    """Return columns in the shape that they had in ``y``, in their own types."""
    if y.ndim == 1:
        return columns[0]
    mixed = len({column.dtype.kind for column in columns}) > 1
    return np.column_stack([column.astype(object) if mixed else column for column in columns])


def warn_of_spellings(table: Table, names: Sequence[str], target: Target) -> None:
    """Warn if the target is among the columns, and spells classes otherwise than predictions do."""
    if len(names) != 1 or names[0] not in table or not isinstance(target, Classes):
        return
    name, labels = names[0], target.labels
    cells = table[name]
    if not isinstance(cells, Words) or labels.several or labels.questions:
        return
    classes = [each for each in labels.classes.tolist() if isinstance(each, str)]
    meant = meaning(classes)
    spelled = {cell: meant(cell) for cell in cells.labels if cell not in classes}
    cell = next((cell for cell, each in spelled.items() if each is not None), None)
    if cell is not None:
        warnings.warn(
            printable(
                f"'{name}' holds {cell!r}, which predictions call {spelled[cell]!r}: score and evaluate take them "
                "for the same class, but == does not"
            ),
            stacklevel=3,
        )


def warn_of_strangers(labels: Array, places: Array) -> None:
    """Warn if labels have no place among the classes of training."""
    strange = labels[places < 0].tolist()
    if strange:
        warnings.warn(
            printable(
                f"{len(strange):,} of {labels.size:,} labels are none of the classes of training, such as "
                f"{strange[0]!r}: whatever is predicted for them is wrong"
            ),
            stacklevel=3,
        )


def names_of(y: Any, columns: Sequence[str]) -> list[str]:
    """Return the names of targets that have some, and none of a feature: a series' own, or those of a frame's columns.

    Examples
    --------
    >>> import pandas
    >>> names_of(pandas.Series([1.0], name="price"), ["size"]), names_of([1.0], ["size"])
    (['price'], [])
    """
    names: list[Any] = list(y.columns) if hasattr(y, "columns") else [getattr(y, "name", None)]
    fine = all(isinstance(name, str) and name and name not in columns for name in names)
    return names if fine and len(set(names)) == len(names) else []


def _is_text(y: Array) -> bool:
    return y.dtype.kind in "OUST" and any(isinstance(each, str) for each in y.ravel())


def _is_time(y: Array) -> bool:
    """Tell whether some targets are times."""
    return y.dtype.kind in "mM" or (y.dtype.kind == "O" and any(map(is_time, y.ravel())))


def _table(y: Array, names: Sequence[str]) -> Table:
    columns = y.reshape(len(y), -1).T
    return Table.of(dict(zip(names or _called(len(columns)), columns, strict=True)))


def _called(count: int) -> list[str]:
    """Return what so many targets without names are called."""
    return ["y"] if count == 1 else [f"y {k}" for k in range(count)]
