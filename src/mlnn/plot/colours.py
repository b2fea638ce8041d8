"""The colours of every picture: one palette, told apart by colour-blind readers as well, and what follows it.

The smallest difference of any two of the eight, over normal vision and the three kinds of colour blindness
(simulated as Machado, Oliveira, Fernandes (2009) do, at full severity), is CIEDE2000 = 16.6. Where there are more
than eight, dashes or markers go on telling them apart.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.printable import printable

COLOURS = ("#0072b2", "#d55e00", "#00b478", "#a01450", "#c8c800", "#f08cf0", "#0000b4", "#003c00")
DASHES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

INK, FAINT, BLUE = "#222222", "0.7", "#0057b8"
"""Of texts and outlines, of lines to compare with, and of gradients."""

MOMENTS = ("#9ecae1", "#4292c6", "#084594")
"""First, middle and last, light to dark."""

VALUES = "cividis"
"""The colour map of numbers: equally bright steps, the same for nearly every eye (Nuñez, Anderton, Renslow 2018)."""

EDGE = "#8893a2"
FILL = {
    "input": "#eef1f5",
    "parameter": "#eef1f5",
    "target": "#eef1f5",
    "gate": "#fff3d6",
    "output": "#dff3e4",
    "loss": "#fbe3de",
}
"""Of the computation graph's shapes: tints of paper, which words and outlines tell apart."""

NOTHING = (0.8, 0.8, 0.8)
"""Where there is nothing to show, in red, green and blue."""


def line_style(k: int) -> dict[str, Any]:
    """Return colour and dashes of line number k.

    Examples
    --------
    >>> line_style(1), line_style(9)
    ({'color': '#d55e00', 'ls': '-'}, {'color': '#d55e00', 'ls': '--'})
    """
    return {"color": COLOURS[k % len(COLOURS)], "ls": DASHES[k // len(COLOURS) % len(DASHES)]}


def point_style(k: int) -> dict[str, Any]:
    """Return colour and marker of the points of class number k."""
    return {"color": COLOURS[k % len(COLOURS)], "marker": MARKERS[k // len(COLOURS) % len(MARKERS)]}


def shaded(numbers: Array, strength: Array | float, colours: Sequence[str] = COLOURS) -> Array:
    """Return the colours of class numbers on white paper: 0 leaves it white, 1 covers it; in red, green and blue."""
    rgb = np.array([[int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5)] for colour in colours])
    return 1.0 - np.asarray(strength)[..., None] * (1.0 - rgb[numbers % len(rgb)])


def literal(label: object, longest: int = 24) -> str:
    r"""Return a label as text that matplotlib neither reads as a formula nor leaves out of a legend; a long one is cut.

    Examples
    --------
    >>> literal("_hidden"), literal("5 $"), literal("an endless name", longest=8)
    (' _hidden', '5 \\$', 'an endl…')
    """
    text = printable(" ".join(str(label).split()))
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    return (f" {text}" if text.startswith("_") or not text else text).replace("$", r"\$")
