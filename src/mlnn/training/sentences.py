"""What is said of a divergence: one list for Python and for the browser's engine, into which it is printed.

Whoever trains looks for itself; what counts as a sign, which sign goes first and how it is said is decided here.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

HUGE = 1e4
"""The size from which numbers are far too large: columns of X, targets, weights given, outputs of gates, slopes."""

HAPPENED = "training diverged in epoch {epoch}, in step {step:,}: {fault}."
"""What a divergence is, where its step is known."""

FAULTS = {
    "output": "the output of {name} is not finite",
    "loss": "the loss of {name} is not finite",
    "penalty": "the penalty {name} is not finite",
    "slope": "the gradient of {name} is not finite",
    "gradient": "the gradient at {name} is not finite",
    "decay": "the gradient of the penalty {name} is not finite",
    "update": "the step makes the weights of {name} as large as {size:.2g}",
}
"""What of a step may be the first that is not finite."""


class Sign(NamedTuple):
    """A sign of a cause, in words; where it is ``alone``, no further one is looked for."""

    words: str
    alone: bool = False


SIGNS = {
    "column": Sign("Column {column} of X (counted from 0) holds numbers as large as {size:.2g}: "
        "scale the columns to about 1.", True),
    "targets": Sign("The targets are as large as {size:.2g}: scale them to about 1.", True),
    "start": Sign("The weights that were given are as large as {size:.2g}, in {name}: give smaller ones.", True),
    "outputs": Sign("The outputs of {name} have grown to {size:.2g}: activations explode."),
    "slopes": Sign("The loss has slopes of {size:.2g} there: a large error makes a large step."),
    "sum": Sign("Gradients are summed over {rows:,} rows, so steps are {rows:,} times as long as by their mean."),
    "rate": Sign("The learning rate {rate:g} is probably too high: try {lower:g}."),
}  # fmt: skip
"""The signs, in the order in which they are looked for: of two that say as much, the one nearer the rows."""


def told_signs(measured: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what is said of what was measured, of each sign by its name: sizes count from ``HUGE``, and if NaN.

    Examples
    --------
    >>> told_signs({"targets": {"size": 1.0}, "rate": {"rate": 3.0, "lower": 0.3}})
    'The learning rate 3 is probably too high: try 0.3.'
    >>> told_signs({"targets": {"size": 2e20}, "rate": {"rate": 3.0, "lower": 0.3}})
    'The targets are as large as 2e+20: scale them to about 1.'
    """
    said = []
    for name, (words, alone) in SIGNS.items():
        facts = measured.get(name)
        if facts is None or facts.get("size", HUGE) < HUGE:
            continue
        said.append(words.format(**facts))
        if alone:
            break
    return " ".join(said)
