"""mlnn: the compiled engine where there is one, else the reference engine."""

from dataclasses import replace
from typing import Any

import numpy as np
from cases import Case, Weights

import mlnn.engine
from mlnn.array import Array
from mlnn.engine import Reference
from mlnn.layer import ReLU, Tanh
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Adam
from mlnn.output import Logistic, Softmax
from mlnn.penalty import L2
from mlnn.training import Epoch, Recipe, epochs, epochs_of_members, mean_of_rows, sum_of_rows
from peers import Peer


def network_of(case: Case, one_score: bool = False) -> Network:
    """Return the case's network; on demand with one logistic score for two classes."""
    layer = ReLU() if case.layer == "relu" else Tanh()
    return Network.dense(
        [*case.sizes[:-1], 1] if one_score else case.sizes,
        layer,
        Logistic() if one_score else Softmax(),
        scores_layer=layer if case.squashed else None,
        batch_norm=case.batch_norm,
        dropout=case.dropout,
    )


def packed(network: Network, weights: Weights, dtype: str) -> Array:
    """Return θ that holds these weights."""
    if network.widths[-1] == 1:
        weights = [*weights[:-2], np.diff(weights[-2]), np.diff(weights[-1])]
    theta = network.initial(np.random.default_rng(0), dtype)
    named = network.named(theta)
    for number, (W, b) in enumerate(zip(weights[::2], weights[1::2], strict=True), start=1):
        named[f"W{number}"][...], named[f"b{number}"][...] = W, b
    return theta


def compiled_engine() -> Any:
    """Return a compiled engine, or None where mlnn has none."""
    try:
        return mlnn.engine.Compiled()
    except (AttributeError, ImportError):
        return None


class Ours(Peer):
    """``epochs(problem, theta, recipe, engine=…)``; several members, ``epochs_of_members``.

    Options: "reference" for the reference engine, "reference, one score" for its two classes with one logistic score.
    """

    def prepare(self, case: Case) -> str | None:
        """Build problem, recipe and engine."""
        self.engine: Any = compiled_engine() if not self.options else None
        self.engine = self.engine or Reference()
        self.case, self.network = case, network_of(case, one_score="one score" in self.options)
        self.optimizer = Adam() if case.optimizer == "adam" else SGD(rate=case.rate)
        starts = [packed(self.network, case.weights(member), case.dtype) for member in range(case.members)]
        self.members, self.last = np.stack(starts), list[Epoch]()
        X, y = case.data()
        self.problem = Problem.of(self.network, X, y, penalty=L2(case.penalty) if case.penalty else None)
        self.recipe = Recipe(
            self.optimizer,
            batch_size=case.batch,
            every=case.every,
            convention=sum_of_rows if case.summed else mean_of_rows,
        )
        reason: str | None = self.engine.supports(self.network, self.optimizer)
        if reason is None:
            self.predict = self.engine.predictor(self.network, self.members[0])
        return reason

    def run(self, epochs_more: int) -> float:
        """Train every member on from where it stands."""
        recipe = replace(self.recipe, epochs=(self.last[0].number if self.last else 0) + epochs_more)
        if self.case.members == 1:
            for epoch in epochs(self.problem, self.members[0], recipe, engine=self.engine, after=self.last):
                self.last = [epoch]
        else:
            seeds = [self.recipe.seed] * self.case.members
            after = [[epoch] for epoch in self.last] or None
            for several in epochs_of_members(
                self.problem, self.members, recipe, seeds=seeds, engine=self.engine, after=after
            ):
                self.last = list(several)
        return float(np.mean([epoch.loss for epoch in self.last]))

    def weights(self) -> list[Weights]:
        """Return the members' weights."""
        thetas = [epoch.theta for epoch in self.last] or list(self.members)
        return [
            [value.squeeze(0) if name[0] == "b" else value for name, value in named.items() if name[0] in "Wb"]
            for named in map(self.network.named, thetas)
        ]

    def call(self, row: np.ndarray) -> np.ndarray:
        """Return the probabilities of a row, by a bound predictor."""
        return self.predict(row)
