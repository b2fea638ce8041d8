"""The measurements as text: what is printed, and what goes into the documentation."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cases import Case
from peers import ALL_CORES, OURS, OURS_ON_ALL

HOW = """\
Everyone trains the same networks from the same weights on the same batches and takes its turn in every round: a process
each, all on one core (where nothing else is said). Before the clock starts, everyone walks twenty steps; whose losses
then differ from the reference engine's by more than 1e-4 (float64: 1e-9) of their size is left out. Dropout is off on
that walk, because everyone draws other noise. scikit-learn has one score for two classes where the others have two.
PyTorch runs its fused optimizers, eager or with network and loss through `torch.compile`; JAX jits an epoch as one
`lax.scan`, the members of **g** side by side by `vmap`, or in turn by `lax.map`. The limit is what a step would take if
products ran at the speed of a 512 × 512 product, exponentials at NumPy's speed on short vectors, and the optimizer at
the speed of memory of its size."""


@dataclass
class Measured:
    """A case and what came out.

    Attributes
    ----------
    limit : float
        Seconds a step at best.
    times : dict of str to list of float
        Seconds a step by title, one a round.
    absent : dict of str to str
        Who did not take part, and why.
    interrupted : float
        The share of blocks whose processor time counts.
    """

    case: Case
    limit: float
    times: dict[str, list[float]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    interrupted: float = 0.0

    def ratios(self, title: str) -> list[float]:
        """Return theirs / ours, round by round, one core against one and all against all; empty for our own."""
        ours = OURS.title
        if title.endswith(ALL_CORES) and OURS_ON_ALL.title in self.times:
            ours = OURS_ON_ALL.title
        if title in (OURS.title, ours) or ours not in self.times:
            return []
        return [theirs / mine for theirs, mine in zip(self.times[title], self.times[ours], strict=True)]


def number(value: float) -> str:
    """Return a value with three digits, or all of those before the point.

    Examples
    --------
    >>> number(0.12345), number(12.345), number(12345.6)
    ('0.123', '12.3', '12,346')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def spread(values: Sequence[float], unit: float = 1.0) -> str:
    """Return the median, with the least and the largest value."""
    scaled = [value * unit for value in values]
    return f"{number(statistics.median(scaled))} ({number(min(scaled))} … {number(max(scaled))})"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def tables(results: list[Measured]) -> str:
    """Return the table of times and the table of ratios."""
    titles = list(dict.fromkeys(title for result in results for title in result.times))
    others = [title for title in titles if title not in (OURS.title, OURS_ON_ALL.title)]
    times, ratios = [], []
    for result in results:
        name = f"**{result.case.key}** {result.case.title}"
        spreads = [spread(result.times[title], 1e6) if title in result.times else "" for title in titles]
        times.append([name, number(1e6 * result.limit), *spreads])
        found = [result.ratios(title) if title in result.times else [] for title in others]
        ratios.append([name, *(spread(values) if values else "" for values in found)])
    return "\n\n".join(
        [
            HOW,
            "Microseconds a step (a call in **h**): median of the rounds (least … largest).",
            table(["case", "limit", *titles], times),
            f"Their time over that of {OURS.title} (on all cores: over that on all cores): median (least … largest).",
            table(["case", *others], ratios),
            *disturbances(results),
        ]
    )


def disturbances(results: list[Measured]) -> list[str]:
    """Return a sentence on blocks that other processes interrupted, if there were any."""
    worst = max((result.interrupted for result in results), default=0.0)
    if worst == 0.0:
        return []
    return [f"Others were at work on this machine: of up to {worst:.0%} of a case's blocks the processor time counts."]


def write(path: Path, text: str, name: str = "speed") -> None:
    """Replace the section between the two markers of this name, or add it."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    section = f"{begin}\n{text}\n{end}"
    before = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    if begin in before and end in before:
        head, rest = before.split(begin, 1)
        after = head + section + rest.split(end, 1)[1]
    else:
        after = f"{before.rstrip()}\n\n{section}\n"
    path.write_text(after, encoding="utf-8")
