"""What a trained network makes of its rows on the way: the activations of a hidden layer, as columns for others."""

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from sklearn import neural_network as theirs
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    MetaEstimatorMixin,
    TransformerMixin,
    _fit_context,
    clone,
)
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from mlnn.array import Array, as_rows
from mlnn.check.subject import Subject, checked
from mlnn.engine import engine_for
from mlnn.estimator.adoption import from_sklearn
from mlnn.estimator.base import Multilayer
from mlnn.estimator.parameters import engine_of
from mlnn.gate import MultiplyGate
from mlnn.network import Network


class HiddenActivations(ClassNamePrefixFeaturesOutMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turns rows into the activations of one hidden layer of a network trained on them.

    The layers up to it are a network themselves; its scores are what ``transform`` returns. Dropout drops nothing and
    batch normalization uses its running statistics, as in prediction.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor, Model or (Network, θ)
        The network. Of an estimator, this library's or scikit-learn's, ``fit`` trains a clone, unless it is wrapped in
        a ``FrozenEstimator``; a ``Model``, or a network with its weights, is taken as it is.
    layer : int, default -1
        Which hidden layer, as an index: 0 is the first, -1 the last.
    prefit : bool, default False
        Whether an estimator is trained already and is taken as it is.

    Attributes
    ----------
    estimator_ : estimator
        The trained network.
    n_features_in_, feature_names_in_ : int, array of str
        What X looked like.

    Raises
    ------
    TypeError
        If the estimator is no such network, or a network without weights.
    ValueError
        If it has no such hidden layer, or θ does not fit it.

    Notes
    -----
    Shapes: X (N, D), activations (N, H). Columns are named ``hiddenactivations0``, ``hiddenactivations1`` …

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from mlnn import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> network = MLPClassifier((20, 2), "tanh", learning_rate_init=0.01, schedule="cosine", random_state=0)
    >>> hidden = HiddenActivations(network)
    >>> hidden.fit_transform(X, y).shape, hidden.set_params(layer=0).transform(X).shape
    ((150, 2), (150, 20))
    >>> from mlnn import Model
    >>> HiddenActivations(Model([4, 3, 2], seed=0)).transform(X).shape
    (150, 3)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": "no_validation",  # what it is shows when its weights are asked for
        "layer": [Integral],
        "prefit": ["boolean"],
    }

    def __init__(self, estimator: Subject, *, layer: int = -1, prefit: bool = False) -> None:
        self.estimator = estimator
        self.layer = layer
        self.prefit = prefit

    @_fit_context(prefer_skip_nested_validation=False)  # type: ignore[untyped-decorator]
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Train a clone of the network, or take one that is trained already; return the transformer.

        Parameters
        ----------
        X, y, sample_weight
            As for the network's own ``fit``.
        """
        if self._as_it_is:
            if hasattr(self.estimator, "fit"):
                check_is_fitted(self.estimator)
            self.estimator_ = self.estimator
        else:
            weights = {} if sample_weight is None else {"sample_weight": sample_weight}
            self.estimator_ = clone(self.estimator).fit(X, y, **weights)
        _ = self._network  # refuses a layer that is not there
        return self

    def transform(self, X: Any) -> Array:
        """Return the activations of rows X, shape (N, H)."""
        check_is_fitted(self)
        trained, network = self._trained, self._network
        if isinstance(trained, Multilayer):
            rows, theta, engine = trained.prepared(X, trained.state), trained.theta_, engine_of(trained, network)
        else:
            found = checked(trained)
            theta = np.asarray(found.theta, dtype=np.result_type(found.theta, np.float32))  # integers become numbers
            rows, engine = as_rows(X, found.network.inputs), engine_for(network)
        return engine.scores(network, theta[: network.size], rows.astype(theta.dtype, copy=False))

    @property
    def n_features_in_(self) -> int:
        """Return the number of columns of X."""
        return int(checked(self._trained).network.inputs)

    @property
    def feature_names_in_(self) -> Array:
        """Return the names of the columns of X, where they had some."""
        return self._trained.feature_names_in_

    def __sklearn_is_fitted__(self) -> bool:
        """Tell whether there is a trained network."""
        return self._as_it_is or hasattr(self, "estimator_")

    def __sklearn_tags__(self) -> Any:
        """Say of the rows and targets what the network says of them."""
        tags = super().__sklearn_tags__()
        if hasattr(self.estimator, "fit"):
            network = get_tags(self.estimator)
            tags.input_tags, tags.target_tags = network.input_tags, network.target_tags
        else:
            tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @property
    def _as_it_is(self) -> bool:
        """Tell whether nothing is to be trained: what has no ``fit`` brings its weights."""
        return self.prefit or not hasattr(self.estimator, "fit")

    @property
    def _trained(self) -> Any:
        """Return the trained network, without what may be wrapped around it."""
        trained = self.estimator if self._as_it_is else self.__dict__.get("estimator_")
        if trained is None:
            raise AttributeError(f"this {type(self).__name__} is not fitted yet")
        trained = getattr(trained, "estimator", trained)  # out of a FrozenEstimator
        if isinstance(trained, theirs.MLPClassifier | theirs.MLPRegressor):
            return from_sklearn(trained)
        if hasattr(trained, "steps"):
            raise TypeError("of a Pipeline give the network in it, and put the steps before it before this one")
        if checked(trained).theta is None:
            raise TypeError("a Network has no weights: give (network, theta) instead")
        return trained

    @property
    def _network(self) -> Network:
        """Return the network of all gates up to the layer: those before the weights that take it in."""
        whole = checked(self._trained).network
        ends = [index for index, gate in enumerate(whole.gates) if isinstance(gate, MultiplyGate)][1:]
        if not -len(ends) <= self.layer < len(ends):
            raise ValueError(f"layer must be the index of one of {len(ends)} hidden layers, but got {self.layer}")
        return Network(whole.inputs, whole.gates[: ends[self.layer]], whole.output)

    @property
    def _n_features_out(self) -> int:
        return self._network.widths[-1]
