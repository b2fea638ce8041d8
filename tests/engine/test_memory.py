"""What training will take is told before it begins, about right, and refused where it is not there."""

import json
import sys

import numpy as np
import pytest
from alone import alone
from commands import assert_one_sentence, run
from support import compiled

from mlnn import MLPClassifier, Model, Network, TableClassifier, memory

unix = pytest.mark.skipif(sys.platform != "linux", reason="limits and peaks are told by Linux")

PEAK = """
import json
from mlnn.engine.memory import data_bytes, training_bytes
from mlnn.optimizer import LBFGS, Momentum
widths, rows, batch, rule, engine, dtype, normalized = json.loads(sys.argv[1])
optimizer = {"adam": Adam(1e-6), "momentum": Momentum(1e-6), "lbfgs": LBFGS(history=2)}[rule]
engine = Compiled(2) if engine == "compiled" else Reference()
network = Network.dense(widths, ReLU(), batch_norm=normalized)
X = random.standard_normal((rows, widths[0])).astype(dtype)
problem = Problem.of(network, X, random.integers(0, widths[-1], rows))
theta = (0.01 * random.standard_normal(network.size)).astype(dtype)
small = Network.dense([2, 2, 2])
list(epochs(Problem.of(small, np.eye(2), [0, 1]), np.zeros(small.size), Recipe(epochs=1)))
def peak(name):
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith(name))
with open("/proc/self/clear_refs", "w") as refs:
    refs.write("5")
before = peak("VmRSS")
for _ in epochs(problem, theta, Recipe(optimizer, epochs=4, batch_size=batch), engine=engine):
    pass
said = training_bytes(network, engine, optimizer, dtype, rows, batch) + data_bytes(problem, dtype)
print(said / (peak("VmHWM") - before))
"""


@unix
@compiled
@pytest.mark.parametrize(
    "case",
    [
        ([100, 1000, 1000, 10], 1000, 100, "adam", "compiled", "float64", False),
        ([784, 512, 10], 3000, None, "momentum", "reference", "float64", False),
        *(
            pytest.param(case, marks=pytest.mark.slow)
            for case in (
                ([20, 2000, 2000, 3], 1000, None, "momentum", "compiled", "float32", False),
                ([50, 256, 256, 3], 8000, None, "momentum", "compiled", "float64", True),
                ([100, 1000, 1000, 10], 500, None, "lbfgs", "compiled", "float64", False),
            )
        ),
    ],
    ids=str,
)
def test_the_estimate_is_near_the_peak(case):
    ratio = float(alone(PEAK, json.dumps(case)))
    assert 0.75 < ratio < 1.4


HUGE = Network.dense([2, 3_000_000_000, 2])


@pytest.mark.parametrize(
    "train",
    [
        lambda X, y: Model([2, 3_000_000_000, 2]),
        lambda X, y: HUGE.initial(np.random.default_rng(0)),
        lambda X, y: MLPClassifier((3_000_000_000,)).fit(X, y),
        lambda X, y: MLPClassifier((3_000_000_000,), solver="lbfgs").fit(X, y),
        lambda X, y: TableClassifier(hidden=(3_000_000_000,)).fit(X, y),
    ],
)
def test_what_does_not_fit_is_refused_with_the_figure(train, random):
    X, y = random.standard_normal((40, 2)), np.arange(40) % 2
    sentence = r"weights( each)?: (drawing|training)( them)? takes about [0-9,]+ GB, but [0-9.,]+ [GM]B are free"
    with pytest.raises(MemoryError, match=sentence):
        train(X, y)


@unix
def test_an_estimator_outlives_a_refusal_and_a_want_of_memory():
    """Under a limit on the address space, an allocation in the middle fails: what was learned before is still there."""
    alone("""
from mlnn import MLPClassifier, TableClassifier
X, y = random.standard_normal((2000, 50)), random.integers(0, 3, 2000)
for estimator in (MLPClassifier((8,), max_iter=2, random_state=0), TableClassifier(hidden=(8,), epochs=2, members=2)):
    estimator.fit(X, y)
    before = estimator.predict(X)
    with open("/proc/self/statm") as pages:
        used = int(pages.read().split()[0]) * resource.getpagesize()
    name = "hidden" if isinstance(estimator, TableClassifier) else "hidden_layer_sizes"
    estimator.set_params(**{name: (2000, 2000)})
    for there in (4_000_000, 40_000_000, 100_000_000):
        resource.setrlimit(resource.RLIMIT_AS, (used + there, resource.RLIM_INFINITY))
        try:
            estimator.fit(X, y)
        except MemoryError as problem:
            assert str(problem)
        else:
            raise AssertionError("there was enough memory")
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
        assert np.array_equal(estimator.predict(X), before)
    estimator.set_params(**{name: (8,)}).fit(X, y)
""")


@unix
def test_limits_of_the_process_count(monkeypatch):
    assert 0 < memory.free() < 1e15
    alone("""
from mlnn import memory
with open("/proc/self/statm") as pages:
    used = int(pages.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000, resource.RLIM_INFINITY))
assert memory.free() <= 200_000_000
""")


def test_the_command_line_refuses_in_one_line(tmp_path):
    table = tmp_path / "x.csv"
    table.write_text("a,y\n" + "".join(f"{k},{k % 2}\n" for k in range(40)))
    ended = run("train", table, "--target", "y", "--hidden", "1000000,1000000")
    assert_one_sentence(ended.exit_code, ended.stdout, ended.stderr, "weights each: training them takes about")
