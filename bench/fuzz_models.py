"""Model files from strangers, by the million: mutated where it hurts, with checksums that are right.

    python bench/fuzz_models.py --inputs 100000 [--first SEED] [--seconds S] [--figures FILE]

Every input is a model file whose description, arrays or header was changed: numbers and types, names, nesting, letters,
keys left out or twice, shapes, types and values of arrays. It must end in a ``ModelFileError`` of at most 300 letters
or in a model that predicts finite numbers; in less than a second and 50 MB besides the file, without an import, a
connection, or a file opened. A worker process does the work; the first input that does otherwise is printed with its
seed, which makes the very same input again: ``--first SEED --inputs 1``.
"""

import argparse
import json
import math
import multiprocessing
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from mutations import FRAME, MATRIX, Base, bases, change_arrays, change_json, change_text, file_of
from outcome import Outcome

from mlnn import load, save
from mlnn.model import Model
from mlnn.tabular.described import SENTENCE, ModelFileError, told
from mlnn.tabular.estimator import TableClassifier
from mlnn.tabular.storage import understood

SECONDS, MEGABYTES = 1.0, 50
"""What an input may take at most, the memory besides its file."""

BATCH = 2000
"""So many inputs a worker tells of at a time."""

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
    text, arrays = chance.choice(every)
    content, arrays, by_file = json.loads(text), dict(arrays), chance.random() < 0.1
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
        for text, arrays in every:  # whatever is imported when it is first needed is imported now
            predicts_finite(understood(text, arrays))
            path.write_bytes(file_of(text, arrays, random.Random(7)))
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


def fuzz(first: int, inputs: int, most_seconds: float = math.inf) -> dict:
    """Run a worker, start it again where it dies, and return the figures."""
    outcomes: Counter = Counter()
    wrong: list[str] = []
    seed, memory, started, last = first, 0.0, time.perf_counter(), first + inputs
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
                    print(content, file=sys.stderr, flush=True)
                elif what == "batch":
                    outcomes += content[0]
                    memory = max(memory, content[1])
                    if time.perf_counter() - started > most_seconds:
                        process.terminate()
                        seed = last
                        break
                else:
                    seed = last
                    break
        except EOFError:
            process.join()
            wrong.append(f"seed {seed}: the process ended with {process.exitcode}")
            print(wrong[-1], file=sys.stderr, flush=True)
            seed += 1
        process.join()
    seconds = time.perf_counter() - started
    figures = {"inputs": outcomes.total(), "first": first, **outcomes, "wrong": wrong[:9]}
    return figures | {
        "seconds": round(seconds, 1),
        "per_second": round(outcomes.total() / seconds, 1),
        "more_MB": round(memory, 1),
    }


# For bench/reliability.py


def fuzzed(size: int) -> Outcome:
    """Try so many inputs."""
    return told_of(fuzz(random.SystemRandom().randrange(2**40), size))


def told_of(figures: dict) -> Outcome:
    """Return the figures as the table has them."""
    text = f"{figures.get('refused', 0):,} refused, {figures.get('model', 0):,} models that predict finite numbers; "
    text += f"{figures['per_second']:.0f} a second, at most {figures['more_MB']:.1f} MB beside the file"
    passed = not figures["wrong"] and figures["more_MB"] < MEGABYTES
    return Outcome(figures["inputs"], text if passed else f"{text}; {figures['wrong'][:1]}", passed)


def small_file() -> bytes:
    """Return a small model file."""
    with tempfile.TemporaryDirectory() as folder:
        quick = {"epochs": 1, "members": 2, "hidden": (2,)}
        save(TableClassifier(**quick).fit(FRAME, np.array(["a", "b"] * 6)), f"{folder}/m.mlnn")
        return Path(folder, "m.mlnn").read_bytes()


def all_refused(files: Iterable[bytes]) -> Outcome:
    """Load files, each of which must be refused in a sentence."""
    count, wrong = 0, 0
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        path = Path(folder, "m.mlnn")
        for content in files:
            path.write_bytes(content)
            count += 1
            try:
                load(path)
                wrong += 1
            except ModelFileError as problem:
                wrong += len(str(problem)) > SENTENCE
    return Outcome(count, f"{wrong} were not refused in a sentence" if wrong else "all refused", not wrong)


def truncated(size: int) -> Outcome:
    """Cut a file at every length, or at so many."""
    whole = small_file()
    ends = range(0, len(whole), max(len(whole) // size, 1))
    return all_refused(whole[:end] for end in ends)


def flipped(size: int) -> Outcome:
    """Turn over every bit of a file, or so many."""
    whole = small_file()

    def flip(place: int) -> bytes:
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        return bytes(damaged)

    return all_refused(flip(place) for place in range(0, 8 * len(whole), max(8 * len(whole) // size, 1)))


def attacks(_: int) -> Outcome:
    """Load the files that the suite forges by hand."""
    test = Path(__file__).parents[1] / "tests" / "tabular" / "test_storage.py"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", str(test), "-k", "tampered"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    passed = int((re.search(r"(\d+) passed", done.stdout) or ["", "0"])[1])
    failed = int((re.search(r"(\d+) failed", done.stdout) or ["", "0"])[1])
    return Outcome(
        passed + failed, f"{failed} were accepted" if failed else "all refused, each with its reason", not failed
    )


def main() -> int:
    """Fuzz, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=math.inf, help="when to end at the latest")
    parser.add_argument("--figures", type=Path)
    given = parser.parse_args()
    figures = fuzz(given.first, given.inputs, given.seconds)
    print(json.dumps(figures))
    if given.figures:
        with given.figures.open("a") as file:
            file.write(json.dumps(figures) + "\n")
    return 0 if told_of(figures).passed else 1


if __name__ == "__main__":
    sys.exit(main())
