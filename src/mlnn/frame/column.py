"""What the cells of a column are: missing or not, numbers or text; and the sentences about columns."""

import difflib
from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.printable import printable
from mlnn.frame.sentence import Sentence


class TableError(ValueError):
    """A table that cannot be used, with the one sentence that says why, and a remedy by options if there is one."""

    def __init__(self, fact: str, remedy: str = "") -> None:
        self.sentence = Sentence(printable(fact), remedy)
        super().__init__(str(self.sentence))


class EmptyTable(TableError):
    """A table without rows, which may stand beside others that have some."""


def suggestion(word: str, choices: Sequence[str]) -> str:
    """Say what may have been meant by a word that is none of the choices.

    Examples
    --------
    >>> suggestion("AGE", ["age", "job"]), suggestion("salary", ["age", "job"])
    ("did you mean 'age'?", "it has 'age', 'job'")
    """
    return did_you_mean(word, choices) or f"it has {quoted(choices)}"


def did_you_mean(word: str, choices: Sequence[str]) -> str:
    """Ask for the choice that is nearly this word; nothing if none is."""
    lowered = {choice.lower(): choice for choice in choices}
    close = difflib.get_close_matches(word.lower(), lowered, n=1)
    return f"did you mean '{lowered[close[0]]}'?" if close else ""


def quoted(names: Sequence[str], most: int = 10) -> str:
    """List names for a sentence, at most the first few.

    Examples
    --------
    >>> quoted(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"'{printable(name)}'" for name in names[:most]) + rest


EXACT = 2**53
"""Beyond this size a float does not tell whole numbers apart."""


def absent(value: Any) -> bool:
    """Tell whether a cell is None, NaN, NaT or pandas' NA.

    Examples
    --------
    >>> absent(float("nan")), absent(Decimal("sNaN")), absent("NaN")
    (True, True, False)
    """
    if value is None or type(value).__name__ == "NAType":
        return True
    if isinstance(value, Decimal):  # a signalling NaN does not let itself be compared
        return value.is_nan()
    same = value == value
    return isinstance(same, (bool, np.bool_)) and not same


def refuse_surrogates(words: Sequence[str], what: str) -> None:
    """Refuse text that cannot be written again: half of a pair of characters, as reading with errors ignored leaves.

    Raises
    ------
    TableError
        If there is such a word, which.
    """
    if "".join(words).isascii():
        return
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            held = f"{what} holds {word!a}"
            raise TableError(f"{held}, which is no text: read its file again with the encoding that it has") from None


def refuse_zeros(labels: Iterable[Any], what: str) -> None:
    """Refuse labels that end in a character that is 0, which NumPy's text loses: some of them would be one class.

    Raises
    ------
    TableError
        If there is such a label, which.
    """
    for label in labels:
        if isinstance(label, str) and label.endswith("\0"):
            held = f"{what} holds {str(label)!r}, which ends in a character that is 0"
            raise TableError(f"{held}: such labels cannot be told apart")


def is_time(value: object) -> bool:
    """Tell whether a value is a date, a time of day, a duration, or one of pandas' periods."""
    return isinstance(value, (date, time, timedelta, np.datetime64, np.timedelta64)) or type(value).__name__ == "Period"


def missing(values: Any) -> Array:
    """Tell which values of a series, an array or a list are missing: None, NaN and pandas' own marks.

    Examples
    --------
    >>> missing(["a", None, float("nan")])
    array([False,  True,  True])
    """
    if hasattr(values, "isna"):
        return np.asarray(values.isna(), dtype=bool)
    array = values if hasattr(values, "dtype") else np.asarray(values, dtype=object)
    if array.dtype.kind != "O":
        return np.asarray(array != array)
    return np.array(list(map(absent, array.ravel())), dtype=bool).reshape(array.shape)


def unmasked(values: Any) -> Any:
    """Return a masked array as one with gaps where cells are masked; anything else as it is.

    Examples
    --------
    >>> unmasked(np.ma.masked_equal([1.5, -999.0], -999.0)), unmasked(np.ma.masked_equal([1, -999], -999))
    (array([1.5, nan]), array([1, None], dtype=object))
    """
    if not isinstance(values, np.ma.MaskedArray):
        return values
    cells = values.data.astype(values.dtype if values.dtype.kind == "f" else object)
    cells[np.ma.getmaskarray(values)] = np.nan if values.dtype.kind == "f" else None
    return cells


def refuse_missing(values: Any, what: str) -> None:
    """Raise a TableError if a value is missing: how many, and where the first one is."""
    rows = np.argwhere(missing(values))
    if len(rows):
        count = "1 missing value," if len(rows) == 1 else f"{len(rows):,} missing values, the first"
        raise TableError(f"{what} has {count} in row {rows[0][0]} (counted from 0)")


def as_numbers(values: Any, name: str) -> Array:
    """Return a series, an array or a list as float64, with NaN where a value is missing.

    Raises
    ------
    TableError
        If a value is no number, or infinite: the column, the first such value and its row.

    Examples
    --------
    >>> as_numbers([1, "2", None], "age")
    array([ 1.,  2., nan])
    >>> as_numbers([1, "two"], "age")
    Traceback (most recent call last):
    ...
    mlnn.frame.column.TableError: column 'age' must hold numbers, but row 1 (counted from 0) holds 'two'
    """
    kind = values.dtype.kind if isinstance(getattr(values, "dtype", None), np.dtype) else "O"
    array = np.asarray(values) if kind in "iufbmM" else np.asarray(values, dtype=object)
    if kind in "mM" and array.size:  # which NumPy would take for their number of nanoseconds
        raise _no_number(name, 0, array.flat[0])
    if kind in "iufb":
        numbers = array.astype(np.float64)
    else:
        numbers = np.full(array.shape, np.nan)
        for position in zip(*np.nonzero(~missing(values)), strict=True):
            try:
                numbers[position] = float(array[position])
            except (TypeError, ValueError, OverflowError):
                raise _no_number(name, position[0], array[position]) from None
    infinite = np.argwhere(np.isinf(numbers))
    if len(infinite):
        raise _no_number(name, infinite[0][0], array[tuple(infinite[0])])
    return numbers


def _no_number(name: str, row: int, value: object) -> TableError:
    """Name the column, the row and the value that should have been a finite number."""
    shown = f"'{value}'" if isinstance(value, str) else str(value)
    return TableError(f"column '{name}' must hold numbers, but row {row} (counted from 0) holds {shown}")


def label(value: object) -> str:
    """Return the text of a category; 1 and 1.0 are the same one, since a missing neighbour turns integers into floats.

    Examples
    --------
    >>> label("cook"), label(1), label(1.0), label(True)
    ('cook', '1', '1', 'True')
    """
    return str(int(value)) if isinstance(value, (float, np.floating)) and value.is_integer() else str(value)
