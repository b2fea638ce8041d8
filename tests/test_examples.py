"""The examples: every one runs in a process of its own and leaves a picture."""

import subprocess
import sys
from pathlib import Path

import matplotlib.image
import pytest

ALL = Path(__file__).parents[1] / "examples" / "all.py"


@pytest.mark.slow
def test_every_example_runs_and_shows_a_picture(tmp_path):
    finished = subprocess.run(
        [sys.executable, "-W", "error", ALL, tmp_path], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    names = {path.stem for path in ALL.parent.glob("*.py")} - {"all"}
    assert {path.stem for path in tmp_path.glob("*.png")} == names
    for picture in tmp_path.glob("*.png"):
        assert matplotlib.image.imread(picture)[..., :3].std() > 0.05, f"{picture.name} is blank"
