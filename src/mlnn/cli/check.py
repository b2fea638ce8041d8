"""``mlnn check``: the gradient check of everything there is."""

import sys
from dataclasses import asdict
from pathlib import Path

import click

from mlnn.check import check_catalogue
from mlnn.cli.console import BadInput, one_sentence, print_json, print_table, results
from mlnn.cli.imported import imported


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Seed of the random networks and rows.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.option("--quiet", is_flag=True, help="Print only what failed.")
@one_sentence
def check(file: Path | None, seed: int, as_json: bool, quiet: bool) -> None:
    """Check the gradient of every gate, layer, output × penalty, and that every optimizer goes downhill.

    With a FILE.py, those that it defines; the file is imported, so its code runs. Exit code 1 if any is wrong.
    """
    checks = list(check_catalogue(seed, imported(file) if file else None))
    if not checks:
        raise BadInput(f"{file} defines no gate, layer, output, penalty or optimizer")
    failed = [each for each in checks if not each.passed]
    if as_json:
        print_json([asdict(each) for each in checks])
    else:
        shown = failed if quiet else checks
        if shown:
            rows = [
                (
                    each.kind,
                    each.name,
                    f"{each.error:.1e}",
                    f"{each.tolerance:.0e}",
                    "ok" if each.passed else f"WRONG {each.note}",
                )
                for each in shown
            ]
            print_table("", ["kind", "name", "worst relative error", "passes below", "verdict"], rows)
        for each in failed:
            if each.note:
                results.print(f"{each.kind} {each.name}: {each.note}")
        if not quiet:
            worst = max(each.error for each in checks)
            results.print(
                f"{len(checks) - len(failed)} of {len(checks)} passed; the worst relative error is {worst:.1e}"
            )
    sys.exit(1 if failed else 0)
