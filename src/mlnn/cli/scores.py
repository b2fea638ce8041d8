"""Figures of merit, printed side by side."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mlnn.cli.console import print_table
from mlnn.tabular.score import IN_UNITS, NAMES, with_spread


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
