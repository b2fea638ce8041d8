"""A search for better settings: Optuna asks, our members answer, each by the rows that they were not trained on."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from sklearn.base import clone

from mlnn.frame.column import TableError
from mlnn.optimizer import LBFGS
from mlnn.tabular.base import TableModel
from mlnn.tabular.digest import digest_of
from mlnn.tabular.given import targets_of
from mlnn.tabular.settings import RATE, TableSettings
from mlnn.training import Diverged, listening

if TYPE_CHECKING:
    import optuna

Model = TypeVar("Model", bound=TableModel)

DEFAULTS = TableSettings()

NONE = 1e-7
"""The least L2 penalty that is searched for stands for none, which has no place on a scale of logarithms."""

USUAL = {
    "layers": len(DEFAULTS.hidden),
    "units": DEFAULTS.hidden[0],
    "layer": DEFAULTS.layer,
    "dropout": DEFAULTS.dropout,
    "l2": NONE,
    "epochs": DEFAULTS.epochs,
}
"""The defaults, which are tried first, with the optimizer's own rate."""

SEARCHED = ("hidden", "layer", "rate", "batch_size", "dropout", "l2", "epochs")
"""The parameters that are searched for."""


@dataclass(frozen=True)
class Trial:
    """A set of parameters that was tried.

    Attributes
    ----------
    number : int
        From 0, over all sessions of the study.
    parameters : dict
        Of the table model.
    score, spread : float
        On rows not trained on, the lower the better; and its standard deviation over the folds.
    seconds : float
        How long it took.
    """

    number: int
    parameters: dict[str, Any]
    score: float
    spread: float
    seconds: float


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
    """

    measure: str
    trials: tuple[Trial, ...]
    model: Any
    interrupted: bool

    def to_json(self) -> dict[str, Any]:
        """Return it as plain numbers and words."""
        return {"measure": self.measure, "trials": [vars(trial) for trial in self.trials]}


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
        Seconds; the last trial ends with them.
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

    References
    ----------
    Akiba et al. (2019), Optuna; Bergstra et al. (2011), Algorithms for hyper-parameter optimization.
    """
    ends = time.monotonic() + budget
    search, done, rows = _study(study, digest_of(X, y, given), model), 0, len(targets_of(y))
    rate = _usual_rate(model)
    measure = "log_loss" if hasattr(model, "predict_proba") else "rmse"
    best: tuple[float, Any] = np.inf, None
    interrupted = False
    try:
        while (left := ends - time.monotonic()) > 0.0 and (trials is None or done < trials) and not interrupted:
            with _completed():
                asked = search.ask()
                parameters = _suggested(asked, rows, rate)
            candidate = clone(model).set_params(**parameters, time_budget=min(left, model.time_budget or np.inf))
            started = time.monotonic()
            try:
                candidate.fit(X, y, **given)
            except Diverged:
                with _completed():
                    search.tell(asked, state=_failed())
                continue
            interrupted = candidate.interrupted_
            if interrupted:  # a member that stopped early is no answer
                with _completed():
                    search.tell(asked, state=_failed())
                break
            score = candidate.scores_[measure]
            spread = candidate.judgement_.spread.get(measure, float("nan"))
            trial = Trial(asked.number, parameters, score, spread, time.monotonic() - started)
            with _completed():
                for name in ("parameters", "spread", "seconds"):
                    asked.set_user_attr(name, getattr(trial, name))
                search.tell(asked, score)
            done += 1
            best = min(best, (score, candidate), key=lambda each: each[0])
            if on_trial is not None:
                on_trial(trial, search.best_value)
    except KeyboardInterrupt:
        interrupted = True
    found = _trials(search)
    if not found:
        if interrupted:
            raise KeyboardInterrupt
        raise TableError(f"no trial ended within {budget:g} seconds")
    if best[1] is None or best[0] > found[0].score:  # an earlier call found a better one, which is trained again
        if not interrupted:
            best = found[0].score, clone(model).set_params(**found[0].parameters).fit(X, y, **given)
        if interrupted or best[1].interrupted_:  # the study keeps what was found; half of it would be another model
            raise KeyboardInterrupt
    best[1].set_params(time_budget=model.time_budget)
    return Tuning(measure, tuple(found), best[1], interrupted)


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


def _usual_rate(model: TableModel) -> float:
    """Return the rate that a table model's optimizer has where nobody says one."""
    rule = clone(model).set_params(rate=None).rule()
    return RATE if isinstance(rule, LBFGS) else float(rule.rate)


def _settings(model: TableModel) -> dict[str, str]:
    """Return what trials share beside their rows: all settings that decide what they come to, and are not searched."""
    given = model.get_params(deep=False)
    return {name: repr(given[name]) for name in sorted(given) if name not in (*SEARCHED, "time_budget", "n_threads")}


def _study(path: str | os.PathLike[str] | None, digest: str, model: TableModel) -> "optuna.Study":
    """Begin a study, or go on with the one in the file."""
    try:
        import optuna
    except ModuleNotFoundError:
        raise ModuleNotFoundError("tuning needs Optuna: pip install 'mlnn-learn[tune]'", name="optuna") from None
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if path is not None:
        _require_whole(Path(path))
    storage = None if path is None else JournalStorage(JournalFileBackend(str(Path(path))))
    search = optuna.create_study(storage=storage, study_name="mlnn", load_if_exists=True)
    search.sampler = optuna.samplers.TPESampler(seed=len(search.trials))  # a study that goes on draws other numbers
    if search.user_attrs.get("data", digest) != digest:
        raise TableError(f"the study in '{path}' is of other rows: a study goes on with the rows it began with")
    settings = _settings(model)
    begun = search.user_attrs.get("settings", settings)
    if other := sorted(name for name in begun.keys() | settings.keys() if begun.get(name) != settings.get(name)):
        raise TableError(
            f"the study in '{path}' was made with other settings ({', '.join(other)}): its scores do not compare, so "
            "begin another one"
        )
    search.set_user_attr("data", digest)
    search.set_user_attr("settings", settings)
    if not search.trials:
        search.enqueue_trial(USUAL | {"batch": 0, "rate": _usual_rate(model)})
    return search


def _require_whole(path: Path) -> None:
    """Refuse a file that is no study, or only the beginning of one, before anything is written to it."""
    if not path.exists():
        return
    lines = path.read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        try:
            known = line.endswith(b"\n") and "op_code" in json.loads(line)
        except (ValueError, TypeError):
            known = False
        if not known:
            raise TableError(f"'{path}' is no study, or damaged: line {number} of {len(lines)} is no record of one")


def _trials(search: "optuna.Study") -> list[Trial]:
    """Return the trials that ended, from the best on."""
    ended = [trial for trial in search.trials if trial.value is not None and "parameters" in trial.user_attrs]
    found = [
        Trial(
            each.number,
            dict(each.user_attrs["parameters"]),
            float(each.value or 0.0),
            float(each.user_attrs["spread"]),
            float(each.user_attrs["seconds"]),
        )
        for each in ended
    ]
    return sorted(found, key=lambda trial: (trial.score, trial.number))


def _failed() -> Any:
    from optuna.trial import TrialState

    return TrialState.FAIL
