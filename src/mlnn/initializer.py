"""Initializers: how the first value of a parameter is drawn."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from mlnn.array import Array, Random


class Initializer(ABC):
    """A frozen recipe: a shape and a source of random numbers give an array.

    For a weight matrix of shape (D, H), D is the fan-in and H the fan-out.
    """

    @abstractmethod
    def __call__(self, shape: tuple[int, ...], random: Random) -> Array:
        """Return the first value of a parameter of this shape."""


@dataclass(frozen=True)
class Constant(Initializer):
    """Every element has the same value: zero for biases, one for gains.

    Examples
    --------
    >>> Constant(0.5)((1, 3), np.random.default_rng(0))
    array([[0.5, 0.5, 0.5]])
    """

    value: float = 0.0

    def __call__(self, shape: tuple[int, ...], random: Random) -> Array:
        return np.full(shape, self.value)


@dataclass(frozen=True)
class Normal(Initializer):
    """Small random numbers, N(0, scale²).

    Examples
    --------
    >>> Normal(0.01)((2, 2), np.random.RandomState(0)).round(4)
    array([[0.0176, 0.004 ],
           [0.0098, 0.0224]])
    """

    scale: float = 0.01

    def __call__(self, shape: tuple[int, ...], random: Random) -> Array:
        values: Array = self.scale * random.standard_normal(shape)
        return values


@dataclass(frozen=True)
class Uniform(Initializer):
    """Every value between −limit and limit is as likely as any other: variance limit² / 3.

    Examples
    --------
    >>> Uniform(0.5)((1, 3), np.random.RandomState(0)).round(4)
    array([[0.0488, 0.2152, 0.1028]])
    """

    limit: float = 0.01

    def __call__(self, shape: tuple[int, ...], random: Random) -> Array:
        values: Array = random.uniform(-self.limit, self.limit, shape)
        return values


@dataclass(frozen=True)
class Fan(Initializer):
    """The tutorial's weights: N(0, 1) / √D, so that a unit's score has the variance of its inputs.

    References
    ----------
    LeCun, Bottou, Orr, Müller (1998), Efficient BackProp, eq. 16.

    Examples
    --------
    >>> Fan()((4, 2), np.random.RandomState(0))[0].round(4)
    array([0.882 , 0.2001])
    """

    def __call__(self, shape: tuple[int, ...], random: Random) -> Array:
        values: Array = random.standard_normal(shape) / np.sqrt(shape[0])
        return values


@dataclass(frozen=True)
class Glorot(Initializer):
    """Uniform on ±√(6 / (D + H)): variance 2 / (D + H), a compromise between the forward and the backward pass.

    References
    ----------
    Glorot, Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, eq. 16.

    Examples
    --------
    >>> bool(abs(Glorot()((3, 3), np.random.default_rng(0))).max() <= 1.0)
    True
    """

    def __call__(self, shape: tuple[int, ...], random: Random) -> Array:
        return Uniform(np.sqrt(6.0 / (shape[0] + shape[-1])))(shape, random)


@dataclass(frozen=True)
class GlorotNormal(Initializer):
    """Glorot's variance with a normal distribution: N(0, 2 / (D + H)).

    References
    ----------
    Glorot, Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, eq. 12.

    Examples
    --------
    >>> GlorotNormal()((4, 4), np.random.RandomState(0))[0, :2].round(4)
    array([0.882 , 0.2001])
    """

    def __call__(self, shape: tuple[int, ...], random: Random) -> Array:
        return Normal(np.sqrt(2.0 / (shape[0] + shape[-1])))(shape, random)


@dataclass(frozen=True)
class He(Initializer):
    """Uniform on ±√(6 / D): variance 2 / D, which makes up for the half of the inputs that a ReLU sets to zero.

    References
    ----------
    He, Zhang, Ren, Sun (2015), Delving deep into rectifiers, eq. 10 (the variance; the paper draws from a normal).

    Examples
    --------
    >>> bool(abs(He()((6, 9), np.random.default_rng(0))).max() <= 1.0)
    True
    """

    def __call__(self, shape: tuple[int, ...], random: Random) -> Array:
        return Uniform(np.sqrt(6.0 / shape[0]))(shape, random)


@dataclass(frozen=True)
class HeNormal(Initializer):
    """He's variance with a normal distribution: N(0, 2 / D).

    References
    ----------
    He, Zhang, Ren, Sun (2015), Delving deep into rectifiers, eq. 10.

    Examples
    --------
    >>> HeNormal()((8, 1), np.random.RandomState(0))[:2, 0].round(4)
    array([0.882 , 0.2001])
    """

    def __call__(self, shape: tuple[int, ...], random: Random) -> Array:
        return Normal(np.sqrt(2.0 / shape[0]))(shape, random)


@dataclass(frozen=True)
class Sparse(Initializer):
    """Every unit listens to a few inputs of its own: ``connections`` weights N(0, scale²) a column, the others zero.

    Scores then have the same size however many inputs there are, and no two units start out alike.

    Parameters
    ----------
    connections : int, default 15
        Nonzero weights into each unit; all D of them where D is smaller.
    scale : float, default 1.0
        Standard deviation of these weights.

    Raises
    ------
    ValueError
        If ``connections`` is below 1: every weight would be zero, and all units would stay alike.

    References
    ----------
    Martens (2010), Deep learning via Hessian-free optimization, section 5 (15 connections); Sutskever, Martens, Dahl,
    Hinton (2013), On the importance of initialization and momentum in deep learning, section 3.1 (the unit normal);
    CS231n, Neural Networks Part 2, Weight Initialization.

    Examples
    --------
    >>> W = Sparse(connections=2)((5, 3), np.random.default_rng(0))
    >>> np.count_nonzero(W, axis=0)
    array([2, 2, 2])
    """

    connections: int = 15
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.connections < 1:
            raise ValueError(f"connections must be at least 1, but got {self.connections}")

    def __call__(self, shape: tuple[int, ...], random: Random) -> Array:
        columns = np.zeros(shape).reshape(shape[0], -1)
        values = Normal(self.scale)((min(self.connections, shape[0]), columns.shape[1]), random)
        for column, value in zip(columns.T, values.T, strict=True):
            column[random.permutation(shape[0])[: len(value)]] = value
        return columns.reshape(shape)


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """A random orthogonal matrix times ``gain``: WᵀW = gain² I where D ≥ H, else WWᵀ = gain² I.

    Parameters
    ----------
    gain : float, default 1.0
        The singular values of W, all of them.

    Notes
    -----
    W is the Q of a matrix of normal numbers A = QR. QR leaves the sign of each column of Q open; taking the one that
    makes R's diagonal positive lets Q follow the uniform (Haar) distribution.

    References
    ----------
    Saxe, McClelland, Ganguli (2014), Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks, section 3; Mezzadri (2007), How to generate random matrices from the classical compact groups (the sign).

    Examples
    --------
    >>> W = Orthogonal(gain=2.0)((5, 2), np.random.default_rng(0))
    >>> bool(np.allclose(W.T @ W, 4.0 * np.eye(2)))
    True
    """

    gain: float = 1.0

    def __call__(self, shape: tuple[int, ...], random: Random) -> Array:
        rows, columns = shape[0], int(np.prod(shape[1:]))
        Q, R = np.linalg.qr(random.standard_normal((max(rows, columns), min(rows, columns))))
        Q = self.gain * np.copysign(1.0, np.diagonal(R)) * Q
        return np.asarray(Q if rows >= columns else Q.T).reshape(shape)
