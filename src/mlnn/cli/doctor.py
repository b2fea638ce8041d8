"""``mlnn doctor``: what is wrong with a table, or with how a network is trained on it."""

import sys
from contextlib import nullcontext
from typing import Any

import click
import numpy as np
from rich.table import Table as Lines
from rich.text import Text
from sklearn.pipeline import make_pipeline

from mlnn.cli.console import files_of, messages, one_sentence, print_json, results, writable, writing
from mlnn.cli.job import Job, training
from mlnn.cli.options import settings
from mlnn.diagnosis import Diagnosis
from mlnn.diagnosis import doctor as examined
from mlnn.estimator import MLPClassifier, MLPRegressor
from mlnn.estimator.labels import typed
from mlnn.frame.preparation import Preparation
from mlnn.frame.table import Table, Words
from mlnn.frame.target import NumberCode
from mlnn.optimizer import LBFGS
from mlnn.output import LeastSquares, Softmax
from mlnn.schedule import Constant
from mlnn.tabular.estimator import TableClassifier
from mlnn.tabular.target import without_target

STYLES = {"fine": "green", "look": "yellow", "trouble": "bold red"}


@click.command()
@training
@settings("patience", "members", "time_budget", "n_threads")
@click.option("--report", help="Write an HTML report with pictures to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.option("--quiet", is_flag=True, help="Show no messages.")
@one_sentence
def doctor(data: str, valid: str | None, report: str | None, as_json: bool, quiet: bool, **options: Any) -> None:
    """Examine the table DATA and a network that is trained on it to predict the column --target.

    Columns are prepared as in training, but looked at before, for identifiers. Exit code 1 if there is trouble.
    """
    writable(report, files_of(data, valid))
    job = Job.of(data, valid, **options)
    with nullcontext() if quiet or not messages.is_terminal else messages.status("examining"):
        diagnosis = _diagnosis(job)
    if report:
        from mlnn.page import write_diagnosis

        with writing(report):
            write_diagnosis(report, diagnosis, f"Predicting {job.target}")
    if as_json:
        print_json({"target": job.target} | diagnosis.to_json())
    else:
        _print(diagnosis)
    if report and not quiet:
        messages.print(f"report: {report}")
    sys.exit(0 if diagnosis.healthy else 1)


def _diagnosis(job: Job) -> Diagnosis:
    """Examine a member as ``mlnn train`` would train it, the preparation before it."""
    y, model = job.rows.y, job.model
    kept = np.flatnonzero(~without_target(y))
    classifies = isinstance(model, TableClassifier)
    if classifies:
        targets: Any = typed(y[kept])
    else:
        targets = NumberCode.learn(y[kept].astype(float)).encode(y[kept].astype(float))
    table = job.rows.table.take(kept)
    rule = model.rule()
    member = (MLPClassifier if classifies else MLPRegressor)(
        hidden_layer_sizes=model.hidden,
        activation=model.layer,
        loss=Softmax() if classifies else LeastSquares(),
        solver=rule,
        alpha=0.0,
        penalty=model.penalty(),
        batch_size=model.rows_a_step(len(kept)),
        schedule=Constant() if isinstance(rule, LBFGS) else model.schedule,
        max_iter=model.epochs,
        dropout=model.dropout,
        initializer="recommended",
        early_stopping=True,
        random_state=model.random_state,
    )
    preparation = Preparation(columns=model.columns, missing=model.missing, decimal=model.decimal)
    return examined(make_pipeline(preparation, member), _frame(table), targets, seed=model.random_state)


def _frame(table: Table) -> Any:
    """Return a table as a frame, of which the examination takes parts."""
    import pandas as pd

    def values(name: str) -> Any:
        column = table[name]
        return np.array([*column.labels, None], dtype=object)[column.codes] if isinstance(column, Words) else column

    return pd.DataFrame({name: values(name) for name in table.names})


def _print(diagnosis: Diagnosis) -> None:
    """Print the headline and a row for every finding, its advice under it."""
    results.print(Text(diagnosis.headline, "bold"))
    lines = Lines(box=None, pad_edge=False, show_header=False)
    for finding in diagnosis.ranked:
        text = Text(finding.meaning)
        if finding.advice:
            text.append(f"\nTry: {finding.advice}", "italic")
        lines.add_row(Text(finding.severity, STYLES[finding.severity]), Text(finding.check, "bold"), text)
    results.print(lines)
