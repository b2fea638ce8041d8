"""The cells of few rows leave pandas at once: to the bits, and the words, of column by column."""

import numpy as np
import pandas as pd
import pytest

from mlnn.frame.few import FEW
from mlnn.frame.preparation import Preparation
from mlnn.frame.table import Table

BIG = 2**53 + 1
ROWS = 40


@pytest.fixture
def frame(random):
    return pd.DataFrame(
        {
            "double": random.normal(size=ROWS),
            "single": random.normal(size=ROWS).astype(np.float32),
            "gaps": np.where(np.arange(ROWS) % 7, random.normal(size=ROWS), np.nan),
            "whole": random.integers(0, 99, ROWS),
            "long": BIG + random.integers(0, 99, ROWS),
            "bytes": random.integers(0, 255, ROWS).astype(np.uint8),
            "huge": np.uint64(2**63) + random.integers(0, 2**62, ROWS).astype(np.uint64),
            "flag": np.arange(ROWS) % 3 == 0,
            "nullable": pd.array(random.integers(0, 99, ROWS), "Int64"),
            "text": [f"town {k % 3}" for k in range(ROWS)],
            "kind": pd.Categorical([f"{k % 2}" for k in range(ROWS)]),
        }
    )


NATIVE = ["double", "single", "gaps", "whole", "long", "bytes", "huge"]


@pytest.mark.parametrize("rows", [1, 2, 30])
def test_numbers_together_are_those_of_each_column(frame, rows):
    table = Table.of(frame[:rows])
    for names in (NATIVE, NATIVE[::-1], NATIVE[2:3]):
        alone = np.column_stack([table[name].astype(np.float64) for name in names])
        together = table.together(names)
        assert together is not None
        np.testing.assert_array_equal(together, alone)
        assert together.dtype == np.float64
    for name in ("flag", "nullable", "text", "kind", "nowhere"):
        assert table.together(["double", name]) is None


def test_who_has_none_together(frame):
    many = pd.concat([frame] * (FEW // ROWS + 1))
    for table in (Table.of(many), Table.of(frame[:2]).take(np.arange(2)), Table.of(frame[:2].to_dict("list"))):
        assert table.together(["double"]) is None


def all_alike(first, second):
    np.testing.assert_array_equal(first.matrix, second.matrix)
    assert first[1:] == second[1:]


@pytest.mark.parametrize("missing", [None, ["-999", "7"]])
def test_rows_are_prepared_as_column_by_column(frame, missing, monkeypatch):
    preparation = Preparation(missing=missing).fit(frame)
    far = frame[:4].copy()
    far["double"] = [1e9, np.nan, -999.0, 0.5]
    far["whole"] = [7, 7, -(10**9), 5]
    together = [preparation.prepare(rows) for rows in (frame[:1], frame[6:8], frame[:20], far[:1], far[1:3], far)]
    whole = preparation.prepare(frame).matrix
    np.testing.assert_array_equal(together[0].matrix, whole[:1])
    np.testing.assert_array_equal(together[2].matrix, whole[:20])
    assert together[3].drifted
    monkeypatch.setattr(Table, "together", lambda self, names: None)
    alone = [preparation.prepare(rows) for rows in (frame[:1], frame[6:8], frame[:20], far[:1], far[1:3], far)]
    for first, second in zip(together, alone, strict=True):
        all_alike(first, second)
