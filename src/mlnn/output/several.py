"""Several questions about one row, each with classes of its own: a softmax over every group of scores."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mlnn.array import Array
from mlnn.output.base import Output, class_numbers
from mlnn.output.classification import Softmax


@dataclass(frozen=True)
class SeveralSoftmax(Output):
    """Cross-entropies of several softmaxes, summed: ℓ = Σ_g ℓ_g, each of a group of neighbouring scores.

    The questions are answered by one network, which shares its hidden layers between them.

    Shapes: S (N, K) where K = Σ ``classes``, y (N, G) class numbers, a column a question, losses (N,) in nats per row.

    Parameters
    ----------
    classes : tuple of int, default ()
        How many classes each question has; none means one question with as many classes as there are scores.

    References
    ----------
    Caruana (1997), Multitask learning; each term is ``Softmax``.

    Examples
    --------
    >>> S = np.log([[1.0, 3.0, 2.0, 1.0, 1.0]])
    >>> output, y = SeveralSoftmax((2, 3)), np.array([[1, 0]])
    >>> output.predict(S).round(12), output.decide(output.predict(S))
    (array([[0.25, 0.75, 0.5 , 0.25, 0.25]]), array([[1, 0]]))
    >>> round(output.loss(S, y), 4), output.diff(S, y).round(12)
    (0.9808, array([[ 0.25, -0.25, -0.5 ,  0.25,  0.25]]))
    """

    classifies: ClassVar[bool] = True

    classes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a question without an answer; files bring lists."""
        object.__setattr__(self, "classes", tuple(int(each) for each in self.classes))
        if any(each < 1 for each in self.classes):
            raise ValueError(f"every question needs at least 1 class, but got {self.classes}")

    def sizes(self, scores: int) -> tuple[int, ...]:
        """Return the number of scores of each group, for ``scores`` = K columns.

        Raises
        ------
        ValueError
            If they do not add up to K.
        """
        sizes = self.classes or (scores,)
        if sum(sizes) != scores:
            raise ValueError(f"questions with {sizes} classes need {sum(sizes)} scores, but there are {scores}")
        return sizes

    def targets(self, y: object, scores: int) -> Array:
        sizes = self.sizes(scores)
        columns = np.asarray(y)
        given, columns = columns.shape, columns[:, None] if columns.ndim == 1 else columns
        if columns.ndim != 2 or columns.shape[1] != len(sizes):
            raise ValueError(f"y must have {len(sizes)} columns, one a question, but its shape is {given}")
        return np.column_stack([class_numbers(column, size) for column, size in zip(columns.T, sizes, strict=True)])

    def groups(self, S: Array) -> list[Array]:
        """Return the columns of each group, as views."""
        return np.split(S, np.cumsum(self.sizes(S.shape[1]))[:-1], axis=1)

    def losses(self, S: Array, y: Array) -> Array:
        parts = zip(self.groups(S), y.T, strict=True)
        return np.sum([Softmax().losses(part, numbers) for part, numbers in parts], axis=0)

    def diff(self, S: Array, y: Array) -> Array:
        parts = zip(self.groups(S), y.T, strict=True)
        return np.hstack([Softmax().diff(part, numbers) for part, numbers in parts])

    def predict(self, S: Array) -> Array:
        return np.hstack([Softmax().predict(part) for part in self.groups(S)])

    def decide(self, P: Array) -> Array:
        """Return the class of the highest probability for each question: shape (N, G), or (N,) for one."""
        decisions = [Softmax().decide(part) for part in self.groups(P)]
        return np.column_stack(decisions) if len(decisions) > 1 else decisions[0]
