"""Whoever binds owns the memory and closes it; engines are shared by anybody, what is bound serves one user at once."""

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pytest
from alone import alone, block_of

from mlnn.engine import Compiled, Member, OwnPredictor, Predictor, Reference, SlowerEngine, engine_for, engines
from mlnn.estimator import MLPClassifier
from mlnn.gate import AddGate
from mlnn.layer import Layer, ReLU, Tanh
from mlnn.model import Ensemble
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam, Averaged
from mlnn.output import LeastSquares
from mlnn.penalty import L2
from mlnn.training import Recipe, epochs

compiled = pytest.mark.skipif(engines()["compiled"].startswith("not here"), reason="there is no compiled engine")
EACH = pytest.mark.parametrize("engine", [Reference, pytest.param(Compiled, marks=compiled)])
NETWORK = Network.dense([20, 64, 3], ReLU())
PROBLEM = Problem.of(NETWORK, np.random.default_rng(5).standard_normal((3000, 20)), np.arange(3000) % 3)
THETA = NETWORK.initial(np.random.default_rng(6))


@EACH
def test_threads_may_share_an_engine(engine):
    shared, recipe = engine(), Recipe(epochs=3, batch_size=64)

    def trained(_):
        last = list(epochs(PROBLEM, THETA, recipe, engine=shared))[-1].theta
        return last, shared.predict(NETWORK, last, PROBLEM.X)

    (theta, predicted), *others = [trained(0), *ThreadPoolExecutor(6).map(trained, range(6))]
    for each, same in others:
        np.testing.assert_array_equal(each, theta)
        np.testing.assert_array_equal(same, predicted)


@compiled
def test_a_second_thread_is_refused_while_the_first_is_at_work():
    many, errors, done = 400, [], threading.Event()
    block = block_of(np.tile([[0, 3000]], (many, 1)))
    with Compiled(1).bind(PROBLEM, SGD()) as bound:
        truth = THETA.copy()
        bound.run([Member(truth)], [block])
        theta = THETA.copy()

        def intrude():
            while not done.is_set():
                try:
                    bound.loss_and_gradient(THETA)
                    bound.run([Member(THETA.copy())], [block_of([[0, 10]])])
                except RuntimeError as reason:
                    errors.append(str(reason))

        other = threading.Thread(target=intrude)
        other.start()
        while True:
            try:
                bound.run([Member(theta)], [block])
            except RuntimeError:  # the other one came first
                continue
            break
        done.set()
        other.join()
    assert errors
    assert "serves one call at a time" in errors[0]
    np.testing.assert_array_equal(theta, truth)


@compiled
def test_a_handler_that_predicts_or_trains_changes_no_bit():
    """It comes in the middle of a step, with the same estimator, the same bound engine, the same predictor."""
    alone("""
X, y = random.standard_normal((20000, 20)), random.integers(0, 3, 20000)
network = Network.dense([20, 64, 3], ReLU())
problem, start = Problem.of(network, X, y), network.initial(random)
many = np.ones(60)
block = Block(0, None, np.tile([[0, 20000]], (60, 1)), 1e-2 * many, many, many, ())
bound, predictor = Compiled(2).bind(problem, SGD()), Compiled(2).predictor(network, start)
large = np.tile(X, (10, 1))
heard, errors = [], []
def handler(*_):
    heard.append(1)
    for use in (
        lambda: bound.loss_and_gradient(start),
        lambda: bound.run([Member(start.copy())], [block]),
        lambda: predictor(large),
    ):
        try:
            use()
        except RuntimeError as reason:
            errors.append(str(reason))
    other = Compiled(2)
    assert np.array_equal(other.predict(network, start, X[:500]), truth[:500])
    list(epochs(Problem.of(network, X[:300], y[:300]), start, Recipe(epochs=1, batch_size=100), engine=other))
    signal.setitimer(signal.ITIMER_REAL, 0.03)
truth = predictor(X)
paths = []
for handled in (False, True):
    signal.signal(signal.SIGALRM, handler if handled else signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0.03)
    theta = start.copy()
    losses = bound.run([Member(theta)], [block])
    predicted = predictor(large)
    signal.setitimer(signal.ITIMER_REAL, 0)
    paths.append((theta, losses[0], predicted, bound.loss_and_gradient(start)[1]))
assert heard and errors and all("one call at a time" in error for error in errors)
for one, other in zip(*paths):
    assert np.array_equal(one, other)
""")


@compiled
def test_an_estimator_that_predicts_in_a_handler_while_it_is_fitted():
    alone("""
from mlnn import MLPClassifier
X, y = random.standard_normal((20000, 20)), random.integers(0, 3, 20000)
def fitted(handled):
    estimator = MLPClassifier((64,), max_iter=4, random_state=0, tol=0)
    seen = []
    def handler(*_):
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        if handled and hasattr(estimator, "theta_"):
            seen.append(estimator.predict_proba(X[:50]))
            try:
                estimator.fit(X, y)
            except RuntimeError as reason:
                seen.append(str(reason))
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    estimator.fit(X, y)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert bool(seen) == handled and (not handled or any("is being fitted" in str(each) for each in seen))
    return estimator.theta_
assert np.array_equal(fitted(False), fitted(True))
""")


def test_four_threads_that_fit_one_estimator():
    """One of them fits, and the others are told."""
    X, y = PROBLEM.X, PROBLEM.y
    settings = {"max_iter": 4, "random_state": 0, "tol": 0.0, "n_iter_no_change": 100, "warm_start": False}
    truth = MLPClassifier((64,), schedule="cosine", **settings).fit(X, y).theta_
    estimator, barrier = MLPClassifier((64,), schedule="cosine", **settings), threading.Barrier(4)

    def fit(_):
        barrier.wait()
        try:
            estimator.fit(X, y)
        except RuntimeError as reason:
            return str(reason)
        return ""

    answers = list(ThreadPoolExecutor(4).map(fit, range(4)))
    assert "" in answers
    assert {answer for answer in answers if answer} <= {
        "this MLPClassifier is being fitted by another call: fit a clone"
    }
    np.testing.assert_array_equal(estimator.theta_, truth)
    estimator.fit(X, y)  # and it can be fitted again


# Closing


@compiled
def test_what_is_closed_does_no_more():
    with Compiled().bind(PROBLEM, SGD()) as bound, Compiled().predictor(NETWORK, THETA) as predictor:
        predictor(PROBLEM.X)
    for function in (
        lambda: bound.loss_and_gradient(THETA),
        lambda: bound.run([Member(THETA.copy())], [block_of([[0, 5]])]),
        lambda: predictor(PROBLEM.X),
        lambda: predictor(PROBLEM.X[:1]),
        lambda: predictor.scores(PROBLEM.X),
        lambda: predictor.rebind(THETA),
    ):
        with pytest.raises(RuntimeError, match="is closed"):
            function()
    bound.close()
    predictor.close()


@EACH
def test_steps_need_an_optimizer(engine):
    with engine().bind(PROBLEM) as bound, pytest.raises(ValueError, match="steps need an optimizer"):
        bound.run([Member(THETA.copy())], [block_of([[0, 5]])])


def test_training_closes_what_it_bound(monkeypatch):
    from mlnn.engine.reference import BoundReference, ReferencePredictor

    closed = []
    for kind in (BoundReference, ReferencePredictor):
        monkeypatch.setattr(kind, "close", lambda self: closed.append(type(self).__name__))
    run = epochs(PROBLEM, THETA, Recipe(epochs=3), engine=Reference(), valid=PROBLEM)
    next(run)
    assert not closed
    run.close()
    assert sorted(closed) == ["BoundReference", "ReferencePredictor"]


@compiled
def test_repeated_fits_leave_no_memory_behind():
    """Six fits of 1000 × 1000 networks, all deleted: each has 8 MB of θ, and some dozens in training."""
    left = alone("""
import ctypes, gc
from mlnn import MLPClassifier
X, y = random.standard_normal((300, 1000)).astype(np.float32), random.integers(0, 10, 300)
def held():
    # without what the C library keeps of what was given back to it
    gc.collect()
    getattr(ctypes.CDLL(None), "malloc_trim", int)(0)
    return kilobytes()
def fit(seed):
    MLPClassifier((1000,), max_iter=2, batch_size=100, random_state=seed).fit(X, y).predict(X)
    network = Network.dense([1000, 1000, 10], ReLU())
    list(epochs(Problem.of(network, X, y), network.initial(random, np.float32), Recipe(epochs=2), engine=Compiled(2)))
fit(0)
before = held()
for seed in range(6):
    fit(seed)
print(held() - before)
""")
    assert int(left) < 20_000


@compiled
def test_a_predictor_holds_theta_and_little_more():
    """θ takes 64 MB; a gradient beside it would take as much again."""
    taken, again = alone("""
network = Network.dense([4000, 4000, 10], ReLU())
theta, rows = network.initial(random, np.float32), random.standard_normal((3, 4000)).astype(np.float32)
before = kilobytes()
predictor = Compiled(1).predictor(network, theta)
predictor(rows)
taken = kilobytes() - before
for _ in range(5):
    predictor.rebind(theta)
    predictor(rows)
print(taken, kilobytes() - before)
""").split()
    assert int(taken) < 64_000 * 1.2
    assert int(again) < 64_000 * 1.25


# The sum of the predictions by several θ

THETAS = [NETWORK.initial(np.random.default_rng(seed)) for seed in range(5)]


@EACH
@pytest.mark.parametrize("rows", [1, 2, 70, 3000])
def test_a_total_has_the_bits_of_predictions_added_one_after_another(engine, rows):
    for dtype in (np.float32, np.float64):
        thetas, seen = (
            [theta.astype(dtype) for theta in THETAS],
            [(PROBLEM.X[:rows] + k).astype(dtype) for k in range(5)],
        )
        with engine().predictor(NETWORK, thetas[0]) as predictor:
            expected = predictor(seen[0])
            for theta, X in zip(thetas[1:], seen[1:], strict=True):
                predictor.rebind(theta)
                expected = expected + predictor(X)
            for given in (seen, iter(seen), [X.astype(np.float64) for X in seen], [np.asfortranarray(X) for X in seen]):
                np.testing.assert_array_equal(predictor.total(thetas, given), expected)
            np.testing.assert_array_equal(predictor(seen[-1]), engine().predict(NETWORK, thetas[-1], seen[-1]))


@EACH
def test_a_total_follows_what_somebody_writes_into_theta(engine):
    thetas, seen = [THETA.copy(), THETA.copy()], [PROBLEM.X[:1]] * 2
    with engine().predictor(NETWORK, THETA) as predictor:
        before = predictor.total(thetas, seen)
        thetas[1][...] = THETAS[0]
        expected = predictor.total([THETA], seen[:1]) + predictor.total(THETAS[:1], seen[:1])
        np.testing.assert_array_equal(predictor.total(thetas, seen), expected)
        assert not np.array_equal(before, expected)


@EACH
def test_what_has_no_total(engine):
    X = PROBLEM.X[:2]
    with engine().predictor(NETWORK, THETA) as predictor:
        for thetas, seen in (
            ([THETA] * 2, [X]),
            ([THETA], [X] * 2),
            ([THETA[:-1]] * 2, [X] * 2),
            ([THETA], [X[:, 1:]]),
        ):
            with pytest.raises(ValueError, match=r"rows of its own|argument 2 is|θ must have shape|X has 19 features"):
                predictor.total(thetas, seen)
        endless = X.copy()
        endless[1, 3] = np.inf
        with pytest.raises(ValueError, match="the prediction of row 1 is not finite"):
            predictor.total([THETA] * 2, [X, endless])
        predictor.close()
    if engine is Compiled:
        with pytest.raises(RuntimeError, match="closed"):
            predictor.total([THETA], [X])


@compiled
def test_numbers_too_large_only_together_are_added_as_they_are():
    network = Network.dense([1, 1], output=LeastSquares())
    theta = np.array([3e38, 0.0], np.float32)
    with Compiled().predictor(network, theta) as predictor, np.errstate(over="ignore"):
        assert predictor.total([theta, theta], [np.ones((1, 1), np.float32)] * 2).tolist() == [[np.inf]]


# A predictor of one's own


def test_an_own_predictor_follows_its_owner():
    own, rows = OwnPredictor(), PROBLEM.X[:5]
    theta = THETA.copy()
    for change in (lambda: None, lambda: theta.fill(0.1), lambda: None):
        change()
        np.testing.assert_allclose(
            own.predict(NETWORK, theta, rows), Reference().predict(NETWORK, theta, rows), rtol=1e-9
        )
        np.testing.assert_allclose(
            own.scores(NETWORK, theta, rows), Reference().scores(NETWORK, theta, rows), rtol=1e-9
        )
    other = Network.dense([20, 5, 2], Tanh())
    assert own.predict(other, np.zeros(other.size), rows).shape == (5, 2)
    assert own.predict(NETWORK, theta.astype(np.float32), rows).dtype == np.float32
    assert own.predict(NETWORK, theta, rows, "reference").shape == (5, 3)


def test_whoever_comes_meanwhile_gets_the_same_bits():
    own, rows = OwnPredictor(), PROBLEM.X[:5]
    truth = own.predict(NETWORK, THETA, rows)
    assert own._lock.acquire(blocking=False)  # somebody is at work
    np.testing.assert_array_equal(own.predict(NETWORK, THETA, rows), truth)
    np.testing.assert_array_equal(
        own.predict(NETWORK, THETA + 1.0, rows), engine_for(NETWORK).predict(NETWORK, THETA + 1.0, rows)
    )
    own._lock.release()
    thetas = [THETA + 0.1 * k for k in range(4)]
    truths = [own.predict(NETWORK, theta, rows) for theta in thetas]
    for k, predicted in ThreadPoolExecutor(4).map(lambda k: (k, own.predict(NETWORK, thetas[k % 4], rows)), range(400)):
        np.testing.assert_array_equal(predicted, truths[k % 4])


def test_copies_and_pickles_of_an_owner_predict_what_is_theirs():
    X, y = PROBLEM.X[:100], PROBLEM.y[:100]
    estimator = MLPClassifier((8,), max_iter=2, random_state=0, schedule="cosine").fit(X, y)
    truth = estimator.predict_proba(X)
    for copied in (copy.copy(estimator), copy.deepcopy(estimator), pickle.loads(pickle.dumps(estimator))):
        np.testing.assert_array_equal(copied.predict_proba(X), truth)
        copied.theta_ = copied.theta_ * 0.0
        assert not np.array_equal(copied.predict_proba(X), truth)
        np.testing.assert_array_equal(estimator.predict_proba(X), truth)
    size = len(pickle.dumps(MLPClassifier((8,), max_iter=2, random_state=0, schedule="cosine").fit(X, y)))
    assert abs(len(pickle.dumps(estimator)) - size) < 100
    ensemble = Ensemble.snapshots(NETWORK, [THETA, -THETA])
    again = pickle.loads(pickle.dumps(ensemble))
    np.testing.assert_array_equal(again.predict_proba(X), ensemble.predict_proba(X))


# What an engine supports, at every entrance


@dataclass(frozen=True)
class Bent(Layer):
    def forward(self, x):
        return x + x**2

    def slope(self, x, y):
        return 1.0 + 2.0 * x


@dataclass(frozen=True)
class Lazy(AddGate):
    """A gate of somebody's own."""


@dataclass(frozen=True)
class Squares(LeastSquares):
    """An output of somebody's own."""


@dataclass(frozen=True)
class Own(L2):
    """A penalty of somebody's own."""


@dataclass(frozen=True)
class Slow(SGD):
    """An optimizer of somebody's own."""


def own_parts():
    X, y = np.random.default_rng(0).standard_normal((30, 3)), np.ones((30, 2))
    plain = Network.dense([3, 4, 2], output=LeastSquares())
    network = Problem.of(plain, X, y)
    return {
        "layer Bent": (Problem.of(Network.dense([3, 4, 2], Bent(), LeastSquares()), X, y), SGD()),
        "gate Lazy": (Problem.of(Network(3, (Lazy(), *plain.gates), LeastSquares()), X, y), SGD()),
        "output Squares": (Problem.of(Network.dense([3, 4, 2], output=Squares()), X, y), SGD()),
        "penalty Own": (replace(network, penalty=Own(0.1)), SGD()),
        "optimizer Slow": (network, Slow()),
        "optimizer Slow ": (network, Averaged(Slow())),
    }


@compiled
@pytest.mark.parametrize("name", own_parts())
def test_whoever_brings_a_part_of_his_own_gets_the_reference_and_the_reason(name):
    problem, optimizer = own_parts()[name]
    reason = f"no kernel for the {name.strip()}"
    theta = problem.network.initial(np.random.default_rng(1))
    assert reason in Compiled().supports(problem, optimizer)
    assert Reference().supports(problem, optimizer) is None
    with pytest.raises(ValueError, match=reason):
        Compiled().bind(problem, optimizer)
    with pytest.raises(ValueError, match=reason):
        next(epochs(problem, theta, Recipe(optimizer), engine=Compiled()))
    with pytest.warns(SlowerEngine, match=reason):
        assert isinstance(engine_for(problem, optimizer), Reference)
    with pytest.warns(SlowerEngine, match=reason):
        *_, last = epochs(problem, theta, Recipe(optimizer, epochs=2))
    *_, truth = epochs(problem, theta, Recipe(optimizer, epochs=2), engine=Reference())
    np.testing.assert_array_equal(last.theta, truth.theta)
    with pytest.raises(ValueError, match=reason):
        engine_for(problem, optimizer, "compiled")


@compiled
def test_an_estimator_with_parts_of_its_users():
    X, y = PROBLEM.X[:60], PROBLEM.y[:60]
    for own in ({"penalty": Own(0.1)}, {"activation": Bent()}, {"solver": Averaged(Slow(0.01))}):
        with pytest.warns(SlowerEngine, match="no kernel for"):
            MLPClassifier((4,), max_iter=2, schedule="cosine", **own).fit(X, y)
    estimator = MLPClassifier((4,), max_iter=2, schedule="cosine", penalty=Own(0.1), engine="compiled")
    with pytest.raises(ValueError, match="no kernel for the penalty Own"):
        estimator.fit(X, y)


def test_a_predictor_is_a_predictor():
    for engine in (Reference(), engine_for(NETWORK)):
        assert isinstance(engine.predictor(NETWORK, THETA), Predictor)
    assert Adam().slots == 2
