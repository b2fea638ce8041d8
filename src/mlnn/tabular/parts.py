"""The rows of a table: which every member is trained on and judged by, and what that means for the model in the end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.split import folds, hold_out, past_and_future
from mlnn.frame.table import Words

HELD_OUT = 0.2
"""The share of the rows that a single member, or the future, is judged by."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Prepared rows, their encoded targets, and how much each counts."""

    matrix: Array
    t: Array
    weights: Array | None = None

    def only(self, some: Array) -> "Rows":
        """Return some of the rows."""
        return Rows(self.matrix[some], self.t[some], None if self.weights is None else self.weights[some])


@dataclass(frozen=True, eq=False)
class Parts:
    """The members' rows.

    Attributes
    ----------
    members : sequence of (rows, aside)
        What each is trained on and judged by.
    fold : array of shape (N,)
        The number of the fold that a row is in; −1 where it is judged by nowhere.
    again : bool
        Whether members are trained again on all rows, once judged.
    """

    members: Sequence[tuple[Array, Array]]
    fold: Array
    again: bool = False

    def only(self, members: Sequence[int]) -> "Parts":
        """Return the parts of some of the members; the rows that the others would have judged are judged by nowhere."""
        fold = np.full(len(self.fold), -1)
        for number, member in enumerate(members):
            fold[self.fold == (0 if self.again else member)] = 0 if self.again else number
        return replace(self, members=[self.members[member] for member in members], fold=fold)


def parts_of(
    t: Array, task: str, members: int, seed: int, groups: Any = None, times: Any = None, elsewhere: bool = False
) -> Parts:
    """Return the members' rows: folds that keep groups together, one part, or the past.

    Raises
    ------
    TableError
        If there are too few rows or groups for it, or there is no past.

    Examples
    --------
    >>> parts_of(np.arange(6.0), "regression", members=3, seed=0).fold
    array([1, 2, 1, 0, 0, 2])
    """
    fold = np.full(len(t), -1)
    if elsewhere:
        return Parts([(np.arange(len(t)), np.arange(0))] * members, fold)
    coded = None if groups is None else Words.of(groups).codes
    if times is None and members > 1:
        parts = folds(t, members, seed, task, coded)
        for number, (_, aside) in enumerate(parts):
            fold[aside] = number
        return Parts(parts, fold)
    one = hold_out(t, HELD_OUT, seed, task, coded) if times is None else past_and_future(times, HELD_OUT)
    fold[one[1]] = 0
    return Parts([one] * members, fold, again=True)
