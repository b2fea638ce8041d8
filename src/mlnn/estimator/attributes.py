"""What a fitted estimator shows, by scikit-learn's names: views of its state, and of one θ as matrices and biases."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, overload

import numpy as np

from mlnn.array import Array
from mlnn.estimator.settings import Settings
from mlnn.estimator.state import State
from mlnn.network import Network
from mlnn.output import Logistic, Poisson, Softmax
from mlnn.training import Watcher

if TYPE_CHECKING:
    from mlnn.frame.preparation import Preparation

T = TypeVar("T")

ATTRIBUTES = """\
coefs_, intercepts_ : list of arrays
    W and b of every layer, views of ``theta_``.
interrupted_ : bool
    Whether training was interrupted from the keyboard: the weights are those of the last whole epoch.
n_iter_, t_, n_layers_, n_outputs_, out_activation_ : int or str
    As in scikit-learn.
n_features_in_, feature_names_in_ : int, array of str
    What X looked like.
loss_, best_loss_ : float
    The last and the lowest loss: the data's plus the penalty's, as training met it.
loss_curve_ : list of float
    The loss of every epoch, for L-BFGS too.
validation_scores_, validation_loss_curve_ : list of float or None
    Score and loss of every epoch on the rows to judge by.
best_validation_score_, best_iter_ : float, int or None
    The best score, and the epoch whose weights were kept.
watchers_ : list
    What the callbacks of this fit started, in their order: ``watchers_[0].best`` of a ``KeepBest``.
preparation_ : Preparation
    What was learned of a frame's columns, with ``categorical_features``.
network_, theta_ : Network, array of shape (P,)
    The library's network and its weights."""
"""The part of the estimators' docstrings that is about these."""


class Seen(Generic[T]):
    """An attribute that is a field of the state; before training it is not there, as scikit-learn's are not."""

    def __init__(self, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...

    @overload
    def __get__(self, owner: "Trained", kind: type) -> T: ...

    def __get__(self, owner: "Trained | None", kind: type) -> Self | T:
        if owner is None:
            return self
        value: T = getattr(owner.state, self.name)
        return value

    def __set__(self, owner: "Trained", value: T) -> None:
        setattr(owner.state, self.name, value)


class Trained(Settings):
    """Settings, and where a network of these settings stands. Writing into a view writes into the network."""

    _state: State
    _attributes: ClassVar[str] = ATTRIBUTES

    network_ = Seen[Network]("network")
    theta_ = Seen[Array]("theta")
    n_outputs_ = Seen[int]("outputs")
    n_iter_ = Seen[int]("n_iter")
    t_ = Seen[int]("t")
    loss_ = Seen[float]("loss")
    loss_curve_ = Seen[list[float]]("loss_curve")
    best_loss_ = Seen[float | None]("best_loss")
    validation_scores_ = Seen[list[float] | None]("validation_scores")
    validation_loss_curve_ = Seen[list[float] | None]("validation_loss_curve")
    best_validation_score_ = Seen[float | None]("best_validation_score")
    best_iter_ = Seen[int | None]("best_iter")
    interrupted_ = Seen[bool]("interrupted")
    watchers_ = Seen[list[Watcher]]("watchers")

    @property
    def state(self) -> State:
        """Return all that training has made."""
        try:
            return self.__dict__["_state"]
        except KeyError:
            raise AttributeError(f"this {type(self).__name__} is not fitted yet") from None

    def __sklearn_is_fitted__(self) -> bool:
        return "_state" in self.__dict__

    def __getstate__(self) -> dict[str, Any]:
        """Return what copies and pickles take along: a state of their own, and no fit that is under way."""
        own = {name: value for name, value in self.__dict__.items() if name != "_fitting"}
        return own | {"_state": own["_state"].apart()} if "_state" in own else own

    def __setstate__(self, own: dict[str, Any]) -> None:
        """Take over what ``__getstate__`` returned."""
        if "theta_" in own:
            raise ValueError(
                f"this {type(self).__name__} was pickled by an older version of mlnn, whose estimators kept their "
                "state otherwise: unpickle it with that version, or train it anew"
            )
        self.__dict__.update(own)

    @property
    def preparation_(self) -> "Preparation":
        """Return what was learned of a frame's columns."""
        if self.state.preparation is None:
            raise AttributeError(f"this {type(self).__name__} was not fitted with categorical_features")
        return self.state.preparation

    @property
    def coefs_(self) -> list[Array]:
        """Return the weight matrices, views of ``theta_``: layer i has shape (units before, units after)."""
        return self.network_.weights(self.theta_)

    @coefs_.setter
    def coefs_(self, values: Sequence[Array]) -> None:
        _write(self.coefs_, values)

    @property
    def intercepts_(self) -> list[Array]:
        """Return the biases, views of ``theta_``: layer i has shape (units after,)."""
        return [b.reshape(-1) for b in self.network_.biases(self.theta_)]

    @intercepts_.setter
    def intercepts_(self, values: Sequence[Array]) -> None:
        _write(self.intercepts_, values)

    @property
    def n_layers_(self) -> int:
        """Return the number of layers, inputs and outputs included."""
        return len(self.coefs_) + 1

    @property
    def out_activation_(self) -> str:
        """Return the name of what makes predictions of the last scores."""
        names: dict[type, str] = {Softmax: "softmax", Logistic: "logistic", Poisson: "exp"}
        return names.get(type(self.network_.output), "identity")


def _write(views: Sequence[Array], values: Sequence[Array]) -> None:
    if len(values) != len(views):
        raise ValueError(f"expected {len(views)} arrays, one a layer, but got {len(values)}")
    for view, value in zip(views, values, strict=True):
        view[...] = np.reshape(value, view.shape)
