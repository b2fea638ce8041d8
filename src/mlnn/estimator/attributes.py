"""The fitted network as scikit-learn names its parts: one θ, seen as a list of matrices and a list of biases."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlnn.array import Array, is_sparse
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.output import Logistic, Poisson, Softmax


class LayerAttributes:
    """What scikit-learn's users look at after ``fit``. Writing into a view writes into the network."""

    network_: Network
    theta_: Array
    n_outputs_: int

    @property
    def coefs_(self) -> list[Array]:
        """Return the weight matrices, views of ``theta_``: layer i has shape (units before, units after)."""
        return self._fitted("network_").weights(self._fitted("theta_"))

    @coefs_.setter
    def coefs_(self, values: Sequence[Array]) -> None:
        _write(values, self.coefs_)

    @property
    def intercepts_(self) -> list[Array]:
        """Return the biases, views of ``theta_``: layer i has shape (units after,)."""
        return [b.reshape(-1) for b in self._fitted("network_").biases(self._fitted("theta_"))]

    @intercepts_.setter
    def intercepts_(self, values: Sequence[Array]) -> None:
        _write(values, self.intercepts_)

    @property
    def n_layers_(self) -> int:
        """Return the number of layers, inputs and outputs included."""
        return len(self.coefs_) + 1

    @property
    def out_activation_(self) -> str:
        """Return the name of what makes predictions of the last scores."""
        names: dict[type, str] = {Softmax: "softmax", Logistic: "logistic", Poisson: "exp"}
        return names.get(type(self._fitted("network_").output), "identity")

    def problem(self, X: Any, y: Any, sample_weight: Any = None) -> Problem:
        """Return the objective of rows and targets as ``fit`` takes them, without the penalty: what checks look at.

        Parameters
        ----------
        X, y, sample_weight
            As for ``fit``.
        """
        mine: Any = self
        network, rows = self._fitted("network_"), mine._rows(X)
        targets = y if is_sparse(y) else np.asarray(y)
        if targets.ndim == 2 and targets.shape[1] == 1:
            targets = targets[:, 0]
        weights = mine._weights(targets, sample_weight, rows)
        return Problem.of(network, rows, mine._targets(targets, network.output), weights)

    def _fitted(self, name: str) -> Any:
        if "network_" not in self.__dict__:
            raise AttributeError(f"this {type(self).__name__} is not fitted yet")
        return self.__dict__[name]


def _write(values: Sequence[Array], views: Sequence[Array]) -> None:
    if len(values) != len(views):
        raise ValueError(f"expected {len(views)} arrays, one a layer, but got {len(values)}")
    for view, value in zip(views, values, strict=True):
        view[...] = np.reshape(value, view.shape)
