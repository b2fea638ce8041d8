"""Where numbers stopped being finite: at which step, in which gate, and why. Asked once training has diverged."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from mlnn.array import Array, is_sparse
from mlnn.engine import Block, BoundEngine, Member
from mlnn.engine.reference import batches
from mlnn.gate import Step
from mlnn.graph import word
from mlnn.names import is_own
from mlnn.network import Network
from mlnn.objective import Problem, backward, data_derivative, data_loss, forward, penalty_derivative, penalty_value
from mlnn.optimizer import Optimizer, Wrapper
from mlnn.source import source_of
from mlnn.training.epoch import LARGEST_TRAINED, Diverged
from mlnn.training.recipe import Recipe, sum_of_rows
from mlnn.training.run import Furthest, Run, furthest
from mlnn.training.sentences import FAULTS, HAPPENED, HUGE, told_signs

Take: TypeAlias = Callable[[Member, Block], Array]
"""Takes the steps of a block with a member, and returns their losses."""

AFFORDABLE = 20.0
"""Seconds since the last report: where it lies further back, its steps are not taken again to find the one."""


class Fault(NamedTuple):
    """The first number of a step that is not finite: in words, in which gate, and what part made it of what."""

    words: str
    gate: str | None
    part: object
    given: float  # the largest number that the part was given


class Failure(NamedTuple):
    """The step after which numbers are no longer finite, and θ before and after it."""

    epoch: int
    block: Block
    before: Array
    after: Array


@contextmanager
def explained(bound: BoundEngine, runs: Sequence[Run]) -> Iterator[None]:
    """Add to a divergence in the block which step it was, in which gate, and the likely cause."""
    try:
        yield
    except Diverged as problem:
        run = next(run for run in runs if run.reporter.whose == problem.whose)
        raise _explained(problem, bound, run) from None


def _explained(problem: Diverged, bound: BoundEngine, run: Run) -> Diverged:
    recipe, last = run.recipe, run.latest
    begun, step = (last.raw_theta, last.step) if last else (np.array(run.start), 0)
    since = time.perf_counter() - run.reporter.began - (last.seconds if last else 0.0)
    try:
        failed = failure(bound, run) if since < AFFORDABLE else None
    except Exception:  # of a user's own schedule or order of rows, which are not asked twice elsewhere
        failed = None
    if failed is not None:
        return explanation(problem, run, failed)
    cause = likely_cause(_at_hand(run.reporter.problem), recipe, begun, given=run.given)
    steps = f"{step + 1:,} … {min(run.step, problem.epoch * run.steps):,}"
    return problem.told(f"training diverged in epoch {problem.epoch}, in one of the steps {steps}.", cause, begun)


def _at_hand(problem: Problem) -> Problem:
    """Return the problem; of a source's rows, over its first shard."""
    source = source_of(problem)
    return problem if source is None else next(source.parts(problem))


def explanation(problem: Diverged, run: Run, failed: Failure) -> Diverged:
    """Return the divergence with its step, the gate and the likely cause."""
    recipe, block, step = run.recipe, failed.block, failed.block.first_step + 1
    (batch,) = batches(run.reporter.problem, block)
    fault = first_fault(batch, failed.before, Step(block.seed, block.first_step), float(block.data_factors[0]))
    fault = fault or _of_the_update(batch.network, recipe.optimizer, failed)
    cause = likely_cause(batch, recipe, failed.before, fault, run.given)
    problem.epoch = failed.epoch
    return _told(problem, step, fault, cause, failed.before)


def _told(problem: Diverged, step: int, fault: Fault, cause: str, theta: Array) -> Diverged:
    return problem.told(HAPPENED.format(epoch=problem.epoch, step=step, fault=fault.words), cause, theta, step, fault)


def unable(problem: Problem, recipe: Recipe, theta: Array) -> Diverged:
    """Return that not even the first weights have a finite J and gradient, for who looks at them before any step."""
    fault = first_fault(problem, theta, Step()) or Fault("J or its gradient is not finite", None, None, np.nan)
    cause = likely_cause(problem, recipe, theta, fault, furthest(theta))
    return _told(Diverged.of("", 1, np.nan), 1, fault, cause, theta)


def failure(bound: BoundEngine, run: Run) -> Failure | None:
    """Take the steps since the last report again, and return the one that fails; None where none does this time.

    So it may be where a schedule goes by the clock, or an order of rows is not the same when it is asked again.
    """

    def take(member: Member, block: Block) -> Array:
        (losses,) = bound.run([member], [replace(block, measured_from=0)])
        return losses

    again = run.again()
    while (again.number, again.step) < (run.number, run.step):
        block, member = again.block(max(run.number, again.number + 1)), copied(again.member)
        losses, sane = _taken(take, again.member, block)
        if not sane:
            return narrowed(take, member, block, lambda k: again.number + 1 + (len(again.begun) + k) // again.steps)
        again.take(losses, run.number)
    return None


def narrowed(take: Take, member: Member, block: Block, epoch_of: Callable[[int], int]) -> Failure:
    """Return which step of a block fails: it is halved again and again.

    Those of its steps that are good are taken twice, no others. ``member`` stands before the block, and is used up;
    ``epoch_of`` tells in which epoch the step of a place in the block is.
    """
    low, high = 0, len(block.bounds)
    while high - low > 1:
        middle, further = (low + high) // 2, copied(member)
        _, sane = _taken(take, further, block.cut(low, middle))
        member, low, high = (further, middle, high) if sane else (member, low, middle)
    one, after = block.cut(low, high), copied(member)
    take(after, one)
    return Failure(epoch_of(low), one, member.theta, after.theta)


def _taken(take: Take, member: Member, block: Block) -> tuple[Array, bool]:
    """Take the steps of a block; return their losses, and whether all of these and θ are finite."""
    losses = take(member, block)
    return losses, bool(np.isfinite(losses).all()) and _largest(member.theta) < LARGEST_TRAINED[member.theta.dtype]


def copied(member: Member) -> Member:
    """Return a member that moves by itself."""
    return Member(member.theta.copy(), tuple(slot.copy() for slot in member.state))


@np.errstate(all="ignore")
def first_fault(problem: Problem, theta: Array, noise: Step | None = None, factor: float = 1.0) -> Fault | None:
    """Return the first number that is not finite on the way forth to the loss and back; None where all are."""
    network, output, penalty = problem.network, problem.network.output, problem.penalty
    views, gradient = network.views(theta), np.zeros_like(theta)
    slopes, tape = network.views(gradient), forward(network, views, problem.X, noise)
    sizes = [_largest(values) for values in tape.values]
    for index, gate in enumerate(network.gates):
        if not np.isfinite(sizes[index + 1]):
            given = max([sizes[index], *map(_largest, views[index])])
            return _fault("output", listed(network, index), gate, given)
    end = word(output)
    if not np.isfinite(data_loss(problem, tape.scores)):
        return _fault("loss", end, output, sizes[-1])
    if not np.isfinite(penalty_value(problem, theta)):
        return _fault("penalty", word(penalty), penalty, _largest(theta))._replace(gate=None)
    d_values = backward(network, views, tape, data_derivative(problem, tape.scores, factor), slopes)
    if not np.isfinite(size := _largest(d_values[-1])):
        return _fault("slope", end, output, sizes[-1])
    for index in range(len(network.gates) - 1, -1, -1):
        gate, given = network.gates[index], max(size, sizes[index], sizes[index + 1])
        size = _largest(d_values[index]) if index else 0.0  # by the rows themselves nothing is differentiated
        if not np.isfinite(max([size, *map(_largest, slopes[index])])):
            return _fault("gradient", listed(network, index), gate, given)
    if not np.isfinite(penalty_derivative(problem, theta)).all():
        return _fault("decay", word(penalty), penalty, _largest(theta))._replace(gate=None)
    return None


def _of_the_update(network: Network, optimizer: object, failed: Failure) -> Fault:
    """Return the parameter that the step itself made too large."""
    placed = max(network.placed, key=lambda each: _largest(failed.after[each.place]))
    size, given = _largest(failed.after[placed.place]), _largest(failed.before)
    return _fault("update", listed(network, placed.gate), optimizer, given, size)


def _fault(kind: str, name: str, part: object, given: float, size: float = np.nan) -> Fault:
    return Fault(FAULTS[kind].format(name=name, size=size), name, part, given)


def listed(network: Network, index: int) -> str:
    """Return a gate's name and its parameters, as the listing of the network has them, and its place.

    Examples
    --------
    >>> network = Network.dense([2, 3, 2])
    >>> listed(network, 0), listed(network, 2)
    ('gate 1 (mul W1)', 'gate 3 (tanh)')
    """
    owned = [p.name for p in network.placed if p.gate == index and p.parameter.trained]
    return f"gate {index + 1} ({' '.join([word(network.gates[index]), *owned])})"


def entry(network: Network, index: int) -> str:
    """Return the name of a weight, by its place in θ.

    Examples
    --------
    >>> network = Network.dense([2, 3, 2])
    >>> entry(network, 4), entry(network, 6)
    ('W1[1,1]', 'b1[0,0]')
    """
    placed = next(each for each in network.placed if index < each.place.stop)
    row, column = divmod(index - placed.place.start, placed.parameter.shape[-1])
    return f"{placed.name}[{row},{column}]"


def likely_cause(
    problem: Problem, recipe: Recipe, theta: Array, fault: Fault | None = None, given: Furthest = None
) -> str:
    """Return why training diverged, most likely, by a look at the last finite weights, and what to do about it.

    ``fault`` is what was not finite in the step from there, if that is known; ``given`` is the largest of the weights
    that training began with, if somebody gave them and no training.
    """
    if fault and is_own(fault.part) and fault.given < HUGE:
        return (
            f"The cause is {type(fault.part).__name__}'s own formula, which was given numbers up to {fault.given:.2g}: "
            "look for log(0), 0/0, or exp of a large number."
        )
    return told_signs(_signs(problem, recipe, theta, given))


def _signs(problem: Problem, recipe: Recipe, theta: Array, given: Furthest) -> dict[str, dict[str, Any]]:
    """Return what is measured of each sign."""
    X, y, network, rows = problem.X, problem.y, problem.network, problem.X.shape[0]
    columns = np.abs(X).max(axis=0)
    columns = columns.toarray() if is_sparse(X) else columns
    signs: dict[str, dict[str, Any]] = {"column": {"column": int(np.argmax(columns)), "size": _largest(X)}}
    if y.dtype.kind == "f":
        signs["targets"] = {"size": _largest(y)}
    if given is not None:
        place, size = given
        signs["start"] = {"size": size, "name": entry(network, place)}
    with np.errstate(all="ignore"):
        tape = forward(network, network.views(theta), X)
        sizes = [_largest(values) for values in tape.values[1:]]
        signs["slopes"] = {"size": _largest(data_derivative(problem, tape.scores, rows))}
    if grown := [each for each in zip(network.gates, sizes, strict=True) if not each[1] < HUGE]:
        gate, size = grown[0]
        signs["outputs"] = {"name": word(gate), "size": size}
    if recipe.convention is sum_of_rows:
        signs["sum"] = {"rows": min(recipe.batch_size or rows, rows)}
    if isinstance(recipe.optimizer, Optimizer):
        signs["rate"] = {"rate": recipe.optimizer.rate, "lower": lower_rate(recipe.optimizer)}
    return signs


def lower_rate(optimizer: Optimizer) -> float:
    """Return a rate to try in place of one that was too high: a tenth, or the default where that is lower still.

    Examples
    --------
    >>> from mlnn.optimizer import SGD, AdamW
    >>> lower_rate(SGD(rate=0.05)), lower_rate(AdamW(SGD(rate=1000.0)))
    (0.005, 0.01)
    """
    inner: object = optimizer
    while isinstance(inner, Wrapper):
        inner = inner.optimizer
    usual = getattr(type(inner), "rate", None)
    return min(optimizer.rate / 10, usual) if isinstance(usual, float) else optimizer.rate / 10


def _largest(values: Array) -> float:
    """Return the largest size of some numbers; NaN, if one of them is."""
    return float(np.abs(values.data if is_sparse(values) else values).max(initial=0.0))
