"""Objects, classes and names stand for one another, in networks, models, problems and estimators alike."""

from dataclasses import dataclass

import numpy as np
import pytest

import mlnn
from mlnn.initializer import He, Initializer
from mlnn.layer import ELU, Activation, LeakyReLU, ReLU, Sigmoid, Tanh
from mlnn.names import every, found, is_own, name_of, named
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, SGD, Adam, ClipNorm, Optimizer
from mlnn.output import Hinge, LeastSquares, Logistic, Output, Softmax
from mlnn.penalty import L1, Penalty
from mlnn.schedule import Cosine, Schedule

X = np.random.default_rng(3).standard_normal((20, 2))
Y = (X[:, 0] > 0.0).astype(int)


@pytest.mark.parametrize("base", [Activation, Output, Optimizer, Schedule, Penalty, Initializer], ids=name_of)
def test_every_class_with_defaults_is_found_by_class_and_by_name(base):
    for kind in every(base):
        if is_own(kind):
            continue  # another test's
        try:
            thing = kind()
        except TypeError:
            with pytest.raises(ValueError, match=r"without a default .*optimizer.*: give an object"):
                found(base, kind)
            continue
        assert type(found(base, kind)) is type(found(base, name_of(kind))) is kind
        assert found(base, thing) is thing


def test_names_are_read_leniently_and_other_peoples_names_are_known():
    for name in ("LeakyReLU", "leaky_relu", "leaky relu", "Leaky-ReLU"):
        assert found(Activation, name) == LeakyReLU()
    assert found(Activation, "logistic") == Sigmoid()
    assert found(Output, "logistic") == Logistic()  # where the name is one of ours, it is that
    for name in ("squared_error", "MSE", "Squared-Error"):
        assert found(Output, name) == LeastSquares()
    for name in ("log_loss", "cross_entropy"):
        assert found(Output, name) == Softmax()
    for name in ("lbfgs", "L-BFGS", LBFGS):
        assert found(Optimizer | LBFGS, name) == LBFGS()
    assert found(Activation, ("relu", Tanh, ELU(2.0)), several=True) == [ReLU(), Tanh(), ELU(2.0)]


def test_classes_of_ones_own_are_found():
    @dataclass(frozen=True)
    class WavyThing(Tanh):
        pass

    assert named(Activation, "wavy_thing") is WavyThing
    assert found(Activation, WavyThing) == WavyThing()
    assert is_own(WavyThing())
    assert not is_own(Tanh())


@pytest.mark.parametrize(
    ("base", "thing", "what", "sentence"),
    [
        (Activation, 4, "layer", "layer must be an Activation, its class or its name, but got 4"),
        (Activation, None, "layer", "layer must be an Activation, .* but got None"),
        (Activation, np.tanh, "layer", "layer must be an Activation"),
        (Activation, Activation, "layer", "layer must be an Activation"),
        (Activation, [ReLU, Tanh], "layer", "layer must be an Activation, .* but got \\["),
        (Optimizer, Softmax(), None, "optimizer must be an Optimizer"),
        (Optimizer, Softmax, None, "optimizer must be an Optimizer"),
        (Penalty, 0.01, None, "penalty must be a Penalty, .* but got 0.01"),
        (Activation, "reul", None, "there is no activation 'reul'; did you mean 'relu'"),
        (Optimizer | LBFGS, "adm", None, "there is no optimizer 'adm'; did you mean 'adam'"),
        (Optimizer, ClipNorm, None, r"ClipNorm has settings without a default \(optimizer\): give an object, ClipNorm"),
        (Optimizer, "clip_norm", None, "ClipNorm has settings without a default"),
    ],
)
def test_what_is_not_meant_is_named(base, thing, what, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        found(base, thing, what)


def test_networks_take_all_three():
    whole = Network.dense([2, 3, 4, 2], [ReLU(), Tanh()], Hinge(), scores_layer=ELU(), weights=He(), biases=He())
    assert whole == Network.dense([2, 3, 4, 2], ["relu", Tanh], "hinge", scores_layer=ELU, weights="he", biases=He)
    gates = mlnn.gate.MultiplyGate(2), mlnn.gate.AddGate(), Tanh()
    assert Network(2, gates, Softmax()) == Network(2, [gates[0], mlnn.gate.AddGate, "tanh"], "softmax")


def test_problems_and_models_take_all_three():
    network = Network.dense([2, 3, 2])
    assert {Problem.of(network, X, Y, penalty=each).penalty for each in ("l1", L1, L1())} == {L1()}
    settings = [
        ({"layer": layer, "weights": draw}, {"optimizer": rule, "schedule": fall, "penalty": pull})
        for layer, draw, rule, fall, pull in (
            (ReLU(), He(), Adam(), Cosine(), L1()),
            (ReLU, He, Adam, Cosine, L1),
            ("relu", "he", "adam", "cosine", "l1"),
        )
    ]
    thetas = []
    for build, training in settings:
        model = mlnn.Model([2, 4, 2], squash_scores=False, seed=0, **build)
        model.train(X, Y, num_passes=5, **training)
        thetas.append(model.theta)
    np.testing.assert_array_equal(thetas[0], thetas[1])
    np.testing.assert_array_equal(thetas[0], thetas[2])


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.filterwarnings("ignore:lbfgs failed")
def test_estimators_take_all_three():
    names = {"activation": "elu", "penalty": "l1", "schedule": "cosine", "initializer": "he", "solver": "nadam"}
    classes = {"activation": ELU, "penalty": L1, "schedule": Cosine, "initializer": He, "solver": mlnn.optimizer.Nadam}
    fits = [mlnn.MLPRegressor(max_iter=1, random_state=0, **each).fit(X, X[:, 0]) for each in (names, classes)]
    np.testing.assert_array_equal(fits[0].theta_, fits[1].theta_)
    by_class = mlnn.MLPClassifier(solver=SGD, loss=Hinge, max_iter=1, random_state=0).fit(X, Y)
    assert isinstance(by_class.network_.output, Hinge)
    lbfgs = [mlnn.MLPRegressor(solver=each, random_state=0).fit(X, X[:, 0]).theta_ for each in ("lbfgs", LBFGS)]
    np.testing.assert_array_equal(*lbfgs)
