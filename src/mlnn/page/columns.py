"""The column report: every column's content, what became of it, and what it is worth."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from mlnn.frame.cells import read_cells
from mlnn.frame.column import TableError
from mlnn.frame.kind import Column
from mlnn.frame.kind.base import Cells, Content
from mlnn.frame.learning import plain
from mlnn.frame.report import sentence, set_aside
from mlnn.frame.table import Table, Unusable, Words
from mlnn.tabular.importance import Importance
from mlnn.tabular.score import digits

MOST = 1000
"""Columns that are listed."""

LETTERS = 60
"""Of a cell that is quoted."""


class Line(NamedTuple):
    """A column in the report; ``part`` is its importance over the largest one."""

    name: str
    kind: str
    content: str
    fate: str
    importance: str = ""
    part: float = 0.0
    used: bool = True


def column_lines(model: Any, table: Table, importances: tuple[Importance, ...]) -> list[Line]:
    """Return a line for each column, the most important first."""
    worth: Mapping[str, Importance] = {each.column: each for each in importances}
    largest = max((each.mean for each in importances), default=0.0) or 1.0
    columns = sorted(model.columns_, key=lambda column: (not column.features(), -worth[column.name].mean))
    lines = []
    for column in columns[:MOST]:
        of, used = worth[column.name], bool(column.features())
        lines.append(
            Line(
                column.name,
                column.fate.kind,
                _content(column, table, model.preparation_.missing) if column.name in table else "",
                sentence(column.fate),
                f"{digits(of.mean)} ± {digits(of.spread, 2)}" if used else "",
                min(max(of.mean / largest, 0.0), 1.0),
                used,
            )
        )
    return lines + [Line(name, kind, "", why, used=False) for name, kind, why in set_aside(model.summary_)]


def _content(column: Column, table: Table, missing: Any) -> str:
    """Return the range of a column's numbers or dates, or its most frequent cells."""
    values = table[column.name]
    if isinstance(values, Unusable):
        return ""
    if column.fate.kind == "dropped":  # it was never looked at
        with suppress(TableError):
            column = plain(column.name, values, table.where)[0]
    cells = read_cells(column, values, missing)
    if isinstance(cells, Words) or cells.dtype.kind not in "fM":
        return _frequent(cells)
    known = cells[cells == cells]
    if not len(known):
        return ""
    if cells.dtype.kind == "M":
        return " … ".join(str(day) for day in np.array([known.min(), known.max()]).astype("datetime64[D]"))
    return " … ".join(_short(float(f(known))) for f in (np.min, np.median, np.max))


def _frequent(values: Content) -> str:
    cells = Cells.of(values)
    order = np.argsort(-cells.counts, kind="stable")
    shown = [f"{_cut(cells.labels[k])} ({cells.counts[k]:,})" for k in order[:3].tolist()]
    if len(cells.labels) and cells.counts.max() == 1:
        return f"{_cut(cells.labels[0])} … {_cut(cells.labels[len(cells.labels) - 1])}"
    more = len(cells.labels) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def _short(x: float) -> str:
    """Return a number with four digits, or all those before the point."""
    return (f"{x:.0f}" if 1e3 <= abs(x) < 1e9 else f"{x:.4g}").replace("-", "−")


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"
