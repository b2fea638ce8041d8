"""Figures of merit on tables, and those of a predictor that looks at no feature.

The metrics of values are scikit-learn's. Those of classes are formulas of a few sums, so that a thousand classes take
seconds and a bootstrap needs nothing but sums of other rows; they agree with scikit-learn's to the last digits.
"""

import numpy as np
from sklearn import metrics

from mlnn.array import Array
from mlnn.output import SeveralSoftmax, Softmax
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

LOWER_IS_BETTER = ("log_loss", "brier", "calibration_error", "rmse", "mae", "median_error")

BINS = 15
"""Equally wide bins of confidence that the calibration error compares with what came true (Guo et al. 2017)."""


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


def row_losses(target: Target, t: Array, predictions: Array) -> Array:
    """Return the loss of every row: log loss (nats), or the squared error in units of the targets' variance, 1 − R²."""
    if isinstance(target, Quantities):
        y = np.asarray(target.code.decode(t), dtype=np.float64).reshape(len(t), -1)
        variance = y.var(axis=0)
        return np.mean((y - target.in_units(predictions)) ** 2 / np.where(variance > 0, variance, 1.0), axis=1)
    assert isinstance(target, Classes)
    if target.labels.several:
        return label_losses(t, predictions)
    parts = zip(t.T, target.probabilities(predictions), strict=True) if target.labels.questions else [(t, predictions)]
    return np.mean([row_scores(numbers, P)["log_loss"] for numbers, P in parts], axis=0)


# Classes


def class_scores(
    y: Array, probabilities: Array, weights: Array | None = None, threshold: float | None = None
) -> dict[str, float]:
    """Return the figures of merit of probabilities, shape (N, K), for class numbers y.

    Log loss in nats per row; Brier score, of two classes half the sum of squares; precision, recall and F1 of the
    second of two classes, of more the means over classes; areas under the ROC and the precision-recall curve, one class
    against the rest, the mean over those classes that some rows have and some have not, left out where there is none.

    Parameters
    ----------
    y, probabilities, weights : arrays
        Classes, predictions, and how much each row counts.
    threshold : float, optional
        From what probability on the second of two classes is predicted; without, the likelier one.
    """
    w = np.ones(len(y)) if weights is None else weights
    said = decided(probabilities, threshold)
    scores = {name: float(np.average(each, weights=w)) for name, each in row_scores(y, probabilities).items()}
    sums = (np.bincount(numbers, weight, probabilities.shape[1]) for numbers, weight in confusion(y, said, w))
    scores |= {name: float(value) for name, value in decision_scores(*sums).items()}
    areas = class_areas(y, probabilities, w)[1 if probabilities.shape[1] == 2 else slice(None)].reshape(-1, 2)
    if np.isfinite(areas).any():
        scores["auc"], scores["average_precision"] = map(float, np.nanmean(areas, axis=0))
    scores["calibration_error"] = calibration_error(y, probabilities, w)
    return scores


def decided(probabilities: Array, threshold: float | None = None) -> Array:
    """Return the class that is predicted: the likeliest, or the second of two from a threshold on."""
    if threshold is None:
        return np.asarray(probabilities.argmax(axis=1))
    return (probabilities[:, 1] >= threshold).astype(np.int64)


def row_scores(y: Array, probabilities: Array) -> dict[str, Array]:
    """Return −log p of the true class, and the squared distance from what came true, for every row."""
    total = probabilities.sum(axis=1, dtype=np.float64)  # float32 sums to 1 only nearly
    p = probabilities[np.arange(len(y)), y] / total
    squares = np.einsum("nk,nk->n", probabilities, probabilities, dtype=np.float64) / total**2
    half = 0.5 if probabilities.shape[1] == 2 else 1.0
    return {"log_loss": -np.log(np.clip(p, np.finfo(np.float64).eps, 1.0)), "brier": half * (squares - 2.0 * p + 1.0)}


def confusion(y: Array, said: Array, weights: Array) -> tuple[tuple[Array, Array], ...]:
    """Return three times classes and weights to add up: of rows that were hit, of those predicted, of those true."""
    hit = y == said
    return (y[hit], weights[hit]), (said, weights), (y, weights)


def class_rates(hits: Array, predicted: Array, true: Array) -> tuple[Array, Array, Array]:
    """Return precision = hits / predicted, recall = hits / true, F1 = 2 hits / (predicted + true); 0 for 0 / 0."""

    def share(part: Array, whole: Array) -> Array:
        return np.asarray(np.divide(part, whole, out=np.zeros_like(whole, dtype=np.float64), where=whole > 0))

    return share(hits, predicted), share(hits, true), share(2.0 * hits, predicted + true)


def decision_scores(hits: Array, predicted: Array, true: Array) -> dict[str, Array]:
    """Return what decisions are worth, from sums over rows of each class, shape (…, K)."""
    each = class_rates(hits, predicted, true)
    occurs, met = true > 0, (true + predicted) > 0

    def mean(values: Array, where: Array) -> Array:
        return np.asarray((values * where).sum(axis=-1) / np.maximum(where.sum(axis=-1), 1))

    binary = hits.shape[-1] == 2
    precision, recall, f1 = (rate[..., 1] if binary else mean(rate, met) for rate in each)
    return {
        "accuracy": hits.sum(axis=-1) / true.sum(axis=-1),
        "balanced_accuracy": mean(each[1], occurs),
        "precision": precision,
        "recall": recall,
        "f1": f1,
    }


def areas(positive: Array, negative: Array) -> tuple[Array, Array]:
    """Return the areas under the ROC curve (by trapezoids) and under precision over recall (by steps).

    ``positive`` and ``negative`` are the weights of the rows of either kind at each score, from the highest score to
    the lowest, shape (…, T); the areas are NaN where there are no such rows.
    """
    found, raised = positive.cumsum(axis=-1), negative.cumsum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        roc = (negative * (found - positive / 2.0)).sum(axis=-1) / (found[..., -1] * raised[..., -1])
        precision = np.where(found > 0, found / (found + raised), 0.0)
        return roc, (positive * precision).sum(axis=-1) / found[..., -1]


def class_areas(y: Array, probabilities: Array, weights: Array) -> Array:
    """Return both areas of every class against the rest, shape (K, 2), each from one sort; NaN without rows of it."""
    out = np.full((probabilities.shape[1], 2), np.nan)
    occurs = np.bincount(y, weights, len(out))
    known = (occurs > 0) & (occurs < weights.sum())
    for start in range(0, len(out), 64):  # a transposed copy of some: what is sorted should lie together
        for k, p in enumerate(np.ascontiguousarray(probabilities[:, start : start + 64].T), start):
            if known[k]:
                order = np.argsort(p)[::-1]
                p, w, hit = p[order], weights[order], y[order] == k
                starts = np.flatnonzero(np.r_[True, p[1:] != p[:-1]])
                out[k] = areas(np.add.reduceat(w * hit, starts), np.add.reduceat(w * ~hit, starts))
    return out


def calibration_error(y: Array, probabilities: Array, weights: Array) -> float:
    """Return the mean distance of confidence from accuracy, over bins of confidence (expected calibration error)."""
    said = decided(probabilities)
    confidence = probabilities[np.arange(len(y)), said] / probabilities.sum(axis=1, dtype=np.float64)
    number = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gap = np.bincount(number, weights * (confidence - (said == y)), BINS)
    return float(np.abs(gap).sum() / weights.sum())


def label_scores(y: Array, probabilities: Array, weights: Array | None = None) -> dict[str, float]:
    """Return log loss (nats per label), the share of rows with all labels right, and F1 (mean of the labels)."""
    losses = label_losses(y, probabilities)
    said = probabilities > 0.5
    right = (said == (y > 0.5)).all(axis=1)
    sums = (np.average(each, axis=0, weights=weights) for each in (said * y, said, y))
    return {
        "log_loss": float(np.average(losses, weights=weights)),
        "accuracy": float(np.average(right, weights=weights)),
        "f1": float(class_rates(*sums)[2].mean()),
    }


def label_losses(y: Array, probabilities: Array) -> Array:
    """Return the mean log loss of the labels of every row."""
    P = np.clip(probabilities.astype(np.float64), 1e-15, 1.0 - 1e-15)
    return np.asarray(-(y * np.log(P) + (1.0 - y) * np.log1p(-P)).mean(axis=1))


# Values


def value_scores(y: Array, values: Array, weights: Array | None = None) -> dict[str, float]:
    """Return R² (of several rows), root mean squared, mean and median absolute error (target units); of targets, means."""
    several = {"r2": float(metrics.r2_score(y, values, sample_weight=weights))} if len(y) > 1 else {}
    return several | {
        "rmse": float(metrics.root_mean_squared_error(y, values, sample_weight=weights)),
        "mae": float(metrics.mean_absolute_error(y, values, sample_weight=weights)),
        "median_error": float(metrics.median_absolute_error(y, values, sample_weight=weights)),
    }


# Who knows only the training targets


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
