"""What a checkpoint holds of training: the reports, told once and to be told again, and the arrays still asked for."""

import json
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.training.epoch import Epoch, Losses

Place = tuple[int, str]
"""Where an array is: the number of a file, and its name there."""


@dataclass(eq=False)
class Kept:
    """An array that may still be asked for: one that somebody holds, or that a file has."""

    array: "weakref.ref[Array]"
    place: Place | None = None
    asked: bool = False  # for, whether or not somebody holds it
    held: Array | None = None  # the array, where it is asked for and no file has it yet

    @property
    def wanted(self) -> bool:
        """Return whether a checkpoint must have it."""
        return self.asked or self.array() is not None


@dataclass(eq=False)
class Told:
    """One member's epoch: its numbers, as JSON, and its arrays: raw θ, θ, and the state."""

    text: str
    arrays: list[Kept | None]

    @property
    def wanted(self) -> list[Kept | None]:
        """Return the arrays that are still asked for, in their places."""
        self.arrays = [each if each is not None and each.wanted else None for each in self.arrays]
        return self.arrays


@dataclass(eq=False)
class Stream:
    """One training: what is trained, and its reports, each with the epochs of the members that were at work.

    It is first told again what it recorded before, then it records what comes. ``changed`` is called after every
    report that is new.
    """

    facts: Mapping[str, Any]
    weights_of_all: bool = True  # whether every report's θ is kept, and not only what somebody holds
    changed: Callable[["Stream"], None] | None = None
    reports: list[list[Told]] = field(default_factory=list)
    open: dict[str, Told] = field(default_factory=dict)  # those with arrays, by the numbers of report and member
    latest: dict[int, Epoch] = field(default_factory=dict)  # of every member
    before: list[list[tuple[int, Epoch]]] = field(default_factory=list)  # what an earlier process recorded
    seconds: float = 0.0  # that it took then

    def again(self) -> Iterator[list[tuple[int, Epoch]]]:
        """Yield what was recorded before: at each report, the members at work and their epochs."""
        while self.before:
            yield self.before.pop(0)  # who wants an epoch holds it: nothing here does

    def take(self, epochs: Sequence[Epoch]) -> None:
        """Record a report: the last epoch of every member, those that are at work no more included."""
        known: dict[int, Kept] = {}
        report = []
        for member, epoch in enumerate(epochs):
            if self.latest.get(member) is not epoch:
                self.latest[member] = epoch
                arrays = [known.setdefault(id(each), self._kept(each)) for each in self._arrays(epoch)]
                if self.weights_of_all:
                    arrays[1].asked, arrays[1].held = True, epoch.theta
                report.append(Told(json.dumps([member, *_numbers(epoch)]), list(arrays)))
                self.open[f"{len(self.reports)} {member}"] = report[-1]
        self.reports.append(report)
        if self.changed is not None:
            self.changed(self)

    @staticmethod
    def _arrays(epoch: Epoch) -> list[Array]:
        return [epoch.raw_theta, epoch.theta, *epoch.state]

    def _kept(self, array: Array) -> Kept:
        """Return what is known of an array already: states may share some with those before them."""
        for told in reversed(self.reports[-1] if self.reports else []):
            for kept in told.arrays:
                if kept is not None and kept.array() is array:
                    return kept
        return Kept(weakref.ref(array))

    # As text, and back

    def text(self, place_of: Callable[[Kept], Place | None]) -> str:
        """Return the stream as JSON; ``place_of`` says in which file an array is."""
        reports = ",".join(f"[{','.join(told.text for told in report)}]" for report in self.reports)
        self.open = {key: told for key, told in self.open.items() if any(told.wanted)}
        weights = {key: [each and place_of(each) for each in told.arrays] for key, told in self.open.items()}
        return f'{{"facts":{json.dumps(self.facts)},"reports":[{reports}],"weights":{json.dumps(weights)}}}'

    def places(self) -> set[Place]:
        """Return where arrays lie that are still asked for and that a file has."""
        return {each.place for told in self.open.values() for each in told.arrays if each and each.place}

    def restore(self, described: Any, array_at: Callable[[Place], Array]) -> None:
        """Take over what ``text`` described.

        Raises
        ------
        ValueError, TypeError, KeyError
            If it describes something else.
        """
        size, kind = int(self.facts["parameters"]), np.dtype(str(self.facts["type of numbers"]))
        nowhere = np.broadcast_to(np.full(1, np.nan, kind), (size,))
        known: dict[Place, Kept] = {}
        for number, report in enumerate(described["reports"]):
            self.reports.append([])
            self.before.append([])
            for member, *numbers in report:
                key, kept, arrays = f"{number} {member}", [], []
                for each in described["weights"].get(key, [None, None]):
                    place = None if each is None else (int(each[0]), str(each[1]))
                    arrays.append(nowhere if place is None else array_at(place))
                    kept.append(place and known.setdefault(place, Kept(weakref.ref(arrays[-1]), place)))
                if self.weights_of_all and kept[1]:
                    kept[1].asked = True
                raw, theta, *state = arrays
                if {raw.shape, theta.shape} != {(size,)} or {raw.dtype, theta.dtype} != {kind}:
                    raise ValueError(f"θ must be {size} numbers of {kind}")
                epoch = _epoch(numbers, raw, theta, tuple(state))
                before = self.latest.get(member)
                if type(member) is not int or (before and epoch.number <= before.number):
                    raise ValueError("the reports of a member are not one after another")
                self.latest[member] = epoch
                self.seconds = max(self.seconds, epoch.seconds)
                self.reports[-1].append(Told(json.dumps([member, *numbers]), kept))
                self.before[-1].append((member, epoch))
                if any(kept):
                    self.open[key] = self.reports[-1][-1]
        if not all(np.isfinite(epoch.raw_theta).all() for epoch in self.latest.values()):
            raise ValueError("the last weights of a member are not there, or not finite")


class Unrecorded(Stream):
    """A training that nobody records."""

    def take(self, epochs: Sequence[Epoch]) -> None:
        """Let it pass."""


def _numbers(epoch: Epoch) -> list[Any]:
    """Return an epoch's numbers, which JSON takes and gives back to the last bit."""
    return [
        epoch.number,
        epoch.step,
        *map(float, (epoch.loss, epoch.objective, epoch.penalty)),
        epoch.valid_loss,
        dict(epoch.scores),
        float(epoch.rate),
        epoch.seconds,
        [list(each) for each in epoch.passed],
    ]


def _epoch(numbers: Sequence[Any], raw: Array, theta: Array, state: tuple[Array, ...]) -> Epoch:
    """Return the epoch that had these numbers and arrays."""
    number, step, loss, objective, penalty, valid_loss, scores, rate, seconds, passed = numbers
    if not all(type(each) is int and 0 <= each < 1 << 60 for each in (number, step)):
        raise ValueError("an epoch's number and steps must be whole numbers")
    return Epoch(
        number=number,
        step=step,
        loss=float(loss),
        objective=float(objective),
        penalty=float(penalty),
        valid_loss=None if valid_loss is None else float(valid_loss),
        scores={str(name): float(score) for name, score in scores.items()},
        rate=float(rate),
        seconds=float(seconds),
        theta=theta,
        raw_theta=raw,
        state=state,
        passed=tuple(Losses(float(a), float(b), None if c is None else float(c)) for a, b, c in passed),
    )
