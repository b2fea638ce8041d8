"""Measures that are legs of ``.ci/run``: each builds mlnn anew, in a clone of what is committed."""

import re
import subprocess
from pathlib import Path

from outcome import Outcome

RUN = Path(__file__).parents[1] / ".ci" / "run"


def leg(name: str) -> tuple[bool, str]:
    """Run a leg; return whether it passed, and what it printed."""
    done = subprocess.run([RUN, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode == 0, done.stdout


def sanitized(size: int) -> Outcome:
    """Run the suite's tests of the native code under AddressSanitizer and UndefinedBehaviorSanitizer."""
    held, said = leg("sanitized")
    passed = sum(int(count) for count in re.findall(r"(\d+) passed", said))
    found = len(re.findall(r"ERROR: AddressSanitizer|runtime error:", said))
    return Outcome(passed, f"{found} errors of memory or of operations" if held else said[-300:], held and found == 0)


def threads(size: int) -> Outcome:
    """Drive the pool of threads, and training on it, under ThreadSanitizer."""
    held, said = leg("threads")
    races = said.count("WARNING: ThreadSanitizer")
    rounds = sum(int(count.replace(",", "")) for count in re.findall(r"([\d,]+) (?:rounds|trainings)", said))
    return Outcome(rounds, f"{races} races" if held else said[-300:], held and races == 0)


def built_twice(size: int) -> Outcome:
    """Build wheel and sdist in two folders."""
    held, said = leg("packages")
    same = said.count("the same bytes:")
    return Outcome(same, "the same bytes, both" if held else said[-300:], held and same == size)
