"""Layers: every activation with its slope, found in Python's own tree of subclasses."""

import matplotlib.pyplot as plt

from mlnn.layer import Layer
from mlnn.names import every
from mlnn.plot import plot_layer

layers = [kind() for kind in every(Layer)]
figure, axes = plt.subplots(-(-len(layers) // 4), 4, figsize=(13, 9.5), layout="constrained", squeeze=False)
for ax in axes.flat[len(layers) :]:
    ax.axis("off")
for layer, ax in zip(layers, axes.flat, strict=False):
    plot_layer(layer, ax=ax)
print(", ".join(type(layer).__name__ for layer in layers))
plt.show()
