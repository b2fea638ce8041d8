"""What a command trains on: the rows, the targets, and a model with the settings that the options mean."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from mlnn.array import Array
from mlnn.cli.console import BadInput, Command, say, with_options
from mlnn.cli.options import checked, column, columns, listed, numbers_by_name, picked
from mlnn.cli.reading import meaning
from mlnn.cli.reading import reading as how_read
from mlnn.frame.answers import Answers, read_again, read_target
from mlnn.frame.column import TableError, quoted
from mlnn.frame.printable import printable
from mlnn.frame.read import read_table
from mlnn.frame.recognition import KINDS
from mlnn.frame.roles import groups_of, require_some, times_of, weights_of
from mlnn.frame.sentence import in_options
from mlnn.frame.split import far_from, hold_out, past_and_future
from mlnn.frame.table import Table, Words
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.given import Named, left_out, that_count, weightless, without_target
from mlnn.tabular.threshold import SCORINGS

TASKS = ("auto", "classification", "regression")

OPTIONS = (
    click.argument("data"),
    columns("--target", "The column to predict; several for one model of all of them."),
    click.option(
        "--task", type=click.Choice(TASKS), default="auto", show_default=True, help="What kind of target it is."
    ),
    click.option("--classes", help="The only classes that count, such as low,high; other rows have no target."),
    columns("--drop", "Columns to leave out."),
    columns("--columns", "The only columns to learn from.", "kept"),
    columns("--categorical", "Columns that are categories, where you know better.", "category"),
    columns("--numeric", "Columns that are numbers.", "number"),
    columns("--date", "Columns that are dates."),
    columns("--text", "Columns that are free text."),
    columns("--id", "Columns that name the rows: not learned from, but carried along to predictions.", "ids"),
    column("--weights", "The column that holds the weights of the rows."),
    click.option("--class-weight", help='"balanced" lets all classes count alike; or such as yes=2,no=1.'),
    click.option(
        "--threshold",
        help="From what probability on the second of two classes is predicted: a number; what it is chosen for "
        "(accuracy, balanced_accuracy, f1); or costs such as false_positive=1,false_negative=5.",
    ),
    column("--group", "Rows that agree in this column are trained on or judged by, never both."),
    column("--time", "Trained on the past and judged by the future, as this column tells."),
    click.option("--valid", help="Rows for a separate judgement, never trained on: a file, or a fraction of DATA."),
    how_read,
    meaning,
)


def training(command: Command) -> Command:
    """Give a command the options that make a ``Job``, but for the model's parameters."""
    return with_options(command, OPTIONS)


@dataclass(frozen=True, eq=False)
class Labelled:
    """Rows to train on or to judge by, with what belongs to each."""

    table: Table
    y: Array
    weights: Array | None = None
    groups: Array | None = None
    times: Array | None = None

    def take(self, rows: Array) -> "Labelled":
        """Return some of them."""
        rest = (None if each is None else each[rows] for each in (self.weights, self.groups, self.times))
        return Labelled(self.table.take(rows), self.y[rows], *rest)

    def that_count(self, names: Sequence[str]) -> tuple["Labelled", list[str]]:
        """Return those that have all targets, of these names, and a weight, and say how many have not."""
        return self.take(that_count(without_target(self.y), self.weights)), left_out(self.y, self.weights, names)


@dataclass(frozen=True, eq=False)
class Job:
    """All that training takes, checked.

    Attributes
    ----------
    model : TableClassifier or TableRegressor
        With its parameters, not yet trained.
    rows : Labelled
        To train on.
    held : Labelled or None
        For a separate judgement.
    summary : dict
        What the model shall remember: the data's name, the target columns and how to read them, the rows' names.
    said : list of str
        What there is to say of the data.
    """

    model: TableClassifier | TableRegressor
    rows: Labelled
    held: Labelled | None
    summary: dict[str, Any]
    said: list[str]

    @property
    def targets(self) -> Named:
        """Return the targets of the rows to train on, with their names."""
        return Named(self.rows.y, self.summary["target"])

    @property
    def target(self) -> str:
        """Return the targets' names."""
        return ", ".join(self.summary["target"])

    @classmethod
    def of(cls, data: str, valid: str | None, target: Sequence[str], reading: Any, **options: Any) -> "Job":
        """Read, choose and check everything, before any work.

        Raises
        ------
        TableError, BadInput
            If something is not there, or cannot be meant.
        """
        given = {name: options.pop(name) for name in ("drop", "kept", "category", "number", "date", "text", "ids")}
        words, decimal = options.pop("missing"), options.pop("decimal")
        threshold = options.pop("threshold")
        task, classes, class_weight = (options.pop(name) for name in ("task", "classes", "class_weight"))
        weight, group, time = (options.pop(name) for name in ("weights", "group", "time"))
        if not target:
            raise BadInput("which column is to be predicted? say --target COL")
        file, fraction = _file_or_fraction(valid)
        checked(options)
        whole = read_table(data, reading)
        names = picked(whole, target)
        named = {name: picked(whole, columns) for name, columns in given.items()}
        weight, group, time = (None if name is None else whole.named(name) for name in (weight, group, time))
        roles = _roles(names, {"row's name": named["ids"], "weight": [weight], "group": [group]})
        for name in (name for each in ("drop", "kept", *KINDS[:-1]) for name in named[each] if name in roles):
            raise BadInput(f"'{name}' is a {roles[name]} and not learned from, so no option on features is for it")
        if time in names:
            raise BadInput(f"'{time}' cannot be the target and the time")
        told = Counter(name for kind in KINDS for name in dict.fromkeys(named.get(kind, ())))
        if twice := [name for name, often in told.items() if often > 1]:
            raise BadInput(f"{quoted(twice)} cannot be of two kinds at once")
        features = [name for name in whole.names if name not in roles]
        if not features:
            raise TableError(f"{quoted(list(roles))} are all columns of {whole.name}: no feature is left")
        kinds = {name: kind for kind in KINDS for name in named.get(kind, ())} | dict.fromkeys(named["drop"], "drop")
        if only := set(named["kept"]):
            if both := [name for name in kinds if (name in only) == (kinds[name] == "drop")]:
                raise BadInput(f"{quoted(both)} cannot be left out (--drop, or not in --columns) and be a feature")
            kinds |= dict.fromkeys([name for name in features if name not in only], "drop")
        try:
            answers = read_target(whole, names, task, None if classes is None else listed(classes), words, decimal)
        except TableError:
            say(whole.said)  # of how the file was read, which may be why
            raise
        weights = None if weight is None else weights_of(whole, weight, decimal)
        left_aside = without_target(answers.y) | weightless(weights, whole.rows)
        rows = Labelled(
            whole.only(features),
            answers.y,
            weights,
            None if group is None else groups_of(whole, group),
            None if time is None else times_of(whole, time, ~left_aside, decimal),
        )
        kind: Any = TableClassifier if answers.task == "classification" else TableRegressor
        model = kind(**options, columns=kinds or None, missing=words, decimal=decimal)
        if class_weight is not None:
            if answers.task != "classification":
                raise BadInput("--class-weight is for classes, but the target holds quantities")
            model.set_params(class_weight=_class_weight(class_weight, answers))
        if threshold is not None:
            if answers.task != "classification":
                raise BadInput("--threshold is for classes, but the target holds quantities")
            model.set_params(threshold=_threshold(threshold))
        record = {"answers": answers.to_json(), "ids": named["ids"], "aside": list(roles)}
        summary = {"data": Path(data).name, "target": names, "reading": record}
        said = [*answers.said, *whole.said]
        said += [f"'{group}' keeps rows together, and is not learned from"] if group else []
        held = None
        if file is not None:
            if Path(file).exists() and Path(data).exists() and Path(file).samefile(data):
                raise BadInput(f"--valid {file} holds the very rows that are trained on")
            other = read_table(file, reading)
            held, left = _held(other, rows, answers, kinds, weight, decimal).that_count(names)
            said += [*other.said, *(f"--valid: {sentence}" for sentence in left)]
        elif fraction is not None:
            rows, left = rows.that_count(names)
            said += left
            kept, apart = _split(rows, fraction, answers.task, model.random_state)
            if together := "group" if group else "time" if time else "":
                far = far_from(fraction, len(apart), len(kept) + len(apart), together)
                said += [f"--valid: {sentence}" for sentence in far]
            rows, held = rows.take(kept), rows.take(apart)
        return cls(model, rows, held, summary, list(map(in_options, said)))

    def finish(self, model: TableClassifier | TableRegressor) -> None:
        """Let a trained model remember where it comes from, and judge it by the rows held out."""
        model.summary_ |= self.summary
        told = set(map(printable, self.rows.table.said))  # which are in ours, their remedies as options
        model.said_ = [*self.said, *(sentence for sentence in model.said_ if sentence not in told)]
        if self.held:
            judged = model.evaluation(self.held.table, self.held.y, self.held.weights)
            valid = {"rows": self.held.table.rows, "scores": judged.scores}
            model.summary_["valid"] = valid | ({"prices": judged.prices} if judged.prices else {})
            model.said_ += [f"--valid: {judged.flattered}"] if judged.flattered else []


def _roles(targets: Sequence[str], others: dict[str, Sequence[str | None]]) -> dict[str, str]:
    """Return what the columns are that are not learned from."""
    roles = dict.fromkeys(targets, "target")
    for role, names in others.items():
        for name in filter(None, names):
            if name in targets:
                raise BadInput(f"'{name}' cannot be the target and a {role}")
            roles.setdefault(name, role)
    return roles


def _file_or_fraction(valid: str | None) -> tuple[str | None, float | None]:
    if valid is None:
        return None, None
    try:
        fraction = float(valid)
    except ValueError:
        return valid, None
    if not 0.0 < fraction < 1.0:
        raise BadInput(f"--valid must be a file or a fraction between 0 and 1, but got {valid}")
    return None, fraction


def _held(
    other: Table, rows: Labelled, answers: Answers, kinds: dict[str, str], weight: str | None, decimal: str | None
) -> Labelled:
    """Return the rows of a file to judge by; columns that only training has are found missing now."""
    needed = [name for name in rows.table.names if kinds.get(name) != "drop"]
    lacking = [name for name in needed if name not in other]
    if lacking:
        raise TableError(f"the columns of {other.name} differ from those of training: {quoted(lacking)} missing")
    y = read_again(other, answers.to_json(), answers.classes)
    require_some(without_target(y), "--valid: the target")
    return Labelled(other.only(needed), y, None if weight is None else weights_of(other, other.named(weight), decimal))


def _split(rows: Labelled, fraction: float, task: str, seed: int) -> tuple[Array, Array]:
    """Return the rows to train on and those to hold out: the future, whole groups, or any, of all classes alike."""
    if rows.times is not None:
        return past_and_future(rows.times, fraction)
    labels = rows.y.astype(str) if task == "classification" and rows.y.ndim == 1 else np.zeros(len(rows.y))
    groups = None if rows.groups is None else Words.of(rows.groups).codes
    return hold_out(np.unique(labels, return_inverse=True)[1], fraction, seed, task, groups)


def _threshold(given: str) -> Any:
    """Return a probability, what a threshold is to be chosen for, or what mistakes cost."""
    if given in SCORINGS:
        return given
    try:
        if "=" not in given:
            if 0.0 <= float(given) <= 1.0:
                return float(given)
            raise ValueError
        return numbers_by_name(given)
    except ValueError:
        costs = "false_positive=1,false_negative=5"
        raise BadInput(
            f"--threshold is a number from 0 to 1, {', '.join(SCORINGS)}, or such as {costs}, but got {given}"
        ) from None


def _class_weight(given: str, answers: Answers) -> Any:
    """Return "balanced", or the weight of every class that is named."""
    if given == "balanced":
        return given
    labels = {str(label): label for label in answers.classes.tolist()} if answers.y.ndim == 1 else {}
    try:
        weights = {labels[name]: weight for name, weight in numbers_by_name(given).items()}
    except (KeyError, ValueError):
        known = f"each once, with commas within in quotes; the classes are {quoted(list(labels))}"
        raise BadInput(f'--class-weight is "balanced" or such as yes=2,no=1, {known}, but got {given}') from None
    return {label: weights.get(label, 1.0) for label in labels.values()}
