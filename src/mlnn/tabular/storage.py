"""Model files: safetensors with JSON metadata. Loading reads numbers and names; it never imports or runs anything."""

import io
import json
import math
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from mlnn.array import Array
from mlnn.frame.printable import printable, told
from mlnn.frame.replacing import replacing
from mlnn.frame.source import shortened
from mlnn.tabular.described import ModelFileError
from mlnn.tabular.kept import Kept, Saveable, kept, restored
from mlnn.training.sealed import read, sealed

__all__ = ["FORMAT", "ModelFileError", "load", "save"]

FORMAT = 2

DIGITS = 300
"""Of a whole number at most: more do not fit a float."""

LETTERS = 100_000
"""Of a name, a word or a sentence at most."""

HEADER = 20_000_000
"""Bytes of a header at most. A table of 20,000 columns of numbers has half of it."""

MEMORY = 50_000_000
"""Bytes that reading a header may take besides the file; a table of 20,000 columns takes most of it."""

COSTS = {b",": 32, b"[": 88, b"{": 232}
"""Bytes of memory that a mark in a header stands for: a number, a list, and a dictionary with one key."""

PIECE = 1 << 16
"""So many bytes are looked at at a time."""


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
    arrays = {name: np.ascontiguousarray(array) for name, array in content.arrays.items()}
    whole, _ = sealed(text, arrays)
    _require_bounds(io.BytesIO(whole), len(whole))
    understood(text, arrays)  # what cannot be loaded again is not saved, before an old file is gone
    with replacing(path, files_only=True) as file:
        file.write(whole)


def load(path: str | os.PathLike[str]) -> Saveable:
    """Read a model, of whatever kind it is.

    Raises
    ------
    ModelFileError
        If there is no such file, or it is not a whole mlnn model of a version known here.
    """
    name = shortened(Path(path).name)
    if not os.path.isfile(path):  # noqa: PTH113 - names that no file can have, too
        other = ": it is a folder, a device or a pipe" if os.path.lexists(path) else ""
        raise ModelFileError(f"there is no model file '{shortened(os.fspath(path))}'{other}")
    try:
        return understood(*_read(Path(path)))
    except MemoryError:
        raise
    except ModelFileError as problem:
        raise ModelFileError(f"'{name}': {problem}") from problem
    except OSError as problem:
        raise ModelFileError(f"'{name}' cannot be read: {problem.strerror or problem}") from problem
    except Exception as problem:  # whatever is broken by a file that was damaged or tampered with
        raise ModelFileError(f"'{name}' is not an mlnn model file, or it is damaged: {told(problem)}") from problem


def _read(path: Path) -> tuple[str, dict[str, Array]]:
    """Return a model's description and arrays, after the header's bounds and the checksum."""
    with path.open("rb") as file:
        _require_bounds(file, path.stat().st_size)
    text, arrays, _ = read(path)
    for array in arrays.values():
        array.setflags(write=True)  # nobody else has them
    return text, arrays


def understood(text: str, arrays: Mapping[str, Array]) -> Saveable:
    """Return the model that a description and arrays mean.

    Raises
    ------
    Exception
        If they mean none; of whatever kind, which ``load`` makes one of.
    """
    content = _parsed(text)
    if type(content["format"]) is not int or content["format"] != FORMAT:
        raise ModelFileError(f"it has the format {content['format']!r}, but this version of mlnn reads {FORMAT}")
    return restored(Kept(content, dict(arrays)))


def _require_bounds(file: IO[bytes], size: int) -> None:
    """Refuse a header that is no header, or would take far more memory than a model's; before it is parsed."""
    head = file.read(8)
    length = int.from_bytes(head, "little")
    if len(head) == 8 and head.isascii() and min(head) >= ord("\t"):  # so long would be no header
        raise ModelFileError(
            f"it is not an mlnn model, but text that begins with '{printable(head.decode())}', as a table does"
        )
    if not 0 < length <= size - 8:
        raise ValueError(f"its header would have {length:,} bytes, but the file has {size:,}")
    if length > HEADER:
        raise ValueError(f"a model's header has at most {HEADER:,} bytes, but this one {length:,}")
    memory = 0
    for start in range(0, length, PIECE):
        piece = file.read(min(PIECE, length - start))
        memory += sum(piece.count(mark) * cost for mark, cost in COSTS.items())
    if memory > MEMORY:
        raise ValueError(f"a model's header takes at most {MEMORY:,} bytes of memory, but this one {memory:,}")


def _parsed(text: str) -> Any:
    """Return what JSON says, if its numbers fit a float and its letters are letters."""
    content = json.loads(text, parse_constant=_no_number, parse_int=_whole, parse_float=_finite)
    if "\\u" in text:  # an escape may be half a letter, which no file, terminal or page takes
        json.dumps(content, ensure_ascii=False).encode()
    _require_short(content)
    return content


def _require_short(content: Any) -> None:
    """Refuse texts that no sentence could repeat."""
    rest = [content]
    while rest:
        each = rest.pop()
        if isinstance(each, str):
            if len(each) > LETTERS:
                raise ValueError(f"a text has at most {LETTERS:,} letters, but one has {len(each):,}: {each[:30]!r}")
        elif isinstance(each, dict):
            rest += each
            rest += each.values()
        elif isinstance(each, list):
            rest += each


def _whole(digits: str) -> int:
    return int(digits) if len(digits) <= DIGITS else _no_number(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_number(digits)


def _no_number(digits: str) -> Any:
    raise ValueError(f"{digits[:30]} is no number that a float can hold")
