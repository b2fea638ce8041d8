"""Sanity checks before training, and babysitting while it goes on."""

import matplotlib.pyplot as plt
import numpy as np

import mlnn
from mlnn.check import initial_loss, overfit
from mlnn.dataset import spirals
from mlnn.layer import ReLU
from mlnn.optimizer import Adam
from mlnn.plot import plot_monitor

X, y = spirals(300)
network = mlnn.Network.dense([2, 32, 32, 3], ReLU())
problem = mlnn.Problem.of(network, X, y)
theta = network.initial(np.random.default_rng(0))
print(initial_loss(problem, theta))
print(overfit(problem, theta))

optimizer = Adam(0.003)
monitor = mlnn.Monitor(problem, optimizer).start()
for epoch in mlnn.epochs(problem, theta, mlnn.Recipe(optimizer, epochs=60, batch_size=32)):
    monitor(epoch)
plot_monitor(monitor.records)
plt.show()
