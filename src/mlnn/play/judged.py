"""How good weights are that no epoch was measured at: those somebody set, and those to go back to."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlnn.array import Array
from mlnn.engine import Predictor
from mlnn.objective import Problem, data_loss
from mlnn.play.standing import Standing, fastest


def judged(standing: Standing) -> Standing:
    """Return a place with the losses of its weights as they are; what the last epoch came to does not tell of them."""
    plan, theta = standing.plan, standing.weights
    with _predictor(standing) as predictor:
        loss = mean_loss(plan.problem, predictor, theta)
        valid = math.nan if plan.valid is None else mean_loss(plan.valid, predictor, theta)
    return replace(standing, point=standing.point._replace(loss=loss, objective=math.nan, validLoss=valid))


def last_good(places: Sequence[Standing], standing: Standing) -> Standing:
    """Return where a run that diverges was last better than at its beginning: else its beginning.

    Parameters
    ----------
    places : sequence of Standing
        Where it can go back to, the beginning first.
    standing : Standing
        Where it stood before its last steps, whose plan is to go on.
    """
    problem, start = standing.plan.problem, places[0]
    with _predictor(standing) as predictor:
        worst = mean_loss(problem, predictor, start.theta)

        def is_good(place: Standing) -> bool:
            loss = mean_loss(problem, predictor, place.theta)
            return loss < worst or loss == worst == math.inf  # of rows that no weights fit, none are better

        return next((place for place in (standing, *reversed(places)) if is_good(place)), start)


def mean_loss(problem: Problem, predictor: Predictor, theta: Array) -> float:
    """Return the mean loss of some weights on some rows, infinite or NaN where they are too large."""
    predictor.rebind(theta.astype(problem.X.dtype, copy=False))
    with np.errstate(over="ignore", invalid="ignore"):
        return data_loss(problem, predictor.scores(problem.X))


def _predictor(standing: Standing) -> Predictor:
    plan = standing.plan
    return fastest(plan).predictor(plan.network, standing.theta.astype(plan.dtype, copy=False))
