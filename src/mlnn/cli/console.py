"""What all commands share: where they write, and how bad input ends."""

import errno
import functools
import glob
import math
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.segment import Segment
from rich.table import Table

from mlnn.frame.pack import refuse_packed
from mlnn.frame.printable import json_text, printable, printable_lines
from mlnn.frame.read import would_be_read
from mlnn.frame.replacing import STDOUT, checked
from mlnn.frame.replacing import write_text as replace_text
from mlnn.frame.sentence import in_options
from mlnn.frame.source import shortened
from mlnn.training import CheckpointError, Diverged

Command = TypeVar("Command", bound=Callable[..., Any])


class Cleaned(Console):
    """A console that obeys its own styles alone: text is printable, a string is one line."""

    def print(self, *objects: Any, **settings: Any) -> None:
        """Print."""
        super().print(*(printable(each) if isinstance(each, str) else each for each in objects), **settings)

    def render(self, *arguments: Any, **settings: Any) -> Iterator[Segment]:
        """Yield pieces of text with a style."""
        for text, style, control in super().render(*arguments, **settings):
            yield Segment(text if control else printable_lines(text), style, control)


results = Cleaned(highlight=False, soft_wrap=True, markup=False, emoji=False)
messages = Cleaned(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


STDIN = "-"
"""The name of standard input."""


class BadInput(click.ClickException):
    """What the user gave cannot be used: one sentence on stderr, exit code 2."""

    exit_code = 2

    @classmethod
    def of(cls, problem: Exception) -> "BadInput":
        """Return an error of the library as the command line says it."""
        return cls(in_options(getattr(problem, "sentence", str(problem))))

    def show(self, file: Any = None) -> None:
        """Print the sentence."""
        messages.print(f"mlnn: {self.message}")


def with_options(command: Command, options: Sequence[Callable[[Any], Any]]) -> Command:
    """Give a command options, in the order in which its help lists them."""
    for option in reversed(options):
        command = option(command)
    return command


def one_sentence(command: Command) -> Command:
    """End a command on bad input with its sentence and exit code 2; warnings are lines, bugs show tracebacks."""

    @functools.wraps(command)
    def guarded(*args: Any, **options: Any) -> Any:
        from mlnn.frame import ColumnWarning
        from mlnn.frame.column import TableError
        from mlnn.tabular.described import ModelFileError

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always", ColumnWarning)
                warnings.showwarning = lambda message, *_, **__: messages.print(f"mlnn: {message}")
                return command(*args, **options)
        except (TableError, ModelFileError, CheckpointError) as problem:
            raise BadInput.of(problem) from problem
        except Diverged as problem:
            raise BadInput(problem.args[0]) from problem  # its weights end with the process
        except MemoryError as problem:
            raise BadInput(f"there is not enough memory for this: {problem}".removesuffix(": ")) from problem
        except OSError as problem:
            if problem.errno == errno.EPIPE:  # whoever read stdout has gone
                raise
            where = shortened(str(problem.filename or "stdout"))
            raise BadInput(f"{where}: {problem.strerror or problem}") from problem

    return guarded  # type: ignore[return-value]


def writable(
    path: str | None,
    used: Iterable[str] = (),
    files_only: bool = False,
    beside: Iterable[str | None] = (),
    refuse: Callable[[str], Any] = refuse_packed,
) -> None:
    """Refuse a file that could not be written, before any work; so is one that is read, or another output.

    Raises
    ------
    BadInput
        If its directory does not exist, it is itself a directory or in use, or permission is missing; or it would be
        read with the others of a folder the next time.
    TableError
        If ``refuse`` knows that nothing can be written by its name.
    """
    read, outputs = [*used], [each for each in beside if each is not None]
    if path == STDOUT and STDOUT in outputs:
        raise BadInput("only one output can go to standard output")
    if path is not None and path != STDOUT:
        try:
            with writing(path):
                checked(path, [*read, *(each for each in outputs if each != STDOUT)], files_only)
        except ValueError as problem:  # no name of a file
            raise BadInput(f"cannot write '{shortened(str(path))}': {problem}") from None
        refuse(path)
        if source := next((each for each in read if would_be_read(path, each)), None):
            raise BadInput(f"cannot write '{shortened(path)}': it would be read with the files of '{source}'")


@contextmanager
def beside(*outputs: str | None) -> Iterator[None]:
    """Print results on stderr where an output goes to standard output."""
    if STDOUT in outputs:
        with redirect_stdout(sys.stderr):
            yield
    else:
        yield


def files_of(*paths: str | None) -> list[str]:
    """Return the files that are read where paths are given: folders and patterns stand for what they hold."""
    found = [path for path in paths if path and path != STDIN]
    for path in tuple(found):
        found += glob.glob(path, recursive=True) if glob.has_magic(path) else ()  # noqa: PTH207 - also /a/*
        found += map(str, Path(path).rglob("*")) if Path(path).is_dir() else ()
    return found


@contextmanager
def writing(path: str | None) -> Iterator[None]:
    """End with one sentence where a file cannot be written after all."""
    try:
        yield
    except OSError as problem:
        if problem.errno == errno.EPIPE:  # whoever read stdout has gone
            raise
        if path == STDOUT:  # or Python would try again at the program's end, in vain, and end with 120
            with suppress(OSError):
                sys.stdout.close()
        raise BadInput(f"cannot write '{shortened(str(path))}': {problem.strerror or problem}") from problem


def say(sentences: Iterable[str]) -> None:
    """Print sentences on stderr."""
    for sentence in sentences:
        messages.print(f"mlnn: {in_options(sentence)}")


def write_text(path: str | None, text: str) -> None:
    """Write to a file, or to stdout where there is none."""
    if path in (None, STDOUT):
        click.echo(printable_lines(text), nl=False)
    else:
        with writing(path):
            replace_text(path, text)


def print_json(content: Any, path: str | None = None) -> None:
    """Write one JSON document, to stdout or a file; NaN and infinity, which JSON lacks, become null."""
    write_text(path, json_text(_finite(content)) + "\n")


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {str(key): _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content


def print_sentence(sentence: str) -> None:
    """Print a sentence: on a terminal between its margins, elsewhere as one line."""
    results.print(sentence, soft_wrap=not results.is_terminal)


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: with a header, everything after the first column to the right; all to the left without one."""
    title = printable(title)
    table = Table(
        title=textwrap.fill(title, results.width) if results.is_terminal else title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        show_header=bool(header),
    )
    for k, name in enumerate(header):
        table.add_column(printable(name), justify="left" if k == 0 else "right")
    for row in rows:
        table.add_row(*map(printable, row))
    results.print(table)
