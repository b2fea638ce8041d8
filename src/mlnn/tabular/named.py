"""A table with its targets in it, which are told by the names of their columns."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.base import is_classifier

from mlnn.array import Array
from mlnn.frame.answers import Answers, read_target
from mlnn.frame.column import TableError
from mlnn.frame.read import read_table
from mlnn.frame.roles import weights_of
from mlnn.frame.table import Table
from mlnn.tabular.given import Named


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
            If one is not there, or no feature is left.

        Examples
        --------
        >>> NamedTargets.of(Table.of({"age": [1, 2], "w": [1, 1], "y": [0, 1]}), ["y"], "w").features
        ('age',)
        """
        named = tuple(dict.fromkeys(map(table.named, targets)))
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
