"""The report on a trained table: one HTML file that needs nothing else, neither network nor scripts."""

import os
from typing import Any

import numpy as np

import mlnn
from mlnn.array import Array
from mlnn.frame.replacing import write_text
from mlnn.frame.table import Table, Words
from mlnn.page.picture import rendered, svg
from mlnn.plot.colours import COLOURS, literal
from mlnn.plot.graph import figure_size, plot_graph
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.score import NAMES as SCORES
from mlnn.tabular.target import Classes, targets_of

NAMES = SCORES | {
    "log_loss": "log loss (nats per row)",
    "rmse": "root mean squared error",
    "mae": "mean absolute error",
}

WRITTEN = 12
"""Classes up to which the confusion matrix has its counts written in."""

CURVES = len(COLOURS)
"""Classes that get a curve of calibration."""


def write_report(path: str | os.PathLike[str], model: TableClassifier | TableRegressor, X: Any, y: Any) -> None:
    """Write the report.

    Parameters
    ----------
    path : path-like
        The HTML file.
    model : TableClassifier or TableRegressor
        The model, as training left it: its pictures show the rows that each was judged by.
    X, y : table and array
        What it was fitted on.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    table, truth, target = Table.of(X), targets_of(y), model.target_
    name = ", ".join(model.summary_.get("target") or [str(getattr(y, "name", None) or "y")])
    pictures = [
        ("Losses", "Every network's loss, each epoch; the dot is the epoch that was kept.", svg(_losses, model))
    ]
    judgement = model.judgement_
    seen = np.flatnonzero(judgement.fold >= 0)
    single = truth.ndim == 1 and len(seen) > 0
    if single and isinstance(target, Classes):
        probabilities, numbers = judgement.predictions[seen], target.encode(truth[seen])
        labels = [literal(label) for label in target.labels.classes.tolist()]
        most = f" Of the {len(labels)} classes, the {CURVES} most frequent." if len(labels) > CURVES else ""
        pictures += [
            (
                "Confusion",
                "Rows that were not trained on: true class against predicted class.",
                svg(_confusion, probabilities, numbers, labels),
            ),
            (
                "Calibration",
                f"Of the rows given a probability, how many are of the class; the diagonal is perfect.{most}",
                svg(_calibration, probabilities, numbers, labels),
            ),
        ]
    elif single:
        values = judgement.predictions[seen, 0], truth[seen].astype(float)
        caption = "Rows that were not trained on; the diagonal is perfect."
        pictures.append(("Predicted against true", caption, svg(_against, *values)))
    network = model.members_[0][0]
    pictures.append(
        (
            "The network",
            "One of the members.",
            svg(lambda figure: plot_graph(network, ax=figure.add_subplot()), size=figure_size(network)),
        )
    )
    html = rendered(
        "report.html",
        model=model,
        name=name,
        version=mlnn.__version__,
        rows=table.rows,
        columns=[_column(each, table[each]) for each in table.names],
        target=_column(name, truth, target.task == "classification") if truth.ndim == 1 else None,
        names=NAMES,
        judgement=judgement,
        pictures=pictures,
        options=model.get_params(deep=False),
        parameters=network.size,
    )
    write_text(path, html)


def _column(name: str, values: Any, classes: bool = False) -> dict[str, str]:
    """Return the summary of one column: its kind, what is missing, and its range or most frequent values."""
    if not classes and isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        numbers = values[~np.isnan(values)].astype(np.float64)
        kind, gaps = "numbers", len(values) - len(numbers)
        content = " … ".join(_number(f(numbers)) for f in (np.min, np.median, np.max)) if numbers.size else ""
    else:
        words = values if isinstance(values, Words) else Words.of(values)
        counts = np.bincount(words.codes[words.codes >= 0], minlength=len(words.labels))
        order = [k for k in np.argsort(-counts, kind="stable") if counts[k]]
        kind, gaps = "classes" if classes else "categories", int((words.codes < 0).sum())
        content = ", ".join(f"{words.labels[k]} ({counts[k]})" for k in order[:3])
        content += f" and {len(order) - 3} more" if len(order) > 3 else ""
    return {"name": name, "kind": kind, "missing": str(gaps), "content": content}


def _number(x: float) -> str:
    """Return a number with four digits, or all those before the point."""
    return (f"{x:.0f}" if 1e3 <= abs(x) < 1e9 else f"{x:.4g}").replace("-", "−")


def _losses(figure: Any, model: TableClassifier | TableRegressor) -> None:
    from matplotlib.ticker import MaxNLocator

    ax = figure.add_subplot()
    for k, member in enumerate(model.summary_["members"]):
        epochs = np.arange(1, len(member["loss"]) + 1)
        style = {"lw": 1.1, "alpha": 0.75, "marker": "." if len(epochs) == 1 else None}
        ax.plot(epochs, member["loss"], color=COLOURS[0], label=None if k else "training", **style)
        ax.plot(epochs, member["valid_loss"], color=COLOURS[1], label=None if k else "validation", **style)
        best = member["best_epoch"]
        ax.plot([best], [member["valid_loss"][best - 1]], "o", color="black", ms=3.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set(xlabel="epoch", ylabel="loss")
    ax.legend(frameon=False)


def _confusion(figure: Any, probabilities: Array, truth: Array, labels: list[str]) -> None:
    from sklearn.metrics import ConfusionMatrixDisplay

    ax, few = figure.add_subplot(), len(labels) <= WRITTEN
    ConfusionMatrixDisplay.from_predictions(
        truth,
        probabilities.argmax(axis=1),
        labels=range(len(labels)),
        display_labels=labels,
        values_format="d",
        include_values=few,
        colorbar=not few,
        cmap="Blues",
        ax=ax,
    )
    ax.set(xlabel="predicted", ylabel="true")
    ax.tick_params(labelsize=min(10.0, 200.0 / len(labels)))
    if max(map(len, labels)) > 6:
        for label in ax.get_xticklabels():
            label.set(rotation=30, ha="right", rotation_mode="anchor")


def _calibration(figure: Any, probabilities: Array, truth: Array, labels: list[str]) -> None:
    from sklearn.calibration import calibration_curve

    ax = figure.add_subplot()
    ax.plot([0, 1], [0, 1], color="0.7", lw=1)
    counts = np.bincount(truth, minlength=len(labels))
    frequent = np.sort(np.argsort(-counts, kind="stable")[:CURVES])
    for colour, k in zip(COLOURS, [1] if len(labels) == 2 else frequent, strict=False):
        share, given = calibration_curve(
            truth == k, np.clip(probabilities[:, k], 0.0, 1.0), n_bins=10, strategy="quantile"
        )
        ax.plot(given, share, "o-", ms=4, color=colour, label=labels[k])
    ax.set(xlabel="predicted probability", ylabel="observed share", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    ax.legend(frameon=False)


def _against(figure: Any, values: Array, truth: Array) -> None:
    ax = figure.add_subplot()
    low, high = float(min(values.min(), truth.min())), float(max(values.max(), truth.max()))
    ax.plot([low, high], [low, high], color="0.7", lw=1)
    ax.plot(truth, values, ".", color=COLOURS[0], alpha=0.35, ms=5, rasterized=len(truth) > 5000)
    ax.set(xlabel="true", ylabel="predicted")
