"""The objective J(θ): the one forward pass, the one backward pass, and the one place where rows are averaged."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mlnn.array import Array, as_numbers, as_rows, is_sparse
from mlnn.gate import MultiplyGate, Step
from mlnn.names import Choice, found, is_own, require
from mlnn.network import Network, Views
from mlnn.network.contract import require_output, require_penalty
from mlnn.penalty import Penalty

FIT_WEIGHTS = "weights must be finite, not negative, and not all zero"


@dataclass(frozen=True, eq=False, repr=False)
class Problem:
    """What is to be minimized: J(θ) = Σ wᵢ ℓᵢ(θ) / Σ wᵢ + R(θ).

    Parameters
    ----------
    network : Network
        The chain and its output.
    X : array or compressed sparse rows, of shape (N, D)
        The rows.
    y : array
        The targets, in the form that ``network.output.targets`` returns.
    weights : array of shape (N,), optional
        w, one for each row; None means 1 for all.
    penalty : Penalty, optional
        R, over the weights of the network; None means none.
    """

    network: Network
    X: Array
    y: Array
    weights: Array | None = None
    penalty: Penalty | None = None

    @classmethod
    def of(
        cls,
        network: Network,
        X: object,
        y: object = None,
        weights: object = None,
        penalty: Choice[Penalty] | None = None,
    ) -> "Problem":
        """Check the data once, before any work, and return the problem. ``Deferred`` rows bring their targets.

        Raises
        ------
        TypeError, ValueError
            If X, y and the weights do not fit each other or the network, or an output or penalty of your own breaks
            its contract (``mlnn.network.contract``).

        Examples
        --------
        >>> Problem.of(Network.dense([2, 3, 2]), [[0.0, 1.0]], [0, 1])
        Traceback (most recent call last):
        ...
        ValueError: X has 1 rows, but y has 2
        >>> Problem.of(Network.dense([2, 2]), [[0.0, 1.0]], [0])
        Problem(1 rows of 2, penalty None, Network(2 → multiply 2 → add → Softmax(smoothing=0.0); 6 parameters))
        """
        return _checked(network, X, y, weights, penalty)

    def __repr__(self) -> str:
        """Return sizes and parts, and none of the numbers."""
        weights = "" if self.weights is None else f" of weight {self.weight:g}"
        return f"Problem({self.X.shape[0]} rows of {self.X.shape[1]}{weights}, penalty {self.penalty}, {self.network})"

    @property
    def weight(self) -> float:
        """Return the total weight of the rows: their number, where all weigh 1."""
        return float(self.X.shape[0] if self.weights is None else self.weights.sum(dtype=np.float64))

    def batch(self, rows: Array | slice) -> "Problem":
        """Return the same problem on some of the rows."""
        weights = None if self.weights is None else self.weights[rows]
        return Problem(self.network, self.X[rows], self.y[rows], weights, self.penalty)


class Deferred(ABC):
    """Rows that are not at hand yet: whoever has them says what the problem over them is."""

    @abstractmethod
    def problem(self, network: Network, penalty: Penalty | None) -> Problem:
        """Return the problem, whose X and y give rows to whoever asks for some.

        Raises
        ------
        ValueError
            If the rows do not fit the network.
        """


class Tape(NamedTuple):
    """What a forward pass leaves behind: the value before each gate and after the last, and each gate's memo."""

    values: list[Array]
    memos: list[Any]

    @property
    def scores(self) -> Array:
        """Return S, the value after the last gate."""
        return self.values[-1]


def forward(network: Network, views: Views, X: Array, step: Step | None = None) -> Tape:
    """Run the rows through the chain, as in training step ``step`` or, where it is None, as in prediction."""
    values, memos = [X], []
    for index, (gate, p) in enumerate(zip(network.gates, views, strict=True)):
        y, memo = gate.apply(p, values[-1], None if step is None else Step(step.seed, step.number, index))
        values.append(y)
        memos.append(memo)
    return Tape(values, memos)


def backward(network: Network, views: Views, tape: Tape, d_scores: Array, gradient: Views) -> list[Array]:
    """Apply the chain rule from the scores back: fill ``gradient``, return ∂J/∂value for every value on the tape."""
    d_values = [d_scores]
    for index in range(len(network.gates) - 1, -1, -1):
        x, y = tape.values[index], tape.values[index + 1]
        d_values.append(
            network.gates[index].pullback(views[index], x, y, tape.memos[index], d_values[-1], gradient[index])
        )
    return d_values[::-1]


def passed_back(network: Network, views: Views, tape: Tape, index: int) -> Array:
    """Return what a gate passes back of a derivative of 1 by each of its outputs: f′(x), where it is a layer."""
    x, y, p = tape.values[index], tape.values[index + 1], views[index]
    unused = tuple(np.empty_like(each) for each in p)
    return network.gates[index].pullback(p, x, y, tape.memos[index], np.ones_like(y), unused)


def row_shares(problem: Problem, factor: float = 1.0) -> Array | float:
    """Return factor · wᵢ / Σ w, the share of row i: a column, or one number where all rows weigh the same.

    A factor of N gives every unweighted row the share 1 exactly: then gradients are sums, to the last bit. A batch
    that has no weight at all has no share.
    """
    if problem.weights is None:
        return factor / problem.X.shape[0]
    total = problem.weights.sum()
    return (problem.weights * (factor / total) if total > 0.0 else problem.weights)[:, None]


def data_loss(problem: Problem, scores: Array) -> float:
    """Return Σ wᵢ ℓᵢ / Σ wᵢ for these scores."""
    return float(np.sum(row_shares(problem) * problem.network.output.losses(scores, problem.y)[:, None]))


def data_derivative(problem: Problem, scores: Array, factor: float = 1.0) -> Array:
    """Return the derivative of factor · data loss by the scores: row i holds its share times ∂ℓᵢ/∂Sᵢ."""
    return row_shares(problem, factor) * problem.network.output.diff(scores, problem.y)


def penalty_value(problem: Problem, theta: Array) -> float:
    """Return R(θ), each parameter with its own factor."""
    return float(problem.network.penalties @ problem.penalty.formula(theta)) if problem.penalty else 0.0


def penalty_derivative(problem: Problem, theta: Array) -> Array:
    """Return ∂R/∂θ, each parameter with its own factor."""
    if problem.penalty is None:
        return np.zeros_like(theta)
    return problem.network.penalties.astype(theta.dtype, copy=False) * problem.penalty.slope(theta)


def _checked(network: Network, X: object, y: object, weights: object, penalty: Choice[Penalty] | None) -> Problem:
    """Return the problem that these data make, if they make one."""
    if isinstance(X, Deferred):
        if y is not None or weights is not None:
            raise ValueError(f"{X!r} has targets of its own: give no y and no weights beside it, but weights= to it")
        return X.problem(require(Network, network, "network"), None if penalty is None else found(Penalty, penalty))
    if y is None:
        raise TypeError("y is missing: only a source brings targets of its own")
    rows = as_rows(X, require(Network, network, "network").inputs)
    count = rows.shape[0]
    if is_sparse(rows) and not (network.gates and isinstance(network.gates[0], MultiplyGate)):
        raise ValueError("sparse rows need a network that begins with a multiply gate")
    rule = None if penalty is None else found(Penalty, penalty)
    targets = np.asarray(network.output.targets(y, network.widths[-1]))
    targets = np.require(targets, rows.dtype if targets.dtype.kind == "f" else None, "C")
    if len(targets) != count:
        raise ValueError(f"X has {count} rows, but y has {len(targets)}")
    if weights is None:
        return require_parts(Problem(network, rows, targets, None, rule))
    shares = as_weights(weights, count, rows.dtype)
    with np.errstate(over="ignore"):
        total = shares.sum(dtype=np.float64)
    require_total(total, count, rows.dtype)
    return require_parts(Problem(network, rows, targets, shares, rule))


def as_weights(weights: object, rows: int, dtype: npt.DTypeLike, first: int = 0) -> Array:
    """Return the weights of so many rows in a type of numbers; errors count the rows from ``first`` on.

    Raises
    ------
    ValueError
        If they are not one number a row, or one is negative or not finite.
    """
    shares = np.require(as_numbers("weights", weights, "a vector of numbers", dtype), requirements=["C", "A"])
    require_one_a_row(shares, rows)
    if not (np.isfinite(shares).all() and shares.min() >= 0.0):
        row = int(np.flatnonzero(~(np.isfinite(shares) & (shares >= 0.0)))[0])
        raise ValueError(f"{FIT_WEIGHTS}, but that of row {first + row} is {shares[row]}")
    return shares


def require_one_a_row(weights: Array, rows: int) -> None:
    """Refuse weights of which there is not one for each of so many rows."""
    if weights.shape != (rows,):
        raise ValueError(f"weights must have shape ({rows},), one a row, but their shape is {weights.shape}")


def require_total(total: float, rows: int, dtype: npt.DTypeLike) -> None:
    """Refuse weights of so many rows whose sum, in numbers of this type, is nothing to divide by."""
    if total == 0.0:
        raise ValueError(f"{FIT_WEIGHTS}, but all of them are 0")
    with np.errstate(over="ignore"):
        held = np.float64(total).astype(dtype)
        divisible = np.isfinite(held) and np.isfinite(rows / held)
    if not divisible:
        raise ValueError(f"weights must have a sum to divide by, but it is {held:g}: multiply all of them by a number")


def require_parts(problem: Problem) -> Problem:
    """Return the problem, if an output or penalty of the user's own keeps its contract."""
    if is_own(problem.network.output):
        require_output(problem.network.output, problem.network.widths[-1], problem.y)
    if problem.penalty is not None and is_own(problem.penalty):
        require_penalty(problem.penalty)
    return problem
