"""Which of several models is better, and whether that is more than noise: their losses on the same rows, in pairs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as student

from mlnn.array import Array
from mlnn.frame.column import TableError, quoted
from mlnn.frame.sentence import number_of
from mlnn.frame.table import Table
from mlnn.tabular.base import TableModel
from mlnn.tabular.evaluation import Evaluation
from mlnn.tabular.given import Given, counts_of
from mlnn.tabular.score import row_losses
from mlnn.tabular.target import Classes, Quantities, Target

SURE = 0.95
"""How sure a difference must be of not being noise, over all of them together."""


@dataclass(frozen=True)
class Difference:
    """How much more a model loses a row than the best one.

    Attributes
    ----------
    name : str
        The model.
    scores : dict of str to float
        Its figures of merit.
    seen : str
        Whether the rows are "new" to it; or those of training, "out of fold" or "trained on"; or "partly trained on".
    mean, error : float
        The mean over the rows of what it loses more (nats, or squared error in units of the target's variance), and the
        standard error of that.
    exceeds : bool
        Whether this is more than noise.
    known : str
        Where they were partly trained on, how many of them.
    """

    name: str
    scores: dict[str, float]
    seen: str
    mean: float
    error: float
    exceeds: bool
    known: str = ""


@dataclass(frozen=True)
class Comparison:
    """Models from the best to the worst.

    Attributes
    ----------
    measure : str
        What is lost.
    rows : int
        On how many rows.
    models : tuple of Difference
        The best one first, whose difference is 0.
    """

    measure: str
    rows: int
    models: tuple[Difference, ...]

    @property
    def said(self) -> str:
        """Say what follows."""
        best, *others = self.models
        alike = [each.name for each in others if not each.exceeds]
        if known := [f"{each.known} ({each.name})" for each in self.models if each.known]:
            return f"{'; '.join(known)}: compare by others"
        if any(each.seen == "trained on" for each in self.models):
            return "these rows were trained on by some of the models: compare by others"
        if not others:
            return f"{best.name} is alone"
        if not alike:
            return f"{best.name} is better than all others, and that is more than noise"
        rows = number_of(self.rows, "row")
        return f"{best.name} is best, but its difference from {', '.join(alike)} may be noise ({rows})"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain numbers and words."""
        return {"measure": self.measure, "rows": self.rows, "models": [vars(each) for each in self.models]}


def compared(
    models: Mapping[str, TableModel], X: Any, y: Any, sample_weight: Any = None, groups: Any = None
) -> Comparison:
    """Compare trained models on the same rows.

    The difference of two models' losses varies much less from row to row than the losses do, so that rows in pairs find
    differences that the intervals of scores hide. Where the rows are those that a model was trained on, each is
    predicted by the network that was not.

    Parameters
    ----------
    models : mapping of str to TableClassifier or TableRegressor
        At least one, with their names.
    X : DataFrame, Arrow table, Table or array
        The rows.
    y : array
        Their targets; rows without are left out.
    sample_weight : array of shape (N,), optional
        How much each row counts.
    groups : array of shape (N,), optional
        What rows belong together by: what is chance is told by the groups, not by their rows.

    Raises
    ------
    TableError, ValueError
        If models predict different things, or rows do not fit one of them.

    Notes
    -----
    A difference exceeds noise where its mean is further from 0 than standard errors let happen by chance in one of 20
    comparisons of so many models (Student's t with Bonferroni's bound). One row, or no noise, proves nothing. Of groups
    the sums of their rows are compared (Liang, Zeger 1986, Longitudinal data analysis using generalized linear models).

    References
    ----------
    Dietterich (1998), Approximate statistical tests for comparing supervised classification learning algorithms.
    """
    first = next(iter(models.values()))
    for name, model in models.items():
        if not _same(first, model):
            what, instead = _said(model), _said(first)
            raise TableError(f"'{name}' predicts {what}, but '{next(iter(models))}' predicts {instead}")
    table = Table.of(X)
    given = Given.of(table.rows, y, sample_weight, groups)
    given = given._replace(targets=first.read_targets(given.targets, first.target_))
    kept = given.that_count()
    given, table = given.take(kept), table.take(kept)
    losses, scores, seen, known = {}, {}, {}, dict[str, str]()
    for name, model in models.items():
        t = model.target_.encode(model.checked_targets(given.targets))
        predictions, seen[name] = model.unseen_predictions(X)
        if seen[name] == "new" and (said := model.known_among(model.preparation_.prepare(table).matrix, t)):
            seen[name], known[name] = "partly trained on", said
        scores[name] = Evaluation(model.target_, t, predictions[kept], given.weights, model.threshold_).scores
        losses[name] = row_losses(model.target_, t, predictions[kept], given.weights)
    w = counts_of(given.weights, len(kept))
    order = sorted(losses, key=lambda name: float(np.average(losses[name], weights=w)))
    unit = np.arange(len(kept)) if given.groups is None else np.unique(given.groups, return_inverse=True)[1]
    tail, degrees = (1.0 - SURE) / 2.0 / max(len(order) - 1, 1), int(unit.max())
    bound = float(student.isf(tail, degrees)) if degrees else np.inf  # one row, or group, tells nothing of noise
    found = []
    for name in order:
        mean, error = _mean(losses[name] - losses[order[0]], w, unit)
        exceeds = error > 0.0 and mean > bound * error
        found.append(Difference(name, scores[name], seen[name], mean, error, exceeds, known.get(name, "")))
    measure = "log loss (nats)" if isinstance(first.target_, Classes) else "squared error / variance"
    return Comparison(measure, len(kept), tuple(found))


def _mean(differences: Array, weights: Array, unit: Array) -> tuple[float, float]:
    """Return the weighted mean and its standard error, where rows of one unit may err alike."""
    share = weights / weights.sum()
    mean = float(share @ differences)
    sums = np.bincount(unit, share * (differences - mean))
    error = np.sqrt((sums @ sums) * len(sums) / max(len(sums) - 1, 1))
    return mean, float(error)


def _same(one: TableModel, other: TableModel) -> bool:
    """Tell whether both predict the same thing."""
    a, b = one.target_, other.target_
    names = [each.summary_.get("target") for each in (one, other)]
    if all(names) and names[0] != names[1] and a.columns > 1:  # one alone is what the given y is
        return False
    if isinstance(a, Classes) and isinstance(b, Classes):
        return a.labels.agrees(b.labels)
    return isinstance(a, Quantities) and isinstance(b, Quantities) and a.scores == b.scores


def _said(model: TableModel) -> str:
    """Say what is predicted."""
    names = model.summary_.get("target")
    return f"{_kind(model.target_)} of {quoted(names)}" if names else _kind(model.target_)


def _kind(target: Target) -> str:
    if isinstance(target, Quantities):
        return "a quantity" if target.scores == 1 else f"{target.scores} quantities"
    assert isinstance(target, Classes)
    labels = target.labels
    if labels.several:
        return f"{len(labels.classes)} labels a row"
    each = labels.classes if labels.questions else [labels.classes]
    return "the classes " + " and ".join(f"({quoted(list(map(str, of)))})" for of in each)
