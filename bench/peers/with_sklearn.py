"""scikit-learn's ``MLPClassifier``: ``fit`` with ``warm_start``, so that a block is one call."""

import warnings
from typing import Any

import numpy as np
from cases import ADAM, Case, Weights
from sklearn.neural_network import MLPClassifier

from peers import Peer


class Orders(np.random.RandomState):
    """A source of random numbers whose shuffles give the case's row orders.

    Within one ``fit`` scikit-learn shuffles the row numbers that the last epoch left, so the shuffle of that list that
    gives the wanted order must be found.
    """

    def begin(self, case: Case) -> None:
        """Start a new ``fit``."""
        self.case, self.epoch, self.rank = case, 0, np.arange(case.rows)

    def shuffle(self, x: Any) -> None:
        """Fill x with the positions of the next order's rows in the last one."""
        self.epoch += 1
        order = self.case.order(self.epoch)
        x[...] = self.rank[order]
        self.rank[order] = np.arange(len(order))


class ScikitLearn(Peer):
    """Two classes are one score here, as always in scikit-learn."""

    def prepare(self, case: Case) -> str | None:
        """Let one ``fit`` build all arrays, then put the case's weights into them."""
        if case.squashed or case.batch_norm or case.dropout or case.members > 1 or case.optimizer != "adam":
            return "scikit-learn has no such network"
        self.case, (self.X, self.y), self.orders = case, case.data(), Orders()
        warnings.simplefilter("ignore")
        self.model = MLPClassifier(
            case.sizes[1:-1],
            case.layer,
            solver="adam",
            alpha=case.penalty,
            batch_size=case.batch_rows,
            learning_rate_init=ADAM["rate"],
            beta_1=ADAM["beta1"],
            beta_2=ADAM["beta2"],
            epsilon=ADAM["epsilon"],
            shuffle=case.batch is not None,
            warm_start=True,
            tol=0.0,
            n_iter_no_change=np.inf,
            random_state=self.orders,
        )
        self.run(1)
        flat = case.weights()
        if case.sizes[-1] == 2:
            flat[-2:] = flat[-2][:, 1:] - flat[-2][:, :1], flat[-1][1:] - flat[-1][:1]
        for target, value in zip(self.model.coefs_ + self.model.intercepts_, flat[::2] + flat[1::2], strict=True):
            target[...] = value
        return None

    def run(self, epochs: int) -> float:
        """Fit on from the present weights; Adam's averages begin anew."""
        self.orders.begin(self.case)
        self.model.max_iter = epochs
        self.model.fit(self.X, self.y)
        return float(self.model.loss_)

    def weights(self) -> list[Weights]:
        """Return the weights."""
        pairs = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        return [[part for pair in pairs for part in pair]]

    def call(self, row: np.ndarray) -> np.ndarray:
        """Return the probabilities of a row."""
        return np.asarray(self.model.predict_proba(row))
