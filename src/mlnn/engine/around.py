"""An engine around another: the other one does the arithmetic."""

from abc import ABC

import numpy as np
import numpy.typing as npt

from mlnn.array import Array
from mlnn.engine.base import Engine, Predictor
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, Optimizer


class Around(Engine, ABC):
    """An engine that has another one compute, and sees to where its rows come from, or who takes its steps.

    Parameters
    ----------
    engine : Engine
        Who computes.
    """

    engine: Engine
    reads = True

    @property
    def computes(self) -> Engine:
        return self.engine.computes

    @property
    def arithmetic(self) -> str:
        return self.engine.arithmetic

    def supports(self, problem: Problem | Network, optimizer: Optimizer | LBFGS | None = None) -> str | None:
        return self.engine.supports(problem, optimizer)

    def explain(self, problem: Problem | Network, batch_size: float = np.inf, dtype: npt.DTypeLike = np.float32) -> str:
        return self.engine.explain(problem, batch_size, dtype)

    def predictor(self, network: Network, theta: Array) -> Predictor:
        return self.engine.predictor(network, theta)
