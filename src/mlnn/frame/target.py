"""From targets to the numbers that a network is trained on, and from its answers to targets again."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlnn.array import Array
from mlnn.frame.column import TableError, as_numbers, holds_numbers, quoted, refuse_missing, suggestion

if TYPE_CHECKING:
    import pandas as pd

MOST_CLASSES = 20
"""Targets that are the whole numbers 0, 1, …, K − 1 are class numbers up to this K, beyond it they are counts."""

LARGEST = 1e150
"""The size of quantities up to which sums of their squares are finite."""


class TargetCode(ABC):
    """How targets become the numbers that a network is trained on, and how its answers become targets again."""

    @property
    @abstractmethod
    def scores(self) -> int:
        """Return how many scores a network needs for it."""

    @abstractmethod
    def encode(self, y: Any) -> Array:
        """Return the targets as numbers."""

    @abstractmethod
    def decode(self, numbers: Array) -> Array:
        """Return the numbers as targets."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return all that was learned as strings, numbers, lists and dictionaries."""

    @staticmethod
    def from_json(json: Mapping[str, Any]) -> "TargetCode":
        """Return the code that ``to_json`` wrote.

        Raises
        ------
        ValueError
            If ``json`` is not what ``to_json`` writes.
        """
        try:
            if "classes" in json:
                return ClassCode(tuple(_labels(json["classes"])))
            return NumberCode(tuple(map(float, json["mean"])), tuple(map(float, json["scale"])))
        except (KeyError, TypeError) as problem:
            raise ValueError(f"this is not a TargetCode: {problem}") from None


@dataclass(frozen=True)
class ClassCode(TargetCode):
    """Labels as class numbers 0 … K − 1, in sorted order.

    Parameters
    ----------
    classes : tuple
        The K labels: all text, all booleans or all numbers.

    Raises
    ------
    TableError
        If labels are missing or mixed, if there is only one class, or if ``encode`` meets a label unknown to training.

    Examples
    --------
    >>> code = ClassCode.learn(["no", "yes", "no"])
    >>> code.encode(["yes", "no"]), code.decode(np.array([1, 0]))
    (array([1, 0]), array(['yes', 'no'], dtype=object))
    """

    classes: tuple[str | bool | int | float, ...]

    def __post_init__(self) -> None:
        """Refuse what no training can have learned."""
        kinds = {"text" if isinstance(each, str) else "number" for each in self.classes}
        if len(kinds) > 1:
            raise TableError("the classes must be all text or all numbers, but they are a mixture")
        if len(self.classes) < 2:
            raise TableError(f"a classification target needs at least 2 classes, but has only {self.classes}")

    @property
    def scores(self) -> int:
        """Return K."""
        return len(self.classes)

    @classmethod
    def learn(cls, y: Any) -> "ClassCode":
        """Learn the classes."""
        labels = set(_labels(y))
        return cls(tuple(sorted(labels, key=lambda each: (isinstance(each, str), each))))

    def encode(self, y: Any) -> Array:
        """Return class numbers."""
        number = {each: k for k, each in enumerate(self.classes)}
        labels = _labels(y)
        try:
            return np.array([number[each] for each in labels], dtype=np.int64)
        except KeyError:
            row = next(row for row, each in enumerate(labels) if each not in number)
            unknown = f"row {row} (counted from 0) holds the class {labels[row]!r}"
            raise TableError(f"{unknown}, but training had {quoted([str(each) for each in self.classes])}") from None

    def decode(self, numbers: Array) -> Array:
        """Return labels."""
        text = isinstance(self.classes[0], str)
        return np.array(self.classes, dtype=object if text else None)[numbers]

    def to_json(self) -> dict[str, Any]:
        """Return the classes."""
        return {"classes": list(self.classes)}


@dataclass(frozen=True)
class NumberCode(TargetCode):
    """Quantities of mean 0 and variance 1: z = (y − mean) / scale, column by column.

    Parameters
    ----------
    mean, scale : tuple of float
        Mean and standard deviation of each target column, in target units; the scale of a constant column is 1.

    Raises
    ------
    TableError
        If targets are missing, infinite or text, or beyond ±1e150.

    Examples
    --------
    >>> code = NumberCode.learn([1.0, 3.0])
    >>> code, code.encode([1.0, 3.0]), code.decode(np.array([0.5]))
    (NumberCode(mean=(2.0,), scale=(1.0,)), array([-1.,  1.]), array([2.5]))
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what no training can have learned."""
        if len(self.mean) != len(self.scale) or not np.isfinite(self.mean + self.scale).all() or min(self.scale) <= 0:
            raise ValueError(f"mean and scale must be finite, one each a column, scale positive, but got {self}")

    @property
    def scores(self) -> int:
        """Return the number of target columns."""
        return len(self.mean)

    @classmethod
    def learn(cls, y: Any) -> "NumberCode":
        """Learn mean and standard deviation."""
        numbers = quantities(y)
        columns = numbers.reshape(len(numbers), -1)
        spread = np.where(np.ptp(columns, axis=0) > 0, columns.std(axis=0), 0.0)
        return cls(tuple(columns.mean(axis=0).tolist()), tuple(np.where(spread > 0, spread, 1.0).tolist()))

    def encode(self, y: Any) -> Array:
        """Return standardised targets, in the shape of ``y``."""
        return np.asarray((quantities(y) - self.mean) / self.scale)

    def decode(self, numbers: Array) -> Array:
        """Return targets in their own units, in the shape of ``numbers``."""
        return np.asarray(numbers * np.array(self.scale) + self.mean)

    def to_json(self) -> dict[str, Any]:
        """Return mean and scale."""
        return {"mean": list(self.mean), "scale": list(self.scale)}


def _labels(y: Any) -> list[Any]:
    """Return class labels as plain Python values."""
    array = np.asarray(y) if hasattr(y, "dtype") else np.asarray(y, dtype=object)
    if array.ndim != 1 or not array.size:
        raise TableError(f"class labels must be a vector of at least 1 row, but their shape is {array.shape}")
    refuse_missing(y, "the target")
    labels = [each.item() if isinstance(each, np.generic) else each for each in array.tolist()]
    strange = next((each for each in labels if not isinstance(each, (str, int, float)) or _infinite(each)), None)
    if strange is not None:
        raise TableError(f"class labels must be text or numbers, but one is {strange!r}")
    return labels


def _infinite(label: str | float) -> bool:
    return isinstance(label, float) and math.isinf(label)


def quantities(y: Any) -> Array:
    """Return the targets of a regression as float64.

    Raises
    ------
    TableError
        If targets are missing, infinite or text, or beyond ±1e150.
    """
    refuse_missing(y, "the target")
    numbers = as_numbers(y, str(getattr(y, "name", "y")))
    if np.abs(numbers).max(initial=0.0) > LARGEST:
        raise TableError(f"the target holds numbers beyond ±{LARGEST:g}, whose squares cannot be summed")
    return numbers


def target_of(frame: "pd.DataFrame", column: str) -> tuple["pd.DataFrame", "pd.Series[Any]"]:
    """Split a table into its features and its target.

    Raises
    ------
    TableError
        If the column is not there, has missing values, or is the only one.

    Examples
    --------
    >>> import pandas
    >>> target_of(pandas.DataFrame({"age": [39], "income": [1]}), "incom")
    Traceback (most recent call last):
    ...
    mlnn.frame.column.TableError: column 'incom' is not in the table; did you mean 'income'?
    """
    name = frame.attrs.get("name", "the table")
    if column not in frame.columns:
        raise TableError(f"column '{column}' is not in {name}; {suggestion(column, [str(c) for c in frame.columns])}")
    target = frame[column]
    refuse_missing(target, f"the target '{column}' of {name}")
    if frame.shape[1] == 1:
        raise TableError(f"'{column}' is the only column of {name}, so no feature is left to predict it from")
    return frame.drop(columns=column), target


def task_of(target: "pd.Series[Any]") -> Literal["classification", "regression"]:
    """Tell whether a target holds classes or quantities.

    Text, categories and booleans are classes. Numbers are quantities, with two exceptions: there are only two
    different ones (0 and 1, 1 and 2, −1 and 1), or they are exactly 0, 1, …, K − 1 with K ≤ 20, as class numbers are.
    So grades from 3 to 8 are quantities; whoever wants them as classes says so.

    Raises
    ------
    TableError
        If all values are the same, or they are neither numbers nor text.

    Examples
    --------
    >>> import pandas
    >>> task_of(pandas.Series([1, 2, 2])), task_of(pandas.Series([0, 1, 2])), task_of(pandas.Series([3, 5, 8]))
    ('classification', 'classification', 'regression')
    """
    name = str(target.name)
    quantities = holds_numbers(target, name)
    different = target.drop_duplicates()
    if len(different) == 1:
        raise TableError(f"the target '{name}' has only one class or value, {different.iloc[0]!s}: nothing to learn")
    if not quantities:
        return "classification"
    numbers = np.sort(as_numbers(different, name))
    numbered = len(numbers) <= MOST_CLASSES and bool((numbers == np.arange(len(numbers))).all())
    return "classification" if numbered or len(numbers) == 2 else "regression"
