"""The driver: trains on a thread of its own, and lets others change something between two blocks of steps."""

import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from mlnn.play.curves import Curves
from mlnn.play.judged import judged, last_good
from mlnn.play.plan import Plan
from mlnn.play.searcher import Searcher
from mlnn.play.standing import Standing
from mlnn.play.trainer import Trainer, trainer_of
from mlnn.play.trouble import told_trouble
from mlnn.training import Diverged

BLOCK = 0.018
"""Seconds of training between two looks at what is wanted."""
GROWTH = 10
"""The share of all steps so far that a block takes at most: the first steps are seen one by one."""
MEASURED = 1.0
"""Seconds over which the speed is measured."""


@dataclass(frozen=True)
class Goal:
    """Until when to train, and how fast: epochs, steps, and steps a second."""

    number: float = math.inf
    step: float = math.inf
    pace: float = math.inf


class Driver:
    """Trains towards a goal. Where training stands is replaced as a whole, so that whoever looks never waits.

    All that changes happens on the driver's own thread; ``do`` brings others' changes there.
    """

    def __init__(self) -> None:
        self.standing: Standing | None = None
        self.curves: Curves | None = None
        self.goal: Goal | None = None
        self.trouble: dict[str, str] | None = None
        self._trainer: Trainer | Searcher | None = None
        self._pause, self._seconds_a_step = 0.0, BLOCK
        self._speed = deque([(time.perf_counter(), 0)])
        self._slot, self._closed = threading.Lock(), False  # nothing comes after the letter that ends the thread
        self._mail: queue.SimpleQueue[tuple[Callable[[], None], Future[None]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._live, name="mlnn.play", daemon=True)
        self._thread.start()

    @property
    def steps_per_second(self) -> float:
        """Return the speed of the last second of training."""
        (began, first), (ended, last) = self._speed[0], self._speed[-1]
        return (last - first) / (ended - began) if ended > began else 0.0

    def do(self, order: Callable[[], None]) -> None:
        """Do something on the thread between two blocks, and wait for it; what it raises is raised here."""
        done: Future[None] = Future()
        with self._slot:
            if self._closed:
                raise RuntimeError("this player is closed")
            self._mail.put((order, done))
        done.result()

    def close(self) -> None:
        """End the thread, and free the memory."""
        with self._slot:
            self._closed = True
            self._mail.put(None)
        self._thread.join()

    # what an order may call

    def stand(self, standing: Standing, afresh: bool = False) -> None:
        """Go on from somewhere else; ``afresh``: with new curves."""
        before = self.standing
        self._let_go()
        self.standing, self.trouble, self._seconds_a_step = standing, None, BLOCK
        if self.curves is None or before is None or afresh or before.step == standing.step == 0:
            self.curves, self._speed = Curves(standing), deque([(time.perf_counter(), standing.step)])
        elif standing.theta.size != before.theta.size:
            self.curves.begin(standing)

    def back(self, place: Standing) -> None:
        """Go on from where the run has been, under its present plan; what came after is forgotten."""
        if self.standing is not None and self.curves is not None:
            self.curves.forget(place.number)
            self.stand(_moved(place, self.standing.plan))

    def back_to_good(self) -> None:
        """Train no more, and go back to where the run was last better than at its beginning, or to that."""
        self.rest()
        if self.standing is not None and self.curves is not None:
            good = last_good(self.curves.places, self.standing)
            self.trouble = None
            if good is not self.standing:
                self._stand_again(good)

    def _stand_again(self, good: Standing) -> None:
        """Stand where a run that diverged was good last; its curves stay to be seen, until training goes on."""
        if self.standing is not None and self.curves is not None:
            self.curves.forget_places(good.number)
            self.stand(_moved(good, self.standing.plan))

    def go(self, goal: Goal) -> None:
        """Begin to train towards a goal; the first steps are taken at once."""
        if self.goal is None and self.standing is not None:
            self._speed = deque([(time.perf_counter(), self.standing.step)])
        if self.curves is not None and self.standing is not None:
            self.curves.forget_points(self.standing.number)
        self.goal, self.trouble = goal, None
        self._advance()

    def rest(self) -> None:
        """Train no more."""
        self.goal = None

    # the thread

    def _live(self) -> None:
        while True:
            try:
                letter = self._mail.get(timeout=self._pause if self.goal else None)
            except queue.Empty:
                self._advance()
                continue
            if letter is None:
                break
            order, done = letter
            try:
                order()
                done.set_result(None)
            except BaseException as problem:  # whoever gave the order is told
                done.set_exception(problem)
        self._let_go()

    def _advance(self) -> None:
        """Take the next block of steps."""
        goal, standing = self.goal, self.standing
        if goal is None or standing is None or self.curves is None:
            return
        left = min(goal.step - standing.step, (goal.number - standing.number) * standing.plan.steps)
        if left < 0.5:
            self.rest()
            return
        count = min(left, max(goal.pace * BLOCK, 1), max(min(standing.step / GROWTH, BLOCK / self._seconds_a_step), 1))
        began = time.perf_counter()
        try:
            if self._trainer is None:
                self._trainer = trainer_of(standing)
            with np.errstate(over="ignore", invalid="ignore"):  # what is no longer finite is told as divergence
                taken = self._trainer.advance(round(count))
        except Exception as problem:  # the reader is told, and may go on from the last good weights
            standing = standing if self._trainer is None else self._trainer.standing
            good = last_good(self.curves.places, standing) if isinstance(problem, Diverged) else standing
            self._let_go()
            self.standing = standing
            if good is not standing:
                self._stand_again(good)
            self.trouble = told_trouble(good, problem)
            self.rest()  # last: whoever sees that nothing plays sees why
            return
        now = time.perf_counter()
        self.standing = self._trainer.standing
        self.curves.add(self.standing)
        self._seconds_a_step += 0.5 * ((now - began) / taken - self._seconds_a_step)
        self._pause = max(taken / goal.pace - (now - began), 0.0)
        self._speed.append((now, self.standing.step))
        while now - self._speed[0][0] > MEASURED and len(self._speed) > 2:
            self._speed.popleft()
        if taken > left - 0.5:
            self.rest()

    def _let_go(self) -> None:
        """Free what training takes; it goes on where it stands."""
        if self._trainer is not None:
            self._trainer.close()
        self._trainer, self._pause = None, 0.0


def _moved(place: Standing, plan: Plan) -> Standing:
    """Return a place of the run under its present plan; what an epoch came to under another does not tell of it."""
    moved = place.under(plan)
    return moved if place.plan is plan else judged(moved)
