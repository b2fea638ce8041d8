"""For now, until the preparation takes tables: tables as frames."""

from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.preparation import Preparation as OfFrames
from mlnn.frame.table import Table, Words


class Preparation(OfFrames):
    """What frame/preparation.py will be."""

    said: tuple[str, ...] = ()

    def __init__(
        self, columns: Any = None, missing: Any = None, min_frequency: float = 0.002, max_categories: int = 50
    ):
        super().__init__(min_frequency, max_categories)
        self.columns, self.missing = columns, missing

    def arrays(self) -> dict[str, Array]:
        """Return arrays."""
        return {}

    @classmethod
    def from_json(cls, json: Any, arrays: Any = None) -> Any:
        """Return what was learned."""
        return super().from_json(dict(json))

    def fit_transform(self, X: Any, t: Any = None, fold: Any = None) -> Array:
        """Learn, and return the matrix."""
        return super().fit(_frame(X)).transform(X)

    def transform(self, X: Any) -> Array:
        """Return the matrix."""
        return super().transform(_frame(X)).astype(np.float32)


def _frame(X: Any) -> Any:
    import pandas as pd

    table = Table.of(X)

    def column(values: Any) -> Any:
        return np.array([*values.labels, None], dtype=object)[values.codes] if isinstance(values, Words) else values

    return pd.DataFrame({name: column(table[name]) for name in table.names})
