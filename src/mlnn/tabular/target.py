"""From targets to the numbers that a network is trained on, and from its predictions to targets again."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.estimator.labels import Labels, typed
from mlnn.frame.column import EXACT, TableError
from mlnn.frame.sentence import number_of
from mlnn.frame.target import NumberCode
from mlnn.output import LeastSquares, Output, SeveralSoftmax, Softmax


class Target(ABC):
    """What was learned of the targets."""

    task: str

    @property
    @abstractmethod
    def output(self) -> Output:
        """Return the end of a network for them."""

    @property
    @abstractmethod
    def scores(self) -> int:
        """Return how many scores it needs."""

    @property
    @abstractmethod
    def columns(self) -> int:
        """Return how many columns targets have."""

    def named(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the columns' names; where others than all of them are known, what is predicted is numbered."""
        if len(names) == self.columns:
            return tuple(names)
        return ("prediction",) if self.columns == 1 else tuple(f"prediction {k}" for k in range(self.columns))

    def require_columns(self, y: Array) -> None:
        """Refuse targets of other columns than those of training.

        Raises
        ------
        ValueError
            If there are not as many.
        """
        columns = 1 if y.ndim == 1 else y.shape[1]
        if columns != self.columns:
            raise ValueError(f"the model predicts {number_of(self.columns, 'column')}, but y has {columns}")

    @abstractmethod
    def encode(self, y: Any) -> Array:
        """Return targets as the output takes them.

        Raises
        ------
        ValueError
            If they are not those that were learned of.
        """

    @abstractmethod
    def decode(self, predictions: Array) -> Any:
        """Return the targets that the output's predictions decide on."""

    @abstractmethod
    def in_units(self, predictions: Array) -> Array:
        """Return the output's predictions, shape (N, K): probabilities, or values in the target's units."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return all that was learned as strings, numbers, lists and dictionaries."""

    @staticmethod
    def from_json(json: Mapping[str, Any]) -> "Target":
        """Return what ``to_json`` wrote.

        Raises
        ------
        ValueError
            If it is something else.
        """
        try:
            if "classes" in json:
                labels = [_labels(classes) for classes in json["classes"]]
                several, questions = _truth(json["several"]), _truth(json["questions"])
                if len(labels) > 1 and not questions:
                    raise ValueError(f"one question has one list of labels, but there are {len(labels)}")
                return Classes(Labels(labels if questions else labels[0], several))
            code = NumberCode(_numbers(json["mean"]), _numbers(json["scale"]))
            return Quantities(code, _truth(json["matrix"]))
        except (KeyError, TypeError, IndexError) as problem:
            raise ValueError(f"this is no target: {problem}") from None


@dataclass(frozen=True, eq=False)
class Classes(Target):
    """Class labels: one a row, several a row, or one for each of several questions."""

    labels: Labels
    task = "classification"

    def __post_init__(self) -> None:
        """Refuse labels that leave nothing to decide."""
        labels = self.labels
        one = [each for each in (labels.classes if labels.questions else [labels.classes]) if len(each) < 2]
        if one and not labels.several:
            raise ValueError(
                f"a classification target needs at least 2 classes, but has only one class, {one[0].tolist()}"
            )

    @classmethod
    def learn(cls, y: Array) -> "Classes":
        """Learn the labels.

        Raises
        ------
        ValueError
            If they are no labels, or all the same.
        """
        return cls(Labels.learn(y))

    @property
    def output(self) -> Output:
        """Return a softmax, a logistic output for several labels a row, or a softmax a question."""
        return self.labels.output("log_loss" if self.labels.several else Softmax())

    @property
    def scores(self) -> int:
        """Return the number of labels."""
        return self.labels.scores(self.output)

    @property
    def columns(self) -> int:
        """Return one for each label or question that a row has, else one."""
        return len(self.labels.classes) if self.labels.several or self.labels.questions else 1

    def encode(self, y: Any) -> Array:
        """Return class numbers, or a matrix of them or of 0 and 1; labels mean the same class in any spelling.

        Raises
        ------
        ValueError
            If a label means no class of training, or there are other columns.
        """
        y = typed(np.asarray(y))
        self.require_columns(y)
        numbers = self.labels.meant(y)
        return numbers.astype(np.float64) if self.labels.several else numbers

    def decode(self, predictions: Array) -> Any:
        """Return the likeliest labels."""
        return self.labels.decode(self.output.decide(predictions))

    def in_units(self, predictions: Array) -> Array:
        """Return the probabilities as they are."""
        return predictions

    def probabilities(self, predictions: Array) -> Any:
        """Return an array of shape (N, K), or a list of one for each question."""
        output = self.output
        return output.groups(predictions) if isinstance(output, SeveralSoftmax) else predictions

    def to_json(self) -> dict[str, Any]:
        """Return the labels."""
        labels = self.labels
        classes = labels.classes if labels.questions else [labels.classes]
        return {
            "classes": [each.tolist() for each in classes],
            "several": labels.several,
            "questions": labels.questions,
        }


@dataclass(frozen=True, eq=False)
class Quantities(Target):
    """Quantities, of mean 0 and variance 1 for the network.

    Parameters
    ----------
    code : NumberCode
        Mean and scale of every column.
    matrix : bool
        Whether y has several columns.
    """

    code: NumberCode
    matrix: bool = False
    task = "regression"

    @classmethod
    def learn(cls, y: Array) -> "Quantities":
        """Learn mean and standard deviation.

        Raises
        ------
        TableError
            If they cannot be scaled, or a column holds only one value.
        """
        for column in np.asarray(y).reshape(len(y), -1).T:
            if len(column) > 1 and (column == column[0]).all():
                raise TableError(f"the target holds only one value, {column[0]:g}: there is nothing to learn")
        return cls(NumberCode.learn(y), y.ndim == 2)

    @property
    def output(self) -> Output:
        """Return least squares."""
        return LeastSquares()

    @property
    def scores(self) -> int:
        """Return the number of columns."""
        return self.code.scores

    @property
    def columns(self) -> int:
        """Return one for each score."""
        return self.scores

    def encode(self, y: Any) -> Array:
        """Return standardized targets, a column each.

        Raises
        ------
        ValueError
            If they are no quantities, or in other columns.
        """
        y = np.asarray(y)
        self.require_columns(y)
        return self.code.encode(y.reshape(len(y), -1))

    def decode(self, predictions: Array) -> Array:
        """Return targets in their own units."""
        values = self.in_units(predictions)
        return values if self.matrix else values[:, 0]

    def in_units(self, predictions: Array) -> Array:
        """Return values in the target's units."""
        return self.code.decode(predictions.astype(np.float64).reshape(len(predictions), -1))

    def to_json(self) -> dict[str, Any]:
        """Return mean and scale."""
        return self.code.to_json() | {"matrix": self.matrix}


def require_two_classes(target: Target) -> None:
    """Refuse what leaves a threshold nothing to decide.

    Raises
    ------
    TableError
        If there are not two classes.
    """
    there = "quantities"
    if isinstance(target, Classes):
        labels = target.labels
        if not labels.several and not labels.questions and len(labels.classes) == 2:
            return
        there = "several targets" if labels.several or labels.questions else f"{len(labels.classes):,} classes"
    raise TableError(f"a threshold decides between two classes, but there are {there}")


def _numbers(values: Any) -> tuple[float, ...]:
    """Return numbers as a file has them, which may be anything."""
    if not isinstance(values, list) or not all(type(each) in (int, float) for each in values):
        raise TypeError(f"mean and scale must be numbers, but they are {values!r}")
    return tuple(map(float, values))


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _labels(classes: Any) -> Array:
    """Return labels as a file has them, which may be anything."""
    if not isinstance(classes, list) or not all(type(each) in (str, bool, int, float) for each in classes):
        raise TypeError(f"class labels must be text or numbers, but they are {classes!r}")
    if len(set(map(type, classes))) != 1:
        raise ValueError(f"class labels must be all text or all numbers of one kind, but they are {classes!r}")
    if not all(one < other for one, other in pairwise(classes)):
        raise ValueError(f"class labels must be sorted, each of them once, but they are {classes!r}")
    if type(classes[0]) is int and max(map(abs, classes)) > EXACT:
        raise ValueError(f"class labels must be whole numbers up to 2⁵³, but they are {classes!r}")
    return typed(np.array(classes, dtype=object))
