"""The encoding of a prepared table: every number as pieces of a line, which give a network thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from mlnn.array import Array

KNOTS = 17
"""Quantiles of the rows, and as many of the distinct numbers, between which the pieces of a column lie."""

CLOSEST, FURTHEST = 1e-6, 1e6
"""Neighbouring knots differ by more, and none is as far from 0; prepared numbers are a few units at most."""


@dataclass(frozen=True, eq=False)
class Encoding:
    """What networks see of a prepared table instead of its numbers.

    A number z of a column with the knots e₀ < … < e_K becomes K pieces, clip((z − e_{k−1}) / (e_k − e_{k−1}), 0, 1): 1
    for the intervals that lie below it, 0 for those above. So a network has a threshold in a column for the price of
    one weight, where its layers alone would have to make it of two large ones. Half of the knots are quantiles of the
    rows; half are quantiles of the distinct numbers, for columns in which one number is frequent. A column with two
    distinct numbers is left as it is.

    Parameters
    ----------
    knots : sequence of array
        Of every column in ascending order; of one that is left as it is, none.

    Raises
    ------
    ValueError
        If knots do not ascend.

    References
    ----------
    Gorishniy, Rubachev, Babenko (2022), On Embeddings for Numerical Features in Tabular Deep Learning, equation 1.

    Examples
    --------
    >>> encoding = Encoding.learn(np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0]]))
    >>> encoding.transform(np.array([[0.5, 1.0], [2.0, 0.0]]))
    array([[0.5, 0. , 1. ],
           [1. , 1. , 0. ]])
    """

    knots: tuple[Array, ...]
    NAMES: ClassVar[tuple[str, ...]] = ("counts", "knots")

    def __post_init__(self) -> None:
        """Refuse what no training can have learned."""
        for knots in self.knots:
            if len(knots) == 1 or not (np.diff(knots) > CLOSEST).all() or not (np.abs(knots) < FURTHEST).all():
                raise ValueError(f"knots must be finite and ascend, two at least or none, but got {knots}")

    @classmethod
    def learn(cls, matrix: Array) -> "Encoding":
        """Learn the knots of a table's columns, which are some of their numbers."""
        return cls(tuple(_knots(column) for column in matrix.T))

    @cached_property
    def starts(self) -> Array:
        """Return where each column's features begin in the encoded table, and where the last one's end."""
        return np.cumsum([0, *map(_pieces, self.knots)])

    @property
    def width(self) -> int:
        """Return the columns of the encoded table."""
        return int(self.starts[-1])

    def place(self, place: slice) -> slice:
        """Return where some neighbouring columns' features are in the encoded table."""
        return slice(int(self.starts[place.start]), int(self.starts[place.stop]))

    def transform(self, matrix: Array) -> Array:
        """Return the encoded table, shape (N, width)."""
        source, low, span, floor, ceiling = self._formula
        encoded = np.take(matrix, source, axis=1)
        encoded -= low
        encoded /= span
        np.maximum(encoded, floor, out=encoded)
        return np.minimum(encoded, ceiling, out=encoded)  # both in half the time of np.clip, whose bounds are arrays

    @cached_property
    def _formula(self) -> tuple[Array, ...]:
        """Return of every encoded column its source, where its piece begins, how long it is, and its bounds."""
        kind = self.knots[0].dtype
        as_it_is = np.array([[0.0], [1.0], [-np.inf], [np.inf]], kind)
        formulas = [
            np.stack([knots[:-1], np.diff(knots), np.zeros(len(knots) - 1, kind), np.ones(len(knots) - 1, kind)])
            if len(knots)
            else as_it_is
            for knots in self.knots
        ]
        source = np.repeat(np.arange(len(self.knots)), list(map(_pieces, self.knots)))
        return source, *np.concatenate(formulas, axis=1)

    def arrays(self) -> dict[str, Array]:
        """Return what was learned as arrays, by name."""
        counts = np.array([len(knots) for knots in self.knots], np.int16)
        return dict(zip(self.NAMES, (counts, np.concatenate(self.knots)), strict=True))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], width: int) -> "Encoding":
        """Return the encoding of so many columns whose ``arrays`` these are.

        Raises
        ------
        KeyError, ValueError
            If they are not.
        """
        counts, knots = (arrays[name] for name in cls.NAMES)
        if knots.ndim != 1 or knots.dtype not in (np.float32, np.float64):
            raise ValueError(f"knots must be of float32 or float64, but are of {knots.dtype} and shape {knots.shape}")
        if counts.shape != (width,):
            raise ValueError(f"knots of {counts.shape} columns do not fit a table that has {width}")
        if counts.dtype != np.int16 or (counts < 0).any() or counts.sum() != knots.size:
            raise ValueError(f"{knots.size} knots cannot be dealt out to columns as {counts}")
        return cls(tuple(np.split(knots, np.cumsum(counts[:-1], dtype=np.int64))))


def _pieces(knots: Array) -> int:
    """Return how many features a column becomes."""
    return max(len(knots) - 1, 1)


def _knots(z: Array) -> Array:
    """Return a column's knots; none if it has no more than two distinct numbers."""
    ordered = np.sort(z)
    distinct = ordered[np.r_[True, np.diff(ordered) > 0.0]]
    knots = np.unique([_spread(ordered), _spread(distinct)])
    knots = knots[np.r_[True, np.diff(knots) > CLOSEST]]
    return knots if len(distinct) > 2 and len(knots) > 1 else knots[:0]


def _spread(ordered: Array) -> Array:
    """Return some of the numbers, evenly spread."""
    return np.asarray(ordered[np.linspace(0, len(ordered) - 1, KNOTS).round().astype(np.int64)])
