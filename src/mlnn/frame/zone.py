"""Columns of times in a zone, which are used as universal time, so that the same moment is the same in any zone."""

from collections.abc import Iterable
from typing import Any


class Zoned(str):
    """A sentence on a column of times in a zone."""

    column: str
    zone: str

    def __new__(cls, column: str, zone: str) -> "Zoned":
        """Say that they are used as universal time."""
        local = "" if zone == "UTC" else f", not as the local time of {zone}"
        sentence = super().__new__(cls, f"the times of '{column}' are used as UTC{local}")
        sentence.column, sentence.zone = column, zone
        return sentence

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """Return what makes a copy."""
        return self.column, self.zone


def zones(kinds: Iterable[tuple[str, Any]]) -> list[str]:
    """Say which columns, given with their types, have a zone."""
    found = ((name, getattr(kind, "tz", getattr(kind, "time_zone", None))) for name, kind in kinds)
    return [Zoned(name, str(zone)) for name, zone in found if zone is not None]


def in_utc(said: Iterable[str], columns: Iterable[str]) -> list[str]:
    """Say which of some columns that are written again had a zone; ``said`` is what was said when they were read.

    Examples
    --------
    >>> in_utc([Zoned("at", "Asia/Tokyo"), "else"], ["x", "at"])
    ["'at' is written as UTC, without a zone"]
    """
    zoned = {sentence.column for sentence in said if isinstance(sentence, Zoned)}
    return [f"'{name}' is written as UTC, without a zone" for name in columns if name in zoned]
