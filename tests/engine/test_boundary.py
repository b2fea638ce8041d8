"""What does not fit is refused with words by both engines, before any work: no crash, no number out of thin air."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
from alone import alone, block_of
from bound import loss_and_gradient, run

from mlnn.array import as_rows
from mlnn.engine import Compiled, Member, Reference, engines
from mlnn.layer import ReLU, Tanh
from mlnn.model import Model
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, SGD, Adam, Averaged
from mlnn.output import Hinge, LeastSquares, SeveralSoftmax
from mlnn.training import Recipe, epochs

compiled = pytest.mark.skipif(engines()["compiled"].startswith("not here"), reason="there is no compiled engine")
EACH = pytest.mark.parametrize("engine", [Reference, pytest.param(Compiled, marks=compiled)])
REFUSED = (ValueError, TypeError, IndexError)
NETWORK = Network.dense([4, 8, 3], ReLU())
SIZE = NETWORK.size


def data(seed=0, rows=40, columns=4, classes=3):
    random = np.random.default_rng(seed)
    return random.standard_normal((rows, columns)), random.integers(0, classes, rows)


def problem(**others):
    X, y = data()
    return replace(Problem.of(NETWORK, X, y), **others)


# θ and the optimizer's slots


@EACH
@pytest.mark.parametrize(
    "theta",
    [
        np.zeros(1),
        np.zeros(0),
        np.zeros(SIZE - 1),
        np.zeros(10 * SIZE),
        np.zeros((SIZE, 1)),
        np.zeros((1, SIZE)),
        np.zeros((), float),
    ],
    ids=lambda theta: str(theta.shape),
)
def test_theta_of_another_shape(engine, theta):
    X, _ = data()
    sentence = rf"θ must have (shape \({SIZE},\)|one dimension), but its shape is"
    for function in (
        lambda: run(engine(), problem(), theta.copy(), (), SGD(), block_of([[0, 40]])),
        lambda: loss_and_gradient(engine(), problem(), theta),
        lambda: engine().predictor(NETWORK, theta),
        lambda: engine().scores(NETWORK, theta, X),
        lambda: engine().predictor(NETWORK, np.zeros(SIZE)).rebind(theta),
        lambda: next(epochs(problem(), theta, Recipe(epochs=2), engine=engine())),
        lambda: next(epochs(problem(), theta, Recipe(LBFGS(), epochs=2), engine=engine())),
    ):
        with pytest.raises(ValueError, match=sentence):
            function()


@pytest.mark.parametrize("name", ["reference", pytest.param("compiled", marks=compiled)])
@pytest.mark.parametrize("size", [1, 10, 10_000])
def test_a_models_theta_that_somebody_replaced(name, size):
    model, (X, y) = Model([4, 8, 3], seed=0), data()
    model.theta = np.zeros(size)
    with pytest.raises(ValueError, match=rf"θ must have shape \({SIZE},\)"):
        model.train(X, y, num_passes=2, engine=name)
    with pytest.raises(ValueError, match=rf"θ must have shape \({SIZE},\)"):
        model.predictor()


@compiled
@pytest.mark.parametrize("dtype", [np.int64, np.float16, np.complex128, object, ">f8", np.longdouble])
def test_theta_of_a_type_that_the_engine_cannot_compute_in(dtype):
    with pytest.raises(TypeError, match="float32 or float64"):
        run(Compiled(), problem(), np.zeros(SIZE, dtype), (), SGD(), block_of([[0, 40]]))
    with pytest.raises(TypeError, match="float32 or float64"):
        loss_and_gradient(Compiled(), problem(), np.zeros(SIZE, dtype))
    with pytest.raises(TypeError, match="float32 or float64"):
        Compiled().predictor(NETWORK, np.zeros(SIZE, dtype))


@compiled
def test_native_code_names_the_type_that_it_expects():
    predictor = Compiled().predictor(NETWORK, np.zeros(SIZE))
    with pytest.raises(TypeError, match="θ must be an array of float64"):
        predictor._native.bind(np.zeros(SIZE, np.float32))


@compiled
def test_what_steps_change_is_changed_in_place_or_refused():
    frozen, apart = np.zeros(SIZE), np.zeros(2 * SIZE)[::2]
    frozen.setflags(write=False)
    for theta in (frozen, apart):
        with pytest.raises(REFUSED, match="θ must"):
            run(Compiled(), problem(), theta, (), SGD(), block_of([[0, 40]]))
    theta, optimizer = NETWORK.initial(np.random.default_rng(1)), Adam()
    step = block_of([[0, 40]], coefficients=(np.ones(1),))
    for state in ((frozen, np.zeros(SIZE)), (np.zeros(SIZE), apart), (np.zeros(SIZE, np.float32),) * 2):
        with pytest.raises(REFUSED, match="a slot of the state must"):
            run(Compiled(), problem(), theta, state, optimizer, step)
    shared = np.zeros(SIZE + 5)
    for state in ((theta, np.zeros(SIZE)), (shared[:-5], shared[5:])):
        with pytest.raises(ValueError, match="must not share memory"):
            run(Compiled(), problem(), theta, state, optimizer, step)
    with Compiled().bind(problem(), SGD()) as bound, pytest.raises(ValueError, match="must not share memory"):
        bound.run([Member(theta), Member(theta)], [block_of([[0, 40]])] * 2)


@EACH
@pytest.mark.parametrize("slots", [0, 1, 3, 20])
def test_as_many_slots_as_the_optimizer_has(engine, slots):
    state = tuple(np.zeros(SIZE) for _ in range(slots))
    step = block_of([[0, 40]], coefficients=(np.ones(1),))
    with pytest.raises(ValueError, match=rf"needs 2 slots, but the state has {slots}"):
        run(engine(), problem(), np.zeros(SIZE), state, Adam(), step)


@EACH
def test_as_many_coefficients_as_the_optimizer_has(engine):
    state = tuple(np.zeros(SIZE) for _ in range(2))
    for coefficients in ((), (np.ones(1),) * 2, (np.ones(1),) * 30):
        with pytest.raises(ValueError, match=f"coefficients, but the block has {len(coefficients)}"):
            run(engine(), problem(), np.zeros(SIZE), state, Adam(), block_of([[0, 40]], coefficients=coefficients))


@compiled
@pytest.mark.parametrize("depth", [1, 7, 8, 9, 20, 60])
def test_wrappers_in_wrappers(depth):
    """Each has a slot and a coefficient of its own, however many there are."""
    optimizer = Adam(0.01)
    for _ in range(depth):
        optimizer = Averaged(optimizer, decay=0.9)
    ours, truth = (
        list(epochs(problem(), np.full(SIZE, 0.1), Recipe(optimizer, epochs=5, batch_size=15), engine=engine()))[-1]
        for engine in (Compiled, Reference)
    )
    np.testing.assert_allclose(ours.theta, truth.theta, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(ours.raw_theta, truth.raw_theta, rtol=1e-11, atol=1e-13)


# Blocks


@EACH
@pytest.mark.parametrize(
    ("bounds", "order"),
    [
        ([[-5, 10]], None),
        ([[0, 41]], None),
        ([[0, 10**15]], None),
        ([[-(2**62), 2**62]], None),
        ([[10, 5]], None),
        ([[0, 10], [7, 7]], None),
        ([[0, 5]], np.arange(4)),
        ([[0, 4]], np.array([0, 1, 40, 2])),
        ([[0, 4]], np.array([0, 1, -1, 2])),
        ([[0, 4]], np.array([0, 1, 10**12, 2])),
        ([[0, 4]], np.array([0.0, 1.0, 2.0, 3.0])),
        ([[0, 4]], np.array([True, False, True, True])),
        ([[0, 4]], np.arange(8).reshape(4, 2)),
    ],
)
def test_rows_that_are_not_there(engine, bounds, order):
    theta = np.full(SIZE, 0.1)
    with pytest.raises(REFUSED):
        run(engine(), problem(), theta, (), SGD(), block_of(bounds, order))
    assert (theta == 0.1).all()


@EACH
@pytest.mark.parametrize(
    "wrong",
    [
        {"measured_from": -1},
        {"measured_from": -(2**40)},
        {"first_step": -1},
        {"rates": np.ones(1)},
        {"rates": np.ones(3)},
        {"rates": np.ones((2, 2))},
        {"data_factors": np.ones(1)},
        {"penalty_factors": np.zeros(0)},
        {"bounds": np.zeros((2, 3), int)},
        {"bounds": np.zeros(4, int)},
    ],
    ids=str,
)
def test_steps_that_do_not_fit_each_other(engine, wrong):
    theta = np.full(SIZE, 0.1)
    with pytest.raises(REFUSED):
        run(engine(), problem(), theta, (), SGD(), block_of([[0, 20], [20, 40]], **wrong))
    assert (theta == 0.1).all()


@EACH
def test_no_steps_change_nothing(engine):
    theta = np.full(SIZE, 0.1)
    assert run(engine(), problem(), theta, (), SGD(), block_of(np.zeros((0, 2)))).shape == (0, 2)
    assert run(engine(), problem(), theta.copy(), (), SGD(), block_of([[0, 40]], measured_from=7)).shape == (0, 2)
    with engine().bind(problem(), SGD()) as bound:
        assert bound.run([], []) == []
    assert (theta == 0.1).all()


@EACH
def test_any_integers_number_rows(engine):
    thetas = []
    for dtype in (np.int64, np.int32, np.uint8, np.int16, np.uint64):
        theta = np.full(SIZE, 0.1)
        run(engine(), problem(), theta, (), SGD(), block_of([[0, 4], [4, 6]], np.array([3, 0, 9, 9, 1, 2], dtype)))
        thetas.append(theta)
    for theta in thetas[1:]:
        np.testing.assert_array_equal(theta, thetas[0])


@compiled
@pytest.mark.parametrize("what", ["order", "y", "columns"])
def test_what_another_thread_changes_meanwhile_leads_nobody_astray(what):
    """Row numbers, class numbers and places of entries are the engine's own before it lets go of the lock."""
    alone(
        f"""
import scipy.sparse
what = {what!r}
X = random.standard_normal((3000, 20))
X = scipy.sparse.csr_array(X) if what == "columns" else X
y, order, network = random.integers(0, 3, 3000), np.arange(3000), Network.dense([20, 200, 3], ReLU())
problem = Problem.of(network, X, y)
theta, steps = network.initial(random), 60
many = np.ones(steps)
block = Block(0, order, np.tile([[0, 3000]], (steps, 1)), 1e-3 * many, many, many, ())
changed = {{"order": order, "y": problem.y, "columns": getattr(problem.X, "indices", None)}}[what]
bound = Compiled(2).bind(problem, SGD())
ready = threading.Event()
def change():
    ready.wait()
    for _ in range(50):
        time.sleep(0.005)
        changed.fill(10**9 if what != "columns" else 2**30)
other = threading.Thread(target=change)
other.start()
truth = theta.copy()
kept = changed.copy()
with Compiled(2).bind(problem, SGD()) as first:
    first.run([Member(truth)], [block])
bound.run([Member(theta.copy())], [block])
ready.set()
bound.run([Member(theta)], [block])
other.join()
assert np.array_equal(theta, truth)
"""
    )


# Problems


@EACH
@pytest.mark.parametrize(
    "wrong",
    [
        {"y": np.zeros(3, int)},
        {"y": np.zeros(41, int)},
        {"y": np.full(40, 3)},
        {"y": np.full(40, 10**9)},
        {"y": np.full(40, -1)},
        {"weights": np.ones(3)},
        {"weights": np.ones((40, 2))},
        {"X": np.zeros((40, 3))},
        {"X": np.zeros((40, 5))},
        {"X": np.zeros((39, 4))},
    ],
    ids=str,
)
def test_problems_that_nobody_checked(engine, wrong):
    """``Problem`` itself checks nothing, and its arrays can be changed after ``Problem.of``."""
    theta = np.full(SIZE, 0.1)
    with pytest.raises(REFUSED):
        run(engine(), problem(**wrong), theta, (), SGD(), block_of([[0, 40]]))
    with pytest.raises(REFUSED):
        loss_and_gradient(engine(), problem(**wrong), theta)
    with pytest.raises(REFUSED):
        next(epochs(problem(**wrong), theta, Recipe(batch_size=10), engine=engine()))


@EACH
def test_targets_that_were_changed_after_the_check(engine):
    one = problem()
    one.y[:] = 10**6
    with pytest.raises(REFUSED):
        list(epochs(one, np.full(SIZE, 0.1), Recipe(epochs=3, batch_size=10), engine=engine()))


@compiled
@pytest.mark.parametrize("output", [LeastSquares(), Hinge(), SeveralSoftmax((3, 2)), SeveralSoftmax((2, 3))])
def test_targets_of_other_outputs(output):
    X, _ = data()
    network = Network.dense([4, 8, 5], output=output)
    theta = np.full(network.size, 0.1)
    good = {"LeastSquares": np.ones((40, 5)), "Hinge": np.ones(40, int)}.get(
        type(output).__name__, np.ones((40, 2), int)
    )
    assert np.isfinite(loss_and_gradient(Compiled(), Problem.of(network, X, good), theta)[0])
    for y in (
        good[:3],
        good - 2 if good.dtype.kind == "i" else good[:, :2],
        good + 9 if good.dtype.kind == "i" else good[:, 0],
    ):
        with pytest.raises(REFUSED):
            loss_and_gradient(Compiled(), Problem(network, X, y), theta)


# Sparse rows


def csr(starts, columns, shape=(3, 5), values=None):
    """Return a matrix of which SciPy believes whatever it is told."""
    table = scipy.sparse.csr_matrix(shape)
    table.indptr, table.indices = np.array(starts), np.array(columns)
    table.data = np.ones(len(columns)) if values is None else values
    return table


WRONG_SPARSE = {
    "a column far out": csr([0, 1, 2, 3], [0, 10**7, 1]),
    "a column just out": csr([0, 1, 2, 3], [0, 5, 1]),
    "a negative column": csr([0, 1, 2, 3], [0, -1, 1]),
    "rows that end before they begin": csr([0, 3, 1, 3], [0, 1, 2]),
    "entries that are not there": csr([0, 1, 2, 9], [0, 1, 2]),
    "a negative start": csr([-4, 1, 2, 3], [0, 1, 2]),
    "a start far out": csr([0, 1, 2**40, 2**40], [0, 1, 2]),
    "too few values": csr([0, 1, 2, 3], [0, 1, 2], values=np.ones(1)),
    "too few starts": csr([0, 3], [0, 1, 2]),
}


@EACH
@pytest.mark.parametrize("name", WRONG_SPARSE)
def test_sparse_rows_with_entries_elsewhere(engine, name):
    table, network = WRONG_SPARSE[name], Network.dense([5, 4, 3])
    theta = np.full(network.size, 0.1)
    with pytest.raises(ValueError, match="X is no sparse matrix: "):
        as_rows(table)
    with pytest.raises(REFUSED):
        Problem.of(network, table, [0, 1, 2])
    if engine is Reference:  # SciPy multiplies unchecked: rows come to it through the checks above
        return
    raw = Problem(network, table, np.array([0, 1, 2]))
    for function in (
        lambda: loss_and_gradient(engine(), raw, theta),
        lambda: run(engine(), raw, theta, (), SGD(), block_of([[0, 3]])),
        lambda: engine().predict(network, theta, table),
        lambda: engine().scores(network, theta, table),
    ):
        with pytest.raises(REFUSED):
            function()


@compiled
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_sparse_rows_of_every_kind_are_read_right(index):
    dense = np.where(np.random.default_rng(3).uniform(size=(50, 6)) < 0.3, 1.5, 0.0)
    network = Network.dense([6, 5, 3], Tanh())
    theta = network.initial(np.random.default_rng(0))
    truth = Reference().scores(network, theta, dense)
    whole = scipy.sparse.csr_array(dense)
    whole.indptr, whole.indices = whole.indptr.astype(index), whole.indices.astype(index)
    for table in (whole, whole.tocsc(), whole.tocoo(), scipy.sparse.csr_matrix(whole)):
        np.testing.assert_allclose(Compiled().scores(network, theta, table), truth, rtol=1e-12)
        loss, slope = loss_and_gradient(Compiled(), Problem.of(network, table, np.arange(50) % 3), theta)
        value, gradient = loss_and_gradient(Reference(), Problem.of(network, dense, np.arange(50) % 3), theta)
        assert loss == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(slope, gradient, rtol=1e-10, atol=1e-13)


def test_estimators_refuse_them_too():
    alone("""
import scipy.sparse
from mlnn import MLPClassifier, MLPRegressor
for kind, y in ((MLPClassifier, [0, 1, 2]), (MLPRegressor, [0.0, 1.0, 2.0])):
    for engine in (None, "reference"):
        good = scipy.sparse.csr_matrix((np.ones(3), np.array([0, 4, 1]), np.array([0, 1, 2, 3])), shape=(3, 5))
        bad = scipy.sparse.csr_matrix((np.ones(3), np.array([0, 10**7, 1]), np.array([0, 1, 2, 3])), shape=(3, 5))
        trained = kind(hidden_layer_sizes=(16,), max_iter=3, engine=engine).fit(good, y)
        fresh = kind(hidden_layer_sizes=(16,), max_iter=3, engine=engine)
        for function in (lambda: fresh.fit(bad, y), lambda: fresh.fit(bad.tocsr(), y), lambda: trained.predict(bad)):
            try:
                function()
            except ValueError as reason:
                assert "X is no sparse matrix" in str(reason), reason
            else:
                raise AssertionError("nobody objected")
""")


# Predictors


@EACH
@pytest.mark.parametrize("rows", [5, 700])
@pytest.mark.parametrize("width", [8, 100])
def test_predictions_are_written_in_place_or_refused(engine, rows, width):
    network, (X, _) = Network.dense([4, width, 3], ReLU()), data(rows=rows)
    predict = engine().predictor(network, network.initial(np.random.default_rng(0)))
    right, frozen = np.zeros((rows, 3)), np.zeros((rows, 3))
    frozen.setflags(write=False)
    assert predict(X, right) is right
    np.testing.assert_array_equal(right, predict(X))
    for out in (
        np.zeros((rows, 3), np.float32),
        np.zeros((rows, 3), np.int64),
        np.zeros((rows, 3), ">f8"),
        np.zeros((3, rows)).T,
        np.zeros((2 * rows, 6))[::2, ::2],
        np.zeros((rows, 4))[:, :3],
        np.zeros((rows + 1, 3)),
        np.zeros((rows, 2)),
        np.zeros(3 * rows),
        frozen,
        np.zeros((rows, 3)).tolist(),
    ):
        with pytest.raises(REFUSED, match="out must"):
            predict(X, out)
        assert not np.any(out)


@EACH
@pytest.mark.parametrize("rows", [5, 700])
def test_predictions_do_not_overwrite_their_rows(engine, rows):
    network = Network.dense([3, 40, 3])
    memory = np.random.default_rng(0).standard_normal(6 * rows + 3)
    predict = engine().predictor(network, network.initial(np.random.default_rng(0)))
    X, before = memory[: 3 * rows].reshape(rows, 3), memory.copy()
    for out in (X, memory[2 : 3 * rows + 2].reshape(rows, 3), memory[3 * rows - 1 : 6 * rows - 1].reshape(rows, 3)):
        with pytest.raises(ValueError, match="out must not share memory with X"):
            predict(X, out)
        np.testing.assert_array_equal(memory, before)
    predict(X, memory[3 * rows : 6 * rows].reshape(rows, 3))


@EACH
@pytest.mark.parametrize("rows", [1, 5, 700])
def test_rows_of_any_type_and_layout_are_read_right(engine, rows):
    network = Network.dense([3, 40, 2], Tanh())
    predict = engine().predictor(network, network.initial(np.random.default_rng(0)))
    whole = np.random.default_rng(1).standard_normal((rows, 12)).astype(np.float32).astype(float)
    truth = predict(whole[:, ::4].copy())
    unaligned = np.frombuffer(b"?" + whole[:, ::4].tobytes(), offset=1).reshape(rows, 3)
    for X in (whole[:, ::4], np.asfortranarray(whole[:, ::4]), whole[:, ::4].astype(np.float32), unaligned,
              whole[:, ::4].astype(">f8"), whole[::-1, ::4][::-1]):  # fmt: skip
        np.testing.assert_allclose(predict(X), truth, rtol=1e-6)
        np.testing.assert_allclose(predict.scores(X).shape, (rows, 2))


@EACH
@pytest.mark.parametrize(
    "X", [np.zeros(3), np.zeros((2, 3, 1)), np.zeros((2, 2)), np.zeros((400, 4)), np.float64(1.0)], ids=np.shape
)
def test_rows_of_another_shape(engine, X):
    predict = engine().predictor(Network.dense([3, 40, 2], Tanh()), np.full(242, 0.1))
    for function in (predict, predict.scores):
        with pytest.raises(REFUSED):
            function(X)


@EACH
def test_no_rows_have_no_predictions(engine):
    predict = engine().predictor(Network.dense([3, 40, 2], Tanh()), np.full(242, 0.1))
    assert predict(np.zeros((0, 3))).shape == predict.scores(np.zeros((0, 3))).shape == (0, 2)
    assert predict(scipy.sparse.csr_array((0, 3))).shape == (0, 2)


# Networks without gates


@compiled
def test_a_network_without_gates():
    alone("""
for output, y in ((LeastSquares(), random.standard_normal((10, 2))), (Softmax(), random.integers(0, 2, 10))):
    network = Network(2, (), output)
    X = random.standard_normal((10, 2))
    problem, theta, losses = Problem.of(network, X, y), np.zeros(0), []
    for engine in (Compiled(2), Reference()):
        assert np.array_equal(engine.scores(network, theta, X), X)
        *_, last = epochs(problem, theta, Recipe(epochs=3, batch_size=4), engine=engine)
        losses.append(last.loss)
        np.testing.assert_allclose(engine.predict(network, theta, X), output.predict(X))
    assert abs(losses[0] - losses[1]) < 1e-12
""")
