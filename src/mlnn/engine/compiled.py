"""The compiled engine: the reference's formulas, traced when mlnn was built, and many steps in one native call."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, final

import numpy as np
import numpy.typing as npt
from numpy import empty, ndarray

from mlnn.array import Array, all_finite, is_sparse, whole_number
from mlnn.engine import machine, parts, planned
from mlnn.engine import plan as planner
from mlnn.engine.arrays import data_of, rows_of, steps_of
from mlnn.engine.base import Block, BoundEngine, Engine, Member, Predictor, complete, network_of
from mlnn.engine.boundary import require_at_hand
from mlnn.engine.machine import native_module
from mlnn.engine.peers import Peers
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, SGD, Optimizer

BITS = {np.dtype(np.float32): 32, np.dtype(np.float64): 64}
"""The types that it computes in."""

ROWS_TO_SHARE = 256
"""Rows whose prediction takes long enough to let other threads of Python's go on meanwhile."""

MOST_THREADS = 1 << 10
"""More are never begun, whoever asks for them."""


@final
class Compiled(Engine):
    """Runs networks of mlnn's own gates in C++, in the type of θ, and gives the reference's numbers.

    Parameters
    ----------
    threads : int, optional
        The most threads to use where a step is long enough to share; by default as many as there are cores, or as
        ``OMP_NUM_THREADS`` says; in either case no more than ``limit_threads`` allows. Their number changes no bit of
        the result.
    parts : int, optional
        Into how many parts a step's rows are cut, each with a gradient of its own: a power of two. By default as many
        as pay on one machine, 1 to 8. The last bits depend on it. A batch that batch normalization must see as a whole
        is never cut.
    peers : Peers, optional
        Others who take the same steps at the same time, and go through some of the parts.

    Raises
    ------
    ValueError
        If ``parts`` is no power of two.
    ImportError
        If mlnn was built without its native part.
    """

    def __init__(self, threads: int | None = None, parts: int | None = None, peers: Peers | None = None) -> None:
        self._threads = machine.available() if threads is None else min(whole_number("threads", threads), MOST_THREADS)
        self._native = native_module()
        self.parts = None if parts is None else whole_number("parts", parts)
        if self.parts is not None and self.parts.bit_count() != 1:
            raise ValueError(f"parts must be a power of two, but got {parts}")
        self.peers = peers

    @property
    def threads(self) -> int:
        """Return how many threads to use at most, here and now."""
        return machine.limited(self._threads)

    @property
    def arithmetic(self) -> str:
        instructions = self._native.__name__.rpartition("_")[2]
        return instructions if self.parts is None else f"{instructions}, {self.parts} parts"

    def supports(self, problem: Problem | Network, optimizer: Optimizer | LBFGS | None = None) -> str | None:
        network = network_of(problem)
        try:
            planned.remembered(planner.plan, network, self._native)
            if isinstance(problem, Problem) or isinstance(optimizer, Optimizer):
                rule = optimizer if isinstance(optimizer, Optimizer) else SGD()
                penalty = problem.penalty if isinstance(problem, Problem) else None
                planned.remembered(parts.optimizer, rule, penalty, self._native)
        except parts.Unsupported as reason:
            return str(reason)
        return None

    def explain(self, problem: Problem | Network, batch_size: float = np.inf, dtype: npt.DTypeLike = np.float32) -> str:
        """Return in words what this engine will do with a network and a batch: its stages, tiles, blocks and vectors.

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
        return planner.plan(network, self._native, dtype, rows=batch_size, parts=self.parts).words(network)

    def bind(self, problem: Problem, optimizer: Optimizer | None = None) -> "BoundCompiled":
        if reason := self.supports(problem, optimizer):
            raise ValueError(f"the compiled engine cannot run this: {reason}")
        return BoundCompiled(self, require_at_hand(problem), optimizer)

    def predictor(self, network: Network, theta: Array) -> "CompiledPredictor":
        """Return a predictor bound to a copy of θ, whose call takes about a microsecond.

        It checks shapes and types and nothing else. It serves one user at a time.
        """
        return CompiledPredictor(self, network, theta)

    def plan(self, problem: Problem, dtype: npt.DTypeLike, rows: int, zeros: bool) -> Any:
        """Return the native plan for a problem, a type of numbers and so many rows a step."""
        return planned.remembered(
            planned.native_plan, problem.network, self._native, *self._settings(problem, dtype, rows, zeros)
        )

    def parts_of(self, problem: Problem, dtype: npt.DTypeLike, step: int, rows: int) -> int:
        """Return into how many parts a step is cut, where steps are planned for so many rows."""
        settings = self._settings(problem, dtype, rows, False)
        return planned.remembered(planned.plan, problem.network, self._native, *settings).blocks(step)

    def _settings(self, problem: Problem, dtype: npt.DTypeLike, rows: int, zeros: bool) -> tuple[Any, ...]:
        entries = problem.X.nnz / max(problem.X.shape[0], 1) if is_sparse(problem.X) else None  # type: ignore[attr-defined]
        return np.dtype(dtype), rows, entries, zeros, self.parts

    def prediction(self, network: Network, dtype: npt.DTypeLike) -> tuple[planner.Prediction, list[Any]]:
        """Return the plans for predictions, and those plans as native code has them."""
        return planned.remembered(planned.native_prediction, network, self._native, np.dtype(dtype))

    def native(self, name: str, dtype: npt.DTypeLike) -> Any:
        """Return the native class of this name that computes in this type."""
        bits = BITS.get(np.dtype(dtype))
        if bits is None:
            raise TypeError(f"the compiled engine computes in float32 or float64, but θ is {np.dtype(dtype)}")
        return getattr(self._native, f"{name}{bits}")

    def group(self) -> Any:
        """Return the peers, where there are some, as native code knows them."""
        if (peers := self.peers) is None:
            return None
        return self._native.Group(peers.rank, peers.size, peers.exchange)

    def update(self, problem: Problem, optimizer: Optimizer) -> Any:
        """Return an optimizer and a penalty as native code has them."""
        return planned.remembered(planned.native_update, optimizer, problem.penalty, self._native)


@final
class BoundCompiled(BoundEngine):
    """The compiled engine at work on a problem: its rows, checked, and its native memory, a trainer for each thread."""

    def __init__(self, engine: Compiled, problem: Problem, optimizer: Optimizer | None) -> None:
        self.problem, self._engine = problem, engine
        self._update = None if optimizer is None else engine.update(problem, optimizer)
        self._trainers: dict[tuple[Any, bool, bool], tuple[Any, list[Any]]] = {}  # by type, and by what rows allow
        self._data: dict[Any, Any] = {}
        self._zeros = not is_sparse(problem.X) and planner.mostly_zeros(problem.X)
        self._closed = False

    def run(self, members: Sequence[Member], blocks: Sequence[Block], stop: object = None) -> list[Array]:
        """Take every member's steps in one native call; return the losses of those measured, one matrix a member.

        A single member has all threads; of several, every one runs on one thread, as many at a time as there are
        threads, taking turns where they do not come out even, and its numbers are to the last bit those that it would
        have alone.
        """
        if self._update is None:
            raise ValueError("steps need an optimizer: bind(problem, optimizer)")
        if not members:
            return []
        bounds, threads, dtype = blocks[0].bounds, self._engine.threads, members[0].theta.dtype
        first = bounds[0].tolist() if bounds.ndim == 2 and bounds.size else [0, 1]
        rows = blocks[0].rows or first[-1] - first[0]
        count = min(threads, len(members), machine.cores())
        data, trainers = self._some(dtype, rows, count)
        losses = [np.zeros((block.measured_steps, 2)) for block in blocks]
        described = [
            (theta, list(state), *steps_of(block), measured)
            for (theta, state), block, measured in zip(members, blocks, losses, strict=True)
        ]
        group = None if len(members) > 1 else self._engine.group()
        taken = type(trainers[0]).run(trainers, data, self._update, described, threads, stop, group)
        return complete(blocks, taken, losses)

    def close(self) -> None:
        self._trainers, self._data, self._closed = {}, {}, True

    def _data_loss_and_gradient(self, theta: Array, step: Step | None, factor: float) -> tuple[float, Array]:
        data, (trainer,) = self._some(theta.dtype, self.problem.X.shape[0], 1)
        gradient = np.zeros(theta.size, theta.dtype)
        noise = None if step is None else (step.seed % (1 << 64), step.number)
        loss = trainer.loss_and_gradient(
            np.ascontiguousarray(theta), data, noise, factor, gradient, self._engine.threads
        )
        return loss, gradient

    def _some(self, dtype: Any, rows: int, count: int) -> tuple[Any, list[Any]]:
        """Return the rows, and so many trainers, for a type of numbers and so many rows a step."""
        if self._closed:
            raise RuntimeError("this bound engine is closed")
        problem, engine = self.problem, self._engine
        zeros = self._zeros and rows >= planner.SIEVED_FROM
        key = dtype, planner.is_narrow(problem.network, rows), zeros
        if key not in self._trainers:
            self._trainers[key] = engine.plan(problem, dtype, rows, zeros), []
        plan, trainers = self._trainers[key]
        while len(trainers) < count:
            trainers.append(engine.native("Trainer", dtype)(plan))
        if dtype not in self._data:
            self._data[dtype] = engine.native("Data", dtype)(*data_of(problem, dtype), plan)
        return self._data[dtype], trainers[:count]


@final
class CompiledPredictor(Predictor):
    """A network with a copy of its θ in native memory, and the memory of a forward pass."""

    __slots__ = ("_columns", "_dtype", "_engine", "_few", "_native", "_plans", "_predict", "_prediction", "_total")

    def __init__(self, engine: Compiled, network: Network, theta: Array) -> None:
        self._engine, self._dtype, self._columns = engine, theta.dtype, network.widths[-1]
        self._prediction, self._plans = engine.prediction(network, theta.dtype)
        self._native = engine.native("Predictor", theta.dtype)(self._plans)
        self._few = min(ROWS_TO_SHARE, self._prediction.few)
        self._predict: Callable[[Array, Array], None] = self._native.predict
        self._total: Callable[[list[Array], list[Array], Array], None] = self._native.total
        self.rebind(theta)

    def __call__(self, X: Array, out: Array | None = None) -> Array:
        if (type(X) is not ndarray and is_sparse(X)) or (rows := len(X)) >= self._few:
            return self._run(X, out, only_scores=False)
        if out is None:
            out = empty((rows, self._columns), self._dtype)
        try:
            self._predict(X, out)
        except TypeError:
            self._predict(rows_of(X, self._dtype), out)
        return out

    def scores(self, X: Array) -> Array:
        return self._run(X, None, only_scores=True)

    def rebind(self, theta: Array) -> None:
        if self._native is None:
            _closed()
        self._native.bind(np.ascontiguousarray(theta, self._dtype))

    def total(self, thetas: Sequence[Array], seen: Iterable[Array]) -> Array:
        if isinstance(seen, list) and seen and type(seen[0]) is ndarray:
            rows = len(seen[0])
            if rows * len(seen) < self._few:
                out = empty((rows, self._columns), self._dtype)
                try:
                    self._total(list(thetas), seen, out)
                except TypeError:
                    return super().total(thetas, seen)
                if all_finite(out):
                    return out
        return super().total(thetas, seen)

    def close(self) -> None:
        self._native, self._predict, self._total = None, _closed, _closed

    def _run(self, X: Array, out: Array | None, only_scores: bool) -> Array:
        if self._native is None:
            _closed()
        rows = rows_of(X, self._dtype)
        if out is None:
            out = np.empty((X.shape[0], self._columns), self._dtype)
        number, threads = self._prediction.choose(X, self._engine.threads)
        data = self._engine.native("Data", self._dtype)(rows, None, None, self._plans[number])
        self._native.run(number, data, out, only_scores, threads)
        return out


def _closed(*_: object) -> NoReturn:
    raise RuntimeError("this predictor is closed")
