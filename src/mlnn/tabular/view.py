"""Views: networks that see a table in different ways, and whose predictions are averaged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.model import Ensemble, Member
from mlnn.tabular.encoding import Encoding

BLOCK = 1 << 22
"""Numbers that are encoded at a time."""

ROUNDS, EQUAL = 20, 0.25
"""Rounds of the search for weights, and the share of all weight that is dealt out equally."""


@dataclass(frozen=True, eq=False)
class View:
    """Members that see a prepared table as it is, or encoded, and the weight of their mean prediction.

    Member number k of every view was not trained on fold number k.
    """

    members: tuple[Member, ...]
    encoding: Encoding | None = None
    weight: float = 1.0

    @property
    def share(self) -> float:
        """Return the weight of each member."""
        return self.weight / len(self.members)

    @property
    def words(self) -> str:
        """Say what the members are and see."""
        (network, _), count = self.members[0], len(self.members)
        who = f"{count} networks of {network.size:,} parameters" if count > 1 else f"{network.size:,} parameters"
        how = "as it is" if self.encoding is None else "with every number as pieces of a line"
        return f"{who}: the table {how}, weight {self.weight:.2f}"

    def seen(self, matrix: Array) -> Array:
        """Return what the members see of these rows."""
        return matrix if self.encoding is None else self.encoding.transform(matrix)

    def place(self, place: slice) -> slice:
        """Return where they see some neighbouring columns of the matrix."""
        return place if self.encoding is None else self.encoding.place(place)


@dataclass(frozen=True, eq=False)
class Views:
    """The weighted mean of what the views predict: p = Σ wᵥ pᵥ, where pᵥ is the mean of the view's members.

    Diverse networks err in different places: two ways of seeing a table average better than more members of one.

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
    def members(self) -> tuple[Member, ...]:
        """Return the members of all views."""
        return tuple(member for view in self.each for member in view.members)

    @property
    def products(self) -> int:
        """Return about how many products a prediction costs in which one column of the table is another."""
        networks = [view.members[0][0] for view in self.each]
        columns = min(network.inputs for network in networks)
        return sum(network.size - network.inputs * network.widths[1] * (columns - 1) // columns for network in networks)

    def only(self, number: int) -> "Views":
        """Return the views, of each the member with this number alone."""
        return Views(tuple(replace(view, members=view.members[number : number + 1]) for view in self.each))

    def predict(self, matrix: Array) -> Array:
        """Return predictions for prepared rows, shape (N, K); encoded a block at a time, which changes no bit."""
        parts = list(zip(self.each, self._ensembles, strict=True))
        rows = max(BLOCK // max(network.inputs for network, _ in self.members), 1)
        blocks = [
            _sum([view.weight * ensemble.predict_proba(view.seen(some)) for view, ensemble in parts])
            for some in np.split(matrix, range(rows, len(matrix), rows))
        ]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

    def unseen(self, matrix: Array, fold: Array) -> Array:
        """Return each row's prediction by the members that were not trained on it; NaN where its fold is −1.

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
            {"members": len(view.members), "weight": view.weight, "encoded": view.encoding is not None}
            for view in self.each
        ]

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of the encodings, by name."""
        encodings = [(k, view.encoding) for k, view in enumerate(self.each) if view.encoding is not None]
        return {f"view{k}.{name}": array for k, each in encodings for name, array in each.arrays().items()}

    @staticmethod
    def names(json: Any) -> set[str]:
        """Return what arrays of views may be called of which ``to_json`` wrote this."""
        return {f"view{k}.{name}" for k in range(len(json or ())) for name in Encoding.NAMES}

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
        each = tuple(_view(k, described, arrays, width) for k, described in enumerate(json))
        counts = [count for count, *_ in each]
        ends = np.cumsum([0, *counts]).tolist()
        if len(set(counts)) > 1:
            raise ValueError(f"views have equally many members, but these have {counts}")
        if ends[-1] != len(members) or abs(sum(weight for _, weight, _ in each) - 1.0) > 1e-9:
            raise ValueError(f"the views must have all {len(members)} networks, and weights that sum up to 1")
        views = cls(
            tuple(
                View(members[a:b], encoding, weight)
                for (_, weight, encoding), a, b in zip(each, ends[:-1], ends[1:], strict=True)
            )
        )
        for view in views.each:
            inputs = width if view.encoding is None else view.encoding.width
            if any(network.inputs != inputs for network, _ in view.members):
                raise ValueError(f"a network sees {view.members[0][0].inputs} columns, but its view has {inputs}")
        return views


def _view(k: int, described: Any, arrays: Mapping[str, Array], width: int) -> tuple[int, float, Encoding | None]:
    """Return how many members a view has, its weight and its encoding."""
    count, weight, encoded = described["members"], described["weight"], described["encoded"]
    if type(count) is not int or count < 1 or type(weight) is not float or not 0.0 < weight <= 1.0:
        raise ValueError(f"a view has members, and a weight up to 1, but one is {described!r}")
    if type(encoded) is not bool:
        raise TypeError(f"a view is encoded or not, but one is {described!r}")
    own = {name.partition(".")[2]: array for name, array in arrays.items() if name.startswith(f"view{k}.")}
    encoding = Encoding.from_arrays(own, width) if encoded else None
    if own and encoding is None:
        raise ValueError(f"view {k} is not encoded, but has the arrays {sorted(own)}")
    return count, weight, encoding


def separate(fold: Array) -> bool:
    """Tell whether each member judges rows of its own."""
    return bool(fold.max(initial=0) > 0)


def _sum(arrays: Sequence[Array]) -> Array:
    return reduce(np.add, arrays)


def selected_weights(predictions: Sequence[Array], loss: Callable[[Array], float]) -> list[float]:
    """Return weights of views, by the loss of their mean on rows that none of their members was trained on.

    Views are chosen one after another, each time the one with which the mean of all chosen so far has the least loss;
    how often a view was chosen is its weight, but for a quarter, which all share equally, since the rows are few.

    Parameters
    ----------
    predictions : sequence of array
        What each view predicts for these rows.
    loss : callable
        From predictions to their mean loss.

    References
    ----------
    Caruana, Niculescu-Mizil, Crew, Ksikes (2004), Ensemble Selection from Libraries of Models, section 2.

    Examples
    --------
    >>> y = np.array([0.0, 1.0])
    >>> selected_weights([y, y + 1.0], lambda p: float(np.mean((p - y) ** 2)))
    [0.875, 0.125]
    """
    chosen, total = np.zeros(len(predictions)), np.zeros_like(predictions[0])
    for count in range(1, ROUNDS + 1):
        best = int(np.argmin([loss((total + each) / count) for each in predictions]))
        chosen[best] += 1
        total += predictions[best]
    return (EQUAL / len(chosen) + (1.0 - EQUAL) * chosen / ROUNDS).tolist()
