"""How much memory training takes at most, estimated before it begins: the one place that knows what is allocated."""

import numpy as np
import numpy.typing as npt

from mlnn import memory
from mlnn.array import Array, is_sparse
from mlnn.engine import plan as planner
from mlnn.engine.base import Engine, network_of
from mlnn.engine.compiled import Compiled
from mlnn.engine.machine import native_module
from mlnn.network import Network
from mlnn.network.contract import held
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, Optimizer

INDEX = 8
"""Bytes of a row's or a class's number."""


def training_bytes(
    network: Network,
    engine: Engine,
    optimizer: Optimizer | LBFGS,
    dtype: npt.DTypeLike,
    rows: int,
    batch_size: int | None = None,
    members: int = 1,
    kept: int = 0,
) -> float:
    """Return about how many bytes training takes beside its data and its first θ.

    Parameters
    ----------
    network, engine, optimizer, dtype
        What is trained, by whom, how, and in numbers of what type.
    rows, batch_size : int
        How many rows there are, and how many a step takes; None means all.
    members : int
        How many networks of this shape are trained side by side.
    kept : int
        How many reports somebody keeps, each with weights and state.

    Examples
    --------
    >>> from mlnn.engine import Reference
    >>> from mlnn.optimizer import SGD
    >>> training_bytes(Network.dense([784, 1000, 10]), Reference(), SGD(), np.float64, rows=1000) / 1e6  # MB
    129.7...
    """
    item, parameters, batch = np.dtype(dtype).itemsize, network.size, min(batch_size or rows, rows)
    if isinstance(optimizer, LBFGS):
        pairs = 2 * optimizer.history  # of a step and a change of the gradient, in double precision
        python = 8.0 * parameters * (8 + pairs) + item * parameters * 3
        slots, reports = 0, 8.0 * parameters * (1 + pairs) * (kept > 0)
    else:
        slots = held(optimizer).slots
        python = float(members * item * parameters * (1 + slots) * 3)  # at work, the last report, and the next
        reports = float(members * item * parameters * (1 + slots) * max(kept - 2, 0))
    engine = engine.computes
    if not isinstance(engine, Compiled):
        vectors = 6 + 2 * slots  # the gradient, rates and factors, and what an update passes through
        passing = 3.0 * item * batch * sum(network.widths[1:])  # forward, and what comes and goes on both ways
        return python + reports + vectors * item * parameters + passing
    plan = planner.plan(network, native_module(), dtype, rows=batch, parts=engine.parts)
    at_work = min(engine.threads, members)
    blocks = plan.blocks(batch)
    tile = batch if plan.whole_batch else min(plan.tile, batch)
    memos = sum(stage.width for stage in plan.stages if stage.kind in ("batch_norm", "dropout"))
    columns = sum(stage.width for stage in plan.stages) + memos + 2 * max(network.widths) + network.inputs
    passing = float(item * tile * columns)
    transposed = sum(stage.inputs * stage.width for stage in plan.stages if batch >= stage.transposed_from)
    native = at_work * (item * (parameters * (1 + slots + blocks) + transposed) + blocks * passing)
    orders = members * INDEX * rows * (3 if batch_size else 0)
    return python + reports + native + orders


def data_bytes(problem: Problem, dtype: npt.DTypeLike) -> float:
    """Return about how many bytes an engine's copies of the data take: of another type, or of classes and columns."""
    X, item = problem.X, np.dtype(dtype).itemsize
    entries = float(X.nnz if is_sparse(X) else np.prod(X.shape, dtype=np.float64))  # type: ignore[attr-defined]
    copied = entries * item if X.dtype != dtype else 0.0
    copied += entries * (INDEX + 4) if is_sparse(X) else 0.0
    return copied + 2.0 * INDEX * problem.y.size


def held_bytes(problem: Problem, dtype: npt.DTypeLike) -> float:
    """Return about how many bytes a row takes that is read meanwhile: numbers, target, weight, place in the order.

    Numbers are at least as wide as those of θ; where they are wider, an engine's copy of them comes on top.
    """

    def of(values: Array) -> float:
        kind = np.result_type(values.dtype, dtype) if values.dtype.kind == "f" else values.dtype
        copied = np.dtype(dtype).itemsize if values.dtype.kind == "f" and kind != dtype else 0
        return float(np.prod(values.shape[1:])) * (kind.itemsize + copied)

    return sum(of(each) for each in (problem.X, problem.y, problem.weights) if each is not None) + 2 * INDEX


def require_memory(
    problem: Problem | Network,
    engine: Engine,
    optimizer: Optimizer | LBFGS,
    dtype: npt.DTypeLike,
    batch_size: int | None = None,
    members: int = 1,
    kept: int = 0,
    drawn: bool = True,
    held: int | None = None,
) -> None:
    """Refuse a training that does not fit into the memory that is free, after its first θ is ``drawn`` or before it.

    Of a network alone, what it would take with next to no data counts; of rows that are read meanwhile, as many as are
    ``held`` at a time, which have been put in their order.

    Raises
    ------
    MemoryError
        If it does not, with the figures.
    """
    network, rows, data = network_of(problem), 1, 0.0
    if isinstance(problem, Problem) and held:
        rows, data = min(batch_size or held, held), held * held_bytes(problem, dtype)
    elif isinstance(problem, Problem):
        rows, data = problem.X.shape[0], data_bytes(problem, dtype)
    needed = training_bytes(network, engine, optimizer, dtype, rows, batch_size, members, kept) + data
    needed += 0 if drawn else (members + 1.0) * 8 * network.size
    several = f"{members} networks of {memory.count(network.size)} weights each: training them"
    one = f"this network has {memory.count(network.size)} weights: training"
    memory.require(needed, several if members > 1 else one)
