"""Which engine runs a network: the compiled one wherever it can, the reference where it cannot."""

import threading
import warnings

from mlnn.engine import machine
from mlnn.engine.compiled import Compiled
from mlnn.engine.reference import Reference
from mlnn.network import Network

NAMES = ("compiled", "reference")

_kept = threading.local()  # an engine's memory serves one call at a time: every thread has its own


class SlowerEngine(UserWarning):
    """The compiled engine cannot run this network; the reference engine does."""


def engines() -> dict[str, str]:
    """Return the engines by name, each with what it runs on, or why it is not here.

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
    network: Network, optimizer: object = None, name: str | None = None, threads: int | None = None
) -> Reference:
    """Return an engine for this network and optimizer, by name or the fastest that can run them.

    Parameters
    ----------
    network : Network
        What is to be run.
    optimizer : Optimizer, optional
        What is to train it.
    name : str, optional
        "compiled" or "reference". None takes the compiled engine, or, with a ``SlowerEngine`` warning that says why,
        the reference.
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
    >>> type(engine_for(Network.dense([2, 3, 2]), name="reference")).__name__
    'Reference'
    """
    if name is not None and name not in NAMES:
        raise ValueError(f"there is no engine '{name}'. There are: {', '.join(NAMES)}")
    if name == "reference":
        return Reference()
    try:
        engine = _compiled(threads)
    except ImportError:
        if name is None:
            return Reference()
        raise
    reason = engine.supports(network, optimizer)
    if reason is None:
        return engine
    if name is not None:
        raise ValueError(f"the compiled engine cannot run this network: {reason}")
    warnings.warn(f"the reference engine runs this network, not the compiled one: {reason}", SlowerEngine, stacklevel=3)
    return Reference()


def engine_given(engine: Reference, network: Network, optimizer: object = None) -> Reference:
    """Return the engine that somebody chose, if it can do what is asked.

    Raises
    ------
    ValueError
        If it cannot run the network.
    """
    if reason := engine.supports(network, optimizer):
        raise ValueError(f"this engine cannot run the network: {reason}")
    return engine


def _compiled(threads: int | None) -> Compiled:
    engines: dict[int | None, Compiled] = _kept.__dict__.setdefault("engines", {})
    if threads not in engines:
        engines[threads] = Compiled(threads)
    return engines[threads]
