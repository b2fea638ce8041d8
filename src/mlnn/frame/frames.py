"""Tables as people have them in memory: the columns of frames, Arrow tables, arrays, lists and dictionaries."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from mlnn.array import Array, is_sparse
from mlnn.frame.column import EXACT, TableError
from mlnn.frame.few import FEW, Few
from mlnn.frame.long import has_long
from mlnn.frame.naming import name_of, unique
from mlnn.frame.values import Unusable, Values, Words, of_array, of_arrow, of_objects
from mlnn.frame.zone import zones

Makers: TypeAlias = dict[str, Callable[[], Values]]
"""A table's columns: for every name what makes its values when they are asked for."""


@dataclass(frozen=True)
class Found:
    """What was found: the columns, how many rows they have, and what there is to say."""

    makers: Makers
    rows: int
    said: tuple[str, ...] = ()
    name: str = "the table"
    few: Few | None = None


def found(X: Any) -> Found:
    """Find the columns of what somebody calls a table.

    Raises
    ------
    TableError
        If two columns have the same name, or X is no table.
    """
    if is_pandas(X):
        return _of_pandas(X)
    if is_sparse(X):
        raise TableError(
            "expected a table, got a sparse matrix, whose cells are no columns: X.toarray() makes one of it"
        )
    if is_pandas(X, "Series"):
        return _of_pandas(X.to_frame())
    if isinstance(X, Mapping):
        return _of_columns({name: _numbers(values) if _plain(values) else values for name, values in X.items()})
    if _is_arrow(X):
        return of_arrow_table(_arrow_table(X))
    if hasattr(X, "__array__") or _plain(X) or isinstance(X, memoryview):
        return _of_matrix(X)
    return of_arrow_table(_by_narwhals(X))


def _is_arrow(X: Any) -> bool:
    """Tell what gives itself as an Arrow table, and Polars' frames that are still to be computed."""
    return _is_polars(X) or any(hasattr(X, f"__arrow_c_{how}__") for how in ("stream", "array"))


def _is_polars(X: Any) -> bool:
    return type(X).__module__.startswith("polars")


WIDE = ("Int128", "UInt128")
"""Polars' types of whole numbers that Arrow lacks."""


def has_names(X: Any) -> bool:
    """Tell whether what a user gave has columns with names: a frame, an Arrow table, a dictionary of columns."""
    if is_pandas(X):
        return True
    if is_sparse(X) or hasattr(X, "dtype"):
        return not is_sparse(X) and bool(getattr(X.dtype, "names", None))
    records = _plain(X) and bool(X) and isinstance(X[0], Mapping)
    return records or isinstance(X, Mapping) or _is_arrow(X) or hasattr(X, "columns")


def is_pandas(X: Any, kind: str = "DataFrame") -> bool:
    """Tell what is pandas' frame, or series; to ask one for what it lacks takes longer."""
    return (pandas := sys.modules.get("pandas")) is not None and isinstance(X, getattr(pandas, kind))


def with_whole_numbers(array: Array, given: Any) -> Array:
    """Return an array as it is, or as objects where whole numbers beside gaps became floats that do not hold them.

    ``given`` is the series or frame of pandas, Polars or Arrow that the array was made of.

    Examples
    --------
    >>> import pandas
    >>> series = pandas.Series([2**53 + 1, None], dtype="Int64")
    >>> with_whole_numbers(series.to_numpy(dtype=float), series)[0]
    9007199254740993
    """
    if array.dtype.kind != "f" or not (np.abs(array) >= EXACT).any():
        return array
    if is_pandas(given) or is_pandas(given, "Series"):
        cells = given.astype(object).to_numpy().tolist()
    elif _is_polars(given):
        cells = given.rows() if array.ndim == 2 else given.to_list()
    elif array.ndim == 2:
        cells = list(zip(*(column.to_pylist() for column in given.columns), strict=True))
    else:
        cells = given.to_pylist()
    found = np.array(cells, dtype=object).reshape(array.shape)
    return found if any(isinstance(cell, int) for cell in found.ravel()) else array


def _of_pandas(X: Any) -> Found:
    names = list(map(name_of, X.columns.tolist()))
    unique(names, "the table")
    kinds = X.dtypes.tolist()
    few = Few.of(X, names, kinds) if len(X) <= FEW else None
    makers: Makers = {} if few is None else few.makers()
    if len(makers) < len(names):
        makers = {name: makers.get(name) or partial(_of_series, X, X.columns[k]) for k, name in enumerate(names)}
    said = []
    for level, name in enumerate(X.index.names):
        values = X.index.get_level_values(level) if X.index.nlevels > 1 else X.index
        if name is not None and name_of(name) not in makers:
            makers = {name_of(name): partial(_of_extension, values.to_series()), **makers}
            said.append(f"the index '{name_of(name)}' is a column")
        elif name is not None:
            said.append(f"the index '{name_of(name)}' is not used, because a column has its name")
        elif values.dtype.kind not in "iu":
            said.append("the index has no name, so it is not used: give it one to make it a column")
    said += zones(zip(names, kinds, strict=True))
    return Found(makers, len(X), tuple(said), str(X.attrs.get("name", "the table")), few)


def _of_series(X: Any, label: Any) -> Values:
    return _of_extension(X[label])


def _of_extension(series: Any) -> Values:
    """Return a pandas series as a column."""
    kind = series.dtype
    if isinstance(kind, np.dtype):
        return of_array(series.to_numpy())
    if hasattr(kind, "pyarrow_dtype"):
        return of_arrow(series.array.__arrow_array__())
    if str(kind).startswith("str"):
        codes, labels = series.factorize()
        return Words(np.asarray(codes, dtype=np.int64), tuple(map(str, labels)))
    if hasattr(kind, "categories"):
        labels = Words.of(list(kind.categories))
        return Words(np.append(labels.codes, -1)[series.cat.codes.to_numpy()], labels.labels, "category")
    if getattr(kind, "tz", None) is not None:
        return np.asarray(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy())
    if kind.kind in "iuf":
        whole = not series.hasnans
        if not whole and has_long(series.dropna().to_numpy(kind.type)):
            return of_objects(series.to_numpy(dtype=object, na_value=None))
        return np.asarray(series.to_numpy(kind.type) if whole else series.to_numpy(np.float64, na_value=np.nan))
    if hasattr(kind, "subtype") and not hasattr(kind, "closed"):  # sparse
        return of_array(np.asarray(series.array))
    if str(kind).startswith("period"):
        return np.asarray(series.dt.to_timestamp().to_numpy())
    return of_objects(series.to_numpy(dtype=object))


def _arrow_table(X: Any) -> Any:
    try:
        import pyarrow as pa
    except ImportError:
        kind = type(X).__module__.split(".")[0]
        raise TableError(f"a table of {kind} needs pyarrow: pip install pyarrow") from None
    if type(X).__name__ == "LazyFrame":
        X = X.collect()
    if isinstance(X, pa.Table):
        return X
    wide = [name for name, kind in getattr(X, "schema", {}).items() if str(kind) in WIDE] if _is_polars(X) else []
    if wide:
        X = X.cast(dict.fromkeys(wide, sys.modules["polars"].Float64))
    if isinstance(X, pa.RecordBatch):
        return pa.Table.from_batches([X])
    return pa.table(X) if hasattr(X, "__arrow_c_stream__") else X.to_arrow()


def of_arrow_table(table: Any) -> Found:
    """Find the columns of a pyarrow Table."""
    names = [name_of(name) for name in table.column_names]
    unique(names, "the table")
    makers: Makers = {name: partial(_of_arrow_column, table, k) for k, name in enumerate(names)}
    return Found(makers, table.num_rows, tuple(zones(zip(names, table.schema.types, strict=True))))


def _of_arrow_column(table: Any, k: int) -> Values:
    return of_arrow(table.column(k))


def _by_narwhals(X: Any) -> Any:
    """Return whatever frame narwhals knows as an Arrow table."""
    try:
        import narwhals as nw

        frame = nw.from_native(X)
    except (ImportError, TypeError):
        kind = f"{type(X).__module__}.{type(X).__name__}"
        expected = "a frame of pandas or Polars, an Arrow table, a matrix, a dictionary of columns"
        raise TableError(f"expected a table ({expected}), got {kind}") from None
    return (frame.collect("pyarrow") if isinstance(frame, nw.LazyFrame) else frame).to_arrow()


def _plain(values: Any) -> bool:
    return isinstance(values, (list, tuple, range))


def _of_columns(columns: Mapping[Any, Any]) -> Found:
    """Find the columns of a dictionary of vectors."""
    names = [name_of(name) for name in columns]
    unique(names, "the table")
    vectors = [one_column(values, name) for name, values in zip(names, columns.values(), strict=True)]
    sizes = {len(values) for values in vectors}
    if len(sizes) > 1:
        raise TableError(f"the columns of the table must be equally long, but they have {sorted(sizes)} rows")
    makers: Makers = {name: partial(_given, values) for name, values in zip(names, vectors, strict=True)}
    kinds = (getattr(values, "dtype", getattr(values, "type", None)) for values in columns.values())
    return Found(makers, sizes.pop() if sizes else 0, tuple(zones(zip(names, kinds, strict=True))))


def _numbers(values: Sequence[Any]) -> Any:
    """Return a list as an array, if that leaves its cells what they are: among text NumPy makes text of all."""
    try:
        array = np.asarray(values)
    except ValueError:  # lists of several lengths, which are told of as cells
        return values
    return values if array.dtype.kind in "US" or array.ndim != 1 else array


def _given(values: Values) -> Values:
    return values


def one_column(values: Any, name: str = "y") -> Values:
    """Return a vector as people have it (list, array, or a series of pandas, Polars, Arrow) as a column.

    Raises
    ------
    TableError
        If it is no vector.
    """
    if isinstance(values, (Words, Unusable)):
        return values
    if hasattr(values, "dtype") and hasattr(values, "index"):
        return _of_extension(values)
    if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
        import pyarrow as pa

        return of_arrow(values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.chunked_array(values))
    if _plain(values):
        return of_objects(list(values))
    array = np.ma.asarray(values) if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
    if array.ndim != 1:
        one = "; a row alone is given as a list of one: [row]" if not array.ndim else ""
        raise TableError(f"column '{name}' must be a vector, but its shape is {array.shape}{one}")
    return of_array(array)


def _of_matrix(X: Any) -> Found:
    """Find the columns of a matrix: x0, x1, …, or the fields of a structured array."""
    if _plain(X) and X and all(isinstance(row, Mapping) for row in X):
        return _of_columns({name: [row.get(name) for row in X] for name in dict.fromkeys(n for row in X for n in row)})
    matrix: Array = X if isinstance(X, np.ma.MaskedArray) else _array(X)
    if matrix.ndim == 1 and matrix.dtype.names:
        return _of_columns({name: matrix[name] for name in matrix.dtype.names})
    if matrix.ndim != 2:
        raise TableError(
            f"Expected a matrix of rows and columns, but its shape is {matrix.shape}. Reshape your data: "
            "X.reshape(-1, 1) if it is one column, X.reshape(1, -1) if it is one row"
        )
    if matrix.dtype.kind == "c":
        raise TableError("Complex data not supported: the numbers of a table must be real")
    makers: Makers = {f"x{k}": partial(_of_matrix_column, matrix, k) for k in range(matrix.shape[1])}
    return Found(makers, len(matrix))


def _of_matrix_column(matrix: Array, k: int) -> Values:
    return of_array(matrix[:, k])


def _array(X: Any) -> Array:
    """Return a matrix; rows of numbers and text together keep what each cell is."""
    if not _plain(X):
        return np.asarray(X)
    try:
        matrix = np.asarray(X)
        return matrix if matrix.dtype.kind in "iufbc" else np.array(X, dtype=object)
    except ValueError:
        raise TableError("the rows of the table must be equally long") from None
