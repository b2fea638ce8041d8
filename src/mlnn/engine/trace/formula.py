"""One tracing for every spelling: the formulas of a class as symbols, which C++, JavaScript and LaTeX then write."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from mlnn.engine.trace.symbol import Symbol, Untraceable, as_symbol
from mlnn.initializer import Initializer
from mlnn.layer import Layer, PReLU
from mlnn.names import shipped
from mlnn.optimizer import SGD, Optimizer, Wrapper
from mlnn.output import Elementwise
from mlnn.output.classification import WestonWatkins
from mlnn.penalty import Penalty
from mlnn.schedule import Schedule, Time

FAMILIES: dict[str, tuple[type[Any], dict[str, str]]] = {
    "LEARNED": (PReLU, {"forward": "xa", "slope": "xa", "slope_by_leak": "x"}),
    "LAYERS": (Layer, {"forward": "x", "slope": "xy"}),
    "ELEMENTWISE": (Elementwise, {"formula": "st", "slope": "st", "predict": "s"}),
    "MARGINS": (WestonWatkins, {"formula": "v", "slope": "v"}),
    "PENALTIES": (Penalty, {"formula": "w", "slope": "w"}),
    "WRAPPERS": (Wrapper, {}),
    "RULES": (Optimizer, {}),
}
"""The bases of what engines know, and their formulas with a letter for each argument."""

TIME = Time(*map(Symbol, ("step", "epoch", "epochs")))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Formula:
    """What one method does: ``results`` by what each of them is assigned to; "" is the one that is returned."""

    results: Mapping[str, Symbol]

    @property
    def result(self) -> Symbol:
        """Return the one result that is returned."""
        return self.results[""]


def members(family: str) -> list[type]:
    """Return the classes of a family that ship with mlnn, in the order of their numbers.

    Examples
    --------
    >>> [kind.__name__ for kind in members("MARGINS")]
    ['Hinge', 'SquaredHinge']
    """
    return [kind for kind in shipped(FAMILIES[family][0]) if family != "RULES" or not issubclass(kind, Wrapper)]


def symbolic(kind: type) -> tuple[Any, Any]:
    """Return an example of a class, whose fields all have defaults but an inner optimizer, and one of symbols."""
    example = kind(SGD()) if issubclass(kind, Wrapper) else kind()
    thing: Any = copy.copy(example)
    for each in fields(thing):
        if isinstance(getattr(thing, each.name), int | float):
            object.__setattr__(thing, each.name, Symbol(f"self.{each.name}"))
    return example, thing


@cache
def formulas(kind: type) -> Mapping[str, Formula]:
    """Trace the formulas of a layer, an output, a penalty, a rule or a wrapper.

    Examples
    --------
    >>> from mlnn.layer import Tanh
    >>> {name: str(formula.result) for name, formula in formulas(Tanh).items()}
    {'forward': 'tanh(x)', 'slope': 'subtract(1.0, square(y))'}
    """
    example, thing = symbolic(kind)
    if isinstance(example, Optimizer):
        return _update(example, thing)
    methods = next(methods for base, methods in FAMILIES.values() if issubclass(kind, base))
    results = {name: as_symbol(getattr(thing, name)(*map(Symbol, methods[name]))) for name in methods}
    return {name: Formula({"": result}) for name, result in results.items()}


def counts(kind: type[Optimizer]) -> dict[str, int]:
    """Return how many slots and how many coefficients a rule has, or a wrapper adds.

    Examples
    --------
    >>> from mlnn.optimizer import Adam
    >>> counts(Adam)
    {'slots': 2, 'coefficients': 1}
    """
    example, _ = symbolic(kind)
    counted = example.coefficients(Time(np.array([1]), np.array([0.0]), epochs=1))
    return {"slots": example.slots, "coefficients": len(counted)}


def _update(example: Optimizer, thing: Any) -> Mapping[str, Formula]:
    """Trace a rule's ``update``, or what a wrapper does ``before`` the inner update and ``after`` it."""
    count = counts(type(example))
    state = tuple(Symbol(f"state[{k}]") for k in range(count["slots"]))
    factors = *map(Symbol, ("rate", "decay")), *(Symbol(f"coefficients[{k}]") for k in range(count["coefficients"]))
    reached: list[Any] = []

    def inner_update(*arguments: Any) -> tuple[Symbol, tuple[()]]:
        reached.extend(arguments)
        return Symbol("moved"), ()

    wraps = isinstance(example, Wrapper)
    object.__setattr__(thing, "optimizer", SimpleNamespace(update=inner_update))  # rules have none and look at none
    theta, slots = thing.update(Symbol("theta"), Symbol("gradient"), state, *factors)
    after = {"moved" if wraps else "theta": as_symbol(theta)}
    after |= zip(map(repr, state), map(as_symbol, slots), strict=True)
    if not wraps:
        return {"update": Formula(after)}
    if repr(reached[2:]) != "[(), rate, decay]":
        raise Untraceable("a wrapper must call the inner update once, and may change θ and the gradient, nothing else")
    before = {"theta": as_symbol(reached[0]), "gradient": as_symbol(reached[1])}
    return {"before": Formula(before), "after": Formula(after)}


def coefficients(kind: type[Optimizer]) -> list[Symbol]:
    """Trace the numbers of a rule, or of a wrapper alone, that vary with the step; a momentum's are its schedule's.

    Examples
    --------
    >>> from mlnn.optimizer import Averaged
    >>> coefficients(Averaged)
    [maximum(subtract(1.0, self.decay), divide(1.0, step))]
    """
    _, thing = symbolic(kind)
    if hasattr(thing, "momentum"):
        return [Symbol("self.momentum")]
    object.__setattr__(thing, "optimizer", SimpleNamespace(coefficients=lambda _: ()))
    return [as_symbol(each) for each in thing.coefficients(TIME)]


def factor(kind: type[Schedule], time: Time = TIME) -> Symbol:
    """Trace a schedule's factor, at a time made of symbols.

    Examples
    --------
    >>> from mlnn.schedule import StepDecay
    >>> factor(StepDecay)
    power(self.factor, floor(divide(epoch, self.every)))
    """
    return as_symbol(symbolic(kind)[1](time))


def first_value(kind: type[Initializer]) -> Symbol:
    """Trace an initializer: what it makes of a draw, ``normal`` of N(0, 1) or ``uniform`` of [0, 1), for W (D, H).

    Examples
    --------
    >>> from mlnn.initializer import Fan
    >>> first_value(Fan)
    divide(normal, sqrt(D))
    """
    random: Any = SimpleNamespace(
        standard_normal=lambda shape: Symbol("normal"),
        uniform=lambda low, high, shape: low + (high - low) * Symbol("uniform"),
    )
    return as_symbol(symbolic(kind)[1]((Symbol("D"), Symbol("H")), random))
