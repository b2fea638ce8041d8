"""``mlnn tune``: a search for better settings."""

import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import click

from mlnn.cli.chosen import training
from mlnn.cli.clustered import cluster_option, clustered
from mlnn.cli.console import (
    BadInput,
    beside,
    files_of,
    messages,
    one_sentence,
    print_json,
    print_table,
    results,
    writable,
    writing,
)
from mlnn.cli.job import Job
from mlnn.cli.options import Duration, settings
from mlnn.cli.train import content
from mlnn.frame.sentence import in_options, number_of
from mlnn.frame.write import refuse_tables
from mlnn.tabular.score import NAMES, digits, with_spread
from mlnn.tabular.storage import save
from mlnn.tabular.study import SEARCHED, Trial
from mlnn.tabular.tune import Tuning, tuned

MOST = 10
"""So many trials are listed."""


@click.command()
@training
@settings("time_budget", *SEARCHED)
@click.option(
    "--budget",
    type=Duration(),
    default="5m",
    show_default=True,
    help="How long to search, such as 90s or 1h. On top come the reading of DATA, the judging of the trial it ends, "
    "and --valid; with --study also the training of the best, where an earlier call found it.",
)
@click.option("--trials", type=click.IntRange(1), help="How many settings to try at most.")
@click.option("--study", help="Keep all trials in this file, and go on with those that it holds.")
@cluster_option
@click.option("-o", "--output", help="Save the best model to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.option("--quiet", is_flag=True, help="Show no progress and no messages.")
@one_sentence
def tune(
    data: str,
    valid: str | None,
    budget: float,
    trials: int | None,
    study: str | None,
    cluster: str | None,
    output: str | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Search for settings with which a model of DATA predicts --target better.

    Every trial is judged by the same rows, which it was not trained on; the defaults are the first. An interruption
    (Ctrl-C) ends the search and keeps what it found.
    """
    writable(output, files_of(data, valid), files_only=True, refuse=partial(refuse_tables, what="a model"))
    if study == "-":
        raise BadInput("--study takes a file: it is read and written")
    writable(study, files_of(data, valid), files_only=True, beside=[output])
    job = Job.of(data, valid, **options)
    ends, live = time.monotonic() + budget, messages.is_terminal and not quiet
    rows = job.rows
    defaults = messages.status("the defaults come first") if live else nullcontext()
    with clustered(cluster, quiet), defaults as status:

        def show(trial: Trial, best: float) -> None:
            left = max(ends - time.monotonic(), 0.0)
            if status is not None:
                status.update(f"trial {trial.number}: {digits(trial.score)}, best {digits(best)}, {left:.0f} s left")

        try:
            found = tuned(
                job.model,
                rows.table,
                job.targets,
                budget=budget,
                trials=trials,
                study=study,
                on_trial=show,
                sample_weight=rows.weights,
                groups=rows.groups,
                times=rows.times,
            )
        except (ValueError, ModuleNotFoundError) as problem:
            raise BadInput.of(problem) from problem
    model = found.model
    job.finish(model)
    if output:
        with writing(output):
            save(model, output)
    with beside(output):
        if as_json:
            print_json(found.to_json() | {"best": content(model, job.target)})
        else:
            _print(found, job.target)
    if not quiet:
        for sentence in found.said:
            messages.print(in_options(sentence))
        for what, path in (("model", output), ("study", study)):
            if path:
                messages.print(f"{what}: {Path(path)}")
    if found.interrupted:
        messages.print("mlnn: interrupted; what was found until then is kept")
        click.get_current_context().exit(130)


def _print(found: Tuning, target: str) -> None:
    lines = [
        (
            (str(trial.number) if trial.number else "defaults") + "*" * trial.shortened,
            with_spread(trial.score, trial.spread),
            ",".join(map(str, trial.parameters["hidden"])),
            str(trial.parameters["layer"]),
            digits(trial.parameters["rate"], 2),
            digits(trial.parameters["dropout"], 2),
            digits(trial.parameters["l2"], 1),
            str(trial.parameters["epochs"]),
        )
        for trial in found.trials[:MOST]
    ]
    header = ["trial", NAMES[found.measure], "hidden", "layer", "rate", "drop", "l2", "epochs"]
    left = len(found.trials) - MOST
    print_table(f"{target}: {number_of(len(found.trials), 'trial')}, the best first", header, lines)
    if any(trial.shortened for trial in found.trials[:MOST]):
        results.print("* the budget ended before it did")
    if left > 0:
        results.print(f"… and {left} more")
