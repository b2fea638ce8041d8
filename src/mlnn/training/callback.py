"""Callbacks: frozen settings, of which ``start()`` makes a watcher with the state of one fit; and the usual ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np

from mlnn.array import Array
from mlnn.training.epoch import Epoch

Watcher: TypeAlias = Callable[[Epoch], bool | None]
"""Gets every reported epoch of one fit; one that returns True stops training. Any function of an epoch will do."""


@runtime_checkable
class Callback(Protocol):
    """Settings of a watcher: every fit starts one of its own, so that refits and clones begin anew."""

    def start(self) -> Watcher:
        """Return a watcher that has seen nothing yet."""


def started(callbacks: Sequence[Callback | Watcher]) -> list[Watcher]:
    """Return the watchers of one fit, in the order of the callbacks; what is a watcher already stays what it is.

    Raises
    ------
    TypeError
        If something is neither a callback nor a watcher.

    Examples
    --------
    >>> started([EarlyStopping])
    Traceback (most recent call last):
    ...
    TypeError: each callback must be one like EarlyStopping(), or a function of an Epoch, but got <class '...'>
    """
    if not isinstance(callbacks, Sequence):
        raise TypeError(f"callbacks must be a sequence, as in [EarlyStopping()], but got {callbacks!r}")
    for each in callbacks:
        if isinstance(each, type) or not (callable(each) or isinstance(each, Callback)):
            raise TypeError(
                f"each callback must be one like EarlyStopping(), or a function of an Epoch, but got {each!r}"
            )
    return [each.start() if isinstance(each, Callback) else each for each in callbacks]


def hold_what_they_need(watchers: Sequence[Watcher]) -> bool:
    """Tell whether these watchers hold on to all weights that they will ask for again: mlnn's own do."""
    return all(type(each) in (BestWatcher, StoppingWatcher, SnapshotWatcher) for each in watchers)


@dataclass(frozen=True)
class KeepBest:
    """Keep the epoch with the lowest watched loss (validation if there is any, else training).

    Its watcher, a ``BestWatcher``, is found among the ``watchers`` of a trained model (``watchers_`` of an estimator).
    One that you start yourself is a callback too: it is yours to ask, and goes on over several fits.

    Examples
    --------
    >>> from mlnn.model import Model
    >>> model = Model([1, 2, 2], seed=0)
    >>> model.train([[0.0], [1.0]], [0, 1], num_passes=20, epsilon=0.5, every=1, callbacks=[KeepBest()])
    >>> (keep,) = model.watchers
    >>> keep.best.loss == min(epoch.loss for epoch in model.history)
    True
    """

    def start(self) -> "BestWatcher":
        """Return a watcher that has seen nothing yet."""
        return BestWatcher()


@dataclass
class BestWatcher:
    """What ``KeepBest`` starts.

    Attributes
    ----------
    best : Epoch or None
        The best so far; ``best.theta`` are its weights.
    """

    best: Epoch | None = None

    def __call__(self, epoch: Epoch) -> bool:
        """Look at one epoch; never stop."""
        if self.best is None or epoch.watched_loss < self.best.watched_loss:
            self.best = epoch
        return False


@dataclass(frozen=True)
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

    Examples
    --------
    >>> from mlnn.model import Model
    >>> model = Model([1, 2, 2], seed=0)
    >>> X, y, wrong = [[0.0], [1.0]], [0, 1], [1, 0]
    >>> model.train(X, y, num_passes=1000, every=1, valid=(X, wrong), callbacks=[EarlyStopping(patience=3)])
    >>> len(model.history) == model.watchers[0].best.number + 3
    True
    """

    patience: int = 20
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a patience that ends training whatever happens."""
        if self.patience < 1:
            raise ValueError(f"patience must be at least 1, but got {self.patience}")

    def start(self) -> "StoppingWatcher":
        return StoppingWatcher(settings=self)


@dataclass
class StoppingWatcher(BestWatcher):
    """What ``EarlyStopping`` starts.

    Attributes
    ----------
    settings : EarlyStopping
        Its patience and tolerance.
    waited : int
        Reports since the loss last fell by more than the tolerance.
    """

    settings: EarlyStopping = EarlyStopping()
    waited: int = 0
    _fallen_to: float = field(default=np.inf, repr=False)

    def __call__(self, epoch: Epoch) -> bool:
        super().__call__(epoch)
        if epoch.watched_loss < self._fallen_to - self.settings.tolerance:
            self._fallen_to, self.waited = epoch.watched_loss, 0
        else:
            self.waited += 1
        return self.waited >= self.settings.patience


@dataclass(frozen=True)
class Snapshots:
    """Keep the weights of every ``every``-th report: members for an ensemble from one run.

    Parameters
    ----------
    every : int, default 10
        With 10, the reports kept are the 10th, the 20th …

    Raises
    ------
    ValueError
        If ``every`` is below 1.

    References
    ----------
    Huang, Li, Pleiss, Liu, Hopcroft, Weinberger (2017), Snapshot ensembles: train 1, get M for free.

    Examples
    --------
    >>> from mlnn.model import Model
    >>> model = Model([1, 2, 2], seed=0)
    >>> model.train([[0.0], [1.0]], [0, 1], num_passes=20, every=1, callbacks=[Snapshots(every=5)])
    >>> len(model.watchers[0].thetas)
    4
    """

    every: int = 10

    def __post_init__(self) -> None:
        """Refuse what cannot be counted, before training and not in the middle of it."""
        if self.every < 1:
            raise ValueError(f"every must be at least 1, but got {self.every}")

    def start(self) -> "SnapshotWatcher":
        """Return a watcher that has seen nothing yet."""
        return SnapshotWatcher(self.every)


@dataclass
class SnapshotWatcher:
    """What ``Snapshots`` starts.

    Attributes
    ----------
    thetas : list of arrays of shape (P,)
        The weights kept so far.
    """

    every: int
    thetas: list[Array] = field(default_factory=list, repr=False)
    seen: int = 0

    def __call__(self, epoch: Epoch) -> bool:
        """Look at one epoch; never stop."""
        self.seen += 1
        if self.seen % self.every == 0:
            self.thetas.append(epoch.theta)
        return False
