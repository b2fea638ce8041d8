"""The trials of a search for better settings, in a file that keeps them where there is one."""

import json
import os
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.base import clone

from mlnn.frame.column import TableError
from mlnn.optimizer import LBFGS
from mlnn.tabular.base import TableModel
from mlnn.tabular.settings import RATE, TableSettings

if TYPE_CHECKING:
    import optuna

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

NAME = "mlnn"
"""What the one study of a file is called."""

WHY, BUDGET, DIVERGENCE, INTERRUPTED = "left out", "the budget", "divergence", "an interruption"
"""What ends a trial without a score, and where a study keeps that."""


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
    shortened : bool
        Whether the budget ended before it did, as only a first one's may: it ranks behind all that were whole.
    """

    number: int
    parameters: dict[str, Any]
    score: float
    spread: float
    seconds: float
    shortened: bool = False

    @property
    def rank(self) -> tuple[bool, float, int]:
        """Return what trials are sorted by."""
        return self.shortened, self.score, self.number


def opened(path: str | os.PathLike[str] | None, digest: str, model: TableModel) -> "optuna.Study":
    """Begin a study, or go on with the one in the file.

    Warns
    -----
    UserWarning
        If the file's last line was cut off, and is left out.
    """
    try:
        import optuna
    except ModuleNotFoundError:
        raise ModuleNotFoundError("tuning needs Optuna: pip install 'mlnn-learn[tune]'", name="optuna") from None
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    def kept(path: str | os.PathLike[str]) -> JournalStorage:
        return JournalStorage(JournalFileBackend(str(Path(path))))

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    settings = _settings(model)
    if path is not None and Path(path).exists():  # nothing is written to a file that is refused
        _require_records(Path(path))
        with suppress(KeyError):  # of a study that has not begun
            _require_same(path, optuna.load_study(study_name=NAME, storage=kept(path)).user_attrs, digest, settings)
        _cut(Path(path))
    storage = None if path is None else kept(path)
    search = optuna.create_study(storage=storage, study_name=NAME, load_if_exists=True)
    search.sampler = optuna.samplers.TPESampler(seed=len(search.trials))  # a study that goes on draws other numbers
    search.set_user_attr("data", digest)
    search.set_user_attr("settings", settings)
    if all(trial.shortened for trial in trials_of(search)):  # be it that there is none
        search.enqueue_trial(USUAL | {"batch": 0, "rate": usual_rate(model)})
    return search


def usual_rate(model: TableModel) -> float:
    """Return the rate that a table model's optimizer has where nobody says one."""
    rule = clone(model).set_params(rate=None).rule()
    return RATE if isinstance(rule, LBFGS) else float(rule.rate)


def _settings(model: TableModel) -> dict[str, str]:
    """Return what trials share beside their rows: all settings that decide what they come to, and are not searched."""
    given = model.get_params(deep=False)
    other = {*SEARCHED, "n_threads"} | ({"time_budget"} if model.time_budget is None else set())
    return {name: repr(given[name]) for name in sorted(given) if name not in other}


def _require_records(path: Path) -> None:
    """Refuse a file that is no study; of two lines or more the last may have been cut off in writing."""
    lines = path.read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines[:-1] if _is_cut(lines) else lines, 1):
        try:
            known = line.endswith(b"\n") and "op_code" in json.loads(line)
        except (ValueError, TypeError):
            known = False
        if not known:
            raise TableError(f"'{path}' is no study, or damaged: line {number} of {len(lines)} is no record of one")


def _require_same(path: str | os.PathLike[str], begun: dict[str, Any], digest: str, settings: dict[str, str]) -> None:
    """Refuse a study of other rows or settings, whose scores do not compare."""
    if begun.get("data", digest) != digest:
        raise TableError(f"the study in '{path}' is of other rows: a study goes on with the rows it began with")
    old = begun.get("settings", settings)
    if other := sorted(name for name in old.keys() | settings.keys() if old.get(name) != settings.get(name)):
        raise TableError(
            f"the study in '{path}' was made with other settings ({', '.join(other)}): its scores do not compare, so "
            "begin another one"
        )


def _cut(path: Path) -> None:
    """Leave out a last line without an end, or what is written next would be of the same line."""
    lines = path.read_bytes().splitlines(keepends=True)
    if _is_cut(lines):
        os.truncate(path, sum(map(len, lines[:-1])))
        broken = f"line {len(lines)} of '{path}', its last, has no end, as when a disk is full or a program is killed"
        warnings.warn(f"{broken}: it is left out", stacklevel=4)


def _is_cut(lines: list[bytes]) -> bool:
    return len(lines) > 1 and not lines[-1].endswith(b"\n")


def trials_of(search: "optuna.Study") -> list[Trial]:
    """Return the trials that ended, from the best on."""
    found = [
        Trial(each.number, score=float(each.value), **each.user_attrs)
        for each in search.trials
        if each.value is not None and "parameters" in each.user_attrs
    ]
    return sorted(found, key=lambda trial: trial.rank)


def leave_out(search: "optuna.Study", trial: "optuna.Trial", why: str) -> None:
    """End a trial without a score, and keep why."""
    from optuna.trial import TrialState

    trial.set_user_attr(WHY, why)
    search.tell(trial, state=TrialState.FAIL)


def left_out_of(search: "optuna.Study") -> dict[int, str | None]:
    """Return what ended each trial that was begun and has no score, by its number.

    None where that is not known: of one that was killed, or that another process still tries.
    """
    from optuna.trial import TrialState

    begun = [each for each in search.trials if each.value is None and each.state != TrialState.WAITING]
    return {each.number: each.user_attrs.get(WHY) for each in begun}
