"""Which engine runs a network: the compiled one wherever it can, the reference where it cannot."""

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from mlnn.array import Array, finite
from mlnn.engine import machine
from mlnn.engine.base import Engine, Predictor
from mlnn.engine.compiled import Compiled
from mlnn.engine.reference import Reference
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, Optimizer

NAMES = ("compiled", "reference")


class SlowerEngine(UserWarning):
    """The compiled engine cannot run this network; the reference engine does."""


_through: ContextVar[Callable[[int | None], Engine]] = ContextVar(
    "what stands for the compiled engine", default=Compiled
)


@contextmanager
def compiled_by(make: Callable[[int | None], Engine]) -> Iterator[None]:
    """Inside a ``with`` block, let another engine stand wherever the compiled one would be chosen.

    Parameters
    ----------
    make : callable
        Takes the most threads, or None, as ``Compiled`` does, and returns the engine.
    """
    token = _through.set(make)
    try:
        yield
    finally:
        _through.reset(token)


def engines() -> dict[str, str]:
    """Return the engines by name, each with what it runs on, or why it is not here.

    A third one trains in the browser, in TypeScript: the live page's (``mlnn play --static``, ``web/src/engine``). Its
    formulas are printed from the same Python, and its steps are held against the reference's.

    Examples
    --------
    >>> engines()["reference"]
    'NumPy'
    """
    try:
        compiled = f"{machine.native_module().__name__.rpartition('_')[2]}, {machine.threads()} threads at most"
    except ImportError as reason:
        compiled = f"not here: {reason}"
    return {"compiled": compiled, "reference": "NumPy"}


def engine_for(
    problem: Problem | Network,
    optimizer: Optimizer | LBFGS | None = None,
    engine: Engine | str | None = None,
    threads: int | None = None,
) -> Engine:
    """Return the engine for this problem (or network) and optimizer: the one chosen, or the fastest that can run them.

    Parameters
    ----------
    problem : Problem or Network
        What is to be run; a problem brings its penalty.
    optimizer : Optimizer, optional
        What is to train it.
    engine : Engine or str, optional
        The one chosen, or its name: "compiled" or "reference". None takes the compiled engine, or, with a
        ``SlowerEngine`` warning that says why, the reference.
    threads : int, optional
        The most threads for the compiled engine; by default as many as there are.

    Raises
    ------
    ValueError
        If there is no engine of that name, or it cannot run the network.
    ImportError
        If the compiled engine is asked for by name, and mlnn was built without it.

    Examples
    --------
    >>> type(engine_for(Network.dense([2, 3, 2]), engine="reference")).__name__
    'Reference'
    """
    if isinstance(engine, Engine):
        if reason := engine.supports(problem, optimizer):
            raise ValueError(f"this engine cannot run the network: {reason}")
        return engine
    if engine is not None and engine not in NAMES:
        raise ValueError(f"there is no engine {engine!r}. There are: {', '.join(NAMES)}")
    if engine == "reference":
        return Reference()
    if engine == "compiled":
        compiled = _through.get()(threads)
        if reason := compiled.supports(problem, optimizer):
            raise ValueError(f"the compiled engine cannot run this network: {reason}")
        return compiled
    fastest, reason = fastest_for(problem, optimizer, threads)
    if reason:
        told = f"the reference engine runs this network, not the compiled one: {reason}"
        warnings.warn(told, SlowerEngine, stacklevel=3)
    return fastest


def fastest_for(
    problem: Problem | Network, optimizer: Optimizer | LBFGS | None = None, threads: int | None = None
) -> tuple[Engine, str | None]:
    """Return the compiled engine wherever it is there and can run this; else the reference, and why it cannot.

    Examples
    --------
    >>> fastest_for(Network.dense([2, 3, 2]))[1] is None
    True
    """
    try:
        compiled = _through.get()(threads)
    except ImportError:
        return Reference(), None
    reason = compiled.supports(problem, optimizer)
    return (Reference(), reason) if reason else (compiled, None)


class OwnPredictor:
    """The predictor that an estimator or a model keeps for itself, so that predicting often costs no preparation.

    It is one user's at a time. Whoever comes meanwhile (another thread, a signal handler) gets a predictor for that one
    call: the same bits, a little later. Copies and pickles of the owner begin with one of their own.
    """

    __slots__ = ("_asked", "_lock", "_predictor")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: tuple[Any, ...] = ()
        self._predictor: Predictor | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the memory behind."""
        return OwnPredictor, ()

    def predict(
        self, network: Network, theta: Array, X: Array, name: str | None = None, threads: int | None = None
    ) -> Array:
        """Return the output's predictions for rows X, all finite.

        Raises
        ------
        ValueError
            If one is not, since its row's numbers are too large.
        """
        return self._ask(lambda bound: finite(bound(X)), network, theta, True, name, threads)

    def scores(
        self, network: Network, theta: Array, X: Array, name: str | None = None, threads: int | None = None
    ) -> Array:
        """Return the scores S of shape (N, K) for rows X."""
        return self._ask(lambda bound: finite(bound.scores(X)), network, theta, True, name, threads)

    def total(self, network: Network, thetas: Sequence[Array], seen: Iterable[Array]) -> Array:
        """Return the sum of the predictions by several θ of one type, each for rows of its own; added in this order.

        Raises
        ------
        ValueError
            If a prediction is not finite, or not every θ has rows.
        """
        return self._ask(lambda bound: bound.total(thetas, seen), network, thetas[0], False, None, None)

    def _ask(self, what: Callable[[Predictor], Array], network: Network, theta: Array, binds: bool, *how: Any) -> Array:
        if not self._lock.acquire(blocking=False):
            with engine_for(network, None, *how).predictor(network, theta) as other:
                return what(other)
        try:
            asked = network, theta.dtype, *how
            if self._predictor is None or self._asked[0] is not network or self._asked[1:] != asked[1:]:
                self._asked, self._predictor = asked, engine_for(network, None, *how).predictor(network, theta)
            elif binds:
                self._predictor.rebind(theta)
            return what(self._predictor)
        finally:
            self._lock.release()
