"""The parts of a network, an optimizer and a penalty as native code knows them, by name."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from mlnn.engine.trace.printer import hyperparameters
from mlnn.gate import AddGate, BatchNorm, Dropout, Gate, MultiplyGate
from mlnn.layer import Layer, Maxout, PReLU
from mlnn.names import name_of
from mlnn.network import Network
from mlnn.optimizer import ClipNorm, Optimizer, Wrapper
from mlnn.output import Elementwise, Output, SeveralSoftmax, Softmax
from mlnn.output.classification import WestonWatkins
from mlnn.penalty import Penalty

PIECE = 1 << 14
"""Elements of θ that a thread updates at a time."""

NEVER = 1 << 62
"""More rows than there are."""


class Unsupported(ValueError):
    """The compiled engine does not know a part of the network."""


class Stage(NamedTuple):
    """A gate, or a multiply gate with the bias and the layer behind it.

    ``kind`` is its native class, ``layer`` the number of its traced formula or −1, ``transposed_from`` the rows of a
    batch from which its weights are transposed for the way back.
    """

    kind: str
    gate: int
    inputs: int
    width: int
    tensors: tuple[int, ...]
    layer: int = -1
    hyperparameters: tuple[float, ...] = ()
    transposed_from: int = NEVER

    @property
    def multiplies(self) -> bool:
        """Tell whether it is a matrix product."""
        return self.kind in ("dense", "unit", "columns", "sieved", "sparse")

    @property
    def products(self) -> int:
        """Return the multiplications of one row on its way forward; those of sparse rows depend on the row."""
        return self.inputs * self.width if self.multiplies and self.kind != "sparse" else 0

    def words(self, network: Network) -> str:
        """Say what it does, from how many columns to how many, and the layer behind it."""
        if self.kind == "activation":
            return name_of(type(network.gates[self.gate]))
        kind = self.kind if self.kind == "sparse" or not self.multiplies else "dense"
        words = f"{kind} {self.inputs}→{self.width}"
        if self.layer < 0:
            return words
        layer = next(gate for gate in network.gates[self.gate :] if isinstance(gate, Layer))
        return f"{words} {name_of(type(layer))}"


class Tensor(NamedTuple):
    """A parameter tensor: its place in θ, its shape, its factors on rate and penalty, its bound."""

    place: int
    rows: int
    columns: int
    rate: float
    penalty: float
    max_norm: float


class End(NamedTuple):
    """An output: its native class, the number of its traced formula or −1, how many scores."""

    kind: str
    formula: int
    scores: int
    hyperparameters: tuple[float, ...]


class Rule(NamedTuple):
    """An update rule or a wrapper by the number of its traced formula; ``limit`` is a ClipNorm's, or infinity."""

    formula: int
    hyperparameters: tuple[float, ...]
    limit: float = np.inf


class Update(NamedTuple):
    """An optimizer and a penalty: the rule, its wrappers from the outside in, the penalty's formula or −1."""

    rule: Rule
    wrappers: tuple[Rule, ...]
    penalty: int
    penalty_hyperparameters: tuple[float, ...]
    piece: int = PIECE


def stages(network: Network, native: Any) -> Iterator[Stage]:
    """Yield a network's stages: a gate, or a multiply gate with the bias and the layer behind it."""
    gates, index = network.gates, 0
    while index < len(gates):
        gate, start = gates[index], index
        inputs, tensors = network.widths[index], _tensors(network, index)
        index += 1
        if type(gate) is MultiplyGate:
            bias, layer = -1, -1
            h: tuple[float, ...] = ()
            if index < len(gates) and type(gates[index]) is AddGate:
                bias, index = _tensors(network, index)[0], index + 1
            if index < len(gates) and isinstance(gates[index], Layer):
                layer, h = _layer(gates[index], native)
                index += 1
            width = network.widths[start + 1]
            yield Stage("unit" if width == 1 else "dense", start, inputs, width, (tensors[0], bias), layer, h)
        else:
            kind, layer, h = _kind(gate, native)
            yield Stage(kind, start, inputs, network.widths[start + 1], tensors, layer, h)


def _kind(gate: Gate, native: Any) -> tuple[str, int, tuple[float, ...]]:
    """Return what native code calls a gate, its layer's number and its hyperparameters."""
    if isinstance(gate, Layer):
        return ("activation", *_layer(gate, native))
    if type(gate) is BatchNorm:
        return "batch_norm", -1, (gate.momentum, 1.0 - gate.momentum, gate.epsilon)
    if type(gate) is Dropout:
        return "dropout", -1, (float(gate.dropped_levels), gate.scale)
    kinds: dict[type, str] = {AddGate: "add", PReLU: "prelu", Maxout: "maxout"}
    if type(gate) not in kinds:
        raise Unsupported(f"it has no kernel for the gate {type(gate).__name__}")
    return kinds[type(gate)], -1, ()


def _layer(layer: Gate, native: Any) -> tuple[int, tuple[float, ...]]:
    return _number(layer, native.layers, "layer"), hyperparameters(layer)


def _tensors(network: Network, gate: int) -> tuple[int, ...]:
    return tuple(number for number, placed in enumerate(network.placed) if placed.gate == gate)


def _number(thing: object, names: list[str], what: str) -> int:
    """Return the number under which native code knows a traced formula."""
    kind = type(thing)
    if kind.__module__.partition(".")[0] != "mlnn" or kind.__name__ not in names:
        raise Unsupported(f"it has no kernel for the {what} {kind.__name__}")
    return names.index(kind.__name__)


def tensors(network: Network) -> list[Tensor]:
    """Return every parameter tensor."""
    found = []
    for p in network.placed:
        (rows, columns), q = p.parameter.shape, p.parameter
        found.append(Tensor(p.place.start, rows, columns, q.rate if q.trained else 0.0, q.penalty, q.max_norm))
    return found


def output(output: Output, scores: int, native: Any) -> End:
    """Return an output as native code reads it."""
    if type(output) is Softmax:
        return End("softmax", -1, scores, (output.smoothing, output.shift_beyond))
    if type(output) is SeveralSoftmax:
        return End("softmaxes", -1, scores, (Softmax.shift_beyond, *map(float, output.sizes(scores))))
    if isinstance(output, WestonWatkins):
        return End(
            "margin", _number(output, native.margins, "output"), scores, (output.margin, *hyperparameters(output))
        )
    if isinstance(output, Elementwise):
        return End("elementwise", _number(output, native.elementwise, "output"), scores, hyperparameters(output))
    raise Unsupported(f"it has no kernel for the output {type(output).__name__}")


def optimizer(optimizer: Optimizer, penalty: Penalty | None, native: Any) -> Update:
    """Return an optimizer and a penalty as native code reads them."""
    wrappers = []
    while isinstance(optimizer, Wrapper):
        limit = optimizer.limit if isinstance(optimizer, ClipNorm) else np.inf
        wrappers.append(Rule(_number(optimizer, native.wrappers, "optimizer"), hyperparameters(optimizer), limit))
        optimizer = optimizer.optimizer
    rule = Rule(_number(optimizer, native.rules, "optimizer"), hyperparameters(optimizer))
    if penalty is None:
        return Update(rule, tuple(wrappers), -1, ())
    return Update(rule, tuple(wrappers), _number(penalty, native.penalties, "penalty"), hyperparameters(penalty))
