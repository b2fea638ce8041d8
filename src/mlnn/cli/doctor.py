"""``mlnn doctor``: what is wrong with a table, or with how a network is trained on it."""

import sys
from contextlib import nullcontext
from functools import partial
from typing import Any

import click
from rich.table import Table as Lines
from rich.text import Text

from mlnn.cli.chosen import training
from mlnn.cli.console import beside, files_of, messages, one_sentence, print_json, results, say, writable, writing
from mlnn.cli.job import Job
from mlnn.cli.options import settings
from mlnn.diagnosis import Diagnosis
from mlnn.diagnosis import doctor as examined
from mlnn.frame.printable import printable
from mlnn.frame.write import refuse_tables

STYLES = {"fine": "green", "look": "yellow", "trouble": "bold red"}


@click.command()
@training
@settings("preset", "patience", "members", "time_budget", "n_threads")
@click.option("--report", help="Write an HTML report with pictures to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.option("--quiet", is_flag=True, help="Show no messages.")
@one_sentence
def doctor(data: str, valid: str | None, report: str | None, as_json: bool, quiet: bool, **options: Any) -> None:
    """Examine the table DATA and a network that is trained on it to predict the column --target.

    It says what became of every column, finds leaks and identifiers, and watches a network learn. Exit code 1 if
    there is trouble.
    """
    writable(report, files_of(data, valid), refuse=partial(refuse_tables, what="a report"))
    job = Job.of(data, None, **options)
    if not quiet:
        idle = ("weights", "class_weight", "threshold")
        say(without_part(valid=valid, **{name: options[name] for name in idle}))
    with nullcontext() if quiet or not messages.is_terminal else messages.status("examining"):
        rows, seed = job.rows, job.model.random_state
        diagnosis = examined(job.model, rows.table, job.targets, groups=rows.groups, times=rows.times, seed=seed)
    if report:
        from mlnn.page import write_diagnosis

        with writing(report):
            write_diagnosis(report, diagnosis, f"Predicting {job.target}")
    with beside(report):
        if as_json:
            print_json({"target": job.target} | diagnosis.to_json())
        else:
            _print(diagnosis)
    if report and not quiet:
        messages.print(f"report: {report}")
    sys.exit(0 if diagnosis.healthy else 1)


def without_part(**options: str | None) -> list[str]:
    """Say which options have no part in an examination, of those that were given."""
    given = [f"--{name.replace('_', '-')}" for name, value in options.items() if value is not None]
    part = "has no part" if len(given) == 1 else "have no part"
    together = " and ".join(filter(None, [", ".join(given[:-1]), *given[-1:]]))
    return [f"the doctor examines all rows alike: {together} {part} in it"] if given else []


def _print(diagnosis: Diagnosis) -> None:
    """Print the headline and a row for every finding, its advice under it."""
    results.print(Text(printable(diagnosis.headline), "bold"))
    lines = Lines(box=None, pad_edge=False, show_header=False)
    for finding in diagnosis.ranked:
        text = Text(printable(finding.meaning))
        if finding.advice:
            text.append(f"\nTry: {printable(finding.advice)}", "italic")
        lines.add_row(Text(finding.severity, STYLES[finding.severity]), Text(finding.check, "bold"), text)
    results.print(lines)
