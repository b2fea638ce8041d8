"""Curves: losses over epochs, schedules, activations with their slopes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlnn.array import real_number, whole_number
from mlnn.graph import word
from mlnn.layer import Activation
from mlnn.plot.axes import axes_of, require_like
from mlnn.plot.colours import COLOURS, FAINT, INK, line_style
from mlnn.schedule import Schedule, Time
from mlnn.training import Epoch

LARGE = 20.0
"""Losses whose ratio is larger than this are drawn on a logarithmic axis."""

FEW = 30
"""Points of a curve up to which they are marked: what lies between was not looked at."""

STEPS = 20
"""Points an epoch at which a schedule is drawn."""


def plot_history(history: Sequence[Epoch], ax: Any = None) -> Any:
    """Draw training and validation loss over epochs, and mark the epoch with the lowest watched loss.

    Where a model was trained several times, the epochs of later trainings are counted on.

    Parameters
    ----------
    history : sequence of Epoch
        What training yielded: ``model.history`` or ``list(epochs(…))``.
    ax : matplotlib Axes, optional
        Where to draw, and what is returned; by default the current axes.

    Raises
    ------
    ValueError
        If the history is empty.
    """
    require_like(history, "watched_loss", "history must be a sequence of Epoch", each=True)
    if not history:
        raise ValueError("the history is empty: train first")
    ax = axes_of(ax)
    numbers = _running([epoch.number for epoch in history])
    points = [
        (number - len(epoch.passed) + k, losses)
        for number, epoch in zip(numbers, history, strict=True)
        for k, losses in enumerate([*epoch.passed, epoch.losses])
    ]
    valid = [(number, losses.valid_loss) for number, losses in points if losses.valid_loss is not None]
    curves: dict[str, list[tuple[int, float]]] = {"training": [(number, losses.loss) for number, losses in points]}
    draw_curves(ax, curves | ({"validation": valid} if valid else {}))
    number, best = min(points, key=lambda point: _finite(point[1].watched_loss))
    mark_epoch(ax, number, best.watched_loss, f"lowest: {best.watched_loss:.4g} in epoch {number}")
    ax.legend(frameon=False)
    return ax


def draw_curves(ax: Any, curves: Mapping[str, Sequence[tuple[float, float]]], colours: Sequence[str] = COLOURS) -> Any:
    """Draw losses over epochs, each curve a label and its points; return the lines."""
    from matplotlib.ticker import MaxNLocator

    markers = {label: "o" if len(curve) == 1 else "." if len(curve) <= FEW else None for label, curve in curves.items()}
    lines = [
        ax.plot(*zip(*curve, strict=True), color=colour, label=label, marker=markers[label])[0]
        for colour, (label, curve) in zip(colours, curves.items(), strict=False)
    ]
    losses = [loss for curve in curves.values() for _, loss in curve if np.isfinite(loss)]
    if losses and min(losses) > 0.0 and max(losses) > LARGE * min(losses):
        log_y(ax)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set(xlabel="epoch", ylabel="loss")
    return lines


def mark_epoch(ax: Any, number: float, height: float, label: str) -> Any:
    """Mark an epoch with a dot on its curve and a dotted line through it; return the dot."""
    ax.axvline(number, color=FAINT, lw=0.8, ls=":")
    return ax.plot([number], [height], "o", color=INK, ms=5, label=label)[0]


def log_y(ax: Any) -> None:
    """Make the vertical axis logarithmic, with short numbers: such as 6 × 10⁻¹ are cut off in small figures."""
    from matplotlib.ticker import LogFormatter

    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(LogFormatter())
    ax.yaxis.set_minor_formatter(LogFormatter())


def _running(numbers: Sequence[int]) -> list[int]:
    """Return numbers of epochs counted on where they begin anew."""
    before, running = 0, list[int]()
    for last, number in zip([0, *numbers], numbers, strict=False):
        before = running[-1] if running and number <= last else before
        running.append(before + number)
    return running


def _finite(loss: float) -> float:
    return loss if np.isfinite(loss) else np.inf


def plot_schedule(schedule: Schedule, epochs: int = 100, label: str | None = None, ax: Any = None) -> Any:
    """Draw a schedule's factor on the learning rate over a training of this many epochs.

    Several can be drawn on the same axes; ``ax.legend()`` then tells them apart.
    """
    require_like(schedule, "__call__", "schedule must be a Schedule")
    ax = axes_of(ax)
    epochs = whole_number("epochs", epochs)
    steps = np.arange(STEPS * epochs)
    factors = schedule(Time(steps + 1, steps / STEPS, epochs=epochs))
    ax.plot(steps / STEPS, factors, label=label or type(schedule).__name__, **line_style(len(ax.lines)))
    ax.set(xlabel="epoch", ylabel="factor on the learning rate")
    return ax


def plot_layer(layer: Activation, reach: float = 4.0, ax: Any = None) -> Any:
    """Draw an activation's formula and its slope on [−reach, reach], with its first parameters where it has some.

    A unit that takes several scores (maxout) is shown on as many straight lines, 1 + sx − s² with s from −1 to 1.
    """
    require_like(layer, "pullback", "layer must be a layer, such as Tanh()")
    reach, ax = real_number("reach", reach), axes_of(ax)
    scores = layer.inputs(1)
    x, s = np.linspace(-reach, reach, 801)[:, None], np.linspace(-1.0, 1.0, scores) if scores > 1 else np.ones(1)
    lines = 1.0 - s**2 + s * x
    p = tuple(each.initializer(each.shape, np.random.default_rng(0)) for each in layer.parameters(scores))
    y, memo = layer.apply(p, lines, None)
    slope = layer.pullback(p, lines, y, memo, np.ones_like(y), tuple(np.empty_like(each) for each in p)) @ s
    ax.axhline(0.0, color=FAINT, lw=0.8)
    ax.axvline(0.0, color=FAINT, lw=0.8)
    ax.plot(x, y, color=COLOURS[0], label="function")
    ax.plot(x, slope, color=COLOURS[1], ls="--", label="slope")
    ax.set(title=word(layer) + (f" of {scores} lines" if scores > 1 else ""), xlabel="x")
    ax.legend(frameon=False)
    return ax
