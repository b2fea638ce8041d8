"""Thirty random trainings; what each of them ends in must not depend on how many workers take its steps, or where.

python tests/spread.py              prints their checksums, taken alone
mpiexec -n 4 python -m mlnn.distributed tests/spread.py mpi
"""

import hashlib
import json
import random
import sys
import warnings
from contextlib import nullcontext

import numpy as np

from mlnn import MLPClassifier, MLPRegressor
from mlnn.distributed import Cluster
from mlnn.layer import ReLU, Tanh
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, SGD, Adam, Averaged, ClipNorm, Lion, Momentum, RMSprop
from mlnn.output import LeastSquares, Softmax
from mlnn.penalty import L1, L2
from mlnn.schedule import Cosine, Exponential
from mlnn.training import EarlyStopping, Recipe, epochs, epochs_of_members

COUNT, PARTS = 30, 8

OPTIMIZERS = [SGD(0.1), Momentum(0.05), Adam(), RMSprop(), Lion(), Averaged(Adam()), ClipNorm(SGD(0.5), 0.5)]

ROWS = np.random.default_rng(0).standard_normal((900, 7))
TARGETS = ROWS @ np.random.default_rng(1).standard_normal((7, 2)) ** 2
CLASSES = TARGETS.argmax(axis=1)


def checksum(arrays):
    """Return what says whether two sets of arrays have the same bits."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(each).tobytes() for each in arrays)).hexdigest()


def training(seed):
    """Take one of the trainings; return the checksum of all that came of it."""
    draw = random.Random(seed)
    kind = seed % 3
    if kind == 2:
        return _estimator(draw)
    optimizer = draw.choice(OPTIMIZERS)
    regression = draw.random() < 0.4
    network = Network.dense(
        [7, *draw.choice([(32,), (48, 24), (200, 100)]), 2],
        draw.choice([ReLU(), Tanh()]),
        LeastSquares() if regression else Softmax(),
        batch_norm=draw.random() < 0.25,
        dropout=draw.choice([0.0, 0.0, 0.3]),
    )
    problem = Problem.of(
        network,
        ROWS.astype(draw.choice([np.float32, np.float64])),
        TARGETS if regression else CLASSES,
        weights=np.random.default_rng(seed).random(len(ROWS)) if draw.random() < 0.5 else None,
        penalty=draw.choice([None, L2(0.01), L1(0.001)]),
    )
    how = {"epochs": draw.choice([2, 5]), "seed": seed}
    if draw.random() < 0.9:
        how |= {"batch_size": draw.choice([None, 64, 130, 512]), "schedule": draw.choice([Exponential(0.9), Cosine()])}
        recipe = Recipe(optimizer, **how)
    else:
        recipe = Recipe(LBFGS(), **how)
    thetas = [network.initial(np.random.default_rng(k), problem.X.dtype) for k in range(3)]
    if kind == 1 and not isinstance(recipe.optimizer, LBFGS):
        *_, last = epochs_of_members(problem, np.stack(thetas), recipe)
        return checksum([part for epoch in last for part in (epoch.theta, *epoch.state, np.float64(epoch.loss))])
    stop = EarlyStopping(patience=2).start()
    valid = problem.batch(slice(0, 200))
    *_, last = epochs(problem, thetas[0], recipe, valid=valid, stop=stop)
    return checksum([last.theta, np.float64(last.loss), np.float64(last.valid_loss)])


def _estimator(draw):
    kind, y = draw.choice([(MLPClassifier, CLASSES), (MLPRegressor, TARGETS)])
    model = kind(
        hidden_layer_sizes=draw.choice([(100,), (64, 32)]),
        solver=draw.choice(["adam", "sgd"]),
        early_stopping=draw.random() < 0.5,
        batch_size=draw.choice(["auto", 50]),
        max_iter=6,
        random_state=draw.randrange(100),
    )
    weights = np.linspace(0.5, 1.5, len(ROWS)) if draw.random() < 0.5 else None
    model.fit(ROWS, y, sample_weight=weights)
    return checksum([*model.coefs_, *model.intercepts_, np.array(model.loss_curve_)])


def all_of_them(cluster=None):
    """Return the checksums of all trainings, taken here or on a cluster."""
    with warnings.catch_warnings(), cluster or nullcontext():
        warnings.simplefilter("ignore")  # six epochs are not enough to converge
        return [training(seed) for seed in range(COUNT)]


if __name__ == "__main__":
    print(json.dumps(all_of_them(Cluster(sys.argv[1] if len(sys.argv) > 1 else 1, parts=PARTS))))
