"""``mlnn check``: the gradient check of everything there is."""

import sys
from dataclasses import asdict

import click

from mlnn.check import check_catalogue
from mlnn.cli.console import print_json, print_table


@click.command()
@click.option("--seed", default=0, show_default=True, help="Seed of the random networks and rows.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.option("--quiet", is_flag=True, help="Print only what failed.")
def check(seed: int, as_json: bool, quiet: bool) -> None:
    """Check the gradient of every gate, layer, output × penalty, and that every optimizer goes downhill.

    Exit code 1 if any is wrong.
    """
    checks = list(check_catalogue(seed))
    failed = [each for each in checks if not each.passed]
    if as_json:
        print_json([asdict(each) for each in checks])
    else:
        shown = failed if quiet else checks
        if shown:
            rows = [
                (each.kind, each.name, f"{each.error:.1e}", f"{each.tolerance:.0e}", "ok" if each.passed else "WRONG")
                for each in shown
            ]
            print_table("", ["kind", "name", "worst relative error", "passes below", "verdict"], rows)
        if not quiet:
            worst = max(each.error for each in checks)
            click.echo(f"{len(checks) - len(failed)} of {len(checks)} passed; the worst relative error is {worst:.1e}")
    sys.exit(1 if failed else 0)
