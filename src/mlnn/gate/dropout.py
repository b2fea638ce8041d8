"""Dropout: noise that multiplies a layer by zeros and ones while training, and nothing in prediction."""

from dataclasses import dataclass

import numpy as np

from mlnn.array import Array, Arrays, philox
from mlnn.gate.base import Gate, Step

_LEVELS = 1 << 16


@dataclass(frozen=True)
class Dropout(Gate):
    """Inverted dropout: y = x · m / (1 − p), where each mᵢⱼ is 0 with probability p and 1 otherwise.

    Dividing by 1 − p while training keeps the expected input of the next gate, so prediction needs no factor at all.

    Parameters
    ----------
    p : float, default 0.5
        The probability of dropping a unit, rounded to a multiple of 1/65,536 (the division uses the rounded value, so
        the expectation is exact).

    Raises
    ------
    ValueError
        If p is not in [0, 1).

    Notes
    -----
    Shapes: x, m, y (N, H). The mask is a function of seed, step, gate, row and unit alone: unit number
    i = row · H + unit takes 16 bits, number i mod 4 from the low end, of word ⌊i / 4⌋ of the Philox-4x64 stream
    with key (seed, gate) and counter (0, 0, step, 0), and is kept when they are at least 65,536 p.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov (2014), Dropout, section 4 and (inverted) 10;
    Salmon, Moraes, Dror, Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.

    Examples
    --------
    >>> y, memo = Dropout(0.5).apply((), np.ones((2, 4)), Step(seed=1, number=3))
    >>> y
    array([[2., 0., 0., 0.],
           [0., 0., 0., 2.]])
    """

    p: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 <= self.p < 1.0:
            raise ValueError(f"the dropout probability must lie in [0, 1), but got {self.p}")

    def mask(self, shape: tuple[int, int], step: Step) -> Array:
        """Return m for a batch of this shape: True where a unit is kept."""
        size = shape[0] * shape[1]
        words = philox(step.seed, step.gate, step.number).random_raw(-(-size // 4)).astype("<u8", copy=False)
        return np.asarray(words.view("<u2")[:size] >= self.dropped_levels).reshape(shape)

    def forward(self, X: Array, mask: Array) -> Array:
        """Return x · m / (1 − p)."""
        return X * mask * self.scale

    def backward(self, mask: Array, dY: Array) -> Array:
        """Return dX = dY · m / (1 − p): the same linear map."""
        return self.forward(dY, mask)

    def apply(self, p: Arrays, x: Array, step: Step | None) -> tuple[Array, Array | None]:
        """Drop units in training; pass everything in prediction."""
        if step is None:
            return x, None
        mask = self.mask((x.shape[0], x.shape[1]), step)
        return self.forward(x, mask), mask

    def pullback(self, p: Arrays, x: Array, y: Array, memo: Array | None, d_y: Array, d_p: Arrays) -> Array:
        return d_y if memo is None else self.backward(memo, d_y)

    @property
    def scale(self) -> float:
        """Return 1 / (1 − p) for the rounded p: what a unit that is kept is multiplied by."""
        return _LEVELS / (_LEVELS - self.dropped_levels)

    @property
    def dropped_levels(self) -> int:
        """Return p in levels of 1/65,536: what a unit's 16 bits must reach for the unit to be kept."""
        return min(round(self.p * _LEVELS), _LEVELS - 1)
