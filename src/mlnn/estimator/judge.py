"""The rows that a fit is judged by, and the scorers that judge."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mlnn.array import Array
from mlnn.objective import Problem


@dataclass(frozen=True, eq=False)
class Judge:
    """Rows to judge by: as the network sees them, and as the user gave them.

    Attributes
    ----------
    problem : Problem
        Their matrix, targets and weights.
    score : callable
        Targets and decisions in, the estimator's own figure of merit out.
    X, y : array or frame
        The rows and labels themselves, for a scorer of the user's.
    trained : array of int, optional
        The numbers of the rows that were left to train on, where these were put aside.
    """

    problem: Problem
    score: Callable[[Array, Array], float]
    X: Any
    y: Any
    trained: Array | None = None


def scorer_of(metric: Any) -> Any:
    """Return a scorer by its name; a scorer, or None, as it is."""
    if not isinstance(metric, str):
        return metric
    from sklearn.metrics import get_scorer  # here, because importing it takes a while

    return get_scorer(metric)
