"""What a predictor says of points: a class for each, with probabilities where it has them, or a number for each."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlnn.array import Array
from mlnn.engine import engine_for
from mlnn.frame import ColumnWarning
from mlnn.output import Logistic, Output

MANY = 50
"""Different numbers that may be classes; more are taken for measurements."""


@dataclass(frozen=True, eq=False)
class Classes:
    """Answers that are classes, for M points and N rows."""

    labels: Array  # the K classes, in ascending order
    rows: Array  # the number of every row's own class
    share: Array  # (M, K): probabilities, scores, or 1 at the predicted class; NaN where nothing was predicted
    graded: bool  # whether these are probabilities


@dataclass(frozen=True, eq=False)
class Numbers:
    """Answers that are numbers: of the points, shape (M,), NaN where there is none; and the rows' targets."""

    values: Array
    rows: Array


def answers(subject: Any, points: Any, y: object) -> Classes | Numbers:
    """Ask a predictor about points and match what it says with the rows' labels or targets ``y``.

    Parameters
    ----------
    subject : callable, Model, Ensemble or fitted estimator
        A function maps points to labels, to a matrix of probabilities (or scores) with a column a class, or to numbers.
    points : array or frame of shape (M, D)
        The points.
    y : array of shape (N,)
        Labels of any type, or numbers.

    Raises
    ------
    ValueError
        If the subject is none of these, or its answers do not fit the points or y.
    """
    truth = _one_column(y)
    with warnings.catch_warnings(action="ignore", category=ColumnWarning):  # far off is where a picture's edges are
        said, labels, output = _asked(subject, points)
    said = _plain(np.asarray(said))
    if said.ndim == 2 and said.shape[1] == 1:
        said = said[:, 0]
    if said.ndim not in (1, 2) or len(said) != len(points):
        raise ValueError(
            f"pred_func must return {len(points)} labels or numbers, or a row of probabilities for each of these "
            f"points, but its result has shape {said.shape}"
        )
    if said.dtype.kind == "c" or (said.dtype.kind == "f" and not np.isfinite(said).any()):
        raise ValueError("pred_func returned no finite real number for any of the points: there is nothing to draw")
    if output is not None and not output.classifies:
        return _numbers(said, truth, output)
    if said.ndim == 2:
        return _graded(said, truth, labels)
    if output is None and _measures(said, truth):
        return _numbers(said, truth, None)
    return _labelled(said, truth)


def _asked(subject: Any, points: Any) -> tuple[Any, Array | None, Output | None]:
    """Return what the subject says, the labels of its columns, and its output; the last two where they are known."""
    if hasattr(subject, "network") and hasattr(subject, "theta"):
        network, theta = subject.network, subject.theta
        with engine_for(network).predictor(network, theta) as predict:
            said = predict(np.ascontiguousarray(points, dtype=theta.dtype))
        return _with_its_opposite(said, network.output), None, network.output
    if hasattr(subject, "members") and hasattr(subject, "predict_proba"):
        output = subject.members[0][0].output
        return _with_its_opposite(subject.predict_proba(points), output), None, output
    if hasattr(subject, "classes_") and hasattr(subject, "predict_proba"):
        return subject.predict_proba(points), np.asarray(subject.classes_), None
    ask: Callable[[Any], Any] | None = getattr(subject, "predict", subject)
    if not callable(ask) or isinstance(subject, type):
        raise ValueError(
            f"pred_func must be a function of points, a model with its weights or a fitted estimator, not {subject!r}"
        )
    return ask(points), None, None


def _with_its_opposite(said: Array, output: Output) -> Array:
    """Return the probabilities of no and yes where there was only that of yes."""
    if isinstance(output, Logistic) and said.shape[1] == 1:
        return np.hstack([1.0 - said, said])
    if said.shape[1] > 1 and (isinstance(output, Logistic) or not output.classifies or hasattr(output, "groups")):
        raise ValueError(f"a picture shows one answer for each point, but {output} gives several")
    return said


def _plain(values: Array) -> Array:
    """Return an array of one kind of object as an array of that type: a frame's text and numbers come as objects."""
    if values.dtype.kind != "O":
        return values
    text = [isinstance(value, str) for value in values.flat]
    number = [isinstance(value, int | float | np.number | np.bool_) for value in values.flat]
    return np.array(values.tolist()) if all(text) or all(number) else values


def _one_column(y: object) -> Array:
    truth = _plain(np.asarray(y))
    truth = truth[:, 0] if truth.ndim == 2 and truth.shape[1] == 1 else truth
    if truth.dtype.kind == "f" and not np.isfinite(truth).all():
        raise ValueError(f"y must be finite, but row {np.flatnonzero(~np.isfinite(truth))[0]} is not")
    return truth


def _measures(said: Array, truth: Array) -> bool:
    """Tell whether numbers are measurements: too many to be classes, or not among those that the rows have."""
    if said.dtype.kind not in "iuf" or truth.dtype.kind not in "biuf":
        return False
    kinds, own = np.unique(said[np.isfinite(said)]), np.unique(truth)
    if len(kinds) > MANY or len(own) > MANY:
        return True
    return not np.isin(kinds, own).all() and not all((each == np.floor(each)).all() for each in (kinds, own))


def _numbers(said: Array, truth: Array, output: Output | None) -> Numbers:
    if truth.dtype.kind not in "biuf":
        raise ValueError(f"numbers are predicted{f' by {output}' if output else ''}, but y holds {_kind(truth)}")
    return Numbers(np.where(np.isfinite(said), said, np.nan).astype(np.float64), truth.astype(np.float64))


def _graded(said: Array, truth: Array, labels: Array | None) -> Classes:
    """Return classes with a column of probabilities, or scores, each."""
    own, columns = _unique(truth), said.shape[1]
    if labels is None:
        numbered = own.dtype.kind in "biuf" and bool(np.isin(own, np.arange(columns)).all())
        if not numbered and len(own) != columns:
            raise ValueError(
                f"pred_func returns {columns} columns, one a class, but y holds {len(own)} classes: {own[:9]}"
            )
        labels = np.arange(columns) if numbered else own
    if len(labels) != columns:
        raise ValueError(f"there are {len(labels)} classes, but {columns} columns of probabilities")
    _comparable(labels, own)
    every = _unique(np.concatenate([labels, own]))  # rows may be of a class that was never learned
    share = np.full((len(said), len(every)), 0.0 if (said >= 0.0).all() else np.nanmin(said))
    share[:, np.searchsorted(every, labels)] = said
    share[~np.isfinite(said).all(axis=1)] = np.nan
    sums = said.sum(axis=1)[np.isfinite(said).all(axis=1)]
    graded = bool(np.nanmin(said) >= 0.0 and np.allclose(sums, 1.0, atol=1e-3))
    return Classes(every, np.searchsorted(every, truth), share, graded)


def _labelled(said: Array, truth: Array) -> Classes:
    """Return classes without probabilities."""
    there = np.isfinite(said) if said.dtype.kind == "f" else np.ones(len(said), dtype=bool)
    own, kinds = _unique(truth), _unique(said[there])
    _comparable(kinds, own)
    every = _unique(np.concatenate([kinds, own]))
    share = np.zeros((len(said), len(every)))
    share[there, np.searchsorted(every, said[there])] = 1.0
    share[~there] = np.nan
    return Classes(every, np.searchsorted(every, truth), share, graded=False)


def _unique(labels: Array) -> Array:
    """Return the different labels in ascending order."""
    try:
        return np.unique(labels)
    except TypeError:
        raise ValueError("labels must be of one kind, all text or all numbers, but they are mixed") from None


def _comparable(predicted: Array, own: Array) -> None:
    """Refuse labels of which some are text and others numbers: none would ever be right."""
    if (predicted.dtype.kind in "biuf") != (own.dtype.kind in "biuf"):
        raise ValueError(
            f"predictions are {_kind(predicted)} such as {predicted[0]!r}, but y holds {_kind(own)} such as {own[0]!r}"
        )


def _kind(values: Array) -> str:
    return "numbers" if values.dtype.kind in "biuf" else "text" if values.dtype.kind in "US" else "labels"
