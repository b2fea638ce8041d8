"""Fit one model on one split of one table, and judge it; bench/tables.py has a process for each.

Seconds are those of the processor, of all threads and child processes.
"""

import resource
import warnings
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from field import FIELD, size
from sklearn.metrics import accuracy_score, log_loss, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split

from mlnn.tabular.class_score import calibration_error

ROWS = 100_000
"""So many rows are predicted against the clock."""


@dataclass(frozen=True)
class Task:
    """A table and what is to be predicted.

    Parameters
    ----------
    path : str
        A CSV file.
    target : str
        The column.
    kind : "classification", "regression" or "auto"
        Without being told, numbers are quantities unless there are only two.
    """

    path: str
    target: str
    kind: str = "auto"

    @classmethod
    def of(cls, text: str) -> "Task":
        """Return what FILE:TARGET[:TASK] means."""
        parts = text.split(":")
        if not (
            2 <= len(parts) <= 3 and all(parts) and (*parts, "auto")[2] in ("auto", "classification", "regression")
        ):
            raise ValueError(
                f"a table must be FILE:TARGET, FILE:TARGET:classification or …:regression, but got {text!r}"
            )
        return cls(*parts)

    @property
    def name(self) -> str:
        """Return what the table is called."""
        return Path(self.path).stem

    def read(self) -> tuple[pd.DataFrame, np.ndarray, bool]:
        """Return the columns, the target (class numbers or quantities), and whether it is classes."""
        frame = pd.read_csv(self.path, skipinitialspace=True, na_values="?")
        y = frame.pop(self.target)
        few = not pd.api.types.is_numeric_dtype(y) or y.nunique() == 2
        if self.kind == "classification" or (self.kind == "auto" and few):
            return frame, np.unique(y.astype(str), return_inverse=True)[1], True
        return frame, y.to_numpy(np.float64), False


def processor_seconds() -> float:
    """Return the seconds that processors worked for this process, its threads and its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def scores(y: np.ndarray, predictions: np.ndarray, classes: bool) -> dict[str, float | None]:
    """Return loss, error and calibration error.

    Of classes: log loss in nats a row, share of wrong rows, and the mean distance of the likeliest class's probability
    from how often it was right, over 15 bins; of quantities: root mean squared error, 1 − R², and none.
    """
    if not classes:
        loss, error = root_mean_squared_error(y, predictions), 1.0 - r2_score(y, predictions)
        return {"loss": float(loss), "error": float(error), "calibration_error": None}
    P = predictions.astype(np.float64)
    P /= P.sum(axis=1, keepdims=True)
    return {
        "loss": float(log_loss(y, P, labels=np.arange(P.shape[1]))),
        "error": 1.0 - float(accuracy_score(y, P.argmax(axis=1))),
        "calibration_error": calibration_error(y, P, np.ones(len(y))),
    }


def fitted(model: str, task: Task, seed: int) -> dict[str, Any]:
    """Fit a model on four fifths of the rows, stratified for classes, and judge it by the rest."""
    frame, y, classes = task.read()
    entry, rows = FIELD[model], np.arange(len(y))
    X = entry.given(frame)
    train, test = train_test_split(rows, test_size=0.2, random_state=seed, stratify=y if classes else None)
    estimator = entry.make(classes, seed, X)
    started = processor_seconds()
    estimator.fit(X.iloc[train], y[train])
    seconds = processor_seconds() - started
    predict = estimator.predict_proba if classes else estimator.predict
    result = {"rows": len(y), "classes": int(y.max()) + 1 if classes else 0}
    result |= scores(y[test], np.asarray(predict(X.iloc[test])), classes) | {"fit_seconds": seconds}
    many = X.iloc[np.resize(rows, ROWS)]
    started = processor_seconds()
    predict(many)
    return result | {"predict_seconds": processor_seconds() - started, "bytes": size(estimator)}


def send(sender: Connection, model: str, argument: str, seed: int) -> None:
    """Fit, and send what came out, or what failed."""
    warnings.simplefilter("ignore")
    try:
        sender.send(fitted(model, Task.of(argument), seed))
    except Exception as problem:  # whatever a model may raise is a result of it
        sender.send({"failed": f"{type(problem).__name__}: {problem}".splitlines()[0][:200]})
