"""From scikit-learn's multilayer perceptrons to the library's estimators and back, trained as they are."""

import copy
import warnings
from collections.abc import Sequence
from inspect import signature
from typing import Any

import numpy as np
from sklearn import neural_network as theirs
from sklearn.base import is_classifier
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from mlnn.array import Array
from mlnn.dropout import Dropout
from mlnn.estimator.base import Multilayer
from mlnn.estimator.classifier import MLPClassifier
from mlnn.estimator.control import Control
from mlnn.estimator.labels import Labels
from mlnn.estimator.parameters import found, network_for
from mlnn.estimator.regressor import MLPRegressor
from mlnn.gate import AddGate, MultiplyGate
from mlnn.layer import Identity, ReLU, Sigmoid, Tanh
from mlnn.network import Network
from mlnn.optimizer import State
from mlnn.output import LeastSquares, Logistic, Output, Poisson, Softmax
from mlnn.training import Epoch

ACTIVATIONS: dict[type, str] = {Identity: "identity", Sigmoid: "logistic", Tanh: "tanh", ReLU: "relu"}
OUTPUTS: dict[bool, dict[type, str]] = {
    True: {Softmax: "log_loss", Logistic: "log_loss"},
    False: {LeastSquares: "squared_error", Poisson: "poisson"},
}
SOLVERS = ("adam", "sgd", "lbfgs")
ALIKE = ("n_features_in_", "feature_names_in_", "n_iter_", "t_", "loss_", "best_loss_", "best_validation_score_")
CURVES = ("loss_curve_", "validation_scores_")
HARMLESS = {"engine", "n_threads", "loss"}
"""What has no bearing on numbers, and what the network's output says better."""


def from_sklearn(estimator: Any) -> MLPClassifier | MLPRegressor:
    """Return the estimator of this library that is what scikit-learn's fitted one is.

    It has the same parameters, weights, labels and counters, and predicts the same. Where the solver is "adam" or
    "sgd", ``partial_fit`` goes on as the original's would, the optimizer's moments included.

    Parameters
    ----------
    estimator : sklearn.neural_network.MLPClassifier or MLPRegressor
        It stays as it is; the two share nothing.

    Raises
    ------
    TypeError
        If it is something else.
    NotFittedError
        If it has not been trained.
    ValueError
        If its parameters were changed since, so that they ask for another network.

    Examples
    --------
    >>> from sklearn.neural_network import MLPRegressor as Other
    >>> other = Other(solver="lbfgs", random_state=0).fit([[0.0], [1.0], [2.0]], [1.0, 2.0, 3.0])
    >>> bool(abs(from_sklearn(other).predict([[1.5]]) - other.predict([[1.5]])) < 1e-12)
    True
    """
    if not isinstance(estimator, theirs.MLPClassifier | theirs.MLPRegressor):
        raise TypeError(
            f"expected scikit-learn's MLPClassifier or MLPRegressor, but got {type(estimator).__name__}; "
            "of a pipeline or a search, give the network in it"
        )
    check_is_fitted(estimator)
    kind = MLPClassifier if is_classifier(estimator) else MLPRegressor
    mine: Any = kind(**copy.deepcopy(estimator.get_params(deep=False)))
    if isinstance(mine, MLPClassifier):
        several = estimator.n_outputs_ > 1 and estimator.out_activation_ == "logistic"
        mine._labels = Labels(estimator.classes_, several, estimator._label_binarizer.sparse_input_)
        mine.classes_ = estimator.classes_
        output = mine._labels.output("log_loss")
    else:
        output = found(Output, mine.loss)
    mine.n_outputs_ = estimator.n_outputs_
    mine.network_ = network_for(mine, estimator.n_features_in_, output, estimator.n_outputs_)
    mine.theta_ = _joined(mine.network_, estimator.coefs_ + estimator.intercepts_)
    _carry(estimator, mine)
    curve = getattr(estimator, "loss_curve_", None)
    mine.loss_curve_ = [float(estimator.loss_)] if curve is None else list(curve)
    mine.best_loss_ = getattr(estimator, "best_loss_", estimator.loss_)
    mine.best_validation_score_ = getattr(estimator, "best_validation_score_", None)
    scores = getattr(estimator, "validation_scores_", None)
    mine.validation_scores_ = None if scores is None else list(scores)
    mine.validation_loss_curve_ = None if scores is None else [np.nan] * len(scores)  # it measures none
    mine.best_iter_ = None if scores is None or mine.early_stopping is False else int(np.argmax(scores)) + 1
    mine._noise_seed = 0
    mine._best_theta = mine.theta_ if mine.early_stopping else None
    watched = mine.best_loss_ if scores is None else -mine.best_validation_score_
    mine._control = control = Control(mine.n_iter_no_change, mine.tol)
    control.waited, control.best = getattr(estimator, "_no_improvement_count", 0), watched
    if (optimizer := getattr(estimator, "_optimizer", None)) is not None:
        adam = mine.solver == "adam"
        slots = (optimizer.ms, optimizer.vs) if adam else (optimizer.velocities,)
        control.factor = 1.0 if adam else optimizer.learning_rate / mine.learning_rate_init
        state = tuple(_joined(mine.network_, slot) for slot in slots)
        mine._epoch = _where_it_stands(mine, optimizer.t if adam else 0, state)  # "sgd" counts no steps: none matters
    return mine


def to_sklearn(estimator: Multilayer) -> Any:
    """Return the scikit-learn estimator that predicts what this fitted one does, trained as far as it is.

    What only acts in training and is not known there is left out, with a warning: a dropout, another solver.

    Raises
    ------
    NotFittedError
        If the estimator has not been trained.
    ValueError
        If scikit-learn has no such network.
    """
    check_is_fitted(estimator)
    mine: Any = estimator
    classifies, network = is_classifier(mine), mine.network_
    kind = theirs.MLPClassifier if classifies else theirs.MLPRegressor
    activation = _refuse_what_it_lacks(mine, network, classifies)
    parameters = copy.deepcopy(mine.get_params(deep=False))
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
    _carry(mine, other)
    if classifies:
        other.classes_ = mine.classes_
        other._label_binarizer = _binarizer(mine._labels)
    if solver != "lbfgs":
        for name in CURVES:
            setattr(other, name, copy.copy(getattr(mine, name)))
        other._no_improvement_count = mine._control.waited
        other._best_coefs, other._best_intercepts = copy.deepcopy((other.coefs_, other.intercepts_))
    if mine.solver in ("adam", "sgd") and hasattr(mine, "_epoch"):
        other._optimizer = _optimizer_of(mine, other)
    return other


def _carry(before: Any, after: Any) -> None:
    """Set what both have under one name."""
    for name in ALIKE:
        if hasattr(before, name):
            setattr(after, name, copy.copy(getattr(before, name)))
    drawn = getattr(before, "_random_state", None)
    after._random_state = check_random_state(after.random_state) if drawn is None else copy.deepcopy(drawn)


def _joined(network: Network, tensors: Sequence[Array]) -> Array:
    """Return one vector of all weight matrices, then all biases, in the places they have in θ."""
    vector = np.empty(network.size, tensors[0].dtype)
    named = network.named(vector)
    places = [named[name] for letter in "Wb" for name in named if name[0] == letter]
    if [place.size for place in places] != [tensor.size for tensor in tensors]:
        asked, there = ([each.shape for each in some if each.size] for some in (places, tensors))
        raise ValueError(
            f"the parameters ask for weights and biases of shapes {asked}, but those there are have {there}: were "
            "parameters changed after fit?"
        )
    for place, tensor in zip(places, tensors, strict=True):
        place[...] = np.reshape(tensor, place.shape)
    return vector


def _parted(network: Network, vector: Array) -> list[Array]:
    """Return all weight matrices, then all biases: what ``_joined`` took."""
    named = network.named(vector)
    weights = [np.array(each) for name, each in named.items() if name[0] == "W"]
    return weights + [np.array(each).reshape(-1) for name, each in named.items() if name[0] == "b"]


def _where_it_stands(mine: Any, step: int, state: State) -> Epoch:
    """Return the epoch after which training goes on."""
    return Epoch(
        number=len(mine.loss_curve_),
        step=step,
        loss=mine.loss_,
        objective=mine.loss_,
        penalty=np.nan,  # not told apart there
        valid_loss=None,
        scores={},
        rate=mine.learning_rate_init * mine._control.factor,
        seconds=0.0,
        theta=mine.theta_,
        raw_theta=mine.theta_,
        state=state,
    )


def _optimizer_of(mine: Any, other: Any) -> Any:
    """Return scikit-learn's optimizer, with the moments and counts of this one."""
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

    tensors, slots = other.coefs_ + other.intercepts_, [_parted(mine.network_, slot) for slot in mine._epoch.state]
    if mine.solver == "adam":
        optimizer = AdamOptimizer(tensors, mine.learning_rate_init, mine.beta_1, mine.beta_2, mine.epsilon)
        optimizer.t, (optimizer.ms, optimizer.vs) = mine._epoch.step, slots
        return optimizer
    rate, rule = mine.learning_rate_init, mine.learning_rate
    optimizer = SGDOptimizer(tensors, rate, rule, mine.momentum, mine.nesterovs_momentum, mine.power_t)
    optimizer.learning_rate, (optimizer.velocities,) = rate * mine._control.factor, slots
    return optimizer


def _refuse_what_it_lacks(mine: Any, network: Network, classifies: bool) -> str:
    """Return scikit-learn's name of the hidden layers, where it has such a network."""
    lacks = "scikit-learn has no multilayer perceptron with "
    if mine.categorical_features is not None:
        raise ValueError(lacks + "columns of categories; give the network numbers, in a pipeline")
    if type(network.output) not in OUTPUTS[classifies]:
        raise ValueError(f"{lacks}the output {network.output}; it has {_words(OUTPUTS[classifies])}")
    if classifies and isinstance(network.output, Softmax) and mine._labels.binary:
        raise ValueError(lacks + "a softmax of two classes; it has one score and a sigmoid for them (loss='log_loss')")
    layers = [gate for gate in network.gates if not isinstance(gate, MultiplyGate | AddGate | Dropout)]
    for gate in layers:
        if type(gate) not in ACTIVATIONS:
            raise ValueError(f"{lacks}the gate {gate}; its hidden layers are {_words(ACTIVATIONS)}")
    names = {ACTIVATIONS[type(gate)] for gate in layers}
    if len(names) > 1:
        raise ValueError(f"{lacks}different hidden layers ({', '.join(sorted(names))}): one kind serves for all")
    return names.pop() if names else mine.activation if mine.activation in ACTIVATIONS.values() else "relu"


def _words(kinds: dict[type, str]) -> str:
    return ", ".join(kind.__name__ for kind in kinds)


def _warn_of_what_is_left_out(mine: Any, parameters: dict[str, Any], given: dict[str, Any]) -> None:
    """Name the parameters that would have changed how training goes on."""
    defaults = {name: each.default for name, each in signature(type(mine)).parameters.items()}
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
