"""The planner: what the compiled engine will do with a network, and why it cannot where it cannot."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mlnn.engine.trace.printer import hyperparameters
from mlnn.gate import AddGate, BatchNorm, Dropout, Gate, MultiplyGate
from mlnn.layer import Layer, Maxout, PReLU
from mlnn.names import name_of
from mlnn.network import Network
from mlnn.optimizer import ClipNorm, Optimizer, Wrapper
from mlnn.output import Elementwise, Output, SeveralSoftmax, Softmax
from mlnn.output.classification import WestonWatkins
from mlnn.penalty import Penalty

FIRST_CACHE, SECOND_CACHE = 32 * 1024, 1024 * 1024
"""Bytes; what a core of the last ten years has at least, roughly."""


NARROW, ROWS_A_UNIT = 32, 8
"""Units of the widest layer up to which vectors hold rows rather than units, and how many rows for each it takes."""


LEAST_PRODUCTS = 1 << 21
"""Multiplications for which a block of rows is worth a gradient of its own."""


class Unsupported(ValueError):
    """The compiled engine does not know a part of the network."""


class Stage(NamedTuple):
    """A gate, or a multiply gate with the bias and the layer behind it, as native code reads it."""

    kind: str
    gate: int
    inputs: int
    width: int
    tensors: tuple[int, ...]
    layer: int = -1
    hyperparameters: tuple[float, ...] = ()

    def words(self, network: Network) -> str:
        """Say it in words: what it does, from how many columns to how many, and the layer behind it."""
        if self.kind == "activation":
            return name_of(type(network.gates[self.gate]))
        words = f"{self.kind} {self.inputs}→{self.width}"
        if self.layer < 0:
            return words
        layer = next(gate for gate in network.gates[self.gate :] if isinstance(gate, Layer))
        return f"{words} {name_of(type(layer))}"


@dataclass(frozen=True)
class Plan:
    """How a network is run: its stages, the rows that go through all of them together, the blocks of a batch.

    Parameters
    ----------
    stages : tuple of Stage
        The chain, fused where it can be.
    tile : int
        Rows that pass the whole chain, forward and backward, before the next ones: few enough for caches.
    blocks : int
        Into how many parts a batch's rows are shared out at most, each with a gradient of its own. The parts are
        the same for any number of threads, and so are the sums, to the last bit.
    least_rows : int
        Rows for which a block is worth having.
    narrow : bool
        Whether a vector holds a unit's values for many rows, and not the values of many units for one row.
    """

    stages: tuple[Stage, ...]
    tile: int
    blocks: int
    least_rows: int
    narrow: bool

    def words(self, network: Network) -> str:
        """Say it in words, for the network that it is the plan of."""
        chain = " → ".join(stage.words(network) for stage in self.stages) + f" {name_of(type(network.output))}"
        whole = any(stage.kind == "batch_norm" for stage in self.stages)
        rows = "all rows of a batch at once" if whole else f"tiles of {self.tile} rows, in {self.blocks} blocks at most"
        return f"{chain}; {rows}; vectors hold {'rows' if self.narrow else 'units'}"


def is_narrow(network: Network, rows: float) -> bool:
    """Tell whether layers are so narrow, and rows so many, that vectors had better hold rows."""
    widest = max(network.widths)
    return widest <= NARROW and rows >= ROWS_A_UNIT * widest


def plan(
    network: Network,
    native: Any,
    dtype: npt.DTypeLike = np.float32,
    sparse: bool = False,
    rows: float = np.inf,
) -> Plan:
    """Return the plan for a network and batches of so many rows.

    Raises
    ------
    Unsupported
        If the network has a gate that the native module does not know.
    """
    stages = tuple(_stages(network, native))
    if sparse:
        stages = (stages[0]._replace(kind="sparse"), *stages[1:])
    size = np.dtype(dtype).itemsize
    narrow = is_narrow(network, rows) and all(stage.kind == "dense" for stage in stages)
    # Where weights do not stay in the first cache, a tile must be large enough for what it costs to fetch them.
    tile = 128 if size * network.size <= FIRST_CACHE and not narrow else 512
    products = sum(stage.inputs * stage.width for stage in stages if stage.kind == "dense")
    blocks = 8 if size * network.size <= SECOND_CACHE // 8 else 2
    return Plan(stages, tile, blocks, max(64, LEAST_PRODUCTS // max(products, 1)), narrow)


def _stages(network: Network, native: Any) -> Iterator[Stage]:
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
            yield Stage("dense", start, inputs, network.widths[start + 1], (tensors[0], bias), layer, h)
        else:
            kind, layer, h = _kind(gate, native)
            yield Stage(kind, start, inputs, network.widths[start + 1], tensors, layer, h)


def _kind(gate: Gate, native: Any) -> tuple[str, int, tuple[float, ...]]:
    """Return what native code calls a gate, its layer's number and its hyperparameters."""
    if isinstance(gate, Layer):
        return ("activation", *_layer(gate, native))
    if type(gate) is BatchNorm:
        return "batch_norm", -1, (gate.momentum, gate.epsilon)
    if type(gate) is Dropout:
        return "dropout", -1, (float(gate.dropped_levels),)
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


def tensors(network: Network) -> list[tuple[int, int, int, float, float, float]]:
    """Return place, rows, columns, rate factor, penalty factor and max-norm of every parameter tensor."""
    return [
        (p.place.start, *p.parameter.shape, rate, p.parameter.penalty, p.parameter.max_norm)
        for p in network.placed
        for rate in [p.parameter.rate if p.parameter.trained else 0.0]
    ]


def output(output: Output, scores: int, native: Any) -> tuple[str, int, int, tuple[float, ...]]:
    """Return an output as native code reads it."""
    if type(output) is Softmax:
        return "softmax", -1, scores, (output.smoothing,)
    if type(output) is SeveralSoftmax:
        return "softmaxes", -1, scores, tuple(map(float, output.sizes(scores)))
    if isinstance(output, WestonWatkins):
        return "margin", _number(output, native.margins, "output"), scores, (output.margin, *hyperparameters(output))
    if isinstance(output, Elementwise):
        return "elementwise", _number(output, native.elementwise, "output"), scores, hyperparameters(output)
    raise Unsupported(f"it has no kernel for the output {type(output).__name__}")


Rule = tuple[int, tuple[float, ...], float]


def optimizer(optimizer: Optimizer, penalty: Penalty | None, native: Any) -> tuple[Rule, list[Rule], int, Any]:
    """Return an optimizer and a penalty as native code reads them: the rule, its wrappers from the outside in."""
    wrappers = []
    while isinstance(optimizer, Wrapper):
        limit = optimizer.limit if isinstance(optimizer, ClipNorm) else np.inf
        wrappers.append((_number(optimizer, native.wrappers, "optimizer"), hyperparameters(optimizer), limit))
        optimizer = optimizer.optimizer
    rule = (_number(optimizer, native.rules, "optimizer"), hyperparameters(optimizer), np.inf)
    if penalty is None:
        return rule, wrappers, -1, ()
    return rule, wrappers, _number(penalty, native.penalties, "penalty"), hyperparameters(penalty)
