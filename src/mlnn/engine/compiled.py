"""The compiled engine: the reference's formulas, traced when mlnn was built, and many steps in one native call."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, final

import numpy as np
import numpy.typing as npt

from mlnn.array import Array, is_sparse
from mlnn.engine import machine, parts
from mlnn.engine import plan as planner
from mlnn.engine.base import Block, BoundEngine, Engine, Member, Predictor, network_of
from mlnn.engine.machine import native_module
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, SGD, Optimizer

ROWS_TO_SHARE = 256
"""Rows whose prediction takes long enough to let other threads of Python's go on meanwhile."""


@final
class Compiled(Engine):
    """Runs networks of mlnn's own gates in C++, in the type of θ, and gives the reference's numbers.

    Parameters
    ----------
    threads : int, optional
        The most threads to use where a step is long enough to share; by default as many as there are cores, or as
        ``OMP_NUM_THREADS`` says; in either case no more than ``limit_threads`` allows. Their number changes no bit of
        the result.

    Raises
    ------
    ImportError
        If mlnn was built without its native part.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or machine.available()
        self._native = native_module()

    @property
    def threads(self) -> int:
        """Return how many threads to use at most, here and now."""
        return machine.limited(self._threads)

    def supports(self, problem: Problem | Network, optimizer: Optimizer | LBFGS | None = None) -> str | None:
        """Return None, or why this engine cannot run this: its network, output, penalty and optimizer."""
        network = network_of(problem)
        try:
            _remembered(planner.plan, network, self._native)
            if isinstance(problem, Problem) or isinstance(optimizer, Optimizer):
                rule = optimizer if isinstance(optimizer, Optimizer) else SGD()
                penalty = problem.penalty if isinstance(problem, Problem) else None
                _remembered(parts.optimizer, rule, penalty, self._native)
        except parts.Unsupported as reason:
            return str(reason)
        return None

    def explain(self, problem: Problem | Network, batch_size: float = np.inf, dtype: npt.DTypeLike = np.float32) -> str:
        """Return in words what this engine will do with a network and a batch: its stages, tiles, blocks and vectors.

        Raises
        ------
        ValueError
            If it cannot run it.

        Examples
        --------
        >>> for decision in Compiled().explain(Network.dense([784, 256, 10])).split("; "):
        ...     print(decision)
        dense 784→256 tanh → dense 256→10 softmax
        rows are gathered (not where they need no order)
        tiles of 512 rows
        2 blocks from 97 rows
        threads from 6 rows
        gradients of products stay factors up to 8 rows
        weights of stage 2 transposed from 2 rows
        vectors hold units
        """
        network = network_of(problem)
        return planner.plan(network, self._native, dtype, rows=batch_size).words(network)

    def bind(self, problem: Problem, optimizer: Optimizer | None = None) -> "BoundCompiled":
        """Return the engine bound to a problem, with memory of its own.

        Raises
        ------
        ValueError
            If it cannot run it.
        """
        if reason := self.supports(problem, optimizer):
            raise ValueError(f"the compiled engine cannot run this: {reason}")
        return BoundCompiled(self, problem, optimizer)

    def predictor(self, network: Network, theta: Array) -> "CompiledPredictor":
        """Return a predictor bound to a copy of θ, whose call takes about a microsecond.

        It checks shapes and types and nothing else. It serves one user at a time.
        """
        return CompiledPredictor(self, network, theta)

    def trainer(self, problem: Problem, dtype: npt.DTypeLike, rows: int, zeros: bool) -> Any:
        """Return a new native trainer for a problem, a type of numbers and so many rows a step."""
        entries = problem.X.nnz / max(problem.X.shape[0], 1) if is_sparse(problem.X) else None  # type: ignore[attr-defined]
        plan = _remembered(planner.plan, problem.network, self._native, np.dtype(dtype), rows, entries, zeros)
        return self._class("Trainer", dtype)(plan)

    def predicting(self, network: Network, dtype: npt.DTypeLike) -> tuple[Any, planner.Prediction]:
        """Return a new native predictor for a network and a type of numbers, and the plans that it has."""
        prediction = _remembered(planner.prediction, network, self._native, np.dtype(dtype))
        return self._class("Predictor", dtype)(prediction.plans), prediction

    def _class(self, name: str, dtype: npt.DTypeLike) -> Any:
        bits = {"float32": 32, "float64": 64}.get(np.dtype(dtype).name)
        if bits is None:
            raise TypeError(f"the compiled engine computes in float32 or float64, but θ is {np.dtype(dtype)}")
        return getattr(self._native, f"{name}{bits}")

    def steps_of(self, problem: Problem, optimizer: Optimizer) -> Any:
        """Return an optimizer and a penalty as native code reads them."""
        return _remembered(parts.optimizer, optimizer, problem.penalty, self._native)


@final
class BoundCompiled(BoundEngine):
    """The compiled engine at work on a problem: its native memory, one native engine for each thread's member."""

    def __init__(self, engine: Compiled, problem: Problem, optimizer: Optimizer | None) -> None:
        self.problem, self._engine = problem, engine
        self._optimizer = None if optimizer is None else engine.steps_of(problem, optimizer)
        self._natives: dict[tuple[Any, bool, bool], list[Any]] = {}  # by type, and by what the rows of a step allow
        self._data: dict[Any, tuple[Any, ...]] = {}
        self._zeros = not is_sparse(problem.X) and planner.mostly_zeros(problem.X)
        self._closed = False

    def run(self, members: Sequence[Member], blocks: Sequence[Block]) -> list[Array]:
        """Take every member's steps in one native call; return the losses of those measured, one matrix a member.

        A single member has all threads; of several, every one runs on one thread, as many at a time as there are
        threads, and its numbers are to the last bit those that it would have alone. An interrupt is heard within a
        few hundredths of a second and leaves every member where its own last complete step left it.
        """
        if self._optimizer is None:
            raise ValueError("steps need an optimizer: bind(problem, optimizer)")
        dtype = members[0].theta.dtype
        start, stop = blocks[0].bounds[0]
        threads = self._engine.threads
        trainers = self._some(dtype, int(stop - start), min(threads, len(members)))
        losses = [np.zeros((block.measured_steps, 2)) for block in blocks]
        described = [
            (theta, list(state), *_steps(block), measured)
            for (theta, state), block, measured in zip(members, blocks, losses, strict=True)
        ]
        type(trainers[0]).run(trainers, *self._rows(dtype), self._optimizer, described, threads)
        return losses

    def close(self) -> None:
        """Free the memory; a closed engine runs no more."""
        self._natives, self._data, self._closed = {}, {}, True

    def _data_loss_and_gradient(self, theta: Array, step: Step | None, factor: float) -> tuple[float, Array]:
        gradient = np.zeros_like(theta)
        noise = None if step is None else (step.seed % (1 << 64), step.number)
        (trainer,) = self._some(theta.dtype, self.problem.X.shape[0])
        loss = trainer.loss_and_gradient(theta, *self._rows(theta.dtype), noise, factor, gradient, self._engine.threads)
        return loss, gradient

    def _some(self, dtype: Any, rows: int, count: int = 1) -> list[Any]:
        """Return native trainers for a type of numbers and so many rows a step."""
        if self._closed:
            raise RuntimeError("this bound engine is closed")
        network = self.problem.network
        zeros = self._zeros and rows >= planner.SIEVED_FROM
        mine = self._natives.setdefault((dtype, planner.is_narrow(network, rows), zeros), [])
        while len(mine) < count:
            mine.append(self._engine.trainer(self.problem, dtype, rows, zeros))
        return mine[:count]

    def _rows(self, dtype: Any) -> tuple[Any, ...]:
        """Return the problem's rows, targets and weights as native code reads them."""
        if dtype not in self._data:
            self._data[dtype] = _data(self.problem, dtype)
        return self._data[dtype]


@final
class CompiledPredictor(Predictor):
    """A network with a copy of its θ in native memory, and the memory of a forward pass."""

    __slots__ = ("_columns", "_dtype", "_engine", "_few", "_native", "_network", "_plans", "_predict")

    def __init__(self, engine: Compiled, network: Network, theta: Array) -> None:
        self._engine, self._network, self._dtype = engine, network, theta.dtype
        self._columns = network.widths[-1]
        self._native, self._plans = engine.predicting(network, theta.dtype)
        self._native.bind(theta)
        self._few = min(ROWS_TO_SHARE, self._plans.columns_from, self._plans.sieved_from)
        self._predict: Callable[[Array, Array], None] = self._native.predict

    def __call__(self, X: Array, out: Array | None = None) -> Array:
        """Return the predictions for rows X, in ``out`` where it is given."""
        if type(X) is not np.ndarray and is_sparse(X):
            return self._run(X, np.empty((X.shape[0], self._columns), self._dtype), only_scores=False)
        if out is None:
            out = np.empty((len(X), self._columns), self._dtype)
        if len(X) < self._few:
            try:
                self._predict(X, out)
            except (TypeError, ValueError):
                self._predict(_rows(X, self._dtype), out)
            return out
        return self._run(X, out, only_scores=False)

    def scores(self, X: Array) -> Array:
        """Return the scores S of shape (N, K) for rows X."""
        return self._run(X, np.empty((X.shape[0], self._columns), self._dtype), only_scores=True)

    def rebind(self, theta: Array) -> None:
        """Look at a copy of another θ from now on."""
        self._native.bind(theta.astype(self._dtype, copy=False))

    def close(self) -> None:
        """Free the memory; a closed predictor predicts no more."""
        self._native, self._predict, self._few = None, _closed, ROWS_TO_SHARE

    def _run(self, X: Array, out: Array, only_scores: bool) -> Array:
        if self._native is None:
            _closed()
        plan, threads = self._plans.choose(X, self._engine.threads)
        self._native.run(_rows(X, self._dtype), out, plan, only_scores, threads)
        return out


def _closed(*_: object) -> None:
    raise RuntimeError("this predictor is closed")


@lru_cache(maxsize=256)
def _kept(function: Callable[..., Any], *settings: Any) -> Any:
    return function(*settings)


def _remembered(function: Callable[..., Any], *settings: Any) -> Any:
    """Return what a function of frozen settings returned before: planning takes as long as steps of small networks."""
    try:
        return _kept(function, *settings)
    except TypeError:  # somebody's own settings have no hash
        return function(*settings)


def _rows(X: Array, dtype: npt.DTypeLike) -> Any:
    """Return X in the engine's type, a copy only where it must change: neighbouring columns, or the parts of a CSR."""
    X = X.astype(dtype, copy=False)
    if is_sparse(X):
        compressed: Any = X.tocsr()  # type: ignore[attr-defined]
        starts, columns = compressed.indptr.astype(np.int64), compressed.indices.astype(np.int32, copy=False)
        return starts, columns, compressed.data, *compressed.shape
    return X if X.strides[1] == X.itemsize or X.shape[1] == 1 else np.ascontiguousarray(X)


def _data(problem: Problem, dtype: npt.DTypeLike) -> tuple[Any, Array, Array | None]:
    y = problem.y if problem.y.dtype.kind in "iu" else _rows(problem.y, dtype)
    weights = None if problem.weights is None else np.ascontiguousarray(problem.weights, dtype)
    y = y.T.ravel() if y.ndim == 2 and y.dtype.kind in "iu" else y  # class numbers lie question after question
    return _rows(problem.X, dtype), np.ascontiguousarray(y), weights


def _steps(block: Block) -> tuple[Any, ...]:
    """Return a block as native code reads it."""
    return (
        None if block.order is None else np.ascontiguousarray(block.order, np.int64),
        block.first_step,
        block.bounds,
        block.rates,
        block.data_factors,
        block.penalty_factors,
        list(block.coefficients),
        block.measured_from,
        block.seed % (1 << 64),
    )
