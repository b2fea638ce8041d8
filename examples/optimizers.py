"""Optimizers: every rule on the same spirals, each at the best rate of a grid wide enough that none is at its edge.

The loss at the end is the mean over the last ten epochs and three first weights, so that a lucky last step decides
nothing; the rate falls to nothing over the training (cosine), which is fair to rules that rattle.
"""

import matplotlib.pyplot as plt
import numpy as np

import mlnn
from mlnn.dataset import spirals
from mlnn.optimizer import (
    LBFGS,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    Averaged,
    ClipNorm,
    Lion,
    Momentum,
    Nadam,
    Nesterov,
    RMSprop,
)
from mlnn.plot.colours import COLOURS
from mlnn.schedule import Constant, Cosine

X, y = spirals(300)
families = {
    "steps along the gradient": [SGD(), Momentum(), Nesterov(), ClipNorm(Momentum(), limit=0.5)],
    "a step size for each weight": [Adagrad(), RMSprop(), Adadelta()],
    "both": [Adam(), AdamW(), Nadam(), Lion(), Averaged(Adam(), decay=0.99)],
}
RATES = 10.0 ** np.arange(-4.0, 2.6, 0.5)
EPOCHS, SEEDS = 60, 3


def trained(optimizer, schedule, **settings):
    """Return the losses of trainings from several first weights, a row each; infinite where one diverged."""
    losses = np.full((SEEDS, EPOCHS), np.inf)
    for seed in range(SEEDS):
        model = mlnn.Model([2, 24, 24, 3], squash_scores=False, seed=seed)
        choice = {"optimizer": optimizer, "schedule": schedule, "engine": "compiled"}
        try:
            model.train(X, y, EPOCHS, reg_lambda=1e-4, sum_gradients=False, every=1, **choice, **settings)
        except mlnn.Diverged:
            continue
        losses[seed, : len(model.history)] = [epoch.loss for epoch in model.history]
    return losses


def name_of(rule):
    """Return the name of a rule; of a wrapper, with what it wraps."""
    inner = getattr(rule, "inner", None) or getattr(rule, "optimizer", None)
    return type(rule).__name__ + (f" of {type(inner).__name__}" if inner else "")


figure, axes = plt.subplots(1, 3, figsize=(15, 5), layout="constrained", sharey=True)
newton = trained(LBFGS(), Constant()).mean(axis=0)
for ax, (family, rules) in zip(axes, families.items(), strict=True):
    ax.plot(range(1, EPOCHS + 1), newton, color="0.6", lw=3, label="L-BFGS, all rows")
    for k, rule in enumerate(rules):
        runs = {rate: trained(rule, Cosine(), epsilon=rate, batch_size=32) for rate in RATES}
        ends = [runs[rate][:, -10:].mean() for rate in RATES]
        best = int(np.argmin(ends))
        assert 0 < best < len(RATES) - 1, f"the best rate of {name_of(rule)} is at the edge of the grid"
        label = f"{name_of(rule)}, rate {RATES[best]:.2g}"
        ax.plot(range(1, EPOCHS + 1), runs[RATES[best]].mean(axis=0), color=COLOURS[k], label=label)
        print(f"{name_of(rule)} (rate {RATES[best]:.2g}): loss {ends[best]:.4f}")
    ax.set(yscale="log", xlabel="epoch", title=family)
    ax.legend(frameon=False, fontsize=8)
print(f"L-BFGS: loss {newton[-10:].mean():.4f}")
axes[0].set_ylabel("loss, mean of three first weights; batches of 32")
plt.show()
