"""What the options of a command choose of a table: what its columns are for, and the model's parameters."""

import glob
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mlnn.cli.console import BadInput, Command, say, with_options
from mlnn.cli.options import checked, column, columns, listed, numbers_by_name, picked
from mlnn.cli.reading import meaning
from mlnn.cli.reading import reading as how_read
from mlnn.frame.answers import Answers, read_target
from mlnn.frame.column import TableError, quoted
from mlnn.frame.read import read_table
from mlnn.frame.reading import Reading
from mlnn.frame.recognition import KINDS
from mlnn.frame.table import Table
from mlnn.tabular.estimator import TableClassifier, TableRegressor
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
class Chosen:
    """A table, what its columns are for, and what the model shall be.

    Attributes
    ----------
    data : str
        Where the table is.
    reading : Reading
        How its files are read.
    whole : Table
        All of it.
    names, ids, features : list of str
        What is to be predicted, what names the rows, and what is learned from.
    weight, group, time : str or None
        What weighs the rows, keeps them together, or says when they come from.
    roles : dict of str to str
        What the columns are that are not learned from.
    kinds : dict of str to str
        What features are, where that is known better.
    task, classes, class_weight, threshold, missing, decimal
        As the options say it.
    parameters : dict
        Of the model, checked.
    """

    data: str
    reading: Reading
    whole: Table
    names: list[str]
    ids: list[str]
    features: list[str]
    weight: str | None
    group: str | None
    time: str | None
    roles: dict[str, str]
    kinds: dict[str, str]
    task: str
    classes: str | None
    class_weight: str | None
    threshold: str | None
    missing: tuple[str, ...] | None
    decimal: str | None
    parameters: dict[str, Any]

    @classmethod
    def of(cls, data: str, target: Sequence[str], reading: Reading, **options: Any) -> "Chosen":
        """Find the columns, and check everything else, before any cell is read.

        Raises
        ------
        TableError, BadInput
            If something is not there, or cannot be meant.
        """
        given = {name: options.pop(name) for name in ("drop", "kept", "category", "number", "date", "text", "ids")}
        taken = ("task", "classes", "class_weight", "threshold", "missing", "decimal")
        said = {name: options.pop(name) for name in taken}
        weight, group, time = (options.pop(name) for name in ("weights", "group", "time"))
        if not target:
            raise BadInput("which column is to be predicted? say --target COL")
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
        found = names, named["ids"], features, weight, group, time, roles, kinds
        return cls(data, reading, whole, *found, **said, parameters=options)

    def answers(self, rows: Table) -> Answers:
        """Return what the targets of some of the rows, or of all, are."""
        classes = None if self.classes is None else listed(self.classes)
        try:
            return read_target(rows, self.names, self.task, classes, self.missing, self.decimal)
        except TableError:
            say(rows.said)  # of how the file was read, which may be why
            raise

    def model(self, answers: Answers) -> TableClassifier | TableRegressor:
        """Return the model of such targets, not yet trained.

        Raises
        ------
        BadInput
            If weights of classes or a threshold cannot be meant.
        """
        kind: Any = TableClassifier if answers.task == "classification" else TableRegressor
        model = kind(**self.parameters, columns=self.kinds or None, missing=self.missing, decimal=self.decimal)
        if self.class_weight is not None:
            if answers.task != "classification":
                raise BadInput("--class-weight is for classes, but the target holds quantities")
            model.set_params(class_weight=_class_weight(self.class_weight, answers))
        if self.threshold is not None:
            if answers.task != "classification":
                raise BadInput("--threshold is for classes, but the target holds quantities")
            model.set_params(threshold=_threshold(self.threshold))
        return model

    def summary(self, answers: Answers) -> dict[str, Any]:
        """Return what the model shall remember: the data's name, the targets and how to read them, the rows' names."""
        record = {"answers": answers.to_json(), "ids": self.ids, "aside": list(self.roles)}
        return {"data": _called(self.data), "target": self.names, "reading": record}


def _called(data: str) -> str:
    """Return what a model calls its data: a file's or folder's name, or a pattern and the folder that holds what fits.

    Examples
    --------
    >>> _called("/data/shop/all.csv"), _called("/data/shop/2024-*/part*.csv"), _called("part?.csv")
    ('all.csv', 'shop/2024-*/part*.csv', 'part?.csv')
    """
    parts = Path(data).parts
    magic = [k for k, part in enumerate(parts) if glob.has_magic(part)]
    return Path(*parts[max(magic[0] - 1, 0) :]).as_posix() if magic else Path(data).name


def _roles(targets: Sequence[str], others: dict[str, Sequence[str | None]]) -> dict[str, str]:
    """Return what the columns are that are not learned from."""
    roles = dict.fromkeys(targets, "target")
    for role, names in others.items():
        for name in filter(None, names):
            if name in targets:
                raise BadInput(f"'{name}' cannot be the target and a {role}")
            roles.setdefault(name, role)
    return roles


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
