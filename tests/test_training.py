"""Training: batches, reports, resuming, schedules with every optimizer, L-BFGS, divergence."""

import threading

import numpy as np
import pytest

from mlnn.callback import EarlyStopping, KeepBest, Monitor, Snapshots
from mlnn.dataset import moons, spirals
from mlnn.ensemble import Ensemble
from mlnn.layer import ReLU, Tanh
from mlnn.model import Model
from mlnn.names import every, named
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, SGD, Adam, Averaged, Momentum, Optimizer, Wrapper
from mlnn.penalty import L2
from mlnn.recipe import Recipe, Shuffled
from mlnn.sanity import initial_loss, overfit
from mlnn.schedule import Cosine, Linear, ReduceOnPlateau, Schedule, WarmUp
from mlnn.training import Diverged, epochs

X, Y = moons(50, seed=3)
NETWORK = Network.dense([2, 8, 2], ReLU(), batch_norm=True, dropout=0.2)
PROBLEM = Problem.of(NETWORK, X, Y, penalty=L2(0.001))
THETA = NETWORK.initial(np.random.default_rng(0))
RULES = [kind(Adam()) if issubclass(kind, Wrapper) else kind() for kind in every(Optimizer)]


def test_reports_come_first_every_and_last():
    def numbers(**settings):
        return [epoch.number for epoch in epochs(PROBLEM, THETA, Recipe(SGD(), **settings))]

    assert numbers(epochs=10, every=3) == [1, 4, 7, 10]
    assert numbers(epochs=9, every=3, batch_size=20) == [1, 4, 7, 9]
    assert numbers(epochs=1, every=100) == [1]


def test_minibatches_take_every_row_once_the_short_last_batch_too():
    network = Network.dense([1, 1])
    seen = []

    class Watched(SGD):
        def update(self, theta, gradient, *rest):
            seen.append(gradient.copy())
            return super().update(theta, gradient, *rest)

    from mlnn.output import LeastSquares

    network = Network(1, network.gates, LeastSquares())
    rows = np.arange(7.0)[:, None]
    problem = Problem.of(network, rows, np.zeros(7))
    theta = np.array([0.0, 1.0])  # prediction 1 for every row: the gradient of b is 1, of W the mean of the rows
    list(epochs(problem, theta, Recipe(Watched(rate=0.0), epochs=2, batch_size=3, seed=5)))
    order = [Shuffled(5)(epoch, 7) for epoch in (1, 2)]
    expected = [rows[part].mean() for each in order for part in (each[:3], each[3:6], each[6:])]
    np.testing.assert_allclose([gradient[0] for gradient in seen], expected)
    assert sorted(order[0]) == list(range(7))
    assert list(order[0]) != list(order[1])


@pytest.mark.parametrize("optimizer", RULES, ids=lambda each: type(each).__name__)
def test_a_resumed_run_is_the_run_to_the_bit(optimizer):
    recipe = Recipe(optimizer, WarmUp(2, then=ReduceOnPlateau(patience=1)), epochs=8, batch_size=16, seed=4)
    whole = list(epochs(PROBLEM, THETA, recipe))
    again = list(epochs(PROBLEM, THETA, recipe, after=whole[:3]))
    assert [epoch.number for epoch in again] == [4, 5, 6, 7, 8]
    np.testing.assert_array_equal(again[-1].theta, whole[-1].theta)
    for mine, theirs in zip(again[-1].state, whole[-1].state, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert again[-1].loss == whole[-1].loss
    assert np.isfinite(whole[-1].theta).all()


@pytest.mark.parametrize("kind", every(Schedule), ids=lambda each: each.__name__)
def test_every_schedule_anneals_every_kind_of_optimizer(kind):
    settings = {"epochs": 2} if kind is WarmUp else {"decay": 0.1} if "decay" in kind.__dataclass_fields__ else {}
    for optimizer in (SGD(rate=0.1), Momentum(rate=0.05, momentum=Linear(0.5, 0.9)), Averaged(Adam(rate=0.01))):
        history = list(epochs(PROBLEM, THETA, Recipe(optimizer, kind(**settings), epochs=12, batch_size=10)))
        assert history[-1].loss < history[0].loss


def test_a_break_stops_and_theta_is_left():
    before = THETA.copy()
    for epoch in epochs(PROBLEM, THETA, Recipe(Adam(), epochs=100)):
        if epoch.number == 3:
            break
    np.testing.assert_array_equal(THETA, before)
    with pytest.raises(ValueError, match="read-only"):
        epoch.theta[0] = 1.0


def test_lbfgs_goes_deep_stops_at_a_break_and_leaves_no_thread():
    network = Network.dense([2, 6, 2], Tanh())
    problem = Problem.of(network, X, Y, penalty=L2(0.01))
    theta = network.initial(np.random.default_rng(1))
    history = list(epochs(problem, theta, Recipe(LBFGS(), epochs=200)))
    from scipy.optimize import minimize

    from mlnn.engine import Reference

    engine = Reference()
    best = minimize(lambda t: engine.loss_and_gradient(problem, t), theta, jac=True, method="L-BFGS-B")
    assert history[-1].loss + history[-1].penalty == pytest.approx(best.fun, rel=1e-3)
    for epoch in epochs(problem, theta, Recipe(LBFGS(), epochs=200)):
        if epoch.number == 2:
            break
    del epoch
    assert not [thread for thread in threading.enumerate() if thread.name == "L-BFGS"]
    with pytest.raises(ValueError, match="no batch_size and no schedule"):
        Recipe(LBFGS(), Cosine())


def test_lbfgs_sets_running_statistics():
    last = list(epochs(PROBLEM, THETA, Recipe(LBFGS(), epochs=3)))[-1]
    named_ = NETWORK.named(last.theta)
    scores = X @ named_["W1"] + named_["b1"]
    np.testing.assert_allclose(named_["mean1"][0], scores.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(named_["variance1"][0], scores.var(axis=0, ddof=1), rtol=1e-10)


def test_divergence_is_said_in_words():
    network = Network.dense([2, 8, 2], ReLU())
    with pytest.raises(Diverged, match="lower the learning rate"):
        list(epochs(Problem.of(network, X, Y), network.initial(np.random.default_rng(0)), Recipe(SGD(rate=1e150))))


@pytest.mark.parametrize(("name", "value"), [("epochs", 0), ("batch_size", 0), ("every", 0)])
def test_recipes_that_cannot_run_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} must be at least 1, but got 0"):
        Recipe(**{name: value})


def test_early_stopping_keeps_the_best_and_snapshots_make_an_ensemble():
    rows, labels = spirals(200, classes=3)
    model = Model([2, 20, 3], ReLU(), squash_scores=False, seed=0)
    stop, keep, snapshots = EarlyStopping(patience=5), KeepBest(), Snapshots(every=2)
    model.train(
        rows[::2],
        labels[::2],
        num_passes=400,
        epsilon=0.05,
        optimizer=Adam(),
        batch_size=16,
        sum_gradients=False,
        reg_lambda=0.0,
        valid=(rows[1::2], labels[1::2]),
        callbacks=[stop, keep, snapshots],
    )
    assert len(model.history) < 400
    losses = [epoch.valid_loss for epoch in model.history]
    assert keep.best.valid_loss == stop.best.valid_loss == min(losses)
    assert len(losses) - 1 - int(np.argmin(losses)) == 5
    ensemble = Ensemble.snapshots(model.network, snapshots.thetas[-4:])
    assert (ensemble.predict(rows) == labels).mean() > 0.7
    network, theta = ensemble.averaged_weights()
    np.testing.assert_allclose(theta, np.mean(snapshots.thetas[-4:], axis=0))
    assert network == model.network
    with pytest.raises(ValueError, match="share inputs, output and scores"):
        Ensemble(())


def test_the_monitor_sees_dead_units_and_update_ratios():
    network = Network.dense([2, 4, 2], ReLU())
    theta = network.initial(np.random.default_rng(0))
    network.named(theta)["b1"][0, 0] = -1e3  # this unit can never fire
    problem = Problem.of(network, X, Y)
    monitor = Monitor(problem, SGD(rate=0.1))
    first = next(iter(epochs(problem, theta, Recipe(SGD(rate=0.1), epochs=2))))
    monitor(first)
    record = monitor.records[0]
    assert record.dead["relu1"] >= 0.25
    second = list(epochs(problem, theta, Recipe(SGD(rate=0.1), epochs=2)))[1]
    W, V = network.named(first.theta)["W2"], network.named(second.theta)["W2"]
    assert record.update_ratio["W2"] == pytest.approx(np.linalg.norm(V - W) / np.linalg.norm(W))


def test_sanity_checks_tell_good_from_bad():
    network = Network.dense([2, 30, 2], ReLU())
    problem = Problem.of(network, X, Y)
    theta = network.initial(np.random.default_rng(0))
    assert initial_loss(problem, theta).chance == pytest.approx(np.log(2.0))
    assert initial_loss(problem, theta).plausible
    assert not initial_loss(problem, 30.0 * theta).plausible
    assert overfit(problem, theta).possible
    contradiction = Problem.of(network, np.zeros((10, 2)), [0, 1] * 5)
    assert not overfit(contradiction, theta).possible


def test_names_are_found_and_near_misses_suggested():
    assert named(Optimizer, "AdamW")() == RULES[[type(each).__name__ for each in RULES].index("AdamW")].__class__()
    with pytest.raises(ValueError, match="did you mean 'cosine'"):
        named(Schedule, "cosin")
