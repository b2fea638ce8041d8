"""What each of several members, trained on other rows, sees of a prepared table where columns look at targets."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np

from mlnn.array import Array
from mlnn.frame.kind import CategoricalColumn, Column, Seen
from mlnn.frame.kind.base import Content
from mlnn.frame.kind.mean_target import few_targets
from mlnn.frame.places import Places
from mlnn.frame.table import Table


def _counted(column: Column, seen: Seen) -> Column:
    fate = column.fate
    rare = round(fate.rare * seen.rows / max(fate.rows, 1))
    # where the sample could read all cells, there is none to show
    unread = seen.unreadable if fate.unreadable else 0
    return replace(column, fate=replace(fate, rows=seen.rows, missing=seen.missing, unread=unread, rare=rare))


class OfMembers(ABC):
    """A preparation of members each of which is judged by a fold of the rows, and may not know its targets."""

    columns_: tuple[Column, ...]
    set_output: Callable[..., Self]
    _places: Places

    def for_model(self) -> Self:
        """Return the preparation, which gives a model arrays, whatever scikit-learn is told to put out."""
        return self.set_output(transform="default")

    def told_to(self, X: Any, y: Any, fold: Array, members: Sequence[Array], task: str) -> tuple[Array, list[Array]]:
        """Return which C columns of the matrix look at targets, and what each member is told there: arrays (N, C).

        X, y, fold and task are those of ``fit_transform``; nothing is known to a member but the targets of its rows.
        """
        telling = list(self._telling())
        table, T = Table.of(X), few_targets(y, task)
        if T is None or not telling:
            return np.arange(0), []
        known = [np.isin(np.arange(table.rows), rows) for rows in members]
        told = [column.told_to(self._blanked(table, column), T, fold, known) for column, _ in telling]
        columns = [np.arange(place.stop - T.shape[1], place.stop) for _, place in telling]
        return np.concatenate(columns), [np.concatenate(own, axis=1) for own in zip(*told, strict=True)]

    def remember(self, X: Any, matrix: Array, fold: Array) -> None:
        """Remember what the rows of each fold are told: X is that of training, and the matrix as their judges see it.

        ``fold`` is the number of each row's fold, negative for none.
        """
        table = Table.of(X)
        anew = {
            column.name: column.judged(self._blanked(table, column), matrix[:, place], fold)
            for column, place in self._telling()
        }
        self.columns_ = tuple(anew.get(column.name, column) for column in self.columns_)
        self._places = Places(self.columns_)

    def count(self, seen: Mapping[str, Seen]) -> None:
        """Let the report tell what was met in all rows, where columns were learned from some of them.

        What is missing and unreadable is counted; how many rows hold pooled categories is what training had, in
        proportion.
        """
        self.columns_ = tuple(
            _counted(column, seen[column.name]) if column.name in seen else column for column in self.columns_
        )
        self._places = Places(self.columns_)

    def as_judged(self, X: Any, fold: Array) -> Array:
        """Return the matrix of rows of training as their judges see it, who do not know the targets of their fold."""
        table, matrix = Table.of(X), self.transform(X)
        for column, place in self._telling():
            column.fill_judged(self._blanked(table, column), matrix[:, place], fold)
        return matrix

    def _telling(self) -> Iterator[tuple[CategoricalColumn, slice]]:
        """Give the columns that look at targets, and where their features are."""
        for column, place in self._places:
            if isinstance(column, CategoricalColumn) and column.known:
                yield column, place

    @abstractmethod
    def _blanked(self, table: Table, column: Column) -> Content:
        """Return a column's cells, without the words that mean a missing one."""

    @abstractmethod
    def transform(self, X: Any) -> Array:
        """Return the matrix of new rows."""
