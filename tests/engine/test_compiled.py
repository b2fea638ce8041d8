"""The compiled engine against the reference: the whole catalogue, every instruction set, one thread and two."""

import multiprocessing
import os
import platform
import signal
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pytest
import scipy.sparse
from bound import loss_and_gradient, run
from hypothesis import given, settings
from hypothesis import strategies as st

from mlnn.check import check_engine
from mlnn.engine import Block, Compiled, Reference, engines, limit_threads, machine
from mlnn.engine.machine import native_module
from mlnn.gate import AddGate, BatchNorm, Dropout, MultiplyGate, Step
from mlnn.initializer import Normal
from mlnn.layer import GELU, Activation, Layer, Maxout, ReLU, Tanh
from mlnn.names import shipped
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam, AdamW, Averaged, ClipNorm, ClipValue, DecoupledDecay, Momentum, Optimizer, Wrapper
from mlnn.output import Hinge, LeastSquares, Logistic, Output, SeveralSoftmax, Softmax
from mlnn.penalty import L1, L2, ElasticNet, Penalty
from mlnn.schedule import Cosine, Linear
from mlnn.training import Recipe, epochs, sum_of_rows

if engines()["compiled"].startswith("not here"):
    pytest.skip("there is no compiled engine", allow_module_level=True)

SETS = [name for name in machine.SETS if name in machine.instruction_sets()]


@pytest.fixture(params=SETS)
def instructions(request, monkeypatch):
    """One after another, every instruction set that this processor has."""
    monkeypatch.setenv(machine.CHOICE, request.param)
    native_module.cache_clear()
    yield request.param
    native_module.cache_clear()


def targets(random, output, rows, scores):
    if isinstance(output, SeveralSoftmax):
        return np.stack([random.integers(0, classes, rows) for classes in output.sizes(scores)], axis=1)
    try:
        return output.targets(random.integers(0, scores, rows), scores)
    except ValueError:
        return random.integers(0, 2, (rows, scores)).astype(float)


def problem_of(network, rows, dtype, weights=None, penalty=None, seed=0):
    random = np.random.default_rng(seed)
    X = random.standard_normal((rows, network.inputs)).astype(dtype)
    return Problem.of(network, X, targets(random, network.output, rows, network.widths[-1]), weights, penalty)


def assert_equal_paths(problem, recipe, threads=1, tolerance=None):
    """Train on both engines and compare where they are after every report."""
    theta = problem.network.initial(np.random.default_rng(1), problem.X.dtype)
    tolerance = tolerance or {np.dtype(np.float64): 1e-10, np.dtype(np.float32): 2e-4}[problem.X.dtype]
    ours = list(epochs(problem, theta, recipe, engine=Compiled(threads=threads)))
    truth = list(epochs(problem, theta, recipe, engine=Reference()))
    for mine, other in zip(ours, truth, strict=True):
        assert mine.loss == pytest.approx(other.loss, rel=10 * tolerance, abs=tolerance)
        assert mine.objective == pytest.approx(other.objective, rel=10 * tolerance, abs=tolerance)
        np.testing.assert_allclose(mine.theta, other.theta, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(mine.raw_theta, other.raw_theta, rtol=tolerance, atol=tolerance)
        for slot, same in zip(mine.state, other.state, strict=True):
            np.testing.assert_allclose(slot, same, rtol=tolerance, atol=tolerance)
    assert mine.theta.dtype == problem.X.dtype


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("layer", shipped(Activation))
def test_every_layer(layer, dtype, instructions):
    """Vectors of units first, then of rows."""
    for width, rows, batch_size in ((40, 50, 20), (9, 200, 90)):
        network = Network.dense([5, width, 7, 3], layer(), biases=Normal(0.3))
        assert Compiled().supports(network, SGD()) is None
        assert_equal_paths(problem_of(network, rows, dtype), Recipe(SGD(0.05), epochs=17, batch_size=batch_size))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scores", [1, 3, 20])
@pytest.mark.parametrize("output", shipped(Output))
def test_every_output(output, scores, dtype, instructions, random):
    for width, rows, batch_size in ((33, 37, 15), (9, 300, 170)):
        network, weights = Network.dense([4, width, scores], Tanh(), output()), random.uniform(0.0, 2.0, rows)
        recipe = Recipe(SGD(0.02), epochs=17, batch_size=batch_size)
        assert_equal_paths(problem_of(network, rows, dtype, weights), recipe)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("output", [*shipped(Output), lambda: SeveralSoftmax((300, 2, 298))])
def test_many_scores_go_through_an_output_a_few_rows_at_a_time(output, dtype, instructions, random):
    network, rows = Network.dense([4, 33, 600], Tanh(), output()), 37
    problem = problem_of(network, rows, dtype, random.uniform(0.0, 2.0, rows))
    assert_equal_paths(problem, Recipe(SGD(0.02), epochs=3, batch_size=21))
    theta, tolerance = network.initial(random, dtype), {"rtol": 2e-4, "atol": 1e-5}
    np.testing.assert_allclose(*(e.predict(network, theta, problem.X) for e in (Compiled(), Reference())), **tolerance)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("optimizer", [kind for kind in shipped(Optimizer) if not issubclass(kind, Wrapper)])
def test_every_rule(optimizer, dtype, instructions):
    network = Network.dense([4, 20, 3], Tanh())
    recipe = Recipe(optimizer(), Cosine(), epochs=17, batch_size=15)
    # Where a rule divides by a root of almost nothing, rounding is magnified.
    tolerance = None if dtype == np.float64 else 2e-3
    assert_equal_paths(problem_of(network, 40, dtype), recipe, tolerance=tolerance)


WRAPPED = [
    AdamW().with_rate(0.01),
    Averaged(SGD(0.1), decay=0.9),
    Averaged(Adam(0.01)),
    ClipNorm(Momentum(0.05, momentum=Linear(0.5, 0.9)), limit=0.2),
    ClipValue(SGD(0.5), limit=0.01),
    DecoupledDecay(Averaged(ClipValue(ClipNorm(Adam(0.02), limit=0.5), limit=0.05), decay=0.8), strength=0.3),
    ClipNorm(ClipNorm(SGD(0.3), limit=0.1), limit=0.3),
]


@pytest.mark.parametrize("optimizer", WRAPPED, ids=str)
def test_wrappers_in_any_order(optimizer, instructions):
    network = Network.dense([4, 20, 3], Tanh())
    assert_equal_paths(
        problem_of(network, 40, np.float64, penalty=L2(0.1)), Recipe(optimizer, epochs=17, batch_size=15)
    )


def test_every_wrapper_is_among_them():
    def around(optimizer):
        return {type(optimizer)} | (around(optimizer.optimizer) if isinstance(optimizer, Wrapper) else set())

    assert {kind for kind in shipped(Wrapper) if kind is not Wrapper} <= set().union(*map(around, WRAPPED))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("penalty", [L2(0.3), L1(0.05), ElasticNet(0.1, ratio=0.3)], ids=str)
def test_every_penalty(penalty, dtype, instructions):
    network = Network.dense([4, 20, 9, 3], Tanh(), penalties=[1.0, 0.0, 2.0])
    recipe = Recipe(SGD(0.1), epochs=17, batch_size=15, convention=sum_of_rows)
    assert_equal_paths(
        problem_of(network, 40, dtype, penalty=penalty), recipe, tolerance=None if dtype == np.float64 else 2e-3
    )
    assert {type(each) for each in (L2(), L1(), ElasticNet())} == set(shipped(Penalty))


NETWORKS = {
    "narrow": Network.dense([3, 5, 2], Tanh(), scores_layer=Tanh()),
    "wide": Network.dense([30, 64, 32, 2], ReLU()),
    "wider": Network.dense([70, 130, 10], ReLU()),
    "deep": Network.dense([6, 40, 40, 40, 4], GELU()),
    "normalized": Network.dense([6, 40, 17, 4], ReLU(), batch_norm=True),
    "noisy": Network.dense([6, 40, 17, 4], ReLU(), dropout=0.3, input_dropout=0.1),
    "both": Network.dense([6, 40, 17, 4], Maxout(3), batch_norm=True, dropout=[0.5, 0.1]),
    "bounded": Network.dense([6, 40, 17, 4], Tanh(), max_norm=0.7),
    "linear": Network(5, (MultiplyGate(3), AddGate()), Softmax()),
    "no bias": Network(5, (MultiplyGate(30), Tanh(), MultiplyGate(3)), Hinge()),
    "odd": Network(
        5, (AddGate(Normal()), Tanh(), MultiplyGate(3), BatchNorm(), Tanh(), AddGate(), Dropout(0.2)), Logistic()
    ),
    "fixed": Network(5, (MultiplyGate(30, rate=0.0), AddGate(rate=2.0), Tanh(), MultiplyGate(3)), LeastSquares()),
}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("batch_size", [1, 7, 32, 200, None])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_shape_of_batch(name, batch_size, dtype, threads):
    """230 rows: the last batch is short. In single precision Adam would make a step of any rounded zero."""
    optimizer = Adam(1e-3) if dtype == np.float64 else Momentum(1e-3)
    recipe = Recipe(optimizer, epochs=1 if batch_size == 1 else 3, batch_size=batch_size, seed=2**63 + 11)
    assert_equal_paths(problem_of(NETWORKS[name], 230, dtype), recipe, threads)


@pytest.mark.parametrize("name", NETWORKS)
def test_predictions_and_the_gradient(name, instructions, random):
    network = NETWORKS[name]
    problem = problem_of(network, 230, np.float64, random.uniform(0.0, 2.0, 230), L2(0.1))
    theta = network.initial(random)
    ours, truth = Compiled(), Reference()
    np.testing.assert_allclose(
        ours.scores(network, theta, problem.X), truth.scores(network, theta, problem.X), rtol=1e-10, atol=1e-12
    )
    for step in (None, Step(3, 4)):
        (J, slope), (value, gradient) = (loss_and_gradient(e, problem, theta, step, 2.0, 3.0) for e in (ours, truth))
        assert pytest.approx(value, rel=1e-12) == J
        np.testing.assert_allclose(slope, gradient, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_check_passes_through_it(name, random):
    """From seven places: one or two may lie at a kink of ReLU."""
    network = NETWORKS[name]
    problems = [problem_of(network, 12, np.float64, seed=seed) for seed in range(7)]
    errors = [check_engine(problem, network.initial(random), Compiled()) for problem in problems]
    assert np.median(errors) < 1e-7


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8, 9, 31])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("clipped", [False, True])
def test_few_rows(rows, dtype, clipped, instructions, random):
    """The gradients of their products are formed in the optimizer's pass, and large matrices are read as they stand."""
    optimizer = ClipNorm(SGD(0.5), 0.1) if clipped else SGD(0.5)
    network = Network.dense([37, 270, 530, 70, 3], dropout=0.2)
    problem = problem_of(network, rows, dtype, random.uniform(0.5, 2.0, rows))
    assert_equal_paths(problem, Recipe(optimizer, epochs=2), threads=2)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("rows", [1, 4, 7, 8, 20])
def test_a_gradient_that_is_formed_has_the_bits_of_one_that_is_written(rows, dtype, instructions):
    problem = problem_of(Network.dense([37, 70, 3]), rows, dtype)
    theta, engine = problem.network.initial(np.random.default_rng(0), dtype), Compiled()
    (epoch,) = epochs(problem, theta, Recipe(SGD(1.0), epochs=1), engine=engine)
    np.testing.assert_array_equal(epoch.theta, theta - loss_and_gradient(engine, problem, theta)[1])


@settings(max_examples=60)
@given(
    widths=st.lists(st.integers(1, 70), min_size=2, max_size=5),
    rows=st.integers(1, 150),
    layer=st.sampled_from([Tanh(), ReLU(), GELU()]),
    batch_size=st.one_of(st.none(), st.integers(1, 160)),
    threads=st.integers(1, 3),
    seed=st.integers(0, 2**64 - 1),
)
def test_any_network_on_any_rows(widths, rows, layer, batch_size, threads, seed):
    network = Network.dense(widths, layer, dropout=0.2, output=LeastSquares())
    recipe = Recipe(Momentum(1e-3), epochs=2, batch_size=batch_size, seed=seed)
    assert_equal_paths(problem_of(network, rows, np.float64), recipe, threads)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_number_of_threads_changes_no_bit(name):
    problem = problem_of(NETWORKS[name], 700, np.float32)
    theta = problem.network.initial(np.random.default_rng(1), np.float32)
    recipe = Recipe(Adam(), epochs=3, batch_size=300)
    paths = [[epoch.theta for epoch in epochs(problem, theta, recipe, engine=Compiled(threads=n))] for n in (1, 2, 8)]
    np.testing.assert_array_equal(paths[0], paths[1])
    np.testing.assert_array_equal(paths[0], paths[2])


@pytest.mark.parametrize("name", ["narrow", "wider", "normalized", "both", "sparse"])
def test_the_number_of_threads_changes_no_bit_of_a_prediction(name, random):
    """The row counts leave full tiles and a short last one, and too few rows to share."""
    network = NETWORKS.get(name) or Network.dense([300, 60, 3], ReLU())
    theta = network.initial(random, np.float32)
    table = random.standard_normal((130_001, network.inputs)).astype(np.float32)
    if name == "sparse":
        table = scipy.sparse.random(40_001, 300, density=0.05, random_state=0, dtype=np.float32).tocsr()
    engines = [Compiled(threads=n) for n in (1, 2, 5)]
    for rows in (table, table[:3000], table[:1]):
        first, *others = [engine.scores(network, theta, rows) for engine in engines]
        np.testing.assert_allclose(first, Reference().scores(network, theta, rows), rtol=1e-3, atol=1e-4)
        for scores in others:
            np.testing.assert_array_equal(scores, first)
        predicted = [engine.predict(network, theta, rows) for engine in engines]
        np.testing.assert_allclose(predicted[0], network.output.predict(first), rtol=1e-3, atol=1e-4)
        for predictions in predicted[1:]:
            np.testing.assert_array_equal(predictions, predicted[0])


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="only on these processors")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_training_takes_subnormal_numbers_as_zeros_and_leaves_them_to_others(dtype, threads):
    tiny = np.finfo(dtype).smallest_subnormal
    problem = Problem.of(Network.dense([300, 200, 2]), np.zeros((4000, 300), dtype), np.arange(4000) % 2)
    theta, one = np.full(problem.network.size, tiny), np.ones(1)
    block = Block(0, None, np.array([[0, 4000]]), one, one, one, ())
    run(Compiled(threads), problem, theta, (), SGD(1.0), block)
    assert not theta[: 300 * 200].any()
    assert np.array([tiny]) * one.astype(dtype) == tiny


def test_what_an_engine_did_before_changes_no_bit():
    """Predictions and training on few rows and many share an engine's buffers, in any order."""
    for name, network in NETWORKS.items():
        large, small = problem_of(network, 3000, np.float32), problem_of(network, 40, np.float32)
        theta = network.initial(np.random.default_rng(1), np.float32)

        def scores(engine):
            return engine.scores(network, theta, large.X)  # noqa: B023 - called right here

        def gradient(engine):
            return loss_and_gradient(engine, large, theta, Step())[1]  # noqa: B023

        used = Compiled(threads=4)
        loss_and_gradient(used, small, theta, Step())
        for function in (gradient, scores, gradient, scores):
            np.testing.assert_array_equal(function(used), function(Compiled(threads=1)), err_msg=name)


def test_rows_that_are_not_contiguous_are_read_right(random):
    network = Network.dense([3, 40, 2], Tanh())
    whole = random.standard_normal((100, 12))
    theta = network.initial(random)
    for X in (whole[::2, 3:6], whole[::-1, 1:4], whole[:, ::4], np.asfortranarray(whole)[:, :3]):
        scores = Reference().scores(network, theta, X)
        np.testing.assert_allclose(Compiled().scores(network, theta, X), scores, rtol=1e-12, atol=1e-13)


def test_a_gate_of_ones_own_is_refused_with_its_name(random):
    @dataclass(frozen=True)
    class Bent(Layer):
        def forward(self, x):
            return x + x**2

        def slope(self, x, y):
            return 1.0 + 2.0 * x

    network = Network.dense([2, 3, 2], Bent())
    assert Compiled().supports(network, SGD()) == "it has no kernel for the layer Bent"
    with pytest.raises(ValueError, match="no kernel for the layer Bent"):
        next(epochs(problem_of(network, 5, np.float64), network.initial(random), Recipe(), engine=Compiled()))


def test_an_instruction_set_that_is_not_here_is_refused(monkeypatch):
    monkeypatch.setenv(machine.CHOICE, "neon512")
    native_module.cache_clear()
    with pytest.raises(ImportError, match=r"asks for 'neon512', but this processor has: .*baseline"):
        Compiled()
    native_module.cache_clear()


EXPLAINED = {
    "narrow": "dense 3→5 tanh → dense 5→2 tanh softmax; rows are transposed; tiles of 512 rows; "
    "2, 4, 8 blocks from 125830, 251659, 503317 rows; threads from 41944 rows; vectors hold rows",
    "wide": "dense 30→64 relu → dense 64→32 relu → dense 32→2 softmax; "
    "rows are gathered (not where they need no order); tiles of 128 rows; 2, 4, 8 blocks from 781, 1561, 3121 rows; "
    "threads from 261 rows; gradients of products stay factors up to 8 rows; "
    "weights of stage 2, 3 transposed from 2 rows; vectors hold units",
    "no bias": "dense 5→30 tanh → dense 30→3 hinge; rows are transposed; tiles of 512 rows; "
    "2, 4, 8 blocks from 13108, 26215, 52429 rows; threads from 4370 rows; vectors hold rows",
    "odd": "add 5→5 → tanh → dense 5→3 → batch_norm 3→3 → tanh → add 3→3 → dropout 3→3 logistic; rows are gathered; "
    "all rows of a batch at once; threads from 69906 rows; gradients of products stay factors up to 8 rows; "
    "weights of stage 3 transposed from 2 rows; vectors hold units",
}


@pytest.mark.parametrize("name", EXPLAINED)
def test_it_says_what_it_will_do(name):
    assert Compiled().explain(NETWORKS[name]) == EXPLAINED[name]
    assert Compiled().explain(NETWORKS[name], batch_size=8).endswith("vectors hold units")


def test_threads_can_be_limited(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    asked, own = Compiled(), Compiled(threads=7)
    assert (machine.threads(), asked.threads, own.threads) == (3, 3, 7)
    with limit_threads(2):
        assert (machine.threads(), asked.threads, own.threads, Compiled().threads) == (2, 2, 2, 2)
        kept = Compiled()
        with limit_threads(1):
            assert (machine.threads(), own.threads) == (1, 1)
            with limit_threads(5):
                assert own.threads == 1
            elsewhere = ThreadPoolExecutor(1).submit(lambda: own.threads)
            assert elsewhere.result() == 7
        assert own.threads == 2
    assert (asked.threads, own.threads, kept.threads) == (3, 7, 3)
    with pytest.raises(ValueError, match="at least 1 thread, but got 0"), limit_threads(0):
        pass
    assert "3 threads" in engines()["compiled"]


# The predictor


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("output", shipped(Output))
@pytest.mark.parametrize("rows", [1, 5, 700])
def test_a_bound_predictor_predicts(output, rows, dtype, random):
    for widths in ([3, 40, 2], [3, 4, 5]):
        network = Network.dense(widths, Tanh(), output())
        theta = network.initial(random, dtype)
        X = (30.0 * random.standard_normal((rows, 3))).astype(dtype)
        predict, truth = Compiled().predictor(network, theta), Reference().predictor(network, theta)
        tolerance = 1e-10 if dtype == np.float64 else 1e-4
        np.testing.assert_allclose(predict(X), truth(X), rtol=tolerance, atol=tolerance)
        out = np.empty((rows, widths[-1]), dtype)
        assert predict(X, out=out) is out
        theta[...] = 0.0  # its weights are its own
        np.testing.assert_array_equal(out, predict(X))


def test_a_predictor_refuses_rows_that_do_not_fit():
    predict = Compiled().predictor(Network.dense([3, 40, 2]), np.zeros(242))
    with pytest.raises(ValueError, match="X has 4 features, but the network expects 3"):
        predict(np.zeros((1, 4)))
    with pytest.raises(ValueError, match="out must have a row for each row of X and 2 columns"):
        predict(np.zeros((2, 3)), out=np.zeros((1, 2)))


# Processes, interrupts


def test_an_interrupt_leaves_a_complete_step():
    network = Network.dense([60, 300, 10], ReLU())
    problem = problem_of(network, 6000, np.float32)
    theta = problem.network.initial(np.random.default_rng(1), np.float32)
    steps = 100_000
    block = Block(
        first_step=0,
        order=None,
        bounds=np.tile([[0, 6000]], (steps, 1)),
        rates=np.full(steps, 1e-3),
        data_factors=np.ones(steps),
        penalty_factors=np.ones(steps),
        coefficients=(),
    )
    one = replace(
        block,
        bounds=block.bounds[:1],
        **{name: np.ones(1) for name in ("data_factors", "penalty_factors")},
        rates=block.rates[:1],
    )
    engine, before, done = Compiled(), theta.copy(), []
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run(engine, problem, theta, (), SGD(1e-3), block)
    assert not np.array_equal(theta, before)
    again = before.copy()
    while not np.array_equal(again, theta):  # some whole number of steps leads here, to the last bit
        assert len(done) < steps
        done.append(run(engine, problem, again, (), SGD(1e-3), one))


def test_a_child_process_trains_on():
    """Threads do not survive a fork: the child must get its own, and not wait for its parent's."""
    problem = problem_of(NETWORKS["wider"], 3000, np.float32)
    theta = problem.network.initial(np.random.default_rng(1), np.float32)
    recipe = Recipe(Adam(), epochs=3)
    ours = list(epochs(problem, theta, recipe, engine=Compiled(threads=2)))[-1].theta

    def train(pipe):
        pipe.send(list(epochs(problem, theta, recipe, engine=Compiled(threads=2)))[-1].theta)

    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe()
    child = context.Process(target=train, args=(theirs,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # later Pythons warn of forks where there are threads
        child.start()
    assert mine.poll(30)
    np.testing.assert_array_equal(mine.recv(), ours)
    child.join()


def test_many_threads_of_python_train_side_by_side():
    problem = problem_of(NETWORKS["wider"], 3000, np.float32)
    theta = problem.network.initial(np.random.default_rng(1), np.float32)

    def train(_):
        return list(epochs(problem, theta, Recipe(Adam(), epochs=5), engine=Compiled(threads=2)))[-1].theta

    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(train, range(8))
    for other in others:
        np.testing.assert_array_equal(first, other)


# Sparse rows


@pytest.mark.parametrize("kind", ["csr_matrix", "csr_array", "csc_array", "coo_matrix"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("batch_size", [None, 20])
@pytest.mark.parametrize("engine", [Compiled, Reference])
def test_sparse_rows_train_as_the_dense_ones_do(kind, dtype, batch_size, engine, random):
    X = scipy.sparse.random(90, 300, density=0.03, random_state=0, dtype=dtype)
    y, weights = random.integers(0, 3, 90), random.uniform(0.5, 2.0, 90)
    for network in (Network.dense([300, 20, 3], GELU(), dropout=0.2), Network.dense([300, 40, 3], batch_norm=True)):
        theta = network.initial(np.random.default_rng(0), dtype)
        sparse = Problem.of(network, getattr(scipy.sparse, kind)(X), y, weights, L2(0.01))
        dense = Problem.of(network, X.toarray(), y, weights, L2(0.01))
        recipe = Recipe(Momentum(0.05), epochs=4, batch_size=batch_size)
        ours = list(epochs(sparse, theta, recipe, valid=sparse, engine=engine()))
        truth = list(epochs(dense, theta, recipe, valid=dense, engine=Reference()))
        tolerance = 1e-10 if dtype == np.float64 else 1e-4
        np.testing.assert_allclose(ours[-1].theta, truth[-1].theta, rtol=tolerance, atol=tolerance)
        assert ours[-1].valid_loss == pytest.approx(truth[-1].valid_loss, rel=10 * tolerance)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("density", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("width", [40, 333])
def test_leaving_out_zeros_changes_no_bit(width, density, dtype, instructions, random):
    """Sparse rows, dense ones that are mostly zeros, which the engine sieves, and dense ones that it takes whole.

    Batches are small enough for a single block: where blocks end depends on the work in a row.
    """
    table = scipy.sparse.random(500, 70, density=density, random_state=0, dtype=dtype)
    table.data -= 0.5
    network = Network.dense([70, width, 3], dropout=0.2)
    theta = network.initial(np.random.default_rng(0), dtype)
    y, weights = random.integers(0, 3, 500), random.uniform(0.5, 2.0, 500)
    engine, paths = Compiled(), []
    for rows in (table.tocsr(), table.toarray(), np.asfortranarray(table.toarray())):
        problem = Problem.of(network, rows, y, weights)
        (epoch,) = epochs(problem, theta, Recipe(Adam(), epochs=1, batch_size=60), engine=engine)
        gradient = loss_and_gradient(engine, Problem.of(network, rows[:60], y[:60]), epoch.theta)
        paths.append([epoch.theta, *gradient, engine.scores(network, epoch.theta, rows)])
    for sparse, *dense in zip(*paths, strict=True):
        for each in dense:
            np.testing.assert_array_equal(each, sparse)
    one = engine.scores(network, paths[0][0], table.toarray()[:1])
    np.testing.assert_array_equal(one, paths[0][-1][:1])


def test_few_rows_are_sieved_after_others_that_were_not():
    """A short last batch of rows that are mostly zeros, in an engine that has trained on single full rows before."""
    network = Network.dense([70, 40, 3])
    theta, engine = network.initial(np.random.default_rng(0)), Compiled()
    full = problem_of(network, 20, np.float64)
    zeros = Problem.of(network, scipy.sparse.random(65, 70, density=0.1, random_state=0).toarray(), full.y[[0] * 65])
    recipe = Recipe(SGD(0.5), epochs=2, batch_size=60)
    before = list(epochs(zeros, theta, recipe, engine=engine))[-1]
    list(epochs(full, theta, Recipe(SGD(0.5), epochs=1, batch_size=1), engine=engine))
    after = list(epochs(zeros, theta, recipe, engine=engine))[-1]
    np.testing.assert_array_equal(after.theta, before.theta)


def test_sparse_rows_that_cannot_be_run_are_refused():
    X = scipy.sparse.csr_array(np.eye(3))
    with pytest.raises(ValueError, match="sparse rows need a network that begins with a multiply gate"):
        Problem.of(Network.dense([3, 4, 2], input_dropout=0.1), X, [0, 1, 1])
    with pytest.raises(ValueError, match="X has 3 features, but the network expects 4"):
        Problem.of(Network.dense([4, 4, 2]), X, [0, 1, 1])
    with pytest.raises(ValueError, match="X must be finite"):
        Problem.of(Network.dense([3, 4, 2]), X * np.nan, [0, 1, 1])


def test_a_large_sparse_table_is_never_dense():
    """A thousand rows of a million columns would take 4 GB, a batch of them 1 GB; θ takes 16 MB."""
    script = """
import resource, numpy, scipy.sparse
from mlnn import Network, Problem, Recipe, epochs
from mlnn.engine import Compiled
entries = numpy.ones(10_000, numpy.float32), numpy.arange(10_000) * 97, numpy.arange(0, 10_001, 10)
X = scipy.sparse.csr_array(entries, shape=(1000, 1_000_000))
network = Network.dense([1_000_000, 4, 2])
problem = Problem.of(network, X, numpy.arange(1000) % 2)
theta = network.initial(numpy.random.default_rng(0), numpy.float32)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
(epoch,) = epochs(problem, theta, Recipe(epochs=1, batch_size=250), engine=Compiled(threads=1))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 600_000  # kilobytes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch_size", [None, 300, 257])
@pytest.mark.parametrize("inputs", [9, 20, 32])
def test_many_rows_of_a_narrow_network(instructions, inputs, batch_size, dtype):
    """They are turned into columns in another way than few rows are."""
    problem = problem_of(Network.dense([inputs, 5, 3], Tanh()), 700, dtype)
    assert_equal_paths(problem, Recipe(SGD(0.1), epochs=4, batch_size=batch_size))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("inputs", [1, 3, 16, 37, 100, 130])
@pytest.mark.parametrize("hidden", [(), (40,)])
def test_a_single_unit_at_the_end(instructions, inputs, hidden, dtype):
    """It has a kernel of its own, which reads the user's rows up to their end and no further."""
    layers = [inputs, *hidden, 1]
    for output in (Logistic(), LeastSquares()):
        problem = problem_of(Network.dense(layers, ReLU(), output), 130, dtype)
        assert_equal_paths(problem, Recipe(SGD(0.05), epochs=4, batch_size=50))
        assert_equal_paths(problem, Recipe(SGD(0.05), epochs=4))
