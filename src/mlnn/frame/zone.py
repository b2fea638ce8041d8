"""Columns of times in a zone, which are used as the local time there."""

from collections.abc import Iterable
from typing import Any


class Zoned(str):
    """A sentence on a column of times in a zone."""

    column: str
    zone: str

    def __new__(cls, column: str, zone: str) -> "Zoned":
        """Say which local time is used."""
        sentence = super().__new__(cls, f"the times of '{column}' are used as the local time of {zone}")
        sentence.column, sentence.zone = column, zone
        return sentence

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """Return what makes a copy."""
        return self.column, self.zone


def zones(kinds: Iterable[tuple[str, Any]]) -> list[str]:
    """Say of which columns, given with their types, the local time is used."""
    return [Zoned(name, str(kind.tz)) for name, kind in kinds if getattr(kind, "tz", None) is not None]
