"""Training some steps at a time, also inside an epoch: for who looks on, or wants to change something on the way."""

from itertools import pairwise

import numpy as np

from mlnn.array import Array
from mlnn.engine import Block, BoundEngine, Member
from mlnn.training.divergence import copied, explanation, narrowed
from mlnn.training.epoch import NOTHING, Diverged
from mlnn.training.run import Run


class Stepwise:
    """A run that takes its steps some at a time, on the very path that ``epochs`` takes in whole epochs.

    Parameters
    ----------
    bound : BoundEngine
        Who takes the steps.
    run : Run
        Whose steps they are. Where the run ends is not looked at.
    frozen : array of int
        Places in θ that no step moves: they are put back after every single one.
    measured : array of shape (steps, 2)
        Of an epoch that was left in the middle, the losses of the steps taken: it is gone on with.

    Examples
    --------
    >>> from mlnn import Network, Problem, Recipe
    >>> from mlnn.engine import Reference
    >>> from mlnn.optimizer import SGD
    >>> from mlnn.training.epoch import Reporter
    >>> problem = Problem.of(Network.dense([1, 2]), [[0.0], [1.0], [2.0]], [0, 1, 1])
    >>> run = Run(Reporter(problem, None, {}, None, 0.0), np.zeros(4), Recipe(SGD(), batch_size=1))
    >>> with Reference().bind(problem, SGD()) as bound:
    ...     stepwise = Stepwise(bound, run, frozen=np.array([0]))
    ...     taken = stepwise.take(2)
    >>> taken, stepwise.step, round(stepwise.number, 3), float(run.member.theta[0])
    (2, 2, 0.667, 0.0)
    """

    def __init__(self, bound: BoundEngine, run: Run, frozen: Array, measured: Array = NOTHING) -> None:
        self.bound, self.run, self.frozen = bound, run, frozen
        self.measured = measured
        """The losses of the steps taken of the block that is not at its end."""
        self.update = np.zeros_like(run.member.theta)
        """What the last step added to θ."""
        self._block = self._next(1) if len(measured) else None

    @property
    def number(self) -> float:
        """Return the epochs completed, with a fraction within one."""
        return self.run.number + len(self.measured) / self.run.steps

    @property
    def step(self) -> int:
        """Return the steps taken."""
        return self.run.step + len(self.measured)

    def take(self, count: int) -> int:
        """Take so many steps, or fewer where a block of whole epochs ends; return how many.

        At the end of a block the run reports: ``run.latest`` is its last epoch.

        Raises
        ------
        Diverged
            If a loss or θ is no longer finite, with the step, the gate and the cause; the run is then of no use.
        """
        block = self._block = self._block or self._next(max(count // self.run.steps, 1))
        run, before = self.run, len(self.measured)
        after = min(before + count, len(block.bounds))
        taken, good = block.cut(before, after), copied(run.member)
        measured = self._steps(run.member, taken)
        try:
            run.reporter.require_sane(run.number + 1, float(np.abs(measured).max()), run.member.theta)
        except Diverged as problem:
            failed = narrowed(self._steps, good, taken, lambda k: run.number + 1 + (before + k) // run.steps)
            raise explanation(problem, run, failed) from None
        self.measured = np.concatenate([self.measured, measured])
        if after == len(block.bounds):
            run.take(self.measured, run.number + len(block.bounds) // run.steps)
            self._block, self.measured = None, NOTHING
            run.report()
        return after - before

    def _next(self, epochs: int) -> Block:
        return self.run.block(self.run.number + epochs)

    def _steps(self, member: Member, block: Block) -> Array:
        """Take the steps: the last one apart, and one by one where some places are put back after each."""
        kept, count = member.theta[self.frozen], len(block.bounds)
        measured = []
        for start, stop in pairwise(range(count + 1) if self.frozen.size else sorted({0, count - 1, count})):
            before = member.theta.copy() if stop == count else None
            measured += self.bound.run([member], [block.cut(start, stop)])
            member.theta[self.frozen] = kept
        assert before is not None
        self.update = member.theta - before
        return np.concatenate(measured)
