"""Cells that hold rows: where a quote that means inches opens a field, all is one cell until the next quote."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from mlnn.frame.layout import NUMBER
from mlnn.frame.values import Words

MANY = 3
"""So many whole lines that fit show rows, though no column holds numbers."""


def sentence(held: Sequence[tuple[int, int]], name: str, where: Callable[[int], str]) -> list[str]:
    """Say which cells hold lines that look like rows, given with the numbers of their rows and of these lines."""
    if not held:
        return []
    cells = "1 cell" if len(held) == 1 else f"{len(held):,} cells"
    lines = sum(count for _, count in held)
    looks = f"took {lines} line{'s' * (lines != 1)} that look like rows, the first in {where(held[0][0])}"
    return [f"{cells} of {name} in quotes {looks}: if a quote there stands for itself, write it twice, within quotes"]


def in_arrow(table: Any, sep: str) -> list[tuple[int, int]]:
    """Return which rows of an Arrow table have a cell that holds rows, and how many."""
    import pyarrow.compute as pc

    held: list[tuple[int, int]] = []
    for k, column in enumerate(table.columns):
        if any(_has_line_end(chunk) for chunk in column.chunks):
            ends, seps = (pc.count_substring(column, each).to_numpy() for each in ("\n", sep))
            fit = np.flatnonzero((ends > 0) & (seps == ends * (table.num_columns - 1))).tolist()
            held += _held(k, sep, ((row, [each[row].as_py() for each in table.columns]) for row in fit))
    return sorted(held)


def in_words(columns: Sequence[Words], sep: str) -> list[tuple[int, int]]:
    """Return which rows of columns of text have a cell that holds rows, and how many."""
    held: list[tuple[int, int]] = []
    for k, column in enumerate(columns):
        broken = [code for code, label in enumerate(column.labels) if "\n" in label]
        rows = np.flatnonzero(np.isin(column.codes, broken)).tolist() if broken else []
        held += _held(k, sep, ((row, [each[row] or "" for each in columns]) for row in rows))
    return sorted(held)


def _has_line_end(chunk: Any) -> bool:
    content = chunk.buffers()[2]
    return content is not None and bool((np.frombuffer(content, np.uint8) == ord("\n")).any())


def _held(k: int, sep: str, rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, int]]:
    return ((row, fields[k].count("\n")) for row, fields in rows if holds_rows(fields, k, sep))


def holds_rows(fields: Sequence[str], k: int, sep: str) -> bool:
    r"""Tell whether the k-th of a row's fields holds the rest of that row, whole rows, and the beginning of another.

    They have as many separators as rows have, and the first and the last hold numbers in the same columns.

    Examples
    --------
    >>> holds_rows(["1", "12 inch,a\n2,6 inch", "b"], 1, ","), holds_rows(["1", "yes, but\nno, never", "b"], 1, ",")
    (True, False)
    """
    first, *inner, last = fields[k].split("\n")
    width = len(fields)
    fits = first.count(sep) == width - 1 - k and last.count(sep) == k
    if width == 1 or not fits or any(line.count(sep) != width - 1 for line in inner):
        return False
    rows = [*fields[:k], *first.split(sep)], [*last.split(sep), *fields[k + 1 :]]
    beside = [(a.strip(), b.strip()) for j, (a, b) in enumerate(zip(*rows, strict=True)) if j != k]
    numbers = [tuple(NUMBER.fullmatch(each) is not None for each in pair) for pair in beside if all(pair)]
    return all(a == b for a, b in numbers) and (len(inner) >= MANY or any(a for a, _ in numbers))
