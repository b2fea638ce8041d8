"""Random chains of gates with data, an optimizer, a penalty and a batch size: what a fuzzer throws at engines."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse

from mlnn.gate import AddGate, BatchNorm, Dropout, MultiplyGate
from mlnn.initializer import Normal
from mlnn.layer import Activation, Layer, Maxout
from mlnn.names import shipped
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import (
    SGD,
    Adam,
    AdamW,
    Averaged,
    ClipNorm,
    ClipValue,
    DecoupledDecay,
    Momentum,
    Nesterov,
    RMSprop,
)
from mlnn.output import Hinge, LeastSquares, Logistic, Poisson, Quantile, SeveralSoftmax, Softmax, SquaredHinge
from mlnn.penalty import L1, L2, ElasticNet
from mlnn.training import Recipe
from mlnn.training.recipe import mean_of_rows, sum_of_rows

LAYERS = [kind for kind in shipped(Activation) if kind is not Maxout]


@dataclass(frozen=True)
class Own(Layer):
    """A layer of somebody's own, which only the reference runs."""

    def forward(self, x):
        return np.tanh(x) + 0.1 * x

    def slope(self, x, y):
        return 1.1 - np.tanh(x) ** 2


@dataclass
class Case:
    """Something to train, and how."""

    problem: Problem
    theta: np.ndarray
    recipe: Recipe
    rows: np.ndarray
    own: bool

    def __repr__(self):
        network = self.problem.network
        kind = "sparse" if scipy.sparse.issparse(self.problem.X) else "dense"
        return (
            f"{network.inputs} inputs, {network.gates}, {network.output}, {self.problem.X.shape[0]} {kind} rows, "
            f"weights {self.problem.weights is not None}, {self.problem.penalty}, {self.recipe}"
        )


def case(seed):
    """Return the case of this number."""
    random = np.random.default_rng(seed)
    sizes = [1, 2, 3, 5, 8, 9, 16, 17, 31, 33, 40, 70] if random.uniform() < 0.8 else [1, 2, 64, 128, 150]
    inputs, rows = int(random.choice(sizes)), int(random.choice([1, 2, 3, 7, 8, 9, 15, 16, 17, 40, 64, 130, 300]))
    sparse = random.uniform() < 0.25
    own = random.uniform() < 0.03
    gates = [MultiplyGate(int(random.choice(sizes)), Normal(0.5))] if sparse else []
    for _ in range(int(random.integers(0, 7))):
        gates += _gates(random, sizes, width(inputs, gates))
    if own:
        gates.append(Own())
    scores = int(random.integers(1, 6))
    if gates or random.uniform() < 0.9:
        gates.append(MultiplyGate(scores, Normal(0.3)))
        gates += [AddGate(Normal(0.1))] * int(random.integers(0, 2))
    scores = width(inputs, gates)
    output, y = _output(random, scores, rows)
    network = Network(inputs, tuple(gates), output)
    X = random.standard_normal((rows, inputs))
    if sparse or random.uniform() < 0.3:
        X[random.uniform(size=X.shape) < random.choice([0.5, 0.8, 0.97, 1.0])] = 0.0
    layout = random.integers(0, 4)
    X = scipy.sparse.csr_array(X) if sparse else np.asfortranarray(X) if layout == 0 else X[::-1] if layout == 1 else X
    weights = random.choice([0.0, 0.5, 1.0, 3.0], rows) + (np.arange(rows) == 0) if random.uniform() < 0.3 else None
    penalty = random.choice(np.array([None, L1(0.01), L2(0.1), ElasticNet(0.05, 0.5)], object))
    problem = Problem.of(network, X, y, weights, penalty)
    batch = None if random.uniform() < 0.3 else int(random.integers(1, rows + 1))
    recipe = Recipe(
        _optimizer(random),
        epochs=2,
        batch_size=batch,
        seed=int(random.integers(0, 2**31)),
        convention=sum_of_rows if random.uniform() < 0.2 and rows < 50 else mean_of_rows,
    )
    return Case(problem, network.initial(random), recipe, random.standard_normal((300, inputs)), own)


def width(inputs, gates):
    """Return how many columns leave the gates."""
    for gate in gates:
        inputs = gate.width(inputs)
    return inputs


def _gates(random, sizes, columns):
    choice = random.uniform()
    if choice < 0.4:
        bounded = {"max_norm": 0.8} if random.uniform() < 0.15 else {}
        units = int(random.choice(sizes))
        gates = [MultiplyGate(units, Normal(1.0 / np.sqrt(columns)), **bounded)]
        gates += [AddGate(Normal(0.3))] if random.uniform() < 0.8 else []
        return gates + ([random.choice(LAYERS)()] if random.uniform() < 0.8 else [])
    if choice < 0.5:
        return [AddGate(Normal(0.3))]
    if choice < 0.75:
        return [random.choice(LAYERS)()]
    if choice < 0.85:
        return [Dropout(float(random.choice([0.1, 0.5])))]
    if choice < 0.93:
        return [BatchNorm()]
    return [Maxout(2)] if columns % 2 == 0 else []


def _output(random, scores, rows):
    """Return an output for so many scores, and targets for it."""
    if scores >= 2 and random.uniform() < 0.6:
        if scores >= 4 and random.uniform() < 0.3:
            parts = (2, scores - 2)
            return SeveralSoftmax(parts), np.column_stack([random.integers(0, k, rows) for k in parts])
        kind = random.choice(np.array([Softmax(), Softmax(0.1), Hinge(), SquaredHinge()], object))
        return kind, random.integers(0, scores, rows)
    values = random.standard_normal((rows, scores))
    kind = random.choice(np.array([LeastSquares(), Quantile(0.3), Logistic(), Poisson()], object))
    if isinstance(kind, Logistic):
        return kind, (values > 0.0).astype(float)
    return kind, np.round(np.abs(values)) if isinstance(kind, Poisson) else values


def _optimizer(random):
    adam = Adam(0.01)
    rules = [SGD(0.01), Momentum(0.01), Nesterov(0.01), adam, AdamW(adam, 0.01), RMSprop(0.01)]
    optimizer = rules[random.integers(len(rules))]
    for _ in range(int(random.integers(0, 3))):
        wrapper = random.integers(0, 4)
        optimizer = [
            lambda inner: Averaged(inner, 0.9),
            lambda inner: ClipNorm(inner, 0.5),
            lambda inner: ClipValue(inner, 0.05),
            lambda inner: DecoupledDecay(inner, 0.01),
        ][wrapper](optimizer)
    return optimizer
