import json
import math
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays

from mlnn.play.answer import checked_request
from mlnn.play.wire import (
    DEPTH,
    MOST_HEADER,
    TYPES,
    MalformedError,
    _beside_strings,
    decoded,
    encoded,
    packed,
    unpacked,
)

NUMBERS = some.floats() | some.integers(-(2**53), 2**53) | some.booleans() | some.none()
NAMES = some.text(max_size=8).filter(lambda name: name not in ("array", "number", "buffers"))
ARRAYS = some.sampled_from(list(TYPES.values())).flatmap(lambda kind: arrays(kind, some.integers(0, 9)))
VALUES = some.recursive(
    NUMBERS | some.text(max_size=8) | ARRAYS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
MESSAGES = some.dictionaries(NAMES, VALUES, max_size=5)


def same(one, other):
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and math.isnan(one):
        return math.isnan(other)
    return one == other and type(one) is type(other)


@given(MESSAGES)
def test_what_is_sent_arrives(message):
    assert same(decoded(encoded(message)), message)
    plain, buffers = packed(message)
    assert same(unpacked(json.loads(json.dumps(plain, allow_nan=False)), buffers), message)


@pytest.mark.parametrize("number", [20, 0.5, math.inf, None])
def test_a_detail_that_is_a_number_alone_arrives(number):
    assert decoded(encoded({"detail": {"number": number}})) == {"detail": {"number": number}}


def test_bytes_are_those_that_the_page_reads():
    data = encoded({"id": 1, "value": np.array([1.5], np.float32)})
    (size,) = struct.unpack_from("<I", data)
    assert json.loads(data[4 : 4 + size]) == {"id": 1, "value": {"array": 0, "type": "f4"}, "buffers": [4]}
    start = -(-(4 + size) // 8) * 8
    assert data[start:] == struct.pack("<f", 1.5) + bytes(4)


def test_a_large_file_arrives_but_no_header_of_many_things():
    text = 'a,"b\\"\n' * (MOST_HEADER // 6)
    assert decoded(encoded({"text": text}))["text"] == text
    with pytest.raises(MalformedError):
        decoded(framed(b'{"value": [' + b"[]," * (MOST_HEADER // 3) + b'0], "buffers": []}'))


@pytest.mark.parametrize("text", [b'"' + b"x" * MOST_HEADER, b'\\"' * MOST_HEADER, b'"' + rb"\\\"" * MOST_HEADER])
def test_a_string_without_end_is_refused_at_once(text):
    with pytest.raises(MalformedError):  # a pattern that tries again and again would take hours, and all memory
        decoded(framed(text))


@given(some.lists(some.text('"\\\n,', max_size=6)))
def test_strings_do_not_count_in_the_size_of_a_header(strings):
    text = json.dumps(strings, separators=(",", ":")).encode()
    assert _beside_strings(text) == 2 + max(len(strings) - 1, 0)


def test_half_a_character_arrives():
    assert decoded(encoded({"name": "table\ud83d.csv"})) == {"name": "table\ud83d.csv"}


def test_an_array_of_another_type_is_not_sent():
    with pytest.raises(StopIteration):
        encoded({"value": np.array([1], np.int16)})


def framed(header, *buffers, size=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    start = struct.pack("<I", len(text) if size is None else size) + text
    return b"".join([start, bytes(-len(start) % 8), *(each + bytes(-len(each) % 8) for each in buffers)])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\1\0",
        b"GET / HTTP/1.1\r\n\r\n",
        framed({"buffers": []}, size=1 << 31),
        framed(b"{"),
        framed(b"\xff\xfe", size=2),
        framed(b'{"value": NaN, "buffers": []}'),
        framed(b"[]"),
        framed({"value": 1}),
        framed({"buffers": 3}),
        framed({"buffers": [-8]}),
        framed({"buffers": [True]}),
        framed({"buffers": [1.0]}),
        framed({"buffers": [8]}),
        framed({"buffers": [1 << 60]}),
        framed({"buffers": []}) + b"more....",
        framed({"value": {"array": 0, "type": "f8"}, "buffers": []}),
        framed({"value": {"array": -1, "type": "f8"}, "buffers": [8]}, bytes(8)),
        framed({"value": {"array": True, "type": "f8"}, "buffers": [8, 8]}, bytes(8), bytes(8)),
        framed({"value": {"array": 0, "type": "O"}, "buffers": [8]}, bytes(8)),
        framed({"value": {"array": 0, "type": ["f8"]}, "buffers": [8]}, bytes(8)),
        framed({"value": {"array": 0, "type": "f8"}, "buffers": [7]}, bytes(7)),
        framed({"value": {"number": "7"}, "buffers": []}),
        framed(b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b', "buffers": []}'),
        framed(b'{"value": ' + b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1) + b', "buffers": []}'),
    ],
    ids=lambda data: "",
)
def test_what_is_no_message_is_refused_in_one_way(data):
    with pytest.raises(MalformedError):
        decoded(data)


@given(some.binary(max_size=64))
def test_noise_is_refused_in_one_way(data):
    with pytest.raises(MalformedError):
        decoded(data)


@pytest.mark.parametrize("place", range(0, 60, 3))
def test_a_damaged_message_is_a_message_or_refused(place):
    data = bytearray(encoded({"id": 1, "verb": "set", "name": "watch", "detail": {"X": np.arange(3.0)}}))
    data[place] ^= 0x11
    with suppress(MalformedError):
        checked_request(decoded(bytes(data)))


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        {},
        {"id": 1},
        {"id": "1", "verb": "get", "name": "state"},
        {"id": True, "verb": "get", "name": "state"},
        {"id": 1, "verb": "close", "name": "state"},
        {"id": 1, "verb": "__init__", "name": "state"},
        {"id": 1, "verb": "get", "name": 3},
        {"id": 1, "verb": "get", "name": "state", "more": 0},
        {"id": 1, "verb": ["get"], "name": "state"},
    ],
    ids=str,
)
def test_what_is_no_request_is_refused(message):
    with pytest.raises(MalformedError):
        checked_request(message)
