"""Tables for the page: a file's columns as numbers for a network, and what became of them, said."""

from functools import cache
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from mlnn.array import Array
from mlnn.estimator.labels import typed
from mlnn.frame.answers import read_target
from mlnn.frame.column import TableError
from mlnn.frame.kind import Column, NumericColumn
from mlnn.frame.preparation import Preparation
from mlnn.frame.read import read_bytes
from mlnn.frame.sentence import fact_of
from mlnn.frame.table import Table
from mlnn.play.plan import MOST_NUMBERS, MOST_ROWS, laid_out
from mlnn.tabular.given import left_out, targets_of, without_target
from mlnn.tabular.target import Classes, Quantities

MOST_CLASSES = 100
"""Classes that a page can show."""


def uploaded(name: str, text: str, target: str | None = None) -> dict[str, Any]:
    """Return the page's table of a file's text, read as ``mlnn train`` reads it.

    Parameters
    ----------
    name : str
        What the file is called.
    text : str
        What it holds.
    target : str, optional
        The column to predict; by default the last one.

    Raises
    ------
    TableError
        If it is no table, or cannot be learned from.
    """
    return shown(_read(name, text), target)


def shown(table: Table, target: str | None = None) -> dict[str, Any]:
    """Return a table as the page takes it: prepared and standardized as for ``mlnn train``.

    Raises
    ------
    TableError
        If it cannot be learned from, or is too large for a page.
    """
    if table.rows > MOST_ROWS:
        raise TableError(f"{table.name} has {table.rows:,} rows; the page takes up to {MOST_ROWS:,}")
    goal = table.names[-1] if target is None else table.named(target)
    answers = read_target(table, [goal])
    guessed = [f"'{goal}' is predicted: the last column"] if target is None else []
    said = [*guessed, *map(fact_of, [*answers.said, *table.said])]
    gone = without_target(answers.y)
    said += left_out(answers.y)
    kept = np.flatnonzero(~gone)
    features = [name for name in table.names if name != goal]
    if not features:
        raise TableError(f"'{goal}' is the only column of {table.name}: no feature is left")
    y = targets_of(answers.y[kept])
    coded: Classes | Quantities
    try:
        coded = Classes.learn(typed(y)) if answers.task == "classification" else Quantities.learn(y)
    except ValueError as problem:
        raise TableError(str(problem)) from None
    t = coded.encode(y)
    if isinstance(coded, Quantities):
        (mean,), (scale,) = coded.code.mean, coded.code.scale
        subtracted = f"{mean:.4g}" if mean >= 0 else f"({mean:.4g})".replace("-", "−")
        said.append(f"'{goal}' is learned as ('{goal}' − {subtracted}) / {scale:.4g}")
        classes, scaled = None, {"name": goal, "mean": float(mean), "scale": float(scale)}
    else:
        classes, scaled = [str(each) for each in coded.labels.classes], None
        if len(classes) > MOST_CLASSES:
            raise TableError(f"'{goal}' has {len(classes):,} classes; the page shows up to {MOST_CLASSES}")
    preparation = Preparation(dtype="float64").for_model()
    X = preparation.fit_transform(table.only(features).take(kept), t, task=coded.task)
    if X.size > MOST_NUMBERS:
        raise TableError(f"{table.name} becomes {X.size:,} numbers; the page takes up to {MOST_NUMBERS:,}")
    columns = [str(each) for each in preparation.get_feature_names_out()]
    units = {"columns": [unit for column in preparation.columns_ for unit in _units(column)], "target": scaled}
    return _table(table.name, columns, X, t, classes, [*said, *preparation.said], units)


def _units(column: Column) -> list[dict[str, float] | None]:
    """Return by what a column's numbers were tamed, feature by feature; None for what is no number of the table's."""
    features = column.features()
    if isinstance(column, NumericColumn) and column.spread > 0:
        return [{"median": column.median, "spread": column.spread}, *[None] * (len(features) - 1)]
    return [None] * len(features)


def columns_of(name: str, text: str) -> list[str]:
    """Return the names of the columns that a file's text has.

    Raises
    ------
    TableError
        If it is no table.
    """
    return list(_read(name, text).names)


def _read(name: str, text: str) -> Table:
    """Return the table of a file's text, which the page has decoded already."""
    if "\0" in text:
        raise TableError(f"{name} is no text: a table of commas, semicolons or tabs was expected")
    return read_bytes(text.encode(), name)


@cache
def digits() -> dict[str, Any]:
    """Return scikit-learn's handwritten digits: 1,797 pictures of 8 × 8 pixels, each from 0 to 1."""
    X, y = load_digits(return_X_y=True)
    columns = [f"pixel {row + 1},{column + 1}" for row in range(8) for column in range(8)]
    said = ["1,797 handwritten digits of 8 × 8 pixels, from scikit-learn"]
    return _table("digits", columns, X / 16.0, y, [str(each) for each in range(10)], said)


def _table(
    name: str,
    columns: list[str],
    X: Array,
    y: Array,
    classes: list[str] | None,
    said: list[str],
    units: dict[str, Any] | None = None,
) -> dict[str, Any]:
    numbers = {"X": laid_out(X), "y": laid_out(y)}
    return {"name": name, "columns": columns, "classes": classes, "said": said, "units": units} | numbers
