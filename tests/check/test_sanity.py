"""Sanity checks: untrained losses against chance, and a few rows learned by heart, or not where something is broken."""

from dataclasses import dataclass

import numpy as np
import pytest

from mlnn.check import InitialLoss, Overfit, initial_loss, overfit
from mlnn.dataset import moons, spirals
from mlnn.initializer import Normal
from mlnn.layer import Identity, Layer, ReLU, Tanh
from mlnn.model import Model
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.output import Absolute, Hinge, LeastSquares, Logistic, Softmax
from mlnn.penalty import L2

X, Y = spirals(300)


def problem_of(network=None, **settings):
    return Problem.of(network or Network.dense([2, 30, 3], ReLU()), X, Y, **settings)


def initial(problem, seed=0):
    return problem.network.initial(np.random.default_rng(seed))


# The first loss


@pytest.mark.parametrize(
    ("output", "scores", "y", "chance"),
    [
        (Softmax(), 3, [0, 1, 2, 1], np.log(3.0)),
        (Softmax(), 10, [0, 9, 2, 1], np.log(10.0)),
        (Softmax(smoothing=0.1), 4, [0, 3, 2, 1], np.log(4.0)),
        (Logistic(), 1, [0, 1, 1, 1], np.log(2.0)),
        (Hinge(), 3, [0, 1, 2, 1], 2.0),
        (LeastSquares(), 1, [1.0, 2.0, 3.0, 4.0], (1.0 + 4.0 + 9.0 + 16.0) / 8.0),
        (Absolute(), 1, [1.0, -2.0, 3.0, 4.0], 2.5),
    ],
    ids=repr,
)
def test_chance_is_the_loss_of_an_output_that_knows_nothing(output, scores, y, chance):
    problem = Problem.of(Network.dense([2, 3, scores], output=output), X[:4], y)
    assert initial_loss(problem, initial(problem)).chance == pytest.approx(chance, abs=1e-12)


def test_the_loss_is_that_of_the_weights_without_the_penalty():
    problem = problem_of(penalty=L2(10.0))
    p = problem.network.named(initial(problem))
    S = np.maximum(X @ p["W1"] + p["b1"], 0.0) @ p["W2"] + p["b2"]
    expected = np.mean(np.log(np.exp(S).sum(axis=1)) - S[np.arange(len(Y)), Y])
    assert initial_loss(problem, initial(problem)).loss == pytest.approx(expected, rel=1e-12)


def test_rows_count_with_their_weights():
    problem = Problem.of(Network.dense([2, 1], output=LeastSquares()), X[:2], [1.0, 3.0], [3.0, 1.0])
    assert initial_loss(problem, np.zeros(3)) == InitialLoss((3.0 * 0.5 + 4.5) / 4.0, (3.0 * 0.5 + 4.5) / 4.0)


@pytest.mark.parametrize(("weights", "plausible"), [(None, True), (Normal(0.01), True), (Normal(5.0), False)])
def test_large_weights_start_out_sure_and_wrong(weights, plausible):
    problem = problem_of(Network.dense([2, 30, 3], ReLU(), weights=weights))
    result = initial_loss(problem, initial(problem))
    assert result.plausible is plausible
    assert (result.loss > 2.0 * result.chance) is not plausible


def test_a_loss_far_below_chance_is_suspicious_too():
    assert InitialLoss(loss=1.0, chance=1.0).plausible
    assert not InitialLoss(loss=0.4, chance=1.0).plausible
    assert not InitialLoss(loss=2.1, chance=1.0).plausible


# A few rows


@pytest.mark.parametrize(
    "settings", [{}, {"batch_norm": True}, {"dropout": 0.1}, {"layer": Tanh()}, {"max_norm": 10.0}], ids=str
)
def test_a_working_network_learns_a_few_rows_by_heart(settings):
    problem = problem_of(Network.dense([2, 50, 3], **{"layer": ReLU()} | settings))
    result = overfit(problem, initial(problem))
    assert result.possible
    assert result.rows == 20
    assert result.start > 0.5
    assert result.end < 0.05 * result.start


@dataclass(frozen=True)
class Scaled(Layer):
    """A rectifier whose slope may be wrong by a factor. Right by default: ``every`` finds whatever is defined."""

    kinks = (0.0,)
    factor: float = 1.0

    def forward(self, x):
        return ReLU().forward(x)

    def slope(self, x, y):
        return self.factor * ReLU().slope(x, y)


@pytest.mark.filterwarnings("ignore:the reference engine runs this network")  # the broken layers are not compiled
@pytest.mark.parametrize(
    "network",
    [
        Network.dense([2, 50, 3], Scaled(-1.0)),
        Network.dense([2, 50, 3], Scaled(0.0)),
        Network.dense([2, 50, 3], Identity()),
        Network.dense([2, 50, 3], ReLU(), max_norm=1e-3),
        Network.dense([2, 50, 3], ReLU(), weights=Normal(0.0)),
        Network.dense([2, 50, 3], ReLU(), scores_layer=Tanh()),
    ],
    ids=["wrong slope", "no slope", "no bend", "no room", "no first weights", "squashed scores"],
)
def test_a_broken_network_does_not(network):
    problem = problem_of(network)
    assert not overfit(problem, initial(problem)).possible


def test_a_rate_of_nearly_nothing_and_too_few_passes_do_not_either():
    problem = problem_of()
    assert not overfit(problem, initial(problem), rate=1e-7).possible
    assert not overfit(problem, initial(problem), passes=5).possible


def test_rows_that_contradict_each_other_cannot_be_learned():
    network = Network.dense([2, 30, 2], ReLU())
    problem = Problem.of(network, np.ones((20, 2)), np.arange(20) % 2)
    result = overfit(problem, initial(problem))
    assert result.end == pytest.approx(np.log(2.0), rel=1e-3)
    assert not result.possible


def test_no_penalty_stands_in_the_way():
    plain, punished = (overfit(problem_of(penalty=each), initial(problem_of())) for each in (None, L2(1e3)))
    assert plain == punished


def test_the_rows_are_taken_evenly_and_no_more_than_there_are():
    """Sorted by class, the first rows alone would be of one class."""
    network = Network.dense([2, 3, 3])
    problem = Problem.of(network, X, Y)
    theta = initial(problem)
    for rows, expected in ((3, [0, 149, 299]), (300, range(300)), (1000, range(300)), (1, [0])):
        result = overfit(problem, theta, rows=rows, passes=1)
        assert result.rows == len(expected)
        few = problem.batch(np.array(expected))
        assert result.start == pytest.approx(initial_loss(few, theta).loss, rel=1e-12)


def test_the_weights_of_rows_and_theta_itself_are_left():
    theta = initial(problem_of())
    before = theta.copy()
    # of the two halves only one counts, and its rows alone are learned
    contradiction = np.tile(X[:10], (2, 1)), np.concatenate([Y[:10], 2 - Y[:10]])
    problem = Problem.of(problem_of().network, *contradiction, np.repeat([1.0, 0.0], 10))
    assert overfit(problem, theta).possible
    np.testing.assert_array_equal(theta, before)


def test_possible_is_a_twentieth():
    assert Overfit(rows=1, start=1.0, end=0.05).possible
    assert not Overfit(rows=1, start=1.0, end=0.051).possible


def test_the_tutorials_network_passes_both():
    network = Network.dense([2, 20, 2], Tanh())
    problem = Problem.of(network, *moons(200))
    assert initial_loss(problem, initial(problem)).plausible
    assert overfit(problem, initial(problem)).possible


def test_a_model_or_a_network_with_its_weights_is_taken():
    model = Model([2, 8, 3], seed=0)
    before = model.theta.copy()
    problem = Problem.of(model.network, X, Y)
    for subject in (model, (model.network, model.theta)):
        assert initial_loss(subject, X, Y) == initial_loss(problem, before)
        assert overfit(subject, X, Y, rows=5, passes=3) == overfit(problem, before, rows=5, passes=3)
    np.testing.assert_array_equal(model.theta, before)
    with pytest.raises(TypeError, match="a Network has no weights"):
        initial_loss(model.network, X, Y)
