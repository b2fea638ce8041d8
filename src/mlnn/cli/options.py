"""Options made of the table models' parameters, which are listed once: their meaning is the help."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from inspect import cleandoc
from numbers import Integral
from typing import Any

import click
from sklearn.utils._param_validation import Interval, StrOptions

from mlnn.array import Array
from mlnn.cli.console import BadInput, Command, with_options
from mlnn.cli.reading import bytes_of, reading
from mlnn.frame.column import TableError
from mlnn.frame.roles import groups_of, weights_of
from mlnn.frame.table import Table
from mlnn.output import Softmax
from mlnn.tabular.settings import TableSettings

FLAGS = {"members": ("--members", "--cv"), "n_threads": ("--threads",), "random_state": ("--seed",)}
"""Parameters that are called otherwise on the command line."""

ELSEWHERE = ("columns", "decimal", "missing")
"""Parameters that the options on columns and on reading make up."""

WIDEST = 1_000_000
"""More units than any layer has in earnest."""


class Widths(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic in some versions of click
    """Widths of layers, such as 64,64; nothing for none."""

    name = "widths"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Return the numbers."""
        try:
            widths = (
                value if isinstance(value, tuple) else tuple(int(each) for each in value.split(",") if each.strip())
            )
        except ValueError:
            self.fail(f"expected widths such as 64,64, but got '{value}'", param, ctx)
        if not all(1 <= width <= WIDEST for width in widths):
            self.fail(f"a layer has 1 to {WIDEST:,} units, but got {value}", param, ctx)
        return widths


class Duration(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """Seconds, or a number with s, m or h behind it."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds."""
        if isinstance(value, float):
            return value
        unit = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(value[-1:], 0.0)
        try:
            seconds = float(value[:-1] if unit else value) * (unit or 1.0)
        except ValueError:
            seconds = -1.0
        if not 0.0 < seconds < float("inf"):
            self.fail(f"expected a time such as 90, 90s, 5m or 1h, but got '{value}'", param, ctx)
        return seconds


class Size(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """Bytes, or a number with KB, MB, GB or TB behind it, of 1,000 each, or with KiB, MiB, GiB or TiB, of 1,024."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return bytes."""
        return value if isinstance(value, float) else float(bytes_of(value))


TYPES = {"hidden": Widths(), "time_budget": Duration(), "memory": Size(), "random_state": click.IntRange(0, 2**32 - 1)}
"""Parameters that are written in a way of their own."""


def settings(*left_out: str, **defaults: Any) -> Callable[[Command], Command]:
    """Give a command an option for every parameter of the table models, but for some; some have other defaults."""

    def decorated(command: Command) -> Command:
        for entry in reversed(fields(TableSettings)):
            if entry.name not in (*ELSEWHERE, *left_out):
                command = _option(entry, defaults.get(entry.name, entry.default))(command)
        return command

    return decorated


def _option(entry: Any, usual: Any) -> Callable[[Command], Command]:
    default = ",".join(map(str, usual)) if entry.name == "hidden" else usual
    flags = FLAGS.get(entry.name, (f"--{entry.name.replace('_', '-')}",))
    text = " ".join(cleandoc(entry.metadata["meaning"]).replace("None takes", "By default").split())
    kind = TYPES.get(entry.name) or _type(entry.metadata["allowed"])
    return click.option(*flags, entry.name, type=kind, default=default, show_default=default is not None, help=text)


def _type(allowed: Iterable[Any]) -> Any:
    """Return the type of what is allowed: numbers of an interval, some words, or text."""
    for each in allowed:
        if isinstance(each, StrOptions):
            return click.Choice(sorted(each.options))
        if isinstance(each, Interval):
            kind: Any = click.IntRange if each.type is Integral else click.FloatRange
            ends = {"min_open": each.closed in ("right", "neither"), "max_open": each.closed in ("left", "neither")}
            return kind(each.left, each.right, **({} if kind is click.IntRange else ends))
    return click.STRING


def checked(chosen: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters if they can be meant, before any work.

    Raises
    ------
    BadInput
        If there is no such layer, optimizer or schedule.
    """
    usual = TableSettings(**{name: value for name, value in chosen.items() if name not in ELSEWHERE})
    try:
        usual.recipe(1000, 0)
        usual.network(1, Softmax(), 2)
    except ValueError as problem:
        raise BadInput(str(problem)) from None
    return chosen


def columns(flag: str, text: str, *more: str) -> Callable[[Command], Command]:
    """Return an option that names columns, ``listed`` or given several times."""
    return click.option(flag, *more, multiple=True, metavar="COL[,COL…]", help=text)


def column(flag: str, text: str) -> Callable[[Command], Command]:
    """Return an option that names one column."""
    return click.option(flag, metavar="COL", help=text)


JUDGING: tuple[Callable[[Any], Any], ...] = (
    columns("--target", "The column to judge by, if it is called otherwise than in training."),
    column("--weights", "The column that holds the weights of the rows."),
    column("--group", "Rows that agree in this column may err alike, which intervals heed."),
    reading,
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table."),
)


def judging(command: Command) -> Command:
    """Give a command the options by which models are judged by the rows of a table."""
    return with_options(command, JUDGING)


def weights_and_groups(
    table: Table, weights: str | None, group: str | None, decimal: str | None
) -> tuple[Array | None, Array | None, list[str]]:
    """Return what rows weigh and are grouped by, as ``judging`` lets say, and the columns that tell.

    ``decimal`` parts decimals where the weights do not tell.

    Raises
    ------
    TableError
        If such a column is not there, or a weight is none.
    """
    weight, kin = (None if name is None else table.named(name) for name in (weights, group))
    counts = None if weight is None else weights_of(table, weight, decimal)
    groups = None if kin is None else groups_of(table, kin)
    return counts, groups, [name for name in (weight, kin) if name is not None]


def picked(table: Table, given: Sequence[str]) -> list[str]:
    """Return the columns that are named, one alone as it is, several as ``listed``.

    Raises
    ------
    TableError
        If one is not there, or named twice.
    """
    names: list[str] = []
    for each in given:
        if not each.strip(" ,"):
            raise TableError(f"'{each}' names no column of {table.name}")
        names += [each] if each in table else listed(each)
    return table.all_named(names)


def numbers_by_name(text: str) -> dict[str, float]:
    """Return numbers as they are listed, such as yes=2,no=1.

    Raises
    ------
    ValueError
        If something else is there, or a name stands twice.

    Examples
    --------
    >>> numbers_by_name('"yes, sure"=2,no=1')
    {'yes, sure': 2.0, 'no': 1.0}
    """
    parts = [part.rpartition("=") for part in listed(text)]
    found = {name.strip(): float(number) for name, _, number in parts}
    if len(found) < len(parts):
        raise ValueError(f"a name stands twice in {text}")
    return found


def listed(text: str) -> list[str]:
    """Return what is listed with commas between; what holds a comma itself stands in quotes, as in CSV.

    Examples
    --------
    >>> listed('"price, net", size')
    ['price, net', 'size']
    """
    parts = (part for row in csv.reader(io.StringIO(text, newline=""), skipinitialspace=True) for part in row)
    return [part.strip() for part in parts if part.strip()]
