"""Random chains, trained and asked by the compiled engine and by the reference: the same numbers, and nobody falls."""

import os
import warnings
from dataclasses import replace

import numpy as np
import pytest
from bound import loss_and_gradient
from chains import case

from mlnn.engine import Compiled, Reference, SlowerEngine, engine_for, engines
from mlnn.gate import Step
from mlnn.training import Diverged, epochs

pytestmark = [
    pytest.mark.skipif(engines()["compiled"].startswith("not here"), reason="there is no compiled engine"),
    pytest.mark.slow,
]
CASES, A_TEST = int(os.environ.get("MLNN_FUZZ_CASES", "2000")), 100
"""How many chains; more of them are a matter of patience."""


def difference(one, other):
    """Return the largest difference, in units of the largest number where that is above 1."""
    one, other = np.asarray(one), np.asarray(other)
    if not one.size:
        return 0.0
    return float(np.abs(one - other).max() / max(1.0, np.abs(other).max()))


def trained(one, engine):
    try:
        return list(epochs(one.problem, one.theta, one.recipe, engine=engine))
    except Diverged:
        return []


def distance(run, other):
    """Return by how much two trainings differ: in θ, before and after averaging, and in the loss."""
    names = "theta", "raw_theta", "loss"
    return max(
        (difference(getattr(a, n), getattr(b, n)) for a, b in zip(run, other, strict=False) for n in names), default=0.0
    )


def sway(one, expected):
    """Return how far the reference itself strays when last bits of θ change.

    Two equal rows in a batch normalization, or a gradient of rounding errors that Adam divides by itself, make much of
    them: there no two orders of summation agree.
    """
    random = np.random.default_rng(0)
    bits = [2.3e-16 * random.choice([-1.0, 0.0, 1.0], one.theta.shape) for _ in range(6)]
    moved = [replace(one, theta=one.theta + bit * np.maximum(1.0, np.abs(one.theta))) for bit in bits]
    return max(distance(trained(each, Reference()), expected) for each in moved)


@pytest.mark.parametrize("first", range(0, CASES, A_TEST))
def test_the_compiled_engine_is_the_reference_on_random_chains(first):
    for seed in range(first, first + A_TEST):
        one = case(seed)
        problem, network = one.problem, one.problem.network
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SlowerEngine)
            ours, truth = engine_for(problem, one.recipe.optimizer), Reference()
        assert isinstance(ours, Reference) == one.own, one
        with np.errstate(all="ignore"):
            ended, expected = trained(one, ours), trained(one, truth)
            assert len(ended) == len(expected), (seed, one)
            apart = distance(ended, expected)
            assert apart < 1e-9 or apart < 100.0 * sway(one, expected), (seed, apart, one)
            for step in (None, Step(3, 5)):
                (J, slope), (value, gradient) = (
                    loss_and_gradient(e, problem, one.theta, step, 0.7, 1.3) for e in (ours, truth)
                )
                assert difference(J, value) < 1e-9, (seed, one)
                assert difference(slope, gradient) < 1e-9, (seed, one)
            predictor = ours.predictor(network, one.theta)
            for rows in (problem.X, one.rows, one.rows[:1]):
                assert difference(predictor.scores(rows), truth.scores(network, one.theta, rows)) < 1e-9, (seed, one)
                assert difference(predictor(rows), truth.predict(network, one.theta, rows)) < 1e-9, (seed, one)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("first", range(0, 300, 50))
def test_a_row_has_the_same_bits_alone_and_in_any_batch(first, dtype):
    """Of dense rows and sparse ones, narrow layers and wide, on one thread and two."""
    for seed in range(first, first + 50):
        one = case(seed)
        if one.own:
            continue
        network, theta, X = one.problem.network, one.theta.astype(dtype), one.problem.X.astype(dtype)
        rows = np.tile(one.rows.astype(dtype), (3, 1))
        predictors = [Compiled(threads).predictor(network, theta) for threads in (1, 2)]
        with np.errstate(all="ignore"):
            for table in (rows, X):
                whole, scores = predictors[0](table), predictors[0].scores(table)
                for predictor in predictors:
                    for size in (1, 2, 5, 8, 16, 17, 64, 257, 600):
                        some = slice(3, 3 + size)
                        np.testing.assert_array_equal(predictor(table[some]), whole[some], err_msg=f"{seed} {one}")
                        np.testing.assert_array_equal(predictor.scores(table[some]), scores[some], err_msg=f"{seed}")
                    np.testing.assert_array_equal(predictor(table), whole)
