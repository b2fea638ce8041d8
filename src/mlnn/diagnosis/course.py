"""Checks while learning: one training as the recipe wants it, watched, and what it came to on held-out rows."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from mlnn.array import Array
from mlnn.check import Monitor
from mlnn.diagnosis.finding import Course, Finding, Severity
from mlnn.diagnosis.subject import Subject
from mlnn.engine import Reference
from mlnn.gate import AddGate
from mlnn.network import Network
from mlnn.objective import Problem, data_loss
from mlnn.optimizer import LBFGS, SGD, Optimizer
from mlnn.training import Diverged, Epoch, Recipe, epochs

WORK = 4e9
"""The number of products of a row and a weight that the watched training may take: a few seconds at most."""

AN_EPOCH = 5e5
"""What an epoch costs besides, in such products."""

LOOKS, LOOKED_AT = 20, 500
"""How often the training is looked into, and on how many rows."""

DYING, DEAD = 0.2, 0.3
"""Shares of dead units in a layer. CS231n notes 1 know networks that lose 40 % to too high a rate, and columns far off
centre cost 33 % and more on 16 data sets; of some hundred healthy trainings that were watched, none lost over 17 %."""

RATIOS = 1e-6, 3e-5, 3e-2, 0.3
"""Sizes of a step relative to the weights, in the middle of the training: trouble below the first and above the last,
worth a look outside the two in between. CS231n notes 3 want 1e-3, roughly; of the healthy networks that were watched,
the medians lay between 4e-5 and 5e-3."""

WIDE, TOO_WIDE = 0.4, 1.0
"""Shares of what training gained over the baseline that are lost on held-out rows: at 1, all of it."""

SHUFFLES, LIKELY, SURE = 200, 3.0, 4.0
"""How often held-out targets are shuffled, and how many standard deviations below such losses the true one should lie.

Where there is no relation, 3 are reached once in hundreds of times (once in 80 trials with shuffled labels on 16 data
sets), 4 hardly ever; the healthy networks on ten of them stood at 4.2 and more."""

FEW = 20
"""Fewer rows prove nothing."""


def affordable(subject: Subject, work: float = WORK, least: int = 10) -> int:
    """Return how many epochs of the recipe can be afforded: all, unless the network or the table is large."""
    an_epoch = subject.problem.X.shape[0] * subject.problem.network.size + AN_EPOCH
    return min(subject.recipe.epochs, max(least, int(work / an_epoch)))


def watched_training(subject: Subject) -> tuple[Course, Array | None]:
    """Train once, look into the network now and then; return what was seen, and the weights that are kept."""
    optimizer, problem = subject.recipe.optimizer, subject.problem
    length = affordable(subject)
    recipe = replace(subject.recipe, epochs=length)
    monitor = Monitor(
        problem.batch(np.arange(min(LOOKED_AT, problem.X.shape[0]))),
        optimizer if isinstance(optimizer, Optimizer) else SGD(),
        recipe.convention,
    ).start()
    losses, valid_losses, failure = [], [], ""
    best, kept, theta = np.inf, 0, None
    try:
        for epoch in epochs(problem, subject.theta, recipe, valid=subject.valid):
            if (epoch.number - 1) % max(1, length // LOOKS) == 0 or epoch.number == length:
                monitor(epoch)
            losses.append(epoch.loss)
            valid_losses.append(epoch.watched_loss)
            if not subject.keeps_best or epoch.watched_loss < best:
                best, kept, theta = epoch.watched_loss, epoch.number, epoch.theta
    except Diverged as reason:
        failure = reason.args[0]
    baseline = data_loss(subject.valid, _trivial(problem, len(subject.valid.y)))
    return Course(tuple(losses), tuple(valid_losses), baseline, tuple(monitor.records), kept, failure), theta


def divergence(course: Course) -> Finding:
    """Find a training whose loss became infinite or NaN: value is the number of epochs it lasted."""
    lasted = len(course.losses)
    if not course.failure:
        return Finding("divergence", "fine", float(lasted), f"the loss stayed finite for {lasted} epochs.")
    return Finding(
        "divergence",
        "trouble",
        float(lasted),
        course.failure,
        "lower the learning rate, scale the features, clip gradients; look for log(0), 0/0 or exp of large numbers in "
        "your own layers and outputs.",
    )


def dead_units(course: Course, rows: int) -> Finding | None:
    """Find layers of which many units pass no gradient on any row: value is the largest share of a layer.

    Of few rows, a healthy unit may happen to see none on its steep side.
    """
    if rows < FEW or not course.records or not course.records[-1].dead:
        return None
    first, end = course.records[0].dead, course.records[-1].dead
    layer = max(end, key=end.__getitem__)
    value = end[layer]
    if value < DYING:
        most = f"at most {value:.0%} of a layer's units are dead" if value else "no unit is dead"
        return Finding("dead units", "fine", value, f"{most}.")
    severity: Severity = "trouble" if value >= DEAD else "look"
    when = "nearly all from the first epoch on" if first[layer] > 0.7 * value else f"{first[layer]:.0%} after one epoch"
    return Finding(
        "dead units",
        severity,
        value,
        f"{value:.0%} of the units of {layer} have slope 0 on every row, {when}: no gradient passes them.",
        "centre the features, lower the learning rate, or take a layer without a flat side (leaky rectifier, ELU).",
    )


def update_ratio(course: Course, optimizer: object) -> Finding | None:
    """Compare steps with weights, ‖Δw‖ / ‖w‖: value is the median over the training of the most extreme tensor."""
    if not course.records or isinstance(optimizer, LBFGS):
        return None
    names = course.records[0].update_ratio
    medians = {name: float(np.median([each.update_ratio[name] for each in course.records])) for name in names}
    if not medians:
        return None
    name = max(medians, key=lambda each: abs(np.log10(max(medians[each], 1e-300)) + 3.0))
    value = medians[name]
    too_low, low, high, too_high = RATIOS
    meaning = f"a step changes {name} by {value:.1g} of its size"
    if low <= value <= high:
        return Finding("update ratio", "fine", value, f"{meaning}; about 0.001 is healthy.")
    severity: Severity = "look" if too_low <= value <= too_high else "trouble"
    advice = "raise the learning rate." if value < low else "lower the learning rate."
    return Finding("update ratio", severity, value, f"{meaning}, where about 0.001 is healthy.", advice)


def gap(course: Course) -> Finding | None:
    """Compare training with held-out rows: value is the share of the gain over the baseline that is lost."""
    if not course.losses or course.failure:
        return None
    train, valid, best = course.losses[course.kept - 1], course.valid_losses[course.kept - 1], min(course.valid_losses)
    whole = course.kept == len(course.losses)
    what = "the loss ends at" if whole else f"epoch {course.kept} of {len(course.losses)} is kept, with a loss of"
    numbers = f"{what} {train:.3g} on training rows, {valid:.3g} on held-out rows"
    if train >= course.baseline:
        return Finding("gap", "fine", 0.0, f"{numbers}: nothing was learned that could be lost.")
    share = (valid - train) / (course.baseline - train)
    epoch = course.valid_losses.index(best) + 1
    turned = f"; its lowest was {best:.3g}, in epoch {epoch} of {len(course.losses)}" if valid > 1.1 * best else ""
    if share < WIDE:
        return Finding("gap", "fine", share, f"{numbers}{turned}.")
    return Finding(
        "gap",
        "trouble" if share >= TOO_WIDE else "look",
        share,
        f"{numbers}{turned}: {min(share, 1.0):.0%} of the gain over the baseline of {course.baseline:.3g} is lost.",
        "stop early, penalize large weights more, add dropout, make the network smaller, or gather more rows.",
    )


def relation(subject: Subject, course: Course, theta: Array | None) -> Finding | None:
    """Ask whether what was learned holds on held-out rows: value is how far their loss lies from shuffled ones.

    The loss of the true targets is compared with that of the same targets in another order, in standard deviations:
    any relation between features and target shows, in whatever output and however overconfident.
    """
    if theta is None or course.failure:
        return None
    valid, network = subject.valid, subject.problem.network
    scores = Reference().scores(network, theta, valid.X)
    true = data_loss(valid, scores)
    random = np.random.default_rng(0)
    orders = (random.permutation(len(valid.y)) for _ in range(SHUFFLES))
    shuffled = np.array([data_loss(Problem(network, valid.X, valid.y[order]), scores) for order in orders])
    spread = float(shuffled.std())
    value = (float(shuffled.mean()) - true) / spread if spread > 0.0 else 0.0  # NaN where a loss is
    meaning = f"the loss on held-out rows is {true:.3g}; with their targets shuffled, {shuffled.mean():.3g}"
    trivial = f"the baseline, which looks at no feature, has {course.baseline:.3g}"
    surely = value >= SURE or (value >= LIKELY and true < course.baseline / 2.0)  # few rows reach no more
    if not surely:
        severity: Severity = "trouble" if not value >= LIKELY and len(valid.y) >= FEW else "look"
        doubt = "it is not sure that what was learned" if value >= LIKELY else "nothing was learned that"
        return Finding(
            "held-out rows",
            severity,
            value,
            f"{meaning}: {doubt} holds for new rows ({trivial}).",
            "see whether rows and targets belong together (a shuffled or shifted column?), whether the features can "
            "tell the target at all, and the checks above.",
        )
    if true >= course.baseline:
        return Finding(
            "held-out rows",
            "look",
            value,
            f"{meaning}: there is a relation, but {trivial}. The network is too sure of itself, or not yet trained.",
            "train until the loss no longer falls; stop early, penalize weights or add dropout where it rises again.",
        )
    return Finding("held-out rows", "fine", value, f"{meaning}; {trivial}.")


def _trivial(problem: Problem, rows: int) -> Array:
    """Return, for every row, the scores that serve all training rows best: a network that is but a bias, trained."""
    scores = problem.network.widths[-1]
    bias = Network(scores, (AddGate(),), problem.network.output)
    alone = Problem(bias, np.zeros((len(problem.y), scores)), problem.y, problem.weights)
    theta = np.zeros(scores)
    for epoch in _quietly(epochs(alone, theta, Recipe(LBFGS(), epochs=100), engine=Reference())):
        theta = epoch.theta
    return np.tile(theta, (rows, 1))


def _quietly(training: Iterator[Epoch]) -> Iterator[Epoch]:
    """End where training diverges: what came before still counts."""
    try:
        yield from training
    except Diverged:
        return
