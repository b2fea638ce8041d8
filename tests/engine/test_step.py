"""The one step: against its ten lines by hand, bounds for the tensor that asked, and that everybody takes it."""

from dataclasses import replace

import numpy as np
import pytest

from mlnn.dataset import moons
from mlnn.engine import Compiled, Reference, engines
from mlnn.engine.step import Descent, Numbers
from mlnn.gate import AddGate, Gate, MultiplyGate, Parameter, Step
from mlnn.initializer import Normal
from mlnn.layer import ReLU, Tanh
from mlnn.network import Network
from mlnn.objective import Problem, data_loss
from mlnn.optimizer import SGD, Adam, ClipNorm
from mlnn.output import LeastSquares
from mlnn.penalty import L2
from mlnn.training import Recipe, epochs

X, Y = moons(30, seed=1)
COMPILED = [] if engines()["compiled"].startswith("not here") else [Compiled]
EACH_ENGINE = pytest.mark.parametrize("engine", [Reference, *COMPILED])


def test_a_step_of_linear_regression_by_hand():
    """s = x w + b, ℓ = (s − y)² / 2, two rows of weights 1 and 3; J = 2 · data + 5 · R, R = 0.1 w² / 2."""
    network = Network(1, (MultiplyGate(1), AddGate()), LeastSquares())
    problem = Problem.of(network, [[1.0], [2.0]], [1.0, 0.0], [1.0, 3.0], L2(0.1))
    theta = np.array([0.5, 0.25])
    tape = Descent(network, SGD(), theta).step(problem, Step(), Numbers(0.1, data_factor=2.0, penalty_factor=5.0))
    np.testing.assert_allclose(tape.scores, [[0.75], [1.25]])
    residuals = np.array([-0.25 * 0.25, 1.25 * 0.75])  # times the rows' shares
    np.testing.assert_allclose(
        theta, [0.5 - 0.1 * (2.0 * residuals @ [1.0, 2.0] + 5.0 * 0.1 * 0.5), 0.25 - 0.1 * 2.0 * residuals.sum()]
    )


def test_the_gradient_is_clipped_with_its_penalty():
    network = Network(1, (MultiplyGate(1, Normal()),), LeastSquares())
    problem = Problem.of(network, [[0.0]], [0.0], penalty=L2(1.0))
    theta = np.array([3.0])
    Descent(network, ClipNorm(SGD(), limit=0.5), theta).step(problem, Step(), Numbers(1.0))
    np.testing.assert_allclose(theta, [2.5])


class Scaled(Gate):
    """y = g · (x W): a gate whose second tensor alone is bounded."""

    def parameters(self, inputs):
        return (
            Parameter("g", (1, inputs), Normal(0.5)),
            Parameter("W", (inputs, inputs), Normal(0.5), max_norm=0.5),
        )

    def apply(self, p, x, step):
        g, W = p
        return g * (x @ W), x @ W

    def pullback(self, p, x, y, memo, d_y, d_p):
        g, W = p
        d_p[0][...] = (d_y * memo).sum(axis=0)
        d_p[1][...] = x.T @ (d_y * g)
        return (d_y * g) @ W.T


def test_max_norm_bounds_the_tensor_that_asked_for_it():
    network = Network(2, (Scaled(), AddGate()), LeastSquares())
    problem = Problem.of(network, X, X)
    theta = 10.0 * network.initial(np.random.default_rng(0))
    *_, last = epochs(problem, theta, Recipe(SGD(1e-3), epochs=3), engine=Reference())
    named = network.named(last.theta)
    assert np.abs(named["g1"]).max() > 0.5  # free
    assert (np.linalg.norm(named["W1"], axis=0) <= 0.5 + 1e-12).all()


@EACH_ENGINE
def test_each_multiply_gate_has_a_bound_of_its_own(engine):
    gates = (MultiplyGate(6, max_norm=0.2), AddGate(), ReLU(), MultiplyGate(5), Tanh(), MultiplyGate(2, max_norm=0.7))
    network = Network(2, gates, LeastSquares())
    theta = network.initial(np.random.default_rng(0))
    *_, last = epochs(Problem.of(network, X, 3.0 * X), theta, Recipe(SGD(0.5), epochs=20), engine=engine())
    first, free, third = (np.linalg.norm(network.named(last.theta)[f"W{k}"], axis=0).max() for k in (1, 2, 3))
    assert first == pytest.approx(0.2, rel=1e-12)
    assert free > 0.7
    assert third == pytest.approx(0.7, rel=1e-12)


def test_the_reference_takes_these_very_steps():
    network = Network.dense([2, 5, 4, 2], ReLU(), batch_norm=True, dropout=0.2, max_norm=0.9)
    problem = Problem.of(network, X, Y, penalty=L2(0.01))
    theta, optimizer = network.initial(np.random.default_rng(2)), Adam(0.05)
    recipe = Recipe(optimizer, epochs=6, seed=3)
    history = list(epochs(problem, theta, recipe, engine=Reference()))
    state = tuple(np.zeros_like(theta) for _ in range(optimizer.slots))
    descent = Descent(network, optimizer, theta, state)
    for k, epoch in enumerate(history):
        t = k + 1
        coefficients = (np.sqrt(1.0 - 0.999**t) / (1.0 - 0.9**t),)
        tape = descent.step(problem, Step(3, k), Numbers(0.05, coefficients=coefficients))
        assert data_loss(problem, tape.scores) == pytest.approx(epoch.loss, rel=1e-12)
        np.testing.assert_allclose(theta, epoch.theta, rtol=1e-10, atol=1e-12)


def test_a_step_leaves_what_it_measured_as_it_was():
    """The pass that a step returns is the one before it: its scores do not move with θ."""
    network = Network.dense([2, 4, 2])
    problem, theta = Problem.of(network, X, Y), network.initial(np.random.default_rng(0))
    before = Reference().scores(network, theta, X)
    tape = Descent(network, SGD(), theta).step(replace(problem, penalty=None), Step(), Numbers(10.0))
    np.testing.assert_array_equal(tape.scores, before)
    assert not np.allclose(Reference().scores(network, theta, X), before)
