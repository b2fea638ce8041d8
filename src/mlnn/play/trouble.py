"""Why training stopped by itself, in words: what happened, and what the cause may be."""

import math

import numpy as np

from mlnn.graph import word
from mlnn.objective import data_derivative, forward
from mlnn.optimizer import Optimizer
from mlnn.play.searcher import Converged
from mlnn.play.standing import Standing
from mlnn.training import Diverged, sum_of_rows

HUGE = 1e4
"""The size of a gate's outputs from which they count as exploding."""


def told_trouble(standing: Standing, problem: Exception) -> dict[str, str]:
    """Return what to tell of an exception that ended training, and its likely cause."""
    if isinstance(problem, Converged):
        return {"message": str(problem), "cause": "This is a minimum, or flat: another start may find a lower one."}
    if not isinstance(problem, Diverged):
        why = str(problem) or type(problem).__name__
        return {"message": why, "cause": "Nothing is lost: the weights are those of the last good step."}
    message = f"Training diverged after step {standing.step:,}: the loss or a weight was no longer finite."
    return {"message": f"{message} The last good weights are back.", "cause": likely_cause(standing)}


def likely_cause(standing: Standing) -> str:
    """Return the likely cause of a divergence, by a look at the last good weights."""
    plan = standing.plan
    network, recipe = plan.network, plan.recipe
    causes = []
    rate = recipe.optimizer.rate if isinstance(recipe.optimizer, Optimizer) else math.nan
    with np.errstate(all="ignore"):
        tape = forward(network, network.views(standing.weights), plan.problem.X)
        for gate, values in zip(network.gates, tape.values[1:], strict=True):
            largest = float(np.abs(values).max(initial=0.0))
            if not largest < HUGE:
                causes.append(f"The outputs of {word(gate)} have grown to {largest:.2g}: activations explode.")
                break
        slope = float(np.abs(data_derivative(plan.problem, tape.scores) * len(plan.problem.X)).max(initial=0.0))
    if slope > HUGE:
        causes.append(f"The loss has slopes of {slope:.2g} there: a large error makes a large step.")
    if recipe.convention is sum_of_rows:
        rows = min(recipe.batch_size or len(plan.problem.X), len(plan.problem.X))
        causes.append(f"Gradients are summed over {rows:,} rows, so steps are {rows:,} times as long as by their mean.")
    if rate == rate:
        causes.append(f"The learning rate {rate:g} is probably too high: try {rate / 10:g}.")
    return " ".join(causes)
