"""A search for better settings: Optuna asks, our members answer, each by the rows that they were not trained on."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sklearn.base import clone

from mlnn.frame.column import TableError
from mlnn.frame.sentence import Sentence, number_of
from mlnn.tabular.base import TableModel
from mlnn.tabular.digest import digest_of
from mlnn.tabular.given import targets_of
from mlnn.tabular.members import Watch
from mlnn.tabular.study import (
    BUDGET,
    DEFAULTS,
    DIVERGENCE,
    INTERRUPTED,
    NONE,
    Trial,
    leave_out,
    left_out_of,
    opened,
    trials_of,
    usual_rate,
)
from mlnn.training import Diverged, Epoch, listening

if TYPE_CHECKING:
    import optuna

Model = TypeVar("Model", bound=TableModel)


@dataclass(frozen=True, eq=False)
class Tuning:
    """What a search found.

    Attributes
    ----------
    measure : str
        What was to be small: "log_loss" or "rmse".
    trials : tuple of Trial
        From the best to the worst, those of earlier sessions too.
    model : TableClassifier or TableRegressor
        Trained with the best parameters.
    interrupted : bool
        Whether it ended by a key.
    left_out : dict of str by int
        What ended each trial that has no score, by its number: the budget, divergence or an interruption; None where
        that is not known, as of one that was killed or that another process still tries.
    """

    measure: str
    trials: tuple[Trial, ...]
    model: Any
    interrupted: bool
    left_out: dict[int, str | None]

    @property
    def said(self) -> list[str]:
        """Return in words which trials are left out, and why, and what the best was chosen from."""
        return [*_left_out(self.left_out), _chosen(self.trials)]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain numbers and words."""
        return {
            "measure": self.measure,
            "trials": [vars(trial) for trial in self.trials],
            "left_out": self.left_out,
            "said": self.said,
        }


def tuned(
    model: Model,
    X: Any,
    y: Any,
    *,
    budget: float = 300.0,
    trials: int | None = None,
    study: str | os.PathLike[str] | None = None,
    on_trial: Callable[[Trial, float], object] | None = None,
    **given: Any,
) -> Tuning:
    """Search for parameters with which a table model predicts better.

    Every trial has the same folds and is judged out of fold. The defaults come first; then a tree-structured Parzen
    estimator proposes hidden layers, activation, rate, batch size, dropout, penalty and epochs. An interruption ends
    the search and keeps what it found. Where the best trial is that of an earlier call, which a study keeps, its model
    is trained again after the budget.

    Parameters
    ----------
    model : TableClassifier or TableRegressor
        Whose other parameters stay as they are.
    X, y
        The rows and their targets.
    budget : float, default 300
        Seconds. A trial that has not ended by then is left out; of the first, what it has learned is the model.
    trials : int, optional
        How many at most in this call.
    study : path, optional
        A file that keeps the trials, so that a later call goes on where this one ended.
    on_trial : callable, optional
        Called with every trial, and the best score so far.
    given
        Whatever else ``fit`` takes.

    Raises
    ------
    ModuleNotFoundError
        If Optuna is not installed.
    TableError
        If the study's file belongs to other rows, or no trial has ended.
    KeyboardInterrupt
        If it comes before a trial has ended, or before the model of an earlier call's best trial has been trained.

    Warns
    -----
    UserWarning
        If the last line of the study's file was cut off, and is left out.

    References
    ----------
    Akiba et al. (2019), Optuna; Bergstra et al. (2011), Algorithms for hyper-parameter optimization.
    """
    search, done, rows = opened(study, digest_of(X, y, given), model), 0, len(targets_of(y))
    ends = time.monotonic() + budget
    rate = usual_rate(model)
    measure = "log_loss" if hasattr(model, "predict_proba") else "rmse"
    best: tuple[Trial, Any] | None = None
    interrupted = False
    try:
        while time.monotonic() < ends and (trials is None or done < trials) and not interrupted:
            with _completed():
                asked, done = search.ask(), done + 1
                parameters = _suggested(asked, rows, rate)
            candidate, deadline = clone(model).set_params(**parameters), _Deadline(ends, given.get("watch"))
            started = time.monotonic()
            try:
                candidate.fit(X, y, **given | {"watch": deadline})
            except Diverged:
                with _completed():
                    leave_out(search, asked, DIVERGENCE)
                continue
            except KeyboardInterrupt:
                with _completed():
                    leave_out(search, asked, INTERRUPTED)
                raise
            interrupted = candidate.interrupted_ and not deadline.missed
            late = deadline.missed and any(not trial.shortened for trial in trials_of(search))
            if interrupted or late:  # a member that stopped early is no answer
                with _completed():
                    leave_out(search, asked, BUDGET if late else INTERRUPTED)
                break
            score = candidate.scores_[measure]
            spread = candidate.judgement_.spread.get(measure, float("nan"))
            trial = Trial(asked.number, parameters, score, spread, time.monotonic() - started, deadline.missed)
            with _completed():
                for name in ("parameters", "spread", "seconds", "shortened"):
                    asked.set_user_attr(name, getattr(trial, name))
                search.tell(asked, score)
            best = min(filter(None, (best, (trial, candidate))), key=lambda each: each[0].rank)
            if on_trial is not None:
                on_trial(trial, trials_of(search)[0].score)
    except KeyboardInterrupt:
        interrupted = True
    found = trials_of(search)
    if not found:
        if interrupted:
            raise KeyboardInterrupt
        raise TableError(f"no trial ended within {budget:g} seconds")
    if best is not None and (found[0].shortened or best[0].number == found[0].number):
        return Tuning(measure, tuple(found), best[1], interrupted, left_out_of(search))
    if not interrupted:  # an earlier call found a better one, which is trained again
        again = clone(model).set_params(**found[0].parameters).fit(X, y, **given)
        if not again.interrupted_:
            return Tuning(measure, tuple(found), again, interrupted, left_out_of(search))
    raise KeyboardInterrupt  # the study keeps what was found; half of it would be another model


def _left_out(ended: dict[int, str | None]) -> list[str]:
    said = []
    for why in dict.fromkeys(ended.values()):
        numbers = [str(number) for number, each in ended.items() if each == why]
        was, has, which = ("was", "has", "is") if len(numbers) == 1 else ("were", "have", "are")
        count = number_of(len(numbers), "further trial")
        fate = f"{has} no score" if why is None else f"{was} ended by {why}"
        said.append(f"{count} ({', '.join(numbers)}) {fate} and {which} left out")
    return said


def _chosen(trials: tuple[Trial, ...]) -> str:
    best = trials[0]
    if best.shortened:
        ended = (
            "the budget ended before the defaults had been tried to the end: the model is what it had learned by then"
        )
        return Sentence(ended, "give a larger budget=")
    if len(trials) == 1:
        which, them = (f"trial {best.number} was", "it") if best.number else ("the defaults were", "them")
        return f"only {which} tried to the end, and the model has {them}: nothing was chosen"
    if not best.number:
        return "no trial was better than the defaults, which the model has"
    return "the best was chosen by these scores: expect a little less of it on new rows"


class _Deadline:
    """A watch that interrupts training at a time, and hands on what it sees to another."""

    def __init__(self, ends: float, other: Watch | None) -> None:
        self.ends, self.other, self.missed = ends, other, False

    def __call__(self, member: int, epoch: Epoch) -> None:
        if self.other is not None:
            self.other(member, epoch)
        if time.monotonic() > self.ends:
            self.missed = True
            raise KeyboardInterrupt

    def __getattr__(self, name: str) -> Any:  # what else a watch may have, if the other has it
        return getattr(self.other, name)


@contextmanager
def _completed() -> Iterator[None]:
    """Let what is written to the study's file be written, and its lock be given back, before Ctrl-C raises."""
    with listening() as interrupt:
        yield
    if interrupt:
        raise KeyboardInterrupt


def _suggested(trial: "optuna.Trial", rows: int, rate: float) -> dict[str, Any]:
    """Ask for the parameters of a table model."""
    layers, units = trial.suggest_int("layers", 1, 3), trial.suggest_int("units", 16, 256, log=True)
    usual = DEFAULTS.rows_a_step(rows)
    l2, step = trial.suggest_float("l2", NONE, 1e-2, log=True), trial.suggest_int("batch", -1, 1)
    return {
        "hidden": [units] * layers,
        "layer": trial.suggest_categorical("layer", ["relu", "tanh", "gelu"]),
        "rate": trial.suggest_float("rate", min(2e-4, rate), max(2e-2, rate), log=True),
        "batch_size": max(int(usual * 2.0**step), 1) if step else None,
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "l2": l2 if l2 > NONE else 0.0,
        "epochs": trial.suggest_categorical("epochs", [50, 100, 200]),
    }
