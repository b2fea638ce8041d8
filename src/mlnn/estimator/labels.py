"""Class labels to the targets of an output, and decisions back to labels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from mlnn.array import Array, is_sparse
from mlnn.output import Logistic, Output, Softmax


@dataclass(frozen=True, eq=False)
class Labels:
    """What was learned of the labels: their values, and whether rows have one of two, one of many, or several.

    Attributes
    ----------
    classes : array of shape (K,)
        The labels in ascending order; for several a row, the numbers of the columns.
    several : bool
        Whether y is a matrix with a column a label, 1 where a row has it.
    sparse : bool
        Whether that matrix was sparse, as predictions will then be.
    """

    classes: Array
    several: bool
    sparse: bool

    @classmethod
    def learn(cls, y: Any, classes: Any = None) -> "Labels":
        """Learn from training labels; ``classes`` may name some that do not occur yet."""
        check_classification_targets(y)
        several = type_of_target(y) == "multilabel-indicator"
        return cls(unique_labels(y if classes is None or several else classes), several, is_sparse(y))

    @property
    def binary(self) -> bool:
        """Tell whether one yes or no says it all."""
        return not self.several and len(self.classes) <= 2

    def output(self, loss: Any) -> Output:
        """Return scikit-learn's output for these labels, or the one given in its place."""
        if isinstance(loss, Output):
            if self.several and not isinstance(loss, Logistic):
                raise ValueError(f"several labels a row need the loss 'log_loss' or Logistic(), but got {loss}")
            if isinstance(loss, Logistic) and not (self.several or self.binary):
                raise ValueError(f"{len(self.classes)} classes need an output for one of many, but got {loss}")
            return loss
        return Logistic() if self.several or self.binary else Softmax()

    def scores(self, output: Output) -> int:
        """Return how many scores the output needs."""
        return 1 if self.binary and isinstance(output, Logistic) else max(len(self.classes), 2 - self.several)

    def unknown(self, y: Any) -> Array:
        """Return the labels in ``y`` that were not there when these were learned."""
        return np.setdiff1d(unique_labels(y), self.classes)

    def encode(self, y: Any, output: Output) -> Array:
        """Return the targets: a matrix of 0 and 1, or class numbers."""
        if self.several:
            return np.asarray(y.toarray() if is_sparse(y) else y, dtype=np.float64)
        numbers = np.minimum(np.searchsorted(self.classes, y), len(self.classes) - 1)
        strange = self.classes[numbers] != np.asarray(y)
        if strange.any():
            raise ValueError(f"y holds the class {np.asarray(y)[strange][0]}, which training has not seen")
        if isinstance(output, Logistic):
            return (numbers == 1).astype(np.float64)[:, None]
        return numbers

    def decode(self, decisions: Array) -> Any:
        """Return the labels that an output's decisions stand for."""
        if not self.several:
            return self.classes[np.minimum(decisions, len(self.classes) - 1)]
        matrix = decisions.reshape(len(decisions), -1)
        if not self.sparse:
            return matrix
        from scipy.sparse import csr_matrix

        return csr_matrix(matrix)
