"""What a diagnosis says: one finding a check, each a number, what it means, and what to try."""

import math
import textwrap
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from mlnn.check import Babysitting, RangeTest

Severity = Literal["fine", "look", "trouble"]

WIDTH = 100
"""Letters a line of the printed diagnosis."""


@dataclass(frozen=True)
class Finding:
    """The verdict of one check.

    Attributes
    ----------
    check : str
        Its name: "feature scale", "gradient", "learning rate" …
    severity : str
        "fine"; "look", where it depends; "trouble", where training or its result cannot be trusted.
    value : float
        What was measured; ``meaning`` says what it is.
    meaning : str
        The number in words.
    advice : str
        What to try; empty where all is fine.
    """

    check: str
    severity: Severity
    value: float
    meaning: str
    advice: str = ""


@dataclass(frozen=True)
class Course:
    """One training as the recipe wants it, watched.

    Attributes
    ----------
    losses, valid_losses : tuple of float
        The loss on the training rows and on held-out rows, epoch by epoch.
    baseline : float
        The loss, on the held-out rows, of the best answer that looks at no feature.
    records : tuple of Babysitting
        Looks into the network; ``mlnn.plot.plot_monitor`` draws them.
    kept : int
        The epoch whose weights are kept: the last, or the best where the estimator keeps that.
    failure : str
        Why it ended early; empty if it did not.
    """

    losses: tuple[float, ...]
    valid_losses: tuple[float, ...]
    baseline: float
    records: tuple[Babysitting, ...] = field(repr=False)
    kept: int = 0
    failure: str = ""

    @property
    def end(self) -> float:
        """Return the last loss on the training rows; infinite where training failed."""
        return math.inf if self.failure or not self.losses else self.losses[-1]


@dataclass(frozen=True)
class Diagnosis:
    """All findings, causes before consequences; printed, it is a text.

    Attributes
    ----------
    findings : tuple of Finding
        One a check, in the order in which to read them.
    range_test : RangeTest or None
        The learning-rate range test, where there is a rate to test.
    course : Course or None
        The training that was watched, where there was one.

    Examples
    --------
    >>> scale = Finding("feature scale", "trouble", 1900.0, "column 'income' is of size 1900.", "Scale the columns.")
    >>> diagnosis = Diagnosis((scale, Finding("imbalance", "fine", 1.0, "All classes are equally frequent.")))
    >>> print(diagnosis)
    1 trouble, 0 to look at, 1 fine.
    TROUBLE  feature scale: column 'income' is of size 1900.
             Try: Scale the columns.
    fine     imbalance: All classes are equally frequent.
    >>> [finding.check for finding in diagnosis.troubles], diagnosis.healthy
    (['feature scale'], False)
    """

    findings: tuple[Finding, ...]
    range_test: RangeTest | None = field(default=None, repr=False)
    course: Course | None = field(default=None, repr=False)

    @property
    def troubles(self) -> tuple[Finding, ...]:
        """Return the findings that are trouble."""
        return self.of("trouble")

    @property
    def healthy(self) -> bool:
        """Return whether no finding is trouble."""
        return not self.troubles

    @property
    def ranked(self) -> tuple[Finding, ...]:
        """Return all findings, troubles first."""
        return (*self.of("trouble"), *self.of("look"), *self.of("fine"))

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Return the findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity == severity)

    @property
    def headline(self) -> str:
        """Return the count of each severity, and where to begin."""
        trouble, look, fine = (len(self.of(severity)) for severity in ("trouble", "look", "fine"))
        begin = " Begin with the first: the later ones often follow from it." if trouble > 1 else ""
        return f"{trouble} trouble{'' if trouble == 1 else 's'}, {look} to look at, {fine} fine.{begin}"

    def __str__(self) -> str:
        """Return the headline, then every finding with its advice, troubles first."""
        lines = [self.headline]
        for finding in self.ranked:
            word = finding.severity.upper() if finding.severity == "trouble" else finding.severity
            advice = [f"Try: {finding.advice}"] if finding.advice else []
            for k, text in enumerate([f"{finding.check}: {finding.meaning}", *advice]):
                first = f"{'' if k else word:9}"
                lines += textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=" " * 9)
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as strings, numbers, lists and dictionaries; infinite losses stay infinite."""
        course = None if self.course is None else asdict(self.course)
        return {
            "healthy": self.healthy,
            "findings": [asdict(finding) for finding in self.findings],
            "range_test": None if self.range_test is None else asdict(self.range_test),
            "course": course,
        }
