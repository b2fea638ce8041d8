"""The tutorial's run: two moons, its network, its decision boundary, and the graph with one row's numbers."""

import matplotlib.pyplot as plt
import numpy as np
import sklearn.datasets

import mlnn
from mlnn.plot import plot_decision_boundary

np.random.seed(0)
X, y = sklearn.datasets.make_moons(200, noise=0.20)

model = mlnn.Model([2, 3, 2])
model.train(X, y, num_passes=20000, epsilon=0.01, reg_lambda=0.01, print_loss=True)
accuracy = (model.predict(X) == y).mean()
print(f"loss {model.calculate_loss(X, y):.7f}, accuracy {accuracy:.3f}")

figure, (above, below) = plt.subplots(2, 1, figsize=(11, 7.2), height_ratios=[1, 2], layout="constrained")
model.plot_graph(X[0], y[0], ax=above)
plot_decision_boundary(lambda x: model.predict(x), X, y, ax=below)
below.set_title(f"Decision boundary for hidden layer size 3: accuracy {accuracy:.3f}")
plt.show()
