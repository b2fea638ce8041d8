"""Training: reports, batches, resuming to the bit, schedules with every optimizer, L-BFGS, divergence."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from bound import Altered, loss_and_gradient
from scipy.optimize import minimize

from mlnn.dataset import moons
from mlnn.engine import Reference
from mlnn.engine.reference import BoundReference, ReferencePredictor
from mlnn.layer import ReLU, Tanh
from mlnn.names import named, shipped
from mlnn.network import Network
from mlnn.objective import Problem, data_loss, penalty_value
from mlnn.optimizer import LBFGS, SGD, Adam, Averaged, Momentum, Optimizer, Wrapper
from mlnn.output import LeastSquares
from mlnn.penalty import L2
from mlnn.schedule import Cosine, Linear, ReduceOnPlateau, Schedule, WarmUp
from mlnn.training import Dealt, Diverged, Recipe, Shuffled, mean_of_rows, sum_of_rows
from mlnn.training import epochs as any_engines_epochs

epochs = partial(any_engines_epochs, engine=Reference())
"""Here numbers are compared to the last bit with NumPy's; other engines are held against this one elsewhere."""

X, Y = moons(50, seed=3)
NETWORK = Network.dense([2, 8, 2], ReLU(), batch_norm=True, dropout=0.2)
PROBLEM = Problem.of(NETWORK, X, Y, penalty=L2(0.001))
THETA = NETWORK.initial(np.random.default_rng(0))
SMOOTH = Network.dense([2, 6, 2], Tanh())
BOWL = Problem.of(SMOOTH, X, Y, penalty=L2(0.01))
BEGIN = SMOOTH.initial(np.random.default_rng(1))


RULES = [kind(Adam()) if issubclass(kind, Wrapper) else kind() for kind in shipped(Optimizer)]
SCHEDULES = [
    WarmUp(2) if kind is WarmUp else kind(decay=0.1) if "decay" in kind.__dataclass_fields__ else kind()
    for kind in shipped(Schedule)
]


def name(thing):
    return type(thing).__name__


def same_run(a, b):
    assert [epoch.number for epoch in a] == [epoch.number for epoch in b]
    for mine, theirs in zip(a, b, strict=True):
        assert (mine.step, mine.loss, mine.penalty, mine.valid_loss, mine.rate, mine.scores) == (
            theirs.step,
            theirs.loss,
            theirs.penalty,
            theirs.valid_loss,
            theirs.rate,
            theirs.scores,
        )
        pairs = zip(
            [mine.theta, mine.raw_theta, *mine.state], [theirs.theta, theirs.raw_theta, *theirs.state], strict=True
        )
        for one, other in pairs:
            np.testing.assert_array_equal(one, other)


# Reports


def test_reports_come_first_every_and_last():
    def numbers(**settings):
        return [epoch.number for epoch in epochs(PROBLEM, THETA, Recipe(SGD(), **settings))]

    assert numbers(epochs=10, every=3) == [1, 4, 7, 10]
    assert numbers(epochs=9, every=3, batch_size=20) == [1, 4, 7, 9]
    assert numbers(epochs=1, every=100) == [1]


@pytest.mark.parametrize("batch_size", [None, 20])
def test_how_often_is_reported_changes_nothing(batch_size):
    recipe = Recipe(Adam(), Cosine(), epochs=9, batch_size=batch_size)
    often = list(epochs(PROBLEM, THETA, recipe))
    rarely = list(epochs(PROBLEM, THETA, replace(recipe, every=4)))
    same_run([often[k - 1] for k in (1, 5, 9)], rarely)


def eager(time):
    """A function of one's own that looks at losses: the rate follows the last one."""
    return np.full(len(time.epoch), 1.0 / (1.0 + time.losses[-1]) if time.losses else 1.0)


def blind(time):
    """Says that it does not look, and is taken at its word."""
    assert not time.losses
    return Cosine()(time)


blind.listens = False


def halved(time):
    """Return a factor as a function of one's own may."""
    return np.full(len(time.epoch), 0.5 ** len(time.losses))


JUMPY = ReduceOnPlateau(patience=0, tolerance=0.01)
WAYS = {name(each): each for each in SCHEDULES} | {
    "jumpy": JUMPY,
    "warm and jumpy": WarmUp(2, then=JUMPY),
    "eager": eager,
    "blind": blind,
    "function": halved,
}


@pytest.mark.parametrize("judged", [False, True], ids=["alone", "judged"])
@pytest.mark.parametrize("batch_size", [None, 20])
@pytest.mark.parametrize("way", WAYS)
def test_schedules_count_epochs_and_not_reports(way, batch_size, judged):
    valid = Problem.of(NETWORK, X[:9], 1 - Y[:9]) if judged else None
    for optimizer in (Averaged(Adam(0.05)), SGD(0.5)):
        recipe = Recipe(optimizer, WAYS[way], epochs=15, batch_size=batch_size)
        often = list(epochs(PROBLEM, THETA, recipe, valid=valid))
        for spacing in (3, 5, 7, 40):
            rarely = list(epochs(PROBLEM, THETA, replace(recipe, every=spacing), valid=valid))
            same_run([often[epoch.number - 1] for epoch in rarely], rarely)
        lengths = iter([2, 6, 1, 9])
        strides = list(epochs(PROBLEM, THETA, recipe, valid=valid, stride=partial(next, lengths)))
        same_run([often[k - 1] for k in (2, 8, 9, 15)], strides)
    if "jumpy" in way or way in ("eager", "function"):
        assert len({epoch.rate for epoch in often}) > 2  # otherwise nothing was heard


def test_a_momentum_that_listens_counts_epochs_too():
    for optimizer in (Momentum(0.1, momentum=JUMPY), Averaged(Momentum(0.1, momentum=WarmUp(2, then=JUMPY)))):
        recipe = Recipe(optimizer, epochs=12)
        often, rarely = (list(epochs(PROBLEM, THETA, replace(recipe, every=spacing))) for spacing in (1, 5))
        same_run([often[k - 1] for k in (1, 6, 11, 12)], rarely)


@pytest.mark.parametrize("judged", [False, True], ids=["alone", "judged"])
@pytest.mark.parametrize("batch_size", [None, 20])
@pytest.mark.parametrize("done", [1, 2, 3])
def test_a_history_of_rare_reports_is_enough_to_go_on_from(done, batch_size, judged):
    valid = Problem.of(NETWORK, X[:9], 1 - Y[:9]) if judged else None
    recipe = Recipe(SGD(0.5), WarmUp(2, then=JUMPY), epochs=20, batch_size=batch_size, every=6)
    whole = list(epochs(PROBLEM, THETA, recipe, valid=valid))
    again = list(epochs(PROBLEM, THETA, recipe, valid=valid, after=whole[:done]))
    same_run(again, whole[done:])
    assert whole[-1].rate < whole[1].rate


def test_what_a_history_does_not_know_counts_for_nothing():
    """The last epoch alone: the plateau begins to count there, and sees no fall before it."""
    recipe = Recipe(SGD(1e-9), ReduceOnPlateau(patience=3), epochs=20)
    whole = list(epochs(BOWL, BEGIN, replace(recipe, epochs=10)))
    rates = [epoch.rate for epoch in epochs(BOWL, BEGIN, recipe, after=whole[-1:])]
    assert rates == [1e-9] * 4 + [0.5e-9] * 4 + [0.25e-9] * 2
    scarce = list(epochs(BOWL, BEGIN, Recipe(SGD(1e-9), epochs=10, every=4)))  # full batches, and nobody listened
    rates = [epoch.rate for epoch in epochs(BOWL, BEGIN, recipe, after=scarce)]
    assert rates == [1e-9] * 3 + [0.5e-9] * 4 + [0.25e-9] * 3  # of 1, 5, 9 and 10 the last two stand together


@pytest.mark.parametrize(
    ("schedule", "calls", "judged"),
    [(Cosine(), 3, 3), (blind, 3, 3), (WarmUp(2), 3, 3), (JUMPY, 11, 11)],
    ids=["cosine", "blind", "warm up", "jumpy"],
)
def test_only_listeners_cost_calls_and_judgements(schedule, calls, judged, monkeypatch):
    seen = {"run": 0, "scores": 0}
    run, scores = BoundReference.run, ReferencePredictor.scores
    monkeypatch.setattr(BoundReference, "run", lambda *a: seen.update(run=seen["run"] + 1) or run(*a))
    monkeypatch.setattr(ReferencePredictor, "scores", lambda *a: seen.update(scores=seen["scores"] + 1) or scores(*a))
    list(epochs(BOWL, BEGIN, Recipe(SGD(), schedule, epochs=11, every=5), valid=BOWL))
    assert seen == {"run": calls, "scores": judged}


@pytest.mark.parametrize("answer", [0.5, np.ones(3), np.ones((1, 1)), None], ids=repr)
def test_a_schedule_that_does_not_answer_for_every_step_is_refused(answer):
    with pytest.raises(ValueError, match=r"must return one factor a step, an array of shape \(1,\)"):
        next(epochs(BOWL, BEGIN, Recipe(SGD(), lambda time: answer, epochs=4)))


def test_one_network_has_the_options_of_many():
    rows, seen = np.arange(5, 35), []
    recipe = Recipe(Adam(), epochs=9, batch_size=8)
    history = list(epochs(PROBLEM, THETA, recipe, rows=rows, stop=lambda each: seen.append(each) or each.number == 4))
    assert seen == history
    same_run(history, list(epochs(PROBLEM.batch(rows), THETA, recipe))[:4])
    (deep,) = epochs(BOWL, BEGIN, Recipe(LBFGS(), epochs=9), rows=rows, stop=lambda each: True)
    (alone,) = epochs(BOWL.batch(rows), BEGIN, Recipe(LBFGS(), epochs=1))
    np.testing.assert_array_equal(deep.theta, alone.theta)
    for wrong in ([0, 50], [-1, 3]):
        with pytest.raises(IndexError, match=f"may hold 0 … 49, but holds {wrong[0]} … {wrong[1]}"):
            next(epochs(PROBLEM, THETA, recipe, rows=np.array(wrong)))
    with pytest.raises(ValueError, match=rf"θ must have shape \({len(THETA)},\), but its shape is \(3,\)"):
        next(epochs(PROBLEM, np.zeros(3), recipe))


@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 2.0, 50)], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("batch_size", [None, 20])
def test_a_stride_changes_nothing_and_keeps_every_loss(batch_size, weights):
    problem = replace(PROBLEM, weights=weights)
    recipe = Recipe(Adam(), Cosine(), epochs=9, batch_size=batch_size)
    often = list(epochs(problem, THETA, recipe))
    lengths = iter([1, 4, 3, 5])
    strides = list(epochs(problem, THETA, recipe, stride=lambda: next(lengths)))
    same_run([often[k - 1] for k in (1, 5, 8, 9)], strides)
    losses = [each for epoch in strides for each in (*epoch.passed, epoch.losses)]
    assert losses == [epoch.losses for epoch in often]


def test_a_loss_within_a_stride_that_is_not_finite_is_named():
    network = Network.dense([2, 8, 2], ReLU())
    problem, recipe = Problem.of(network, X, Y), Recipe(SGD(rate=1e60), WarmUp(5), epochs=50, batch_size=50)
    theta = network.initial(np.random.default_rng(0))
    with pytest.raises(Diverged, match=r"epoch [2-9], in step \d+: "):
        list(epochs(problem, theta, recipe, stride=lambda: 50))


def test_an_epoch_says_what_there_is_to_say():
    def accuracy(y, decisions):
        return float((y == decisions).mean())

    valid = Problem.of(NETWORK, X[:10], Y[:10])
    recipe = Recipe(SGD(rate=0.1), Linear(1.0, 0.0), epochs=4, batch_size=20)
    history = list(epochs(PROBLEM, THETA, recipe, valid=valid, scores={"accuracy": accuracy}))
    last = history[-1]
    scores = Reference().scores(NETWORK, last.theta, X[:10])
    assert last.valid_loss == last.watched_loss == data_loss(valid, scores)
    assert last.scores == {"accuracy": (scores.argmax(axis=1) == Y[:10]).mean()}
    assert last.penalty == penalty_value(PROBLEM, last.theta) > 0.0
    assert [epoch.step for epoch in history] == [3, 6, 9, 12]
    assert last.rate == pytest.approx(0.1 * (1.0 - 11.0 / 12.0))
    assert 0.0 < history[0].seconds < last.seconds
    alone = next(iter(epochs(PROBLEM, THETA, recipe)))
    assert (alone.valid_loss, alone.watched_loss, alone.scores) == (None, alone.loss, {})
    judged = next(iter(epochs(PROBLEM, THETA, recipe, scores={"accuracy": accuracy})))  # on the training rows
    assert judged.scores["accuracy"] == accuracy(Y, Reference().scores(NETWORK, judged.theta, X).argmax(axis=1))


def test_the_first_loss_is_measured_before_the_first_step():
    first = next(iter(epochs(BOWL, BEGIN, Recipe(SGD(rate=0.5)))))
    assert first.loss == data_loss(BOWL, Reference().scores(SMOOTH, BEGIN, X))


def test_a_break_stops_and_theta_is_left():
    before = THETA.copy()
    for epoch in epochs(PROBLEM, THETA, Recipe(Adam(), epochs=100)):
        if epoch.number == 3:
            break
    np.testing.assert_array_equal(THETA, before)
    for frozen in (epoch.theta, epoch.raw_theta, *epoch.state):
        with pytest.raises(ValueError, match="read-only"):
            frozen[0] = 1.0


# Batches


def gradients_seen(recipe, rows=7):
    """Return the gradient of W, at θ = (0, 1), of each step: the mean of the rows of the batch."""
    seen = []

    class Watched(SGD):
        def update(self, theta, gradient, *rest):
            seen.append(gradient.copy())
            return theta, ()

    network = Network(1, Network.dense([1, 1]).gates, LeastSquares())
    problem = Problem.of(network, np.arange(float(rows))[:, None], np.zeros(rows))
    list(epochs(problem, np.array([0.0, 1.0]), replace(recipe, optimizer=Watched())))
    return [gradient[0] for gradient in seen]


def test_minibatches_take_every_row_once_the_short_last_batch_too():
    seen = gradients_seen(Recipe(epochs=2, batch_size=3, seed=5))
    order = [Shuffled(5)(epoch, 7) for epoch in (1, 2)]
    np.testing.assert_allclose(seen, [rows[part].mean() for rows in order for part in np.split(np.arange(7), [3, 6])])


def test_a_batch_larger_than_the_data_is_the_data():
    np.testing.assert_allclose(gradients_seen(Recipe(epochs=2, batch_size=100)), [3.0, 3.0])


def test_each_convention_has_its_factors_in_the_short_batch_too():
    means = gradients_seen(Recipe(epochs=1, batch_size=3, seed=5, convention=mean_of_rows))
    sums = gradients_seen(Recipe(epochs=1, batch_size=3, seed=5, convention=sum_of_rows))
    np.testing.assert_allclose(sums, np.array([3.0, 3.0, 1.0]) * means)


def test_an_order_of_ones_own():
    def backwards(epoch, rows):
        return np.arange(rows)[::-1]

    np.testing.assert_allclose(gradients_seen(Recipe(epochs=1, batch_size=3, order=backwards)), [5.0, 2.0, 0.0])


@pytest.mark.parametrize("shuffled", [Shuffled, Dealt])
def test_every_epoch_shuffles_all_rows_anew(shuffled):
    orders = [shuffled(5)(epoch, 30) for epoch in range(1, 6)]
    assert [sorted(order) for order in orders] == [list(range(30))] * 5
    assert len({tuple(order) for order in orders}) == 5
    np.testing.assert_array_equal(shuffled(5)(3, 30), orders[2])
    assert list(shuffled(6)(3, 30)) != list(orders[2])


# Resuming


@pytest.mark.parametrize("optimizer", RULES, ids=name)
@pytest.mark.parametrize("done", [1, 3, 7])
def test_a_resumed_run_is_the_run_to_the_bit(optimizer, done):
    recipe = Recipe(optimizer, WarmUp(2, then=ReduceOnPlateau(patience=0)), epochs=8, batch_size=16, seed=4)
    valid = Problem.of(NETWORK, X[:9], Y[:9])
    whole = list(epochs(PROBLEM, THETA, recipe, valid=valid))
    again = list(epochs(PROBLEM, np.zeros_like(THETA), recipe, valid=valid, after=whole[:done]))
    same_run(again, whole[done:])
    assert again[0].seconds > whole[done - 1].seconds


def test_the_plateau_of_that_run_is_reached():
    """Otherwise resuming would not test that the history counts."""
    recipe = Recipe(SGD(), WarmUp(2, then=ReduceOnPlateau(patience=0)), epochs=8, batch_size=16, seed=4)
    rates = [epoch.rate for epoch in epochs(PROBLEM, THETA, recipe, valid=Problem.of(NETWORK, X[:9], Y[:9]))]
    assert rates[-1] < 0.01
    assert rates[3] > rates[-1]


def test_after_the_end_there_is_nothing():
    for optimizer in (SGD(), LBFGS()):
        recipe = Recipe(optimizer, epochs=3)
        history = list(epochs(BOWL, BEGIN, recipe))
        assert list(epochs(BOWL, BEGIN, recipe, after=history)) == []
        assert [epoch.number for epoch in epochs(BOWL, BEGIN, replace(recipe, epochs=5), after=history)] == [4, 5]


# Schedules and optimizers


@pytest.mark.parametrize("schedule", SCHEDULES, ids=name)
@pytest.mark.parametrize("optimizer", RULES, ids=name)
def test_every_schedule_runs_with_every_optimizer(schedule, optimizer):
    recipe = Recipe(optimizer, schedule, epochs=6, batch_size=10)
    history = list(epochs(PROBLEM, THETA, recipe))
    assert len(history) == 6
    assert np.isfinite(history[-1].theta).all()
    assert (history[-1].theta != THETA).any()
    assert all(0.0 <= epoch.rate <= optimizer.rate * 1.0001 for epoch in history)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=name)
def test_every_schedule_anneals(schedule):
    for optimizer in (SGD(rate=0.1), Momentum(rate=0.05, momentum=Linear(0.5, 0.9)), Averaged(Adam(rate=0.01))):
        history = list(epochs(PROBLEM, THETA, Recipe(optimizer, schedule, epochs=12, batch_size=10)))
        assert history[-1].loss < history[0].loss


def test_averaged_weights_are_the_mean_of_the_path():
    path = list(epochs(BOWL, BEGIN, Recipe(SGD(rate=0.2), epochs=6)))
    last = list(epochs(BOWL, BEGIN, Recipe(Averaged(SGD(rate=0.2)), epochs=6)))[-1]
    np.testing.assert_array_equal(last.raw_theta, path[-1].theta)
    np.testing.assert_allclose(last.theta, np.mean([epoch.theta for epoch in path], axis=0), rtol=1e-12)


# L-BFGS


@pytest.mark.parametrize("iterations", [1, 2, 5, 25])
def test_lbfgs_walks_scipys_path(iterations):
    *_, last = epochs(BOWL, BEGIN, Recipe(LBFGS(tolerance=1e-9), epochs=iterations))
    there = minimize(
        lambda theta: loss_and_gradient(Reference(), BOWL, theta),
        BEGIN,
        jac=True,
        method="L-BFGS-B",
        options={"gtol": 1e-9, "maxiter": iterations},
    )
    assert (last.number, last.step) == (there.nit, there.nfev)
    assert last.loss + last.penalty == pytest.approx(there.fun, rel=1e-10)
    np.testing.assert_allclose(last.theta, there.x, rtol=1e-6, atol=1e-8)


def test_lbfgs_falls_until_it_is_flat():
    history = list(epochs(BOWL, BEGIN, Recipe(LBFGS(tolerance=1e-9), epochs=1000)))
    values = [epoch.loss + epoch.penalty for epoch in history]
    assert len(values) < 1000
    assert (np.diff(values) <= 0.0).all()
    assert np.abs(loss_and_gradient(Reference(), BOWL, history[-1].theta)[1]).max() < 1e-3
    assert values[-2] - values[-1] <= 3e-9


def test_lbfgs_goes_deeper_than_gradient_descent():
    *_, deep = epochs(BOWL, BEGIN, Recipe(LBFGS(), epochs=60))
    *_, shallow = epochs(BOWL, BEGIN, Recipe(SGD(rate=0.1), epochs=60))
    assert deep.loss + deep.penalty < shallow.loss + shallow.penalty
    assert np.isnan(deep.rate)


def test_lbfgs_stops_at_a_break():
    run = epochs(BOWL, BEGIN, Recipe(LBFGS(), epochs=200))
    for epoch in run:
        if epoch.number == 2:
            break
    whole = list(epochs(BOWL, BEGIN, Recipe(LBFGS(), epochs=2)))
    np.testing.assert_array_equal(epoch.theta, whole[-1].theta)


def test_lbfgs_resumes_from_where_it_stood():
    recipe = Recipe(LBFGS(), epochs=300)
    whole = list(epochs(BOWL, BEGIN, recipe))
    again = list(epochs(BOWL, BEGIN, recipe, after=whole[:5]))
    assert again[0].number == 6
    assert again[0].loss + again[0].penalty < whole[4].loss + whole[4].penalty
    assert again[-1].loss + again[-1].penalty == pytest.approx(whole[-1].loss + whole[-1].penalty, rel=0.02)


def test_lbfgs_reports_the_first_every_and_the_last_even_where_it_ends_early():
    assert [epoch.number for epoch in epochs(BOWL, BEGIN, Recipe(LBFGS(), epochs=10, every=4))] == [1, 5, 9, 10]
    numbers = [epoch.number for epoch in epochs(BOWL, BEGIN, Recipe(LBFGS(tolerance=0.02), epochs=500, every=100))]
    assert numbers[0] == 1
    assert 1 < numbers[-1] < 500


def test_lbfgs_sums_as_the_convention_says():
    summed = list(epochs(BOWL, BEGIN, Recipe(LBFGS(), epochs=200, convention=sum_of_rows)))[-1]
    equal = Problem.of(SMOOTH, X, Y, penalty=L2(0.01 / len(X)))
    mean = list(epochs(equal, BEGIN, Recipe(LBFGS(tolerance=1e-5 / len(X)), epochs=200)))[-1]
    assert summed.loss == pytest.approx(data_loss(BOWL, Reference().scores(SMOOTH, summed.theta, X)), rel=1e-9)
    assert summed.loss == pytest.approx(mean.loss, rel=0.2)
    assert summed.loss < 0.5 * list(epochs(BOWL, BEGIN, Recipe(LBFGS(), epochs=200)))[-1].loss


def test_lbfgs_sets_running_statistics():
    *_, last = epochs(PROBLEM, THETA, Recipe(LBFGS(), epochs=3))
    p = NETWORK.named(last.theta)
    scores = X @ p["W1"] + p["b1"]
    np.testing.assert_allclose(p["mean1"][0], scores.mean(axis=0), rtol=1e-10)
    np.testing.assert_allclose(p["variance1"][0], scores.var(axis=0, ddof=1), rtol=1e-10)


def test_lbfgs_keeps_single_precision_and_frozen_tensors():
    first, *others = SMOOTH.gates
    network = Network(2, (replace(first, rate=0.0), *others), SMOOTH.output)
    problem = Problem.of(network, X.astype(np.float32), Y)
    *_, last = epochs(problem, BEGIN.astype(np.float32), Recipe(LBFGS(), epochs=5))
    assert last.theta.dtype == np.float32
    np.testing.assert_array_equal(network.named(last.theta)["W1"], network.named(BEGIN)["W1"].astype(np.float32))
    assert (network.named(last.theta)["W2"] != network.named(BEGIN)["W2"]).all()


def test_what_goes_wrong_inside_lbfgs_is_seen_outside():
    def broken(loss, gradient):
        raise ArithmeticError("the abacus fell down")

    with pytest.raises(ArithmeticError, match="the abacus fell down"):
        list(epochs(BOWL, BEGIN, Recipe(LBFGS()), engine=Altered(broken)))


def test_lbfgs_ends_where_no_step_lowers_the_loss():
    deaf = Altered(lambda loss, gradient: (1.0, np.ones_like(gradient)))  # J is flat, whatever its gradient says
    assert list(epochs(BOWL, BEGIN, Recipe(LBFGS(), epochs=10), engine=deaf)) == []


def test_lbfgs_takes_no_batches_and_no_schedule():
    for settings in ({"schedule": Cosine()}, {"batch_size": 10}):
        with pytest.raises(ValueError, match="no batch_size and no schedule"):
            Recipe(LBFGS(), **settings)


# What goes wrong


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divergence_is_said_in_words(dtype):
    network = Network.dense([2, 8, 2], ReLU())
    problem = Problem.of(network, X.astype(dtype), Y)
    theta = network.initial(np.random.default_rng(0), dtype)
    with pytest.raises(
        Diverged, match=r"diverged in epoch \d+, in step \d+: .* learning rate 1e\+30 is .* try 0\.01\."
    ):
        list(epochs(problem, theta, Recipe(SGD(rate=1e30))))


def test_what_came_before_divergence_can_be_used():
    network = Network.dense([2, 8, 2], ReLU())
    history, recipe = [], Recipe(SGD(rate=1e60), WarmUp(5), epochs=50)
    training = epochs(Problem.of(network, X, Y), network.initial(np.random.default_rng(0)), recipe)
    with pytest.raises(Diverged):
        history.extend(training)
    assert history
    assert all(np.isfinite(epoch.theta).all() for epoch in history)


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize("setting", ["epochs", "batch_size", "every"])
def test_recipes_that_cannot_run_are_refused(setting, value):
    with pytest.raises(ValueError, match=f"{setting} must be at least 1, but got {value}"):
        Recipe(**{setting: value})


def test_names_are_found_and_near_misses_suggested():
    for kind in shipped(Optimizer):
        assert named(Optimizer, kind.__name__) is kind
    assert named(Schedule, "Cosine Restarts") is named(Schedule, "cosine_restarts")
    with pytest.raises(
        ValueError, match=r"there is no schedule 'cosin'; did you mean 'cosine'.* There are: constant, "
    ):
        named(Schedule, "cosin")
    with pytest.raises(ValueError, match=r"there is no schedule 'xyzzy'\. There are"):
        named(Schedule, "xyzzy")


@pytest.mark.parametrize("valid", [7, True, "rows", object()])
def test_what_is_no_problem_judges_nothing(valid):
    with pytest.raises(TypeError, match="valid must be a Problem"):
        next(iter(epochs(PROBLEM, THETA, Recipe(), valid=valid)))
