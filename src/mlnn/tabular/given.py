"""What a user gives for every row beside its cells: a target, a weight, a group, a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from mlnn.array import Array
from mlnn.frame.column import TableError, missing, quoted, unmasked
from mlnn.frame.frames import with_whole_numbers
from mlnn.frame.roles import groups_of, require_some, times_of
from mlnn.frame.sentence import number_of
from mlnn.frame.table import Table
from mlnn.frame.values import Words

LEAST = 1e-30
"""A weight that is a smaller part of the largest would be 0 in single precision."""

MOST = 10
"""Of so many targets a sentence tells how many rows lack them."""


@dataclass(frozen=True, eq=False)
class Named:
    """Targets with the names of their columns, as a frame has them.

    Parameters
    ----------
    values : array of shape (N,) or (N, K)
        The targets.
    columns : list of str
        Their names.
    """

    values: Array
    columns: list[str]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values)

    def to_numpy(self) -> Array:
        """Return the targets alone."""
        return self.values


class Given(NamedTuple):
    """What belongs to the rows of a table, an entry for each.

    Attributes
    ----------
    targets : array of shape (N,) or (N, K)
        Of any kind, gaps left in.
    weights : array of shape (N,), optional
        How much each row counts.
    groups : array of int, shape (N,), optional
        What rows belong together by.
    times : array of shape (N,), optional
        When rows come from.
    """

    targets: Array
    weights: Array | None = None
    groups: Array | None = None
    times: Array | None = None

    @classmethod
    def of(cls, rows: int, y: Any, weights: Any = None, groups: Any = None, times: Any = None) -> "Given":
        """Return what somebody gives for so many rows, checked.

        Raises
        ------
        TableError, ValueError
            If it is not as much, there is no target, or weights cannot be meant.
        """
        targets = targets_of(y)
        weights = checked_weights(weights, rows)
        if len(targets) != rows:
            raise ValueError(f"X has {number_of(rows, 'row')}, but y has {len(targets)}")
        if not rows:
            raise TableError("y has no rows")
        if groups is not None and times is not None:
            raise ValueError("rows are parted by groups or by times, but both were given")
        groups, times = group_numbers(groups, rows), entries_of("times", times, rows)
        return cls(targets, weights, groups, times).read_as(targets)

    def read_as(self, targets: Array) -> "Given":
        """Return the same with targets that were read.

        Raises
        ------
        TableError
            If there is none.
        """
        require_some(without_target(targets))
        return self._replace(targets=targets)

    def that_count(self) -> Array:
        """Return the numbers of the rows that have a target, and no weight of 0.

        Raises
        ------
        TableError
            If there are none, or one of them has no time where rows have some.
        """
        kept = that_count(without_target(self.targets), self.weights)
        if self.times is not None:
            times_of(Table.of({"times": self.times}), "times", np.isin(np.arange(len(self.times)), kept))
        return kept

    def take(self, rows: Array) -> "Given":
        """Return what belongs to some of the rows."""
        return Given(self.targets[rows], *(None if each is None else each[rows] for each in self[1:]))


def counts_of(weights: Array | None, rows: int) -> Array:
    """Return how much each of so many rows counts: 1, where there are no weights."""
    return np.ones(rows) if weights is None else weights


def targets_of(y: Any) -> Array:
    """Return targets of any kind of container as an array of a type of their own, gaps left in.

    Raises
    ------
    ValueError
        If there are none.
    """
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    if hasattr(y, "to_numpy"):
        array = y.to_numpy(zero_copy_only=False) if type(y).__module__ == "pyarrow.lib" else y.to_numpy()
        y = with_whole_numbers(array, y)
    array = np.asarray(unmasked(y), dtype=_kind(y) if isinstance(y, list | tuple) else None)
    if array.ndim not in (1, 2):
        raise ValueError(f"y must be a vector or a matrix, but its shape is {array.shape}")
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def without_target(y: Array) -> Array:
    """Tell which rows have no target; of several columns, not all."""
    gaps = missing(y)
    return gaps if gaps.ndim == 1 else np.asarray(gaps.any(axis=1))


def that_count(gone: Array, weights: Array | None) -> Array:
    """Return the numbers of the rows that are not ``gone`` for want of a target, and have no weight of 0.

    Raises
    ------
    TableError
        If there are none.
    """
    kept = np.flatnonzero(~(gone | weightless(weights, len(gone))))
    if not len(kept):
        raise TableError(f"every row that has a target has weight 0: none of {number_of(len(gone), 'row')} counts")
    return kept


def weightless(weights: Array | None, rows: int) -> Array:
    """Tell which of so many rows have weight 0."""
    return counts_of(weights, rows) == 0.0


def left_out(y: Array, weights: Array | None = None, names: Sequence[str] = ()) -> list[str]:
    """Say how many rows have no target, or of several not all, and how many others have weight 0, if some have.

    Examples
    --------
    >>> left_out(np.array([np.nan, 1.0, 2.0]), np.array([0.0, 0.0, 1.0]))
    ['1 of 3 rows has no target and was left out', '1 of 3 rows has weight 0 and was left out']
    >>> left_out(np.array([[np.nan, 1.0], [2.0, np.nan], [3.0, 4.0]]), names=["a", "b"])
    ["2 of 3 rows have not all targets and were left out: 1 lacks 'a', 1 lacks 'b'"]
    """
    gaps, gone = missing(y), without_target(y)
    some = gaps.ndim == 2 and not gaps[gone].all()
    targets = ("not all targets", f": {_lacking(gaps, names)}") if some else ("no target", "")
    reasons = (gone, *targets), (weightless(weights, len(gone)) & ~gone, "weight 0", "")
    return [
        _those(rows, f"{what} and {'was' if rows.sum() == 1 else 'were'} left out{more}")
        for rows, what, more in reasons
        if rows.any()
    ]


def _lacking(gaps: Array, names: Sequence[str]) -> str:
    """Say how many rows lack which of several targets; without names, which by its number."""
    called = [quoted([name]) for name in names] or [f"target {k}" for k in range(gaps.shape[1])]
    counts = zip(gaps.sum(axis=0).tolist(), called, strict=True)
    each = [f"{count} {'lacks' if count == 1 else 'lack'} {name}" for count, name in counts if count]
    return ", ".join(each[:MOST]) + (f" and {len(each) - MOST} targets more are lacking" if len(each) > MOST else "")


def _those(rows: Array, what: str) -> str:
    """Say what some of all rows have."""
    count = int(rows.sum())
    return f"{count:,} of {len(rows):,} rows {'has' if count == 1 else 'have'} {what}"


def ungrouped(groups: Array | None) -> list[str]:
    """Say how many rows have no group, if some have none."""
    if groups is None or not (groups < 0).any():
        return []
    return [
        _those(
            groups < 0, f"no group and {'is one by itself' if (groups < 0).sum() == 1 else 'are kept together as one'}"
        )
    ]


def entries_of(name: str, values: Any, rows: int) -> Array | None:
    """Return what a user says of every row as a vector, if there is anything.

    Raises
    ------
    ValueError
        If it is no vector of so many entries.
    """
    if values is None:
        return None
    try:
        entries = np.asarray(unmasked(values))
    except ValueError:
        entries = np.empty((0, 0))
    if entries.ndim != 1:
        raise ValueError(f"{name} must be a vector, an entry for each row, but got {type(values).__name__}")
    if len(entries) != rows:
        raise ValueError(f"{name} has {len(entries)} rows, but y has {rows}")
    return entries


def group_numbers(values: Any, rows: int) -> Array | None:
    """Return the number of every row's group, if there are groups; −1 for those of none, which are one.

    Raises
    ------
    ValueError
        If they are no vector of so many entries.
    """
    entries = entries_of("groups", values, rows)
    return None if entries is None else group_words(values).codes  # not of the array, whose floats may hold less


def group_words(values: Any) -> Words:
    """Return what groups are called, and the number of every row's."""
    return Words.of(groups_of(Table.of({"groups": unmasked(values)}), "groups"))


def checked_weights(weights: Any, rows: int) -> Array | None:
    """Return the weights of so many rows as float64, if there are any.

    Raises
    ------
    ValueError
        If they are not as many finite numbers, 0 or more, some of them above.
    """
    if weights is None:
        return None
    found = np.asarray(entries_of("sample_weight", weights, rows))
    cells = enumerate(found.tolist() if found.dtype.kind in "OSU" else ())
    if wrong := next((f"row {k} (counted from 0) holds {each!r}" for k, each in cells if _no_number(each)), ""):
        raise ValueError(f"sample_weight must hold numbers, but {wrong}")
    if found.size and found.dtype.kind in "iufb" and not found.any():
        raise ValueError("weights must be finite, not negative, and not all zero, but all of them are 0")
    checked = np.asarray(_check_sample_weight(found, np.empty((rows, 1)), dtype=np.float64))
    if checked.min(initial=0.0) < 0.0 or not checked.any():
        raise ValueError(f"weights must be finite, not negative, and not all zero, but the least is {checked.min()}")
    least, most = checked[checked > 0.0].min(), checked.max()
    if most * LEAST > least:
        raise ValueError(
            f"weights must be 0 or at least {LEAST:g} of the largest, but they are from {least:g} to {most:g}"
        )
    # only their ratios count: a power of two makes the largest about 1, whatever size they have, and changes no bit
    return np.asarray(np.ldexp(checked, -int(np.frexp(checked.max())[1])))


def _no_number(weight: Any) -> bool:
    """Tell whether something is no number, and no text of one."""
    try:
        float(weight)
    except (TypeError, ValueError):
        return True
    return False


def _kind(y: Any) -> type | None:
    """Return how a list becomes an array: as objects where it holds text or gaps, which NumPy would make text."""
    flat = [each for row in y for each in (row if isinstance(row, list | tuple) else [row])]
    return object if any(each is None or isinstance(each, str) for each in flat) else None
