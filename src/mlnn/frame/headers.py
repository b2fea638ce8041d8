"""Header lines among the rows of a text file, as where files were put one behind the other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

MARK = "\ufeff"
"""With which a file that was put behind another one may begin."""


def is_header(fields: Sequence[str], header: Sequence[str]) -> bool:
    r"""Tell whether a line has the fields of the header, if that is known; blanks around them do not count.

    Examples
    --------
    >>> is_header(["\ufeffage", " job"], ["age", "job"]), is_header([], [])
    (True, False)
    """
    if not header or len(fields) != len(header) or fields[0].strip(f" \t{MARK}") != header[0]:
        return False
    return all(field.strip() == name for field, name in zip(fields[1:], header[1:], strict=True))


def without(table: Any, header: Sequence[str]) -> tuple[Any, int]:
    """Return an Arrow table without the rows that repeat the header, and how many these are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not header:
        return table, 0
    alike = pc.is_in(pc.utf8_trim(table.column(0), f" \t{MARK}"), pa.array([header[0]]))
    likely = np.flatnonzero(alike.to_numpy()).tolist()
    repeats = [row for row in likely if is_header([each[row].as_py() for each in table.columns], header)]
    if not repeats:
        return table, 0
    kept = np.ones(table.num_rows, dtype=bool)
    kept[repeats] = False
    return table.filter(pa.array(kept)), len(repeats)


def sentence(repeats: int, first: int, name: str) -> str:
    """Say how many lines repeat the header."""
    if repeats == 1:
        return f"line {first} of {name} repeats the header and was left out"
    return f"{repeats} lines of {name} repeat the header and were left out, the first is line {first}"
