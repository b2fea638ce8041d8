"""From scikit-learn's multilayer perceptrons to the library's estimators, trained as they are."""

import copy
from typing import Any

import numpy as np
from sklearn import neural_network as theirs
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from mlnn.estimator.classifier import MLPClassifier
from mlnn.estimator.conversion import carry, joined
from mlnn.estimator.labels import Labels
from mlnn.estimator.parameters import network_for
from mlnn.estimator.progress import Control
from mlnn.estimator.regressor import MLPRegressor
from mlnn.names import found
from mlnn.optimizer import State
from mlnn.output import Output
from mlnn.training import Epoch


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
    mine.theta_ = joined(mine.network_, estimator.coefs_ + estimator.intercepts_)
    carry(estimator, mine)
    curve = getattr(estimator, "loss_curve_", None)
    mine.loss_curve_ = [float(estimator.loss_)] if curve is None else list(curve)
    mine.best_loss_ = getattr(estimator, "best_loss_", estimator.loss_)
    mine.best_validation_score_ = getattr(estimator, "best_validation_score_", None)
    scores = getattr(estimator, "validation_scores_", None)
    mine.validation_scores_ = None if scores is None else list(scores)
    mine.validation_loss_curve_ = None if scores is None else [np.nan] * len(scores)  # it measures none
    mine.best_iter_ = None if scores is None or mine.early_stopping is False else int(np.argmax(scores)) + 1
    mine._noise_seed, mine.watchers_ = 0, []
    mine._best_theta = mine.theta_ if mine.early_stopping else None
    watched = mine.best_loss_ if scores is None else -mine.best_validation_score_
    mine._control = control = Control(mine.n_iter_no_change, mine.tol)
    control.waited, control.best = getattr(estimator, "_no_improvement_count", 0), watched
    if (optimizer := getattr(estimator, "_optimizer", None)) is not None:
        adam = mine.solver == "adam"
        slots = (optimizer.ms, optimizer.vs) if adam else (optimizer.velocities,)
        control.factor = 1.0 if adam else optimizer.learning_rate / mine.learning_rate_init
        state = tuple(joined(mine.network_, slot) for slot in slots)
        mine._epoch = _where_it_stands(mine, optimizer.t if adam else 0, state)  # "sgd" counts no steps: none matters
    return mine


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
