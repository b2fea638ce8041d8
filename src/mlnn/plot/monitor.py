"""Babysitting: what a ``Monitor`` saw while a network was learning, in four panels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlnn.check import Babysitting
from mlnn.plot.axes import require_like
from mlnn.plot.colours import COLOURS, FAINT, MOMENTS, line_style
from mlnn.plot.curves import log_y

HEALTHY = (10**-3.5, 10**-2.5)
"""A step should change weights by about a thousandth of their size (CS231n notes 3)."""


def plot_monitor(records: Sequence[Babysitting], figure: Any = None) -> Any:
    """Draw update ratios and dead units over epochs, activations and gradients along the chain.

    The last two show the first, the middle and the last record: gate by gate, one sees whether activations
    or gradients shrink or grow on their way through the network, and what training made of that.

    Parameters
    ----------
    records : sequence of Babysitting
        ``monitor.records``.
    figure : matplotlib Figure, optional
        Where to draw its four panels, and what is returned; by default a new one.

    Raises
    ------
    ValueError
        If there are no records.

    References
    ----------
    Karpathy, Li, Johnson, CS231n notes 3, "Babysitting the learning process".
    """
    import matplotlib.pyplot as plt

    require_like(records, "activation_mean", "records must be those of a Monitor", each=True)
    if not records:
        raise ValueError("there are no records: give the monitor to training as a callback first")
    gates = list(records[0].activation_mean)
    figure = figure or plt.figure(figsize=(min(max(10.0, 0.9 * len(gates)), 16.0), 7.5), layout="constrained")
    (ratio, dead), (activation, gradient) = figure.subplots(2, 2)
    ratio.axhspan(*HEALTHY, color=COLOURS[2], alpha=0.15, lw=0, label="about 1e−3: healthy")
    _over_epochs(ratio, records, "update_ratio")
    ratio.set(title="size of a step / size of the weights", ylabel="‖Δw‖ / ‖w‖")
    _over_epochs(dead, records, "dead")
    dead.set(ylim=(-0.03, 1.03), title="dead units: no gradient passes on any row", ylabel="fraction of the layer")
    moments = sorted({0, len(records) // 2, len(records) - 1})
    places = np.arange(len(gates))
    for k, (moment, colour) in enumerate(zip(moments, MOMENTS[-len(moments) :], strict=True)):
        record, shifted = records[moment], places + 0.22 * (k - (len(moments) - 1) / 2.0)
        mean, std = list(record.activation_mean.values()), list(record.activation_std.values())
        style: dict[str, Any] = {"color": colour, "ms": 4, "label": f"epoch {record.epoch}"}
        activation.errorbar(shifted, mean, yerr=std, fmt="o", elinewidth=1.6, **style)
        _draw_positive(gradient, places, list(record.gradient_std.values()), marker="o", lw=1.2, **style)
    activation.axhline(0.0, color=FAINT, lw=0.8, zorder=0)
    low, high = activation.get_ylim()
    activation.set(title="what gates put out: mean ± standard deviation", ylim=(low, high + 0.25 * (high - low)))
    gradient.set(title="gradients of what gates put out", ylabel="standard deviation")
    for ax in (activation, gradient):
        ax.set_xticks(places, gates, rotation=55, ha="right", rotation_mode="anchor", fontsize=8)
        ax.set_xlim(-0.6, len(gates) - 0.4)
    for ax in (ratio, dead, activation, gradient):
        ax.spines[["top", "right"]].set_visible(False)
        if ax.get_legend_handles_labels()[1]:
            ax.legend(frameon=False, fontsize=8, ncols=2)
    return figure


def _over_epochs(ax: Any, records: Sequence[Babysitting], name: str) -> None:
    """Draw one line for every key of the records' field ``name``; a single record is a dot."""
    from matplotlib.ticker import MaxNLocator

    epochs, marker = [record.epoch for record in records], "o" if len(records) == 1 else None
    draw = _draw_positive if name == "update_ratio" else type(ax).plot
    for k, key in enumerate(getattr(records[0], name)):
        draw(ax, epochs, [getattr(record, name)[key] for record in records], marker=marker, label=key, **line_style(k))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set_xlabel("epoch")


def _draw_positive(ax: Any, places: Any, values: Any, color: str, **style: Any) -> None:
    """Draw a line on a logarithmic axis; zeros, which have no place there, are triangles on its lower edge."""
    sizes = np.asarray(values, dtype=float)
    ax.plot(places, np.where(sizes > 0.0, sizes, np.nan), color=color, **style)
    if (sizes > 0.0).any() and ax.get_yscale() != "log":
        log_y(ax)
    if (sizes == 0.0).any():
        at, known = np.asarray(places)[sizes == 0.0], "exactly 0" in ax.get_legend_handles_labels()[1]
        edge = {"transform": ax.get_xaxis_transform(), "clip_on": False, "label": None if known else "exactly 0"}
        ax.plot(at, np.full(len(at), 0.015), "v", color=color, mfc="white", ms=6, zorder=4, **edge)
