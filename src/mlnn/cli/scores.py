"""Figures of merit, printed side by side."""

from collections.abc import Mapping, Sequence

from mlnn.cli.console import print_table
from mlnn.tabular.score import NAMES


def print_scores(title: str, scores: Sequence[tuple[str, Mapping[str, str]]]) -> None:
    """Print figures of merit side by side.

    Parameters
    ----------
    title : str
        What stands above them.
    scores : sequence of (heading, dict)
        The columns, each with texts by the figures' names.
    """
    names = dict.fromkeys(name for _, texts in scores for name in texts)
    lines = [(NAMES.get(name, name), *(texts.get(name, "") for _, texts in scores)) for name in names]
    print_table(title, ["", *(heading for heading, _ in scores)], lines)
