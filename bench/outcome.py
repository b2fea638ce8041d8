"""What a measure of reliability returns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What came out of a measure.

    Parameters
    ----------
    count : int
        How many were done, of what the measure counts.
    text : str
        What came out, in one line, with its figures: "all end in the bits of the run that nobody killed".
    passed : bool
        Whether what is promised holds.
    """

    count: int
    text: str
    passed: bool
