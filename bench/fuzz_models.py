"""Model files from strangers, by the million: mutated where it hurts, with checksums that are right.

    python bench/fuzz_models.py --inputs 100000 [--first SEED] [--seconds S] [--figures FILE]

Every input is a model file whose description, arrays or header was changed: numbers and types, names, nesting, letters,
keys left out or twice, shapes, types and values of arrays. It must end in a ``ModelFileError`` of at most 300 letters
or in a model that predicts finite numbers; in less than a second and 50 MB besides the file, without an import, a
connection, or a file opened. A worker process does the work; the first input that does otherwise is printed with its
seed, which makes the very same input again: ``--first SEED --inputs 1``.
"""

import argparse
import copy
import hashlib
import json
import math
import multiprocessing
import random
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from mlnn import load, save
from mlnn.estimator import MLPClassifier, MLPRegressor
from mlnn.gate import AddGate, BatchNorm, Dropout, MultiplyGate
from mlnn.layer import LeakyReLU, Maxout, PReLU
from mlnn.model import Model
from mlnn.network import Network
from mlnn.output import Softmax
from mlnn.tabular.described import SENTENCE, ModelFileError, told
from mlnn.tabular.estimator import TableClassifier, TableRegressor
from mlnn.tabular.storage import understood

SECONDS, MEGABYTES = 1.0, 50
"""What an input may take at most, the memory besides its file."""

BATCH = 2000
"""So many inputs a worker tells of at a time."""

ROWS = 12
DAYS = pd.Series(pd.date_range("2024-01-01", periods=ROWS, freq="31D"))
FRAME = pd.DataFrame({"n": np.arange(ROWS) / 7, "c": list("xyz") * 4, "d": DAYS.astype(str)})
MATRIX = np.linspace(-1.0, 1.0, 3 * ROWS).reshape(ROWS, 3)

Base = tuple[dict, dict]
"""A description and arrays."""


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
    return json.loads(metadata["mlnn"]), arrays


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
        each = rest.pop()
        keys = list(each) if isinstance(each, dict) else range(len(each))
        for key in keys:
            found.append((each, key))
            if isinstance(each[key], dict | list):
                rest.append(each[key])
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


# What must come of it


class Watch:
    """Tells of imports, connections and files while it is on."""

    def __init__(self) -> None:
        self.on, self.seen, self.path = False, "", ""
        sys.addaudithook(self)

    def __call__(self, event: str, given: tuple) -> None:
        """Note what must not happen; a model's own file may be opened."""
        if self.on and event in HARMFUL and not (event == "open" and str(given[0]) == self.path):
            self.seen = f"{event} {given!r}"[:200]


HARMFUL = {
    "import",
    "open",
    "exec",
    "compile",
    "socket.connect",
    "socket.__new__",
    "subprocess.Popen",
    "os.system",
    "os.exec",
}
HARMFUL |= {"os.listdir", "os.scandir", "os.remove", "os.rename", "os.mkdir", "ctypes.dlopen", "pickle.find_class"}


def predicts_finite(model: object) -> str:
    """Return what is wrong with a model's predictions."""
    rows: object = MATRIX
    names = list(getattr(model, "feature_names_in_", []))
    if names:
        if not set(names) <= set(FRAME):
            return ""
        rows = FRAME[names]
    elif getattr(model, "n_features_in_", 3) != 3:
        return ""
    inputs = model.network.inputs if isinstance(model, Model) else 3
    try:
        found = model.predict(rows[:, :inputs] if inputs < 3 else rows) if inputs <= 3 else [0.0]
    except ValueError as problem:
        return "" if type(problem).__name__ == "TableError" else f"predict: {problem!r}"[:300]
    parts = [np.asarray(part) for part in (found if isinstance(found, list) else [found])]
    return (
        ""
        if all(part.dtype.kind not in "fc" or np.isfinite(part).all() for part in parts)
        else "predicts no finite number"
    )


def tried(seed: int, every: list[Base], watch: Watch, path: Path) -> tuple[str, str]:
    """Make an input, load it, and return what came of it, and what is wrong with that."""
    chance = random.Random(seed)
    content, arrays = copy.deepcopy(chance.choice(every))
    arrays, by_file = dict(arrays), chance.random() < 0.1
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        if chance.random() < 0.8:
            change_json(chance, content)
        else:
            change_arrays(chance, arrays)
        if not isinstance(content, dict) or not content:
            break
    text = json.dumps(content)
    if chance.random() < 0.1:
        text = change_text(chance, text)
    if by_file:
        try:
            path.write_bytes(file_of(text, arrays, chance))
        except (UnicodeEncodeError, KeyError):  # half letters: no file can hold them
            by_file = False
    watch.seen, watch.path, watch.on = "", str(path), True
    started, wrong, outcome = time.perf_counter(), "", "model"
    try:
        with np.errstate(all="ignore"):
            model = load(path) if by_file else understood(text, arrays)
            wrong = predicts_finite(model)
    except ModelFileError as problem:
        outcome, wrong = "refused", "" if len(str(problem)) <= SENTENCE else f"{len(str(problem))} letters"
    except Exception as problem:  # what ``load`` makes a ModelFileError of
        outcome = "refused" if not by_file else "crash"
        wrong = f"{problem!r}"[:300] if by_file or isinstance(problem, MemoryError) else ""
        str(ModelFileError(told(problem)))
    watch.on = False
    if time.perf_counter() - started > SECONDS:
        wrong = wrong or f"{time.perf_counter() - started:.2f} seconds"
    return outcome, wrong or watch.seen


def peak() -> float:
    """Return the most memory that this process has had since the last time this was asked, in MB."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    most = int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    Path("/proc/self/clear_refs").write_text("5")
    return most


def worker(first: int, count: int, pipe: object) -> None:
    """Try inputs, and tell of them batch by batch."""
    warnings.simplefilter("ignore")
    every = bases()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        path, watch = Path(folder, "m.mlnn"), Watch()
        for content, arrays in every:  # whatever is imported when it is first needed is imported now
            predicts_finite(understood(json.dumps(content), arrays))
            path.write_bytes(file_of(json.dumps(content), arrays, random.Random(7)))
        for seed in range(64):
            tried(-1 - seed, every, watch, path)
        peak()
        before = peak()
        for start in range(first, first + count, BATCH):
            counted: Counter = Counter()
            for seed in range(start, min(start + BATCH, first + count)):
                pipe.send(("at", seed))
                outcome, wrong = tried(seed, every, watch, path)
                counted[outcome] += 1
                if wrong:
                    pipe.send(("wrong", f"seed {seed}: {wrong}"))
            pipe.send(("batch", (counted, peak() - before)))
    pipe.send(("end", None))


def main() -> int:
    """Run a worker, start it again where it dies, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=math.inf, help="when to end at the latest")
    parser.add_argument("--figures", type=Path)
    given = parser.parse_args()
    outcomes: Counter = Counter()
    wrong: list[str] = []
    seed, memory, started = given.first, 0.0, time.perf_counter()
    last = given.first + given.inputs
    context = multiprocessing.get_context("spawn")
    while seed < last:
        reads, writes = context.Pipe(False)
        process = context.Process(target=worker, args=(seed, last - seed, writes))
        process.start()
        writes.close()
        try:
            while True:
                what, content = reads.recv()
                if what == "at":
                    seed = content
                elif what == "wrong":
                    wrong.append(content)
                    print(content, flush=True)
                elif what == "batch":
                    outcomes += content[0]
                    memory = max(memory, content[1])
                    if time.perf_counter() - started > given.seconds:
                        process.terminate()
                        seed = last
                        break
                else:
                    seed = last
                    break
        except EOFError:
            process.join()
            wrong.append(f"seed {seed}: the process ended with {process.exitcode}")
            print(wrong[-1], flush=True)
            seed += 1
        process.join()
    seconds = time.perf_counter() - started
    figures = {"inputs": outcomes.total(), "first": given.first, **outcomes, "wrong": len(wrong)}
    figures |= {
        "seconds": round(seconds, 1),
        "per_second": round(outcomes.total() / seconds, 1),
        "more_MB": round(memory, 1),
    }
    print(json.dumps(figures))
    if given.figures:
        with given.figures.open("a") as file:
            file.write(json.dumps(figures) + "\n")
    return 1 if wrong or memory > MEGABYTES else 0


if __name__ == "__main__":
    sys.exit(main())
