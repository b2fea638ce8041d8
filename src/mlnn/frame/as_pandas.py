"""A table as a frame of pandas: for those who know no other."""

from typing import Any

import numpy as np

from mlnn.frame.table import Table
from mlnn.frame.values import Unusable, Words


def as_pandas(table: Table) -> Any:
    """Return a table as a frame, its cells as pandas reads them of a file: text of nothing but numbers as numbers.

    Columns of neither numbers, times nor words are left out.

    Examples
    --------
    >>> frame = as_pandas(Table.of({"age": ["39", None], "job": ["cook", "clerk"]}))
    >>> frame["age"].tolist(), frame["job"].tolist()
    ([39.0, nan], ['cook', 'clerk'])
    """
    import pandas

    columns = {name: table[name] for name in table.names}
    return pandas.DataFrame(
        {
            name: _cells(values, pandas) if isinstance(values, Words) else values
            for name, values in columns.items()
            if not isinstance(values, Unusable)
        }
    )


def _cells(values: Words, pandas: Any) -> Any:
    """Return the cells of a column of words: numbers, where all are."""
    if values.kind == "category":
        return pandas.Categorical.from_codes(values.codes, list(values.labels))
    labels: Any = np.array([*values.labels, None], dtype=object)
    if values.kind == "boolean":
        labels = np.array([*(label == "True" for label in values.labels), None], dtype=object)
    try:
        labels = pandas.to_numeric(pandas.Series(labels[:-1])).to_numpy() if values.kind != "boolean" else labels[:-1]
    except ValueError:
        labels = labels[:-1]
    gap: Any = np.nan if labels.dtype.kind in "iuf" else None
    return np.append(labels, gap)[values.codes] if (values.codes < 0).any() else labels[values.codes]
