"""Initializers: how large activations are in each of ten layers before any training."""

import matplotlib.pyplot as plt
import numpy as np

import mlnn
from mlnn.initializer import Fan, Glorot, He, HeNormal, Normal, Orthogonal, Sparse
from mlnn.layer import ReLU, Tanh
from mlnn.objective import forward
from mlnn.plot.colours import COLOURS

X = np.random.default_rng(0).standard_normal((500, 100))
figure, axes = plt.subplots(2, 4, figsize=(14, 6.4), layout="constrained", sharex=True, sharey=True)
ways = [Normal(0.01), Normal(0.2), Fan(), Glorot(), He(), HeNormal(), Sparse(), Orthogonal()]
for ax, initializer in zip(axes.flat, ways, strict=True):
    for k, layer in enumerate((Tanh(), ReLU())):
        network = mlnn.Network.dense([100] * 11 + [2], layer, weights=initializer)
        tape = forward(network, network.views(network.initial(np.random.default_rng(0))), X)
        spread = [float(value.std()) for value in tape.values[3::3]]
        style = {"color": COLOURS[k], "marker": "os"[k], "ms": 4}
        ax.plot(range(1, len(spread) + 1), spread, label=type(layer).__name__, **style)
    ax.axhspan(0.3, 3.0, color="0.92", zorder=0)
    ax.set(yscale="log", ylim=(1e-8, 1e5), xticks=range(1, 11), title=repr(initializer))
axes.flat[0].legend(frameon=False)
figure.supxlabel("layer")
figure.supylabel("standard deviation of what the layer puts out (grey: about 1)")
plt.show()
