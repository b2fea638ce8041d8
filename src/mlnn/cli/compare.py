"""``mlnn compare``: which of several models is better, and whether that is more than noise."""

from pathlib import Path
from typing import Any

import click

from mlnn.cli.console import BadInput, one_sentence, print_json, print_table, results, say
from mlnn.cli.options import judging, picked, weights_and_groups
from mlnn.cli.predicted import features_of, ignored
from mlnn.cli.use import answers_of, table_model, threshold_of
from mlnn.frame.column import quoted
from mlnn.frame.read import read_table
from mlnn.frame.sentence import in_options, number_of
from mlnn.tabular.compare import Comparison, Difference, compared
from mlnn.tabular.given import left_out
from mlnn.tabular.score import NAMES, digits

SHOWN = ("log_loss", "accuracy", "auc", "r2", "rmse", "mae")
"""Figures of merit that are shown of every model."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="MODEL... DATA")
@judging
@one_sentence
def compare(
    paths: tuple[str, ...],
    target: tuple[str, ...],
    weights: str | None,
    group: str | None,
    reading: Any,
    as_json: bool,
) -> None:
    """Compare MODELs by the rows of DATA, which must hold the target, in pairs of losses.

    Where DATA is what a model was trained on, whole and in its order, its rows are predicted by networks that were not
    trained on them. Some of these rows, or these beside others, flatter the model: how many they are is said.
    """
    *files, data = paths
    if len(files) < 2:
        raise BadInput("a comparison takes at least two models and the rows to compare them by")
    table = read_table(data, reading)
    names = picked(table, target)
    models = {name: table_model(file) for name, file in zip(_names(files), files, strict=True)}
    first = next(iter(models.values()))
    counts, groups, telling = weights_and_groups(table, weights, group, first.preparation_.decimal)
    its = first.summary_.get("target")
    for name, model in models.items():
        other = model.summary_.get("target")
        if not names and its and other and its != other:
            same = "where both mean the same, say --target COL"
            raise BadInput(f"'{next(iter(models))}' predicts {quoted(its)}, but '{name}' {quoted(other)}: {same}")
    y = answers_of(first, table, names)
    found = compared(models, table, y, counts, groups)
    unknown = set.intersection(*(set(features_of(each, table)[1]) for each in models.values())) - {*names, *telling}
    said = [*map(in_options, table.said), *left_out(y, counts, names or its or ())]
    said += [f"{name}: {sentence}" for name, each in models.items() for sentence in threshold_of(each)]
    said += ignored([name for name in table.names if name in unknown])
    if found.flattered:
        said.append(found.flattered)
    say(said)
    if as_json:
        print_json(found.to_json() | {"said": list(dict.fromkeys([*said, found.said]))})
    else:
        _print(found)


def _names(files: list[str]) -> list[str]:
    """Return the files' names, with their folders where two are called alike."""
    names = [Path(file).name for file in files]
    found = names if len(set(names)) == len(names) else files
    if len(set(found)) < len(found):
        raise BadInput(f"a model is given twice: {', '.join(files)}")
    return found


def _print(found: Comparison) -> None:
    shown = [name for name in SHOWN if name in found.models[0].scores]
    lines = [
        (
            each.name,
            *(digits(each.scores[name]) for name in shown),
            *(("best" if k == 0 else "the same", "") if each.alike else _beside(each)),
            "" if each.seen == "new" else each.seen,
        )
        for k, each in enumerate(found.models)
    ]
    title = f"{number_of(found.rows, 'row')}; {found.measure} in pairs"
    print_table(title, ["", *(NAMES[n] for n in shown), "loses", "", ""], lines)
    if found.thresholds:
        results.print(found.thresholds)
    if not found.flattered:
        results.print(found.said)


def _beside(each: Difference) -> tuple[str, str]:
    """Return how much more a model loses than the best one, and whether that is more than noise."""
    return (
        f"+{digits(each.mean, 3)} ± {digits(each.error, 2)}",
        "more than noise" if each.exceeds else "may be noise",
    )
