"""``mlnn train``: from a table to a trained, judged, saved model."""

from collections.abc import Collection
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from mlnn.cli.checkpointed import checkpoint_of, checkpoints
from mlnn.cli.chosen import training
from mlnn.cli.clustered import cluster_option, clustered
from mlnn.cli.console import (
    BadInput,
    beside,
    files_of,
    messages,
    one_sentence,
    print_json,
    print_sentence,
    print_table,
    results,
    writable,
    writing,
)
from mlnn.cli.large import LargeJob, job_of
from mlnn.cli.options import settings
from mlnn.cli.progress import Progress
from mlnn.cli.scores import figures, print_scores
from mlnn.frame.printable import printable
from mlnn.frame.report import lines, notable, set_aside
from mlnn.frame.sentence import number_of
from mlnn.frame.write import refuse_tables
from mlnn.tabular.score import baseline_name
from mlnn.tabular.storage import save
from mlnn.tabular.threshold import priced
from mlnn.training import Diverged
from mlnn.training.checkpoint import numbers_in

MOST = 40
"""So many columns are listed after training."""


@click.command()
@training
@settings()
@checkpoints
@cluster_option
@click.option("-o", "--output", help="Save the model to this file; - is standard output.")
@click.option("--report", help="Write an HTML report to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
@click.option("--quiet", is_flag=True, help="Show no progress and no messages.")
@one_sentence
def train(
    data: str,
    valid: str | None,
    checkpoint: str | None,
    every: float | None,
    resume: bool,
    cluster: str | None,
    output: str | None,
    report: str | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Train on the table DATA to predict the column --target.

    DATA is a file (CSV, Parquet, JSON, Excel …, also packed), a folder or pattern of files, or - for standard input.
    Every row is judged by networks that were not trained on it, and learned from by the others.
    """
    writable(output, files_of(data, valid), files_only=True, refuse=partial(refuse_tables, what="a model"))
    writable(report, files_of(data, valid), beside=[output], refuse=partial(refuse_tables, what="a report"))
    place = checkpoint_of(checkpoint, every, resume, files_of(data, valid), [output, report])
    job = job_of(data, valid, **options)
    model = job.model
    told = job.said[:1] if isinstance(job, LargeJob) and not quiet else []
    for sentence in told:
        messages.print(f"mlnn: {sentence}")
    with clustered(cluster, quiet), Progress(model, quiet) as watch:
        try:
            job.fit(watch=watch, checkpoint=place)
        except Diverged as problem:
            reported = checkpoint and numbers_in(Path(checkpoint))
            kept = f"The last finite weights are in '{checkpoint}'." if reported else "No file was written."
            raise BadInput(f"{problem.args[0]} {kept}") from problem
        except ValueError as problem:
            raise BadInput.of(problem) from problem
    job.finish(model)
    if output:
        with writing(output):
            save(model, output)
    if report:
        from mlnn.page import write_report

        try:
            with writing(report):
                write_report(report, model, *job.reported())
        except KeyboardInterrupt:
            messages.print(f"{'no model was asked for' if not output else f'model: {output}'}; no report was written")
            raise
    with beside(output, report):
        if as_json:
            print_json(content(model, job.target))
        else:
            both = messages.is_terminal and results.is_terminal  # where one reader sees what stands on either
            print_model(model, job.target, MOST, told if both else ())
    if not quiet:
        seconds, count = model.summary_["seconds"], len(model.members_)
        epochs = sorted(member["best_epoch"] for member in model.summary_["members"])
        kept = str(epochs[0]) if epochs[0] == epochs[-1] else f"{epochs[0]} to {epochs[-1]}"
        learned = number_of(model.summary_["rows"], "row")
        messages.print(f"trained on {learned} in {seconds:.1f} s; {number_of(count, 'network')}, epochs kept: {kept}")
        for what, path in (("model", output), ("report", report)):
            if path:
                messages.print(f"{what}: {path}")
    if model.interrupted_:
        where = f"the best weights so far are in {output}" if output else "no file was asked for, so nothing is kept"
        where += f"; --resume goes on from {checkpoint}" if checkpoint else ""
        messages.print(f"mlnn: interrupted; {where}")
        click.get_current_context().exit(130)


def content(model: Any, target: str) -> dict[str, Any]:
    """Return all that is said of a model, for JSON."""
    judgement = model.judgement_
    return {
        "task": model.target_.task,
        "target": target,
        "said": list(model.said_),
        "how": judgement.how,
        "scores": judgement.scores,
        "spread": judgement.spread,
        "baseline": judgement.baseline,
        "intervals": judgement.intervals,
        "classes": judgement.by_class,
        "threshold": _threshold(model),
        "columns": [{"name": column.name} | asdict(column.fate) for column in model.columns_],
        "summary": model.summary_,
    }


def _threshold(model: Any) -> dict[str, float] | None:
    """Return from what probability on the second class is predicted, and what that costs a row, if costs were given."""
    curve = model.judgement_.thresholds
    return None if curve is None or curve.chosen is None else {"at": curve.chosen, **curve.prices}


def print_model(model: Any, target: str, most: int, told: Collection[str] = ()) -> None:
    """Print what the target is, what became of the columns, and how good the model is; not what was told before."""
    results.print(Text(printable(target), "bold"), soft_wrap=False)
    reported = {notable(column) for column in model.columns_}
    for sentence in model.said_:
        if sentence not in reported and sentence not in told:
            results.print(sentence, soft_wrap=False)
    results.print()
    columns = lines(model.columns_)
    print_table("columns", [], columns[:most] + set_aside(model.summary_))
    if len(columns) > most:
        results.print(f"… and {len(columns) - most:,} more; mlnn inspect lists all of them")
    results.print()
    judgement, valid = model.judgement_, model.summary_.get("valid")
    shown = [
        ("mlnn", figures(judgement.scores, judgement.spread)),
        (baseline_name(model.target_), figures(judgement.baseline)),
    ]
    if valid:
        shown.insert(1, (f"{number_of(valid['rows'], 'row')} aside", figures(valid["scores"])))
    print_scores(judgement.how, shown)
    if judgement.thresholds is not None and judgement.thresholds.chosen is not None:
        print_sentence(judgement.thresholds.words(model.classes_[1]))
        if valid and (prices := valid.get("prices")):
            print_sentence(f"on the rows aside it {priced(prices)}")
