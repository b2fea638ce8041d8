"""The line search: what it accepts lowers φ enough and is flat enough, whatever φ looks like."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mlnn.training.line_search import FLAT, SUFFICIENT, LineSearch, Point

numbers = st.floats(0.2, 3.0)


def walked(phi, slope, first, most=40):
    """Return the search and how many steps it tried."""
    search = LineSearch(Point(0.0, phi(0.0), slope(0.0)), first)
    for tried in range(1, most + 1):
        if not search.next(phi(search.step), slope(search.step)):
            return search, tried
    return search, most


@settings(derandomize=True)
@given(numbers, numbers, st.floats(0.0, 6.0), st.floats(-4.0, 2.0))
def test_the_step_meets_both_conditions(height, frequency, phase, first):
    def phi(a):
        return height * np.sin(frequency * a + phase) + 0.1 * a * a

    def slope(a):
        return height * frequency * np.cos(frequency * a + phase) + 0.2 * a

    assume(slope(0.0) < -1e-3)
    search, _ = walked(phi, slope, 10.0**first)
    assert phi(search.step) <= phi(0.0) + SUFFICIENT * search.step * slope(0.0) + 1e-12
    assert abs(slope(search.step)) <= FLAT * -slope(0.0) + 1e-12


@pytest.mark.parametrize("first", [1e-3, 0.5, 2.0, 100.0])
def test_a_parabola_takes_few_steps(first):
    search, tried = walked(lambda a: (a - 2.0) ** 2, lambda a: 2.0 * (a - 2.0), first)
    assert 0.2 <= search.step <= 3.8
    assert tried <= 7


def test_where_phi_only_falls_the_longest_step_ends_the_search():
    search, tried = walked(lambda a: -a, lambda a: -1.0, 1.0, most=60)
    assert search.step == search.longest
    assert tried < 60
