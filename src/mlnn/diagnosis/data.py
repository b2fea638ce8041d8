"""Checks on the data alone, before any network: the target, its classes, and columns that number the rows."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
from sklearn.model_selection import KFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from mlnn.array import Array, is_sparse
from mlnn.diagnosis.finding import Finding, Severity
from mlnn.frame.column import as_numbers, holds_numbers, missing, quoted

SKEWED, EXTREME = 5.0, 20.0
"""How often the most frequent class may occur for one row of the rarest: beyond 20, the loss hardly knows the rarest.

Two classes of which one has less than a twentieth of the rows are called extremely imbalanced in most courses; from a
fifth on, accuracy begins to mislead."""

FEWEST_ROWS = 20
"""Below so many rows, values that never repeat say nothing."""

IDENTIFIER = re.compile(r"(?i:(^|[\W_])(ids?|uuid|guid|identifier|index|rowid|row)$)|[a-z]I[dD]$")
"""Names that identifiers have."""


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


def identifiers(X: Any, y: Array, classifies: bool) -> Finding:
    """Find columns that number or name the rows: value is how many there are.

    A column counts as an identifier where no value repeats and it is text, whole numbers in the order of the rows,
    whole numbers without large gaps, or is called one. Where numbers never repeat and nothing else speaks for it, one
    should look. How well such a column tells the target all alone is measured by a small decision tree, 3 folds.
    """
    certain: list[tuple[str, Array]] = []
    possible: list[tuple[str, Array]] = []
    columns = list(_columns(X))
    for name, values in columns if len(columns) > 1 else []:  # the only column is what the user wants to learn from
        verdict = _verdict(name, values)
        if verdict:
            (certain if verdict == "trouble" else possible).append((name, values))
    if not certain and not possible:
        return Finding("identifier", "fine", 0.0, "no column numbers or names the rows.")
    found = certain or possible
    scores = [_told(values, y, classifies) for _, values in found]
    names, told = [name for name, _ in found], int(np.argmax(scores))
    alone = f"'{names[told]}' alone reaches {'an accuracy' if classifies else 'an R²'} of {scores[told]:.2f}"
    values_of = f"the values of {quoted(names)}"
    if certain:
        meaning = f"{values_of} name or number the rows: what is learned from that holds for no new row; {alone}."
        return Finding("identifier", "trouble", float(len(found)), meaning, f"leave out {quoted(names)}.")
    meaning = f"{values_of} never repeat: do they name or number the rows? {alone}."
    return Finding("identifier", "look", float(len(found)), meaning, f"if so, leave out {quoted(names)}.")


def _different(y: Array) -> int:
    return len(np.unique(y, axis=0)) if y.dtype != object else len(set(map(str, y.tolist())))


def _columns(X: Any) -> Iterator[tuple[str, Array]]:
    """Give every column of a table or a matrix with its name; of sparse rows none, since most of them are 0."""
    if hasattr(X, "iloc"):
        for k, name in enumerate(X.columns):
            values = X.iloc[:, k]
            number = holds_numbers(values, str(name))
            yield str(name), as_numbers(values, str(name)) if number else values.to_numpy(dtype=object)
    elif not is_sparse(X):
        matrix = np.asarray(X)
        with suppress(ValueError, TypeError):  # text stays as it is, for an encoder in the pipeline
            matrix = matrix.astype(np.float64)
        for k, values in enumerate(matrix.T):
            yield f"x{k}", values


def _verdict(name: str, values: Array) -> Severity | None:
    """Return "trouble" for an identifier, "look" for what may be one."""
    present = values[~missing(values)]
    if len(present) < max(FEWEST_ROWS, 0.9 * len(values)):
        return None
    if present.dtype.kind not in "iuf":
        repeated = len(set(map(str, present.tolist()))) < len(present)
        return None if repeated else "trouble"
    numbers = present.astype(np.float64)
    if (numbers != np.floor(numbers)).any() or len(np.unique(numbers)) < len(numbers):
        return None
    steps = np.diff(numbers)
    ordered = (steps > 0).all() or (steps < 0).all()
    gapless = float(np.ptp(numbers)) < 2.0 * len(numbers)
    return "trouble" if ordered or gapless or IDENTIFIER.search(name) else "look"


def _told(values: Array, y: Array, classifies: bool) -> float:
    """Return the cross-validated accuracy or R² of the target from this column alone."""
    numeric = values.dtype.kind in "iuf"
    column = (
        np.nan_to_num(values.astype(np.float64)) if numeric else np.unique(values.astype(str), return_inverse=True)[1]
    )
    tree = (DecisionTreeClassifier if classifies else DecisionTreeRegressor)(max_leaf_nodes=16, random_state=0)
    order = np.random.default_rng(0).permutation(len(y))[:3000]
    return float(cross_val_score(tree, column[order, None], y[order], cv=KFold(3)).mean())
