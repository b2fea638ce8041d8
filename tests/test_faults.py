"""Every face writes while calls of the system fail, one at a time, and while the power fails: nothing is lost."""

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
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
