"""Let calls of the system fail while every face writes, and the power while a file is replaced.

What fails and what is looked at is told in tests/failing.py and tests/faulty.py; the suite does the quick half of it.
"""

import sys
import tempfile
from pathlib import Path

from outcome import Outcome

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from failing import built, complaint, power_lost, tries


def injected(size: int) -> Outcome:
    """Fail each n-th call of every face; of up to 500 those that are quick."""
    done = []
    for which in ("quick", "checkpoint", "slow")[: 2 + (size > 500)]:
        with tempfile.TemporaryDirectory() as folder:
            done += tries(built(Path(folder)), Path(folder), which)
    wrong = [sentence for sentence in map(complaint, done) if sentence]
    faces, failed = len({each["face"] for each in done}), sum(each["said"] is not None for each in done)
    text = wrong[0] if wrong else f"{faces} faces: {failed} clear errors, the old file whole, nothing left that stays"
    return Outcome(len(done), text, not wrong)


def power_lost_after_any_call(_: int) -> Outcome:
    """Lose what was not synced, in any combination, after each call."""
    with tempfile.TemporaryDirectory() as folder:
        moments = list(power_lost(built(Path(folder)), Path(folder)))
    wrong = sum(found not in allowed for found, allowed in moments)
    text = f"{wrong} times neither" if wrong else "each time the old file or the new one, whole; what was saved stays"
    return Outcome(len(moments), text, not wrong)
