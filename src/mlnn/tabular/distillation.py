"""What a distillation kept: a student beside its teacher, on rows that it has not learned from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.sentence import number_of
from mlnn.tabular.class_score import decided
from mlnn.tabular.compare import in_pairs
from mlnn.tabular.given import counts_of
from mlnn.tabular.score import digits as figure
from mlnn.tabular.score import row_losses
from mlnn.tabular.target import Classes, Quantities, Target


@dataclass(frozen=True)
class Distillation:
    """What was kept, on rows that the student has not learned from.

    Attributes
    ----------
    teacher : str
        What it is.
    rows, made : int
        The rows that were learned from, and those made of them.
    judged : int
        By how many others this is told.
    known : str
        How many of these are such as were learned from, in words; empty where no more are than by chance.
    agreement : dict of str to float
        Of classes ``divergence``, the mean Kullback-Leibler divergence of the student's probabilities from the
        teacher's (nats), and ``equal``, the share of equal decisions; of quantities ``r2``, the share of the variance
        of the teacher's values that the student's have.
    measure : str
        What is lost: "log loss (nats)", or "squared error / variance".
    told : int
        By how many of these rows, which have a target, losses are told; 0 without targets.
    losses : dict of str to float
        The mean losses of the "teacher", the "student", the "network" of its size that learned from the targets without
        a teacher, and the "baseline", which knows no features.
    differences : dict of str to (float, float, bool)
        How much more the student loses than the teacher and than the network, the standard error of that, over pairs,
        and whether it is more than noise.
    flattered : str
        Why the teacher's loss may be too good.
    lacking : str
        Why there is no equal network, where one was to learn from the targets.
    rates : dict of str to float
        How many rows a second the student predicts, and the teacher, unless what it predicts stands in the data.
    """

    teacher: str
    rows: int
    made: int
    judged: int
    known: str
    agreement: dict[str, float]
    measure: str
    told: int
    losses: dict[str, float]
    differences: dict[str, tuple[float, float, bool]]
    flattered: str
    lacking: str
    rates: dict[str, float]

    @property
    def kept(self) -> float:
        """Return which part the student keeps of what the teacher gains over who knows no features; NaN without."""
        return self._part("student")

    def _part(self, name: str) -> float:
        most = self.losses.get("baseline", np.nan) - self.losses.get("teacher", np.nan)
        return (self.losses["baseline"] - self.losses[name]) / most if most > 0.0 else np.nan

    @property
    def said(self) -> list[str]:
        """Say it."""
        made = f" and {number_of(self.made, 'row')} made of them" if self.made else ""
        said = [f"learned from {number_of(self.rows, 'row')}{made} what the teacher ({self.teacher}) predicts"]
        new = f"to judge by ({self.known})" if self.known else "that it has not learned from"
        on = f"on {number_of(self.judged, 'row')} {new}"
        if "r2" in self.agreement:
            said.append(f"{on}, its values have R² {figure(self.agreement['r2'])} with the teacher's")
        else:
            equal, apart = self.agreement["equal"], figure(self.agreement["divergence"], 3)
            said.append(
                f"{on}, it decides as the teacher does in {100 * equal:.1f} %, and its probabilities are "
                f"{apart} nats from the teacher's (KL divergence)"
            )
        if self.told:
            names = {"teacher": "teacher", "student": "student", "network": "an equal network without a teacher"}
            listed = [f"{names[name]} {figure(self.losses[name])}" for name in names if name in self.losses]
            knowing = f"knowing no features {figure(self.losses['baseline'])}"
            said.append(f"{self.measure} on {number_of(self.told, 'row')}: {', '.join([*listed, knowing])}")
            said += [f"the student loses {self._beside(name)}" for name in self.differences]
            if self.kept == self.kept:
                alone = (
                    f"; the equal network has {100 * self._part('network'):.0f} %" if "network" in self.losses else ""
                )
                gains = "of what the teacher gains over knowing no features"
                said.append(f"{gains} the student keeps {100 * self.kept:.0f} %{alone}")
        alone = f"no equal network without a teacher: {self.lacking}" if self.lacking else ""
        return [*said, *filter(None, (alone, self.flattered)), self._speed]

    @property
    def _speed(self) -> str:
        each = [f"{name} {figure(self.rates[name], 2)}" for name in ("teacher", "student") if name in self.rates]
        return f"rows a second: {', '.join(each)}"

    def _beside(self, name: str) -> str:
        mean, error, exceeds = self.differences[name]
        who = {"teacher": "the teacher", "network": "the equal network"}[name]
        much = f"{figure(abs(mean), 3)} ± {figure(error, 2)} {'more' if mean > 0.0 else 'less'}"
        return f"{much} than {who}: {'more than noise' if exceeds else 'that may be noise'}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain numbers and words."""
        differences = {name: list(each) for name, each in self.differences.items()}
        return asdict(self) | {"differences": differences, "kept": self.kept if self.kept == self.kept else None}


def agreement(
    target: Target, theirs: Array, own: Array, weights: Array | None, threshold: float | None = None
) -> dict[str, float]:
    """Return how far a student's predictions are from its teacher's, both as the output has them.

    ``threshold`` is from what probability on both decide for the second of two classes.

    Examples
    --------
    >>> from mlnn.estimator.labels import Labels
    >>> target = Classes(Labels(np.array(["no", "yes"])))
    >>> agreement(target, np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]]), None)
    {'divergence': 0.1438..., 'equal': 0.0}
    """
    w = counts_of(weights, len(own))
    if isinstance(target, Quantities):
        return {"r2": 1.0 - float(np.average(row_losses(target, theirs, own, weights), weights=w))}
    assert isinstance(target, Classes)
    tiny = np.finfo(np.float32).tiny
    apart = theirs * (np.log(np.maximum(theirs, tiny)) - np.log(np.maximum(own, tiny)))
    equal = decided(theirs, threshold) == decided(own, threshold)
    return {
        "divergence": float(np.average(apart.sum(axis=1), weights=w)),
        "equal": float(np.average(equal, weights=w)),
    }


def lost(
    target: Target, t: Array, predictions: Mapping[str, Array], weights: Array | None, groups: Array | None
) -> tuple[dict[str, float], dict[str, tuple[float, float, bool]]]:
    """Return what each loses on the average, and the student more than the others, in pairs."""
    w = counts_of(weights, len(t))
    each = {name: row_losses(target, t, values, weights) for name, values in predictions.items()}
    others: list[str] = [name for name in ("teacher", "network") if name in each]
    differences = {name: in_pairs(each["student"] - each[name], w, groups, len(others)) for name in others}
    return {name: float(np.average(losses, weights=w)) for name, losses in each.items()}, differences
