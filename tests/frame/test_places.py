"""Few rows of many columns of numbers are scaled at once: to the bits, and the words, of column by column."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlnn.frame import places
from mlnn.frame.column import TableError
from mlnn.frame.kind import CategoricalColumn, NumericColumn
from mlnn.frame.kind.notation import Notation
from mlnn.frame.places import Places
from mlnn.frame.values import Words

NUMBERS = st.floats(width=32, allow_nan=True, allow_infinity=False)
NOTATIONS = [Notation(), Notation(truth=True), Notation(units=("%",), always=True), Notation(duration=True)]


@st.composite
def columns(draw):
    """A column of numbers as training could have learned it, or one of categories."""
    if draw(st.integers(0, 4)) == 0:
        return lambda name: CategoricalColumn(name, ("a", "b"), False, False)
    spread = draw(st.sampled_from([0.0, 0.5, 3.0, 1e300]))
    ends = draw(st.sampled_from([(), (0.0, 1.0), (2.0, 9.0), (-5.0, -1.0), (-2.2e307, 2.2e307)]))
    gaps, notation = draw(st.booleans()), draw(st.sampled_from(NOTATIONS))
    return lambda name: NumericColumn(name, 1.5, spread, gaps, notation, ends)


@st.composite
def tables(draw):
    rows = draw(st.integers(1, 6))
    made = [make(f"c{k}") for k, make in enumerate(draw(st.lists(columns(), min_size=1, max_size=6)))]
    cells = {}
    for column in made:
        numbers = draw(st.lists(NUMBERS, min_size=rows, max_size=rows))
        written = isinstance(column, CategoricalColumn) or draw(st.integers(0, 5)) == 0
        kind = draw(st.sampled_from(["f4", "f8"]))
        cells[column.name] = Words.of([f"{each:.3g}" for each in numbers]) if written else np.array(numbers, kind)
    return made, rows, cells


@given(tables())
@settings(max_examples=300, deadline=None)
def test_side_by_side_is_as_one_by_one(table):
    made, rows, cells = table
    side_by_side = Places(made)
    out = np.full((rows, side_by_side.width), 7.0, np.float32)
    seen = side_by_side.fill(out, lambda column: cells[column.name], "row {}".format)
    numbers = {name: each.astype(np.float64) for name, each in cells.items() if not isinstance(each, Words)}
    again = np.full_like(out, 7.0)

    def together(names):
        return np.column_stack([numbers[name] for name in names]) if numbers.keys() >= set(names) else None

    assert side_by_side.fill(again, lambda column: cells[column.name], "row {}".format, together) == seen
    np.testing.assert_array_equal(again, out)
    for column, place in side_by_side:
        alone = np.full((rows, place.stop - place.start), 7.0, np.float32)
        assert column.fill(cells[column.name], alone, "row {}".format) == seen[column.name]
        np.testing.assert_array_equal(out[:, place], alone)


@pytest.mark.parametrize("rows", [1, places.TOGETHER, places.TOGETHER + 1])
def test_an_infinite_cell_is_named_however_many_rows_there_are(rows):
    cells = {"a": np.ones(rows), "b": np.full(rows, np.inf)}
    side_by_side = Places([NumericColumn(name, 1.0, 1.0, False) for name in "ab"])
    with pytest.raises(TableError, match=r"column 'b' must hold finite numbers, but row 0 holds inf"):
        side_by_side.fill(np.empty((rows, 2)), lambda column: cells[column.name], "row {}".format)


def test_numbers_are_scaled_side_by_side(monkeypatch):
    """What the other tests compare is there: a column of plain numbers is not filled alone."""
    monkeypatch.setattr(NumericColumn, "fill", None)
    side_by_side = Places([NumericColumn(name, 1.0, 2.0, False) for name in "ab"])
    out = np.empty((1, 2))
    side_by_side.fill(out, lambda column: np.array([3.0]), "row {}".format)
    np.testing.assert_allclose(out, 1 / np.hypot(1, 1 / 3))
