"""From a table to the matrix that a network takes, as training's rows tell; kept as JSON and arrays to the bit."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from mlnn.array import Array
from mlnn.frame.column import TableError, quoted, unmasked
from mlnn.frame.drift import Prepared, counted, drifted, nothing_in, zone_changes
from mlnn.frame.from_text import Rules
from mlnn.frame.kind import CategoricalColumn, Column
from mlnn.frame.kind.base import Content
from mlnn.frame.kind.mean_target import few_targets, targets
from mlnn.frame.leak import leak_sentence, leaks, sample
from mlnn.frame.learning import Settings, blanked, learned, unmet
from mlnn.frame.members import OfMembers
from mlnn.frame.naming import lacks
from mlnn.frame.places import Places, alone
from mlnn.frame.record import (
    arrays_record,
    column_record,
    columns_of,
    finite,
    parameters_of,
    parameters_record,
    texts_by_name,
)
from mlnn.frame.report import notable
from mlnn.frame.split import dealt
from mlnn.frame.table import Columns, Table, Unusable, Words, has_names
from mlnn.frame.unknown import heard


class Preparation(OfMembers, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turn a table into a matrix of shape (N rows, D features): every column is recognized, and becomes numbers.

    Numbers, in whatever way they are written, are scaled robustly and their tails tamed (``NumericColumn``); categories
    and truth values become one-hot, and where they are many, tell their mean target (``CategoricalColumn``); dates
    become a line and the hands of clocks (``DateColumn``), free text a few directions (``TextColumn``). Missing values
    are filled in and marked. Identifiers and constants are left out (``AsideColumn``).

    Parameters
    ----------
    min_frequency : float, default 0.002
        Categories with a smaller share of the training rows are pooled as rare.
    max_categories : int, default 50
        So are those beyond the most frequent ones.
    columns : mapping of str to str, optional
        What columns are, where it is known better: "number", "category", "date", "text", or "drop".
    missing : sequence of str, optional
        The words that mean a missing value, in place of the usual ones (``mlnn.frame.kind.spelling.BLANK``); an empty
        cell always does.
    decimal : {".", ","}, optional
        What parts decimals in a column of text where no column tells.
    dtype : {"float32", "float64"}
        The type of the matrix.

    Attributes
    ----------
    columns_ : tuple of Column
        What was learned, one a column of the table; their ``fate`` is the column report.
    told_ : dict of str to float
        The share of the target's variance that columns explain alone; empty without targets.
    n_features_in_ : int
        The number of columns of the table.
    feature_names_in_ : array of str
        Their names; only if training had a table with names.

    Raises
    ------
    TableError
        If a number is infinite, if no column varies, or if a column of training is missing in ``transform``.

    Examples
    --------
    >>> import pandas
    >>> table = pandas.DataFrame({"age": [20, 30, None, 40], "job": ["cook", "clerk", "cook", "pilot"]})
    >>> preparation = Preparation(dtype="float64").fit(table)
    >>> preparation.get_feature_names_out().tolist()
    ['age', 'age=(missing)', 'job=clerk', 'job=cook', 'job=pilot']
    >>> preparation.transform(table).round(2)
    array([[-0.95,  0.  ,  0.  ,  1.  ,  0.  ],
           [ 0.  ,  0.  ,  1.  ,  0.  ,  0.  ],
           [ 0.  ,  1.  ,  0.  ,  1.  ,  0.  ],
           [ 0.95,  0.  ,  0.  ,  0.  ,  1.  ]])
    >>> Preparation.from_json(preparation.to_json(), preparation.arrays()).columns_ == preparation.columns_
    True
    """

    def __init__(
        self,
        min_frequency: float = 0.002,
        max_categories: int = 50,
        columns: Mapping[str, str] | None = None,
        missing: Sequence[str] | None = None,
        decimal: str | None = None,
        dtype: str = "float32",
    ) -> None:
        self.min_frequency = min_frequency
        self.max_categories = max_categories
        self.columns = columns
        self.missing = missing
        self.decimal = decimal
        self.dtype = dtype

    def fit(self, X: Any, y: Any = None, task: str | None = None) -> Self:
        """Learn from the training rows.

        Parameters
        ----------
        X : table
            A ``Table``, a frame of any kind, or a matrix.
        y : array, shape (N,) or (N, M), optional
            Targets: numbers, or labels. Without them, of rare categories nothing is told.
        task : {"classification", "regression"}, optional
            What whole numbers are as targets; without it, labels if they go from 0 to 20 at most.
        """
        self._learn(X, y, None, task)
        return self

    def fit_transform(self, X: Any, y: Any = None, fold: Array | None = None, task: str | None = None) -> Array:
        """Learn from the training rows, and return their matrix; what looks at targets is learned out of fold.

        Parameters
        ----------
        X, y, task
            As for ``fit``.
        fold : array of int, shape (N,), optional
            The number of every row's fold (without it, of five by chance): a row is told what the other folds tell.
        """
        table, T, fold = self._learn(X, y, fold, task)
        matrix = np.zeros((table.rows, self._places.width), dtype=self.dtype)
        for column, place in self._places:
            values, out = self._blanked(table, column), matrix[:, place]
            if isinstance(column, CategoricalColumn) and T is not None:
                column.fill_training(values, out, T, fold)
            else:
                column.fill(values, out, table.where)
        return matrix

    def transform(self, X: Any) -> Array:
        """Return the matrix, each of its rows a function of that row of the table alone.

        Warns
        -----
        ColumnWarning
            If many cells of a column are missing, unreadable, unknown or far off, though in training they were not;
            of fewer unknown ones ``prepare(X).said`` tells, and ``unknown_values()`` over all calls.
        """
        prepared = self.prepare(X)
        return heard(self._places.columns, prepared).warned()

    def prepare(self, X: Any) -> Prepared:
        """Return the matrix and what was met on the way, which ``transform`` only warns of."""
        check_is_fitted(self)
        table, extra = self._known(X)
        matrix = np.zeros((table.rows, self._places.width), dtype=self.dtype)
        content = partial(self._blanked, table)
        together = table.together if self.missing is None else alone  # what means a gap may stand among numbers
        seen = self._places.fill(matrix, content, table.where, together)
        used = self._places.columns
        odd = [column for column in used if any(seen[column.name][1:])]
        unlike = tuple(filter(None, (drifted(column, seen[column.name]) for column in odd)))
        unlike += zone_changes(used, self.zones_, table, seen) + nothing_in(used, table, seen, content)
        ignored = (f"ignored: {quoted(extra)}, which the model does not know",) if extra else ()
        said = tuple(filter(None, (counted(column, seen[column.name]) for column in odd)))
        return Prepared(matrix, seen, ignored + said, unlike)

    def get_feature_names_out(self, input_features: object = None) -> Array:
        """Name the columns of the matrix, such as ``age``, ``age=(missing)``, ``job=cook`` and ``job=(rare)``."""
        check_is_fitted(self)
        return np.array([feature for column in self.columns_ for feature in column.features()], dtype=object)

    @property
    def said(self) -> tuple[str, ...]:
        """Return sentences on what was converted, merged, pooled or set aside, and on leaks."""
        check_is_fitted(self)
        sentences = [sentence for sentence in map(notable, self.columns_) if sentence]
        sentences += unmet(self.missing or (), self.columns_)
        return (*sentences, *(leak_sentence(name, self.told_[name]) for name in leaks(self.told_)))

    def to_json(self) -> dict[str, Any]:
        """Return all that was learned, but for the arrays, as strings, numbers, lists and dictionaries."""
        check_is_fitted(self)
        return {
            "parameters": parameters_record(self.get_params()),
            "named": hasattr(self, "feature_names_in_"),
            "told": self.told_,
            "zones": self.zones_,
            "columns": [column_record(column) for column in self.columns_],
        }

    def arrays(self) -> dict[str, Array]:
        """Return the arrays that were learned, by name."""
        check_is_fitted(self)
        return arrays_record(self.columns_)

    @classmethod
    def from_json(cls, json: Mapping[str, Any], arrays: Mapping[str, Array] | None = None) -> "Preparation":
        """Return the preparation that ``to_json`` and ``arrays`` wrote.

        Raises
        ------
        ValueError
            If they did not write this.
        """
        try:
            preparation = cls(**parameters_of(json["parameters"]))
            columns = columns_of(json["columns"], arrays or {})
            preparation.told_ = finite(json["told"])
            preparation.zones_ = texts_by_name(json.get("zones", {}))
            named = json["named"]
            if type(named) is not bool:
                raise TypeError(f"named is {named!r}")
        except (KeyError, TypeError, AttributeError, OverflowError) as problem:
            raise ValueError(f"this is not a Preparation: {problem}") from None
        preparation._keep(columns, named)
        return preparation

    def _learn(self, X: Any, y: Any, fold: Array | None, task: str | None) -> tuple[Table, Array | None, Array]:
        if not 0 <= self.min_frequency < 1:
            raise ValueError(f"min_frequency must lie in [0, 1), but got {self.min_frequency}")
        if self.max_categories < 0:
            raise ValueError(f"max_categories must be at least 0, but got {self.max_categories}")
        named = isinstance(X, Table) or has_names(X)
        table = Table.of(X) if named else self._matrix(X, reset=True)
        for what, count in (("columns", len(table.names)), ("rows", table.rows)):
            if not count:
                raise TableError(f"{table.name} has no {what}: a minimum of 1 is required")
        rules = Rules(self.min_frequency * table.rows, self.max_categories, decimal=self.decimal or None)
        missing = None if self.missing is None else tuple(self.missing)
        if not all(isinstance(word, str) for word in missing or ()):
            raise TypeError(f"missing must be words, but got {self.missing!r}")
        settings = Settings(rules, self.columns or {}, missing)
        fold, T = dealt(table.rows, 0) if fold is None else np.asarray(fold), few_targets(y, task)
        sampled = None if y is None else targets(np.asarray(y)[sample(table.rows)], task)
        columns, self.told_ = learned(table, settings, T, fold, sampled)
        self.zones_ = table.zones
        if not any(column.features() for column in columns):
            why = "; ".join(notable(column) for column in columns[:3]) + ("; …" if len(columns) > 3 else "")
            raise TableError(f"no column varies from row to row so that one could learn from it: {why}")
        self._keep(tuple(columns), named)
        return table, T, fold

    def _keep(self, columns: tuple[Column, ...], named: bool) -> None:
        self.columns_ = columns
        self.n_features_in_ = len(columns)
        self._places = Places(columns)
        if named:
            self.feature_names_in_ = np.array([column.name for column in columns], dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _known(self, X: Any) -> tuple[Table, list[str]]:
        """Return new rows as a table, and the names of the columns that training did not have."""
        if not (isinstance(X, Table) or has_names(X)):
            text = [column.name for column in self.columns_ if isinstance(column, CategoricalColumn)]
            if text and hasattr(self, "feature_names_in_"):
                raise TableError(
                    f"training had a table with text in {quoted(text)}, but this is a matrix without names"
                )
            table = self._matrix(X, reset=False)
            names = [column.name for column in self.columns_]
            return Columns({name: table[known] for name, known in zip(names, table.names, strict=True)}), []
        table = Table.of(X)
        if table.rows == 0:
            raise TableError(f"{table.name} has no rows: a minimum of 1 is required")
        given, expected = set(table.names), {column.name for column in self.columns_}
        lacking = [column.name for column, _ in self._places if column.name not in given]
        extra = [name for name in table.names if name not in expected]
        if lacking:
            raise TableError(lacks(lacking, extra, table.names))
        return table, extra

    def _matrix(self, X: Any, reset: bool) -> Table:
        """Return a matrix without names as a table."""
        array = np.asarray(unmasked(X)) if isinstance(X, np.ndarray) else X
        if isinstance(array, np.ndarray) and array.dtype.kind in "OUS" and array.ndim == 2 and array.size:
            validate_data(self, array, reset=reset, skip_check_array=True)
            return Table.of(array)
        matrix = validate_data(self, array, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
        return Columns({f"x{k}": values for k, values in enumerate(matrix.T)})

    def _blanked(self, table: Table, column: Column) -> Content:
        values = table[column.name]
        if isinstance(values, Unusable):
            raise TableError(f"column '{column.name}' holds {values.what}, but in training it was a {column.fate.kind}")
        if self.missing is None and not isinstance(values, Words):
            return values  # numbers and times have no words
        return blanked(values, None if self.missing is None else tuple(self.missing))[0]

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that missing values and text are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.string = True
        return tags
