"""Equal work: before anything is timed, every peer walks the same twenty steps and must arrive where mlnn arrives."""

from dataclasses import dataclass

import numpy as np
from cases import Case, Weights
from peers.ours import Ours
from workers import Worker

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}


@dataclass(frozen=True)
class Arrival:
    """Where a peer stands after twenty steps.

    Attributes
    ----------
    reported : float
        The mean of its losses on the way (of the last epoch, where a step takes all rows).
    loss : float or None
        The loss on all rows, computed here from its weights; not with batch norm, whose gain and shift it would need.
    """

    reported: float
    loss: float | None

    def distance(self, other: "Arrival") -> float:
        """Return the largest relative difference."""
        pairs = [(self.reported, other.reported)]
        if self.loss is not None and other.loss is not None:
            pairs.append((self.loss, other.loss))
        return max(abs(mine - theirs) / abs(theirs) for mine, theirs in pairs)


def loss_of(case: Case, flat: Weights) -> float:
    """Return the mean cross-entropy on all rows in float64; one score for two classes is the second's lead."""
    X, y = case.data()
    value = X.astype(np.float64)
    for k, (W, b) in enumerate(zip(flat[::2], flat[1::2], strict=True)):
        value = value @ W.astype(np.float64) + b
        if k < len(flat) // 2 - 1 or case.squashed:
            value = np.maximum(value, 0.0) if case.layer == "relu" else np.tanh(value)
    if value.shape[1] == 1:
        value = np.hstack([np.zeros_like(value), value])
    return float((np.logaddexp.reduce(value, axis=1) - value[np.arange(len(y)), y]).mean())


def arrived(case: Case, walk: tuple[float, list[Weights]]) -> Arrival:
    """Return where a walk ended."""
    reported, members = walk
    return Arrival(reported, None if case.batch_norm else float(np.mean([loss_of(case, flat) for flat in members])))


class Truth:
    """What the reference engine says of a case; peers are held against it.

    Parameters
    ----------
    case : Case
        The case as it will be timed.
    """

    def __init__(self, case: Case) -> None:
        self.case, self.short = case, case.short()
        self.known: dict[str, Arrival] = {}
        if case.only_call:
            reference = Ours("reference")
            reference.prepare(case)
            self.answer = reference.call(case.data()[0][:1])

    def arrival(self, options: str) -> Arrival:
        """Return where the reference engine arrives, walking with these options."""
        if options not in self.known:
            reference = Ours(options)
            reference.prepare(self.short)
            self.known[options] = arrived(self.short, (reference.run(self.short.every), reference.weights()))
        return self.known[options]

    def distance(self, worker: Worker) -> float | str:
        """Return how far from the truth a peer arrives, as a multiple of what is allowed; or why it cannot walk."""
        reason: str | None = worker.ask("prepare", self.short)
        if reason:
            return reason
        allowed = TOLERANCE[self.case.dtype]
        if self.case.only_call:
            return float(np.abs(worker.ask("answer") - self.answer).max()) / allowed
        walk = worker.ask("walk", self.short.every)
        single = self.case.sizes[-1] == 2 and walk[1][0][-1].shape == (1,)
        truth = self.arrival("reference, one score" if single else "reference")
        return arrived(self.short, walk).distance(truth) / allowed
