"""The numbers of a walk through the computation graph, by the reference engine, as the live page names them."""

import numpy as np

from mlnn.graph import describe
from mlnn.network import Network
from mlnn.play.points import points

X, Y = points("moons", 200, 0.2, seed=0)
"""The points that the page begins with."""


def walked(theta, row=0, widths=(2, 3, 2)):
    """All numbers of one row, `place what index`: place 0 is the input, what is y, dy, W, dW …"""
    spots = {}
    for place, node in enumerate(describe(Network.dense(widths), theta, X[row], Y[row]).chain):
        whole = {"y": node.value, "dy": node.gradient}
        for each in node.sources:
            if each.kind == "parameter":
                letter = each.label.rstrip("0123456789")
                whole |= {letter: each.value, f"d{letter}": each.gradient}
        for what, values in whole.items():
            if values is not None:
                spots |= {f"{place} {what} {index}": value for index, value in enumerate(np.ravel(values))}
    return spots
