"""Gradient checks: every hand-written derivative against centred differences, in float64."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mlnn.array import Array, as_rows
from mlnn.engine import Engine
from mlnn.gate import Step
from mlnn.network import Network
from mlnn.objective import Problem, backward, data_derivative, data_loss, forward, penalty_derivative, penalty_value
from mlnn.penalty import Penalty


class Trained(Protocol):
    """A network with its weights."""

    network: Network
    theta: Array


SMOOTH, KINKED = 1e-7, 1e-5
"""Largest relative errors that pass: where the formula is smooth, and where a difference came near a kink."""


@dataclass(frozen=True)
class Row:
    """The verdict on one tensor.

    Attributes
    ----------
    term : str
        "data" or "penalty": the two terms of the objective are checked apart, since either can hide the other's error.
    tensor : str
        "W1", "b1" …, or "X" for the gradient by the input.
    error : float
        The worst relative error |a − n| / max(|a|, |n|) over the elements looked at; the denominator is never so small
        that the rounding of J alone would fail.
    where : tuple of int
        Its index in the tensor.
    analytic, numeric : float
        The two derivatives there.
    tolerance : float
        What passes.
    checked : int
        How many elements were looked at.
    """

    term: str
    tensor: str
    error: float
    where: tuple[int, ...]
    analytic: float
    numeric: float
    tolerance: float
    checked: int

    @property
    def passed(self) -> bool:
        """Return whether the gradient is right."""
        return self.error <= self.tolerance


class GradientReport(tuple[Row, ...]):
    """All rows of a gradient check; printed, it is a table."""

    @property
    def passed(self) -> bool:
        """Return whether every tensor passed."""
        return all(row.passed for row in self)

    @property
    def worst(self) -> float:
        """Return the largest relative error."""
        return max(row.error for row in self)

    def __str__(self) -> str:
        """Return the table."""
        lines = [f"{'term':8}{'tensor':10}{'relative error':>15}  {'at':14}{'by hand':>13}{'numeric':>13}  verdict"]
        for row in self:
            verdict = "ok" if row.passed else f"WRONG (above {row.tolerance:g})"
            at = str(list(row.where)).replace(" ", "")
            numbers = f"{row.error:15.1e}  {at:14}{row.analytic:13.6g}{row.numeric:13.6g}"
            lines.append(f"{row.term:8}{row.tensor:10}{numbers}  {verdict}")
        return "\n".join(lines)


def check_gradients(
    model: Network | Trained,
    X: object,
    y: object,
    *,
    weights: object = None,
    penalty: Penalty | None = None,
    theta: Array | None = None,
    step: Step | None = Step(),
    samples: int = 40,
    seed: int = 0,
    show: bool = True,
) -> GradientReport:
    """Compare the gradient of every parameter tensor, and of the input, with centred differences.

    Each element looked at is moved by ±h and ±2h, n = (8 (J₊ − J₋) − (J₊₊ − J₋₋)) / 12h, whose own error is
    O(h⁴); where that stencil crosses a kink of a gate, an output or the penalty, h shrinks until it does not, and the
    looser tolerance for kinks applies; exactly at a kink, any slope between those of its two sides passes. Dropout is
    frozen: every evaluation belongs to the same training step.

    Parameters
    ----------
    model : Network, or something trained: with a ``network`` and its ``theta``, as a Model
        What to check.
    X, y : array-like
        Some rows and their targets; a handful is enough, and exact.
    weights : array of shape (N,), optional
        Weights of the rows.
    penalty : Penalty, optional
        Checked apart from the data loss.
    theta : array of shape (P,), optional
        Where; by default the model's weights, or a random point.
    step : Step or None
        The training step; None checks the network as it predicts.
    samples : int
        Elements looked at in each tensor, spread over all of it.
    seed : int
        Seed of the sampling.
    show : bool
        Print the table.

    Returns
    -------
    GradientReport
        One row a tensor; ``report.passed`` says whether all are right.

    References
    ----------
    CS231n notes 3, "Gradient checks"; Abramowitz, Stegun (1964), eq. 25.3.6 and 25.3.21.

    Examples
    --------
    >>> from mlnn.model import Model
    >>> report = check_gradients(Model([2, 3, 2], seed=0), [[0.5, -1.0], [1.0, 2.0]], [0, 1], show=False)
    >>> report.passed, [row.tensor for row in report]
    (True, ['W1', 'b1', 'W2', 'b2', 'X'])
    """
    network = model if isinstance(model, Network) else model.network
    problem = Problem.of(network, as_rows(X).astype(np.float64), y, weights, penalty)
    random = np.random.default_rng(seed)
    if theta is None:
        theta = _random_point(network, random) if isinstance(model, Network) else model.theta
    theta = np.array(theta, dtype=np.float64)
    report = GradientReport(_rows(problem, theta, step, samples, random))
    if show:
        print(report)
    return report


def _random_point(network: Network, random: np.random.Generator) -> Array:
    """Return a θ with no element at a special value such as 0 or 1; the running variances stay positive."""
    theta = network.initial(random)
    return theta * random.uniform(0.9, 1.1, theta.shape) + np.where(network.rates > 0, 0.1, 0.0) * random.uniform(
        -1.0, 1.0, theta.shape
    )


def _rows(
    problem: Problem, theta: Array, step: Step | None, samples: int, random: np.random.Generator
) -> Iterator[Row]:
    network = problem.network
    gradient = np.zeros_like(theta)
    X = problem.X.copy()
    moved = Problem(network, X, problem.y, problem.weights, problem.penalty)
    tape = forward(network, network.views(theta), X, step)
    d_scores = data_derivative(problem, tape.scores)
    d_X = backward(network, network.views(theta), tape, d_scores, network.views(gradient))[0]

    def data() -> tuple[float, list[Array]]:
        tape = forward(network, network.views(theta), X, step)
        sides = [gate.side(x) for gate, x in zip(network.gates, tape.values, strict=False)]
        margins = network.output.margins(tape.scores, problem.y)
        return data_loss(moved, tape.scores), [*sides, np.searchsorted(network.output.kinks, margins)]

    def penalty() -> tuple[float, list[Array]]:
        kinks = problem.penalty.kinks if problem.penalty else ()
        return penalty_value(problem, theta), [np.searchsorted(kinks, theta)]

    for placed in network.placed:
        if placed.parameter.trained:
            tensor, slope = network.named(theta)[placed.name], network.named(gradient)[placed.name]
            yield _compare("data", placed.name, tensor, slope, data, samples, random)
    yield _compare("data", "X", X, d_X, data, samples, random)
    if problem.penalty is not None:
        slopes = network.named(penalty_derivative(problem, theta))
        for placed in network.placed:
            if placed.parameter.trained:
                tensor = network.named(theta)[placed.name]
                yield _compare("penalty", placed.name, tensor, slopes[placed.name], penalty, samples, random)


Function = Callable[[], tuple[float, list[Array]]]
"""The value as things stand, and on which sides of which kinks everything is."""


def _compare(
    term: str, name: str, tensor: Array, gradient: Array, function: Function, samples: int, random: np.random.Generator
) -> Row:
    """Move elements of ``tensor`` in place, one at a time, and put them back."""
    chosen = random.permutation(tensor.size)[:samples]
    worst, tolerance = None, SMOOTH
    for flat in chosen:
        where = tuple(int(i) for i in np.unravel_index(flat, tensor.shape))
        analytic = float(gradient[where])
        numeric, noise, kinked = _difference_quotient(tensor, where, function, analytic)
        error = abs(analytic - numeric) / max(abs(analytic), abs(numeric), noise / SMOOTH)
        error = error if np.isfinite(error) else np.inf
        tolerance = KINKED if kinked else tolerance
        if worst is None or error > worst[0]:
            worst = (error, where, analytic, numeric)
    assert worst is not None
    return Row(term, name, *worst, tolerance, len(chosen))


def _difference_quotient(
    tensor: Array, where: tuple[int, ...], function: Function, analytic: float
) -> tuple[float, float, bool]:
    """Return the five-point difference quotient, what rounding can do to it, and whether a kink made h shrink.

    Exactly at a kink every number between the slopes of the two sides is a derivative: the one nearest to ``analytic``.
    """
    at, (value, home) = float(tensor[where]), function()

    def moved(distance: float) -> tuple[float, bool]:
        tensor[where] = at + distance
        moved_value, sides = function()
        tensor[where] = at
        return moved_value, all(np.array_equal(here, there) for here, there in zip(home, sides, strict=True))

    start = 1e-3 * max(1.0, abs(at))
    for h in start * 4.0 ** -np.arange(8.0):
        (ahead, a), (behind, b), (far_ahead, c), (far_behind, d) = (moved(k * h) for k in (1.0, -1.0, 2.0, -2.0))
        if a and b and c and d:
            break
    largest = max(abs(value), abs(ahead), abs(behind))
    rounding = 4.0 * np.finfo(np.float64).eps * max(largest, np.finfo(np.float64).tiny) / h
    if not (a and b and c and d):
        left, right = sorted(((value - behind) / h, (ahead - value) / h))
        return min(max(analytic, left), right), rounding, True
    return (8.0 * (ahead - behind) - (far_ahead - far_behind)) / (12.0 * h), rounding, bool(h < start)


def check_engine(problem: Problem, theta: Array, engine: Engine, step: Step | None = Step()) -> float:
    """Return the relative error of an engine's gradient along one random direction: two evaluations check all of θ.

    Examples
    --------
    >>> network = Network.dense([2, 3, 2])
    >>> problem = Problem.of(network, [[0.5, -1.0], [1.0, 2.0]], [0, 1])
    >>> from mlnn.engine import Reference
    >>> check_engine(problem, network.initial(np.random.default_rng(0)), Reference()) < 1e-7
    True
    """
    direction = np.random.default_rng(0).standard_normal(theta.shape) * (problem.network.rates > 0)
    direction /= np.linalg.norm(direction)
    h = 1e-3
    with engine.bind(problem) as bound:
        values = [bound.loss_and_gradient(theta + k * h * direction, step)[0] for k in (1, -1, 2, -2)]
        analytic = float(bound.loss_and_gradient(theta, step)[1] @ direction)
    numeric = (8.0 * (values[0] - values[1]) - (values[2] - values[3])) / (12.0 * h)
    return abs(analytic - numeric) / max(abs(analytic), abs(numeric))
