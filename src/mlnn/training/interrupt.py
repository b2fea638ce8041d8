"""Ctrl-C: heard at once, obeyed as soon as the step at hand is complete; a second one does not wait for that."""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mlnn.training.epoch import Epoch


class Interrupted(KeyboardInterrupt):
    """Ctrl-C has ended training, at the last complete step.

    Attributes
    ----------
    epochs : tuple of Epoch or None
        Where every member stands; None for one that has taken no step.

    Examples
    --------
    Nothing that training has done is lost, also inside an epoch, and it goes on from there as if nothing had been::

        history = []
        try:
            for epoch in mlnn.epochs(problem, theta, recipe):
                history.append(epoch)
        except mlnn.Interrupted as ended:
            if ended.epoch not in (None, *history[-1:]):
                history.append(ended.epoch)
        more = mlnn.epochs(problem, theta, recipe, after=history)
    """

    def __init__(self, epochs: Sequence[Epoch | None]) -> None:
        self.epochs = tuple(epochs)
        steps = ", ".join(str(epoch.step if epoch else 0) for epoch in self.epochs)
        super().__init__(f"training was interrupted after {steps} steps")

    @property
    def epoch(self) -> Epoch | None:
        """Return where the only, or the first, member stands."""
        return self.epochs[0] if self.epochs else None


class Listener:
    """True from the first Ctrl-C on; the second raises ``KeyboardInterrupt``, as all do where nobody listens."""

    def __init__(self) -> None:
        self._heard = False

    def __bool__(self) -> bool:
        return self._heard

    def listen(self) -> None:
        """Keep the next Ctrl-C in mind from here on."""
        signal.signal(signal.SIGINT, self._hear)

    def leave(self) -> None:
        """Let every Ctrl-C raise from here on, unless somebody else has seen to it meanwhile."""
        if signal.getsignal(signal.SIGINT) == self._hear:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _hear(self, *_: object) -> None:
        self._heard = True
        self.leave()


DEAF = Listener()
"""Who never hears anything: Ctrl-C is the main thread's affair, and that of a handler of somebody's own."""

_listeners: list[Listener] = []  # of the main thread: at most one


@contextmanager
def listening() -> Iterator[Listener]:
    """Put off Ctrl-C to where the block, or the training in it, asks the listener whether one has come.

    Who listens already goes on listening.
    """
    if threading.current_thread() is not threading.main_thread():
        yield DEAF
    elif _listeners:
        yield _listeners[0]
    elif signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield DEAF
    else:
        listener = Listener()
        _listeners.append(listener)
        try:
            listener.listen()
            yield listener
        finally:
            listener.leave()
            _listeners.clear()


@contextmanager
def at_once() -> Iterator[None]:
    """Let Ctrl-C raise ``KeyboardInterrupt`` at once, inside ``listening``: where nothing is left half done by that."""
    if not _listeners or threading.current_thread() is not threading.main_thread():
        yield
        return
    listener = _listeners.pop()
    listener.leave()
    try:
        if listener:
            raise KeyboardInterrupt
        yield
    finally:
        _listeners.append(listener)
        if not listener:
            listener.listen()


def _forget() -> None:
    """Begin a child process as one in which nobody listens."""
    if _listeners:
        _listeners.pop().leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
