"""What all commands share: where they write, and how bad input ends."""

import functools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

from mlnn.training import Diverged

Command = TypeVar("Command", bound=Callable[..., Any])

results = Console(highlight=False, soft_wrap=True)
messages = Console(stderr=True, highlight=False, soft_wrap=True)


class BadInput(click.ClickException):
    """What the user gave cannot be used: one sentence on stderr, exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the sentence."""
        click.echo(f"mlnn: {self.message}", err=True)


def one_sentence(command: Command) -> Command:
    """End a command on bad input with its sentence and exit code 2; a bug still shows its traceback."""

    @functools.wraps(command)
    def guarded(*args: Any, **options: Any) -> Any:
        from mlnn.model_file import ModelFileError
        from mlnn.table import TableError

        try:
            return command(*args, **options)
        except (TableError, ModelFileError, Diverged) as problem:
            raise BadInput(str(problem)) from problem

    return guarded  # type: ignore[return-value]


def writable(path: str | None) -> None:
    """Refuse a file that could not be written, before any work.

    Raises
    ------
    BadInput
        If its directory does not exist, or it is itself a directory.
    """
    if path is None:
        return
    if not Path(path).parent.is_dir():
        raise BadInput(f"cannot write '{path}': there is no directory '{Path(path).parent}'")
    if Path(path).is_dir():
        raise BadInput(f"cannot write '{path}': it is a directory")


def write_text(path: str | None, text: str) -> None:
    """Write to a file, or to stdout where there is none."""
    if path is None:
        click.echo(text, nl=False)
    else:
        Path(path).write_text(text, encoding="utf-8")


def print_json(content: Any) -> None:
    """Print one JSON document; NaN and infinity, which JSON lacks, become null."""
    click.echo(json.dumps(_finite(content), ensure_ascii=False))


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: text to the left, everything after the first column to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for k, name in enumerate(header):
        table.add_column(name, justify="left" if k == 0 else "right")
    for row in rows:
        table.add_row(*row)
    results.print(table)
