"""What the members of each view see, and the problems that they are trained on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from mlnn.array import Array
from mlnn.objective import Problem
from mlnn.penalty import L2
from mlnn.source import Source
from mlnn.tabular.encoding import Encoding
from mlnn.tabular.forest import LEAVES, TREES, Forest
from mlnn.tabular.members import Part
from mlnn.tabular.parts import Parts, Rows
from mlnn.tabular.settings import TableSettings
from mlnn.tabular.target import Target
from mlnn.tabular.view import View

WIDEST, MOST = 4096, 400_000_000
"""Columns and bytes of what networks see at most: more columns cost more than they tell, more bytes a small machine."""

SCORES = 10_000_000
"""Scores of an epoch at most, where more than one view makes them: a thousand classes on 20,000 rows take minutes."""


@dataclass(frozen=True)
class Way:
    """A way to see the table: what is said where it cannot be had, and who finds out what the view is.

    Attributes
    ----------
    without : str
        What networks see, or do not, without it.
    view : callable
        To a view that has no members yet; asked when its turn comes.
    """

    without: str
    view: Callable[[], View]


def ways_to_see(
    settings: TableSettings, outputs: int, rows: Rows, parts: Parts, judge: Rows | None, seed: int
) -> tuple[list[Way], list[str]]:
    """Return how the table is seen: as it is, encoded, and with leaves beside; and what is to be said of it."""
    plain = Way("", partial(View, ()))
    if settings.preset == "fast":
        return [plain], []
    if isinstance(rows.matrix, Source):
        without = "networks see the table as it is, as if the preset were fast"
        return [plain], [f"{without}: {rows.matrix.rows:,} rows are read in windows"]
    encoding, own = Encoding.learn(rows.matrix), [own for own, _ in parts.members]
    if encoding.width == rows.matrix.shape[1]:
        return [plain], []
    encoded = Way("networks see the table as it is, as if the preset were fast", partial(View, (), encoding))
    leaves = Way("networks do not see the leaves of trees", partial(_with_leaves, encoding, rows, own, seed))
    if len(rows.t) * outputs > SCORES:
        said = f"{len(rows.t):,} rows have {outputs:,} scores each, more than {SCORES:,} in all"
        return [plain], [not_seen(encoded, said)]
    if encoding.width > WIDEST:
        return [plain], [not_seen(encoded, f"its numbers would be {encoding.width:,} pieces, more than {WIDEST:,}")]
    count, width = len(rows.t) + (0 if judge is None else len(judge.t)), encoding.width + TREES * LEAVES
    copies, those = (len(own), f" for {len(own)} networks") if rows.told else (1, "")
    if (size := copies * count * encoding.width * rows.matrix.itemsize) > MOST:
        said = f"{count:,} rows of {encoding.width:,} pieces would take {size / 1e9:.2g} GB{those}"
        return [plain], [not_seen(encoded, said)]
    if (size := len(own) * count * width * rows.matrix.itemsize) > MOST:
        said = f"{count:,} rows of {width:,} pieces and leaves would take {size / 1e9:.2g} GB for {len(own)} networks"
        return [plain, encoded], [not_seen(leaves, said)]
    return [plain, encoded, leaves], []


def not_seen(way: Way, why: str) -> str:
    """Say that a view could not be had, and why."""
    return f"{way.without}: {why}"


def _with_leaves(encoding: Encoding, rows: Rows, own: Sequence[Array], seed: int) -> View:
    """Return the view of leaves, whose trees are grown for each member on the rows that it is trained on."""
    forests = [Forest.grow(rows.of(number).only(some), seed + number) for number, some in enumerate(own)]
    return View((), encoding, tuple(forests))


@dataclass(frozen=True, eq=False)
class Sight:
    """What members see of rows, as one problem, and which of its rows are each member's.

    They share them; but where each sees leaves of its own, or is told mean targets by rows of its own, one member's
    rows come after another's.

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
    ) -> "Sight":
        """Return what the members of a view see of these rows."""
        if isinstance(rows.matrix, Source):  # which has its targets, and all members train on all of its rows
            network = settings.network(rows.matrix.columns, target.output, target.scores)
            return cls(view, Problem.of(network, rows.matrix, penalty=penalty), [np.arange(0)] * members)
        count, t, weights = len(rows.t), rows.t, rows.weights
        if view.forests or rows.told:
            X = view.stacked(rows, members)
            t, weights = np.concatenate([t] * members), None if weights is None else np.concatenate([weights] * members)
            own = [np.arange(count) + count * number for number in range(members)]
        else:
            X, own = view.encoded(rows.matrix), [np.arange(count)] * members
        network = settings.network(X.shape[1], target.output, target.scores)
        return cls(view, Problem.of(network, X, t, weights, penalty), own)

    @property
    def problems(self) -> Problem | list[Problem]:
        """Return the problem, or where members see rows of their own each one's."""
        return self.problem if self.rows[0] is self.rows[-1] else [self.problem.batch(rows) for rows in self.rows]

    def own(self, parts: Sequence[Part]) -> list[Part]:
        """Return which of the problem's rows the members' parts are."""
        return [(rows[own], rows[aside]) for rows, (own, aside) in zip(self.rows, parts, strict=True)]

    def trained(self, thetas: Iterable[Array]) -> View:
        """Return the view of networks with these θ."""
        return replace(self.view, members=tuple((self.problem.network, np.array(theta)) for theta in thetas))
