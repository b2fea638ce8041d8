"""``mlnn explain``: what a model's predictions depend on, and why a row got its own."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np

from mlnn.cli.console import (
    BadInput,
    beside,
    files_of,
    messages,
    one_sentence,
    print_json,
    print_table,
    results,
    say,
    writable,
    writing,
)
from mlnn.cli.options import columns, picked, weights_and_groups
from mlnn.cli.predicted import columns_of_target, features_of, ignored
from mlnn.cli.reading import reading as how_read
from mlnn.cli.use import answers_of, table_model
from mlnn.frame.read import read_table
from mlnn.frame.replacing import STDOUT, replacing
from mlnn.frame.sentence import number_of
from mlnn.tabular.explain import Explanation
from mlnn.tabular.given import left_out
from mlnn.tabular.score import digits
from mlnn.tabular.shapley import RowExplanation
from mlnn.tabular.target import Classes, Target


@click.command()
@click.argument("model")
@click.argument("data")
@click.option(
    "--row",
    "rows",
    type=click.IntRange(0),
    multiple=True,
    help="Explain the prediction of this row of DATA, counted from 0; several times for several rows.",
)
@columns("--target", "The column with the targets, if it is called otherwise than in training.")
@click.option("--weights", metavar="COL", help="The column that holds the weights of the rows.")
@click.option(
    "--most",
    type=click.IntRange(0),
    default=6,
    show_default=True,
    help="Of how many columns is shown how predictions depend on them.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of all that is drawn.")
@how_read
@click.option("-o", "--output", help="Draw it (.png, .svg, .pdf …), or write all the numbers (.json), to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
@one_sentence
def explain(
    model: str,
    data: str,
    rows: tuple[int, ...],
    target: tuple[str, ...],
    weights: str | None,
    most: int,
    seed: int,
    reading: Any,
    output: str | None,
    as_json: bool,
) -> None:
    """Tell what the predictions of MODEL depend on, by the rows of DATA.

    A column is worth how much predictions get worse when its cells are shuffled; without a target in DATA, how far they
    move. Where DATA is what MODEL was trained on, this is worked out by networks that were not trained on a row.

    A row's explanation (--row) and the curves of a picture are of what the model predicts, by all its networks, also of
    rows of training. A row is compared with the mean of at most 128 rows of DATA, drawn by --seed.
    """
    writable(output, files_of(model, data))
    kind = "" if output is None else _kind(output)
    trained, table = table_model(model), read_table(data, reading)
    named = picked(table, target)
    names = columns_of_target(trained, named)
    features, extra = features_of(trained, table)
    y = answers_of(trained, table, named) if names and (named or {*names} <= {*table.names}) else None
    counts, _, telling = weights_and_groups(table, weights, None, trained.preparation_.decimal)
    if rows and max(rows) >= table.rows:
        raise BadInput(f"{table.name} has {number_of(table.rows, 'row')}, counted from 0: there is no row {max(rows)}")
    found = trained.explain(features, y, counts, row=rows, columns=most, seed=seed)
    told = [*table.said, *left_out(np.zeros(table.rows) if y is None else y, counts, names)]
    say([*told, *ignored([name for name in extra if name not in (*names, *telling)])])
    if kind == "json":
        print_json(found.to_json(), output)
    elif output is not None:
        _draw(found, output, kind)
    with beside(output):
        if as_json:
            print_json(found.to_json())
        else:
            _print(found, trained.target_)
    if output:
        messages.print(f"{'numbers' if kind == 'json' else 'picture'}: {output}")


def _kind(output: str) -> str:
    """Return the end of a file's name, if something can be written so; on standard output it is a PNG."""
    kind = "png" if output == STDOUT else Path(output).suffix[1:].lower()
    if kind == "json":
        return kind
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.backend_bases import FigureCanvasBase

    kinds = FigureCanvasBase.get_supported_filetypes()
    if kind not in kinds:
        raise BadInput(f"cannot write '{output}': its name must end in json or one of {', '.join(sorted(kinds))}")
    return kind


def _draw(found: Explanation, output: str, kind: str) -> None:
    figure = found.plot()
    with writing(output), replacing(output) as file:
        figure.savefig(file, dpi=150, format=kind)


def _asked(target: Target) -> list[slice]:
    """Return which outputs answer one question each: a quantity, a label of several, all classes of a target."""
    if not isinstance(target, Classes):
        return [slice(k, k + 1) for k in range(target.scores)]
    labels = target.labels
    if labels.several:
        return [slice(k, k + 1) for k in range(len(labels.classes))]
    ends = np.cumsum([0, *map(len, labels.classes)] if labels.questions else [0, len(labels.classes)]).tolist()
    return [slice(start, end) for start, end in pairwise(ends)]


def _print(found: Explanation, target: Target) -> None:
    """Print what columns are worth, and for every row what each column adds."""
    lines = [(each.column, f"{digits(each.mean)} ± {digits(each.spread, 2)}") for each in found.importances]
    print_table(f"what columns are worth, {found.how}", ["", found.measure], lines)
    for row in found.rows:
        for outputs in _asked(target):
            results.print()
            _print_row(row, found, outputs, isinstance(target, Classes))


def _print_row(row: RowExplanation, found: Explanation, asked: slice, likely: bool) -> None:
    """Print what is predicted of a row: a quantity, or of classes the likeliest, of two the second."""
    count, outputs = asked.stop - asked.start, found.outputs
    k = asked.start + (int(row.prediction[asked].argmax()) if count > 2 else count - 1)
    what = "prediction" if len(outputs) == 1 else f"{'probability' if likely else 'prediction'} of {outputs[k]}"
    order = sorted(range(len(row.columns)), key=lambda c: -abs(row.contributions[c, k]))
    lines = [
        (row.columns[c], row.cells[c], _signed(row.contributions[c, k]), f"± {digits(row.errors[c, k], 2)}")
        for c in order
    ]
    chance = ("drawn by chance", f"± {digits(row.base_error[k], 2)}") if row.drawn else ("", "")
    lines += [(f"mean of {row.compared_with}", chance[0], digits(row.base[k]), chance[1])]
    lines += [("this row", "", digits(row.prediction[k]), "")]
    title = f"row {row.row}: {what} {digits(row.prediction[k])}, predicted by {found.who}"
    print_table(title, ["column", "holds", "adds", ""], lines)
    results.print("", end="")


def _signed(x: float) -> str:
    text = digits(x)
    return text if x <= 0 or x != x else f"+{text}"
