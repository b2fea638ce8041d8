"""Search: log scales, and a warning where the best value lies at the edge of what was searched, and only there."""

import re
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import expon, kstest, norm, randint, uniform
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from mlnn.estimator import MLPClassifier
from mlnn.estimator.search import EdgeWarning, edges, log_scale
from mlnn.layer import ReLU, Tanh

X, Y = load_iris(return_X_y=True)


def fitted(space, best):
    """Return what a search with this space looks like that has found these values."""
    return SimpleNamespace(param_distributions=space, best_params_=best)


def silent(search, **settings):
    """Return whether no edge is found; a warning would be an error."""
    return edges(search, **settings) == {}


def warned(search, **settings):
    """Return the edges found, and the words of the warnings."""
    with warnings.catch_warnings(record=True, action="always") as caught:
        found = edges(search, **settings)
    assert all(issubclass(each.category, EdgeWarning) for each in caught)
    assert all(each.filename == __file__ for each in caught)  # it points to who asked
    return found, [str(each.message) for each in caught]


# Log scales


@given(low=st.floats(1e-8, 1.0), decades=st.floats(0.5, 8.0))
def test_a_log_scale_is_uniform_in_the_logarithm(low, decades):
    high = low * 10.0**decades
    draws = log_scale(low, high).rvs(500, random_state=0)
    assert low <= draws.min() < draws.max() <= high
    places = np.log10(draws / low) / decades
    assert kstest(places, "uniform").pvalue > 1e-3
    assert log_scale(low, high).support() == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 1.0), (2.0, 1.0), (np.nan, 1.0), (1.0, np.nan)]
)
def test_what_has_no_logarithm_is_refused(low, high):
    with pytest.raises(ValueError, match=f"needs 0 < low < high, but got low {low}, high {high}"):
        log_scale(low, high)


# Distributions


@pytest.mark.parametrize(
    ("distribution", "best", "side"),
    [
        (log_scale(1e-4, 1e-1), 1.9e-4, "lower"),
        (log_scale(1e-4, 1e-1), 2.1e-4, None),
        (log_scale(1e-4, 1e-1), 3e-3, None),
        (log_scale(1e-4, 1e-1), 4.9e-2, None),
        (log_scale(1e-4, 1e-1), 5.1e-2, "upper"),
        (uniform(0.0, 1.0), 0.09, "lower"),
        (uniform(0.0, 1.0), 0.11, None),
        (uniform(0.0, 1.0), 0.89, None),
        (uniform(0.0, 1.0), 0.91, "upper"),
        (uniform(-1.0, 2.0), -0.9, "lower"),
        (uniform(-1.0, 2.0), 0.0, None),
        (randint(1, 101), 100, "upper"),
        (randint(1, 101), 1, "lower"),
        (randint(1, 101), 10, None),
    ],
    ids=lambda each: repr(each) if not hasattr(each, "rvs") else each.dist.name,
)
def test_a_tenth_of_the_range_at_either_end_is_the_edge(distribution, best, side):
    search = fitted({"alpha": distribution}, {"alpha": best})
    if side is None:
        assert silent(search)
        return
    low, high = distribution.support()
    found, words = warned(search)
    assert found == {"alpha": (best, low, high)}
    assert words == [f"the best alpha, {best:.3g}, lies at the {side} edge of {low:.3g} … {high:.3g}: search beyond it"]


@pytest.mark.parametrize(("margin", "seen"), [(0.05, False), (0.2, True)])
def test_how_wide_the_edge_is_can_be_said(margin, seen):
    found, _ = warned(fitted({"alpha": uniform(0.0, 1.0)}, {"alpha": 0.9}), margin=margin)
    assert bool(found) is seen


@pytest.mark.parametrize("distribution", [norm(), expon(), norm(5.0, 2.0)], ids=["line", "half", "moved"])
def test_a_range_without_end_has_no_edge(distribution):
    assert silent(fitted({"alpha": distribution}, {"alpha": 0.001}))


class Coin:
    """A distribution of one's own, as scikit-learn allows: all it needs is ``rvs``."""

    def rvs(self, random_state=None):
        return float(np.random.RandomState(random_state).standard_normal())


@pytest.mark.parametrize("values", [Coin(), randint(3, 4)], ids=["no ends", "one value"])
def test_distributions_without_a_range(values):
    assert silent(fitted({"alpha": values}, {"alpha": 3}))
    assert silent(fitted([{"alpha": values}, {"beta": [1, 2, 3]}], {"alpha": 3}))


# Lists


@pytest.mark.parametrize(
    ("values", "best", "side"),
    [
        ([0.01, 0.1, 1.0], 0.01, "lower"),
        ([0.01, 0.1, 1.0], 0.1, None),
        ([0.01, 0.1, 1.0], 1.0, "upper"),
        ([1.0, 0.01, 0.1], 1.0, "upper"),
        ([0, 1, 2, 3], 0, "lower"),
        ([-1.0, 0.0, 5.0], 0.0, None),
        (np.logspace(-4, 0, 5), 1e-4, "lower"),
        (np.arange(1, 6), np.int64(5), "upper"),
        ((10, 20, 30), 30, "upper"),
        (["auto", 10, 20, 30], 10, "lower"),
        (["auto", 10, 20, 30], "auto", None),
        ([0.01, 1.0], 1.0, None),
        ([0.5], 0.5, None),
        ([1, 1, 1, 2], 2, None),
        ([1, 2, np.inf], 1, None),
        ([1, 2, np.inf], np.inf, None),
        ([None, 1, 2], 2, None),
        ([True, False], True, None),
        (["auto", False, 5, 10], False, None),
        (["relu", "tanh", "elu"], "relu", None),
        ([(8,), (16,), (32,)], (32,), None),
        ([ReLU(), Tanh(), None], Tanh(), None),
    ],
    ids=repr,
)
def test_the_ends_of_a_list_of_three_numbers_are_its_edges(values, best, side):
    search = SimpleNamespace(param_grid={"alpha": values}, best_params_={"alpha": best})
    if side is None:
        assert silent(search)
        return
    found, (words,) = warned(search)
    numbers = [each for each in values if not isinstance(each, str)]
    assert found == {"alpha": (best, min(numbers), max(numbers))}
    assert f"lies at the {side} edge" in words


def test_every_hyperparameter_is_looked_at():
    space = {"alpha": [1, 2, 3], "learning_rate_init": log_scale(1e-4, 1e-1), "max_iter": [5, 10, 20]}
    found, words = warned(fitted(space, {"alpha": 1, "learning_rate_init": 0.09, "max_iter": 10}))
    assert found == {"alpha": (1.0, 1.0, 3.0), "learning_rate_init": (0.09, 1e-4, 1e-1)}
    assert [re.match(r"the best (\w+), .* the (\w+) edge", each).groups() for each in words] == [
        ("alpha", "lower"),
        ("learning_rate_init", "upper"),
    ]


# Several spaces


SPACES = [
    {"solver": ["adam"], "learning_rate_init": [1e-4, 1e-3, 1e-2]},
    {"solver": ["sgd", "momentum"], "learning_rate_init": [1e-2, 1e-1, 1.0]},
    {"solver": ["adam"], "learning_rate_init": [1e-2, 1e-1, 1.0], "alpha": [0.0]},
    {"solver": ["lbfgs"], "alpha": log_scale(1e-6, 1.0)},
    {"hidden_layer_sizes": [(4,), (8,)], "activation": [ReLU(), [Tanh()]]},
]


@pytest.mark.parametrize(
    ("best", "found"),
    [
        ({"solver": "adam", "learning_rate_init": 1e-2}, {"learning_rate_init": (1e-2, 1e-4, 1e-2)}),
        ({"solver": "sgd", "learning_rate_init": 1e-2}, {"learning_rate_init": (1e-2, 1e-2, 1.0)}),
        ({"solver": "momentum", "learning_rate_init": 1e-1}, {}),
        ({"solver": "adam", "learning_rate_init": 1e-1, "alpha": 0.0}, {}),
        ({"solver": "lbfgs", "alpha": 0.9}, {"alpha": (0.9, 1e-6, 1.0)}),
        ({"solver": "lbfgs", "alpha": 1e-3}, {}),
        ({"hidden_layer_sizes": (4,), "activation": [Tanh()]}, {}),
    ],
)
def test_of_several_spaces_the_one_counts_from_which_the_best_came(best, found):
    assert warned(fitted(SPACES, best))[0] == found


def test_spaces_that_overlap_are_searched_together():
    spaces = [{"alpha": [1, 2, 3]}, {"alpha": [3, 4, 5]}, {"alpha": uniform(5.5, 4.5)}]
    assert silent(fitted(spaces, {"alpha": 3}))
    assert warned(fitted(spaces, {"alpha": 1}))[0] == {"alpha": (1.0, 1.0, 3.0)}
    assert warned(fitted(spaces, {"alpha": 9.9}))[0] == {"alpha": (9.9, 5.5, 10.0)}


# scikit-learn's searches


NETWORK = MLPClassifier((8,), max_iter=10, schedule="constant", batch_size=20, random_state=0)


def test_a_randomized_search_with_rates_that_are_far_too_low_or_right():
    settings = {"n_iter": 12, "cv": 2, "scoring": "neg_log_loss", "random_state": 0}
    low = RandomizedSearchCV(NETWORK, {"learning_rate_init": log_scale(1e-6, 1e-3)}, **settings).fit(X, Y)
    found, words = warned(low)
    assert found == {
        "learning_rate_init": (low.best_params_["learning_rate_init"], pytest.approx(1e-6), pytest.approx(1e-3))
    }
    assert "upper edge" in words[0]
    wide = RandomizedSearchCV(NETWORK, {"learning_rate_init": log_scale(1e-6, 10.0)}, **settings).fit(X, Y)
    assert silent(wide)


@pytest.mark.parametrize("as_list", [False, True], ids=["dict", "list of dicts"])
def test_a_grid_search(as_list):
    grid = {"learning_rate_init": [1e-5, 1e-3, 0.05], "activation": ["relu", "tanh"]}
    other = {"solver": ["sgd"], "learning_rate_init": [1e-6, 1e-5, 1e-4]}
    search = GridSearchCV(NETWORK, [other, grid] if as_list else grid, cv=2).fit(X, Y)
    found, words = warned(search)
    assert found == {"learning_rate_init": (0.05, 1e-5, 0.05)}
    assert words == ["the best learning_rate_init, 0.05, lies at the upper edge of 1e-05 … 0.05: search beyond it"]


def test_a_randomized_search_with_a_list_of_dicts():
    spaces = [
        {"solver": ["sgd"], "learning_rate_init": log_scale(1e-7, 1e-6)},
        {"solver": ["adam"], "hidden_layer_sizes": [4, 8, 16]},
        {"solver": ["adam"], "learning_rate_init": log_scale(1e-4, 1e-1), "alpha": [0.0, 1e-3]},
    ]
    search = RandomizedSearchCV(NETWORK, spaces, n_iter=12, cv=2, random_state=0).fit(X, Y)
    assert set(search.best_params_) == {"solver", "learning_rate_init", "alpha"}
    best = search.best_params_["learning_rate_init"]
    found, _ = warned(search, margin=0.49)
    assert found == {"learning_rate_init": (best, pytest.approx(1e-4), pytest.approx(1e-1))}


def test_a_grid_within_is_silent():
    search = GridSearchCV(NETWORK, [{"learning_rate_init": [1e-5, 0.03, 30.0], "solver": ["adam"]}], cv=2).fit(X, Y)
    assert search.best_params_["learning_rate_init"] == 0.03
    assert silent(search)
