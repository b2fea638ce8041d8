"""Point sets: their shapes, classes and ranges, and that they depend on their seed alone."""

import numpy as np
import pytest

from mlnn.names import shipped
from mlnn.play.points import Gauss, PointSet, Spirals, points

SETS = [kind() for kind in shipped(PointSet)]


@pytest.mark.parametrize("kind", SETS, ids=str)
def test_points_lie_within_the_plane_that_the_page_shows(kind):
    X, y = points(kind, rows=301, noise=0.2, seed=5)
    assert X.shape == (301, 2)
    assert np.abs(X).max() < 7.0
    assert y.shape == (301,)
    if kind.classes:
        counts = np.bincount(y, minlength=kind.classes)
        assert len(counts) == kind.classes
        assert counts.min() > 100 / kind.classes
    else:
        assert y.dtype == np.float64
        assert y.std() > 0.1


@pytest.mark.parametrize("kind", SETS, ids=str)
def test_points_are_a_function_of_their_seed(kind):
    X, y = points(kind, rows=50, seed=1)
    again, other = points(kind, rows=50, seed=1), points(kind, rows=50, seed=2)
    assert np.array_equal(X, again[0])
    assert np.array_equal(y, again[1])
    assert not np.array_equal(X, other[0])


def test_noise_moves_points_and_no_draw():
    for noise in (0.1, 0.5):
        moved = points(Spirals(), 20, noise)[0] - points(Spirals(), 20, 0.0)[0]
        np.testing.assert_allclose(moved / noise, points(Spirals(), 20, 1.0)[0] - points(Spirals(), 20, 0.0)[0])


def test_a_set_is_known_by_its_name():
    assert np.array_equal(points("gauss", 9)[0], points(Gauss(), 9)[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "mons"}, "there is no pointset 'mons'; did you mean 'moons'"),
        ({"rows": 0}, "rows must be at least 1, but got 0"),
        ({"noise": -0.1}, "noise must be at least 0, but got -0.1"),
        ({"seed": -1}, "seed must be at least 0, but got -1"),
    ],
)
def test_what_makes_no_points_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        points(**arguments)


@pytest.mark.parametrize("arms", [1, 6])
def test_a_spiral_has_two_to_five_arms(arms):
    with pytest.raises(ValueError, match=f"arms must be 2 to 5, but got {arms}"):
        Spirals(arms)
