"""Checks on the data alone, before any network: the target, its classes, columns that number the rows, and leaks."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from mlnn.array import Array, is_sparse
from mlnn.diagnosis.finding import Finding, Severity
from mlnn.frame.column import quoted
from mlnn.frame.kind.mean_target import MOST, targets
from mlnn.frame.leak import SOMETHING, alone, leaks, names_rows, sample
from mlnn.frame.learning import plain
from mlnn.frame.table import Table
from mlnn.frame.values import Unusable

SKEWED, EXTREME = 5.0, 20.0
"""How often the most frequent class may occur for one row of the rarest: beyond 20, the loss hardly knows the rarest.

Two classes of which one has less than a twentieth of the rows are called extremely imbalanced in most courses; from a
fifth on, accuracy begins to mislead."""

CERTAIN = 0.999
"""A column that explains more of the target alone was made from it."""


def constant_target(y: Array) -> Finding:
    """Find a target that is the same in every row: there is nothing to learn.

    Examples
    --------
    >>> constant_target(np.array(["no", "no"])).severity
    'trouble'
    """
    varying = len(y) > 0 and bool((y != y[:1]).any())
    if varying:
        return Finding("constant target", "fine", float(_different(y)), "the target varies from row to row.")
    return Finding(
        "constant target",
        "trouble",
        1.0,
        f"the target is the same in all {len(y)} rows, so there is nothing to learn.",
        "choose another column as the target, or look at how the rows were selected.",
    )


def imbalance(y: Array) -> Finding:
    """Compare the most frequent with the rarest class: value is the ratio of their counts."""
    classes, counts = np.unique(y, return_counts=True)
    ratio, rarest, most = float(counts.max() / counts.min()), classes[counts.argmin()], counts.max() / len(y)
    shares = f"the rarest of {len(classes)} classes, {rarest}, has {counts.min()} of {len(y)} rows"
    if ratio < SKEWED:
        return Finding("imbalance", "fine", ratio, f"{shares}.")
    severity: Severity = "trouble" if ratio >= EXTREME else "look"
    return Finding(
        "imbalance",
        severity,
        ratio,
        f"{shares}, {ratio:.0f} times fewer than the most frequent: always guessing that one is right in {most:.1%}.",
        "judge by log loss or area under ROC instead of accuracy, weight the rows by class, or gather more of it.",
    )


def identifiers(X: Any, y: Array, worst: Severity = "trouble") -> Finding:
    """Find columns that number or name the rows: value is how many there are; where it is sure, it is the worst.

    What counts as one, and what it tells of the target alone, is decided where tables are read (``frame.leak``). The
    only column that tells anything is not to be left out unseen.
    """
    given = list(_columns(X))
    columns = {name: x for name, x, _ in given}
    verdicts = {name: names_rows(name, x) for name, x, may in given if may and len(columns) > 1}
    certain = [name for name, verdict in verdicts.items() if verdict == "surely"]
    found = certain or [name for name, verdict in verdicts.items() if verdict]
    if not found:
        return Finding("identifier", "fine", 0.0, "no column numbers or names the rows.")
    told = _told(columns, y)
    telling = max(found, key=lambda name: told[name])
    much = f"'{telling}' alone explains {100 * max(told[telling], 0.0):.0f} % of the target"
    values_of = f"the values of {quoted(found)}"
    best = max((share for name, share in told.items() if name not in found), default=0.0)
    if told[telling] > SOMETHING >= best:
        advice = "keep it if new rows have values from the same range; leave it out if they go on from the last one."
        meaning = f"{values_of} never repeat; but no other column tells anything, and {much}."
        return Finding("identifier", "look", float(len(found)), meaning, advice)
    if certain:
        meaning = f"{values_of} name or number the rows: what is learned from that holds for no new row; {much}."
        return Finding("identifier", worst, float(len(found)), meaning, f"leave out {quoted(found)}.")
    meaning = f"{values_of} never repeat: do they name or number the rows? {much}."
    return Finding("identifier", "look", float(len(found)), meaning, f"if so, leave out {quoted(found)}.")


def leak(X: Any, y: Array) -> Finding:
    """Find columns that alone tell the target almost perfectly: value is the share of its variance that one explains.

    Examples
    --------
    >>> y = np.arange(100) % 2
    >>> leak(np.column_stack([np.random.default_rng(0).normal(size=100), 3.0 * y]), y).severity
    'trouble'
    """
    return leak_of(_told({name: x for name, x, _ in _columns(X)}, y))


def leak_of(told: Mapping[str, float]) -> Finding:
    """Find leaks by what every column explains alone (``frame.leak``)."""
    best = max(told.values(), default=0.0)
    found = leaks(told)
    if not found:
        return Finding("leak", "fine", best, "no column tells the target almost perfectly all alone.")
    meaning = f"{quoted(found)} alone explains {100 * best:.1f} % of the target: is it made from the target?"
    severity: Severity = "trouble" if best > CERTAIN else "look"
    return Finding("leak", severity, best, meaning, "leave it out if it is, or if new rows do not have it yet.")


def _different(y: Array) -> int:
    return len(np.unique(y, axis=0)) if y.dtype != object else len(set(map(str, y.tolist())))


def _columns(X: Any) -> Iterator[tuple[str, Array, bool]]:
    """Give every column as plain numbers, and whether it may name the rows: dates and texts do not.

    Of sparse rows it gives none, since most of their cells are 0.
    """
    if is_sparse(X):
        return
    table = Table.of(X)
    for name in table.names:
        values = table[name]
        if isinstance(values, np.ndarray) and values.dtype.kind not in "mM":
            yield name, values.astype(np.float64), True
        elif not isinstance(values, Unusable):
            column, x = plain(name, values, table.where)
            yield name, x, column.fate.kind not in ("date", "time", "duration", "text")


def _told(columns: dict[str, Array], y: Array) -> dict[str, float]:
    """Return the share of the target's variance that every column explains alone; of many targets nothing."""
    rows = sample(len(y))
    T = targets(y[rows])
    return {name: alone(x[rows], T) if T.shape[1] <= MOST else 0.0 for name, x in columns.items()}
