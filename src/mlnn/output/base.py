"""What every output shares: per-row losses, per-row derivatives, and the one mean that the tutorial prints."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlnn.array import Array, as_numbers


class Output(ABC):
    """The end of a network: scores S of shape (N, K) become predictions, losses and derivatives.

    ``losses`` and ``diff`` are per row. Weighting and averaging rows is the objective's business and happens there
    once; ``loss`` is the plain mean, as the tutorial's output has it.
    """

    classifies: ClassVar[bool] = False
    """Whether targets are classes."""

    kinks: ClassVar[tuple[float, ...]] = ()
    """Values of ``margins`` at which the loss has no derivative; the gradient check must know them."""

    @abstractmethod
    def targets(self, y: object, scores: int) -> Array:
        """Return ``y`` in the form that ``losses`` and ``diff`` take, for ``scores`` = K columns of scores.

        Raises
        ------
        ValueError
            If ``y`` is not a target of this output: what was expected and what came.
        """

    @abstractmethod
    def losses(self, S: Array, y: Array) -> Array:
        """Return ℓ of shape (N,), one loss a row."""

    @abstractmethod
    def diff(self, S: Array, y: Array) -> Array:
        """Return ∂ℓᵢ/∂S of shape (N, K): row i holds the derivative of row i's own loss."""

    def predict(self, S: Array) -> Array:
        """Return the predictions: probabilities where the output has them, else the scores."""
        return S

    def decide(self, P: Array) -> Array:
        """Return what the predictions P say, in the form of the training targets: a class number, 0/1, a value."""
        return P[:, 0] if P.shape[1] == 1 else P

    def margins(self, S: Array, y: Array) -> Array:
        """Return the quantities whose kinks the gradient check watches; any shape."""
        return S

    def loss(self, S: Array, y: object) -> float:
        """Return the mean of the losses over the rows."""
        return float(self.losses(S, self.targets(y, S.shape[1])).mean())


def class_numbers(y: object, classes: int) -> Array:
    """Return ``y`` as integers 0 … classes − 1.

    Examples
    --------
    >>> class_numbers([0, 1, 3], classes=3)
    Traceback (most recent call last):
    ...
    ValueError: y must hold class numbers from 0 to 2, but row 2 holds 3
    """
    try:
        labels = np.asarray(y)
    except ValueError:
        raise ValueError("y must be a vector of class numbers, but its rows differ in length") from None
    if labels.ndim != 1:
        hint = "; write y.ravel()" if labels.ndim == 2 and labels.shape[1] == 1 else ""
        raise ValueError(f"y must be a vector of class numbers, but its shape is {labels.shape}{hint}")
    if labels.dtype.kind not in "iub":
        numeric = labels.dtype.kind == "f"
        wrong = np.flatnonzero(labels != np.floor(labels)) if numeric else np.arange(len(labels))
        if wrong.size or not numeric:
            hint = "" if numeric else "; np.unique(y, return_inverse=True) numbers classes of other names"
            raise ValueError(
                f"y must hold integers from 0 to {classes - 1}, but it holds {labels.dtype} such as "
                f"{labels[wrong[:1]]}{hint}"
            )
    labels = labels.astype(np.int64) if labels.dtype.kind == "b" else labels
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if wrong.size:
        hint = "; are they numbered from 1? Write y - 1" if labels.min() == 1 and labels.max() == classes else ""
        raise ValueError(
            f"y must hold class numbers from 0 to {classes - 1}, but row {wrong[0]} holds {labels[wrong[0]]:.15g}{hint}"
        )
    return labels.astype(np.int64)


def target_matrix(y: object, columns: int) -> Array:
    """Return ``y`` as a finite matrix of shape (N, columns); a vector becomes one column.

    Examples
    --------
    >>> target_matrix([1, 2], columns=1)
    array([[1.],
           [2.]])
    """
    values = as_numbers("y", y, "numeric", np.float64)
    given, values = values.shape, values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or values.shape[1] != columns:
        raise ValueError(f"y must have {columns} columns, one a score, but its shape is {given}")
    if not np.isfinite(values).all():
        raise ValueError(f"y must be finite, but row {np.argwhere(~np.isfinite(values))[0][0]} is not")
    return values


@dataclass(frozen=True)
class Elementwise(Output):
    """An output whose loss is a sum over the columns of f(score, target), each a plain ufunc expression."""

    @abstractmethod
    def formula(self, s: Array, t: Array) -> Array:
        """Return the loss of every score, element by element."""

    @abstractmethod
    def slope(self, s: Array, t: Array) -> Array:
        """Return ∂formula/∂s, element by element."""

    def targets(self, y: object, scores: int) -> Array:
        return target_matrix(y, scores)

    def losses(self, S: Array, y: Array) -> Array:
        return self.formula(S, y).sum(axis=1)

    def diff(self, S: Array, y: Array) -> Array:
        return self.slope(S, y)

    def margins(self, S: Array, y: Array) -> Array:
        return S - y
