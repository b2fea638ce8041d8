"""The judgement of a table model: predictions for rows that were not trained on, and their figures of merit."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.record import finite
from mlnn.frame.sentence import number_of
from mlnn.frame.split import dealt
from mlnn.tabular.conformal import Conformal
from mlnn.tabular.evaluation import Evaluation
from mlnn.tabular.familiar import Familiar
from mlnn.tabular.given import Given
from mlnn.tabular.parts import EVERYBODY, NOBODY, Rows, separate
from mlnn.tabular.rehearsal import spread
from mlnn.tabular.score import baseline_of
from mlnn.tabular.target import Quantities, Target
from mlnn.tabular.threshold import Scoring, Thresholds
from mlnn.tabular.training import Trained


@dataclass(frozen=True, eq=False)
class Judgement:
    """How good a model is on rows that it was not trained on.

    Attributes
    ----------
    how : str
        In words: what rows, and who predicted them.
    rows : int
        How many rows were judged by.
    scores, spread, baseline : dict of str to float
        Figures of merit by name; their standard deviation over the folds; those of knowing only training's targets.
    intervals : dict of str to (float, float)
        Where the scores lie with a probability of 95 % (``Evaluation.intervals``).
    by_class : dict of str to dict
        Precision, recall, F1, areas and rows of every class (``Evaluation.by_class``).
    conformal : Conformal, optional
        Intervals for values.
    thresholds : Thresholds, optional
        Of two classes, what thresholds do, and the one that was chosen.
    predictions : array of shape (N, K)
        Of every row given to ``fit``: probabilities, or values in the target's units. NaN where there is none.
    fold : array of int, shape (N,)
        The fold, and so the member, that judged a row; −1 where no member has to do with it, for want of a target or a
        weight, −2 where all were trained on it.
    mark : str
        By which the rows given to ``fit`` are known again (``mark_of``).
    familiar : Familiar, optional
        By what each of them is known again among others; none in files of before that was kept.
    by : Evaluation, optional
        What was judged, by which another threshold is judged too; none once the model was read from a file.
    parts : array of int, optional
        The folds of its rows, where each was judged by itself.
    """

    how: str
    rows: int
    scores: dict[str, float]
    spread: dict[str, float]
    baseline: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    by_class: dict[str, dict[str, float]]
    conformal: Conformal | None = field(repr=False)
    thresholds: Thresholds | None = field(repr=False)
    predictions: Array = field(repr=False)
    fold: Array = field(repr=False)
    mark: str = ""
    familiar: Familiar | None = field(default=None, repr=False)
    by: Evaluation | None = field(default=None, repr=False)
    parts: Array | None = field(default=None, repr=False)

    @property
    def separate(self) -> bool:
        """Tell whether each row was judged by the one member that was not trained on it."""
        return separate(self.fold)

    @property
    def complete(self) -> bool:
        """Tell whether, moreover, no row was trained on by all members, as an interruption leaves some."""
        return self.separate and EVERYBODY not in self.fold

    @property
    def of_all(self) -> bool:
        """Tell whether no row of training was held out, as some are in windows."""
        return len(self.fold) > 0

    def with_threshold(self, rule: Scoring | float | None) -> "Judgement":
        """Return the same with a threshold chosen, and what is decided by it scored anew.

        Raises
        ------
        ValueError
            If there is no row to choose by, or the rule is unknown.

        Notes
        -----
        A judgement that was read from a file has no rows any more: scores are those of the nearest threshold that its
        curve keeps, and what else depended on the threshold before, intervals and spread, is left out.
        """
        if self.thresholds is None:
            raise ValueError("a threshold is chosen by rows that were judged, but there is none")
        curve = self.thresholds.chosen_by(rule)
        baseline = self.baseline | curve.trivial_at(curve.chosen)
        if self.by is not None:
            by = replace(self.by, threshold=curve.chosen)
            spread, intervals = _spread(by, self.parts), _intervals(by)
            anew = replace(self, scores=by.scores, spread=spread, intervals=intervals, by_class=by.by_class)
            return replace(anew, thresholds=curve, baseline=baseline, by=by)
        rates = zip(self.by_class.items(), curve.rates_at(curve.chosen), strict=True)
        by_class = {label: figures | of_class for (label, figures), of_class in rates}
        decided = curve.scores_at(curve.chosen)
        spread = {name: each for name, each in self.spread.items() if name not in decided}
        intervals = {name: each for name, each in self.intervals.items() if name not in decided}
        anew = replace(self, scores=self.scores | decided, spread=spread, intervals=intervals, by_class=by_class)
        return replace(anew, thresholds=curve, baseline=baseline)

    def interval(self, predictions: Array, coverage: float) -> Array:
        """Return the two ends for predictions of shape (N, K), in the targets' units: shape (N, K, 2).

        Raises
        ------
        ValueError
            If no row was judged by, or too few for the coverage.
        """
        if self.conformal is None:
            raise ValueError("there are no intervals: no row was judged by")
        return self.conformal.interval(predictions, coverage)

    def of_rows(self, kept: Array, count: int) -> "Judgement":
        """Return the same of all rows given, of which only some were kept."""
        if len(kept) == count:
            return self
        predictions = np.full((count, self.predictions.shape[1]), np.nan, self.predictions.dtype)
        fold = np.full(count, NOBODY)
        predictions[kept], fold[kept] = self.predictions, self.fold
        return replace(self, predictions=predictions, fold=fold)

    def to_json(self) -> dict[str, Any]:
        """Return all but what there is of every row."""
        figures = {"scores": self.scores, "spread": self.spread, "baseline": self.baseline}
        intervals = {name: list(ends) for name, ends in self.intervals.items()}
        parts = {
            "conformal": self.conformal and self.conformal.to_json(),
            "thresholds": self.thresholds and self.thresholds.to_json(),
            "familiar": self.familiar and self.familiar.to_json(),
        }
        words = {"how": self.how, "rows": self.rows, "mark": self.mark}
        return words | figures | {"intervals": intervals, "by_class": self.by_class} | parts

    @classmethod
    def from_json(cls, json: Mapping[str, Any], fold: Array, digests: Array | None = None) -> "Judgement":
        """Return what ``to_json`` wrote, the fold of every row and digests of some, without any prediction.

        Raises
        ------
        ValueError
            If it is something else.
        """
        how, mark, rows = json["how"], json["mark"], json["rows"]
        if not isinstance(how, str) or not isinstance(mark, str) or type(rows) is not int or rows < 0:
            raise ValueError("a judgement must tell how, of what and of how many rows")
        if fold.ndim != 1 or fold.dtype != np.int16:
            raise ValueError(f"the rows' folds must be a vector of int16, but they are {fold.dtype} of {fold.shape}")
        if (json.get("familiar") is None) != (digests is None):
            raise ValueError("rows are known again by their digests, but there is one without the other")
        ends = {name: finite(dict(zip(("low", "high"), each, strict=True))) for name, each in json["intervals"].items()}
        if any(each["low"] > each["high"] for each in ends.values()):
            raise ValueError("an interval's low end is above its high one")
        return cls(
            how,
            rows,
            finite(json["scores"]),
            finite(json["spread"]),
            finite(json["baseline"]),
            {name: (each["low"], each["high"]) for name, each in ends.items()},
            {label: finite(figures) for label, figures in json["by_class"].items()},
            None if json["conformal"] is None else Conformal.from_json(json["conformal"]),
            None if json["thresholds"] is None else Thresholds.from_json(json["thresholds"]),
            np.empty((0, 0)),
            fold.astype(np.int64),
            mark,
            None if digests is None else Familiar.from_json(json["familiar"], digests, mark),
        )


def judged(
    target: Target,
    found: Trained,
    rows: Rows,
    judge: Rows | None,
    given: Given,
    rule: Scoring | float | None = None,
    most: int | None = None,
    known: str = "",
) -> Judgement:
    """Judge every member by its own fold; or, where all have the same rows to judge by, all of them together.

    ``given`` has the weights of the rows themselves, in which those of classes have no part, and what rows belong
    together by; ``rule`` is what the threshold between two classes is chosen by, or that threshold itself; ``most`` is
    by how many rows it is judged, where there is not the time for all; ``known`` says how many of ``judge`` were
    trained on.
    """
    weights = given.weights
    t, parts, predictions = rows.t, found.parts, found.predictions
    if judge is not None:
        none = np.full((len(t), predictions.shape[1]), np.nan, predictions.dtype)
        theirs = np.arange(len(judge.t))
        some = spread(theirs, most)
        how = f"{_those(some, theirs)} given to judge and stop by, {known or 'never trained on'}"
        by = Evaluation(target, judge.t, predictions, judge.weights, known=known).only(some)
        trivial = replace(by, predictions=baseline_of(t, len(some), target, weights))
        return judgement_of(how, by, None, trivial, none, parts.fold, rule)
    apart = separate(parts.fold)
    trivial_predictions = predictions.astype(np.float64)
    for own, aside in parts.members if apart else parts.members[:1]:
        trivial_predictions[aside] = baseline_of(t[own], len(aside), target, None if weights is None else weights[own])
    seen = np.flatnonzero(parts.fold >= 0)
    some = spread(seen, most)

    def of(rows: Array, predicted: Array) -> Evaluation:
        return Evaluation(target, t, predicted, weights, groups=given.groups).only(rows)

    views, count = len(found.views.each), len(found.views.members)
    who = f"one of {count} networks that was" if views == 1 else f"{views} of {count} networks that were"
    those = _those(some, seen)
    how = f"{those.removesuffix(',')}, each predicted by the {who} not trained on it" if apart else f"{those} held out"
    fold = parts.fold[some] if apart else None
    trivial = of(some, trivial_predictions)
    units = target.in_units(predictions)
    return judgement_of(how, of(some, predictions), fold, trivial, units, parts.fold, rule)


def _those(some: Array, rows: Array) -> str:
    """Say how many rows are judged by."""
    all_of_them = number_of(len(rows), "row")
    return all_of_them if len(some) == len(rows) else f"{len(some):,} of {all_of_them}, for want of time,"


def judgement_of(
    how: str,
    by: Evaluation,
    parts: Array | None,
    trivial: Evaluation,
    predictions: Array,
    fold: Array,
    rule: Scoring | float | None = None,
) -> Judgement:
    """Return the judgement; ``parts`` are the folds of its rows, if each was judged by itself."""
    target, conformal, thresholds = by.target, None, None
    if isinstance(target, Quantities):
        y, apart = np.asarray(target.code.decode(by.t)), dealt(len(by.t), 0, by.groups) if parts is None else parts
        learned = Conformal.learn(y, target.in_units(by.predictions), apart, by.weights)
        conformal = replace(learned, known=by.known)
    elif by.t.ndim == 1 and by.predictions.shape[1] == 2:
        curve = Thresholds.learn(by.t, by.predictions[:, 1], by.weights)
        share = float(np.average(trivial.predictions[:, 1], weights=by.weights))
        thresholds = replace(curve, share=share).chosen_by(rule)
    baseline = trivial.scores | ({} if thresholds is None else thresholds.trivial_at(thresholds.chosen))
    by = replace(by, threshold=None if thresholds is None else thresholds.chosen)
    figures = by.scores, _spread(by, parts), baseline, _intervals(by), by.by_class
    return Judgement(how, len(by.t), *figures, conformal, thresholds, predictions, fold, by=by, parts=parts)


def _intervals(by: Evaluation) -> dict[str, tuple[float, float]]:
    """Return where the scores lie, where the rows or groups are enough to tell."""
    return {} if by.too_few else by.intervals()


def _spread(by: Evaluation, parts: Array | None) -> dict[str, float]:
    """Return the standard deviation of every score over the folds that all have it."""
    if parts is None:
        return {}
    each = [by.only(parts == number).scores for number in np.unique(parts)]
    return {name: float(np.std([of[name] for of in each])) for name in each[0] if all(name in of for of in each)}


SAMPLE = 64
"""Rows by which a table is known again."""


def marking(rows: int) -> Array:
    """Return which of so many rows a table is known again by: some, evenly spaced."""
    return np.unique(np.linspace(0, rows - 1, min(rows, SAMPLE)).astype(np.int64))


def marked(prepared: Array) -> str:
    """Return by what a table is known again, all of whose rows are there, prepared."""
    return mark_of(len(prepared), prepared[marking(len(prepared))])


def mark_of(rows: int, some: Array) -> str:
    """Return by what a table is known again: its number of rows, and a digest of those that mark it, prepared."""
    return f"{rows} {hashlib.sha256(some.tobytes()).hexdigest()[:32]}"
