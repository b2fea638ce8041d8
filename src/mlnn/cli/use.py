"""``mlnn evaluate`` and ``predict``: what can be done with a saved model."""

from functools import partial
from itertools import chain
from typing import Any

import click

from mlnn.array import Array
from mlnn.cli.console import BadInput, files_of, one_sentence, print_json, say, writable, writing
from mlnn.cli.options import columns, judging, picked, weights_and_groups
from mlnn.cli.predicted import (
    SavedModel,
    Wanted,
    columns_of_target,
    features_of,
    ignored,
    require_given,
    target_names,
)
from mlnn.cli.reading import reading as how_read
from mlnn.cli.scores import between, print_evaluation
from mlnn.frame.read import read_table
from mlnn.frame.sentence import in_options, number_of
from mlnn.frame.table import Table
from mlnn.frame.unknown import unknown_values
from mlnn.frame.write import pieces, write, written_as
from mlnn.tabular.given import left_out
from mlnn.tabular.named import Known
from mlnn.tabular.score import over
from mlnn.tabular.storage import load


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


def answers_of(model: SavedModel, table: Table, named: list[str]) -> Array:
    """Return the targets in a table, read as in training.

    Raises
    ------
    TableError, BadInput
        If they are not there, cannot be read, or nobody says which they are.
    """
    names = columns_of_target(model, named)
    if not names:
        raise BadInput("the model was trained from Python and does not know its target's name: say --target COL")
    return Known.of(model).targets(table, names, "--target")


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
    with unknown_values() as met:
        judged = trained.evaluation(features, y, counts, groups)
    judged_by = len(judged.t)
    said += filter(None, (judged.flattered, judged.too_few))
    said += threshold_of(trained)
    said += met.sentences()
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
    given = Wanted(trained, asked, table.names if keep == ("all",) else (), proba, threshold, interval)
    with unknown_values() as met:
        made = given.made(table)
        columns, said = next(made)
        say(said)
        with writing(output):
            written = chain([columns], (more for more, _ in made))
            protected = write(output, chain.from_iterable(map(pieces, written)), form, formulas, files_of(model, data))
    say(met.sentences())
    if protected:
        texts = "1 text begins" if protected == 1 else f"{protected:,} texts begin"
        say([f"{texts} like a formula, and got an apostrophe in front; --formulas leaves it out"])


def threshold_of(model: SavedModel) -> list[str]:
    """Say from what probability on the second of two classes is predicted, if that was chosen."""
    curve = model.judgement_.thresholds
    return [] if curve is None or curve.chosen is None else [curve.where(model.classes_[1])]
