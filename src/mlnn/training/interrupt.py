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
    """True from the first Ctrl-C on; the second raises ``KeyboardInterrupt``, and nobody listens any more."""

    def __init__(self) -> None:
        self.heard = self.at_once = False

    def __bool__(self) -> bool:
        return self.heard

    def listen(self) -> None:
        """Keep the next Ctrl-C in mind from here on."""
        _listeners.append(self)
        signal.signal(signal.SIGINT, self._hear)

    def leave(self) -> None:
        """Let every Ctrl-C raise from here on, unless somebody else has seen to it meanwhile."""
        _listeners.clear()  # first: the next line may be the last
        if self.listens:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    @property
    def listens(self) -> bool:
        """Return whether the next Ctrl-C comes here."""
        return signal.getsignal(signal.SIGINT) == self._hear

    def _hear(self, *_: object) -> None:
        again, self.heard = self.heard, True
        if again or self.at_once:
            self.leave()
            raise KeyboardInterrupt


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
    elif _listeners and _listeners[0].listens:
        yield _listeners[0]
    elif signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield DEAF
    else:
        listener = Listener()
        try:
            listener.listen()
            yield listener
        finally:
            listener.leave()


@contextmanager
def at_once() -> Iterator[None]:
    """Let Ctrl-C raise ``KeyboardInterrupt`` at once, inside ``listening`` too: where that leaves nothing half done."""
    with listening() as listener:
        before, listener.at_once = listener.at_once, listener is not DEAF
        try:
            if listener:
                raise KeyboardInterrupt
            yield
        finally:
            listener.at_once = before


def _forget() -> None:
    """Begin a child process as one in which nobody listens."""
    if _listeners:
        _listeners.pop().leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
