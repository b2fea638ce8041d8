"""Views: networks that see a table in different ways, and whose predictions are averaged."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.model import Ensemble, Member
from mlnn.tabular.encoding import Encoding
from mlnn.tabular.forest import Forest
from mlnn.tabular.parts import Rows, separate
from mlnn.tabular.weighing import in_hundredths, weighed

BLOCK = 1 << 21
"""Numbers that are encoded at a time."""

TOGETHER = 64
"""So few rows are looked up in the trees of all members at once."""


@dataclass(frozen=True, eq=False, repr=False)
class View:
    """Members that see a prepared table in one way, and the weight of their mean prediction.

    Member number k of every view was not trained on fold number k.

    Parameters
    ----------
    members : tuple of Member
        The networks.
    encoding : Encoding, optional
        They see the table encoded; without, as it is.
    forests : tuple of Forest
        Each sees the leaves of its own trees beside it, which were grown on the rows that it was first trained on,
        before any training on all rows; or none.
    weight : float
        Of all views together 1.
    """

    members: tuple[Member, ...]
    encoding: Encoding | None = None
    forests: tuple[Forest, ...] = ()
    weight: float = 1.0

    def __repr__(self) -> str:
        return f"View({self.words if self.members else self.sees})"

    @property
    def share(self) -> float:
        """Return the weight of each member."""
        return self.weight / len(self.members)

    @property
    def words(self) -> str:
        """Say what the members are and see, and what they weigh."""
        return self.weighing(f"{self.weight:.2f}")

    def weighing(self, weight: str) -> str:
        """Say it, with the weight as it is written beside others."""
        (network, _), count = self.members[0], len(self.members)
        who = f"{count} networks of {network.size:,} parameters" if count > 1 else f"{network.size:,} parameters"
        return f"{who}: {self.sees}, weight {weight}"

    @property
    def sees(self) -> str:
        """Say what the members see."""
        numbers = "the table as it is" if self.encoding is None else "the table with every number as pieces of a line"
        return f"{numbers}, and the leaves of {len(self.forests[0].features)} small trees" if self.forests else numbers

    def seen(self, matrix: Array, encoded: Array) -> Iterable[Array]:
        """Give what each member sees of these rows, one after another; ``encoded`` is what all see of them.

        What one sees of many rows is there until the next is given, which takes its place.
        """
        if not self.forests:
            return [encoded] * len(self.members)
        if len(matrix) > TOGETHER:
            return self._in_turn(matrix, encoded)
        rows, width = encoded.shape
        leaves = self._trees.transform(matrix).reshape(rows, len(self.forests), -1)
        seen = np.empty((len(self.forests), rows, width + leaves.shape[-1]), encoded.dtype)
        seen[..., :width], seen[..., width:] = encoded, leaves.transpose(1, 0, 2)
        return list(seen)

    def _in_turn(self, matrix: Array, encoded: Array) -> Iterator[Array]:
        rows, width = encoded.shape
        seen = np.empty((rows, self.inputs(matrix.shape[1])), encoded.dtype)
        seen[:, :width] = encoded
        for forest in self.forests:
            forest.transform(matrix, into=seen[:, width:])
            yield seen

    @cached_property
    def _trees(self) -> Forest:
        """Return the trees of all members as one forest."""
        return Forest(*(np.concatenate([each.arrays()[name] for each in self.forests]) for name in Forest.NAMES))

    def stacked(self, rows: Rows, members: int) -> Array:
        """Return what each member sees of these rows, one member's rows after another's."""
        stack = np.empty((members, len(rows.t), self.inputs(rows.matrix.shape[1])), rows.matrix.dtype)
        for number, into in enumerate(stack):
            matrix = rows.of(number).matrix
            if rows.told or not number:
                encoded = self.encoded(matrix)
            into[:, : encoded.shape[1]] = encoded
            if self.forests:
                self.forests[number].transform(matrix, into=into[:, encoded.shape[1] :])
        return stack.reshape(-1, stack.shape[-1])

    def encoded(self, matrix: Array) -> Array:
        """Return what all members see of these rows."""
        return matrix if self.encoding is None else self.encoding.transform(matrix)

    def sharing(self, other: "View") -> "View":
        """Return this view with the other's encoding, if it is the same, so that rows are encoded for both at once."""
        own, its = ([] if each.encoding is None else list(each.encoding.arrays().values()) for each in (self, other))
        same = len(own) == len(its) and all(map(np.array_equal, own, its))
        return replace(self, encoding=other.encoding) if same else self

    def inputs(self, columns: int) -> int:
        """Return how many columns the members see of so many."""
        encoded = columns if self.encoding is None else self.encoding.width
        return encoded + (self.forests[0].width if self.forests else 0)

    def place(self, place: slice) -> slice:
        """Return where they see some neighbouring columns of the matrix."""
        return place if self.encoding is None else self.encoding.place(place)

    def only(self, number: int) -> "View":
        """Return the view of the member with this number alone."""
        some = slice(number, number + 1)
        return replace(self, members=self.members[some], forests=self.forests[some])

    def products(self, columns: int) -> int:
        """Return about how many products a member's prediction costs in which one of so many columns is another.

        Where any column moves a row to other leaves, all is predicted anew.
        """
        network, _ = self.members[0]
        if self.forests:
            return network.size + self.forests[0].sides.size
        return network.size - network.inputs * network.widths[1] * (columns - 1) // columns


@dataclass(frozen=True, eq=False)
class Views:
    """The weighted mean of what the views predict: p = Σ wᵥ pᵥ, where pᵥ is the mean of the view's members.

    Diverse networks err in different places: several ways of seeing a table average better than more members of one.

    Parameters
    ----------
    each : tuple of View
        At least one, with equally many members; the weights sum up to 1.

    Examples
    --------
    >>> from mlnn.network import Network
    >>> network = Network.dense([1, 2])
    >>> one, other = (View(((network, np.array([w, 0.0, 0.0, 0.0])),), weight=0.5) for w in (1.0, 3.0))
    >>> Views((one, other)).predict(np.array([[0.0], [9.0]])).round(3)
    array([[0.5, 0.5],
           [1. , 0. ]])
    """

    each: tuple[View, ...]
    _ensembles: list[Ensemble] = field(init=False, repr=False, default_factory=list)

    def __post_init__(self) -> None:
        """Prepare to predict."""
        object.__setattr__(self, "_ensembles", [Ensemble(view.members) for view in self.each])

    @property
    def words(self) -> list[str]:
        """Say of every view what its members are and see, and what they weigh, which adds up to 1."""
        written = in_hundredths([view.weight for view in self.each])
        return [view.weighing(weight) for view, weight in zip(self.each, written, strict=True)]

    @property
    def members(self) -> tuple[Member, ...]:
        """Return the members of all views."""
        return tuple(member for view in self.each for member in view.members)

    @property
    def products(self) -> int:
        """Return about how many products a prediction costs in which one column of the table is another."""
        columns = min(network.inputs for network, _ in self.members)
        return sum(view.products(columns) for view in self.each)

    def only(self, number: int) -> "Views":
        """Return the views, of each the member with this number alone."""
        return Views(tuple(view.only(number) for view in self.each))

    def predict(self, matrix: Array) -> Array:
        """Return predictions for prepared rows, shape (N, K); encoded a block at a time, which changes no bit."""
        rows = max(BLOCK // self._widest, 1)
        blocks = [self._predict(matrix[start : start + rows]) for start in range(0, max(len(matrix), 1), rows)]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    @cached_property
    def _widest(self) -> int:
        return max(network.inputs for network, _ in self.members)

    def _predict(self, matrix: Array) -> Array:
        encoding, encoded, found = None, matrix, []
        for view, ensemble in zip(self.each, self._ensembles, strict=True):
            if view.encoding is not encoding:
                encoding, encoded = view.encoding, view.encoded(matrix)
            found.append(ensemble.mean(view.seen(matrix, encoded)))
        return weighed([view.weight for view in self.each], found)

    def unseen(self, matrix: Array, fold: Array) -> Array:
        """Return each row's prediction by the members that were not trained on it; NaN where it is in no fold.

        Where there are no folds but 0, all members predict its rows.
        """
        predictions = np.full((len(matrix), self.members[0][0].widths[-1]), np.nan, matrix.dtype)
        for number in range(fold.max(initial=-1) + 1):
            asked = self.only(number) if separate(fold) else self
            predictions[fold == number] = asked.predict(matrix[fold == number])
        return predictions

    def to_json(self) -> list[dict[str, Any]]:
        """Return all but the networks and the arrays."""
        return [
            {
                "members": len(view.members),
                "weight": view.weight,
                "encoded": view.encoding is not None,
                "leaves": bool(view.forests),
            }
            for view in self.each
        ]

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of what the views see, by name; a view's forests are one array, member by member."""
        found: dict[str, Array] = {}
        for k, view in enumerate(self.each):
            forests = [forest.arrays() for forest in view.forests]
            own = {name: np.stack([arrays[name] for arrays in forests]) for name in Forest.NAMES if forests}
            own |= {} if view.encoding is None else view.encoding.arrays()
            found |= {f"view{k}.{name}": array for name, array in own.items()}
        return found

    @staticmethod
    def names(json: Any) -> set[str]:
        """Return what arrays of views may be called of which ``to_json`` wrote this."""
        return {f"view{k}.{name}" for k in range(len(json or ())) for name in (*Encoding.NAMES, *Forest.NAMES)}

    @classmethod
    def from_json(cls, json: Any, arrays: Mapping[str, Array], members: tuple[Member, ...], width: int) -> "Views":
        """Return the views that ``to_json`` and ``arrays`` wrote, or one of all members if it wrote none.

        Raises
        ------
        KeyError, TypeError, ValueError
            If they did not write this, or networks do not fit a table of so many columns.
        """
        if json is None:
            json = [{"members": len(members), "weight": 1.0, "encoded": False}]
        each = [_view(k, described, arrays, width, len(members)) for k, described in enumerate(json)]
        for k in range(1, len(each)):
            each[k] = each[k][0], each[k][1].sharing(each[k - 1][1])
        counts = [count for count, _ in each]
        ends = np.cumsum([0, *counts]).tolist()
        if len(set(counts)) > 1:
            raise ValueError(f"views have equally many members, but these have {counts}")
        if ends[-1] != len(members) or abs(sum(view.weight for _, view in each) - 1.0) > 1e-9:
            raise ValueError(f"the views must have all {len(members)} networks, and weights that sum up to 1")
        views = tuple(
            replace(view, members=members[a:b]) for (_, view), a, b in zip(each, ends[:-1], ends[1:], strict=True)
        )
        for view in views:
            inputs = view.inputs(width)
            if any(network.inputs != inputs for network, _ in view.members):
                raise ValueError(f"a network sees {view.members[0][0].inputs} columns, but its view has {inputs}")
        return cls(views)


def _view(k: int, described: Any, arrays: Mapping[str, Array], width: int, most: int) -> tuple[int, View]:
    """Return how many members a view has, and the view without them."""
    count, weight = described["members"], described["weight"]
    if type(count) is not int or not 1 <= count <= most or type(weight) is not float or not 0.0 < weight <= 1.0:
        raise ValueError(f"a view has members, {most} at most, and a weight up to 1, but one is {described!r}")
    encoded, leaves = described["encoded"], described.get("leaves", False)
    if type(encoded) is not bool or type(leaves) is not bool:
        raise TypeError(f"a view is encoded or not, with leaves or without, but one is {described!r}")
    own = {name.partition(".")[2]: array for name, array in arrays.items() if name.startswith(f"view{k}.")}
    expected = {name for cls, there in ((Encoding, encoded), (Forest, leaves)) for name in cls.NAMES if there}
    if own.keys() != expected:
        raise ValueError(f"view {k} must have the arrays {sorted(expected)}, but has {sorted(own)}")
    encoding = Encoding.from_arrays(own, width) if encoded else None
    if any(len(own[name]) != count for name in Forest.NAMES if leaves):
        raise ValueError(f"view {k} has {count} members, but not as many forests")
    forests = [{name: own[name][m] for name in Forest.NAMES} for m in range(count if leaves else 0)]
    return count, View((), encoding, tuple(Forest.from_arrays(each, width) for each in forests), weight)
