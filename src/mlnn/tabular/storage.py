"""Model files: safetensors with JSON metadata. Loading reads numbers and names; it never imports or runs anything."""

import hashlib
import json
import math
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save as packed

from mlnn.array import Array
from mlnn.frame.replacing import replacing
from mlnn.tabular.described import ModelFileError, told
from mlnn.tabular.kept import Kept, Saveable, kept, restored

__all__ = ["FORMAT", "ModelFileError", "checksum", "load", "save"]

FORMAT = 2

DIGITS = 300
"""Of a whole number at most: more do not fit a float."""

MOST = {",": 2_000_000, "[": 400_000, "{": 400_000}
"""How often marks may stand in a description: what is read takes far more memory than its text. A table of 20,000
columns has half of it."""


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
        If a gate or the summary holds what a model file cannot, such as NaN, or far more than 20,000 columns.

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
    _require_bounds(text)
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
        if metadata["sha256"] != checksum(metadata["mlnn"], arrays):
            raise ValueError("its checksum is wrong")
        content = _parsed(metadata["mlnn"])
        if type(content["format"]) is not int or content["format"] != FORMAT:
            version = f"the format {content['format']!r}, but this version of mlnn reads {FORMAT}"
            raise ModelFileError(f"'{path.name}' has {version[:200]}")
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


def _parsed(text: str) -> Any:
    """Return what JSON says, if its numbers fit a float and its letters are letters."""
    _require_bounds(text)
    content = json.loads(text, parse_constant=_no_number, parse_int=_whole, parse_float=_finite)
    if "\\u" in text:  # an escape may be half a letter, which no file, terminal or page takes
        json.dumps(content, ensure_ascii=False).encode()
    return content


def _require_bounds(text: str) -> None:
    for mark, most in MOST.items():
        if (count := text.count(mark)) > most:
            raise ValueError(f"a model's description holds at most {most:,} times '{mark}', but this one {count:,}")


def _whole(digits: str) -> int:
    return int(digits) if len(digits) <= DIGITS else _no_number(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_number(digits)


def _no_number(digits: str) -> Any:
    raise ValueError(f"{digits[:30]} is no number that a float can hold")
