"""The commands, gathered; each is imported when it is first asked for."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

import mlnn

COMMANDS = {
    "moons": ("moons", "Train the tutorial's network on two moons and draw its decision boundary."),
    "train": ("train", "Train on a table to predict one of its columns."),
    "evaluate": ("use", "Judge a model by the rows of a table."),
    "predict": ("use", "Predict the target of every row of a table."),
    "explain": ("explain", "Tell what the predictions of a model depend on."),
    "compare": ("compare", "Tell which of several models is better, and whether that is noise."),
    "distil": ("distil", "Teach one small network what any model predicts."),
    "tune": ("tune", "Search for settings with which a model predicts better."),
    "inspect": ("inspect", "Show what a model is and how it was trained."),
    "doctor": ("doctor", "Examine a table and a network that is trained on it."),
    "play": ("play", "Open a page on which a network learns while you look."),
    "check": ("check", "Check the gradient of everything there is."),
}
"""The module of every command, and what it does."""


class Commands(click.Group):
    """Commands that are imported when they run; each ends with exit code 130 when interrupted, as shells have it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"mlnn.cli.{COMMANDS[cmd_name][0]}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the commands do, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, meaning) for name, (_, meaning) in COMMANDS.items()])

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """Read the options that stand before a command."""
        with _one_line():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Read a command's options, and run it."""
        try:
            with _one_line():
                return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("mlnn: interrupted", err=True)
            ctx.exit(130)


@contextmanager
def _one_line() -> Iterator[None]:
    """End on options that cannot be meant as on any other bad input: with a sentence and exit code 2."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as problem:
        from mlnn.cli.console import BadInput  # here, because what prints takes a while to import

        where = f" ({problem.ctx.command_path} --help)" if problem.ctx else ""
        raise BadInput(f"{problem.format_message()}{where}") from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(mlnn.__version__, prog_name="mlnn")
def app() -> None:
    """Train and use the multilayer network you can read in an afternoon.

    Results go to stdout, progress and messages to stderr. Where columns are listed, COL[,COL…], a name that
    holds a comma stands in quotes: --drop '"a,b",c'.
    """
