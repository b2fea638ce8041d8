"""``mlnn distil``: from a teacher of any kind to one small network, with the loss that was kept."""

import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from mlnn.array import Array
from mlnn.cli.console import (
    BadInput,
    beside,
    files_of,
    messages,
    one_sentence,
    print_json,
    results,
    writable,
    writing,
)
from mlnn.cli.imported import imported, of_others
from mlnn.cli.job import require_others
from mlnn.cli.options import checked, columns, picked, settings, weights_and_groups
from mlnn.cli.predicted import class_in, columns_of_target, features_of, ignored
from mlnn.cli.progress import Progress
from mlnn.cli.reading import meaning
from mlnn.cli.reading import reading as how_read
from mlnn.cli.train import MOST, content, print_model
from mlnn.cli.use import answers_of, table_model
from mlnn.frame.answers import read_again, read_target
from mlnn.frame.column import quoted
from mlnn.frame.read import read_table
from mlnn.frame.roles import groups_of
from mlnn.frame.sentence import in_options, number_of
from mlnn.frame.table import Table, Words
from mlnn.frame.write import refuse_tables
from mlnn.memory import amount
from mlnn.tabular.base import TableModel
from mlnn.tabular.distil import DROPOUT, FIXED, MADE
from mlnn.tabular.distil import distil as learned
from mlnn.tabular.given import Named
from mlnn.tabular.settings import TableSettings
from mlnn.tabular.storage import save
from mlnn.tabular.teacher import Teacher, ToldIn

PICKLES = (".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle")
"""Ends of names of files that run code when they are opened."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="[TEACHER] DATA")
@columns("--target", "The column with the truth: nothing is learned from it, but losses are told.")
@columns(
    "--teacher-columns", "The columns of DATA that hold what a teacher predicts: a value, or P(yes),P(no).", "told"
)
@columns("--drop", "Columns to leave out.")
@click.option("--weights", metavar="COL", help="The column that holds the weights of the rows.")
@click.option(
    "--group", metavar="COL", help="Rows that agree in this column are learned from or judged by, never both."
)
@click.option("--valid", help="A file of rows to judge by, best such as the teacher was not trained on.")
@click.option("--made", type=click.IntRange(0), default=MADE, show_default=True, help="Rows to make of those of DATA.")
@how_read
@meaning
@settings(*FIXED, dropout=DROPOUT)
@click.option("-o", "--output", help="Save the student to this file; - is standard output.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
@click.option("--quiet", is_flag=True, help="Show no progress and no messages.")
@one_sentence
def distil(
    paths: tuple[str, ...],
    target: tuple[str, ...],
    told: tuple[str, ...],
    valid: str | None,
    made: int,
    output: str | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Teach one small network what TEACHER predicts of the rows of DATA, and of others made of them.

    TEACHER is a model file of mlnn, or FILE.py:NAME, a fitted model or a function of frames that a Python file of yours
    defines: the file is imported, so its code runs. What a teacher predicts may stand in DATA instead
    (--teacher-columns); then no rows are made.
    """
    if len(paths) != (1 if told else 2):
        raise BadInput("a teacher and rows to ask it about are needed: TEACHER DATA, or DATA --teacher-columns COL,COL")
    if told and click.get_current_context().get_parameter_source("made") != click.core.ParameterSource.DEFAULT:
        raise BadInput("--made: nobody can be asked about rows that are made, where predictions stand in DATA")
    *teachers, data = paths
    files = files_of(*map(_file_of, teachers), data, valid)
    writable(output, files, files_only=True, refuse=partial(refuse_tables, what="a model"))
    if valid is not None:
        require_others(valid, data)
    lesson = _Lesson.of(teachers, data, valid, target, told, quiet, **options)
    with Progress(TableSettings(**lesson.settings), quiet) as watch, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="eval_set: ")  # it is among what is said of the model
        try:
            made = 0 if told else made
            with of_others("the teacher"):
                model = learned(lesson.teacher, **lesson.rows, made=made, watch=watch, **lesson.settings)
        except (ValueError, ModuleNotFoundError) as problem:
            raise BadInput.of(problem) from problem
    model.summary_ |= lesson.summary
    model.said_ = [*map(in_options, lesson.said), *(_of_valid(sentence) for sentence in model.said_)]
    if output:
        with writing(output):
            save(model, output)
    sizes = _sizes(output, teachers)
    target_names = ", ".join(model.summary_["target"]) or "prediction"
    with beside(output):
        if as_json:
            print_json(content(model, target_names) | {"bytes": sizes})
        else:
            print_model(model, target_names, MOST)
            if sizes:
                results.print(_sizes_in_words(sizes))
    if not quiet:
        messages.print(f"learned in {model.summary_['seconds']:.1f} s")
        if output:
            messages.print(f"model: {output}")
    if model.interrupted_:
        where = f"the best weights so far are in {output}" if output else "no file was asked for, so nothing is kept"
        messages.print(f"mlnn: interrupted; {where}")
        click.get_current_context().exit(130)


@dataclass(frozen=True, eq=False)
class _Lesson:
    """What a student learns, read and checked.

    Attributes
    ----------
    teacher : object
        Who is asked.
    rows : dict
        What ``mlnn.distil`` takes beside it: rows, what belongs to each, and those to judge by.
    settings : dict
        The student's parameters.
    summary : dict
        What it shall remember.
    said : list of str
        What there is to say of the data.
    """

    teacher: Any
    rows: dict[str, Any]
    settings: dict[str, Any]
    summary: dict[str, Any]
    said: list[str]

    @classmethod
    def of(
        cls,
        teachers: Sequence[str],
        data: str,
        valid: str | None,
        target: Sequence[str],
        told: Sequence[str],
        quiet: bool,
        *,
        drop: Sequence[str],
        weights: str | None,
        group: str | None,
        reading: Any,
        missing: tuple[str, ...] | None,
        decimal: str | None,
        **settings: Any,
    ) -> "_Lesson":
        """Read, choose and check everything, before any work.

        Raises
        ------
        TableError, BadInput
            If something is not there, or cannot be meant.
        """
        checked(settings)
        teacher: Any = _teacher(teachers[0], quiet) if teachers else None
        table, other = read_table(data, reading), None if valid is None else read_table(valid, reading)
        names, given, dropped = picked(table, target), picked(table, told), picked(table, drop)
        counts, groups, telling = weights_and_groups(table, weights, group, decimal)
        classes = [class_in(name, names) for name in given] if len(given) > 1 else None
        truth: Callable[[Table], Array]
        teacher = ToldIn(tuple(given)) if told else teacher
        task = "classification" if Teacher.of(teacher, classes).target else "regression"
        if isinstance(teacher, TableModel):
            if missing is not None or decimal is not None:
                option = "--decimal" if missing is None else "--missing"
                raise BadInput(f"{option}: what cells mean is what they meant to the teacher, {teachers[0]}")
            names = names or [name for name in columns_of_target(teacher, []) if name in table]
            its_own, extra = features_of(teacher, table)
            kinds, said = dict(teacher.columns or {}), ignored([n for n in extra if n not in (*names, *telling)])
            features, record = its_own.names, teacher.summary_.get("reading", {})
            truth = partial(answers_of, teacher, named=names)
        else:
            its = getattr(teacher, "feature_names_in_", getattr(teacher, "feature_names_", None))
            features = tuple(name for name in table.names if name not in (*names, *telling))
            said = [] if its is None else ignored([name for name in features if name not in its])
            features = tuple(name for name in features if its is None or name in its)
            kinds, record = dict.fromkeys(given, "drop"), {}
            if names:
                answers = read_target(table, names, task, words=missing, decimal=decimal)
                if classes is not None and answers.classes is not None:
                    classes = [class_in(name, names, np.asarray(answers.classes).tolist()) for name in given]
                said, record = [*answers.said, *said], {"answers": answers.to_json()}
                truth = partial(read_again, record=answers.to_json(), classes=answers.classes)
            settings |= {"missing": missing, "decimal": decimal}
        if aside := [name for name in dropped if name in (*names, *telling)]:
            raise BadInput(f"'{aside[0]}' is not learned from (--target, --weights, --group): --drop is not for it")
        kinds |= {
            name: "drop" for name in dropped if name in features
        }  # a teacher may look at what its student may not
        settings |= {"columns": kinds or None}
        rows: dict[str, Any] = {
            "X": table.only(features),
            "sample_weight": counts,
            "groups": groups,
            "classes": classes,
        }
        rows |= {"y": Named(truth(table), names)} if names else {}
        if other is not None:
            lacks = [name for name in names if name not in other]
            theirs = truth(other) if names and not lacks else None
            weigh = None if weights is None else weights_and_groups(other, weights, None, decimal)[0]
            said += [f"--valid: {sentence}" for sentence in map(in_options, other.said)]
            said += [f"--valid: {other.name} has no column {quoted(lacks)}: no loss is told"] if lacks else []
            said += [] if group is None or group not in other else _shared(table, other, group)
            rows["eval_set"] = other.only([name for name in features if name in other]), theirs, weigh
        record = record | {"ids": [], "aside": [*names, *telling]}
        summary = {"data": Path(data).name, "reading": record} | ({"target": names} if names else {})
        return cls(teacher, rows, settings, summary, [*said, *table.said])


def _file_of(teacher: str) -> str:
    """Return the file of a teacher, whose name may stand behind it."""
    return teacher.rpartition(":")[0] if ".py:" in teacher else teacher


def _shared(table: Table, other: Table, group: str) -> list[str]:
    """Say how many rows to judge by are of groups that are learned from."""
    learned, judging = (Words.of(groups_of(each, each.named(group))) for each in (table, other))
    known = [label in learned.labels for label in judging.labels]
    count = int(np.append(known, False)[judging.codes].sum())
    rows = f"{count:,} of {number_of(other.rows, 'row')}"
    return [f"--valid: {rows} are of groups ('{group}') that are learned from: scores may be too good"] if count else []


def _of_valid(sentence: str) -> str:
    """Return a sentence on rows that judge as the command line calls them."""
    start = "eval_set: "
    return f"--valid: {sentence.removeprefix(start)}" if sentence.startswith(start) else sentence


def _teacher(given: str, quiet: bool) -> Any:
    """Return a model of ours, or what a user's own Python file defines.

    Raises
    ------
    ModelFileError, BadInput
        If there is none.
    """
    file = _file_of(given)
    if file.lower().endswith(PICKLES):
        lines = f"'import joblib; teacher = joblib.load({file!r})'"
        why = f"'{file}' is a pickle, which runs whatever its author wrote, so it is not opened"
        raise BadInput(f"{why}; if you trust it, write a file teacher.py, {lines}, and give teacher.py:teacher")
    if not file.endswith(".py"):
        return table_model(file)
    name = given[len(file) + 1 :]
    if not name:
        raise BadInput(f"which teacher of {file}? say {file}:NAME")
    if not Path(file).is_file():
        raise BadInput(f"there is no file '{file}'")
    module = sys.modules[imported(Path(file), quiet)]
    if not hasattr(module, name):
        raise BadInput(f"{file} defines no '{name}'")
    return getattr(module, name)


def _sizes(output: str | None, teachers: Sequence[str]) -> dict[str, int]:
    """Return the bytes of the student's file, and of the teacher's, if it is a model file."""
    files = {"student": output, "teacher": next((each for each in teachers if ".py:" not in each), None)}
    return {who: Path(file).stat().st_size for who, file in files.items() if file and Path(file).is_file()}


def _sizes_in_words(sizes: dict[str, int]) -> str:
    """Say how large files are."""
    return "size: " + ", ".join(f"{who} {amount(size)}" for who, size in sizes.items())
