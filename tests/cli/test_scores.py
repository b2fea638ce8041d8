"""Numbers with significant digits."""

import io
import math
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlnn.cli import console
from mlnn.cli.scores import figures, print_scores
from mlnn.tabular.score import digits, with_spread


def read(text):
    return float(text.replace("−", "-"))


@given(st.floats(1e-300, 1e300), st.integers(1, 6), st.sampled_from([1, -1]))
def test_so_many_digits_are_right(x, count, sign):
    shown = read(digits(sign * x, count))
    assert math.isclose(shown, sign * x, rel_tol=0.5000001 * 10 ** (1 - count))


@given(st.floats(1e-3, 1e8), st.floats(1e-6, 1e6))
def test_a_number_and_its_spread_end_at_the_same_place(x, spread):
    one, other = with_spread(x, spread).split(" ± ")
    assert len(one.partition(".")[2]) == len(other.partition(".")[2])
    assert abs(read(one) - x) <= max(0.051 * spread, 1e-6)


@pytest.mark.parametrize(("x", "text"), [(float("inf"), "inf"), (float("-inf"), "−inf"), (0.0, "0"), (-0.0, "0")])
def test_what_has_no_digits(x, text):
    assert digits(x) == text


def test_rounding_is_nothing_but_small_targets_are(capsys):
    scores = {"calibration_error": 3e-17, "rmse": 3e-17, "r2": -0.25}
    print_scores("y", [("mlnn", figures(scores)), ("other", figures({"rmse": 1.0}, {"rmse": 0.25}))])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert lines == [["calibration", "error", "0"], ["RMSE", "3.000e−17", "1.00", "±", "0.25"], ["R²", "−0.2500"]]


@pytest.mark.parametrize(("terminal", "width"), [(True, 80), (False, 120)])
def test_what_stands_over_a_table_fits_a_terminal(monkeypatch, terminal, width):
    written = io.StringIO()
    screen = console.Cleaned(file=written, force_terminal=terminal, width=80, soft_wrap=True, color_system=None)
    monkeypatch.setattr(console, "results", screen)
    title = "90 rows, each predicted by the 3 of 6 networks that were not trained on it; recall is of 'a town'"
    console.print_table(title, [], [("recall", "0.5")])
    assert [line.rstrip() for line in written.getvalue().splitlines()][:-1] == textwrap.wrap(title, width)


@pytest.mark.parametrize(("terminal", "width"), [(True, 80), (False, 120)])
def test_a_sentence_fits_a_terminal_and_is_one_line_elsewhere(monkeypatch, terminal, width):
    written = io.StringIO()
    screen = console.Cleaned(file=written, force_terminal=terminal, width=80, soft_wrap=True, color_system=None)
    monkeypatch.setattr(console, "results", screen)
    sentence = "intervals of 80 % held 82 % of 90 rows; the threshold 0.3 costs 2.1 a row on the average; from 0.5"
    console.print_sentence(sentence)
    assert [line.rstrip() for line in written.getvalue().splitlines()] == textwrap.wrap(sentence, width)
