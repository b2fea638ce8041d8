"""A table as a frame of pandas: for those who know no other."""

import csv
import io
from typing import Any

import numpy as np

from mlnn.frame.table import Table
from mlnn.frame.values import Unusable, Values, Words


def as_pandas(table: Table) -> Any:
    """Return a table as a frame.

    Cells of a file of text are what ``pandas.read_csv`` makes of them: numbers, truth values and gaps where it sees
    some, such as in "None" and "NA", and else text, also of dates. Text that came as such stays text, and categories,
    truth values, numbers and times what they are. Columns of neither numbers, times nor words are left out
    (``lacking`` tells which).

    Examples
    --------
    >>> frame = as_pandas(Table.of({"age": [39.0, None], "job": ["cook", "clerk"], "code": ["7", "8"]}))
    >>> frame["age"].tolist(), frame["job"].tolist(), frame["code"].tolist()
    ([39.0, nan], ['cook', 'clerk'], ['7', '8'])
    """
    import pandas

    written = table.place is not None  # of text: what holds no places was typed by its source
    columns = {name: table[name] for name in table.names}
    return pandas.DataFrame(
        {
            name: _cells(values, written, pandas) if isinstance(values, Words) else values
            for name, values in columns.items()
            if not isinstance(values, Unusable)
        }
    )


def lacking(table: Table) -> dict[str, str]:
    """Return which columns a frame lacks, and what they hold."""
    columns: dict[str, Values] = {name: table[name] for name in table.names}
    return {name: values.what for name, values in columns.items() if isinstance(values, Unusable)}


def _cells(values: Words, written: bool, pandas: Any) -> Any:
    """Return the cells of a column of words."""
    if values.kind == "category":
        return pandas.Categorical.from_codes(values.codes, list(values.labels))
    if written and values.kind != "boolean":
        return _read(values, pandas)
    gaps = (values.codes < 0).any()
    if values.kind == "boolean":
        truth = np.array([label == "True" for label in values.labels])
        return np.array([*truth.tolist(), None], dtype=object)[values.codes] if gaps else truth[values.codes]
    return np.array([*values.labels, None], dtype=object)[values.codes]


def _read(values: Words, pandas: Any) -> Any:
    """Return cells as pandas reads them: it is given each once, since a column's type depends on no more than that."""
    codes, places = np.unique(values.codes, return_inverse=True)
    text = io.StringIO()
    cells = csv.writer(text, quoting=csv.QUOTE_ALL)
    cells.writerows([values.labels[code] if code >= 0 else ""] for code in codes)
    text.seek(0)
    return pandas.read_csv(text, header=None, low_memory=False)[0].array.take(places)
