"""Every rule equals the loop that its paper describes, written here one scalar at a time, and scikit-learn's."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from descent import RULES, iterates, path
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from mlnn.optimizer import SGD, Adadelta, Adagrad, Adam, Lion, Momentum, Nadam, Nesterov, Optimizer, RMSprop

Slope = Callable[[float], float]


def literal_sgd(theta: float, g: Slope, steps: int) -> Iterator[float]:
    for _ in range(steps):
        theta -= 0.01 * g(theta)
        yield theta


def literal_momentum(theta: float, g: Slope, steps: int) -> Iterator[float]:
    v = 0.0
    for _ in range(steps):
        v = 0.9 * v - 0.01 * g(theta)
        theta += v
        yield theta


def literal_nesterov(theta: float, g: Slope, steps: int) -> Iterator[float]:
    """Sutskever's path x with the look-ahead written out; our θ is the point ahead."""
    x, v = theta, 0.0
    for _ in range(steps):
        v = 0.9 * v - 0.01 * g(x + 0.9 * v)
        x += v
        yield x + 0.9 * v


def literal_adagrad(theta: float, g: Slope, steps: int) -> Iterator[float]:
    squares = []
    for _ in range(steps):
        squares.append(g(theta) ** 2)
        theta -= 0.01 * g(theta) / (math.sqrt(math.fsum(squares)) + 1e-8)
        yield theta


def literal_rmsprop(theta: float, g: Slope, steps: int) -> Iterator[float]:
    v = 0.0
    for _ in range(steps):
        v = 0.9 * v + 0.1 * g(theta) ** 2
        theta -= 0.001 * g(theta) / (math.sqrt(v) + 1e-8)
        yield theta


def literal_adadelta(theta: float, g: Slope, steps: int) -> Iterator[float]:
    squares = moves = 0.0
    for _ in range(steps):
        squares = 0.9 * squares + 0.1 * g(theta) ** 2
        delta = -math.sqrt(moves + 1e-6) / math.sqrt(squares + 1e-6) * g(theta)
        moves = 0.9 * moves + 0.1 * delta**2
        theta += delta
        yield theta


def literal_adam(theta: float, g: Slope, steps: int) -> Iterator[float]:
    """Algorithm 1 with its ε hat: the ε of the efficient form, bias-corrected like √v."""
    m = v = 0.0
    for t in range(1, steps + 1):
        m = 0.9 * m + 0.1 * g(theta)
        v = 0.999 * v + 0.001 * g(theta) ** 2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        theta -= 0.001 * m_hat / (math.sqrt(v_hat) + 1e-8 / math.sqrt(1 - 0.999**t))
        yield theta


def literal_nadam(theta: float, g: Slope, steps: int) -> Iterator[float]:
    m = v = 0.0
    for t in range(1, steps + 1):
        m = 0.9 * m + 0.1 * g(theta)
        v = 0.999 * v + 0.001 * g(theta) ** 2
        m_hat = 0.9 * m / (1 - 0.9 ** (t + 1)) + 0.1 * g(theta) / (1 - 0.9**t)
        theta -= 0.001 * m_hat / (math.sqrt(v / (1 - 0.999**t)) + 1e-8 / math.sqrt(1 - 0.999**t))
        yield theta


def literal_lion(theta: float, g: Slope, steps: int) -> Iterator[float]:
    m = 0.0
    for _ in range(steps):
        gradient = g(theta)
        theta -= 1e-4 * math.copysign(1.0, 0.9 * m + 0.1 * gradient)
        m = 0.99 * m + 0.01 * gradient
        yield theta


LITERAL: dict[type[Optimizer], Callable[[Any, Any, int], Iterator[float]]] = {
    SGD: literal_sgd,
    Momentum: literal_momentum,
    Nesterov: literal_nesterov,
    Adagrad: literal_adagrad,
    RMSprop: literal_rmsprop,
    Adadelta: literal_adadelta,
    Adam: literal_adam,
    Nadam: literal_nadam,
    Lion: literal_lion,
}


@pytest.mark.parametrize("rule", RULES)
def test_equals_the_papers_loop(rule: Any) -> None:
    def g(theta: Any) -> Any:
        return 3.0 * theta + 0.2 * np.sin(5.0 * theta)

    for start in (1.3, -0.4):
        ours = iterates(rule(), g, np.array([start]), 50)[:, 0]
        np.testing.assert_allclose(ours, list(LITERAL[rule](start, g, 50)), rtol=1e-12)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Adam(0.01), lambda p: AdamOptimizer(p, 0.01)),
        (Adam(0.1, 0.5, 0.9, 1e-3), lambda p: AdamOptimizer(p, 0.1, 0.5, 0.9, 1e-3)),
        (SGD(0.1), lambda p: SGDOptimizer(p, 0.1, momentum=0.0, nesterov=False)),
        (Momentum(0.02, 0.8), lambda p: SGDOptimizer(p, 0.02, momentum=0.8, nesterov=False)),
        (Nesterov(0.02, 0.8), lambda p: SGDOptimizer(p, 0.02, momentum=0.8, nesterov=True)),
    ],
    ids=["Adam", "Adam of other numbers", "SGD", "Momentum", "Nesterov"],
)
def test_equals_scikit_learn(ours: Optimizer, theirs: Any) -> None:
    random = np.random.default_rng(0)
    gradients = random.standard_normal((60, 5)) * np.logspace(-6, 2, 5)
    start = random.standard_normal(5)
    params = [start.copy()]
    optimizer, stream = theirs(params), iter(gradients)
    for gradient, (theta, _) in zip(gradients, path(ours, lambda _: next(stream), start, 60), strict=True):
        optimizer.update_params(params, [gradient])
        np.testing.assert_allclose(theta, params[0], rtol=1e-14, atol=1e-14)
