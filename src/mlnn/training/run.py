"""A run: one member's way through training. Where it stands, what steps come next, and what it reports."""

from collections.abc import Callable, Sequence

import numpy as np

from mlnn.array import Array
from mlnn.contract import held
from mlnn.engine import Block, Member
from mlnn.optimizer import Optimizer, State
from mlnn.schedule import Time, factors_at
from mlnn.training.epoch import Epoch, Losses, Reporter, watched_losses
from mlnn.training.recipe import Factors, Recipe, Shuffled


class Run:
    """One member's way through training; who takes its steps is another's affair.

    It begins at ``start``, or goes on ``after`` a history, on all rows or on those of the numbers ``rows``. With
    ``strides``, all epochs to the next report are taken in one call, and all are measured. ``stop`` is asked at every
    report whether to end.
    """

    def __init__(
        self,
        reporter: Reporter,
        start: Array,
        recipe: Recipe,
        after: Sequence[Epoch] = (),
        rows: Array | None = None,
        strides: bool = False,
        stop: Callable[[Epoch], object] | None = None,
    ) -> None:
        assert isinstance(recipe.optimizer, Optimizer)
        self.reporter, self.recipe, self.optimizer, self.rows = reporter, recipe, held(recipe.optimizer), rows
        self.strides, self.stop, self.stopped = strides, stop, False
        last = self.latest = after[-1] if after else None
        zeros = (np.zeros_like(start) for _ in range(self.optimizer.slots))
        state: State = tuple(np.array(slot) for slot in last.state) if last else tuple(zeros)
        self.member = Member(np.array(last.raw_theta if last else start), state)
        self.number, self.step = (last.number, last.step) if last else (0, 0)
        self.listens = recipe.listens
        self.watched = watched_losses(after) if self.listens else []
        self.losses: list[Losses] = []  # of the epochs since the last report
        problem = reporter.problem
        self._count = problem.X.shape[0] if rows is None else len(rows)
        self._weights = problem.weights if rows is None or problem.weights is None else problem.weights[rows]
        size = min(recipe.batch_size or self._count, self._count)
        cuts = np.arange(0, self._count, size)
        self._cuts = np.column_stack([cuts, np.minimum(cuts + size, self._count)])
        self._fractions = np.arange(len(cuts)) / len(cuts)  # of an epoch completed before each of its steps
        self._factors: list[Factors] = []
        self._shuffle = recipe.order or Shuffled(recipe.seed)

    @property
    def steps(self) -> int:
        """Return the steps of an epoch."""
        return len(self._cuts)

    @property
    def ended(self) -> bool:
        """Return whether no epoch is left, or it was told to stop."""
        return self.stopped or self.number >= self.recipe.epochs

    def told(self, epoch: Epoch) -> None:
        """Take over a report of an earlier process; after the last one, ``resume`` takes over the weights too."""
        self.latest, self.number, self.step = epoch, epoch.number, epoch.step
        if self.listens:
            self.watched += [each.watched_loss for each in (*epoch.passed, epoch.losses)]
        self.stopped = bool(self.stop and self.stop(epoch))

    def resume(self) -> None:
        """Stand where the latest report found training.

        Raises
        ------
        ValueError
            If its weights or state do not fit.
        """
        if self.latest is not None:
            (theta, state), kept = self.member, (self.latest.raw_theta, *self.latest.state)
            if [each.shape for each in kept] != [theta.shape] * (1 + len(state)):
                raise ValueError("the weights or the optimizer's state of the last report do not fit this training")
            self.member = Member(np.array(kept[0]), tuple(map(np.array, kept[1:])))

    def block(self, due: int) -> Block:
        """Return the next steps: all those to the report that is due, or one epoch's.

        That is where a schedule listens to every epoch's loss, and where rows are shuffled, whose orders take memory.
        """
        recipe, cuts = self.recipe, self._cuts
        alone = self.listens or (recipe.batch_size and not self.strides)
        self._ahead = count = 1 if alone else due - self.number
        now = Time(
            step=np.arange(self.step + 1, self.step + 1 + count * len(cuts)),
            epoch=((self.number + np.arange(count))[:, None] + self._fractions).ravel(),
            epochs=recipe.epochs,
            losses=self.watched,
        )
        rates = self.optimizer.rate * factors_at(recipe.schedule, now)
        self.rate = float(rates[-1])
        orders = [self._shuffle(self.number + 1 + k, self._count) for k in range(count)] if recipe.batch_size else []
        self._weigh(orders)
        factors = self._factors * (count // len(self._factors))
        starts = (self._count if orders else 0) * np.arange(count)  # of the epochs' orders, one after another
        order = _joined(orders) if orders else None
        if self.rows is not None:
            order = self.rows if order is None else self.rows[order]
        return Block(
            first_step=self.step,
            order=order,
            bounds=(starts[:, None, None] + cuts).reshape(-1, 2),
            rates=rates,
            data_factors=_joined([each.data for each in factors]),
            penalty_factors=_joined([each.penalty for each in factors]),
            coefficients=self.optimizer.coefficients(now),
            measured_from=0 if self.strides else (count - 1) * len(cuts),
            seed=recipe.seed,
        )

    def take(self, measured: Array, due: int) -> None:
        """Count the steps of the last block as taken, with these losses."""
        steps = len(self._cuts)
        self.number, self.step = self.number + self._ahead, self.step + self._ahead * steps
        terms = (self._terms * measured.reshape(-1, steps, 2)).sum(axis=1)
        self.losses += [Losses(data, data + penalty) for data, penalty in terms.tolist()]
        if self.listens and self.number < due:  # else the report looks
            valid_loss = self.reporter.valid_loss(self.optimizer.weights(*self.member))
            self.losses[-1] = self.losses[-1]._replace(valid_loss=valid_loss)
            self.watched.append(self.losses[-1].watched_loss)

    def report(self) -> None:
        """Make an epoch, the ``latest``, of where training stands."""
        best, losses, self.losses = self.optimizer.weights(*self.member), self.losses, []
        self.latest = epoch = self.reporter.epoch(self.number, self.step, losses, self.rate, best, *self.member)
        if self.listens:
            self.watched.append(epoch.watched_loss)
        self.stopped = bool(self.stop and self.stop(epoch))

    def _weigh(self, orders: Sequence[Array]) -> None:
        """Ask the convention for the steps' factors: once, or of weighted rows in every order."""
        weighed = () if self._weights is None else tuple(orders)  # without weights all epochs have the same steps
        if weighed or not self._factors:
            sizes = self._cuts[:, 1] - self._cuts[:, 0]
            totals = [_weight_of_steps(self._weights, self._cuts, order) for order in weighed or (None,)]
            self._factors = [self.recipe.convention(sizes, total) for total in totals]
            self._terms = np.stack([terms(each) for each in self._factors])


def next_report(number: int, recipe: Recipe) -> int:
    """Return the first epoch after ``number`` that is reported: 1, 1 + every, 1 + 2 every … and the last."""
    return min(-(-number // recipe.every) * recipe.every + 1, recipe.epochs)


def terms(factors: Factors) -> Array:
    """Return how much each step's data loss, and its R(θ), count in an epoch's report, which is in the loss's units."""
    shares = factors.shares / factors.shares.sum()
    return np.column_stack([shares, shares * factors.penalty / factors.data])


def _weight_of_steps(weights: Array | None, cuts: Array, order: Array | None) -> Array:
    """Return the total weight of each step's rows."""
    if weights is None:
        return cuts[:, 1] - cuts[:, 0]
    return np.add.reduceat(weights if order is None else weights[order], cuts[:, 0], dtype=np.float64)


def _joined(epochs: Sequence[Array]) -> Array:
    """Return what every epoch's steps have, one epoch after another; a single one's without a copy."""
    return epochs[0] if len(epochs) == 1 else np.concatenate(epochs)
