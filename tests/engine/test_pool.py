"""No exception stays in a thread of the engine's, and there are no more of these than can be of use."""

import pytest
from alone import alone

from mlnn.engine import engines

pytestmark = pytest.mark.skipif(engines()["compiled"].startswith("not here"), reason="there is no compiled engine")


@pytest.mark.slow
def test_a_thread_that_finds_no_memory():
    """It is Python's MemoryError, and training goes on where it is asked for less."""
    alone("""
network = Network.dense([20, 300, 300, 3], ReLU(), batch_norm=True)
X, y = np.zeros((60_000, 20), np.float32), np.zeros(60_000, int)
problem, few = Problem.of(network, X, y), Problem.of(network, X[:100], y[:100])
thetas = np.stack([network.initial(np.random.default_rng(seed), np.float32) for seed in range(4)])
engine, recipe = Compiled(4), Recipe(epochs=1)
before = list(epochs_of_members(few, thetas, recipe, engine=engine))[-1]
resource.setrlimit(resource.RLIMIT_AS, (800 << 20,) * 2)
for use in (
    lambda: list(epochs_of_members(problem, thetas, recipe, engine=engine)),
    lambda: list(epochs(Problem.of(network, np.tile(X, (8, 1)), np.tile(y, 8)), thetas[0], recipe, engine=engine)),
):
    try:
        use()
    except MemoryError:
        continue
    raise AssertionError("there was memory enough")
after = list(epochs_of_members(few, thetas, recipe, engine=engine))[-1]
for one, other in zip(before, after):
    assert np.array_equal(one.theta, other.theta)
""")


def test_threads_that_cannot_be_made_are_done_without():
    alone("""
network = Network.dense([20, 64, 3], ReLU())
X, y = random.standard_normal((4000, 20)), random.integers(0, 3, 4000)
problem, theta, recipe = Problem.of(network, X, y), network.initial(random), Recipe(epochs=2)
list(epochs(problem, theta, recipe, engine=Compiled(1)))
with open("/proc/self/statm") as status:
    pages = int(status.read().split()[0])
hard = resource.getrlimit(resource.RLIMIT_AS)[1]
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (6 << 20), hard))  # of which a thread takes 8
alone = list(epochs(problem, theta, recipe, engine=Compiled(1)))[-1].theta
several = list(epochs(problem, theta, recipe, engine=Compiled(8)))[-1].theta
resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
later = list(epochs(problem, theta, recipe, engine=Compiled(8)))[-1].theta
assert np.array_equal(alone, several) and np.array_equal(alone, later)
""")


def test_no_more_threads_than_cores():
    alone("""
from mlnn import MLPClassifier
X, y = random.standard_normal((3000, 20)), random.integers(0, 3, 3000)
before = len(os.listdir("/proc/self/task"))
one = MLPClassifier((128, 128), max_iter=2, batch_size=3000, n_threads=3000, random_state=0).fit(X, y)
network = Network.dense([20, 30, 3])
thetas = np.stack([network.initial(random) for _ in range(200)])
list(epochs_of_members(Problem.of(network, X, y), thetas, Recipe(epochs=1), engine=Compiled(3000)))
assert len(os.listdir("/proc/self/task")) - before < len(os.sched_getaffinity(0))
two = MLPClassifier((128, 128), max_iter=2, batch_size=3000, n_threads=1, random_state=0).fit(X, y)
assert np.array_equal(one.theta_, two.theta_)
""")
