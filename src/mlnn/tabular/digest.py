"""By what the rows of a study are known again."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlnn.estimator.judge import EvalSet
from mlnn.frame.table import Table, Words
from mlnn.tabular.given import targets_of


def digest_of(X: Any, y: Any, given: Mapping[str, Any]) -> str:
    """Return by what rows, their targets and what else is given with them are known again."""
    digest = hashlib.sha256()

    def add(values: Any) -> None:
        if isinstance(values, Words):
            digest.update(repr(values.labels).encode())
            add(values.codes)
        elif isinstance(values, np.ndarray) and values.dtype.kind in "biufmM":
            digest.update(np.ascontiguousarray(values if values.dtype.kind in "mM" else values * 1.0).tobytes())
        else:
            digest.update(repr(values.tolist() if isinstance(values, np.ndarray) else values).encode())

    others = EvalSet.of(given["eval_set"]) if given.get("eval_set") is not None else EvalSet({}, ())
    for rows, targets, weights in ((X, y, given.get("sample_weight")), others):
        table = Table.of(rows)
        for name in table.names:
            digest.update(name.encode())
            add(table[name])
        for each in (targets, weights):
            add(None if each is None else targets_of(each))
    for name in ("groups", "times"):
        add(Words.of(given[name]) if given.get(name) is not None else None)
    return digest.hexdigest()[:32]
