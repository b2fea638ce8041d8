"""Curves: losses over epochs, schedules, layers with their slopes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlnn.graph import word
from mlnn.layer import Layer
from mlnn.plot.boundary import COLOURS
from mlnn.schedule import Schedule, Time
from mlnn.training import Epoch

LARGE = 20.0
"""Losses whose ratio is larger than this are drawn on a logarithmic axis."""

STEPS = 20
"""Points an epoch at which a schedule is drawn."""


def plot_history(history: Sequence[Epoch], ax: Any = None) -> Any:
    """Draw training and validation loss over epochs, and mark the epoch with the lowest watched loss.

    Parameters
    ----------
    history : sequence of Epoch
        What training yielded: ``model.history`` or ``list(epochs(…))``.
    ax : matplotlib Axes, optional
        Where to draw; by default the current axes.

    Returns
    -------
    Axes
        The drawing.

    Raises
    ------
    ValueError
        If the history is empty.
    """
    import matplotlib.pyplot as plt

    if not history:
        raise ValueError("the history is empty: train first")
    ax = ax or plt.gca()
    curves = {
        "training": [(epoch.number, epoch.loss) for epoch in history],
        "validation": [(epoch.number, epoch.valid_loss) for epoch in history if epoch.valid_loss is not None],
    }
    draw_curves(ax, {label: curve for label, curve in curves.items() if curve})
    best = min(history, key=lambda epoch: epoch.watched_loss)
    mark_epoch(ax, best.number, best.watched_loss, f"lowest: {best.watched_loss:.4g} in epoch {best.number}")
    ax.legend(frameon=False)
    return ax


def draw_curves(ax: Any, curves: Mapping[str, Sequence[tuple[float, float]]], colours: Sequence[str] = COLOURS) -> Any:
    """Draw losses over epochs, each curve a label and its points; return the lines."""
    from matplotlib.ticker import MaxNLocator

    lines = [
        ax.plot(*zip(*curve, strict=True), color=colour, label=label, marker="o" if len(curve) == 1 else None)[0]
        for colour, (label, curve) in zip(colours, curves.items(), strict=False)
    ]
    losses = [loss for curve in curves.values() for _, loss in curve if np.isfinite(loss)]
    if losses and min(losses) > 0.0 and max(losses) > LARGE * min(losses):
        ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set(xlabel="epoch", ylabel="loss")
    return lines


def mark_epoch(ax: Any, number: float, height: float, label: str) -> Any:
    """Mark an epoch with a dot on its curve and a dotted line through it; return the dot."""
    ax.axvline(number, color="0.6", lw=0.8, ls=":")
    return ax.plot([number], [height], "o", color="black", ms=5, label=label)[0]


def plot_schedule(schedule: Schedule, epochs: int = 100, label: str | None = None, ax: Any = None) -> Any:
    """Draw a schedule's factor on the learning rate over a training of this many epochs.

    Several can be drawn on the same axes; ``ax.legend()`` then tells them apart.
    """
    import matplotlib.pyplot as plt

    ax = ax or plt.gca()
    steps = np.arange(STEPS * epochs)
    factors = schedule(Time(steps + 1, steps / STEPS, epochs=epochs))
    colour = COLOURS[len(ax.lines) % len(COLOURS)]
    ax.plot(steps / STEPS, factors, color=colour, label=label or type(schedule).__name__)
    ax.set(xlabel="epoch", ylabel="factor on the learning rate")
    return ax


def plot_layer(layer: Layer, reach: float = 4.0, ax: Any = None) -> Any:
    """Draw a layer's formula and its slope on [−reach, reach]."""
    import matplotlib.pyplot as plt

    ax = ax or plt.gca()
    x = np.linspace(-reach, reach, 801)
    y = layer.forward(x)
    ax.axhline(0.0, color="0.85", lw=0.8)
    ax.axvline(0.0, color="0.85", lw=0.8)
    ax.plot(x, y, color=COLOURS[0], label="function")
    ax.plot(x, layer.slope(x, y), color=COLOURS[1], ls="--", label="slope")
    ax.set(title=word(layer), xlabel="x")
    ax.legend(frameon=False)
    return ax
