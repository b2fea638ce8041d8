"""The commands, gathered."""

from typing import Any

import click

import mlnn
from mlnn.cli.check import check
from mlnn.cli.doctor import doctor
from mlnn.cli.moons import moons
from mlnn.cli.train import train
from mlnn.cli.use import evaluate, inspect, predict


class Commands(click.Group):
    """Commands of which each ends with exit code 130 when it is interrupted, as shells have it."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("mlnn: interrupted", err=True)
            ctx.exit(130)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(mlnn.__version__, prog_name="mlnn")
def app() -> None:
    """Train and use the multilayer network you can read in an afternoon.

    Results go to stdout, progress and messages to stderr.
    """


for command in (moons, train, evaluate, predict, inspect, doctor, check):
    app.add_command(command)
