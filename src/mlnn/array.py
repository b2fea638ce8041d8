"""What every room shares: the type of an array and of several, and where random numbers come from."""

import math
import operator
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
    number = float(value)
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


def as_rows(X: object, columns: int | None = None) -> Array:
    """Return ``X`` as a finite floating-point matrix of N rows, copying only where the type must change.

    Parameters
    ----------
    X : array-like or SciPy sparse matrix of shape (N, D)
        The rows. Integers and booleans become float64; float32 stays float32. Sparse rows stay sparse, compressed.
    columns : int, optional
        The number of columns that the network expects.

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
    try:
        array = np.asarray(X)
        if array.dtype.kind in "cmMSUV" or np.ma.is_masked(X):
            raise TypeError("it is masked" if np.ma.is_masked(X) else f"its type is {array.dtype}")
        rows = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"X must be a matrix of numbers, but it holds something else: {problem}") from None
    if rows.ndim != 2:
        one = "; write X.reshape(1, -1) for a single row" if rows.ndim == 1 and rows.size == columns else ""
        raise ValueError(f"X must be a matrix of shape (rows, features), but its shape is {rows.shape}{one}")
    if len(rows) == 0:
        raise ValueError("X has no rows")
    _require_columns(rows, columns)
    if not _all_finite(rows):
        row, column = np.argwhere(~np.isfinite(rows))[0]
        raise ValueError(f"X must be finite, but row {row}, column {column} holds {rows[row, column]}")
    return rows


def _all_finite(values: Array) -> bool:
    """Tell whether all numbers are finite, without a mask as long as they are many.

    Where their sum is finite, all are. Where it is not, it may only have grown too large.
    """
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
    if not _all_finite(rows.data):
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
