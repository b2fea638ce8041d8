"""The rows that ``fit`` was given, in memory: what is trained on, and what is put aside to judge by."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from mlnn.array import Array
from mlnn.estimator.judge import rows_of
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.penalty import Penalty

Encode = Callable[[Any], Array]
"""Makes of targets what the output takes."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows and targets as ``fit`` trains on them.

    Attributes
    ----------
    X, y : arrays
        Checked rows and targets.
    weights : array, optional
        Their weights.
    given : tuple (X, y, sample_weight)
        The same as the user gave them.
    trained : array of int, optional
        Which of the user's rows these are, where some were put aside.
    """

    X: Array
    y: Array
    weights: Array | None
    given: tuple[Any, Any, Any]
    trained: Array | None = None

    def problem(self, network: Network, encode: Encode, penalty: Penalty | None = None) -> Problem:
        """Return the objective of these rows."""
        return Problem.of(network, self.X, encode(self.y), self.weights, penalty)

    def put_aside(self, share: float, random: np.random.RandomState, classes: Encode | None) -> tuple[Self, Self]:
        """Return the rows to train on and those to judge by, as scikit-learn chooses them.

        Parameters
        ----------
        share : float
            Of all rows, how many judge.
        random : RandomState
            Where chance comes from.
        classes : callable, optional
            What makes classes of targets, where both parts are to have the same shares of them.

        Raises
        ------
        ValueError
            If fewer than two rows would judge.
        """
        from sklearn.model_selection import train_test_split  # here, because importing it takes a while

        kept, aside = train_test_split(
            np.arange(self.X.shape[0]),
            random_state=random,
            test_size=share,
            stratify=None if classes is None else classes(self.y).astype(bool),
        )
        if len(aside) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
            )
        return self._only(kept), self._only(aside)

    def _only(self, rows: Array) -> Self:
        weights = None if self.weights is None else self.weights[rows]
        return replace(self, X=self.X[rows], y=self.y[rows], weights=weights, trained=rows)

    @property
    def shown(self) -> Any:
        """Return X as the user gave it, of these rows."""
        return self.given[0] if self.trained is None else rows_of(self.given[0], self.trained)
