"""Model files: safetensors with JSON metadata. Loading reads numbers and names; it never imports or runs anything."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save as packed

from mlnn.array import Array
from mlnn.engine import Reference
from mlnn.frame.preparation import Preparation
from mlnn.frame.replacing import replacing
from mlnn.frame.target import TargetCode
from mlnn.tabular.described import ModelFileError, network_json, network_of, told
from mlnn.tabular.train import TrainedTable

FORMAT = 1

SUMMARY = {"data": str, "rows": int, "members": list, "options": dict, "scores": dict}
"""The types of what is shown of a summary."""


def save(path: str | os.PathLike[str], trained: TrainedTable) -> None:
    """Write a model; an existing file is replaced only when the new one is whole.

    Raises
    ------
    OSError
        If the file cannot be written, or there is something else than a file.
    ValueError
        If a gate or the summary holds what a model file cannot, such as NaN.
    """
    content = {
        "format": FORMAT,
        "networks": [network_json(network) for network, _ in trained.members],
        "preparation": trained.preparation.to_json(),
        "target": trained.target.to_json(),
        "target_name": trained.target_name,
        "summary": _checked(trained.summary),
    }
    text = json.dumps(content, allow_nan=False, default=np.generic.item)
    thetas = {f"theta{k}": np.ascontiguousarray(theta) for k, (_, theta) in enumerate(trained.members)}
    thetas |= {name: np.ascontiguousarray(array) for name, array in trained.preparation.arrays().items()}
    whole = packed(thetas, metadata={"mlnn": text, "sha256": checksum(text, thetas)})
    with replacing(path, files_only=True) as file:
        file.write(whole)


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
        content = json.loads(metadata["mlnn"], parse_constant=_no_constant)
        if content["format"] != FORMAT:
            version = f"the format {content['format']!r}, but this version of mlnn reads {FORMAT}"
            raise ModelFileError(f"'{path.name}' has {version}")
        if metadata["sha256"] != checksum(metadata["mlnn"], thetas):
            raise ValueError("its checksum is wrong")
        trained = TrainedTable(
            Preparation.from_json(content["preparation"], thetas),
            TargetCode.from_json(content["target"]),
            str(content["target_name"]),
            tuple((network_of(each), thetas[f"theta{k}"]) for k, each in enumerate(content["networks"])),
            _checked(dict(content["summary"])),
        )
        _try(trained)
    except ModelFileError:
        raise
    except Exception as problem:  # whatever is broken by a file that was damaged or tampered with
        raise ModelFileError(f"'{path.name}' is not an mlnn model file, or it is damaged: {told(problem)}") from problem
    return trained


def checksum(text: str, thetas: Mapping[str, Array]) -> str:
    """Return SHA-256 of the metadata and the weights: it tells damage from a model."""
    digest = hashlib.sha256(text.encode())
    for name, theta in sorted(thetas.items()):
        digest.update(f"{name} {theta.dtype.str} {theta.shape}".encode())
        digest.update(theta.tobytes())
    return digest.hexdigest()


def _checked(summary: dict[str, Any]) -> dict[str, Any]:
    """Return the summary if what is shown of it has the types that training wrote."""
    wrong = [name for name, kind in SUMMARY.items() if not isinstance(summary.get(name, kind()), kind)]
    if wrong:
        raise ValueError(f"the summary's {wrong[0]} is no {SUMMARY[wrong[0]].__name__}")
    numbers = [summary.get("seconds", 0.0), *summary.get("scores", {}).values()]
    numbers += [member["best_epoch"] for member in summary.get("members", [])]
    if not all(isinstance(number, int | float) for number in numbers):
        raise ValueError("the summary holds something else where numbers should be")
    return summary


def _try(trained: TrainedTable) -> None:
    """Predict for one row, so that a setting that no gate can work with shows now; the reference looks closest."""
    with np.errstate(all="ignore"):
        for network, theta in trained.members:
            row = np.zeros((1, network.inputs), theta.dtype)
            trained.target.decode(network.output.decide(Reference().predict(network, theta, row)))
            _ = network.rates, network.penalties


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")
