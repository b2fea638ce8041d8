"""A column of dates or times of day."""

from dataclasses import dataclass, field

import numpy as np

from mlnn.array import Array
from mlnn.frame.kind.base import Cells, Column, Content, Seen, Where, counted, since
from mlnn.frame.kind.doubt import UNTIMED, date_doubts
from mlnn.frame.kind.moment import Moment, day_of, moment
from mlnn.frame.kind.number import NumericColumn, strangers
from mlnn.frame.values import Words

YEAR = 365.2425

CYCLES = {"year": YEAR, "week": 7.0, "day": 1.0}
"""What comes back, and after how many days: seasons, weekdays and hours."""

ORDERS = "day", "month", "year", ""
"""What may stand first in dates; the last where training did not tell."""

DAYS, SEVERAL = ("Y", "M", "W", "D"), 3
"""NumPy's units that tell no time of day; and so many midnights, and nothing else, tell none either."""


@dataclass(frozen=True)
class DateColumn(Column):
    """A moment as days on a line, and as the hands of clocks: sin 2πφ and cos 2πφ for the phase φ of every cycle.

    The line is days since 1970-01-01, scaled as ``NumericColumn`` does. Times that tell their zone are moments, the
    same in any zone: universal time; the others are as they stand. The clocks show the season (φ: the part of the year
    that is over), the weekday, the hour. A clock has features if the training rows go round it at least once and differ
    on it: of fewer a season could not be told from the line.

    Parameters
    ----------
    name : str
        The column's name.
    line : NumericColumn
        How the days are scaled.
    cycles : tuple of str
        The clocks.
    first : str
        "day" if 02/01/1970 is the second of January, "month" if it is the first of February, "" if no row told: then it
        is the former, but for dates with strokes; new rows that leave it open are in doubt. "year" if 70-01-02 is the
        second of January 1970.
    clock : bool
        Whether the column holds times of day without a date.
    zoned : bool
        Whether some of training's cells told their zone.
    timed : bool
        Whether all dates of training told a time of day; new ones that tell none are in doubt.

    Examples
    --------
    >>> days = np.arange("2020-01-01", "2020-01-29", dtype="datetime64[D]")
    >>> column = DateColumn.learn("day", days)
    >>> column.features(), column.transform(days[:1]).round(2)
    (['day', 'day=week sin', 'day=week cos'], array([[-0.95, -0.78,  0.62]]))
    """

    line: NumericColumn
    cycles: tuple[str, ...]
    first: str = ""
    clock: bool = False
    zoned: bool = field(default=False, metadata={"later": True})
    timed: bool = field(default=False, metadata={"later": True})

    def __post_init__(self) -> None:
        """Refuse what no training can have learned."""
        if not set(self.cycles) <= set(CYCLES) or self.first not in ORDERS:
            raise ValueError(f"cycles must be among {sorted(CYCLES)}, first one of {ORDERS}, but got {self}")

    @classmethod
    def learn(cls, name: str, values: Content, first: str = "", clock: bool = False) -> "DateColumn":
        """Learn the scale of the days, and which clocks the rows go round."""
        blank = cls(name, NumericColumn(name, 0.0, 0.0, False), (), first, clock)
        days, met = blank.days(values)
        line = NumericColumn.of(name, days)
        seen = days[~np.isnan(days)]
        cycles = [cycle for cycle, period in CYCLES.items() if _goes_round(seen, period, clock)]
        timed = not clock and met.timed == seen.size > 0
        return cls(name, line, tuple(cycles), first, clock, met.zoned > 0, timed)

    def fill(self, values: Content, out: Array, where: Where = counted) -> Seen:
        """Write the line, the clocks and the gaps."""
        days, seen = self.days(values, where)
        lines = self.line.features()
        self.line.scale(days, out[:, : len(lines)])
        seen = seen if self.clock else self.line.placed(days, seen, values)
        known = ~np.isnan(days)
        for k, cycle in enumerate(self.cycles):
            angle = 2 * np.pi * _phase(days, CYCLES[cycle])
            out[:, len(lines) + 2 * k] = np.sin(angle, where=known, out=np.zeros(len(days)))
            out[:, len(lines) + 2 * k + 1] = np.cos(angle, where=known, out=np.zeros(len(days)))
        return seen

    def features(self) -> list[str]:
        """Name the line, its gaps, and the two hands of every clock."""
        hands = [f"{self.name}={cycle} {hand}" for cycle in self.cycles for hand in ("sin", "cos")]
        return self.line.features() + hands

    def days(self, values: Content, where: Where = counted) -> tuple[Array, Seen]:
        """Return the cells as days since 1970, NaN where there are none, and what was met."""
        if not isinstance(values, Words) and values.dtype.kind == ("m" if self.clock else "M"):
            days = since(values, 86_400.0)
            return days, self._seen(days, np.datetime_data(values.dtype)[0] in DAYS)
        cells = Cells.of(values)
        found = [moment(label) for label in cells.labels]
        written = [self._read(label, each) for label, each in zip(cells.labels, found, strict=True)]
        doubts, doubt = date_doubts(cells.labels, found, np.array(written, dtype=np.float64), self.first, self.timed)
        ahead = np.array([0.0 if each is None else each.zone or 0.0 for each in found])
        read = np.array(written, dtype=np.float64) - ahead
        read = read % 1.0 if self.clock else read  # the same moment is the same time of day, whatever the day there
        bad, days = strangers(cells, read), cells.spread(read, np.nan)
        zoned = int(sum(cells.counts[k] for k, each in enumerate(found) if each is not None and each.zone is not None))
        timed = int(sum(cells.counts[k] for k, each in enumerate(found) if each is not None and each.timed))
        unreadable = int(cells.counts[bad].sum())
        missing = int(np.isnan(days).sum()) - unreadable
        example = cells.labels[bad[0]].strip() if bad else ""
        place = where(cells.first(bad[0])) if bad else ""
        doubtful = int(cells.counts[doubts].sum())
        return days, Seen(
            len(days), missing, 0, unreadable, example, place, doubtful=doubtful, doubt=doubt, zoned=zoned, timed=timed
        )

    def _seen(self, days: Array, whole: bool) -> Seen:
        """Return what was met in dates that are no text; they tell no time of day if all of several are midnights."""
        there = days[~np.isnan(days)]
        timed = 0 if whole or not (there % 1.0).any() else there.size
        seen = Seen(len(days), len(days) - there.size, timed=timed)
        if not self.timed or timed or not (whole or there.size >= SEVERAL):
            return seen
        first = day_of(there[0]) if there.size else ""
        return seen._replace(doubtful=there.size, doubt=f"'{first}' {UNTIMED}")

    def _read(self, label: str, found: Moment | None) -> float:
        """Return the days on the clock that was written."""
        if found is None or found.clock != self.clock:
            return np.nan
        if self.first == "year" and found.early is not None:
            return found.early
        day_first = self.first == "day" if self.first in ("day", "month") else "/" not in label
        day, other = (found.day, found.other) if day_first else (found.other, found.day)
        return day if day == day else other


def _phase(days: Array, period: float) -> Array:
    """Return the part of the period that is over; weekdays do not change during the day."""
    return np.asarray((np.floor(days) if period == CYCLES["week"] else days) / period % 1.0)


def _goes_round(days: Array, period: float, clock: bool) -> bool:
    if not days.size or (clock and period != CYCLES["day"]):
        return False
    around = clock or float(np.ptp(days)) > period
    return around and bool(np.ptp(_phase(days, period)) > 0)
