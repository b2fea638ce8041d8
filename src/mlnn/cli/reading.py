"""The options on how a file becomes a table, for every command that reads one; on what cells mean, for training."""

import functools
import re
from collections.abc import Callable
from typing import Any

import click

from mlnn.cli.console import with_options
from mlnn.frame.reading import Reading

UNITS = "", "k", "m", "g", "t"


def _bytes(_context: Any, _parameter: Any, value: str | None) -> int | None:
    return None if value is None else bytes_of(value)


def bytes_of(value: str) -> int:
    """Return a number of bytes that is written such as 500MB or 8GB; 1 KB is 1,000 of them, and 1 KiB 1,024.

    Raises
    ------
    click.BadParameter
        If it is none.

    Examples
    --------
    >>> bytes_of("2GB"), bytes_of("2GiB")
    (2000000000, 2147483648)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", value.strip().lower())
    if not found or not float(found[1]):
        raise click.BadParameter(f"expected a size such as 500MB or 8GB, but got '{value}'")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** UNITS.index(found[2]))


LAYOUT: tuple[Callable[[Any], Any], ...] = (
    click.option("--sep", help="What separates fields of text: a character, tab or space."),
    click.option("--encoding", help="How text is encoded, such as cp1252 or utf-16; UTF-8 unless the file says."),
    click.option("--header", type=click.IntRange(0), help="The line that names the columns; 0 if there is none."),
    click.option("--table", help="The table of a database, sheet of a workbook, or file of a zip."),
    click.option(
        "--most-bytes", callback=_bytes, metavar="SIZE", help="How large a file may be, unpacked.  [default: 2GB]"
    ),
)

MARKS = click.Choice([".", ","])

MEANING: tuple[Callable[[Any], Any], ...] = (
    click.option("--decimal", type=MARKS, help="The decimal point of numbers in text; by default each column tells."),
    click.option(
        "--thousands", type=MARKS, help="Which of both parts thousands, as spaces and apostrophes always may."
    ),
    click.option(
        "--missing",
        multiple=True,
        metavar="WORD",
        help="A word, or number, for missing, once for each, instead of the usual words; "
        "among numbers, dates and truth values these are missing all the same.",
    ),
)


def reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options, and what they say as its argument ``reading``."""

    @functools.wraps(command)
    def read(*args: Any, **options: Any) -> Any:
        given = {name: options.pop(name) for name in ("sep", "encoding", "header", "table", "most_bytes")}
        given = {name: value for name, value in given.items() if value is not None}
        try:
            said = Reading(**given)
        except ValueError as problem:
            raise click.UsageError(str(problem)) from None
        return command(*args, reading=said, **options)

    return with_options(read, LAYOUT)


def meaning(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that trains the options on cells, and what they say as its arguments ``decimal`` and ``missing``.

    A model reads other tables as it read that of its training, so no other command has them.
    """

    @functools.wraps(command)
    def read(*args: Any, decimal: str | None, thousands: str | None, missing: tuple[str, ...], **options: Any) -> Any:
        if thousands is not None:
            if thousands == decimal:
                raise click.UsageError(f"decimal and thousands must differ, but both are {decimal!r}")
            decimal = "," if thousands == "." else "."
        return command(*args, decimal=decimal, missing=missing or None, **options)

    return with_options(read, MEANING)
