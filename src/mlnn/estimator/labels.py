"""Class labels to the targets of an output, and decisions back to labels."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from mlnn.array import Array, is_sparse
from mlnn.frame.column import EXACT, is_time, label, refuse_missing, refuse_zeros
from mlnn.frame.labels import meaning
from mlnn.frame.printable import printable
from mlnn.frame.sentence import number_of
from mlnn.output import Logistic, Output, SeveralSoftmax, Softmax

FLAGS = np.array([0, 1])
"""What a column says of a label that a row has, or has not."""

SOME = 20
"""In fewer rows numbers may well be classes that hardly repeat."""


@dataclass(frozen=True, eq=False)
class Labels:
    """What was learned of the labels: their values, and whether rows have one, several, or one for each question."""

    classes: Any  # in ascending order; of several a row, the numbers of the columns; of questions, a list for each
    several: bool = False  # whether y is a matrix with a column a label, 1 where a row has it
    sparse: bool = False  # whether that matrix was sparse, as predictions will then be

    @classmethod
    def learn(cls, y: Any, classes: Any = None) -> "Labels":
        """Learn from training labels, as ``typed`` returns them; ``classes`` may name some that do not occur yet."""
        _refuse_times(y)
        if y.dtype == object and y.ndim == 2:  # columns of different types
            return cls([np.unique(_checked(typed(column))) for column in y.T] if classes is None else classes)
        kind = type_of_target(y, input_name="y")
        if kind != "binary" and not (kind == "continuous" and len(np.unique(y)) == 2):  # with two nothing can be wrong
            _checked(y)
        if kind == "multiclass-multioutput":
            return cls([np.unique(column) for column in y.T] if classes is None else classes)
        several = kind == "multilabel-indicator"
        if several or classes is not None:
            return cls(unique_labels(y if several else classes), several, is_sparse(y))
        return cls(np.unique(y))

    @property
    def questions(self) -> bool:
        """Tell whether y has a column for each of several questions."""
        return isinstance(self.classes, list)

    @property
    def of_columns(self) -> list[Array]:
        """Return the classes of every column of y: of several labels a row, whether it has them."""
        if self.several:
            return [FLAGS] * len(self.classes)
        return self.classes if self.questions else [self.classes]

    @property
    def binary(self) -> bool:
        """Tell whether one yes or no says it all."""
        return not (self.several or self.questions) and len(self.classes) <= 2

    def output(self, loss: Any) -> Output:
        """Return scikit-learn's output for these labels, or the one given in its place."""
        if isinstance(loss, Output):
            if (self.several and not isinstance(loss, Logistic)) or (self.questions and loss != Softmax()):
                raise ValueError(f"several labels a row need the loss 'log_loss', but got {loss}")
            if isinstance(loss, Logistic) and not (self.several or self.binary):
                raise ValueError(f"{len(self.classes)} classes need an output for one of many, but got {loss}")
        if self.questions:
            return SeveralSoftmax(tuple(len(each) for each in self.classes))
        if isinstance(loss, Output):
            return loss
        return Logistic() if self.several or self.binary else Softmax()

    def scores(self, output: Output) -> int:
        """Return how many scores the output needs."""
        if isinstance(output, SeveralSoftmax):
            return sum(output.classes)
        return 1 if self.binary and isinstance(output, Logistic) else max(len(self.classes), 2 - self.several)

    def unknown(self, y: Any) -> Array:
        """Return the labels in ``y`` that were not there when these were learned."""
        if self.questions:
            strange = [
                _strange(column, classes) for classes, column in zip(self.classes, self._columns(y), strict=True)
            ]
            return np.concatenate([each.astype(object) for each in strange])
        return np.setdiff1d(unique_labels(y), self.classes) if self.several else _strange(y, self.classes)

    def named(self, y: Any, classes: Any) -> "Labels":
        """Return the labels that are named again; plain ones without another look at y, which ``unknown`` has."""
        plain = not (self.several or self.questions) and y.ndim == 1
        return Labels(unique_labels(classes)) if plain else Labels.learn(y, classes)

    def same(self, other: "Labels") -> bool:
        """Tell whether both know the same labels."""
        if self.questions != other.questions or len(self.classes) != len(other.classes):
            return False
        return all(np.array_equal(a, b) for a, b in zip(self.classes, other.classes, strict=True))

    def agrees(self, other: "Labels") -> bool:
        """Tell whether both know the same classes, however they spell them."""
        if (self.several, self.questions) != (other.several, other.questions):
            return False
        one, two = (each.classes if each.questions else [each.classes] for each in (self, other))
        return len(one) == len(two) and all(
            len(a) == len(b) and set(places_meant(b, a).tolist()) == {*range(len(a))}
            for a, b in zip(one, two, strict=True)
        )

    def places(self, y: Array) -> Array:
        """Return the number of the class that every label means in any spelling, −1 of those that mean none.

        Of several labels or questions a row, a column for each; whether a row has a label is 0 or 1.

        Raises
        ------
        ValueError
            If ``y`` has other columns.
        """
        return self._numbered(y, places_meant)

    def meant(self, y: Array) -> Array:
        """Return the same of labels that all mean something.

        Raises
        ------
        ValueError
            If one means no class of training.
        """
        return self._numbered(y, lambda column, classes: _known(column, places_meant(column, classes), classes))

    def encode(self, y: Any, output: Output) -> Array:
        """Return the targets of labels as they are spelled in training: a matrix of 0 and 1, or class numbers."""
        numbers = self._numbered(y.toarray() if is_sparse(y) else y, _numbers)
        if self.several:
            return numbers.astype(np.float64)
        return (numbers == 1).astype(np.float64)[:, None] if isinstance(output, Logistic) else numbers

    def _numbered(self, y: Array, number: Callable[[Array, Array], Array]) -> Array:
        """Return numbers of labels by their classes, column by column where a row has several."""
        if not (self.several or self.questions):
            return number(y, self.classes)
        columns = zip(self._columns(y), self.of_columns, strict=True)
        return np.column_stack([number(column, classes) for column, classes in columns])

    def _columns(self, y: Array) -> list[Array]:
        """Return the answers to each question, or who has each label."""
        if y.ndim != 2 or y.shape[1] != len(self.classes):
            each = "labels" if self.several else "questions"
            raise ValueError(f"y must have a column for each of {len(self.classes)} {each}, but its shape is {y.shape}")
        return [typed(column) for column in y.T]

    def decode(self, decisions: Array) -> Any:
        """Return the labels that an output's decisions stand for."""
        if self.questions:
            answers = zip(self.classes, decisions.reshape(len(decisions), -1).T, strict=True)
            columns = [classes[numbers] for classes, numbers in answers]
            mixed = len({column.dtype.kind for column in columns}) > 1
            return np.column_stack([column.astype(object) if mixed else column for column in columns])
        if not self.several:
            return self.classes[np.minimum(decisions, len(self.classes) - 1)]
        matrix = decisions.reshape(len(decisions), -1)
        if not self.sparse:
            return matrix
        from scipy.sparse import csr_matrix

        return csr_matrix(matrix)


def typed(y: Array) -> Array:
    """Return labels in an array with a type of their own, if they came as objects; columns of text and numbers stay.

    Examples
    --------
    >>> typed(np.array(["a", "bc"], dtype=object)), typed(np.array([[1, "a"], [2, "b"]], dtype=object)).dtype
    (array(['a', 'bc'], dtype='<U2'), dtype('O'))
    """
    if y.dtype != object:
        return y
    refuse_missing(y, "y")
    if y.ndim == 2:
        columns = [typed(column) for column in y.T]
        alike = len({column.dtype.kind in "US" for column in columns}) == 1
        return np.column_stack(columns) if alike else y
    text = np.array([isinstance(each, str) for each in y], dtype=bool)
    if text.any() and not text.all():
        both = f"{y[text][0]!r} and {y[~text][0]!r}"
        raise ValueError(f"labels must be all text or all numbers, but y holds both, such as {both}")
    refuse_zeros(y, "y")
    return np.array(y.tolist())


def settled(y: Any, warn: bool = True) -> Any:
    """Return targets with a type of their own, as a vector if there is one column."""
    if is_sparse(y):
        return y
    return typed(column_or_1d(y, warn=warn) if y.ndim == 2 and y.shape[1] == 1 else y)


def refuse_gaps(y: Any) -> None:
    """Refuse targets that NumPy would lose sight of: without a value in a frame or a list with text, or with zeros."""
    if hasattr(y, "isna") or (isinstance(y, list) and any(isinstance(each, str) for each in y)):
        refuse_missing(y, "y")
    if isinstance(y, list):
        refuse_zeros(y, "y")


PLAIN = (str, bytes, bool, int, float, np.generic, list, tuple, np.ndarray, type(None))
"""What labels, or rows of labels, can be; of the latter scikit-learn tells what is wrong with them."""


def _refuse_times(y: Any) -> None:
    """Refuse dates, durations and others which have many spellings, and which no model file holds."""
    cells = () if is_sparse(y) or y.dtype.kind not in "mMO" else y.ravel()
    met = next((cell for cell in cells if is_time(cell) or not isinstance(cell, PLAIN)), None)
    if met is not None:
        raise ValueError(
            f"Unknown label type: labels must be text, numbers or truth values, but y holds {met}, a "
            f"{type(met).__name__}: y.astype(str) makes text of it"
        )


def _checked(y: Array) -> Array:
    """Return labels that can be such; numbers that hardly repeat are asked about, as text, no quantity, is not."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes")
        kind = type_of_target(y, input_name="y")
        if kind.startswith("continuous"):
            raise ValueError(
                f"Unknown label type: {kind}: y holds {number_of(len(np.unique(y)), 'different number')}, such as "
                f"{y[y != np.rint(y)][0]:g}. TableRegressor and MLPRegressor predict quantities; y.astype(str) makes "
                "classes of them"
            )
        check_classification_targets(y)
    if y.dtype.kind == "f" and (np.abs(y) >= EXACT).any():
        told = f"y holds whole numbers of {EXACT:,} and more as floats, which do not tell neighbours apart"
        warnings.warn(f"{told}: give them as integers or text", UserWarning, stacklevel=4)
    different = len(np.unique(y)) if y.ndim == 1 and y.dtype.kind in "iuf" else 0
    if 2 * different > y.shape[0] > SOME:
        asked = f"y has {different:,} classes in {y.shape[0]:,} rows: if they are quantities, a regressor is for them"
        warnings.warn(asked, UserWarning, stacklevel=4)
    return y


def _strange(y: Array, classes: Array) -> Array:
    """Return the labels that are none of ``classes``."""
    if (y.dtype.kind in "US") != (classes.dtype.kind in "US"):
        return np.unique(y)
    return np.setdiff1d(y, classes)


def places(y: Array, classes: Array) -> Array:
    """Return the place of every label among ``classes``, −1 of those that are none of them."""
    if (y.dtype.kind in "US") != (classes.dtype.kind in "US"):
        return np.full(len(y), -1)
    numbers = np.minimum(np.searchsorted(classes, y), len(classes) - 1)
    return np.where(classes[numbers] == y, numbers, -1)


def places_meant(y: Array, classes: Array) -> Array:
    """Return the place of the class that every label means, however it is spelled; −1 of those that mean none."""
    numbers = places(y, classes)
    strange = numbers < 0
    if strange.any():
        meant = meaning(classes.tolist())
        place: dict[Any, int] = {each: k for k, each in enumerate(classes.tolist())} | {None: -1}
        different, which = np.unique(y[strange], return_inverse=True)
        numbers[strange] = np.array([place[meant(label(each))] for each in different.tolist()])[which]
    return numbers


def _numbers(y: Array, classes: Array) -> Array:
    """Return the place of every label among ``classes``."""
    return _known(y, places(y, classes), classes)


def _known(y: Array, numbers: Array, classes: Array) -> Array:
    """Return the places of labels, none of which is −1."""
    if numbers.min(initial=0) < 0:
        known = ", ".join(map(repr, classes[:10].tolist())) + (", …" if len(classes) > 10 else "")
        strange = y[numbers < 0].tolist()[0]
        raise ValueError(
            printable(f"y holds the class {strange!r}, which training has not seen: its classes are {known}")
        )
    return numbers
