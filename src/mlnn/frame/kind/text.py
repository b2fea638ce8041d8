"""A column of free text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar
from zlib import crc32

import numpy as np

from mlnn.array import Array
from mlnn.frame.kind.base import Cells, Column, Content, Seen, Where, counted
from mlnn.frame.kind.spelling import folded

_WORD = re.compile("[\u3040-\u30ff\u3400-\u9fff]|[^\\W\u3040-\u30ff\u3400-\u9fff]+")

HASHES = 2**12
"""So many counters the words share."""

MOST_ROWS = 20_000
"""From so many different texts the directions are learned at most."""


@dataclass(frozen=True)
class TextColumn(Column):
    """Latent semantic analysis: words and pairs of words are counted by hash, and projected on a few directions.

    Let c be the counts of a text's words and pairs of neighbours, of length 1. Its features are (c V − m) / s with
    the directions V in which the training texts vary most (a truncated singular value decomposition), their mean m and
    spread s there, tamed as ``NumericColumn`` does it. Upper and lower case are the same. A missing text has features
    0.

    Parameters
    ----------
    name : str
        The column's name.
    gaps : bool
        Whether training rows had no text; then a 0/1 feature tells where.
    directions, centre : array, shape (HASHES, features) and (features,)
        V / s and m / s.

    References
    ----------
    Deerwester et al. (1990), Indexing by Latent Semantic Analysis, JASIS 41. Weinberger et al. (2009), Feature Hashing
    for Large Scale Multitask Learning, ICML.
    """

    gaps: bool
    directions: Array = field(compare=False)
    centre: Array = field(compare=False)

    arrays: ClassVar[tuple[str, ...]] = ("directions", "centre")

    def __post_init__(self) -> None:
        """Refuse what no training can have learned."""
        if self.directions.ndim != 2 or len(self.directions) != HASHES or not np.isfinite(self.directions).all():
            raise ValueError(f"directions must be a finite matrix with {HASHES} rows")
        if self.centre.shape != self.directions.shape[1:] or not np.isfinite(self.centre).all():
            raise ValueError(f"centre must be finite numbers, one a direction, but its shape is {self.centre.shape}")

    @classmethod
    def learn(cls, name: str, values: Content, most: int) -> "TextColumn":
        """Learn up to ``most`` directions; every different text counts once."""
        from sklearn.decomposition import TruncatedSVD

        cells = Cells.of(values)
        order = np.random.default_rng(0).permutation(len(cells.labels))[:MOST_ROWS]
        counts = _counted([cells.labels[k] for k in np.sort(order).tolist()])
        components = min(most, counts.shape[0] - 1, int((counts.getnnz(axis=0) > 0).sum()) - 1)
        directions = np.zeros((HASHES, 0))
        if components > 0:
            directions = TruncatedSVD(components, random_state=0).fit(counts).components_.T
        projected = counts @ directions
        spread = projected.std(axis=0)
        telling = spread > 1e-6
        directions = np.ascontiguousarray(directions[:, telling] / spread[telling], dtype=np.float32)
        centre = (projected.mean(axis=0)[telling] / spread[telling]).astype(np.float32)
        return cls(name, bool((cells.codes < 0).any()), directions, centre)

    def fill(self, values: Content, out: Array, where: Where = counted) -> Seen:
        """Write the projections and the gaps."""
        cells = Cells.of(values)
        width = self.directions.shape[1]
        if width:
            z = _counted(cells.labels or [""]) @ self.directions - self.centre
            projected = z / np.hypot(1.0, z / 3)
            out[:, :width] = np.vstack([projected, np.zeros((1, width))])[cells.codes]
        if self.gaps:
            out[:, -1] = cells.codes < 0
        return Seen(len(cells.codes), int((cells.codes < 0).sum()))

    def features(self) -> list[str]:
        """Return a name for every direction."""
        numbered = [f"{self.name}=text {k}" for k in range(self.directions.shape[1])]
        return numbered + [f"{self.name}=(missing)"] * self.gaps


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case; in scripts without spaces every character is one.

    Examples
    --------
    >>> words_of("Très bon, TRÈS bon!"), words_of("很好")
    (['très', 'bon', 'très', 'bon'], ['很', '好'])
    """
    return _WORD.findall(folded(text))


def length_of(text: str) -> int:
    """Count a text's words: what spaces part, or letters alone; a code such as 4f2a-81c0 is one.

    Examples
    --------
    >>> length_of("a room with 2 beds"), length_of("very-good-wine"), length_of("4f2a-81c0-9d3e"), length_of("很好")
    (5, 3, 1, 2)
    """
    letters = [word for word in words_of(text) if word.isalpha() and (len(word) > 1 or not word.isascii())]
    return max(len(text.split()), len(letters))


def _counted(texts: Sequence[str]) -> Any:
    """Return the counts of words and pairs of words, as a sparse matrix with rows of length 1."""
    from scipy.sparse import csr_matrix

    places: list[int] = []
    ends = [0]
    for text in texts:
        words = words_of(text)
        grams = words + [f"{one} {other}" for one, other in pairwise(words)]
        places += [crc32(gram.encode("utf-8", "surrogatepass")) % HASHES for gram in grams]
        ends.append(len(places))
    counts = csr_matrix((np.ones(len(places)), places, ends), shape=(len(texts), HASHES))
    counts.sum_duplicates()
    sizes = np.sqrt(np.add.reduceat(np.append(counts.data**2, 0.0), counts.indptr[:-1]))
    counts.data /= np.repeat(sizes, np.diff(counts.indptr))
    return counts
