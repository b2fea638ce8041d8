"""One column of a table: what it holds, and how it becomes numbers, learned from the training rows alone.

A column is a pandas series or, where all is numeric, a NumPy vector. What was learned is a frozen dataclass whose
fields are plain numbers and strings: they are what a model file keeps.
"""

import difflib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np

from mlnn.array import Array


class TableError(ValueError):
    """A table that cannot be used, with the one sentence that says why."""


def suggestion(word: str, choices: Sequence[str]) -> str:
    """Say what may have been meant by a word that is none of the choices.

    Examples
    --------
    >>> suggestion("AGE", ["age", "job"]), suggestion("salary", ["age", "job"])
    ("did you mean 'age'?", "it has 'age', 'job'")
    """
    lowered = {choice.lower(): choice for choice in choices}
    close = difflib.get_close_matches(word.lower(), lowered, n=1)
    return f"did you mean '{lowered[close[0]]}'?" if close else f"it has {quoted(choices)}"


def quoted(names: Sequence[str], most: int = 10) -> str:
    """List names for a sentence, at most the first few.

    Examples
    --------
    >>> quoted(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"'{name}'" for name in names[:most]) + rest


def missing(values: Any) -> Array:
    """Tell which values of a series, an array or a list are missing: None, NaN and pandas' own marks.

    Examples
    --------
    >>> missing(["a", None, float("nan")])
    array([False,  True,  True])
    """
    if hasattr(values, "isna"):
        return np.asarray(values.isna(), dtype=bool)
    array = values if hasattr(values, "dtype") else np.asarray(values, dtype=object)
    if array.dtype.kind != "O":
        return np.asarray(array != array)
    marks = [value is None or (isinstance(value, Real) and bool(value != value)) for value in array.ravel()]
    return np.array(marks, dtype=bool).reshape(array.shape)


def refuse_missing(values: Any, what: str) -> None:
    """Raise a TableError if a value is missing: how many, and where the first one is."""
    rows = np.argwhere(missing(values))
    if len(rows):
        count = "1 missing value," if len(rows) == 1 else f"{len(rows)} missing values, the first"
        raise TableError(f"{what} has {count} in row {rows[0][0]} (counted from 0)")


def holds_numbers(column: Any, name: str) -> bool:
    """Tell a series of numbers from one of text, categories or booleans; all missing counts as numbers.

    Raises
    ------
    TableError
        If the series holds something else, such as dates or lists.
    """
    if column.dtype.kind in "iufb":
        return bool(column.dtype.kind != "b")
    kinds = set(map(type, column.dropna().to_numpy(dtype=object)))
    strange = [kind.__name__ for kind in kinds if not issubclass(kind, (str, Real, Decimal, np.bool_))]
    if strange:
        raise TableError(f"column '{name}' holds values of type {min(strange)}, but only numbers and text can be used")
    categorical = hasattr(column.dtype, "categories")
    return not categorical and not any(issubclass(kind, (str, bool, np.bool_)) for kind in kinds)


def as_numbers(values: Any, name: str) -> Array:
    """Return a series, an array or a list as float64, with NaN where a value is missing.

    Raises
    ------
    TableError
        If a value is no number, or infinite: the column, the first such value and its row.

    Examples
    --------
    >>> as_numbers([1, "2", None], "age")
    array([ 1.,  2., nan])
    >>> as_numbers([1, "two"], "age")
    Traceback (most recent call last):
    ...
    mlnn.frame.column.TableError: column 'age' must hold numbers, but row 1 (counted from 0) holds 'two'
    """
    kind = values.dtype.kind if isinstance(getattr(values, "dtype", None), np.dtype) else "O"
    array = np.asarray(values) if kind in "iufb" else np.asarray(values, dtype=object)
    if kind in "iufb":
        numbers = array.astype(np.float64)
    else:
        numbers = np.full(array.shape, np.nan)
        for position in zip(*np.nonzero(~missing(values)), strict=True):
            try:
                numbers[position] = float(array[position])
            except (TypeError, ValueError, OverflowError):
                raise _no_number(name, position[0], array[position]) from None
    infinite = np.argwhere(np.isinf(numbers))
    if len(infinite):
        raise _no_number(name, infinite[0][0], array[tuple(infinite[0])])
    return numbers


def _no_number(name: str, row: int, value: object) -> TableError:
    """Name the column, the row and the value that should have been a finite number."""
    shown = f"'{value}'" if isinstance(value, str) else str(value)
    return TableError(f"column '{name}' must hold numbers, but row {row} (counted from 0) holds {shown}")


def label(value: object) -> str:
    """Return the text of a category; 1 and 1.0 are the same one, since a missing neighbour turns integers into floats.

    Examples
    --------
    >>> label("cook"), label(1), label(1.0), label(True)
    ('cook', '1', '1', 'True')
    """
    return str(int(value)) if isinstance(value, (float, np.floating)) and value.is_integer() else str(value)


@dataclass(frozen=True)
class Column(ABC):
    """What the training rows told about one column.

    Parameters
    ----------
    name : str
        The column's name.
    """

    name: str

    @abstractmethod
    def transform(self, values: Any) -> Array:
        """Return the N values as a float64 matrix of shape (N, number of features), each row for itself."""

    @abstractmethod
    def features(self) -> list[str]:
        """Name the columns of that matrix."""


@dataclass(frozen=True)
class NumericColumn(Column):
    """A robustly scaled number with a smooth clip: z = (x − median) / spread, then z / √(1 + (z / 3)²).

    The spread is the distance between the quartiles, or half the range where these coincide. The clip leaves small z
    nearly as they are and sends heavy tails towards ±3. It is written as d / √(spread² + (d / 3)²) with d = x − median,
    which divides by no small spread. A missing value counts as the median, so it becomes 0.

    Parameters
    ----------
    name : str
        The column's name.
    median, spread : float
        In the units of the column; a spread of 0 marks a constant column, which gives no feature.
    gaps : bool
        Whether training rows had missing values; then a 0/1 feature tells where.

    References
    ----------
    Holzmüller, Grinsztajn, Steinwart (2024), Better by Default: Strong Pre-Tuned MLPs and Boosted Trees on Tabular
    Data, section 3 (robust scaling and smooth clipping).

    Examples
    --------
    >>> column = NumericColumn.learn("gain", np.array([1.0, 2.0, 3.0, 4.0, 1000.0]))
    >>> column
    NumericColumn(name='gain', median=3.0, spread=2.0, gaps=False)
    >>> column.transform(np.array([3.0, 5.0, 1000.0])).ravel().round(3)
    array([0.   , 0.949, 3.   ])
    """

    median: float
    spread: float
    gaps: bool

    def __post_init__(self) -> None:
        """Refuse what no training can have learned."""
        if not (np.isfinite(self.median) and 0 <= self.spread < np.inf):
            raise ValueError(f"median and spread must be finite, spread not negative, but got {self}")

    @classmethod
    def learn(cls, name: str, values: Any) -> "NumericColumn":
        """Learn median, spread and gaps."""
        numbers = np.clip(as_numbers(values, name), -1e300, 1e300)  # so that no difference of two overflows
        seen = numbers[~np.isnan(numbers)]
        if not seen.size:
            return cls(name, 0.0, 0.0, False)
        lowest, lower, median, upper, highest = np.quantile(seen, [0.0, 0.25, 0.5, 0.75, 1.0])
        spread = (upper - lower) or (highest - lowest) / 2
        return cls(name, float(median), float(spread), seen.size < numbers.size)

    def transform(self, values: Any) -> Array:
        """Return the tamed number and the gaps."""
        numbers = np.clip(as_numbers(values, self.name), -1e300, 1e300)
        gaps = np.isnan(numbers)
        d = np.where(gaps, 0.0, numbers - self.median)
        tamed = [d / np.hypot(self.spread, d / 3)] if self.spread > 0 else []
        return np.array([*tamed, *([gaps] if self.gaps else [])], dtype=np.float64).reshape(-1, len(gaps)).T

    def features(self) -> list[str]:
        """Name the number and its gaps."""
        return [self.name] * (self.spread > 0) + [f"{self.name}=(missing)"] * self.gaps


def _labelled(values: Any) -> tuple[Array, list[str]]:
    """Return the category of every row by number, −1 where it is missing, and the categories."""
    codes, labels = values.map(label, na_action="ignore").factorize()  # by label: as values, True and 1 are equal
    return codes, [str(each) for each in labels]


TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
"""What booleans are written as: a column that holds nothing else is one, however the rows to come spell it."""


@dataclass(frozen=True)
class CategoricalColumn(Column):
    """One-hot: feature k is 1 where the value is the k-th level, else 0; of two levels one feature is made, −1 or +1.

    The levels are the frequent categories of training, then one for all rare ones and one for missing values, each if
    training had any. A value that training did not know counts as rare; without that level its features are all 0.

    Parameters
    ----------
    name : str
        The column's name.
    categories : tuple of str
        The frequent categories, sorted.
    rare, gaps : bool
        Whether training rows had rarer categories, and missing values.

    References
    ----------
    Holzmüller, Grinsztajn, Steinwart (2024), Better by Default, section 3 (one-hot encoding, two levels as ±1).

    Examples
    --------
    >>> column = CategoricalColumn("job", ("clerk", "cook"), rare=True, gaps=False)
    >>> import pandas
    >>> column.features(), column.transform(pandas.Series(["cook", "pilot"]))
    (['job=clerk', 'job=cook', 'job=(rare)'], array([[0., 1., 0.],
           [0., 0., 1.]]))
    """

    categories: tuple[str, ...]
    rare: bool
    gaps: bool

    @classmethod
    def learn(cls, name: str, values: Any, fewest: float, most: int) -> "CategoricalColumn":
        """Learn the categories with at least ``fewest`` rows, but no more than the ``most`` frequent ones."""
        codes, labels = _labelled(values)
        counts = Counter(dict(zip(labels, np.bincount(codes[codes >= 0], minlength=len(labels)).tolist(), strict=True)))
        ranked = sorted(counts, key=lambda category: (-counts[category], category))
        frequent = [category for category in ranked[:most] if counts[category] >= fewest]
        return cls(name, tuple(sorted(frequent)), len(frequent) < len(counts), bool((codes < 0).any()))

    def transform(self, values: Any) -> Array:
        """Return the one-hot matrix."""
        position = {category: k for k, category in enumerate(self.categories)}
        unknown = len(position) if self.rare else -1
        codes, labels = _labelled(values)
        spelled = {TRUTH.get(category.lower()): k for category, k in position.items()}
        spelled = {} if None in spelled else spelled
        known = [position.get(each, spelled.get(TRUTH.get(each.lower()), unknown)) for each in labels]
        level = np.array([*known, len(position) + self.rare if self.gaps else unknown])[codes]
        one_hot: Array = (level[:, None] == np.arange(len(self._levels()))).astype(np.float64)
        return one_hot if one_hot.shape[1] > 2 else np.asarray(one_hot[:, 1:] - one_hot[:, :-1])

    def features(self) -> list[str]:
        """Name the levels, of two only the second."""
        levels = self._levels()
        return [f"{self.name}={level}" for level in (levels if len(levels) > 2 else levels[1:])]

    def _levels(self) -> tuple[str, ...]:
        return self.categories + ("(rare)",) * self.rare + ("(missing)",) * self.gaps
