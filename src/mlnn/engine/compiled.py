"""The compiled engine: the reference's formulas, traced when mlnn was built, and many steps in one native call."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mlnn.array import Array, is_sparse
from mlnn.engine import machine
from mlnn.engine import plan as planner
from mlnn.engine.base import Block, Predictor
from mlnn.engine.machine import native_module
from mlnn.engine.reference import Reference
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import Optimizer, State
from mlnn.penalty import Penalty

KEPT = 16
"""Networks whose native engine is kept for the next call."""

ROWS_TO_SHARE = 256
"""Rows whose prediction takes long enough to let other threads of Python's go on meanwhile."""


class Compiled(Reference):
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
        self._engines: OrderedDict[tuple[Network, str, bool, bool], list[Any]] = OrderedDict()
        # The last answers, found by identity: to compare networks by value takes as long as a step of a small one.
        self._last: tuple[object, object, bool, bool, list[Any]] = None, None, False, False, []
        self._described: tuple[object, object, Any] = None, None, None
        self._supported: tuple[object, object] = None, None

    @property
    def threads(self) -> int:
        """Return how many threads to use at most, here and now."""
        return machine.limited(self._threads)

    def supports(self, network: Network, optimizer: object = None) -> str | None:
        """Return None, or why this engine cannot run the network."""
        if self._supported[0] is network and self._supported[1] is optimizer:
            return None
        try:
            planner.plan(network, self._native)
            planner.output(network.output, network.widths[-1], self._native)
            if isinstance(optimizer, Optimizer):
                planner.optimizer(optimizer, None, self._native)
        except planner.Unsupported as reason:
            return str(reason)
        self._supported = network, optimizer
        return None

    def explain(self, network: Network, batch_size: float = np.inf, dtype: npt.DTypeLike = np.float32) -> str:
        """Return in words what this engine will do with a network and a batch: its stages, tiles, blocks and vectors.

        Raises
        ------
        ValueError
            If it cannot run it.

        Examples
        --------
        >>> Compiled().explain(Network.dense([784, 256, 10]))
        'dense 784→256 tanh → dense 256→10 softmax; tiles of 512 rows, in 2 blocks at most; vectors hold units'
        """
        return planner.plan(network, self._native, dtype, rows=batch_size).words(network)

    def scores(self, network: Network, theta: Array, X: Array) -> Array:
        """Return the scores S of shape (N, K) for rows X, as in prediction."""
        scores = np.empty((X.shape[0], network.widths[-1]), theta.dtype)
        (engine,) = self._some(network, theta.dtype, is_sparse(X), X.shape[0])
        engine.scores(theta, _rows(X, theta.dtype), scores, self.threads)
        return scores

    def predict(self, network: Network, theta: Array, X: Array) -> Array:
        """Return the output's predictions for rows X."""
        if is_sparse(X):
            return super().predict(network, theta, X)
        (native,) = self._some(network, theta.dtype, False, X.shape[0])
        native.bind(theta)
        predictions = np.empty((X.shape[0], network.widths[-1]), theta.dtype)
        if X.shape[0] < ROWS_TO_SHARE:
            native.predict(_rows(X, theta.dtype), predictions)
        else:
            native.predict_on(_rows(X, theta.dtype), predictions, self.threads)
        return predictions

    def predictor(self, network: Network, theta: Array) -> Predictor:
        """Return a function of rows alone, bound to a copy of ``theta``, whose call takes about a microsecond.

        It checks shapes and types and nothing else: rows must be a matrix in the type of ``theta``. It serves one
        thread at a time.
        """
        native = self._build(network, theta.dtype, rows=1)
        native.bind(theta)
        predict, columns, dtype = native.predict, network.widths[-1], theta.dtype

        def predictor(X: Array, out: Array | None = None) -> Array:
            if out is None:
                out = np.empty((len(X), columns), dtype)
            predict(X, out)
            return out

        return predictor

    def data_loss_and_gradient(
        self, problem: Problem, theta: Array, step: Step | None, factor: float
    ) -> tuple[float, Array]:
        """Return the data's term of J times its factor, and its gradient."""
        gradient = np.zeros_like(theta)
        noise = None if step is None else (step.seed % (1 << 64), step.number)
        rows = problem.X.shape[0]
        (engine,) = self._some(problem.network, theta.dtype, is_sparse(problem.X), rows)
        loss = engine.loss_and_gradient(theta, *_data(problem, theta.dtype), noise, factor, gradient, self.threads)
        return loss, gradient

    def run(self, problem: Problem, theta: Array, state: State, optimizer: Optimizer, block: Block) -> Array:
        """Take the block's steps, changing ``theta`` and ``state`` in place; return the losses of those measured.

        An interrupt from the keyboard is heard within a few hundredths of a second and leaves θ and the state as the
        last complete step made them.
        """
        return self.run_members(problem, [theta], [state], optimizer, [block])[0]

    def run_members(
        self,
        problem: Problem,
        thetas: Sequence[Array],
        states: Sequence[State],
        optimizer: Optimizer,
        blocks: Sequence[Block],
    ) -> list[Array]:
        """Take every member's steps in one native call; return the losses of those measured, one matrix a member.

        Every member runs on one thread, as many at a time as this engine has threads, and its numbers are to the last
        bit those that it would have alone. An interrupt leaves every member where its own last complete step left it.
        """
        dtype = thetas[0].dtype
        start, stop = blocks[0].bounds[0]
        count = min(self.threads, len(thetas))
        engines = self._some(problem.network, dtype, is_sparse(problem.X), int(stop - start), count)
        losses = [np.zeros((block.measured_steps, 2)) for block in blocks]
        members = [
            (theta, list(state), *_steps(block), measured)
            for theta, state, block, measured in zip(thetas, states, blocks, losses, strict=True)
        ]
        rule = self._optimizer(optimizer, problem.penalty)
        type(engines[0]).run(engines, *_data(problem, dtype), rule, members, self.threads)
        return losses

    def _some(self, network: Network, dtype: npt.DTypeLike, sparse: bool, rows: int, count: int = 1) -> list[Any]:
        """Return native engines for a network, a type of numbers and so many rows: the last few are kept."""
        narrow = planner.is_narrow(network, rows)
        if not (self._last[0] is network and self._last[1:4] == (dtype, sparse, narrow)):
            key = (network, np.dtype(dtype).name, sparse, narrow)
            self._last = network, dtype, sparse, narrow, self._engines.setdefault(key, [])
            if len(self._engines) > KEPT:
                self._engines.popitem(last=False)
        kept = self._last[4]
        while len(kept) < count:
            kept.append(self._build(network, dtype, sparse, rows))
        return kept[:count]

    def _optimizer(self, optimizer: Optimizer, penalty: Penalty | None) -> Any:
        """Return an optimizer and a penalty as native code reads them."""
        if self._described[0] is not optimizer or self._described[1] is not penalty:
            self._described = optimizer, penalty, planner.optimizer(optimizer, penalty, self._native)
        return self._described[2]

    def _build(self, network: Network, dtype: npt.DTypeLike, sparse: bool = False, rows: float = np.inf) -> Any:
        kind = {"float32": self._native.Engine32, "float64": self._native.Engine64}[np.dtype(dtype).name]
        plan = planner.plan(network, self._native, dtype, sparse, rows)
        output = planner.output(network.output, network.widths[-1], self._native)
        how = (plan.tile, plan.blocks, plan.least_rows, plan.narrow)
        return kind(network.inputs, plan.stages, planner.tensors(network), output, *how)


def _rows(X: Array, dtype: npt.DTypeLike) -> Any:
    """Return X in the engine's type, a copy only where it must change: neighbouring columns, or the parts of a CSR."""
    X = X.astype(dtype, copy=False)
    if is_sparse(X):
        compressed: Any = X.tocsr()  # type: ignore[attr-defined]
        starts, columns = (each.astype(np.int32, copy=False) for each in (compressed.indptr, compressed.indices))
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
