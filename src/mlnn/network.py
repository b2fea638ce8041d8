"""The network: a frozen chain of gates with an output at its end, and one flat vector θ for all their parameters."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from mlnn.array import Array, Random
from mlnn.gate import AddGate, BatchNorm, Dropout, Gate, MultiplyGate, Parameter
from mlnn.initializer import Constant, Initializer
from mlnn.layer import Activation, Tanh
from mlnn.output import Output, Softmax

T = TypeVar("T")
Views = tuple[tuple[Array, ...], ...]
"""For every gate of the chain, the arrays of its parameters."""


@dataclass(frozen=True)
class Placed:
    """A parameter with its name in the network and its place in θ."""

    name: str
    gate: int
    place: slice
    parameter: Parameter


@dataclass(frozen=True)
class Network:
    """A chain of gates and an output.

    Parameters
    ----------
    inputs : int
        D, the number of features.
    gates : tuple of Gate
        The chain, first gate first.
    output : Output
        What makes predictions and losses of the last gate's scores.

    Raises
    ------
    ValueError
        If there are no inputs, or a gate does not fit the width that reaches it.

    Examples
    --------
    The tutorial's picture, by hand and by the shorthand:

    >>> from mlnn.layer import Tanh
    >>> from mlnn.output import Softmax
    >>> chain = (MultiplyGate(3), AddGate(), Tanh(), MultiplyGate(2), AddGate(), Tanh())
    >>> network = Network(2, chain, Softmax())
    >>> network.widths
    (2, 3, 3, 3, 2, 2, 2)
    >>> [placed.name for placed in network.placed], network.size
    (['W1', 'b1', 'W2', 'b2'], 17)
    >>> Network.dense([2, 3, 2], scores_layer=Tanh()).widths == network.widths
    True
    """

    inputs: int
    gates: tuple[Gate, ...]
    output: Output

    def __post_init__(self) -> None:
        """Refuse a chain whose widths do not fit, before anyone trains it."""
        if self.inputs < 1:
            raise ValueError(f"a network needs at least 1 input, but got {self.inputs}")
        _ = self.widths

    @classmethod
    def dense(
        cls,
        layers_dim: Sequence[int],
        layer: Activation | Sequence[Activation] = Tanh(),
        output: Output = Softmax(),
        *,
        scores_layer: Activation | None = None,
        weights: Initializer | None = None,
        biases: Initializer = Constant(),
        batch_norm: bool = False,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        penalties: float | Sequence[float] = 1.0,
        max_norm: float = np.inf,
    ) -> "Network":
        """Build the usual chain: multiply → add (→ batch norm) → layer (→ dropout), again and again, then scores.

        Parameters
        ----------
        layers_dim : sequence of int
            Widths, inputs first, scores last: ``[2, 3, 2]``.
        layer : Activation or sequence of them
            One for all hidden layers, or one for each.
        output : Output
            The end of the chain.
        scores_layer : Activation, optional
            A layer on the last scores. The tutorial has tanh there, which bounds the scores to [−1, 1].
        weights, biases : Initializer
            How W and b are drawn; by default W as the layer that follows it recommends, and b as zeros.
        batch_norm : bool
            Whether each hidden layer is preceded by batch normalization.
        dropout : float or sequence of float
            The probability of dropping a hidden unit, one for all hidden layers or one for each.
        input_dropout : float
            The probability of dropping an input.
        penalties : float or sequence of float
            The factor on the penalty's strength, one for all weight matrices or one for each.
        max_norm : float
            Bound on the norm of the weights into each unit.

        Raises
        ------
        ValueError
            If a width is below 1, or a sequence has another length than there are layers to fill.
        """
        dims = [int(width) for width in layers_dim]
        if len(dims) < 2 or min(dims) < 1:
            raise ValueError(f"layers_dim must hold at least two widths of at least 1, but got {list(layers_dim)}")
        hidden = len(dims) - 2
        layers: list[Activation | None] = [*_one_each("layer", layer, hidden), scores_layer]
        drops = [*_one_each("dropout", dropout, hidden), 0.0]
        normalized = [*[batch_norm] * hidden, False]
        gates: list[Gate] = [Dropout(input_dropout)] if input_dropout else []
        for width, act, norm, drop, factor in zip(
            dims[1:], layers, normalized, drops, _one_each("penalties", penalties, hidden + 1), strict=True
        ):
            units = act.inputs(width) if act else width
            initializer = weights or (act.initializer if act else Tanh.initializer)
            gates += [MultiplyGate(units, initializer, penalty=factor, max_norm=max_norm), AddGate(biases)]
            gates += [BatchNorm()] if norm else []
            gates += [act] if act else []
            gates += [Dropout(drop)] if drop else []
        return cls(dims[0], tuple(gates), output)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """Return the number of columns before the first gate, between the gates, and after the last."""
        widths = [self.inputs]
        for gate in self.gates:
            widths.append(gate.width(widths[-1]))
        return tuple(widths)

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Return every parameter with its name and its place in θ, in the order of the chain."""
        placed, start, count = [], 0, Counter[str]()
        for index, (gate, width) in enumerate(zip(self.gates, self.widths, strict=False)):
            for parameter in gate.parameters(width):
                count[parameter.letter] += 1
                stop = start + int(np.prod(parameter.shape))
                placed.append(
                    Placed(f"{parameter.letter}{count[parameter.letter]}", index, slice(start, stop), parameter)
                )
                start = stop
        return tuple(placed)

    @cached_property
    def size(self) -> int:
        """Return P, the length of θ."""
        return self.placed[-1].place.stop if self.placed else 0

    @property
    def trained_size(self) -> int:
        """Return how many elements of θ the gradient moves."""
        return int(np.count_nonzero(self.rates))

    @cached_property
    def rates(self) -> Array:
        """Return the learning-rate factor of every element of θ; 0 for running statistics."""
        return self._spread([p.parameter.rate if p.parameter.trained else 0.0 for p in self.placed])

    @cached_property
    def penalties(self) -> Array:
        """Return the penalty factor of every element of θ; 0 for biases."""
        return self._spread([p.parameter.penalty for p in self.placed])

    def initial(self, random: Random, dtype: npt.DTypeLike = np.float64) -> Array:
        """Draw a first θ, parameter by parameter in the order of the chain."""
        theta = np.empty(self.size, dtype)
        for p in self.placed:
            theta[p.place] = p.parameter.initializer(p.parameter.shape, random).ravel()
        return theta

    def views(self, theta: Array) -> Views:
        """Return, for every gate, its parameters as views of θ: writing to one writes to the other."""
        if theta.shape != (self.size,):
            raise ValueError(f"θ must have shape ({self.size},), but its shape is {theta.shape}")
        return tuple(
            tuple(theta[p.place].reshape(p.parameter.shape) for p in self.placed if p.gate == index)
            for index in range(len(self.gates))
        )

    def named(self, theta: Array) -> dict[str, Array]:
        """Return the parameters by name, as views of θ."""
        return {p.name: theta[p.place].reshape(p.parameter.shape) for p in self.placed}

    def _spread(self, values: Sequence[float]) -> Array:
        return np.repeat(np.asarray(values, dtype=np.float64), [p.place.stop - p.place.start for p in self.placed])


def _one_each(name: str, value: T | Sequence[T], layers: int) -> list[T]:
    """Return ``value`` as a list with one entry a layer."""
    if not isinstance(value, Sequence):
        return [value] * layers
    if len(value) != layers:
        raise ValueError(f"{name} must be one value, or one for each of the {layers} layers, but got {len(value)}")
    return list(value)
