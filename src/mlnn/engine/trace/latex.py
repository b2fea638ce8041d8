r"""The formulas in LaTeX, for whoever reads: ``@x@`` stands for the number called x, of a row or among the settings.

What is shown is what is computed, the parts that keep numbers from overflowing included; only what a reader would
stumble over is left out, such as a zero that is added.
"""

import inspect
import math
import re
from collections.abc import Callable
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

from mlnn.engine.trace.formula import FAMILIES, coefficients, factor, first_value, formulas
from mlnn.engine.trace.symbol import Symbol
from mlnn.initializer import Initializer
from mlnn.optimizer import Optimizer
from mlnn.schedule import Schedule

GREEK = {
    "α": r"\alpha",
    "β": r"\beta",
    "γ": r"\gamma",
    "δ": r"\delta",
    "ε": r"\varepsilon",
    "η": r"\eta",
    "λ": r"\lambda",
    "μ": r"\mu",
    "ρ": r"\rho",
    "τ": r"\tau",
    "θ": r"\theta",
}

NAMED = {"alpha": r"\alpha", "beta1": r"\beta_1", "beta2": r"\beta_2", "epsilon": r"\varepsilon"}
"""Settings that are called by their letters."""

CONSTANTS = {
    0.5: r"\frac{1}{2}",
    math.pi: r"\pi",
    2.0 * math.pi: r"2\pi",
    math.sqrt(2.0): r"\sqrt{2}",
    math.sqrt(2.0 * math.pi): r"\sqrt{2\pi}",
}

SUM, PRODUCT, POWER, ATOM = range(4)
"""How tightly an expression holds together."""

WRITTEN: dict[str, tuple[str, tuple[int, ...], int]] = {
    "add": ("{} + {}", (SUM, SUM), SUM),
    "subtract": ("{} - {}", (SUM, PRODUCT), SUM),
    "multiply": (r"{} \cdot {}", (PRODUCT, PRODUCT), PRODUCT),
    "divide": (r"\frac{{{}}}{{{}}}", (SUM, SUM), POWER),
    "negative": ("-{}", (PRODUCT,), SUM),
    "square": ("{}^2", (ATOM,), POWER),
    "power": ("{}^{{{}}}", (ATOM, SUM), POWER),
    "exp": ("e^{{{}}}", (SUM,), POWER),
    "expm1": ("e^{{{}}} - 1", (SUM,), SUM),
    "tanh": (r"\tanh\left({}\right)", (SUM,), ATOM),
    "cos": (r"\cos\left({}\right)", (SUM,), ATOM),
    "sin": (r"\sin\left({}\right)", (SUM,), ATOM),
    "log": (r"\ln\left({}\right)", (SUM,), ATOM),
    "log1p": (r"\ln\left(1 + {}\right)", (SUM,), ATOM),
    "erf": (r"\operatorname{{erf}}\left({}\right)", (SUM,), ATOM),
    "maximum": (r"\max\left({}, {}\right)", (SUM, SUM), ATOM),
    "minimum": (r"\min\left({}, {}\right)", (SUM, SUM), ATOM),
    "sqrt": (r"\sqrt{{{}}}", (SUM,), ATOM),
    "absolute": (r"\left|{}\right|", (SUM,), ATOM),
    "sign": (r"\operatorname{{sign}}\left({}\right)", (SUM,), ATOM),
    "floor": (r"\left\lfloor {} \right\rfloor", (SUM,), ATOM),
}
"""How a ufunc is written; how tightly each operand must hold together, else it gets parentheses; how the whole does."""


def latex(symbol: Symbol, place: Callable[[Symbol], str] = lambda symbol: f"@{symbol}@") -> str:
    r"""Return a formula in LaTeX; ``place`` says what stands for an unknown, or for a part that has a name.

    Examples
    --------
    >>> import numpy as np
    >>> x = Symbol("x")
    >>> print(latex(np.exp(np.minimum(x, 0.0)) / (1.0 + np.exp(-np.abs(x)))))
    \frac{e^{\min\left(@x@, 0\right)}}{1 + e^{-\left|@x@\right|}}
    """
    return _written(plain(symbol), place)[0]


def plain(symbol: Symbol) -> Symbol:
    """Return the same formula without additions of 0, factors of 0 and 1, and signs within absolute values.

    Examples
    --------
    >>> import numpy as np
    >>> s = Symbol("s")
    >>> plain(abs(-abs(s)) + np.maximum(-abs(s), 0.0)), plain(0.0 * s + 1.0)
    (absolute(s), 1.0)
    """
    if not symbol.operands:
        return symbol
    operands = tuple(map(plain, symbol.operands))
    texts, zero = [str(each) for each in operands], Symbol("0.0")
    if symbol.operation == "absolute" and operands[0].operation in ("negative", "absolute"):
        return plain(Symbol("absolute", *operands[0].operands))
    if symbol.operation == "maximum" and texts[0].startswith("negative(absolute(") and texts[1] == "0.0":
        return zero
    if symbol.operation == "multiply" and "0.0" in texts:
        return zero
    if symbol.operation in ("add", "multiply"):
        neutral = "0.0" if symbol.operation == "add" else "1.0"
        for this, other in ((0, 1), (1, 0)):
            if texts[this] == neutral:
                return operands[other]
    return Symbol(symbol.operation, *operands)


def _written(symbol: Symbol, place: Callable[[Symbol], str]) -> tuple[str, int]:
    """Return the text and how tightly it holds together."""

    def within(least: int, each: Symbol) -> str:
        text, tight = _written(each, place)
        return text if tight >= least else rf"\left({text}\right)"

    if named := place(symbol) if not symbol.operands or "=" in place(symbol) else "":
        known = not symbol.operands and not symbol.unknowns
        return (_number(float(symbol.operation)), ATOM) if known else (named.removesuffix("="), ATOM)
    name, operands = symbol.operation, symbol.operands
    if name in WRITTEN:
        template, needed, tight = WRITTEN[name]
        return template.format(*map(within, needed, operands)), tight
    step = rf"\left[{within(SUM, operands[0])} > 0\right]"
    if str(operands[1]) == "0.0":
        return step, ATOM
    return rf"{step} + {within(PRODUCT, operands[1])} \cdot \left[{within(SUM, operands[0])} = 0\right]", SUM


def _number(value: float) -> str:
    """Return a constant as it is known."""
    if abs(value) in CONSTANTS:
        return ("-" if value < 0 else "") + CONSTANTS[abs(value)]
    mantissa, _, exponent = f"{value:.5g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def letter(kind: type, name: str) -> str:
    r"""Return what a setting is called in formulas: its Greek letter, the letter of its docstring, or its name.

    Examples
    --------
    >>> from mlnn.optimizer import RMSprop
    >>> letter(RMSprop, "rate"), letter(RMSprop, "decay"), letter(RMSprop, "epsilon")
    ('\\eta', '\\rho', '\\varepsilon')
    """
    if name in NAMED:
        return NAMED[name]
    pattern = rf"^ *(?:\w+, )*{name}(?:, \w+)* : .*\n +([^\W\d_])(?:[,.]| >| in )"
    for base in inspect.getmro(kind):
        described = re.search(pattern, base.__doc__ or "", re.MULTILINE)
        if described:
            return GREEK.get(described[1], described[1])
    return name if len(name) == 1 else rf"\mathrm{{{name.replace('_', ' ')}}}"


def printed(kind: Any) -> dict[str, str]:
    r"""Return the formulas of a class by name; none, where it has none that are traced.

    Examples
    --------
    >>> from mlnn.optimizer import Momentum
    >>> print(printed(Momentum)["update"])
    v \leftarrow @momentum@ \cdot @v@ - @rate@ \cdot @g@ \\ \theta \leftarrow @theta@ + v
    """
    try:
        if issubclass(kind, Optimizer):
            return _update(kind)
        if issubclass(kind, Schedule):
            time: Any = SimpleNamespace(epoch=Symbol("t"), epochs=Symbol("epochs"), progress=Symbol("p"), losses=())
            return {"factor": latex(factor(kind, time), _plain)}
        if issubclass(kind, Initializer):
            draws = {"normal": r"\mathcal{N}(0, 1)", "uniform": r"\mathcal{U}(0, 1)", "D": "D", "H": "H"}
            return {"draw": latex(first_value(kind), lambda each: draws.get(str(each)) or _plain(each))}
        if any(issubclass(kind, base) for base, _ in FAMILIES.values()):
            return {name: latex(formula.result, _plain) for name, formula in formulas(kind).items()}
    except TypeError:  # it is no formula of one element
        pass
    return {}


def _plain(symbol: Symbol) -> str:
    return "" if symbol.operands else f"@{symbol.operation.removeprefix('self.')}@"


def _update(kind: type[Optimizer]) -> dict[str, str]:
    """Return the assignments of a step, slots first; what a slot has become is called by its letter from then on."""
    slots = _slots(kind)
    named = {f"state[{k}]": letter for k, letter in enumerate(slots)} | {
        "gradient": "g",
        "moved": "theta",
        "decay": "d",
    }
    own = coefficients(kind)
    momentum = [f"self.{each.name}" for each in fields(kind) if each.name == "momentum"]
    factors = momentum or [f"c_{k + 1}" if len(own) > 1 else "c" for k in range(len(own))]
    named |= {f"coefficients[{k}]": each.removeprefix("self.") for k, each in enumerate(factors)}
    texts = {}
    for name, formula in formulas(kind).items():
        new: dict[str, str] = {}

        def place(symbol: Symbol, new: dict[str, str] = new) -> str:
            if symbol.operands:
                return f"{new[repr(symbol)]}=" if repr(symbol) in new else ""
            return f"@{named.get(symbol.operation, symbol.operation).removeprefix('self.')}@"

        lines = []
        for to, result in sorted(formula.results.items(), key=lambda item: not item[0].startswith("state")):
            if to != repr(result):
                target = named.get(to, to)
                target = r"\theta" if target == "theta" else target
                lines.append(rf"{target} \leftarrow {latex(result, place)}")
                new |= {repr(result): target}
        if lines:
            texts[name] = r" \\ ".join(lines)
    if not momentum:
        texts |= {name: latex(each, _plain).replace("@step@", "t") for name, each in zip(factors, own, strict=True)}
    return texts


def _slots(kind: type[Optimizer]) -> list[str]:
    """Return the letters of a rule's slots, in which its docstring moves them, θ aside."""
    for base in inspect.getmro(kind):
        moved = re.findall(r"(\w) ←", (base.__doc__ or "").partition("Parameters")[0])
        letters = [each for each in dict.fromkeys(moved) if each not in "θg"]
        if letters:
            return letters
    return []
