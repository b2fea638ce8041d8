"""The gradient check of everything there is: every gate, layer, output and penalty, each in a small network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from mlnn.array import Array
from mlnn.check.gradient import check_gradients
from mlnn.engine.step import Descent, Numbers
from mlnn.gate import AddGate, Gate, MultiplyGate, Step
from mlnn.initializer import Normal
from mlnn.layer import Activation, Tanh
from mlnn.names import every, name_of
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import SGD, Optimizer, Wrapper
from mlnn.output import LeastSquares, Output, Softmax
from mlnn.penalty import Penalty
from mlnn.schedule import Time


@dataclass(frozen=True)
class Check:
    """One line of ``mlnn check``.

    Attributes
    ----------
    kind, name : str
        What was checked: "layer", "tanh"; "output × penalty", "softmax × l2".
    error, tolerance : float
        The worst relative error, and what passes.
    passed : bool
        The verdict.
    note : str
        The likely cause of a failure, or the exception that came in the way.
    """

    kind: str
    name: str
    error: float
    tolerance: float
    passed: bool
    note: str = ""


def check_catalogue(seed: int = 0, module: str | None = None) -> Iterator[Check]:
    """Check the gradient of every gate, layer and output × penalty that is defined, a user's own included.

    With the name of a module or a package, only what is defined in there; penalties are checked with softmax too.

    Every optimizer is checked too: it has no gradient, but one small step of it, from rest, must not climb.

    Examples
    --------
    >>> all(check.passed for check in check_catalogue(module="mlnn"))
    True
    """
    random = np.random.default_rng(seed)

    def wanted(kind: type) -> bool:
        return module is None or f"{kind.__module__}.".startswith(f"{module}.")

    gates = [gate for gate in every(Gate) if wanted(gate)]
    for gate in sorted(gates, key=lambda gate: issubclass(gate, Activation)):
        kind = "layer" if issubclass(gate, Activation) else "gate"
        yield _tried(kind, gate, partial(_check, kind, name_of(gate), gate, Softmax, None, random))
    penalties: list[type[Penalty] | None] = [None, *every(Penalty)]
    for output, penalty in product(every(Output), penalties):
        if (wanted(output) or (output is Softmax and penalty)) and (penalty is None or wanted(penalty)):
            name = name_of(output) + (f" × {name_of(penalty)}" if penalty else "")
            kind = "output × penalty" if penalty else "output"
            yield _tried(kind, output, partial(_check, kind, name, Tanh, output, penalty, random))
    for optimizer in every(Optimizer):
        if wanted(optimizer):
            yield _tried("optimizer", optimizer, partial(_descends, optimizer))


def _tried(what: str, kind: type, check: Callable[[], Check]) -> Check:
    """Return the check, or what came in its way."""
    try:
        return check()
    except Exception as reason:
        return Check(what, name_of(kind), np.inf, 0.0, False, f"{type(reason).__name__}: {reason}")


def _around(kind: type[Gate]) -> tuple[Gate, ...]:
    """Return a middle of a chain that holds a gate of this kind."""
    if issubclass(kind, Activation):
        return (kind(),)
    if issubclass(kind, MultiplyGate):
        return (kind(4),)
    return (kind(), Tanh())


def _check(
    kind: str,
    name: str,
    gate: type[Gate],
    ending: type[Output],
    penalty: type[Penalty] | None,
    random: np.random.Generator,
) -> Check:
    """Check a network that holds the thing in its middle, at a random point."""
    output, bias = ending(), AddGate(Normal(0.5))
    network = Network(3, (MultiplyGate(4), bias, *_around(gate), MultiplyGate(3), bias), output)
    X = random.standard_normal((7, 3))
    y, weights = _targets(output, len(X), random), random.uniform(0.5, 2.0, len(X))
    report = check_gradients(network, X, y, weights=weights, penalty=penalty() if penalty else None, show=False)
    worst = max(report, key=lambda row: row.error / row.tolerance)
    return Check(kind, name, worst.error, worst.tolerance, report.passed, worst.hint)


def _targets(output: Output, rows: int, random: np.random.Generator) -> Array:
    """Return targets that this output accepts: class numbers if it takes them, else 0/1 or counts for three scores."""
    numbers = random.integers(0, 3, rows)
    try:
        return output.targets(numbers, 3)
    except ValueError:
        return random.integers(0, 2, (rows, 3)).astype(np.float64)


def _descends(kind: type[Optimizer]) -> Check:
    """Take one small step from rest on J(θ) = ‖θ‖² / 2; the error is how far it climbed."""
    optimizer = kind(SGD()) if issubclass(kind, Wrapper) else kind()  # type: ignore[call-arg]
    bowl = Problem(Network(3, (AddGate(),), LeastSquares()), np.zeros((1, 3)), np.zeros((1, 3)))
    theta = np.array([1.0, -2.0, 3.0])
    after, state = theta.copy(), tuple(np.zeros(3) for _ in range(optimizer.slots))
    columns = optimizer.coefficients(Time(np.array([1]), np.array([0.0]), epochs=1))
    numbers = Numbers(1e-3, coefficients=tuple(float(column[0]) for column in columns))
    Descent(bowl.network, optimizer, after, state).step(bowl, Step(), numbers)
    climb = max(0.0, float(after @ after - theta @ theta)) if np.isfinite(after).all() else np.inf
    moved = not np.array_equal(after, theta)
    return Check("optimizer", name_of(kind), climb, 0.0, moved and climb == 0.0)
