"""From scikit-learn's parameters, and names, to the library's objects."""

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.special import xlogy

from mlnn.array import Array, Random
from mlnn.engine import Engine, engine_for, fastest_for, require_memory
from mlnn.estimator.settings import Settings
from mlnn.gate import AddGate, MultiplyGate
from mlnn.initializer import Initializer, Uniform
from mlnn.layer import Activation, Sigmoid
from mlnn.names import found
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, Adam, Momentum, Nesterov, Optimizer
from mlnn.output import LeastSquares, Output, Poisson
from mlnn.penalty import L2, Penalty
from mlnn.schedule import Constant, Cosine, Schedule
from mlnn.source import source_of
from mlnn.training import Factors


def hidden_units(sizes: Any) -> list[int]:
    """Return the units of each hidden layer."""
    units = list(sizes) if hasattr(sizes, "__iter__") and np.ndim(sizes) else [sizes]
    if not all(_is_whole(size) for size in units):
        raise ValueError(f"hidden_layer_sizes must be whole numbers, one for each hidden layer, but got {sizes!r}")
    if any(size <= 0 for size in units):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {units}.")
    return [int(size) for size in units]


def _is_whole(size: Any) -> bool:
    """Tell whether a number is whole, such as 3 and 3.0."""
    if isinstance(size, Integral):
        return -(2**63) < int(size) < 2**63
    return isinstance(size, Real) and float(size).is_integer()


def activations(settings: Settings) -> Any:
    """Return the hidden layers' activation, or a list of one for each."""
    chosen: Any = settings.activation
    return found(Activation, list(chosen) if isinstance(chosen, np.ndarray) else chosen, "activation", several=True)


def network_for(settings: Settings, inputs: int, output: Output, scores: int) -> Network:
    """Return the network of these settings."""
    chosen = settings.initializer
    return Network.dense(
        [inputs, *hidden_units(settings.hidden_layer_sizes), scores],
        activations(settings),
        output,
        weights=None if chosen in (None, "recommended") else found(Initializer, chosen),
        dropout=list(settings.dropout) if isinstance(settings.dropout, Sequence | np.ndarray) else settings.dropout,
        batch_norm=settings.batch_norm,
        max_norm=settings.max_norm,
    )


def first_theta(settings: Settings, network: Network, random: Random, dtype: Any) -> Array:
    """Draw the first θ; unless told otherwise as scikit-learn does.

    That is, W and b of a layer with D inputs and H units from U(−√(6 / (D + H)), √(6 / (D + H))), with 2 in place of 6
    where the layer is logistic. The scores have no layer of their own, and go by that of the last hidden layer.
    """
    engine, _ = fastest_for(network, solver := solver_of(settings))
    require_memory(network, engine, solver, dtype, drawn=False)
    if settings.initializer is not None:
        return network.initial(random, dtype)
    theta = np.empty(network.size, dtype)
    layers = activations(settings)
    each = layers if isinstance(layers, list) else [layers]
    factors = iter([2.0 if isinstance(layer, Sigmoid) else 6.0 for layer in each])
    factor, interval = 6.0, Uniform()
    for p in network.placed:
        gate = network.gates[p.gate]
        if isinstance(gate, MultiplyGate):
            factor = next(factors, factor)
            interval = Uniform(np.sqrt(factor / sum(p.parameter.shape)))
        initializer = interval if isinstance(gate, MultiplyGate | AddGate) else p.parameter.initializer
        theta[p.place] = initializer(p.parameter.shape, random).ravel()
    return theta


def solver_of(settings: Settings) -> Optimizer | LBFGS:
    """Return the optimizer; one given by name takes its numbers from scikit-learn's parameters."""
    solver, rate = settings.solver, settings.learning_rate_init
    if isinstance(solver, Optimizer | LBFGS):
        return solver
    if solver is LBFGS or (isinstance(solver, str) and solver.lower() in ("lbfgs", "l-bfgs")):
        return LBFGS(tolerance=settings.tol, evaluations=settings.max_fun)
    if solver == "adam":
        return Adam(rate, settings.beta_1, settings.beta_2, settings.epsilon)
    if solver == "sgd":
        kind = Nesterov if settings.nesterovs_momentum else Momentum
        return kind(rate, Constant(settings.momentum))  # as a schedule, because scikit-learn admits a momentum of 1
    optimizer: Optimizer = found(Optimizer, solver, "solver").with_rate(rate)
    return optimizer


def takes_batches(settings: Settings) -> bool:
    """Tell whether the solver can go on with other rows, as ``partial_fit`` asks of it."""
    if isinstance(solver_of(settings), LBFGS):
        raise AttributeError("partial_fit is only available for stochastic optimizers. lbfgs is not stochastic.")
    return True


def judged_by(settings: Settings) -> str | None:
    """Return by what early stopping judges, the "score" or the "loss" of rows that are not trained on; None without."""
    return "score" if settings.early_stopping is True else settings.early_stopping or None


def schedule_of(settings: Settings) -> Schedule:
    """Return the schedule; under a time budget the rate falls along a cosine, unless told otherwise."""
    budgeted = settings.time_budget is not None and not isinstance(solver_of(settings), LBFGS)
    default = Cosine() if budgeted else Constant()
    schedule: Schedule = default if settings.schedule is None else found(Schedule, settings.schedule)
    return schedule


def penalty_of(settings: Settings) -> Penalty | None:
    """Return R: scikit-learn's α, or the library's penalty in its place."""
    if settings.penalty is not None:
        penalty: Penalty = found(Penalty, settings.penalty)
        return penalty
    return L2(settings.alpha) if settings.alpha else None


def convention_of(settings: Settings, output: Output, scores: int) -> Callable[[Array, Array], Factors]:
    """Return scikit-learn's convention: α is divided by the weight of each step's rows, which report by their number.

    L-BFGS minimizes what is reported: squared errors averaged over the targets. (Other solvers follow scikit-learn's
    gradient, in which they are summed, though its report averages them.)
    """
    data = 1.0 / averaged(output, scores) if isinstance(solver_of(settings), LBFGS) else 1.0

    def convention(sizes: Array, weights: Array) -> Factors:
        whole = np.ones(len(sizes))
        shared = np.divide(1.0, weights, out=np.zeros(len(sizes)), where=np.asarray(weights) > 0)
        return Factors(data * whole, shared if settings.penalty is None else whole, sizes)

    return convention


def rows_a_step(settings: Settings, rows: int) -> int | None:
    """Return how many of these rows a step takes, which may be more than there are; None where L-BFGS takes all."""
    if isinstance(solver_of(settings), LBFGS):
        return None
    return min(200, rows) if settings.batch_size == "auto" else int(settings.batch_size)


def averaged(output: Output, scores: int) -> int:
    """Return by how much scikit-learn divides the loss of a row before it reports it."""
    return scores if isinstance(output, LeastSquares) else 1


def engine_of(settings: Settings, problem: Problem | Network, optimizer: Optimizer | LBFGS | None = None) -> Engine:
    """Return the engine that runs the problem, or the network alone."""
    return engine_for(problem, optimizer, settings.engine, settings.n_threads)


ROWS_OF_A_STRIDE = 1 << 14
"""How many rows training takes at most before it looks up: where epochs are short, looking takes as long as they do."""


def left_out(problem: Problem) -> float:
    """Return what scikit-learn's half deviance has more than the output's loss: for counts, the mean of y log y − y."""
    if not isinstance(problem.network.output, Poisson):
        return 0.0
    if (source := source_of(problem)) is not None:
        return source.mean(problem, left_out)
    return float(np.average((xlogy(problem.y, problem.y) - problem.y).sum(axis=1), weights=problem.weights))


class RowOrder:
    """scikit-learn's row orders: each epoch's is a shuffle of the one before, drawn from one ``RandomState``.

    The first is that of the epoch after ``epoch``. Those of epochs that an earlier process took are drawn again; those
    of a stride that was interrupted are remembered.
    """

    def __init__(self, random: np.random.RandomState, shuffle: bool, epoch: int = 0) -> None:
        self._random, self._shuffle = random, shuffle
        self._orders = {epoch: np.zeros(0, int)}  # of the last epochs

    def __call__(self, epoch: int, rows: int) -> Array:
        """Return this epoch's order."""
        for each in range(max(self._orders) + 1, epoch + 1):
            before = self._orders[each - 1]
            order = before if len(before) == rows else np.arange(rows)
            self._orders[each] = self._random.permutation(order) if self._shuffle else order
            self._orders.pop(each - max(ROWS_OF_A_STRIDE // rows, 1), None)
        return self._orders[epoch]
