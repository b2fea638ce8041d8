"""Callbacks: the best epoch, stopping, snapshots, and what the monitor sees against numbers worked out by hand."""

from dataclasses import FrozenInstanceError, dataclass
from itertools import pairwise

import numpy as np
import pytest

from mlnn.check import Monitor, gate_names
from mlnn.dataset import moons
from mlnn.gate import AddGate, MultiplyGate
from mlnn.layer import Identity, Maxout, PReLU, ReLU, Tanh
from mlnn.model import Model
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam, AdamW, Averaged, ClipNorm, Momentum, RMSprop
from mlnn.output import LeastSquares, Softmax
from mlnn.penalty import L1, L2
from mlnn.training import EarlyStopping, Epoch, KeepBest, Recipe, Snapshots, epochs, started, sum_of_rows

X, Y = moons(40, seed=2)


def epoch(number=1, loss=1.0, valid_loss=None, theta=(), rate=0.1, state=(), step=None):
    theta = np.array(theta, dtype=np.float64)
    step = number if step is None else step
    return Epoch(number, step, loss, loss, 0.0, valid_loss, {}, rate, 0.0, theta, theta, state)


def stops_after(watcher, losses):
    """Return how many epochs are seen until training is stopped, None if it is not."""
    answers = [watcher(epoch(number, loss)) for number, loss in enumerate(losses, start=1)]
    return answers.index(True) + 1 if True in answers else None


# The best epoch


def test_the_epoch_with_the_lowest_loss_is_kept_the_first_of_several():
    keep = KeepBest().start()
    assert keep.best is None
    seen = [epoch(number, loss) for number, loss in enumerate([3.0, 1.0, 2.0, 1.0], start=1)]
    for each in seen:
        assert not keep(each)
    assert keep.best is seen[1]


def test_the_validation_loss_decides_where_there_is_one():
    keep = KeepBest().start()
    seen = [epoch(1, 3.0, 0.5), epoch(2, 2.0, 0.4), epoch(3, 1.0, 0.6)]
    for each in seen:
        keep(each)
    assert keep.best is seen[1]


@pytest.mark.parametrize("kind", [KeepBest, EarlyStopping])
def test_the_best_weights_are_those_of_the_lowest_validation_loss(kind):
    model = Model([2, 20, 2], seed=0, squash_scores=False)
    noisy = Y.copy()
    noisy[::4] = 1 - noisy[::4]
    settings = {"num_passes": 300, "epsilon": 0.5, "sum_gradients": False, "every": 10}
    model.train(X, noisy, **settings, valid=moons(100, seed=5), callbacks=[kind()])
    (keep,) = model.watchers
    best = min(model.history, key=lambda each: each.valid_loss)
    assert keep.best is best
    assert best.number < model.history[-1].number
    model.theta[...] = keep.best.theta
    assert model.calculate_loss(*moons(100, seed=5)) == pytest.approx(best.valid_loss, rel=1e-12)


# Stopping


@pytest.mark.parametrize(
    ("patience", "tolerance", "losses", "stop"),
    [
        (2, 0.0, [3, 2, 1, 1, 1], 5),
        (2, 0.0, [3, 2, 4, 1, 5, 6], 6),
        (2, 0.0, [1, 2, 1, 0.5], 3),
        (1, 0.0, [3, 2, 1, 0], None),
        (1, 0.0, [3, 3], 2),
        (3, 0.0, [3, 4, 5, 2, 4, 5], None),
        (2, 0.5, [3.0, 2.6, 2.7], 3),  # 0.4 lower is no fall
        (2, 0.5, [3.0, 2.6, 2.4, 2.0, 1.9], 5),  # 2.4 and then 1.9, against the last fall and not the last loss
        (2, 0.5, [3.0, 2.8, 2.4, 1.8], None),
    ],
)
def test_training_stops_after_as_many_reports_without_a_fall(patience, tolerance, losses, stop):
    assert stops_after(EarlyStopping(patience=patience, tolerance=tolerance).start(), losses) == stop


def test_early_stopping_keeps_the_best_too_and_counts():
    stopping = EarlyStopping(patience=3, tolerance=0.5).start()
    assert stops_after(stopping, [3.0, 2.8, 2.9]) is None
    assert (stopping.best.number, stopping.waited) == (2, 2)
    assert stops_after(stopping, [2.7]) == 1
    assert stopping.best.loss == 2.7


def test_the_validation_loss_stops():
    stopping = EarlyStopping(patience=2).start()
    answers = [stopping(epoch(k, 1.0 / k, valid)) for k, valid in enumerate([1.0, 2.0, 3.0], start=1)]
    assert answers == [False, False, True]


def test_a_model_stops_where_it_is_told_to():
    model, keep = Model([2, 3, 2], seed=0), KeepBest().start()
    model.train(X, Y, num_passes=50, every=1, callbacks=[lambda each: each.number == 7, keep])
    assert len(model.history) == 7
    assert model.watchers[1] is keep
    assert keep.best in model.history
    np.testing.assert_array_equal(model.theta, model.history[-1].theta)


def test_all_callbacks_see_the_epoch_at_which_one_of_them_stops():
    seen, model = [], Model([2, 3, 2], seed=0)
    model.train(X, Y, num_passes=9, every=1, callbacks=[lambda _: True, lambda each: seen.append(each.number)])
    assert seen == [1]


def test_only_true_stops():
    model = Model([2, 3, 2], seed=0)
    model.train(X, Y, num_passes=5, every=1, callbacks=[lambda _: None, lambda _: False])
    assert len(model.history) == 5


@pytest.mark.parametrize("patience", [0, -1])
def test_a_patience_that_always_stops_is_refused(patience):
    with pytest.raises(ValueError, match=f"patience must be at least 1, but got {patience}"):
        EarlyStopping(patience=patience)


# Snapshots


@pytest.mark.parametrize(("every", "numbers"), [(1, [1, 2, 3, 4, 5, 6, 7]), (3, [3, 6]), (10, [])])
def test_every_so_many_reports_the_weights_are_kept(every, numbers):
    snapshots, history = Snapshots(every).start(), []
    network = Network.dense([2, 3, 2])
    theta = network.initial(np.random.default_rng(0))
    for each in epochs(Problem.of(network, X, Y), theta, Recipe(SGD(0.5), epochs=7)):
        assert not snapshots(each)
        history.append(each)
    assert len(snapshots.thetas) == len(numbers)
    for kept, number in zip(snapshots.thetas, numbers, strict=True):
        np.testing.assert_array_equal(kept, history[number - 1].theta)


def test_a_watcher_that_was_started_by_hand_goes_on_over_calls_of_train():
    model, snapshots = Model([2, 3, 2], seed=0), Snapshots(4).start()
    for _ in range(2):
        model.train(X, Y, num_passes=6, every=1, callbacks=[snapshots])
    np.testing.assert_array_equal(
        snapshots.thetas, [model.history[3].theta, model.history[7].theta, model.history[11].theta]
    )


def test_snapshots_that_cannot_be_counted_are_refused():
    with pytest.raises(ValueError, match="every must be at least 1, but got 0"):
        Snapshots(0)


# Settings and watchers


@pytest.mark.parametrize("settings", [KeepBest(), EarlyStopping(patience=3), Snapshots(2)], ids=repr)
def test_settings_are_frozen_and_each_start_begins_anew(settings):
    watchers = settings.start(), settings.start()
    assert watchers[0] == watchers[1]
    watchers[0](epoch(1))
    assert watchers[0] != watchers[1] == settings.start()
    assert not callable(settings)
    for name in [*vars(settings), "best"]:
        with pytest.raises(FrozenInstanceError):
            setattr(settings, name, 5)


def test_a_second_training_with_the_same_settings_is_as_long_as_the_first():
    stopping, lengths = EarlyStopping(patience=5), []
    for _ in range(2):
        model = Model([2, 3, 2], seed=0)
        model.train(X, Y, num_passes=40, every=1, valid=(X, 1 - Y), callbacks=[stopping])
        lengths.append((len(model.history), model.watchers[0].best.number))
    assert lengths[0] == lengths[1] == (6, 1)


def test_watchers_are_found_in_the_order_of_the_callbacks():
    model, seen = Model([2, 3, 2], seed=0), []
    model.train(X, Y, num_passes=4, every=1, callbacks=(seen.append, Snapshots(2), KeepBest()))
    look, snapshots, keep = model.watchers
    assert look == seen.append
    assert len(snapshots.thetas) == 2
    assert keep.best is min(seen, key=lambda each: each.loss)


@pytest.mark.parametrize(
    ("callbacks", "sentence"),
    [
        (KeepBest(), r"callbacks must be a sequence, as in \[EarlyStopping\(\)\], but got KeepBest\(\)"),
        ([EarlyStopping], "each callback must be one like .*, or a function of an Epoch, but got <class"),
        ([None, KeepBest()], "but got None"),
        (["keepbest"], "but got 'keepbest'"),
    ],
    ids=["alone", "class", "none", "string"],
)
def test_what_cannot_watch_is_refused_before_any_work(callbacks, sentence):
    model = Model([2, 3, 2], seed=0)
    theta = model.theta.copy()
    with pytest.raises(TypeError, match=sentence):
        started(callbacks)
    with pytest.raises(TypeError, match=sentence):
        model.train(X, Y, num_passes=2, every=1, callbacks=callbacks)
    np.testing.assert_array_equal(model.theta, theta)


# The monitor


def look(problem, optimizer, theta, **settings):
    """Return the one record of a monitor that looks at these weights; ``settings`` are those of ``epoch``."""
    monitor = Monitor(problem, optimizer).start()
    assert monitor(epoch(theta=theta, **settings)) is None
    (record,) = monitor.records
    return record


def test_every_number_of_a_small_network_is_the_one_worked_out_by_hand():
    """Two rows, W1 = [[1, −1]], b1 = [0, 0], ReLU, W2 = [[1], [2]], b2 = [0.5], least squares, L2 of strength 0.1."""
    network = Network.dense([1, 2, 1], ReLU(), LeastSquares())
    rows, y = np.array([[1.0], [2.0]]), np.array([[0.5], [1.5]])
    record = look(Problem.of(network, rows, y, penalty=L2(0.1)), SGD(), [1.0, -1.0, 0.0, 0.0, 1.0, 2.0, 0.5], rate=0.25)
    values = {
        "multiply1": [[1.0, -1.0], [2.0, -2.0]],
        "add1": [[1.0, -1.0], [2.0, -2.0]],
        "relu1": [[1.0, 0.0], [2.0, 0.0]],
        "multiply2": [[1.0], [2.0]],
        "add2": [[1.5], [2.5]],
    }
    # the residuals are 1 and 1, and J is a mean over two rows
    gradients = {
        "multiply1": [[0.5, 0.0], [0.5, 0.0]],
        "add1": [[0.5, 0.0], [0.5, 0.0]],
        "relu1": [[0.5, 1.0], [0.5, 1.0]],
        "multiply2": [[0.5], [0.5]],
        "add2": [[0.5], [0.5]],
    }
    assert record.epoch == 1
    assert record.activation_mean == pytest.approx({name: np.mean(each) for name, each in values.items()})
    assert record.activation_std == pytest.approx({name: np.std(each) for name, each in values.items()})
    assert record.gradient_std == pytest.approx({name: np.std(each) for name, each in gradients.items()})
    assert record.dead == {"relu1": 0.5}
    dW1 = np.array([0.5 * 1.0 + 0.5 * 2.0 + 0.1, -0.1])  # the second unit is dead: only the penalty moves it
    dW2 = np.array([0.5 * 1.0 + 0.5 * 2.0 + 0.1, 0.2])
    assert record.update_ratio == pytest.approx(
        {"W1": 0.25 * np.hypot(*dW1) / np.hypot(1.0, 1.0), "W2": 0.25 * np.hypot(*dW2) / np.hypot(1.0, 2.0)}
    )


NETWORKS = {
    "plain": Network.dense([2, 6, 2], Tanh()),
    "slow": Network(2, (MultiplyGate(4, rate=0.25), AddGate(), Tanh(), MultiplyGate(2, rate=0.0)), Softmax()),
    "bounded": Network.dense([2, 6, 2], ReLU(), max_norm=0.7),
    "noisy": Network.dense([2, 6, 5, 2], PReLU(), batch_norm=True, dropout=0.3, penalties=[1.0, 0.0, 2.0]),
}
OPTIMIZERS = {
    "sgd": SGD(0.1),
    "momentum": Momentum(0.1),
    "rmsprop": RMSprop(0.01),
    "adam": Adam(0.01),
    "adamw": AdamW(strength=0.5),
    "clipped": ClipNorm(SGD(0.5), limit=0.01),
    "averaged": Averaged(Adam(0.01)),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_the_update_ratio_is_that_of_the_step_that_then_comes(network, optimizer):
    problem = Problem.of(network, X, Y, penalty=L1(0.01))
    monitor = Monitor(problem, optimizer).start()
    history = list(epochs(problem, network.initial(np.random.default_rng(0)), Recipe(optimizer, epochs=4)))
    for each, then in pairwise(history):
        monitor(each)
        before, after = network.named(each.raw_theta), network.named(then.raw_theta)
        expected = {
            name: np.linalg.norm(after[name] - before[name]) / np.linalg.norm(before[name])
            for name in before
            if name.startswith("W")
        }
        assert monitor.records[-1].update_ratio == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("sum_gradients", [True, False])
def test_a_models_steps_are_measured_as_it_takes_them(sum_gradients):
    model = Model([2, 4, 2], seed=0)
    problem = Problem.of(model.network, X, Y, penalty=L2(0.01))
    monitor = Monitor(problem, SGD(), sum_of_rows).start() if sum_gradients else Monitor(problem, SGD()).start()
    model.train(X, Y, num_passes=2, every=1, sum_gradients=sum_gradients, callbacks=[monitor])
    first, second = (model.network.named(each.theta)["W1"] for each in model.history)
    ratio = np.linalg.norm(second - first) / np.linalg.norm(first)
    assert monitor.records[0].update_ratio["W1"] == pytest.approx(ratio, rel=1e-9)


def test_sums_change_the_step_and_not_the_gradients_statistics():
    network = NETWORKS["plain"]
    problem, theta = Problem.of(network, X, Y), network.initial(np.random.default_rng(0))
    mean, summed = Monitor(problem, SGD()).start(), Monitor(problem, SGD(), sum_of_rows).start()
    for monitor in (mean, summed):
        monitor(epoch(theta=theta))
    assert summed.records[0].gradient_std == mean.records[0].gradient_std
    assert summed.records[0].update_ratio["W2"] == pytest.approx(len(X) * mean.records[0].update_ratio["W2"])


def test_weights_without_a_penalty_are_measured_too():
    network = Network.dense([2, 3, 2], penalties=0.0)
    record = look(Problem.of(network, X, Y), SGD(), network.initial(np.random.default_rng(0)))
    assert list(record.update_ratio) == ["W1", "W2"]
    assert min(record.update_ratio.values()) > 0.0


@pytest.mark.parametrize(
    ("layer", "biases", "dead"),
    [
        (ReLU(), [100.0, 0.0, -100.0, -100.0], 0.5),
        (ReLU(), [0.0, 0.0, 0.0, 0.0], 0.0),
        (Tanh(), [0.0, 0.0, 0.0, 1e3], 0.25),
        (PReLU(), [-100.0] * 4, 0.0),
        (Identity(), [-100.0] * 4, 0.0),
        (Maxout(4), [0.0, 100.0, 200.0, 0.0], 0.75),  # of the four pieces of one unit
    ],
    ids=lambda each: type(each).__name__ if hasattr(each, "initializer") else "",
)
def test_dead_is_what_lets_no_gradient_through_on_any_row(layer, biases, dead):
    network = Network.dense([2, 1 if layer == Maxout(4) else 4, 2], layer)
    theta = network.initial(np.random.default_rng(0))
    network.named(theta)["b1"][0] = biases
    (found,) = look(Problem.of(network, X, Y), SGD(), theta).dead.values()
    assert found == dead


def test_a_unit_that_lives_on_a_single_row_is_not_dead():
    network = Network.dense([1, 1, 1], ReLU(), LeastSquares())
    theta = np.array([1.0, -2.5, 1.0, 0.0])
    for rows, dead in (([[1.0], [2.0]], 1.0), ([[1.0], [2.0], [3.0]], 0.0)):
        assert look(Problem.of(network, rows, np.zeros(len(rows))), SGD(), theta).dead == {"relu1": dead}


def test_batch_norm_is_looked_at_as_in_training():
    network = Network.dense([2, 5, 2], batch_norm=True)
    record = look(Problem.of(network, 10.0 * X + 3.0, Y), SGD(), network.initial(np.random.default_rng(0)))
    assert record.activation_mean["batchnorm1"] == pytest.approx(0.0, abs=1e-12)
    assert record.activation_std["batchnorm1"] == pytest.approx(1.0, abs=1e-3)
    assert list(record.dead) == ["tanh1"]


def test_gates_are_named_by_what_they_are():
    assert gate_names(Network.dense([2, 3, 4, 2], [ReLU(), Tanh()], scores_layer=Tanh(), dropout=0.5)) == [
        *("multiply1", "add1", "relu1", "dropout1"),
        *("multiply2", "add2", "tanh1", "dropout2"),
        *("multiply3", "add3", "tanh2"),
    ]


def test_looking_changes_nothing():
    network = NETWORKS["noisy"]
    problem, recipe = Problem.of(network, X, Y), Recipe(Adam(), epochs=5, batch_size=16)
    theta, monitor = network.initial(np.random.default_rng(0)), Monitor(problem.batch(slice(0, 10)), Adam()).start()
    plain = [each.theta for each in epochs(problem, theta, recipe)]
    watched = []
    for each in epochs(problem, theta, recipe):
        monitor(each)
        watched.append(each.theta)
    np.testing.assert_array_equal(plain, watched)
    assert [record.epoch for record in monitor.records] == [1, 2, 3, 4, 5]


def test_single_precision_sees_the_same():
    network = NETWORKS["plain"]
    theta, records = network.initial(np.random.default_rng(0)), []
    for dtype in (np.float64, np.float32):
        problem = Problem.of(network, X.astype(dtype), Y)
        (first,) = epochs(problem, theta.astype(dtype), Recipe(Adam(0.1), epochs=1))
        monitor = Monitor(problem, Adam()).start()
        monitor(first)
        records.append(monitor.records[0])
    double, single = records
    assert single.update_ratio == pytest.approx(double.update_ratio, rel=1e-3)
    assert single.gradient_std == pytest.approx(double.gradient_std, rel=1e-3)


def test_a_monitor_starts_anew_with_every_fit_and_takes_whatever_is_trained():
    model = Model([2, 4, 2], seed=0)
    monitor = Monitor.of(model, X, Y, SGD(), sum_of_rows)
    for _ in range(2):
        model.train(X, Y, num_passes=2, every=1, callbacks=[monitor])
        (watcher,) = model.watchers
        assert len(watcher.records) == 2


def test_a_layer_that_remembers_is_monitored_with_its_memory():
    @dataclass(frozen=True)
    class Remembering(ReLU):
        def apply(self, p, x, step):
            return self.forward(x), x > 0.0

        def pullback(self, p, x, y, memo, d_y, d_p):
            return memo * d_y

    network = Network.dense([1, 1, 1], Remembering(), LeastSquares())
    record = look(Problem.of(network, [[1.0], [2.0]], [0.0, 0.0]), SGD(), np.array([1.0, -2.5, 1.0, 0.0]))
    assert list(record.dead.values()) == [1.0]
