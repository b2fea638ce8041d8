"""A file as a pandas frame whose columns of numbers are numeric: what the faces read until they take a ``Table``."""

import os
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from mlnn.frame.column import TableError
from mlnn.frame.read import read_table
from mlnn.frame.values import Unusable, Values, Words

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset({"", "?", "NA", "N/A", "<NA>", "NaN", "nan", "null", "NULL", "None"})
"""The cells of a text file that mean: nobody knows."""


def read_frame(path: str | os.PathLike[str], text: Collection[str] = ()) -> "pd.DataFrame":
    """Read a table as a frame; columns of ``text`` stay text even where every value looks like a number.

    Raises
    ------
    TableError
        If it cannot be read, or pandas is missing.
    """
    try:
        import pandas as pd
    except ImportError:
        raise TableError(f"reading {path} needs pandas, which is not installed") from None
    table = read_table(path)
    frame = pd.DataFrame({name: _typed(table[name], name in text) for name in table.names})
    frame.attrs["name"] = table.name
    return frame


def _typed(values: Values, text: bool) -> "pd.Series":
    """Return cells of text as numbers if all of them are, with missing values where the words say so."""
    import pandas as pd

    if isinstance(values, Unusable):
        return pd.Series([[]] * len(values))
    if not isinstance(values, Words):
        return pd.Series(values)
    labels = [None if label.strip() in MISSING else label.strip() for label in values.labels]
    cells = pd.Series(np.array([*labels, None], dtype=object)[values.codes], dtype="str")
    if values.kind == "boolean" and (values.codes >= 0).all():
        return cells == "True"
    try:
        return cells if text or values.kind == "category" else pd.to_numeric(cells)
    except ValueError:
        return cells
