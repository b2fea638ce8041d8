"""Optimizers: every rule on the same spirals, each at the best of a few rates; L-BFGS finds its own step."""

import matplotlib.pyplot as plt

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
from mlnn.schedule import Linear
from mlnn.training import Diverged

X, y = spirals(300)
rules = [
    SGD(),
    Momentum(momentum=Linear(0.5, 0.95)),
    Nesterov(),
    Adagrad(),
    RMSprop(),
    Adadelta(),
    Adam(),
    AdamW(),
    Nadam(),
    Lion(),
    ClipNorm(SGD(), limit=0.5),
    Averaged(Adam(), decay=0.99),
]


def trained(optimizer, **settings):
    """Return the losses of a training."""
    model = mlnn.Model([2, 24, 24, 3], squash_scores=False, seed=0)
    try:
        model.train(X, y, 100, reg_lambda=1e-4, optimizer=optimizer, sum_gradients=False, every=1, **settings)
    except Diverged:
        return [float("inf")]
    return [epoch.loss for epoch in model.history]


ax = plt.figure(figsize=(9, 6), layout="constrained").add_subplot()
for k, rule in enumerate(rules):
    curves = {rate: trained(rule, epsilon=rate, batch_size=32) for rate in (0.001, 0.01, 0.03, 0.1, 0.3, 1.0)}
    rate = min(curves, key=lambda each: curves[each][-1])
    ax.plot(curves[rate], ls="-" if k < 8 else "--", label=f"{type(rule).__name__}, rate {rate:g}")
    print(f"{type(rule).__name__} (rate {rate:g}): loss {curves[rate][-1]:.4f}")
losses = trained(LBFGS())
ax.plot(losses, color="black", label="L-BFGS, all rows")
print(f"LBFGS: loss {losses[-1]:.4f}")
ax.set(yscale="log", xlabel="epoch", ylabel="loss", title="three spirals, batches of 32")
ax.legend(frameon=False, ncols=2, fontsize=8)
plt.show()
