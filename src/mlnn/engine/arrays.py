"""Arrays as native code reads them: converted only where they must be, and never those that it writes into."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mlnn.array import Array, is_sparse, require_places
from mlnn.engine.base import Block
from mlnn.objective import Problem


def rows_of(X: Any, dtype: npt.DTypeLike) -> Any:
    """Return X in the engine's type, a copy only where it must change: neighbouring columns, or the parts of a CSR."""
    if is_sparse(X):
        require_places(X)  # before SciPy touches it: its conversions sort and add up entries unchecked
        compressed: Any = X.tocsr()
        return compressed.indptr, compressed.indices, in_order(compressed.data, dtype), *compressed.shape
    return row_by_row(X, dtype)


def row_by_row(X: Any, dtype: npt.DTypeLike) -> Any:
    """Return a matrix of this type, its columns neighbours and its rows apart in memory, copied only where not so.

    So the bits of a product are the same, however the matrix lay before: where NumPy reads it in another order, it adds
    up in another.
    """
    if is_sparse(X):
        return X.astype(dtype, copy=False)
    X = np.require(X, dtype, "A")
    if X.ndim != 2 or X.shape[1] == 1 or (X.strides[1] == X.itemsize and abs(X.strides[0]) >= X[:1].nbytes):
        return X
    return np.ascontiguousarray(X)


def in_order(values: Any, dtype: npt.DTypeLike) -> Any:
    """Return an array of this type whose numbers lie one after another, row by row; a copy only where they do not."""
    return np.require(values, dtype, ["C", "A"])


def data_of(problem: Problem, dtype: npt.DTypeLike) -> tuple[Any, Array, Array | None]:
    """Return a problem's rows, targets and weights in the engine's type."""
    y = _integers(problem.y) if problem.y.dtype.kind in "iu" else rows_of(problem.y, dtype)
    weights = None if problem.weights is None else in_order(problem.weights, dtype)
    y = y.T.ravel() if y.ndim == 2 and y.dtype.kind == "i" else y  # class numbers lie question after question
    return rows_of(problem.X, dtype), y, weights


def _integers(numbers: Array) -> Array:
    """Return integers as native code reads them; others as they are, to be refused."""
    return in_order(numbers, np.int64) if numbers.dtype.kind in "iu" else numbers


def steps_of(block: Block) -> tuple[Any, ...]:
    """Return a block as native code reads it."""
    return (
        None if block.order is None else _integers(block.order),
        int(block.first_step),
        _integers(block.bounds),
        in_order(block.rates, np.float64),
        in_order(block.data_factors, np.float64),
        in_order(block.penalty_factors, np.float64),
        [in_order(column, np.float64) for column in block.coefficients],
        int(block.measured_from),
        int(block.seed) % (1 << 64),
    )
