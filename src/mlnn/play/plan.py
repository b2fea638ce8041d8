"""The plan: all that training depends on, made of what the page says of it, and checked before any work."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mlnn.array import Array, real_number, whole_number
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.penalty import Penalty
from mlnn.schedule import Schedule
from mlnn.tabular.described import network_of, part_of
from mlnn.training import Convention, Dealt, Recipe, mean_of_rows, sum_of_rows, terms

MOST_PARAMETERS, MOST_ROWS, MOST_NUMBERS = 2_000_000, 200_000, 8_000_000
"""What a page can show and carry: elements of θ, rows, and numbers in all rows."""
MOST_VALUES = 100_000_000
"""What a pass may hold: numbers that all gates put out for all rows, 800 MB in double precision."""


@dataclass(frozen=True, eq=False)
class Plan:
    """All that training depends on.

    Attributes
    ----------
    problem : Problem
        The network, the rows to train on and the penalty.
    valid : Problem or None
        Rows to judge by.
    recipe : Recipe
        How to train; its epochs are those that schedules are planned for.
    frozen : array of int
        Places in θ that no step moves.
    described : mapping
        What the page said, for a page that comes back.
    """

    problem: Problem
    valid: Problem | None
    recipe: Recipe
    frozen: Array
    described: Mapping[str, Any]

    @property
    def network(self) -> Network:
        """Return the network."""
        return self.problem.network

    @property
    def dtype(self) -> npt.DTypeLike:
        """Return the type of numbers that is computed in."""
        return self.problem.X.dtype

    @property
    def steps(self) -> int:
        """Return the steps of an epoch."""
        rows, size, _ = self.cut
        return -(-rows // size)

    @property
    def cut(self) -> tuple[int, int, Convention]:
        """Return what an epoch's report goes by: the rows, those of a step, and whether steps sum them."""
        rows = len(self.problem.X)
        return rows, min(self.recipe.batch_size or rows, rows), self.recipe.convention

    @property
    def penalty_share(self) -> float:
        """Return how much R(θ) counts beside the mean loss, in the objective that steps lower and an epoch reports."""
        rows, size, convention = self.cut
        sizes = np.diff([*range(0, rows, size), rows])
        return float(terms(convention(sizes, sizes))[:, 1].sum())

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> "Plan":
        """Return the plan that is described as the page's protocol has it.

        Raises
        ------
        ValueError, TypeError
            If something is missing or not what it should be, or it is too large for a page.
        """
        network = sized(network_of(described["network"]))
        precision = described["precision"]
        if precision not in ("float32", "float64"):
            raise ValueError(f"precision must be 'float32' or 'float64', but got {precision!r}")
        dtype = np.dtype(precision)
        penalty = None if described["penalty"] is None else part_of(described["penalty"], Penalty)
        problem = examples(network, described["train"], dtype, penalty)
        valid = None if described["valid"] is None else examples(network, described["valid"], dtype, penalty)
        places = sorted({whole_number("a frozen place", place, 0) for place in described["frozen"]})
        if places and places[-1] >= network.size:
            raise ValueError(f"a frozen place must be below {network.size}, the length of θ, but got {places[-1]}")
        frozen = np.array(places, dtype=np.int64)
        optimizer = part_of(described["optimizer"], Optimizer, LBFGS)
        if isinstance(optimizer, LBFGS) and frozen.size:
            raise ValueError("L-BFGS moves all weights together: none can be frozen")
        batch, seed = described["batch"], whole_number("seed", described["seed"], 0)
        recipe = Recipe(
            optimizer,
            part_of(described["schedule"], Schedule),
            whole_number("epochs", described["epochs"]),
            None if batch is None else whole_number("batch", batch),
            seed=seed,
            order=Dealt(seed),
            convention=sum_of_rows if described["sum"] else mean_of_rows,
        )
        return cls(problem, valid, recipe, frozen, described)

    def sharing(self, before: "Plan") -> "Plan":
        """Return the same plan, with the other's rows where they are the same: a run remembers all its plans."""
        shared: dict[str, Any] = {"described": dict(self.described)}
        for name, rows in (("problem", "train"), ("valid", "valid")):
            mine, other = getattr(self, name), getattr(before, name)
            if mine is None or other is None or not _same(self.described[rows], before.described.get(rows)):
                continue
            shared["described"][rows] = before.described[rows]
            if mine.X.dtype == other.X.dtype:
                shared[name] = replace(mine, X=other.X)
        return replace(self, **shared)


def _same(rows: Mapping[str, Any], others: Mapping[str, Any] | None) -> bool:
    """Tell whether rows and targets, which were checked, are the same."""
    if others is None:
        return False
    pairs = [(rows[part], others[part]) for part in ("X", "y")]
    return all(a["columns"] == b["columns"] and np.array_equal(a["data"], b["data"]) for a, b in pairs)


def sized(network: Network) -> Network:
    """Return a network that is not too large for a page."""
    if network.size > MOST_PARAMETERS:
        raise ValueError(
            f"this network has {network.size:,} parameters; the page shows up to {MOST_PARAMETERS:,}: "
            "take fewer units or layers"
        )
    return network


def examples(network: Network, given: Mapping[str, Any], dtype: npt.DTypeLike, penalty: Penalty | None) -> Problem:
    """Return the objective of some rows and their targets."""
    X, y = matrix(given["X"]), matrix(given["y"])
    targets = y[:, 0] if y.shape[1] == 1 else y
    require_room(network, len(X))
    return Problem.of(network, X.astype(dtype), targets, penalty=penalty)


def require_room(network: Network, rows: int) -> None:
    """Refuse a pass that would take more memory than a page should.

    Raises
    ------
    ValueError
        If all gates put out more numbers for so many rows than a pass may hold.
    """
    if (values := rows * sum(network.widths)) > MOST_VALUES:
        raise ValueError(
            f"{rows:,} rows make {values:,} numbers on their way through this network; the page takes up to "
            f"{MOST_VALUES:,}: take fewer rows, units or layers"
        )


def matrix(given: Mapping[str, Any]) -> Array:
    """Return rows as the page sends them, flat and with a number of columns, as a matrix."""
    data, columns = np.asarray(given["data"]), whole_number("columns", given["columns"])
    if data.ndim != 1 or data.dtype.kind not in "fiu" or data.size % columns:
        raise ValueError(f"rows of {columns} columns were expected, but {data.size} values of {data.dtype} came")
    if data.size > MOST_NUMBERS or data.size // columns > MOST_ROWS:
        raise ValueError(
            f"this table has {data.size // columns:,} rows of {columns:,} numbers; the page takes up to "
            f"{MOST_ROWS:,} rows and {MOST_NUMBERS:,} numbers: take some of the rows"
        )
    return data.reshape(-1, columns)


def laid_out(rows: Array) -> dict[str, Any]:
    """Return a matrix as the page takes it."""
    flat = np.ascontiguousarray(rows, np.float64).reshape(len(rows), -1)
    return {"data": flat.ravel(), "columns": flat.shape[1]}


def vector(name: str, given: Any, size: int) -> Array:
    """Return finite numbers of which there must be so many, as a copy."""
    values = np.array(given, dtype=np.float64)
    if values.shape != (size,):
        raise ValueError(f"{name} must hold {size} numbers, but {values.size} came")
    for place in np.flatnonzero(~np.isfinite(values))[:1]:
        real_number(f"{name}[{place}]", float(values[place]))
    return values
