"""One fit at a time: a second one, by another thread or a signal's handler, is refused before it changes anything."""

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Turn:
    """Whose turn it is. Copies and pickles of an estimator begin with a turn of their own."""

    def __init__(self) -> None:
        self.taken = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the lock behind."""
        return Turn, ()


def one_at_a_time(fit: F) -> F:
    """Let a method of an estimator run in one call at a time.

    Raises
    ------
    RuntimeError
        In every other call.
    """

    @wraps(fit)
    def alone(estimator: Any, *arguments: Any, **settings: Any) -> Any:
        turn = estimator.__dict__.setdefault("_turn", Turn())
        if not turn.taken.acquire(blocking=False):
            raise RuntimeError(f"this {type(estimator).__name__} is being fitted by another call: fit a clone")
        try:
            return fit(estimator, *arguments, **settings)
        finally:
            turn.taken.release()

    return alone  # type: ignore[return-value]
