"""From the library's estimators to scikit-learn's multilayer perceptrons, trained as they are."""

import copy
import warnings
from collections.abc import Sequence
from dataclasses import fields
from inspect import signature
from typing import Any

import numpy as np
from sklearn import neural_network as theirs
from sklearn.base import is_classifier
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from mlnn.array import Array
from mlnn.estimator.attributes import Trained
from mlnn.estimator.labels import Labels
from mlnn.estimator.state import State
from mlnn.gate import AddGate, Dropout, MultiplyGate
from mlnn.layer import Identity, ReLU, Sigmoid, Tanh
from mlnn.network import Network
from mlnn.output import LeastSquares, Logistic, Poisson, Softmax
from mlnn.training import Epoch

ACTIVATIONS: dict[type, str] = {Identity: "identity", Sigmoid: "logistic", Tanh: "tanh", ReLU: "relu"}
OUTPUTS: dict[bool, dict[type, str]] = {
    True: {Softmax: "log_loss", Logistic: "log_loss"},
    False: {LeastSquares: "squared_error", Poisson: "poisson"},
}
SOLVERS = ("adam", "sgd", "lbfgs")
SEEN = ("n_features_in_", "feature_names_in_")
ALIKE = (*SEEN, "n_iter_", "t_", "loss_", "best_loss_", "best_validation_score_")
CURVES = ("loss_curve_", "validation_scores_")
HARMLESS = {"engine", "n_threads", "loss"}
"""What has no bearing on numbers, and what the network's output says better."""


def to_sklearn(mine: Trained) -> Any:
    """Return the scikit-learn estimator that predicts what this fitted one does, trained as far as it is.

    What only acts in training and is not known there is left out, with a warning: a dropout, another solver.

    Raises
    ------
    NotFittedError
        If the estimator has not been trained.
    ValueError
        If scikit-learn has no such network.
    """
    check_is_fitted(mine)
    classifies, network, state = is_classifier(mine), mine.network_, mine.state
    kind = theirs.MLPClassifier if classifies else theirs.MLPRegressor
    activation = _refuse_what_it_lacks(mine, network, classifies)
    parameters = copy.deepcopy({each.name: getattr(mine, each.name) for each in fields(mine)})
    known = signature(kind).parameters
    loss = OUTPUTS[classifies][type(network.output)]
    if not classifies and "loss" not in known and loss != "squared_error":
        raise ValueError(f"this version of scikit-learn has no MLPRegressor with the loss '{loss}'")
    given = {name: value for name, value in parameters.items() if name in known}
    given |= {"activation": activation, "early_stopping": bool(mine.early_stopping)}
    given |= {"warm_start": bool(mine.warm_start)} | ({"loss": loss} if not classifies and "loss" in known else {})
    given["solver"] = solver = mine.solver if mine.solver in SOLVERS else "adam"
    other = kind(**given)
    _warn_of_what_is_left_out(mine, parameters, given)
    other.coefs_ = [np.array(W) for W in mine.coefs_]
    other.intercepts_ = [np.array(b) for b in mine.intercepts_]
    other.n_layers_, other.n_outputs_, other.out_activation_ = mine.n_layers_, mine.n_outputs_, mine.out_activation_
    carry(mine, other, ALIKE)
    other._random_state = copy.deepcopy(state.random)
    if state.labels:
        other.classes_ = state.labels.classes
        other._label_binarizer = _binarizer(state.labels)
    if solver != "lbfgs":
        for name in CURVES:
            setattr(other, name, copy.copy(getattr(mine, name)))
        other._no_improvement_count = state.control.waited
        other._best_coefs, other._best_intercepts = copy.deepcopy((other.coefs_, other.intercepts_))
    if mine.solver in ("adam", "sgd") and state.epoch:
        other._optimizer = _optimizer_of(mine, state, state.epoch, other)
    return other


def carry(before: object, after: object, names: Sequence[str]) -> None:
    """Set what both have under one name."""
    for name in names:
        if hasattr(before, name):
            setattr(after, name, copy.copy(getattr(before, name)))


def joined(network: Network, parts: Sequence[Array]) -> Array:
    """Return one vector of all weight matrices, then all biases, in the places they have in θ."""
    vector = np.empty(network.size, parts[0].dtype)
    places = network.weights(vector) + network.biases(vector)
    if [place.size for place in places] != [part.size for part in parts]:
        asked, there = ([each.shape for each in some if each.size] for some in (places, parts))
        raise ValueError(
            f"the parameters ask for weights and biases of shapes {asked}, but those there are have {there}: were "
            "parameters changed after fit?"
        )
    for place, part in zip(places, parts, strict=True):
        place[...] = np.reshape(part, place.shape)
    return vector


def _parted(network: Network, vector: Array) -> list[Array]:
    """Return all weight matrices, then all biases: what ``joined`` took."""
    weights = [np.array(W) for W in network.weights(vector)]
    return weights + [np.array(b).reshape(-1) for b in network.biases(vector)]


def _optimizer_of(mine: Trained, state: State, epoch: Epoch, other: Any) -> Any:
    """Return scikit-learn's optimizer, with the moments and counts of this one."""
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

    moved, slots = other.coefs_ + other.intercepts_, [_parted(state.network, slot) for slot in epoch.state]
    if mine.solver == "adam":
        optimizer = AdamOptimizer(moved, mine.learning_rate_init, mine.beta_1, mine.beta_2, mine.epsilon)
        optimizer.t, (optimizer.ms, optimizer.vs) = epoch.step, slots
        return optimizer
    rate, rule = mine.learning_rate_init, mine.learning_rate
    optimizer = SGDOptimizer(moved, rate, rule, mine.momentum, mine.nesterovs_momentum, mine.power_t)
    optimizer.learning_rate, (optimizer.velocities,) = rate * state.control.factor, slots
    return optimizer


def _refuse_what_it_lacks(mine: Trained, network: Network, classifies: bool) -> str:
    """Return scikit-learn's name of the hidden layers, where it has such a network."""
    lacks = "scikit-learn has no multilayer perceptron with "
    if mine.categorical_features is not None:
        raise ValueError(lacks + "columns of categories; give the network numbers, in a pipeline")
    if type(network.output) not in OUTPUTS[classifies]:
        raise ValueError(f"{lacks}the output {network.output}; it has {_words(OUTPUTS[classifies])}")
    if classifies and isinstance(network.output, Softmax) and mine.state.labels and mine.state.labels.binary:
        raise ValueError(lacks + "a softmax of two classes; it has one score and a sigmoid for them (loss='log_loss')")
    layers = [gate for gate in network.gates if not isinstance(gate, MultiplyGate | AddGate | Dropout)]
    for gate in layers:
        if type(gate) not in ACTIVATIONS:
            raise ValueError(f"{lacks}the gate {gate}; its hidden layers are {_words(ACTIVATIONS)}")
    names = {ACTIVATIONS[type(gate)] for gate in layers}
    if len(names) > 1:
        raise ValueError(f"{lacks}different hidden layers ({', '.join(sorted(names))}): one kind serves for all")
    return names.pop() if names else next((name for name in ACTIVATIONS.values() if name == mine.activation), "relu")


def _words(kinds: dict[type, str]) -> str:
    return ", ".join(kind.__name__ for kind in kinds)


def _warn_of_what_is_left_out(mine: Trained, parameters: dict[str, Any], given: dict[str, Any]) -> None:
    """Name the parameters that would have changed how training goes on."""
    defaults = {each.name: each.default for each in fields(mine)}
    lost = [
        name
        for name, value in parameters.items()
        if name not in given and name not in HARMLESS and repr(value) != repr(defaults[name])
    ]
    lost += ["solver"] if given["solver"] != mine.solver else []
    lost += ["loss"] if mine.network_.output != type(mine.network_.output)() else []
    lost += ["early_stopping"] if mine.early_stopping == "loss" else []
    lost += ["warm_start"] if mine.warm_start == "exact" else []
    if lost:
        warnings.warn(
            f"the copy predicts the same, but would train on without what is given here for {', '.join(sorted(lost))}: "
            "scikit-learn has nothing like it",
            stacklevel=4,
        )


def _binarizer(labels: Labels) -> LabelBinarizer:
    """Return scikit-learn's encoder of these labels."""
    from scipy.sparse import csr_matrix

    if not labels.several:
        return LabelBinarizer().fit(labels.classes)
    rows = np.eye(len(labels.classes), dtype=int)
    return LabelBinarizer(sparse_output=labels.sparse).fit(csr_matrix(rows) if labels.sparse else rows)
