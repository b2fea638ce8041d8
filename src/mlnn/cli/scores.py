"""Figures of merit, printed side by side."""

from collections.abc import Mapping, Sequence
from itertools import islice
from types import MappingProxyType

import click

from mlnn.cli.console import print_sentence, print_table
from mlnn.tabular.conformal import held_in_words
from mlnn.tabular.evaluation import Evaluation
from mlnn.tabular.score import IN_UNITS, NAMES, digits, with_spread
from mlnn.tabular.threshold import priced

MOST = 20
"""So many classes, and groups, are listed."""

SHOWN = ("log_loss", "accuracy", "f1", "auc", "r2", "rmse", "mae")
"""Figures of merit that are shown of every group."""


def figures(scores: Mapping[str, float], spread: Mapping[str, float] = MappingProxyType({})) -> dict[str, str]:
    """Return figures of merit as text, with their spread where there is one."""

    def figure(name: str, x: float) -> str:
        rounding = name not in IN_UNITS and abs(x) < 1e-6
        return "0" if rounding else with_spread(x, spread.get(name))

    return {name: figure(name, x) for name, x in scores.items()}


def print_scores(title: str, columns: Sequence[tuple[str, Mapping[str, str]]]) -> None:
    """Print figures of merit side by side.

    Parameters
    ----------
    title : str
        What stands above them.
    columns : sequence of (heading, dict)
        What ``figures`` returns, and what stands above it.
    """
    names = dict.fromkeys(name for _, texts in columns for name in texts)
    lines = [(NAMES.get(name, name), *(texts.get(name, "") for _, texts in columns)) for name in names]
    print_table(title, ["", *(heading for heading, _ in columns)], lines)


def print_evaluation(title: str, judged: Evaluation) -> None:
    """Print figures of merit with their intervals, and every class and group by itself, the largest ones first."""
    ends = {name: f"{digits(low, 3)} to {digits(high, 3)}" for name, (low, high) in between(judged).items()}
    print_scores(title, [("mlnn", figures(judged.scores)), *([("95 % interval", ends)] if ends else [])])
    if judged.held:
        print_sentence(held_in_words(judged.held, len(judged.t)))
    if judged.prices:
        print_sentence(f"the threshold {judged.threshold:.3g} {priced(judged.prices)}")
    order = sorted(judged.by_class, key=lambda label: -judged.by_class[label]["rows"])
    if len(order) > 2:
        names = ("precision", "recall", "f1", "auc", "average_precision")
        _print_each("classes", {label: judged.by_class[label] for label in order}, names)
        if len(order) > MOST:
            click.echo(f"… and {len(order) - MOST:,} more; --json has all of them")
    if each := judged.by_group:
        _print_each("groups", each, [name for name in SHOWN if name in judged.scores])
        if judged.group_count > MOST:
            all_of_them = len(each) == judged.group_count
            more = f"; --json has {'all of them' if all_of_them else f'the {len(each):,} largest'}"
            click.echo(f"… and {judged.group_count - MOST:,} more{more}")


def _print_each(title: str, parts: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> None:
    """Print some figures of merit of the first classes or groups, each by itself."""
    lines = [
        (label, f"{each['rows']:.0f}", *(digits(each[name], 3) if name in each else "" for name in names))
        for label, each in islice(parts.items(), MOST)
    ]
    click.echo()
    print_table(title, ["", "rows", *(NAMES[name] for name in names)], lines)


def between(judged: Evaluation) -> dict[str, tuple[float, float]]:
    """Return intervals of the scores; none where it is said already that rows or groups are too few."""
    return {} if judged.too_few else judged.intervals()
