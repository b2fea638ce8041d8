"""An evaluation: figures of merit, how sure they are, and each class and group by itself."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mlnn.array import Array
from mlnn.frame.sentence import number_of
from mlnn.tabular.class_score import (
    areas,
    class_areas,
    class_rates,
    class_scores,
    confusion,
    decided,
    decision_scores,
    row_scores,
)
from mlnn.tabular.conformal import Conformal
from mlnn.tabular.enough import too_few
from mlnn.tabular.familiar import flattered
from mlnn.tabular.given import counts_of
from mlnn.tabular.score import NAMES, digits, scores_of
from mlnn.tabular.target import Classes, Quantities, Target
from mlnn.tabular.threshold import prices_of

BLOCKS = 2000
"""Parts of the rows, by chance and of whole groups, whose sums are drawn again: with a part a row it is the plain
bootstrap."""

DRAWS = 1000
"""How often."""

STEPS = 200
"""Steps of a curve that is drawn again."""

FEW = 20
"""Classes up to which the areas of drawn rows are worked out."""

NO_GROUP = "(none)"
"""What the group is called of the rows that have none."""

GROUPS = 1000
"""So many groups, the largest, are scored by themselves."""


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """What predictions are worth on some rows.

    Parameters
    ----------
    target : Target
        What was learned of the targets.
    t, predictions : arrays
        Encoded targets, and what the networks' output says.
    weights : array of shape (N,), optional
        How much each row counts.
    threshold : float, optional
        From what probability on the second of two classes is predicted.
    groups : array of shape (N,), optional
        What rows belong together by: they are drawn again together. Numbers, −1 for those of no group.
    known : str
        How many of the rows are such that were trained on, in words; empty where no more are than by chance.
    called : sequence of str
        What the groups are called, by number.
    costs : dict, optional
        What mistakes cost, where the threshold was chosen by that.
    conformal : Conformal, optional
        The intervals that a model gives with its values.
    """

    target: Target
    t: Array
    predictions: Array
    weights: Array | None = None
    threshold: float | None = None
    groups: Array | None = None
    known: str = ""
    called: Sequence[str] = ()
    costs: Mapping[str, float] | None = None
    conformal: Conformal | None = None

    def __repr__(self) -> str:
        """Return the scores in a line or two."""
        scores = ", ".join(f"{NAMES[name]} {digits(value)}" for name, value in self.scores.items())
        rest = "".join(f"; {said}" for said in (self.flattered, self.too_few) if said)
        return f"<Evaluation of {number_of(len(self.t), 'row')}: {scores}{rest}>"

    @property
    def flattered(self) -> str:
        """Say that scores are too good, where rows are such that were trained on."""
        return "".join(flattered(self.known))

    def only(self, rows: Array) -> "Evaluation":
        """Return the evaluation of some of the rows."""
        weights, groups = (None if each is None else each[rows] for each in (self.weights, self.groups))
        return replace(self, t=self.t[rows], predictions=self.predictions[rows], weights=weights, groups=groups)

    @cached_property
    def scores(self) -> dict[str, float]:
        """Return the figures of merit by name."""
        if self._of_classes:
            return class_scores(self.t, self.predictions, self.weights, self.threshold, self._curves)
        return scores_of(self.target, self.t, self.predictions, self.weights, self.threshold)

    def intervals(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Return, by name, where a figure of merit lies with this probability if other rows had been drawn.

        A percentile bootstrap over rows, or over their groups; the model stays as it is. The same rows give the same
        intervals. A figure that no sum over rows gives, such as the calibration error, has none; nor have any where
        rows, or groups, are ``too_few``.

        Warns
        -----
        UserWarning
            If they are.

        References
        ----------
        Efron, Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
        """
        if self.too_few:
            warnings.warn(self.too_few, stacklevel=2)
            return {}
        if isinstance(self.target, Quantities):
            drawn = self._drawn_values(self.target)
        elif self._of_classes:
            drawn = self._drawn_classes()
        else:
            return {}
        tail = (1.0 - level) / 2.0
        known = {name: drawn[name] for name in self.scores if name in drawn and np.isfinite(drawn[name]).any()}
        ends = {name: np.nanquantile(values, [tail, 1.0 - tail]) for name, values in known.items()}
        return {name: (float(low), float(high)) for name, (low, high) in ends.items()}

    @cached_property
    def held(self) -> dict[float, float]:
        """Return in which part of these rows the model's intervals hold the truth, by what they promise."""
        if self.conformal is None or not isinstance(self.target, Quantities):
            return {}
        y = np.asarray(self.target.code.decode(self.t)).reshape(len(self.t), -1)
        return self.conformal.held(y, self.target.in_units(self.predictions), self.weights)

    @property
    def too_few(self) -> str:
        """Say that rows, or groups, are too few for intervals; "" where they are not."""
        few = too_few(self.groups, self.weights, len(self.t))
        return f"{few}: too few for intervals of the scores" if few else ""

    @cached_property
    def by_class(self) -> dict[str, dict[str, float]]:
        """Return precision, recall, F1, the two areas (if there are any) and the rows of every class; {} of values."""
        if not self._of_classes:
            return {}
        assert isinstance(self.target, Classes)
        K = self.predictions.shape[1]
        said = decided(self.predictions, self.threshold)
        sums = (np.bincount(numbers, weight, K) for numbers, weight in confusion(self.t, said, self._w))
        rates, curves = class_rates(*sums), self._curves.T
        names = ("precision", "recall", "f1", "auc", "average_precision", "rows")
        table = np.column_stack([*rates, *curves, np.bincount(self.t, minlength=K)]).tolist()
        labels = self.target.labels.classes.tolist()
        return {
            str(label): {name: value for name, value in zip(names, row, strict=True) if np.isfinite(value)}
            for label, row in zip(labels, table, strict=True)
        }

    @property
    def prices(self) -> dict[str, float]:
        """Return what a row ``cost``s on the average at the threshold, and ``cost_at_half``; {} without costs."""
        if self.costs is None or self.threshold is None:
            return {}
        return prices_of(self.t, self.predictions, self._w, self.costs, self.threshold)

    @cached_property
    def by_group(self) -> dict[str, dict[str, float]]:
        """Return the scores and the rows of every group by itself, at most of the ``GROUPS`` largest, these first."""
        if self.groups is None:
            return {}
        unit, count = self._unit
        rows, numbers = np.bincount(unit, minlength=count), np.unique(self.groups).tolist()
        order, ends = np.argsort(unit, kind="stable"), np.r_[0, rows.cumsum()]
        names = [NO_GROUP if k < 0 else self.called[k] if k < len(self.called) else str(k) for k in numbers]
        return {
            names[k]: self.only(order[ends[k] : ends[k + 1]]).scores | {"rows": float(rows[k])}
            for k in np.argsort(-rows, kind="stable")[:GROUPS].tolist()
        }

    @property
    def group_count(self) -> int:
        """Return how many groups there are; 0 where rows are none."""
        return 0 if self.groups is None else self._unit[1]

    @property
    def _of_classes(self) -> bool:
        """Tell whether a row has one label."""
        return isinstance(self.target, Classes) and self.t.ndim == 1

    @cached_property
    def _curves(self) -> Array:
        """Return the areas of every class, which are most of the work where there are a thousand."""
        return class_areas(self.t, self.predictions, self.weights)

    @cached_property
    def _w(self) -> Array:
        return counts_of(self.weights, len(self.t))

    @cached_property
    def _block(self) -> tuple[Array, int]:
        """Return every row's part, and how many parts there are."""
        unit, units = self._unit
        count = min(BLOCKS, units)
        block = np.empty(units, dtype=np.int64)
        block[np.random.default_rng(0).permutation(units)] = np.arange(units) % count
        return block[unit], count

    @cached_property
    def _unit(self) -> tuple[Array, int]:
        """Return the number of what is drawn as a whole, which every row is or belongs to, and how many there are."""
        if self.groups is None:
            return np.arange(len(self.t)), len(self.t)
        kinds, unit = np.unique(self.groups, return_inverse=True)
        return unit, len(kinds)

    @cached_property
    def _draws(self) -> Array:
        """Return how often each part is drawn, shape (draws, parts)."""
        random, (_, count) = np.random.default_rng(1), self._block
        return np.stack([np.bincount(random.integers(count, size=count), minlength=count) for _ in range(DRAWS)]) * 1.0

    def _drawn(self, numbers: Array | int, values: Array, kinds: int = 1, rows: Array | None = None) -> Array:
        """Return sums over drawn rows of values, those of each kind by themselves, shape (draws, kinds)."""
        block, count = self._block
        place = (block if rows is None else block[rows]) * kinds + numbers
        return self._draws @ np.bincount(place, values, count * kinds).reshape(count, kinds)

    def _drawn_classes(self) -> dict[str, Array]:
        P, K, w = self.predictions, self.predictions.shape[1], self._w
        said, total = decided(P, self.threshold), self._drawn(0, w)[:, 0]
        drawn = {name: self._drawn(0, w * each)[:, 0] / total for name, each in row_scores(self.t, P).items()}
        hit = self.t == said
        kinds = zip(confusion(self.t, said, w), (hit, None, None), strict=True)
        drawn |= decision_scores(*(self._drawn(numbers, weight, K, rows) for (numbers, weight), rows in kinds))
        if K > FEW:
            return drawn
        curves = np.stack([self._drawn_areas(k) for k in ([1] if K == 2 else range(K))])
        known = np.isfinite(curves)
        mean = np.where(known, curves, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        mean[~known.any(axis=0)] = np.nan
        return drawn | {"auc": mean[:, 0], "average_precision": mean[:, 1]}

    def _drawn_areas(self, k: int) -> Array:
        """Return the two areas of a class on drawn rows, shape (draws, 2), from curves of some steps."""
        p, hit = self.predictions[:, k], self.t == k
        edges = np.unique(np.quantile(p, np.linspace(0.0, 1.0, STEPS + 1)[1:-1]))
        step = len(edges) - np.searchsorted(edges, p, side="right")
        both = self._drawn(2 * step + hit, self._w, 2 * (len(edges) + 1)).reshape(DRAWS, -1, 2)
        return np.stack(areas(both[..., 1], both[..., 0]), axis=-1)

    def _drawn_values(self, target: Quantities) -> dict[str, Array]:
        y = np.asarray(target.code.decode(self.t), dtype=np.float64).reshape(len(self.t), -1)
        values = target.in_units(self.predictions)
        w, total = self._w, self._drawn(0, self._w)[:, 0]
        each: dict[str, list[Array]] = {"r2": [], "rmse": [], "mae": [], "median_error": []}
        for k in range(y.shape[1]):
            error, centred = np.abs(y[:, k] - values[:, k]), y[:, k] - np.average(y[:, k], weights=w)
            squares, size, first, second = (
                self._drawn(0, w * each)[:, 0] / total for each in (error**2, error, centred, centred**2)
            )
            variance = second - first**2
            with np.errstate(divide="ignore", invalid="ignore"):
                each["r2"].append(np.where(variance > 0, 1.0 - squares / variance, np.nan))
            each["rmse"].append(np.sqrt(squares))
            each["mae"].append(size)
            half = (self._unit[1] + 1) / 2.0  # the rank of a drawn median is that of a Beta(½(N+1), ½(N+1)) variable
            ranks = np.random.default_rng(2 + k).beta(half, half, DRAWS)
            each["median_error"].append(np.quantile(error, ranks, weights=w, method="inverted_cdf"))
        return {name: np.mean(values, axis=0) for name, values in each.items() if np.isfinite(values).any()}
