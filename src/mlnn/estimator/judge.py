"""The rows that a fit is judged by, the user's or some put aside, and the figure of merit that judges."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import _safe_indexing

from mlnn.array import Array, is_sparse
from mlnn.objective import Problem


@dataclass(frozen=True, eq=False)
class Judge:
    """Rows to judge by, and how."""

    problem: Problem
    score: Callable[[Array, Array], float]  # targets and decisions in, the estimator's own figure of merit out
    metric: Callable[[], float] | None = None  # what the user wants in its place, of the estimator as it stands


class EvalSet(NamedTuple):
    """Rows to judge by, as a user gives them."""

    X: Any
    y: Any
    sample_weight: Any = None

    @classmethod
    def of(cls, given: Any) -> "EvalSet":
        """Return what a user means: (X, y), with weights or without, or that pair in a list, as others want it.

        Examples
        --------
        >>> EvalSet.of([([[1.0]], [0])])
        EvalSet(X=[[1.0]], y=[0], sample_weight=None)
        >>> EvalSet.of(0.2)
        Traceback (most recent call last):
        ...
        ValueError: eval_set must be (X, y) or (X, y, sample_weight), but got 0.2; ...
        """
        pairs = given if isinstance(given, list) and all(isinstance(each, tuple) for each in given) else [given]
        if len(pairs) == 1 and isinstance(pairs[0], tuple | list) and len(pairs[0]) in (2, 3):
            return cls(*pairs[0])
        came = f"{len(pairs)} of them" if len(pairs) > 1 else _in_words(given)
        raise ValueError(
            f"eval_set must be (X, y) or (X, y, sample_weight), but got {came}; for a share of the rows to train on, "
            "set early_stopping=True and validation_fraction"
        )


def _in_words(given: Any) -> str:
    shape = getattr(given, "shape", None)
    if shape is not None:
        return f"{type(given).__name__} of shape {shape}"
    return f"{type(given).__name__} of length {len(given)}" if hasattr(given, "__len__") else repr(given)


def merit(metric: Any, X: Any, y: Any, weights: Array | None) -> Callable[[Any], float] | None:
    """Return what a metric makes of an estimator: its figure of merit on weighted rows X, larger being better.

    A name means scikit-learn's scorer. A scorer that can weigh rows does, as the estimators' own figure of merit does.
    """
    if metric is None:
        return None
    from sklearn.metrics import get_scorer  # here, because importing it takes a while

    scorer = get_scorer(metric) if isinstance(metric, str) else metric
    if not callable(scorer):
        raise ValueError(
            f"eval_metric must be one of scikit-learn's names or a callable (estimator, X, y), not {metric!r}"
        )
    if weights is None:
        return lambda estimator: float(scorer(estimator, X, y))
    if "sample_weight" in signature(getattr(scorer, "_score_func", scorer)).parameters:
        return lambda estimator: float(scorer(estimator, X, y, sample_weight=weights))
    if isinstance(metric, str):
        warnings.warn(f"the metric '{metric}' knows no weights: it judges by rows that all count alike", stacklevel=6)
    return lambda estimator: float(scorer(estimator, X, y))


def rows_of(values: Any, numbers: Array) -> Any:
    """Return some rows of what a user gave, of the same kind where that can be indexed by rows.

    Examples
    --------
    >>> from scipy.sparse import coo_matrix
    >>> rows_of(coo_matrix([[1], [2], [3]]), np.array([0, 2])).toarray().ravel()
    array([1, 3])
    """
    if is_sparse(values):
        return values.tocsr()[numbers]
    if isinstance(values, memoryview) or not hasattr(values, "__getitem__"):
        values = np.asarray(values)
    return _safe_indexing(values, numbers)
