"""Ctrl-C, pressed for real and at random moments: what is left is exactly what some complete step left."""

import os
import signal
import threading
from contextlib import contextmanager
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from interrupted import KINDS, NETWORK, PROBLEM, THETA, Moments, X, Y, courses, digest, press_in_step, pressed
from support import compiled

from mlnn import Interrupted, MLPClassifier, Model, TableClassifier
from mlnn.engine import Compiled, Reference
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam
from mlnn.training import Recipe, epochs, epochs_of_members, listening
from mlnn.training.epoch import Reporter
from mlnn.training.interrupt import DEAF
from mlnn.training.run import Run

MOMENTS = int(os.environ.get("MLNN_INTERRUPTS", "2"))
"""How many of each course; bench/interrupts.py makes more."""
FOREVER = 10_000_000


@compiled
@pytest.mark.parametrize(
    ("widths", "share", "batch"), [([7, 16, 3], 1.0, 300), ([40, 64, 3], 0.1, 1000), ([7, 80], 1, 9)]
)
def test_an_epoch_that_is_left_before_any_step_ends_in_the_same_bits(widths, share, batch):
    """The last step of an epoch may be a short one: what an engine plans for does not depend on where it goes on."""
    random = np.random.default_rng(0)
    rows = (random.normal(size=(1003, widths[0])) * (random.random((1003, widths[0])) < share)).astype(np.float32)
    problem = Problem.of(Network.dense(widths), rows, random.integers(0, 3, 1003))
    theta = problem.network.initial(np.random.RandomState(0)).astype(np.float32)
    recipe = Recipe(Adam(), epochs=2, batch_size=batch)
    *_, whole = epochs(problem, theta, recipe, engine=Compiled())
    steps = -(-1003 // batch)
    for step in {1, steps // 2, steps - 1}:
        run = Run(Reporter(problem, None, {}, None, 0.0), theta, recipe)
        with Compiled().bind(problem, Adam()) as bound:
            run.take(*bound.run([run.member], [run.block(1).cut(0, step)]), 1, step)
            left = run.left(bound)
        *_, again = epochs(problem, theta, recipe, engine=Compiled(), after=[left])
        assert again.theta.tobytes() == whole.theta.tobytes(), step


@compiled
@pytest.mark.parametrize(("threads", "name"), [*product((1, 2, 8), KINDS), (1, "reference")])
def test_what_is_left_is_what_a_complete_step_left(threads, name, random):
    moments = Moments(courses(threads)[name])
    ended = [moments.interrupt(random.uniform(0.0, 0.8)) for _ in range(MOMENTS)]
    assert any(step is not None for step in ended)


@pytest.mark.parametrize("engine", ["reference", pytest.param("compiled", marks=compiled)])
@pytest.mark.parametrize("batch_size", [None, 32])
def test_an_interrupted_epoch_tells_where_training_stands(engine, batch_size):
    """All rows at once, nothing is measured before the report: the loss is what the next step would begin with."""
    engine = Compiled(2) if engine == "compiled" else Reference()
    recipe = Recipe(SGD(0.01), epochs=FOREVER, batch_size=batch_size, every=FOREVER)
    history = []
    with pressed(0.2), pytest.raises(Interrupted, match=r"after [0-9]+ steps") as ended:
        history.extend(epochs(PROBLEM, THETA, recipe, engine=engine))
    epoch, steps = ended.value.epoch, 1 if batch_size is None else 10
    assert epoch.step == steps * epoch.number + len(epoch.begun)
    assert len(epoch.begun) < steps
    if batch_size is None and epoch not in history:
        (next_one,) = epochs(PROBLEM, THETA, replace(recipe, epochs=epoch.number + 1), engine=engine, after=[epoch])
        assert next_one.loss == epoch.loss
    elif len(epoch.begun):
        sizes = np.array([32.0] * 9 + [12.0])[: len(epoch.begun)]
        assert epoch.loss == pytest.approx(np.average(epoch.begun[:, 0], weights=sizes), rel=1e-12)


@compiled
def test_every_member_stands_at_a_step_of_its_own():
    thetas = np.stack([NETWORK.initial(np.random.default_rng(seed)) for seed in range(3)])
    recipe = Recipe(Adam(0.001), epochs=FOREVER, batch_size=32, every=FOREVER)
    with pressed(0.3), pytest.raises(Interrupted) as ended:
        list(epochs_of_members(PROBLEM, thetas, recipe, engine=Compiled(2)))
    for seed, (theta, epoch) in enumerate(zip(thetas, ended.value.epochs, strict=True)):
        if epoch is not None:
            alone = replace(recipe, seed=seed, epochs=epoch.number + 1)
            *_, done = epochs(PROBLEM, theta, alone, engine=Compiled(1))
            *_, rest = epochs(PROBLEM, theta, alone, engine=Compiled(1), after=[epoch])
            assert digest(rest.theta, *rest.state) == digest(done.theta, *done.state)
    assert sum(epoch is not None for epoch in ended.value.epochs) >= 2


@pytest.mark.parametrize("settings", [{}, {"batch_size": 32}, {"optimizer": "lbfgs"}], ids=str)
def test_a_model_is_what_its_last_complete_step_left(settings):
    """The weights are those of a model that was told to end there; training goes on as ever afterwards."""
    settings = {"epsilon": 1e-4} | settings if "optimizer" not in settings else settings
    widths = [12, 200, 200, 3] if "optimizer" in settings else [12, 8, 3]  # an iteration takes a hundredth of a second
    model = Model(widths, seed=0)
    with pressed(0.3), pytest.warns(UserWarning, match=r"interrupted: the model is as step [0-9]+ left it"):
        model.train(X, Y, num_passes=FOREVER, every=10_000, **settings)
    assert model.interrupted
    last = model.history[-1]
    assert last.number > 0
    np.testing.assert_array_equal(model.theta, last.theta)
    if not len(last.begun):
        other = Model(widths, seed=0)
        other.train(X, Y, num_passes=last.number, every=last.number, **settings)
        np.testing.assert_array_equal(model.theta, other.theta)
    model.train(X, Y, num_passes=1)
    assert not model.interrupted


@compiled
@pytest.mark.parametrize("settings", [{}, {"solver": "lbfgs"}, {"verbose": True}], ids=str)
def test_an_estimator_counts_whole_iterations(settings):
    settings = {"hidden_layer_sizes": (300, 300), "tol": 0.0, "n_iter_no_change": FOREVER, "random_state": 0} | settings
    estimator = MLPClassifier(max_iter=FOREVER, **settings)
    with pressed(0.3), pytest.warns(UserWarning, match="interrupted"):
        estimator.fit(X, Y)
    assert estimator.interrupted_
    assert len(estimator.loss_curve_) == estimator.n_iter_
    estimator.predict(X)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("step", [1, 49, 50, 54])
def test_an_exact_warm_start_goes_on_within_the_epoch(step, monkeypatch):
    """Orders of rows that were drawn for epochs to come, of the stride at hand, are not lost."""
    settings = {"batch_size": 20, "random_state": 0, "warm_start": "exact", "tol": 0.0, "n_iter_no_change": FOREVER}
    parts, whole = (MLPClassifier((6,), engine="reference", max_iter=30, **settings) for _ in range(2))
    press_in_step(monkeypatch, step)
    with pytest.warns(UserWarning, match="interrupted"):
        parts.fit(X[:120], Y[:120])
    assert parts.state.epoch.step == step
    parts.set_params(max_iter=30 - parts.state.epoch.number).fit(X[:120], Y[:120])
    np.testing.assert_array_equal(parts.theta_, whole.fit(X[:120], Y[:120]).theta_)


@compiled
def test_a_table_model_keeps_what_its_members_have_learned_within_their_first_epoch():
    rows, y = np.tile(X, (400, 1)), np.tile(Y, 400)
    model = TableClassifier(hidden=(256, 256), epochs=FOREVER, members=2, batch_size=32, random_state=0)
    seen = []
    with pressed(2.0):
        model.fit(rows, y, watch=lambda *_: seen.append(1))
    assert model.interrupted_
    assert len(model.predict(X)) == len(X)


def test_a_second_interrupt_does_not_wait(monkeypatch):
    model = Model([12, 8, 3], seed=0)
    before = model.theta.copy()

    def twice(epoch):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("nobody heard")

    with pytest.raises(KeyboardInterrupt):
        model.train(X, Y, num_passes=10, callbacks=[twice])
    assert len(model.history) == 1
    assert not np.array_equal(model.theta, before)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    model.train(X, Y, num_passes=1)
    estimator = MLPClassifier((4,), callbacks=[twice], max_iter=10)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(X, Y)
    assert not hasattr(estimator, "theta_")


def test_an_interrupt_before_anybody_listens_is_told_too(monkeypatch):
    @contextmanager
    def early():
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("mlnn.estimator.fit.listening", early)
    estimator = MLPClassifier((4,), random_state=0)
    with pytest.warns(UserWarning, match="interrupted"):
        estimator.fit(X, Y)
    assert estimator.interrupted_


def test_handlers_are_the_main_threads_and_put_back():
    """In training they are ours; between reports, afterwards, in other threads and in a child they are not."""
    default = signal.default_int_handler
    for _ in epochs(PROBLEM, THETA, Recipe(epochs=3)):
        assert signal.getsignal(signal.SIGINT) is default
    with listening() as listener:
        assert listener is not DEAF
        assert signal.getsignal(signal.SIGINT) is not default
        with listening() as inner:
            assert inner is listener
        elsewhere = []
        thread = threading.Thread(target=lambda: elsewhere.append(listening().__enter__()))
        thread.start()
        thread.join()
        assert elsewhere == [DEAF]
        if child := os.fork() if hasattr(os, "fork") else 0:
            assert os.waitpid(child, 0)[1] == 0
        elif hasattr(os, "fork"):
            os._exit(signal.getsignal(signal.SIGINT) is not default)
    assert signal.getsignal(signal.SIGINT) is default


def test_a_handler_of_ones_own_stays():
    heard = []
    signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        Model([12, 8, 3], seed=0).train(X, Y, num_passes=3, callbacks=[lambda _: os.kill(os.getpid(), signal.SIGINT)])
        assert heard
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
