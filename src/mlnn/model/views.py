"""The tutorial's lists of weights and biases, as views of θ, and the pictures of its graph."""

from collections.abc import Iterator, MutableSequence
from typing import Any

from mlnn.array import Array
from mlnn.network import Network


class Tensors(MutableSequence[Array]):
    """The weights of every layer as a list whose elements are views of θ: ``model.W[0] = …`` writes into θ."""

    def __init__(self, views: list[Array]) -> None:
        self._views = views

    def __getitem__(self, index: Any) -> Any:
        return self._views[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        """Write the values into θ."""
        self._views[index][...] = value

    def __len__(self) -> int:
        return len(self._views)

    def __iter__(self) -> Iterator[Array]:
        return iter(self._views)

    def __repr__(self) -> str:
        return repr(self._views)

    def __delitem__(self, index: Any) -> None:
        """Refuse: the network's shape is fixed."""
        raise TypeError("a model's layers are fixed: their weights can be changed, not removed")

    def insert(self, index: int, value: Array) -> None:
        """Refuse: the network's shape is fixed."""
        raise TypeError("a model's layers are fixed: their weights can be changed, not added to")


class Drawn:
    """What draws the computation graph of its network and θ."""

    network: Network
    theta: Array

    def plot_graph(self, row: object = None, target: object = None, ax: Any = None) -> Any:
        """Draw the computation graph, with the numbers of one row (and the gradients of its loss) if it is given.

        Parameters
        ----------
        row : array of shape (D,), optional
            One row of data.
        target : optional
            Its target; gradients need it.
        ax : matplotlib Axes, optional
            Where to draw, and what is returned.
        """
        from mlnn.plot import plot_graph  # matplotlib only where something is drawn

        return plot_graph(self.network, self.theta, row, target, ax=ax)

    def graph(self, row: object = None, target: object = None) -> str:
        """Return the computation graph as text, with numbers as in ``plot_graph``."""
        from mlnn.plot import graph_text

        return graph_text(self.network, self.theta, row, target)
