"""What training has made of an estimator, in one object: it is there or it is not, and it is replaced as a whole."""

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from mlnn.array import Array
from mlnn.engine import OwnPredictor
from mlnn.estimator.labels import Labels
from mlnn.estimator.parameters import RowOrder
from mlnn.estimator.progress import Control
from mlnn.network import Network
from mlnn.source import Windows
from mlnn.training import Epoch, Watcher

if TYPE_CHECKING:
    from mlnn.frame.preparation import Preparation


@dataclass(eq=False)
class State:
    """Where an estimator stands: what it learned, how it came there, and what going on needs."""

    network: Network
    theta: Array
    outputs: int  # how many scores it has
    random: np.random.RandomState
    control: Control  # scikit-learn's rules, and what they have seen
    labels: Labels | None = None  # what a classifier learned of labels
    preparation: "Preparation | None" = None  # what was learned of the columns of a frame
    judged: str | None = None  # by what early stopping chooses the weights: the "score" or the "loss"
    noise_seed: int = 0
    row_order: RowOrder | Windows | None = None  # kept for an exact warm start alone
    watchers: list[Watcher] = field(default_factory=list)  # what the callbacks of the last fit started
    epoch: Epoch | None = None  # after which training may go on
    n_iter: int = 0  # from here on, as the estimator's attributes of these names
    t: int = 0
    loss: float = np.nan
    loss_curve: list[float] = field(default_factory=list)
    best_loss: float | None = np.inf
    interrupted: bool = False
    validation_scores: list[float] | None = None
    validation_loss_curve: list[float] | None = None
    best_validation_score: float | None = None
    best_iter: int | None = None
    best_theta: Array | None = None  # the weights that met the rows to judge by best
    predictor: OwnPredictor = field(default_factory=OwnPredictor, repr=False)  # predicting often costs no preparation

    def be_judged_by(self, judged: str | None) -> None:
        """Begin to watch what early stopping watches, or the loss of training."""
        self.judged = judged
        if judged is None:
            self.best_loss = min(self.loss_curve, default=np.inf)
            return
        self.best_loss, self.best_theta, self.best_validation_score = None, self.theta, -np.inf
        self.validation_scores = self.validation_scores or []
        self.validation_loss_curve = self.validation_loss_curve or []

    def going_on(self, exact: bool) -> "State":
        """Return a state for training that goes on, which may fail: this one then stays what it was."""
        random, row_order = copy.deepcopy((self.random, self.row_order)) if exact else (self.random, None)
        return replace(self.apart(), random=random, row_order=row_order)

    def as_it_stands(self) -> "State":
        """Return what training would leave behind if it ended now, with nothing in it that goes on changing."""
        kept = self.best_theta if self.judged and self.best_theta is not None else self.theta
        random, watchers = copy.deepcopy((self.random, self.watchers))
        return replace(self.apart(), theta=kept, random=random, watchers=watchers)

    def apart(self) -> "State":
        """Return a copy with curves, control and predictor of its own."""
        scores, losses = self.validation_scores, self.validation_loss_curve
        return replace(
            self,
            control=copy.copy(self.control),
            loss_curve=list(self.loss_curve),
            validation_scores=None if scores is None else list(scores),
            validation_loss_curve=None if losses is None else list(losses),
            predictor=OwnPredictor(),
        )
