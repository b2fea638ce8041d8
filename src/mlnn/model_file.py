"""Model files: safetensors with JSON metadata. Loading reads numbers and names; it never imports or runs anything."""

import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from mlnn.gate import Gate
from mlnn.initializer import Initializer
from mlnn.names import every
from mlnn.network import Network
from mlnn.output import Output
from mlnn.preparation import Preparation
from mlnn.target import TargetCode
from mlnn.trained import TrainedTable

FORMAT = 1


class ModelFileError(ValueError):
    """The file is not a model that this version can read."""


def save(path: str | os.PathLike[str], trained: TrainedTable) -> None:
    """Write a model; an existing file is replaced only when the new one is whole.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    content = {
        "format": FORMAT,
        "networks": [network_json(network) for network, _ in trained.members],
        "preparation": trained.preparation.to_json(),
        "target": trained.target.to_json(),
        "target_name": trained.target_name,
        "summary": trained.summary,
    }
    tensors = {f"theta{k}": np.ascontiguousarray(theta) for k, (_, theta) in enumerate(trained.members)}
    path = Path(path)
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        save_file(tensors, draft, metadata={"mlnn": json.dumps(content, allow_nan=False)})
        umask = os.umask(0)
        os.umask(umask)
        Path(draft).chmod(0o666 & ~umask)  # as if the file had been opened for writing
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike[str]) -> TrainedTable:
    """Read a model.

    Raises
    ------
    ModelFileError
        If there is no such file, or it is not a whole mlnn model of a version known here.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelFileError(f"there is no model file '{path}'")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if "mlnn" not in metadata:
                raise ModelFileError(f"'{path.name}' is a safetensors file, but not an mlnn model")
            thetas = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (SafetensorError, OSError) as problem:
        raise ModelFileError(f"'{path.name}' is not an mlnn model file, or it is damaged") from problem
    try:
        content = json.loads(metadata["mlnn"])
        if content["format"] > FORMAT:
            raise ModelFileError(
                f"'{path.name}' was written by a newer mlnn (format {content['format']}, here {FORMAT})"
            )
        members = []
        for k, described in enumerate(content["networks"]):
            network, theta = network_of(described), thetas[f"theta{k}"]
            if theta.shape != (network.size,) or not np.isfinite(theta).all():
                raise ModelFileError(f"'{path.name}' is damaged: θ does not fit the network")
            members.append((network, theta))
        return TrainedTable(
            Preparation.from_json(content["preparation"]),
            TargetCode.from_json(content["target"]),
            str(content["target_name"]),
            tuple(members),
            dict(content["summary"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        if isinstance(problem, ModelFileError):
            raise
        raise ModelFileError(f"'{path.name}' is damaged: {problem}") from problem


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
        If a name is unknown (a user's own gate must be imported before) or a setting is not one of its class's.
    """
    gates = tuple(_thing(Gate, gate) for gate in described["gates"])
    return Network(int(described["inputs"]), gates, _thing(Output, described["output"]))


def _json(value: Any) -> Any:
    if is_dataclass(value):
        return {"is": type(value).__name__} | {each.name: _json(getattr(value, each.name)) for each in fields(value)}
    return "inf" if value == math.inf else value


def _thing(base: type[Any], described: Mapping[str, Any]) -> Any:
    kinds: dict[str, type] = {kind.__name__: kind for kind in every(base)}
    name = described["is"]
    if name not in kinds:
        raise ModelFileError(f"the model uses '{name}', which is not defined here: import the module that defines it")
    settings = {}
    for key, value in described.items():
        if key != "is":
            settings[key] = (
                _thing(Initializer, value) if isinstance(value, dict) else math.inf if value == "inf" else value
            )
    return kinds[name](**settings)
