"""Model files as a stranger might write them: small ones of every kind, changed where it hurts, sealed again."""

import copy
import hashlib
import json
import math
import random
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from mlnn import save
from mlnn.estimator import MLPClassifier, MLPRegressor
from mlnn.gate import AddGate, BatchNorm, Dropout, MultiplyGate
from mlnn.layer import LeakyReLU, Maxout, PReLU
from mlnn.model import Model
from mlnn.network import Network
from mlnn.output import Softmax
from mlnn.tabular.estimator import TableClassifier, TableRegressor

ROWS = 12
DAYS = pd.Series(pd.date_range("2024-01-01", periods=ROWS, freq="31D"))
FRAME = pd.DataFrame({"n": np.arange(ROWS) / 7, "c": list("xyz") * 4, "d": DAYS.astype(str)})
MATRIX = np.linspace(-1.0, 1.0, 3 * ROWS).reshape(ROWS, 3)

Base = tuple[str, dict]
"""A description, in JSON, and arrays."""


def bases() -> list[Base]:
    """Return small models of every kind, taken apart."""
    quick = {"epochs": 1, "members": 2, "hidden": (2,)}
    gates = (MultiplyGate(4), AddGate(), BatchNorm(), PReLU(), Dropout(), Maxout(), MultiplyGate(2), LeakyReLU())
    odd = Model([3, 2], seed=0)
    odd.network = Network(3, gates, Softmax())
    odd.theta = odd.network.initial(np.random.default_rng(0))
    classes, numbers = np.array(["a", "b"] * 6), np.arange(12.0)
    questions = pd.DataFrame({"p": classes, "q": [1, 2, 3] * 4})
    models = [
        Model([3, 2, 2], seed=0),
        odd,
        TableClassifier(**quick).fit(FRAME, classes),
        TableClassifier(**quick, threshold="f1").fit(MATRIX, numbers > 4),
        TableClassifier(**quick).fit(FRAME[["n"]], questions),
        TableRegressor(**quick).fit(FRAME, numbers),
        MLPClassifier(hidden_layer_sizes=(2,), max_iter=2).fit(MATRIX, classes),
        MLPRegressor(hidden_layer_sizes=(2,), max_iter=2, activation="tanh").fit(MATRIX, numbers),
    ]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            save(model, f"{folder}/m.mlnn")
            found.append(taken_apart(Path(folder, "m.mlnn").read_bytes()))
    return found


def taken_apart(content: bytes) -> Base:
    """Read a file by hand."""
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    metadata = header.pop("__metadata__")
    kinds = {"F32": np.float32, "F64": np.float64, "I16": np.int16, "I64": np.int64}
    arrays = {
        name: np.frombuffer(content[start:][slice(*each["data_offsets"])], kinds[each["dtype"]]).reshape(each["shape"])
        for name, each in header.items()
    }
    return metadata["mlnn"], arrays


# What is changed

ODD_NUMBERS = [
    0,
    1,
    -1,
    2,
    7,
    2**31,
    2**53 + 1,
    2**63,
    2**64,
    -(2**63),
    10**25,
    10**308,
    10**400,
    0.0,
    -0.0,
    0.5,
    1.0,
    -1.5,
]
ODD_NUMBERS += [1e-320, 1e-300, 1e30, 1e300, 1.7e308, math.nan, math.inf, -math.inf]
ODD_WORDS = [
    "",
    "a",
    "b",
    "A",
    "n",
    "c",
    "é",
    "e\u0301",
    "\u202e",
    "\0",
    "\x1b[2J",
    "\ud800",
    "inf",
    "nan",
    "-0.0",
    "1",
    "x" * 200,
]
ODD_WORDS += [
    "ReLU",
    "Softmax",
    "Logistic",
    "LeastSquares",
    "Popen",
    "os.system",
    "__class__",
    "numeric",
    "y" * 200_000,
]
ODD_KEYS = ["is", "class", "number", "pairs", "kind", "name", "x", "", "__init__", "format", "units", "leak", "alpha"]
DTYPES = ["<f4", "<f8", "<f2", "<i8", "<i4", "<i2", "|i1", "|u1", "|b1", "<u8"]


def value(chance: random.Random, depth: int = 0) -> object:
    """Return something that JSON can say."""
    kind = chance.randrange(9 if depth < 3 else 6)
    if kind < 2:
        return chance.choice(ODD_NUMBERS)
    if kind < 4:
        return chance.choice(ODD_WORDS)
    if kind < 5:
        return chance.choice([None, True, False, [], {}])
    if kind < 6:
        return chance.uniform(-2.0, 2.0) if chance.random() < 0.5 else chance.randint(-3, 9)
    if kind < 7:
        return [value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(ODD_KEYS): value(chance, depth + 1) for _ in range(chance.randrange(3))}


def places(content: object) -> list[tuple[object, object]]:
    """Return every place in a description: what holds it, and its key or number."""
    found, rest = [], [content]
    while rest:
        holder = rest.pop()
        for key, each in holder.items() if type(holder) is dict else enumerate(holder):
            found.append((holder, key))
            if type(each) is dict or type(each) is list:
                rest.append(each)
    return found


def near(chance: random.Random, old: object) -> object:
    """Return something of the same type, nearly."""
    if isinstance(old, bool):
        return chance.choice([not old, int(old), str(old)])
    if isinstance(old, int):
        some = float(max(min(old, 2**53), -(2**53)))
        return chance.choice([old + 1, old - 1, -old, old * 2, str(old), some, some + 0.5])
    if isinstance(old, float):
        return chance.choice([old * 2, -old, old + 1e-9, 1 / old if old else 1e300, int(old) if abs(old) < 1e9 else 0])
    if isinstance(old, str):
        return chance.choice([old + "x", old[:-1], old.upper(), old * 2, old[::-1], [old], old + "\u0301", " " + old])
    if isinstance(old, list):
        return chance.choice(
            [old[::-1], old[:-1], old * 2, old + old[:1], old[1:], [old], dict.fromkeys(map(str, old), 1)]
        )
    if isinstance(old, dict):
        return chance.choice([list(old), list(old.values()), [old], {**old, "x": 1}])
    return chance.choice([0, "", [], {}])


def change_json(chance: random.Random, content: dict) -> None:
    """Change a description at one place."""
    every = places(content)
    holder, key = chance.choice(every)
    kind = chance.randrange(7)
    if kind < 2:
        holder[key] = value(chance)
    elif kind < 4:
        holder[key] = near(chance, holder[key])
    elif kind == 4:
        other, its = chance.choice(every)
        holder[key] = copy.deepcopy(other[its])
    elif kind == 5:
        del holder[key]
    elif isinstance(holder, dict):
        holder[chance.choice(ODD_KEYS)] = holder.pop(key) if chance.random() < 0.5 else value(chance)
    else:
        holder.insert(key, value(chance))


def change_text(chance: random.Random, text: str) -> str:
    """Change what JSON says where no object can: keys twice, odd numbers and nesting, noise."""
    kind, place = chance.randrange(6), chance.randrange(len(text))
    if kind == 0:
        key = chance.choice(["format", "kind", "networks", "target", "inputs", "summary"])
        return f"{text[:-1]}, {json.dumps(key)}: {json.dumps(value(chance))}}}"
    if kind == 1:
        return text.replace(
            chance.choice(["0.", "1", "2"]), chance.choice(["NaN", "-Infinity", "1e999", "9" * 400, "01", "+1"]), 1
        )
    if kind == 2:
        deep = chance.choice([10, 500, 50_000])
        return text.replace(": ", ": " + "[" * deep + "]" * chance.choice([deep, 0]) + chance.choice(["", ","]), 1)
    if kind == 3:
        return (
            text[:place]
            + chance.choice(['"', "{", "}", "[", "]", ",", ":", "\\", "\\ud800", "\0", "e", "-"])
            + text[place:]
        )
    if kind == 4:
        return text[:place] + text[place + chance.randint(1, 3) :]
    return text[:place] + chr(chance.randrange(32, 0x250)) + text[place + 1 :]


def change_arrays(chance: random.Random, arrays: dict) -> None:
    """Change the arrays of a file."""
    if not arrays:
        return
    name = chance.choice(sorted(arrays))
    array, kind = arrays[name], chance.randrange(8)
    with np.errstate(all="ignore"):
        if kind < 3:
            array = array.copy()
            flat = array.reshape(-1)
            odd = (
                [np.nan, np.inf, -np.inf, 1e308, -1e308, 3e38, 1e-40, 1e30, 0.0]
                if array.dtype.kind == "f"
                else [-1, 99, 32767]
            )
            if flat.size:
                some = slice(None) if chance.random() < 0.3 else chance.randrange(flat.size)
                flat[some] = np.array(chance.choice(odd)).astype(array.dtype)
            arrays[name] = array
        elif kind == 3:
            arrays[name] = array.astype(chance.choice(DTYPES))
        elif kind == 4:
            arrays[name] = np.resize(
                array, chance.choice([0, 1, array.size + 1, max(array.size - 1, 0), 2 * array.size])
            )
        elif kind == 5:
            arrays[name] = array.reshape(chance.choice([(1, -1), (-1, 1), (-1, 1, 1)])) if array.size else array
        elif kind == 6:
            del arrays[name]
        else:
            other = chance.choice(
                ["theta0", "theta1", "theta9", "x", "preparation.column0.x", "preparation.column9.words"]
            )
            arrays[other] = arrays.pop(name) if chance.random() < 0.5 else array


NAMES = {
    "f2": "F16",
    "f4": "F32",
    "f8": "F64",
    "i1": "I8",
    "i2": "I16",
    "i4": "I32",
    "i8": "I64",
    "u1": "U8",
    "u8": "U64",
    "b1": "BOOL",
}


def file_of(text: str, arrays: dict, chance: random.Random) -> bytes:
    """Write a file by hand, with the right checksum, and a header that may lie."""
    header: dict = {"__metadata__": {"mlnn": text}}
    data = b""
    for name, array in arrays.items():
        end = len(data) + array.nbytes
        header[name] = {
            "dtype": NAMES[array.dtype.str[1:]],
            "shape": list(array.shape),
            "data_offsets": [len(data), end],
        }
        data += array.tobytes()
    kind = chance.randrange(8)
    if kind < 3:
        change_json(chance, header)
    raw = json.dumps(header).encode()
    if kind == 3:
        raw = raw.replace(b"data_offsets", b"data_offsets\x00", 1)
    if kind == 4:
        place = chance.randrange(len(raw))
        raw = raw[:place] + chance.randbytes(chance.randint(0, 3)) + raw[place + chance.randint(0, 3) :]
    if kind == 5:
        data = data[: chance.randrange(len(data) + 1)] + chance.randbytes(chance.randint(0, 9))
    rest = b"," + raw.partition(b'{"__metadata__": {')[2]
    beginning = b'{"__metadata__":{"sha256":"' + hashlib.sha256(rest + data).hexdigest().encode() + b'"'
    size = len(beginning + rest)
    if kind == 6:
        size = chance.choice([0, 1, size - 1, size + 1, 2**31, 2**63, 2**64 - 1])
    return size.to_bytes(8, "little") + beginning + rest + data
