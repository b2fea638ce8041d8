"""What ``mlnn predict`` gives for the rows of a table: columns that are carried along, and predictions."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any, TypeAlias

import numpy as np

from mlnn.array import Array
from mlnn.cli.console import BadInput, say
from mlnn.frame.column import quoted
from mlnn.frame.drift import ColumnWarning
from mlnn.frame.kind.spelling import plain
from mlnn.frame.numbered import numbered
from mlnn.frame.table import Table, Unusable, Values, Words, one_column
from mlnn.frame.zone import in_utc
from mlnn.tabular.class_score import decided
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.named import Known
from mlnn.tabular.room import batches
from mlnn.tabular.target import Classes, require_two_classes

SavedModel: TypeAlias = TableClassifier | TableRegressor


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is asked for.

    Attributes
    ----------
    model : TableClassifier or TableRegressor
        Who predicts.
    asked, others : iterable of str
        The columns that must be carried along, and that are if they can be.
    proba, threshold, interval
        As the options say it.
    """

    model: SavedModel
    asked: list[str]
    others: Iterable[str]
    proba: bool
    threshold: float | None
    interval: float | None

    def made(self, table: Table) -> Iterator[tuple[dict[str, Any], list[str]]]:
        """Yield columns to be written, and what there is to say of them: of all rows, or of a batch after another."""
        parts = batches(table, self.model.memory)
        first = next(parts)
        if first is table:
            yield self.of(table, numbered)
            return
        strange, number = list[str](), 0
        for part in chain([first], parts):
            number += 1
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always", ColumnWarning)
                made = self.of(part, _as_it_is)
            strange += [str(each.message) for each in heard][:1]
            yield made
        if strange:
            say([f"of {number:,} batches of rows {len(strange):,} are unlike training, the first: {strange[0]}"])

    def of(self, table: Table, typed: Callable[[Values], Values]) -> tuple[dict[str, Any], list[str]]:
        """Return the columns of some rows, and what there is to say."""
        columns, said = carried(table, self.asked, self.others, typed)
        kept = list(columns)
        features, extra = features_of(self.model, table)
        said += [*table.said, *in_utc(table.said, kept), *ignored([name for name in extra if name not in kept])]
        for name, values in predictions(self.model, features, self.proba, self.threshold, self.interval):
            usual = (name, f"{name} (predicted)")
            free = next(
                each for each in chain(usual, (f"{name} (predicted {k})" for k in count(2))) if each not in columns
            )
            columns[free] = one_column(values, name)
            if free not in usual:
                said.append(f"{quoted(usual)} are there already: what is predicted is called '{free}'")
        return columns, said


def _as_it_is(values: Values) -> Values:
    """Return a batch of a column typed as it came: whether text is nothing but numbers only all of its rows tell."""
    return values if isinstance(values, Words) else numbered(values)


def features_of(model: SavedModel, table: Table) -> tuple[Table, list[str]]:
    """Return the columns that the model knows, and the names of those that nobody asked for."""
    names = [str(name) for name in getattr(model, "feature_names_in_", table.names)]
    aside = {*names, *columns_of_target(model, []), *model.summary_.get("reading", {}).get("aside", ())}
    return table.only([name for name in names if name in table]), [n for n in table.names if n not in aside]


def target_names(model: SavedModel) -> list[str]:
    """Return the names of the targets."""
    return list(model.target_.named(model.summary_.get("target") or []))


def columns_of_target(model: SavedModel, named: list[str]) -> list[str]:
    """Return which columns hold the targets: those that are named, or those of training; none where nobody says."""
    return named or Known.of(model).record.get("names") or model.summary_.get("target") or []


def require_given(model: SavedModel, proba: bool, threshold: float | None, interval: float | None) -> None:
    """Refuse what the model does not give, before any row is read.

    Raises
    ------
    BadInput, ValueError
        If something of it is asked.
    """
    names = target_names(model)
    several, called = len(names) > 1, quoted(names)
    if isinstance(model, TableClassifier):
        if interval is not None:
            hold = "hold" if several else "holds"
            raise BadInput(f"{called} {hold} classes: this model predicts probabilities (--proba), not intervals")
        if threshold is not None:
            require_two_classes(model.target_)
        return
    if proba or threshold is not None:
        are = "are quantities" if several else "is a quantity"
        raise BadInput(f"{called} {are}: this model predicts values, not probabilities")
    if interval is not None:
        try:
            model.judgement_.interval(np.empty((0, len(names))), interval)
        except ValueError as problem:
            raise BadInput(f"--interval {interval:g}: {problem}") from None


def carried(
    table: Table, asked: Iterable[str], others: Iterable[str], typed: Callable[[Values], Values] = numbered
) -> tuple[dict[str, Any], list[str]]:
    """Return the columns that go along with predictions, and which of the others cannot.

    Raises
    ------
    BadInput
        If one that is asked for by its name cannot: before any work.
    """
    columns: dict[str, Any] = {name: typed(table[name]) for name in dict.fromkeys((*asked, *others))}
    left = {name: values.what for name, values in columns.items() if isinstance(values, Unusable)}
    for name in asked:
        if name in left:
            raise BadInput(f"column '{name}' holds {left[name]}, which cannot be carried along")
    said = [f"left out: column '{name}', since {what} cannot be carried along" for name, what in left.items()]
    return {name: values for name, values in columns.items() if name not in left}, said


def predictions(
    model: SavedModel, features: Table, proba: bool, threshold: float | None, interval: float | None
) -> list[tuple[str, Array]]:
    """Return predictions with their columns' names, the targets first."""
    names = target_names(model)
    if not isinstance(model, TableClassifier):
        values = model.predict(features).reshape(features.rows, -1)
        found = list(zip(names, values.T, strict=True))
        if interval is not None:
            ends = model.judgement_.interval(values, interval)
            for k, name in enumerate(names):
                found += [(f"{name} low", ends[:, k, 0]), (f"{name} high", ends[:, k, 1])]
        return found
    assert isinstance(model.target_, Classes)
    labels, every = model.target_.labels, model.predict_proba(features)
    called = [_called(each) for each in (labels.classes if labels.questions else [labels.classes])]
    if labels.questions:
        given = list(zip(names, every, called, strict=True))
        shares = [(share_of(f"{name}={each}"), P[:, k]) for name, P, classes in given for k, each in enumerate(classes)]
        found = [(name, classes[P.argmax(axis=1)]) for name, P, classes in given]
    elif labels.several:
        shares = [(share_of(name), every[:, k]) for k, name in enumerate(names)]
        found = [(name, each > 0.5) for name, each in zip(names, every.T, strict=True)]
    else:
        shares = [(share_of(each), every[:, k]) for k, each in enumerate(called[0])]
        found = [(names[0], called[0][decided(every, model.threshold_ if threshold is None else threshold)])]
    return found + (shares if proba else [])


def share_of(what: Any) -> str:
    """Return what a column of probabilities is called."""
    return f"P({what})"


def class_in(column: str, targets: Sequence[str], classes: Sequence[Any] = ()) -> Any:
    """Return the class whose probabilities a column holds, by its name: the inverse of ``share_of``.

    Of targets and classes that are known the latter come first: they may hold an equals sign themselves.

    Examples
    --------
    >>> class_in("P(<=50K)", []), class_in("P(sold=yes)", ["sold"]), class_in("P(a=b)", ["a"], ["a=b"])
    ('<=50K', 'yes', 'a=b')
    >>> class_in("P(0)", ["y"], [0, 1]), class_in("yes", [])
    (0, 'yes')
    """
    inside = column[2:-1] if column.startswith("P(") and column.endswith(")") else column
    known = {str(each): each for each in classes}
    bare = next((inside[len(name) + 1 :] for name in targets if inside.startswith(f"{name}=")), inside)
    if found := [known[each] for each in (inside, bare) if each in known]:
        return found[0]
    kinds = {*map(type, classes)}
    try:  # a class that no row has is a number where the others are
        return kinds.pop()(bare) if kinds in ({int}, {float}) else bare
    except ValueError:
        return bare


def _called(classes: Array) -> Array:
    """Return classes as they are called where tables are read: without spaces around them, if that tells them apart."""
    found = np.array([plain(each) if isinstance(each, str) else each for each in classes.tolist()])
    return found if len(np.unique(found)) == len(classes) else classes


def ignored(names: list[str]) -> list[str]:
    """Say which columns the model does not know."""
    return [f"ignored, since the model does not know them: {quoted(names)}"] if names else []
