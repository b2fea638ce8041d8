"""The verdict of a gradient check: one row a tensor, and the table of all."""

from dataclasses import dataclass

TOLERANCE = 1e-7
"""The largest relative error that passes. CS231n notes 3: 1e-7 makes one happy."""

TELLS = 1e-3
"""An error of this share must be seen, or the table says that it could not be."""


@dataclass(frozen=True)
class Row:
    """The verdict on one tensor.

    Attributes
    ----------
    term : str
        "data" or "penalty": the two terms of the objective are checked apart, since either can hide the other's error.
    tensor : str
        "W1", "b1" …, or "X" for the gradient by the input.
    error : float
        The worst relative error |a − n| / max(|a|, |n|) of what was looked at; the denominator is never so small that
        what rounding does to the two alone would fail.
    where : tuple of int
        The index of an element of the tensor: the worst that was looked at.
    analytic, numeric : float
        The two derivatives there.
    tolerance : float
        What passes.
    checked : int
        How many elements were looked at one by one; besides, directions through all of them were.
    resolution : float
        The smallest relative error that would have shown; infinite, where the gradient is 0 or lost in rounding.
    hint : str
        The likely cause, where one was found.
    """

    term: str
    tensor: str
    error: float
    where: tuple[int, ...]
    analytic: float
    numeric: float
    tolerance: float
    checked: int
    resolution: float = TOLERANCE
    hint: str = ""

    @property
    def passed(self) -> bool:
        """Return whether the gradient is right."""
        return self.error <= self.tolerance

    @property
    def verdict(self) -> str:
        """Return the judgement in words."""
        if not self.passed:
            return f"WRONG (above {self.tolerance:g})"
        if self.resolution <= TELLS:
            return "ok"
        if self.analytic == self.numeric == 0.0:
            return "ok (0)"
        return f"ok (errors up to {self.resolution:.0e} would not show)"


class GradientReport(tuple[Row, ...]):
    """All rows of a gradient check: ``print`` shows the table, ``repr`` the verdict in one line."""

    @property
    def passed(self) -> bool:
        """Return whether every tensor passed."""
        return all(row.passed for row in self)

    @property
    def worst(self) -> float:
        """Return the largest relative error."""
        return max(row.error for row in self)

    def __repr__(self) -> str:
        """Return the verdict in one line, so that a notebook does not show the table twice."""
        wrong = [row.tensor for row in self if not row.passed]
        verdict = f"WRONG in {', '.join(wrong)}" if wrong else "all right"
        return f"GradientReport({len(self)} tensors, worst relative error {self.worst:.1e}: {verdict})"

    def __str__(self) -> str:
        lines = [f"{'term':8}{'tensor':10}{'relative error':>15}  {'at':14}{'by hand':>13}{'numeric':>13}  verdict"]
        for row in self:
            at = str(list(row.where)).replace(" ", "")
            numbers = f"{row.error:15.1e}  {at:14}{row.analytic:13.6g}{row.numeric:13.6g}"
            lines.append(f"{row.term:8}{row.tensor:10}{numbers}  {row.verdict}")
        hints = dict.fromkeys(row.hint for row in self if row.hint)
        return "\n".join([*lines, *(f"likely cause: {hint}" for hint in hints)])
