"""Peers: those who take the same steps at the same time, each on a part of the rows, wherever they are."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
"""A first byte, and the one after the last."""


class Peers(ABC):
    """A trainer's peers, itself among them.

    Attributes
    ----------
    rank, size : int
        Its own number among them, from 0, and how many they are.
    """

    rank: int
    size: int

    @abstractmethod
    def exchange(self, out: memoryview, to: Sequence[Span], received: memoryview, spans: Sequence[Span]) -> bool:
        """Send every peer r the bytes ``to[r]`` of ``out``, and put those that come from it to ``spans[r]``.

        What is one's own stays where it is. Memory may be looked at until this returns: whether all went well, and no
        peer is lost.
        """
