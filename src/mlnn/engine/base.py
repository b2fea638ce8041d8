"""What engines share: the block of steps that they take in one call, and the predictor that they give."""

from dataclasses import dataclass
from typing import Protocol

from mlnn.array import Array


class Predictor(Protocol):
    """A network with its weights: rows in, the output's predictions out."""

    def __call__(self, X: Array, out: Array | None = None) -> Array:
        """Return the predictions for rows X, in ``out`` where it is given."""


@dataclass(frozen=True, eq=False)
class Block:
    """Many steps in one call. Everything that conventions, schedules and shuffling decide is an array made before.

    Parameters
    ----------
    first_step : int
        Steps completed before this block; it keys the noise.
    order : array of int, optional
        Row numbers; None means the rows as they stand.
    bounds : array of shape (steps, 2)
        Step k takes ``order[bounds[k, 0]:bounds[k, 1]]``.
    rates : array of shape (steps,)
        Each step's learning rate.
    data_factors, penalty_factors : array of shape (steps,)
        Each step's factors on the two terms of the objective.
    coefficients : tuple of arrays of shape (steps,)
        Each step's coefficients for the optimizer.
    measured_from : int
        The first step of the block whose loss is measured.
    seed : int
        Seed of the noise.
    """

    first_step: int
    order: Array | None
    bounds: Array
    rates: Array
    data_factors: Array
    penalty_factors: Array
    coefficients: tuple[Array, ...]
    measured_from: int = 0
    seed: int = 0

    @property
    def measured_steps(self) -> int:
        """Return how many steps are measured."""
        return max(len(self.bounds) - self.measured_from, 0)
