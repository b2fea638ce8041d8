"""A rule's way through training: where it stands, and what steps come next."""

from collections.abc import Sequence

import numpy as np

from mlnn.array import Array
from mlnn.contract import held
from mlnn.engine import Block
from mlnn.optimizer import Optimizer, State
from mlnn.schedule import Time, factors_at
from mlnn.training.epoch import Epoch, Report
from mlnn.training.recipe import Factors, Recipe, Shuffled


class Course:
    """A rule's way through training: where it stands, and what steps come next. Who takes them is another's affair.

    Parameters
    ----------
    rows : int
        How many rows an epoch sees.
    weights : array of shape (rows,) or None
        Their weights.
    start : array of shape (P,)
        Where to begin.
    recipe : Recipe
        How to train.
    last : Epoch, optional
        Where to go on instead.
    """

    def __init__(
        self, rows: int, weights: Array | None, start: Array, recipe: Recipe, last: Epoch | None = None
    ) -> None:
        assert isinstance(recipe.optimizer, Optimizer)
        self.rows, self.weights, self.recipe, self.optimizer = rows, weights, recipe, held(recipe.optimizer)
        self.theta = np.array(last.raw_theta if last else start)
        zeros = (np.zeros_like(self.theta) for _ in range(self.optimizer.slots))
        self.state: State = tuple(np.array(slot) for slot in last.state) if last else tuple(zeros)
        self.number, self.step = (last.number, last.step) if last else (0, 0)
        size = min(recipe.batch_size or rows, rows)
        cuts = np.arange(0, rows, size)
        self._cuts = np.column_stack([cuts, np.minimum(cuts + size, rows)])
        self._fractions = np.arange(len(cuts)) / len(cuts)  # of an epoch completed before each of its steps
        self._factors: list[Factors] = []
        self._shuffle = recipe.order or Shuffled(recipe.seed)
        self._stop = self.number

    @property
    def ended(self) -> bool:
        """Return whether no epoch is left."""
        return self.number >= self.recipe.epochs

    def block(self, losses: Sequence[float], stride: int | None = None) -> Block:
        """Return the next steps: an epoch's, or where a step takes all rows, those of all epochs to the next report.

        ``losses`` are the reports' watched losses so far: schedules look at them. A ``stride`` are the epochs to take
        together, and to report together, instead.
        """
        recipe, cuts = self.recipe, self._cuts
        self._stop = next_report(self.number, recipe) if stride is None else min(self.number + stride, recipe.epochs)
        self._epochs = 1 if stride is None and recipe.batch_size else self._stop - self.number
        now = self._time(losses)
        rates = self.optimizer.rate * factors_at(recipe.schedule, now)
        self._rate = float(rates[-1])
        epochs = range(self._epochs)
        orders = [self._shuffle(self.number + 1 + k, self.rows) for k in epochs] if recipe.batch_size else []
        weighed = () if self.weights is None else tuple(orders)  # without weights all epochs have the same steps
        if weighed or not self._factors:
            sizes = cuts[:, 1] - cuts[:, 0]
            self._factors = [recipe.convention(sizes, self._step_weights(order)) for order in weighed or (None,)]
            self._terms = np.stack([terms(each) for each in self._factors])
        factors = self._factors * (self._epochs // len(self._factors))
        starts = (self.rows if orders else 0) * np.arange(self._epochs)  # of the epochs' orders, one after another
        return Block(
            first_step=self.step,
            order=_joined(orders) if orders else None,
            bounds=(starts[:, None, None] + cuts).reshape(-1, 2),
            rates=rates,
            data_factors=_joined([each.data for each in factors]),
            penalty_factors=_joined([each.penalty for each in factors]),
            coefficients=self.optimizer.coefficients(now),
            measured_from=(self._epochs - 1) * len(cuts) if stride is None else 0,
            seed=recipe.seed,
        )

    def taken(self, losses: Array) -> Report | None:
        """Count the steps of the last block as taken, with these losses; return a report where one is due."""
        self.number, self.step = self.number + self._epochs, self.step + self._epochs * len(self._cuts)
        if self.number < self._stop:
            return None
        best = self.optimizer.weights(self.theta, self.state)
        measured = self._terms * losses.reshape(-1, len(self._cuts), 2)
        *passed, (loss, objective) = ((data, data + penalty) for data, penalty in measured.sum(axis=1).tolist())
        return Report(self.number, self.step, loss, objective, self._rate, best, self.theta, self.state, tuple(passed))

    def _time(self, losses: Sequence[float]) -> Time:
        """Return where in training the next steps stand."""
        epochs = self.number + np.arange(self._epochs)
        return Time(
            step=np.arange(self.step + 1, self.step + 1 + self._epochs * len(self._cuts)),
            epoch=(epochs[:, None] + self._fractions).ravel(),
            epochs=self.recipe.epochs,
            losses=losses,
        )

    def _step_weights(self, order: Array | None) -> Array:
        """Return the total weight of each step's rows."""
        if self.weights is None:
            return self._cuts[:, 1] - self._cuts[:, 0]
        weights = self.weights if order is None else self.weights[order]
        return np.add.reduceat(weights, self._cuts[:, 0], dtype=np.float64)


def _joined(epochs: Sequence[Array]) -> Array:
    """Return what every epoch's steps have, one epoch after another; a single one's without a copy."""
    return epochs[0] if len(epochs) == 1 else np.concatenate(epochs)


def terms(factors: Factors) -> Array:
    """Return how much each step's data loss, and its R(θ), count in an epoch's report, which is in the loss's units."""
    shares = factors.shares / factors.shares.sum()
    return np.column_stack([shares, shares * factors.penalty / factors.data])


def next_report(number: int, recipe: Recipe) -> int:
    """Return the first epoch after ``number`` that is reported: 1, 1 + every, 1 + 2 every … and the last."""
    return min(-(-number // recipe.every) * recipe.every + 1, recipe.epochs)
