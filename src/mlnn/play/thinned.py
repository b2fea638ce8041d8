"""A list that stays short, however much is put into it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar


class Numbered(Protocol):
    """What belongs to a number of epochs."""

    @property
    def number(self) -> float:
        """Return it."""


T = TypeVar("T", bound=Numbered)


@dataclass
class Thinned(Generic[T]):
    """A list that stays short: when it is full every second entry goes, and from then on fewer are taken.

    The first and the latest are always there. An entry of the latest one's number takes its place.

    Parameters
    ----------
    most : int
        Entries at most, the latest apart.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> thinned = Thinned(4)
    >>> for number in range(20):
    ...     thinned.add(SimpleNamespace(number=number))
    >>> [each.number for each in thinned]
    [0, 8, 16, 19]
    """

    most: int
    _entries: list[T] = field(default_factory=list)
    _latest: T | None = None
    _stride: int = 1
    _seen: int = 0

    def add(self, entry: T) -> None:
        """Take an entry, or remember it as the latest only."""
        before, self._latest = self._latest, entry
        if before is not None and before.number == entry.number:
            self._entries = [entry if each is before else each for each in self._entries]
            return
        if self._seen % self._stride == 0:
            self._entries.append(entry)
            if len(self._entries) > self.most:
                self._entries, self._stride = self._entries[::2], 2 * self._stride
        self._seen += 1

    def forget(self, after: float) -> None:
        """Forget what came after so many epochs."""
        if self._latest is None or self._latest.number <= after:
            return
        self._entries = [each for each in self._entries if each.number <= after]
        self._latest = self._entries[-1] if self._entries else None
        self._seen = len(self._entries) * self._stride

    def __iter__(self) -> Iterator[T]:
        entries, latest = self._entries, self._latest
        return iter(entries if latest is None or (entries and latest is entries[-1]) else [*entries, latest])
