"""``mlnn train``: from a table to a trained, evaluated, saved model."""

import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from mlnn.cli.console import BadInput, Command, messages, one_sentence, print_json, print_table, writable, writing
from mlnn.frame.preparation import Preparation
from mlnn.frame.split import folds, hold_out
from mlnn.frame.target import ClassCode, NumberCode, TargetCode, target_of, task_of
from mlnn.frame.typed import read_frame
from mlnn.tabular.file import save
from mlnn.tabular.options import TableOptions
from mlnn.tabular.score import NAMES, baseline_scores
from mlnn.tabular.train import TrainedTable, train_table
from mlnn.training import Epoch

DEFAULTS: dict[str, Any] = {each.name: each.default for each in fields(TableOptions)}


def _widths(_context: Any, _parameter: Any, value: str) -> tuple[int, ...]:
    try:
        return tuple(int(width) for width in value.split(",") if width.strip())
    except ValueError:
        raise click.BadParameter(f"expected widths such as 64,64, but got '{value}'") from None


def setting(flag: str, name: str, kind: Any, text: str) -> Callable[[Any], Any]:
    """Return a click option whose default is that of ``TableOptions``."""
    default = DEFAULTS[name]
    shown: Any = default is not None
    return click.option(flag, name, type=kind, default=default, show_default=shown, help=text)


RECIPE = (
    click.option("--target", required=True, help="The column to predict."),
    setting("--task", "task", click.Choice(["auto", "classification", "regression"]), "What kind of target it is."),
    click.option(
        "--hidden",
        default=",".join(map(str, DEFAULTS["hidden"])),
        show_default=True,
        callback=_widths,
        help="Widths of the hidden layers.",
    ),
    setting("--layer", "layer", str, "The activation, by name."),
    setting("--optimizer", "optimizer", str, "The optimizer, by name."),
    setting("--rate", "rate", float, "The learning rate.  [default: the optimizer's]"),
    setting("--schedule", "schedule", str, "How the rate changes over time, by name."),
    setting("--batch-size", "batch_size", int, "Rows a step.  [default: a fiftieth of the rows, 16 to 256]"),
    setting("--epochs", "epochs", int, "The most epochs a member trains."),
    setting("--dropout", "dropout", float, "Probability of dropping a hidden unit."),
    setting("--l2", "l2", float, "Strength of the L2 penalty."),
)
"""The options of every command that trains a network."""


def recipe(command: Command) -> Command:
    """Give a command these options."""
    for option in reversed(RECIPE):
        command = option(command)
    return command


@click.command()
@click.argument("data")
@recipe
@setting("--patience", "patience", int, "Epochs without improvement before a member stops.")
@setting("--members", "members", int, "Networks whose predictions are averaged, each judged by another fold.")
@click.option(
    "--valid", default="0.2", show_default=True, help="Rows to judge by, never trained on: a file or a fraction."
)
@click.option(
    "--cv", type=click.IntRange(2), help="Judge by cross-validation with this many folds, then train on all rows."
)
@setting("--seed", "seed", int, "Seed of everything random.")
@click.option("-o", "--output", help="Save the model to this file.")
@click.option("--report", help="Write an HTML report to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.option("--quiet", is_flag=True, help="Show no progress and no messages.")
@one_sentence
def train(
    data: str,
    target: str,
    valid: str,
    cv: int | None,
    output: str | None,
    report: str | None,
    as_json: bool,
    quiet: bool,
    **settings: Any,
) -> None:
    """Train on the table DATA (CSV, TSV or Parquet, also compressed) to predict the column --target."""
    try:
        options = TableOptions(**settings)
    except ValueError as problem:
        raise BadInput(str(problem)) from None
    writable(output, used=[data], files_only=True)
    writable(report, used=[each for each in (data, output) if each])
    frame, y = target_of(read_frame(data), target)
    options = replace(options, task=task_of(y) if options.task == "auto" else options.task)
    code = ClassCode.learn(y) if options.task == "classification" else NumberCode.learn(y)
    held = None if cv else _held_out(frame, y, valid, target, code, options)
    (X_train, y_train), judged_part = held or ((frame, y), None)

    with _progress(options, (cv or 0) + 1, quiet) as watch:
        judged: list[dict[str, float]] = []
        if cv:
            for rows, aside in folds(code.encode(y), cv, options.seed, options.task):
                member = train_table(frame.iloc[rows], y.iloc[rows], target, options, on_epoch=watch())
                judged.append(member.evaluate(frame.iloc[aside], y.iloc[aside]))
        started = time.perf_counter()
        trained = train_table(X_train, y_train, target, options, on_epoch=watch())
        seconds = time.perf_counter() - started

    if judged_part:
        scores = trained.evaluate(*judged_part)
        baseline = baseline_scores(trained.task, y_train, judged_part[1])
        spread = None
    else:
        names = [name for name in judged[0] if all(name in fold for fold in judged)]
        scores = {name: float(np.mean([fold[name] for fold in judged])) for name in names}
        spread = {name: float(np.std([fold[name] for fold in judged])) for name in names}
        baseline = baseline_scores(trained.task, y, y)
    trained.summary.update(data=Path(data).name, scores=scores, baseline=baseline)
    if output:
        with writing(output):
            save(output, trained)
    if report:
        from mlnn.page import write_report

        with writing(report):
            write_report(report, trained, frame, y, judged_part)
    _conclude(trained, scores, spread, baseline, len(judged_part[1]) if judged_part else None, as_json)
    if not quiet:
        best = ", ".join(str(member["best_epoch"]) for member in trained.summary["members"])
        messages.print(f"trained on {len(y_train)} rows in {seconds:.1f} s, best epochs {best}")
        for what, path in (("model", output), ("report", report)):
            if path:
                messages.print(f"{what}: {path}")


def text_target(code: TargetCode, target: str) -> list[str]:
    """Return the target's name where ``read_frame`` should leave it as text, as it was in training."""
    return [target] if isinstance(code, ClassCode) and isinstance(code.classes[0], str) else []


def _held_out(
    frame: Any, y: Any, valid: str, target: str, code: TargetCode, options: TableOptions
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Return (features, target) to train on, and (features, target) to judge by; a file's are checked right away."""
    try:
        fraction = float(valid)
    except ValueError:
        preparation = Preparation().fit(frame)
        judged = target_of(read_frame(valid, [*preparation.text_columns, *text_target(code, target)]), target)
        preparation.transform(judged[0])
        code.encode(judged[1])
        return (frame, y), judged
    if not 0.0 < fraction < 1.0:
        raise BadInput(f"--valid must be a file or a fraction between 0 and 1, but got {valid}")
    rows, aside = hold_out(code.encode(y), fraction, options.seed, options.task)
    return (frame.iloc[rows], y.iloc[rows]), (frame.iloc[aside], y.iloc[aside])


class _progress:
    """A live bar on stderr over all members of all runs, with losses and the time left."""

    def __init__(self, options: TableOptions, runs: int, quiet: bool) -> None:
        self.options = options
        self.total = runs * options.members * options.epochs
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=messages, disable=quiet or not messages.is_terminal, transient=True)
        self.runs = 0

    def __enter__(self) -> Callable[[], Callable[[int, Epoch], None]]:
        self.bar.start()
        self.task = self.bar.add_task("training", total=self.total)
        return self.watch

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def watch(self) -> Callable[[int, Epoch], None]:
        """Return what is called with every epoch of the next run; a member that stops early leaps to its end."""
        start = self.runs * self.options.members
        self.runs += 1

        def on_epoch(member: int, epoch: Epoch) -> None:
            valid = "" if epoch.valid_loss is None else f", validation {epoch.valid_loss:.4f}"
            text = f"network {start + member + 1}, epoch {epoch.number}: loss {epoch.loss:.4f}{valid}"
            done = (start + member) * self.options.epochs + epoch.number
            self.bar.update(self.task, completed=done, description=text)

        return on_epoch


def _conclude(
    trained: TrainedTable,
    scores: dict[str, float],
    spread: dict[str, float] | None,
    baseline: dict[str, float],
    rows: int | None,
    as_json: bool,
) -> None:
    if as_json:
        content = {"task": trained.task, "target": trained.target_name, "scores": scores, "baseline": baseline}
        print_json(content | ({"spread": spread} if spread else {}) | {"summary": trained.summary})
        return
    where = "cross-validation" if rows is None else f"{rows} held-out rows"
    trivial = "class frequencies" if trained.task == "classification" else "always the mean"
    lines = [
        (
            NAMES[name],
            f"{value:.4f}" + (f" ± {spread[name]:.4f}" if spread else ""),
            f"{baseline[name]:.4f}" if name in baseline else "",
        )
        for name, value in scores.items()
    ]
    print_table(f"{trained.target_name} ({trained.task}), {where}", ["", "mlnn", trivial], lines)
