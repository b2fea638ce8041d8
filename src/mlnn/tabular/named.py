"""A table with its targets in it, which are told by the names of their columns."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier

from mlnn.array import Array
from mlnn.frame.answers import Answers, read_again, read_target
from mlnn.frame.column import TableError, quoted
from mlnn.frame.kind.notation import PLAIN
from mlnn.frame.read import read_table
from mlnn.frame.roles import groups_of, weights_of
from mlnn.frame.sentence import number_of
from mlnn.frame.table import Table
from mlnn.tabular.given import Named
from mlnn.tabular.target import Classes, Target


@dataclass(frozen=True, eq=False)
class NamedTargets:
    """A table, and what its columns are for.

    Attributes
    ----------
    table : Table
        All columns.
    targets : tuple of str
        What is to be predicted.
    weight : str or None
        How much each row counts.
    features : tuple of str
        What is learned from.
    """

    table: Table
    targets: tuple[str, ...]
    weight: str | None
    features: tuple[str, ...]

    @classmethod
    def of(cls, table: Table, targets: Sequence[str], weight: str | None = None) -> "NamedTargets":
        """Return what the columns are for, of which some are named.

        Raises
        ------
        TableError
            If one is not there, or named twice, or no feature is left.

        Examples
        --------
        >>> NamedTargets.of(Table.of({"age": [1, 2], "w": [1, 1], "y": [0, 1]}), ["y"], "w").features
        ('age',)
        """
        named = tuple(table.all_named(targets))
        weight = None if weight is None else table.named(weight)
        if weight in named:
            raise TableError(f"'{weight}' cannot be the target and a weight")
        features = tuple(name for name in table.names if name not in (*named, weight))
        if not features:
            raise TableError(f"targets and weights are all columns of {table.name}: no feature is left")
        return cls(table, named, weight, features)

    def answers(self, model: Any, rows: Table | None = None) -> Answers:
        """Return what the targets of some rows, or of all, are to a model."""
        task = "classification" if is_classifier(model) else "regression"
        return read_target(self.table if rows is None else rows, self.targets, task, None, model.missing, model.decimal)

    def in_memory(self, model: Any) -> tuple[Table, Named, Array | None, Answers]:
        """Return the features, the targets and the weights of all rows, and what the targets are to a model."""
        answers = self.answers(model)
        weights = None if self.weight is None else weights_of(self.table, self.weight, model.decimal)
        return self.table.only(self.features), Named(answers.y, list(self.targets)), weights, answers

    def record(self, answers: Answers) -> dict[str, Any]:
        """Return by what the same columns of other tables are known."""
        aside = [*self.targets, *([] if self.weight is None else [self.weight])]
        return {"answers": answers.to_json(), "ids": [], "aside": aside}


class Known(NamedTuple):
    """What a model knows of the columns that hold its targets.

    Attributes
    ----------
    target : Target
        What was learned of them.
    record : dict
        How they were read; of a model that was trained from Python, what words meant gaps.
    names : list of str
        What they were called; nothing if nobody said.
    columns : list of str
        The features.
    decimal : str or None
        What parts decimals of weights that do not tell.
    """

    target: Target
    record: Mapping[str, Any]
    names: Sequence[str]
    columns: Sequence[str]
    decimal: str | None

    @classmethod
    def of(cls, model: Any) -> "Known":
        """Return what a trained model knows."""
        summary, columns = model.summary_, [column.name for column in model.preparation_.columns_]
        record = summary.get("reading", {}).get("answers") or {"words": model.missing}
        return cls(model.target_, record, summary.get("target") or (), columns, model.preparation_.decimal)

    def targets(self, table: Table, names: Sequence[str], by: str = "y") -> Array:
        """Return the targets in columns of a table, read as in training; ``by`` is what names them.

        Raises
        ------
        TableError
            If they are not there, cannot be read, or are others than the model predicts.
        """
        notations = self.record.get("notations") or [asdict(PLAIN)] * self.target.columns
        if len(names) != len(notations):
            expected = number_of(len(notations), "column")
            raise TableError(f"the model predicts {expected}, but {by} names {len(names)}: {quoted(names)}")
        if sorted(self.names) == sorted(names) and list(self.names) != list(names):
            raise TableError(f"the model predicts {quoted(self.names)}, in this order, but {by} names {quoted(names)}")
        record = {"names": list(names), "notations": notations, "words": self.record["words"]}
        classes: Any = None
        if isinstance(self.target, Classes):
            labels = self.target.labels
            classes = np.array([0, 1]) if labels.several else labels.classes
        return read_again(table, record, classes)

    def told(self, X: Any, y: Any, weights: Any = None, groups: Any = None) -> tuple[Any, Any, Any, Any]:
        """Return rows, targets, weights and groups, in place of the names of columns what these hold.

        Raises
        ------
        TableError, TypeError
            If a path comes without names, or there is no such file or column.
        """
        file = named_targets(X, y, weights)
        if file is None:
            return X, y, weights, groups
        weights = None if file.weight is None else weights_of(file.table, file.weight, self.decimal)
        if isinstance(groups, str):
            groups = groups_of(file.table, file.table.named(groups))
        rows = file.table.only([name for name in file.features if name in self.columns])
        return rows, Named(self.targets(file.table, file.targets), list(file.targets)), weights, groups


def named_targets(X: Any, y: Any, weight: Any) -> NamedTargets | None:
    """Return the table that somebody gives with the names of its targets; None where targets are given themselves.

    Raises
    ------
    TableError, TypeError
        If a path comes without names, or there is no such file or column.
    """
    names = [y] if isinstance(y, str) else list(y) if isinstance(y, list | tuple) else []
    named = bool(names) and all(isinstance(name, str) for name in names)
    if isinstance(X, str | os.PathLike):
        if not named or not isinstance(weight, str | None):
            expected = "y, and sample_weight if there is one, are the names of its columns"
            raise TypeError(f"of a file {expected}, but got {type(y).__name__} and {type(weight).__name__}")
        return NamedTargets.of(read_table(X), names, weight)
    if isinstance(X, Table) and isinstance(y, str | tuple) and named:
        return NamedTargets.of(X, names, weight)
    return None
