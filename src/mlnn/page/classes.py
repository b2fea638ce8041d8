"""Pictures and tables of how good predicted classes are, on rows that were not trained on."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mlnn.array import Array
from mlnn.page.picture import Picture, svg
from mlnn.plot.colours import COLOURS, FAINT, INK, literal
from mlnn.tabular.class_score import decided
from mlnn.tabular.judgement import Judgement
from mlnn.tabular.score import NAMES, digits
from mlnn.tabular.target import Classes
from mlnn.tabular.threshold import SCORINGS, Thresholds

WRITTEN = 12
"""Classes up to which pairs of true and predicted class are drawn; of more, the most frequent mistakes are listed."""

MISTAKES = 20
"""So many are listed."""

CURVES = len(COLOURS)
"""Classes that get a curve of their own."""

BIN, BINS = 50, 10
"""Rows of a point of calibration, whose share has a standard error of 0.07 at most; and how many points at most."""

HITS = 25
"""So many rows must be of the class, and so many not: below, its probabilities cannot be told right from wrong."""


class Case(NamedTuple):
    """A class against the rest: its label, which rows are of it, and how probable that was said to be."""

    label: str
    hit: Array
    p: Array


def class_pictures(target: Classes, judgement: Judgement, t: Array, predictions: Array) -> list[Picture]:
    """Return the pictures; ``t`` and ``predictions`` are those of the rows judged."""
    labels, several = target.labels, t.ndim > 1
    pictures = []
    if len(t) and not several and len(labels.classes) <= WRITTEN:
        said = decided(predictions, judgement.thresholds.chosen if judgement.thresholds else None)
        counts = np.bincount(t * len(labels.classes) + said, minlength=len(labels.classes) ** 2)
        matrix = counts.reshape(len(labels.classes), -1)
        names = [literal(label, 16) for label in labels.classes.tolist()]
        caption = (
            "How many rows of a true class (a line) were said to be of which one (a column); the stronger the colour, "
            "the larger a part of its line."
        )
        pictures.append(Picture("Confusion", caption, svg(_confusion, matrix, names)))
    cases, all_of_them = _cases(target, t, predictions)
    if judgement.thresholds:
        curves = [(str(labels.classes[1]), judgement.thresholds)]
    else:
        curves = [(case.label, Thresholds.learn(case.hit.astype(np.int64), case.p)) for case in cases]
    if curves:
        of = f" of {curves[0][0]}" if judgement.thresholds else ", each class against the rest"
        most = f" Of {all_of_them:,} classes, the {len(curves)} most frequent." if all_of_them > len(curves) else ""
        same = " Colours as of the ROC curve." if len(curves) > 1 else ""
        pictures += [
            Picture(
                "ROC curve",
                f"Rows{of}: how many are found, at the price of how many false alarms; grey is guessing.{most}",
                svg(_roc, curves, judgement),
            ),
            Picture(
                "Precision and recall",
                f"Rows{of}: how many of those that are reported are right, over how many are found.{same}",
                svg(_precision, curves, judgement),
            ),
        ]
    if judgement.thresholds:
        pictures.append(_thresholds(str(labels.classes[1]), judgement.thresholds))
    if len(t):
        pictures.append(_calibration(_said(target, t, predictions, cases)))
    return pictures


def mistakes(target: Classes, judgement: Judgement, t: Array, predictions: Array) -> tuple[list[str], list[list[str]]]:
    """Return the header and the lines of the most frequent mistakes, where classes are many."""
    K = target.scores
    if t.ndim > 1 or K <= WRITTEN or not len(t):
        return [], []
    said, true = decided(predictions), np.bincount(t, minlength=K)
    pairs, counts = np.unique((t * K + said)[t != said], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MISTAKES]
    names = [str(label) for label in target.labels.classes.tolist()]
    lines = []
    for pair, count in zip(pairs[order].tolist(), counts[order].tolist(), strict=True):
        of = int(true[pair // K])
        lines.append([names[pair // K], names[pair % K], f"{count:,}", f"{100 * count / of:.0f} % of {of:,}"])
    return ["true", "said to be", "rows", "of the true class"], lines


def class_table(judgement: Judgement) -> tuple[list[str], list[list[str]]]:
    """Return the header and a line for every class; where they are many, those that are found worst come first."""
    rates = ("precision", "recall", "f1", "auc", "average_precision")
    each = list(judgement.by_class.items())
    if len(each) > WRITTEN:
        each.sort(key=lambda item: (not item[1]["rows"], item[1]["f1"]))
    lines = [
        [label, *(digits(figures.get(name, np.nan), 3) for name in rates), f"{figures['rows']:,.0f}"]
        for label, figures in each
    ]
    return ["class", *(NAMES[name] for name in rates), "rows"], lines


def _cases(target: Classes, t: Array, predictions: Array) -> tuple[list[Case], int]:
    """Return the most frequent classes against the rest, and how many there are; of two classes, the second."""
    if t.ndim == 1 and target.scores == 2:
        return [Case(str(target.labels.classes[1]), t == 1, predictions[:, 1])], 1
    if t.ndim == 1:
        labels = [str(label) for label in target.labels.classes.tolist()]
        counts = np.bincount(t, minlength=len(labels))
        columns: list[tuple[int | None, int]] = [(None, k) for k in range(len(labels))]
    elif target.labels.questions:
        columns = [(j, k) for j, classes in enumerate(target.labels.classes) for k in range(len(classes))]
        labels = [f"{j}: {label}" for j, classes in enumerate(target.labels.classes) for label in classes.tolist()]
        counts = np.array([(t[:, j] == k).sum() for j, k in columns])
    else:
        labels = [str(label) for label in target.labels.classes.tolist()]
        counts, columns = (t > 0.5).sum(axis=0), [(k, 1) for k in range(len(labels))]
    known = np.flatnonzero((counts > 0) & (counts < len(t)))
    frequent = np.sort(known[np.argsort(-counts[known], kind="stable")[:CURVES]])

    def case(number: int) -> Case:
        question, k = columns[number]
        rows = t if question is None else t[:, question]
        return Case(labels[number], rows == k, predictions[:, number])

    return [case(int(number)) for number in frequent], len(labels)


def _said(target: Classes, t: Array, predictions: Array, cases: list[Case]) -> list[Case]:
    """Return the probabilities that are compared with what came true: of more than two classes, the highest."""
    if t.ndim > 1 or target.scores == 2:
        return cases
    said = predictions.argmax(axis=1)
    return [Case("", said == t, predictions[np.arange(len(t)), said])]


def _confusion(figure: Any, counts: Array, names: list[str]) -> None:
    ax = figure.add_subplot()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    small = {} if len(names) <= 7 else {"fontsize": 7.5}
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if share[row, column] > 0.6 else INK
        ax.text(column, row, f"{count:,}", ha="center", va="center", color=colour, **small)
    slanted = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"}
    upright = max(map(len, names)) * len(names) <= 36
    ax.set_xticks(range(len(names)), names, **({} if upright else slanted), **small)
    ax.set_yticks(range(len(names)), names, **small)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set(xlabel="predicted", ylabel="true")


def _roc(figure: Any, curves: Sequence[tuple[str, Thresholds]], judgement: Judgement) -> None:
    ax = figure.add_subplot()
    ax.plot([0, 1], [0, 1], color=FAINT, lw=1)
    for colour, (label, curve) in zip(COLOURS, curves, strict=False):
        found, alarms = curve.true / curve.positives, curve.false / curve.negatives
        ax.plot(alarms, found, color=colour, label=_with_area(label, judgement, "auc"), lw=1.6)
        if judgement.thresholds:
            (other,) = (figures for each, figures in judgement.by_class.items() if each != label)
            _mark(ax, curve, 1.0 - other["recall"], judgement.by_class[label]["recall"])
    ax.set(xlabel="false alarms (of all others)", ylabel="found (recall)", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    ax.legend(loc="lower right")


def _precision(figure: Any, curves: Sequence[tuple[str, Thresholds]], judgement: Judgement) -> None:
    ax = figure.add_subplot()
    for colour, (label, curve) in zip(COLOURS, curves, strict=False):
        said = curve.true + curve.false
        found, right = (curve.true / curve.positives)[said > 0], (curve.true / np.maximum(said, 1e-300))[said > 0]
        if judgement.thresholds:
            share = curve.positives / (curve.positives + curve.negatives)
            ax.axhline(share, color=FAINT, lw=1)
        ax.plot(found, right, color=colour, label=_with_area(label, judgement, "average_precision"), lw=1.6)
        if judgement.thresholds:
            _mark(ax, curve, judgement.by_class[label]["recall"], judgement.by_class[label]["precision"])
    ax.set(xlabel="found (recall)", ylabel="right (precision)", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    if len(curves) == 1:
        ax.legend(loc="lower left")


def _with_area(label: str, judgement: Judgement, name: str) -> str:
    """Return a label for the legend, with the area under its curve."""
    area = judgement.by_class.get(label, {}).get(name)
    return literal(label, 16) + (f"  {area:.3f}" if area is not None else "")


def _mark(ax: Any, curve: Thresholds, x: float, y: float) -> None:
    """Mark the threshold in use."""
    at = 0.5 if curve.chosen is None else curve.chosen
    ax.plot([x], [y], "o", color=INK, ms=5, label=f"at {at:.2g}, in use", zorder=3)


def _thresholds(label: str, curve: Thresholds) -> Picture:
    best = ", ".join(f"{curve.choose(name):.2g} for {NAMES[name]}" for name in SCORINGS)
    use = "The likelier class is predicted" if curve.chosen is None else curve.words(label)
    caption = (
        f"From what probability on a row is said to be {label}, and what that is worth. {use}; on these very rows, the "
        f"best would be {best}."
    )
    return Picture("Thresholds", caption, svg(_threshold_curves, curve))


def _threshold_curves(figure: Any, curve: Thresholds) -> None:
    ax, scores = figure.add_subplot(), curve.scores
    nothing = curve.true + curve.false == 0.0  # of which no share can be right
    for colour, name in zip(COLOURS, ("precision", "recall", "f1", "balanced_accuracy"), strict=False):
        drawn = np.where(nothing & (name == "precision"), np.nan, scores[name])
        ax.plot(curve.at, drawn, color=colour, lw=1.6, label={"f1": "F1"}.get(name, name.replace("_", " ")))
    ax.axvline(0.5 if curve.chosen is None else curve.chosen, color=INK, lw=1, ls=":")
    ax.set(xlabel="threshold", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    ax.legend(loc="lower left")


def _calibration(cases: Sequence[Case]) -> Picture:
    """Return probabilities against what came true, where rows are enough to tell."""
    rows = len(cases[0].hit) if cases else 0
    enough = [case for case in cases if min(case.hit.sum(), (~case.hit).sum()) >= HITS and rows >= 5 * BIN]
    if not enough:
        hits = max((int(min(case.hit.sum(), (~case.hit).sum())) for case in cases), default=0)
        there = f"{rows:,} rows were judged" if rows < 5 * BIN else f"there are {hits} of the rarer kind"
        caption = f"Not drawn: it takes at least {5 * BIN} rows, and {HITS} of either kind, but {there}."
        return Picture("Calibration", caption, "")
    what = "of the class" if cases[0].label else "right"
    given = "a probability" if cases[0].label else "a probability (of the class that was predicted)"
    left = f" {len(cases) - len(enough)} have too few rows." if len(enough) < len(cases) else ""
    caption = (
        f"Of the rows given {given}, how many are {what}: on the diagonal, probabilities are true. Each point is at "
        f"least {rows // min(BINS, rows // BIN):,} rows; strokes are 95 % intervals.{left}"
    )
    return Picture("Calibration", caption, svg(_calibration_curves, enough))


def _calibration_curves(figure: Any, cases: Sequence[Case]) -> None:
    ax = figure.add_subplot()
    ax.plot([0, 1], [0, 1], color=FAINT, lw=1)
    for colour, case in zip(COLOURS, cases, strict=False):
        given, share, low, high = reliability(case.p, case.hit)
        style = {"color": colour, "ms": 4, "lw": 1.2, "elinewidth": 1.0}
        ax.errorbar(given, share, [share - low, high - share], fmt="o-", label=literal(case.label, 16), **style)
    ax.set(xlabel="probability given", ylabel="share that came true", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    if len(cases) > 1:
        ax.legend(loc="upper left")


def reliability(p: Array, hit: Array) -> tuple[Array, Array, Array, Array]:
    """Return, bin by bin, the mean probability, the share that came true, and its 95 % interval (Wilson 1927).

    Bins hold equally many rows, in the order of their probability.

    Examples
    --------
    >>> given, share, low, high = reliability(np.repeat([0.2, 0.8], 50), np.arange(100) % 50 < np.repeat([10, 45], 50))
    >>> given.round(2), share, low.round(2), high.round(2)
    (array([0.2, 0.8]), array([0.2, 0.9]), array([0.11, 0.79]), array([0.33, 0.96]))
    """
    parts = np.array_split(np.argsort(p, kind="stable"), int(np.clip(len(p) // BIN, 1, BINS)))
    given, share = (np.array([np.mean(each[rows]) for rows in parts]) for each in (p, hit))
    n, z = np.array([len(rows) for rows in parts]), 1.96
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return given, share, np.minimum(centre - half, share), np.maximum(centre + half, share)
