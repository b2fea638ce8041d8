"""From what probability on a row is said to be positive: chosen by a metric or by costs, on rows not trained on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, TypeAlias

import numpy as np

from mlnn.array import Array
from mlnn.tabular.class_score import class_rates, decided, decision_scores
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


def checked_rule(rule: Any) -> Scoring | float | None:
    """Return by what a threshold is chosen, or what it is itself, numbers of any kind as float.

    Raises
    ------
    ValueError
        If it is no probability, no metric known here, and does not say what a false positive and a false negative cost.
    """
    if rule is None or (isinstance(rule, str) and rule in SCORINGS):
        return rule
    if isinstance(rule, Mapping):
        if set(rule) != set(COSTS) or not all(_is_number(each) and 0 <= each < np.inf for each in rule.values()):
            raise ValueError(f"costs must say what {' and '.join(COSTS)} cost, from 0 on, but got {dict(rule)}")
        return {name: float(each) for name, each in rule.items()}
    if not _is_number(rule):
        costs = f"costs such as {dict(zip(COSTS, (1, 5), strict=True))}"
        raise ValueError(
            f"a threshold is chosen for {', '.join(SCORINGS)} or by {costs}, or a number, but got {rule!r}"
        )
    if not 0.0 <= rule <= 1.0:
        raise ValueError(f"a threshold must lie between 0 and 1, but got {rule}")
    return float(rule)


def asked_rule(rule: Any) -> Scoring | float | None:
    """Return the same of a rule that a threshold is to be chosen by, which is more than what a file may hold.

    Raises
    ------
    ValueError
        If it is none, or costs by which any threshold is as cheap.
    """
    found = checked_rule(rule)
    if isinstance(found, Mapping) and not any(found.values()):
        raise ValueError(f"at least one cost must be above 0, but got {dict(found)}")
    return found


def _is_number(value: Any) -> bool:
    """Tell numbers of Python and NumPy from truth values, which Python takes for such."""
    return isinstance(value, Real) and not isinstance(value, bool)


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
    rule : str, dict, float, optional
        What it was chosen by: a metric, costs, or itself.
    share : float, optional
        How likely positive is to who knows training's targets alone; without, the share of the rows that are.

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
    rule: Scoring | float | None = None
    share: float | None = None

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

    def trivial_at(self, threshold: float | None) -> dict[str, float]:
        """Return the scores there of who says of every row that positive is as likely as its ``share``."""
        there = np.array([self.negatives, self.positives])
        share = self.positives / there.sum() if self.share is None else self.share
        positive = share > HALF if threshold is None else share >= threshold
        said = np.array([not positive, positive])
        return {name: float(each) for name, each in decision_scores(there * said, there.sum() * said, there).items()}

    def choose(self, scoring: Scoring) -> float:
        """Return the threshold with the best score, or the lowest cost; of equals, the one nearest to 0.5."""
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

    @property
    def costs(self) -> Mapping[str, float] | None:
        """Return the costs that the threshold was chosen by, if it was."""
        return self.rule if isinstance(self.rule, Mapping) else None

    @property
    def prices(self) -> dict[str, float]:
        """Return what a row costs at the threshold, and at 0.5, if it was chosen by costs: as ``prices_of`` does."""
        if self.costs is None or self.chosen is None:
            return {}
        return {"cost": self.cost_at(self.costs, self.chosen), "cost_at_half": self.cost_at(self.costs, HALF)}

    def words(self, label: str) -> str:
        """Say from where on a class is predicted, and what that costs, if it was chosen by costs.

        Examples
        --------
        >>> curve = Thresholds.learn(np.array([0, 0, 1, 1]), np.array([0.1, 0.2, 0.3, 0.9]))
        >>> costs = {"false_positive": 1.0, "false_negative": 5.0}
        >>> print(curve.chosen_by(costs).words("yes"))
        'yes' is predicted from a probability of 0.25 on, which costs 0 a row on the average; from 0.5 on it is 1.25
        """
        return f"{self.where(label)}, which {priced(self.prices)}" if self.prices else self.where(label)

    def where(self, label: str) -> str:
        """Say from where on a class is predicted, if that was chosen."""
        return "" if self.chosen is None else f"'{label}' is predicted from a probability of {self.chosen:.3g} on"

    def chosen_by(self, rule: Scoring | float | None) -> "Thresholds":
        """Return the same, the threshold chosen: it is given itself, or chosen for something, or there is none.

        Raises
        ------
        ValueError
            If it is no probability, or the rule is unknown.
        """
        rule = asked_rule(rule)
        chosen = rule if rule is None or isinstance(rule, float) else self.choose(rule)
        return replace(self, chosen=chosen, rule=rule)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain numbers."""
        curve = {"at": self.at.tolist(), "true": self.true.tolist(), "false": self.false.tolist()}
        rule = dict(self.rule) if isinstance(self.rule, Mapping) else self.rule
        shares = {"positives": self.positives, "negatives": self.negatives, "share": self.share}
        return curve | shares | {"chosen": self.chosen, "rule": rule}

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
        rule = checked_rule(json["rule"]) if "rule" in json else chosen  # files of before kept neither it nor the share
        share = json.get("share")
        if not isinstance(share, float | int | None):
            raise ValueError(f"the share of a class must be a number, but it is {share!r}")
        return cls(at, true, false, float(json["positives"]), float(json["negatives"]), chosen, rule, share)


def prices_of(
    y: Array, probabilities: Array, weights: Array, costs: Mapping[str, float], threshold: float
) -> dict[str, float]:
    """Return what a row costs on the average at a threshold, and at 0.5.

    Examples
    --------
    >>> P = np.array([[0.7, 0.3], [0.4, 0.6], [0.8, 0.2]])
    >>> prices_of(np.array([1, 0, 0]), P, np.ones(3), {"false_positive": 1.0, "false_negative": 5.0}, 0.25)
    {'cost': 0.3333333333333333, 'cost_at_half': 2.0}
    """
    worth = np.where(y == 1, costs["false_negative"], costs["false_positive"])

    def at(limit: float) -> float:
        return float(np.average(worth * (decided(probabilities, limit) != y), weights=weights))

    return {"cost": at(threshold), "cost_at_half": at(HALF)}


def priced(prices: Mapping[str, float]) -> str:
    """Say it."""
    return f"costs {prices['cost']:.3g} a row on the average; from 0.5 on it is {prices['cost_at_half']:.3g}"
