"""What is refused before training begins, in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlnn.array import Array, require_functions
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.source import source_of
from mlnn.training.epoch import Epoch


def require_shape(theta: Any, network: Network) -> None:
    """Refuse a θ that is no array of floats, or does not fit the network."""
    if not isinstance(theta, np.ndarray) or theta.dtype not in (np.float32, np.float64):
        came = f"one of {theta.dtype}" if isinstance(theta, np.ndarray) else repr(theta)
        raise TypeError(f"θ must be an array of float32 or float64, but got {came}")
    if theta.shape != (network.size,):
        raise ValueError(f"θ must have shape ({network.size},), but its shape is {theta.shape}")


def require_epochs(after: Any) -> None:
    """Refuse a history that is none."""
    if not isinstance(after, Sequence) or not all(isinstance(each, Epoch) for each in after):
        raise TypeError(f"after must be a sequence of Epoch, but got {after!r}")


def require_judges(judges: Sequence[Any], scores: Any) -> None:
    """Refuse rows to judge by that are no problem, and figures of merit that are no functions or need all rows."""
    for valid in judges:
        if valid is not None and not isinstance(valid, Problem):
            raise TypeError(f"valid must be a Problem, but got {valid!r}")
    if not isinstance(scores, Mapping):
        raise TypeError(f"scores must be functions by name, but got {scores!r}")
    require_functions(**{str(name): score for name, score in scores.items()})
    if scores and any(source_of(each) for each in judges if each is not None):
        raise ValueError("figures of merit take all predictions at once: judge by rows that are in memory")


def require_members(
    problem: Problem,
    thetas: Array,
    scores: object,
    *,
    rows: Sequence[Any] | None,
    valid: Sequence[Problem | None],
    after: Sequence[Sequence[Epoch]],
    **each: Any,
) -> None:
    """Refuse what is not there for every member, or does not fit the problem."""
    if not isinstance(valid, Sequence):
        raise TypeError(f"valid must be a Problem, or one for each member, but got {valid!r}")
    require_judges([problem if each is None else each for each in valid], scores)
    for history in after:
        require_epochs(history)
    if thetas.ndim != 2 or thetas.shape[1] != problem.network.size:
        raise ValueError(f"θ must have shape (members, {problem.network.size}), but its shape is {thetas.shape}")
    for what, given in (each | {"rows": rows, "valid": valid, "after": after}).items():
        if given is not None and len(given) != len(thetas):
            raise ValueError(f"there are {len(thetas)} members, but {what} has {len(given)} entries")
    count = problem.X.shape[0]
    for numbers in rows or ():
        if (
            not isinstance(numbers, np.ndarray)
            or numbers.ndim != 1
            or (numbers.size and numbers.dtype.kind not in "iu")
        ):
            raise TypeError("rows must be an array of the rows' numbers, but got something else")
        if len(numbers) == 0:
            raise ValueError("every member needs rows, but one has none")
        if numbers.min() < 0 or numbers.max() >= count:
            raise IndexError(f"rows may hold 0 … {count - 1}, but holds {numbers.min()} … {numbers.max()}")
    if len({history[-1].number if history else 0 for history in after}) > 1:
        raise ValueError("members go on together only from the same epoch")
