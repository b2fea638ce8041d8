"""What a command trains on: the rows, the targets, and a model with the settings that the options mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.cli.chosen import Chosen
from mlnn.cli.console import BadInput
from mlnn.frame.answers import Answers, read_again
from mlnn.frame.column import TableError, quoted
from mlnn.frame.printable import printable
from mlnn.frame.read import read_table
from mlnn.frame.roles import groups_of, require_some, times_of, weights_of
from mlnn.frame.sentence import in_options
from mlnn.frame.split import far_from, hold_out, past_and_future
from mlnn.frame.table import Table, Words
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.given import Named, left_out, that_count, weightless, without_target


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
        file, fraction = file_or_fraction(valid)
        return cls.in_memory(Chosen.of(data, target, reading, **options), file, fraction)

    @classmethod
    def in_memory(cls, chosen: Chosen, file: str | None, fraction: float | None) -> "Job":
        """Read all rows, and those of a file, or hold a fraction of them out, for a separate judgement."""
        whole, weight, group, time = chosen.whole, chosen.weight, chosen.group, chosen.time
        decimal = chosen.decimal
        answers = chosen.answers(whole)
        weights = None if weight is None else weights_of(whole, weight, decimal)
        left_aside = without_target(answers.y) | weightless(weights, whole.rows)
        rows = Labelled(
            whole.only(chosen.features),
            answers.y,
            weights,
            None if group is None else groups_of(whole, group),
            None if time is None else times_of(whole, time, ~left_aside, decimal),
        )
        model, said = chosen.model(answers), [*answers.said, *whole.said]
        said += [f"'{group}' keeps rows together, and is not learned from"] if group else []
        held = None
        if file is not None:
            held, more = held_in(file, rows, answers, chosen)
            said += more
        elif fraction is not None:
            rows, left = rows.that_count(chosen.names)
            said += left
            kept, apart = _split(rows, fraction, answers.task, model.random_state)
            if together := "group" if group else "time" if time else "":
                far = far_from(fraction, len(apart), len(kept) + len(apart), together)
                said += [f"--valid: {sentence}" for sentence in far]
            rows, held = rows.take(kept), rows.take(apart)
        return cls(model, rows, held, chosen.summary(answers), said)

    def fit(self, **watched: Any) -> None:
        """Train the model."""
        rows = self.rows
        self.model.fit(rows.table, self.targets, rows.weights, groups=rows.groups, times=rows.times, **watched)

    def reported(self) -> tuple[Table, Array]:
        """Return the rows that a report shows, and their targets."""
        return self.rows.table, self.rows.y

    def finish(self, model: TableClassifier | TableRegressor) -> None:
        """Let a trained model remember where it comes from, and judge it by the rows held out."""
        model.summary_ |= self.summary
        told = {*map(printable, self.said), *map(printable, self.rows.table.said)}  # ours have remedies as options
        model.said_ = [*map(in_options, self.said), *(sentence for sentence in model.said_ if sentence not in told)]
        if self.held:
            judged = model.evaluation(self.held.table, self.held.y, self.held.weights)
            valid = {"rows": self.held.table.rows, "scores": judged.scores}
            model.summary_["valid"] = valid | ({"prices": judged.prices} if judged.prices else {})
            model.said_ += [f"--valid: {judged.flattered}"] if judged.flattered else []


def file_or_fraction(valid: str | None) -> tuple[str | None, float | None]:
    """Return the file of the rows to judge by, or what fraction of all they are."""
    if valid is None:
        return None, None
    try:
        fraction = float(valid)
    except ValueError:
        return valid, None
    if not 0.0 < fraction < 1.0:
        raise BadInput(f"--valid must be a file or a fraction between 0 and 1, but got {valid}")
    return None, fraction


def _split(rows: Labelled, fraction: float, task: str, seed: int) -> tuple[Array, Array]:
    """Return the rows to train on and those to hold out: the future, whole groups, or any, of all classes alike."""
    if rows.times is not None:
        return past_and_future(rows.times, fraction)
    labels = rows.y.astype(str) if task == "classification" and rows.y.ndim == 1 else np.zeros(len(rows.y))
    groups = None if rows.groups is None else Words.of(rows.groups).codes
    return hold_out(np.unique(labels, return_inverse=True)[1], fraction, seed, task, groups)


def require_others(file: str, data: str) -> None:
    """Refuse a file of rows to judge by that is the one to train on.

    Raises
    ------
    BadInput
        If it is.
    """
    if Path(file).exists() and Path(data).exists() and Path(file).samefile(data):
        raise BadInput(f"--valid {file} holds the very rows that are trained on")


def held_in(file: str, rows: Labelled, answers: Answers, chosen: Chosen) -> tuple[Labelled, list[str]]:
    """Return the rows of another file to judge by, and what there is to say of them."""
    require_others(file, chosen.data)
    other = read_table(file, chosen.reading)
    held, left = _held(other, rows, answers, chosen.kinds, chosen.weight, chosen.decimal).that_count(chosen.names)
    return held, [*other.said, *(f"--valid: {sentence}" for sentence in left)]


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
