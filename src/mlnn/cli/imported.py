"""A user's own Python file, which is imported, so that its code runs."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import click

from mlnn.cli.console import BadInput, messages
from mlnn.frame.printable import printable

SIGNALLED = 128
"""Exit codes beyond this tell of a signal."""


def imported(file: Path, quiet: bool = False) -> str:
    """Import a file and return the name of its module; that it is imported is said, unless it is to be ``quiet``.

    Raises
    ------
    BadInput
        If it is no Python file.
    ClickException
        If its code fails.
    """
    name = f"checked {file.resolve()}"  # no other file has it
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise BadInput(f"{file} is not a Python file")
    if not quiet:
        messages.print(f"mlnn: importing {file.resolve()}")
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    try:
        with of_others(file.name):
            spec.loader.exec_module(module)
    except Exception as reason:
        why = printable(f"{file} cannot be imported: {type(reason).__name__}: {reason}")
        raise click.ClickException(why) from None
    return name


@contextmanager
def of_others(whose: str) -> Iterator[None]:
    """Let a user's code run: what it prints goes to stderr, and to end the program is a failure of its own.

    Raises
    ------
    BadInput
        If it ends the program; a signal's end passes.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except SystemExit as end:
        if isinstance(end.code, int) and end.code > SIGNALLED:
            raise
        raise BadInput(f"{whose} ends the program ({type(end).__name__}: {end.code})") from None
