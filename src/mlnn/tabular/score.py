"""Figures of merit on tables, and those of a predictor that looks at no feature. The metrics are scikit-learn's."""

from typing import Any

import numpy as np
from sklearn import metrics

from mlnn.array import Array
from mlnn.frame.target import ClassCode


def class_scores(y: Array, probabilities: Array) -> dict[str, float]:
    """Return log loss (nats per row), accuracy, and area under the ROC curve (one against the rest, averaged).

    The area is left out where a class does not occur.
    """
    P = probabilities.astype(np.float64)
    P /= P.sum(axis=1, keepdims=True)  # float32 sums to 1 only nearly
    classes = np.arange(P.shape[1])
    scores = {
        "log_loss": float(metrics.log_loss(y, P, labels=classes)),
        "accuracy": float(metrics.accuracy_score(y, P.argmax(axis=1))),
    }
    if len(np.unique(y)) == len(classes):
        binary = len(classes) == 2
        scores["auc"] = float(metrics.roc_auc_score(y, P[:, 1] if binary else P, multi_class="ovr", labels=classes))
    return scores


def value_scores(y: Array, values: Array) -> dict[str, float]:
    """Return R², root mean squared error and mean absolute error (target units)."""
    return {
        "r2": float(metrics.r2_score(y, values)),
        "rmse": float(metrics.root_mean_squared_error(y, values)),
        "mae": float(metrics.mean_absolute_error(y, values)),
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
