"""Minibatches: the same number of passes, but a step every 10 rows instead of every 200."""

import matplotlib.pyplot as plt

import mlnn
from mlnn.dataset import moons
from mlnn.plot.colours import COLOURS

X, y = moons(200)
ax = plt.figure(figsize=(7, 4.5), layout="constrained").add_subplot()
for colour, size in zip(COLOURS, (None, 50, 10), strict=False):
    model = mlnn.Model([2, 8, 2], squash_scores=False, seed=0)
    model.train(X, y, num_passes=60, epsilon=0.2, reg_lambda=0.0, batch_size=size, sum_gradients=False, every=1)
    label = "all 200 rows" if size is None else f"{size} rows"
    numbers, losses = [epoch.number for epoch in model.history], [epoch.loss for epoch in model.history]
    ax.plot(numbers, losses, color=colour, label=f"{label} a step")
    print(f"{label}: loss {model.calculate_loss(X, y):.4f}")
ax.set(xlabel="passes over the rows", ylabel="loss", title="Small steps often beat a large step seldom")
ax.legend(frameon=False)
plt.show()
