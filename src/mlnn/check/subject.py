"""Who is checked: one place that makes of anything trained a network, its weights, and problems of given rows."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np

from mlnn.array import Array
from mlnn.network import Network
from mlnn.objective import Problem


@runtime_checkable
class HasWeights(Protocol):
    """A network with its weights, as ``Model`` is one."""

    network: Network
    theta: Array


@runtime_checkable
class Fitted(Protocol):
    """An estimator after ``fit``: a network, its weights, and targets of its own kind (labels, columns)."""

    network_: Network
    theta_: Array

    def problem(self, X: Any, y: Any, sample_weight: Any = None) -> Problem:
        """Return the objective of rows and targets as ``fit`` would take them, without any penalty."""


@runtime_checkable
class Estimator(Protocol):
    """What trains itself, in scikit-learn's manner: an estimator of this library, fitted or not, or one around it."""

    def fit(self, X: Any, y: Any) -> Any:
        """Train on rows and targets."""


Subject: TypeAlias = HasWeights | Fitted | Estimator | Network | tuple[Network, Array]


class Checked(NamedTuple):
    """A network, its weights (None where none were given), and what makes a problem of rows, targets and weights."""

    network: Network
    theta: Array | None
    problem: Callable[..., Problem]


def checked(subject: Subject, theta: Array | None = None) -> Checked:
    """Return what is to be checked of a model, a fitted estimator, a network, or a pair of a network and θ.

    Of a Pipeline that ends with an estimator, that one. ``theta`` takes the place of its own weights.

    Examples
    --------
    >>> checked("tanh")
    Traceback (most recent call last):
    ...
    TypeError: expected a Model, a fitted estimator, a Network with theta, or (network, theta), but got str
    """
    found = _found(subject)
    if theta is not None:
        found = found._replace(theta=np.asarray(theta))
    if found.theta is not None and found.theta.shape != (found.network.size,):
        raise ValueError(f"theta must have shape ({found.network.size},), but its shape is {found.theta.shape}")
    return found


def problem_and_theta(subject: Subject | Problem, *data: Any) -> tuple[Problem, Array]:
    """Return an objective and the weights: of (problem, theta), or of (model, X, y) as ``checked`` takes a model."""
    if isinstance(subject, Problem):
        (theta,) = data
        return subject, np.asarray(theta)
    found = checked(subject)
    if found.theta is None:
        raise TypeError("a Network has no weights: give (network, theta) instead")
    return found.problem(*data), found.theta


def _found(subject: Any) -> Checked:
    if isinstance(subject, Network):
        return Checked(subject, None, partial(Problem.of, subject))
    if isinstance(subject, tuple) and len(subject) == 2 and isinstance(subject[0], Network):
        return Checked(subject[0], np.asarray(subject[1]), partial(Problem.of, subject[0]))
    if hasattr(subject, "steps"):  # a Pipeline: what comes before the network changes the rows
        last = _found(subject.steps[-1][1])
        before = subject[:-1]
        return last._replace(problem=lambda X, y, weights=None: last.problem(before.transform(X), y, weights))
    if hasattr(subject, "network_") and hasattr(subject, "theta_"):
        return Checked(subject.network_, subject.theta_, subject.problem)
    if hasattr(subject, "network") and hasattr(subject, "theta"):
        return Checked(subject.network, subject.theta, partial(Problem.of, subject.network))
    kind = subject.__name__ if isinstance(subject, type) else type(subject).__name__
    if hasattr(subject, "coefs_") and not hasattr(subject, "network_"):
        raise TypeError(f"this {kind} is scikit-learn's: give mlnn.from_sklearn of it")
    if hasattr(subject, "hidden_layer_sizes") or (isinstance(subject, type) and hasattr(subject, "fit")):
        raise TypeError(f"this {kind} is not fitted yet: call fit first, for there are no weights to look at")
    raise TypeError(f"expected a Model, a fitted estimator, a Network with theta, or (network, theta), but got {kind}")
