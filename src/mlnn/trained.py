"""A model for tables: from a frame and a target to a trained, evaluated, saveable whole."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mlnn.array import Array
from mlnn.callback import Callback
from mlnn.column import TableError
from mlnn.ensemble import Ensemble, Member
from mlnn.estimator import MLPClassifier, MLPRegressor
from mlnn.layer import Activation
from mlnn.names import named
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.preparation import Preparation
from mlnn.schedule import Constant, Schedule
from mlnn.score import class_scores, value_scores
from mlnn.split import folds, hold_out
from mlnn.table import task_of
from mlnn.target import ClassCode, NumberCode, TargetCode, quantities
from mlnn.training import Epoch

if TYPE_CHECKING:
    import pandas as pd

Task = Literal["classification", "regression"]
Watcher = Callable[[int, Epoch], None]
"""Called with the member's number, from 0, and the epoch."""


@dataclass(frozen=True)
class TableOptions:
    """How a table is trained on. The defaults beat scikit-learn's on most small tables (see docs/benchmarks.md).

    Parameters
    ----------
    task : str
        "classification", "regression", or "auto": what the target looks like.
    hidden : tuple of int
        Units of the hidden layers.
    layer, optimizer, schedule : str
        By name.
    rate : float, optional
        The learning rate; None takes 0.002 for the default optimizer and any other's own.
    batch_size : int, optional
        Rows a step; None takes about a fiftieth of the rows, a power of 2 from 16 to 256.
    epochs : int
        The most that a member trains; the schedule is planned for it.
    dropout, l2 : float
        Probability of dropping a hidden unit; strength of the L2 penalty.
    patience : int
        Epochs without a fall of the validation loss before a member stops; its best epoch is kept.
    members : int
        Networks whose predictions are averaged. Each holds out another fold to judge itself by, so that together
        they train on all rows. With 1, ``valid_fraction`` of the rows is held out.
    valid_fraction : float
        See ``members``.
    seed : int
        Seed of everything random.

    Raises
    ------
    ValueError
        If a name is unknown (with a suggestion) or a number cannot be meant.
    """

    task: str = "auto"
    hidden: tuple[int, ...] = (64, 64)
    layer: str = "relu"
    optimizer: str = "adamw"
    rate: float | None = None
    schedule: str = "cosine"
    batch_size: int | None = None
    epochs: int = 100
    dropout: float = 0.1
    l2: float = 0.0
    patience: int = 15
    members: int = 5
    valid_fraction: float = 0.15
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant, before any work."""
        if self.task not in ("auto", "classification", "regression"):
            raise ValueError(f"task must be auto, classification or regression, but got {self.task}")
        for name in ("batch_size", "epochs", "patience", "members"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, but got {value}")
        if any(units < 1 for units in self.hidden):
            raise ValueError(f"hidden layers need at least 1 unit, but got {list(self.hidden)}")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout must lie in [0, 1), but got {self.dropout}")
        if not 0.0 < self.valid_fraction < 1.0:
            raise ValueError(f"valid_fraction must lie between 0 and 1, but got {self.valid_fraction}")
        if not 0.0 <= self.l2 < np.inf:
            raise ValueError(f"l2 must be at least 0, but got {self.l2}")
        if self.rate is not None and not 0.0 < self.rate < np.inf:
            raise ValueError(f"rate must be above 0, but got {self.rate}")
        if not 0 <= self.seed < 2**32 - self.members:
            raise ValueError(f"seed must be at least 0 and below 2³² − members, but got {self.seed}")
        named(Activation, self.layer)
        self.solver()
        named(Schedule, self.schedule)

    def solver(self) -> Optimizer | LBFGS:
        """Return the optimizer with its rate."""
        if self.optimizer.lower() in ("lbfgs", "l-bfgs"):
            return LBFGS()
        kind = named(Optimizer, self.optimizer)
        rate = 0.002 if self.rate is None and kind is named(Optimizer, TableOptions.optimizer) else self.rate
        try:
            return kind() if rate is None else kind().with_rate(rate)
        except TypeError:
            raise ValueError(f"'{self.optimizer}' has settings without a default: its name is not enough") from None

    def rows_a_step(self, rows: int) -> int:
        """Return the batch size for this many rows."""
        return self.batch_size or int(np.clip(2.0 ** np.round(np.log2(rows / 50.0)), 16, 256))


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
    on_epoch: Watcher | None = None,
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
    judge = None
    if valid is not None:
        judge = preparation.transform(valid[0]).astype(np.float32), code.encode(valid[1])
    members: list[Member] = []
    curves = []
    for number, (rows, aside) in enumerate(_judged(t, options, task, judge is not None)):
        watchers = [partial(on_epoch, number)] if on_epoch else []
        estimator = member_estimator(options, task, len(rows), number, watchers)
        estimator.fit(X[rows], t[rows], eval_set=judge or (X[aside], t[aside]))
        members.append((estimator.network_, estimator.theta_))
        curves.append(
            {
                "loss": estimator.loss_curve_,
                "valid_loss": estimator.validation_curve_,
                "best_epoch": estimator.best_iter_,
            }
        )
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
    options: TableOptions, task: str, rows: int, number: int = 0, callbacks: Sequence[Callback] = ()
) -> MLPClassifier | MLPRegressor:
    """Return the estimator of one member, untrained, for so many rows to train on."""
    solver = options.solver()
    return (MLPClassifier if task == "classification" else MLPRegressor)(
        options.hidden,
        options.layer,
        solver=solver,
        alpha=options.l2,
        batch_size=options.rows_a_step(rows),
        schedule=Constant() if isinstance(solver, LBFGS) else options.schedule,
        max_iter=options.epochs,
        dropout=options.dropout,
        n_iter_no_change=options.patience,
        random_state=options.seed + number,
        callbacks=callbacks,
    )


def _judged(t: Array, options: TableOptions, task: str, judged_elsewhere: bool) -> list[tuple[Array, Array]]:
    """Return, for every member, the rows it trains on and the rows it judges itself by."""
    if judged_elsewhere:
        everything = np.arange(len(t))
        return [(everything, everything[:0])] * options.members
    if options.members == 1:
        return [hold_out(t, options.valid_fraction, options.seed, task)]
    return folds(t, options.members, options.seed, task)
