"""What the reference engine is given is checked here, once a call; the compiled engine's own face checks the same."""

from typing import Any

import numpy as np

from mlnn.array import Array, is_sparse
from mlnn.engine.base import Block, Member
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import Optimizer
from mlnn.schedule import Time


def require_at_hand(problem: Problem) -> Problem:
    """Return the problem, if its rows are in memory: ``mlnn.epochs`` reads others, a window after another."""
    if not (isinstance(problem.X, np.ndarray) or is_sparse(problem.X)):
        raise TypeError(f"an engine is bound to rows in memory, but X is {problem.X!r}: train with mlnn.epochs")
    return problem


def require_problem(problem: Problem) -> None:
    """Refuse targets and weights that are not one a row, and negative class numbers, which NumPy would look up."""
    rows = problem.X.shape[0]
    if len(problem.y) != rows:
        raise ValueError(f"X has {rows} rows, but y has {len(problem.y)}")
    if problem.y.dtype.kind == "i" and problem.y.min(initial=0) < 0:
        raise ValueError(f"class numbers begin at 0, but y holds {problem.y.min()}")
    if problem.weights is not None and problem.weights.shape != (rows,):
        raise ValueError(f"weights must have shape ({rows},), but their shape is {problem.weights.shape}")


def require_steps(problem: Problem, optimizer: Optimizer, member: Member, block: Block) -> None:
    """Refuse a member and a block that do not fit the problem, the optimizer or each other."""
    count = len(member.state)
    if count != optimizer.slots:
        raise ValueError(f"the optimizer needs {optimizer.slots} slots, but the state has {count}")
    needed = len(optimizer.coefficients(Time(np.ones(1), np.zeros(1), 1.0)))
    if len(block.coefficients) != needed:
        raise ValueError(f"the optimizer needs {needed} coefficients, but the block has {len(block.coefficients)}")
    bounds, order = block.bounds, block.order
    if bounds.ndim != 2 or bounds.shape[1] != 2:
        raise ValueError(f"bounds must have shape (steps, 2), but their shape is {bounds.shape}")
    for name in ("rates", "data_factors", "penalty_factors"):
        shape = getattr(block, name).shape
        if shape != (len(bounds),):
            raise ValueError(f"{name} must have shape ({len(bounds)},), but its shape is {shape}")
    for name in ("first_step", "measured_from"):
        if getattr(block, name) < 0:
            raise ValueError(f"{name} must be at least 0, but is {getattr(block, name)}")
    if (wrong := np.flatnonzero((bounds[:, 0] < 0) | (bounds[:, 0] >= bounds[:, 1]))).size:
        start, stop = bounds[wrong[0]]
        raise ValueError(f"a step must take at least one row, but step {wrong[0]} goes from {start} to {stop}")
    rows = problem.X.shape[0]
    if order is not None:
        if order.ndim != 1 or order.dtype.kind not in "iu":  # a copy would round them
            raise TypeError(
                f"an order of rows must be a vector of integers, but is {order.dtype} of shape {order.shape}"
            )
        if order.size and not (order.min() >= 0 and order.max() < rows):
            raise IndexError(f"an order of rows may hold 0 … {rows - 1}, but holds {order.min()} … {order.max()}")
    there = rows if order is None else len(order)
    if (last := bounds.max(initial=0)) > there:
        raise IndexError(f"a step needs {last} rows, but there are {there}")


def require_rows(network: Network, X: Array) -> None:
    """Refuse rows that are no matrix of the network's inputs."""
    if np.ndim(X) != 2:
        raise ValueError(f"X must have 2 dimensions, but has {np.ndim(X)}")
    if X.shape[1] != network.inputs:
        raise ValueError(f"X has {X.shape[1]} features, but the network expects {network.inputs}")


def require_out(out: Any, predictions: Array, X: Any) -> None:
    """Refuse an array that predictions cannot be written into as they are."""
    if not isinstance(out, np.ndarray) or out.dtype != predictions.dtype or not out.dtype.isnative:
        raise TypeError(
            f"out must be an array of {predictions.dtype}, but is {getattr(out, 'dtype', type(out).__name__)}"
        )
    if out.shape != predictions.shape:
        raise ValueError(
            f"out must have a row for each row of X and {predictions.shape[1]} columns, but its shape is {out.shape}"
        )
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise TypeError("out must be a writable array that lies in one piece, row after row")
    if isinstance(X, np.ndarray) and np.may_share_memory(out, X):
        raise ValueError("out must not share memory with X")
