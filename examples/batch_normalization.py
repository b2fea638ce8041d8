"""Batch normalization: a deep network of badly scaled weights learns nothing without it."""

import matplotlib.pyplot as plt

import mlnn
from mlnn.dataset import spirals
from mlnn.initializer import Constant, Normal
from mlnn.layer import Tanh
from mlnn.optimizer import Momentum
from mlnn.plot.colours import COLOURS

X, y = spirals(300)
ax = plt.figure(figsize=(7.5, 4.8), layout="constrained").add_subplot()
for normalized in (False, True):
    model = mlnn.Model(
        [2, 30, 30, 30, 30, 3],
        Tanh(),
        squash_scores=False,
        batch_norm=normalized,
        weights=Normal(0.02),
        biases=Constant(0.0),
        seed=0,
    )
    model.train(X, y, 80, 0.05, 1e-4, optimizer=Momentum(), batch_size=50, sum_gradients=False)
    numbers, losses = [epoch.number for epoch in model.history], [epoch.loss for epoch in model.history]
    ax.plot(numbers, losses, color=COLOURS[normalized], label="with batch norm" if normalized else "without")
    print(f"batch norm {normalized}: accuracy {(model.predict(X) == y).mean():.3f}")
ax.set(xlabel="epoch", ylabel="loss", title="four hidden layers, weights drawn far too small")
ax.legend(frameon=False)
plt.show()
