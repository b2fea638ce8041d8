"""Training: the loop, and the generators around it. ``for epoch in epochs(…): …`` trains; a break stops it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np

from mlnn.array import Array, require_functions
from mlnn.engine import BoundEngine, Engine, Predictor, Stopped, engine_for, require_memory
from mlnn.names import require
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS
from mlnn.source import Streamed, source_of
from mlnn.training.checkpoint import Checkpoint
from mlnn.training.checks import require_members, require_shape
from mlnn.training.divergence import explained
from mlnn.training.epoch import Epoch, Reporter, Score
from mlnn.training.facts import facts_of
from mlnn.training.interrupt import Interrupted, listening
from mlnn.training.lbfgs import lbfgs_epochs
from mlnn.training.recipe import Recipe, over_windows
from mlnn.training.recorder import Recorder, begun, recording
from mlnn.training.run import Run, next_report


def loop(bound: BoundEngine, runs: Sequence[Run], stride: Callable[[], int] | None) -> Iterator[tuple[Epoch, ...]]:
    """Train: take the steps to the next report, report, begin again. One network is a single run."""
    while active := [run for run in runs if not run.ended]:
        number, recipe = active[0].number, active[0].recipe
        due = min(number + stride(), recipe.epochs) if stride else next_report(number, recipe)
        with explained(bound, active), listening() as interrupt:
            while active[0].number < due and not interrupt:
                blocks = [run.block(due) for run in active]
                taken = [len(block.bounds) for block in blocks]
                try:
                    losses = bound.run([run.member for run in active], blocks, interrupt)
                except Stopped as at:
                    taken, losses = at.taken, at.losses
                for run, measured, steps in zip(active, losses, taken, strict=True):
                    run.take(measured, due, steps)
            if interrupt:
                raise Interrupted([run.left(bound) for run in runs])
            for run in active:
                run.report()
        yield tuple(run.latest for run in runs if run.latest)
        if interrupt:
            raise Interrupted([run.latest for run in runs])


def epochs(
    problem: Problem,
    theta: Array,
    recipe: Recipe,
    *,
    valid: Problem | None = None,
    scores: Mapping[str, Score] = MappingProxyType({}),
    rows: Array | None = None,
    stop: Callable[[Epoch], object] | None = None,
    stride: Callable[[], int] | None = None,
    engine: Engine | None = None,
    after: Sequence[Epoch] = (),
    checkpoint: Checkpoint | Recorder | None = None,
) -> Iterator[Epoch]:
    """Train, and yield an ``Epoch`` at every report; ``theta`` itself is left as it is.

    Parameters
    ----------
    problem, theta, recipe : Problem, array of shape (P,), Recipe
        The objective, where to start, and how to train.
    valid, scores : Problem and mapping of str to callable, optional
        Rows to judge by, and figures of merit by name, each taking targets and decisions.
    rows : array of int, optional
        The numbers of the rows to train on; None means all.
    stop : callable, optional
        Called with every epoch; where it returns something true, training ends after it.
    stride : callable, optional
        Instead of ``recipe.every``: asked before each report, it says after how many epochs that is due. One call
        of the engine takes them: only the last one's weights are known; all are measured (``Epoch.passed``).
    engine : Engine, optional
        Who computes; by default the compiled engine wherever it can.
    after : sequence of Epoch, optional
        The history so far: training goes on after its last epoch as if it had never stopped.
    checkpoint : Checkpoint, optional
        Where to write down now and then how training stands, and from where to resume it: then the reports so far are
        told again, to ``stop`` and to whoever iterates.

    Raises
    ------
    ValueError
        If θ does not fit the network, there are no rows, or a schedule does not answer with one factor a step.
    IndexError
        If ``rows`` are not among those of the problem.
    MemoryError
        If training would take more memory than is free, before it begins.
    Diverged
        If the loss or θ is no longer finite: it says in which step and gate, why, and holds the last finite weights.
    Interrupted
        At the first Ctrl-C, as soon as the step at hand is complete: its ``epoch`` tells where training stands, and
        may be the last of a history to go on ``after``. The next Ctrl-C does not wait.

    Examples
    --------
    >>> from mlnn.network import Network
    >>> from mlnn.optimizer import SGD
    >>> network = Network.dense([1, 4, 2])
    >>> problem = Problem.of(network, [[-1.0], [1.0]], [0, 1])
    >>> theta = network.initial(np.random.RandomState(0))
    >>> history = list(epochs(problem, theta, Recipe(SGD(rate=1.0), epochs=200, every=100)))
    >>> [epoch.number for epoch in history], history[-1].loss < 0.01
    ([1, 101, 200], True)
    """
    require_shape(theta, require(Problem, problem, "problem").network)
    require(Recipe, recipe, "recipe")
    require_functions(stop=stop, stride=stride)
    if isinstance(recipe.optimizer, LBFGS):
        yield from lbfgs_epochs(problem, theta, recipe, rows, valid, scores, stop, engine, after, checkpoint)
        return
    for (epoch,) in epochs_of_members(
        problem,
        theta[np.newaxis],
        recipe,
        rows=None if rows is None else [rows],
        valid=valid,
        scores=scores,
        stop=None if stop is None else lambda _, epoch: stop(epoch),
        stride=stride,
        engine=engine,
        after=[after],
        checkpoint=checkpoint,
    ):
        yield epoch


def epochs_of_members(
    problem: Problem,
    thetas: Array,
    recipe: Recipe,
    *,
    seeds: Sequence[int] | None = None,
    rows: Sequence[Array] | None = None,
    valid: Problem | Sequence[Problem] | None = None,
    scores: Mapping[str, Score] = MappingProxyType({}),
    stop: Callable[[int, Epoch], object] | None = None,
    stride: Callable[[], int] | None = None,
    engine: Engine | None = None,
    after: Sequence[Sequence[Epoch]] | None = None,
    checkpoint: Checkpoint | Recorder | None = None,
) -> Iterator[tuple[Epoch, ...]]:
    """Train many networks of one shape side by side, and yield every member's ``Epoch`` at every report.

    Each member ends where ``epochs`` would take it alone, on its rows and with its seed, to the last bit. The compiled
    engine gives every core members of its own: steps too short to be shared then use them all. The rest is as there.

    Parameters
    ----------
    problem : Problem
        The objective that they share.
    thetas : array of shape (members, P)
        Where each of them starts; it is left as it is.
    recipe : Recipe
        How to train, with any optimizer but L-BFGS.
    seeds : sequence of int, optional
        Each member's seed of noise and, but over a source, of shuffling; by default ``recipe.seed`` + m.
    rows : sequence of arrays of int, optional
        The numbers of the rows that each member trains on; None means all rows for all.
    valid : Problem, or a sequence of them, optional
        Rows to judge by, one problem for all members or one for each.
    scores, stride, engine, checkpoint
        For all members.
    stop : callable, optional
        Called with a member's number, from 0, and its epoch. Where it returns something true, that member has ended.
    after : sequence of sequences of Epoch, optional
        Each member's history so far: training goes on after it, for all from the same epoch.

    Raises
    ------
    ValueError
        If what is given for each member is not given for every member, one has no rows, their histories end in
        different epochs, or the optimizer is L-BFGS.
    IndexError
        If a member's rows are not among those of the problem.
    Diverged
        If a member's loss or θ is no longer finite.
    Interrupted
        At the first Ctrl-C, as in ``epochs``; its ``epochs`` are those of all members.

    Examples
    --------
    >>> from mlnn.network import Network
    >>> from mlnn.optimizer import SGD
    >>> network = Network.dense([1, 4, 2])
    >>> problem = Problem.of(network, [[-1.0], [1.0]], [0, 1])
    >>> thetas = np.stack([network.initial(np.random.RandomState(seed)) for seed in (0, 1, 2)])
    >>> *_, last = epochs_of_members(problem, thetas, Recipe(SGD(rate=1.0), epochs=200, every=100))
    >>> [epoch.number for epoch in last], max(epoch.loss for epoch in last) < 0.01
    ([200, 200, 200], True)
    """
    require(Problem, problem, "problem"), require(Recipe, recipe, "recipe"), require(np.ndarray, thetas, "θ")
    if isinstance(recipe.optimizer, LBFGS):
        raise ValueError("L-BFGS finds its own steps: it cannot train members side by side")
    count, rule = len(thetas), recipe.optimizer
    engine, recipe, held = _reading(problem, recipe, engine_for(problem, rule, engine), rows)
    seeds = range(recipe.seed, recipe.seed + count) if seeds is None else seeds
    judges = [valid] * count if valid is None or isinstance(valid, Problem) else valid
    histories = [()] * count if after is None else after
    require_members(problem, thetas, scores, seeds=seeds, rows=rows, valid=judges, after=histories)
    require_memory(problem, engine, rule, thetas.dtype, recipe.batch_size, count, held=held)
    judging: AbstractContextManager[Predictor | None] = (
        engine.predictor(problem.network, thetas[0]) if scores or any(judges) else nullcontext()
    )
    last = [history[-1] if history else None for history in histories]
    with recording(checkpoint) as recorder, engine.bind(problem, rule) as bound, judging as predictor:
        facts = partial(facts_of, problem, thetas, recipe, engine, seeds=seeds, rows=rows, valid=judges, last=last)
        stream = begun(recorder, facts, last)
        began = time.perf_counter() - max([stream.seconds, *(epoch.seconds for epoch in last if epoch)])
        runs = [
            Run(
                Reporter(problem, judges[m], scores, predictor, began, f"member {m}: " if count > 1 else ""),
                thetas[m],
                replace(recipe, seed=seeds[m]),
                after=histories[m],
                rows=rows[m] if rows else None,
                strides=stride is not None and held is None,  # a source is read in one epoch's order at a time
                stop=partial(stop, m) if stop else None,
            )
            for m in range(count)
        ]
        for recorded in stream.again():
            for member, epoch in recorded:
                runs[member].told(epoch)
            yield tuple(run.latest for run in runs if run.latest)
        for run in runs:
            if not run.ended:
                run.resume()
        for reported in loop(bound, runs, stride):
            stream.take(reported)
            yield reported


def _reading(
    problem: Problem, recipe: Recipe, engine: Engine, rows: Sequence[Array] | None
) -> tuple[Engine, Recipe, int | None]:
    """Return who trains, how, and how many rows are in memory at a time where a problem's are read meanwhile."""
    source = source_of(problem)
    if source is None:
        return engine, recipe, None
    if rows is not None:
        raise ValueError(f"members train on all rows of {source!r}, but rows were given")
    return engine if engine.reads else Streamed(engine), *over_windows(recipe, source)
