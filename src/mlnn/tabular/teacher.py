"""Teachers: whatever predicts rows, asked and checked in one way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from mlnn.array import Array
from mlnn.estimator.labels import Labels, typed
from mlnn.frame.column import TableError, quoted, unmasked
from mlnn.frame.printable import printable
from mlnn.frame.table import Table
from mlnn.frame.values import Words, gaps_of
from mlnn.tabular.base import TableModel
from mlnn.tabular.handed import Handed
from mlnn.tabular.target import Classes, Quantities, Target

NEAR = 1e-3
"""So far from 1 may probabilities sum up that came in single precision, or from a file."""


@dataclass(frozen=True, eq=False)
class Teacher:
    """Whoever is learned from.

    Parameters
    ----------
    ask : callable
        From rows to predictions.
    target : Classes, optional
        The classes, in ascending order; without, it predicts a quantity.
    order : array of int, optional
        Which column of its probabilities belongs to each class.
    own : TableModel, optional
        What it is, if a table model of ours.
    called : str
        Its name in sentences.
    works : bool
        Whether it works out what it predicts, which takes time; not, where that stands in the data.
    """

    ask: Callable[[Any], Any]
    target: Classes | None = None
    order: Array | None = None
    own: TableModel | None = None
    called: str = "function"
    works: bool = True

    @classmethod
    def of(cls, teacher: Any, classes: Sequence[Any] | None = None) -> "Teacher":
        """Return what to ask, and which classes it knows.

        Raises
        ------
        TableError
            If it is not fitted, predicts nothing, or several things at once.

        Examples
        --------
        >>> rows = Handed(np.zeros((1, 1)), Table.of([[0]]))
        >>> Teacher.of(lambda X: [[0.1, 0.9]] * len(X), ["yes", "no"])(rows)
        array([[0.9, 0.1]])
        """
        if isinstance(teacher, type):
            raise TableError(f"the teacher is the class {teacher.__name__}: fit one, and give that")
        _require_fitted(teacher)
        called = type(teacher).__name__
        if isinstance(teacher, TableModel):
            if teacher.target_.columns > 1:
                raise TableError(
                    f"the teacher predicts {teacher.target_.columns} targets at once: a student learns one"
                )
            ask = teacher.predict_proba if isinstance(teacher.target_, Classes) else teacher.predict
            target = teacher.target_ if isinstance(teacher.target_, Classes) else None
            return cls(ask, target, own=teacher, called=called)
        named = getattr(teacher, "classes_", None) if classes is None else classes
        named = None if named is None or not len(named) else named  # CatBoost's regressors have none of them
        if hasattr(teacher, "predict_proba"):
            if named is None:
                raise TableError("the teacher has probabilities, but no classes_: name them with classes=")
            return cls(teacher.predict_proba, *_classes(named), called=called)
        if hasattr(teacher, "predict"):
            if named is not None or (isinstance(teacher, BaseEstimator) and is_classifier(teacher)):
                remedy = "sklearn.calibration.CalibratedClassifierCV gives some to any classifier"
                raise TableError(f"the teacher predicts classes, but no probabilities (predict_proba): {remedy}")
            return cls(teacher.predict, called=called)
        if not callable(teacher):
            raise TableError(
                f"a teacher has predict_proba or predict, or is a function, but got {type(teacher).__name__}"
            )
        told = isinstance(teacher, ToldIn)
        called = str(teacher) if told else str(getattr(teacher, "__name__", called))
        target, order = (None, None) if named is None else _classes(named)
        return cls(teacher, target, order, called=called, works=not told)

    def __call__(self, handed: Handed) -> Array:
        """Return probabilities, shape (N, K), or values, shape (N,), for rows that are copied before: none is altered.

        Raises
        ------
        TableError
            If it cannot predict them, or predicts what cannot be meant: in which row.
        """
        count = handed.table.rows
        try:
            found = self.ask(handed.take(np.arange(count)).rows)  # it may alter its own
        except Exception as problem:
            raise TableError(_unable(problem, handed.table)) from problem
        if isinstance(found, list) and found and getattr(found[0], "ndim", 0) == 2:
            raise TableError(f"the teacher predicts {len(found)} targets at once: a student learns one")
        try:
            values = np.asarray(unmasked(found), dtype=np.float64)
        except (TypeError, ValueError):
            raise TableError(
                "the teacher's predictions are no numbers: name its classes, and give probabilities"
            ) from None
        return self._shares(values, handed) if self.target else _quantities(values, handed)

    def learned(self, predictions: Array) -> Target:
        """Return what the student predicts.

        Raises
        ------
        TableError
            If the teacher predicts the same of all rows.
        """
        if self.target is None and (predictions == predictions[0]).all():
            raise TableError(f"the teacher predicts {predictions[0]:g} of every row: there is nothing to learn")
        return self.target or Quantities.learn(predictions)

    @property
    def threshold(self) -> float | None:
        """Return from what probability on it decides for the second of two classes; None means the likelier one."""
        return None if self.own is None else self.own.threshold_

    def _shares(self, values: Array, handed: Handed) -> Array:
        """Return probabilities, a column for each class in ascending order, each row's sum 1."""
        count = handed.table.rows
        assert self.target is not None
        classes = self.target.labels.classes
        if values.ndim == 1 and len(classes) == 2:
            values = np.column_stack([1.0 - values, values])
        if values.shape != (count, len(classes)):
            said = f"{count:,} rows and {len(classes)} classes ({listed(classes)})"
            raise TableError(f"the teacher's probabilities have the shape {values.shape}, but there are {said}")
        _require(np.isfinite(values), values, "are not finite", handed)
        _require(values >= -NEAR, values, "are negative", handed)
        sums = values.sum(axis=1)
        if (wrong := np.abs(sums - 1.0) > NEAR).any():
            row = int(np.argmax(wrong))
            theirs = f"those of {handed.where(row)} sum up to {sums[row]:.4g}"
            raise TableError(f"the teacher's probabilities must sum up to 1, but {theirs}")
        values = np.maximum(values if self.order is None else values[:, self.order], 0.0)
        return values / values.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class ToldIn:
    """A teacher whose predictions stand in columns of the frames that it gets.

    Attributes
    ----------
    columns : tuple of str
        Their names.
    """

    columns: tuple[str, ...]

    def __call__(self, frame: Any) -> Any:
        """Return what stands there."""
        return frame[list(self.columns)].to_numpy()

    def __str__(self) -> str:
        """Name them."""
        return f"column{'s' if len(self.columns) > 1 else ''} {quoted(self.columns)}"


def _require_fitted(teacher: Any) -> None:
    """Refuse one that is not fitted, if it can tell."""
    asked = getattr(teacher, "is_fitted", None)  # CatBoost's way to say so
    try:
        if isinstance(teacher, BaseEstimator):
            check_is_fitted(teacher)
        fitted = not callable(asked) or isinstance(teacher, BaseEstimator) or bool(asked())
    except NotFittedError:
        fitted = False
    if not fitted:
        raise TableError(f"the teacher is a {type(teacher).__name__} that is not fitted yet: call its fit first")


def _classes(named: Any) -> tuple[Classes, Array]:
    """Return a teacher's classes in ascending order, and where each stands among its columns."""
    if isinstance(named, list) and any(isinstance(each, np.ndarray) for each in named):
        raise TableError(f"the teacher predicts {len(named)} targets at once: a student learns one")
    labels = typed(np.array(list(named), dtype=object))
    classes, order = np.unique(labels, return_index=True)
    if len(classes) < len(labels):
        raise TableError(f"the teacher's classes must differ, but they are {listed(labels)}")
    if len(classes) < 2:
        raise TableError(f"the teacher knows only one class, {listed(classes)}: there is nothing to learn")
    return Classes(Labels(classes)), order


def _quantities(values: Array, handed: Handed) -> Array:
    """Return a quantity for each row."""
    count = handed.table.rows
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.shape != (count,):
        hint = (
            ": name the classes of probabilities with classes=; a student learns one target" if values.ndim > 1 else ""
        )
        raise TableError(f"the teacher's predictions have the shape {values.shape}, but there are {count:,} rows{hint}")
    _require(np.isfinite(values), values, "are not finite", handed)
    return values


def _require(good: Array, values: Array, what: str, handed: Handed) -> None:
    if not good.all():
        place = tuple(int(k) for k in np.argwhere(~good)[0])
        those = "probabilities" if len(place) > 1 else "predictions"
        raise TableError(f"{those} of the teacher {what}: {handed.where(place[0])} has {values[place]:.4g}")


def _unable(problem: Exception, table: Table) -> str:
    """Say why rows cannot be predicted; that cells are missing, where some are."""
    if isinstance(problem, NotFittedError):
        return f"the teacher is not fitted: {problem}"
    why = printable(f"{type(problem).__name__}: {' '.join(str(problem).split())[:300]}")
    gaps = [name for name in table.names if _has_gaps(table, name)]
    known = f"; cells are missing in {quoted(gaps[:5])}, which it may not take" if gaps else ""
    return f"the teacher cannot predict these rows: {why}{known}"


def _has_gaps(table: Table, name: str) -> bool:
    values = table[name]
    return isinstance(values, Words | np.ndarray) and bool(gaps_of(values).any())


def listed(labels: Any) -> str:
    """Name classes for a sentence, the first few of many."""
    return quoted([str(each) for each in labels[:10]]) + (" …" if len(labels) > 10 else "")
