"""L-BFGS as a generator: SciPy's minimizer runs in a thread of its own and hands over one iteration at a time."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.engine import Reference
from mlnn.gate import Step
from mlnn.objective import Problem, penalty_value
from mlnn.optimizer import LBFGS

_turn = threading.Lock()


@contextmanager
def _one_thread(libraries: Any) -> Iterator[None]:
    """Hold NumPy's and SciPy's BLAS to one thread while SciPy works.

    The vectors of L-BFGS are too short to be shared: threads of BLAS would spin, several times as long as the work
    takes. Their number is the process's affair, and it must be set back to what it was; so of many that train at a time
    one sets it, and the others have it so as long as that one works.
    """
    if not _turn.acquire(blocking=False):
        yield
        return
    try:
        with libraries.limit(limits=1, user_api="blas"):
            yield
    finally:
        _turn.release()


def minimize(
    problem: Problem,
    start: Array,
    settings: LBFGS,
    iterations: int,
    factors: tuple[Array, Array],
    engine: Reference,
) -> Iterator[tuple[Array, float]]:
    """Yield θ and the data loss after each iteration of L-BFGS on J.

    J must be one function, so dropout keeps the mask of one fixed step. SciPy calls back and a generator is called:
    the two meet in a pair of queues, and each waits for the other, so that only one of them ever works. Closing the
    generator stops SciPy at the iteration it has just reported; where an interrupt comes while SciPy works, it reports
    once more and then ends, for which the queue of results has a second place.
    """
    from scipy.optimize import minimize as scipy_minimize  # here, because importing it takes a while
    from threadpoolctl import ThreadpoolController  # SciPy's libraries must be there for it to find them

    results: queue.Queue[tuple[Array, float] | BaseException | None] = queue.Queue(2)
    wanted: queue.Queue[bool] = queue.Queue(1)
    noise = Step()
    data_factor, penalty_factor = float(factors[0][0]), float(factors[1][0])
    moves = problem.network.rates > 0.0

    def objective(point: Array) -> tuple[float, Array]:
        value, slope = engine.loss_and_gradient(problem, point.astype(start.dtype), noise, data_factor, penalty_factor)
        return value, np.where(moves, slope, 0.0).astype(np.float64)

    def after_iteration(intermediate_result: Any) -> None:
        theta = intermediate_result.x.astype(start.dtype)
        loss = (float(intermediate_result.fun) - penalty_factor * penalty_value(problem, theta)) / data_factor
        engine.observe(problem, theta, noise)
        results.put((theta, loss))
        if not wanted.get():
            raise StopIteration

    def work() -> None:
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

    worker = threading.Thread(target=copy_context().run, args=(work,), name="L-BFGS", daemon=True)
    libraries = ThreadpoolController()
    go_on: Callable[[], None] = worker.start
    try:
        while True:
            with _one_thread(libraries):
                go_on()
                result = results.get()
            if result is None:
                return
            if isinstance(result, BaseException):
                raise result
            yield result
            go_on = partial(wanted.put, True)
    finally:
        if worker.is_alive():
            wanted.put(False)
            worker.join()
