"""What is refused before training begins, in words."""

from collections.abc import Sequence
from typing import Any

from mlnn.array import Array
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.training.epoch import Epoch


def require_shape(theta: Array, network: Network) -> None:
    """Refuse a θ that does not fit the network."""
    if theta.shape != (network.size,):
        raise ValueError(f"θ must have shape ({network.size},), but its shape is {theta.shape}")


def require_members(
    problem: Problem, thetas: Array, *, rows: Sequence[Array] | None, after: Sequence[Sequence[Epoch]], **each: Any
) -> None:
    """Refuse what is not there for every member, or does not fit the problem."""
    if thetas.ndim != 2 or thetas.shape[1] != problem.network.size:
        raise ValueError(f"θ must have shape (members, {problem.network.size}), but its shape is {thetas.shape}")
    for what, given in (each | {"rows": rows, "after": after}).items():
        if given is not None and len(given) != len(thetas):
            raise ValueError(f"there are {len(thetas)} members, but {what} has {len(given)} entries")
    count = problem.X.shape[0]
    for numbers in rows or ():
        if len(numbers) == 0:
            raise ValueError("every member needs rows, but one has none")
        if numbers.min() < 0 or numbers.max() >= count:
            raise IndexError(f"rows may hold 0 … {count - 1}, but holds {numbers.min()} … {numbers.max()}")
    if len({history[-1].number if history else 0 for history in after}) > 1:
        raise ValueError("members go on together only from the same epoch")
