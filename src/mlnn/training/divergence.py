"""Where numbers stopped being finite: at which step, in which gate, and why. Asked once training has diverged."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mlnn.array import Array, is_sparse
from mlnn.engine import Block, BoundEngine, Member
from mlnn.engine.reference import batches
from mlnn.gate import Step
from mlnn.graph import word
from mlnn.names import is_own
from mlnn.network import Network
from mlnn.objective import Problem, backward, data_derivative, data_loss, forward, penalty_derivative, penalty_value
from mlnn.optimizer import Optimizer
from mlnn.training.epoch import LARGEST, Diverged
from mlnn.training.recipe import Recipe, sum_of_rows
from mlnn.training.run import Run

HUGE = 1e4
"""The size from which numbers are far too large: columns of X, targets, first weights, outputs of gates, slopes."""

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
    whole, recipe, last = run.reporter.problem, run.recipe, run.latest
    begun, step = (last.raw_theta, last.step) if last else (np.array(run.start), 0)
    since = time.perf_counter() - run.reporter.began - (last.seconds if last else 0.0)
    try:
        failed = failure(bound, run) if since < AFFORDABLE else None
    except Exception:  # of a user's own schedule or order of rows, which are not asked twice elsewhere
        failed = None
    if failed is None:
        cause = likely_cause(whole, recipe, begun, first=step == 0)
        steps = f"{step + 1:,} … {min(run.step, problem.epoch * run.steps):,}"
        return problem.told(f"in one of the steps {steps}", cause, begun)
    (batch,), block, step = batches(whole, failed.block), failed.block, failed.block.first_step + 1
    fault = first_fault(batch, failed.before, Step(block.seed, block.first_step), float(block.data_factors[0]))
    fault = fault or _of_the_update(batch.network, recipe.optimizer, failed)
    cause = likely_cause(batch, recipe, failed.before, fault, first=step == 1)
    problem.epoch = failed.epoch
    return problem.told(f"in step {step:,}: {fault.words}", cause, failed.before, step, fault.gate)


def unable(problem: Problem, recipe: Recipe, theta: Array) -> Diverged:
    """Return that not even the first weights have a finite J and gradient, for who looks at them before any step."""
    fault = first_fault(problem, theta, Step())
    told = Diverged.of("", 1, np.nan)
    where = f"in step 1: {fault.words}" if fault else "in step 1"
    return told.told(where, likely_cause(problem, recipe, theta, fault, first=True), theta, 1, fault and fault.gate)


def failure(bound: BoundEngine, run: Run) -> Failure | None:
    """Take the steps since the last report again, and return the one that fails; None where none does this time.

    So it may be where a schedule goes by the clock, or an order of rows is not the same when it is asked again. A block
    that fails is halved again and again: those of its steps that are good are taken twice, no others.
    """
    again = run.again()
    while (again.number, again.step) < (run.number, run.step):
        block, member = again.block(max(run.number, again.number + 1)), _copied(again.member)
        losses, sane = _taken(bound, again.member, block)
        if sane:
            again.take(losses, run.number)
            continue
        low, high = 0, len(block.bounds)
        while high - low > 1:
            middle, further = (low + high) // 2, _copied(member)
            _, sane = _taken(bound, further, block.cut(low, middle))
            member, low, high = (further, middle, high) if sane else (member, low, middle)
        one, after = block.cut(low, high), _copied(member)
        _taken(bound, after, one)
        return Failure(again.number + 1 + (len(again.begun) + low) // again.steps, one, member.theta, after.theta)
    return None


def _taken(bound: BoundEngine, member: Member, block: Block) -> tuple[Array, bool]:
    """Take the steps of a block; return their losses, and whether all of these and θ are finite."""
    (losses,) = bound.run([member], [replace(block, measured_from=0)])
    return losses, bool(np.isfinite(losses).all()) and _largest(member.theta) < LARGEST[member.theta.dtype]


def _copied(member: Member) -> Member:
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
            name, given = listed(network, index), max([sizes[index], *map(_largest, views[index])])
            return Fault(f"the output of {name} is not finite", name, gate, given)
    end = word(output)
    if not np.isfinite(data_loss(problem, tape.scores)):
        return Fault(f"the loss of {end} is not finite", end, output, sizes[-1])
    if not np.isfinite(penalty_value(problem, theta)):
        return Fault(f"the penalty {word(penalty)} is not finite", None, penalty, _largest(theta))
    d_values = backward(network, views, tape, data_derivative(problem, tape.scores, factor), slopes)
    if not np.isfinite(size := _largest(d_values[-1])):
        return Fault(f"the gradient of {end} is not finite", end, output, sizes[-1])
    for index in range(len(network.gates) - 1, -1, -1):
        name, gate, given = listed(network, index), network.gates[index], max(size, sizes[index], sizes[index + 1])
        size = _largest(d_values[index]) if index else 0.0  # by the rows themselves nothing is differentiated
        if not np.isfinite(max([size, *map(_largest, slopes[index])])):
            return Fault(f"the gradient at {name} is not finite", name, gate, given)
    if not np.isfinite(penalty_derivative(problem, theta)).all():
        return Fault(f"the gradient of the penalty {word(penalty)} is not finite", None, penalty, _largest(theta))
    return None


def _of_the_update(network: Network, optimizer: object, failed: Failure) -> Fault:
    """Return the parameter that the step itself made too large."""
    placed = max(network.placed, key=lambda each: _largest(failed.after[each.place]))
    size, given = _largest(failed.after[placed.place]), _largest(failed.before)
    name = listed(network, placed.gate)
    return Fault(f"the step makes the weights of {name} as large as {size:.2g}", name, optimizer, given)


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


def likely_cause(
    problem: Problem, recipe: Recipe, theta: Array, fault: Fault | None = None, first: bool = False
) -> str:
    """Return why training diverged, most likely, by a look at the last finite weights, and what to do about it.

    ``fault`` is what was not finite in the step from there, if that is known; ``first`` says that no step was taken
    before.
    """
    if fault and is_own(fault.part) and fault.given < HUGE:
        return (
            f"The cause is {type(fault.part).__name__}'s own formula, which was given numbers up to {fault.given:.2g}: "
            "look for log(0), 0/0, or exp of a large number."
        )
    if data := _of_the_data(problem):
        return data
    if first and not (size := _largest(theta)) < HUGE:
        return f"The first weights are as large as {size:.2g}: begin with smaller ones."
    causes, network = [], problem.network
    with np.errstate(all="ignore"):
        tape = forward(network, network.views(theta), problem.X)
        for gate, values in zip(network.gates, tape.values[1:], strict=True):
            if not (size := _largest(values)) < HUGE:
                causes.append(f"The outputs of {word(gate)} have grown to {size:.2g}: activations explode.")
                break
        slope = _largest(data_derivative(problem, tape.scores, problem.X.shape[0]))
    if slope > HUGE:
        causes.append(f"The loss has slopes of {slope:.2g} there: a large error makes a large step.")
    if recipe.convention is sum_of_rows:
        rows = min(recipe.batch_size or problem.X.shape[0], problem.X.shape[0])
        causes.append(f"Gradients are summed over {rows:,} rows, so steps are {rows:,} times as long as by their mean.")
    if isinstance(recipe.optimizer, Optimizer):
        rate = recipe.optimizer.rate
        causes.append(f"The learning rate {rate:g} is probably too high: try {rate / 10:g}.")
    return " ".join(causes)


def _of_the_data(problem: Problem) -> str | None:
    """Return what is far too large in rows or targets, if something is."""
    X, y = problem.X, problem.y
    if not (size := _largest(X)) < HUGE:
        columns = np.abs(X).max(axis=0)
        column = int(np.argmax(columns.toarray() if is_sparse(X) else columns))
        held = f"Column {column} of X (counted from 0) holds numbers as large as {size:.2g}"
        return f"{held}: scale the columns to about 1."
    if y.dtype.kind == "f" and not (size := _largest(y)) < HUGE:
        return f"The targets are as large as {size:.2g}: scale them to about 1."
    return None


def _largest(values: Array) -> float:
    """Return the largest size of some numbers; NaN, if one of them is."""
    return float(np.abs(values.data if is_sparse(values) else values).max(initial=0.0))
