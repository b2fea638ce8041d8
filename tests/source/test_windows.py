"""The order of windows: a function of seed, epoch, sizes and window, for rows in memory too."""

from dataclasses import replace

import numpy as np
import pytest

from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import Adam
from mlnn.source import ArrayRows, Windows, arrays
from mlnn.training import Recipe, epochs

SIZES = (7, 3, 9, 4, 8, 2)
WINDOWS = Windows(SIZES, window=10, seed=3)
ROWS = sum(SIZES)


def shards_of(numbers):
    return {int(np.searchsorted(WINDOWS.starts, number, "right")) - 1 for number in numbers}


def test_an_epoch_has_every_row_once_and_every_shard_in_one_window():
    order = WINDOWS(epoch=1, rows=ROWS)
    assert sorted(order[:]) == [*range(ROWS)]
    each = [shards_of(order[a:b]) for a, b in zip(order.bounds, order.bounds[1:], strict=False)]
    assert sorted(shard for shards in each for shard in shards) == [*range(len(SIZES))]
    assert [*map(sorted, order.windows)] == [*map(sorted, each)]
    assert all(b - a >= 10 for a, b in zip(order.bounds, order.bounds[1:-1], strict=False))
    assert all(b - a <= WINDOWS.most for a, b in zip(order.bounds, order.bounds[1:], strict=False))


def test_epochs_and_seeds_differ_in_their_windows_and_within_them():
    first, second, other = WINDOWS(1, ROWS), WINDOWS(2, ROWS), replace(WINDOWS, seed=4)(1, ROWS)
    assert first.windows != second.windows
    assert first.windows != other.windows
    one = Windows((ROWS,), window=1, seed=3)  # a single window, whose rows are mixed all the same
    assert len({tuple(order) for order in (one(1, ROWS)[:], one(2, ROWS)[:], replace(one, seed=4)(1, ROWS)[:])}) == 3
    np.testing.assert_array_equal(WINDOWS(2, ROWS)[:], second[:])


@pytest.mark.parametrize(("start", "stop"), [(0, 5), (5, 25), (12, 12), (20, 10), (ROWS, ROWS), (ROWS - 1, ROWS + 9)])
def test_a_slice_is_that_of_the_whole(start, stop):
    order = WINDOWS(1, ROWS)
    np.testing.assert_array_equal(order[start:stop], np.asarray(order)[start:stop])
    assert order[start:stop].dtype == np.int64


def test_sizes_in_a_list_are_the_same_order_and_its_words_are_short():
    assert Windows([*SIZES], 10, 3) == WINDOWS
    assert hash(Windows(np.array(SIZES), 10, 3)) == hash(WINDOWS)
    assert repr(Windows((5,) * 100_000, 7, None)) == "Windows(500,000 rows in 100,000 shards, window=7, seed=None)"


@pytest.mark.parametrize(("sizes", "window"), [((), 3), ((3, 0), 3), ((3, 3), 0)])
def test_windows_that_cannot_be_are_refused(sizes, window):
    with pytest.raises(ValueError, match=r"must have a row at least, but got Windows\("):
        Windows(sizes, window)


@pytest.mark.parametrize("stride", [None, lambda: 2])
def test_rows_in_memory_are_trained_on_in_their_order(monkeypatch, stride):
    monkeypatch.setattr(arrays, "SHARD", 8 * 3 * 5)
    random = np.random.default_rng(0)
    X, y, network = random.normal(size=(ROWS, 3)), random.integers(0, 2, ROWS), Network.dense([3, 4, 2])
    source = ArrayRows(X, y, window=8 * 3 * 10)
    theta, recipe = network.initial(np.random.RandomState(0)), Recipe(Adam(), epochs=4, batch_size=4)
    order = Windows([*source.sizes], source.window_rows, recipe.seed)
    *_, here = epochs(Problem.of(network, X, y), theta, replace(recipe, order=order), stride=stride)
    *_, there = epochs(Problem.of(network, source), theta, recipe)
    *_, plain = epochs(Problem.of(network, X, y), theta, recipe)
    assert here.theta.tobytes() == there.theta.tobytes() != plain.theta.tobytes()


def test_an_order_of_other_rows_is_refused():
    network = Network.dense([1, 2])
    recipe = Recipe(Adam(), batch_size=4, order=WINDOWS)
    with pytest.raises(ValueError, match=r"Windows\(33 rows in 6 shards, .*\) is no order of 5 rows"):
        next(epochs(Problem.of(network, np.zeros((5, 1)), np.zeros(5, int)), np.zeros(4), recipe))
