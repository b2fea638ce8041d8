"""L-BFGS as a generator: SciPy's minimizer runs in a thread of its own and hands over one iteration at a time."""

import queue
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.engine import Reference
from mlnn.gate import Step
from mlnn.objective import Problem, penalty_value
from mlnn.optimizer import LBFGS


def minimize(
    problem: Problem,
    start: Array,
    settings: LBFGS,
    iterations: int,
    factors: tuple[float, float],
    engine: Reference,
) -> Iterator[tuple[Array, float, int]]:
    """Yield θ, the data loss and the evaluations of J so far, after each iteration of L-BFGS on J.

    J must be one function, so dropout keeps the mask of one fixed step. SciPy calls back and a generator is called:
    the two meet in a pair of queues, and each waits for the other, so that only one of them ever works. Closing the
    generator stops SciPy at the iteration it has just reported; where an interrupt comes while SciPy works, it reports
    once more and then ends, for which the queue of results has a second place.
    """
    results: queue.Queue[tuple[Array, float, int] | BaseException | None] = queue.Queue(2)
    wanted: queue.Queue[bool] = queue.Queue(1)
    noise, evaluations = Step(), 0
    data_factor, penalty_factor = factors
    moves = problem.network.rates > 0.0

    def objective(point: Array) -> tuple[float, Array]:
        nonlocal evaluations
        evaluations += 1
        value, slope = engine.loss_and_gradient(problem, point.astype(start.dtype), noise, data_factor, penalty_factor)
        return value, np.where(moves, slope, 0.0).astype(np.float64)

    def after_iteration(intermediate_result: Any) -> None:
        theta = intermediate_result.x.astype(start.dtype)
        loss = (float(intermediate_result.fun) - penalty_factor * penalty_value(problem, theta)) / data_factor
        engine.observe(problem, theta, noise)
        results.put((theta, loss, evaluations))
        if not wanted.get():
            raise StopIteration

    def work() -> None:
        from scipy.optimize import minimize as scipy_minimize  # here, because importing it takes a while

        options = {
            "maxiter": iterations,
            "maxcor": settings.history,
            "gtol": settings.tolerance,
            "maxfun": settings.evaluations,
        }
        try:
            point = start.astype(np.float64)
            scipy_minimize(objective, point, jac=True, method="L-BFGS-B", callback=after_iteration, options=options)
            results.put(None)
        except BaseException as failure:  # raised again below, where the caller can see it
            results.put(failure)

    worker = threading.Thread(target=work, name="L-BFGS", daemon=True)
    worker.start()
    try:
        while (result := results.get()) is not None:
            if isinstance(result, BaseException):
                raise result
            yield result
            wanted.put(True)
    finally:
        if worker.is_alive():
            wanted.put(False)
            worker.join()
