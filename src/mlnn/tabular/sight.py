"""What the members of each view see, and the problems that they are trained on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from mlnn.array import Array
from mlnn.objective import Problem
from mlnn.penalty import L2
from mlnn.tabular.encoding import Encoding
from mlnn.tabular.forest import LEAVES, TREES, Forest
from mlnn.tabular.members import Part
from mlnn.tabular.parts import Parts, Rows
from mlnn.tabular.settings import TableSettings
from mlnn.tabular.target import Target
from mlnn.tabular.view import View

WIDEST, MOST = 4096, 400_000_000
"""Columns and bytes of an encoded table at most: with more columns than this, pieces cost more than they tell."""

Way = Callable[[], View]
"""A way to see a table, found out when its turn comes: a view without members."""


def ways_to_see(
    settings: TableSettings, rows: Rows, parts: Parts, judge: Rows | None, seed: int
) -> tuple[list[Way], list[str]]:
    """Return how the table is seen: as it is, encoded, and with leaves beside; and what is to be said of it."""
    ways: list[Way] = [partial(View, ())]
    if settings.preset == "fast":
        return ways, []
    encoding, members = Encoding.learn(rows.matrix), len(parts.members)
    if encoding.width == rows.matrix.shape[1]:
        return ways, []
    if encoding.width > WIDEST:
        return ways, [without(1, f"they would be {encoding.width:,} pieces, more than {WIDEST:,}")]

    def grown() -> View:
        """Return the view of leaves, whose trees are grown for each member on the rows that it is trained on."""
        forests = [Forest.grow(rows.only(own), seed + number) for number, (own, _) in enumerate(parts.members)]
        return View((), encoding, tuple(forests))

    count = len(rows.t) + (0 if judge is None else len(judge.t))
    for way, copies, width, what in (
        (partial(View, (), encoding), 1, encoding.width, "pieces"),
        (grown, members, encoding.width + TREES * LEAVES, f"pieces and leaves, for each of {members} networks,"),
    ):
        if (size := copies * count * width * rows.matrix.itemsize) > MOST:
            return ways, [without(len(ways), f"{count:,} rows of {width:,} {what} would take {size / 1e9:.2g} GB")]
        ways.append(way)
    return ways, []


def without(view: int, why: str) -> str:
    """Say that a view could not be had, and why."""
    if view == 1:
        return f"networks see the table as it is, as if the preset were fast: {why}"
    return f"networks do not see the leaves of trees: {why}"


@dataclass(frozen=True, eq=False)
class Seen:
    """What members see of rows, as one problem, and which of its rows are each member's.

    They share them; but where each sees leaves of its own, one member's rows come after another's.

    Parameters
    ----------
    view : View
        As yet without members.
    problem : Problem
        Its objective, on all that they see.
    rows : list of array
        Each member's rows of it.
    """

    view: View
    problem: Problem
    rows: list[Array]

    @classmethod
    def of(
        cls, settings: TableSettings, target: Target, view: View, rows: Rows, members: int, penalty: L2 | None
    ) -> "Seen":
        """Return what the members of a view see of these rows."""
        count, copies = len(rows.t), members if view.forests else 1
        X, t, weights = view.encoded(rows.matrix), rows.t, rows.weights
        if view.forests:
            X = np.empty((copies * count, X.shape[1] + view.forests[0].width), X.dtype)
            for number, seen in enumerate(view.seen(rows.matrix)):
                X[number * count : (number + 1) * count] = seen
            t, weights = np.concatenate([t] * copies), None if weights is None else np.concatenate([weights] * copies)
        network = settings.network(X.shape[1], target.output, target.scores)
        problem = Problem.of(network, X, t, weights, penalty)
        return cls(view, problem, [np.arange(count) + count * (number % copies) for number in range(members)])

    @property
    def problems(self) -> Problem | list[Problem]:
        """Return the problem, or where members see rows of their own each one's."""
        return [self.problem.batch(rows) for rows in self.rows] if self.view.forests else self.problem

    def own(self, parts: Sequence[Part]) -> list[Part]:
        """Return which of the problem's rows the members' parts are."""
        return [(rows[own], rows[aside]) for rows, (own, aside) in zip(self.rows, parts, strict=True)]

    def trained(self, thetas: Iterable[Array]) -> View:
        """Return the view of networks with these θ."""
        return replace(self.view, members=tuple((self.problem.network, np.array(theta)) for theta in thetas))
