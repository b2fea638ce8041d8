"""How good weights are that no epoch was measured at: those somebody set, and those to go back to."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlnn.array import Array
from mlnn.objective import Problem, data_loss
from mlnn.play.standing import Standing, fastest


def judged(standing: Standing) -> Standing:
    """Return a place with the losses of its weights as they are; what the last epoch came to does not tell of them."""
    plan, theta = standing.plan, standing.weights
    valid = math.nan if plan.valid is None else _loss(standing, theta, plan.valid)
    point = standing.point._replace(loss=_loss(standing, theta, plan.problem), objective=math.nan, validLoss=valid)
    return replace(standing, point=point)


def last_good(places: Sequence[Standing], standing: Standing) -> Standing:
    """Return where a run that diverges was last no worse than at its beginning.

    Parameters
    ----------
    places : sequence of Standing
        Where it can go back to, the beginning first.
    standing : Standing
        Where it stood before its last steps, whose plan is to go on.
    """
    problem, start = standing.plan.problem, places[0]
    worst = _loss(standing, start.theta, problem)
    for place in (standing, *reversed(places)):
        if _loss(standing, place.theta, problem) <= worst:
            return place
    return start


def _loss(standing: Standing, theta: Array, problem: Problem) -> float:
    """Return the mean loss of some weights on some rows, infinite or NaN where they are too large."""
    network, theta = standing.plan.network, theta.astype(standing.plan.dtype)
    with np.errstate(over="ignore", invalid="ignore"), fastest(standing.plan).predictor(network, theta) as predictor:
        return data_loss(problem, predictor.scores(problem.X))
