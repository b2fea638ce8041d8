"""Data sets: shapes, shares of the classes, seeds, and the spirals' formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_blobs, make_circles, make_moons

from mlnn.dataset import blobs, circles, moons, spirals

SETS = [moons, circles, blobs, spirals]
CLASSES = {moons: 2, circles: 2, blobs: 3, spirals: 3}


def named(make):
    return make.__name__


@pytest.mark.parametrize("rows", [2 * 3 * 5, 31, 200])
@pytest.mark.parametrize("make", SETS, ids=named)
def test_shapes_and_balance(make, rows):
    X, y = make(rows)
    assert X.shape == (rows, 2)
    assert X.dtype == np.float64
    assert np.isfinite(X).all()
    assert y.shape == (rows,)
    assert y.dtype.kind == "i"
    counts = np.bincount(y)
    assert len(counts) == CLASSES[make]
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("make", SETS, ids=named)
def test_a_seed_fixes_everything_and_another_changes_it(make):
    (X, y), (again, y_again), (other, _) = make(50, seed=3), make(50, seed=3), make(50, seed=4)
    np.testing.assert_array_equal(X, again)
    np.testing.assert_array_equal(y, y_again)
    assert not np.array_equal(X, other)
    assert (make(50)[0] == make(50, seed=0)[0]).all()
    assert (make(50, seed=None)[0] != make(50, seed=None)[0]).any()


def test_nothing_is_drawn_from_the_global_state():
    np.random.seed(5)
    expected = np.random.standard_normal()
    np.random.seed(5)
    for make in SETS:
        make(30)
    assert np.random.standard_normal() == expected


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (moons(), make_moons(200, noise=0.2, random_state=0)),
        (moons(31, 0.1, 7), make_moons(31, noise=0.1, random_state=7)),
        (circles(40, 0.05, 0.3, 1), make_circles(40, noise=0.05, factor=0.3, random_state=1)),
        (blobs(50, 4, 0.5, 2), make_blobs(50, centers=4, cluster_std=0.5, random_state=2)),
    ],
    ids=["the tutorial's moons", "moons", "circles", "blobs"],
)
def test_three_of_them_are_scikit_learns(mine, theirs):
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


# Spirals


@given(rows=st.integers(1, 60), classes=st.integers(1, 6), turns=st.floats(-2.0, 2.0))
def test_spirals_without_noise_follow_their_formula(rows, classes, turns):
    rows = max(rows, classes)
    X, y = spirals(rows, classes, noise=0.0, turns=turns)
    np.testing.assert_array_equal(y, np.sort(y))
    assert set(y) == set(range(classes))
    for k in range(classes):
        arm = X[y == k]
        for i, (x0, x1) in enumerate(arm):
            r = i / (len(arm) - 1) if len(arm) > 1 else 0.0
            angle = 2.0 * np.pi * (turns * r + k / classes)
            assert (x0, x1) == pytest.approx((r * np.sin(angle), r * np.cos(angle)), abs=1e-12)


@given(noise=st.floats(0.0, 2.0), seed=st.integers(0, 99))
def test_noise_turns_and_never_stretches(noise, seed):
    X, y = spirals(90, noise=noise, seed=seed)
    still, _ = spirals(90, noise=0.0)
    np.testing.assert_allclose(np.hypot(*X.T), np.hypot(*still.T), atol=1e-12)
    assert np.hypot(*X.T).max() <= 1.0 + 1e-12
    z = np.random.default_rng(seed).standard_normal(90)
    radius = np.hypot(*still.T)
    angle = 2.0 * np.pi * (0.64 * radius + y / 3.0) + noise * z
    np.testing.assert_allclose(X, np.column_stack([radius * np.sin(angle), radius * np.cos(angle)]), atol=1e-12)


def test_rows_are_shared_as_evenly_as_can_be():
    for rows in range(4, 12):
        counts = np.bincount(spirals(rows, classes=4)[1])
        assert counts.sum() == rows
        assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize(("rows", "classes"), [(2, 3), (0, 1), (5, 0), (5, -1)])
def test_spirals_that_cannot_be_are_refused(rows, classes):
    with pytest.raises(ValueError, match=f"a row for each, but got {classes} classes, {rows} rows"):
        spirals(rows, classes)


def test_what_scikit_learn_refuses_is_refused():
    for build in (lambda: moons(-1), lambda: circles(20, factor=1.5), lambda: moons(20, noise=-1.0), lambda: blobs(0)):
        with pytest.raises(ValueError, match="parameter of make_"):
            build()
