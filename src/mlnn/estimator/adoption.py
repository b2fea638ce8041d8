"""From scikit-learn's multilayer perceptrons to the library's estimators, trained as they are."""

import copy
from typing import Any, Protocol

import numpy as np
from sklearn import neural_network as theirs
from sklearn.base import is_classifier
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from mlnn.array import Array
from mlnn.estimator.classifier import MLPClassifier
from mlnn.estimator.conversion import ALIKE, carry, joined
from mlnn.estimator.labels import Labels
from mlnn.estimator.parameters import judged_by, network_for
from mlnn.estimator.progress import Control
from mlnn.estimator.regressor import MLPRegressor
from mlnn.estimator.state import State
from mlnn.names import found
from mlnn.optimizer import State as Slots
from mlnn.output import Output
from mlnn.training import Epoch


class Perceptron(Protocol):
    """What is read of scikit-learn's multilayer perceptrons, which have no types; labels are a classifier's."""

    coefs_: list[Array]
    intercepts_: list[Array]
    n_features_in_: int
    n_outputs_: int
    out_activation_: str
    loss_: float
    classes_: Array
    _label_binarizer: LabelBinarizer

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters."""


def from_sklearn(estimator: Perceptron) -> MLPClassifier | MLPRegressor:
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
    mine = kind(**copy.deepcopy(estimator.get_params(deep=False)))
    labels = None
    if isinstance(mine, MLPClassifier):
        several = estimator.n_outputs_ > 1 and estimator.out_activation_ == "logistic"
        labels = Labels(estimator.classes_, several, estimator._label_binarizer.sparse_input_)
        output = labels.output("log_loss")
    else:
        output = found(Output, mine.loss)
    network = network_for(mine, estimator.n_features_in_, output, estimator.n_outputs_)
    theta = joined(network, estimator.coefs_ + estimator.intercepts_)
    drawn = getattr(estimator, "_random_state", None)
    random = check_random_state(mine.random_state) if drawn is None else copy.deepcopy(drawn)
    control = Control(mine.n_iter_no_change, mine.tol)
    mine._state = state = State(network, theta, estimator.n_outputs_, random, control, labels)
    curve, scores = getattr(estimator, "loss_curve_", None), getattr(estimator, "validation_scores_", None)
    state.loss_curve = [float(estimator.loss_)] if curve is None else list(curve)
    state.be_judged_by(judged_by(mine))
    carry(estimator, mine, ALIKE)
    state.best_validation_score = getattr(estimator, "best_validation_score_", None)
    if scores is not None:
        state.validation_scores, state.validation_loss_curve = list(scores), [np.nan] * len(scores)  # it has no losses
        state.best_iter = int(np.argmax(scores)) + 1 if state.judged else None
    watched = state.best_loss if state.best_validation_score is None else -state.best_validation_score
    control.waited = getattr(estimator, "_no_improvement_count", 0)
    control.best = np.inf if watched is None else watched
    if (optimizer := getattr(estimator, "_optimizer", None)) is not None:
        adam = mine.solver == "adam"
        slots = (optimizer.ms, optimizer.vs) if adam else (optimizer.velocities,)
        control.factor = 1.0 if adam else optimizer.learning_rate / mine.learning_rate_init
        moments = tuple(joined(network, slot) for slot in slots)
        rate = mine.learning_rate_init * control.factor
        state.epoch = _epoch_of(state, optimizer.t if adam else 0, rate, moments)  # "sgd" counts no steps: none matters
    return mine


def _epoch_of(state: State, step: int, rate: float, moments: Slots) -> Epoch:
    """Return the epoch after which training goes on."""
    return Epoch(
        number=len(state.loss_curve),
        step=step,
        loss=state.loss,
        objective=state.loss,
        penalty=np.nan,  # not told apart there
        valid_loss=None,
        scores={},
        rate=rate,
        seconds=0.0,
        theta=state.theta,
        raw_theta=state.theta,
        state=moments,
    )
