"""The planner: what it decides, by name, and that no decision about a prediction changes a row's bits."""

from dataclasses import fields

import numpy as np
import pytest
import scipy.sparse

from mlnn.engine import Compiled, engines
from mlnn.engine.machine import native_module
from mlnn.engine.parts import NEVER, Unsupported
from mlnn.engine.plan import SIEVED_FROM, SMALL_BATCH, mostly_zeros, plan, prediction
from mlnn.layer import ReLU, Tanh
from mlnn.network import Network
from mlnn.output import LeastSquares, Logistic, Softmax

if engines()["compiled"].startswith("not here"):
    pytest.skip("there is no compiled engine", allow_module_level=True)

WIDE, NARROW = Network.dense([70, 130, 40, 10], ReLU()), Network.dense([3, 5, 2], Tanh())


def kinds(network, **options):
    return [stage.kind for stage in plan(network, native_module(), **options).stages]


def test_rows_decide_how_they_are_fed():
    assert plan(WIDE, native_module()).feed == "gathered"
    assert plan(WIDE, native_module()).feed_in_place == "plain"
    assert kinds(WIDE, zeros=True) == ["sieved", "dense", "dense"]
    assert kinds(WIDE, zeros=True, rows=SIEVED_FROM - 1) == ["dense", "dense", "dense"]
    assert kinds(WIDE, entries=4.0) == ["sparse", "dense", "dense"]
    assert kinds(NARROW) == ["columns", "columns"]
    assert kinds(NARROW, rows=8 * 5 - 1) == ["dense", "dense"]
    assert kinds(Network.dense([70, 40, 1], output=Logistic())) == ["dense", "unit"]
    with pytest.raises(Unsupported, match="a matrix product as the first gate"):
        plan(Network.dense([3, 4, 2], input_dropout=0.1), native_module(), entries=1.0)


def test_an_empty_chain_and_a_whole_batch_have_plans():
    empty = plan(Network(3, (), LeastSquares()), native_module())
    assert (empty.stages, empty.feed, empty.small_batch, empty.threads_from) == ((), "gathered", 0, NEVER)
    normalized = Network.dense([6, 40, 4], batch_norm=True)
    assert plan(normalized, native_module()).whole_batch
    assert not plan(normalized, native_module(), training=False).whole_batch
    assert plan(normalized, native_module()).split_from == ()


def test_sizes_decide_blocks_threads_and_transposed_weights():
    wide = plan(Network.dense([784, 256, 128, 10], ReLU()), native_module(), np.float32)
    assert wide.split_from == (97,)  # beyond one and a half times the 64 rows that a block has at least
    assert wide.threads_from == 5  # of 234,752 multiplications each
    assert wide.small_batch == SMALL_BATCH
    assert [stage.transposed_from for stage in wide.stages] == [NEVER, 2, 2]
    large = plan(Network.dense([20, 600, 600, 3], ReLU()), native_module(), np.float32)
    assert [stage.transposed_from for stage in large.stages] == [NEVER, 65, 2]
    assert large.long_tiles
    assert not plan(NARROW, native_module()).long_tiles


def test_zeros_are_counted_in_a_sample_of_the_rows():
    X = np.ones((640, 6))
    assert not mostly_zeros(X)
    X[:, 1:] = 0.0
    assert mostly_zeros(X)
    X[:, 1] = 1.0  # a third is not fewer than a third
    assert not mostly_zeros(X)
    X[::10] = 0.0  # the rows of the sample
    assert mostly_zeros(X)


def test_every_decision_is_explained():
    said = Compiled().explain(WIDE)
    known = {"inputs": "70→", "tensors": "", "end": "softmax", "stages": "dense", "feed": "gathered"}
    known |= {"feed_in_place": "not where they need no order", "whole_batch": "tiles of", "tile": "tiles of"}
    known |= {"split_from": "blocks from", "threads_from": "threads from", "small_batch": "stay factors"}
    known |= {"long_tiles": "", "blocked_from": ""}  # how soon an interrupt is heard, and how a copy is made
    assert known.keys() == {field.name for field in fields(plan(WIDE, native_module()))}
    for words in known.values():
        assert words in said


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("widths", [[3, 5, 2], [5, 9, 1], [20, 50, 1], [70, 130, 10], [200, 300, 3], [2, 2]], ids=str)
def test_a_row_alone_has_the_bits_that_it_has_among_others(widths, dtype):
    """By every plan that a predictor has: rows, vectors of rows, without their zeros, sparse."""
    random = np.random.default_rng(len(widths) + widths[-1])
    network = Network.dense(widths, Tanh(), Logistic() if widths[-1] == 1 else Softmax())
    theta = network.initial(random, dtype)
    X = random.standard_normal((900, widths[0])).astype(dtype)
    X *= random.random(X.shape) < 0.2
    chosen, used = prediction(network, native_module(), dtype), set()
    for threads in (1, 2):
        with Compiled(threads=threads).predictor(network, theta) as predict:
            for use in (predict, predict.scores):
                whole = use(X)
                for start, stop in ((0, 1), (1, 4), (4, 21), (21, 60), (60, 400), (400, 900)):
                    used.add(chosen.choose(X[start:stop], threads)[0])
                    np.testing.assert_array_equal(use(X[start:stop]), whole[start:stop])
                for row in range(0, 900, 90):
                    np.testing.assert_array_equal(use(X[row : row + 1]), whole[row : row + 1])
                if (
                    widths[-1] > 1 or max(widths) <= 32
                ):  # a single unit's dense rows are summed in lanes, sparse ones not
                    used.add(chosen.choose(scipy.sparse.csr_array(X), threads)[0])
                    np.testing.assert_array_equal(use(scipy.sparse.csr_array(X)), whole)
    assert len(used) > 1 or widths == [20, 50, 1]
