"""What a signal's handler raises is heard inside a long step and inside a long prediction, and leaves θ whole."""

import pytest
from alone import alone

from mlnn.engine import engines

pytestmark = pytest.mark.skipif(engines()["compiled"].startswith("not here"), reason="there is no compiled engine")

PROBLEMS = {
    "tiles": "Network.dense([20, 256, 256, 3], ReLU()), 400_000",
    "batch norm": "Network.dense([20, 128, 128, 3], ReLU(), batch_norm=True), 100_000",
    "wide layers": "Network.dense([20, 4000, 4000, 3], ReLU()), 1200",
    "columns": "Network.dense([20, 16, 16, 3], ReLU()), 8_000_000",
}
SETUP = """
class Heard(Exception):
    pass
def handler(*_):
    raise Heard
signal.signal(signal.SIGALRM, handler)
network, rows = {network}
X, y = np.zeros((rows, 20), np.float32), np.zeros(rows, int)
problem, start = Problem.of(network, X, y), network.initial(random, np.float32)
"""


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_step_is_left_before_its_end(name):
    """The timer ends long before the only step does: were it not heard inside, θ would have moved."""
    alone(
        SETUP.format(network=PROBLEMS[name])
        + """
one = np.ones(1)
block = Block(0, None, np.array([[0, rows]]), one, one, one, ())
few = Block(0, None, np.array([[0, 100]]), 0.1 * one, one, one, ())
with Compiled(1).bind(problem, SGD()) as fresh:
    again = start.copy()
    fresh.run([Member(again)], [few])
for threads in (1, 2):
    with Compiled(threads).bind(problem, SGD()) as bound:
        for use in (lambda: bound.run([Member(theta)], [block]), lambda: bound.loss_and_gradient(theta)):
            theta = start.copy()
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            try:
                use()
            except Heard:
                assert np.array_equal(theta, start), threads
            else:
                raise AssertionError(f"nobody heard on {threads}")
        bound.run([Member(theta)], [few])  # and it goes on afterwards
    assert np.array_equal(theta, again) and not np.array_equal(theta, start), threads
"""
    )


@pytest.mark.parametrize("name", ["tiles", "wide layers"])
def test_a_prediction_is_left_before_its_end(name):
    alone(
        SETUP.format(network=PROBLEMS[name])
        + """
X = np.zeros((2 * rows, 20), np.float32)
truth = Compiled(1).predict(network, start, X[:300])
for threads in (1, 2):
    predictor = Compiled(threads).predictor(network, start)
    for use in (predictor, predictor.scores):
        out = None
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        try:
            out = use(X)
        except Heard:
            pass
        assert out is None, threads
    assert np.array_equal(predictor(X[:300]), truth), threads
"""
    )


def test_keyboards_interrupt_members_and_estimators():
    alone("""
import _thread
from mlnn import MLPClassifier
X, y = random.standard_normal((60000, 20)), random.integers(0, 3, 60000)
network = Network.dense([20, 200, 200, 3], ReLU())
thetas = np.stack([network.initial(random) for _ in range(4)])
threading.Timer(0.3, _thread.interrupt_main).start()
try:
    list(epochs_of_members(Problem.of(network, X, y), thetas, Recipe(epochs=1000, every=1000), engine=Compiled(2)))
except KeyboardInterrupt:
    pass
else:
    raise AssertionError("nobody heard")
estimator = MLPClassifier((200, 200), batch_size=60000, max_iter=1000)
threading.Timer(0.3, _thread.interrupt_main).start()
estimator.fit(X, y)
assert estimator.interrupted_
estimator.predict(X[:10])
""")
