"""Few rows of a frame of pandas: all cells leave it at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.values import Values, of_array

FEW = 64
"""Of so few rows pandas gives all cells at once in less time than two columns one by one."""

TEXT = np.dtype(object)
"""What NumPy has for pandas' text."""

NOWHERE = 0, TEXT


@dataclass(frozen=True)
class Few:
    """The cells of few rows.

    Parameters
    ----------
    cells : array of objects, shape (N, columns)
        All cells.
    native : dict of str to (int, dtype)
        The columns whose cells NumPy has a type for: where each stands, and that type.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"age": [39], "size": [1.8], "job": ["cook"]})
    >>> few = Few.of(frame, ["age", "size", "job"], frame.dtypes)
    >>> few.together(["size", "age"]), few.together(["age", "job"])
    (array([[ 1.8, 39. ]]), None)
    >>> few.makers()["age"](), few.makers()["job"]().labels
    (array([39]), ('cook',))
    """

    cells: Array
    native: dict[str, tuple[int, Any]]

    @classmethod
    def of(cls, X: Any, names: Sequence[str], kinds: Sequence[Any]) -> "Few":
        """Return the cells of a frame whose columns have these names and types."""
        native: dict[str, tuple[int, Any]] = {}
        for k, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            if not isinstance(kind, np.dtype):
                kind = TEXT if kind == "str" else None
            if kind is not None and kind.kind in "iufbO":
                native[name] = k, kind
        return cls(X.to_numpy(dtype=object), native)

    def together(self, names: Sequence[str]) -> Array | None:
        """Return some columns side by side as float64; None if one of them is not of numbers."""
        there = [self.native.get(name, NOWHERE) for name in names]
        if not all(kind.kind in "iuf" for _, kind in there):
            return None
        return self.cells[:, [k for k, _ in there]].astype(np.float64)

    def makers(self) -> dict[str, Callable[[], Values]]:
        """Return for every column that NumPy has a type for what makes its values."""
        return {name: partial(_column, self.cells, k, kind) for name, (k, kind) in self.native.items()}


def _column(cells: Array, k: int, kind: Any) -> Values:
    return of_array(cells[:, k].astype(kind))
