"""From a table to the matrix that a network takes.

All is learned from the training rows, and all that was learned can be written as JSON and read back to the bit.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, get_origin

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from mlnn.array import Array
from mlnn.frame.column import CategoricalColumn, Column, NumericColumn, TableError, holds_numbers, missing, quoted


class Preparation(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turn a table into a float64 matrix of shape (N rows, D features): scale numbers, spread out categories.

    Numbers are scaled robustly and their tails tamed (``NumericColumn``), categories become one-hot
    (``CategoricalColumn``); missing values are filled in and marked; constant columns are left out.

    Parameters
    ----------
    min_frequency : float, default 0.002
        Categories with a smaller share of the training rows are pooled as rare.
    max_categories : int, default 50
        So are those beyond the most frequent ones.

    Attributes
    ----------
    columns_ : list of Column
        What was learned, one a column of the table.
    n_features_in_ : int
        The number of columns of the table.
    feature_names_in_ : array of str
        Their names; only if training had a table with names.

    Raises
    ------
    TableError
        If a column holds neither numbers nor text, if no column varies, or if the columns in ``transform`` are not
        those of training (their order does not matter).

    Examples
    --------
    >>> import pandas
    >>> table = pandas.DataFrame({"age": [20, 30, None, 40], "job": ["cook", "clerk", "cook", "pilot"]})
    >>> preparation = Preparation().fit(table)
    >>> preparation.get_feature_names_out().tolist()
    ['age', 'age=(missing)', 'job=clerk', 'job=cook', 'job=pilot']
    >>> preparation.transform(table).round(2)
    array([[-0.95,  0.  ,  0.  ,  1.  ,  0.  ],
           [ 0.  ,  0.  ,  1.  ,  0.  ,  0.  ],
           [ 0.  ,  1.  ,  0.  ,  1.  ,  0.  ],
           [ 0.95,  0.  ,  0.  ,  0.  ,  1.  ]])
    >>> Preparation.from_json(preparation.to_json()).columns_ == preparation.columns_
    True
    """

    def __init__(self, min_frequency: float = 0.002, max_categories: int = 50) -> None:
        self.min_frequency = min_frequency
        self.max_categories = max_categories

    def fit(self, X: Any, y: object = None) -> "Preparation":
        """Learn from the training rows: a pandas or Polars frame, or a matrix of numbers."""
        if not 0 <= self.min_frequency < 1:
            raise ValueError(f"min_frequency must lie in [0, 1), but got {self.min_frequency}")
        if self.max_categories < 0:
            raise ValueError(f"max_categories must be at least 0, but got {self.max_categories}")
        columns = self._columns(X, reset=True)
        names = getattr(self, "feature_names_in_", [f"x{i}" for i in range(len(columns))])
        self.columns_ = [self._learned(str(name), values) for name, values in zip(names, columns, strict=True)]
        if not any(column.features() for column in self.columns_):
            raise TableError("no column varies from row to row, so there is nothing to learn from")
        return self

    def transform(self, X: Any) -> Array:
        """Return the matrix, each of its rows a function of that row of the table alone."""
        check_is_fitted(self)
        columns = self._columns(X, reset=False)
        return np.hstack([column.transform(values) for column, values in zip(self.columns_, columns, strict=True)])

    def get_feature_names_out(self, input_features: object = None) -> Array:
        """Name the columns of the matrix, such as ``age``, ``age=(missing)``, ``job=cook`` and ``job=(rare)``."""
        check_is_fitted(self)
        return np.array([feature for column in self.columns_ for feature in column.features()], dtype=object)

    @property
    def text_columns(self) -> list[str]:
        """Return the columns that ``read_frame`` should leave as text when it reads rows to predict."""
        return [column.name for column in self.columns_ if isinstance(column, CategoricalColumn)]

    def to_json(self) -> dict[str, Any]:
        """Return all that was learned as strings, numbers, lists and dictionaries."""
        check_is_fitted(self)
        return {
            "min_frequency": float(self.min_frequency),
            "max_categories": int(self.max_categories),
            "named": hasattr(self, "feature_names_in_"),
            "columns": [_column_json(column) for column in self.columns_],
        }

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> "Preparation":
        """Return the preparation that ``to_json`` wrote.

        Raises
        ------
        ValueError
            If ``json`` is not what ``to_json`` writes.
        """
        try:
            preparation = cls(float(json["min_frequency"]), int(json["max_categories"]))
            preparation.columns_ = [_column_of(column) for column in json["columns"]]
            named = bool(json["named"])
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError(f"this is not a Preparation: {problem}") from None
        preparation.n_features_in_ = len(preparation.columns_)
        if named:
            names = [column.name for column in preparation.columns_]
            preparation.feature_names_in_ = np.array(names, dtype=object)
        return preparation

    def _learned(self, name: str, values: Any) -> Column:
        empty = not isinstance(values, np.ndarray) and values.dtype.kind not in "iuf" and bool(missing(values).all())
        if isinstance(values, np.ndarray) or (holds_numbers(values, name) and not empty):  # nothing says it is no text
            return NumericColumn.learn(name, values)
        return CategoricalColumn.learn(name, values, self.min_frequency * len(values), self.max_categories)

    def _columns(self, X: Any, reset: bool) -> list[Any]:
        """Return the columns of X in the order of training, after checking that they are those of training."""
        if hasattr(X, "to_pandas"):  # Polars' frames, and others that know pandas
            X = X.to_pandas()
        if not hasattr(X, "iloc"):
            if not reset and self.text_columns:
                text = quoted(self.text_columns)
                raise TableError(f"training had a table with text in {text}, but this is a matrix without names")
            matrix = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
            return list(matrix.T)
        twice = X.columns[X.columns.duplicated()].unique()
        if len(twice):
            raise TableError(f"the table has more than one column named {quoted([str(name) for name in twice])}")
        if not reset and hasattr(self, "feature_names_in_"):
            X = X[_same_names(list(self.feature_names_in_), list(X.columns))]
        if len(X) == 0:
            raise TableError("the table has no rows: a minimum of 1 is required")
        validate_data(self, X, reset=reset, skip_check_array=True)
        columns = [X.iloc[:, i] for i in range(X.shape[1])]
        if not reset:
            for column, values in zip(self.columns_, columns, strict=True):
                if isinstance(column, CategoricalColumn):
                    holds_numbers(values, column.name)
        return columns

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that missing values and text are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.string = True
        return tags


def _same_names(expected: list[str], received: list[str]) -> list[str]:
    """Return the expected names if the received ones are the same in any order."""
    lacking = [name for name in expected if name not in received]
    unknown = [str(name) for name in received if name not in expected]
    problems = [f"{quoted(lacking)} missing"] * bool(lacking) + [f"{quoted(unknown)} unknown"] * bool(unknown)
    if problems:
        raise TableError(f"the columns differ from those of training: {', '.join(problems)}")
    return expected


KINDS: dict[str, type[Column]] = {"numeric": NumericColumn, "categorical": CategoricalColumn}


def _column_json(column: Column) -> dict[str, Any]:
    kind = next(kind for kind, each in KINDS.items() if isinstance(column, each))
    return {"kind": kind} | {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(column).items()}


def _column_of(json: Mapping[str, Any]) -> Column:
    kind = KINDS[json["kind"]]
    values: dict[str, Any] = {
        name: tuple(map(str, value)) if isinstance(value, list) else value for name, value in json.items()
    }
    for field in fields(kind):
        expected: Any = get_origin(field.type) or field.type
        if not isinstance(values[field.name], expected):
            raise TypeError(f"{field.name} must be a {expected.__name__}, but is {values[field.name]!r}")
    return kind(**{field.name: values[field.name] for field in fields(kind)})
