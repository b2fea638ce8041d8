"""The formulas in C++: ``python -m mlnn.engine.trace.printer FILE`` traces every built-in class into one header.

Classes become structs, formulas static functions of vectors V; ``MLNN_LAYERS(X)`` … list the structs of a family. The
numbers among a class's fields become run-time arguments: whatever the formulas make of them alone, such as β and 1 − β
in Adam, is computed once in Python, in double precision as NumPy has it, and lies in ``h`` in the order of first use.
"""

import importlib.util
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from mlnn.engine.trace.formula import FAMILIES, counts, formulas, members
from mlnn.engine.trace.symbol import Symbol, Untraceable, as_symbol
from mlnn.optimizer import Optimizer

SPELLINGS = {"add": "{} + {}", "subtract": "{} - {}", "multiply": "{} * {}", "divide": "{} / {}", "negative": "-{}"}
"""How C++ writes a ufunc that it does not call by its name."""

LACKING = {"cos", "sin", "floor", "power"}
"""Ufuncs that the native kernels do without; powers of 2 and 3 are products."""


@dataclass
class Struct:
    """A class on its way into C++: the text of its members, and the hyperparameters that its functions share.

    Examples
    --------
    >>> import numpy as np
    >>> x, leak, struct = Symbol("x"), Symbol("self.leak"), Struct()
    >>> struct.function("V forward(V x, const Scalar<V>* h)", {"": np.tanh(x) * (1.0 - leak) + np.tanh(x)})
    >>> print(struct.members)
        template <class V>
        static V forward(V x, const Scalar<V>* h) {
            const V a0 = tanh(x);
            const V a1 = a0 * broadcast<V>(h[0]);
            const V a2 = a1 + a0;
            return a2;
        }
    """

    members: str = ""
    hyperparameters: dict[str, Symbol] = field(default_factory=dict)

    def constants(self, kind: str, **values: int) -> None:
        """Add constants of one type."""
        texts = (f"{name} = {str(value).lower()}" for name, value in values.items())
        self.members += f"    static constexpr {kind} {', '.join(texts)};\n"

    def function(self, declaration: str, results: Mapping[str, Symbol]) -> None:
        """Add a function that assigns ``results`` to its arguments of these names, or returns the one without a name.

        Everything is computed before anything is assigned, and equal expressions are computed once.
        """
        names: dict[str, str] = {}

        def written(symbol: Symbol) -> str:
            if not symbol.unknowns:
                return f"broadcast<V>(Scalar<V>({symbol}))"
            if all(unknown.startswith("self.") for unknown in symbol.unknowns):
                self.hyperparameters.setdefault(repr(symbol), symbol)
                return f"broadcast<V>(h[{list(self.hyperparameters).index(repr(symbol))}])"
            if symbol.operation in LACKING and symbol.operands:
                raise Untraceable(f"the native engine has no np.{symbol.operation}, only powers of 2 and 3")
            if symbol.operands:
                call = f"{symbol.operation}({', '.join('{}' for _ in symbol.operands)})"
                text = SPELLINGS.get(symbol.operation, call).format(*map(written, symbol.operands))
                return names.setdefault(text, f"a{len(names)}")
            if symbol.operation.partition("[")[0] not in re.findall(r"\w+(?=[,)])", declaration):
                raise Untraceable(f"{symbol} is out of reach of {declaration}")
            return symbol.operation

        values = {target: written(symbol) for target, symbol in results.items() if target != repr(symbol)}
        for value in filter(values.__contains__, values.values()):  # one argument becomes another, which changes too
            names[value] = f"a{len(names)}"
        lines = [f"const V {name} = {text};" for text, name in names.items()]
        lines += [f"{to} = {names.get(value, value)};" if to else f"return {value};" for to, value in values.items()]
        body = "".join(f"        {line}\n" for line in lines)
        self.members += f"    template <class V>\n    static {declaration} {{\n{body}    }}\n"


@cache
def traced(kind: type) -> Struct:
    """Write a class whose fields all have defaults, a wrapper's inner optimizer aside.

    Examples
    --------
    >>> from mlnn.layer import Tanh
    >>> print(traced(Tanh).members)
        static constexpr bool slope_needs_x = false, slope_needs_y = true;
    ...
    """
    struct, found = Struct(), formulas(kind)
    if issubclass(kind, Optimizer):
        struct.constants("int", **counts(kind))
        rest = "V rate, V decay, const V* coefficients, const Scalar<V>* h"
        own = {"update": "V& theta, V gradient, V* state", "before": "V& theta, V& gradient"}
        for name, formula in found.items():
            if name != "update":
                changes = any(target != repr(new) for target, new in formula.results.items())
                struct.constants("bool", **{f"changes_{name}": changes})
            struct.function(f"void {name}({own.get(name, 'V& moved, V* state')}, {rest})", formula.results)
        return struct
    methods = next(methods for base, methods in FAMILIES.values() if issubclass(kind, base))
    needed = found["slope"].result.unknowns
    struct.constants("bool", **{f"slope_needs_{x}": x in needed for x in methods["slope"]})
    for name, formula in found.items():
        declaration = f"V {name}({''.join(f'V {x}, ' for x in methods[name])}const Scalar<V>* h)"
        struct.function(declaration, formula.results)
    return struct


def hyperparameters(thing: Any) -> tuple[float, ...]:
    """Return the run-time arguments ``h`` of a layer, an output, a penalty, a rule or a wrapper.

    Examples
    --------
    >>> from mlnn.optimizer import Adam
    >>> hyperparameters(Adam(beta1=0.75, beta2=0.5))  # β₁, 1 − β₁, β₂, 1 − β₂, ε
    (0.75, 0.25, 0.5, 0.5, 1e-08)
    """
    numbers = {f"self.{each.name}": getattr(thing, each.name) for each in fields(thing)}
    # Without fields there is nothing to trace for, and GELU's trace would load SciPy, which its C++ does without.
    recipes = traced(thing.__class__).hyperparameters if numbers else {}
    return tuple(recipe.value(numbers) for recipe in recipes.values())


def header() -> str:
    """Return the text of the header.

    Examples
    --------
    >>> print(header())
    // Written by python -m mlnn.engine.trace.printer from the formulas in Python; do not edit.
    ...
    """
    text = "// Written by python -m mlnn.engine.trace.printer from the formulas in Python; do not edit.\n"
    text += "#pragma once\n\n"
    text += '#include "kernel/elementary.hpp"\n#include "kernel/vector.hpp"\n\nnamespace mlnn::MLNN_ISA {\n\n'
    lists = ""
    for family in FAMILIES:
        for kind in members(family):
            struct = traced(kind)
            text += f"// h: {', '.join(struct.hyperparameters) or 'none'}\n"
            text += f"struct {kind.__name__} {{\n{struct.members}}};\n\n"
        lists += f"#define MLNN_{family}(X) {' '.join(f'X({kind.__name__})' for kind in members(family))}\n"
    return f"{text}}}  // namespace mlnn::MLNN_ISA\n\n{lists}"


if __name__ == "__main__":
    if importlib.util.find_spec("scipy") is None:
        # A trace takes only the name of erf from SciPy, and an isolated build should not have to install SciPy for it.
        sys.modules["scipy.special"] = ModuleType("scipy.special")
        vars(sys.modules["scipy.special"])["erf"] = lambda x: Symbol("erf", as_symbol(x))
    Path(sys.argv[1]).write_text(header(), encoding="utf-8")
