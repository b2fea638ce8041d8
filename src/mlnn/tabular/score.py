"""Figures of merit on tables, and those of a predictor that looks at no feature. The metrics are scikit-learn's."""

from typing import Any

import numpy as np
from sklearn import metrics

from mlnn.array import Array
from mlnn.frame.target import ClassCode
from mlnn.output import SeveralSoftmax, Softmax
from mlnn.tabular.target import Classes, Quantities, Target


def class_scores(y: Array, probabilities: Array, weights: Array | None = None) -> dict[str, float]:
    """Return log loss (nats per row), accuracy, and area under the ROC curve (one against the rest, averaged).

    The area is left out where a class does not occur.
    """
    P = probabilities.astype(np.float64)
    P /= P.sum(axis=1, keepdims=True)  # float32 sums to 1 only nearly
    classes = np.arange(P.shape[1])
    scores = {
        "log_loss": float(metrics.log_loss(y, P, labels=classes, sample_weight=weights)),
        "accuracy": float(metrics.accuracy_score(y, P.argmax(axis=1), sample_weight=weights)),
    }
    if len(np.unique(y)) == len(classes):
        binary = len(classes) == 2
        scores["auc"] = float(
            metrics.roc_auc_score(y, P[:, 1] if binary else P, multi_class="ovr", labels=classes, sample_weight=weights)
        )
    return scores


def label_scores(y: Array, probabilities: Array, weights: Array | None = None) -> dict[str, float]:
    """Return log loss (nats per label) and the share of rows that are right in all their labels."""
    P = np.clip(probabilities.astype(np.float64), 1e-15, 1.0 - 1e-15)
    losses = -(y * np.log(P) + (1.0 - y) * np.log1p(-P)).mean(axis=1)
    right = ((probabilities > 0.5) == (y > 0.5)).all(axis=1)
    return {
        "log_loss": float(np.average(losses, weights=weights)),
        "accuracy": float(np.average(right, weights=weights)),
    }


def value_scores(y: Array, values: Array, weights: Array | None = None) -> dict[str, float]:
    """Return R², root mean squared error and mean absolute error (target units)."""
    return {
        "r2": float(metrics.r2_score(y, values, sample_weight=weights)) if len(y) > 1 else float("nan"),
        "rmse": float(metrics.root_mean_squared_error(y, values, sample_weight=weights)),
        "mae": float(metrics.mean_absolute_error(y, values, sample_weight=weights)),
    }


def baseline_scores(task: str, y_train: Any, y: Any) -> dict[str, float]:
    """Return the figures of merit of knowing the training targets only: class frequencies, or their mean."""
    if task == "classification":
        code = ClassCode.learn(y_train)
        shares = np.bincount(code.encode(y_train), minlength=len(code.classes)) / len(y_train)
        return class_scores(code.encode(y), np.tile(shares, (len(y), 1)))
    return value_scores(
        np.asarray(y, dtype=np.float64), np.full(len(y), np.mean(np.asarray(y_train, dtype=np.float64)))
    )


def scores_of(target: Target, t: Array, predictions: Array, weights: Array | None = None) -> dict[str, float]:
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
    return class_scores(t, predictions, weights)


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
