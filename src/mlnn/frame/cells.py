"""The cells of a column as its kind reads them: what is said and drawn of a column is said and drawn of these."""

from collections.abc import Sequence

import numpy as np

from mlnn.frame.kind import CategoricalColumn, Column, DateColumn, NumericColumn
from mlnn.frame.kind.base import Content
from mlnn.frame.kind.number import quantities
from mlnn.frame.kind.scale import cut
from mlnn.frame.learning import blanked
from mlnn.frame.values import Words


def read_cells(column: Column, values: Content, missing: Sequence[str] | None = None) -> Content:
    """Return numbers as float64, dates as datetime64, categories by one name each, all else as it is.

    Gaps are where a cell is missing or unreadable.

    Parameters
    ----------
    column : Column
        What was learned of the column.
    values : array or Words
        Its cells as the table holds them.
    missing : sequence of str, optional
        The words that mean a missing value, in place of the usual ones.

    Examples
    --------
    >>> from mlnn.frame.kind.notation import Notation
    >>> from mlnn.frame.table import Words
    >>> read_cells(NumericColumn("price", 2.0, 1.0, True, Notation(units=("$",))), Words.of(["$1", "n/a", "$3"]))
    array([ 1., nan,  3.])
    """
    values = blanked(values, None if missing is None else tuple(missing))[0]
    if isinstance(column, NumericColumn):
        return cut(quantities(column.name, values, column.notation)[0])
    if isinstance(column, DateColumn) and not column.clock:
        days = column.days(values)[0]
        seconds = np.where(np.isnan(days), 0.0, np.round(days * 86_400.0)).astype("datetime64[s]")
        seconds[np.isnan(days)] = np.datetime64("NaT")
        return seconds
    if isinstance(column, CategoricalColumn) and isinstance(values, Words):
        return column.by_name(values)
    return values
