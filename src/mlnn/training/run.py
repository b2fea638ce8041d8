"""A run: one member's way through training. Where it stands, what steps come next, and what it reports."""

from array import array
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from mlnn.array import Array
from mlnn.engine import Block, BoundEngine, Member
from mlnn.network.contract import held
from mlnn.optimizer import Optimizer, State
from mlnn.schedule import Time, factors_at
from mlnn.source import StoredWeights, source_of
from mlnn.training.epoch import NOTHING, Epoch, Losses, Reporter, watched_losses
from mlnn.training.recipe import Factors, Recipe, Shuffled

Furthest: TypeAlias = tuple[int, float] | None
"""The place in θ of the largest of the weights, and its size; None where there are none."""

MOST_STEPS = 1 << 14
"""Steps that are made ready at most before the first of them is taken."""


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
        self.start, last = start, after[-1] if after else None
        self.given = furthest(None if after else start)  # of the weights that this training began with, not another
        self.latest = last
        zeros = (np.zeros_like(start) for _ in range(self.optimizer.slots))
        state: State = tuple(np.array(slot) for slot in last.state) if last else tuple(zeros)
        self.member = Member(np.array(last.raw_theta if last else start), state)
        self.number, self.step = (last.number, last.step) if last else (0, 0)
        self.listens = recipe.listens
        self.watched = array("d", watched_losses(after) if self.listens else [])
        self.losses: list[Losses] = []  # of the epochs since the last report
        problem = reporter.problem
        self._count = problem.X.shape[0] if rows is None else len(rows)
        self._weights = problem.weights if rows is None or problem.weights is None else problem.weights[rows]
        self._size = min(recipe.batch_size or self._count, self._count)
        cuts = np.arange(0, self._count, self._size)
        self._cuts = np.column_stack([cuts, np.minimum(cuts + self._size, self._count)])
        self._fractions = np.arange(len(cuts)) / len(cuts)  # of an epoch completed before each of its steps
        self._factors: list[Factors] = []
        self._shuffle = recipe.order or Shuffled(recipe.seed)
        self.rate = last.rate if last else float("nan")
        begun = last.begun if last else NOTHING  # of another number of steps, the epoch begins again
        self.begun = begun if len(begun) < self.steps else NOTHING  # the losses of the steps taken of the epoch at hand

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
            self.watched.extend(each.watched_loss for each in (*epoch.passed, epoch.losses))
        self.stopped = bool(self.stop and self.stop(epoch))

    def again(self) -> "Run":
        """Return a run that stands where this one last reported, or began, to take the steps since then once more."""
        after = () if self.latest is None else (self.latest,)
        run = Run(self.reporter, self.start, self.recipe, after, self.rows, self.strides)
        run.watched = self.watched[: run.number]
        return run

    def resume(self) -> None:
        """Stand where the latest report found training.

        Raises
        ------
        ValueError
            If its weights or state do not fit.
        """
        if self.latest is not None:
            (theta, state), kept = self.member, (self.latest.raw_theta, *self.latest.state)
            if [(each.shape, each.dtype) for each in kept] != [(theta.shape, theta.dtype)] * (1 + len(state)):
                raise ValueError("the weights or the optimizer's state of the last report do not fit this training")
            self.member = Member(np.array(kept[0]), tuple(map(np.array, kept[1:])))

    def block(self, due: int) -> Block:
        """Return the next steps: all those to the report that is due, up to ``MOST_STEPS``, or one epoch's.

        That is where a schedule listens to every epoch's loss, and where rows are shuffled, whose orders take memory.
        """
        recipe, cuts, begun = self.recipe, self._cuts, len(self.begun)
        alone = self.listens or (recipe.batch_size and not self.strides)
        self._ahead = count = 1 if alone else min(due - self.number, max(MOST_STEPS // len(cuts), 1))
        reports = self.number + count == due  # on the last epoch of the block
        first = self.step - begun
        now = Time(
            step=np.arange(first + 1, first + 1 + count * len(cuts)),
            epoch=((self.number + np.arange(count))[:, None] + self._fractions).ravel(),
            epochs=recipe.epochs,
            losses=self.watched[:],
        )
        rates = self.optimizer.rate * factors_at(recipe.schedule, now)
        self._rates = rates[begun:]
        orders = self._orders(count) if recipe.batch_size else []
        self._weigh(orders)
        factors = self._factors * (count // len(self._factors))
        starts = (self._count if orders else 0) * np.arange(count)  # of the epochs' orders, one after another
        order = _joined(orders) if orders else None
        if self.rows is not None:
            order = self.rows if order is None else self.rows[order]
        block = Block(
            first_step=first,
            order=order,
            bounds=(starts[:, None, None] + cuts).reshape(-1, 2),
            rates=rates,
            data_factors=_joined([each.data for each in factors]),
            penalty_factors=_joined([each.penalty for each in factors]),
            coefficients=self.optimizer.coefficients(now),
            measured_from=0 if self.strides or alone else (count - reports) * len(cuts),
            seed=recipe.seed,
            rows=self._size,
        )
        return block.cut(begun, len(block.bounds)) if begun else block

    def take(self, measured: Array, due: int, taken: int | None = None) -> None:
        """Count the steps of the last block, or the first so many of them, as taken, with these losses."""
        taken = len(self._rates) if taken is None else taken
        measured = np.concatenate([self.begun, measured]) if len(self.begun) else measured
        whole, rest = divmod(len(self.begun) + taken, self.steps)
        self.number, self.step = self.number + whole, self.step + taken
        self.rate = float(self._rates[taken - 1]) if taken else self.rate
        complete = measured[: len(measured) - rest].reshape(-1, self.steps, 2)
        self.begun = measured[len(measured) - rest :]
        self.losses += _losses((self._terms[:whole] * complete).sum(axis=1))
        self._terms_at_hand = self._terms[min(whole, len(self._terms) - 1)]
        if self.listens and whole and self.number < due:  # else the report looks
            valid_loss = self.reporter.valid_loss(self.optimizer.weights(*self.member))
            self.losses[-1] = self.losses[-1]._replace(valid_loss=valid_loss)
            self.watched.append(self.losses[-1].watched_loss)

    def report(self) -> None:
        """Make an epoch, the ``latest``, of where training stands."""
        self.latest = epoch = self._reported(self.losses)
        if self.listens:
            self.watched.append(epoch.watched_loss)
        self.stopped = bool(self.stop and self.stop(epoch))

    def left(self, bound: BoundEngine) -> Epoch | None:
        """Return where training stands, also within an epoch; None before its first step. No report comes after it.

        Where no step since the last report was measured, the loss is what the next step would have begun with.
        """
        if self.step == (self.latest.step if self.latest else 0):
            return self.latest
        if len(self.begun):
            terms = self._terms_at_hand[: len(self.begun)]
            part = _losses((terms * self.begun).sum(axis=0, keepdims=True) / terms[:, 0].sum())
        elif self.losses:
            part = []
        else:
            theta, state = self.member
            block = self.block(self.number + 1)
            (measured,) = bound.run([Member(theta.copy(), tuple(slot.copy() for slot in state))], [block])
            part = _losses((self._terms[0] * measured).sum(axis=0, keepdims=True))
        self.latest = self._reported([*self.losses, *part])
        return self.latest

    def _reported(self, losses: Sequence[Losses]) -> Epoch:
        self.losses = []
        best = self.optimizer.weights(*self.member)
        return self.reporter.epoch(self.number, self.step, losses, self.rate, best, *self.member, self.begun)

    def _orders(self, count: int) -> list[Any]:
        """Return the next epochs' orders of the rows; a source's are worked out window by window as they are read."""
        orders = [self._shuffle(self.number + 1 + k, self._count) for k in range(count)]
        return orders if source_of(self.reporter.problem) else list(map(np.asarray, orders))

    def _weigh(self, orders: Sequence[Array]) -> None:
        """Ask the convention for the steps' factors: once, or of weighted rows in every order."""
        weighed = () if self._weights is None else tuple(orders)  # without weights all epochs have the same steps
        if weighed or not self._factors:
            sizes = self._cuts[:, 1] - self._cuts[:, 0]
            totals = [_weight_of_steps(self._weights, self._cuts, order) for order in weighed or (None,)]
            self._factors = [self.recipe.convention(sizes, total) for total in totals]
            self._terms = np.stack([terms(each) for each in self._factors])


def furthest(theta: Array | None) -> Furthest:
    """Return which weight is the largest, since weights that are given may be overwritten while training goes on."""
    if theta is None or not theta.size:
        return None
    place = int(np.argmax(np.abs(theta)))
    return place, float(np.abs(theta[place]))


def _losses(terms: Array) -> list[Losses]:
    """Return what epochs came to, of their two terms of J."""
    return [Losses(data, data + penalty) for data, penalty in terms.tolist()]


def next_report(number: int, recipe: Recipe) -> int:
    """Return the first epoch after ``number`` that is reported: 1, 1 + every, 1 + 2 every … and the last."""
    return min(-(-number // recipe.every) * recipe.every + 1, recipe.epochs)


def terms(factors: Factors) -> Array:
    """Return how much each step's data loss, and its R(θ), count in an epoch's report, which is in the loss's units."""
    shares = factors.shares / factors.shares.sum()
    return np.column_stack([shares, shares * factors.penalty / factors.data])


def _weight_of_steps(weights: Any, cuts: Array, order: Any) -> Array:
    """Return the total weight of each step's rows; those of a source are read one window after another."""
    if weights is None:
        return cuts[:, 1] - cuts[:, 0]
    stored = isinstance(weights, StoredWeights)
    totals, left, done, end = np.empty(len(cuts)), np.empty(0, weights.dtype), 0, 0
    for some in weights.in_order(order) if stored else [weights if order is None else weights[order]]:
        left, end = np.concatenate([left, some]), end + len(some)
        whole = int(np.searchsorted(cuts[:, 1], end, "right"))  # so many steps have all their rows by now
        if whole > done:
            bounds = cuts[done:whole] - cuts[done, 0]
            totals[done:whole] = np.add.reduceat(left[: bounds[-1, 1]], bounds[:, 0], dtype=np.float64)
            left, done = left[bounds[-1, 1] :], whole
    return totals


def _joined(epochs: Sequence[Array]) -> Array:
    """Return what every epoch's steps have, one epoch after another; a single one's without a copy."""
    return epochs[0] if len(epochs) == 1 else np.concatenate(epochs)
