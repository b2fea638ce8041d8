"""How people write dates, times of day and durations."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from math import inf, nan

import numpy as np

from mlnn.frame.kind.spelling import plain, unwrapped

MONTHS = {
    word: month
    for month, words in enumerate(
        (
            "jan ene gen",
            "feb fév fev",
            "mar mär mrz maa",
            "apr avr abr",
            "may mai mag mei",
            "jun jui giu",
            "jul lug",
            "aug aoû aou ago",
            "sep set",
            "oct okt ott out",
            "nov",
            "dec dez déc dic",
        ),
        start=1,
    )
    for word in words.split()
}
"""Months by their first three letters; "juillet" is looked at closer."""

_ZONE = r"(?P<zone>z|utc|gmt|[-+]\d\d(?::?\d\d)?)?"
_TIME = rf"""(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d(?:[.,]\d+)?))?\ ?(?P<half>[ap]\.?m\.?)?\ ?
    {_ZONE}(?:\[[\w/+-]+\])?"""
_DAYTIME = rf"(?:(?:t|,?\ )\ ?{_TIME})?"
_BASIC = rf"t(?P<hour>\d\d)(?:(?P<minute>\d\d)(?P<second>\d\d(?:[.,]\d+)?)?)?{_ZONE}"
_HOUR = r"(?:t|,?\ )\ ?(?P<hour>\d{1,2})\ ?(?P<half>[ap]\.?m\.?)?\ ?(?P<zone>z|utc|gmt|[-+]\d\d:?\d\d)?"
_MONTH, _GAP = r"(?P<name>[^\W\d]{3,10})\.?", r",?[\ /-]?(?:(?:de|of)\ )?"
_WEEKDAY = r"(?:[^\W\d]{2,10}\.?,?\ )?"
_SHAPES = tuple(
    re.compile(shape, re.VERBOSE | re.IGNORECASE)
    for shape in (
        rf"(?P<year>\d{{4}})(?P<gap>[-/.])(?P<month>\d{{1,2}})(?:(?P=gap)(?P<day>\d{{1,2}}))?{_DAYTIME}",
        rf"(?P<year>\d{{4}})(?P<gap>[-/.])(?P<month>\d{{1,2}})(?P=gap)(?P<day>\d{{1,2}}){_HOUR}",
        rf"(?P<a>\d{{1,2}})(?P<gap>[-/.])(?P<b>\d{{1,2}})(?P=gap)(?P<year>\d{{4}}){_HOUR}",
        rf"(?P<year>(?:19|20)\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d){_DAYTIME}",
        rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d){_BASIC}",
        rf"\[?(?P<day>\d{{1,2}})/{_MONTH}/(?P<year>\d{{4}}):{_TIME}\]?",
        rf"{_WEEKDAY}{_MONTH}\ (?P<day>\d{{1,2}})\ {_TIME}\ (?P<year>\d{{4}})",
        rf"(?P<a>\d{{1,2}})(?P<gap>[-/.\ ])\ ?(?P<b>\d{{1,2}})(?P=gap)\ ?(?P<year>\d{{4}}|\d\d){_DAYTIME}",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?{_GAP}{_MONTH}{_GAP}(?P<year>\d{{4}}|\d\d){_DAYTIME}",
        rf"{_WEEKDAY}{_MONTH}\ (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\ (?P<year>\d{{4}}){_DAYTIME}",
        rf"(?P<year>\d{{4}})[\ /-]{_MONTH}[\ /-](?P<day>\d{{1,2}}){_DAYTIME}",
        rf"{_MONTH},?[\ /-](?P<year>\d{{4}})",
        _TIME,
    )
)
_DURATION = re.compile(
    r"(?P<sign>-)?(?:(?P<days>\d+)\ ?d(?:ays?)?,?\ ?)?"
    r"(?:(?P<hours>\d+):(?P<minutes>\d\d)(?::(?P<seconds>\d\d(?:\.\d+)?))?)?"
    r"|p(?:(?P<iso_days>\d+)d)?(?:t(?:(?P<iso_hours>\d+)h)?(?:(?P<iso_minutes>\d+)m)?(?:(?P<iso_seconds>\d+(?:\.\d+)?)s)?)?",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\ ?(?<![^\W\d])(?P<zone>a[dms]t|bst|c[ds]t|e[cds]t|gst|ist|m[ds]t|p[ds]t|sst|wst)(?!\w)", re.IGNORECASE
)
"""Zones that are called the same in several parts of the world."""

EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Moment:
    """A date or a time as it was found in text.

    Parameters
    ----------
    day, other : float
        Days since 1970-01-01 on the clock that was meant, where the day stands before the month, and where after it;
        NaN where that is no date.
    zone : float, optional
        How many days that clock is ahead of Greenwich, where the text tells.
    clock : bool
        Whether there is only a time of day.
    order : str
        What it tells about the order: "day", "month" or "year" first, "?" where day or month may be, or nothing.
    timed : bool
        Whether it tells a time of day.
    early : float, optional
        Days since 1970-01-01 where a year of two digits stands first, as in 22-01-26, if that is a date.
    """

    day: float
    other: float
    zone: float | None = None
    clock: bool = False
    order: str = ""
    timed: bool = field(default=False, repr=False)
    early: float | None = field(default=None, repr=False)


def moment(text: str) -> Moment | None:
    """Read a date or a time as people write it, or return None.

    Examples
    --------
    >>> moment("1970-01-02 12:00"), moment("3 Jan 1970") == moment("January 3, 1970")
    (Moment(day=1.5, other=1.5, zone=None, clock=False, order=''), True)
    >>> moment("02/01/1970")
    Moment(day=1.0, other=31.0, zone=None, clock=False, order='?')
    """
    text = unwrapped(plain(text))
    if not any(map(str.isdigit, text[:30])):
        return None
    for shape in _SHAPES:
        match = shape.fullmatch(text)
        if match is not None:
            return _moment(match.groupdict())
    return None


def unsure_zone(text: str) -> str:
    """Say why what would be a time but for its zone is none: an abbreviation that is not the same everywhere.

    Examples
    --------
    >>> unsure_zone("2020-07-14 12:00 EST"), unsure_zone("the 14th, EST")
    ('EST can mean several zones', '')
    """
    text = plain(text)
    found = _SEVERAL.search(text)
    if found is None or moment(text[: found.start()] + text[found.end() :]) is None:
        return ""
    return f"{found['zone']} can mean several zones"


def _moment(parts: dict[str, str | None]) -> Moment | None:
    time = _of_day(parts)
    if time is None:
        return None
    fraction, zone = time
    timed = bool(parts.get("hour"))
    if "year" not in parts:
        return Moment(fraction, fraction, zone, clock=True, timed=timed)
    year = int(parts["year"] or 0)
    short = len(parts["year"] or "") == 2
    if "a" in parts:
        a, b = int(parts["a"] or 0), int(parts["b"] or 0)
        soonest = _days(_century(a), b, year) if short else None
        early = None if soonest is None else soonest + fraction
        year = _century(year) if short else year
        first, second = _days(year, b, a), _days(year, a, b)
        if first is None and second is None:
            return None if early is None else Moment(nan, nan, zone, order="year", timed=timed, early=early)
        order = "month" if first is None else "day" if second is None else "" if a == b else "?"
        day, other = (nan if each is None else each + fraction for each in (first, second))
        return Moment(day, other, zone, order=order, timed=timed, early=early)
    year = _century(year) if short else year
    name = (parts.get("name") or "").casefold()
    month = 7 if name.startswith(("juil", "luglio")) else MONTHS.get(name[:3]) if name else int(parts["month"] or 0)
    days = None if month is None else _days(year, month, int(parts.get("day") or 1))
    return None if days is None else Moment(days + fraction, days + fraction, zone, timed=timed)


def _century(year: int) -> int:
    return year + (2000 if year < 70 else 1900)


def _days(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal() - EPOCH
    except ValueError:
        return None


def _of_day(parts: dict[str, str | None]) -> tuple[float, float | None] | None:
    """Return the time of day as a fraction, and how far its zone is ahead, in days, if there is one."""
    if not parts.get("hour"):
        return 0.0, None
    hour, minute = int(parts["hour"] or 0), int(parts.get("minute") or 0)
    second = float((parts.get("second") or "0").replace(",", "."))
    half = (parts.get("half") or "").lower()[:1]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 24 or minute > 59 or second >= 61:
        return None
    zone = (parts["zone"] or "").lower()
    ahead = 0.0 if zone else None
    if zone[:1] in ("+", "-"):
        digits = zone[1:].replace(":", "").ljust(4, "0")
        ahead = (int(digits[:2]) * 60 + int(digits[2:])) / 1440 * (-1 if zone[0] == "-" else 1)
    return (hour * 3600 + minute * 60 + second) / 86400, ahead


def duration(text: str) -> float | None:
    """Read a duration, such as "1 days 02:00:00" or "P1DT2H", in seconds; None if it is none.

    Examples
    --------
    >>> duration("1 days 02:00:00"), duration("P1DT2H"), duration("26:00:00"), duration("soon")
    (93600.0, 93600.0, 93600.0, None)
    """
    match = _DURATION.fullmatch(plain(text))
    written = {} if match is None else {name: part for name, part in match.groupdict().items() if name != "sign"}
    if match is None or not any(written.values()):
        return None
    found = {name: float(number or 0) for name, number in written.items()}
    days, hours = found["days"] + found["iso_days"], found["hours"] + found["iso_hours"]
    minutes, seconds = found["minutes"] + found["iso_minutes"], found["seconds"] + found["iso_seconds"]
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return -total if match["sign"] else total


def day_of(days: float) -> str:
    """Return the date that is so many days after 1970-01-01, of any year.

    Examples
    --------
    >>> day_of(18262.5), day_of(-0.5)
    ('2020-01-01', '1969-12-31')
    """
    return str(np.datetime64(math.floor(days), "D"))


def day_order(moments: Iterable[tuple[Moment, int]]) -> str:
    """Return which stands first in dates with their counts: "day" or "month", "" if they do not tell, "?" in doubt.

    Where every date has the same number at one place, and 1 to 12 at the other, these are the months. It is a "year" of
    two digits where that is possible for all, and dates lie closer together so.

    Examples
    --------
    >>> day_order([(moment(f"01/{month:02d}/2024"), 1) for month in range(1, 13)])
    'day'
    """
    votes = {"day": 0, "month": 0, "year": 0, "?": 0, "": 0}
    dates = list(moments)
    if _is_year_first([each for each, _ in dates if each.order or each.early is not None]):
        return "year"
    for each, count in dates:
        votes[each.order] += count
    if votes["day"] or votes["month"]:
        return "month" if votes["month"] > votes["day"] else "day"
    if not votes["?"]:
        return ""
    read = [date.fromordinal(int(each.day // 1) + EPOCH) for each, _ in dates if each.day == each.day]  # the day first
    fields = {each.day for each in read}, {each.month for each in read}
    same = [len(each) == 1 and other == {*range(1, 13)} for each, other in (fields, fields[::-1])]
    return "day" if same[0] else "month" if same[1] else "?"


def _is_year_first(dates: list[Moment]) -> bool:
    """Tell whether dates that leave their order open lie closer together with a year of two digits first."""
    early = [each.early for each in dates if each.early is not None]
    if not dates or len(early) < len(dates):
        return False
    usual = [_span([each.day for each in dates]), _span([each.other for each in dates])]
    return _span(early) < min(usual)


def _span(days: list[float]) -> float:
    """Return the days between the first and the last; endless where one is no date."""
    return max(days) - min(days) if all(each == each for each in days) else inf
