"""Rows on their way to the disk: targets are read and cells prepared as a sample told, one batch after another."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from mlnn.array import Array
from mlnn.frame.answers import Answers, read_again
from mlnn.frame.column import TableError
from mlnn.frame.drift import ColumnWarning, counted, drifted
from mlnn.frame.kind import Seen
from mlnn.frame.preparation import Preparation
from mlnn.frame.roles import usable
from mlnn.frame.table import Table, Words
from mlnn.tabular.familiar import digests_of, smallest
from mlnn.tabular.given import weightless, without_target
from mlnn.tabular.named import NamedTargets
from mlnn.tabular.target import Target


class Read(NamedTuple):
    """The rows of a part that have a target and a weight: their numbers there, prepared, and what belongs to each."""

    kept: Array
    matrix: Array
    t: Array
    weights: Array | None


@dataclass(eq=False)
class Tally:
    """What was met in all rows: every number is a sum over batches, so it does not matter how rows are cut into them.

    Attributes
    ----------
    seen : dict of str to Seen
        Of every column that has features, how many cells are missing, unreadable and unknown.
    rows, untold, weightless : int
        How many rows there were, how many without a target, and how many others without a weight.
    digests : array of uint64
        The smallest of the rows that were trained on.
    """

    seen: dict[str, Seen] = field(default_factory=dict)
    rows: int = 0
    untold: int = 0
    weightless: int = 0
    digests: Array = field(default_factory=lambda: np.empty(0, np.uint64))

    def add(self, seen: dict[str, Seen]) -> None:
        """Count the cells of more rows."""
        self.seen = {name: each.and_then(seen[name]) for name, each in self.seen.items()} or seen

    def said(self, preparation: Preparation) -> list[str]:
        """Say what was left out, and what could not be used of the cells as they are."""
        left = (self.untold, "no target"), (self.weightless, "weight 0")
        said = [
            f"{count:,} of {self.rows:,} rows {'has' if count == 1 else 'have'} {what} and "
            f"{'was' if count == 1 else 'were'} left out"
            for count, what in left
            if count
        ]
        columns = [column for column in preparation.columns_ if column.name in self.seen]
        for column in columns:
            seen, fate = self.seen[column.name], column.fate
            expected = fate.rare or fate.unread  # which the report tells of
            said.append(drifted(column, seen) or ("" if expected else counted(column, seen)))
        return [sentence for sentence in said if sentence]


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads the rows of a table as a sample of them told.

    Attributes
    ----------
    file : NamedTargets
        The columns.
    answers : Answers
        What the sample's targets are.
    checked : callable
        Checks targets as scikit-learn does it.
    target : Target
        Encodes them.
    preparation : Preparation
        Prepares the features.
    shares : array of shape (K,), optional
        The weights of the classes.
    """

    file: NamedTargets
    answers: Answers
    checked: Callable[[Array], Array]
    target: Target
    preparation: Preparation
    shares: Array | None

    def read(self, part: Table, tally: Tally) -> Read:
        """Return the rows that count, and count what is met; a label that the sample has not is refused with its place.

        Raises
        ------
        TableError
            If a label is unknown, or a weight cannot be.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ColumnWarning)  # rows without a target are counted, over all parts
            y = read_again(part, self.answers.to_json(), self.answers.classes)
        weights = None if self.file.weight is None else weights_in(part, self.file.weight)
        untold, nothing = without_target(y), weightless(weights, part.rows)
        kept = np.flatnonzero(~(untold | nothing))
        tally.rows += part.rows
        tally.untold += int(untold.sum())
        tally.weightless += int((nothing & ~untold).sum())
        if not len(kept):
            return Read(kept, np.empty((0, 0), np.float32), np.empty(0), None)
        features = part.only(self.file.features)
        prepared = self.preparation.prepare(features if len(kept) == part.rows else features.take(kept))
        tally.add(prepared.seen)
        t = self.target.encode(self.checked(y[kept]))
        return Read(kept, prepared.matrix, t, None if weights is None else weights[kept])

    def weighed(self, t: Array, weights: Array | None) -> Array | None:
        """Return the weights of rows with these encoded targets, those of their classes in them."""
        if self.shares is None:
            return weights
        return self.shares[t] if weights is None else weights * self.shares[t]

    def batches(
        self, table: Table, size: int, aside: Array, sample: Array, matrix: Array, key: str, tally: Tally
    ) -> Iterator[tuple[Array, ...]]:
        """Yield X, the encoded targets and, where there are some, weights of all rows but those that are put aside.

        The rows of the sample are those of its ``matrix``, in which none is told its own target; both ``sample`` and
        ``aside`` are numbers of rows in ascending order.
        """
        start = 0
        for part in table.parts(size):
            rows = np.setdiff1d(np.arange(start, start + part.rows), aside, assume_unique=True)
            found = self.read(part.take(rows - start), tally) if len(rows) else None
            start += part.rows
            if found is None or not len(found.kept):
                continue
            digests = digests_of(found.matrix, found.t, key)
            tally.digests = smallest(np.concatenate([tally.digests, digests]))
            numbers = rows[found.kept]
            place = np.minimum(np.searchsorted(sample, numbers), len(sample) - 1)
            known = sample[place] == numbers
            found.matrix[known] = matrix[place[known]]
            weights = self.weighed(found.t, found.weights)
            yield (found.matrix, found.t) if weights is None else (found.matrix, found.t, weights)


def weights_in(part: Table, name: str) -> Array:
    """Return the weights of some rows, which must be numbers in all parts of a table.

    Raises
    ------
    TableError
        If they are text, or one is missing, negative or infinite: in which row.

    Examples
    --------
    >>> weights_in(Table.of({"w": [1.0, -1.0]}), "w")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    mlnn.frame.column.TableError: weights must be finite numbers, 0 or more, but row 1 ... of 'w' holds -1.0
    """
    values = usable(part, name)
    if isinstance(values, Words) or values.dtype.kind not in "iuf":
        kind = "text" if isinstance(values, Words) else "times"
        raise TableError(f"weights must be numbers where a table is read in windows, but '{name}' holds {kind}")
    weights = values.astype(np.float64)
    good = (weights >= 0.0) & np.isfinite(weights)
    if not good.all():
        row = int(np.argmin(good))
        held = "nothing" if np.isnan(weights[row]) else f"{weights[row]}"
        raise TableError(f"weights must be finite numbers, 0 or more, but {part.where(row)} of '{name}' holds {held}")
    return weights
