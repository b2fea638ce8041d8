"""The options on how a file is to be read, for every command that reads one."""

import functools
import re
from collections.abc import Callable
from typing import Any

import click

from mlnn.cli.console import Command
from mlnn.frame.reading import Reading

UNITS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}


def _bytes(_context: Any, _parameter: Any, value: str | None) -> int | None:
    """Return a number of bytes, such as 500MB or 8GB."""
    if value is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", value.strip().lower())
    if not found or not float(found[1]):
        raise click.BadParameter(f"expected a size such as 500MB or 8GB, but got '{value}'")
    return int(float(found[1]) * 2 ** UNITS[found[2]])


OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option("--sep", help="What separates fields of text: a character, tab or space."),
    click.option("--encoding", help="How text is encoded, such as cp1252 or utf-16; UTF-8 unless the file says."),
    click.option("--decimal", help="The decimal point of numbers in text; by default each column tells."),
    click.option("--thousands", help="What stands between thousands; by default each column tells."),
    click.option(
        "--missing", multiple=True, metavar="WORD", help="A word, or number, for missing, instead of the usual words."
    ),
    click.option("--header", type=click.IntRange(0), help="The line that names the columns; 0 if there is none."),
    click.option("--table", help="The table of a database, sheet of a workbook, or file of a zip."),
    click.option(
        "--most-bytes", callback=_bytes, metavar="SIZE", help="How large a file may be, unpacked.  [default: 2GB]"
    ),
)


def reading(command: Command) -> Command:
    """Give a command the options, and what they say as its argument ``reading``."""

    @functools.wraps(command)
    def read(*args: Any, **options: Any) -> Any:
        names = ("sep", "encoding", "decimal", "thousands", "missing", "header", "table", "most_bytes")
        given = {name: options.pop(name) for name in names}
        given = {name: value for name, value in given.items() if value not in (None, ())}
        try:
            said = Reading(**given)
        except ValueError as problem:
            raise click.UsageError(str(problem)) from None
        return command(*args, reading=said, **options)

    for option in reversed(OPTIONS):
        read = option(read)
    return read  # type: ignore[return-value]
