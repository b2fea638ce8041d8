"""By what single rows of training are known again among others: short digests of some of them, and of no other cell."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.record import finite

SAMPLE = 4096
"""Digests at most, of 8 bytes each."""

ALL = "these are the rows of training (mlnn inspect and scores_ tell of rows not trained on)"
"""What is known of rows that are all of them, in their order."""

BLOCK = 4096
"""So many rows are float64 at a time."""


@dataclass(frozen=True, eq=False)
class Familiar:
    """The smallest digests of the rows of training, prepared and with their targets.

    Rows whose digests are at most the largest of these are a sample by chance of any rows (a bottom-k sketch; Broder
    1997, On the resemblance and containment of documents), so the share of them that is known estimates the share of
    all; of tables with fewer rows all digests are kept, and the share is exact. Rows of tables with few categories are
    alike by chance: new rows as often as those of training are like another one of training.

    Attributes
    ----------
    digests : array of uint64
        In ascending order, no two the same.
    whole : bool
        Whether they are those of all rows.
    alike : float
        The share of the rows of training that are like another one of them.
    key : str
        What goes into the digests with the rows, so that those of two models do not tell whether they share rows.
    """

    digests: Array
    whole: bool
    alike: float
    key: str

    @classmethod
    def of(cls, digests: Array, key: str) -> "Familiar":
        """Return what remembers rows by the digests of all of them with this key."""
        different, counts = np.unique(digests, return_counts=True)
        alike = (counts[counts > 1].sum() + 1) / (len(digests) + 2)  # never 0: rows may be alike that were not yet
        return cls(different[:SAMPLE], len(different) <= SAMPLE, float(alike), key)

    def among(self, matrix: Array, t: Array) -> str:
        """Say how many of these rows are rows of training; nothing if no more are than by chance."""
        digests = digests_of(matrix, t, self.key)
        looked = digests if self.whole else digests[digests <= self.digests[-1]]
        count, known = len(looked), int(np.isin(looked, self.digests).sum())
        if known <= self.alike * count + 3 * sqrt(self.alike * (1 - self.alike) * count):
            return ""
        share, rows = known / count, len(digests)
        by_chance = f", where {_percent(self.alike)} would be by chance" if self.alike > 0.01 + 1 / rows else ""
        if self.whole:
            return f"{known:,} of {rows:,} rows are rows that the model was trained on{by_chance}"
        error = sqrt(max(share * (1 - share), 1 / count) / count)
        about = f"about {_percent(share)} (± {_percent(error)})"
        return f"{about} of the {rows:,} rows are rows that the model was trained on{by_chance}"

    def to_json(self) -> dict[str, Any]:
        """Return all but the digests and the key."""
        return {"whole": self.whole, "alike": self.alike}

    def array(self) -> Array:
        """Return the digests as a file keeps them: int16, shape (n, 4)."""
        return self.digests.astype(">u8").view(">i2").astype(np.int16).reshape(-1, 4)

    @classmethod
    def from_json(cls, json: Mapping[str, Any], array: Array, key: str) -> "Familiar":
        """Return what ``to_json`` and ``array`` wrote.

        Raises
        ------
        ValueError
            If it is something else.
        """
        alike = finite({"alike": json["alike"]})["alike"]
        if type(json["whole"]) is not bool or not 0 <= alike <= 1:
            raise ValueError(f"rows are known again by a share from 0 to 1, and a truth value, but got {dict(json)}")
        if array.ndim != 2 or array.shape[1] != 4 or array.dtype != np.int16 or not 0 < len(array) <= SAMPLE:
            raise ValueError(f"digests must be int16 of shape (1 to {SAMPLE}, 4), but are {array.dtype} {array.shape}")
        digests = array.astype(">i2").view(">u8").ravel().astype(np.uint64)
        if (digests[1:] <= digests[:-1]).any():
            raise ValueError("the digests of rows are not in ascending order")
        return cls(digests, json["whole"], alike, key)


def smallest(digests: Array) -> Array:
    """Return those of all digests so far by which rows are remembered; the others need not be kept.

    Examples
    --------
    >>> some = np.random.default_rng(0).integers(0, 2**63, 20_000, dtype=np.uint64)
    >>> kept = smallest(np.concatenate([smallest(some[:9_000]), some[9_000:]]))
    >>> len(kept), bool((Familiar.of(kept, "").digests == Familiar.of(some, "").digests).all())
    (4097, True)
    """
    different = np.unique(digests)  # one more than is kept tells that these are not all
    return digests if len(different) <= SAMPLE else digests[digests <= different[SAMPLE]]


def flattered(known: str) -> list[str]:
    """Say what follows for scores where rows are ``known``, in such words; nothing where they are not."""
    return [f"{known}: their scores are too good"] if known else []


def digests_of(matrix: Array, t: Array, key: str) -> Array:
    """Return 64 bits for every prepared row with its encoded target, shape (N,).

    A block of rows at a time, since all in float64 may be more than the table takes.
    """
    start = hashlib.blake2b(key.encode(), digest_size=8)

    def digest(row: bytes) -> bytes:
        own = start.copy()
        own.update(row)
        return own.digest()

    found = np.empty(len(matrix), dtype=np.uint64)
    for first in range(0, len(matrix), BLOCK):
        block = slice(first, first + BLOCK)
        cells, targets = matrix[block], t[block]
        rows = np.column_stack([cells, targets.reshape(len(cells), -1)]).astype("<f8") + 0.0  # no negative zeros
        found[block] = np.frombuffer(b"".join(digest(row.tobytes()) for row in rows), ">u8")
    return found


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.995 else "100 %"
