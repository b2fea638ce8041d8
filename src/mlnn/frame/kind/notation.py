"""How the numbers of one column are written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import nan

import numpy as np

from mlnn.array import Array
from mlnn.frame.kind.moment import duration
from mlnn.frame.kind.spelling import MONEY, MULTIPLES, PARTS, TRUTH, folded, simple, written


@dataclass(frozen=True)
class Notation:
    """How the numbers of one column are written.

    Parameters
    ----------
    decimal : str
        "." or ",": what parts the decimals where both would be possible, as in 1.234; "" if no number told.
    percent : float
        What "%" multiplies with: 1, so that it is a unit like others, or 0.01 beside plain shares such as 0.12.
    units : tuple of str
        What training had behind numbers; of currencies, what each is called in ``MONEY``.
    multiples : bool
        Whether "k" and "M" behind a number mean thousands and millions.
    truth : bool
        Whether all are 0 or 1, so that words like yes and no may stand for them.
    duration : bool
        Whether they are times like 1:30:00, in seconds.
    always : bool
        Whether all of training's numbers had a unit.
    colons : int
        How many colons training's durations had: 1 in 19:50, hours and minutes, 2 in 0:19:50; 0 where they differ.
    """

    decimal: str = ""
    percent: float = 1.0
    units: tuple[str, ...] = ()
    multiples: bool = False
    truth: bool = False
    duration: bool = False
    always: bool = field(default=False, metadata={"later": True})
    colons: int = field(default=0, metadata={"later": True})

    def __post_init__(self) -> None:
        """Refuse what no training can have learned."""
        if self.decimal not in ("", ".", ",") or self.percent not in (1.0, 0.01):
            raise ValueError(f"decimal must be '.', ',' or '', percent 1 or 0.01, but got {self}")

    @property
    def explicit(self) -> bool:
        """Tell whether training's cells all said what they were, so that a bare number is in doubt."""
        return self.always or self.duration

    def numbers(self, labels: Sequence[str]) -> Array:
        """Return the numbers that are written there, NaN where one cannot be read."""
        quick = self.plain_numbers(labels)
        return np.array([self.number(label) for label in labels], dtype=np.float64) if quick is None else quick

    def plain_numbers(self, labels: Sequence[str]) -> Array | None:
        """Return the numbers if all are written, and to be read, as Python writes them; None if not."""
        return None if self.decimal == "," or self.duration else simple(labels)

    def number(self, text: str) -> float:
        """Return the number that is written there, NaN where it cannot be read."""
        if self.duration:
            seconds = duration(text)
            return nan if seconds is None else seconds
        if self.decimal != "," and "_" not in text:
            try:
                return float(text)  # most are written so, and reading takes ten times as long
            except ValueError:
                pass
        found = written(text)
        if found is not None:
            number = found.comma if self.decimal == "," else found.dot
            if self.multiples and found.unit in MULTIPLES:
                return number * MULTIPLES[found.unit]
            if not found.unit or found.unit in self.units or found.unit in MONEY:
                return number * self.factor(MONEY.get(found.unit, found.unit))
        said = TRUTH.get(folded(text)) if self.truth else None
        return nan if said is None else float(said)

    def factor(self, unit: str) -> float:
        """Return what a unit multiplies with."""
        whole, share = PARTS.get(unit, ("", 1.0))
        if whole in self.units or (whole == "%" and self.percent != 1.0):
            return share * self.factor(whole)
        return self.percent if unit == "%" else 1.0


PLAIN = Notation()
"""Numbers as most write them."""
