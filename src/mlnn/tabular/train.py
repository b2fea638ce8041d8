"""A model for tables: from a frame and a target to a trained, evaluated, saveable whole."""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlnn.array import Array
from mlnn.estimator import MLPClassifier, MLPRegressor
from mlnn.frame.column import TableError
from mlnn.frame.preparation import Preparation
from mlnn.frame.split import folds, hold_out
from mlnn.frame.target import ClassCode, NumberCode, TargetCode, quantities, task_of
from mlnn.model import Ensemble, Member
from mlnn.optimizer import LBFGS
from mlnn.output import LeastSquares, Softmax
from mlnn.penalty import L2
from mlnn.schedule import Constant
from mlnn.tabular.options import TableOptions
from mlnn.tabular.score import class_scores, value_scores
from mlnn.training import Callback, EarlyStopping, Epoch, Watcher

if TYPE_CHECKING:
    import pandas as pd

Task = Literal["classification", "regression"]
MemberWatcher = Callable[[int, Epoch], None]
"""Called with the member's number, from 0, and the epoch."""


@dataclass(frozen=True, eq=False)
class TrainedTable:
    """A model for tables: what was learned about columns and target, and the networks whose predictions are averaged.

    Attributes
    ----------
    preparation : Preparation
        From a frame to a matrix.
    target : TargetCode
        From labels or quantities to numbers, and back.
    target_name : str
        The target's column.
    members : tuple of (Network, θ)
        The networks.
    summary : dict
        How it was trained, ready for JSON.

    Raises
    ------
    ValueError
        If there is no member, or one does not fit the table.
    """

    preparation: Preparation
    target: TargetCode
    target_name: str
    members: tuple[Member, ...]
    summary: dict[str, Any]

    def __post_init__(self) -> None:
        """Refuse parts that do not fit each other."""
        fitting = (len(self.preparation.get_feature_names_out()), self.target.scores, self.task == "classification")
        for network, theta in Ensemble(self.members).members:
            if (network.inputs, network.widths[-1], network.output.classifies) != fitting:
                raise ValueError(f"a network of widths {network.widths} does not fit the table and its {self.task}")
            if theta.shape != (network.size,) or theta.dtype.kind != "f" or not np.isfinite(theta).all():
                raise ValueError(f"θ does not fit the network: it must hold {network.size} finite numbers")

    @property
    def task(self) -> Task:
        """Return what kind of target it predicts."""
        return "classification" if isinstance(self.target, ClassCode) else "regression"

    def predict(self, frame: "pd.DataFrame") -> Array:
        """Return a label, or a value in the target's own units, for every row.

        Raises
        ------
        TableError
            If the columns are not those of training.
        """
        return self.target.decode(Ensemble(self.members).predict(self._matrix(frame)))

    def predict_proba(self, frame: "pd.DataFrame") -> Array:
        """Return the probability of every class, shape (N, K).

        Raises
        ------
        TableError
            If the target is a quantity, or the columns are not those of training.
        """
        if self.task == "regression":
            raise TableError(f"'{self.target_name}' is a quantity: this model predicts values, not probabilities")
        return Ensemble(self.members).predict_proba(self._matrix(frame))

    def evaluate(self, frame: "pd.DataFrame", y: Any) -> dict[str, float]:
        """Return figures of merit on these rows, by name.

        Raises
        ------
        TableError
            If the columns are not those of training, or the target does not fit it.
        """
        if isinstance(self.target, ClassCode):
            return class_scores(self.target.encode(y), self.predict_proba(frame))
        if len(y) < 2:
            raise TableError("R² needs at least 2 rows to judge by, but there is only 1")
        return value_scores(quantities(y), self.predict(frame))

    def _matrix(self, frame: "pd.DataFrame") -> Array:
        return np.asarray(self.preparation.transform(frame)).astype(self.members[0][1].dtype)


def train_table(
    frame: "pd.DataFrame",
    y: "pd.Series[Any]",
    target_name: str,
    options: TableOptions = TableOptions(),
    *,
    valid: "tuple[pd.DataFrame, pd.Series[Any]] | None" = None,
    on_epoch: MemberWatcher | None = None,
) -> TrainedTable:
    """Learn the preparation and train the members.

    Parameters
    ----------
    frame, y : DataFrame, Series
        Features and target.
    target_name : str
        The target's name, for messages.
    options : TableOptions
        How to train.
    valid : (DataFrame, Series), optional
        Rows by which every member judges itself, instead of its own fold.
    on_epoch : callable, optional
        Sees every epoch of every member.

    Raises
    ------
    TableError
        If the table does not fit the task.
    Diverged
        If the loss is no longer finite.
    """
    started = time.perf_counter()
    task = task_of(y) if options.task == "auto" else options.task
    code = ClassCode.learn(y) if task == "classification" else NumberCode.learn(y)
    preparation = Preparation().fit(frame)
    X, t = preparation.transform(frame).astype(np.float32), code.encode(y)
    judge = None if valid is None else (preparation.transform(valid[0]).astype(np.float32), code.encode(valid[1]))
    members: list[Member] = []
    curves = []
    for number, (rows, aside) in enumerate(_judged(t, options, task, judge is not None)):
        estimator = member_estimator(options, task, len(rows), number, [partial(on_epoch, number)] if on_epoch else [])
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Training interrupted by user")
            estimator.fit(X[rows], t[rows], eval_set=judge or (X[aside], t[aside]))
        if estimator.interrupted_:
            raise KeyboardInterrupt
        members.append((estimator.network_, estimator.theta_))
        losses, valid_losses = estimator.loss_curve_, estimator.validation_loss_curve_
        curves.append({"loss": losses, "valid_loss": valid_losses, "best_epoch": estimator.best_iter_})
    summary = {
        "task": task,
        "rows": len(frame),
        "features": list(map(str, frame.columns)),
        "options": asdict(replace(options, task=task)),
        "members": curves,
        "seconds": time.perf_counter() - started,
    }
    return TrainedTable(preparation, code, target_name, tuple(members), summary)


def member_estimator(
    options: TableOptions, task: str, rows: int, number: int = 0, callbacks: Sequence[Callback | Watcher] = ()
) -> MLPClassifier | MLPRegressor:
    """Return the estimator of one member, untrained, for so many rows to train on."""
    solver = options.solver()
    classifies = task == "classification"
    return (MLPClassifier if classifies else MLPRegressor)(
        hidden_layer_sizes=options.hidden,
        activation=options.layer,
        loss=Softmax() if classifies else LeastSquares(),
        solver=solver,
        alpha=0.0,
        penalty=L2(options.l2) if options.l2 else None,
        batch_size=min(options.rows_a_step(rows), rows),
        schedule=Constant() if isinstance(solver, LBFGS) else options.schedule,
        max_iter=options.epochs,
        dropout=options.dropout,
        initializer="recommended",
        early_stopping="loss",
        n_iter_no_change=np.inf,
        random_state=options.seed + number,
        callbacks=[*callbacks, EarlyStopping(options.patience)],
    )


def _judged(t: Array, options: TableOptions, task: str, judged_elsewhere: bool) -> list[tuple[Array, Array]]:
    """Return, for every member, the rows it trains on and the rows it judges itself by."""
    if judged_elsewhere:
        everything = np.arange(len(t))
        return [(everything, everything[:0])] * options.members
    if options.members == 1:
        return [hold_out(t, options.valid_fraction, options.seed, task)]
    return folds(t, options.members, options.seed, task)
