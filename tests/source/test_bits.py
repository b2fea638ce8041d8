"""Members, regressions, types of numbers and strides over a source end in the bits of the same rows in memory."""

from dataclasses import replace

import numpy as np
import pytest
from interrupted import press_in_step

from mlnn.engine import Compiled, Reference
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam
from mlnn.output import LeastSquares
from mlnn.penalty import L2
from mlnn.source import ArrayRows, Windows, arrays
from mlnn.training import Interrupted, Recipe, epochs, epochs_of_members

ROWS, COLUMNS = 1000, 3
RECIPE = Recipe(Adam(), epochs=3, batch_size=32, seed=5)
EACH_ENGINE = pytest.mark.parametrize("engine", [Reference(), Compiled(2)], ids=["reference", "compiled"])


@pytest.fixture
def data(monkeypatch):
    monkeypatch.setattr(arrays, "SHARD", 8 * COLUMNS * 40)
    random = np.random.default_rng(0)
    return random.normal(size=(ROWS, COLUMNS)), random.integers(0, 2, ROWS)


@pytest.fixture
def source(data):
    return ArrayRows(*data, window=8 * COLUMNS * 150)


NETWORK = Network.dense([COLUMNS, 8, 2], batch_norm=True, dropout=0.2)
STARTS = np.stack([NETWORK.initial(np.random.RandomState(seed)) for seed in (0, 1)])


def alone(source, seed):
    """Return the recipe by which ``epochs`` takes a member alone."""
    return replace(RECIPE, seed=seed, order=Windows(source.sizes, source.window_rows, RECIPE.seed))


@EACH_ENGINE
@pytest.mark.parametrize("seeds", [[0, 0], [0, 1], None])
def test_members_of_any_seeds_share_the_order_of_the_recipes(source, engine, seeds):
    problem = Problem.of(NETWORK, source)
    *_, both = epochs_of_members(problem, STARTS, RECIPE, seeds=seeds, engine=engine)
    for member, start, seed in zip(both, STARTS, seeds or [5, 6], strict=True):
        *_, truth = epochs(problem, start, alone(source, seed), engine=engine)
        assert member.theta.tobytes() == truth.theta.tobytes()
        assert member.loss == truth.loss


@EACH_ENGINE
@pytest.mark.parametrize("steps", [(3, 9), (9, 3), (31, 1), (4, 4), (6, 30)])
def test_members_that_stand_at_different_steps_go_on_together(source, engine, steps, monkeypatch):
    problem, left = Problem.of(NETWORK, source), []
    for start, seed, step in zip(STARTS, (0, 1), steps, strict=True):
        with monkeypatch.context() as patched:
            press_in_step(patched, step)
            with pytest.raises(Interrupted) as ended:
                list(epochs(problem, start, alone(source, seed), engine=Reference()))
        left.append([ended.value.epoch])
    assert [epoch.step for (epoch,) in left] == [*steps]
    *_, both = epochs_of_members(problem, STARTS, RECIPE, seeds=[0, 1], after=left, engine=engine)
    for member, start, seed, history in zip(both, STARTS, (0, 1), left, strict=True):
        *_, truth = epochs(problem, start, alone(source, seed), after=history, engine=engine)
        assert member.theta.tobytes() == truth.theta.tobytes()
        assert (member.loss, member.step) == (truth.loss, truth.step)


def test_members_that_are_interrupted_are_resumed_to_the_same_bits(source, monkeypatch):
    problem = Problem.of(NETWORK, source)
    *_, whole = epochs_of_members(problem, STARTS, RECIPE, engine=Reference())
    with monkeypatch.context() as patched:
        press_in_step(patched, 40)
        with pytest.raises(Interrupted) as ended:
            list(epochs_of_members(problem, STARTS, RECIPE, engine=Reference()))
    after = [[epoch] if epoch else [] for epoch in ended.value.epochs]
    *_, again = epochs_of_members(problem, STARTS, RECIPE, engine=Reference(), after=after)
    assert [each.theta.tobytes() for each in again] == [each.theta.tobytes() for each in whole]
    assert [each.loss for each in again] == [each.loss for each in whole]


@EACH_ENGINE
def test_a_stride_ends_in_the_same_bits(source, engine):
    problem, recipe = Problem.of(NETWORK, source), replace(RECIPE, epochs=7)
    *_, plain = epochs(problem, STARTS[0], recipe, engine=engine)
    history = list(epochs(problem, STARTS[0], recipe, stride=lambda: 3, engine=engine))
    assert [epoch.number for epoch in history] == [3, 6, 7]
    assert history[-1].theta.tobytes() == plain.theta.tobytes()
    assert history[-1].loss == plain.loss


@EACH_ENGINE
@pytest.mark.parametrize(
    ("of_rows", "of_theta"), [("f4", "f8"), ("f8", "f4"), ("f4", "f4"), ("i2", "f8"), (">f4", "f8")]
)
def test_types_of_rows_and_weights_may_differ(data, engine, of_rows, of_theta):
    X, y = (data[0] * 9).astype(of_rows), data[1]
    theta, source = STARTS[0].astype(of_theta), ArrayRows(X, y, window=4 * COLUMNS * 150)
    *_, here = epochs(Problem.of(NETWORK, source), theta, RECIPE, engine=engine)
    *_, there = epochs(Problem.of(NETWORK, X, y), theta, alone(source, 5), engine=engine)
    assert here.theta.tobytes() == there.theta.tobytes()


@EACH_ENGINE
@pytest.mark.parametrize("of_targets", ["f8", "f4", "i8"])
def test_a_regression_with_a_penalty_ends_in_the_same_bits(data, engine, of_targets):
    X = data[0].astype(np.float32)
    y = (X @ [[2.0, 0.3], [1.0, -3.7], [0.5, 4.0]] + 0.25).astype(of_targets)
    network = Network.dense([COLUMNS, 6, 2], output=LeastSquares())
    theta = network.initial(np.random.RandomState(0)).astype(np.float32)
    source, recipe = ArrayRows(X, y, window=4 * COLUMNS * 150), replace(RECIPE, optimizer=SGD(0.01), epochs=20)
    order = Windows(source.sizes, source.window_rows, recipe.seed)
    ended = {}
    for penalty in (None, L2(0.1)):
        *_, here = epochs(Problem.of(network, source, penalty=penalty), theta, recipe, engine=engine)
        whole = Problem.of(network, X, y, penalty=penalty)
        first, *_, there = epochs(whole, theta, replace(recipe, order=order), engine=engine)
        assert here.theta.tobytes() == there.theta.tobytes()
        assert (here.loss, here.penalty) == (there.loss, there.penalty)
        assert here.loss < 0.5 * first.loss
        ended[penalty] = here.theta
    assert not np.array_equal(*ended.values())


def test_every_epoch_has_an_order_of_its_own_and_every_seed(source):
    problem = Problem.of(Network.dense([COLUMNS, 2]), source)
    theta = np.zeros(problem.network.size)

    def thetas(seed, every=0):
        recipe = Recipe(SGD(0.1), epochs=2, batch_size=32, seed=seed)
        return [epoch.theta.tobytes() for epoch in epochs(problem, theta, recipe)]

    first, second = thetas(0), thetas(1)
    assert first == thetas(0)
    assert {*first}.isdisjoint(second)
    again = next(epochs(problem, theta, Recipe(SGD(0.1), epochs=1, batch_size=32))).theta
    *_, same = epochs(problem, again, Recipe(SGD(0.1), epochs=1, batch_size=32))
    assert same.theta.tobytes() != first[1]  # what an epoch of the same order would have ended with
