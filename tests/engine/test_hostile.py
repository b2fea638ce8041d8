# ruff: noqa: E501 - scripts, whose lines are calls
"""Calls that make no sense: each is answered, with numbers or with an exception of Python's, and nobody falls.

All run in a process of their own. What they hand over is drawn at random from what does not fit: shapes, types, orders,
lengths, signs, sizes, lists, None.
"""

import os

import pytest
from alone import alone

from mlnn.engine import engines

pytestmark = [
    pytest.mark.skipif(engines()["compiled"].startswith("not here"), reason="there is no compiled engine"),
    pytest.mark.slow,
]
CALLS = int(os.environ.get("MLNN_HOSTILE_CALLS", "1000"))
"""How many calls in each test; more of them are a matter of patience."""

THINGS = """
import scipy.sparse
calls, seed = int(sys.argv[1]), int(sys.argv[2])
random = np.random.default_rng(seed)
networks = [Network.dense([3, 4, 2]), Network.dense([5, 40, 3], ReLU(), batch_norm=True), Network(2, (), LeastSquares())]
networks += [Network.dense([4, 3], output=LeastSquares()), Network.dense([3, 33, 1], dropout=0.5, output=LeastSquares())]
def one_of(*things):
    return things[random.integers(len(things))]
def numbers(*shape):
    shape = tuple(max(int(n), 0) for n in shape)
    kind = one_of(float, float, float, np.float32, int, np.int32, np.uint8, bool, ">f8", np.float16, object, complex)
    values = one_of(np.zeros, np.ones)(shape, float) * one_of(1.0, -1.0, 7.0, 1e300, np.nan, np.inf, 1e-300)
    with np.errstate(all="ignore"):
        values = values.astype(kind)
    spoiled = random.integers(12)
    if spoiled == 0:
        values = values[..., ::-1]
    elif spoiled == 1:
        values = np.asfortranarray(values)
    elif spoiled == 2:
        values.setflags(write=False)
    elif spoiled == 3:
        values = np.broadcast_to(values.ravel()[:1] if values.size else np.zeros(1), shape)
    elif spoiled == 4:
        values = one_of(None, values.tolist(), "rows", 3, values.ravel(), values[None])
    return values
def size(right):
    return max(one_of(right, right, right, right, right - 1, right + 1, 0, 1, 10 * right + 3), 0)
def whole(right):
    return one_of(right, right, right, 0, 1, -1, -(2**62), 2**62, 2**31, right + 1)
def table(network, rows):
    if random.uniform() < 0.3:
        entries = int(random.integers(0, 8))
        X = scipy.sparse.csr_matrix((max(rows, 1), network.inputs))
        X.indptr = np.array([whole(entries) for _ in range(size(max(rows, 1) + 1))])
        X.indices = np.array([whole(k % network.inputs) for k in range(size(entries))], int)
        X.data = one_of(np.ones(entries), np.ones(size(entries)), np.ones(entries, np.float32))
        return X
    return numbers(rows, size(network.inputs))
def targets(network, rows):
    scores = network.widths[-1]
    return one_of(numbers(size(rows)), numbers(size(rows), scores), np.arange(size(rows)) % scores, np.full(rows, whole(1)))
def attempt(function):
    try:
        function()
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError, RuntimeError, MemoryError, KeyError) as reason:
        assert type(reason).__name__ != "SystemError"
        return 0
    except (FloatingPointError, ArithmeticError):
        return 0
    return 1
np.seterr(all="ignore")
answered = 0
"""


@pytest.mark.parametrize("seed", range(3))
def test_bound_engines_and_predictors(seed):
    out = alone(
        THINGS
        + """
def steps():
    count = one_of(0, 1, 2, 3)
    bounds = np.array([[whole(0), whole(7)] for _ in range(size(count))]).reshape(-1, 2) if random.uniform() < 0.7 else np.array([[0, 7]] * count).reshape(-1, 2)
    order = one_of(None, None, np.arange(7), np.array([whole(k) for k in range(7)]), numbers(7))
    plain = lambda: one_of(np.ones(count), np.ones(count), np.ones(count), numbers(size(count)))
    coefficients = tuple(plain() for _ in range(one_of(0, 0, 1, 1, 2, 40)))
    return Block(whole(0), order, one_of(bounds, bounds, numbers(count, 2)), plain(), plain(), plain(), coefficients, whole(0), one_of(0, 2**64, -1))
for call in range(calls):
    network = one_of(*networks)
    rows, engine = one_of(7, 7, 1, 0, 300), Compiled(one_of(1, 2, 3000))
    theta = one_of(network.initial(random), network.initial(random, np.float32), numbers(size(network.size)))
    problem = Problem(network, table(network, rows), targets(network, rows), one_of(None, None, numbers(size(rows))))
    optimizer = one_of(SGD(), Adam(), None)
    def work():
        with engine.bind(problem, optimizer) as bound:
            if random.uniform() < 0.3:
                bound.loss_and_gradient(theta)
            state = tuple(one_of(np.zeros_like(theta), numbers(size(network.size))) for _ in range(one_of(0, 2, 2, 2, 1, 9)))
            members = [Member(theta, state)] * one_of(1, 1, 1, 2)
            bound.run(members, [steps() for _ in members])
    def ask():
        predictor = engine.predictor(network, theta)
        X = table(network, rows)
        one_of(lambda: predictor(X), lambda: predictor(X, numbers(size(rows), network.widths[-1])), lambda: predictor.scores(X),
               lambda: predictor(X, X), lambda: predictor.rebind(numbers(size(network.size))),
               lambda: predictor.total([theta, numbers(size(network.size))][:whole(2)], [X, table(network, rows)][:whole(2)]),
               lambda: predictor._native.total([theta, theta], [X, X], one_of(X, numbers(size(rows), network.widths[-1]))))()
    answered += attempt(one_of(work, ask))
print(answered)
""",
        CALLS,
        seed,
    )
    assert int(out) > CALLS // 50  # not all is refused


@pytest.mark.parametrize("seed", range(2))
def test_models_and_estimators(seed):
    out = alone(
        THINGS
        + """
from mlnn import MLPClassifier, MLPRegressor
good = random.standard_normal((7, 3))
model = Model([3, 4, 2], seed=0)
estimators = [MLPClassifier((4,), max_iter=1).fit(good, [0, 1] * 3 + [0]), MLPRegressor(hidden_layer_sizes=(4,), max_iter=1).fit(good, np.arange(7.0))]
for call in range(calls // 4):
    rows = one_of(7, 7, 1, 0, 300)
    X, y = table(networks[0], rows), targets(networks[0], rows)
    estimator = one_of(*estimators)
    model.theta = one_of(model.network.initial(random), model.network.initial(random), numbers(size(model.network.size)))
    answered += attempt(one_of(
        lambda: model.train(X, y, num_passes=2, engine="compiled", batch_size=one_of(None, 3)),
        lambda: model.predict(X),
        lambda: model.predictor()(X),
        lambda: estimator.fit(X, y),
        lambda: estimator.predict(X),
        lambda: estimator.partial_fit(X, y),
    ))
print(answered)
""",
        CALLS,
        seed,
    )
    assert int(out) > 0


@pytest.mark.parametrize("seed", range(2))
def test_the_native_face(seed):
    out = alone(
        THINGS
        + """
from mlnn.engine import parts, plan as planner
from mlnn.engine.machine import native_module
native = native_module()
for call in range(calls):
    network, other = one_of(*networks), one_of(*networks)
    bits, rows = one_of(32, 64), one_of(7, 7, 1, 300)
    dtype = np.float32 if bits == 32 else np.float64
    plan = native.Plan(planner.plan(network, native, dtype, rows=rows, zeros=one_of(True, False)))
    foreign = native.Plan(planner.plan(one_of(network, network, other), native, dtype, rows=rows))
    update = native.Update(parts.optimizer(one_of(SGD(), Adam()), None, native))
    X = one_of(np.ones((rows, network.inputs), dtype), numbers(rows, size(network.inputs)),
               (np.array([0, whole(1)]), np.array([whole(0)]), np.ones(1, dtype), whole(1), whole(network.inputs)))
    def work():
        data = getattr(native, f"Data{bits}")(X, one_of(None, targets(network, rows)), None, foreign)
        trainer = getattr(native, f"Trainer{bits}")(plan)
        theta = one_of(np.zeros(network.size, dtype), numbers(size(network.size)))
        if random.uniform() < 0.5:
            trainer.loss_and_gradient(theta, data, one_of(None, (1, 2), (-1, 0)), 1.0, one_of(np.zeros(network.size, dtype), numbers(size(network.size))), whole(2))
        else:
            one = np.ones(1)
            member = (theta, [], None, 0, np.array([[0, rows]]), one, one, one, [], 0, 0, np.zeros((1, 2)))
            member = tuple(one_of(*[part] * 12, None, numbers(1), whole(0)) for part in member)
            type(trainer).run([trainer] * one_of(1, 1, 1, 2, 0), data, update, [member[: one_of(12, 12, 12, 11)]], whole(2))
    def ask():
        predictor = getattr(native, f"Predictor{bits}")([plan] * one_of(1, 1, 0, 2))
        predictor.bind(one_of(np.zeros(network.size, dtype), numbers(size(network.size))))
        out = one_of(np.zeros((rows, network.widths[-1]), dtype), numbers(size(rows), network.widths[-1]))
        if random.uniform() < 0.5:
            predictor.predict(X, out)
        else:
            predictor.run(whole(0), getattr(native, f"Data{bits}")(X, None, None, foreign), out, True, whole(2) % 2**31)
    answered += attempt(one_of(work, ask))
print(answered)
""",
        CALLS,
        seed,
    )
    assert int(out) > CALLS // 50
