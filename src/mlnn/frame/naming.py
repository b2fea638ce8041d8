"""The names of columns."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from mlnn.frame.column import TableError, did_you_mean, quoted
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


def lacks(lacking: Sequence[str], extra: Sequence[str], names: Sequence[str]) -> str:
    """Say that columns of training are not among these names, of which training did not know some.

    Examples
    --------
    >>> lacks(["age"], ["x0"], ("x0",))
    "training's columns are called 'age', but these have no names: give a frame, or records such as [row]"
    >>> lacks(["age"], ["agee"], ("agee", "height"))
    "the columns differ from those of training: 'age' missing, 'agee' unknown (did you mean 'agee'?)"
    """
    if list(extra) == list(names) == [f"x{k}" for k in range(len(names))]:
        called = f"training's columns are called {quoted(lacking)}, but these have no names"
        return f"{called}: give a frame, or records such as [row]"
    meant = did_you_mean(lacking[0], extra)
    unknown = f", {quoted(extra)} unknown" + (f" ({meant})" if meant else "") if extra else ""
    return f"the columns differ from those of training: {quoted(lacking)} missing{unknown}"
