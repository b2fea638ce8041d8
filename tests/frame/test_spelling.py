"""How numbers and truth values are read from what people write."""

import numpy as np
import pytest

from mlnn.frame.from_text import Rules
from mlnn.frame.kind.base import Cells
from mlnn.frame.kind.spelling import truths, written
from mlnn.frame.learning import plain
from mlnn.frame.recognition import recognized
from mlnn.frame.values import Words


def read(*cells):
    """Return what a column of these cells is, and its cells as numbers."""
    column, x = plain("c", Words.of(cells), "row {}".format)
    return column.fate.kind, x.tolist()


@pytest.mark.parametrize("text", ["880.-", "880,-", "880.--", "880,—", "CHF 880.-", "880,- €", "880.\u2013"])
def test_a_dash_in_place_of_cents_is_no_minus(text):
    found = written(text)
    assert found.dot == found.comma == 880


@pytest.mark.parametrize(
    ("text", "number"),
    [("880-", -880), ("880.50-", -880.5), ("-880.-", -880), ("(880,-)", -880), ("1.234,-", 1234), ("1'200.-", 1200)],
)
def test_a_minus_stays_one(text, number):
    found = written(text)
    assert found.dot == found.comma == number


@pytest.mark.parametrize("text", ["880²", "880¹", "8¹²", "880 ²", "880₂", "880①", "880⑫", "880⒈", "880½", "-880²"])
def test_a_raised_digit_behind_a_number_is_none_of_its_digits(text):
    assert written(text) is None
    assert read("880", "881", "882", "883", text)[1][:4] == [880, 881, 882, 883]
    assert np.isnan(read("880", "881", "882", "883", text)[1][4])


@pytest.mark.parametrize("text", ["880*", "880***", "880 †", "880[1]", "880 [12]", "Rs. 880", "880 Rs *"])
def test_notes_behind_a_number_are_no_part_of_it(text):
    assert written(text).dot == 880


@pytest.mark.parametrize("text", ["880****", "880 [kg]", "880[a]", "880*2", "*880", "[1] 880", "88*0"])
def test_other_marks_make_it_none(text):
    assert written(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.2×10⁶", 1.2e6), ("1.2 x 10⁶", 1.2e6), ("5 m²", 5), ("7m³/h", 7), ("\uff18\uff18\uff10", 880)],
)
def test_powers_units_and_wide_digits_are_read(text, number):
    assert written(text).dot == number


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (("1.5M", "1200000", "2.5M", "900000"), [1.5e6, 1.2e6, 2.5e6, 9e5]),
        (("1.5 mn", "1200000", "2.5mn", "7"), [1.5e6, 1.2e6, 2.5e6, 7]),
        (("1.5 Mio.", "1200000", "2.5 Mio."), [1.5e6, 1.2e6, 2.5e6]),
        (("1.5b", "1200000000", "2.5B"), [1.5e9, 1.2e9, 2.5e9]),
        (("1.5 m", "2", "3 m", "4000"), [1.5, 2, 3, 4000]),
        (("1.5 m", "2.5 m", "3 m"), [1.5, 2.5, 3]),
        (("12 b", "0", "30 b"), [12, 0, 30]),
    ],
)
def test_what_stands_for_millions_is_told_from_metres_by_the_numbers_beside_it(cells, numbers):
    assert read(*cells) == ("number", numbers)


@pytest.mark.parametrize("cells", [("N", "F"), ("T", "Y"), ("on", "yes"), ("n", "off"), ("1", "yes"), ("ja", "yes")])
def test_words_for_the_same_truth_value_are_categories(cells):
    assert truths(cells) == set()
    column = recognized("c", Words.of(cells * 2), Rules(0.0, 50), "row {}".format)
    assert (column.fate.kind, column.categories) == ("category", tuple(sorted(cells)))


@pytest.mark.parametrize(("cells", "meant"), [(("yes", "YES"), {True}), (("N", "F", "yes"), {True, False})])
def test_a_word_in_several_spellings_and_both_values_are_truth_values(cells, meant):
    assert truths(Cells.of(Words.of(cells)).labels) == meant
