"""A column of categories, truth values among them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from mlnn.array import Array
from mlnn.frame.kind.base import Cells, Column, Content, Seen, Where, counted
from mlnn.frame.kind.mean_target import mean_targets, out_of_fold
from mlnn.frame.kind.spelling import folded, means_missing, truth
from mlnn.frame.values import Words

_WHOLE = re.compile(r"(-?(?:0|[1-9]\d*))\.0+", re.ASCII)
"""A whole number with decimals; 007.0 is a code."""

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d)(?::(\d\d)(?:\.(\d*?)0*)?)?(?:z|\+00:00)?", re.ASCII)
"""A moment as ISO 8601, NumPy or pandas writes it: the day, hours and minutes, seconds, and parts of one."""


@dataclass(frozen=True)
class CategoricalColumn(Column):
    """One-hot: feature k is 1 where the value is the k-th level, else 0; of two levels one feature is made, −1 or +1.

    The levels are the frequent categories of training, then one for all rare ones and one for missing values, each if
    training had any. A value that training did not know counts as rare; without that level its features are all 0.
    Spellings that differ in case, spaces or kinds of characters are one category, and truth values are the same in any
    of their words. 1.0 is 1, and a moment is the same however exactly it is written. Where many rows hold rare
    categories, features follow that tell every category's ``mean_targets``.

    Parameters
    ----------
    name : str
        The column's name.
    categories : tuple of str
        The frequent categories, sorted.
    rare, gaps : bool
        Whether training rows had rarer categories, and missing values.
    truth : bool
        Whether the categories are truth values, whose words are many.
    known : tuple of str
        All categories, if there are features that tell their mean targets.
    means : array, shape (known, features)
        Those features.
    apart : array, shape (folds, known, features)
        The same as the rows of each fold were told them that training was judged by, by the other rows; or nothing.

    References
    ----------
    Holzmüller, Grinsztajn, Steinwart (2024), Better by Default, section 3 (one-hot encoding, two levels as ±1).

    Examples
    --------
    >>> column = CategoricalColumn("job", ("clerk", "cook"), rare=True, gaps=False)
    >>> column.features(), column.transform(["Cook", "pilot"])
    (['job=clerk', 'job=cook', 'job=(rare)'], array([[0., 1., 0.],
           [0., 0., 1.]]))
    """

    categories: tuple[str, ...]
    rare: bool
    gaps: bool
    truth: bool = False
    known: tuple[str, ...] = ()
    means: Array = field(default_factory=lambda: np.zeros((0, 0)), compare=False)
    apart: Array = field(default_factory=lambda: np.zeros((0, 0, 0)), compare=False)

    arrays: ClassVar[tuple[str, ...]] = ("means", "apart")

    def __post_init__(self) -> None:
        """Refuse what no training can have learned."""
        if self.means.ndim != 2 or len(self.means) != len(self.known) or not np.isfinite(self.means).all():
            raise ValueError(f"means must be finite, a row for each of the {len(self.known)} known categories")
        if self.apart.size and (self.apart.shape[1:] != self.means.shape or not np.isfinite(self.apart).all()):
            raise ValueError(
                f"the means of each fold must be finite, and as many as those of all rows, {self.means.shape}"
            )
        if len(self._position) < len(self.categories) or len(self._known) < len(self.known):
            raise ValueError(f"categories must differ, but those of '{self.name}' are {self.categories + self.known}")

    @classmethod
    def learn(cls, name: str, values: Any, fewest: float, most: int, truth: bool = False) -> "CategoricalColumn":
        """Learn the categories with at least ``fewest`` rows, but no more than the ``most`` frequent ones."""
        cells = Cells.of(values)
        counts = spellings(cls(name, (), False, False, truth), cells)[1]
        frequent = [category for category in list(counts)[:most] if counts[category] >= fewest]
        gaps = sum(counts.values()) < len(cells.codes)
        return cls(name, tuple(sorted(frequent)), len(frequent) < len(counts), gaps, truth)

    def told(self, values: Content, T: Array, fold: Array) -> "CategoricalColumn":
        """Return the column with features that tell mean targets."""
        codes, counts = self._codes(values), spellings(self, Cells.of(values))[1]
        means = mean_targets(codes, T, len(counts)) / _spread(out_of_fold(codes, T, fold))
        return replace(self, known=tuple(counts), means=means)

    def told_to(self, values: Content, T: Array, fold: Array, known: Sequence[Array]) -> list[Array]:
        """Return those features of the training rows as they are to whom only the targets of ``known`` rows are known.

        They are scaled alike for all, and for new rows.
        """
        codes = self._codes(values)
        spread = _spread(out_of_fold(codes, T, fold))
        return [out_of_fold(codes, T, fold, rows) / spread for rows in known]

    def fill(self, values: Content, out: Array, where: Where = counted) -> Seen:
        """Write the one-hot features, and what all training rows told about the mean targets."""
        cells = Cells.of(values)
        keys = [self.key(label) for label in cells.labels]
        seen = self._fill_levels(cells, keys, out)
        if self.known:
            means = np.vstack([self.means, np.zeros_like(self.means[:1])])
            out[:, -means.shape[1] :] = means[self._numbers(cells, keys)]
        return seen

    def fill_training(self, values: Content, out: Array, T: Array, fold: Array) -> None:
        """Write the features of the training rows: mean targets are those of the other folds' rows."""
        cells = Cells.of(values)
        self._fill_levels(cells, [self.key(label) for label in cells.labels], out)
        if self.known:
            (told,) = self.told_to(values, T, fold, [np.ones(len(fold), dtype=bool)])
            out[:, -told.shape[1] :] = told

    def judged(self, values: Content, seen: Array, fold: Array) -> "CategoricalColumn":
        """Return the column that remembers what the rows of each fold were told, which are ``seen`` with it."""
        codes = self._codes(values)
        some = (fold >= 0) & (codes >= 0)
        apart = np.zeros((int(fold.max()) + 1, *self.means.shape))
        apart[fold[some], codes[some]] = seen[some, -self.means.shape[1] :]
        return replace(self, apart=apart)

    def fill_judged(self, values: Content, out: Array, fold: Array) -> None:
        """Write into the features of rows of training what those of their fold were told."""
        cells = Cells.of(values)
        codes = self._numbers(cells, [self.key(label) for label in cells.labels])
        some = (fold >= 0) & (fold < len(self.apart)) & (codes >= 0)
        out[some, -self.means.shape[1] :] = self.apart[fold[some], codes[some]]

    def by_name(self, words: Words) -> Words:
        """Return cells with one name for all spellings of a category: that of training, where it knew the category."""
        cells = Cells.of(words)
        numbers, counts = spellings(self, cells)
        own = {self.key(category): category for category in self.known + self.categories}
        names = [own.get(self.key(name), name) for name in counts]
        place = {number: k for k, number in enumerate(dict.fromkeys(numbers[numbers >= 0].tolist()))}
        codes = np.array([place.get(number, -1) for number in numbers.tolist()], dtype=np.int64)
        return Words(cells.spread(codes, -1), tuple(names[number] for number in place), words.kind)

    def _numbers(self, cells: Cells, keys: Sequence[str | None]) -> Array:
        """Return the number of every row's category among the known ones, −1 for any other."""
        return cells.spread(np.array([self._known.get(key, -1) for key in keys], dtype=np.int64), -1)

    def _codes(self, values: Content) -> Array:
        """Return the numbers of the training rows' categories, in the order of ``known``, −1 for none."""
        cells = Cells.of(values)
        return cells.spread(spellings(self, cells)[0], -1)

    def _fill_levels(self, cells: Cells, keys: Sequence[str | None], out: Array) -> Seen:
        unknown = len(self.categories) if self.rare else -1
        gap = len(self.categories) + self.rare if self.gaps else unknown
        of_labels = [gap if key is None else self._position.get(key, unknown) for key in keys]
        of_labels.append(gap)  # where nothing stands
        width, count = len(self._levels), len(cells.codes)
        if width == 2:
            out[:, 0] = np.array([0 if level < 0 else 2 * level - 1 for level in of_labels])[cells.codes]
        elif width > 2:
            levels = np.array(of_labels)[cells.codes]
            rows = (levels >= 0).nonzero()[0]
            out[:, :width] = 0.0
            out[rows, levels[rows]] = 1.0
        known, counts = self._known if self.known else self._position, cells.counts.tolist()
        absent = count - sum(often for often, key in zip(counts, keys, strict=True) if key is not None)
        strange = [k for k, key in enumerate(keys) if key is not None and key not in known]
        if not strange:
            return Seen(count, absent)
        often = max(strange, key=lambda k: counts[k])
        return Seen(count, absent, sum(counts[k] for k in strange), 0, cells.labels[often].strip())

    def key(self, label: str) -> str | None:
        """Return what all spellings of a category have in common; None if it means a missing truth value."""
        if not self.truth:
            name = folded(label)
            return name if name in self._apart else _simplest(name)
        meant = truth(label)
        return None if meant is None and means_missing(label) else folded(label) if meant is None else str(meant)

    def features(self) -> list[str]:
        """Name the levels, of two only the second, and the mean targets."""
        levels, told = self._levels, self.means.shape[1]
        return [
            *(f"{self.name}={level}" for level in (levels if len(levels) > 2 else levels[1:])),
            *(f"{self.name}=(mean target{f' {k}' if told > 1 else ''})" for k in range(told)),
        ]

    @cached_property
    def _levels(self) -> tuple[str, ...]:
        return self.categories + ("(rare)",) * self.rare + ("(missing)",) * self.gaps

    @cached_property
    def _apart(self) -> set[str]:
        """Return what a model of before told apart, though it is the same: 1.0 beside 1."""
        names = {folded(category) for category in self.categories + self.known}
        shared = Counter(map(_simplest, names))
        return {name for name in names if shared[_simplest(name)] > 1}

    @cached_property
    def _position(self) -> dict[str | None, int]:
        return {self.key(category): k for k, category in enumerate(self.categories)}

    @cached_property
    def _known(self) -> dict[str | None, int]:
        return {self.key(category): k for k, category in enumerate(self.known)}


def _simplest(name: str) -> str:
    """Return a whole number without decimals, a moment with no more of its time than it needs; all else as it is.

    Examples
    --------
    >>> _simplest("1.0"), _simplest("1.50"), _simplest("007.0")
    ('1', '1.50', '007.0')
    >>> _simplest("2020-01-31t00:00:00.000000"), _simplest("2020-01-31 07:30"), _simplest("2020-01-31 07:30:00.250")
    ('2020-01-31', '2020-01-31 07:30:00', '2020-01-31 07:30:00.25')
    """
    if number := _WHOLE.fullmatch(name):
        return number[1]
    moment = _MOMENT.fullmatch(name)
    if moment is None:
        return name
    day, clock, seconds, parts = moment.groups("")
    time = f"{clock}:{seconds or '00'}{'.' if parts else ''}{parts}"
    return day if time == "00:00:00" else f"{day} {time}"


def _spread(told: Array) -> Array:
    """Return by what features are divided so that their variance is 1."""
    spread = told.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def spellings(column: CategoricalColumn, cells: Cells) -> tuple[Array, dict[str, int]]:
    """Return the number of every label's category, −1 for none, and the categories with their counts.

    They are sorted by count; a category is called by its most frequent spelling.
    """
    order = sorted(range(len(cells.labels)), key=lambda k: (-int(cells.counts[k]), cells.labels[k]))
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    keys = [column.key(label) for label in cells.labels]
    for k in order:
        key = keys[k]
        if key is not None:
            name = names.setdefault(key, cells.labels[k].strip())
            counts[name] = counts.get(name, 0) + int(cells.counts[k])
    ranked = dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))
    number = {name: k for k, name in enumerate(ranked)}
    return np.array([-1 if key is None else number[names[key]] for key in keys], dtype=np.int64), ranked
