"""How a table is trained on: the settings of the command line and of ``train_table``."""

from dataclasses import dataclass

import numpy as np

from mlnn.layer import Activation
from mlnn.names import named
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.schedule import Schedule


@dataclass(frozen=True)
class TableOptions:
    """How a table is trained on. The defaults beat scikit-learn's on most small tables (see docs/benchmarks.md).

    Parameters
    ----------
    task : str
        "classification", "regression", or "auto": what the target looks like.
    hidden : tuple of int
        Units of the hidden layers.
    layer, optimizer, schedule : str
        By name.
    rate : float, optional
        The learning rate; None takes 0.002 for the default optimizer and any other's own.
    batch_size : int, optional
        Rows a step; None takes about a fiftieth of the rows, a power of 2 from 16 to 256.
    epochs : int
        The most that a member trains; the schedule is planned for it.
    dropout, l2 : float
        Probability of dropping a hidden unit; strength of the L2 penalty.
    patience : int
        Epochs without a fall of the validation loss before a member stops; its best epoch is kept.
    members : int
        Networks whose predictions are averaged. Each holds out another fold to judge itself by, so that together
        they train on all rows. With 1, ``valid_fraction`` of the rows is held out.
    valid_fraction : float
        See ``members``.
    seed : int
        Seed of everything random.

    Raises
    ------
    ValueError
        If a name is unknown (with a suggestion) or a number cannot be meant.
    """

    task: str = "auto"
    hidden: tuple[int, ...] = (64, 64)
    layer: str = "relu"
    optimizer: str = "adamw"
    rate: float | None = None
    schedule: str = "cosine"
    batch_size: int | None = None
    epochs: int = 100
    dropout: float = 0.1
    l2: float = 0.0
    patience: int = 15
    members: int = 5
    valid_fraction: float = 0.15
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant, before any work."""
        if self.task not in ("auto", "classification", "regression"):
            raise ValueError(f"task must be auto, classification or regression, but got {self.task}")
        for name in ("batch_size", "epochs", "patience", "members"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1, but got {value}")
        if any(units < 1 for units in self.hidden):
            raise ValueError(f"hidden layers need at least 1 unit, but got {list(self.hidden)}")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout must lie in [0, 1), but got {self.dropout}")
        if not 0.0 < self.valid_fraction < 1.0:
            raise ValueError(f"valid_fraction must lie between 0 and 1, but got {self.valid_fraction}")
        if not 0.0 <= self.l2 < np.inf:
            raise ValueError(f"l2 must be at least 0, but got {self.l2}")
        if self.rate is not None and not 0.0 < self.rate < np.inf:
            raise ValueError(f"rate must be above 0, but got {self.rate}")
        if not 0 <= self.seed < 2**32 - self.members:
            raise ValueError(f"seed must be at least 0 and below 2³² − members, but got {self.seed}")
        named(Activation, self.layer)
        self.solver()
        named(Schedule, self.schedule)

    def solver(self) -> Optimizer | LBFGS:
        """Return the optimizer with its rate."""
        if self.optimizer.lower() in ("lbfgs", "l-bfgs"):
            return LBFGS()
        kind = named(Optimizer, self.optimizer)
        rate = 0.002 if self.rate is None and kind is named(Optimizer, TableOptions.optimizer) else self.rate
        try:
            return kind() if rate is None else kind().with_rate(rate)
        except TypeError:
            raise ValueError(f"'{self.optimizer}' has settings without a default: its name is not enough") from None

    def rows_a_step(self, rows: int) -> int:
        """Return the batch size for this many rows."""
        return self.batch_size or int(np.clip(2.0 ** np.round(np.log2(rows / 50.0)), 16, 256))
