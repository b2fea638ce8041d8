"""Leaves of small trees as columns: they give networks thresholds that act together."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from sklearn.tree import ExtraTreeRegressor

from mlnn.array import Array
from mlnn.tabular.parts import Rows

TREES, LEAVES = 16, 16
"""Trees of a forest, and leaves of a tree at most."""

GROWN, TARGETS = 10_000, 1_000_000
"""Rows by which trees are grown at most, evenly spread, and numbers of their targets, of which each class is one."""

BLOCK = 1024
"""Rows that are looked at together: they stay in the cache."""

BITS = np.dtype("<u2")
"""One for each leaf of a tree; the first is the lowest, on any machine."""

SHARE, FEWEST, ENOUGH = 0.01, 3, 20
"""A leaf has this share of the rows at least, but never needs more, nor has fewer, rows than these."""


@dataclass(frozen=True, eq=False, repr=False)
class Forest:
    """The leaves of some trees, each a column: 1 where a row is in the leaf, 0 elsewhere.

    Of the row x, a tree asks I questions, qᵢ = 1 if x_f(i) ≤ θᵢ and 0 otherwise. The entry A_il is 1 where leaf l lies
    on the side of question i that says yes, −1 where it lies on the other, 0 where it lies on neither. So each answer
    rules out the leaves on the other side, and the row is in a leaf that none rules out. Unused places for leaves have
    no questions; their columns are 0.

    What the rows' targets are in a leaf is not kept: the network learns what a leaf means.

    Parameters
    ----------
    features : array of shape (T, I)
        Which column each tree asks for in each question.
    thresholds : array of shape (T, I)
        The largest number to which the answer is yes.
    sides : array of shape (T, I, L)
        On which side of a question a leaf lies, A.

    Raises
    ------
    ValueError
        If their shapes do not fit together, a side is not 1, 0 or −1, or there are more leaves than ``LEAVES``.

    References
    ----------
    Geurts, Ernst, Wehenkel (2006), Extremely randomized trees; He et al. (2014), Practical Lessons from Predicting
    Clicks on Ads at Facebook, section 3 (leaves as the columns of another model); Lucchese et al. (2015), QuickScorer,
    section 3 (a tree's leaves as bits, of which every answer rules some out).

    Examples
    --------
    >>> one_question = np.array([[[1, -1]]], np.int16)  # a leaf on either side
    >>> forest = Forest(np.array([[0]], np.int16), np.array([[0.5]]), one_question)
    >>> forest.transform(np.array([[0.2], [0.5], [0.9]]))
    array([[1., 0.],
           [1., 0.],
           [0., 1.]])
    """

    features: Array
    thresholds: Array
    sides: Array
    NAMES: ClassVar[tuple[str, ...]] = ("features", "thresholds", "sides")

    def __post_init__(self) -> None:
        """Refuse what no trees can be."""
        shape = self.features.shape
        fits = self.thresholds.shape == shape == self.sides.shape[:-1]
        if len(shape) != 2 or not fits or 0 in self.sides.shape:
            shapes = ", ".join(str(getattr(self, name).shape) for name in self.NAMES)
            raise ValueError(
                f"features, thresholds and sides must have shapes (T, I), (T, I), (T, I, L), no side of 0: got {shapes}"
            )
        if self.sides.shape[-1] > LEAVES:
            raise ValueError(f"a tree has at most {LEAVES} leaves, but these have {self.sides.shape[-1]}")
        if ((self.sides < -1) | (self.sides > 1)).any():
            raise ValueError(f"sides must be 1, 0 or -1, but go from {self.sides.min()} to {self.sides.max()}")

    def __repr__(self) -> str:
        return f"Forest({len(self.features)} trees)"

    @classmethod
    def grow(cls, rows: Rows, seed: int) -> "Forest":
        """Grow trees on these rows, or on some of them, evenly spread.

        Half of the columns, and of each one threshold, are drawn at every question; the one is taken that explains
        most of the targets' variance. Of classes, whose columns are 0 and 1, that is Gini's criterion.
        """
        count, classes = len(rows.t), 1 if rows.t.dtype.kind == "f" else int(rows.t.max()) + 1
        most = min(count, GROWN, max(TARGETS // (classes * rows.t[0].size), 100))
        some = rows.only(np.linspace(0, count - 1, most).astype(np.int64))
        options = {
            "max_leaf_nodes": LEAVES,
            "max_features": 0.5,
            "min_samples_leaf": int(np.clip(SHARE * len(some.t), FEWEST, ENOUGH)),
            "random_state": np.random.RandomState(seed % 2**32),
        }
        matrix, targets = np.asarray(some.matrix, np.float32), _columns(some.t)
        trees = [  # only the first looks whether these are rows that trees can grow on
            ExtraTreeRegressor(**options).fit(matrix, targets, some.weights, check_input=k == 0) for k in range(TREES)
        ]
        parts = [_questions(tree.tree_) for tree in trees]
        features, thresholds, sides = (np.stack(each) for each in zip(*parts, strict=True))
        return cls(features.astype(np.int16), thresholds.astype(rows.matrix.dtype), sides.astype(np.int16))

    @property
    def width(self) -> int:
        """Return how many columns the leaves are."""
        trees, _, leaves = self.sides.shape
        return trees * leaves

    def transform(self, matrix: Array, into: Array | None = None) -> Array:
        """Return the leaves that rows are in, shape (N, width); written ``into`` an array, if one is given."""
        leaves = np.empty((len(matrix), self.width), matrix.dtype) if into is None else into
        for start in range(0, len(matrix), BLOCK):
            some = slice(start, start + BLOCK)
            self._write(np.ascontiguousarray(matrix[some].T), leaves[some])
        return leaves

    def _write(self, columns: Array, leaves: Array) -> None:
        by_no, turned = self._left
        left = (columns[self.features] <= self.thresholds[..., None]) * turned
        left ^= by_no
        bits = np.ascontiguousarray(np.bitwise_and.reduce(left, axis=1).T, BITS)
        each = np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little").reshape(*bits.shape, -1)
        trees, _, places = self.sides.shape
        leaves.reshape(-1, trees, places)[:] = each[..., :places]

    @cached_property
    def _left(self) -> tuple[Array, Array]:
        """Return which leaves of each tree are left over by the answer no, and which of them yes turns."""
        any_of_them = self.sides.any(axis=1, keepdims=True)
        by_no, by_yes = (_bits((self.sides != ruled_out) & any_of_them)[..., None] for ruled_out in (1, -1))
        return by_no, by_no ^ by_yes

    def arrays(self) -> dict[str, Array]:
        """Return what was learned as arrays, by name."""
        return {name: getattr(self, name) for name in self.NAMES}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], width: int) -> "Forest":
        """Return the forest on so many columns whose ``arrays`` these are.

        Raises
        ------
        KeyError, ValueError
            If they are not.
        """
        features, thresholds, sides = (arrays[name] for name in cls.NAMES)
        if features.dtype != np.int16 or sides.dtype != np.int16 or thresholds.dtype not in (np.float32, np.float64):
            kinds = f"{features.dtype}, {thresholds.dtype} and {sides.dtype}"
            raise ValueError(f"features, thresholds and sides must be of int16, float32 or float64, int16: got {kinds}")
        if features.size and (features.min() < 0 or features.max() >= width):
            asked = f"from {features.min()}" if features.min() < 0 else f"up to {features.max()}"
            raise ValueError(f"trees ask for columns {asked}, but the table has {width}")
        if not np.isfinite(thresholds).all():
            raise ValueError("thresholds must be finite")
        return cls(features, thresholds, sides)


def _bits(leaves: Array) -> Array:
    """Return a bit for each leaf, shape (…), of truths of shape (…, L)."""
    return (leaves * (1 << np.arange(leaves.shape[-1]))).sum(axis=-1).astype(BITS)


def _columns(t: Array) -> Array:
    """Return what trees explain: numbers, or a column of 0 and 1 for every class."""
    columns = t.reshape(len(t), -1)
    if t.dtype.kind == "f":
        return columns
    return np.concatenate([each[:, None] == np.unique(each) for each in columns.T], axis=1).astype(np.float64)


def _questions(tree: Any) -> tuple[Array, Array, Array]:
    """Return a tree's features, thresholds and sides."""
    features, thresholds = np.zeros(LEAVES - 1, np.int64), np.zeros(LEAVES - 1)
    sides, asked, found = np.zeros((LEAVES - 1, LEAVES), np.int64), 0, 0

    def visit(node: int, above: list[tuple[int, int]]) -> None:
        nonlocal asked, found
        if tree.children_left[node] < 0:
            for question, side in above:
                sides[question, found] = side
            found += 1
            return
        question, asked = asked, asked + 1
        features[question], thresholds[question] = tree.feature[node], tree.threshold[node]
        visit(tree.children_left[node], [*above, (question, 1)])
        visit(tree.children_right[node], [*above, (question, -1)])

    visit(0, [])
    return features, thresholds, sides
