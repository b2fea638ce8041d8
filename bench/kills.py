"""End trainings at random moments by SIGKILL, which nobody hears, or SIGTERM, and resume them: nothing may be lost.

Who trains, is killed and begins again is told in tests/recorded.py and tests/killed.py; the suite does it a few times.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from outcome import Outcome

KILLED = Path(__file__).parents[1] / "tests" / "killed.py"
MEMORY = Path("/dev/shm")  # where files need no disk, more moments are those of training itself
SEED = 13


def of_a_model(size: int) -> Outcome:
    """Kill plain trainings, models and perceptrons."""
    return kill(
        size, "adam in batches that listen", "averaged, reported rarely", "model in batches", "classifier by score"
    )


def of_members(size: int) -> Outcome:
    """Kill members side by side, and table models."""
    return kill("KILL", size, "members", "table", "table of one member", "table of quantities")


def of_lbfgs(size: int) -> Outcome:
    """Kill L-BFGS, alone and in a table model's members, one after another."""
    return kill("KILL", size, "l-bfgs", "model by l-bfgs", "table by l-bfgs", "table of one by l-bfgs")


def by_terminating(size: int) -> Outcome:
    """End trainings of every kind by SIGTERM."""
    return kill("TERM", size, "sgd", "members", "model in batches", "classifier by score", "table", "model by l-bfgs")


def kill(how: str, size: int, *names: str) -> Outcome:
    """End so many processes that train something."""
    environment = os.environ | ({"TMPDIR": str(MEMORY)} if MEMORY.is_dir() else {})
    command = [sys.executable, str(KILLED), how, str(size), str(SEED), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    outcomes = json.loads(done.stdout)
    killed, heard, ends = (sum(each[what] for each in outcomes.values()) for what in ("killed", "heard", "ends"))
    wrong = [f"{name}: {sentence}" for name, each in outcomes.items() for sentence in each["wrong"]]
    text = wrong[0] if wrong else f"none lost anything; {ends:,} ends in the same bits, of {len(names)} trainings"
    text += f"; {heard:,} exited with 143, the others before training had begun" if how == "TERM" else ""
    return Outcome(killed, text, not wrong)
