"""Train random configurations on 1, 2 and 8 threads; what comes out must be the same bits."""

import hashlib
from collections.abc import Iterator

import numpy as np
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


def over_threads(size: int) -> Outcome:
    """Train so many configurations."""
    wrong = []
    for seed in range(size):
        problem, thetas, recipe = configuration(seed)
        found = set()
        for threads in (1, 2, 8):
            digest = hashlib.sha256()
            for array in course(problem, [theta.copy() for theta in thetas], recipe, Compiled(threads)):
                digest.update(np.ascontiguousarray(array).tobytes())
            found.add(digest.hexdigest())
        if len(found) > 1:
            wrong.append(seed)
    text = f"other bits for seeds {wrong}" if wrong else "the same SHA-256 of weights, losses and predictions"
    return Outcome(size, text, not wrong)
