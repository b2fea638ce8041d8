"""Quantities as numbers that a network is trained on, and back."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import TableError, as_numbers, refuse_missing

LARGEST_TARGET, LEAST_SPREAD = 1e150, 1e-150
"""Between these sizes the squares of quantities, and of their deviations, neither overflow nor vanish."""


@dataclass(frozen=True)
class NumberCode:
    """Quantities of mean 0 and variance 1: z = (y − mean) / scale, column by column.

    Parameters
    ----------
    mean, scale : tuple of float
        Mean and standard deviation of each target column, in target units; the scale of a constant column is 1.

    Raises
    ------
    TableError
        If targets are missing, infinite or text, beyond ±1e150, or deviate by less than 1e-150.

    Examples
    --------
    >>> code = NumberCode.learn([1.0, 3.0])
    >>> code, code.encode([1.0, 3.0]), code.decode(np.array([0.5]))
    (NumberCode(mean=(2.0,), scale=(1.0,)), array([-1.,  1.]), array([2.5]))
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what no training can have learned."""
        mean, scale = np.abs(self.mean), np.array(self.scale)
        known = mean.shape == scale.shape and mean.size and (mean <= LARGEST_TARGET).all()
        if not known or not ((scale >= LEAST_SPREAD) & (scale <= LARGEST_TARGET)).all():
            raise ValueError(
                f"mean and scale must be finite, one each a column, mean within ±{LARGEST_TARGET:g}, scale from "
                f"{LEAST_SPREAD:g} to {LARGEST_TARGET:g}, but got {self}"
            )

    @property
    def scores(self) -> int:
        """Return the number of target columns."""
        return len(self.mean)

    @classmethod
    def learn(cls, y: Any, what: str = "the target") -> "NumberCode":
        """Learn mean and standard deviation; errors call the target ``what``."""
        numbers = quantities(y, what)
        columns = numbers.reshape(len(numbers), -1)
        varies, spread = np.ptp(columns, axis=0) > 0, columns.std(axis=0)
        for column in columns.T[varies & (spread < LEAST_SPREAD)]:
            raise TableError(
                f"{what} must deviate from its mean by {LEAST_SPREAD:g} or more, so that squares do not vanish, but it "
                f"holds numbers from {column.min():g} to {column.max():g}"
            )
        return cls(tuple(columns.mean(axis=0).tolist()), tuple(np.where(varies, spread, 1.0).tolist()))

    def encode(self, y: Any) -> Array:
        """Return standardised targets, in the shape of ``y``."""
        return np.asarray((quantities(y) - self.mean) / self.scale)

    def decode(self, numbers: Array) -> Array:
        """Return targets in their own units, in the shape of ``numbers``."""
        return np.asarray(numbers * np.array(self.scale) + self.mean)

    def to_json(self) -> dict[str, Any]:
        """Return mean and scale."""
        return {"mean": list(self.mean), "scale": list(self.scale)}


def quantities(y: Any, what: str = "the target") -> Array:
    """Return the targets of a regression as float64; errors call them ``what``.

    Raises
    ------
    TableError
        If targets are missing, infinite or text, or beyond ±1e150.
    """
    refuse_missing(y, what)
    numbers = as_numbers(y, str(getattr(y, "name", "y")))
    beyond = numbers[np.abs(numbers) > LARGEST_TARGET]
    if beyond.size:
        raise TableError(
            f"{what} must lie within ±{LARGEST_TARGET:g}, so that squares can be summed, but it holds {beyond[0]:g}"
        )
    return numbers
