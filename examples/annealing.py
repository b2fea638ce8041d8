"""Annealing: every schedule for the learning rate, and what three of them do for the same training."""

import matplotlib.pyplot as plt

import mlnn
from mlnn.dataset import moons
from mlnn.optimizer import Momentum
from mlnn.plot import plot_schedule
from mlnn.plot.colours import COLOURS
from mlnn.schedule import (
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    InverseTime,
    Linear,
    OneCycle,
    StepDecay,
    WarmUp,
)

figure, (left, right) = plt.subplots(1, 2, figsize=(13, 5), layout="constrained")
schedules = {
    "step": StepDecay(0.5, every=20),
    "exponential": Exponential(0.03),
    "1/t": InverseTime(0.1),
    "linear": Linear(),
    "cosine": Cosine(),
    "restarts": CosineRestarts(first=15),
    "one cycle": OneCycle(),
    "warm-up, then cosine": WarmUp(10, then=Cosine()),
}
for name, schedule in schedules.items():
    plot_schedule(schedule, 100, name, ax=left)
left.set_title("schedules")
left.legend(frameon=False, fontsize=8)

X, y = moons(300, noise=0.3)
runs = {"constant": Constant(), "step": StepDecay(0.5, every=10), "cosine": Cosine()}
for colour, (name, schedule) in zip(COLOURS, runs.items(), strict=False):
    model = mlnn.Model([2, 16, 16, 2], squash_scores=False, seed=0)
    model.train(
        X,
        y,
        num_passes=60,
        epsilon=0.1,
        reg_lambda=0.001,
        batch_size=10,
        sum_gradients=False,
        optimizer=Momentum(),
        schedule=schedule,
    )
    losses = [epoch.loss for epoch in model.history]
    right.plot(range(1, len(losses) + 1), losses, color=colour, label=name)
    print(f"{name}: loss {model.calculate_loss(X, y):.4f}")
right.set(xlabel="epoch", ylabel="loss", title="a constant rate rattles, annealing settles")
right.legend(frameon=False)
plt.show()
