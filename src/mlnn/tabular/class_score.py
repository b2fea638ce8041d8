"""Figures of merit of classes: formulas of a few sums over rows.

So a thousand classes take seconds, and a bootstrap needs nothing but sums over other rows. They agree with
scikit-learn's to the last digits.
"""

import numpy as np

from mlnn.array import Array
from mlnn.tabular.given import counts_of

BINS = 15
"""Equally wide bins of confidence that the calibration error compares with what came true (Guo et al. 2017)."""


def class_scores(
    y: Array,
    probabilities: Array,
    weights: Array | None = None,
    threshold: float | None = None,
    curves: Array | None = None,
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
    curves : array of shape (K, 2), optional
        Their ``class_areas``, where they are known already.
    """
    w = counts_of(weights, len(y))
    said = decided(probabilities, threshold)
    scores = {name: float(np.average(each, weights=w)) for name, each in row_scores(y, probabilities).items()}
    sums = (np.bincount(numbers, weight, probabilities.shape[1]) for numbers, weight in confusion(y, said, w))
    scores |= {name: float(value) for name, value in decision_scores(*sums).items()}
    curves = class_areas(y, probabilities, weights) if curves is None else curves
    counted = curves[1:] if len(curves) == 2 else curves
    if np.isfinite(counted).any():
        scores["auc"], scores["average_precision"] = map(float, np.nanmean(counted, axis=0))
    scores["calibration_error"] = calibration_error(y, probabilities, w)
    return scores


def decided(probabilities: Array, threshold: float | None = None) -> Array:
    """Return the class that is predicted: the likeliest, or the second of two from a threshold on."""
    if threshold is None:
        return np.asarray(probabilities.argmax(axis=1))
    likely = probabilities[:, 1].astype(np.float64)  # in float32 the threshold just above 1 would be 1
    return (likely >= threshold).astype(np.int64)


def log_losses(y: Array, probabilities: Array) -> Array:
    """Return −log p of the true class, for every row."""
    total = probabilities.sum(axis=1, dtype=np.float64)  # float32 sums to 1 only nearly
    return -np.log(np.clip(probabilities[np.arange(len(y)), y] / total, np.finfo(np.float64).eps, 1.0))


def row_scores(y: Array, probabilities: Array) -> dict[str, Array]:
    """Return −log p of the true class, and the squared distance from what came true, for every row."""
    total = probabilities.sum(axis=1, dtype=np.float64)
    p = probabilities[np.arange(len(y)), y] / total
    squares = np.einsum("nk,nk->n", probabilities, probabilities, dtype=np.float64) / total**2
    half = 0.5 if probabilities.shape[1] == 2 else 1.0
    return {"log_loss": log_losses(y, probabilities), "brier": half * (squares - 2.0 * p + 1.0)}


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


def class_areas(y: Array, probabilities: Array, weights: Array | None = None) -> Array:
    """Return both areas of every class against the rest, shape (K, 2); NaN without rows of it, or without others.

    A curve turns only where rows of the class are: between these, the others are counted by one search in their order.
    """
    out = np.full((probabilities.shape[1], 2), np.nan)
    order = np.argsort(y, kind="stable")
    ends = np.searchsorted(y[order], np.arange(len(out) + 1))
    for start in range(0, len(out), 64):  # a transposed copy of some: what is sorted should lie together
        for k, p in enumerate(np.ascontiguousarray(probabilities[:, start : start + 64].T), start):
            rows = order[ends[k] : ends[k + 1]]
            if 0 < len(rows) < len(y):
                out[k] = _areas_of(p, rows, weights)
    return out


def _areas_of(p: Array, rows: Array, weights: Array | None) -> tuple[Array, Array]:
    """Return the areas of a class, which some rows are of."""
    turns, which = np.unique(p[rows], return_inverse=True)
    of = np.bincount(which, None if weights is None else weights[rows]).astype(np.float64)
    if weights is None:
        ordered, below = np.sort(p), np.arange(len(p) + 1.0)
    else:
        by_score = np.argsort(p)
        ordered, below = p[by_score], np.r_[0.0, weights[by_score].cumsum()]
    least, most = below[np.searchsorted(ordered, turns)], below[np.searchsorted(ordered, turns, side="right")]
    between = np.r_[least, below[-1]] - np.r_[0.0, most]  # below the first turn, between two, above the last
    positive, negative = np.zeros(2 * len(turns) + 1), np.empty(2 * len(turns) + 1)
    positive[1::2], negative[1::2], negative[::2] = of, np.maximum(most - least - of, 0.0), np.maximum(between, 0.0)
    return areas(positive[::-1], negative[::-1])


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
