"""Every output's diff is the derivative of its losses; probabilities, margins and targets are what they say."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from support import compiled

import mlnn.output
from mlnn.array import Array
from mlnn.engine import Compiled, Reference
from mlnn.names import shipped
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD
from mlnn.output import (
    Absolute,
    Elementwise,
    Hinge,
    Huber,
    LeastSquares,
    Logistic,
    Output,
    Poisson,
    Quantile,
    SeveralSoftmax,
    Softmax,
    SquaredHinge,
)
from mlnn.training import Recipe, epochs

OUTPUTS: list[Output] = [kind() for kind in shipped(Output)] + [
    Softmax(0.1),
    Hinge(0.7),
    SquaredHinge(2.0),
    Huber(0.3),
    Quantile(0.9),
]
each_output = pytest.mark.parametrize("output", OUTPUTS, ids=repr)
each_precision = pytest.mark.parametrize("precision", [np.float32, np.float64])


def some_targets(output: Output, rows: int, columns: int, seed: int = 0) -> Array:
    """Return valid targets in the form that ``losses`` and ``diff`` take: class numbers, or numbers in [0, 1]."""
    random = np.random.default_rng(seed)
    y = random.random((rows, columns)) if isinstance(output, Elementwise) else random.integers(columns, size=rows)
    return output.targets(y, columns)


def clear_of_kinks(output: Output, S: Array, y: Array, distance: float) -> bool:
    margins = output.margins(S, y)
    return all((np.abs(margins - kink) > distance).all() for kink in output.kinks)


def test_the_tree_is_the_public_list() -> None:
    assert {kind.__name__ for kind in shipped(Output)} | {"Elementwise", "Output"} == set(mlnn.output.__all__)


# Losses, diff, loss


@each_output
@pytest.mark.parametrize("columns", [1, 2, 4])
def test_diff_is_the_numeric_derivative_of_each_row_by_its_own_scores(output: Output, columns: int) -> None:
    S = 2.0 * np.random.default_rng(columns).standard_normal((6, columns))
    y = some_targets(output, 6, columns)
    assert clear_of_kinks(output, S, y, 1e-4), "choose another seed"
    h = 1e-5
    numeric = np.empty_like(S)
    for column in range(columns):
        step = h * (np.arange(columns) == column)
        numeric[:, column] = (output.losses(S + step, y) - output.losses(S - step, y)) / (2.0 * h)
    np.testing.assert_allclose(output.diff(S, y), numeric, rtol=1e-6, atol=1e-8)


@each_output
def test_loss_is_the_mean_of_the_losses(output: Output) -> None:
    S = np.random.default_rng(1).standard_normal((7, 3))
    y = some_targets(output, 7, 3)
    losses = output.losses(S, y)
    assert losses.shape == (7,)
    loss = output.loss(S, y)
    assert type(loss) is float
    assert loss == pytest.approx(sum(losses) / 7.0, rel=1e-14)


@each_output
def test_rows_do_not_see_each_other(output: Output) -> None:
    S = np.random.default_rng(2).standard_normal((5, 3))
    y = some_targets(output, 5, 3)
    for row in range(5):
        one = slice(row, row + 1)
        np.testing.assert_allclose(output.losses(S[one], y[one]), output.losses(S, y)[one], rtol=1e-14)
        np.testing.assert_allclose(output.diff(S[one], y[one]), output.diff(S, y)[one], rtol=1e-14)
        np.testing.assert_allclose(output.predict(S[one]), output.predict(S)[one], rtol=1e-14)


@each_precision
@each_output
def test_extreme_scores_stay_finite_and_keep_their_precision(output: Output, precision: Any) -> None:
    values = [-1e4, -745.0, -104.0, -1.0, 0.0, 1.0, 88.9, 104.0, 745.0, 1e4]
    S = np.array([[a, b] for a in values for b in values], precision)
    for y in [some_targets(output, len(S), 2, seed) for seed in range(3)]:
        t = y.astype(precision) if isinstance(output, Elementwise) else y
        parts = output.losses(S, t), output.diff(S, t), output.predict(S)
        assert all(np.isfinite(part).all() for part in parts)
        assert all(part.dtype == precision for part in parts)


@each_output
def test_arguments_stay_as_they_are(output: Output) -> None:
    S = np.random.default_rng(4).standard_normal((5, 3))
    y = some_targets(output, 5, 3)
    before = S.copy(), y.copy()
    output.losses(S, y), output.diff(S, y), output.predict(S), output.decide(S), output.margins(S, y)
    np.testing.assert_array_equal(S, before[0])
    np.testing.assert_array_equal(y, before[1])


@each_output
@pytest.mark.parametrize("columns", [1, 3])
def test_decisions_have_the_form_of_the_targets(output: Output, columns: int) -> None:
    decisions = output.decide(np.random.default_rng(6).standard_normal((5, columns)))
    assert decisions.shape == ((5, 3) if isinstance(output, Elementwise) and columns == 3 else (5,))
    assert np.issubdtype(decisions.dtype, np.integer) == output.classifies
    y = output.targets(np.abs(decisions), columns)
    assert output.losses(np.zeros((5, columns)), y).shape == (5,)


@each_output
def test_what_classifies_lives_with_the_classes(output: Output) -> None:
    home = output.__class__.__module__
    assert output.classifies == (home in ("mlnn.output.classification", "mlnn.output.several"))


@pytest.mark.parametrize("output", [kind() for kind in shipped(Elementwise)], ids=repr)
def test_losses_of_several_columns_are_the_sum_of_single_ones(output: Output) -> None:
    S, y = np.random.default_rng(5).standard_normal((4, 3)), some_targets(output, 4, 3)
    single = sum(output.losses(S[:, [k]], y[:, [k]]) for k in range(3))
    np.testing.assert_allclose(output.losses(S, y), single, rtol=1e-14)


# Kinks


def second_derivative(output: Output, s: float, y: Array, columns: int, h: float = 1e-4) -> float:
    def diff(at: float) -> float:
        return float(output.diff(np.array([[at, *[0.0] * (columns - 1)]]), y)[0, 0])

    return (diff(s + h) - diff(s)) / h


@pytest.mark.parametrize(
    ("output", "y", "kinks"),
    [
        (Hinge(0.7), 1, [-0.7]),
        (SquaredHinge(0.7), 1, [-0.7]),
        (Absolute(), 0.4, [0.4]),
        (Huber(0.3), 0.4, [0.1, 0.7]),
        (Quantile(0.9), 0.4, [0.4]),
        (Poisson(), 0.4, [60.0]),
        (LeastSquares(), 0.4, []),
        (Logistic(), 0.4, []),
        (Softmax(), 1, []),
    ],
    ids=repr,
)
def test_kinks_are_the_scores_at_which_the_margins_cross_them(output: Output, y: float, kinks: list[float]) -> None:
    columns = 1 if isinstance(output, Elementwise) else 2
    targets = output.targets([y], columns)

    def side(at: float) -> Array:
        margins = output.margins(np.array([[at, *[0.0] * (columns - 1)]]), targets)
        return np.searchsorted(output.kinks, margins)

    h = 1e-3
    for kink in kinks:
        assert (side(kink - h) != side(kink + h)).any()
        below, above = (second_derivative(output, at, targets, columns) for at in (kink - h, kink + h))
        diffs = [output.diff(np.array([[at, *[0.0] * (columns - 1)]]), targets)[0, 0] for at in (kink - h, kink + h)]
        assert abs(above - below) > 0.5 or abs(diffs[1] - diffs[0]) > 0.5
    grid = np.arange(-3.0, 61.0, 0.05) + 0.0137
    crossings = sum((side(left) != side(right)).any() for left, right in pairwise(grid))
    assert crossings == len(kinks)


# Targets and settings


@pytest.mark.parametrize(
    ("output", "y", "columns", "message"),
    [
        (Softmax(), [0, 3, 1], 3, "class numbers from 0 to 2, but row 1 holds 3"),
        (Hinge(), [0, -1], 3, "class numbers from 0 to 2, but row 1 holds -1"),
        (SquaredHinge(), [[0], [1]], 3, r"a vector of class numbers, but its shape is \(2, 1\)"),
        (Softmax(), [0.5, 1.0], 3, "integers from 0 to 2, but it holds float64"),
        (Softmax(), ["a", "b"], 3, "integers from 0 to 2, but it holds <U1"),
        (Logistic(), [0, 1, 2], 1, r"lie in \[0, 1\], but row 2 holds 2\.0"),
        (Logistic(), [[0, 1], [-0.5, 1]], 2, r"lie in \[0, 1\], but row 1 holds -0\.5"),
        (Logistic(), [0, 1], 2, r"must have 2 columns, one a score, but its shape is \(2,\)"),
        (Poisson(), [3.0, -1.0], 1, r"not be negative, but row 1 holds -1\.0"),
        (LeastSquares(), [1.0, math.nan], 1, "finite, but row 1 is not"),
        (Huber(), ["a"], 1, "numeric"),
    ],
    ids=repr,
)
def test_wrong_targets_are_refused(output: Output, y: object, columns: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        output.loss(np.zeros((len(y), columns)), y)  # type: ignore[arg-type]


def test_targets_in_the_forms_that_people_have() -> None:
    np.testing.assert_array_equal(Softmax().targets([True, False], 2), [1, 0])
    np.testing.assert_array_equal(Softmax().targets(np.array([0.0, 2.0]), 3), [0, 2])
    np.testing.assert_array_equal(Logistic().targets([True, False], 1), [[1.0], [0.0]])
    np.testing.assert_array_equal(Logistic().targets([[0.2, 1], [0, 1]], 2), [[0.2, 1.0], [0.0, 1.0]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Softmax(1.0), r"smoothing must lie in \[0, 1\), but got 1\.0"),
        (lambda: Softmax(-0.1), r"smoothing must lie in \[0, 1\), but got -0\.1"),
        (lambda: Hinge(0.0), r"margin must be positive, but got 0\.0"),
        (lambda: SquaredHinge(-1.0), r"margin must be positive, but got -1\.0"),
        (lambda: Huber(0.0), r"delta must be positive, but got 0\.0"),
        (lambda: Quantile(1.0), r"level must lie in \(0, 1\), but got 1\.0"),
        (lambda: Quantile(0.0), r"level must lie in \(0, 1\), but got 0\.0"),
    ],
)
def test_nonsense_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_several_softmaxes_are_softmaxes_side_by_side():
    random = np.random.default_rng(5)
    S, y = random.standard_normal((7, 5)), np.column_stack([random.integers(0, 3, 7), random.integers(0, 2, 7)])
    both = SeveralSoftmax((3, 2))
    one, two = (Softmax().losses(part, numbers) for part, numbers in ((S[:, :3], y[:, 0]), (S[:, 3:], y[:, 1])))
    np.testing.assert_allclose(both.losses(S, y), one + two)
    with pytest.raises(ValueError, match=r"questions with \(3, 2\) classes need 5 scores, but there are 4"):
        both.targets(y, 4)
    with pytest.raises(ValueError, match=r"y must have 2 columns, one a question, but its shape is \(7,\)"):
        both.targets(y[:, 0], 5)
    with pytest.raises(ValueError, match="every question needs at least 1 class"):
        SeveralSoftmax((3, 0))


@compiled
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_several_softmaxes_are_compiled(dtype):
    random = np.random.default_rng(5)
    network = Network.dense([4, 40, 9], output=SeveralSoftmax((2, 3, 4)))
    y = np.column_stack([random.integers(0, size, 101) for size in (2, 3, 4)])
    X = random.standard_normal((101, 4)).astype(dtype)
    problem, theta = Problem.of(network, X, y, random.uniform(0.5, 2.0, 101)), network.initial(random, dtype)
    recipe = Recipe(SGD(0.3), epochs=5, batch_size=32)
    ours, truth = (list(epochs(problem, theta, recipe, engine=kind()))[-1] for kind in (Compiled, Reference))
    np.testing.assert_allclose(ours.theta, truth.theta, rtol=1e-4 if dtype == np.float32 else 1e-11, atol=1e-6)
    assert ours.loss == pytest.approx(truth.loss, rel=1e-5)
    P = Compiled().predict(network, ours.theta, X)
    np.testing.assert_allclose(P, Reference().predict(network, ours.theta, X), rtol=1e-4, atol=1e-6)


def test_a_question_of_one_class_is_allowed_and_a_margin_just_met_has_no_slope():
    assert SeveralSoftmax((1, 2)).classes == (1, 2)
    assert Hinge().slope(np.zeros(1)) == 0.0


def test_a_column_of_class_numbers_is_told_how_to_become_a_vector():
    with pytest.raises(ValueError, match=r"its shape is \(3, 1\); write y\.ravel\(\)"):
        Softmax().targets(np.zeros((3, 1), int), 2)
