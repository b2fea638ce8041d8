"""Search for hyperparameters: scikit-learn's machinery, on log scales, with a word about values on the edge."""

import warnings
from collections.abc import Mapping
from typing import Any, TypeGuard

import numpy as np
from scipy.stats import loguniform


class EdgeWarning(UserWarning):
    """The best value of a hyperparameter lies at the edge of what was searched: better ones may lie beyond."""


def log_scale(low: float, high: float) -> Any:
    """Return a distribution whose logarithm is uniform: 0.001 is as likely as 0.1, for rates and strengths.

    Raises
    ------
    ValueError
        Unless 0 < low < high.

    Examples
    --------
    >>> draws = log_scale(1e-4, 1e-1).rvs(1000, random_state=0)
    >>> bool(0.4 < (draws < 10**-2.5).mean() < 0.6)
    True
    """
    if not 0.0 < low < high:
        raise ValueError(f"a log scale needs 0 < low < high, but got low {low}, high {high}")
    return loguniform(low, high)


def edges(search: Any, margin: float = 0.1) -> dict[str, tuple[float, float, float]]:
    """Warn of hyperparameters whose best value lies on an edge of their range, as CS231n notes 3 advises.

    Parameters
    ----------
    search : RandomizedSearchCV, GridSearchCV or the like
        A fitted search. Of a list of spaces, those count from which the best values can have come.
    margin : float, default 0.1
        What counts as the edge: this share of the range at either end (of its logarithm, if all values are positive).
        Of a list with at least three numbers, the lowest and the highest. A range without end has no edge.

    Returns
    -------
    dict
        For every such hyperparameter its best value, and the lowest and highest value that could be drawn.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from mlnn import MLPClassifier
    >>> classifier = MLPClassifier((8,), max_iter=5, schedule="constant")
    >>> ranges = {"learning_rate_init": log_scale(1e-7, 1e-4)}
    >>> search = RandomizedSearchCV(classifier, ranges, n_iter=4, random_state=0)
    >>> search = search.fit(*load_iris(return_X_y=True))
    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     found = edges(search, margin=0.4)
    >>> len(found) == len(caught)
    True
    """
    best, found = search.best_params_, {}
    spaces = _spaces(search)
    for name, value in best.items():
        ranges = [space[name] for space in spaces]
        listed = not any(hasattr(values, "rvs") for values in ranges)
        numbers = {number for values in ranges for number in _numbers(values)}
        if not _is_number(value) or len(numbers) < (3 if listed else 2) or not np.isfinite(list(numbers)).all():
            continue
        low, high = min(numbers), max(numbers)
        scale = np.log if low > 0.0 else np.asarray
        place = float((scale(value) - scale(low)) / (scale(high) - scale(low)))
        if (value in (low, high)) if listed else not margin <= place <= 1.0 - margin:
            found[name] = (float(value), float(low), float(high))
            side = "lower" if place < 0.5 else "upper"
            warnings.warn(
                f"the best {name}, {value:.3g}, lies at the {side} edge of {low:.3g} … {high:.3g}: search beyond it",
                EdgeWarning,
                stacklevel=2,
            )
    return found


def _spaces(search: Any) -> list[Mapping[str, Any]]:
    """Return what was searched, which may be several spaces: those from which the best values can have come."""
    space = getattr(search, "param_distributions", None) or getattr(search, "param_grid", {})
    spaces, best = [space] if isinstance(space, Mapping) else space, search.best_params_
    return [
        each
        for each in spaces
        if each.keys() == best.keys() and all(_holds(each[name], value) for name, value in best.items())
    ]


def _holds(values: Any, value: Any) -> bool:
    """Tell whether a list or a distribution can have given this value."""
    if not hasattr(values, "rvs"):
        return any(np.array_equal(each, value) for each in values)
    ends = _numbers(values)
    return not (_is_number(value) and ends) or bool(min(ends) <= value <= max(ends))


def _numbers(values: Any) -> list[float]:
    """Return the numbers of a list, or the ends of a distribution; none where it has no ends to show."""
    if hasattr(values, "support"):
        return list(values.support())
    return [] if hasattr(values, "rvs") else [each for each in values if _is_number(each)]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
