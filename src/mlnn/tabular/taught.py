"""Rows that are learned from or judged by: what a teacher says of them, and the truth, where it is known."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import TableError
from mlnn.frame.printable import printable
from mlnn.frame.table import Table
from mlnn.tabular.class_score import decided
from mlnn.tabular.given import Given, weightless, without_target
from mlnn.tabular.handed import Handed
from mlnn.tabular.target import Classes, Target
from mlnn.tabular.teacher import Teacher, listed


@dataclass(frozen=True, eq=False)
class Taught:
    """Rows with what is said of them.

    Attributes
    ----------
    handed : Handed
        The rows.
    told : array of shape (N, K) or (N,)
        The teacher's probabilities, or values.
    given : Given
        The truth, weights and groups.
    true : bool
        Whether there is a truth.
    seconds : float
        How long the teacher took.
    numbers : array of int, shape (N,)
        Which of the rows given they are.
    threshold : float, optional
        From what probability on the teacher decides for the second of two classes.
    """

    handed: Handed
    told: Array
    given: Given
    true: bool
    seconds: float
    numbers: Array
    threshold: float | None = None

    @classmethod
    def by(cls, teacher: Teacher, handed: Handed, given: Given, true: bool) -> "Taught":
        """Return rows that a teacher was asked about, but those of weight 0."""
        kept = np.flatnonzero(~weightless(given.weights, handed.table.rows))
        if len(kept) < handed.table.rows:
            handed, given = handed.take(kept), given.take(kept)
        started = time.perf_counter()
        told = teacher(handed)
        return cls(handed, told, given, true, time.perf_counter() - started, kept, teacher.threshold)

    @property
    def table(self) -> Table:
        """Return the rows as a student gets them."""
        return self.handed.table

    def encoded(self, target: Target) -> Array:
        """Return what the teacher says as a network has it: probabilities, or values of mean 0 and variance 1."""
        return self.told if self.told.ndim == 2 else target.encode(self.told)

    def take(self, some: Array) -> "Taught":
        """Return some of the rows."""
        handed, given, numbers = self.handed.take(some), self.given.take(some), self.numbers[some]
        return replace(self, handed=handed, told=self.told[some], given=given, numbers=numbers)

    @property
    def said(self) -> list[str]:
        """Say how many rows lack a truth."""
        gone = int(without_target(self.given.targets).sum()) if self.true else 0
        have = "has" if gone == 1 else "have"
        return [f"{gone:,} of {len(self.told):,} rows {have} no truth: no loss is told by them"] if gone else []

    def settled(self) -> Array:
        """Return the numbers of the rows with a truth, or of all, if there is none."""
        gone = without_target(self.given.targets)
        return np.flatnonzero(~gone) if self.true else np.arange(len(gone))

    def t(self, target: Target) -> Array:
        """Return the truth of settled rows as a network has it; without, what the teacher decides."""
        if self.true:
            return target.encode(np.asarray(self.given.targets.tolist()))
        told = self.encoded(target)
        return decided(told, self.threshold) if isinstance(target, Classes) else told

    def flattering(self, teacher: Teacher, new: bool) -> str:
        """Say that the teacher's loss on these rows, all settled, is too good, or may be.

        Of another's model nobody knows what it was trained on: ``new`` are rows that were given to judge by.
        """
        if (own := teacher.own) is None:
            return "" if new else "if the teacher was trained on these rows, its loss is too good: judge by others"
        known = own.known_among(own.preparation_.prepare(self.table).matrix, self.t(own.target_))
        return f"of the teacher's, {known}: its loss is too good" if known else ""


def truth(
    teacher: Teacher,
    model: Any,
    rows: int,
    y: Any,
    weights: Any,
    groups: Any = None,
    names: Sequence[str] | None = None,
) -> Given:
    """Return what is given beside so many rows; without y, targets of zeros stand in its place.

    ``names`` are those of targets that are met for the first time, by which others will be read.

    Raises
    ------
    TableError, ValueError
        If it does not fit the rows, or is nothing that the teacher predicts.
    """
    given = Given.of(rows, np.zeros(rows) if y is None else y, weights, groups)
    if y is None:
        return given
    if given.targets.ndim == 2:
        raise TableError(f"y has {given.targets.shape[1]} columns, but a student learns one target")
    try:
        if names is None:
            targets = model.read_targets(given.targets, teacher.target)
        else:
            targets, model.written_, said = model.first_read(given.targets, names, False)
            model.said_ += map(printable, said)
        given = given.read_as(targets)
        known = given.targets[~without_target(given.targets)]
        if teacher.target is None:
            model.checked_targets(known)
            return given
    except ValueError as problem:
        if teacher.target is not None:
            raise
        raise TableError(f"the teacher predicts quantities, and y must hold some: {problem}") from None
    labels = teacher.target.labels
    checked = np.asarray(known.tolist())
    if (strange := checked[labels.places(checked) < 0]).size:
        knows = f"the teacher knows the classes {listed(labels.classes)}"
        raise TableError(f"{knows}, but y holds {printable(repr(strange.tolist()[0]))}")
    return given
