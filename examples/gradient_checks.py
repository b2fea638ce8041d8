"""Gradient checks: a whole network that is right, and a layer whose slope is wrong by 0.1 %."""

from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np

import mlnn
from mlnn.layer import Tanh
from mlnn.penalty import L2
from mlnn.plot.colours import COLOURS


@dataclass(frozen=True)
class AlmostTanh(Tanh):
    """A tanh whose slope is 0.1 % too large."""

    def slope(self, x, y):
        """Return the wrong slope."""
        return 1.001 * super().slope(x, y)


random = np.random.default_rng(0)
X, y = random.standard_normal((10, 4)), random.integers(0, 3, 10)
ax = plt.figure(figsize=(8, 4.2), layout="constrained").add_subplot()
for k, layer in enumerate((Tanh(), AlmostTanh())):
    print(type(layer).__name__)
    network = mlnn.Network.dense([4, 6, 3], layer, batch_norm=True, dropout=0.3)
    report = mlnn.check_gradients(network, X, y, penalty=L2(0.1))
    rows = [row for row in report if row.term == "data"]
    places = np.arange(len(rows)) + 0.4 * k - 0.2
    ax.bar(places, [max(row.error, 1e-13) for row in rows], 0.38, color=COLOURS[k], label=type(layer).__name__)
ax.set_xticks(range(len(rows)), [row.tensor for row in rows])
ax.axhline(1e-7, color="black", lw=1, ls=":", label="passes below")
ax.set(yscale="log", ylim=(1e-13, 1.0), ylabel="worst relative error", title="0.1 % is easily seen")
ax.legend(frameon=False, ncols=3)
plt.show()
