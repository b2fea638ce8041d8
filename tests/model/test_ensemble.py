"""Ensembles: the mean of what the members predict, whichever way the members came about."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import RandomizedSearchCV

from mlnn.dataset import moons
from mlnn.engine import engine_for
from mlnn.estimator import MLPClassifier
from mlnn.estimator.search import log_scale
from mlnn.layer import ReLU, Tanh
from mlnn.model import Ensemble, Model
from mlnn.network import Network
from mlnn.optimizer import Adam
from mlnn.output import Hinge, LeastSquares, Logistic, Softmax
from mlnn.training import Snapshots

X, Y = moons(60, noise=0.3, seed=1)
NEW, NEW_Y = moons(500, noise=0.3, seed=2)


def models(count=3, dims=(2, 8, 2), train=True, **settings):
    made = [Model(dims, seed=seed, squash_scores=False, **settings) for seed in range(count)]
    for model in made if train else []:
        model.train(X, Y, num_passes=60, epsilon=0.05, optimizer=Adam(), sum_gradients=False)
    return made


def log_loss(P, y):
    return float(-np.log(P[np.arange(len(y)), y]).mean())


# The mean


def test_initializations_are_averaged_by_probability():
    members = models()
    ensemble = Ensemble.of(members)
    mean = sum(model.predict_proba(NEW) for model in members) / 3.0
    np.testing.assert_allclose(ensemble.predict_proba(NEW), mean, rtol=1e-12)
    np.testing.assert_allclose(ensemble.predict_proba(NEW).sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_array_equal(ensemble.predict(NEW), mean.argmax(axis=1))


def test_a_sure_member_counts_for_more_than_two_unsure_ones():
    network = Network.dense([1, 2])
    sure, unsure = np.array([0.0, 0.0, 3.0, 0.0]), np.array([0.0, 0.0, 0.0, 0.2])
    ensemble = Ensemble.snapshots(network, [sure, unsure, unsure])
    votes = [int(score[3] > score[2]) for score in (sure, unsure, unsure)]
    assert sum(votes) == 2  # for class 1
    np.testing.assert_array_equal(ensemble.predict([[5.0]]), [0])
    p = [1.0 / (1.0 + np.exp(3.0)), 1.0 / (1.0 + np.exp(-0.2)), 1.0 / (1.0 + np.exp(-0.2))]
    np.testing.assert_allclose(ensemble.predict_proba([[5.0]])[0, 1], np.mean(p), rtol=1e-12)


def test_the_mean_is_better_than_its_members_on_average():
    """Jensen's inequality: the loss is convex in the probabilities."""
    members = models(4)
    losses = [log_loss(model.predict_proba(NEW), NEW_Y) for model in members]
    assert log_loss(Ensemble.of(members).predict_proba(NEW), NEW_Y) < np.mean(losses) - 1e-4


def test_one_member_and_equal_members_are_the_member():
    (model,) = models(1)
    for ensemble in (Ensemble.of([model]), Ensemble.of([model, model])):
        np.testing.assert_allclose(ensemble.predict_proba(NEW), model.predict_proba(NEW), rtol=1e-12)


@pytest.mark.parametrize(
    ("output", "scores", "decide"),
    [
        (LeastSquares(), 1, lambda mean: mean[:, 0]),
        (LeastSquares(), 2, lambda mean: mean),
        (Logistic(), 1, lambda mean: (mean[:, 0] > 0.5).astype(int)),
        (Hinge(), 3, lambda mean: mean.argmax(axis=1)),
        (Softmax(), 3, lambda mean: mean.argmax(axis=1)),
    ],
    ids=["one target", "targets", "yes or no", "hinge", "softmax"],
)
def test_every_output_is_averaged_and_decided_its_own_way(output, scores, decide):
    members = models(3, (2, 5, scores), train=False, output=output)
    mean = np.mean([model.predict_proba(NEW) for model in members], axis=0)
    ensemble = Ensemble.of(members)
    np.testing.assert_allclose(ensemble.predict_proba(NEW), mean, rtol=1e-12)
    np.testing.assert_allclose(ensemble.predict(NEW), decide(mean), rtol=1e-12)


def test_members_of_other_depths_and_layers_fit():
    members = [Model([2, 8, 2], seed=0), Model([2, 3, 3, 2], ReLU(), squash_scores=False, seed=1, batch_norm=True)]
    mean = (members[0].predict_proba(NEW) + members[1].predict_proba(NEW)) / 2.0
    np.testing.assert_allclose(Ensemble.of(members).predict_proba(NEW), mean, rtol=1e-12)


# Where members come from


def test_an_ensemble_is_the_models_as_they_were():
    (model,) = models(1)
    ensemble, before = Ensemble.of([model]), model.predict_proba(NEW)
    model.theta[...] = 0.0
    np.testing.assert_allclose(ensemble.predict_proba(NEW), before, rtol=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_top_models_of_a_search():
    search = RandomizedSearchCV(
        MLPClassifier((8,), max_iter=15, random_state=0),
        {"learning_rate_init": log_scale(1e-4, 1e-1), "hidden_layer_sizes": [(4,), (8,), (16,)]},
        n_iter=5,
        cv=2,
        random_state=0,
    ).fit(X, Y)
    order = np.argsort(search.cv_results_["rank_test_score"])[:3]
    top = [MLPClassifier(max_iter=15, random_state=0, **search.cv_results_["params"][k]).fit(X, Y) for k in order]
    assert len({each.network_ for each in top}) > 1
    ensemble = Ensemble(tuple((each.network_, each.theta_) for each in top))
    mean = np.mean([each.predict_proba(NEW) for each in top], axis=0)
    np.testing.assert_allclose(ensemble.predict_proba(NEW), mean[:, 1:], rtol=1e-12)  # two classes are one score


def run_with_snapshots():
    model = Model([2, 10, 2], seed=0, squash_scores=False)
    settings = {"optimizer": Adam(), "sum_gradients": False, "every": 1, "callbacks": [Snapshots(5)]}
    model.train(X, Y, num_passes=40, epsilon=0.05, **settings)
    return model, model.watchers[0]


def test_snapshots_of_one_run():
    model, snapshots = run_with_snapshots()
    ensemble = Ensemble.snapshots(model.network, snapshots.thetas)
    assert len(ensemble.members) == 8
    predictions = []
    for theta in snapshots.thetas:
        model.theta[...] = theta
        predictions.append(model.predict_proba(NEW))
    np.testing.assert_allclose(ensemble.predict_proba(NEW), np.mean(predictions, axis=0), rtol=1e-12)
    assert np.ptp(predictions, axis=0).max() > 0.01


def test_averaged_weights_are_one_network_with_the_mean_theta():
    model, snapshots = run_with_snapshots()
    network, theta = Ensemble.snapshots(model.network, snapshots.thetas[-3:]).averaged_weights()
    assert network == model.network
    np.testing.assert_allclose(theta, sum(snapshots.thetas[-3:]) / 3.0, rtol=1e-12)
    model.theta[...] = theta
    one = Ensemble(((network, theta),))
    np.testing.assert_allclose(one.predict_proba(NEW), model.predict_proba(NEW), rtol=1e-12)
    # members near each other: the function of the mean is nearly the mean of the functions
    mean = Ensemble.snapshots(model.network, snapshots.thetas[-3:]).predict_proba(NEW)
    assert 0.0 < np.abs(one.predict_proba(NEW) - mean).max() < 0.1 * np.ptp(mean)


def test_single_precision_stays():
    network = Network.dense([2, 4, 2])
    thetas = [network.initial(np.random.default_rng(seed), np.float32) for seed in (0, 1)]
    ensemble = Ensemble.snapshots(network, thetas)
    assert ensemble.predict_proba(NEW.astype(np.float32)).dtype == np.float32
    assert ensemble.averaged_weights()[1].dtype == np.float32


@pytest.mark.parametrize("rows", [1, 3, 300, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_mean_has_the_bits_of_members_added_one_after_another(rows, dtype):
    one, other, random = Network.dense([2, 20, 3]), Network.dense([2, 9, 3]), np.random.default_rng(0)
    seen = [random.normal(size=(rows, 2)).astype(dtype) for _ in range(5)]
    for networks in ([one] * 5, [one, replace(one), one, one, one], [one, other, one, other, other]):
        members = [(network, network.initial(random, dtype)) for network in networks]
        ensemble = Ensemble(tuple(members))
        for _ in range(2):  # again, after somebody has written into the weights
            total = np.zeros((rows, 3), dtype)
            for (network, theta), X in zip(members, seen, strict=True):
                total = total + engine_for(network).predict(network, theta, X)
            np.testing.assert_array_equal(ensemble.mean(seen), total / 5)
            np.testing.assert_array_equal(ensemble.mean(iter(seen)), total / 5)
            members[3][1][...] *= 2.0
        for copied in (copy.deepcopy(ensemble), pickle.loads(pickle.dumps(ensemble))):
            np.testing.assert_array_equal(copied.mean(seen), ensemble.mean(seen))
            copied.members[0][1][...] = 0.0
            assert not np.array_equal(copied.mean(seen), ensemble.mean(seen))


def test_threads_may_share_an_ensemble():
    network, random = Network.dense([2, 20, 3]), np.random.default_rng(0)
    ensemble = Ensemble.snapshots(network, [network.initial(random) for _ in range(5)])
    rows = [random.normal(size=(1, 2)) for _ in range(50)]
    alone = [ensemble.predict_proba(X) for X in rows]
    together = list(ThreadPoolExecutor(4).map(ensemble.predict_proba, rows * 8))
    np.testing.assert_array_equal(together, alone * 8)


# What cannot be averaged


@pytest.mark.parametrize(
    ("others", "kinds"),
    [
        ([], 0),
        ([Model([2, 3, 2], seed=0), Model([3, 3, 2], seed=0)], 2),
        ([Model([2, 3, 2], seed=0), Model([2, 3, 4], seed=0)], 2),
        ([Model([2, 3, 2], seed=0), Model([2, 3, 2], output=Hinge(), squash_scores=False, seed=0)], 2),
        ([Model([2, 3, 2], seed=0), Model([2, 3, 2], output=Softmax(0.1), seed=0), Model([1, 2], seed=0)], 3),
    ],
    ids=["none", "inputs", "scores", "output", "three kinds"],
)
def test_members_that_share_no_inputs_or_output_are_refused(others, kinds):
    with pytest.raises(ValueError, match=f"share inputs, output and scores, but got {kinds} kinds"):
        Ensemble.of(others)


@pytest.mark.parametrize(
    "other", [Model([2, 4, 2], seed=1), Model([2, 3, 2], ReLU(), squash_scores=False, seed=1)], ids=["width", "layer"]
)
def test_weights_of_two_networks_have_no_mean(other):
    ensemble = Ensemble.of([Model([2, 3, 2], Tanh(), seed=0), other])
    assert ensemble.predict_proba(NEW).shape == (500, 2)
    with pytest.raises(ValueError, match="only over members of one network"):
        ensemble.averaged_weights()


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([[1.0]], "X has 1 features, but the network expects 2"),
        ([1.0, 2.0], "X must be a matrix"),
        ([[1.0, np.inf]], "X must be finite, but row 0, column 1 holds inf"),
    ],
)
def test_bad_rows_are_refused(rows, sentence):
    with pytest.raises(ValueError, match=sentence):
        Ensemble.of(models(2, train=False)).predict(rows)
