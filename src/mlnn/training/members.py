"""Members: many networks of one shape, trained side by side. ``epochs``, with a leading axis."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from mlnn.array import Array
from mlnn.engine import Engine, Member, engine_for, engine_given
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS
from mlnn.training.course import Course
from mlnn.training.epoch import Diverged, Epoch, epoch_of
from mlnn.training.recipe import Recipe


def epochs_of_members(
    problem: Problem,
    thetas: Array,
    recipe: Recipe,
    *,
    seeds: Sequence[int] | None = None,
    rows: Sequence[Array] | None = None,
    valid: Problem | Sequence[Problem] | None = None,
    stop: Callable[[int, Epoch], object] | None = None,
    engine: Engine | None = None,
    after: Sequence[Sequence[Epoch]] | None = None,
) -> Iterator[tuple[Epoch, ...]]:
    """Train many networks of one shape side by side, and yield every member's ``Epoch`` at every report.

    Each member ends where ``epochs`` would take it alone, on its rows and with its seed, on one thread, to the last
    bit. What is gained is that the compiled engine gives every core members of its own: small networks, whose steps
    are too short to be shared, then use them all.

    Parameters
    ----------
    problem : Problem
        The objective that they share.
    thetas : array of shape (members, P)
        Where each of them starts; it is left as it is.
    recipe : Recipe
        How to train, with any optimizer but L-BFGS.
    seeds : sequence of int, optional
        Each member's seed of shuffling and noise; by default ``recipe.seed`` and the numbers after it.
    rows : sequence of arrays of int, optional
        The numbers of the rows that each member trains on; None means all rows for all.
    valid : Problem, or a sequence of them, optional
        Rows to judge by, one problem for all members or one for each.
    stop : callable, optional
        Called with a member's number, from 0, and its epoch. A member for which it returns something true trains no
        further; its last epoch is yielded on while others train.
    engine : Engine, optional
        Who computes; by default the compiled engine wherever it can.
    after : sequence of sequences of Epoch, optional
        Each member's history so far, all of one length: training goes on after it.

    Raises
    ------
    ValueError
        If what is given for each member is not given for every member, one has no rows, their histories end in
        different epochs, or the optimizer is L-BFGS.
    IndexError
        If a member's rows are not among those of the problem.
    Diverged
        If a member's loss or θ is no longer finite.

    Examples
    --------
    >>> import numpy as np
    >>> from mlnn.network import Network
    >>> from mlnn.optimizer import SGD
    >>> network = Network.dense([1, 4, 2])
    >>> problem = Problem.of(network, [[-1.0], [1.0]], [0, 1])
    >>> thetas = np.stack([network.initial(np.random.RandomState(seed)) for seed in (0, 1, 2)])
    >>> *_, last = epochs_of_members(problem, thetas, Recipe(SGD(rate=1.0), epochs=200, every=100))
    >>> [epoch.number for epoch in last], max(epoch.loss for epoch in last) < 0.01
    ([200, 200, 200], True)
    """
    if isinstance(recipe.optimizer, LBFGS):
        raise ValueError("L-BFGS finds its own steps: it cannot train members side by side")
    wanted = problem, recipe.optimizer
    engine = engine_given(engine, *wanted) if engine else engine_for(*wanted)
    if thetas.ndim != 2 or thetas.shape[1] != problem.network.size:
        raise ValueError(f"θ must have shape (members, {problem.network.size}), but its shape is {thetas.shape}")
    count = len(thetas)
    seeds = range(recipe.seed, recipe.seed + count) if seeds is None else seeds
    judges = [valid] * count if valid is None or isinstance(valid, Problem) else valid
    for what, given in (("seeds", seeds), ("rows", rows), ("valid", judges), ("after", after)):
        if given is not None and len(given) != count:
            raise ValueError(f"there are {count} members, but {what} has {len(given)} entries")
    if rows is not None and any(len(each) == 0 for each in rows):
        raise ValueError("every member needs rows, but one has none")
    started = time.perf_counter()
    histories = [list(each) for each in after] if after else [[] for _ in range(count)]
    latest = [history[-1] if history else None for history in histories]
    if len({epoch.number if epoch else 0 for epoch in latest}) > 1:
        raise ValueError("members go on together only from the same epoch")
    earlier = max((epoch.seconds for epoch in latest if epoch), default=0.0)
    courses = []
    for m in range(count):
        weights = problem.weights
        if weights is not None and rows:
            weights = weights.take(rows[m], mode="clip")  # rows that are not there are refused by the engine
        total = len(rows[m]) if rows else problem.X.shape[0]
        courses.append(Course(total, weights, thetas[m], replace(recipe, seed=seeds[m]), latest[m]))
    with engine.bind(problem, recipe.optimizer) as bound, engine.predictor(problem.network, thetas[0]) as judge:
        active = [m for m in range(count) if not courses[m].ended]
        while active:
            blocks = [courses[m].block([epoch.watched_loss for epoch in histories[m]]) for m in active]
            if rows:
                blocks = [
                    replace(block, order=rows[m] if block.order is None else rows[m][block.order])
                    for m, block in zip(active, blocks, strict=True)
                ]
            ours = [courses[m] for m in active]
            losses = bound.run([Member(each.theta, each.state) for each in ours], blocks)
            reports = [(m, courses[m].taken(loss)) for m, loss in zip(active, losses, strict=True)]
            for m, report in reports:
                if report is None:
                    continue
                try:
                    epoch = epoch_of(report, problem, judges[m], {}, judge, earlier + time.perf_counter() - started)
                except Diverged as reason:
                    raise Diverged(f"member {m}: {reason}") from None
                histories[m].append(epoch)
                asked = stop and stop(m, epoch)
                if courses[m].ended or asked:
                    active.remove(m)
            if reports[0][1]:  # all are due together
                yield tuple(history[-1] for history in histories)
