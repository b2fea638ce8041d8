"""Every face writes while calls of the system fail, one at a time, and while the power fails: nothing is lost."""

import os
import shutil
import subprocess
import sys
from collections import defaultdict

import pytest
from failing import SAFETY, Disk, built, complaint, power_lost, tries

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="takes a preloaded library, built by cc"
)

FACES = ["quick", "checkpoint", *["slow"][: "MLNN_FAULTS" in os.environ]]
"""Those that draw and report take a minute: bench/reliability.py has them all, and so has MLNN_FAULTS=1."""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return built(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("which", FACES)
def test_whatever_call_fails_the_old_file_is_whole_and_no_draft_is_left(library, tmp_path, which):
    calls = defaultdict(set)
    for tried in tries(library, tmp_path, which):
        assert not complaint(tried), tried["face"]
        calls[tried["face"]].add(tried["call"])
    assert len(calls) >= (2 if which == "checkpoint" else 6)
    for face, failed in calls.items():
        assert {"write", "fsync", "rename", "close"} <= failed, face
    assert which != "checkpoint" or {"read", "open64"} <= calls["checkpoint: resuming"]


def test_when_the_power_fails_there_is_the_old_file_or_the_new_one(library, tmp_path):
    moments = list(power_lost(library, tmp_path))
    assert len(moments) > 100
    for found, allowed in moments:
        assert found in allowed


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
