"""Explanations of a table model: what its columns are worth, what predictions depend on, and why a row got its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, cast

import numpy as np

from mlnn.array import Array
from mlnn.frame.cells import read_cells
from mlnn.frame.kind.base import Content
from mlnn.frame.sentence import number_of
from mlnn.frame.table import Table, Words
from mlnn.tabular.dependence import MISSING, Dependence, dependence
from mlnn.tabular.exchange import exchanged
from mlnn.tabular.importance import Dealt, Importance, importances
from mlnn.tabular.score import row_losses, with_spread
from mlnn.tabular.shapley import OTHERS, STEPS, RowExplanation, Walk, shapley
from mlnn.tabular.target import Classes, Quantities, Target
from mlnn.tabular.view import View, Views

ROWS, FEWEST = 10_000, 1000
"""Rows by which importances are measured; of wide networks fewer, so that they work out no more products than this."""

PRODUCTS = 1e10

SHOWN = 6
"""So many columns are named where an explanation is shown in a line."""

CURVES = 200
"""Rows on which dependences are tried."""


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """What a table model has learned, by what it predicts.

    Attributes
    ----------
    how : str
        In words: by what rows columns are judged, and who predicted them.
    measure : str
        What an importance is a rise of.
    outputs : tuple of str
        What is predicted: the classes, or the targets.
    shown : int
        Which of them pictures show.
    importances : tuple of Importance
        Of every column, the largest first.
    dependences : tuple of Dependence
        Of the most important columns.
    rows : tuple of RowExplanation
        Of the rows that were asked for.
    who : str
        Who predicts in ``dependences`` and ``rows``: all networks, as for ``predict``, also of rows of training.
    """

    how: str
    measure: str
    outputs: tuple[str, ...]
    shown: int
    importances: tuple[Importance, ...]
    dependences: tuple[Dependence, ...]
    rows: tuple[RowExplanation, ...] = ()
    who: str = ""

    def __repr__(self) -> str:
        """Return what columns are worth in a line or two."""
        first = [f"{each.column} {with_spread(each.mean, each.spread)}" for each in self.importances[:SHOWN]]
        more = [f"{len(self.importances) - SHOWN} more"] if len(self.importances) > SHOWN else []
        own = f"; {number_of(len(self.rows), 'row')} explained" if self.rows else ""
        return f"<Explanation by {self.how}: {self.measure}: {', '.join([*first, *more])}{own}>"

    def plot(self, figure: Any = None) -> Any:
        """Draw it all; return the matplotlib figure."""
        from mlnn.plot.explanation import plot_explanation

        return plot_explanation(self, figure)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain numbers and words."""
        return {
            "how": self.how,
            "who": self.who,
            "measure": self.measure,
            "outputs": list(self.outputs),
            "importances": [vars(each) for each in self.importances],
            "dependences": [each.to_json() for each in self.dependences],
            "rows": [each.to_json() for each in self.rows],
        }


@dataclass(frozen=True, eq=False)
class Subject:
    """What is explained: rows and their matrix, who predicts, and what is known of the targets.

    Parameters
    ----------
    table : Table
        The rows.
    matrix : array of shape (N, D)
        The same, prepared.
    columns : sequence
        What was learned of the columns, in the matrix's order.
    views : Views
        The networks.
    target : Target
        What was learned of the targets.
    fold : array of shape (N,), optional
        The number of the members that were not trained on a row, where these are the rows of training.
    missing : sequence of str, optional
        The words that mean a missing value, if not the usual ones.
    names : sequence of str
        What the targets are called, where that is known.
    """

    table: Table
    matrix: Array
    columns: Sequence[Any]
    views: Views
    target: Target
    fold: Array | None = None
    missing: Sequence[str] | None = None
    names: Sequence[str] = ()

    @property
    def places(self) -> list[slice]:
        """Return where every column's features are."""
        ends = np.cumsum([0, *(len(column.features()) for column in self.columns)]).tolist()
        return [slice(start, end) for start, end in pairwise(ends)]

    def explain(
        self,
        t: Array | None,
        weights: Array | None,
        asked: Sequence[tuple[int, Table, int, Array]],
        most: int,
        repeats: int,
        seed: int,
    ) -> Explanation:
        """Explain.

        Parameters
        ----------
        t, weights : arrays, optional
            The rows' encoded targets, and how much they count.
        asked : sequence of (number, table, row, array)
            Rows to be explained by themselves: what they are called, where their cells are, and these prepared.
        most, repeats, seed : int
            How many dependences, how many deals, and who deals.
        """

        def in_units(X: Array) -> Array:
            return self.target.in_units(self.views.predict(X))

        ranked = self._importances(t, weights, repeats, np.random.default_rng(seed))
        some = np.sort(np.random.default_rng(seed).permutation(len(self.matrix))[:CURVES])
        shown = self._shown(in_units(self.matrix[some]))
        known = {column.name: (column, place) for column, place in zip(self.columns, self.places, strict=True)}

        def depends_on(name: str) -> Dependence:
            column, place = known[name]
            cells = read_cells(column, cast(Content, self.table[name]), self.missing)
            return dependence(name, cells, self.matrix, place, in_units, some, shown)

        depends = tuple(depends_on(each.column) for each in ranked[:most] if each.mean > 0.0)
        rows = tuple(self._row(*each, np.random.default_rng(seed)) for each in asked)
        count = len(self.views.members)
        who = f"all {count} networks" if count > 1 else "the network"
        unseen = who if self.fold is None else "networks that were not trained on them"
        how = f"{number_of(len(self.matrix), 'row')}, predicted by {unseen}"
        return Explanation(how, self._measure(t), self._outputs(), shown, ranked, depends, rows, who)

    def _importances(
        self, t: Array | None, weights: Array | None, repeats: int, random: np.random.Generator
    ) -> tuple[Importance, ...]:
        rows = np.arange(len(self.matrix)) if self.fold is None else np.argsort(self.fold, kind="stable")
        predict = Dealt(self.views, self.matrix[rows], None if self.fold is None else self.fold[rows])
        names, given = [column.name for column in self.columns], None if weights is None else weights[rows]
        losses = partial(_moved, predict()) if t is None else partial(row_losses, self.target, t[rows], weights=given)
        return importances(names, self.places, predict, losses, given, repeats, random)

    def _row(self, number: int, table: Table, row: int, features: Array, random: np.random.Generator) -> RowExplanation:
        both = zip(self.columns, self.places, strict=True)
        used = [(column.name, place.start) for column, place in both if column.features()]
        starts = np.array([start for _, start in used])
        walkers = [self._walker(view, features, starts) for view in self.views.each]

        def walk(other: Array, order: Array) -> Array:
            return self.target.in_units(np.sum([walker(other, order) for walker in walkers], axis=0))

        one, *_ = costs = [view.products(len(used)) for view in self.views.each]
        cost = len(used) * sum(costs) // one
        count = int(np.clip(STEPS // (2 * (cost + 1)), 8, OTHERS))
        others = self.matrix[random.permutation(len(self.matrix))[:count]]
        base, prediction, added, errors, base_error = shapley(others, len(used), walk, random)
        drawn = len(others) < len(self.matrix)
        names = tuple(name for name, _ in used)
        cells = tuple(cell(table, name, row) for name in names)
        base_error = base_error if drawn else np.zeros_like(base_error)
        return RowExplanation(number, names, cells, len(others), drawn, base, prediction, added, errors, base_error)

    def _walker(self, view: View, features: Array, starts: Array) -> Walk:
        none = [slice(0, 0)] * len(view.members)
        walks = [member.walk_to(features, starts) for member in exchanged(view, self.matrix[:0], none)]

        def walk(other: Array, order: Array) -> Array:
            return view.share * np.sum([each(other, order) for each in walks], axis=0)

        return walk

    def _measure(self, t: Array | None) -> str:
        if t is None:
            return "mean square by which predictions move"
        return "rise of log loss (nats)" if isinstance(self.target, Classes) else "fall of R²"

    def _outputs(self) -> tuple[str, ...]:
        target = self.target
        if isinstance(target, Quantities):
            return target.named(self.names) if target.scores > 1 else ("prediction",)
        assert isinstance(target, Classes)
        labels = target.labels.classes
        if target.labels.questions:
            both = zip(target.named(self.names), labels, strict=True)
            return tuple(f"{name}: {label}" for name, classes in both for label in classes)
        return target.named(self.names) if target.labels.several else tuple(map(str, labels))

    def _shown(self, predictions: Array) -> int:
        """Return the second of two classes; of more, the one that is predicted most."""
        if isinstance(self.target, Quantities) or predictions.shape[1] == 2:
            return predictions.shape[1] - 1 if isinstance(self.target, Classes) else 0
        return int(predictions.mean(axis=0).argmax())


def drawn(rows: Array, seed: int, products: int = 1) -> Array:
    """Return so many of the rows as are explained by, in their order; each costs so many products."""
    most = int(np.clip(PRODUCTS / max(products, 1), FEWEST, ROWS))
    return rows if len(rows) <= most else np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def cell(table: Table, name: str, row: int) -> str:
    """Return what a cell holds, in a few words."""
    values = table[name]
    if isinstance(values, Words):
        return values[row] or MISSING
    assert isinstance(values, np.ndarray)
    value = values[row]
    if value != value:
        return MISSING
    if value.dtype.kind == "M":  # 2020-01-04, or 2020-01-04 16:30:00
        return str(value.astype("M8[us]")).removesuffix(".000000").removesuffix("T00:00:00").replace("T", " ")
    if value.dtype.kind == "m":  # 1:30:00, and not so many microseconds
        return str(value.astype("m8[us]").item())
    return str(value).removesuffix(".0")  # as a file would have it, of which text is shown as it is


def _moved(before: Array, predictions: Array) -> Array:
    """Return how far predictions have moved, squared: in units of the targets' variance, or of probability."""
    return np.asarray(((predictions.astype(np.float64) - before) ** 2).sum(axis=1))
