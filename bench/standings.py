"""The results of bench/tables.py as text: who is ahead, by how much, at what cost, and where not."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from field import FIELD
from ranking import elo, interval, mean, ranks, wins
from report import number, table
from scipy.stats import gmean

ANCHOR, REFERENCE, OURS = "forest", "catboost", "mlnn"
"""Whose Elo is 1000, whose seconds are 1, and whose losses are listed."""

HOW = """\
Everybody with their defaults, on one thread, in a process of their own; the rows are split as many times as there are
splits, a fifth held out, stratified for classes. Loss is log loss in nats a row, of quantities the root mean squared
error; error the share of wrong rows, of quantities 1 − R². Ranks are within a split and averaged, 1 the best; random
forest is there for Elo only. Elo is fitted to who beats whom on each split and set to 1000 for random forest, whose
log loss suffers from probabilities of 0: so there is one by error too. Brackets: 95 % of draws of tables and of splits
of each. ECE is the expected calibration error of classes (15 bins). Seconds are the processor's; sizes are of mlnn's
file, and of everybody else pickled. mlnn and the boosted trees take columns as they are (CatBoost: gaps in categories
as a word); RealMLP and TabM take categories, and medians for gaps; the others one-hot categories, medians for gaps and
scaled numbers."""


@dataclass(frozen=True, eq=False)
class Field:
    """The results of the latest version of each model, on the tables of mlnn or of whoever was run on most.

    Parameters
    ----------
    results : list of dict
        Everything on record, the latest last.
    """

    results: list[dict[str, Any]]

    @cached_property
    def versions(self) -> dict[str, str]:
        """Return the latest version of each model, in the order of the field."""
        latest = {each["model"]: each["version"] for each in self.results}
        return {model: latest[model] for model in FIELD if model in latest}

    @cached_property
    def by_key(self) -> dict[tuple[str, str, int], dict[str, Any]]:
        """Return the results of these versions, by model, table and split."""
        current = [each for each in self.results if self.versions[each["model"]] == each["version"]]
        return {(each["model"], each["table"], each["seed"]): each for each in current}

    def runs(self, model: str) -> set[tuple[str, int]]:
        """Return the tables and splits that a model was run on."""
        return {(name, seed) for each, name, seed in self.by_key if each == model}

    @cached_property
    def first(self) -> str:
        """Return the model whose tables count."""
        return OURS if OURS in self.versions else max(self.versions, key=lambda model: len(self.runs(model)))

    @cached_property
    def tables(self) -> list[str]:
        """Return the tables, small ones first."""
        return sorted({name for name, _ in self.runs(self.first)}, key=lambda name: (self.about(name, "rows"), name))

    @cached_property
    def splits(self) -> list[int]:
        """Return the splits that all of them have."""
        of = [{seed for name, seed in self.runs(self.first) if name == each} for each in self.tables]
        return sorted(set.intersection(*of))

    @cached_property
    def models(self) -> list[str]:
        """Return the models that were run on all of these."""
        wanted = {(name, seed) for name in self.tables for seed in self.splits}
        return [model for model in self.versions if wanted <= self.runs(model)]

    def values(self, figure: str) -> np.ndarray:
        """Return a figure, shape (tables, splits, models); NaN where there is none."""

        def value(model: str, name: str, seed: int) -> float:
            found = self.by_key[model, name, seed].get(figure)
            return np.nan if found is None else float(found)

        return np.array([[[value(m, name, seed) for m in self.models] for seed in self.splits] for name in self.tables])

    def about(self, name: str, figure: str) -> Any:
        """Return what results on a table say of it; 0 if all failed."""
        return next((each[figure] for (_, of, _), each in self.by_key.items() if of == name and figure in each), 0)


def standings(results: list[dict[str, Any]]) -> str:
    """Return the report in Markdown."""
    if not results:
        return "There are no results yet."
    field = Field(results)
    partial = [
        f"{FIELD[model].title} was not run on all of them and is left out."
        for model in field.versions
        if model not in field.models
    ]
    return "\n\n".join(
        [HOW, *partial, overall(field), *behind(field), losses(field), seconds(field), *conditions(field)]
    )


def overall(field: Field) -> str:
    """Return a row a model: ranks, Elo, calibration, cost."""
    models, ranked = field.models, [k for k, model in enumerate(field.models) if model != ANCHOR]
    columns: dict[str, list[str]] = {"": [FIELD[model].title for model in models]}
    for figure in ("loss", "error"):
        held = ranks(field.values(figure)[..., ranked])
        texts = iter(bracketed(mean(held), interval(held, mean), "{:.2f}"))
        columns[f"rank of {figure}"] = [next(texts) if k in ranked else "" for k in range(len(models))]
    if ANCHOR in models:
        for figure in ("loss", "error"):
            columns[f"Elo by {figure}"] = bracketed(*rated(field.values(figure), models.index(ANCHOR)), "{:.0f}")
    calibration = field.values("calibration_error")
    classes = calibration[[field.about(name, "classes") > 0 for name in field.tables]]
    if len(classes):
        columns["ECE"] = [f"{value:.4f}" for value in np.nanmean(classes, axis=(0, 1))]
    if REFERENCE in models:
        for title, figure in (("fit", "fit_seconds"), ("predict", "predict_seconds")):
            ratios = relative(field, figure)
            columns[f"{title}, × {FIELD[REFERENCE].title}"] = [number(r) for r in gmean(ratios, nan_policy="omit")]
    columns["kB, median"] = [number(size / 1e3) for size in np.nanmedian(field.values("bytes"), axis=(0, 1))]
    return table(list(columns), [list(row) for row in zip(*columns.values(), strict=True)])


def rated(values: np.ndarray, anchor: int) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return Elo, and its interval."""
    won = wins(values)

    def rating(won: np.ndarray) -> np.ndarray:
        return elo(won.sum(axis=(0, 1)), anchor)

    return rating(won), interval(won, rating)


def relative(field: Field, figure: str) -> np.ndarray:
    """Return seconds over those of CatBoost, shape (tables, models)."""
    spent = np.nanmean(field.values(figure), axis=1)
    return spent / spent[:, [field.models.index(REFERENCE)]]


def behind(field: Field) -> Iterable[str]:
    """Yield how far we are ahead of CatBoost in ranks, and the tables on which we are not (means of the splits)."""
    if not {OURS, REFERENCE} <= set(field.models):
        return
    ours, theirs = field.models.index(OURS), field.models.index(REFERENCE)
    ranked = [k for k, model in enumerate(field.models) if model != ANCHOR]
    title = FIELD[REFERENCE].title
    for figure in ("loss", "error"):
        values = field.values(figure)
        held = ranks(values[..., ranked])
        lead = held[..., ranked.index(theirs)] - held[..., ranked.index(ours)]
        (text,) = bracketed(mean(lead)[None], tuple(end[None] for end in interval(lead, mean)), "{:+.2f}")
        means = np.nanmean(values, axis=1)
        worse = [name for name, row in zip(field.tables, means, strict=True) if not row[ours] <= row[theirs]]
        tables = f"larger on {len(worse)} of {len(means)}: {', '.join(worse)}" if worse else "larger on none"
        yield f"mlnn's lead on {title} in the rank of {figure} is {text}; its {figure} is {tables}."
    slower = [
        f"{name} ({number(row[ours])} ×)"
        for name, row in zip(field.tables, relative(field, "fit_seconds"), strict=True)
        if not row[ours] <= 1.0
    ]
    yield f"Its fit takes longer than {title}'s on {', '.join(slower) or 'none'}."


def losses(field: Field) -> str:
    """Return a row a table: the loss of each model, the least in bold."""
    rows = []
    for name, row in zip(field.tables, np.nanmean(field.values("loss"), axis=1), strict=True):
        texts = [f"{value:.4g}" for value in row]
        least = f"{np.nanmin(row):.4g}"
        count = field.about(name, "classes")
        kind = f"{count} classes" if count else "quantity"
        rows.append([name, f"{field.about(name, 'rows'):,}", kind, *(f"**{t}**" if t == least else t for t in texts)])
    head = ["table", "rows", "target", *(FIELD[model].title for model in field.models)]
    return f"Loss, mean of the splits.\n\n{table(head, rows)}"


def seconds(field: Field) -> str:
    """Return a row a table: seconds of each model's fit."""
    spent = np.nanmean(field.values("fit_seconds"), axis=1)
    rows = [[name, *map(number, row)] for name, row in zip(field.tables, spent, strict=True)]
    head = ["table", *(FIELD[model].title for model in field.models)]
    predicted = [number(value) for value in np.nanmean(field.values("predict_seconds")[-1], axis=0)]
    rows.append([f"predict 100,000 rows of {field.tables[-1]}", *predicted])
    return f"Seconds of the processor a fit, mean of the splits.\n\n{table(head, rows)}"


def conditions(field: Field) -> Iterable[str]:
    """Yield what failed, the versions and the machines."""
    failed = [
        f"{FIELD[model].title} failed on {name}, split {seed}: {each['failed']}"
        for (model, name, seed), each in field.by_key.items()
        if model in field.models and "failed" in each
    ]
    if failed:
        yield f"{'; '.join(failed)}. It has the last rank there."
    versions = {f"{FIELD[model].package} {field.versions[model]}" for model in field.models}
    machines = {each["machine"] for (model, *_), each in field.by_key.items() if model in field.models}
    yield f"{', '.join(sorted(versions))}. {'; '.join(sorted(machines))}."


def bracketed(values: np.ndarray, ends: tuple[np.ndarray, ...], form: str) -> list[str]:
    """Return values, with the interval of each."""
    return [
        f"{form.format(value)} ({form.format(low)} … {form.format(high)})".replace("-", "−")
        for value, low, high in zip(values, *ends, strict=True)
    ]
