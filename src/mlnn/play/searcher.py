"""The trainer by L-BFGS, which finds its own steps: an iteration is a step, and an epoch."""

import math
import time
from dataclasses import replace

import numpy as np

from mlnn.array import Array
from mlnn.play.standing import Standing, epoch_of, fastest, point_of
from mlnn.training import HAPPENED, Diverged, Recipe, epochs

WITHOUT_END = 1 << 60
"""Epochs: it is the page that says when training ends, or the iterations themselves."""


class Converged(ValueError):
    """No iteration lowers J any more."""


class Searcher:
    """Iterates from where training stands, as ``Trainer`` takes steps; begun anew it knows no past steps."""

    def __init__(self, standing: Standing) -> None:
        plan = standing.plan
        recipe: Recipe = replace(plan.recipe, epochs=WITHOUT_END)
        after = (epoch_of(standing),) if standing.number else ()
        self.standing = standing
        self._epochs = epochs(plan.problem, standing.theta, recipe, valid=plan.valid, engine=fastest(plan), after=after)

    def advance(self, count: int) -> int:
        """Iterate so many times; return how often that was. ``standing`` is where training stands then.

        Raises
        ------
        Converged
            If there is no further iteration.
        Diverged
            If a loss or θ is no longer finite.
        """
        for _ in range(count):
            standing, began = self.standing, time.perf_counter()
            try:
                epoch = next(self._epochs, None)
            except Diverged as problem:  # which counts from where this searcher began
                problem.epoch, problem.step = math.floor(standing.number) + 1, standing.step + 1
                problem.happened = HAPPENED.format(epoch=problem.epoch, step=problem.step, fault=problem.fault)
                raise
            if epoch is None:
                raise Converged(f"L-BFGS has converged: no step lowers the loss after iteration {standing.step:,}.")
            theta: Array = np.array(epoch.raw_theta)
            self.standing = replace(
                standing,
                theta=theta,
                number=float(math.floor(standing.number) + 1),
                step=standing.step + 1,
                point=point_of(epoch)._replace(step=standing.step + 1),
                update=theta - standing.theta,
                seconds=standing.seconds + time.perf_counter() - began,
            )
        return count

    def close(self) -> None:
        """Free the memory."""
        self._epochs = iter(())
