"""The judgement of a table model: predictions for rows that were not trained on, and their figures of merit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.model import Ensemble
from mlnn.objective import Problem
from mlnn.tabular.evaluation import Evaluation
from mlnn.tabular.parts import Parts
from mlnn.tabular.score import baseline_of, scores_of
from mlnn.tabular.target import Target


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
    predictions : array of shape (N, K)
        Of every row given to ``fit``: probabilities, or values in the target's units. NaN where there is none.
    fold : array of int, shape (N,)
        The fold, and so the member, that judged a row; −1 where none did.
    """

    how: str
    rows: int
    scores: dict[str, float]
    spread: dict[str, float]
    baseline: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    by_class: dict[str, dict[str, float]]
    predictions: Array = field(repr=False)
    fold: Array = field(repr=False)

    def of_rows(self, kept: Array, count: int) -> "Judgement":
        """Return the same of all rows given, of which only some were kept."""
        if len(kept) == count:
            return self
        predictions = np.full((count, self.predictions.shape[1]), np.nan, self.predictions.dtype)
        fold = np.full(count, -1)
        predictions[kept], fold[kept] = self.predictions, self.fold
        return replace(self, predictions=predictions, fold=fold)

    def to_json(self) -> dict[str, Any]:
        """Return all but what there is of every row."""
        figures = {"scores": self.scores, "spread": self.spread, "baseline": self.baseline}
        intervals = {name: list(ends) for name, ends in self.intervals.items()}
        return {"how": self.how, "rows": self.rows} | figures | {"intervals": intervals, "by_class": self.by_class}

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> "Judgement":
        """Return what ``to_json`` wrote, without any row.

        Raises
        ------
        ValueError
            If it is something else.
        """
        scores, spread, baseline = (_numbers(json[each]) for each in ("scores", "spread", "baseline"))
        intervals = {str(name): (float(low), float(high)) for name, (low, high) in json["intervals"].items()}
        by_class = {str(label): _numbers(figures) for label, figures in json["by_class"].items()}
        rows = np.empty((0, 0)), np.empty(0, dtype=np.int64)
        return cls(str(json["how"]), int(json["rows"]), scores, spread, baseline, intervals, by_class, *rows)


def _numbers(json: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): float(value) for name, value in json.items()}


def judged(target: Target, parts: Parts, problem: Problem, thetas: Sequence[Array], judge: Problem | None) -> Judgement:
    """Judge every member by its own fold; or, where all have the same rows to judge by, all of them together."""
    network, t, weights = problem.network, problem.y, problem.weights
    if judge is not None:
        predictions = Ensemble.snapshots(network, thetas).predict_proba(judge.X)
        made = Evaluation(target, judge.y, predictions, judge.weights)
        none = np.full((len(t), predictions.shape[1]), np.nan, predictions.dtype)
        trivial = scores_of(target, judge.y, baseline_of(t, len(judge.y), target, weights), judge.weights)
        how = f"{len(judge.y)} rows given to judge by, never trained on"
        return Judgement(how, len(judge.y), made.scores, {}, trivial, made.intervals(), made.by_class, none, parts.fold)
    predictions = np.full((len(t), network.widths[-1]), np.nan, problem.X.dtype)
    trivial_predictions = predictions.astype(np.float64)
    separate = len(np.unique(parts.fold[parts.fold >= 0])) > 1
    for number, (rows, aside) in enumerate(parts.members if separate else parts.members[:1]):
        asked = [thetas[number]] if separate else thetas
        predictions[aside] = Ensemble.snapshots(network, asked).predict_proba(problem.X[aside])
        trivial_predictions[aside] = baseline_of(
            t[rows], len(aside), target, None if weights is None else weights[rows]
        )
    seen = np.flatnonzero(parts.fold >= 0)

    def of(rows: Array, given: Array) -> dict[str, float]:
        return scores_of(target, t[rows], given[rows], None if weights is None else weights[rows])

    made = Evaluation(target, t[seen], predictions[seen], None if weights is None else weights[seen])
    scores, baseline = made.scores, of(seen, trivial_predictions)
    by_fold: list[dict[str, float]] = [of(aside, predictions) for _, aside in parts.members] if separate else []
    spread = {
        name: float(np.std([each[name] for each in by_fold]))
        for name in scores
        if by_fold and all(name in each for each in by_fold)
    }
    how = (
        f"{len(seen)} rows, each predicted by the one of {len(parts.members)} networks that was not trained on it"
        if separate
        else f"{len(seen)} rows held out; then trained again on all {len(t)}"
    )
    return Judgement(
        how,
        len(seen),
        scores,
        spread,
        baseline,
        made.intervals(),
        made.by_class,
        target.in_units(predictions),
        parts.fold,
    )
