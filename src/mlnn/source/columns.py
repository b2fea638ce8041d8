"""Which columns of a table are learned from, and their cells as numbers: of a Parquet file, of a batch of a stream."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.objective import as_weights
from mlnn.source.base import Shard

PIECE = 1 << 20
"""Bytes of rows that are put together at a time from columns: so many stay in the cache."""


@dataclass(frozen=True)
class Columns:
    """The columns of a table that a source has.

    Attributes
    ----------
    names : tuple of str
        Those that are learned from, in their order.
    target : str
        That of the targets.
    weights : str or None
        That of the weights of the rows, if there is one.
    """

    names: tuple[str, ...]
    target: str
    weights: str | None

    @classmethod
    def named(cls, names: Sequence[str], target: str, weights: str | None) -> Self:
        """Return the columns of these names, each of them once, and none that of the target or of the weights."""
        if isinstance(names, str):
            raise TypeError(f"columns must be a sequence of names, but got {names!r}: write [{names!r}]")
        names = tuple(names)
        if weights == target:
            raise ValueError(f"weights must be another column than the target, but both are '{target}'")
        for what, name in (("target", target), ("weights", weights)):
            if name in names:
                raise ValueError(f"columns must be others than the {what}, but '{name}' is among them")
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise ValueError(f"columns must be named once each, but '{twice[0]}' is there twice")
        return cls(names, target, weights)

    @classmethod
    def of(cls, schema: Any, target: str, weights: str | None) -> Self:
        """Return all columns of a schema; one that stands there twice is refused by ``require``."""
        names = dict.fromkeys(learned(schema))
        return cls.named([name for name in names if name not in (target, weights)], target, weights)

    @property
    def all(self) -> list[str]:
        """Return the names of all that are read."""
        return [*self.names, self.target, *([] if self.weights is None else [self.weights])]

    def require(self, where: str, schema: Any) -> None:
        """Refuse a table that lacks a column, or has something else than numbers, and labels as targets, in it."""
        from pyarrow import types

        numbers = types.is_integer, types.is_floating, types.is_boolean
        labels = types.is_string, types.is_large_string, types.is_string_view, types.is_dictionary
        counts = Counter(schema.names)
        for name in self.all:
            if counts[name] > 1:
                raise ValueError(f"{where} has {counts[name]} columns '{name}': their names must differ")
            if name not in counts:
                raise ValueError(f"{where} has no column '{name}': it has {', '.join(map(repr, schema.names))}")
            kind = schema.field(name).type
            if not any(known(kind) for known in (*numbers, *labels * (name == self.target))):
                raise ValueError(f"{where}: column '{name}' holds {kind}, but a source learns from numbers")

    def pieces(self, place: str, table: Any, dtype: np.dtype[Any]) -> Iterator[Shard]:
        """Yield a table's rows in this type, some of them at a time."""
        columns = [values_of(place, name, table[name], dtype) for name in self.names]
        y = self.targets(place, table)
        weights = None if self.weights is None else self.weights_of(place, table, dtype)
        each = max(PIECE // (len(columns) * dtype.itemsize), 1)
        for start in range(0, len(y), each):
            X = np.empty((len(y[start : start + each]), len(columns)), dtype)
            for k, values in enumerate(columns):
                X[:, k] = values[start : start + each]
            yield Shard(X, y[start : start + each], None if weights is None else weights[start : start + each])

    def targets(self, place: str, table: Any) -> Array:
        """Return the targets of a table's rows."""
        return values_of(place, self.target, table[self.target])

    def weights_of(self, place: str, table: Any, dtype: npt.DTypeLike) -> Array:
        """Return the weights of a table's rows, where there are some."""
        assert self.weights is not None
        values = values_of(place, self.weights, table[self.weights], dtype)
        try:
            return as_weights(values, len(values), dtype)
        except ValueError as problem:
            raise ValueError(f"{place}: column '{self.weights}': {problem}") from None


def learned(schema: Any) -> list[str]:
    """Return all columns but those that pandas keeps the index of a frame in, which is none of the frame's columns."""
    index = (schema.pandas_metadata or {}).get("index_columns", [])  # one that only counts rows is described, not named
    return [name for name in schema.names if name not in index]


def values_of(place: str, name: str, column: Any, dtype: npt.DTypeLike = np.float64) -> Array:
    """Return a column's numbers or labels, all there, and finite in this type."""
    if column.null_count:
        row = np.flatnonzero(column.is_null().to_numpy())[0]
        raise ValueError(f"{place}: column '{name}' holds nothing in row {row:,} ({column.null_count:,} in all)")
    values: Array = column.to_numpy()
    require_finite(place, name, values, dtype)
    return values


def require_finite(place: str, name: str, values: Array, dtype: npt.DTypeLike = np.float64, first: int = 0) -> None:
    """Refuse numbers of a column that are not finite in this type; the rows are counted from ``first`` on."""
    if values.dtype.kind != "f":
        return
    if not np.isfinite(values).all():
        row = np.flatnonzero(~np.isfinite(values))[0]
        raise ValueError(f"{place}: column '{name}' holds {values[row]} in row {first + row:,}")
    if values.dtype.itemsize > np.dtype(dtype).itemsize and np.abs(values).max(initial=0.0) > np.finfo(dtype).max:
        row = int(np.abs(values).argmax())
        cell = f"column '{name}' holds {values[row]} in row {first + row:,}"
        raise ValueError(f"{place}: {cell}, which is too large for {np.dtype(dtype)}")
