"""Figures of merit on tables, and those of a predictor that looks at no feature.

The metrics of values are scikit-learn's, those of classes stand in ``class_score``.
"""

import math

import numpy as np
from sklearn import metrics

from mlnn.array import Array
from mlnn.frame.column import quoted
from mlnn.output import SeveralSoftmax, Softmax
from mlnn.tabular.class_score import class_scores, label_losses, label_scores, log_losses
from mlnn.tabular.target import Classes, Quantities, Target

NAMES = {
    "log_loss": "log loss",
    "brier": "Brier score",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "auc": "ROC area",
    "average_precision": "PR area",
    "calibration_error": "calibration error",
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "MAE",
    "median_error": "median error",
}
"""What people call the figures of merit."""

IN_UNITS = ("rmse", "mae", "median_error")
"""Figures that may be as small as the target; others are 0 where nothing but rounding is left of them."""

LOWER_IS_BETTER = ("log_loss", "brier", "calibration_error", "rmse", "mae", "median_error")


def scores_of(
    target: Target, t: Array, predictions: Array, weights: Array | None = None, threshold: float | None = None
) -> dict[str, float]:
    """Return the figures of merit of an output's predictions, by name; of several questions, their means."""
    if isinstance(target, Quantities):
        return value_scores(target.code.decode(t), target.code.decode(predictions.astype(np.float64)), weights)
    assert isinstance(target, Classes)
    if target.labels.questions:
        parts = zip(t.T, target.probabilities(predictions), strict=True)
        each = [class_scores(numbers, P, weights) for numbers, P in parts]
        return {name: float(np.mean([one[name] for one in each])) for name in each[0] if all(name in e for e in each)}
    if target.labels.several:
        return label_scores(t, predictions, weights)
    return class_scores(t, predictions, weights, threshold)


def over(target: Target) -> str:
    """Say which class figures of merit are of; of several targets, over what they are means, and if without intervals.

    ``Evaluation.intervals`` knows those of values, and of one label a row.
    """
    count = target.scores
    if isinstance(target, Quantities):
        return f"means over {count} targets" if count > 1 else ""
    assert isinstance(target, Classes)
    if target.labels.questions:
        return (
            f"means over {len(target.labels.classes)} targets; scores of several targets of classes have no intervals"
        )
    if target.labels.several:
        return f"accuracy is of rows whose {count} labels are all right; scores of several labels have no intervals"
    return f"precision, recall and F1 are of {quoted([str(target.labels.classes[1])])}" if count == 2 else ""


def row_losses(target: Target, t: Array, predictions: Array, weights: Array | None = None) -> Array:
    """Return the loss of every row: log loss (nats), or the squared error in units of the targets' variance.

    So the mean, weighed as the variance is, is the mean log loss, or 1 − R².
    """
    if isinstance(target, Quantities):
        y = np.asarray(target.code.decode(t), dtype=np.float64).reshape(len(t), -1)
        variance = np.average((y - np.average(y, axis=0, weights=weights)) ** 2, axis=0, weights=weights)
        return np.mean((y - target.in_units(predictions)) ** 2 / np.where(variance > 0, variance, 1.0), axis=1)
    assert isinstance(target, Classes)
    if target.labels.several:
        return label_losses(t, predictions)
    parts = zip(t.T, target.probabilities(predictions), strict=True) if target.labels.questions else [(t, predictions)]
    return np.mean([log_losses(numbers, P) for numbers, P in parts], axis=0)


def mean_loss(target: Target, t: Array, predictions: Array, weights: Array | None = None) -> float:
    """Return the mean of ``row_losses``, weighed."""
    return float(np.average(row_losses(target, t, predictions, weights), weights=weights))


# Values


def value_scores(y: Array, values: Array, weights: Array | None = None) -> dict[str, float]:
    """Return R² (of several rows), root mean squared, mean and median absolute error (target units), or their means."""
    several = {"r2": float(metrics.r2_score(y, values, sample_weight=weights))} if len(y) > 1 else {}
    return several | {
        "rmse": float(metrics.root_mean_squared_error(y, values, sample_weight=weights)),
        "mae": float(metrics.mean_absolute_error(y, values, sample_weight=weights)),
        "median_error": float(metrics.median_absolute_error(y, values, sample_weight=weights)),
    }


# Who knows only the training targets


def baseline_name(target: Target) -> str:
    """Return in words what ``baseline_of`` predicts."""
    return "class shares" if target.task == "classification" else "always the mean"


def baseline_of(t: Array, rows: int, target: Target, weights: Array | None = None) -> Array:
    """Return, for so many rows, the predictions of who knows nothing but the training targets t."""
    output = target.output
    if isinstance(output, Softmax):
        shares = np.bincount(t, weights, minlength=target.scores)
    elif isinstance(output, SeveralSoftmax):
        shares = np.concatenate(
            [np.bincount(column, weights, k) for column, k in zip(t.T, output.classes, strict=True)]
        )
    else:
        return np.tile(np.average(t.reshape(len(t), -1), axis=0, weights=weights), (rows, 1))
    total = len(t) if weights is None else weights.sum()
    return np.tile(shares / total, (rows, 1))


# In words


def digits(x: float, count: int = 4) -> str:
    """Return a number with so many significant digits, in at most eight characters or so.

    Examples
    --------
    >>> [digits(x) for x in (0.95, 5.74612e-06, -12345.678, 0.0, 1.5e12, float("nan"))]
    ['0.9500', '5.746e−6', '−12346', '0', '1.500e12', '-']
    """
    if math.isnan(x):
        return "-"
    x += 0.0  # no −0
    size = abs(x)
    if size == 0.0 or not math.isfinite(x):
        text = f"{x:g}"
    elif 1e-3 <= size < 10**count:
        text = f"{x:#.{count}g}".removesuffix(".")
    elif 10**count <= size < 1e9:
        text = f"{x:.0f}"
    else:
        mantissa, exponent = f"{x:.{count - 1}e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def with_spread(x: float, spread: float | None) -> str:
    """Return a number with its spread behind it, both to the place of the spread's second digit.

    Examples
    --------
    >>> with_spread(0.95123, 0.0123), with_spread(1234.5, 56.0), with_spread(0.5, None), with_spread(0.5, math.nan)
    ('0.951 ± 0.012', '1234 ± 56', '0.5000', '0.5000')
    """
    spread = None if spread is None or math.isnan(spread) else spread
    if not spread or not math.isfinite(spread) or not 1e-3 <= abs(x) < 1e9:
        return digits(x) + (f" ± {digits(spread, 2)}" if spread else "")
    place = min(max(1 - math.floor(math.log10(spread)), 0), 6)
    return f"{x:.{place}f} ± {spread:.{place}f}".replace("-", "−")
