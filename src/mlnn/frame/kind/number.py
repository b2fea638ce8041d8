"""A column of numbers, in whatever way they are written."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import TableError
from mlnn.frame.kind.base import Cells, Column, Content, Seen, Where, counted, since
from mlnn.frame.kind.doubt import bare_doubts, number_doubts
from mlnn.frame.kind.notation import PLAIN, Notation
from mlnn.frame.kind.scale import Scale, cut
from mlnn.frame.kind.spelling import means_missing
from mlnn.frame.values import Words


@dataclass(frozen=True)
class NumericColumn(Column):
    """A robustly scaled number with a smooth clip: z = (x − median) / spread, then z / √(1 + (z / 3)²).

    The spread is the distance between the quartiles, or half the range where these coincide. The clip leaves small z
    nearly as they are and sends heavy tails towards ±3. It is written as d / √(spread² + (d / 3)²) with d = x − median,
    which divides by no small spread. A missing value counts as the median, so it becomes 0.

    Parameters
    ----------
    name : str
        The column's name.
    median, spread : float
        In the units of the column; a spread of 0 marks a constant column, which gives no feature.
    gaps : bool
        Whether training rows had missing values; then a 0/1 feature tells where.
    notation : Notation
        How numbers are written where they are text.
    ends : tuple of float
        The least and the largest of training, if some is known.

    References
    ----------
    Holzmüller, Grinsztajn, Steinwart (2024), Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular
    Data, section 3 (robust scaling and smooth clipping).

    Examples
    --------
    >>> column = NumericColumn.learn("gain", np.array([1.0, 2.0, 3.0, 4.0, 1000.0]))
    >>> column.median, column.spread, column.gaps
    (3.0, 2.0, False)
    >>> column.transform(np.array([3.0, 5.0, 1000.0])).ravel().round(3)
    array([0.   , 0.949, 3.   ])
    """

    median: float
    spread: float
    gaps: bool
    notation: Notation = PLAIN
    ends: tuple[float, ...] = field(default=(), metadata={"later": True})

    def __post_init__(self) -> None:
        """Refuse what no training can have learned."""
        if not (np.isfinite(self.median) and 0 <= self.spread < np.inf):
            raise ValueError(f"median and spread must be finite, spread not negative, but got {self}")
        if len(self.ends) not in (0, 2) or not np.isfinite(self.ends).all():
            raise ValueError(f"ends must be two finite numbers, or none, but got {self}")

    @classmethod
    def learn(cls, name: str, values: Any, notation: Notation = PLAIN, where: Where = counted) -> "NumericColumn":
        """Learn median, spread and gaps."""
        numbers = quantities(name, values, notation, where)[0]
        return cls.of(name, numbers, notation)

    @classmethod
    def of(cls, name: str, numbers: Array, notation: Notation = PLAIN) -> "NumericColumn":
        """Learn median, spread and gaps of numbers with NaN where they are missing."""
        seen = cut(numbers[~np.isnan(numbers)])
        if not seen.size:
            return cls(name, 0.0, 0.0, False, notation)
        lowest, lower, median, upper, highest = np.quantile(seen, [0.0, 0.25, 0.5, 0.75, 1.0])
        spread = (upper - lower) or (highest - lowest) / 2
        ends = float(lowest), float(highest)
        return cls(name, float(median), float(spread), seen.size < numbers.size, notation, ends)

    def fill(self, values: Content, out: Array, where: Where = counted) -> Seen:
        """Write the tamed number and the gaps."""
        numbers, seen = quantities(self.name, values, self.notation, where, self.median)
        self.scale(numbers, out)
        return self.placed(numbers, seen, values)

    def placed(self, numbers: Array, seen: Seen, values: Content) -> Seen:
        """Return what was met, with how many numbers are far from training's and beyond all of it, and the first."""
        if not self.spread:
            return seen
        far, beyond = self.measure.unlike(numbers)
        first = [_cell(values, int(each.argmax())) if each.any() else "" for each in (far, beyond)]
        return seen._replace(far=int(far.sum()), first_far=first[0], beyond=int(beyond.sum()), first_beyond=first[1])

    @property
    def measure(self) -> Scale:
        """Return the scale of training's numbers."""
        low, high = self.ends or (-np.inf, np.inf)
        return Scale(self.median, self.spread, low, high, self.notation.truth)

    def scale(self, numbers: Array, out: Array) -> None:
        """Write the tamed numbers, and the gaps where they are missing."""
        if self.spread > 0:
            out[:, 0] = self.measure.tamed(numbers)
        if self.gaps:
            out[:, -1] = np.isnan(numbers)

    def features(self) -> list[str]:
        """Name the number and its gaps."""
        return [self.name] * (self.spread > 0) + [f"{self.name}=(missing)"] * self.gaps


def quantities(
    name: str, values: Any, notation: Notation, where: Where = counted, median: float = np.nan
) -> tuple[Array, Seen]:
    """Return a column's cells as float64, with NaN where they are missing or cannot be read, and what was met.

    Durations become seconds where training had some; elsewhere they are no numbers, as dates are none. By training's
    ``median`` cells are found that mean something of another size.

    Raises
    ------
    TableError
        If a number is infinite: no network can learn from it, and nobody knows what it stands for.
    """
    example, place, unreadable, doubtful, doubt = "", "", 0, 0, ""
    if isinstance(values, Words):
        cells = Cells.of(values)
        quick = notation.plain_numbers(cells.labels)
        read = notation.numbers(cells.labels) if quick is None else quick
        numbers = cells.spread(read, np.nan)
        bad = strangers(cells, read) if np.isnan(read).any() else []
        doubts, doubt = number_doubts(cells.labels, read, notation, quick is not None, median)
        unreadable, doubtful = int(cells.counts[bad].sum()), int(cells.counts[doubts].sum())
        example = cells.labels[bad[0]].strip() if bad else ""
        place = where(cells.first(bad[0])) if bad else ""
    elif values.dtype.kind == "m" and notation.duration:
        numbers = since(values, 1.0)
    elif values.dtype.kind in "mM":
        numbers, unreadable = np.full(len(values), np.nan), int((~np.isnat(values)).sum())
        first = int(np.argmin(np.isnat(values)))
        example, place = (_shown(values[first]), where(first)) if unreadable else ("", "")
    else:
        numbers = values.astype(np.float64)
        doubtful, doubt = bare_doubts(numbers, notation)
    infinite = np.isinf(numbers)
    if infinite.any():
        row = int(infinite.argmax())
        raise TableError(f"column '{name}' must hold finite numbers, but {where(row)} holds {_shown(values[row])}")
    missing = int(np.count_nonzero(np.isnan(numbers))) - unreadable
    return numbers, Seen(len(numbers), missing, 0, unreadable, example, place, doubtful=doubtful, doubt=doubt)


def strangers(cells: Cells, read: Array) -> list[int]:
    """Return which labels are neither numbers nor words for missing, in the order of the rows."""
    unread = [k for k in np.flatnonzero(np.isnan(read)).tolist() if not means_missing(cells.labels[k])]
    return cells.as_met(unread) if unread else []


def _cell(values: Content, row: int) -> str:
    """Return a cell as it is written; of a float, some digits."""
    cell = values[row]
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell).strip()


def _shown(value: Any) -> str:
    if isinstance(value, np.timedelta64):  # as 1:30:00, and not so many microseconds
        return str(value.astype("timedelta64[us]").item())
    return f"'{value if len(value) <= 40 else value[:40] + '…'}'" if isinstance(value, str) else str(value)
