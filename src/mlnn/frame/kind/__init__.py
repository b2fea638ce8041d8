"""The kinds of columns: what each was learned to be, and the numbers made of it."""

from mlnn.frame.kind.aside import AsideColumn
from mlnn.frame.kind.base import Column, Fate, Seen, Unreadable
from mlnn.frame.kind.category import CategoricalColumn
from mlnn.frame.kind.date import DateColumn
from mlnn.frame.kind.number import NumericColumn
from mlnn.frame.kind.text import TextColumn

__all__ = [
    "AsideColumn",
    "CategoricalColumn",
    "Column",
    "DateColumn",
    "Fate",
    "NumericColumn",
    "Seen",
    "TextColumn",
    "Unreadable",
]
