"""Model files: safetensors with JSON metadata. Loading reads numbers and names; it never imports or runs anything."""

import hashlib
import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save as packed

from mlnn.array import Array
from mlnn.frame.replacing import replacing
from mlnn.tabular.described import ModelFileError, told
from mlnn.tabular.kept import Kept, Saveable, kept, restored

__all__ = ["FORMAT", "ModelFileError", "checksum", "load", "save"]

FORMAT = 2


def save(model: Saveable, path: str | os.PathLike[str]) -> None:
    """Write a trained model; an existing file is replaced only when the new one is whole.

    What is kept is all that predictions need, and what is shown of a model: parameters, columns, scores, curves. Not
    kept are rows, out-of-fold predictions, histories and an optimizer's state. Parameters that are functions or random
    generators cannot be kept: a warning names them.

    Parameters
    ----------
    model : TableClassifier, TableRegressor, MLPClassifier, MLPRegressor or Model
        What to write.
    path : path-like
        The file.

    Raises
    ------
    TypeError
        If it is something else.
    OSError
        If the file cannot be written, or there is something else than a file.
    ValueError
        If a gate or the summary holds what a model file cannot, such as NaN.

    Examples
    --------
    >>> import tempfile
    >>> from mlnn.model import Model
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Model([2, 3, 2], seed=0), f"{folder}/moons.mlnn")
    ...     len(load(f"{folder}/moons.mlnn").theta)
    17
    """
    content = kept(model)
    if content.left:
        warnings.warn(f"parameters that a file cannot keep are left out: {', '.join(content.left)}", stacklevel=2)
    text = json.dumps({"format": FORMAT} | content.json, allow_nan=False, default=np.generic.item)
    arrays = {name: np.ascontiguousarray(array) for name, array in content.arrays.items()}
    with replacing(path, files_only=True) as file:
        file.write(packed(arrays, metadata={"mlnn": text, "sha256": checksum(text, arrays)}))


def load(path: str | os.PathLike[str]) -> Saveable:
    """Read a model, of whatever kind it is.

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
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        content = json.loads(metadata["mlnn"], parse_constant=_no_constant)
        if content["format"] != FORMAT:
            version = f"the format {content['format']!r}, but this version of mlnn reads {FORMAT}"
            raise ModelFileError(f"'{path.name}' has {version}")
        if metadata["sha256"] != checksum(metadata["mlnn"], arrays):
            raise ValueError("its checksum is wrong")
        return restored(Kept(content, arrays))
    except ModelFileError:
        raise
    except Exception as problem:  # whatever is broken by a file that was damaged or tampered with
        raise ModelFileError(f"'{path.name}' is not an mlnn model file, or it is damaged: {told(problem)}") from problem


def checksum(text: str, arrays: Mapping[str, Array]) -> str:
    """Return SHA-256 of the metadata and the weights: it tells damage from a model."""
    digest = hashlib.sha256(text.encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")
