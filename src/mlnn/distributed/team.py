"""A team: the workers that know a problem, their seats, and what they answer."""

import uuid
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from mlnn.distributed.worker import Lost, Outcome, Seat, Work, Worker, Workers
from mlnn.engine import Compiled
from mlnn.objective import Problem
from mlnn.optimizer import Optimizer

LISTENING = 0.05
"""Seconds between two looks at whether training is to stop."""


class WorkersLost(RuntimeError):
    """No worker is left to take the next step, or those that there are cannot reach each other."""


class Team:
    """Those of all workers that know a problem.

    Parameters
    ----------
    workers : Workers
        All of them.
    problem, optimizer
        What is trained, and how.
    engine : Compiled
        This process's own, like which all must compute.

    Attributes
    ----------
    key : str
        By which they know the problem; nobody can guess it.
    turn : Lock
        Of the workers.
    """

    def __init__(self, workers: Workers, problem: Problem, optimizer: Optimizer, engine: Compiled) -> None:
        self.key = uuid.uuid4().hex
        self._workers, self._problem, self._optimizer, self._engine = workers, problem, optimizer, engine
        self.turn = workers.turn
        self._bound: set[Worker] = set()
        self._seated: list[Worker] = []
        self._groups = 0

    def ready(self) -> list[Worker]:
        """Return the workers there are, those that have come since among them, once each has the problem.

        One that cannot take the problem, or computes otherwise, is left out, and it is said why.

        Raises
        ------
        WorkersLost
            If there is none.
        """
        here = self._workers.here()
        what = self._problem, self._optimizer, self._engine.parts
        new = {worker: worker.ask("bind", self.key, *what) for worker in here if worker not in self._bound}
        for worker, answer in self._answers(new, None).items():
            if isinstance(answer, Exception):
                self._leave_out(worker, f"{type(answer).__name__}: {answer}")
            elif answer != self._engine.arithmetic:
                ours = self._engine.arithmetic
                self._leave_out(worker, f"it computes by {answer}, this process by {ours}: set MLNN_INSTRUCTIONS")
            else:
                self._bound.add(worker)
        ready = [worker for worker in here if worker in self._bound]
        if not ready:
            why = "".join(f"; {place}: {reason}" for place, reason in self._workers.reasons.items())
            raise WorkersLost(f"no worker is left (training goes on from its last checkpoint, if it has one){why}")
        return ready

    def alone(self, worker: Worker) -> Seat:
        """Return the seat of a worker that trains by itself, always the same."""
        return Seat(f"{self.key}-{worker.address}", 0, (worker.address,))

    def seats(self, workers: Sequence[Worker]) -> dict[Worker, Seat]:
        """Return the seats of workers that train together; the same as before where nothing has come between."""
        if list(workers) != self._seated:
            self._groups += 1
            self._seated = list(workers)
        addresses = tuple(worker.address for worker in workers)
        group = f"{self.key}-{self._groups}"
        return {worker: Seat(group, rank, addresses) for rank, worker in enumerate(workers)}

    def heard(self, asked: dict[Worker, Future[Any]], stop: object = None) -> dict[Worker, Any]:
        """Return what each worker answers, but for those that are lost, on which nobody counts any longer.

        Raises
        ------
        Exception
            What the first of them raised.
        """
        answers = self._answers(asked, stop)
        for worker, answer in answers.items():
            if isinstance(answer, Exception):
                self._seated = []
                raise answer
            if isinstance(answer, Outcome):
                self._workers.work.setdefault(worker.address, Work()).add(answer.work)
                self._seated = [] if answer.failure else self._seated
        return answers

    def _answers(self, asked: dict[Worker, Future[Any]], stop: object) -> dict[Worker, Any]:
        told, waiting = False, set(asked.values())
        try:
            while waiting:
                _, waiting = wait(waiting, None if told else LISTENING, FIRST_COMPLETED)
                if stop and not told:
                    told = True
                    for worker in asked:
                        worker.stop()
        except BaseException:
            self._seated = []
            for worker in asked:
                worker.stop()
            raise
        answers = {}
        for worker, future in asked.items():
            try:
                answers[worker] = future.result()
            except Lost as reason:
                self._bound.discard(worker)
                self._seated = []
                self._workers.lose(worker)
                self._workers.reasons[worker.address] = str(reason)
            except Exception as error:
                answers[worker] = error
        return answers

    def _leave_out(self, worker: Worker, reason: str) -> None:
        self._workers.lose(worker)
        self._workers.leave_out(worker.address, reason)

    def close(self) -> None:
        """Have them forget the problem."""
        for worker in self._bound:
            worker.ask("close", self.key)
        self._bound = set()
