"""A user's own Python file, which is imported, so that its code runs."""

import importlib.util
import sys
from pathlib import Path

import click

from mlnn.cli.console import BadInput, messages


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
        spec.loader.exec_module(module)
    except Exception as reason:
        raise click.ClickException(f"{file} cannot be imported: {type(reason).__name__}: {reason}") from None
    return name
