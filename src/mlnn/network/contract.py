"""What a part must keep that somebody else wrote: tried once on a few rows, before any work.

Tests hold the library's own parts to their contracts. A gate, layer, output, optimizer or penalty of a user's own is
looked at here, when a network is made, when a problem is made of data, or as it answers in training: a mistake in it
becomes a sentence, where it would be a wrong number.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np

from mlnn.array import Array, Arrays, Random, real_number, whole_number
from mlnn.gate import Gate, Parameter, Step
from mlnn.initializer import Initializer
from mlnn.layer import Layer
from mlnn.names import is_own
from mlnn.optimizer import Optimizer, State, Wrapper
from mlnn.output import Elementwise, Output
from mlnn.penalty import Penalty
from mlnn.schedule import Time

_UNTOUCHED = 1.2345e300
"""What stands in a gradient before the pullback fills it; nothing that could be added would change it."""


def require_gate(gate: Gate, inputs: int) -> None:
    """Run a gate forward and backward on a few rows, in prediction and in training.

    What it returns must have the form that ``Gate`` (or ``Layer``) asks for; it may not change what it was given, and
    its pullback must fill the gradients.
    """
    name, rows = type(gate).__name__, _rows(inputs)
    random = np.random.default_rng(0)
    x, width = random.uniform(0.1, 0.9, (rows, inputs)), gate.width(inputs)
    with _tried(gate):
        if isinstance(gate, Layer):
            y = _shaped(gate.forward(x.copy()), x.shape, f"{name}.forward(x)", "x's")
            _shaped(gate.slope(x.copy(), y), x.shape, f"{name}.slope(x, y)", "x's")
        declared: Any = gate.parameters(inputs)
        if not isinstance(declared, Sequence) or not all(isinstance(each, Parameter) for each in declared):
            raise TypeError(f"{name}.parameters must return a tuple of Parameter, but returned {_words(declared)}")
        for step in (None, Step()):
            p = tuple(first_values(each, random) for each in declared)
            given = _Unchanged(name, x=x, **{each.letter: value for each, value in zip(declared, p, strict=True)})
            result: Any = gate.apply(p, x, step)
            given.require("apply")
            if not isinstance(result, tuple) or len(result) != 2:
                raise TypeError(
                    f"{name}.apply must return y and a memo (None, if there is none): {_words(result)} came"
                )
            y, memo = result
            _shaped(y, (rows, width), f"the y of {name}.apply(…)", "rows and width")
            d_y = random.uniform(0.1, 0.9, y.shape)
            d_p = tuple(np.full(each.shape, _UNTOUCHED) for each in declared)
            given = _Unchanged(name, x=x, y=y, d_y=d_y)
            _shaped(gate.pullback(p, x, y, memo, d_y, d_p), x.shape, f"{name}.pullback(…)", "x's")
            given.require("pullback")
            for each, gradient in zip(declared, d_p, strict=True):
                if each.trained and np.any(gradient == _UNTOUCHED):
                    raise ValueError(
                        f"{name}.pullback must fill d_p in place, as in d_p[0][...] = gradient, but it left that "
                        f"of {each.letter} as it was, or added to it"
                    )


def first_values(parameter: Parameter, random: Random) -> Array:
    """Draw a parameter's first values."""
    initializer, shape = parameter.initializer, parameter.shape
    if not isinstance(initializer, Initializer) and not callable(initializer):
        raise TypeError(f"the initializer of {parameter.letter} must be an Initializer, but is {initializer!r}")
    values = initializer(shape, random)
    _shaped(values, shape, f"what {initializer} draws", f"{parameter.letter}'s")
    if not np.isfinite(values).all():
        raise ValueError(f"{initializer} must return finite numbers, but some of {parameter.letter} are not")
    return values


def require_output(output: Output, scores: int, targets: Array) -> None:
    """Ask an output for losses, derivatives, predictions and decisions of a few rows."""
    name, rows = type(output).__name__, _rows(scores)
    S, y = np.random.default_rng(0).uniform(0.1, 0.9, (rows, scores)), np.repeat(targets[:1], rows, axis=0)
    with _tried(output):
        if isinstance(output, Elementwise):
            for formula in (output.formula, output.slope):
                _shaped(formula(S, y), S.shape, f"{name}.{formula.__name__}(s, t)", "the scores'")
        given = _Unchanged(name, S=S, y=y)
        P: Any = output.predict(S)
        if not isinstance(P, np.ndarray) or P.ndim != 2 or len(P) != rows:
            _shaped(P, S.shape, f"{name}.predict(S)", "the scores'")
        decisions = output.decide(P)
        if np.shape(decisions)[:1] != (rows,):
            raise ValueError(f"{name}.decide must return one decision a row, {rows} of them: {_words(decisions)} came")
        _shaped(output.losses(S, y), (rows,), f"{name}.losses(S, y)", "one loss a row")
        _shaped(output.diff(S, y), S.shape, f"{name}.diff(S, y)", "the scores'")
        given.require("predict, losses or diff")


def require_penalty(penalty: Penalty) -> None:
    """Ask a penalty for the values and slopes of a few weights."""
    w = np.array([-0.5, 0.25, 0.5])
    with _tried(penalty):
        for formula in (penalty.formula, penalty.slope):
            _shaped(
                formula(w.copy()), w.shape, f"{type(penalty).__name__}.{formula.__name__}(w)", "one number a weight"
            )


def held(optimizer: Optimizer) -> Optimizer:
    """Return the optimizer; one of a user's own, alone or in wrappers, with its answers looked at before they count."""
    inner = optimizer
    while isinstance(inner, Wrapper) and not is_own(inner):
        inner = inner.optimizer
    name = type(optimizer).__name__ + (f"({type(inner).__name__})" if inner is not optimizer else "")
    return cast(Optimizer, _Held(optimizer, name)) if is_own(inner) else optimizer


class _Held:
    """An optimizer whose every answer must have the form that ``Optimizer`` asks for."""

    def __init__(self, optimizer: Optimizer, name: str) -> None:
        self.optimizer, self.name, self.rate = optimizer, name, optimizer.rate
        self.slots = whole_number(f"{name}.slots", optimizer.slots, 0)

    def coefficients(self, time: Time) -> Arrays:
        """Return the coefficients, one number a step each."""
        columns: Any = self.optimizer.coefficients(time)
        if not isinstance(columns, tuple):
            raise TypeError(f"{self.name}.coefficients must return a tuple of arrays, but returned {_words(columns)}")
        what = f"each of {self.name}.coefficients(time)"
        return tuple(_shaped(column, time.step.shape, what, "one number a step") for column in columns)

    def gradient_scale(self, gradient: Array) -> float:
        """Return the factor on the gradient."""
        return real_number(f"{self.name}.gradient_scale", self.optimizer.gradient_scale(gradient))

    def update(self, theta: Array, gradient: Array, state: State, *numbers: Any) -> tuple[Array, State]:
        """Return the next θ and the next state."""
        name = self.name
        try:
            result: Any = self.optimizer.update(theta, gradient, state, *numbers)
        except (TypeError, ValueError, IndexError) as problem:
            slots = f"its state has as many vectors as {name}.slots says, which is {self.slots}"
            raise ValueError(f"{name}.update failed ({slots}): {problem}") from problem
        if not isinstance(result, tuple) or len(result) != 2 or not isinstance(result[1], tuple | list):
            raise TypeError(f"{name}.update must return the next θ and the next state, a tuple: {_words(result)} came")
        if len(result[1]) != self.slots:
            raise ValueError(f"{name}.slots is {self.slots}, but update returned a state of {len(result[1])}")
        for each, what in zip((result[0], *result[1]), ("θ", *self.slots * ["each slot"]), strict=True):
            _shaped(each, theta.shape, f"{what} of {name}.update(…)", "θ's")
        return result[0], tuple(result[1])

    def weights(self, theta: Array, state: State) -> Array:
        """Return the θ to predict with."""
        return _shaped(self.optimizer.weights(theta, state), theta.shape, f"{self.name}.weights(…)", "θ's")


class _Unchanged:
    """Arrays as they were, to see whether a call has changed one."""

    def __init__(self, name: str, **arrays: Array) -> None:
        self.name, self.arrays = name, arrays
        self.copies = {key: array.copy() for key, array in arrays.items()}

    def require(self, call: str) -> None:
        """Refuse a call that changed one."""
        for key, array in self.arrays.items():
            if not np.array_equal(array, self.copies[key], equal_nan=array.dtype.kind == "f"):
                raise ValueError(f"{self.name}.{call} must leave what it is given as it is, but it changed {key}")


@contextmanager
def _tried(part: object) -> Iterator[None]:
    """Say in a traceback, where the part itself fails, that it was only tried."""
    try:
        with np.errstate(all="ignore"):
            yield
    except Exception as problem:
        problem.add_note(f"({part!r} was tried on a few made-up rows, before any work)")
        raise


def _rows(columns: int) -> int:
    """Return how many rows to try: two, or three, so that rows and columns cannot be confused."""
    return 3 if columns == 2 else 2


def _shaped(value: Any, shape: tuple[int, ...], what: str, which: str) -> Array:
    """Return the value if it is an array of this shape."""
    if not isinstance(value, np.ndarray) or value.shape != shape:
        raise ValueError(f"{what} must be an array of shape {shape} ({which}), but is {_words(value)}")
    return value


def _words(value: object) -> str:
    """Say what came: an array's shape, or the thing itself."""
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"{value!r}"[:60]
