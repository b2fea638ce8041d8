"""Every face writes while calls of the system fail, one at a time, and while the power fails: nothing is lost."""

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SAFETY = 900

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="takes a preloaded library, built by cc"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Build the library that is preloaded."""
    built = tmp_path_factory.mktemp("faults") / "faults.so"
    command = ["cc", "-O1", "-shared", "-fPIC", "-o", str(built), str(HERE / "faults.c"), "-ldl"]
    subprocess.run(command, check=True)
    return built


def preloaded(library, *arguments):
    """Run Python with the library; return what it prints."""
    environment = os.environ | {"LD_PRELOAD": str(library), "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=SAFETY
    ).stdout.splitlines()


@pytest.mark.parametrize("which", ["quick", pytest.param("slow", marks=pytest.mark.slow)])
def test_whatever_call_fails_the_old_file_is_whole_and_no_draft_is_left(library, tmp_path, which):
    tried = defaultdict(list)
    for line in preloaded(library, HERE / "faulty.py", library, tmp_path, which):
        each = json.loads(line)
        tried[each["face"]].append(each)
    assert len(tried) >= 6
    for face, tries in tried.items():
        assert {"write", "fsync", "rename", "close"} <= {each["call"] for each in tries}, face
        for each in tries:
            assert each["same"], f"{face} predicts otherwise after {each}"
            if each["said"] is None:  # all went well, or nothing of worth failed: a name that is not needed any more
                assert each["call"] in ("", "unlink", "link", "close"), each
                assert not each["old"], each
                assert each["size"], each
            else:
                assert each["old"], f"{face} lost the old file: {each}"
                assert os.strerror(each["number"]) in each["said"], each
                assert "file" in each["said"], f"{each} does not name the file"
            assert each["left"] == (each["call"] == "unlink"), f"{face} leaves a draft: {each}"


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


def test_when_the_power_fails_there_is_the_old_file_or_the_new_one(library, tmp_path):
    (tmp_path / "out").mkdir()
    contents = preloaded(library, "-c", TRACED, library, tmp_path / "out", tmp_path / "trace")
    whole = [None, *(each.encode() for each in contents)]
    disk, name, began, moments = Disk(), str(tmp_path / "out" / "file"), 0, 0
    for line in (tmp_path / "trace").read_text().splitlines():
        call, path, other, _, digits = line.split("\t")
        began += call == "create"
        disk.do(call, path, other, bytes.fromhex(digits))
        for found in disk.after_power_loss(name):
            assert found in whole[began - 1 : began + 1], f"after {moments} calls there is neither file, whole"
            moments += 1
    assert began == 3
    assert moments > 100
    assert {*disk.after_power_loss(name)} == {whole[-1]}, "what was saved is there for good"


def test_a_writer_that_does_not_sync_would_be_noticed():
    disk = Disk()
    disk.do("create", "draft", "", b"")
    disk.do("write", "draft", "", b"new")
    disk.do("rename", "draft", "file", b"")
    assert {*disk.after_power_loss("file")} == {None, b"", b"torn"}
    disk.do("fsync", "file", "", b"")
    assert {*disk.after_power_loss("file")} == {None, b"new"}
    disk.do("fsync", "folder", "", b"")
    assert {*disk.after_power_loss("file")} == {b"new"}


# Memory and disk run out

FULL = """
import sys
from pathlib import Path
import numpy as np
from mlnn import Model, load, save
folder = Path(sys.argv[1])
model = Model([300, 400, 2], seed=0)
before = model.predict(np.eye(300)).tolist()
small = Model([2, 3, 2], seed=0)
save(small, folder / "m.mlnn")
old = (folder / "m.mlnn").read_bytes()
try:
    save(model, folder / "m.mlnn")
except OSError as problem:
    print(problem)
assert (folder / "m.mlnn").read_bytes() == old
assert [each.name for each in folder.iterdir()] == ["m.mlnn"]
assert model.predict(np.eye(300)).tolist() == before
save(small, folder / "m.mlnn")
"""


@pytest.fixture
def small_disk(tmp_path):
    """Mount a disk of 768 kB, where that is allowed."""
    command = ["mount", "-t", "tmpfs", "-o", "size=768k", "tmpfs", str(tmp_path)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


def python(code, *arguments):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=SAFETY).stdout


def test_a_disk_that_is_full_keeps_the_old_file(small_disk):
    assert "No space left on device" in python(FULL, small_disk)


SCARCE = """
import gc, resource, sys
from pathlib import Path
import numpy as np
from mlnn import Model, load, save
path = Path(sys.argv[1], "m.mlnn")
save(Model([2, 3, 2], seed=0), path)
load(path)
old = path.read_bytes()
model = Model([1000, 1000, 2], seed=0)
save(model, path.with_name("large.mlnn"))
load(path.with_name("large.mlnn"))
before = model.theta.tobytes()
outcomes = set()
for megabytes in range(0, 60, 5):
    gc.collect()
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for what in ("save", "load"):
        resource.setrlimit(resource.RLIMIT_AS, (size + megabytes * 2**20, resource.RLIM_INFINITY))
        try:
            save(model, path) if what == "save" else load(path.with_name("large.mlnn"))
            outcome = "done"
        except MemoryError:
            outcome = "MemoryError"
        except Exception as problem:
            outcome = f"{type(problem).__name__}: {problem}"
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        outcomes.add((what, outcome))
        assert outcome == "done" or path.read_bytes() == old, outcome
        assert not [each for each in path.parent.iterdir() if each.name.startswith(".")]
        path.write_bytes(old)
assert model.theta.tobytes() == before
assert model.predict(np.zeros((1, 1000))).shape == (1,)
print(sorted(outcomes))
"""


def test_where_memory_runs_out_the_old_file_is_whole_and_the_model_usable(tmp_path):
    done = {(what, outcome) for what in ("save", "load") for outcome in ("done", "MemoryError")}
    assert python(SCARCE, tmp_path).strip() == str(sorted(done))
