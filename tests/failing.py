"""Faults for tests and for bench/faults.py: calls that fail, and a disk that keeps only what was synced."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

HERE = Path(__file__).parent
SAFETY = 900
"""Seconds after which a process counts as hanging."""


def built(folder: Path) -> Path:
    """Build the library that is preloaded."""
    library = folder / "faults.so"
    command = ["cc", "-O1", "-shared", "-fPIC", "-o", str(library), str(HERE / "faults.c"), "-ldl"]
    subprocess.run(command, check=True)
    return library


def preloaded(library, *arguments):
    """Run Python with the library; return the lines that it prints."""
    environment = os.environ | {"LD_PRELOAD": str(library), "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=SAFETY
    ).stdout.splitlines()


def tries(library, folder, which):
    """Let every face write while its n-th call fails; return what came of each try."""
    return [json.loads(line) for line in preloaded(library, HERE / "faulty.py", library, folder, which)]


def complaint(tried: dict) -> str:
    """Return what is wrong with a try, or nothing."""
    if not tried["same"]:
        return f"the model predicts otherwise after {tried}"
    if tried["said"] is None:  # all went well, or what failed is of no worth: a name that is not needed any more
        fine = tried["call"] in ("", "unlink", "link", "close") and not tried["old"] and tried["size"]
    else:
        named = "file" in tried["said"] and os.strerror(tried["number"]) in tried["said"]
        fine = tried["old"] and named and "\n" not in tried["said"]
    return "" if fine and tried["left"] <= (tried["call"] == "unlink") else f"wrong: {tried}"


# The power fails: what was not synced may be lost, in any combination

TRACED = """
import ctypes, os, sys
from mlnn.frame.replacing import replacing
library, folder = ctypes.CDLL(sys.argv[1]), sys.argv[2]
library.faults_arm(folder.encode(), 0, 0)
library.faults_log(os.open(sys.argv[3], os.O_CREAT | os.O_WRONLY))
for content in (b"first" * 3000, b"second" * 4000, b"third" * 2000):
    with replacing(f"{folder}/file") as file:
        for start in range(0, len(content), 5000):
            file.write(content[start : start + 5000])
            file.flush()
    print(content.decode(), flush=True)
"""


class Disk:
    """A file system that keeps what was synced, and of the rest whatever it likes.

    Attributes
    ----------
    names : dict
        Files by name, as synced.
    pending : list
        Changes of names since then.
    written, safe : list
        The bytes of every file, and how many writes of it are synced.
    """

    def __init__(self):
        self.names, self.pending, self.written, self.safe = {}, [], [], []
        self.now = {}

    def do(self, call, path, other, content):
        """Carry out a call."""
        if call == "create":
            self.written.append([])
            self.safe.append(0)
            self.rename("put", path, len(self.written) - 1)
        elif call == "write":
            self.written[self.now[path]].append(content)
        elif call in ("fsync", "fdatasync") and path in self.now:
            self.safe[self.now[path]] = len(self.written[self.now[path]])
        elif call == "fsync":
            self.names, self.pending = dict(self.now), []
        elif call == "link":
            self.rename("put", other, self.now[path])
        elif call == "rename":
            self.rename("put", other, self.now[path], path)
        elif call == "unlink":
            self.rename("gone", path)

    def rename(self, what, name, file=None, source=None):
        self.pending.append((what, name, file, source))
        self.now = self.with_names(self.now, self.pending[-1:])

    @staticmethod
    def with_names(names, changes):
        names = dict(names)
        for what, name, file, source in changes:
            names.pop(source, None)
            names.pop(name, None)
            if what == "put":
                names[name] = file
        return names

    def after_power_loss(self, name):
        """Yield all that a file may be then: None, or its bytes; of what was not synced any part is lost."""
        for count in range(len(self.pending) + 1):
            for changes in combinations(self.pending, count):
                file = self.with_names(self.names, changes).get(name)
                if file is None:
                    yield None
                    continue
                safe = b"".join(self.written[file][: self.safe[file]])
                yield from (safe, *(b"torn" for _ in self.written[file][self.safe[file] :]))


def power_lost(library: Path, folder: Path) -> Iterator[tuple[object, list]]:
    """Yield all that a file may be where the power fails after any call while it is written three times, and may be."""
    (folder / "out").mkdir()
    contents = preloaded(library, "-c", TRACED, library, folder / "out", folder / "trace")
    whole = [None, *(each.encode() for each in contents)]
    disk, name, began = Disk(), str(folder / "out" / "file"), 0
    for line in (folder / "trace").read_text().splitlines():
        call, path, other, _, digits = line.split("\t")
        began += call == "create"
        disk.do(call, path, other, bytes.fromhex(digits))
        for found in disk.after_power_loss(name):
            yield found, whole[began - 1 : began + 1]
    for found in disk.after_power_loss(name):
        yield found, whole[-1:]
