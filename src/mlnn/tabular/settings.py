"""The parameters of the table models, each listed once; the command line takes its options and their help from here."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from mlnn.estimator.parameters import hidden_units
from mlnn.estimator.settings import COUNT, NOT_NEGATIVE, POSITIVE, SHARE, estimator, parameter
from mlnn.layer import Activation
from mlnn.names import found, named
from mlnn.network import Network
from mlnn.optimizer import LBFGS, AdamW, Optimizer
from mlnn.output import Output
from mlnn.penalty import L2
from mlnn.schedule import Constant, Schedule
from mlnn.training import Recipe

RATE = 0.002
"""The learning rate of AdamW, if none is given."""

MANY = 2000
"""Rows from which on three folds are as good as five."""


@estimator
class TableSettings:
    """How a table is trained on. The defaults beat scikit-learn's on most small tables (see docs/benchmarks.md).

    Parameters
    ----------
    {parameters}
    """

    _parameter_constraints: ClassVar[dict[str, Any]]

    preset: str = parameter(
        [StrOptions({"fast", "default"})],
        '"fast" or "default"',
        """\
        "default" averages networks that see the table as it is, networks that see every number as pieces of a line,
        which gives them thresholds, and networks that also see the leaves of small trees, which are several thresholds
        together; "fast" has the first alone, in a third to a sixth of the time.""",
        default="default",
    )
    hidden: Sequence[int] = parameter(
        ["array-like"], "sequence of int", "Units of the hidden layers.", default=(64, 64)
    )
    layer: str | Activation = parameter([str, Activation], "str or Activation", "The activation.", default="relu")
    optimizer: str | Optimizer | LBFGS = parameter(
        [str, Optimizer, LBFGS], "str, Optimizer or LBFGS", "The optimizer.", default="adamw"
    )
    rate: float | None = parameter(
        [None, POSITIVE],
        "float or None",
        "The learning rate. None takes 0.002 for AdamW, and any other optimizer's own.",
        default=None,
    )
    schedule: str | Schedule = parameter(
        [str, Schedule], "str or Schedule", "How the rate changes over time.", default="cosine"
    )
    batch_size: int | None = parameter(
        [None, COUNT],
        "int or None",
        "Rows a step. None takes about a fiftieth of the rows, a power of 2 from 16 to 256.",
        default=None,
    )
    epochs: int = parameter(
        [COUNT], "int", "The most that a member trains; the schedule is planned for it.", default=100
    )
    dropout: float = parameter([SHARE], "float", "Probability of dropping a hidden unit.", default=0.1)
    l2: float = parameter([NOT_NEGATIVE], "float", "Strength of the L2 penalty.", default=0.0)
    patience: int = parameter(
        [COUNT],
        "int",
        """\
        Epochs without a fall of the validation loss before a member stops, at most. It waits for as many as there were
        up to its best epoch, at least 5 (in later views at least the first view's median), and never more than this.
        All members of a view keep their best weights, or all their last, whichever makes the mean of the views
        better.""",
        default=20,
    )
    members: int | None = parameter(
        [None, COUNT],
        "int or None",
        """\
        Networks of each way to see the table, whose predictions are averaged. Each holds out another fold of the rows
        to judge itself by, so that together they learn from all rows, and every row is judged by members that have not
        seen it. One alone holds out a fifth, and is then trained again on all rows. None takes 5, and 3 from 2,000 rows
        on.""",
        default=None,
    )
    time_budget: float | None = parameter(
        [None, POSITIVE],
        "float or None",
        """\
        Seconds that training may take, with weighing and judging, which are rehearsed on some rows beforehand; the
        schedule is planned for what is left, so that the rate has fallen when it ends. Where judging by all rows would
        take more than half of it, some are judged by, and that is said.""",
        default=None,
    )
    columns: Mapping[str, str] | None = parameter(
        [None, dict],
        "dict of str to str, or None",
        'What columns are, where you know better: "number", "category", "date", "text"; "drop" leaves one out.',
        default=None,
    )
    missing: Sequence[str] | None = parameter(
        [None, "array-like"],
        "sequence of str or None",
        "The words that mean a missing value, in place of the usual ones, and numbers such as -999, in targets too; "
        "among numbers, dates and truth values the usual words are missing all the same.",
        default=None,
    )
    decimal: str | None = parameter(
        [None, StrOptions({".", ","})],
        '".", "," or None',
        "The decimal point of numbers in text; None lets each column tell.",
        default=None,
    )
    memory: float | None = parameter(
        [None, POSITIVE],
        "float or None",
        """\
        Bytes that training on files of Parquet or text may take. Where a table of 6,000 rows or more would take more,
        it is read in windows, and that is said. None takes half of what is free at most.""",
        default=None,
    )
    n_threads: int | None = parameter(
        [None, COUNT], "int or None", "Threads at most; their number changes no bit of the result.", default=None
    )
    random_state: Any = parameter(["random_state"], "int, RandomState or None", "Seed of everything random.", default=0)

    def network(self, inputs: int, output: Output, scores: int) -> Network:
        """Return the network of these settings.

        Raises
        ------
        ValueError
            If there is no such activation, or units are no whole numbers above 0.
        """
        try:
            units = hidden_units(list(self.hidden))
        except (TypeError, ValueError):
            expected = "whole numbers above 0, one for each hidden layer"
            raise ValueError(f"hidden must be {expected}, but got {self.hidden!r}") from None
        layer = found(Activation, self.layer, "layer")
        return Network.dense([inputs, *units, scores], layer, output, dropout=self.dropout)

    def rule(self) -> Optimizer | LBFGS:
        """Return the optimizer with its rate.

        Raises
        ------
        ValueError
            If there is no such optimizer, or its name is not enough.
        """
        chosen = self.optimizer
        if isinstance(chosen, LBFGS) or (isinstance(chosen, str) and chosen.lower() in ("lbfgs", "l-bfgs")):
            return chosen if isinstance(chosen, LBFGS) else LBFGS()
        usual = isinstance(chosen, str) and named(Optimizer, chosen) is AdamW
        rule: Optimizer = found(Optimizer, chosen, "optimizer")
        rate = RATE if usual and self.rate is None else self.rate
        return rule if rate is None else rule.with_rate(rate)

    def penalty(self) -> L2 | None:
        """Return the penalty, if there is one."""
        return L2(self.l2) if self.l2 else None

    def members_for(self, rows: int) -> int:
        """Return how many members each way to see this many rows has."""
        return self.members or (5 if rows < MANY else 3)

    def rows_a_step(self, rows: int) -> int:
        """Return the batch size for this many rows."""
        return min(self.batch_size or int(np.clip(2.0 ** np.round(np.log2(rows / 50.0)), 16, 256)), rows)

    def recipe(self, rows: int, seed: int) -> Recipe:
        """Return how to train on this many rows."""
        rule = self.rule()
        if isinstance(rule, LBFGS):
            return Recipe(rule, Constant(), self.epochs, seed=seed)
        schedule = found(Schedule, self.schedule, "schedule")
        return Recipe(rule, schedule, self.epochs, self.rows_a_step(rows), seed=seed)
