"""Gradient clipping: element by element, or the gradient as a whole."""

import math
from dataclasses import dataclass

import numpy as np

from mlnn.array import Array
from mlnn.optimizer.base import Factor, State
from mlnn.optimizer.wrapper import Wrapper


def _require_limit(limit: float) -> None:
    """Refuse a limit that would turn gradients around, or leave nothing of them."""
    if not limit > 0.0:
        raise ValueError(f"limit must be above 0, but got {limit}")


@dataclass(frozen=True)
class ClipValue(Wrapper):
    """Each element of the gradient is kept within ±limit: g ← max(−limit, min(g, limit)).

    Parameters
    ----------
    optimizer : Optimizer
        Who gets the clipped gradient.
    limit : float, default 1.0
        The bound.

    Raises
    ------
    ValueError
        If ``limit`` is not positive.

    References
    ----------
    Goodfellow, Bengio, Courville (2016), Deep Learning, section 10.11.1.

    Examples
    --------
    >>> from mlnn.optimizer.sgd import SGD
    >>> ClipValue(SGD(), limit=2.0).update(np.zeros(3), np.array([-9.0, 1.0, 9.0]), (), 0.5, 0.0)[0]
    array([ 1. , -0.5, -1. ])
    """

    limit: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_limit(self.limit)

    def update(
        self, theta: Array, gradient: Array, state: State, rate: Factor, decay: Factor, *coefficients: float
    ) -> tuple[Array, State]:
        clipped = np.maximum(-self.limit, np.minimum(gradient, self.limit))
        return super().update(theta, clipped, state, rate, decay, *coefficients)


@dataclass(frozen=True)
class ClipNorm(Wrapper):
    """The gradient as a whole is kept within a ball: g ← g · min(1, limit / ‖g‖₂), the direction unchanged.

    Parameters
    ----------
    optimizer : Optimizer
        Who gets the scaled gradient.
    limit : float, default 1.0
        The radius.

    Raises
    ------
    ValueError
        If ``limit`` is not positive.

    Notes
    -----
    A rule never sees the gradient whole, so the scale is put on before ``update``: wherever a ``ClipNorm`` stands
    among wrappers, it measures the gradient as it arrives, before any ``ClipValue``.

    References
    ----------
    Pascanu, Mikolov, Bengio (2013), On the difficulty of training recurrent neural networks, algorithm 1.

    Examples
    --------
    >>> from mlnn.optimizer.sgd import SGD
    >>> ClipNorm(SGD(), limit=1.0).gradient_scale(np.array([3.0, 4.0]))
    0.2
    """

    limit: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_limit(self.limit)

    def gradient_scale(self, gradient: Array) -> float:
        """Return min(1, limit / ‖g‖₂), times what the inner optimizer still wants of the gradient so scaled."""
        norm = math.sqrt(np.sum(np.square(gradient, dtype=np.float64)))
        scale = self.limit / max(norm, self.limit)
        return scale * super().gradient_scale(scale * gradient)
