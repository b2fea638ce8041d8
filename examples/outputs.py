"""Outputs: one curve through the same points for least squares, absolute, Huber and two quantile losses."""

import matplotlib.pyplot as plt
import numpy as np

import mlnn
from mlnn.optimizer import Adam
from mlnn.output import Absolute, Huber, LeastSquares, Quantile
from mlnn.plot.colours import line_style
from mlnn.schedule import Cosine

random = np.random.default_rng(0)
x = np.sort(random.uniform(-2.0, 2.0, 300))[:, None]
y = np.sin(2.0 * x[:, 0]) + 0.15 * random.standard_normal(300)
y[random.random(300) < 0.1] += 3.0  # outliers, all upwards

figure, axes = plt.subplots(1, 2, figsize=(13, 5), layout="constrained", sharey=True)
for ax in axes:
    ax.plot(x, y, ".", color="0.75")
    ax.set_xlabel("x")
outputs = {
    "least squares": LeastSquares(),
    "absolute": Absolute(),
    "Huber": Huber(0.3),
    "quantile 0.1": Quantile(0.1),
    "quantile 0.8": Quantile(0.8),
}
for k, (name, output) in enumerate(outputs.items()):
    model = mlnn.Model([1, 32, 32, 1], output=output, squash_scores=False, seed=0)
    settings = {"optimizer": Adam(), "schedule": Cosine(), "batch_size": 32, "sum_gradients": False}
    model.train(x, y, num_passes=150, epsilon=0.01, reg_lambda=0.0, **settings)
    axes[int(k > 2)].plot(x, model.predict(x), label=name, **line_style(k))
    print(f"{name}: share of points below the curve {(y < model.predict(x)).mean():.2f}")
axes[0].set(ylabel="y", title="the middle: outliers pull least squares up, the other two hardly")
axes[1].set(title="quantiles: 10 % of the points lie below one curve, 80 % below the other")
for ax in axes:
    ax.legend(frameon=False, loc="upper left")
plt.show()
