"""Random chains, trained and asked by the compiled engine and by the reference: the same numbers, and nobody falls."""

import os
import warnings

import numpy as np
import pytest
from bound import loss_and_gradient
from chains import case
from shaken import shaken

from mlnn.engine import Compiled, Reference, SlowerEngine, engine_for, engines
from mlnn.gate import Step
from mlnn.training import Diverged, epochs

pytestmark = pytest.mark.skipif(engines()["compiled"].startswith("not here"), reason="there is no compiled engine")
CASES, A_TEST = int(os.environ.get("MLNN_FUZZ_CASES", "2000")), 100
"""How many chains; more of them are a matter of patience."""
DRAWS = 60
"""How often the reference is shaken, at most, before a difference is nobody's rounding."""


def answers(one, engine):
    """Return all that an engine says of a case, by name: two epochs of training, slopes, scores and predictions."""
    problem, theta, network = one.problem, one.theta, one.problem.network
    try:
        path = list(epochs(problem, theta, one.recipe, engine=engine))
    except Diverged:
        path = []
    said = {
        f"{name} after {k}": getattr(e, name) for k, e in enumerate(path) for name in ("theta", "raw_theta", "loss")
    }
    for step in (None, Step(3, 5)):
        said[f"J at {step}"], said[f"slope at {step}"] = loss_and_gradient(engine, problem, theta, step, 0.7, 1.3)
    predictor = engine.predictor(network, theta)
    for name, rows in (("X", problem.X), ("many rows", one.rows), ("one row", one.rows[:1])):
        said[f"scores of {name}"], said[f"predictions of {name}"] = predictor.scores(rows), predictor(rows)
    return {name: np.asarray(value) for name, value in said.items()}


def apart(one, other):
    """Return how far each number is from the other, in units of the largest of them where that is above 1."""
    return np.abs(one - other) / max(1.0, np.abs(other).max(initial=0.0))


def unexplained(one, said, truth):
    """Return the names of answers that differ by more than 1e-9 and more than rounding explains.

    Rounding explains ten times what the reference itself strays in that very number when its last bits are shaken.
    """
    wrong = {name: apart(said[name], truth[name]) for name in truth}
    wrong = {name: far for name, far in wrong.items() if not (far <= 1e-9).all()}
    reach = dict.fromkeys(wrong, 1e-10)
    for seed in range(DRAWS):
        if not wrong:
            break
        with np.errstate(all="ignore"):
            other = answers(shaken(one, seed), Reference())
        for name in list(wrong):
            if name in other:
                reach[name] = np.maximum(reach[name], apart(other[name], truth[name]))
            if (wrong[name] <= 10.0 * reach[name]).all():
                del wrong[name]
    return {name: float(far.max()) for name, far in wrong.items()}


def compared(one):
    """Return what the engine says that a case gets by default, and what the reference says."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", SlowerEngine)
        ours = engine_for(one.problem, one.recipe.optimizer)
        assert isinstance(ours, Reference) == one.own, one
        return answers(one, ours), answers(one, Reference())


@pytest.mark.parametrize("first", range(0, CASES, A_TEST))
def test_the_compiled_engine_is_the_reference_on_random_chains(first):
    for seed in range(first, first + A_TEST):
        one = case(seed)
        said, truth = compared(one)
        assert said.keys() == truth.keys(), (seed, one)
        assert not (wrong := unexplained(one, said, truth)), (seed, wrong, one)


@pytest.mark.parametrize("seed", [897, 5534, 6495, 6937, 11034, 18030, 19521])
def test_where_rounding_decides_the_reference_does_not_agree_with_itself(seed):
    """Equal rows, standardized: x̂ is 0 or a rounding error, and a kink or four more standardizations follow.

    In 897, a clipped step leads a shift to 0 or to a rounding error, and a ReLU follows.
    """
    one = case(seed)
    said, truth = compared(one)
    assert not unexplained(one, said, truth)
    with np.errstate(all="ignore"):
        others = [answers(shaken(one, draw), Reference()) for draw in range(20)]
    assert max(apart(other[name], truth[name]).max() for other in others for name in truth) > 1e-10


@pytest.mark.parametrize("seed", [*range(0, 100, 7), 897, 5534, 6495, 6937, 11034, 18030, 19521])
def test_an_error_of_a_millionth_is_not_taken_for_rounding(seed):
    one = case(seed)
    said, truth = compared(one)
    wrong = {
        name: value * (1.0 + 1e-6) for name, value in said.items() if name.startswith(("slope", "theta", "scores"))
    }
    seen = {name for name in wrong if np.abs(truth[name]).max(initial=0.0) > 0.01}
    assert unexplained(one, said | wrong, truth).keys() == seen


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
