"""What goes over a wire: a message of JSON, with the arrays in it as bytes beside it.

In the JSON an array is ``{"array": k, "type": "f8"}``, the k-th of the buffers, flat; a number that JSON lacks is
``{"number": "NaN"}``, ``{"number": "Infinity"}`` or ``{"number": "-Infinity"}``. A widget sends buffers beside the
message. On a socket both are one: the length of the header (uint32, little-endian), the header, which is the message
with ``"buffers": [bytes of each]`` beside what it says, in UTF-8, and the buffers. Zeros fill up the header, and every
buffer, to a multiple of 8 bytes.
"""

import json
import math
import re
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlnn.array import Array

TYPES = {"f4": "<f4", "f8": "<f8", "i4": "<i4", "u1": "|u1"}
"""Types of numbers by the names that they have on the wire."""
NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
MOST_BYTES = 96 << 20
"""Bytes of a message at most."""
MOST_HEADER = 4 << 20
"""Bytes of its header at most, its strings apart: a file's text is one."""
STRING = re.compile(rb'"[^"]*"?')
"""A string, its escapes apart, or the rest: a pattern that never looks at a byte twice, whatever comes."""
DEPTH = 40
"""Lists in lists and objects in objects at most."""


class MalformedError(ValueError):
    """What came over the wire is no message."""


def packed(message: Any) -> tuple[Any, list[bytes]]:
    r"""Return a message as plain JSON, and the buffers of its arrays.

    Examples
    --------
    >>> packed({"theta": np.array([1.0]), "loss": math.nan})
    ({'theta': {'array': 0, 'type': 'f8'}, 'loss': {'number': 'NaN'}}, [b'\x00\x00\x00\x00\x00\x00\xf0?'])
    """
    buffers: list[bytes] = []

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            name = next(name for name, kind in TYPES.items() if value.dtype == np.dtype(kind))
            buffers.append(np.ascontiguousarray(value, TYPES[name]).tobytes())
            return {"array": len(buffers) - 1, "type": name}
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and not math.isfinite(value):
            return {"number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        return value

    return plain(message), buffers


def unpacked(message: Any, buffers: Sequence[Any]) -> Any:
    """Return the message that ``packed`` took apart; its arrays share the buffers' memory.

    Raises
    ------
    MalformedError
        If it names an array that is not there, or that is no whole number of its type.
    """

    def meant(value: Any, depth: int) -> Any:
        if depth > DEPTH:
            raise MalformedError("the message is nested too deeply")
        if isinstance(value, list):
            return [meant(each, depth + 1) for each in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"array", "type"}:
            return _array(value["array"], value["type"], buffers)
        if value.keys() == {"number"} and isinstance(value["number"], str):  # `back` has a number of its own
            return _number(value["number"])
        return {key: meant(each, depth + 1) for key, each in value.items()}

    return meant(message, 0)


def _number(name: str) -> float:
    if name not in NUMBERS:
        raise MalformedError(f"there is no number {name!r}")
    return NUMBERS[name]


def _array(number: Any, kind: Any, buffers: Sequence[Any]) -> Array:
    known = isinstance(kind, str) and kind in TYPES
    if type(number) is not int or not 0 <= number < len(buffers) or not known:
        raise MalformedError(f"there is no array {number!r} of the type {kind!r}")
    try:
        return np.frombuffer(buffers[number], TYPES[kind])
    except (ValueError, TypeError) as problem:
        raise MalformedError(f"array {number} is not of the type {kind}: {problem}") from None


def encoded(message: dict[str, Any]) -> bytes:
    """Return a message as the bytes that go over a socket."""
    plain, buffers = packed(message)
    header = plain | {"buffers": [len(buffer) for buffer in buffers]}
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()  # in ASCII, half characters too
    parts = [struct.pack("<I", len(text)), text, bytes(-(4 + len(text)) % 8)]
    for buffer in buffers:
        parts += [buffer, bytes(-len(buffer) % 8)]
    return b"".join(parts)


def decoded(data: bytes) -> Any:
    """Return the message of which these are the bytes.

    Raises
    ------
    MalformedError
        If they are none of a message: nothing is guessed.
    """
    if not 4 <= len(data) <= MOST_BYTES:
        raise MalformedError(f"a message has 4 … {MOST_BYTES} bytes, but {len(data)} came")
    (size,) = struct.unpack_from("<I", data)
    text = data[4 : 4 + size]
    if size != len(text) or (size > MOST_HEADER and _beside_strings(text) > MOST_HEADER):
        raise MalformedError(f"the header would have {size} bytes")
    try:
        header = json.loads(text.decode(), parse_constant=_refused)
    except (ValueError, RecursionError) as problem:
        raise MalformedError(f"the header is no JSON: {problem}") from None
    if not isinstance(header, dict):
        raise MalformedError("the header is no message")
    lengths = header.pop("buffers", None)
    if not isinstance(lengths, list) or not all(type(each) is int and each >= 0 for each in lengths):
        raise MalformedError("the lengths of the buffers are no list of whole numbers")
    place, view, buffers = 4 + size + -(4 + size) % 8, memoryview(data), []
    for length in lengths:
        buffers.append(view[place : place + length])
        place += length + -length % 8
    if place != len(data):
        raise MalformedError(f"the message should have {place} bytes, but has {len(data)}")
    return unpacked(header, buffers)


def _beside_strings(text: bytes) -> int:
    """Return how many bytes there are beside strings."""
    return len(STRING.sub(b"", text.replace(rb"\\", b"").replace(rb"\"", b"")))


def _refused(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")
