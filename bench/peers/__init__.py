"""Who is timed: a list of entries, each of which leads to a class that trains."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from cases import Case, Weights


class Peer(ABC):
    """One way to train a network. It lives in a process of its own.

    Parameters
    ----------
    options : str
        What distinguishes peers of one class.
    """

    def __init__(self, options: str = "") -> None:
        self.options = options

    @abstractmethod
    def prepare(self, case: Case) -> str | None:
        """Make ready to train from the case's first weights, or return why that cannot be."""

    @abstractmethod
    def run(self, epochs: int) -> float:
        """Train on for some epochs; return the last one's mean loss, each batch measured before its own step."""

    @abstractmethod
    def weights(self) -> list[Weights]:
        """Return the weights of every member as they are now, batch norm's gain and shift left out."""

    def call(self, row: np.ndarray) -> np.ndarray:
        """Return the probabilities of a row of shape (1, D), a NumPy array in and out."""
        raise NotImplementedError


@dataclass(frozen=True)
class Entry:
    """A column of the table: its title, where its class is, what the class needs, and on how many cores it runs."""

    title: str
    module: str
    name: str
    needs: tuple[str, ...] = ()
    options: str = ""
    all_cores: bool = False

    @property
    def missing(self) -> list[str]:
        """Return what is not installed."""
        return [name for name in self.needs if find_spec(name) is None]

    def load(self) -> Peer:
        """Import the class and build the peer."""
        kind: Any = getattr(import_module(self.module), self.name)
        peer: Peer = kind(self.options)
        return peer


ALL_CORES = "all cores"
OURS = Entry("mlnn", "peers.ours", "Ours")
OURS_ON_ALL = Entry("mlnn, all cores", "peers.ours", "Ours", all_cores=True)
REFERENCE = Entry("mlnn, NumPy", "peers.ours", "Ours", options="reference")
PEERS = [
    Entry("NumPy by hand", "peers.by_hand", "ByHand"),
    Entry("scikit-learn", "peers.with_sklearn", "ScikitLearn", ("sklearn",)),
    Entry("PyTorch", "peers.with_torch", "PyTorch", ("torch",)),
    Entry("PyTorch, compiled", "peers.with_torch", "PyTorch", ("torch",), "compile"),
    Entry("PyTorch, all cores", "peers.with_torch", "PyTorch", ("torch",), all_cores=True),
    Entry("JAX", "peers.with_jax", "Jax", ("jax",)),
    Entry("JAX, lax.map", "peers.with_jax", "Jax", ("jax",), "map"),
    Entry("JAX, all cores", "peers.with_jax", "Jax", ("jax",), all_cores=True),
]
