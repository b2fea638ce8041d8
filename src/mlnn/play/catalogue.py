"""Everything that can be chosen on the page, from the classes themselves: ``python -m mlnn.play.catalogue``."""

import json
import math
import re
import sys
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from mlnn.engine.trace.formula import symbolic
from mlnn.engine.trace.latex import latex, letter, printed
from mlnn.engine.trace.symbol import Symbol, as_symbol
from mlnn.gate import Gate
from mlnn.initializer import Initializer
from mlnn.layer import Activation, Layer
from mlnn.names import shipped
from mlnn.optimizer import LBFGS, ClipNorm, Optimizer, Wrapper
from mlnn.output import Output
from mlnn.penalty import Penalty
from mlnn.play.bounds import bounds
from mlnn.play.equations import equations
from mlnn.play.points import DRAWS, PointSet
from mlnn.schedule import Schedule

NOT_IN_THE_BROWSER: dict[type, str] = {
    LBFGS: "L-BFGS searches along lines; the browser's engine takes single steps. The server has it: mlnn play."
}
"""What only Python's player can run, and why."""

BY_HAND: dict[type, dict[str, str]] = {
    ClipNorm: {"before": r"g \leftarrow @g@ \cdot \min\left(1, \frac{@limit@}{\left\|g\right\|_2}\right)"}
}
"""Formulas of whole vectors, which are not traced."""


def families() -> dict[str, list[type]]:
    """Return mlnn's own kinds of parts, as the page names them."""
    rules = [kind for kind in shipped(Optimizer) if not issubclass(kind, Wrapper)]
    return {
        "gates": [kind for kind in shipped(Gate) if not issubclass(kind, Layer)],
        "layers": shipped(Layer),
        "outputs": shipped(Output),
        "optimizers": [*rules, LBFGS],
        "wrappers": [kind for kind in shipped(Wrapper) if kind is not Wrapper],
        "schedules": shipped(Schedule),
        "penalties": shipped(Penalty),
        "initializers": shipped(Initializer),
        "points": shipped(PointSet),
    }


def catalogue(*, browser: bool = False) -> dict[str, list[dict[str, Any]]]:
    """Return the kinds of parts as the page's protocol has them; of the ``browser``'s player, with what it lacks.

    Examples
    --------
    >>> [kind["label"] for kind in catalogue()["layers"]][:3]
    ['ReLU', 'Leaky ReLU', 'ELU']
    """
    return {family: [_kind(kind, browser) for kind in kinds] for family, kinds in families().items()}


def settings() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the settings of every part by family and name: their defaults, kinds and bounds.

    Examples
    --------
    >>> settings()["gates"]["Dropout"]
    {'p': {'default': 0.5, 'kind': 'number', 'interval': '[0, 1)', 'least': 0, 'most': 0.9999999999999999}}
    """
    return {
        family: {
            kind.__name__: {
                each["name"]: {"default": each["default"], "kind": each["kind"]}
                | (bounds(kind, each["name"]) if each["kind"] in ("number", "whole") else {})
                for each in _kind(kind, True)["fields"]
            }
            for kind in kinds
        }
        for family, kinds in families().items()
    }


def _kind(kind: type, browser: bool) -> dict[str, Any]:
    text = printed(kind) | BY_HAND.get(kind, {})
    if issubclass(kind, PointSet):
        point = symbolic(kind)[1].place(*map(Symbol, (*DRAWS, "noise")))
        text = dict(zip(("x1", "x2", "target"), map(_point, point), strict=True))
    says, source = _described(kind)
    more: dict[str, Any] = {}
    if issubclass(kind, Activation):
        more["initializer"] = _plain(kind.initializer)
    if issubclass(kind, Output | PointSet):
        more["classifies"] = kind.classifies if issubclass(kind, Output) else kind.classes != 0
    return more | {
        "is": kind.__name__,
        "room": _room(kind),
        "label": _label(kind.__name__),
        "says": says,
        "source": source,
        "fields": [_field(kind, each) for each in fields(kind) if each.init] if is_dataclass(kind) else [],
        "formulas": text | equations(kind, text),
        "missing": NOT_IN_THE_BROWSER.get(kind) if browser else None,
    }


def _room(kind: type) -> str:
    """Return from where a class is imported.

    Examples
    --------
    >>> from mlnn.layer import Maxout
    >>> _room(Maxout), _room(Initializer)
    ('mlnn.layer', 'mlnn.initializer')
    """
    module = kind.__module__
    return module if module.startswith("mlnn.play.") else ".".join(module.split(".")[:2])


def _point(coordinate: Any) -> str:
    """Return a formula of points in LaTeX: draws are no numbers that anybody would plug in."""
    letters = {"u1": "u_1", "u2": "u_2", "n1": "n_1", "n2": "n_2", "t": "t", "k": "k"}

    def place(symbol: Symbol) -> str:
        return "" if symbol.operands else letters.get(str(symbol)) or f"@{str(symbol).removeprefix('self.')}@"

    return latex(as_symbol(coordinate), place)


def _label(name: str) -> str:
    """Return the name of a class in words.

    Examples
    --------
    >>> [_label(name) for name in ("LeakyReLU", "StepDecay", "HeNormal", "AdamW", "MultiplyGate", "ReduceOnPlateau")]
    ['Leaky ReLU', 'Step decay', 'He normal', 'AdamW', 'Multiply', 'Reduce on plateau']
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z][a-z][a-z])|(?<=[a-z]{2})(?=[A-Z]\w)", " ", name.removesuffix("Gate"))
    first, *others = words.split()
    return " ".join([first, *(each if each[1:] != each[1:].lower() else each.lower() for each in others)])


def _described(kind: type) -> tuple[str, str]:
    """Return the first line of a docstring, and its references."""
    text = re.sub(r"\n +", "\n", kind.__doc__ or "")
    source = re.search(r"References\n-+\n(.*?)(?:\n\n|\Z)", text, re.DOTALL)
    return text.strip().partition("\n")[0], " ".join(source[1].split()) if source else ""


def _field(kind: type, field: Field[Any]) -> dict[str, Any]:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    kinds = {bool: "yes", int: "whole", float: "number", tuple: "whole list"}
    what = "whole" if default is None else kinds.get(type(default), "part")
    return {"name": field.name, "letter": letter(kind, field.name), "kind": what, "default": _plain(default)}


def _plain(value: Any) -> Any:
    """Return a default as a model file has it; what has none, an inner optimizer, is null."""
    if is_dataclass(value):
        given = [each for each in fields(value) if each.init]
        return {"is": type(value).__name__} | {each.name: _plain(getattr(value, each.name)) for each in given}
    if value is MISSING:
        return None
    return "inf" if value == math.inf else list(value) if isinstance(value, tuple) else value


if __name__ == "__main__":
    json.dump(catalogue(browser=True), sys.stdout, ensure_ascii=True)
