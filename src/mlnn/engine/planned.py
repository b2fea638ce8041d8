"""Plans as native code has them, each made once: planning takes as long as steps of small networks."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from mlnn.engine import parts
from mlnn.engine import plan as planner
from mlnn.network import Network
from mlnn.optimizer import Optimizer
from mlnn.penalty import Penalty


@lru_cache(maxsize=256)
def _kept(function: Callable[..., Any], *settings: Any) -> Any:
    return function(*settings)


def remembered(function: Callable[..., Any], *settings: Any) -> Any:
    """Return what a function of frozen settings returned before."""
    try:
        return _kept(function, *settings)
    except TypeError:  # somebody's own settings have no hash
        return function(*settings)


def plan(
    network: Network, native: Any, dtype: Any, rows: int, entries: float | None, zeros: bool, parts: int | None
) -> planner.Plan:
    """Return the plan of steps."""
    return planner.plan(network, native, dtype, rows, entries, zeros, parts=parts)


def native_plan(network: Network, native: Any, *settings: Any) -> Any:
    """Return the same for native code."""
    return native.Plan(plan(network, native, *settings))


def native_prediction(network: Network, native: Any, dtype: Any) -> tuple[planner.Prediction, list[Any]]:
    """Return the plans of predictions, and those plans for native code."""
    prediction = planner.prediction(network, native, dtype)
    return prediction, [native.Plan(plan) for plan in prediction.plans]


def native_update(optimizer: Optimizer, penalty: Penalty | None, native: Any) -> Any:
    """Return an optimizer and a penalty for native code."""
    return native.Update(parts.optimizer(optimizer, penalty, native))
