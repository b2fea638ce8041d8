"""Initializers: how large activations are in each of ten layers before any training."""

import matplotlib.pyplot as plt
import numpy as np

import mlnn
from mlnn.initializer import Fan, Glorot, He, HeNormal, Normal, Orthogonal, Sparse
from mlnn.layer import ReLU, Tanh
from mlnn.objective import forward

X = np.random.default_rng(0).standard_normal((500, 100))
figure, axes = plt.subplots(1, 2, figsize=(12, 4.8), layout="constrained", sharey=True)
ways = [Normal(0.01), Normal(0.2), Fan(), Glorot(), He(), HeNormal(), Sparse(), Orthogonal()]
for ax, layer in zip(axes, (Tanh(), ReLU()), strict=True):
    for initializer in ways:
        network = mlnn.Network.dense([100] * 11 + [2], layer, weights=initializer)
        tape = forward(network, network.views(network.initial(np.random.default_rng(0))), X)
        spread = [float(value.std()) for value in tape.values[3::3]]
        ax.plot(range(1, len(spread) + 1), np.maximum(spread, 1e-8), "o-", ms=3, label=repr(initializer))
    ax.set(yscale="log", xlabel="layer", title=type(layer).__name__)
axes[0].set_ylabel("standard deviation of what the layer puts out")
axes[1].legend(frameon=False, fontsize=8)
plt.show()
