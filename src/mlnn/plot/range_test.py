"""The learning-rate range test, drawn: loss against rate, both on logarithmic axes."""

from typing import TYPE_CHECKING, Any

import numpy as np

from mlnn.graph.numerals import short
from mlnn.plot.axes import axes_of, require_like
from mlnn.plot.colours import COLOURS, FAINT, INK
from mlnn.plot.curves import log_y

if TYPE_CHECKING:
    from mlnn.check import RangeTest

CEILING = 5.0
"""Losses beyond so many times the first one are drawn at the upper edge: how far a training diverged says nothing."""


def plot_range_test(test: "RangeTest", ax: Any = None) -> Any:
    """Draw the loss that a short training ends with against its learning rate, and mark the rate in use.

    Parameters
    ----------
    test : RangeTest
        ``mlnn.doctor(…).range_test``.
    ax : matplotlib Axes, optional
        Where to draw, and what is returned; by default the current axes.

    References
    ----------
    Smith (2017), Cyclical learning rates for training neural networks, section 3.3.
    """
    require_like(test, "rates", "test must be a RangeTest, as mlnn.diagnosis makes it")
    ax = axes_of(ax)
    rates, losses = np.array(test.rates), np.array(test.losses)
    top = CEILING * test.start if test.start > 0.0 and np.isfinite(test.start) else float(losses[losses < np.inf].max())
    held = losses <= top
    ax.axhline(test.start, color=FAINT, lw=1, label="before training")
    ax.axvline(test.rate, color=COLOURS[1], lw=1.4, ls="--", label=f"the rate in use, {short(test.rate)}")
    ax.plot(rates, np.minimum(losses, top), color=COLOURS[0], lw=1.4, zorder=2)
    ax.plot(rates[held], losses[held], "o", color=COLOURS[0], ms=4, label=f"after {test.epochs} epochs")
    if not held.all():
        ax.plot(
            rates[~held], np.full((~held).sum(), top), "^", color=COLOURS[1], ms=6, label="diverged, or off the scale"
        )
    if held.any():
        best = int(np.where(held, losses, np.inf).argmin())
        label = f"lowest, {losses[best]:.3g} at {short(rates[best])}"
        ax.plot(rates[best], losses[best], "o", color=INK, ms=6, label=label)
    ax.set_xscale("log")
    if held.any() and losses[held].min() > 0.0:
        log_y(ax)
    ax.set(xlabel="learning rate", ylabel="loss")
    ax.legend(frameon=False, fontsize=8)
    return ax
