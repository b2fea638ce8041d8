"""Random search on log scales, a warning at the edge of the range, a wider range, and an ensemble of the best."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullFormatter
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import RandomizedSearchCV, train_test_split
from sklearn.preprocessing import StandardScaler

from mlnn import Ensemble, MLPClassifier
from mlnn.estimator.search import EdgeWarning, edges, log_scale

X, y = load_breast_cancer(return_X_y=True)
X, X_new, y, y_new = train_test_split(StandardScaler().fit_transform(X), y, random_state=0)
network = MLPClassifier((16,), max_iter=20, schedule="cosine", random_state=0)

figure, axes = plt.subplots(1, 2, figsize=(12, 5), sharey=True, layout="constrained")
for highest, ax in zip((1e-3, 1.0), axes, strict=True):
    ranges = {"learning_rate_init": log_scale(1e-5, highest), "alpha": log_scale(1e-6, 1e-1)}
    search = RandomizedSearchCV(network, ranges, n_iter=25, cv=3, scoring="neg_log_loss", random_state=0).fit(X, y)
    with warnings.catch_warnings(record=True, action="always", category=EdgeWarning) as caught:
        edges(search)
    for warning in caught:
        print(warning.message)
    results = search.cv_results_
    rates, strengths = results["param_learning_rate_init"], results["param_alpha"]
    loss = np.log10(-results["mean_test_score"])
    points = ax.scatter(rates, strengths, c=loss, cmap="viridis_r", vmin=-1.1, vmax=0.1, s=70)
    ax.plot(*(search.best_params_[name] for name in ranges), "o", ms=15, mfc="none", mec="#d55e00", mew=2, label="best")
    ax.set(xscale="log", yscale="log", xlabel="learning rate", xlim=(7e-6, 1.4 * highest))
    ax.set_title("the best rate is at the edge: search beyond it" if caught else "the best rate lies within")
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.legend(frameon=False)
axes[0].set_ylabel("alpha")
figure.colorbar(points, label="log10 of the log loss, 3-fold")

best = np.argsort(results["rank_test_score"])[:4]
models = [clone(network).set_params(**results["params"][k]).fit(X, y) for k in best]
ensemble = Ensemble(tuple((model.network_, model.theta_) for model in models))
print(f"the best: {models[0].score(X_new, y_new):.3f}, the best four: {(ensemble.predict(X_new) == y_new).mean():.3f}")
plt.show()
