"""The recipe: how to train, apart from data and network. Its conventions, its order of rows."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np

from mlnn.array import ORDERS, Array, philox, require_functions, whole_number
from mlnn.optimizer import LBFGS, SGD, Optimizer
from mlnn.schedule import Constant, Schedule, Time
from mlnn.source import Source, Windows, rows_in_memory


class Factors(NamedTuple):
    """What a convention makes of the steps' rows: their factors on the two terms of J, and their shares in the report.

    All three have one entry a step. An epoch's loss is the mean of its steps', by their shares.
    """

    data: Array
    penalty: Array
    shares: Array


Convention: TypeAlias = Callable[[Array, Array], Factors]
"""The number of rows of each step, and their total weight (the same, where all rows weigh 1), to its factors."""


class Order(Protocol):
    """Where the order of the rows comes from."""

    def __call__(self, epoch: int, rows: int) -> Array:
        """Return a permutation of range(rows) for this epoch, counted from 1."""


def mean_of_rows(sizes: Array, weights: Array) -> Factors:
    """Return factors of 1: the objective is a mean over rows plus the penalty, whatever the size of the batch."""
    return Factors(np.ones(len(sizes)), np.ones(len(sizes)), weights)


def sum_of_rows(sizes: Array, weights: Array) -> Factors:
    """Return the tutorial's factors: gradients are summed over the rows of a step, and λ W is added to the sum.

    Examples
    --------
    >>> sum_of_rows(np.array([4, 3]), np.array([4, 3]))[:2]
    (array([4., 3.]), array([1., 1.]))
    """
    return Factors(sizes.astype(np.float64), np.ones(len(sizes)), weights)


@dataclass(frozen=True)
class Shuffled:
    """A new order every epoch, a function of the seed and the epoch's number alone, so that a resumed run agrees."""

    seed: int = 0

    def __call__(self, epoch: int, rows: int) -> Array:
        """Return this epoch's permutation."""
        return np.random.default_rng([self.seed, epoch]).permutation(rows)


@dataclass(frozen=True)
class Dealt:
    """A new order every epoch, which every engine can make: rows sorted by random numbers that are dealt to them.

    Two rows share a word of the Philox stream of ``mlnn.array.philox`` for ``ORDERS`` and the epoch: the first gets its
    low 32 bits, the second the others. Rows with equal numbers stay as they stood.

    Examples
    --------
    >>> Dealt(seed=0)(epoch=1, rows=5)
    array([3, 1, 2, 4, 0])
    """

    seed: int = 0

    def __call__(self, epoch: int, rows: int) -> Array:
        """Return this epoch's permutation."""
        words = philox(self.seed, ORDERS, epoch).random_raw((rows + 1) // 2)
        return np.argsort(words.astype("<u8", copy=False).view("<u4")[:rows], kind="stable")


@dataclass(frozen=True)
class Recipe:
    """How to train: everything that is neither data nor network.

    Parameters
    ----------
    optimizer : Optimizer or LBFGS
        The rule for one step.
    schedule : Schedule, or another function of Time
        The factor on its rate over time; L-BFGS has none and accepts only ``Constant()``.
    epochs : int
        How often training sees every row.
    batch_size : int, optional
        Rows a step; the last batch of an epoch may be shorter. None takes all rows at once, unshuffled.
    every : int
        Epochs between reports: the first, then each ``every``-th after it, and the last. It changes nothing else.
    seed : int
        Seed of the shuffling and of the noise.
    order : Order, optional
        Another source of row orders than ``Shuffled(seed)``.
    convention : callable
        What a batch's rows do to the two terms of J: ``mean_of_rows`` or ``sum_of_rows``.

    Raises
    ------
    TypeError, ValueError
        If a count is no whole number of at least 1, a part is none, or L-BFGS is given batches or a schedule.
    """

    optimizer: Optimizer | LBFGS = SGD()
    schedule: Schedule | Callable[[Time], Array] = Constant()
    epochs: int = 100
    batch_size: int | None = None
    every: int = 1
    seed: int = 0
    order: Order | None = None
    convention: Convention = mean_of_rows

    @property
    def listens(self) -> bool:
        """Return whether what comes depends on the losses of past epochs, so that every epoch is judged.

        A function of one's own is taken to listen, unless it says ``listens = False``.
        """
        return getattr(self.schedule, "listens", True) or (
            isinstance(self.optimizer, Optimizer) and self.optimizer.listens
        )

    def __post_init__(self) -> None:
        for name in ("epochs", "every", *(["batch_size"] if self.batch_size is not None else [])):
            whole_number(name, getattr(self, name))
        whole_number("seed", self.seed, -math.inf)
        if not isinstance(self.optimizer, Optimizer | LBFGS):
            raise TypeError(f"optimizer must be an Optimizer or LBFGS, but got {self.optimizer!r}")
        if None in (self.schedule, self.convention):
            raise TypeError("schedule and convention must be functions, but one is None")
        require_functions(schedule=self.schedule, order=self.order, convention=self.convention)
        if isinstance(self.optimizer, LBFGS) and (self.batch_size is not None or self.schedule != Constant()):
            raise ValueError(
                "L-BFGS takes all rows at once and finds its own step: it has no batch_size and no schedule"
            )


def over_windows(recipe: Recipe, source: Source) -> tuple[Recipe, int]:
    """Return a recipe for a source's rows, in the order of windows of them, and how many are in memory at a time.

    Rows are read once for all members, which therefore share the order of ``recipe.seed``; their own seeds are those of
    their noise. Member m ends where it would alone with ``replace(recipe, seed=seeds[m], order=Windows(source.sizes,
    source.window_rows, recipe.seed))``.

    Raises
    ------
    ValueError
        If it asks for all rows at a time, or for another order.
    """
    if recipe.batch_size is None:
        raise ValueError(f"{source!r} is trained on in batches, but the recipe has no batch_size")
    order = Windows(source.sizes, source.window_rows, recipe.seed) if recipe.order is None else recipe.order
    if not isinstance(order, Windows) or order.sizes != source.sizes:
        raise ValueError(f"{source!r} is trained on in an order of its own Windows, but got {order!r}")
    return replace(recipe, order=order), rows_in_memory(source, order, recipe.batch_size)
