"""``mlnn evaluate`` and ``predict``: what can be done with a saved model."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from itertools import chain, count
from typing import Any, TypeAlias

import click
import numpy as np

from mlnn.array import Array
from mlnn.cli.console import BadInput, files_of, one_sentence, print_json, say, writable, writing
from mlnn.cli.options import columns, judging, picked, weights_and_groups
from mlnn.cli.reading import reading as how_read
from mlnn.cli.scores import between, print_evaluation
from mlnn.frame.answers import read_again
from mlnn.frame.column import quoted
from mlnn.frame.kind.notation import PLAIN
from mlnn.frame.kind.spelling import plain
from mlnn.frame.numbered import numbered
from mlnn.frame.read import read_table
from mlnn.frame.sentence import in_options, number_of
from mlnn.frame.table import Table, Unusable, one_column
from mlnn.frame.write import pieces, write, written_as
from mlnn.frame.zone import in_utc
from mlnn.tabular.class_score import decided
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.given import left_out
from mlnn.tabular.score import over
from mlnn.tabular.storage import load
from mlnn.tabular.target import Classes, require_two_classes

SavedModel: TypeAlias = TableClassifier | TableRegressor


def table_model(path: str) -> SavedModel:
    """Read a model that knows tables.

    Raises
    ------
    ModelFileError, BadInput
        If the file holds none.
    """
    model = load(path)
    if not isinstance(model, SavedModel):
        raise BadInput(f"'{path}' holds a {type(model).__name__}, which was not trained on a table: use it from Python")
    return model


def target_names(model: SavedModel) -> list[str]:
    """Return the names of the targets."""
    return list(model.target_.named(model.summary_.get("target") or []))


def columns_of_target(model: SavedModel, named: list[str]) -> list[str]:
    """Return which columns hold the targets: those that are named, or those of training; none where nobody says."""
    return named or _record(model).get("names") or model.summary_.get("target") or []


def _record(model: SavedModel) -> dict[str, Any]:
    """Return how the targets of training were read; of one that was trained from Python, what words meant gaps."""
    return model.summary_.get("reading", {}).get("answers") or {"words": model.missing}


def answers_of(model: SavedModel, table: Table, named: list[str]) -> Array:
    """Return the targets in a table, read as in training.

    Raises
    ------
    TableError, BadInput
        If they are not there, cannot be read, or nobody says which they are.
    """
    record, names = _record(model), columns_of_target(model, named)
    if not names:
        raise BadInput("the model was trained from Python and does not know its target's name: say --target COL")
    notations = record.get("notations") or [asdict(PLAIN)] * len(names)
    if len(names) != len(notations):
        expected = number_of(len(notations), "column")
        raise BadInput(f"the model predicts {expected}, but --target names {len(names)}: {quoted(names)}")
    known = model.summary_.get("target") or names
    if sorted(known) == sorted(names) and known != names:
        raise BadInput(f"the model predicts {quoted(known)}, in this order, but --target names {quoted(names)}")
    record = {"names": names, "notations": notations, "words": record["words"]}
    classes: Any = None
    if isinstance(model.target_, Classes):
        labels = model.target_.labels
        classes = np.array([0, 1]) if labels.several else labels.classes
    return read_again(table, record, classes)


def features_of(model: SavedModel, table: Table) -> tuple[Table, list[str]]:
    """Return the columns that the model knows, and the names of those that nobody asked for."""
    names = [str(name) for name in getattr(model, "feature_names_in_", table.names)]
    aside = {*names, *columns_of_target(model, []), *model.summary_.get("reading", {}).get("aside", ())}
    return table.only([name for name in names if name in table]), [n for n in table.names if n not in aside]


@click.command()
@click.argument("model")
@click.argument("data")
@judging
@one_sentence
def evaluate(
    model: str,
    data: str,
    target: tuple[str, ...],
    weights: str | None,
    group: str | None,
    reading: Any,
    as_json: bool,
) -> None:
    """Judge MODEL by the rows of DATA, which must hold the target; rows without one are left out.

    With --group, every group is scored by itself, too.
    """
    trained, table = table_model(model), read_table(data, reading)
    names = picked(table, target)
    y = answers_of(trained, table, names)
    counts, groups, telling = weights_and_groups(table, weights, group, trained.preparation_.decimal)
    features, extra = features_of(trained, table)
    said = [*map(in_options, table.said), *left_out(y, counts, columns_of_target(trained, names))]
    judged = trained.evaluation(features, y, counts, groups)
    judged_by = len(judged.t)
    said += filter(None, (judged.flattered, judged.too_few))
    said += threshold_of(trained)
    said += ignored([name for name in extra if name not in (*names, *telling)])
    say(said)
    if as_json:
        found = {"scores": judged.scores, "intervals": between(judged), "classes": judged.by_class}
        if groups is not None:
            found |= {"groups": judged.by_group, "group_count": judged.group_count}
        if judged.threshold is not None:
            found["threshold"] = {"at": judged.threshold, **judged.prices}
        found |= {"held": judged.held} if judged.held else {}
        print_json({"rows": judged_by, **found, "said": said})
    else:
        told = ", ".join([*(target or target_names(trained)), number_of(judged_by, "row")])
        print_evaluation("; ".join(filter(None, (told, over(trained.target_)))), judged)


@click.command()
@click.argument("model")
@click.argument("data")
@click.option("--proba", is_flag=True, help="Give the probability of every class, too.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="Predict the second class from this probability on.")
@click.option("--interval", type=click.FloatRange(0, 1, True, True), help="Give an interval that holds such a share.")
@columns("--keep", "Columns of DATA to carry along, as they are written there, formulas apart; all for all of them.")
@columns("--id", "Columns that name the rows; those of training, unless told otherwise.", "ids")
@how_read
@click.option(
    "-o", "--output", default="-", help="Write a file: .csv, .tsv, .parquet, .arrow, .jsonl; of text also .gz, .zip …"
)
@click.option("--formulas", is_flag=True, help="Leave text as it is that a spreadsheet would run as a formula.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON lines.")
@one_sentence
def predict(
    model: str,
    data: str,
    proba: bool,
    threshold: float | None,
    interval: float | None,
    keep: tuple[str, ...],
    ids: tuple[str, ...],
    reading: Any,
    output: str,
    formulas: bool,
    as_json: bool,
) -> None:
    """Predict the target of every row of DATA with MODEL.

    Columns that the model does not know are ignored, and a target that is there is not looked at.
    """
    form = "jsonl" if as_json else None
    writable(output, files_of(model, data), refuse=partial(written_as, form=form))
    trained = table_model(model)
    require_given(trained, proba, threshold, interval)
    table = read_table(data, reading)
    chosen = [] if keep == ("all",) else picked(table, keep)
    names = [name for name in trained.summary_.get("reading", {}).get("ids", ()) if name in table]
    asked = [*(picked(table, ids) or names), *chosen]
    columns, said = carried(table, asked, table.names if keep == ("all",) else ())
    kept = list(columns)
    features, extra = features_of(trained, table)
    said += [*table.said, *in_utc(table.said, kept), *ignored([name for name in extra if name not in kept])]
    for name, values in predictions(trained, features, proba, threshold, interval):
        usual = (name, f"{name} (predicted)")
        free = next(each for each in chain(usual, (f"{name} (predicted {k})" for k in count(2))) if each not in columns)
        columns[free] = one_column(values, name)
        if free not in usual:
            said.append(f"{quoted(usual)} are there already: what is predicted is called '{free}'")
    say(said)
    with writing(output):
        protected = write(output, pieces(columns), form, formulas, files_of(model, data))
    if protected:
        texts = "1 text begins" if protected == 1 else f"{protected:,} texts begin"
        say([f"{texts} like a formula, and got an apostrophe in front; --formulas leaves it out"])


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


def carried(table: Table, asked: Iterable[str], others: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the columns that go along with predictions, and which of the others cannot.

    Raises
    ------
    BadInput
        If one that is asked for by its name cannot: before any work.
    """
    columns: dict[str, Any] = {name: numbered(table[name]) for name in dict.fromkeys((*asked, *others))}
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
        shares = [(f"P({name}={each})", P[:, k]) for name, P, classes in given for k, each in enumerate(classes)]
        found = [(name, classes[P.argmax(axis=1)]) for name, P, classes in given]
    elif labels.several:
        shares = [(f"P({name})", every[:, k]) for k, name in enumerate(names)]
        found = [(name, each > 0.5) for name, each in zip(names, every.T, strict=True)]
    else:
        shares = [(f"P({each})", every[:, k]) for k, each in enumerate(called[0])]
        found = [(names[0], called[0][decided(every, model.threshold_ if threshold is None else threshold)])]
    return found + (shares if proba else [])


def _called(classes: Array) -> Array:
    """Return classes as they are called where tables are read: without spaces around them, if that tells them apart."""
    found = np.array([plain(each) if isinstance(each, str) else each for each in classes.tolist()])
    return found if len(np.unique(found)) == len(classes) else classes


def threshold_of(model: SavedModel) -> list[str]:
    """Say from what probability on the second of two classes is predicted, if that was chosen."""
    curve = model.judgement_.thresholds
    return [] if curve is None or curve.chosen is None else [curve.where(model.classes_[1])]


def ignored(names: list[str]) -> list[str]:
    """Say which columns the model does not know."""
    return [f"ignored, since the model does not know them: {quoted(names)}"] if names else []
