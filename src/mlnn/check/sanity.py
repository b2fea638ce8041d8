"""Sanity checks before a long run, as CS231n notes 3 advises: the loss must start and end where it should."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlnn.check.subject import Subject, problem_and_theta
from mlnn.engine import Reference
from mlnn.objective import Problem, data_loss
from mlnn.optimizer import Adam
from mlnn.training import Recipe, epochs


@dataclass(frozen=True)
class InitialLoss:
    """The loss of untrained weights, and the loss of an output that knows nothing (all scores 0).

    Attributes
    ----------
    loss, chance : float
        For softmax, chance is log K. Units of the output.
    """

    loss: float
    chance: float

    @property
    def plausible(self) -> bool:
        """Return whether untrained weights are about as good as chance: large weights start out sure and wrong."""
        return 0.5 * self.chance <= self.loss <= 2.0 * self.chance


def initial_loss(subject: Subject | Problem, *data: Any) -> InitialLoss:
    """Compare the data loss of some weights with that of zero scores.

    Called as ``initial_loss(problem, theta)``, or ``initial_loss(model, X, y)`` where the model is a ``Model``, a
    fitted estimator or a pair (network, theta).

    Examples
    --------
    >>> from mlnn.network import Network
    >>> network = Network.dense([2, 3, 2])
    >>> problem = Problem.of(network, [[0.5, -1.0], [1.0, 2.0]], [0, 1])
    >>> result = initial_loss(problem, network.initial(np.random.default_rng(0)))
    >>> round(result.chance, 4), result.plausible
    (0.6931, True)
    """
    problem, theta = problem_and_theta(subject, *data)
    scores = Reference().scores(problem.network, theta, problem.X)
    return InitialLoss(data_loss(problem, scores), data_loss(problem, np.zeros_like(scores)))


@dataclass(frozen=True)
class Overfit:
    """What came of trying to learn a few rows by heart.

    Attributes
    ----------
    rows : int
        How many.
    start, end : float
        The loss before and after.
    """

    rows: int
    start: float
    end: float

    @property
    def possible(self) -> bool:
        """Return whether nearly all of the loss went: if not, gradients or network are broken, or rows contradict."""
        return self.end <= 0.05 * self.start


def overfit(subject: Subject | Problem, *data: Any, rows: int = 20, passes: int = 2000, rate: float = 0.01) -> Overfit:
    """Train on ``rows`` rows alone, taken evenly, without any penalty: a working network can learn them by heart.

    Called as ``overfit(problem, theta)`` or ``overfit(model, X, y)``, as ``initial_loss``; the model stays as it is.

    Examples
    --------
    >>> from mlnn.dataset import spirals
    >>> from mlnn.network import Network
    >>> network = Network.dense([2, 50, 3])
    >>> problem = Problem.of(network, *spirals(300))
    >>> overfit(problem, network.initial(np.random.default_rng(0))).possible
    True
    """
    problem, theta = problem_and_theta(subject, *data)
    few = problem.batch(np.unique(np.linspace(0, problem.X.shape[0] - 1, rows).astype(np.int64)))
    few = Problem(few.network, few.X, few.y, few.weights)
    start = data_loss(few, Reference().scores(few.network, theta, few.X))
    *_, last = epochs(few, theta, Recipe(Adam(rate), epochs=passes, every=passes))
    return Overfit(few.X.shape[0], start, data_loss(few, Reference().scores(few.network, last.theta, few.X)))
