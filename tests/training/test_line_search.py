"""The line search: what it accepts lowers φ enough and is flat enough, whatever φ looks like."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.training import line_search
from mlnn.training.line_search import FLAT, SUFFICIENT, WIDTH, LineSearch, Point

numbers = st.floats(0.2, 3.0)


def walked(phi, slope, first, most=40):
    """Return the search and how many steps it tried."""
    search = LineSearch(Point(0.0, phi(0.0), slope(0.0)), first)
    for tried in range(1, most + 1):
        if not search.next(phi(search.step), slope(search.step)):
            return search, tried
    return search, most


def wave(height, frequency, phase):
    """Return φ with a minimum in each of its valleys, and φ′."""

    def phi(a):
        return height * np.sin(frequency * a + phase) + 0.1 * a * a

    def slope(a):
        return height * frequency * np.cos(frequency * a + phase) + 0.2 * a

    return phi, slope


waves = st.builds(wave, numbers, numbers, st.floats(0.0, 6.0)).filter(
    lambda phi_and_slope: phi_and_slope[1](0.0) < -1e-3
)
firsts = st.floats(-4.0, 2.0).map(lambda exponent: 10.0**exponent)


def lowers(search, phi, slope):
    return phi(search.step) <= phi(0.0) + SUFFICIENT * search.step * slope(0.0) + 1e-12


def flattens(search, slope):
    return abs(slope(search.step)) <= FLAT * -slope(0.0) + 1e-12


@given(waves, firsts)
def test_the_step_meets_both_conditions_unless_its_bracket_is_narrow(phi_and_slope, first):
    phi, slope = phi_and_slope
    search, _ = walked(phi, slope, first)
    ends = sorted([search.best.step, search.other.step])
    assert lowers(search, phi, slope)
    assert flattens(search, slope) or (search.bracketed and ends[1] - ends[0] <= WIDTH * ends[1])


@given(waves, firsts)
def test_where_no_bracket_is_too_narrow_the_step_meets_both_conditions(phi_and_slope, first):
    phi, slope = phi_and_slope
    with mock.patch.object(line_search, "WIDTH", 0.0):
        search, _ = walked(phi, slope, first)
    assert lowers(search, phi, slope)
    assert flattens(search, slope)


def test_a_narrow_bracket_ends_the_search_where_it_is_still_steep():
    """Moré and Thuente's own search, SciPy's DCSRCH with the numbers of L-BFGS-B, ends at this very step."""
    phi, slope = wave(1.5, 2.765625, 1.57421875)
    search, tried = walked(phi, slope, 10.0)
    assert (search.step, tried) == (pytest.approx(1.1274517685423229, rel=1e-9), 8)
    assert lowers(search, phi, slope)
    assert not flattens(search, slope)


@pytest.mark.parametrize("first", [1e-3, 0.5, 2.0, 100.0])
def test_a_parabola_takes_few_steps(first):
    search, tried = walked(lambda a: (a - 2.0) ** 2, lambda a: 2.0 * (a - 2.0), first)
    assert 0.2 <= search.step <= 3.8
    assert tried <= 7


def test_where_phi_only_falls_the_longest_step_ends_the_search():
    search, tried = walked(lambda a: -a, lambda a: -1.0, 1.0, most=60)
    assert search.step == search.longest
    assert tried < 60
