"""A column of which no feature is made, and the reason."""

from dataclasses import dataclass

from mlnn.array import Array
from mlnn.frame.kind.base import Column, Content, Seen, Where, counted


@dataclass(frozen=True)
class AsideColumn(Column):
    """No features: an identifier, a constant, a column without any value, or one that is not wanted.

    Parameters
    ----------
    name : str
        The column's name; its fate says why it is set aside.
    """

    def fill(self, values: Content, out: Array, where: Where = counted) -> Seen:
        """Write nothing."""
        return Seen(len(values))

    def features(self) -> list[str]:
        """Return no name."""
        return []
