"""The encoding of prepared tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlnn.tabular.encoding import Encoding

NUMBERS = arrays(np.float32, st.tuples(st.integers(1, 60), st.integers(1, 4)), elements=st.floats(-3, 3, width=32))


@given(NUMBERS)
def test_pieces_are_the_formula_written_out(matrix):
    encoding = Encoding.learn(matrix)
    encoded = encoding.transform(matrix)
    assert encoded.shape == (len(matrix), encoding.width)
    for column, knots in enumerate(encoding.knots):
        place = encoding.place(slice(column, column + 1))
        if not len(knots):
            assert len(np.unique(matrix[:, column].round(5))) <= 2
            np.testing.assert_array_equal(encoded[:, place], matrix[:, [column]])
            continue
        z = matrix[:, column].astype(np.float64)
        for k in range(1, len(knots)):
            below, above = np.float64(knots[k - 1]), np.float64(knots[k])
            expected = [min(max((each - below) / (above - below), 0.0), 1.0) for each in z]
            np.testing.assert_allclose(encoded[:, place][:, k - 1], expected, atol=1e-6)


@given(NUMBERS)
def test_no_two_rows_become_the_same_in_a_column_of_few_numbers(matrix):
    matrix = matrix.round(0)
    encoded = Encoding.learn(matrix).transform(matrix)
    assert len(np.unique(encoded, axis=0)) == len(np.unique(matrix, axis=0))


def test_a_row_alone_is_the_same_as_among_others(random):
    matrix = random.normal(size=(50, 3)).astype(np.float32)
    encoding = Encoding.learn(matrix)
    alone = np.concatenate([encoding.transform(row[None]) for row in matrix])
    np.testing.assert_array_equal(alone, encoding.transform(matrix))


def test_what_lies_beyond_the_knots_is_at_their_end(random):
    encoding = Encoding.learn(random.normal(size=(50, 1)).astype(np.float32))
    low, high = encoding.transform(np.array([[-1e6], [1e6]], np.float32))
    assert (low == 0.0).all()
    assert (high == 1.0).all()


def test_it_comes_back_from_its_arrays(random):
    matrix = np.column_stack([random.normal(size=40), random.integers(0, 2, 40), random.integers(0, 5, 40)])
    encoding = Encoding.learn(matrix)
    again = Encoding.from_arrays(encoding.arrays(), 3)
    np.testing.assert_array_equal(again.transform(matrix), encoding.transform(matrix))
    assert [len(knots) for knots in encoding.knots] == [len(np.unique(encoding.knots[0])), 0, 5]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"counts": np.array([3, 2], np.int16)}, "4 knots cannot be dealt out"),
        ({"counts": np.array([5, -1], np.int16)}, "cannot be dealt out"),
        ({"counts": np.array([2, 2], np.int64)}, "cannot be dealt out"),
        ({"counts": np.array([2, 2, 0], np.int16)}, "do not fit a table that has 2"),
        ({"counts": np.array([3, 1], np.int16)}, "two at least or none"),
        ({"knots": np.array([0.0, 1.0, 1.0, 1.0])}, "ascend"),
        ({"knots": np.array([0.0, 1.0, 0.0, np.inf])}, "finite"),
        ({"knots": np.array([0.0, 1.0, 0.0, np.nan])}, "ascend"),
        ({"knots": np.arange(4)}, "must be of float32 or float64"),
        ({"knots": np.arange(4.0).reshape(2, 2)}, "must be of float32 or float64"),
    ],
)
def test_other_arrays_are_refused(change, words):
    fine = {"counts": np.array([2, 2], np.int16), "knots": np.array([0.0, 1.0, 0.0, 1.0])}
    assert Encoding.from_arrays(fine, 2).width == 2
    with pytest.raises(ValueError, match=words):
        Encoding.from_arrays(fine | change, 2)
