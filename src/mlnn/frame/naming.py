"""The names of columns."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from mlnn.frame.column import TableError, quoted
from mlnn.frame.kind.spelling import UNSEEN


def name_of(name: Any) -> str:
    r"""Return a column's name as text, without spaces around it or signs without width; é is one letter however typed.

    Examples
    --------
    >>> name_of(" cafe\u0301"), name_of(3)
    ('café', '3')
    """
    name = str(name)
    return name.strip() if name.isascii() else unicodedata.normalize("NFC", name.translate(UNSEEN)).strip()


def unique(names: Sequence[str], what: str) -> None:
    """Refuse columns of the same name.

    Raises
    ------
    TableError
        If there are any.
    """
    if len(set(names)) < len(names):
        twice = [name for name, often in Counter(names).items() if often > 1]
        raise TableError(f"{what} has more than one column named {quoted(twice)}")
