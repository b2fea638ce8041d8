"""Quantities as numbers that a network is trained on, and back."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import TableError, as_numbers, refuse_missing

LARGEST = 1e150
"""The size of quantities up to which sums of their squares are finite."""


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
        If targets are missing, infinite or text, or beyond ±1e150.

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
        if len(self.mean) != len(self.scale) or not np.isfinite(self.mean + self.scale).all() or min(self.scale) <= 0:
            raise ValueError(f"mean and scale must be finite, one each a column, scale positive, but got {self}")

    @property
    def scores(self) -> int:
        """Return the number of target columns."""
        return len(self.mean)

    @classmethod
    def learn(cls, y: Any) -> "NumberCode":
        """Learn mean and standard deviation."""
        numbers = quantities(y)
        columns = numbers.reshape(len(numbers), -1)
        spread = np.where(np.ptp(columns, axis=0) > 0, columns.std(axis=0), 0.0)
        return cls(tuple(columns.mean(axis=0).tolist()), tuple(np.where(spread > 0, spread, 1.0).tolist()))

    def encode(self, y: Any) -> Array:
        """Return standardised targets, in the shape of ``y``."""
        return np.asarray((quantities(y) - self.mean) / self.scale)

    def decode(self, numbers: Array) -> Array:
        """Return targets in their own units, in the shape of ``numbers``."""
        return np.asarray(numbers * np.array(self.scale) + self.mean)

    def to_json(self) -> dict[str, Any]:
        """Return mean and scale."""
        return {"mean": list(self.mean), "scale": list(self.scale)}


def quantities(y: Any) -> Array:
    """Return the targets of a regression as float64.

    Raises
    ------
    TableError
        If targets are missing, infinite or text, or beyond ±1e150.
    """
    refuse_missing(y, "the target")
    numbers = as_numbers(y, str(getattr(y, "name", "y")))
    if np.abs(numbers).max(initial=0.0) > LARGEST:
        raise TableError(f"the target holds numbers beyond ±{LARGEST:g}, whose squares cannot be summed")
    return numbers
