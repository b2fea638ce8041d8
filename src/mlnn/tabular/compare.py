"""Which of several models is better, and whether that is more than noise: their losses on the same rows, in pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as student

from mlnn.array import Array
from mlnn.frame.column import TableError, quoted
from mlnn.frame.sentence import number_of
from mlnn.frame.table import Table, has_names
from mlnn.tabular.base import TableModel
from mlnn.tabular.enough import too_few
from mlnn.tabular.evaluation import Evaluation
from mlnn.tabular.given import counts_of
from mlnn.tabular.named import Known
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
    threshold : float, optional
        From what probability on it predicts the second of two classes; None means the likelier one.
    """

    name: str
    scores: dict[str, float]
    seen: str
    mean: float
    error: float
    exceeds: bool
    known: str = ""
    threshold: float | None = None

    @property
    def alike(self) -> bool:
        """Tell whether it loses what the best one does in every row."""
        return self.mean == self.error == 0.0


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
    too_few : str
        How many rows or groups there are, where they are too few to tell a difference from noise.
    """

    measure: str
    rows: int
    models: tuple[Difference, ...]
    too_few: str = ""

    @property
    def flattered(self) -> str:
        """Say which models were trained on some of these rows and are too good on them, so that nothing follows."""
        known: dict[str, list[str]] = {}
        for each in self.models:
            known.setdefault(each.known, []).append(each.name)
        if said := [f"{rows} ({', '.join(names)})" for rows, names in known.items() if rows]:
            return f"{'; '.join(said)}: compare by others"
        if any(each.seen == "trained on" for each in self.models):
            return "these rows were trained on by some of the models: compare by others"
        return ""

    @property
    def said(self) -> str:
        """Say what follows."""
        best, *others = self.models
        if self.flattered:
            return self.flattered
        if not others:
            return f"{best.name} is alone"
        same = [each.name for each in (best, *others) if each.alike]
        alike, they = len(same) > 1, " and ".join(same)
        head, who = (f"{they} lose the same in every row", "they are") if alike else ("", f"{best.name} is")
        rest = [each for each in others if not each.alike]
        return "; ".join(filter(None, (head, self._of(who, "their" if alike else "its", rest) if rest else "")))

    def _of(self, who: str, whose: str, others: Sequence[Difference]) -> str:
        """Say how those that are best differ from the others."""
        unsure = [each.name for each in others if not each.exceeds]
        if not unsure:
            return f"{who} better than all others, and that is more than noise"
        if self.too_few:
            return f"{who} best, but {self.too_few}: too few to tell a difference from noise"
        rows = number_of(self.rows, "row")
        return f"{who} best, but {whose} difference from {', '.join(unsure)} may be noise ({rows})"

    @property
    def thresholds(self) -> str:
        """Say where the models' classes part, if not where it is likelier; "" where all predict the likelier class."""
        if all(each.threshold is None for each in self.models):
            return ""
        each = [f"{each.name} {0.5 if each.threshold is None else each.threshold:.3g}" for each in self.models]
        return f"what depends on a threshold is at each model's own: {', '.join(each)}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain numbers and words."""
        models = [vars(each) for each in self.models]
        return {"measure": self.measure, "rows": self.rows, "models": models, "too_few": self.too_few}


def compared(
    models: Mapping[str, TableModel], X: Any, y: Any, sample_weight: Any = None, groups: Any = None
) -> Comparison:
    """Compare trained models on the same rows.

    The difference of two models' losses varies much less from row to row than the losses do, so that rows in pairs find
    differences that the intervals of scores hide. Where the rows are those that a model was trained on, each is
    predicted by the networks that were not.

    Parameters
    ----------
    models : mapping of str to TableClassifier or TableRegressor
        At least one, with their names.
    X : DataFrame, Arrow table, Table, array or path
        The rows.
    y : array; where X is a path, str or list of str
        Their targets; of a file, their columns' names, as of weights and groups. Rows without are left out.
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
    comparisons of so many models (Student's t with Bonferroni's bound). No noise proves nothing, nor do rows, or
    groups, that are too few for intervals of scores (``mlnn.tabular.enough``). Of groups the sums of their rows are
    compared (Liang, Zeger 1986, Longitudinal data analysis using generalized linear models).

    References
    ----------
    Dietterich (1998), Approximate statistical tests for comparing supervised classification learning algorithms.
    """
    first = next(iter(models.values()))
    for name, model in models.items():
        if not _same(first, model):
            what, instead = _said(model), _said(first)
            raise TableError(f"'{name}' predicts {what}, but '{next(iter(models))}' predicts {instead}")
    columns = [column.name for model in models.values() for column in model.preparation_.columns_]
    X, y, sample_weight, groups = Known.of(first)._replace(columns=columns).told(X, y, sample_weight, groups)
    X = Table.of(X) if has_names(X) else X  # computed once, be it still to be computed
    table = Table.of(X)
    given = first.read_given(first.target_, table.rows, y, sample_weight, groups)
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
    few = too_few(given.groups, given.weights, len(kept))
    found = []
    for name in order:
        differences = losses[name] - losses[order[0]]
        mean, error, exceeds = in_pairs(differences, w, given.groups, len(order) - 1)
        at = models[name].threshold_
        found.append(Difference(name, scores[name], seen[name], mean, error, exceeds, known.get(name, ""), at))
    return Comparison(measure_of(first.target_), len(kept), tuple(found), few)


def in_pairs(differences: Array, weights: Array, groups: Array | None, others: int) -> tuple[float, float, bool]:
    """Return the mean difference of losses on the same rows, its standard error, and whether that is more than noise.

    Rows of one group may err alike. It is one of so many differences that are looked at together.

    Examples
    --------
    >>> in_pairs(np.array([0.9, 1.0, 1.1] * 4), np.ones(12), None, others=1)[2]
    True
    """
    unit = np.arange(len(differences)) if groups is None else np.unique(groups, return_inverse=True)[1]
    share = weights / weights.sum()
    mean = float(share @ differences)
    sums = np.bincount(unit, share * (differences - mean))
    error = float(np.sqrt((sums @ sums) * len(sums) / max(len(sums) - 1, 1)))
    bound = float(student.isf((1.0 - SURE) / 2.0 / max(others, 1), max(len(sums) - 1, 1)))
    few = bool(too_few(groups, weights, len(differences)))
    return mean, error, error > 0.0 and not few and abs(mean) > bound * error


def measure_of(target: Target) -> str:
    """Return in words what the losses of rows are."""
    return "log loss (nats)" if isinstance(target, Classes) else "squared error / variance"


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
