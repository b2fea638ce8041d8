"""Regularization: noisy moons, a network that is far too large, and six ways to hold it back."""

import matplotlib.pyplot as plt
import numpy as np

import mlnn
from mlnn.dataset import moons
from mlnn.layer import ReLU
from mlnn.optimizer import Adam
from mlnn.penalty import L1, L2, ElasticNet
from mlnn.plot import plot_decision_boundary

X, y = moons(80, noise=0.35)
X_new, y_new = moons(2000, noise=0.35, seed=1)
ways = {
    "nothing": ({}, L2(0.0)),
    "L2": ({}, L2(0.02)),
    "L1": ({}, L1(0.005)),
    "elastic net": ({}, ElasticNet(0.01, 0.5)),
    "L2, first layer only": ({"penalties": (1.0, 0.0, 0.0)}, L2(0.05)),
    "max-norm": ({"max_norm": 1.0}, L2(0.0)),
    "dropout": ({"dropout": 0.5, "input_dropout": 0.05}, L2(0.0)),
}
figure, axes = plt.subplots(2, 4, figsize=(15, 7.6), layout="constrained")
axes.flat[-1].axis("off")
for ax, (name, (shape, penalty)) in zip(axes.flat, ways.items(), strict=False):
    model = mlnn.Model([2, 64, 64, 2], ReLU(), squash_scores=False, seed=0, **shape)
    model.train(X, y, 400, 0.01, optimizer=Adam(), penalty=penalty, batch_size=20, sum_gradients=False)
    accuracy, loss = (model.predict(X_new) == y_new).mean(), model.calculate_loss(X_new, y_new)
    plot_decision_boundary(model, X, y, ax=ax)
    ax.set_title(f"{name}\nnew rows: accuracy {accuracy:.3f}, loss {loss:.2f}", fontsize=10)
    small = np.mean(np.abs(np.concatenate([W.ravel() for W in model.W])) < 1e-3)
    print(f"{name}: new rows accuracy {accuracy:.3f}, loss {loss:.3f}; weights near 0: {small:.0%}")
plt.show()
