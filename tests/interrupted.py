"""Training that a real SIGINT ends at a random moment, and every state that it may then be in."""

import hashlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mlnn.engine import Compiled, Engine, Reference
from mlnn.engine.step import Descent
from mlnn.layer import ReLU
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, SGD, Adam, Averaged
from mlnn.penalty import L2
from mlnn.training import Epoch, Interrupted, Recipe, Stepwise, epochs
from mlnn.training.epoch import Reporter
from mlnn.training.run import Run

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.standard_normal((300, 12)), RANDOM.integers(0, 3, 300)
NETWORK = Network.dense([12, 24, 3], ReLU(), dropout=0.2)
PROBLEM = Problem.of(NETWORK, X, Y, penalty=L2(0.001))
WEIGHTED = Problem.of(NETWORK, X, Y, weights=np.linspace(0.5, 1.5, 300))
SMOOTH = Problem.of(Network.dense([12, 16, 3]), X, Y, penalty=L2(0.01))
LARGE = Problem.of(Network.dense([12, 96, 96, 3], ReLU()), np.tile(X, (20, 1)), np.tile(Y, 20))
THETA = NETWORK.initial(np.random.default_rng(1))


def digest(*arrays: Any) -> bytes:
    """Return what two sets of arrays have in common if all their bits are the same."""
    return hashlib.sha256(b"".join(np.asarray(each).tobytes() for each in arrays)).digest()


def press(_: threading.Event) -> None:
    os.kill(os.getpid(), signal.SIGINT)


def press_in_training(over: threading.Event) -> None:
    """Press Ctrl-C as soon as training listens, and goes on doing so, unless it is over."""
    looks = 0
    while looks < 3 and not over.wait(0.01):
        looks = 0 if signal.getsignal(signal.SIGINT) is signal.default_int_handler else looks + 1
    if not over.is_set():
        press(over)


@contextmanager
def pressed(after: float, how: Callable[[threading.Event], None] = press_in_training) -> Iterator[None]:
    """Press Ctrl-C after so many seconds; what comes after the block is not interrupted any more."""
    over = threading.Event()
    timer = threading.Timer(after, how, [over])
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        timer.start()
        yield
    finally:
        try:
            over.set()
            timer.cancel()
            timer.join()
            time.sleep(0)  # a signal on its way arrives here
        except KeyboardInterrupt:
            timer.join()
        sys.setswitchinterval(before)


def press_in_step(monkeypatch: Any, step: int) -> None:
    """Press Ctrl-C as the reference takes its step of this number, counted from 1."""
    take, left = Descent.step, [step]

    def taking(self: Descent, *numbers: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            signal.raise_signal(signal.SIGINT)
        return take(self, *numbers)

    monkeypatch.setattr(Descent, "step", taking)


@dataclass
class Course:
    """A training, step by step: its history where nobody interrupts it, and all states of θ and slots."""

    problem: Problem
    theta: Any
    recipe: Recipe
    engine: Engine
    options: dict[str, Any]

    def train(self, after: list[Epoch]) -> Iterator[Epoch]:
        return epochs(self.problem, self.theta, self.recipe, engine=self.engine, after=after, **self.options)

    def states(self) -> list[bytes]:
        """Return every state, one after each number of steps."""
        if isinstance(self.recipe.optimizer, LBFGS):
            every = replace(self.recipe, every=1)
            history = list(epochs(self.problem, self.theta, every, engine=self.engine))
            return [digest(self.theta), *(digest(epoch.theta) for epoch in history)]
        run = Run(Reporter(self.problem, None, {}, None, 0.0), self.theta, replace(self.recipe, every=1))
        with self.engine.bind(self.problem, self.recipe.optimizer) as bound:
            stepwise = Stepwise(bound, run, frozen=np.zeros(0, int))
            found = [digest(self.theta, *run.member.state)]
            while run.number < self.recipe.epochs:
                stepwise.take(1)
                found.append(digest(run.member.theta, *run.member.state))
        return found

    def state(self, epoch: Epoch) -> bytes:
        """Return the state that an epoch has; of L-BFGS, without its memory."""
        return digest(epoch.raw_theta, *(() if isinstance(self.recipe.optimizer, LBFGS) else epoch.state))

    def count(self, epoch: Epoch) -> int:
        """Return after how many steps, or iterations, an epoch was made."""
        return epoch.number if isinstance(self.recipe.optimizer, LBFGS) else epoch.step


KINDS = ("batches", "all rows at once", "strides", "blocks", "L-BFGS")


def courses(threads: int) -> dict[str, Course]:
    """Return trainings of every kind, of about a tenth of a second each; the reference has one thread."""
    engine = Compiled(threads)
    batches = Recipe(Adam(0.001), epochs=80, batch_size=32, every=7)
    large = LARGE.network.initial(np.random.default_rng(2))
    return {
        "batches": Course(PROBLEM, THETA, batches, engine, {}),
        "all rows at once": Course(PROBLEM, THETA, Recipe(SGD(0.1), epochs=300, every=100), engine, {}),
        "strides": Course(WEIGHTED, THETA, batches, engine, {"stride": lambda: 9}),
        "blocks": Course(LARGE, large, Recipe(Averaged(Adam()), epochs=6, batch_size=1500), engine, {}),
        "L-BFGS": Course(SMOOTH, SMOOTH.network.initial(RANDOM), Recipe(LBFGS(), epochs=100, every=9), engine, {}),
    } | ({"reference": Course(PROBLEM, THETA, replace(batches, epochs=15), Reference(), {})} if threads == 1 else {})


@dataclass
class Moments:
    """A course, interrupted over and over."""

    course: Course

    def __post_init__(self) -> None:
        self.states = self.course.states()
        began = time.perf_counter()
        self.whole = list(self.course.train([]))
        self.seconds = time.perf_counter() - began

    def interrupt(self, share: float) -> int | None:
        """Interrupt the course after a share of its duration; return after which step it ended, None for its end.

        What is left must be the state after that very step, and what goes on from there must end as the whole did.
        """
        history: list[Epoch] = []
        try:
            with pressed(share * self.seconds, press):
                history.extend(self.course.train(history.copy()))
        except Interrupted as ended:
            if ended.epoch is not None and ended.epoch not in history[-1:]:
                history.append(ended.epoch)
        except KeyboardInterrupt:
            pass  # between two reports: their weights are those of the last
        else:
            return None
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        last = history[-1] if history else None
        step = self.course.count(last) if last else 0
        if last:
            assert np.isfinite([last.loss, last.objective]).all()
            assert self.course.state(last) == self.states[step], f"after step {step}"
        rest = list(self.course.train(history))
        end = [*history, *rest][-1]
        assert self.course.state(end) == self.states[-1], f"gone on with after step {step}"
        assert (end.number, end.step, end.loss, end.objective) == (
            self.whole[-1].number,
            self.whole[-1].step,
            self.whole[-1].loss,
            self.whole[-1].objective,
        )
        return step
