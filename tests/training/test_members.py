"""Members side by side: each of them is to the last bit what it would be alone, on one thread."""

import os
import signal
import threading
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
from bound import run
from support import compiled

from mlnn.dataset import moons
from mlnn.engine import Block, Compiled, Member, Reference
from mlnn.layer import ReLU, Tanh
from mlnn.model import Ensemble
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, SGD, Adam, Averaged
from mlnn.penalty import L2
from mlnn.schedule import Cosine, ReduceOnPlateau
from mlnn.training import Diverged, EarlyStopping, KeepBest, Recipe, epochs, epochs_of_members

X, Y = np.random.default_rng(0).standard_normal((300, 5)), np.random.default_rng(1).integers(0, 3, 300)
EACH_ENGINE = pytest.mark.parametrize(
    "engine",
    [Reference, *(pytest.param(lambda n=n: Compiled(n), marks=compiled, id=f"{n} threads") for n in (1, 2, 5))],
)
NETWORKS = {
    "narrow": Network.dense([5, 7, 3], Tanh()),
    "wide": Network.dense([5, 40, 33, 3], ReLU(), dropout=0.2),
    "normalized": Network.dense([5, 40, 3], ReLU(), batch_norm=True),
}


def problem_of(network, dtype=np.float64, rows=X, y=Y):
    weights = np.random.default_rng(2).uniform(0.5, 2.0, len(y))
    return Problem.of(network, rows.astype(dtype), y, weights, L2(0.01))


def starts(network, count, dtype=np.float64):
    return np.stack([network.initial(np.random.default_rng(seed), dtype) for seed in range(count)])


def alone(problem, theta, recipe, engine, valid=None):
    """What a member is held against: training as everybody else does it, on one thread."""
    engine = engine() if engine is Reference else Compiled(1)
    return list(epochs(problem, theta, recipe, valid=valid, engine=engine))


def assert_same(epoch, truth):
    assert (epoch.number, epoch.step, epoch.loss, epoch.valid_loss, epoch.rate, epoch.penalty) == (
        *(truth.number, truth.step, truth.loss, truth.valid_loss, truth.rate, truth.penalty),
    )
    np.testing.assert_array_equal(epoch.theta, truth.theta)
    np.testing.assert_array_equal(epoch.raw_theta, truth.raw_theta)
    for slot, same in zip(epoch.state, truth.state, strict=True):
        np.testing.assert_array_equal(slot, same)


@EACH_ENGINE
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("batch_size", [None, 64])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_member_is_what_it_would_be_alone(name, batch_size, dtype, engine):
    network = NETWORKS[name]
    problem, thetas = problem_of(network, dtype), starts(network, 7, dtype)
    recipe = Recipe(Averaged(Adam(0.01)), Cosine(), epochs=5, every=2, batch_size=batch_size, seed=3)
    history = list(epochs_of_members(problem, thetas, recipe, engine=engine()))
    for m, theta in enumerate(thetas):
        truth = alone(problem, theta, replace(recipe, seed=3 + m), engine)
        assert [epoch.number for epoch in truth] == [1, 3, 5]
        for members, epoch in zip(history, truth, strict=True):
            assert_same(members[m], epoch)
    assert len({epoch.loss for epoch in history[-1]}) == 7


@EACH_ENGINE
@pytest.mark.parametrize("batch_size", [None, 64])
def test_members_with_rows_seeds_and_judges_of_their_own(batch_size, engine, random):
    network = NETWORKS["wide"]
    problem, thetas, seeds = problem_of(network), starts(network, 3), [5, 5, 9]
    rows = [random.permutation(300)[:size] for size in (300, 200, 41)]
    judges = [problem.batch(np.setdiff1d(np.arange(300), each[:40])) for each in rows]
    recipe = Recipe(SGD(0.1), ReduceOnPlateau(patience=1), epochs=8, batch_size=batch_size)
    history = list(epochs_of_members(problem, thetas, recipe, seeds=seeds, rows=rows, valid=judges, engine=engine()))
    for m, theta in enumerate(thetas):
        truth = alone(problem.batch(rows[m]), theta, replace(recipe, seed=seeds[m]), engine, judges[m])
        for members, epoch in zip(history, truth, strict=True):
            assert_same(members[m], epoch)


@EACH_ENGINE
@pytest.mark.parametrize("batch_size", [None, 64])
def test_members_have_the_options_of_one_network(batch_size, engine):
    """Scores, strides and a schedule that listens, with reports of any rareness."""
    network = NETWORKS["normalized"]
    problem, thetas, judge = problem_of(network), starts(network, 3), problem_of(network).batch(slice(0, 50))
    scores = {"accuracy": lambda y, decisions: float((y == decisions).mean())}
    recipe = Recipe(SGD(0.2), ReduceOnPlateau(patience=0, tolerance=0.05), epochs=9, batch_size=batch_size)
    lengths = iter([2, 4, 9])
    options = {"valid": judge, "scores": scores, "engine": engine()}
    rarely = list(epochs_of_members(problem, thetas, replace(recipe, every=5), **options))
    strides = list(epochs_of_members(problem, thetas, recipe, stride=lambda: next(lengths), **options))
    assert [members[0].number for members in (*rarely, *strides)] == [1, 6, 9, 2, 6, 9]
    for m, theta in enumerate(thetas):
        own = Compiled(1) if engine is not Reference else engine()
        truth = list(epochs(problem, theta, replace(recipe, seed=m), **options | {"engine": own}))
        assert truth[-1].rate < truth[0].rate
        for members in (*rarely, *strides):
            epoch = members[m]
            assert_same(epoch, truth[epoch.number - 1])
            assert epoch.scores == truth[epoch.number - 1].scores != {}


@compiled
def test_sparse_rows_are_shared():
    table = scipy.sparse.random(300, 80, density=0.1, random_state=0, format="csr")
    network = Network.dense([80, 20, 3])
    problem, thetas, recipe = Problem.of(network, table, Y), starts(network, 4), Recipe(Adam(), epochs=3, batch_size=50)
    *_, last = epochs_of_members(problem, thetas, recipe, engine=Compiled(2))
    for m, theta in enumerate(thetas):
        assert_same(last[m], alone(problem, theta, replace(recipe, seed=m), Compiled)[-1])


@EACH_ENGINE
def test_they_go_on_as_if_they_had_never_stopped(engine):
    network = NETWORKS["wide"]
    problem, thetas, recipe = problem_of(network), starts(network, 3), Recipe(Adam(), epochs=6, batch_size=64)
    whole = list(epochs_of_members(problem, thetas, recipe, engine=engine()))
    first = list(zip(*whole[:4], strict=True))
    rest = list(epochs_of_members(problem, thetas, recipe, engine=engine(), after=first))
    assert len(rest) == 2
    for members, truth in zip(rest, whole[4:], strict=True):
        for epoch, same in zip(members, truth, strict=True):
            assert_same(epoch, same)
    done = [(epoch,) for epoch in whole[-1]]
    assert list(epochs_of_members(problem, thetas, recipe, engine=engine(), after=done)) == []


@EACH_ENGINE
def test_a_member_that_stops_leaves_the_others_as_they_are(engine):
    network = NETWORKS["wide"]
    problem, thetas, recipe = problem_of(network), starts(network, 3), Recipe(Adam(), epochs=6, batch_size=64)
    truth = list(epochs_of_members(problem, thetas, recipe, engine=engine()))
    ends = [6, 2, 4]
    history = list(
        epochs_of_members(problem, thetas, recipe, engine=engine(), stop=lambda m, epoch: epoch.number == ends[m])
    )
    assert [[epoch.number for epoch in members] for members in history] == [
        [min(number, end) for end in ends] for number in range(1, 7)
    ]
    for m, end in enumerate(ends):
        assert_same(history[-1][m], truth[end - 1][m])
    assert len(list(epochs_of_members(problem, thetas, recipe, stop=lambda m, epoch: True))) == 1


def test_what_cannot_be_meant_is_refused():
    network = NETWORKS["narrow"]
    problem, thetas, recipe = problem_of(network), starts(network, 3), Recipe(epochs=2)
    for what, sentence in (
        ({"seeds": [1, 2]}, "there are 3 members, but seeds has 2 entries"),
        ({"rows": [np.arange(3)]}, "there are 3 members, but rows has 1 entries"),
        ({"rows": [np.arange(3), np.arange(0), np.arange(2)]}, "every member needs rows, but one has none"),
        ({"valid": [problem] * 4}, "there are 3 members, but valid has 4 entries"),
        ({"after": [()]}, "there are 3 members, but after has 1 entries"),
    ):
        with pytest.raises(ValueError, match=sentence):
            next(epochs_of_members(problem, thetas, recipe, **what))
    first = next(epochs_of_members(problem, thetas, recipe))
    with pytest.raises(ValueError, match="only from the same epoch"):
        next(epochs_of_members(problem, thetas, recipe, after=[(first[0],), (), ()]))
    with pytest.raises(ValueError, match=r"must have shape \(members, 66\), but its shape is \(66,\)"):
        next(epochs_of_members(problem, thetas[0], recipe))
    with pytest.raises(ValueError, match="L-BFGS finds its own steps"):
        next(epochs_of_members(problem, thetas, Recipe(LBFGS())))
    with pytest.raises(Diverged, match="member 1: training diverged in epoch 1"):
        next(epochs_of_members(problem, thetas * [[1.0], [1e300], [1.0]], recipe))


@compiled
def test_rows_that_are_not_there_are_refused():
    network = NETWORKS["wide"]
    problem, thetas = problem_of(network), starts(network, 2)
    for batch_size in (None, 64):
        recipe = Recipe(epochs=2, batch_size=batch_size)
        for rows in ([0, 300], [-1, 5]):
            with pytest.raises(IndexError, match=f"may hold 0 … 299, but holds {min(rows)} … {max(rows)}"):
                next(epochs_of_members(problem, thetas, recipe, rows=[np.arange(300), np.array(rows)]))
    short = Recipe(epochs=2, batch_size=64, order=lambda epoch, rows: np.arange(rows - 10))
    with pytest.raises(IndexError, match="a step needs 300 rows, but there are 290"):
        next(epochs(problem, thetas[0], short))
    # Any type of integers will do.
    for kind in (np.int32, np.uint8):
        rows = [np.arange(200, dtype=kind)] * 2
        *_, last = epochs_of_members(problem, thetas, Recipe(epochs=2, batch_size=64), rows=rows, seeds=[7, 7])
        truth = alone(problem.batch(slice(0, 200)), thetas[0], Recipe(epochs=2, batch_size=64, seed=7), Compiled)
        assert_same(last[0], truth[-1])


@compiled
def test_an_interrupt_leaves_every_member_at_a_complete_step(random):
    network = Network.dense([60, 100, 10], ReLU())
    X, y = random.standard_normal((1500, 60)), random.integers(0, 10, 1500)
    problem = Problem.of(network, X, y)
    before, steps = starts(network, 3), 30_000
    thetas = before.copy()
    block = Block(
        first_step=0,
        order=None,
        bounds=np.tile([[0, 1500]], (steps, 1)),
        rates=np.full(steps, 1e-3),
        data_factors=np.ones(steps),
        penalty_factors=np.ones(steps),
        coefficients=(),
    )
    # The first member is short: its thread, the one that Python interrupts, then waits for the others.
    first = replace(
        block,
        bounds=block.bounds[:1],
        **{name: np.ones(1) for name in ("data_factors", "penalty_factors")},
        rates=block.rates[:1],
    )
    timer = threading.Timer(0.4, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        Compiled(2).bind(problem, SGD(1e-3)).run([Member(theta) for theta in thetas], [first, block, block])
    moved = 0
    for theta, again in zip(thetas, before, strict=True):
        done = 0
        while not np.array_equal(again, theta):  # some whole number of steps leads here, to the last bit
            assert done < steps
            run(Compiled(1), problem, again, (), SGD(1e-3), first)
            done += 1
        moved += done > 0
    assert moved >= 2


# The ensemble


def test_an_ensemble_is_trained_and_predicts():
    rows, y = moons(200, noise=0.2, seed=0)
    problem = Problem.of(Network.dense([2, 16, 2], ReLU()), rows, y)
    recipe = Recipe(Adam(0.02), epochs=40, batch_size=20, seed=4)
    ensemble = Ensemble.train(problem, recipe, 3)
    new, new_y = moons(500, noise=0.2, seed=1)
    assert (ensemble.predict(new) == new_y).mean() > 0.93
    for m, (network, theta) in enumerate(ensemble.members):
        start = network.initial(np.random.default_rng(4 + m))
        *_, last = epochs(problem, start, replace(recipe, seed=4 + m))
        np.testing.assert_array_equal(theta, last.theta)


def test_each_member_keeps_its_best_and_stops_early():
    rows, y = moons(60, noise=0.5, seed=0)
    network = Network.dense([2, 32, 2], ReLU())
    problem, judge = Problem.of(network, rows, y), Problem.of(network, *moons(200, noise=0.5, seed=1))
    keep = [EarlyStopping(patience=5).start() for _ in range(3)]
    ensemble = Ensemble.train(problem, Recipe(Adam(0.05), epochs=500, batch_size=10), 3, valid=judge, keep=keep)
    for (_, theta), keeper in zip(ensemble.members, keep, strict=True):
        np.testing.assert_array_equal(theta, keeper.best.theta)
        assert keeper.best.number < 400
    assert len({keeper.best.number for keeper in keep}) > 1


def test_one_rule_for_all_members_is_started_for_each():
    problem = problem_of(NETWORKS["narrow"])
    recipe = Recipe(Adam(0.05), epochs=30, batch_size=10)
    keep = [KeepBest().start() for _ in range(3)]
    apart = Ensemble.train(problem, recipe, 3, keep=keep)
    for (_, one), (_, other) in zip(
        Ensemble.train(problem, recipe, 3, keep=KeepBest()).members, apart.members, strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("every", [1, 5, 100])
def test_the_last_epoch_of_a_member_is_looked_at_too(every):
    """Losses that fall to the end: the best weights are the last ones."""
    problem = problem_of(NETWORKS["narrow"])
    recipe = Recipe(SGD(1e-3), epochs=12, every=every)
    keep = [KeepBest().start() for _ in range(3)]
    ensemble = Ensemble.train(problem, recipe, 3, keep=keep)
    assert [each.best.number for each in keep] == [12, 12, 12]
    for (_, kept), (_, last) in zip(ensemble.members, Ensemble.train(problem, recipe, 3).members, strict=True):
        np.testing.assert_array_equal(kept, last)


def test_an_ensemble_needs_members_and_a_keeper_for_each():
    problem = problem_of(NETWORKS["narrow"])
    with pytest.raises(ValueError, match="members must be at least 1, but got 0"):
        Ensemble.train(problem, Recipe(), 0)
    with pytest.raises(ValueError, match="there are 3 members, but keep has 1 entries"):
        Ensemble.train(problem, Recipe(), 3, keep=[KeepBest()])
