"""From what probability on a row is said to be positive: chosen by a metric or by costs, on rows not trained on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from mlnn.array import Array
from mlnn.tabular.class_score import class_rates, decision_scores
from mlnn.tabular.given import counts_of

SCORINGS = ("accuracy", "balanced_accuracy", "f1")
"""What a threshold may be chosen for; precision and recall alone are best where all or nothing is positive."""

COSTS = ("false_positive", "false_negative")

HALF = 0.5
"""From what probability on a row is positive where no threshold was chosen."""

POINTS = 400
"""Thresholds that are kept of a curve."""

Scoring: TypeAlias = str | Mapping[str, float]
"""One of ``SCORINGS``, or what a false positive and a false negative cost."""


def checked_rule(rule: Scoring | float | None) -> None:
    """Refuse what no threshold can be chosen by.

    Raises
    ------
    ValueError
        If it is no probability, no metric known here, and does not say what a false positive and a false negative cost.
    """
    if isinstance(rule, str) and rule not in SCORINGS:
        raise ValueError(f"a threshold is chosen for {', '.join(SCORINGS)} or by costs, not for {rule!r}")
    if isinstance(rule, int | float) and not 0.0 <= rule <= 1.0:
        raise ValueError(f"a threshold must lie between 0 and 1, but got {rule}")
    if isinstance(rule, Mapping) and (
        set(rule) != set(COSTS) or not all(np.isfinite(each) and each >= 0 for each in rule.values())
    ):
        raise ValueError(f"costs must say what {' and '.join(COSTS)} cost, from 0 on, but got {dict(rule)}")


@dataclass(frozen=True, eq=False)
class Thresholds:
    """What any threshold on the probability of the second of two classes would do, on rows that were not trained on.

    Attributes
    ----------
    at : array of shape (T,)
        Thresholds, falling: positive is what has at least this probability. They lie between those that occur.
    true, false : arrays of shape (T,)
        The weight of the rows that are rightly and wrongly said to be positive.
    positives, negatives : float
        The weight of the rows that are.
    chosen : float, optional
        The threshold that predictions obey.

    Examples
    --------
    >>> curve = Thresholds.learn(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.9]))
    >>> curve.choose("f1"), curve.choose({"false_positive": 9.0, "false_negative": 1.0})
    (0.25, 0.25)
    """

    at: Array
    true: Array
    false: Array
    positives: float
    negatives: float
    chosen: float | None = None

    @classmethod
    def learn(cls, y: Array, probabilities: Array, weights: Array | None = None) -> "Thresholds":
        """Learn from rows: 1 where they are positive, and how likely that is."""
        w = counts_of(weights, len(y))
        order = np.argsort(probabilities)[::-1]
        p, hit = probabilities[order].astype(np.float64), y[order] == 1
        last = np.flatnonzero(np.r_[p[1:] != p[:-1], True])
        true, false = (w[order] * hit).cumsum()[last], (w[order] * ~hit).cumsum()[last]
        between = np.r_[(p[last[:-1]] + p[last[1:]]) / 2.0, 0.0]
        nothing = 1.0 if p[0] < 1.0 else np.nextafter(1.0, 2.0)
        at, true, false = np.r_[nothing, between], np.r_[0.0, true], np.r_[0.0, false]
        half, above = int(np.searchsorted(-at, -HALF)), int(np.count_nonzero(p[last] >= HALF))
        if half == len(at) or at[half] != HALF:  # what goes without a choice is told exactly
            at, true, false = (
                np.insert(each, half, new) for each, new in ((at, HALF), (true, true[above]), (false, false[above]))
            )
        kept = np.arange(len(at))
        if len(at) > POINTS:  # equally many where the rows that are positive lie, few as they may be, and elsewhere
            way = true / max(true[-1], 1e-300) + false / max(false[-1], 1e-300)
            some = np.searchsorted(way, np.linspace(0.0, way[-1], POINTS - 1)).clip(0, len(at) - 1)
            kept = np.unique(np.r_[some, np.flatnonzero(at == HALF)])
        return cls(at[kept], true[kept], false[kept], float(true[-1]), float(false[-1]))

    @property
    def scores(self) -> dict[str, Array]:
        """Return accuracy, balanced accuracy, precision, recall and F1 at every threshold."""
        found = np.column_stack([self.negatives - self.false, self.true])
        said = self.true + self.false
        predicted = np.column_stack([self.positives + self.negatives - said, said])
        there = np.broadcast_to([self.negatives, self.positives], found.shape)
        return decision_scores(found, predicted, there)

    def scores_at(self, threshold: float | None) -> dict[str, float]:
        """Return them at the kept threshold that is nearest; without one, at 0.5."""
        k = self._nearest(threshold)
        return {name: float(values[k]) for name, values in self.scores.items()}

    def rates_at(self, threshold: float | None) -> list[dict[str, float]]:
        """Return precision, recall and F1 of either class there."""
        k = self._nearest(threshold)
        hits = np.array([self.negatives - self.false[k], self.true[k]])
        there = np.array([self.negatives, self.positives])
        rates = np.transpose(class_rates(hits, hits + (there - hits)[::-1], there)).tolist()
        return [dict(zip(("precision", "recall", "f1"), each, strict=True)) for each in rates]

    def choose(self, scoring: Scoring) -> float:
        """Return the threshold with the best score, or the lowest cost; of equals, the one nearest to 0.5.

        Raises
        ------
        ValueError
            If ``scoring`` is neither a metric known here nor two costs.
        """
        checked_rule(scoring)
        worth = self.scores[scoring] if isinstance(scoring, str) else -self.cost(scoring)
        best = np.flatnonzero(worth >= worth.max() - 1e-12 * abs(worth.max()))
        return float(self.at[best[np.abs(self.at[best] - 0.5).argmin()]])

    def cost(self, costs: Mapping[str, float]) -> Array:
        """Return what a row costs on the average at every threshold."""
        wrong = costs["false_positive"] * self.false + costs["false_negative"] * (self.positives - self.true)
        return np.asarray(wrong / (self.positives + self.negatives))

    def cost_at(self, costs: Mapping[str, float], threshold: float) -> float:
        """Return it at the kept threshold that is nearest."""
        return float(self.cost(costs)[self._nearest(threshold)])

    def _nearest(self, threshold: float | None) -> int:
        """Return the place of the kept threshold that is nearest; without one, of 0.5."""
        return int(np.abs(self.at - (HALF if threshold is None else threshold)).argmin())

    def words(self, label: str, rule: Scoring | float | None = None) -> str:
        """Say from where on a class is predicted, and what that costs, if the rule tells of costs.

        Examples
        --------
        >>> curve = Thresholds.learn(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.9]))
        >>> costs = {"false_positive": 1.0, "false_negative": 5.0}
        >>> print(curve.chosen_by(costs).words("yes", costs))
        'yes' is predicted from a probability of 0.25 on, which costs 0 a row on the average; from 0.5 on it is 1.25
        """
        if self.chosen is None:
            return ""
        said = f"'{label}' is predicted from a probability of {self.chosen:.3g} on"
        if not isinstance(rule, Mapping):
            return said
        here, there = (self.cost_at(rule, each) for each in (self.chosen, HALF))
        return f"{said}, which costs {here:.3g} a row on the average; from 0.5 on it is {there:.3g}"

    def chosen_by(self, rule: Scoring | float | None) -> "Thresholds":
        """Return the same, the threshold chosen: it is given itself, or chosen for something, or there is none.

        Raises
        ------
        ValueError
            If it is no probability, or the rule is unknown.
        """
        checked_rule(rule)
        return replace(self, chosen=rule if rule is None or isinstance(rule, int | float) else self.choose(rule))

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain numbers."""
        curve = {"at": self.at.tolist(), "true": self.true.tolist(), "false": self.false.tolist()}
        return curve | {"positives": self.positives, "negatives": self.negatives, "chosen": self.chosen}

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> "Thresholds":
        """Return what ``to_json`` wrote.

        Raises
        ------
        ValueError
            If it is something else.
        """
        at, true, false = (np.array(json[name], dtype=np.float64) for name in ("at", "true", "false"))
        chosen = None if json["chosen"] is None else float(json["chosen"])
        if not at.shape == true.shape == false.shape or not np.isfinite([*at, *true, *false, chosen or 0.0]).all():
            raise ValueError("a curve of thresholds needs finite numbers, equally many of each kind")
        return cls(at, true, false, float(json["positives"]), float(json["negatives"]), chosen)
