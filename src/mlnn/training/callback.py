"""Callbacks: callables that get every reported epoch and may ask to stop by returning True."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from mlnn.array import Array
from mlnn.training.epoch import Epoch

Callback: TypeAlias = Callable[[Epoch], bool | None]
"""Gets every reported epoch; one that returns True stops training."""


@dataclass
class KeepBest:
    """Keep the epoch with the lowest watched loss (validation if there is any, else training).

    Attributes
    ----------
    best : Epoch or None
        The best so far; ``best.theta`` are its weights.

    Examples
    --------
    >>> from mlnn.model import Model
    >>> model, keep = Model([1, 2, 2], seed=0), KeepBest()
    >>> model.train([[0.0], [1.0]], [0, 1], num_passes=20, epsilon=0.5, every=1, callbacks=[keep])
    >>> keep.best.loss == min(epoch.loss for epoch in model.history)
    True
    """

    best: Epoch | None = field(default=None, init=False)

    def __call__(self, epoch: Epoch) -> None:
        """Look at one epoch."""
        if self.best is None or epoch.watched_loss < self.best.watched_loss:
            self.best = epoch


@dataclass
class EarlyStopping(KeepBest):
    """Stop when the watched loss has not fallen for a number of reported epochs; keep the best.

    Parameters
    ----------
    patience : int, default 20
        Reports without a fall before training stops.
    tolerance : float, default 0
        How much lower than the best a loss must be to count as a fall.

    Raises
    ------
    ValueError
        If ``patience`` is below 1.

    References
    ----------
    Prechelt (1998), Early stopping — but when?
    """

    patience: int = 20
    tolerance: float = 0.0
    waited: int = field(default=0, init=False)
    _mark: float = field(default=np.inf, init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse a patience that ends training whatever happens."""
        if self.patience < 1:
            raise ValueError(f"patience must be at least 1, but got {self.patience}")

    def __call__(self, epoch: Epoch) -> bool:  # type: ignore[override]
        """Look at one epoch; return whether to stop."""
        super().__call__(epoch)
        if epoch.watched_loss < self._mark - self.tolerance:
            self._mark, self.waited = epoch.watched_loss, 0
        else:
            self.waited += 1
        return self.waited >= self.patience


@dataclass
class Snapshots:
    """Keep the weights of every ``every``-th report: members for an ensemble from one run.

    Parameters
    ----------
    every : int, default 10
        With 10, the reports kept are the 10th, the 20th …

    Attributes
    ----------
    thetas : list of arrays of shape (P,)
        The weights.

    Raises
    ------
    ValueError
        If ``every`` is below 1.

    References
    ----------
    Huang, Li, Pleiss, Liu, Hopcroft, Weinberger (2017), Snapshot ensembles: train 1, get M for free.
    """

    every: int = 10
    thetas: list[Array] = field(default_factory=list, init=False, repr=False)
    _seen: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be counted, before training and not in the middle of it."""
        if self.every < 1:
            raise ValueError(f"every must be at least 1, but got {self.every}")

    def __call__(self, epoch: Epoch) -> None:
        """Look at one epoch."""
        self._seen += 1
        if self._seen % self.every == 0:
            self.thetas.append(epoch.theta)
