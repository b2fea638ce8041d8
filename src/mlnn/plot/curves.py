"""Curves: losses over epochs, schedules, layers with their slopes, and what a monitor saw."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlnn.callback import Babysitting
from mlnn.layer import Layer
from mlnn.plot.boundary import COLOURS
from mlnn.schedule import Schedule, Time
from mlnn.training import Epoch


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
    numbers, losses = [epoch.number for epoch in history], [epoch.loss for epoch in history]
    ax.plot(numbers, losses, color=COLOURS[0], label="training")
    best = min(history, key=lambda epoch: epoch.watched_loss)
    if any(epoch.valid_loss is not None for epoch in history):
        ax.plot(numbers, [epoch.watched_loss for epoch in history], color=COLOURS[1], label="validation")
    ax.plot([best.number], [best.watched_loss], "o", color="black", ms=5, label=f"lowest, epoch {best.number}")
    if min(losses) > 0.0 and max(losses) > 20.0 * min(losses):
        ax.set_yscale("log")
    ax.set(xlabel="epoch", ylabel="loss")
    ax.legend(frameon=False)
    return ax


def plot_schedule(schedule: Schedule, epochs: int = 100, label: str | None = None, ax: Any = None) -> Any:
    """Draw a schedule's factor over a training of this many epochs."""
    import matplotlib.pyplot as plt

    ax = ax or plt.gca()
    steps = np.arange(20 * epochs)
    factors = schedule(Time(steps + 1, steps / 20.0, epochs=epochs))
    ax.plot(steps / 20.0, factors, label=label or type(schedule).__name__)
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
    ax.plot(x, y, color=COLOURS[0], label="forward")
    ax.plot(x, layer.slope(x, y), color=COLOURS[1], ls="--", label="slope")
    ax.set_title(type(layer).__name__)
    return ax


def plot_monitor(records: Sequence[Babysitting], figure: Any = None) -> Any:
    """Draw what a ``Monitor`` saw: update ratios, dead units, activations and gradients over epochs.

    Parameters
    ----------
    records : sequence of Babysitting
        ``monitor.records``.
    figure : matplotlib Figure, optional
        Where to draw; by default a new one.

    Returns
    -------
    Figure
        Four panels.
    """
    import matplotlib.pyplot as plt

    if not records:
        raise ValueError("there are no records: give the monitor to training as a callback first")
    figure = figure or plt.figure(figsize=(10, 6.5), layout="constrained")
    (ratio, dead), (activation, gradient) = figure.subplots(2, 2)
    epochs = [record.epoch for record in records]
    ratio.axhspan(10**-3.5, 10**-2.5, color=COLOURS[2], alpha=0.15, label="healthy")
    for name in records[0].update_ratio:
        ratio.plot(epochs, [record.update_ratio[name] for record in records], label=name)
    ratio.set(yscale="log", title="size of a step / size of the weights")
    for name in records[0].dead:
        dead.plot(epochs, [record.dead[name] for record in records], label=name)
    dead.set(ylim=(-0.03, 1.03), title="fraction of units that pass no gradient")
    for k, name in enumerate(records[0].dead):
        mean = np.array([record.activation_mean[name] for record in records])
        std = np.array([record.activation_std[name] for record in records])
        colour = COLOURS[k % len(COLOURS)]
        activation.plot(epochs, mean, color=colour, label=name)
        activation.fill_between(epochs, mean - std, mean + std, color=colour, alpha=0.15, lw=0)
        gradient.plot(epochs, [record.gradient_std[name] for record in records], color=colour, label=name)
    activation.set(title="activations: mean ± standard deviation", xlabel="epoch")
    gradient.set(yscale="log", title="gradients: standard deviation", xlabel="epoch")
    for ax in (ratio, dead, activation, gradient):
        ax.legend(frameon=False, fontsize=8)
    return figure
