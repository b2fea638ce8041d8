"""The rows of a table: which every member is trained on and judged by, and what that means for the model in the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.split import dealt, far_from, folds, hold_out, past_and_future

HELD_OUT = 0.2
"""The share of the rows that a single member, or the future, is judged by."""

NOBODY, EVERYBODY = -1, -2
"""In place of a fold: no member has to do with the row, or all were trained on it and none is judged by it."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Prepared rows, their encoded targets, and how much each counts.

    Attributes
    ----------
    matrix : array of shape (N, D), or Source
        The rows; where members see them differently, as they are to the member that judges them. A source, which is for
        training alone, has targets and weights itself.
    t, weights : arrays
        Targets and weights.
    columns : array of int, shape (C,)
        The columns that look at targets, where members see them differently.
    told : sequence of array of shape (N, C)
        What each member sees there, which knows the targets alone that it is trained on; or none, if all see the same.
    """

    matrix: Array
    t: Array
    weights: Array | None = None
    columns: Array = field(default_factory=lambda: np.arange(0))
    told: Sequence[Array] = ()

    def only(self, some: Array) -> "Rows":
        """Return some of the rows, as all see them."""
        return Rows(self.matrix[some], self.t[some], None if self.weights is None else self.weights[some])

    def of(self, member: int) -> "Rows":
        """Return the rows as a member sees them."""
        if not self.told:
            return self
        matrix = self.matrix.copy()
        matrix[:, self.columns] = self.told[member]
        return Rows(matrix, self.t, self.weights)

    def told_to(self, columns: Array, told: Sequence[Array], aside: Sequence[Array]) -> "Rows":
        """Return the rows as members see them who are told this in these columns, and judge the rows ``aside``.

        Where one alone is told, it stands for all, since they are trained on the same rows.
        """
        if not len(columns):
            return self
        matrix = self.matrix.copy()
        if len(told) == 1:
            matrix[:, columns] = told[0]
            return Rows(matrix, self.t, self.weights)
        for mine, some in zip(told, aside, strict=True):
            matrix[np.ix_(some, columns)] = mine[some]
        return Rows(matrix, self.t, self.weights, columns, told)


@dataclass(frozen=True, eq=False)
class Parts:
    """The members' rows.

    Attributes
    ----------
    members : sequence of (rows, aside)
        What each is trained on and judged by.
    fold : array of shape (N,)
        The number of the fold that a row is in; ``EVERYBODY`` where it is in none.
    dealt : array of shape (N,)
        The number of another part that a row is in: it is told mean targets by the rows of the other parts.
    again : bool
        Whether members are trained again on all rows, once judged.
    said : sequence of str
        What there is to say of the choice.
    """

    members: Sequence[tuple[Array, Array]]
    fold: Array
    dealt: Array
    again: bool = False
    said: Sequence[str] = ()

    @property
    def apart(self) -> Sequence[tuple[Array, Array]]:
        """Return the members' rows; where all have the same, those of one."""
        return self.members if separate(self.fold) else self.members[:1]

    def only(self, members: Sequence[int]) -> "Parts":
        """Return the parts of some of the members; all of them were trained on what the others would have judged."""
        fold = np.full(len(self.fold), EVERYBODY)
        for number, member in enumerate(members):
            fold[self.fold == (0 if self.again else member)] = 0 if self.again else number
        return replace(self, members=[self.members[member] for member in members], fold=fold)


def parts_of(
    t: Array,
    task: str,
    members: int,
    seed: int,
    groups: Array | None = None,
    times: Any = None,
    elsewhere: bool = False,
) -> Parts:
    """Return the members' rows: folds that keep groups together, one part, or the past.

    Raises
    ------
    TableError, ValueError
        If there are too few rows or groups for it, or no past; or both times and other rows are to judge by.

    Examples
    --------
    >>> parts_of(np.arange(6.0), "regression", members=3, seed=0).fold
    array([1, 2, 1, 0, 0, 2])
    """
    if elsewhere and times is not None:
        raise ValueError("rows are judged by the future (times) or by eval_set, but both were given")
    fold, others = np.full(len(t), EVERYBODY), dealt(len(t), seed, groups)
    if elsewhere:
        return Parts([(np.arange(len(t)), np.arange(0))] * members, fold, others)
    if times is None and members > 1:
        parts = folds(t, members, seed, task, groups)
        for number, (_, aside) in enumerate(parts):
            fold[aside] = number
        return Parts(parts, fold, others)
    one = hold_out(t, HELD_OUT, seed, task, groups) if times is None else past_and_future(times, HELD_OUT)
    fold[one[1]] = 0
    together = "group" if groups is not None else "time" if times is not None else ""
    said = far_from(HELD_OUT, len(one[1]), len(t), together) if together else []
    return Parts([one] * members, fold, others, again=True, said=said)


def separate(fold: Array) -> bool:
    """Tell whether each member judges rows of its own."""
    return bool(fold.max(initial=0) > 0)
