"""What every room shares: the type of an array and of several, and where random numbers come from."""

import math
import operator
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
Arrays: TypeAlias = tuple[Array, ...]


class Random(Protocol):
    """A source of random numbers: a ``Generator``, a legacy ``RandomState``, or the module ``numpy.random`` itself.

    The tutorial draws its weights from NumPy's global state, scikit-learn from a ``RandomState``, new code from a
    ``Generator``. All three share these names, so an initializer need not know which one it was given.
    """

    def standard_normal(self, size: Any = ...) -> Any:
        """Draw from the normal distribution of mean 0 and variance 1."""

    def uniform(self, low: float = ..., high: float = ..., size: Any = ...) -> Any:
        """Draw from the uniform distribution on [low, high)."""

    def permutation(self, x: Any) -> Any:
        """Shuffle ``range(x)``."""


WEIGHTS, ORDERS, POINTS = (1 << 32) + 0, (1 << 32) + 1, (1 << 32) + 2
"""What a stream of ``philox`` is for, where it is not a gate's noise: gates are numbered far below."""


def philox(seed: int, purpose: int, place: int = 0) -> np.random.Philox:
    """Return the Philox-4x64 stream with key (seed mod 2⁶⁴, purpose) and counter (0, 0, place, 0).

    It is a function of the three numbers alone: whoever knows them sees the same bits, in any engine.

    References
    ----------
    Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.

    Examples
    --------
    >>> philox(seed=0, purpose=1, place=7).random_raw(2)
    array([16904635142124123818, 14131280620865156085], dtype=uint64)
    """
    key = np.array([seed % (1 << 64), purpose], dtype=np.uint64)  # a list with a large seed would become floats
    return np.random.Philox(key=key, counter=[0, 0, place, 0])


def real_number(name: str, value: object, least: float = -math.inf, *, infinite: bool = False) -> float:
    """Return ``value`` as a float of at least ``least``.

    Raises
    ------
    TypeError, ValueError
        If it is no number (a truth value is none), too small, NaN, or, unless ``infinite``, without end.

    Examples
    --------
    >>> real_number("epsilon", "0.1")
    Traceback (most recent call last):
    ...
    TypeError: epsilon must be a number, but got '0.1'
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, but got {value!r}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{name} must be a number that fits a float, but got one of other size") from None
    if math.isnan(number) or (math.isinf(number) and not infinite):
        raise ValueError(f"{name} must be {'a number' if infinite else 'finite'}, but got {value}")
    if number < least:
        raise ValueError(f"{name} must be at least {least:g}, but got {value}")
    return number


def whole_number(name: str, value: object, least: float = 1) -> int:
    """Return ``value`` as an int of at least ``least``.

    Raises
    ------
    TypeError, ValueError
        If it is no number (a truth value is none), a fraction, or too small.

    Examples
    --------
    >>> whole_number("num_passes", 1.5)
    Traceback (most recent call last):
    ...
    ValueError: num_passes must be a whole number, but got 1.5
    """
    real_number(name, value, least)
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(f"{name} must be a whole number, but got {value}") from None


def require_seed(value: object) -> None:
    """Refuse what is no seed of NumPy's ``RandomState``, nor None.

    Raises
    ------
    TypeError, ValueError
        If it is no whole number from 0 to 2³² − 1.
    """
    if value is not None and whole_number("seed", value, 0) >= 2**32:
        raise ValueError(f"seed must be below 2³², but got {value}")


def truth_value(name: str, value: object) -> bool:
    """Return ``value``, True or False, as a bool.

    Raises
    ------
    TypeError
        If it is neither.

    Examples
    --------
    >>> truth_value("batch_norm", 1)
    Traceback (most recent call last):
    ...
    TypeError: batch_norm must be True or False, but got 1
    """
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, but got {value!r}")
    return bool(value)


def require_functions(**functions: object) -> None:
    """Refuse what cannot be called, where there is something; by its name.

    Raises
    ------
    TypeError
        If it is no function.

    Examples
    --------
    >>> require_functions(stop=None, schedule=0.5)
    Traceback (most recent call last):
    ...
    TypeError: schedule must be a function, but got 0.5
    """
    for name, function in functions.items():
        if function is not None and (isinstance(function, type) or not callable(function)):
            raise TypeError(f"{name} must be a function, but got {function!r}")


@contextmanager
def as_given() -> Iterator[None]:
    """Take what strangers give, whatever its size: a block, or, as a decorator, a function.

    NumPy says nothing where numbers overflow, since all that is computed is looked at (``finite``, ``Diverged``). What
    no float can hold, and nobody has refused by name, is a ``ValueError``.
    """
    with np.errstate(all="ignore"):
        try:
            yield
        except OverflowError as problem:
            raise ValueError(f"numbers must fit a float of 64 bits, but one does not: {problem}") from None


def finite(predictions: Array) -> Array:
    """Return predictions as they are.

    Raises
    ------
    ValueError
        If one is no finite number, since the numbers of its row are too large for the weights.
    """
    if not all_finite(predictions):
        row = int(np.argwhere(~np.isfinite(predictions))[0][0])
        raise ValueError(f"the prediction of row {row} is not finite: its numbers are too large for this network")
    return predictions


def as_numbers(name: str, values: object, kind: str, dtype: npt.DTypeLike | None = None) -> Array:
    """Return ``values`` as an array of floats, copying only where the type must change.

    Parameters
    ----------
    name, kind : str
        What errors call them, and what they must be: "a matrix of numbers".
    values : array-like
        Integers and booleans become float64; float32 stays float32, unless ``dtype`` says otherwise.
    dtype : dtype, optional
        The type to return.

    Raises
    ------
    ValueError
        If they are no numbers, or one is too large for a float.
    """
    try:
        array = np.asarray(values)
        if array.dtype.kind in "cmMSUV" or np.ma.is_masked(values):
            raise TypeError("it is masked" if np.ma.is_masked(values) else f"its type is {array.dtype}")
        keeps = array.dtype in (np.float32, np.float64) if dtype is None else array.dtype == dtype
        with np.errstate(over="ignore"):  # whoever asks looks for infinity
            return array if keeps else array.astype(np.float64 if dtype is None else dtype)
    except (TypeError, ValueError, OverflowError) as problem:
        raise ValueError(f"{name} must be {kind}, but it holds something else: {problem}") from None


def as_rows(X: object, columns: int | None = None, first: int = 0) -> Array:
    """Return ``X`` as a finite floating-point matrix of N rows, copying only where the type must change.

    Parameters
    ----------
    X : array-like or SciPy sparse matrix of shape (N, D)
        The rows. Integers and booleans become float64; float32 stays float32. Sparse rows stay sparse, compressed.
    columns, first : int, optional
        The number of columns that the network expects, and that of the first row of X among the rows that errors count.

    Raises
    ------
    ValueError
        If ``X`` is not a matrix of numbers, has no rows, holds NaN or infinity, or has another number of columns.

    Examples
    --------
    >>> as_rows([[1, 2], [3, 4]], columns=2).dtype
    dtype('float64')
    >>> as_rows([[1.0, 2.0, 3.0]], columns=2)
    Traceback (most recent call last):
    ...
    ValueError: X has 3 features, but the network expects 2
    """
    if is_sparse(X):
        return _as_sparse_rows(X, columns)
    rows = as_numbers("X", X, "a matrix of numbers")
    if rows.ndim != 2:
        one = "; write X.reshape(1, -1) for a single row" if rows.ndim == 1 and rows.size == columns else ""
        raise ValueError(f"X must be a matrix of shape (rows, features), but its shape is {rows.shape}{one}")
    if len(rows) == 0:
        raise ValueError("X has no rows")
    _require_columns(rows, columns)
    if not all_finite(rows):
        row, column = np.argwhere(~np.isfinite(rows))[0]
        raise ValueError(f"X must be finite, but row {first + row}, column {column} holds {rows[row, column]}")
    return rows


def all_finite(values: Array) -> bool:
    """Tell whether all numbers are finite, where they are many without a mask as long.

    Where their sum is finite, all are. Where it is not, it may only have grown too large.
    """
    if values.size < 64:  # each is looked at before a sum is guarded against overflow
        return all(map(math.isfinite, values.ravel().tolist()))
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values.sum())) or bool(np.isfinite(values).all())


def is_sparse(X: object) -> bool:
    """Tell whether X is one of SciPy's sparse matrices or arrays; SciPy need not be imported for that."""
    return hasattr(X, "tocsr")


def _as_sparse_rows(X: Any, columns: int | None) -> Array:
    require_places(X)
    rows: Any = X.tocsr()
    rows = rows if rows.dtype in (np.float32, np.float64) else rows.astype(np.float64)
    if rows.shape[0] == 0:
        raise ValueError("X has no rows")
    _require_columns(rows, columns)
    if not all_finite(rows.data):
        entries = rows.tocoo()
        k = int(np.flatnonzero(~np.isfinite(entries.data))[0])
        place = f"row {entries.row[k]}, column {entries.col[k]}"
        raise ValueError(f"X must be finite, but {place} holds {entries.data[k]}")
    sparse: Array = rows
    return sparse


def require_places(X: Any) -> None:
    """Refuse compressed rows (or columns) whose entries lie elsewhere: SciPy would not look, and write there."""
    if X.format not in ("csr", "csc"):
        return
    starts, places, count = X.indptr, X.indices, min(len(X.indices), len(X.data))
    lines, across = X.shape if X.format == "csr" else X.shape[::-1]
    if len(starts) != lines + 1 or starts[0] < 0 or starts[-1] > count or (np.diff(starts) < 0).any():
        raise ValueError(f"X is no sparse matrix: its lines do not begin and end among its {count} entries")
    if len(places) and not 0 <= places.min() <= places.max() < across:
        found = f"{places.min()} … {places.max()}"
        raise ValueError(f"X is no sparse matrix: its entries may lie at 0 … {across - 1}, but lie at {found}")


def _require_columns(rows: Array, columns: int | None) -> None:
    if columns is not None and rows.shape[1] != columns:
        raise ValueError(f"X has {rows.shape[1]} features, but the network expects {columns}")
