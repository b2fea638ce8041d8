"""What the tutorial's arguments mean beside newer ones: rate and optimizer, λ and penalty, reports, bent scores."""

import threading
import warnings
from dataclasses import fields, replace
from typing import Any

import numpy as np

from mlnn.array import Random, real_number, require_seed, whole_number
from mlnn.engine import Reference
from mlnn.layer import Activation, Identity, Layer, Tanh
from mlnn.names import found
from mlnn.network import Network
from mlnn.objective import Problem, data_loss, penalty_value
from mlnn.optimizer import LBFGS, Optimizer, Wrapper
from mlnn.output import Hinge, Logistic, Output, SquaredHinge
from mlnn.penalty import L2, Penalty
from mlnn.training import Epoch, Watcher

PRINTED = 1000
"""Passes between the lines that the tutorial prints."""


class Default(float):
    """A number that stands in a signature, so that it is known whether the user said one."""


class Busy:
    """Lets one train at a time: ``with busy: …``. Copies and pickles of a model begin with one of their own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __reduce__(self) -> Any:
        """Leave the lock behind."""
        return Busy, ()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("this model is being trained: a callback or another thread cannot train it meanwhile")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def rule_of(optimizer: Any, epsilon: float) -> Optimizer | LBFGS:
    """Return the optimizer at its rate: ``epsilon`` where that was said, else its own.

    Raises
    ------
    TypeError, ValueError
        If there is no such optimizer, or both say a rate (one that is not its class's default), and not the same.

    Examples
    --------
    >>> rule_of("adam", Default(0.01)), rule_of("sgd", 0.5)
    (Adam(rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08), SGD(rate=0.5))
    """
    rule: Optimizer | LBFGS = found(Optimizer | LBFGS, optimizer, "optimizer")
    rate = real_number("epsilon", epsilon, least=0.0)
    if isinstance(epsilon, Default):
        return rule
    if isinstance(rule, LBFGS):
        raise ValueError(f"epsilon={rate:g} is a learning rate, and L-BFGS finds its own step: leave epsilon out")
    inner = rule
    while isinstance(inner, Wrapper):
        inner = inner.optimizer
    usual = next(each.default for each in fields(inner) if each.name == "rate")
    if inner.rate not in (usual, rate):
        raise ValueError(f"epsilon={rate:g} and optimizer={rule} say different learning rates: leave one of them out")
    return rule.with_rate(rate)


def penalty_of(penalty: Any, reg_lambda: float) -> Penalty:
    """Return the penalty: L2 of strength ``reg_lambda``, another that was named of that strength, or the one given.

    Raises
    ------
    TypeError, ValueError
        If there is no such penalty, or both say a strength, and not the same.

    Examples
    --------
    >>> penalty_of("l1", 0.5), penalty_of(None, Default(0.01))
    (L1(strength=0.5), L2(strength=0.01))
    """
    strength = real_number("reg_lambda", reg_lambda, least=0.0)
    rule: Penalty = found(Penalty, L2 if penalty is None else penalty)
    if isinstance(reg_lambda, Default) and penalty is not None:
        return rule
    own = getattr(rule, "strength", None)
    if own is not None and not isinstance(penalty, Penalty):
        return replace(rule, strength=strength)  # type: ignore[type-var]
    if own != strength:
        raise ValueError(
            f"reg_lambda={strength:g} and penalty={rule} both say how strong the penalty is: leave one of them out"
        )
    return rule


def reports(num_passes: int, every: int | None, full: bool) -> tuple[int, int]:
    """Return the passes between reports, and between printed lines.

    Unless told otherwise, a run over ``full`` batches reports about a hundred times, at the printed passes among them.

    Examples
    --------
    >>> reports(20000, None, full=True), reports(50, None, full=True), reports(50, None, full=False)
    ((200, 1000), (1, 1000), (1, 1))
    """
    if every is not None:
        return (whole_number("every", every),) * 2
    wanted = max(whole_number("num_passes", num_passes) // 100, 1)
    return (max(n for n in range(1, min(wanted, PRINTED) + 1) if PRINTED % n == 0), PRINTED) if full else (1, 1)


def printer(problem: Problem, every: int, with_penalty: bool) -> Watcher:
    """Return a watcher that prints the mean loss of all rows, in the tutorial's words."""
    problem = replace(problem, weights=None)

    def look(epoch: Epoch) -> None:
        if (epoch.number - 1) % every == 0:
            loss = data_loss(problem, Reference().scores(problem.network, epoch.theta, problem.X))
            loss += penalty_value(problem, epoch.theta) if with_penalty else 0.0
            print(f"Loss after iteration {epoch.number - 1}: {loss:f}")

    return look


def judged(network: Network, valid: Any) -> Problem | None:
    """Return the rows to judge by as a problem."""
    if valid is None:
        return None
    if not isinstance(valid, tuple | list) or len(valid) != 2:
        count = f" of {len(valid)}" if hasattr(valid, "__len__") else ""
        raise TypeError(f"valid must be a pair (X, y), but got {type(valid).__name__}{count}")
    try:
        return Problem.of(network, *valid)
    except (TypeError, ValueError) as problem:
        raise type(problem)(f"valid: {problem}") from None


def source_of(seed: int | None, random: Random | None) -> Random:
    """Return where the first weights are drawn from."""
    require_seed(seed)
    if random is not None and not hasattr(random, "standard_normal"):
        raise TypeError(f"random must be a NumPy RandomState or Generator, but got {random!r}; seed= takes a number")
    drawn: Random = np.random if seed is None else np.random.RandomState(seed)
    return drawn if random is None else random


def scores_layer(layer: Any, output: Output) -> Activation:
    """Return the layer that bends the scores: the last one. Warn where scores so bent cannot do their work.

    The tutorial bounds the scores of a softmax, on both sides; anything else loses what it should learn.
    """
    last: Activation = layer if isinstance(layer, Activation) else layer[-1] if layer else Tanh()
    if isinstance(last, Identity):
        return last
    lowest, highest = _range(last)
    free = not output.classifies or isinstance(output, Logistic | Hinge | SquaredHinge)
    if free or np.isinf(highest - lowest):
        kept = "is bent" if np.isinf([lowest, highest]).all() else f"lies between {lowest:.3g} and {highest:.3g}"
        warnings.warn(
            f"squash_scores puts {last} on the last scores too, so that what {type(output).__name__} sees {kept}: "
            "write Model(…, squash_scores=False), unless that is what you want",
            stacklevel=3,
        )
    return last


def _range(layer: Activation) -> tuple[float, float]:
    """Return about the lowest and the highest output of a layer, infinite where there is none."""
    if not isinstance(layer, Layer):
        return -np.inf, np.inf
    far = np.geomspace(1e-3, 1e6, 1000)[:, None]
    with np.errstate(all="ignore"):
        y = layer.forward(np.concatenate([-far, far]))
    lowest, highest = float(y.min()), float(y.max())
    return lowest if lowest > -1e3 else -np.inf, highest if highest < 1e3 else np.inf
