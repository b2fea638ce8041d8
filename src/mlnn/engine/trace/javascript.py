"""The formulas in TypeScript, for the engine in the browser: functions over whole arrays.

A class becomes an object of functions. Each takes the part ``p`` with its settings first; what the formula makes of
them alone is computed once a call. Formulas of elements then run over ``n`` elements, and write them to ``to``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mlnn.engine.trace.formula import FAMILIES, coefficients, counts, factor, first_value, formulas, members
from mlnn.engine.trace.symbol import Symbol, Untraceable
from mlnn.initializer import Constant, Initializer, Orthogonal, Sparse
from mlnn.names import shipped
from mlnn.optimizer import Optimizer
from mlnn.schedule import Constant as ConstantSchedule
from mlnn.schedule import CosineRestarts, ReduceOnPlateau, Schedule, WarmUp

SPELLINGS = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "negative": "-{}",
    "square": "{0} * {0}",
    "absolute": "Math.abs({})",
    "maximum": "Math.max({}, {})",
    "minimum": "Math.min({}, {})",
    "power": "Math.pow({}, {})",
    "erf": "erf({})",
    "tanh": "tanh({})",
    "heaviside": "{0} > 0 ? 1 : {0} < 0 ? 0 : {0} === 0 ? {1} : NaN",
}
"""How JavaScript writes a ufunc; the others are functions of ``Math`` by their names."""

BY_HAND = {ConstantSchedule, CosineRestarts, ReduceOnPlateau, WarmUp, Constant, Orthogonal, Sparse}
"""What is no formula of one element: written in the engine."""


@dataclass
class Function:
    """A function on its way into TypeScript: how it reads each unknown, and the lines of its body.

    Examples
    --------
    >>> import numpy as np
    >>> function = Function({"x": "x[i]"})
    >>> print(function.text("forward", "n: number, x: Numbers", {"to[i]": np.tanh(Symbol("x")) * Symbol("self.slope")}))
      forward(p: Part, n: number, x: Numbers): void {
        const h0 = p.slope;
        for (let i = 0; i < n; i++) {
          const a0 = x[i];
          const a1 = tanh(a0);
          const a2 = a1 * h0;
          to[i] = a2;
        }
      },
    """

    reads: Mapping[str, str]
    settings: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, parameters: str, results: Mapping[str, Symbol], loop: bool = True) -> str:
        """Return the text; ``results`` are symbols by what they are assigned to, or, under "", returned."""
        values = {to: self.written(symbol) for to, symbol in results.items()}
        arguments = ", ".join(filter(None, ["p: Part", parameters]))
        lines = [f"const {name} = {text};" for text, name in self.settings.items()]
        body = [f"const {name} = {text};" for text, name in self.names.items()]
        body += [f"{to} = {value};" if to else f"return {value};" for to, value in values.items()]
        if loop:
            lines += ["for (let i = 0; i < n; i++) {", *(f"  {line}" for line in body), "}"]
        else:
            lines += body
        kind = "number" if "" in results else "void"
        return f"  {name}({arguments}): {kind} {{\n" + "".join(f"    {line}\n" for line in lines) + "  },\n"

    def written(self, symbol: Symbol) -> str:
        """Return what stands for a symbol, once everything it is made of is a constant with a name."""
        own = bool(symbol.unknowns) and all(unknown.startswith("self.") for unknown in symbol.unknowns)
        names, letter = (self.settings, "h") if own else (self.names, "a")
        if symbol.operands:
            text = spelled(symbol, [self.written(each) for each in symbol.operands])
        elif not symbol.unknowns:
            return f"({symbol})" if str(symbol).startswith("-") else str(symbol)
        elif own:
            text = f"p.{symbol.operation.removeprefix('self.')}"
        elif symbol.operation in self.reads:
            text = self.reads[symbol.operation]
        else:
            raise Untraceable(f"{symbol} is out of reach")
        return names.setdefault(text, f"{letter}{len(names)}")


def spelled(symbol: Symbol, operands: Iterable[str]) -> str:
    """Return one ufunc in JavaScript."""
    call = f"Math.{symbol.operation}({{}})"
    return SPELLINGS.get(symbol.operation, call).format(*operands)


def elementwise(name: str, letters: str, result: Symbol) -> str:
    """Return a function of arrays, a letter each; all but PReLU's leak ``a`` run along with the result."""
    arrays = "".join(f"{letter}: Numbers, " for letter in letters)
    reads = {letter: f"{letter}[i]" for letter in letters} | {"a": "a[i % a.length]"}
    return Function(reads).text(name, f"n: number, {arrays}to: Numbers", {"to[i]": result})


def update(kind: type[Optimizer]) -> str:
    """Return the functions of a rule or a wrapper, which change θ, the gradient and the slots in place."""
    count, text = counts(kind), ""
    arrays = {"theta": "theta[i]", "moved": "theta[i]", "gradient": "gradient[i]", "decay": "decays[i]"}
    slots = {f"state[{k}]": f"slot{k}[i]" for k in range(count["slots"])}
    numbers = {f"coefficients[{k}]": f"c{k}" for k in range(count["coefficients"])}
    listed = "".join(f", {each}: Numbers" for each in ("theta", "gradient", "rates", "decays"))
    for name, formula in formulas(kind).items():
        results = {(arrays | slots)[to]: new for to, new in formula.results.items() if to != repr(new)}
        body = Function(arrays | slots | numbers | {"rate": "rate * rates[i]"})
        written = body.text(name, f"n: number{listed}, state: Numbers[], rate: number, c: number[]", results)
        head = [f"const slot{k} = state[{k}];" for k in range(count["slots"])]
        head += [f"const c{k} = c[{k}];" for k in range(count["coefficients"])]
        first, rest = written.split("\n", 1)
        text += first + "\n" + "".join(f"    {line}\n" for line in head) + rest if results else ""
    varying = coefficients(kind)
    if varying and varying[0].operands:
        for k, each in enumerate(varying):
            text += Function({"step": "step"}).text(f"c{k}", "step: number", {"": each}, loop=False)
    return f"  slots: {count['slots']},\n  coefficients: {count['coefficients']},\n{text}"


def schedule(kind: type[Schedule]) -> str:
    """Return a schedule's function of time."""
    parameters = "step: number, epoch: number, epochs: number"
    return Function({x: x for x in ("step", "epoch", "epochs")}).text("factor", parameters, {"": factor(kind)}, False)


def initializer(kind: type[Initializer]) -> str:
    """Return an initializer's function, which turns draws into first values, and which draws it needs."""
    value = first_value(kind)
    draw = next(each for each in ("normal", "uniform") if each in value.unknowns)
    reads = {"D": "D", "H": "H", draw: "to[i]"}
    return f'  draws: "{draw}",\n' + Function(reads).text(
        "from", "n: number, D: number, H: number, to: Numbers", {"to[i]": value}
    )


def module(families: Mapping[str, Mapping[type, str]]) -> str:
    """Return the text of the module: its families, each with the texts of its classes.

    Examples
    --------
    >>> print(module({"LAYERS": {}}).splitlines()[0])
    // @ts-nocheck Written by python -m mlnn.play.formulas from the formulas in Python; do not edit.
    """
    text = "// @ts-nocheck Written by python -m mlnn.play.formulas from the formulas in Python; do not edit.\n"
    text += 'import { erf, tanh } from "./elementary";\n\nexport type Numbers = Float64Array;\n'
    text += "/** A part with all its settings. */\nexport type Part = { [field: string]: any };\n"
    for family, kinds in families.items():
        for kind, body in kinds.items():
            text += f"\nconst {family}_{kind.__name__} = {{\n{body}}};\n"
        listed = ", ".join(f"{kind.__name__}: {family}_{kind.__name__}" for kind in kinds)
        text += f"\nexport const {family}: {{ [name: string]: any }} = {{ {listed} }};\n"
    return text


def written_families() -> dict[str, dict[type, str]]:
    """Return every family that engines know, and the schedules and initializers."""
    families: dict[str, dict[type, str]] = {}
    for family, (_, methods) in FAMILIES.items():
        if family in ("RULES", "WRAPPERS"):
            families[family] = {kind: update(kind) for kind in members(family)}
            continue
        families[family] = {}
        for kind in members(family):
            found = formulas(kind)
            families[family][kind] = "".join(elementwise(name, methods[name], found[name].result) for name in methods)
    families["SCHEDULES"] = {kind: schedule(kind) for kind in shipped(Schedule) if kind not in BY_HAND}
    families["INITIALIZERS"] = {kind: initializer(kind) for kind in shipped(Initializer) if kind not in BY_HAND}
    return families
