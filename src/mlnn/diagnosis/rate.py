"""The learning-rate range test: whether the rate of the recipe is too high, too low, or about right."""

import math
from dataclasses import replace

from mlnn.check import RangeTest, initial_loss
from mlnn.diagnosis.course import affordable
from mlnn.diagnosis.finding import Finding, Severity
from mlnn.diagnosis.subject import Subject
from mlnn.optimizer import LBFGS
from mlnn.schedule import Constant
from mlnn.training import Diverged, epochs

DECADES, STEPS = 4, 2
"""How far the test reaches to either side of the recipe's rate, and how many rates it tries in a decade."""

WORK = 2e9
"""As in the watched training, for all rates together."""

SLOW, TOO_SLOW = 0.8, 0.6
"""Shares of the best fall of the loss, which the best rate makes in a short trial, that the whole training must reach.

Measured on ten data sets, with tanh and rectifiers: rates commonly used (0.001 for Adam, 0.1 for SGD) reached 0.84 and
more; a hundredth of them 0.40 at most with Adam, 0.27 to 0.97 with SGD, whose best rates are 1 and above."""

FAST, TOO_FAST = 0.1, 0.25
"""Shares of the best fall that a lower rate makes and this one does not. Rates commonly used reached 0.05 at most."""

NOTHING = 0.02
"""A fall of the loss by this share at the best rate is none at all: no rate can be judged by it."""


def range_test(subject: Subject) -> RangeTest | None:
    """Train briefly at rates from 10⁻⁴ to 10⁴ times the recipe's; L-BFGS has no rate to test.

    Each rate begins anew from the same weights and stays as it is for a twentieth of the recipe's epochs, at least
    ten: in Smith's own test one training runs through all rates, and late ones inherit what early ones learned.

    References
    ----------
    Smith (2017), Cyclical learning rates for training neural networks, section 3.3.
    """
    optimizer = subject.recipe.optimizer
    if isinstance(optimizer, LBFGS):
        return None
    factors = [10.0 ** (k / STEPS) for k in range(-DECADES * STEPS, DECADES * STEPS + 1)]
    length = min(max(10, subject.recipe.epochs // 20), affordable(subject, WORK / len(factors), least=3))
    recipe = replace(subject.recipe, schedule=Constant(), epochs=length, every=length)
    losses = []
    for factor in factors:
        try:
            trial = replace(recipe, optimizer=optimizer.with_rate(optimizer.rate * factor))
            *_, last = epochs(subject.problem, subject.theta, trial)
            losses.append(last.loss)
        except Diverged:
            losses.append(math.inf)
    start = initial_loss(subject.problem, subject.theta).loss
    return RangeTest(tuple(optimizer.rate * f for f in factors), tuple(losses), optimizer.rate, start, length)


def learning_rate(test: RangeTest, end: float) -> Finding:
    """Judge the rate by the loss that training ends with: value is the share it makes of the best fall of the loss.

    Too low is a rate with which the whole training does not make 60 % of the fall that the best rate makes in a short
    trial. Too high is one at which the loss diverges or ends a quarter of that fall or more above what a lower rate
    reaches, in the trial and at the end of training.

    Examples
    --------
    >>> test = RangeTest((0.001, 0.01, 0.1, 1.0), (0.68, 0.5, 0.1, math.inf), rate=0.001, start=0.7, epochs=10)
    >>> learning_rate(test, end=0.6).severity, learning_rate(test, end=0.6).advice
    ('trouble', 'raise the learning rate, towards 0.03, or train longer.')
    >>> learning_rate(test, end=0.05).severity
    'fine'
    """
    lowest = min(test.losses)
    fall = test.start - lowest
    if not fall > NOTHING * abs(test.start):
        return Finding(
            "learning rate",
            "look" if math.isfinite(lowest) else "trouble",
            0.0,
            f"the loss falls at no rate from {test.rates[0]:.2g} to {test.rates[-1]:.2g} within {test.epochs} epochs.",
            "look at the checks above first: scale, gradient, a few rows.",
        )
    share = (test.start - end) / fall if math.isfinite(end) else -math.inf
    lower = min(
        (loss for rate, loss in zip(test.rates, test.losses, strict=True) if rate < test.rate), default=math.inf
    )
    early, late = (test.loss - lower) / fall, (end - lower) / fall
    best = f"the best rate, {test.best:.2g}, reaches {lowest:.3g} in {test.epochs} epochs"
    course = (
        f"at {test.rate:.3g}, the loss falls from {test.start:.3g} to {test.loss:.3g} in {test.epochs} epochs and to "
        f"{end:.3g} by the end of training"
    )
    if not share > 0.0:
        course = f"at {test.rate:.3g}, the loss does not fall"
    if early >= FAST:
        severity: Severity = "trouble" if min(early, late) >= TOO_FAST else "look"
        advice = f"lower the learning rate, towards {_suggested(test, below=test.rate):.1g}."
        return Finding("learning rate", severity, share, f"too high: {course}; {best}.", advice)
    if share < SLOW:
        severity = "trouble" if share < TOO_SLOW else "look"
        advice = f"raise the learning rate, towards {_suggested(test):.1g}, or train longer."
        return Finding("learning rate", severity, share, f"too low: {course}; {best}.", advice)
    return Finding("learning rate", "fine", share, f"{course}; {best}.")


def _suggested(test: RangeTest, below: float = math.inf) -> float:
    """Return a rate half a decade below the one with the lowest loss: near the best, and away from the cliff."""
    tried = [(loss, rate) for rate, loss in zip(test.rates, test.losses, strict=True) if rate < below]
    return float(min(tried)[1] / 10.0**0.5)
