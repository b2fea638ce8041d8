"""Sealed files: text and arrays in one file of the safetensors layout, whose checksum is looked at before its text.

After 8 bytes that hold its length (little-endian) comes the header, JSON, and after it the arrays' bytes, one array
after another, little-endian. The header begins with ``{"__metadata__":{"sha256":"…","mlnn":``, where the checksum is
that of all bytes after it. So a reader need not trust a byte of the rest before it knows that they are the writer's.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlnn.array import Array

MOST = 1 << 28
"""Bytes of a header at most."""

BEGINNING = re.compile(rb'\{"__metadata__":\{"sha256":"([0-9a-f]{64})"')
SEAL = len(b'{"__metadata__":{"sha256":""') + 64
"""How many bytes of a header its beginning takes."""

KINDS: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8"), "I16": np.dtype("<i2")}
"""The only types of arrays."""

NAMES: dict[np.dtype[Any], str] = {kind.newbyteorder("="): name for name, kind in KINDS.items()}


class Damaged(ValueError):
    """The file is not whole, or none of this kind."""


def sealed(text: str, arrays: Mapping[str, Array]) -> tuple[bytes, str]:
    """Return the bytes of a sealed file, and their checksum.

    Raises
    ------
    ValueError
        If an array is not of float32, float64 or int16, or the text is longer than a reader takes.

    Examples
    --------
    >>> content, checksum = sealed("what it is", {"theta": np.array([1.0, 2.0])})
    >>> text, arrays, same = opened(content)
    >>> text, arrays["theta"], same == checksum
    ('what it is', array([1., 2.]), True)
    """
    described, place = {}, 0
    for name, array in arrays.items():
        if array.dtype not in NAMES:
            raise ValueError(f"an array in a file must be of float32, float64 or int16, but one is of {array.dtype}")
        end = place + array.nbytes
        described[name] = {"dtype": NAMES[array.dtype], "shape": array.shape, "data_offsets": [place, end]}
        place = end
    entries = "".join(f",{json.dumps(name)}:{json.dumps(each)}" for name, each in described.items())
    rest = f',"mlnn":{json.dumps(text)}}}{entries}}}'.encode()
    rest += b" " * (-(SEAL + len(rest)) % 8)
    if SEAL + len(rest) > MOST:
        raise ValueError(f"a file's description may take {MOST:,} bytes, but this one takes {SEAL + len(rest):,}")
    rest += b"".join(array.astype(KINDS[NAMES[array.dtype]], copy=False).tobytes() for array in arrays.values())
    checksum = hashlib.sha256(rest).hexdigest()
    length = SEAL + len(rest) - place
    return length.to_bytes(8, "little") + f'{{"__metadata__":{{"sha256":"{checksum}"'.encode() + rest, checksum


def read(path: str | os.PathLike[str]) -> tuple[str, dict[str, Array], str]:
    """Return the text, the arrays and the checksum of a sealed file.

    Raises
    ------
    Damaged
        If it is not whole, or none of this kind.
    OSError
        If it cannot be read.
    """
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        beginning = file.read(8 + SEAL)
        length, checksum = _require_beginning(beginning, size)
        header, data = beginning + file.read(length - SEAL), bytearray(size - 8 - length)
        file.readinto(data)
    return _opened(header, data, checksum)


def opened(content: bytes) -> tuple[str, dict[str, Array], str]:
    """Return the text, the arrays, which are read-only, and the checksum of a sealed file's bytes.

    Raises
    ------
    Damaged
        If they are not whole, or none of this kind.
    """
    length, checksum = _require_beginning(content[: 8 + SEAL], len(content))
    return _opened(content[: 8 + length], bytearray(content[8 + length :]), checksum)


def _opened(start: bytes, data: bytearray, checksum: str) -> tuple[str, dict[str, Array], str]:
    """Return what ``opened`` does, of the header with its length and the bytes behind it, of which arrays are parts."""
    digest = hashlib.sha256(memoryview(start)[8 + SEAL :])
    digest.update(data)
    if digest.hexdigest() != checksum:
        raise Damaged("its checksum is wrong")
    try:
        header = json.loads(start[8:])
        text = header.pop("__metadata__")["mlnn"]
        if not isinstance(text, str):
            raise Damaged("its description is no text")
        arrays, place = {}, 0
        for name, each in header.items():
            if each["dtype"] not in KINDS:
                raise Damaged("an array is of another type than float32, float64 and int16")
            kind, shape, (first, end) = KINDS[each["dtype"]], tuple(each["shape"]), each["data_offsets"]
            count = int(np.prod(shape, dtype=object)) if shape else 1
            if not all(type(side) is int and side >= 0 for side in shape) or place != first:
                raise Damaged("its arrays do not lie one after another")
            if end - first != count * kind.itemsize or end > len(data):
                raise Damaged("an array has another size than its shape")
            flat = np.frombuffer(data, kind, count, place) if count else np.empty(0, kind)
            arrays[name] = np.require(flat.reshape(shape).astype(kind.newbyteorder("="), copy=False), requirements="A")
            arrays[name].setflags(write=False)
            place += count * kind.itemsize
        if place != len(data):
            raise Damaged("there are bytes that nothing describes")
    except Damaged:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        raise Damaged(f"its header describes no arrays: {type(problem).__name__}") from problem
    return text, arrays, checksum


def _require_beginning(start: bytes, size: int) -> tuple[int, str]:
    """Return the header's length and the checksum, if a file of so many bytes may begin like this."""
    seal = BEGINNING.fullmatch(start[8:])
    if seal is None:
        raise Damaged("it does not begin as a file of mlnn's does")
    length = int.from_bytes(start[:8], "little")
    if not SEAL < length <= min(MOST, size - 8):
        raise Damaged(f"its header takes {length:,} bytes, but there are {size - 8:,}, and {MOST:,} at most")
    return length, seal[1].decode()
