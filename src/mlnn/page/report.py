"""The report on a trained table: one HTML file that needs nothing else, neither network nor scripts."""

import os
from typing import TYPE_CHECKING, Any

import numpy as np

import mlnn
from mlnn.array import Array
from mlnn.frame.column import as_numbers, holds_numbers
from mlnn.frame.replacing import write_text
from mlnn.frame.target import ClassCode
from mlnn.page.picture import rendered, svg
from mlnn.plot.colours import COLOURS, literal
from mlnn.plot.graph import figure_size, plot_graph
from mlnn.tabular.score import NAMES as SCORES
from mlnn.tabular.train import TrainedTable

if TYPE_CHECKING:
    import pandas as pd

NAMES = SCORES | {
    "log_loss": "log loss (nats per row)",
    "rmse": "root mean squared error",
    "mae": "mean absolute error",
}

WRITTEN = 12
"""Classes up to which the confusion matrix has its counts written in."""

CURVES = len(COLOURS)
"""Classes that get a curve of calibration."""


def write_report(
    path: str | os.PathLike[str],
    trained: TrainedTable,
    frame: "pd.DataFrame",
    y: "pd.Series[Any]",
    judged: "tuple[pd.DataFrame, pd.Series[Any]] | None" = None,
) -> None:
    """Write the report.

    Parameters
    ----------
    path : path-like
        The HTML file.
    trained : TrainedTable
        The model; ``summary["scores"]`` and ``["baseline"]``, where they are, make the table of metrics.
    frame, y : DataFrame, Series
        The whole table, for its summary.
    judged : (DataFrame, Series), optional
        Held-out rows, for the pictures of how good predictions are; without them there are none.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    pictures = [
        ("Losses", "Every network's loss, each epoch; the dot is the epoch that was kept.", svg(_losses, trained))
    ]
    if judged:
        truth = judged[1]
        if isinstance(trained.target, ClassCode):
            probabilities, numbers = trained.predict_proba(judged[0]), trained.target.encode(truth)
            labels = [literal(label) for label in trained.target.classes]
            most = f" Of the {len(labels)} classes, the {CURVES} most frequent." if len(labels) > CURVES else ""
            pictures += [
                (
                    "Confusion",
                    "Held-out rows: true class against predicted class.",
                    svg(_confusion, probabilities, numbers, labels),
                ),
                (
                    "Calibration",
                    f"Of the rows given a probability, how many are of the class; the diagonal is perfect.{most}",
                    svg(_calibration, probabilities, numbers, labels),
                ),
            ]
        else:
            values = trained.predict(judged[0])
            pictures.append(
                (
                    "Predicted against true",
                    "Held-out rows; the diagonal is perfect.",
                    svg(_against, values, np.asarray(truth, dtype=float)),
                )
            )
    network = trained.members[0][0]
    pictures.append(
        (
            "The network",
            "One of the members.",
            svg(lambda figure: plot_graph(network, ax=figure.add_subplot()), size=figure_size(network)),
        )
    )
    html = rendered(
        "report.html",
        trained=trained,
        version=mlnn.__version__,
        rows=len(frame),
        columns=[_column(frame[name]) for name in frame.columns],
        target=_column(y, classes=trained.task == "classification"),
        names=NAMES,
        scores=trained.summary.get("scores", {}),
        baseline=trained.summary.get("baseline", {}),
        held_out=len(judged[1]) if judged else None,
        pictures=pictures,
        options=trained.summary["options"],
        parameters=network.size,
    )
    write_text(path, html)


def _column(values: "pd.Series[Any]", classes: bool = False) -> dict[str, str]:
    """Return the summary of one column: its kind, what is missing, and its range or most frequent values."""
    present = values.dropna()
    if not classes and holds_numbers(values, str(values.name)):
        kind, numbers = "numbers", as_numbers(present, str(values.name))
        content = " … ".join(_number(f(numbers)) for f in (np.min, np.median, np.max)) if numbers.size else ""
    else:
        kind, counts = "classes" if classes else "categories", present.value_counts()
        counts = counts[counts > 0]
        content = ", ".join(f"{name} ({count})" for name, count in counts.head(3).items())
        content += f" and {len(counts) - 3} more" if len(counts) > 3 else ""
    return {"name": str(values.name), "kind": kind, "missing": str(int(values.isna().sum())), "content": content}


def _number(x: float) -> str:
    """Return a number with four digits, or all those before the point."""
    return (f"{x:.0f}" if 1e3 <= abs(x) < 1e9 else f"{x:.4g}").replace("-", "−")


def _losses(figure: Any, trained: TrainedTable) -> None:
    from matplotlib.ticker import MaxNLocator

    ax = figure.add_subplot()
    for k, member in enumerate(trained.summary["members"]):
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
