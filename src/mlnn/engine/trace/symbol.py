"""Symbols: numbers that are not known yet. A formula that is called with them leaves its own text behind."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

OPERATIONS = (
    *("add", "subtract", "multiply", "divide", "negative", "absolute", "sign", "square", "sqrt", "maximum", "minimum"),
    *("heaviside", "exp", "expm1", "log", "log1p", "tanh", "erf", "cos", "sin", "floor", "power"),
)
"""Names of the ufuncs that a formula may be made of. Powers of 2 and 3 become products; not every engine has all."""


class Untraceable(TypeError):
    """A formula does something else than calling ufuncs on numbers."""


def _refuse(what: str) -> Any:
    def refuse(*_: object, **__: object) -> None:
        raise Untraceable(f"a formula that is traced cannot {what}")

    return refuse


class Symbol(NDArrayOperatorsMixin):
    """A number that is not known yet, a known one, or the result of a ufunc on both.

    ``operation`` is the name of the ufunc; or without operands, that of the unknown number, or the known one's digits.
    NumPy hands every ufunc that meets a symbol to the symbol, which writes it down. Whatever would need the number
    itself, or would lose the trace, is refused.

    Examples
    --------
    >>> x = Symbol("x")
    >>> np.maximum(x, 0.0) + 0.01 * np.minimum(x, 0.0)
    add(maximum(x, 0.0), multiply(0.01, minimum(x, 0.0)))
    >>> np.where(np.sign(x), x, 0.01 * x)
    Traceback (most recent call last):
    ...
    mlnn.engine.trace.symbol.Untraceable: a formula that is traced cannot call np.where, np.sum …: only ufuncs
    """

    def __init__(self, operation: str, *operands: "Symbol") -> None:
        self.operation, self.operands = operation, operands
        unknown = {operation} if operation[0].isalpha() and not operands else ()
        self.unknowns: frozenset[str] = frozenset(unknown).union(*(each.unknowns for each in operands))

    def __repr__(self) -> str:
        """Return the text of the formula, every ufunc by its name."""
        return f"{self.operation}({', '.join(map(repr, self.operands))})" if self.operands else self.operation

    def value(self, numbers: Mapping[str, float]) -> float:
        """Return the number itself, given the unknown ones by name."""
        if self.operands:
            return float(getattr(np, self.operation)(*(each.value(numbers) for each in self.operands)))
        return float(numbers[self.operation] if self.unknowns else self.operation)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> "Symbol":
        name, (first, *others) = ufunc.__name__, inputs
        if method != "__call__" or options:
            raise Untraceable(f"np.{name} can be traced as a plain call only, not as {method} with {options}")
        if name == "power" and isinstance(others[0], int | float) and others[0] in (2, 3):
            return np.square(first) if others[0] == 2 else np.square(first) * first
        if name not in OPERATIONS:
            raise Untraceable(f"np.{name} cannot be traced; there are: {', '.join(OPERATIONS)}")
        return Symbol(name, *map(as_symbol, inputs))

    __array_function__ = _refuse("call np.where, np.sum …: only ufuncs")
    __array__ = _refuse("make arrays")
    __getitem__ = _refuse("use an index: it sees one element at a time")
    __bool__ = _refuse("branch on a number: use np.maximum, np.minimum or np.heaviside")


def as_symbol(thing: object) -> Symbol:
    """Return a symbol as it is and a finite number as a known one; refuse anything else, where the trace was lost.

    Examples
    --------
    >>> as_symbol(0.5), as_symbol(Symbol("x"))
    (0.5, x)
    """
    if isinstance(thing, Symbol):
        return thing
    if not isinstance(thing, int | float) or not math.isfinite(thing):
        raise Untraceable(f"a formula that is traced needs symbols and finite numbers, but got {thing!r}")
    return Symbol(repr(float(thing)))
