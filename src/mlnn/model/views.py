"""The tutorial's lists of weights and biases, as views of θ."""

from collections.abc import Iterator, MutableSequence
from typing import Any

from mlnn.array import Array


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
