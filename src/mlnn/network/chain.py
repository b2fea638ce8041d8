"""The network: a frozen chain of gates with an output at its end, and one flat vector θ for all their parameters."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from mlnn import memory
from mlnn.array import Array, Arrays, Random, real_number, truth_value, whole_number
from mlnn.gate import AddGate, BatchNorm, Dropout, Gate, MultiplyGate, Parameter
from mlnn.initializer import Constant, Initializer
from mlnn.layer import Activation, Tanh
from mlnn.names import Choice, found, is_own
from mlnn.network.contract import first_values, require_gate
from mlnn.output import Output, Softmax

T = TypeVar("T")
Views = tuple[Arrays, ...]
"""For every gate of the chain, the arrays of its parameters."""

LONG = 14
"""Gates of a chain that are named one by one."""


@dataclass(frozen=True)
class Placed:
    """A parameter with its name in the network and its place in θ."""

    name: str
    gate: int
    place: slice
    parameter: Parameter


@dataclass(frozen=True, repr=False)
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

    A gate or output may also be given by its class or name, which stand for it with its defaults: ``ReLU``, ``"relu"``.

    Raises
    ------
    TypeError, ValueError
        If there are no inputs, something in the chain is no gate, a gate does not fit the width that reaches it, or
        one of your own breaks its contract (``mlnn.network.contract``).

    Examples
    --------
    The tutorial's picture, by hand and by the shorthand:

    >>> from mlnn.layer import Tanh
    >>> from mlnn.output import Softmax
    >>> chain = (MultiplyGate(3), AddGate(), Tanh(), MultiplyGate(2), AddGate(), Tanh())
    >>> network = Network(2, chain, Softmax())
    >>> network
    Network(2 → multiply 3 → add → Tanh() → multiply 2 → add → Tanh() → Softmax(smoothing=0.0); 17 parameters)
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
        object.__setattr__(self, "inputs", whole_number("inputs", self.inputs))
        if isinstance(self.gates, str | Gate) or not isinstance(self.gates, Iterable):
            raise TypeError(f"gates must be a sequence of gates, but got {self.gates!r}")
        object.__setattr__(self, "gates", tuple(found(Gate, list(self.gates), several=True)))
        object.__setattr__(self, "output", found(Output, self.output))
        for gate, width in zip(self.gates, self.widths, strict=False):
            if is_own(gate):
                require_gate(gate, width)

    def __repr__(self) -> str:
        return f"Network({self.chain}; {self.size} parameters)"

    @classmethod
    def dense(
        cls,
        layers_dim: Sequence[int],
        layer: Choice[Activation] | Sequence[Choice[Activation]] = Tanh(),
        output: Choice[Output] = Softmax(),
        *,
        scores_layer: Choice[Activation] | None = None,
        weights: Choice[Initializer] | None = None,
        biases: Choice[Initializer] = Constant(),
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
            One for all hidden layers, or one for each. Layers, output and initializers may be given by class or name.
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
        TypeError, ValueError
            If a width is no whole number of at least 1, a setting is not what it should be, or a sequence has another
            length than there are layers to fill.
        """
        dims = _widths(layers_dim)
        hidden = len(dims) - 2
        last = None if scores_layer is None else found(Activation, scores_layer, "scores_layer")
        chosen = found(Activation, layer, "layer", several=True)
        layers: list[Activation | None] = [*_one_each("layer", chosen, hidden), last]
        drops = [*_numbers("dropout", dropout, hidden), 0.0]
        first_drop = real_number("input_dropout", input_dropout)
        drawn = None if weights is None else found(Initializer, weights, "weights")
        added = found(Initializer, biases, "biases")
        bound = real_number("max_norm", max_norm, infinite=True)
        normalized = [*[truth_value("batch_norm", batch_norm)] * hidden, False]
        gates: list[Gate] = [Dropout(first_drop)] if first_drop else []
        for width, act, norm, drop, factor in zip(
            dims[1:], layers, normalized, drops, _numbers("penalties", penalties, hidden + 1), strict=True
        ):
            units = act.inputs(width) if act else width
            initializer = drawn or (act.initializer if act else Tanh.initializer)
            gates += [MultiplyGate(units, initializer, penalty=factor, max_norm=bound), AddGate(added)]
            gates += [BatchNorm()] if norm else []
            gates += [act] if act else []
            gates += [Dropout(drop)] if drop else []
        return cls(dims[0], tuple(gates), found(Output, output))

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """Return the number of columns before the first gate, between the gates, and after the last."""
        widths = [self.inputs]
        for gate in self.gates:
            widths.append(whole_number(f"the width of {type(gate).__name__}", gate.width(widths[-1])))
        return tuple(widths)

    @property
    def chain(self) -> str:
        """Return the gates in words, the middle of a long chain left out."""
        words = [str(self.inputs)]
        for gate in self.gates:
            known = {MultiplyGate: f"multiply {getattr(gate, 'units', '')}", AddGate: "add"}
            words.append(known.get(type(gate), repr(gate)))
        if len(words) > LONG:
            words[LONG // 2 : -LONG // 2] = [f"… {len(words) - LONG} gates …"]
        return " → ".join([*words, repr(self.output)])

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Return every parameter with its name and its place in θ, in the order of the chain."""
        placed, start, count = [], 0, Counter[str]()
        for index, (gate, width) in enumerate(zip(self.gates, self.widths, strict=False)):
            for parameter in gate.parameters(width):
                count[parameter.letter] += 1
                stop = start + math.prod(parameter.shape)
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
        """Draw a first θ, parameter by parameter in the order of the chain.

        Raises
        ------
        MemoryError
            If there is no room for it.
        """
        memory.require(16.0 * self.size, f"this network has {memory.count(self.size)} weights: drawing them")
        theta = np.empty(self.size, dtype)
        for p in self.placed:
            theta[p.place] = first_values(p.parameter, random).ravel()
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

    def weights(self, theta: Array) -> list[Array]:
        """Return the matrix W of every multiply gate, in the order of the chain, as views of θ.

        Examples
        --------
        >>> network = Network.dense([2, 3, 2])
        >>> [W.shape for W in network.weights(np.zeros(17))], [b.shape for b in network.biases(np.zeros(17))]
        ([(2, 3), (3, 2)], [(1, 3), (1, 2)])
        """
        return [p[0] for gate, p in zip(self.gates, self.views(theta), strict=True) if isinstance(gate, MultiplyGate)]

    def biases(self, theta: Array) -> list[Array]:
        """Return the row b of every add gate, in the order of the chain, as views of θ."""
        return [p[0] for gate, p in zip(self.gates, self.views(theta), strict=True) if isinstance(gate, AddGate)]

    def _spread(self, values: Sequence[float]) -> Array:
        return np.repeat(np.asarray(values, dtype=np.float64), [p.place.stop - p.place.start for p in self.placed])


def _widths(layers_dim: Any) -> list[int]:
    """Return the widths of the layers as a list of ints."""
    if isinstance(layers_dim, str) or not isinstance(layers_dim, Iterable):
        raise TypeError(f"layers_dim must be a sequence of widths such as [2, 3, 2], but got {layers_dim!r}")
    dims = list(layers_dim)
    widths = [whole_number(f"width {k} of layers_dim", width, least=-math.inf) for k, width in enumerate(dims)]
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"layers_dim must hold at least two widths of at least 1, but got {dims}")
    return widths


def _numbers(name: str, value: Any, layers: int) -> list[float]:
    """Return ``value`` as a list with one number a layer."""
    listed = value.tolist() if isinstance(value, np.ndarray) else value
    return [real_number(name, each) for each in _one_each(name, listed, layers)]


def _one_each(name: str, value: T | Sequence[T], layers: int) -> list[T]:
    """Return ``value`` as a list with one entry a layer."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return [value] * layers
    if len(value) != layers:
        raise ValueError(f"{name} must be one value, or one for each of the {layers} layers, but got {len(value)}")
    return list(value)
