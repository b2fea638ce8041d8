"""The report on a table model: one HTML file that needs nothing else, neither network nor scripts."""

import os
from typing import Any

import numpy as np

import mlnn
from mlnn.array import Array
from mlnn.frame.replacing import write_text
from mlnn.frame.report import notable
from mlnn.frame.table import Table
from mlnn.page.classes import class_pictures, class_table, mistakes
from mlnn.page.columns import column_lines
from mlnn.page.picture import Picture, rendered, svg
from mlnn.page.values import coverage_table, value_pictures
from mlnn.plot.colours import COLOURS
from mlnn.plot.explanation import plot_dependence, plot_importances
from mlnn.plot.graph import figure_size, plot_graph
from mlnn.tabular.described import as_option, chosen_of, settings_of
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.given import targets_of
from mlnn.tabular.score import IN_UNITS, LOWER_IS_BETTER, NAMES, baseline_name, digits, with_spread
from mlnn.tabular.target import Classes, Quantities
from mlnn.tabular.view import View

FIRST = {
    "two": ("auc", "average_precision", "accuracy", "log_loss"),
    "several": ("accuracy", "balanced_accuracy", "log_loss", "auc"),
    "values": ("r2", "rmse", "mae", "median_error"),
}
"""The figures of merit that are printed large."""


def write_report(path: str | os.PathLike[str], model: TableClassifier | TableRegressor, X: Any, y: Any) -> None:
    """Write the report: scores, pictures of predictions, the columns and their worth, how it was trained.

    Parameters
    ----------
    path : path-like
        The HTML file.
    model : TableClassifier or TableRegressor
        The model, as training left it: pictures show the rows that it was judged by.
    X, y : table and array
        What it was fitted on.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    table, truth, target, judgement = Table.of(X), targets_of(y), model.target_, model.judgement_
    names = model.summary_.get("target") or [str(getattr(y, "name", None) or "y")]
    seen = np.flatnonzero(judgement.fold >= 0) if len(judgement.predictions) == table.rows else np.arange(0)
    predictions = judgement.predictions[seen]
    t = target.encode(truth[seen]) if len(seen) else np.empty((0, target.scores))
    explanation = model.explain(table, truth)
    tables = []
    if isinstance(target, Quantities):
        names = names if len(names) == target.scores else [f"target {k}" for k in range(target.scores)]
        values = np.asarray(target.code.decode(t)).reshape(len(t), target.scores)
        pictures = value_pictures(names, values, predictions, judgement.conformal)
        said = judgement.conformal.said if judgement.conformal else ""
        tables.append(("Intervals", said, *coverage_table(names, predictions, judgement.conformal), ""))
    else:
        assert isinstance(target, Classes)
        pictures = class_pictures(target, judgement, t, predictions)
        worst = f"the worst of {target.scores:,} first" if target.scores > len(pictures) * 3 else ""
        tables += [
            ("The most frequent mistakes", "", *mistakes(target, judgement, t, predictions), ""),
            ("Class by class", "", *class_table(judgement), worst),
        ]
    html = rendered(
        "report.html",
        model=model,
        name=", ".join(names),
        version=mlnn.__version__,
        said=[sentence for sentence in model.said_ if sentence not in set(map(notable, model.columns_))],
        tiles=_tiles(model),
        scores=_scores(model),
        baseline=baseline_name(model.target_),
        pictures=pictures,
        tables=[each for each in tables if each[3]],
        explanation=explanation,
        trained_on=not model.judged_apart(table),
        worth=_worth(explanation),
        lines=column_lines(model, table, explanation.importances),
        losses=Picture(
            "Losses", "Of every network, each epoch; the dot is the epoch that was kept.", svg(_losses, model)
        ),
        options=_options(model),
        networks=list(map(_network, model.views_.each, model.views_.words)),
    )
    write_text(path, html)


def _network(view: View, words: str) -> Picture:
    """Draw one of the networks of a view."""
    network = view.members[0][0]
    drawn = svg(lambda figure: plot_graph(network, ax=figure.add_subplot()), size=figure_size(network))
    title = f"The network{' of encoded numbers' * bool(view.encoding)}{' and leaves' * bool(view.forests)}"
    return Picture(title, f"{words}." + " One of them is drawn." * (len(view.members) > 1), drawn)


UNSET = {
    "batch_size": "chosen by mlnn, by the number of rows",
    "rate": "chosen by mlnn",
    "memory": "half of what is free",
    "n_threads": "all",
    "time_budget": "no limit",
    "columns": "as they were recognized",
    "missing": "the usual words",
    "decimal": "as the columns tell",
    "threshold": "none: the likelier class",
}
"""What settings come to that were not set."""


def _options(model: Any) -> dict[str, str]:
    """Return the settings in words."""
    of_each = " of each way to see the table" * (len(model.views_.each) > 1)
    chosen = UNSET | {"members": f"{len(model.views_.each[0].members)}{of_each}, chosen by mlnn"}
    chosen |= {name: f"{value:g}, chosen by mlnn" for name, value in chosen_of(model).items()}

    def word(name: str, value: Any) -> str:
        if value is None:
            return chosen.get(name, "none")
        return ", ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else as_option(value)

    return {name.replace("_", " "): word(name, value) for name, value in settings_of(model).items()}


def _tiles(model: Any) -> list[tuple[str, str, str, str]]:
    """Return name, value, interval and baseline of the most telling figures of merit."""
    judgement = model.judgement_
    kind = "values" if model.target_.task == "regression" else "two" if judgement.thresholds else "several"
    names = [name for name in FIRST[kind] if name in judgement.scores] or list(judgement.scores)
    tiles = []
    for name in names[:4]:
        value, baseline = judgement.scores[name], judgement.baseline.get(name)
        beside = "" if baseline is None else f"{baseline_name(model.target_)}: {_baseline(name, baseline)}"
        if baseline is not None and (value >= baseline if name in LOWER_IS_BETTER else value <= baseline):
            beside = f"no better than {beside}"
        tiles.append((NAMES[name], digits(value, 3), _between(judgement.intervals.get(name)), beside))
    return tiles


def _scores(model: Any) -> tuple[list[str], list[list[str]]]:
    """Return the header and the lines of all figures of merit."""
    judgement, valid = model.judgement_, model.summary_.get("valid", {})
    header = ["", "score", "95 % interval", baseline_name(model.target_)]
    lines = []
    for name, value in judgement.scores.items():
        baseline = judgement.baseline.get(name)
        better = " ↓" if name in LOWER_IS_BETTER else ""
        line = [NAMES[name] + better, with_spread(value, judgement.spread.get(name))]
        line += [_between(judgement.intervals.get(name)), _baseline(name, baseline)]
        lines.append(line + ([digits(valid["scores"][name])] if name in valid.get("scores", {}) else []))
    return header + ([f"{valid['rows']:,} rows aside"] if valid else []), lines


def _baseline(name: str, value: float | None) -> str:
    """Return the score of who knows nothing; to three places, but for what has the target's units."""
    if value is None:
        return "-"
    return digits(value, 3) if name in IN_UNITS else f"{value:.3f}".replace("-0.000", "0.000").replace("-", "−")


def _between(ends: tuple[float, float] | None) -> str:
    """Return the two ends of an interval, to the place of the second digit of their distance."""
    if ends is None:
        return ""
    low, high = ends
    wide = high - low
    place = int(np.clip(1 - np.floor(np.log10(wide)), 0, 6)) if 0 < wide < 1e9 and abs(high) < 1e9 else None
    both = (f"{each:.{place}f}".replace("-", "−") if place is not None else digits(each) for each in ends)
    return " … ".join(both)


def _worth(explanation: Any) -> list[Picture]:
    """Return pictures of what columns are worth, and of how predictions depend on the most important ones."""
    bars = [each for each in explanation.importances if each.mean > 0.0]
    if not bars:
        return []
    caption = f"{explanation.measure[:1].upper()}{explanation.measure[1:]} when a column's cells are shuffled."
    depends = [
        Picture(each.column, _depends(explanation, each), svg(_dependence, explanation, each))
        for each in explanation.dependences
    ]
    return [Picture("Importance", caption, svg(_importances, bars)), *depends]


def _depends(explanation: Any, dependence: Any) -> str:
    """Say what is drawn of a column."""
    if len(explanation.outputs) > 2:
        return "The mean prediction, class by class." if dependence.ordered else "The mean prediction of each class."
    rows = "thin lines" if dependence.ordered else "dots"
    return f"The mean prediction, and rows one by one ({rows})."


def _importances(figure: Any, bars: Any) -> None:
    ax = plot_importances(bars, ax=figure.add_subplot())
    ax.set_title("", loc="left")
    ax.set_xlabel("")


def _dependence(figure: Any, explanation: Any, dependence: Any) -> None:
    ax = plot_dependence(dependence, explanation.outputs, explanation.shown, ax=figure.add_subplot())
    ax.set_title("", loc="left")


def _losses(figure: Any, model: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    ax = figure.add_subplot()
    for k, member in enumerate(model.summary_["members"]):
        epochs: Array = np.arange(1, len(member["loss"]) + 1)
        style = {"lw": 1.1, "alpha": 0.75, "marker": "." if len(epochs) == 1 else None}
        ax.plot(epochs, member["loss"], color=COLOURS[0], label=None if k else "training", **style)
        ax.plot(epochs, member["valid_loss"], color=COLOURS[1], label=None if k else "validation", **style)
        best = member["best_epoch"]
        ax.plot([best], [member["valid_loss"][best - 1]], "o", color="black", ms=3.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set(xlabel="epoch", ylabel="loss")
    ax.legend()
