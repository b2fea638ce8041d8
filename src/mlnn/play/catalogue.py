"""Everything that can be chosen on the page."""

from dataclasses import MISSING, fields
from typing import Any

from mlnn.gate import Gate
from mlnn.initializer import Initializer
from mlnn.layer import Layer
from mlnn.names import every
from mlnn.optimizer import Optimizer, Wrapper
from mlnn.output import Output
from mlnn.penalty import Penalty
from mlnn.schedule import Schedule
from mlnn.tabular.described import parameters_json


def catalogue() -> dict[str, list[dict[str, Any]]]:
    """Return the kinds of parts."""
    return {
        "gates": _kinds([each for each in every(Gate) if not issubclass(each, Layer)]),
        "layers": _kinds(every(Layer)),
        "outputs": _kinds(every(Output)),
        "optimizers": _kinds([each for each in every(Optimizer) if not issubclass(each, Wrapper)]),
        "wrappers": _kinds([each for each in every(Wrapper) if each is not Wrapper]),
        "schedules": _kinds(every(Schedule)),
        "penalties": _kinds(every(Penalty)),
        "initializers": _kinds(every(Initializer)),
        "points": [],
    }


def _kinds(kinds: list[type[Any]]) -> list[dict[str, Any]]:
    return [
        {
            "is": kind.__name__,
            "label": kind.__name__,
            "says": (kind.__doc__ or "").strip().split("\n")[0],
            "source": "",
            "fields": [_field(each) for each in fields(kind) if each.init],
            "formulas": {},
            "missing": None,
        }
        for kind in kinds
        if kind.__module__.startswith("mlnn.")
    ]


def _field(field: Any) -> dict[str, Any]:
    default = None if field.default is MISSING else field.default
    json, _ = parameters_json({"default": default})
    kinds = {bool: "yes", int: "whole", float: "number", tuple: "whole list"}
    return {"name": field.name, "kind": kinds.get(type(default), "part"), "default": json.get("default")}
