"""``mlnn doctor``: what is wrong with a table, or with how a network is trained on it."""

import sys
from contextlib import nullcontext
from typing import Any

import click
from rich.table import Table
from rich.text import Text
from sklearn.pipeline import make_pipeline

from mlnn.cli.console import BadInput, messages, one_sentence, print_json, results, writable, writing
from mlnn.cli.train import recipe, setting
from mlnn.diagnosis import Diagnosis
from mlnn.diagnosis import doctor as examined
from mlnn.frame.preparation import Preparation
from mlnn.frame.target import ClassCode, NumberCode, target_of, task_of
from mlnn.frame.typed import read_frame
from mlnn.tabular.options import TableOptions
from mlnn.tabular.train import member_estimator

STYLES = {"fine": "green", "look": "yellow", "trouble": "bold red"}


@click.command()
@click.argument("data")
@recipe
@setting("--seed", "seed", int, "Seed of everything random.")
@click.option("--report", help="Write an HTML report with pictures to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.option("--quiet", is_flag=True, help="Show no messages.")
@one_sentence
def doctor(data: str, target: str, report: str | None, as_json: bool, quiet: bool, **settings: Any) -> None:
    """Examine the table DATA and a network that is trained on it to predict the column --target.

    Columns are prepared as in training, but looked at before, for identifiers. Exit code 1 if there is trouble.
    """
    try:
        options = TableOptions(**settings)
    except ValueError as problem:
        raise BadInput(str(problem)) from None
    writable(report, used=[data])
    frame, y = target_of(read_frame(data), target)
    with nullcontext() if quiet or not messages.is_terminal else messages.status("examining"):
        diagnosis = _diagnosis(frame, y, options)
    if report:
        from mlnn.page import write_diagnosis

        with writing(report):
            write_diagnosis(report, diagnosis, f"Predicting {target}")
    if as_json:
        print_json({"target": target} | diagnosis.to_json())
    else:
        _print(diagnosis)
    if report and not quiet:
        messages.print(f"report: {report}")
    sys.exit(0 if diagnosis.healthy else 1)


def _diagnosis(frame: Any, y: Any, options: TableOptions) -> Diagnosis:
    """Examine a member as ``mlnn train`` would train it, the preparation before it; targets are what it is given."""
    constant = y.nunique() == 1
    task = "regression" if constant else task_of(y) if options.task == "auto" else options.task
    estimator = member_estimator(options, task, len(y)).set_params(early_stopping=True)
    if constant:
        targets = y.to_numpy()
    elif task == "classification":
        code = ClassCode.learn(y)
        targets = code.decode(code.encode(y))
    else:
        targets = NumberCode.learn(y).encode(y)
    return examined(make_pipeline(Preparation(), estimator), frame, targets, seed=options.seed)


def _print(diagnosis: Diagnosis) -> None:
    """Print the headline and a row for every finding, its advice under it."""
    results.print(Text(diagnosis.headline, "bold"))
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in diagnosis.ranked:
        text = Text(finding.meaning)
        if finding.advice:
            text.append(f"\nTry: {finding.advice}", "italic")
        table.add_row(Text(finding.severity, STYLES[finding.severity]), Text(finding.check, "bold"), text)
    results.print(table)
