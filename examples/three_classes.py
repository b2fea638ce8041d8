"""Three and more classes: spirals, blobs and circles."""

import matplotlib.pyplot as plt

import mlnn
from mlnn.dataset import blobs, circles, spirals
from mlnn.layer import ReLU
from mlnn.optimizer import Adam
from mlnn.plot import plot_decision_boundary

figure, axes = plt.subplots(1, 3, figsize=(14, 4.8), layout="constrained")
tables = {"spirals, 3 classes": spirals(300), "blobs, 5 classes": blobs(300, 5), "circles, 2 classes": circles(200)}
for ax, (name, (X, y)) in zip(axes, tables.items(), strict=True):
    model = mlnn.Model([2, 32, 32, y.max() + 1], ReLU(), squash_scores=False, seed=0)
    model.train(
        X,
        y,
        num_passes=150,
        epsilon=0.01,
        reg_lambda=1e-3,
        optimizer=Adam(),
        batch_size=32,
        sum_gradients=False,
    )
    plot_decision_boundary(model, X, y, ax=ax)
    ax.set_title(f"{name}: accuracy {(model.predict(X) == y).mean():.3f}")
plt.show()
