"""Networks and settings as plain JSON and back: names and numbers, of which nothing is imported or run."""

import math
import operator
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from typing import Any, TypeAlias, get_args

import numpy as np

from mlnn.frame.printable import printable, told
from mlnn.gate import Gate
from mlnn.initializer import Initializer
from mlnn.names import every
from mlnn.network import Network
from mlnn.optimizer import LBFGS, Optimizer
from mlnn.output import Output
from mlnn.penalty import Penalty
from mlnn.schedule import Schedule

KINDS: dict[type, tuple[Any, str]] = {
    float: (int | float, "a number"),
    int: (int, "a whole number"),
    Initializer: (Initializer, "an initializer"),
}
"""For the types of defaults, the types that a setting may have, and what they are called."""

Named: TypeAlias = Mapping[Any, type[Any]]
"""Classes by their names: the only ones that a file can mean."""

PARTS: tuple[type[Any], ...] = (Gate, Output, Initializer, Optimizer, LBFGS, Schedule, Penalty)
"""What an estimator's parameter may be, besides numbers, words and collections of them."""


SENTENCE = 300
"""Letters of what is said of a file at most."""


class ModelFileError(ValueError):
    """The file is not a model that this version can read; said in one line, whatever a stranger wrote into the file."""

    def __init__(self, message: str) -> None:
        line = " ".join(message[: 2 * SENTENCE].split())
        plain = printable(line)
        super().__init__(plain if len(plain) <= SENTENCE else f"{plain[: SENTENCE - 1]}…")


def network_json(network: Network) -> dict[str, Any]:
    """Return a network as plain JSON: every gate and setting as its class's name and its fields.

    Examples
    --------
    >>> described = network_json(Network.dense([2, 3, 2]))
    >>> described["gates"][2], network_of(described) == Network.dense([2, 3, 2])
    ({'is': 'Tanh'}, True)
    """
    gates = [_json(gate) for gate in network.gates]
    return {"inputs": network.inputs, "gates": gates, "output": _json(network.output)}


def network_of(described: Mapping[str, Any]) -> Network:
    """Return the network that ``network_json`` described; names are looked up among the classes that exist.

    Raises
    ------
    ModelFileError
        If a name is unknown (a user's own gate must be imported before), a setting is not one of its class's, or the
        gates do not fit each other.
    """
    try:
        kinds, inner = _named(Gate), _named(Initializer, Gate, Output)
        gates = tuple(_thing(gate, kinds, inner) for gate in described["gates"])
        return Network(operator.index(described["inputs"]), gates, _thing(described["output"], _named(Output), inner))
    except ModelFileError:
        raise
    except Exception as problem:
        raise ModelFileError(f"this describes no network: {told(problem)}") from problem


def part_of(described: Mapping[str, Any], *bases: type[Any]) -> Any:
    """Return the optimizer, schedule or penalty that is described as a network's parts are: one of some classes.

    Raises
    ------
    ModelFileError
        If its name is unknown among those derived from ``bases``, or a setting is not one of its class's.

    Examples
    --------
    >>> part_of({"is": "ClipValue", "optimizer": {"is": "SGD", "rate": 1}, "limit": 2}, Optimizer)
    ClipValue(optimizer=SGD(rate=1.0), limit=2.0)
    """
    try:
        return _thing(described, _named(*bases), _named(Optimizer, Schedule))
    except ModelFileError:
        raise
    except Exception as problem:
        raise ModelFileError(f"this describes no {bases[0].__name__.lower()}: {told(problem)}") from problem


def parameters_json(parameters: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return an estimator's parameters as plain JSON, and the names of those that are none, such as functions.

    Examples
    --------
    >>> from mlnn.optimizer import SGD
    >>> json, left = parameters_json({"hidden": (8,), "optimizer": SGD(0.5), "random_state": np.random.RandomState(0)})
    >>> json, left, parameters_of(json)
    ({'hidden': [8], 'optimizer': {'is': 'SGD', 'rate': 0.5}}, ['random_state'],
     {'hidden': (8,), 'optimizer': SGD(rate=0.5)})
    """
    json: dict[str, Any] = {}
    left = []
    for name, value in parameters.items():
        try:
            json[name] = _plain(value)
        except TypeError:
            left.append(name)
    return json, left


def parameters_of(json: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that ``parameters_json`` described; lists come back as tuples.

    Raises
    ------
    ModelFileError
        If a name is unknown, or a setting is not one of its class's.
    """
    kinds = _named(*PARTS)
    return {name: _meant(value, kinds) for name, value in json.items()}


def _plain(value: Any) -> Any:
    """Return a parameter as JSON; what is no number, word, part or collection of these has none."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": repr(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, PARTS):
        given = [each.name for each in fields(value) if each.init]
        return {"is": type(value).__name__} | {name: _plain(getattr(value, name)) for name in given}
    if isinstance(value, type) and issubclass(value, PARTS):
        return {"class": value.__name__}
    if isinstance(value, Mapping):
        return {"pairs": [[_plain(key), _plain(each)] for key, each in value.items()]}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    raise TypeError(f"{value!r} cannot be kept in a file")


def _meant(value: Any, kinds: Named) -> Any:
    """Return what ``_plain`` wrote."""
    if isinstance(value, list):
        return tuple(_meant(each, kinds) for each in value)
    if not isinstance(value, dict):
        return value
    if "number" in value:
        return float(value["number"])
    if "pairs" in value:
        return {_meant(key, kinds): _meant(each, kinds) for key, each in value["pairs"]}
    if "class" in value:
        return _kind(value["class"], kinds)
    return _kind(value["is"], kinds)(**{name: _meant(each, kinds) for name, each in value.items() if name != "is"})


def _json(value: Any) -> Any:
    if is_dataclass(value):
        return {"is": type(value).__name__} | {each.name: _json(getattr(value, each.name)) for each in fields(value)}
    return "inf" if value == math.inf else value


def _named(*bases: type[Any]) -> Named:
    """Return the classes derived from some, by name."""
    return {kind.__name__: kind for base in bases for kind in every(base)}


def _kind(name: Any, kinds: Named) -> Any:
    """Return the class of that name among some."""
    if name not in kinds:
        raise ModelFileError(f"the model uses {name!r}, which is not defined here: import the module that defines it")
    return kinds[name]


def _thing(described: Mapping[str, Any], kinds: Named, inner: Named) -> Any:
    """Return an object of one of ``kinds``, whose settings may be objects of ``inner`` ones."""
    kind = _kind(described["is"], kinds)
    known = {each.name: each for each in fields(kind)}
    settings = {key: _setting(value, inner, known.get(key)) for key, value in described.items() if key != "is"}
    return kind(**settings)


def _setting(value: Any, inner: Named, of: Field[Any] | None = None) -> Any:
    """Return a setting; where its default is a number or an initializer, it must be one too, or what else fits."""
    if isinstance(value, dict):
        value = _thing(value, inner, inner)
        if of is not None and isinstance(value, get_args(of.type)):  # as a momentum that is a schedule
            return value
    elif isinstance(value, list):
        value = tuple(_setting(each, inner) for each in value)
    elif value == "inf":
        value = math.inf
    if of is None:
        return value
    for kind, (kinds, words) in KINDS.items():
        if isinstance(of.default, kind) and not isinstance(value, kinds):
            raise TypeError(f"{of.name} must be {words}, but got {value!r}")
    if isinstance(of.default, float) and math.isfinite(of.default) and not math.isfinite(value):
        raise ValueError(f"{of.name} must be finite, but got {value!r}")
    return float(value) if isinstance(of.default, float) else value


def settings_of(model: Any) -> dict[str, Any]:
    """Return a table model's parameters, of them the threshold as it was chosen last."""
    given = model.get_params(deep=False)
    curve = model.judgement_.thresholds
    return given if curve is None else given | {"threshold": curve.rule}


def chosen_of(model: Any) -> dict[str, Any]:
    """Return what mlnn chose of a table model's parameters that were not set, and used in training."""
    chosen = {"rate": getattr(model.rule(), "rate", None), "batch_size": model.summary_.get("batch_size")}
    return {name: value for name, value in chosen.items() if value is not None and getattr(model, name) is None}


def as_option(value: object) -> str:
    """Return a setting as the command line takes it.

    Examples
    --------
    >>> as_option((64, 64)), as_option({"false_positive": 1.0, "false_negative": 5.0}), as_option(None)
    ('64,64', 'false_positive=1.0,false_negative=5.0', 'None')
    """
    if isinstance(value, Mapping):
        return ",".join(f"{name}={each}" for name, each in value.items())
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
