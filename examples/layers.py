"""Layers: every activation with its slope, those that learn or compete included."""

import matplotlib.pyplot as plt

from mlnn.layer import Activation
from mlnn.names import every
from mlnn.plot import plot_layer

layers = [kind() for kind in every(Activation)]
columns = next(n for n in (5, 4, 6, 3, len(layers)) if len(layers) % n == 0)
figure, axes = plt.subplots(len(layers) // columns, columns, figsize=(15, 8.4), layout="constrained", squeeze=False)
for layer, ax in zip(layers, axes.flat, strict=True):
    plot_layer(layer, ax=ax)
    ax.get_legend().remove()
figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False)
print(", ".join(type(layer).__name__ for layer in layers))
plt.show()
