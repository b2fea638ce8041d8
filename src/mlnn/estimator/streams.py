"""A source given to ``fit``: its targets are learned in a pass of their own, and whole shards judge early stopping."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import validate_data

from mlnn.array import Array
from mlnn.estimator.labels import settled, typed
from mlnn.estimator.rows import Encode, Rows
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.penalty import Penalty
from mlnn.source import Part, Source, put_aside

REPEATED = 3
"""Each class is told so often, as one that does not stand for a quantity."""


def targets_of(estimator: Any, source: Source, y: Any, sample_weight: Any, reset: bool) -> Array:
    """Return targets like all of a source's: of labels every class, of values those of the first shard.

    Raises
    ------
    ValueError
        If there are targets beside it, or the estimator asks for what no source has.
    """
    if y is not None:
        raise ValueError(f"{source!r} has targets of its own: give no y beside it")
    if sample_weight is not None or getattr(estimator, "class_weight", None) is not None:
        raise ValueError("a source brings the weights of its rows, weights=: give no sample_weight and no class_weight")
    if estimator.categorical_features is not None:
        raise ValueError("the rows of a source are numbers already: give no categorical_features")
    first = source.read(0)
    validate_data(estimator, first.X, reset=reset)
    if source.names:
        estimator.feature_names_in_ = np.array(source.names, dtype=object)
    if not is_classifier(estimator):
        return np.asarray(settled(first.y))
    if first.y.ndim != 1:
        raise ValueError(f"the labels of a source must be one for each row, but their shape is {first.y.shape}")
    classes = np.unique(np.concatenate([np.unique(typed(each)) for each in source.targets()]))
    return np.repeat(classes, REPEATED if REPEATED * len(classes) <= source.rows else 1)


def _encoded(encode: Encode, y: Array) -> Array:
    return encode(settled(y))


@dataclass(frozen=True, eq=False)
class Stream:
    """A source as ``fit`` trains on it: what ``Rows`` are in memory.

    Attributes
    ----------
    X : Source
        The rows.
    y : array
        Targets like all of its own.
    """

    X: Source
    y: Array
    weights: None = None
    trained: None = None

    @property
    def given(self) -> tuple[Any, None, None]:
        """Return X, y and weights as the user could have given them."""
        return self.X, None, None

    def problem(self, network: Network, encode: Encode, penalty: Penalty | None = None) -> Problem:
        """Return the objective of these rows."""
        return Problem.of(network, Part(self.X, targets=partial(_encoded, encode)), penalty=penalty)

    def put_aside(self, share: float, random: np.random.RandomState, classes: object) -> tuple[Self, Rows]:
        """Return the shards to train on, and the rows of others to judge by: a share, or as many as a window has.

        Raises
        ------
        ValueError
            If there is but one shard.

        Warns
        -----
        UserWarning
            If fewer rows judge than were asked for.
        """
        kept, aside = put_aside(self.X, share, random)
        if aside.rows < share * self.X.rows:
            warnings.warn(
                f"early stopping judges by {aside.rows:,} rows, which fit a window, and not by {share:.0%} of "
                f"{self.X.rows:,}; the others are trained on",
                stacklevel=5,
            )
        X, y, weights = aside.at_once()
        return replace(self, X=kept), Rows(X, settled(y), weights, (X, y, weights))


def answers(function: Callable[[Array], Array], estimator: Any, source: Source) -> Array:
    """Return what a function makes of a source's rows, a shard at a time.

    Raises
    ------
    ValueError
        If it has other columns than training had.
    """
    known = getattr(estimator, "feature_names_in_", None)
    if source.names and known is not None and list(source.names) != known.tolist():
        raise ValueError(f"{source!r} has the columns {list(source.names)}, but training had {known.tolist()}")
    if source.columns != estimator.n_features_in_:
        raise ValueError(f"X has {source.columns} features, but the network expects {estimator.n_features_in_}")
    return np.concatenate([function(shard.X) for shard in source])
