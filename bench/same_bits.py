"""Train random configurations on 1, 2 and 8 threads; what comes out must be the same bits."""

import hashlib
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from joblib import Parallel, delayed
from outcome import Outcome

from mlnn import Network
from mlnn.engine import Compiled
from mlnn.layer import ELU, GELU, ReLU, Tanh
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam, AdamW, RMSprop
from mlnn.training import Recipe, epochs, epochs_of_members


def configuration(seed: int) -> tuple[Problem, list[np.ndarray], Recipe]:
    """Return a network, rows, first weights of one to three members, and how they train."""
    random = np.random.default_rng(seed)
    widths = random.choice([1, 2, 5, 16, 33, 64, 200, 512], size=random.integers(2, 5))
    classes, rows = int(random.integers(2, 7)), int(random.choice([1, 7, 40, 300, 2_000, 6_000]))
    layer = [ReLU(), Tanh(), GELU(), ELU()][random.integers(4)]
    normed, dropped = bool(rows > 1 and random.uniform() < 0.3), float(random.choice([0.0, 0.0, 0.2]))
    network = Network.dense([*map(int, widths), classes], layer, batch_norm=normed, dropout=dropped)
    dtype = np.dtype(random.choice(["float32", "float64"]))
    X = random.standard_normal((rows, network.inputs)).astype(dtype)
    if random.uniform() < 0.3:
        X[random.uniform(size=X.shape) < 0.9] = 0.0
    optimizer = [SGD(0.01), Adam(), AdamW(), RMSprop()][random.integers(4)]
    batch = None if random.uniform() < 0.3 else int(random.choice([1 + rows // 9, 32, 256, 1_000]))
    thetas = [network.initial(np.random.default_rng([seed, k])).astype(dtype) for k in range(random.integers(1, 4))]
    return (
        Problem.of(network, X, random.integers(0, classes, rows)),
        thetas,
        Recipe(optimizer, epochs=2, batch_size=batch),
    )


def course(problem: Problem, thetas: list[np.ndarray], recipe: Recipe, engine: Compiled) -> Iterator[np.ndarray]:
    """Yield everything that training tells, and what its network then predicts."""
    for epoch in epochs(problem, thetas[0], recipe, engine=engine):
        yield from (epoch.theta, np.array(epoch.loss))
    yield engine.predictor(problem.network, epoch.theta)(problem.X)
    for members in epochs_of_members(problem, np.stack(thetas), recipe, engine=engine):
        yield from (member.theta for member in members)


def bits(seed: int, threads: int = 2) -> str:
    """Return the SHA-256 of everything that a configuration comes to."""
    problem, thetas, recipe = configuration(seed)
    digest = hashlib.sha256()
    for array in course(problem, thetas, recipe, Compiled(threads)):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def over_threads(size: int) -> Outcome:
    """Train so many configurations on 1, 2 and 8 threads; a tenth of them in all kinds of processes too."""
    truth = {seed: bits(seed, 1) for seed in range(size)}
    wrong = [f"{seed} on {count}" for seed in truth for count in (2, 8) if bits(seed, count) != truth[seed]]
    some = range(-(-size // 10))
    for way, work in WAYS.items():
        wrong += [f"{seed} by {way}" for seed, found in zip(some, work(some), strict=True) if found != truth[seed]]
    told = f"the same SHA-256 of weights, losses and predictions; of {len(some)}, also by {', '.join(WAYS)}"
    return Outcome(size, f"other bits: {', '.join(wrong)}" if wrong else told, not wrong)


def _pool(method: str, seeds: range) -> list[str]:
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map(bits, seeds)


def _threads(seeds: range) -> list[str]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(bits, seeds))


def _loky(seeds: range) -> list[str]:
    return Parallel(2)(delayed(bits)(seed) for seed in seeds)


WAYS = {method: partial(_pool, method) for method in multiprocessing.get_all_start_methods() if method != "forkserver"}
WAYS |= {"loky": _loky, "threads of Python's": _threads}
