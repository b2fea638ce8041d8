"""Which categories of new rows training did not know: counted in all rows, and told once, in one line."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from mlnn.frame.column import quoted
from mlnn.frame.drift import Prepared, as_rare, many_unknown, pooled
from mlnn.frame.kind import Column, Seen

MOST = 5
"""Of so many columns a sentence tells what they hold."""


class UnknownValues:
    """What columns hold that training did not know, over all rows that are prepared while somebody listens.

    Attributes
    ----------
    seen : dict of str to Seen
        What was met in every column that holds some.
    """

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self._columns: dict[str, Column] = {}
        self._rows, self._warned, self._parts = 0, Counter[str](), 0

    def add(self, columns: Iterable[Column], seen: Mapping[str, Seen], rows: int) -> None:
        """Count what was met in more rows."""
        self._rows, self._parts = self._rows + rows, self._parts + 1
        for column in columns:
            met = seen[column.name]
            if met.unknown:
                self._warned[column.name] += many_unknown(column, met)
                before = self.seen.get(column.name)
                self._columns[column.name] = column
                self.seen[column.name] = met if before is None else before.and_then(met)

    def sentences(self) -> list[str]:
        """Say of every column how many values training did not know, with an example; nothing if it knew all.

        What warnings told of all rows is not told again; of rows in batches they may have told of some. Nor is what a
        column holds that took rare categories for one, where no more are rare or unknown than in training were rare.

        Examples
        --------
        >>> from mlnn.frame.kind import CategoricalColumn
        >>> met, town = UnknownValues(), CategoricalColumn("town", ("Bonn", "Ulm"), False, False)
        >>> met.add([town], {"town": Seen(50, unknown=2, example="Rom")}, 50)
        >>> met.sentences()
        ["unknown to training, of 50 rows: 'town' in 2, such as 'Rom'"]
        """
        parts = [
            f"{quoted([name])} in {seen.unknown:,}{', some perhaps only rare' if pooled(self._columns[name]) else ''}, "
            f"such as {quoted([seen.example])}"
            for name, seen in self.seen.items()
            if self._warned[name] < self._parts and not self._as_in_training(name)
        ]
        more = f"; and {len(parts) - MOST} columns more" if len(parts) > MOST else ""
        return [f"unknown to training, of {self._rows:,} rows: {'; '.join(parts[:MOST])}{more}"] if parts else []

    def _as_in_training(self, name: str) -> bool:
        column, seen = self._columns[name], self.seen[name]
        return pooled(column) and seen.unknown <= as_rare(column, seen)


_LISTENING: ContextVar[UnknownValues | None] = ContextVar("listening to what training did not know", default=None)


@contextmanager
def unknown_values() -> Iterator[UnknownValues]:
    """Count what training did not know in all rows that are prepared inside, for one model.

    Examples
    --------
    >>> from mlnn.frame.preparation import Preparation
    >>> preparation = Preparation().fit({"town": ["Bonn", "Ulm"] * 20})
    >>> with unknown_values() as met:
    ...     _ = preparation.transform({"town": ["Bonn"] * 49 + ["Rom"]})
    >>> met.sentences()
    ["unknown to training, of 50 rows: 'town' in 1, such as 'Rom'"]
    """
    met = UnknownValues()
    token = _LISTENING.set(met)
    try:
        yield met
    finally:
        _LISTENING.reset(token)


def heard(columns: Iterable[Column], prepared: Prepared) -> Prepared:
    """Return prepared rows, and let whoever listens count what was met in them."""
    met = _LISTENING.get()
    if met is not None:
        met.add(columns, prepared.seen, len(prepared.matrix))
    return prepared
