"""Who is examined, where it is a model for tables; and what its preparation says of the columns."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.diagnosis.data import constant_target, identifiers, imbalance, leak_of
from mlnn.diagnosis.finding import Finding
from mlnn.diagnosis.subject import HELD_OUT, MOST_ROWS, Subject
from mlnn.estimator.labels import typed
from mlnn.frame.cells import read_cells
from mlnn.frame.column import quoted
from mlnn.frame.kind import CategoricalColumn, Column
from mlnn.frame.learning import POOLED
from mlnn.frame.preparation import Preparation
from mlnn.frame.report import sentence
from mlnn.frame.roles import usable
from mlnn.frame.split import dealt, hold_out, past_and_future
from mlnn.frame.table import Columns, Table
from mlnn.objective import Problem
from mlnn.tabular.amounts import names_of
from mlnn.tabular.base import TableModel
from mlnn.tabular.copies import copied
from mlnn.tabular.familiar import digests_of
from mlnn.tabular.given import left_out, targets_of, without_target
from mlnn.tabular.parts import EVERYBODY
from mlnn.tabular.target import Classes, Target

GAPS = 0.5
"""A column of which more is missing tells little, and what it tells may be that it is missing."""

LOOKED_AT = 100_000
"""Among so many rows copies are looked for."""

SHOWN = 3
"""Columns of which a finding quotes what there is to say."""


def table_subject(
    model: TableModel, X: Any, y: Any, groups: Any = None, times: Any = None, seed: int = 0
) -> tuple[Subject | None, list[Finding]]:
    """Return a member as the model would train it, and the findings on the data alone; without a target no member.

    Parameters
    ----------
    model : TableClassifier or TableRegressor
        Fitted or not.
    X, y, groups, times
        As for its ``fit``.
    seed : int
        Seed of the split and the weights.

    Raises
    ------
    TableError, ValueError
        If the table cannot be used.
    """
    table = Table.of(X)
    called, y = names_of(y, table.names), targets_of(y)
    if len(y) != table.rows:
        raise ValueError(f"X has {table.rows} rows, but y has {len(y)}")
    kept = np.flatnonzero(~without_target(y))
    labels = typed(y[kept])
    findings = [constant_target(labels)]
    if len(kept) < len(y):
        said = f"{'; '.join(left_out(y, names=called))}."
        findings.append(Finding("missing target", "look", 1.0 - len(kept) / len(y), said, "look at why."))
    if findings[0].severity == "trouble":
        return None, findings
    if len(kept) < len(y):
        table = table.take(kept)
    groups, times = (None if each is None else np.asarray(each)[kept] for each in (groups, times))
    target: Target = model.learn_targets(labels)
    t = target.encode(labels)
    if isinstance(target, Classes) and t.ndim == 1:
        findings.append(imbalance(labels))
    groups = None if groups is None else groups.astype(str)
    rows, aside = _split(t, target.task, groups, times, seed)
    findings += _of_rows(groups, times, rows, aside)
    whole = _preparation(model).fit(table, t, target.task)
    findings += of_columns(whole, table, t)
    findings.append(_twins(whole, table, t, aside))
    if times is None and groups is None:
        findings += _roles(whole.columns_)
    rows, aside = rows[: MOST_ROWS[0]], aside[: MOST_ROWS[1]]
    preparation = _preparation(model)
    train = preparation.fit_transform(
        table.take(rows), t[rows], dealt(len(rows), seed, None if groups is None else groups[rows]), target.task
    )
    judged = preparation.prepare(table.take(aside)).matrix
    network = model.network(train.shape[1], target.output, target.scores)
    problem = Problem.of(network, train, t[rows], None, model.penalty())
    names = tuple(preparation.get_feature_names_out().tolist())
    theta = network.initial(np.random.default_rng(seed))
    valid = Problem.of(network, judged, t[aside])
    return Subject(problem, valid, theta, model.recipe(len(rows), seed), names, keeps_best=True), findings


def of_columns(preparation: Preparation, table: Table, t: Array) -> list[Finding]:
    """Return what the column report says, theme by theme."""
    columns = preparation.columns_
    unread = [column for column in columns if column.fate.unread]
    aside = [column for column in columns if column.fate.kind == "identifier"]
    gaps = [column for column in columns if column.fate.features and column.fate.missing > GAPS * column.fate.rows]
    pooled = [column for column in columns if _many(column) or column.fate.rare > POOLED * column.fate.rows]
    idle = [
        column
        for column in columns
        if not column.fate.features and column.fate.kind not in ("identifier", "dropped", "duration")
    ]
    used = Columns(
        {
            column.name: read_cells(column, usable(table, column.name), preparation.missing)
            for column in columns
            if column.fate.features
        }
    )
    read = [column for column in columns if column.fate.read and column.fate.features]
    converted = _listed(f"'{column.name}': {column.fate.read}" for column in read)
    whole = all(column.fate.features for column in columns)
    all_used = "every column is used." if whole else "every other column is used."
    words = "look at these cells, or name the word that means missing (missing=, --missing)."
    return [
        _theme("unreadable cells", unread, "all cells can be read.", words, sum(each.fate.unread for each in unread)),
        _set_aside(aside) if aside else identifiers(used, t, worst="look"),
        _theme("missing values", gaps, _most_gaps(columns), "look at why; that a value is missing is a feature."),
        _theme(
            "rare categories",
            pooled,
            "no column has too many categories.",
            "if they have an order or a group, put that into a column; new ones cannot be known.",
        ),
        _theme("unused columns", idle, all_used, "leave them out, or look at how they were read."),
        Finding("reading", "fine", float(len(read)), converted or "no column was converted."),
        leak_of(preparation.told_),
    ]


def _preparation(model: TableModel) -> Preparation:
    settings = {"columns": model.columns, "missing": model.missing, "decimal": model.decimal}
    return Preparation(**settings, dtype="float64").for_model()


def _split(t: Array, task: str, groups: Any, times: Any, seed: int) -> tuple[Array, Array]:
    """Return the rows to train on and to judge by, in an order by chance."""
    if times is None:
        codes = None if groups is None else np.unique(groups, return_inverse=True)[1]
        parts = hold_out(t if task == "classification" else np.zeros(len(t)), HELD_OUT, seed, task, codes)
    else:
        parts = past_and_future(times, HELD_OUT)
    random = np.random.default_rng(seed)
    return random.permutation(parts[0]), random.permutation(parts[1])


def _of_rows(groups: Any, times: Any, rows: Array, aside: Array) -> list[Finding]:
    """Return how rows that belong together, and rows of the future, are judged."""
    findings = []
    if times is not None:
        said = f"trained on {len(rows)} rows of the past, judged by {len(aside)} rows from {times[aside].min()} on."
        findings.append(Finding("time", "fine", float(len(aside)), said))
    if groups is not None:
        kinds, counts = np.unique(groups, return_counts=True)
        largest = counts.max() / len(groups)
        said = (
            f"{len(kinds)} groups are kept together; the largest, {kinds[counts.argmax()]}, has {largest:.1%} of rows"
        )
        if len(kinds) < 10 or largest > HELD_OUT:
            advice = "with so few, or so uneven ones, scores of new groups are rough guesses: gather more groups."
            findings.append(Finding("groups", "look", float(len(kinds)), f"{said}.", advice))
        else:
            findings.append(Finding("groups", "fine", float(len(kinds)), f"{said}."))
    return findings


def _twins(preparation: Preparation, table: Table, t: Array, aside: Array) -> Finding:
    """Return whether rows that judge have twins that are trained on; of a large table, among the first ones."""
    fold = np.full(len(t), EVERYBODY)
    fold[aside] = 0
    some = np.arange(min(len(t), LOOKED_AT))
    matrix = preparation.prepare(table.take(some)).matrix
    said = copied(digests_of(matrix, t[some], ""), fold[some], matrix, t[some])
    if not said:
        return Finding("copies", "fine", 0.0, "rows that judge are no copies of others, but for few and by chance.")
    meaning, advice = said[0].rsplit(": ", 1)
    return Finding("copies", "look", 1.0, f"{meaning}.", f"{advice}.")


def _roles(columns: Iterable[Column]) -> list[Finding]:
    """Return what columns may say about which rows belong together, where nobody has said it."""
    findings = []
    dates = [column.name for column in columns if column.fate.kind == "date" and column.fate.features]
    many = [column.name for column in columns if _many(column)]
    if dates:
        said = f"rows have dates ({quoted(dates)}), and are judged as if new ones came from the same time."
        advice = f"if new rows come later, let the future judge: times=, --time {dates[0]}."
        findings.append(Finding("time", "look", float(len(dates)), said, advice))
    if many:
        said = f"many rows share one of many values of {quoted(many)}, and are judged as if new rows had the same ones."
        advice = f"if new rows have others, keep rows together: groups=, --group {many[0]}."
        findings.append(Finding("groups", "look", float(len(many)), said, advice))
    return findings


def _many(column: Column) -> bool:
    """Tell whether categories are so many that they tell their mean targets."""
    return isinstance(column, CategoricalColumn) and bool(column.means.size)


def _theme(check: str, columns: list[Column], fine: str, advice: str, value: float | None = None) -> Finding:
    """Return a finding on the columns that have something in common, or that there are none."""
    count = float(len(columns) if value is None else value)
    if not columns:
        return Finding(check, "fine", count, fine)
    said = _listed(f"'{column.name}': {sentence(column.fate)}" for column in columns)
    return Finding(check, "look", count, said, advice)


def _set_aside(columns: list[Column]) -> Finding:
    advice = "nothing, if it does name the rows; else say what it is (columns=, --categorical, --numeric)."
    said = _listed(f"'{column.name}' is not learned from: {column.fate.why}" for column in columns)
    return Finding("identifier", "look", float(len(columns)), said, advice)


def _most_gaps(columns: Iterable[Column]) -> str:
    gaps = [column for column in columns if column.fate.missing and column.fate.features]
    if not gaps:
        return "no column has gaps."
    most = max(gaps, key=lambda column: column.fate.missing / column.fate.rows)
    count = "one column has gaps" if len(gaps) == 1 else f"{len(gaps)} columns have gaps; the most"
    return f"{count}, '{most.name}': {sentence(most.fate)}."


def _listed(sentences: Iterable[str]) -> str:
    """Join sentences, the first few of them."""
    said = list(sentences)
    more = f"; and {len(said) - SHOWN} more columns" if len(said) > SHOWN else ""
    return ". ".join(said[:SHOWN]) + more + ("." if said else "")
