"""scikit-learn's face: ``fit`` and ``predict`` on a matrix. Validation, encoding and splitting; no mathematics."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from mlnn.array import Array
from mlnn.callback import Callback, EarlyStopping, KeepBest
from mlnn.engine import engine_for
from mlnn.layer import Activation
from mlnn.names import named
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.output import LeastSquares, Output, Softmax
from mlnn.penalty import L2
from mlnn.recipe import Recipe
from mlnn.schedule import Schedule
from mlnn.training import Epoch, epochs

_NOTHING = np.zeros(0)


class _Multilayer(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What the classifier and the regressor share: building the network, splitting, training, keeping the best."""

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Activation | Sequence[str | Activation] = "relu",
        *,
        solver: str | Optimizer | LBFGS = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        schedule: str | Schedule = "constant",
        max_iter: int = 200,
        dropout: float = 0.0,
        batch_norm: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        random_state: Any = None,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.schedule = schedule
        self.max_iter = max_iter
        self.dropout = dropout
        self.batch_norm = batch_norm
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state
        self.callbacks = callbacks

    def _fit(
        self, X: Array, y: Array, scores: int, weights: Array | None, eval_set: tuple[Array, Array] | None
    ) -> Self:
        """Train on checked rows and encoded targets; judge by ``eval_set``, or by rows put aside, or by the loss."""
        random = check_random_state(self.random_state)
        judged = None
        self.network_ = Network.dense(
            [X.shape[1], *np.atleast_1d(self.hidden_layer_sizes).tolist(), scores],
            _found(Activation, self.activation),
            self._output(scores),
            dropout=self.dropout,
            batch_norm=self.batch_norm,
        )
        if eval_set is not None:
            judged = Problem.of(self.network_, *eval_set)
        elif self.early_stopping:
            rows, aside = self._split(y, random)
            judged = Problem.of(self.network_, X[aside], y[aside], None if weights is None else weights[aside])
            X, y, weights = X[rows], y[rows], None if weights is None else weights[rows]
        problem = Problem.of(self.network_, X, y, weights, L2(self.alpha) if self.alpha else None)
        theta = self.network_.initial(random, X.dtype)
        recipe = self._recipe(len(X), int(random.randint(2**31)))
        keep: KeepBest = EarlyStopping(patience=self.n_iter_no_change) if judged else KeepBest()
        watchers: list[Callback] = [keep, *self.callbacks]
        self.history_: list[Epoch] = []
        for epoch in epochs(problem, theta, recipe, valid=judged):
            self.history_.append(replace(epoch, theta=_NOTHING, raw_theta=_NOTHING, state=()))
            answers = [callback(epoch) for callback in watchers]
            if any(answers):
                break
        best = keep.best if judged and keep.best else epoch
        self.theta_, self.n_iter_, self.best_iter_ = best.theta, epoch.number, best.number
        self.loss_curve_ = [epoch.loss for epoch in self.history_]
        self.validation_curve_ = [epoch.valid_loss for epoch in self.history_] if judged else None
        return self

    def _split(self, y: Array, random: np.random.RandomState) -> tuple[Array, Array]:
        """Return the rows to train on and those to put aside: of every class its share, but not its only row."""
        if not 0.0 < self.validation_fraction < 1.0:
            raise ValueError(f"validation_fraction must lie between 0 and 1, but got {self.validation_fraction}")
        size, choice, classes = math.ceil(self.validation_fraction * len(y)), np.arange(len(y)), None
        if isinstance(self, ClassifierMixin):
            counts = np.bincount(y)
            choice = np.flatnonzero(counts[y] > 1)
            size, classes = max(size, int((counts > 1).sum())), y[choice]
        if size >= len(choice):
            raise ValueError(f"early_stopping cannot put {size} of n_samples={len(y)} rows aside")
        _, aside = train_test_split(choice, test_size=size, random_state=random, stratify=classes)
        return np.setdiff1d(np.arange(len(y)), aside), aside

    def _recipe(self, rows: int, seed: int) -> Recipe:
        solver = LBFGS() if self.solver in ("lbfgs", "L-BFGS") else _found(Optimizer, self.solver)
        if isinstance(self.solver, str) and isinstance(solver, Optimizer):
            solver = solver.with_rate(self.learning_rate_init)
        schedule = _found(Schedule, self.schedule)
        full = isinstance(solver, LBFGS)
        size = min(200, rows) if self.batch_size == "auto" else int(self.batch_size)
        return Recipe(solver, schedule, epochs=self.max_iter, batch_size=None if full else size, seed=seed)

    def _output(self, scores: int) -> Output:
        return Softmax() if isinstance(self, ClassifierMixin) else LeastSquares()

    def _checked(self, X: Any) -> Array:
        check_is_fitted(self, "theta_")
        return np.asarray(validate_data(self, X, reset=False, dtype=[np.float64, np.float32]))

    def _predictions(self, X: Any) -> Array:
        rows = self._checked(X)
        return engine_for(self.network_).predict(self.network_, self.theta_, rows)


def _found(base: type[Any], thing: Any) -> Any:
    """Return what a name (or each of several) stands for, with its defaults; objects are returned as they are."""
    if isinstance(thing, Sequence) and not isinstance(thing, str):
        return [_found(base, each) for each in thing]
    if not isinstance(thing, str):
        return thing
    kind = named(base, thing)
    try:
        return kind()
    except TypeError:
        raise ValueError(f"'{thing}' has settings without a default: give an object, not its name") from None


class MLPClassifier(ClassifierMixin, _Multilayer):  # type: ignore[misc]
    """A multilayer network that classifies: softmax cross-entropy on K classes.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default (100,)
        Units of each hidden layer.
    activation : str, Activation or sequence of them, default "relu"
        The layer, by name or as an object, or one for each hidden layer.
    solver : str, Optimizer or LBFGS, default "adam"
        The optimizer; an object brings its own learning rate.
    alpha : float, default 0.0001
        Strength of the L2 penalty, which does not depend on the batch size.
    batch_size : int or "auto", default "auto"
        Rows a step; "auto" is the smaller of 200 and all.
    learning_rate_init : float, default 0.001
        The learning rate of a solver given by name.
    schedule : str or Schedule, default "constant"
        How it changes over time.
    max_iter : int, default 200
        Epochs at most.
    dropout : float, default 0
        Probability of dropping a hidden unit.
    batch_norm : bool, default False
        Batch normalization before every hidden layer.
    early_stopping : bool, default False
        Put rows aside, stop when their loss does not fall, and keep the best weights.
    validation_fraction : float, default 0.1
        How many rows to put aside; at least one of every class that has more.
    n_iter_no_change : int, default 10
        Epochs without a fall before training stops.
    random_state : int, RandomState or None
        Source of the weights, of the split, of row orders and of dropout.
    callbacks : sequence of callable
        Called with every epoch; one that returns True stops training.

    Attributes
    ----------
    classes_ : array of shape (K,)
        The labels.
    network_, theta_ : Network, array of shape (P,)
        The network and its weights.
    history_ : list of Epoch
        What training reported, the weights left out: a copy of them every epoch would fill the memory.
    loss_curve_, validation_curve_ : list of float
        Training and validation loss of every epoch, nats per row.
    n_iter_, best_iter_ : int
        Epochs trained, and the epoch whose weights were kept.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = MLPClassifier((16,), learning_rate_init=0.01, random_state=0).fit(X, y)
    >>> bool(classifier.score(X, y) > 0.95)
    True
    """

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, eval_set: tuple[Any, Any] | None = None
    ) -> "MLPClassifier":
        """Train on rows X (N, D) with labels y (N,).

        With ``eval_set``, a pair of rows and labels, training stops early as judged by these rows, and none are put
        aside.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32])
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"classification needs at least 2 classes, but y has 1 class: {self.classes_[0]}")
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=X.dtype)
        if eval_set is not None:
            rows, labels = eval_set
            unknown = np.setdiff1d(labels, self.classes_)
            if unknown.size:
                raise ValueError(f"eval_set holds the class {unknown[0]}, which y does not")
            eval_set = self._checked_pair(rows, np.searchsorted(self.classes_, labels))
        return self._fit(X, codes, len(self.classes_), weights, eval_set)

    def _checked_pair(self, X: Any, y: Array) -> tuple[Array, Array]:
        return np.asarray(validate_data(self, X, reset=False, dtype=[np.float64, np.float32])), y

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of every class, shape (N, K), in the order of ``classes_``."""
        return self._predictions(X)

    def predict(self, X: Any) -> Array:
        """Return the most probable label of every row."""
        probabilities = self._predictions(X)
        return np.asarray(self.classes_[self.network_.output.decide(probabilities)])


class MLPRegressor(MultiOutputMixin, RegressorMixin, _Multilayer):  # type: ignore[misc]
    """A multilayer network for values: least squares on one or more targets; parameters as in ``MLPClassifier``.

    Targets are taken as they are: scale them (``TransformedTargetRegressor``) where they are far from order 1.

    Examples
    --------
    >>> X = np.linspace(-1.0, 1.0, 50)[:, None]
    >>> regressor = MLPRegressor((20,), solver="lbfgs", activation="tanh", random_state=0).fit(X, X[:, 0] ** 2)
    >>> bool(regressor.score(X, X[:, 0] ** 2) > 0.99)
    True
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None, eval_set: tuple[Any, Any] | None = None) -> "MLPRegressor":
        """Train on rows X (N, D) with targets y (N,) or (N, K).

        With ``eval_set``, a pair of rows and targets, training stops early as judged by these rows, and none are put
        aside.
        """
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], multi_output=True, y_numeric=True)
        y = column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, dtype=X.dtype)
        if eval_set is not None:
            rows = validate_data(self, eval_set[0], reset=False, dtype=[np.float64, np.float32])
            eval_set = (np.asarray(rows), np.asarray(eval_set[1]))
        return self._fit(X, y, 1 if y.ndim == 1 else y.shape[1], weights, eval_set)

    def predict(self, X: Any) -> Array:
        """Return the value of every row, in the shape of the training targets."""
        values = self._predictions(X)
        return self.network_.output.decide(values)
