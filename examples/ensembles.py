"""Ensembles: several initializations, snapshots of one run, and averaged weights."""

import matplotlib.pyplot as plt

import mlnn
from mlnn.dataset import moons
from mlnn.layer import ReLU
from mlnn.optimizer import Adam
from mlnn.plot import plot_decision_boundary

X, y = moons(100, noise=0.35)
X_new, y_new = moons(3000, noise=0.35, seed=1)


def trained(seed, *callbacks):
    """Return a model of its own initialization."""
    model = mlnn.Model([2, 32, 32, 2], ReLU(), squash_scores=False, seed=seed)
    model.train(X, y, 150, 0.01, 1e-3, optimizer=Adam(), batch_size=20, sum_gradients=False, callbacks=callbacks)
    return model


def log_loss(P):
    """Return the mean log loss of predicted probabilities on new rows."""
    import numpy as np

    return float(-np.log(P[np.arange(len(y_new)), y_new]).mean())


single = trained(0, mlnn.Snapshots(every=15))
(snapshots,) = single.watchers
seeds = mlnn.Ensemble.of([single, *(trained(seed) for seed in range(1, 8))])
checkpoints = mlnn.Ensemble.snapshots(single.network, snapshots.thetas)
averaged = mlnn.Ensemble((checkpoints.averaged_weights(),))
figure, axes = plt.subplots(1, 4, figsize=(16, 4.4), layout="constrained")
whole = {
    "one network": single,
    "eight initializations": seeds,
    "ten checkpoints": checkpoints,
    "averaged weights": averaged,
}
for ax, (name, predictor) in zip(axes, whole.items(), strict=True):
    loss = log_loss(predictor.predict_proba(X_new))
    plot_decision_boundary(predictor, X, y, ax=ax)
    ax.set_title(f"{name}\nnew rows: loss {loss:.3f}")
    print(f"{name}: loss {loss:.4f}, accuracy {(predictor.predict(X_new) == y_new).mean():.4f}")
plt.show()
