"""Checks before training: the size of columns, the first loss, the gradient, a few rows learned by heart."""

from typing import Any

import numpy as np

from mlnn.array import is_sparse
from mlnn.check import check_gradients, initial_loss, overfit
from mlnn.diagnosis.finding import Finding, Severity
from mlnn.diagnosis.subject import Subject
from mlnn.frame.column import quoted
from mlnn.objective import Problem
from mlnn.training import Diverged

LARGE, TOO_LARGE, SMALL, TOO_SMALL = 3.0, 15.0, 0.1, 0.01
"""Sizes of columns, √(mean of x²).

Measured with scikit-learn's defaults (one hidden layer of 100 rectifiers, Adam at 0.001, 200 epochs) on five data
sets whose standardized columns (for digits, pixels from 0 to 1) were multiplied. At 3, the held-out loss grew by up to
a half, on one set eightfold; at 10 it was 2 to 80 times as large, and digits alone bore even 16. At 0.1, digits alone
lost, by half; at 0.01, the loss was 1.3 to 11 times as large on three of the five."""

OFF_CENTRE = 5.0
"""Standard deviations that a mean may lie from 0: at 5, the held-out loss was 1.1 to 11 times as large on four of the
five sets, and a third of the rectifiers died on all, because columns of one sign push a unit to one side (CS231n
notes 2, "Data preprocessing")."""

UNEVEN = 1000.0
"""Ratio of the largest to the smallest spread of a column: the small ones are hardly seen."""

UNITS = 1e-2, 1e2
"""Sizes of a target for which losses, rates and initial weights fit: a network's first answers are of order 1."""

STEEP, FAR_FROM_CHANCE = 5.0, 10.0
"""How many times chance a first loss may be. ``InitialLoss.plausible`` allows 2; rectifiers on standardized columns
begin a regression at up to 5, which a few steps repair. Beyond 10, on all data sets that were tried, it was columns or
weights of the wrong size."""

UNCOMFORTABLE = 1e-4
"""Relative error beyond which a gradient is wrong: CS231n notes 3 call 1e-4 okay only with kinks."""

CHECKED_ROWS = 8

MUCH = 0.2
"""Share of the loss of 20 rows that may remain. ``Overfit.possible`` allows 0.05; dropout on few rows of noise leaves
a little more."""


def feature_scale(subject: Subject) -> Finding:
    """Find columns far from order 1, or far from centred: value is the size of the largest, √(mean of x²)."""
    X: Any = subject.problem.X
    mean = np.asarray(X.mean(axis=0), dtype=np.float64).ravel()
    square = X.multiply(X) if is_sparse(X) else X * X
    size = np.sqrt(np.asarray(square.mean(axis=0), dtype=np.float64).ravel())
    spread = np.sqrt(np.maximum(size**2 - mean**2, 0.0))
    varying = spread > 1e-9 * np.maximum(size, 1e-300)
    if not varying.any():
        return Finding("feature scale", "trouble", 0.0, "no column varies from row to row.", "choose other columns.")
    size, spread, mean = (np.where(varying, each, 0.0) for each in (size, spread, np.abs(mean)))
    largest, value = int(size.argmax()), float(size.max())
    off = (mean > OFF_CENTRE * spread) & (mean > OFF_CENTRE)
    large, where = size >= LARGE, f"the largest is '{subject.names[largest]}' at {value:.3g}"
    scale = "standardize every column: sklearn.preprocessing.StandardScaler in a pipeline before the network."
    if value >= TOO_LARGE or off.any():
        named = quoted([subject.names[k] for k in np.flatnonzero(large | off)], most=3)
        meaning = (
            f"{(large | off).sum()} of {len(size)} columns are far from size 1 or far from centred ({named}); {where}."
        )
        return Finding("feature scale", "trouble", value, meaning, scale)
    if value <= TOO_SMALL:
        return Finding("feature scale", "trouble", value, f"all columns are tiny; {where}.", scale)
    if value >= LARGE or value <= SMALL:
        return Finding("feature scale", "look", value, f"columns should be of size 1; {where}.", scale)
    if value > UNEVEN * spread[varying].min():
        tiny = subject.names[int(np.where(varying, spread, np.inf).argmin())]
        uneven = (
            f"'{tiny}' varies {value / spread[varying].min():.0f} times less than '{subject.names[largest]}' is large."
        )
        return Finding("feature scale", "look", value, uneven, scale)
    return Finding("feature scale", "fine", value, f"columns are of size 1, about; {where}.")


def target_scale(subject: Subject) -> Finding | None:
    """Find quantities far from order 1, for a regression: value is the size of the target, √(mean of y²)."""
    if subject.problem.network.output.classifies:
        return None
    value = float(np.sqrt(np.mean(subject.problem.y.astype(np.float64) ** 2)))
    if UNITS[0] <= value <= UNITS[1] and value <= 10.0 * max(float(subject.problem.y.std()), 1e-300):
        return Finding("target scale", "fine", value, f"the target is of size {value:.3g}.")
    return Finding(
        "target scale",
        "look",
        value,
        f"the target is of size {value:.3g}, but an untrained network answers with numbers about 1: the way is long.",
        "standardize the target: sklearn.compose.TransformedTargetRegressor with a StandardScaler.",
    )


def first_loss(subject: Subject) -> Finding:
    """Compare the loss of untrained weights with that of knowing nothing: value is their ratio."""
    result = initial_loss(subject.problem, subject.theta)
    ratio = result.loss / result.chance if result.chance > 0.0 else np.inf if result.loss > 0.0 else 1.0
    meaning = f"untrained, the loss is {result.loss:.3g}; an output that knows nothing has {result.chance:.3g}"
    usual = not subject.problem.network.output.classifies and 1.0 <= ratio <= STEEP
    if result.plausible or usual:
        return Finding("initial loss", "fine", ratio, f"{meaning}.")
    severity: Severity = "look" if ratio <= FAR_FROM_CHANCE else "trouble"
    return Finding(
        "initial loss",
        severity,
        ratio,
        f"{meaning}: {ratio:.3g} times as much, so the first weights are sure of something that is not so.",
        "scale features and target; if they are, draw smaller first weights.",
    )


def gradient(subject: Subject) -> Finding:
    """Compare every derivative with difference quotients: value is the worst relative error.

    On a few of the rows; columns larger than 1 are divided by their size, since what is to be checked is the
    mathematics and not the data.
    """
    problem = subject.problem
    rows = problem.batch(np.unique(np.linspace(0, problem.X.shape[0] - 1, CHECKED_ROWS).astype(np.int64)))
    few: Any = rows.X
    X = np.asarray(few.toarray() if is_sparse(few) else few)
    X = X / np.maximum(np.sqrt((X * X).mean(axis=0)), 1.0)
    advice = (
        "compare the slope (or backward) of your own layers, gates and outputs with their formula, and declare kinks."
    )
    try:
        report = check_gradients(problem.network, X, rows.y, penalty=problem.penalty, samples=20, show=False)
    except FloatingPointError as reason:
        return Finding("gradient", "trouble", np.inf, f"{reason}.", advice)
    worst = max(report, key=lambda row: row.error / row.tolerance)
    where = f"∂J/∂{worst.tensor} at {list(worst.where)}"
    numbers = f"{worst.analytic:.4g} by hand, {worst.numeric:.4g} by differences"
    if report.passed:
        return Finding("gradient", "fine", report.worst, f"derivatives agree to {report.worst:.0e} with differences.")
    severity: Severity = "look" if worst.error <= UNCOMFORTABLE else "trouble"
    wrong = ", ".join(row.tensor for row in report if not row.passed)
    return Finding(
        "gradient",
        severity,
        worst.error,
        f"derivatives differ from difference quotients in {wrong}; {where}: {numbers}.",
        advice,
    )


def few_rows(subject: Subject) -> Finding:
    """Try to learn 20 rows by heart: value is the share of the loss that remains."""
    problem = subject.problem
    advice = (
        "look at the scale of the features and at the gradient; make the network larger; see whether equal rows have "
        "different targets."
    )
    passes = int(np.clip(4e8 / max(problem.network.size, 1) / 20, 200, 2000))
    try:
        result = overfit(Problem(problem.network, problem.X, problem.y), subject.theta, passes=passes)
    except Diverged as reason:
        return Finding("overfit", "trouble", np.inf, f"learning 20 rows by heart: {reason.args[0]}", advice)
    share = result.end / result.start if result.start > 0.0 else 0.0
    meaning = f"of {result.rows} rows learned by heart, {share:.1%} of the loss remains"
    if result.possible:
        return Finding("overfit", "fine", share, f"{meaning}: the network can learn.")
    return Finding(
        "overfit",
        "look" if share <= MUCH else "trouble",
        share,
        f"{meaning}, though any working network learns so few.",
        advice,
    )
