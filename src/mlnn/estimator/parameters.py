"""From scikit-learn's parameters, and names, to the library's objects; and what may be given for each."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Hidden, Interval, Options, StrOptions

from mlnn.array import Array, Random
from mlnn.engine import Engine, OwnPredictor, engine_for
from mlnn.gate import AddGate, MultiplyGate
from mlnn.initializer import Initializer, Uniform
from mlnn.layer import Activation, Sigmoid
from mlnn.names import found
from mlnn.network import Network
from mlnn.objective import Problem
from mlnn.optimizer import LBFGS, Adam, Momentum, Nesterov, Optimizer
from mlnn.output import LeastSquares, Output
from mlnn.penalty import L2, Penalty
from mlnn.schedule import Constant, Cosine, Schedule
from mlnn.training import Factors

CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", Interval(Integral, 1, None, closed="left")],
    "activation": [str, type, Activation, "array-like"],
    "solver": [str, type, Optimizer, LBFGS],
    "alpha": [Interval(Real, 0, None, closed="left")],
    "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
    "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "power_t": [Interval(Real, 0, None, closed="left")],
    "max_iter": [Interval(Integral, 1, None, closed="left")],
    "shuffle": ["boolean"],
    "random_state": ["random_state"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "verbose": ["verbose"],
    "warm_start": ["boolean", StrOptions({"exact"})],
    "momentum": [Interval(Real, 0, 1, closed="both")],
    "nesterovs_momentum": ["boolean"],
    "early_stopping": ["boolean", StrOptions({"score", "loss"})],
    "validation_fraction": [Interval(Real, 0, 1, closed="left")],
    "beta_1": [Interval(Real, 0, 1, closed="left")],
    "beta_2": [Interval(Real, 0, 1, closed="left")],
    "epsilon": [Interval(Real, 0, None, closed="neither")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), Options(Real, {np.inf})],
    "max_fun": [Interval(Integral, 1, None, closed="left")],
    "loss": [str, type, Output],
    "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
    "batch_norm": ["boolean"],
    "penalty": [None, str, type, Penalty],
    "max_norm": [Interval(Real, 0, None, closed="right"), Options(Real, {np.inf})],
    "schedule": [None, str, type, Schedule],
    "initializer": [None, str, type, Initializer],
    "time_budget": [None, Interval(Real, 0, None, closed="neither")],
    "categorical_features": [None, StrOptions({"from_dtype"})],
    "engine": [None, StrOptions({"compiled", "reference"})],
    "n_threads": [None, Interval(Integral, 1, None, closed="left")],
    "callbacks": ["array-like", Hidden(tuple)],
}


def hidden_units(sizes: Any) -> list[int]:
    """Return the units of each hidden layer."""
    units = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
    if any(size <= 0 for size in units):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {units}.")
    return [int(size) for size in units]


def network_for(settings: Any, inputs: int, output: Output, scores: int) -> Network:
    """Return the network of these settings."""
    chosen = settings.initializer
    return Network.dense(
        [inputs, *hidden_units(settings.hidden_layer_sizes), scores],
        found(Activation, settings.activation),
        output,
        weights=None if chosen in (None, "recommended") else found(Initializer, chosen),
        dropout=settings.dropout,
        batch_norm=settings.batch_norm,
        max_norm=settings.max_norm,
    )


def first_theta(settings: Any, network: Network, random: Random, dtype: Any) -> Array:
    """Draw the first θ; unless told otherwise as scikit-learn does.

    That is, W and b of a layer with D inputs and H units from U(−√(6 / (D + H)), √(6 / (D + H))), with 2 in place of 6
    for the logistic layer.
    """
    if settings.initializer is not None:
        return network.initial(random, dtype)
    theta = np.empty(network.size, dtype)
    factor = 2.0 if isinstance(found(Activation, settings.activation), Sigmoid) else 6.0
    interval = Uniform()
    for p in network.placed:
        if isinstance(network.gates[p.gate], MultiplyGate):
            interval = Uniform(np.sqrt(factor / sum(p.parameter.shape)))
        initializer = interval if isinstance(network.gates[p.gate], MultiplyGate | AddGate) else p.parameter.initializer
        theta[p.place] = initializer(p.parameter.shape, random).ravel()
    return theta


def solver_of(settings: Any) -> Optimizer | LBFGS:
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


def takes_batches(estimator: Any) -> bool:
    """Tell whether the solver can go on with other rows, as ``partial_fit`` asks of it."""
    if isinstance(solver_of(estimator), LBFGS):
        raise AttributeError("partial_fit is only available for stochastic optimizers. lbfgs is not stochastic.")
    return True


def schedule_of(settings: Any) -> Schedule:
    """Return the schedule; under a time budget the rate falls along a cosine, unless told otherwise."""
    budgeted = settings.time_budget is not None and not isinstance(solver_of(settings), LBFGS)
    default = Cosine() if budgeted else Constant()
    schedule: Schedule = default if settings.schedule is None else found(Schedule, settings.schedule)
    return schedule


def penalty_of(settings: Any) -> Penalty | None:
    """Return R: scikit-learn's α, or the library's penalty in its place."""
    if settings.penalty is not None:
        penalty: Penalty = found(Penalty, settings.penalty)
        return penalty
    return L2(settings.alpha) if settings.alpha else None


def convention_of(settings: Any, output: Output, scores: int) -> Callable[[Array, Array], Factors]:
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


def rows_a_step(settings: Any, rows: int) -> int | None:
    """Return how many of these rows a step takes, which may be more than there are; None where L-BFGS takes all."""
    if isinstance(solver_of(settings), LBFGS):
        return None
    return min(200, rows) if settings.batch_size == "auto" else int(settings.batch_size)


def averaged(output: Output, scores: int) -> int:
    """Return by how much scikit-learn divides the loss of a row before it reports it."""
    return scores if isinstance(output, LeastSquares) else 1


def engine_of(settings: Any, problem: Problem | Network, optimizer: Optimizer | LBFGS | None = None) -> Engine:
    """Return the engine that runs the problem, or the network alone."""
    return engine_for(problem, optimizer, settings.engine, settings.n_threads)


def predictor_of(estimator: Any) -> OwnPredictor:
    """Return the predictor that the estimator keeps for itself."""
    predictor: OwnPredictor = estimator.__dict__.setdefault("_predictor", OwnPredictor())
    return predictor


class RowOrder:
    """scikit-learn's row orders: each epoch's is a shuffle of the one before, drawn from one ``RandomState``."""

    def __init__(self, random: np.random.RandomState, shuffle: bool) -> None:
        self._random, self._shuffle = random, shuffle
        self._order = np.zeros(0, int)

    def __call__(self, epoch: int, rows: int) -> Array:
        """Return the next order."""
        if len(self._order) != rows:
            self._order = np.arange(rows)
        if self._shuffle:
            self._order = self._random.permutation(self._order)
        return self._order
