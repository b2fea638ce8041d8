"""Measures that are legs of ``.ci/run``: each builds mlnn anew, in a clone of what is committed."""

import os
import re
import subprocess
from pathlib import Path

from outcome import Outcome

RUN = Path(__file__).parents[1] / ".ci" / "run"


def leg(name: str) -> tuple[bool, str]:
    """Run a leg; return whether it passed, and what it printed."""
    alone = {key: value for key, value in os.environ.items() if key != "ROOM"}  # as if nobody ran it from another leg
    done = subprocess.run(
        [RUN, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=alone
    )
    return done.returncode == 0, done.stdout


def sanitized(size: int) -> Outcome:
    """Run the suite's tests of the native code under AddressSanitizer and UndefinedBehaviorSanitizer."""
    held, said = leg("checked")
    passed = sum(int(count) for count in re.findall(r"(\d+) passed", said))
    found = len(re.findall(r"ERROR: AddressSanitizer|runtime error:", said))
    return Outcome(passed, f"{found} errors of memory or of operations" if held else said[-300:], held and found == 0)


def threads(size: int) -> Outcome:
    """Train on many threads, from many of Python's, under ThreadSanitizer."""
    held, said = leg("raced")
    races = said.count("WARNING: ThreadSanitizer")
    passed = sum(int(count) for count in re.findall(r"(\d+) passed", said))
    return Outcome(passed, f"{races} races" if held else said[-300:], held and races == 0)


def free_threaded(size: int) -> Outcome:
    """Train, and ask many at once, on a Python without the interpreter's lock."""
    held, said = leg("free")
    passed = sum(int(count) for count in re.findall(r"(\d+) passed", said))
    return Outcome(passed, "the lock stays away, all pass" if held else said[-300:], held and passed > 0)


def built_twice(size: int) -> Outcome:
    """Build wheel and sdist in two folders."""
    held, said = leg("packages")
    same = said.count("the same bytes:")
    return Outcome(same, "the same bytes, both" if held else said[-300:], held and same == size)
